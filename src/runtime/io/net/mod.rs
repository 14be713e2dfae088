//! Sockets below HTTP (STDLIB section 18).
//!
//! Owns: what each `NetRequest` means. Does not: block; every wait is a task that ends with the wait it is for.

mod address;
mod datagram;
mod door;
mod stream;

use std::sync::Arc;
use std::time::Duration;

use datagram::Datagrams;
use stream::{Listener, Stream};

pub(super) use address::{NetworkCode, listening_fault, network_fault, resolve_host};

use super::{Begun, Io};
use crate::runtime::failure::{internal, timed_out};
use crate::runtime::promise::Hub;
use crate::value::{Fault, Handle, Resource, Value};
use crate::vm::NetRequest;

impl Io {
    /// Answers one request.
    pub fn net(&self, hub: &Arc<Hub>, request: NetRequest) -> Begun {
        match request {
            NetRequest::Listen(at) => self.task(hub, async move { Ok(handle(Listener::open(&at).await?)) }),
            NetRequest::Connect { to, ms } => {
                self.task(hub, in_time(ms, async move { Ok(handle(Stream::connect(&to).await?)) }))
            }
            NetRequest::Bind(at) => self.task(hub, async move { Ok(handle(Datagrams::bind(&at).await?)) }),
            NetRequest::Lookup(host) => self.task(hub, address::lookup(host)),
            NetRequest::Accept { listener, ms } => self.with(
                hub,
                &listener,
                ms,
                |it: Arc<Listener>| async move { Ok(handle(it.accept().await?)) },
            ),
            NetRequest::Send { stream, data, ms } => {
                self.with(hub, &stream, ms, |it: Arc<Stream>| async move { it.send(&data).await })
            }
            NetRequest::Receive { stream, max, form, ms } => {
                self.with(hub, &stream, ms, move |it: Arc<Stream>| async move { it.receive(max, form).await })
            }
            NetRequest::ReceiveLine { stream, ms } => {
                self.with(hub, &stream, ms, |it: Arc<Stream>| async move { it.receive_line().await })
            }
            NetRequest::SendTo { socket, data, to } => {
                self.with(hub, &socket, None, |it: Arc<Datagrams>| async move { it.send(&data, &to).await })
            }
            NetRequest::ReceiveFrom { socket, max, form, ms } => self.with(
                hub,
                &socket,
                ms,
                move |it: Arc<Datagrams>| async move { it.receive(max, form).await },
            ),
            NetRequest::Close(handle) => Begun::Now(close(&handle)),
            NetRequest::Info(handle) => Begun::Now(info(&handle)),
        }
    }

    fn with<T: Resource, F>(
        &self,
        hub: &Arc<Hub>,
        handle: &Handle,
        ms: Option<u64>,
        act: impl FnOnce(Arc<T>) -> F,
    ) -> Begun
    where
        F: Future<Output = Result<Value, Fault>> + Send + 'static,
    {
        match handle.get::<Arc<T>>().cloned() {
            Some(resource) => self.task(hub, in_time(ms, act(resource))),
            None => Begun::Now(Err(internal("a request about a socket names another thing"))),
        }
    }
}

fn handle(resource: impl Resource) -> Value {
    Value::Handle(Handle::new(Arc::new(resource)))
}

/// TimeoutError if it takes longer.
pub(super) async fn in_time(
    ms: Option<u64>,
    work: impl Future<Output = Result<Value, Fault>>,
) -> Result<Value, Fault> {
    let Some(ms) = ms else { return work.await };
    let limited = tokio::time::timeout(Duration::from_millis(ms), work).await;
    limited.unwrap_or_else(|_| Err(timed_out(ms as f64)))
}

fn close(handle: &Handle) -> Result<Value, Fault> {
    let closed = if let Some(stream) = handle.get::<Arc<Stream>>().cloned() {
        stream.close()
    } else if let Some(listener) = handle.get::<Arc<Listener>>().cloned() {
        listener.close()
    } else if let Some(socket) = handle.get::<Arc<Datagrams>>().cloned() {
        socket.close()
    } else {
        return Err(internal("a request to close names no socket"));
    };
    Ok(Value::Bool(closed))
}

fn info(handle: &Handle) -> Result<Value, Fault> {
    if let Some(stream) = handle.get::<Arc<Stream>>().cloned() {
        Ok(stream.info())
    } else if let Some(listener) = handle.get::<Arc<Listener>>().cloned() {
        Ok(listener.info())
    } else if let Some(socket) = handle.get::<Arc<Datagrams>>().cloned() {
        Ok(socket.info())
    } else {
        Err(internal("a request for information names no socket"))
    }
}
