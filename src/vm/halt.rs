//! Why the machine stopped.

use super::Request;
use crate::value::{Fault, Handle, Value};

/// Why `run` returned.
#[derive(Debug)]
pub enum Halt {
    /// The outermost function returned this.
    Done(Value),
    /// This error left the outermost function.
    Failed(Fault),
    /// The budget is used up; the context goes on where it stopped.
    OutOfFuel,
    /// The context waits for this promise, which was pending a moment ago. `Context::wait` says where its outcome goes;
    /// the machine polls it again when it next runs.
    Waiting(Handle),
    /// The script asks something of the world. The runtime answers with `Context::answer`, `answer_later` or
    /// `answer_fault` and runs the context again. `waits`: if the answer is a promise, the script wants its outcome.
    Request {
        /// What it asks.
        request: Request,
        /// Whether a promise given as answer is to be awaited.
        waits: bool,
    },
}
