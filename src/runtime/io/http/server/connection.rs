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
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinSet;

use super::exchange::{Arrived, Waiting};
use super::outgoing::Outgoing;
use super::reply::plain;
use crate::runtime::promise::Hub;
use crate::vm::ServerLimits;

/// How far a server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// It accepts connections.
    Serving,
    /// Requests that have begun may end.
    Draining,
    /// None may.
    Over,
}

/// What each connection needs of its server.
#[derive(Clone)]
pub(super) struct Door {
    pub(super) limits: ServerLimits,
    pub(super) requests: mpsc::Sender<Arrived>,
    pub(super) phase: watch::Receiver<Phase>,
    pub(super) hub: Weak<Hub>,
}

impl Door {
    /// When no request may begin any more.
    async fn draining(&mut self) {
        let _ = self.phase.wait_for(|phase| *phase != Phase::Serving).await;
    }
}

/// hyper's buffer is at least this large.
const SMALLEST_BUFFER: usize = 8192;
/// The pause after a failed accept: there are no more descriptors, and some have to be closed first.
const PAUSE: Duration = Duration::from_millis(50);

/// Accepts connections until the server drains, and ends with the last of them.
pub(super) async fn accept(listener: TcpListener, mut door: Door) {
    let permits = Arc::new(Semaphore::new(door.limits.max_connections));
    let mut connections = JoinSet::new();
    loop {
        let next = async {
            let permit = Arc::clone(&permits).acquire_owned().await;
            (permit, listener.accept().await)
        };
        let mut draining = door.clone();
        let (permit, accepted) = tokio::select! {
            biased;
            () = draining.draining() => break,
            next = next => next,
        };
        while connections.try_join_next().is_some() {}
        match accepted {
            Ok((stream, peer)) => {
                let door = door.clone();
                connections.spawn(async move {
                    serve(stream, peer, door).await;
                    drop(permit);
                });
            }
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
    drop(listener);
    let all = async { while connections.join_next().await.is_some() {} };
    tokio::select! {
        () = all => {}
        _ = door.phase.wait_for(|phase| *phase == Phase::Over) => {}
    }
}

/// How long a closed connection is still read. To close it with something unread would make the system take back an answer
/// that the client has not read yet.
const LINGER: Duration = Duration::from_millis(500);

/// One connection from its first request to its last.
async fn serve(stream: TcpStream, peer: SocketAddr, mut door: Door) {
    let _ = stream.set_nodelay(true);
    let limits = door.limits;
    let to_script = door.clone();
    let service = service_fn(move |request| {
        let door = to_script.clone();
        let answer: Pin<Box<dyn Future<Output = Result<Response<Outgoing>, Infallible>> + Send>> =
            Box::pin(async move { Ok(respond(request, peer, door).await) });
        answer
    });
    let mut connection = Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_millis(limits.read_timeout_ms))
        .max_header_size(limits.max_header_bytes)
        .max_buf_size(limits.max_header_bytes.max(SMALLEST_BUFFER))
        .serve_connection(TokioIo::new(stream), service);
    let ended = tokio::select! {
        ended = std::future::poll_fn(|context| connection.poll_without_shutdown(context)) => ended,
        () = door.draining() => {
            Pin::new(&mut connection).graceful_shutdown();
            std::future::poll_fn(|context| connection.poll_without_shutdown(context)).await
        }
    };
    let mut stream = connection.into_parts().io.into_inner();
    if ended.is_err_and(|error| error.is_timeout()) {
        let late = "HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
        let _ = stream.write_all(late.as_bytes()).await;
    }
    let _ = stream.shutdown().await;
    let _ = tokio::time::timeout(LINGER, tokio::io::copy(&mut stream, &mut tokio::io::sink())).await;
}

/// Has one request answered.
async fn respond(request: Request<Incoming>, peer: SocketAddr, door: Door) -> Response<Outgoing> {
    let (head, body) = request.into_parts();
    let time = Duration::from_millis(door.limits.read_timeout_ms);
    let body = match tokio::time::timeout(time, read(body, door.limits.max_body)).await {
        Err(_) => return plain(408, "Request Timeout"),
        Ok(Err(Unread::TooLarge)) => return plain(413, "Content Too Large"),
        Ok(Err(Unread::Broken)) => return plain(400, "Bad Request"),
        Ok(Ok(body)) => body,
    };
    let (arrived, waiting) = Waiting::new(head, body, peer, door.hub);
    if door.requests.send(arrived).await.is_err() {
        return plain(503, "Service Unavailable");
    }
    let time = Duration::from_millis(door.limits.handler_timeout_ms);
    match tokio::time::timeout(time, waiting.answer()).await {
        Err(_) => plain(503, "Service Unavailable"),
        Ok(answer) => answer.unwrap_or_else(|| plain(500, "Internal Server Error")),
    }
}

enum Unread {
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
