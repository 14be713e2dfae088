//! Serving: connections in, requests to the script, answers out (STDLIB section 17).
//!
//! A request's way: a connection (`connection`) reads it and puts an `Exchange` into the server's queue; the script's loop
//! takes it, starts a context that answers, and binds that context's promise to the exchange; the answer goes back to the
//! connection, which sends it. When the connection no longer waits (it was closed, time is over, the server stops), the
//! promise is cancelled, and with it the context.
//! Invariant: every wait in here is limited: heads and bodies by the read timeout, handlers by theirs, stopping by its grace.

mod framing;
mod wire;
mod tls;
mod crowd;
mod connection;
mod refusal;
mod exchange;
mod file;
mod outgoing;
mod reply;
mod state;

use std::sync::Arc;

use exchange::Exchange;
use state::Server;
pub(in crate::runtime::io) use state::Servers;

use crate::runtime::failure::internal;
use crate::runtime::io::{Begun, Io};
use crate::runtime::promise::{Hub, Promise};
use crate::runtime::store::ContextId;
use crate::value::{Fault, Handle, Resource, Value};
use crate::vm::{ReplyBody, ServeRequest};

impl Io {
    /// Answers one request of the context `id`.
    pub fn serve(&self, hub: &Arc<Hub>, request: ServeRequest, id: ContextId) -> Begun {
        self.begin(hub, request, id).unwrap_or_else(|fault| Begun::Now(Err(fault)))
    }

    fn begin(&self, hub: &Arc<Hub>, request: ServeRequest, id: ContextId) -> Result<Begun, Fault> {
        Ok(match request {
            ServeRequest::New => Begun::Now(Ok(Value::Handle(Handle::new(self.servers.create())))),
            ServeRequest::Start { server, host, port, limits, keys, folders } => {
                let (server, hub_of_it) = (of::<Server>(&server)?, Arc::downgrade(hub));
                self.task(hub, async move {
                    file::check(&folders).await?;
                    server.start(&host, port, limits, keys, hub_of_it).await
                })
            }
            ServeRequest::Next { server, bound } => {
                if let Some((exchange, handler)) = bound {
                    let handler =
                        handler.shared::<Promise>().ok_or_else(|| internal("a handler is no promise"))?;
                    of::<Exchange>(&exchange)?.bind(handler, hub);
                }
                let server = of::<Server>(&server)?;
                // A schedule sees each request arrive; whether it is here already is chance.
                let next = if hub.outside.is_none() { server.next_now() } else { None };
                match next {
                    Some(next) => Begun::Now(Ok(next)),
                    None => self.task(hub, async move { server.next().await }),
                }
            }
            ServeRequest::Enter { exchange, given } => {
                of::<Exchange>(&exchange)?.enter(id);
                Begun::Now(Ok(given))
            }
            ServeRequest::Answer { exchange, reply } => {
                let exchange = of::<Exchange>(&exchange)?;
                match reply.body {
                    ReplyBody::File(_) => self.task(hub, async move { exchange.answer_file(reply).await }),
                    ReplyBody::Bytes(_) | ReplyBody::Pieces => Begun::Now(exchange.answer(reply)),
                }
            }
            ServeRequest::Piece { exchange, data } => {
                let exchange = of::<Exchange>(&exchange)?;
                self.task(hub, async move { Ok(Value::Bool(exchange.piece(data).await)) })
            }
            ServeRequest::Stop { server, grace_ms } => {
                let server = of::<Server>(&server)?;
                self.task(hub, async move { Ok(Value::Bool(server.stop(grace_ms, Some(id)).await)) })
            }
            ServeRequest::Wait(server) => {
                let server = of::<Server>(&server)?;
                self.task(hub, async move {
                    server.ended().await;
                    Ok(Value::Null)
                })
            }
            ServeRequest::Info { server, scheme, host, port } => {
                Begun::Now(Ok(of::<Server>(&server)?.info(scheme, &host, port)))
            }
        })
    }
}

fn of<T: Resource>(handle: &Handle) -> Result<Arc<T>, Fault> {
    handle.get::<Arc<T>>().cloned().ok_or_else(|| internal("a request about a server names another thing"))
}
