//! What scripts compute with.
//!
//! A `Value` is 16 bytes. Numbers, bools and null are held directly; everything larger is one counted pointer to a
//! body that is copied when it is changed while shared (copy-on-write), so that values behave as values: no change
//! through one variable is ever seen through another, contexts share nothing that can change, a send is O(1),
//! there are no cycles and no garbage collector. Handles (promises, channels, files) are shared references to
//! resources that `runtime` implements; here they are opaque.
//!
//! Owns: the representation, equality, order, display. Does not: know functions' code, contexts or threads.

mod counted;
mod plain;
mod release;
mod parts;
mod references;
mod text;
mod dict;
mod set;
mod deque;
mod object;
mod erased;
mod handle;
mod fault;
mod parcel;
mod hash;
mod compare;
mod display;
mod kind;

use crate::bytecode::{FunctionId, NativeId};

pub use compare::{compare, equal, equal_but, exact_int, is_among, order};
pub use counted::{Body, Counted};
pub use deque::{Deque, End};
pub use dict::{Dict, Key, KeyRef};
pub use display::{brief, inspect, quote, to_text, to_text_with};
pub use fault::{ErrorKind, Fault, FaultBody, Hop, TracePoint};
pub use handle::{Handle, Outcome, Resource, ResourceKind, Shared};
pub use hash::hash_of;
pub use kind::type_name;
pub use object::{Bound, CellRef, Closure, EnumValue, Lazy, Scope, StructValue, Suspension};
pub use parcel::{Baggage, Parcel};
pub use parts::{MAX_DEPTH, hold_length, too_deep};
pub use plain::Bits;
pub use references::References;
pub use set::Set;
pub use text::Text;

/// Any value of the language, and four that scripts never see (`Unset`, `Cell`, `Suspended` and `Scope`).
#[derive(Clone, Debug, Default)]
pub enum Value {
    /// `null`.
    #[default]
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A 64-bit signed integer.
    Int(i64),
    /// An IEEE 754 binary64.
    Float(f64),
    /// `None`.
    None,
    /// A program function that captures nothing.
    Function(FunctionId),
    /// A library function.
    Native(NativeId),
    /// A variant with payload that was not called yet: a position in `Program::variants`.
    Constructor(u16),
    /// An imported module: a position in `Program::modules`.
    Module(u16),
    /// Hidden: a variable that was not declared yet, a parameter that was not given.
    Unset,
    /// A string.
    Text(Text),
    /// Bytes.
    Bytes(Counted<Vec<u8>>),
    /// An array.
    Array(Counted<Vec<Value>>),
    /// A dict.
    Dict(Counted<Dict>),
    /// A set.
    Set(Counted<Set>),
    /// A queue or a stack.
    Deque(Counted<Deque>),
    /// A struct value.
    Struct(Counted<StructValue>),
    /// An enum value.
    Enum(Counted<EnumValue>),
    /// `Ok(v)`.
    Ok(Counted<Value>),
    /// `Err(v)`.
    Err(Counted<Value>),
    /// `Some(v)`.
    Some(Counted<Value>),
    /// A program function with its captures.
    Closure(Counted<Closure>),
    /// A method bound to a copy of its receiver.
    Bound(Counted<Bound>),
    /// A caught error.
    Error(Fault),
    /// A shared reference to a resource.
    Handle(Handle),
    /// Hidden: a variable that closures share, in a register or a capture.
    Cell(CellRef),
    /// A generator or iterator. The variable it refers to holds its state: `Suspended`, `Unset` while it runs, null once it
    /// has ended.
    Generator(CellRef, Lazy),
    /// Hidden: the call that a generator is, in the variable that is its state.
    Suspended(Counted<Suspension>),
    /// Hidden: what the functions of a struct close over, behind the fields of a struct value.
    Scope(Counted<Scope>),
}

const _: () = assert!(size_of::<Value>() == 16);

impl Value {
    /// A string value.
    pub fn text(text: impl Into<Text>) -> Value {
        Value::Text(text.into())
    }

    /// An array value.
    pub fn array(items: Vec<Value>) -> Value {
        Value::Array(Counted::new(items))
    }

    /// A dict value.
    pub fn dict(dict: Dict) -> Value {
        Value::Dict(Counted::new(dict))
    }

    /// A bytes value.
    pub fn bytes(bytes: Vec<u8>) -> Value {
        Value::Bytes(Counted::new(bytes))
    }

    /// Takes the value out, leaving null.
    pub fn take(&mut self) -> Value {
        std::mem::take(self)
    }

    /// The truth of LANGUAGE 3.4: `false null 0 0.0 "" [] {}` are false, all else is true.
    #[inline(never)]
    pub fn truth(&self) -> bool {
        match self {
            Value::Null => false,
            Value::Bool(value) => *value,
            Value::Int(value) => *value != 0,
            Value::Float(value) => *value != 0.0,
            Value::Text(text) => !text.as_str().is_empty(),
            Value::Array(items) => !items.is_empty(),
            Value::Dict(dict) => !dict.is_empty(),
            _ => true,
        }
    }

    /// Whether it can be called.
    pub fn is_callable(&self) -> bool {
        matches!(
            self,
            Value::Function(_)
                | Value::Closure(_)
                | Value::Native(_)
                | Value::Bound(_)
                | Value::Constructor(_)
        )
    }
}
