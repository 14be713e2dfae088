//! Running a script on the host's own thread, step by step.
//!
//! Owns: one run of one script that no worker thread works for until the host hands it over with
//! `run_scheduler_until_complete`. Timers and files still complete on threads of their own; what they make ready runs
//! when the host says so.
//! Invariant: after an error or the script's end every further call reports that the session is over; none panics.

use std::sync::Arc;
use std::time::Duration;

use super::{
    Engine, Error, Failure, Options, Output, Round, Schedule, Script, Value, explain, main_context,
    milliseconds,
};
use crate::context::Context;
use crate::runtime::{ContextId, Execution, Runtime};
use crate::snapshot;
use crate::source::Code;
use crate::value::Parcel;

/// Where an execution stands.
#[derive(Debug)]
pub enum VmExecutionResult {
    /// The context ended with this value.
    Completed(Value),
    /// The context waits, or gave its turn up; `resume_execution_context` goes on with it.
    Suspended {
        /// Its id, unique in the session.
        context_id: u64,
    },
}

/// A suspended context as it was when it was saved; a session can go back to it any number of times. It may hold handles (what
/// it waits for is one), and then it belongs to the session that saved it; without them it can become bytes.
#[derive(Clone, Debug)]
pub struct ExecutionState {
    context: Context,
}

impl ExecutionState {
    /// The state as bytes that outlive the process: the portable form, bound to this very script. Fails with the
    /// script's UnsupportedError, which names it, if the context holds a handle (a promise, a channel): a context that was
    /// saved while it waits does, one that was saved in the middle of its work need not.
    pub fn to_bytes(&self, script: &Script) -> Result<Vec<u8>, Error> {
        let program = script.program();
        snapshot::to_portable(&self.context, program, program.fingerprint())
            .map_err(|fault| Error::Failed(Box::new(Failure::new(program, &fault, Code::Uncaught))))
    }

    /// The state that `to_bytes` wrote, for the same script. Bytes that are damaged, or of another script or version, are
    /// an error.
    pub fn from_bytes(bytes: &[u8], script: &Script) -> Result<ExecutionState, Error> {
        let program = script.program();
        let thawed = snapshot::from_portable(bytes, program, program.fingerprint());
        let context = thawed.map_err(|error| Error::Host(error.to_string()))?;
        Ok(ExecutionState { context })
    }
}

/// One run of a script, driven by its host.
pub struct Session {
    script: Script,
    cooperative: bool,
    /// `None` once the run is over.
    runtime: Option<Runtime>,
    started: bool,
    /// How it ended, until the host asks.
    end: Option<Result<Value, Error>>,
}

impl Session {
    /// A run of `script` in which nothing was executed yet. Cooperative unless the engine's options say otherwise.
    pub fn new(engine: &Engine, script: &Script, output: Arc<dyn Output>) -> Session {
        let options = Options { schedule: Schedule::Stealing, ..engine.options().clone() };
        let engine = engine.with_options(options);
        Session {
            script: script.clone(),
            cooperative: engine.cooperative_suspend_enabled(),
            runtime: Some(engine.runtime(script, output)),
            started: false,
            end: None,
        }
    }

    /// Whether an `await` parks the context. On by default.
    pub fn cooperative_suspend_enabled(&self) -> bool {
        self.cooperative
    }

    /// Runs the script's main context until it waits or ends. To be called once, first.
    pub fn execute_until_suspend(&mut self) -> Result<VmExecutionResult, Error> {
        if std::mem::replace(&mut self.started, true) {
            return Err(Error::Host(
                "the script was started already; resume its contexts by their ids".to_owned(),
            ));
        }
        let context = main_context(self.script.program());
        let execution = self.runtime()?.run_until_suspended(context);
        self.completed_or_suspended(execution)
    }

    /// Goes on with a suspended context, out of turn, until it waits again, ends, or has used up its budget. If what it
    /// waits for is still pending, it stays suspended.
    pub fn resume_execution_context(&mut self, context_id: u64) -> Result<VmExecutionResult, Error> {
        let found = self.runtime()?.resume(ContextId::from_number(context_id));
        let execution = found.ok_or_else(|| unknown(context_id))?;
        self.completed_or_suspended(execution)
    }

    /// Runs every context that is ready now once, the main one included.
    pub fn run_scheduler_round(&mut self) -> Result<Round, Error> {
        self.start()?;
        let round = self.runtime()?.run_round();
        if self.runtime()?.is_finished() {
            self.end = Some(self.finish(None));
        }
        Ok(round)
    }

    /// How the run ended, once. `None` while it goes on, and after it was told.
    pub fn outcome(&mut self) -> Option<Result<Value, Error>> {
        self.end.take()
    }

    /// Lets workers run all contexts to the end of the program; the value is the main context's.
    pub fn run_scheduler_until_complete(&mut self) -> Result<Value, Error> {
        self.run_to_end(None)
    }

    /// The same, but an error if it takes longer.
    pub fn run_scheduler_until_complete_with_timeout(&mut self, limit: Duration) -> Result<Value, Error> {
        self.run_to_end(Some(limit))
    }

    /// The ids of the contexts that are suspended, oldest first.
    pub fn suspended_contexts(&self) -> Vec<u64> {
        let ids = self.runtime.as_ref().map(Runtime::suspended).unwrap_or_default();
        ids.into_iter().map(ContextId::number).collect()
    }

    /// Copies a suspended context, which stays where it is.
    pub fn save_execution_state(&mut self, context_id: u64) -> Result<ExecutionState, Error> {
        let saved = self.runtime()?.save(ContextId::from_number(context_id));
        saved.map(|context| ExecutionState { context }).ok_or_else(|| unknown(context_id))
    }

    /// Adds a context that goes on where the saved one stood, and makes it the main one; gives its id. In a session in
    /// which nothing ran yet it takes the place of the script's beginning.
    pub fn restore_execution_state(&mut self, state: &ExecutionState) -> Result<u64, Error> {
        self.started = true;
        Ok(self.runtime()?.restore(state.context.clone()).number())
    }

    fn runtime(&mut self) -> Result<&mut Runtime, Error> {
        self.runtime.as_mut().ok_or_else(|| Error::Host("the script has ended".to_owned()))
    }

    fn start(&mut self) -> Result<(), Error> {
        if !std::mem::replace(&mut self.started, true) {
            let context = main_context(self.script.program());
            self.runtime()?.start(context);
        }
        Ok(())
    }

    fn run_to_end(&mut self, limit: Option<Duration>) -> Result<Value, Error> {
        if let Some(end) = self.end.take() {
            return end;
        }
        self.start()?;
        self.runtime()?;
        self.finish(limit)
    }

    /// Lets the program end and explains how it did.
    fn finish(&mut self, limit: Option<Duration>) -> Result<Value, Error> {
        let mut runtime =
            self.runtime.take().ok_or_else(|| Error::Host("the script has ended".to_owned()))?;
        if let Some(limit) = limit {
            runtime.limit(milliseconds(limit));
        }
        explain(self.script.program(), runtime.run_to_end()).end
    }

    fn completed_or_suspended(&mut self, execution: Execution) -> Result<VmExecutionResult, Error> {
        if self.runtime()?.is_stopped() {
            return self.finish(None).map(VmExecutionResult::Completed);
        }
        match execution {
            Execution::Suspended(id) => Ok(VmExecutionResult::Suspended { context_id: id.number() }),
            Execution::Completed(Ok(parcel)) => Ok(VmExecutionResult::Completed(parcel.value)),
            Execution::Completed(Err(parcel)) => Err(self.failed(&parcel)),
        }
    }

    fn failed(&self, parcel: &Parcel) -> Error {
        match &parcel.value {
            Value::Error(fault) => {
                Error::Failed(Box::new(Failure::new(self.script.program(), fault, Code::Uncaught)))
            }
            other => Error::Host(format!("a context was rejected with {other:?}")),
        }
    }
}

fn unknown(context_id: u64) -> Error {
    Error::Host(format!("there is no suspended context {context_id}"))
}
