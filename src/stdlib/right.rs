//! Rights that functions written in Ruff ask for in their own names: the natives that they call would name themselves.

use super::answer;
use super::declare::plain;
use crate::value::{Dict, ErrorKind, Fault, Value};
use crate::vm::{Call, Capability, Native};

/// What functions of the prelude ask for.
const RIGHTS: [Capability; 9] = [
    Capability::FilesystemRead,
    Capability::FilesystemWrite,
    Capability::ProcessExec,
    Capability::ShellExec,
    Capability::EnvRead,
    Capability::EnvWrite,
    Capability::NetworkClient,
    Capability::NetworkServer,
    Capability::Clock,
];

pub(super) const NATIVES: &[Native] = &[plain(
    "__needs(function: string, right: string) -> null",
    "CapabilityError in the name of a function if the run does not have a right.",
    |call| {
        let lacking = RIGHTS.into_iter().find(|right| right.text() == call.str(1) && !call.may(*right));
        lacking.map_or_else(answer::null, |right| Err(denied(call, right)))
    },
)];

/// What the machine says for natives (STDLIB R12).
fn denied(call: &Call<'_>, right: Capability) -> Fault {
    let (function, name, flag) = (call.str(0), right.text(), right.flag());
    let message = format!("Capability denied: {name} required for {function}; rerun with {flag}");
    let mut details = Dict::new();
    details.insert_text("capability", Value::text(name));
    details.insert_text("function", Value::text(function));
    Fault::new(ErrorKind::CapabilityError, message).with_value(Value::dict(details))
}
