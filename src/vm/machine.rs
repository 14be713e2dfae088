//! Stand-in until the machine's room is merged.

use std::sync::Arc;

use super::{Halt, Host, NativeTable};
use crate::bytecode::Program;
use crate::context::Context;
use crate::value::Value;

/// What runs contexts.
pub struct Machine {
    /// The program.
    pub program: Arc<Program>,
    /// The natives.
    pub natives: Arc<NativeTable>,
    /// The host.
    pub host: Host,
}

impl Machine {
    /// Runs.
    pub fn run(&self, context: &mut Context, fuel: &mut u32) -> Halt {
        let _ = fuel;
        if let Some(fault) = context.pending.take() {
            return Halt::Failed(fault);
        }
        Halt::Done(Value::Null)
    }

    /// Steps.
    pub fn step(&self, context: &mut Context) -> Option<Halt> {
        Some(self.run(context, &mut 0))
    }
}
