//! Mutexes and semaphores (STDLIB section 20). What calls back is in `prelude/concurrency.ruff`.

use super::answer::Outcome;
use super::declare::plain;
use super::promise::handle;
use crate::vm::{Answer, GateRequest, Native, Request};

pub(super) const NATIVES: &[Native] = &[
    plain("mutex() -> mutex", "What one context holds at a time.", |_| ask(GateRequest::New(None))),
    plain("semaphore(n: int) -> semaphore", "What n contexts hold at a time.", |call| {
        match u32::try_from(call.int(0)) {
            Ok(permits @ 1..=1_000_000) => ask(GateRequest::New(Some(permits))),
            _ => Err(call.value_fault(format!("n must be between 1 and 1000000, got {}", call.int(0)))),
        }
    }),
    plain("__gate_enter(g: mutex|semaphore) -> bool", "Waits for a permit.", |call| {
        Ok(Answer::wait(Request::Gate(GateRequest::Enter(handle(call, 0)))))
    }),
    plain("__gate_hold(g: mutex|semaphore) -> null", "Says who has it.", |call| {
        ask(GateRequest::Hold(handle(call, 0)))
    }),
    plain("__gate_leave(g: mutex|semaphore) -> null", "Gives it back.", |call| {
        ask(GateRequest::Leave(handle(call, 0)))
    }),
];

fn ask(request: GateRequest) -> Outcome {
    Ok(Answer::ask(Request::Gate(request)))
}
