//! HTTP: requests to servers, and serving (STDLIB section 17).
//!
//! Owns: the pools of connections to servers.

mod client;
mod body;
mod download;
mod error;
mod jar;
mod session;
mod policy;
mod response;
mod server;

use std::sync::Arc;

use body::Incoming;
use download::Download;
use session::Session;

use super::net::in_time;
use super::{Begun, Io};
use crate::runtime::failure::internal;
use crate::runtime::promise::Hub;
use crate::value::{Fault, Handle, Resource, Value};
use crate::vm::{Fetch, FetchRequest};

pub(super) use client::Clients;
pub(super) use server::Servers;

impl Io {
    /// Answers one request.
    pub fn fetch(&self, hub: &Arc<Hub>, request: FetchRequest) -> Begun {
        match request {
            FetchRequest::Whole(fetch) => self.exchange(hub, fetch, response::whole),
            FetchRequest::Body(fetch) => self.exchange(hub, fetch, response::body),
            FetchRequest::Download { fetch, path } => {
                self.exchange(hub, fetch, |clients, fetch| download::whole(clients, fetch, path))
            }
            FetchRequest::Open(fetch) => self.exchange(hub, fetch, response::open),
            FetchRequest::OpenDownload { fetch, path } => {
                self.exchange(hub, fetch, |clients, fetch| download::open(clients, fetch, path))
            }
            FetchRequest::Session(plan) => Begun::Now(Session::start(plan)),
            FetchRequest::Chunk(stream) => {
                self.on(hub, &stream, |it: Arc<Incoming>| async move { it.chunk().await })
            }
            FetchRequest::Line(stream) => {
                self.on(hub, &stream, |it: Arc<Incoming>| async move { it.line().await })
            }
            FetchRequest::Step(download) => {
                self.on(hub, &download, |it: Arc<Download>| async move { it.step().await })
            }
            FetchRequest::Info(handle) => Begun::Now(info(&handle)),
            FetchRequest::Close(handle) => Begun::Now(close(&handle)),
        }
    }

    /// An exchange within its time.
    fn exchange<F>(&self, hub: &Arc<Hub>, fetch: Fetch, act: impl FnOnce(Arc<Clients>, Fetch) -> F) -> Begun
    where
        F: Future<Output = Result<Value, Fault>> + Send + 'static,
    {
        let (ms, held) = (fetch.timeout_ms, fetch.held);
        let work = in_time(ms, act(Arc::clone(&self.clients), fetch));
        if held { self.held_task(hub, work) } else { self.task(hub, work) }
    }

    fn on<T: Resource, F>(&self, hub: &Arc<Hub>, handle: &Handle, act: impl FnOnce(Arc<T>) -> F) -> Begun
    where
        F: Future<Output = Result<Value, Fault>> + Send + 'static,
    {
        match handle.get::<Arc<T>>().cloned() {
            Some(resource) => self.task(hub, act(resource)),
            None => Begun::Now(Err(internal("a request about a stream names another thing"))),
        }
    }
}

fn info(handle: &Handle) -> Result<Value, Fault> {
    if let Some(stream) = handle.get::<Arc<Incoming>>().cloned() {
        return Ok(stream.info());
    }
    if let Some(session) = handle.get::<Arc<Session>>() {
        return Ok(session.info());
    }
    match handle.get::<Arc<Download>>().cloned() {
        Some(download) => Ok(download.info()),
        None => Err(internal("a request for information names no stream")),
    }
}

fn close(handle: &Handle) -> Result<Value, Fault> {
    if let Some(session) = handle.get::<Arc<Session>>() {
        return Ok(Value::Bool(session.close()));
    }
    match handle.get::<Arc<Incoming>>().cloned() {
        Some(stream) => Ok(Value::Bool(stream.close())),
        None => Err(internal("a request to close names no stream")),
    }
}
