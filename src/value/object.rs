//! Bodies of struct and enum values, closures and bound methods.

use super::counted::Body;
use super::{Counted, Value};
use crate::bytecode::{EnumId, FunctionId, StructId};

/// The body of a struct value.
#[derive(Clone, Debug)]
pub struct StructValue {
    /// Its type.
    pub id: StructId,
    /// Its fields in declaration order; behind them the scope of its functions, if they close over variables.
    pub fields: Vec<Value>,
}

impl StructValue {
    /// One of its functions over what they close over; `None` if that is nothing.
    pub fn closure(&self, function: FunctionId) -> Option<Counted<Closure>> {
        match self.fields.last() {
            Some(Value::Scope(scope)) => {
                Some(Counted::new(Closure { function, captures: scope.captures.clone() }))
            }
            _ => None,
        }
    }

    /// One of its functions as a value.
    pub fn function(&self, function: FunctionId) -> Value {
        self.closure(function).map_or(Value::Function(function), Value::Closure)
    }
}

/// What the functions of a struct close over. A body of its own, because a body is of one kind only.
#[derive(Clone, Debug)]
pub struct Scope {
    /// The captures that each of the functions has.
    pub captures: Box<[Value]>,
}

/// The body of an enum value.
#[derive(Clone, Debug)]
pub struct EnumValue {
    /// Its type.
    pub id: EnumId,
    /// The variant's position in the type.
    pub variant: u16,
    /// The payload.
    pub payload: Box<[Value]>,
}

/// The body of a closure.
#[derive(Clone, Debug)]
pub struct Closure {
    /// What it runs.
    pub function: FunctionId,
    /// Its captures in the order of `Function::captures`: values, or `Value::Cell` for shared variables.
    pub captures: Box<[Value]>,
}

/// The body of a bound method.
#[derive(Clone, Debug)]
pub struct Bound {
    /// The copied receiver, passed as first argument.
    pub receiver: Value,
    /// What is called.
    pub callee: Value,
}

/// What scripts call a value that gives its items one at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lazy {
    /// What a `func*` of the program gives.
    Generator,
    /// What the library makes of one.
    Iterator,
}

impl Lazy {
    /// The name that `type(v)` gives.
    pub fn type_name(self) -> &'static str {
        match self {
            Lazy::Generator => "generator",
            Lazy::Iterator => "iterator",
        }
    }
}

/// The body of a suspended generator: `yield` stands in the body of the `func*` only, so it is one call.
#[derive(Clone, Debug)]
pub struct Suspension {
    /// What it runs.
    pub function: FunctionId,
    /// The next instruction.
    pub ip: u32,
    /// The closure that was called, or null if the function captures nothing.
    pub callee: Value,
    /// Its registers; those that are not read later are null.
    pub registers: Vec<Value>,
}

impl Body for Suspension {
    const NESTS: bool = true;

    fn each_value(&mut self, mut visit: impl FnMut(&mut Value)) {
        visit(&mut self.callee);
        self.registers.iter_mut().for_each(visit);
    }
}

impl Body for StructValue {
    const NESTS: bool = true;

    fn each_value(&mut self, visit: impl FnMut(&mut Value)) {
        self.fields.iter_mut().for_each(visit);
    }
}

impl Body for EnumValue {
    const NESTS: bool = true;

    fn each_value(&mut self, visit: impl FnMut(&mut Value)) {
        self.payload.iter_mut().for_each(visit);
    }
}

impl Body for Closure {
    const NESTS: bool = true;

    fn each_value(&mut self, visit: impl FnMut(&mut Value)) {
        self.captures.iter_mut().for_each(visit);
    }
}

impl Body for Scope {
    const NESTS: bool = true;

    fn each_value(&mut self, visit: impl FnMut(&mut Value)) {
        self.captures.iter_mut().for_each(visit);
    }
}

impl Body for Bound {
    const NESTS: bool = true;

    fn each_value(&mut self, mut visit: impl FnMut(&mut Value)) {
        visit(&mut self.receiver);
        visit(&mut self.callee);
    }
}

/// A variable that closures of one context share. The value itself is in the context (`context::Cells`); this is
/// its position there. All references to one cell are clones of one `CellRef`, so that the context can tell from the
/// count when a cell is no longer used.
#[derive(Clone, Debug)]
pub struct CellRef(Counted<u32>);

impl CellRef {
    /// A new cell's reference; `position` is its slot in the context.
    pub fn new(position: u32) -> CellRef {
        CellRef(Counted::new(position))
    }

    /// The slot in the context.
    #[inline]
    pub fn position(&self) -> usize {
        *self.0 as usize
    }

    /// Whether only one reference is left.
    pub fn is_unique(&self) -> bool {
        self.0.is_unique()
    }

    /// Whether both are references to one variable.
    pub fn same(a: &CellRef, b: &CellRef) -> bool {
        Counted::same(&a.0, &b.0)
    }

    /// An identity while a reference is held.
    pub fn address(&self) -> usize {
        self.0.address()
    }
}
