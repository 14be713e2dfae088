//! One execution: frames, registers, shared variables. Plain data.
//!
//! Owns: everything a call stack needs to go on, and nothing else: a context can be frozen between any two instructions.
//! Invariant: frame `i+1` starts inside or behind frame `i`; absolute stack positions of a frame do not change while it
//! lives, also not across a freeze and a thaw.
//! Does not: execute anything (`vm` does), encode itself (`snapshot` does), or know threads and promises.

mod cells;
mod frame;
mod globals;

pub use cells::{Access, Cells};
pub use frame::{Frame, PathStep, Receiver, ReceiverRoot};
pub use globals::Globals;

use crate::bytecode::{FunctionId, Program};
use crate::value::{Closure, Counted, Fault, Parcel, Value};

/// One execution.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// The registers of all frames.
    pub stack: Vec<Value>,
    /// The calls, outermost first. Empty once the context ended.
    pub frames: Vec<Frame>,
    /// Variables that closures of this context share.
    pub cells: Cells,
    /// Module-level variables.
    pub globals: Globals,
    /// The absolute stack position of a promise whose outcome replaces it before the next instruction runs.
    pub wait: Option<u32>,
    /// The absolute stack position that receives the answer to the last request.
    pub reply: u32,
    /// An error to throw where the context stands when it next runs (cancellation, a failed request).
    pub pending: Option<Fault>,
    /// Directly awaited async calls since the counter was last taken (`--stats`).
    pub inline_awaits: u32,
}

impl Context {
    /// A context about to run `function` with bound arguments (one value per parameter, `Unset` where left out).
    pub fn start(
        program: &Program,
        function: FunctionId,
        closure: Option<Counted<Closure>>,
        arguments: Vec<Value>,
        globals: Globals,
    ) -> Context {
        let mut stack = arguments;
        stack.resize(program.function(function).registers as usize, Value::Null);
        let frames = vec![Frame::new(function, 0, 0, closure)];
        Context { stack, frames, globals, ..Context::default() }
    }

    /// Answers the last request with a value.
    pub fn answer(&mut self, value: Value) {
        self.stack[self.reply as usize] = value;
    }

    /// Answers the last request with a promise to wait for: its outcome becomes the answer.
    pub fn answer_later(&mut self, promise: Value) {
        self.wait = Some(self.reply);
        self.answer(promise);
    }

    /// Answers the last request with an error.
    pub fn answer_fault(&mut self, fault: Fault) {
        self.pending = Some(fault);
    }

    /// Detaches a value from this context. O(1) unless the context has shared variables.
    pub fn pack(&self, value: Value) -> Parcel {
        self.cells.pack(value)
    }

    /// Brings a value into this context; shared variables in it become copies that are read-only or owned.
    pub fn unpack(&mut self, parcel: &Parcel, access: Access) -> Value {
        self.cells.unpack(parcel, access)
    }
}
