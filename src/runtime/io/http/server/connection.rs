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
use tokio::sync::{Semaphore, mpsc};

use super::crowd::{Crowd, Member};
use super::exchange::{Arrived, Waiting};
use super::outgoing::Outgoing;
use super::refusal::refused;
use super::reply::plain;
use super::wire::Wire;
use crate::runtime::promise::Hub;
use crate::vm::ServerLimits;

/// What each connection needs of its server.
#[derive(Clone)]
pub(super) struct Door {
    pub(super) limits: ServerLimits,
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
                    tokio::select! {
                        () = serve(stream, peer, door, presence.member()) => {}
                        () = presence.turned_out() => {}
                    }
                    drop(permit);
                });
            }
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
    drop(listener);
    door.crowd.left().await;
}

/// How long a closed connection is still read. To close it with something unread would make the system take back an answer
/// that the client has not read yet.
const LINGER: Duration = Duration::from_millis(500);

/// One connection from its first request to its last.
async fn serve(stream: TcpStream, peer: SocketAddr, door: Door, member: &Arc<Member>) {
    let _ = stream.set_nodelay(true);
    let (limits, crowd, patience) = (door.limits, Arc::clone(&door.crowd), door.patience());
    let member = Arc::clone(member);
    let service = service_fn(move |request| {
        let (door, member) = (door.clone(), Arc::clone(&member));
        let answer: Pin<Box<dyn Future<Output = Result<Response<Outgoing>, Infallible>> + Send>> =
            Box::pin(async move { Ok(respond(request, peer, door, member).await) });
        answer
    });
    let mut connection = Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(patience)
        .max_header_size(limits.max_header_bytes)
        .max_buf_size(limits.max_header_bytes.max(SMALLEST_BUFFER))
        .serve_connection(TokioIo::new(Wire::new(stream, patience)), service);
    let ended = tokio::select! {
        ended = std::future::poll_fn(|context| connection.poll_without_shutdown(context)) => ended,
        () = crowd.draining() => {
            Pin::new(&mut connection).graceful_shutdown();
            std::future::poll_fn(|context| connection.poll_without_shutdown(context)).await
        }
    };
    let mut wire = connection.into_parts().io.into_inner();
    // A client that asked for nothing would take an answer for that to its next request.
    if ended.is_err_and(|error| error.is_timeout()) && wire.is_in_request() {
        let late = "HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";
        let _ = wire.write_all(late.as_bytes()).await;
    }
    let _ = wire.shutdown().await;
    let _ = tokio::time::timeout(LINGER, tokio::io::copy(&mut wire, &mut tokio::io::sink())).await;
}

/// Has one request answered.
async fn respond(
    request: Request<Incoming>,
    peer: SocketAddr,
    door: Door,
    member: Arc<Member>,
) -> Response<Outgoing> {
    let (head, body) = request.into_parts();
    if let Some(refusal) = refused(&head) {
        return refusal;
    }
    let body = match tokio::time::timeout(door.patience(), read(body, door.limits.max_body)).await {
        Err(_) => return plain(408, "Request Timeout"),
        Ok(Err(Unread::TooLarge)) => return plain(413, "Content Too Large"),
        Ok(Err(Unread::Broken)) => return plain(400, "Bad Request"),
        Ok(Ok(body)) => body,
    };
    let (arrived, waiting) = Waiting::new(head, body, peer, member, door.hub);
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
