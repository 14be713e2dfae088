//! The machine: runs one context until it must stop.
//!
//! Owns: the meaning of every instruction, calls, errors and their unwinding, and the table of library functions.
//! Invariant: no Rust frame ever sits under a script frame, so a context can be frozen wherever `run` returns: library
//! functions answer or ask, they never call back.
//! Does not: know threads, locks, clocks, files or promises. What a script wants of the world is a `Request`.

mod halt;
mod request;
mod type_set;
mod native;
mod machine;
mod prepared;
mod dispatch;
mod routine;
mod execute;
mod call;
mod plain;
mod arguments;
mod library;
mod method;
mod methods;
mod own;
mod detour;
mod module;
mod place;
mod receiver;
mod update;
mod release;
mod registers;
mod variable;
mod disorder;
mod hint;
mod access;
mod ops;
mod operate;
mod literal;
mod iterate;
mod scope;
mod generator;
mod pattern;
mod check;
mod unwind;
mod error_fields;
#[cfg(test)]
mod tests;

pub use error_fields::{error_field, error_point, error_stack, field_of};
pub use halt::Halt;
pub use machine::Machine;
pub use native::{
    Answer, Call, Capability, Form, Host, Native, NativeTable, Parameter, Run, Signature, Work,
};
pub use ops::why_not_finite;
pub use own::{CALLED_BY_MACHINE, holds_method};
pub use request::{
    ChildEnvironment, ChildStream, Clock, Command, DataForm, DatabaseOptions, DatabaseRequest, Draw, Drawing,
    Endpoint, EnvRequest, Fetch, FetchRequest, FileAct, FileMode, FileReply, FileRequest, GateRequest,
    Gathered, Job, KeepRequest, NetRequest, PoolLimits, ProcessRequest, RandomRequest, ReplyBody, Request,
    ServeRequest, ServerKeys, ServerLimits, ServerReply, SessionPlan, SignalName, Sink, SqlParams, SqlResult,
    SqlValue, Stdin, Stream, Words, media_type,
};
pub use unwind::{thrown, thrown_with};
