//! One call of a context.

use crate::bytecode::{FunctionId, Symbol};
use crate::value::{CellRef, Closure, Counted, Value};

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
    pub receiver: Option<Box<Receiver>>,
    /// The body of a directly awaited async call: on return the caller's `Await` is skipped (LANGUAGE 10.3).
    pub inline: bool,
    /// On return the result is stored in the receiver place too (STDLIB 1.2, ✎).
    pub stores_result: bool,
}

impl Frame {
    /// A frame at the function's first instruction.
    #[inline]
    pub fn new(function: FunctionId, base: u32, result: u32, closure: Option<Counted<Closure>>) -> Frame {
        Frame { function, ip: 0, base, result, closure, receiver: None, inline: false, stores_result: false }
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
