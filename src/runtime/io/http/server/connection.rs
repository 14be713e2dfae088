//! Connections: accepted, read request by request, answered, and closed.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Weak};
use std::time::Duration;

use hyper::body::{Body, Incoming};
use hyper::server::conn::http1::Builder;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::{Instant, Sleep};
use tokio_rustls::TlsAcceptor;

use super::crowd::{Crowd, Member, Phase, Presence};
use super::exchange::{Arrived, Waiting};
use super::outgoing::Outgoing;
use super::refusal::refused;
use super::reply::plain;
use super::tls::encrypted;
use super::wire::Wire;
use crate::runtime::promise::Hub;
use crate::sync::Mutex;
use crate::value::Value;
use crate::vm::ServerLimits;

/// What each connection needs of its server.
#[derive(Clone)]
pub(super) struct Door {
    pub(super) limits: ServerLimits,
    /// What connections are encrypted with.
    pub(super) tls: Option<TlsAcceptor>,
    pub(super) requests: mpsc::Sender<Arrived>,
    pub(super) crowd: Arc<Crowd>,
    pub(super) hub: Weak<Hub>,
}

impl Door {
    /// How long a client may take to send a request, or a part of an answer to be taken.
    fn patience(&self) -> Duration {
        Duration::from_millis(self.limits.read_timeout_ms)
    }
}

/// hyper's buffer is at least this large.
const SMALLEST_BUFFER: usize = 8192;
/// The pause after a failed accept: there are no more descriptors, and some have to be closed first.
const PAUSE: Duration = Duration::from_millis(50);

/// Accepts connections until the server drains, and ends with the last of them.
pub(super) async fn accept(listener: TcpListener, door: Door) {
    let permits = Arc::new(Semaphore::new(door.limits.max_connections));
    loop {
        let next = async {
            let permit = Arc::clone(&permits).acquire_owned().await;
            (permit, listener.accept().await)
        };
        let (permit, accepted) = tokio::select! {
            biased;
            () = door.crowd.draining() => break,
            next = next => next,
        };
        match accepted {
            Ok((stream, peer)) => {
                let (door, presence) = (door.clone(), door.crowd.join());
                tokio::spawn(async move {
                    welcome(stream, peer, door, &presence).await;
                    drop(permit);
                });
            }
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
    drop(listener);
    door.crowd.left().await;
}

/// How long closing a connection may take, while it is still read: to close it with something unread would make the system
/// take back an answer that the client has not read yet.
const LINGER: Duration = Duration::from_millis(500);

/// One connection, which may have to be encrypted first.
async fn welcome(stream: TcpStream, peer: SocketAddr, door: Door, presence: &Presence) {
    let _ = stream.set_nodelay(true);
    let Some(tls) = door.tls.clone() else { return serve(stream, peer, door, presence).await };
    let crowd = Arc::clone(&door.crowd);
    let stream = tokio::select! {
        stream = encrypted(&tls, stream, door.patience()) => stream,
        () = crowd.draining() => None,
    };
    if let Some(stream) = stream {
        serve(stream, peer, door, presence).await;
    }
}

/// What all requests of a connection have in common.
struct Client {
    door: Door,
    member: Arc<Member>,
    /// Its address.
    name: Value,
    /// When the handler is late. Its place among the timers is kept from request to request, because moving on is cheap.
    deadline: Mutex<Option<Pin<Box<Sleep>>>>,
}

impl Client {
    /// The work's result, if there is one in time.
    async fn in_time<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let ends = Instant::now() + Duration::from_millis(self.door.limits.handler_timeout_ms);
        let kept = self.deadline.lock().take();
        let mut deadline = match kept {
            Some(mut kept) => {
                kept.as_mut().reset(ends);
                kept
            }
            None => Box::pin(tokio::time::sleep_until(ends)),
        };
        let result = tokio::select! {
            biased;
            result = work => Some(result),
            () = &mut deadline => None,
        };
        *self.deadline.lock() = Some(deadline);
        result
    }
}

/// One connection from its first request to its last.
async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    peer: SocketAddr,
    door: Door,
    presence: &Presence,
) {
    let (limits, mut phase, patience) = (door.limits, door.crowd.phases(), door.patience());
    let client = Arc::new(Client {
        member: Arc::clone(presence.member()),
        name: Value::text(peer.to_string()),
        deadline: Mutex::default(),
        door,
    });
    let service = service_fn(move |request| {
        let client = Arc::clone(&client);
        let answer: Pin<Box<dyn Future<Output = Result<Response<Outgoing>, Infallible>> + Send>> =
            Box::pin(async move { Ok(respond(request, &client).await) });
        answer
    });
    let mut connection = Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience)
        .max_header_size(limits.max_header_bytes)
        .max_buf_size(limits.max_header_bytes.max(SMALLEST_BUFFER))
        .serve_connection(TokioIo::new(Wire::new(stream, patience)), service);
    let ended = loop {
        tokio::select! {
            biased;
            ended = std::future::poll_fn(|context| connection.poll_without_shutdown(context)) => break ended,
            _ = phase.changed() => match *phase.borrow_and_update() {
                Phase::Serving => {}
                Phase::Draining => Pin::new(&mut connection).graceful_shutdown(),
                Phase::Emptying if presence.is_stopping() => {}
                Phase::Emptying | Phase::Over => return,
            }
        }
    };
    let is_late = ended.is_err_and(|error| error.is_timeout());
    let closed = close(connection.into_parts().io.into_inner(), is_late);
    let _ = tokio::time::timeout(LINGER, closed).await;
}

async fn close<S: AsyncRead + AsyncWrite + Unpin>(mut wire: Wire<S>, is_late: bool) -> std::io::Result<()> {
    // A client that asked for nothing would take an answer for that to its next request.
    if is_late && wire.is_in_request() {
        let late = "HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
        wire.write_all(late.as_bytes()).await?;
    }
    wire.shutdown().await?;
    tokio::io::copy(&mut wire, &mut tokio::io::sink()).await?;
    Ok(())
}

/// Has one request answered.
async fn respond(request: Request<Incoming>, client: &Client) -> Response<Outgoing> {
    let (head, body) = request.into_parts();
    if let Some(refusal) = refused(&head) {
        return refusal;
    }
    let door = &client.door;
    // Most requests have no body, and for them neither a timer nor its place is needed.
    let body = match body.is_end_stream() {
        true => Ok(Vec::new()),
        false => {
            let read = Box::pin(read(body, door.limits.max_body));
            tokio::time::timeout(door.patience(), read).await.unwrap_or(Err(Unread::Late))
        }
    };
    let body = match body {
        Ok(body) => body,
        Err(Unread::Late) => return plain(408, "Request Timeout"),
        Err(Unread::TooLarge) => return plain(413, "Content Too Large"),
        Err(Unread::Broken) => return plain(400, "Bad Request"),
    };
    let (member, peer) = (Arc::clone(&client.member), client.name.clone());
    let (arrived, waiting) = Waiting::new(head, body, peer, member, door.hub.clone());
    let answered = async {
        let sent = match door.requests.try_send(arrived) {
            Err(TrySendError::Full(arrived)) => Box::pin(door.requests.send(arrived)).await.is_ok(),
            sent => sent.is_ok(),
        };
        match sent {
            true => waiting.answer().await.unwrap_or_else(|| plain(500, "Internal Server Error")),
            false => plain(503, "Service Unavailable"),
        }
    };
    client.in_time(answered).await.unwrap_or_else(|| plain(503, "Service Unavailable"))
}

enum Unread {
    Late,
    TooLarge,
    Broken,
}

/// The whole body, if it is not too large.
async fn read(mut body: Incoming, limit: u64) -> Result<Vec<u8>, Unread> {
    if body.size_hint().lower() > limit {
        return Err(Unread::TooLarge);
    }
    let mut read = Vec::new();
    while let Some(frame) = std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let Ok(data) = frame.map_err(|_| Unread::Broken)?.into_data() else { continue };
        if (read.len() + data.len()) as u64 > limit {
            return Err(Unread::TooLarge);
        }
        read.extend_from_slice(&data);
    }
    Ok(read)
}
