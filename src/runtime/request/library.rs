//! What the library's own Ruff code asks for: keeps, mutexes and semaphores.

use super::{Reply, World, wrong_handle};
use crate::runtime::gate::Gate;
use crate::runtime::keep::Keep;
use crate::runtime::shared::SharedStore;
use crate::runtime::store::ContextId;
use crate::value::{Fault, Handle, Value};
use crate::vm::{GateRequest, KeepRequest};

impl World {
    pub(super) fn keep(&self, request: KeepRequest) -> Result<Reply, Fault> {
        Ok(match request {
            KeepRequest::New(kind) => Reply::Value(Value::Handle(Handle::new(Keep::new(kind)))),
            KeepRequest::OfProgram => Reply::Value(Value::Handle(self.memory.kept.clone())),
            KeepRequest::Get { keep, key } => {
                kept(&keep)?.get(&key).map_or(Reply::Value(Value::Null), Reply::Parcel)
            }
            KeepRequest::Set { keep, key, value } => {
                kept(&keep)?.set(&key, value);
                Reply::Value(Value::Null)
            }
            KeepRequest::Keys(keep) => Reply::Value(Value::array(kept(&keep)?.keys())),
        })
    }

    pub(super) fn gate(&self, request: GateRequest, id: ContextId) -> Result<Reply, Fault> {
        let done = || Reply::Value(Value::Null);
        match request {
            GateRequest::New(permits) => {
                let gate = Gate::new(&self.hub, permits)?;
                Ok(Reply::Value(Value::Handle(Handle::new(gate))))
            }
            GateRequest::Enter(handle) => Ok(match gate(&handle)?.enter(id)? {
                None => true.into(),
                Some(promise) => Reply::Promise(promise, Some(handle.clone())),
            }),
            GateRequest::Hold(handle) => gate(&handle).map(|gate| gate.hold(id)).map(|()| done()),
            GateRequest::Leave(handle) => gate(&handle)?.leave(id).map(|()| done()),
        }
    }
}

fn kept(handle: &Handle) -> Result<&SharedStore, Fault> {
    let keep = handle.get::<Keep>().ok_or_else(|| wrong_handle("keep", handle))?;
    Ok(&keep.values)
}

fn gate(handle: &Handle) -> Result<&Gate, Fault> {
    handle.get::<Gate>().ok_or_else(|| wrong_handle("mutex or semaphore", handle))
}
