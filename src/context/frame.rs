//! One call of a context.

use crate::bytecode::{FunctionId, Symbol};
use crate::value::{CellRef, Closure, Counted, Value};

/// The closure of a frame is its own.
pub const NO_HOME: u32 = u32::MAX;

/// One call.
#[derive(Clone, Debug)]
pub struct Frame {
    /// What it runs.
    pub function: FunctionId,
    /// The next instruction; for a frame that waits for another, the one after its call.
    pub ip: u32,
    /// The absolute stack position of register 0.
    pub base: u32,
    /// The absolute stack position that receives the result.
    pub result: u32,
    /// The closure that was called, if the function captures.
    pub closure: Option<Counted<Closure>>,
    /// The place that is `self` in a mutating method, or that an editing library function stores its result in.
    pub receiver: SelfPlace,
    /// The body of a directly awaited async call: on return the caller's `Await` is skipped (LANGUAGE 10.3).
    pub inline: bool,
    /// The absolute stack position of the variable that `closure` was moved out of for the time of the call, or `NO_HOME`. No
    /// frame of a context that stands still has one.
    pub home: u32,
    /// On return the result is stored in the receiver place too (STDLIB 1.2, ✎).
    pub stores_result: bool,
}

impl Frame {
    /// A frame at the function's first instruction.
    #[inline]
    pub fn new(function: FunctionId, base: u32, result: u32, closure: Option<Counted<Closure>>) -> Frame {
        let receiver = SelfPlace::None;
        Frame {
            function,
            ip: 0,
            base,
            result,
            closure,
            receiver,
            inline: false,
            home: NO_HOME,
            stores_result: false,
        }
    }
}

/// What a call knows of its `self` as a place.
#[derive(Clone, Debug, Default)]
pub enum SelfPlace {
    /// It is no place.
    #[default]
    None,
    /// A whole variable that may change and that no closure knows: what most methods are called on, without an allocation.
    Variable {
        /// Its absolute stack position.
        slot: u32,
        /// Its name, for messages.
        name: Symbol,
    },
    /// Any place.
    Kept(Box<Receiver>),
}

impl SelfPlace {
    /// Whether there is none.
    pub fn is_none(&self) -> bool {
        matches!(self, SelfPlace::None)
    }

    /// The absolute stack position where it starts, if it lies on the stack.
    pub fn slot(&self) -> Option<u32> {
        match self {
            SelfPlace::None => None,
            SelfPlace::Variable { slot, .. } => Some(*slot),
            SelfPlace::Kept(receiver) => match receiver.root {
                ReceiverRoot::Slot(slot) => Some(slot),
                _ => None,
            },
        }
    }

    /// It as a receiver, if it is more than a variable: only then can closures know it.
    pub fn kept(&self) -> Option<&Receiver> {
        match self {
            SelfPlace::Kept(receiver) => Some(receiver),
            _ => None,
        }
    }

    /// The same, for changing.
    pub fn kept_mut(&mut self) -> Option<&mut Receiver> {
        match self {
            SelfPlace::Kept(receiver) => Some(receiver),
            _ => None,
        }
    }

    /// It as a receiver in any case.
    pub fn into_receiver(self) -> Option<Box<Receiver>> {
        match self {
            SelfPlace::None => None,
            SelfPlace::Variable { slot, name } => Some(Box::new(Receiver::variable(slot, name))),
            SelfPlace::Kept(receiver) => Some(receiver),
        }
    }
}

impl From<Box<Receiver>> for SelfPlace {
    fn from(receiver: Box<Receiver>) -> SelfPlace {
        match *receiver {
            Receiver { root: ReceiverRoot::Slot(slot), ref steps, name, immutable: None, shared: None }
                if steps.is_empty() =>
            {
                SelfPlace::Variable { slot, name }
            }
            _ => SelfPlace::Kept(receiver),
        }
    }
}

/// The place a method was called on, with its indexes evaluated.
#[derive(Clone, Debug)]
pub struct Receiver {
    /// Where it starts.
    pub root: ReceiverRoot,
    /// The path.
    pub steps: Vec<PathStep>,
    /// The root variable's name, for messages.
    pub name: Symbol,
    /// What the root is if it must not change (`let`, `const`).
    pub immutable: Option<&'static str>,
    /// The variable by which closures know the place as long as the call runs (`Cells::lend`).
    pub shared: Option<CellRef>,
}

impl Receiver {
    /// A whole variable that may change, at an absolute stack position.
    pub fn variable(slot: u32, name: Symbol) -> Receiver {
        let root = ReceiverRoot::Slot(slot);
        Receiver { root, steps: Vec::new(), name, immutable: None, shared: None }
    }
}

/// Where a receiver place starts.
#[derive(Clone, Debug)]
pub enum ReceiverRoot {
    /// An absolute stack position.
    Slot(u32),
    /// A shared variable.
    Cell(CellRef),
    /// A module-level variable.
    Global(u32),
}

/// One evaluated step of a place.
#[derive(Clone, Debug)]
pub enum PathStep {
    /// `.name`.
    Field(Symbol),
    /// `?.name`: null where it is missing.
    FieldOrNull(Symbol),
    /// `[index]`.
    Index(Value),
}
