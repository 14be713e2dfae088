//! A server that runs or not, and all servers of a program.

use std::net::SocketAddr;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};

use super::connection::{Door, accept};
use super::crowd::{Crowd, Phase};
use super::exchange::Arrived;
use super::tls;
use crate::runtime::io::net::{listening_fault, resolve_host};
use crate::runtime::promise::Hub;
use crate::runtime::store::ContextId;
use crate::sync::Mutex;
use crate::value::{Dict, ErrorKind, Fault, Resource, ResourceKind, Value};
use crate::vm::{ServerKeys, ServerLimits};

/// How many requests may wait for the script's loop; more wait in their connections.
const QUEUE: usize = 1024;
/// How long servers that a signal stops let their requests run.
const GRACE: u64 = 10_000;

/// What all copies of a script's server share.
#[derive(Default)]
pub(super) struct Server {
    running: Mutex<Option<Running>>,
}

#[derive(Clone)]
struct Running {
    own: SocketAddr,
    requests: Arc<tokio::sync::Mutex<mpsc::Receiver<Arrived>>>,
    crowd: Arc<Crowd>,
    ended: watch::Receiver<bool>,
}

impl Running {
    /// When all requests have ended, or all `but_own`: those whose handlers asked it to stop.
    async fn emptied(&self, but_own: bool) {
        if but_own {
            return self.crowd.others_left().await;
        }
        let _ = self.ended.clone().wait_for(|ended| *ended).await;
    }
}

impl Server {
    /// Binds, and accepts connections from now on.
    pub(super) async fn start(
        &self,
        host: &str,
        port: u16,
        limits: ServerLimits,
        keys: Option<ServerKeys>,
        hub: Weak<Hub>,
    ) -> Result<Value, Fault> {
        if self.running().is_some() {
            return Err(Fault::new(ErrorKind::ValueError, "start: the server is running"));
        }
        let tls = match &keys {
            Some(keys) => Some(tls::load(keys).await?),
            None => None,
        };
        let addresses = resolve_host(host, port).await?;
        let failed = |error: std::io::Error| listening_fault(host, port, &error);
        let listener = TcpListener::bind(addresses.as_slice()).await.map_err(failed)?;
        let own = listener.local_addr().map_err(failed)?;
        let (send, receive) = mpsc::channel(QUEUE);
        let crowd = Arc::new(Crowd::new());
        let (end, ended) = watch::channel(false);
        let door = Door { limits, tls, requests: send, crowd: Arc::clone(&crowd), hub };
        tokio::spawn(async move {
            accept(listener, door).await;
            end.send_replace(true);
        });
        let requests = Arc::new(tokio::sync::Mutex::new(receive));
        *self.running.lock() = Some(Running { own, requests, crowd, ended });
        Ok(Value::Null)
    }

    /// What runs, if it has not ended.
    fn running(&self) -> Option<Running> {
        self.running.lock().clone().filter(|running| !*running.ended.borrow())
    }

    /// The next request, if there is one; waiting for it needs `next`.
    pub(super) fn next_now(&self) -> Option<Value> {
        let running = self.running.lock().clone()?;
        let mut requests = running.requests.try_lock().ok()?;
        requests.try_recv().ok().map(Arrived::into_value)
    }

    /// The next request; null when there will be none.
    pub(super) async fn next(&self) -> Result<Value, Fault> {
        let running = self.running.lock().clone();
        let Some(running) = running else { return Ok(Value::Null) };
        let mut requests = running.requests.lock().await;
        Ok(requests.recv().await.map_or(Value::Null, Arrived::into_value))
    }

    /// Accepts no more, lets running requests end for a while, then ends them. False if it was not running. Whoever answers
    /// a request itself does not wait for that one.
    pub(super) async fn stop(&self, grace_ms: u64, asker: Option<ContextId>) -> bool {
        let Some(running) = self.running() else { return false };
        let crowd = &running.crowd;
        let answers = asker.is_some_and(|asker| crowd.stops(asker));
        crowd.advance(Phase::Draining);
        let last = if answers { Phase::Emptying } else { Phase::Over };
        let grace = Duration::from_millis(grace_ms);
        if tokio::time::timeout(grace, running.emptied(answers)).await.is_err() {
            crowd.advance(last);
            running.emptied(answers).await;
        }
        true
    }

    /// When it does not run any more.
    pub(super) async fn ended(&self) {
        if let Some(running) = self.running() {
            running.emptied(false).await;
        }
    }

    /// {host, port, url}.
    pub(super) fn info(&self, scheme: &str, host: &str, port: u16) -> Value {
        let port = self.running().map_or(port, |running| running.own.port());
        let mut dict = Dict::with_capacity(3);
        dict.insert_text("host", Value::text(host));
        dict.insert_text("port", Value::Int(port.into()));
        let shown = if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        dict.insert_text("url", Value::text(format!("{scheme}://{shown}:{port}")));
        Value::dict(dict)
    }
}

impl Resource for Server {
    fn kind(&self) -> ResourceKind {
        ResourceKind::Other("httpstate")
    }

    fn text(&self) -> String {
        "<httpstate>".to_owned()
    }
}

/// The servers of a program, so that a signal can stop them.
#[derive(Default)]
pub(in crate::runtime::io) struct Servers {
    all: Mutex<Vec<Weak<Server>>>,
}

impl std::fmt::Debug for Servers {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Servers")
    }
}

impl Servers {
    /// A server that does not run yet.
    pub(super) fn create(&self) -> Arc<Server> {
        let server = Arc::new(Server::default());
        let mut all = self.all.lock();
        all.retain(|known| known.strong_count() > 0);
        all.push(Arc::downgrade(&server));
        server
    }

    /// Stops those that run. False if there is none, or all are being stopped already.
    pub(in crate::runtime::io) fn stop_all(&self) -> bool {
        let all: Vec<Arc<Server>> = self.all.lock().iter().filter_map(Weak::upgrade).collect();
        let serving = |server: &Arc<Server>| {
            server.running().is_some_and(|running| running.crowd.phase() == Phase::Serving)
        };
        let serving: Vec<Arc<Server>> = all.into_iter().filter(serving).collect();
        let any = !serving.is_empty();
        for server in serving {
            tokio::spawn(async move { server.stop(GRACE, None).await });
        }
        any
    }
}
