//! What routines look for in a function, found out once and side by side.
//!
//! Owns: the short forms of places and call sites: a `Place` and a `CallSite` say everything, in slices that a routine would have
//! to follow again for each instruction.

use crate::bytecode::{
    CallSite, Constant, Function, FunctionFlags, NO_REGISTER, NativeId, Place, Reg, Root, Step, Symbol,
};
use crate::value::Value;

/// What a call looks for in a function.
pub(super) struct Prepared {
    /// How many arguments a call must have for its frame to be entered as it is: nothing to bind, to spawn or to set up.
    /// `NO_ARITY` if there always is something.
    pub(super) arity: u16,
    /// The literals as values, so that loading one allocates nothing.
    pub(super) literals: Box<[Value]>,
    /// The short form of each place.
    pub(super) places: Box<[ShortPlace]>,
    /// The short form of each call site.
    pub(super) sites: Box<[ShortSite]>,
}

/// More arguments than a call can have.
pub(super) const NO_ARITY: u16 = u16::MAX;

/// The places that loops read and change most.
#[derive(Clone, Copy)]
pub(super) enum ShortPlace {
    /// `variable[index].name`, both in registers.
    ListedField {
        /// The variable.
        root: Reg,
        /// The index.
        index: Reg,
        /// The field.
        name: Symbol,
        /// Whether the variable may change.
        changes: bool,
    },
    /// `self.name` of a method that may change `self`.
    OwnField(Symbol),
    /// A captured variable that may change.
    Capture(u16),
    /// Any other.
    Long,
}

/// A method call whose arguments are all by position.
#[derive(Clone, Copy)]
pub(super) struct ShortSite {
    /// The variable that it is made on, in a register; `NO_REGISTER` if it is made on a value.
    pub(super) register: Reg,
    /// Its name.
    pub(super) variable: Symbol,
    /// The method.
    pub(super) method: Symbol,
    /// How many arguments there are, `self` among them; `NO_ARITY` if the variable may not change or it is another call.
    pub(super) count: u16,
    /// How many arguments there are besides the receiver.
    pub(super) given: u16,
    /// The first native of this name, if handles have quick methods of it and this is no other call.
    pub(super) native: Option<NativeId>,
}

impl Prepared {
    /// What is to be found out about a function. `quick`: the first native of a name that handles have quick methods of.
    pub(super) fn of(function: &Function, quick: impl Fn(Symbol) -> Option<NativeId>) -> Prepared {
        let FunctionFlags { is_async, is_generator, has_rest, mutates_self, .. } = function.flags;
        let is_special = is_async || is_generator || has_rest || mutates_self;
        let arity = if is_special { None } else { function.params.len().try_into().ok() };
        Prepared {
            arity: arity.unwrap_or(NO_ARITY),
            literals: function.constants.iter().map(value_of).collect(),
            places: function.places.iter().map(ShortPlace::of).collect(),
            sites: function.sites.iter().map(|site| ShortSite::of(function, site, &quick)).collect(),
        }
    }
}

impl ShortPlace {
    fn of(place: &Place) -> ShortPlace {
        let changes = place.immutable.is_none();
        match (place.root, &*place.steps) {
            (Root::Register(root), &[Step::Index(index), Step::Field(name)]) => {
                ShortPlace::ListedField { root, index, name, changes }
            }
            (Root::Receiver, &[Step::Field(name)]) => ShortPlace::OwnField(name),
            (Root::Capture(index), []) if changes => ShortPlace::Capture(index),
            _ => ShortPlace::Long,
        }
    }
}

impl ShortSite {
    fn of(function: &Function, site: &CallSite, quick: impl Fn(Symbol) -> Option<NativeId>) -> ShortSite {
        let place = site.place.map(|place| &function.places[usize::from(place)]);
        let register = place.map_or(Some(NO_REGISTER), Place::variable);
        let given = u16::try_from(site.arguments.len()).ok().filter(|_| site.is_positional());
        let own = place.and_then(Place::own_variable);
        ShortSite {
            register: register.unwrap_or(NO_REGISTER),
            variable: own.map_or(site.name, |(_, name)| name),
            method: site.name,
            count: given.filter(|_| own.is_some()).map_or(NO_ARITY, |given| given + 1),
            given: given.unwrap_or(0),
            native: register.and(given).and_then(|_| quick(site.name)),
        }
    }
}

fn value_of(constant: &Constant) -> Value {
    match constant {
        Constant::Int(value) => Value::Int(*value),
        Constant::Float(value) => Value::Float(*value),
        Constant::Text(text) => Value::text(&**text),
        Constant::None => Value::None,
    }
}
