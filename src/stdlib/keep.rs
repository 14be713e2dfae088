//! What library functions written in Ruff remember: hidden from scripts.

use super::answer::{self, Outcome};
use super::declare::plain;
use crate::value::{ErrorKind, Fault, Handle, Value, hash_of};
use crate::vm::{Answer, Call, KeepRequest, Native, Request};

/// The types of handles that are keeps.
const KINDS: &[&str] = &["memory", "buildcache", "progressbar", "spinner", "template"];

pub(super) const NATIVES: &[Native] = &[
    plain("__keep(kind: string) -> any", "A handle under which values are kept.", |call| {
        // The prelude names no other, but snapshots may have been tampered with.
        let kind = KINDS.iter().find(|kind| **kind == call.str(0));
        ask(KeepRequest::New(kind.ok_or_else(|| call.value_fault("there is no keep of this kind"))?))
    }),
    plain("__keep_of_program() -> any", "The one that lives as long as the program.", |_| {
        ask(KeepRequest::OfProgram)
    }),
    plain("__kept(k: any, key: string) -> any", "A value, or null.", |call| {
        ask(KeepRequest::Get { keep: keep(call)?, key: call.text(1).clone() })
    }),
    plain("__keep_set(k: any, key: string, v: any) -> null", "Keeps a value.", |call| {
        let value = call.pack(2);
        ask(KeepRequest::Set { keep: keep(call)?, key: call.text(1).clone(), value })
    })
    .sends(),
    plain("__keep_keys(k: any) -> array", "The names of the values.", |call| {
        ask(KeepRequest::Keys(keep(call)?))
    }),
    plain("__hash_of(x: any) -> string", "Equal values have equal hashes, in this process.", |call| {
        answer::text(format!("{:x}", hash_of(&call.args[0])?))
    }),
];

fn ask(request: KeepRequest) -> Outcome {
    Ok(Answer::ask(Request::Keep(request.into())))
}

/// The keep of a call. The prelude gives nothing else, but snapshots may have been tampered with.
fn keep(call: &Call<'_>) -> Result<Handle, Fault> {
    match &call.args[0] {
        Value::Handle(handle) => Ok(handle.clone()),
        _ => Err(Fault::new(ErrorKind::TypeError, format!("{}: argument 'k' expects a keep", call.name))),
    }
}
