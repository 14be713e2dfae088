//! Rights that functions written in Ruff ask for in their own names: the natives that they call would name themselves.

use super::answer;
use super::declare::plain;
use crate::vm::{Capability, Native};

pub(super) const NATIVES: &[Native] = &[plain(
    "__needs(function: string, right: string) -> null",
    "CapabilityError in the name of a function if the run does not have a right.",
    |call| {
        let lacking =
            Capability::ALL.into_iter().find(|right| right.text() == call.str(1) && !call.may(*right));
        lacking.map_or_else(answer::null, |right| Err(right.denied(call.str(0))))
    },
)];
