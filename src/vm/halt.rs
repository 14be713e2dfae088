//! Why the machine stopped.

use super::Request;
use crate::value::{Fault, Handle};

/// Why `run` returned.
///
/// One word and a tag, so that it goes from hand to hand in registers of the processor. A larger one would be copied each time, in
/// wider pieces than it was just written in, and processors wait for such reads.
#[derive(Debug)]
pub enum Halt {
    /// The outermost function returned. `Context::take_result` gives what.
    Done,
    /// This error left the outermost function.
    Failed(Fault),
    /// The budget is used up; the context goes on where it stopped.
    OutOfFuel,
    /// The context waits for this promise, which was pending a moment ago. `Context::wait` says where its outcome goes;
    /// the machine polls it again when it next runs.
    Waiting(Handle),
    /// The script asks this of the world. The runtime answers with `Context::answer`, `answer_later` or `answer_fault` and runs
    /// the context again.
    Ask(Box<Request>),
    /// The same; if the answer is a promise, the script wants its outcome.
    Wait(Box<Request>),
}

impl Halt {
    /// The script asks this.
    pub(super) fn ask(request: Request) -> Halt {
        Halt::Ask(Box::new(request))
    }

    /// The same; if the answer is a promise, it wants the outcome.
    pub(super) fn wait(request: Request) -> Halt {
        Halt::Wait(Box::new(request))
    }
}

const _: () = assert!(size_of::<Result<Option<Halt>, Fault>>() == 16);
