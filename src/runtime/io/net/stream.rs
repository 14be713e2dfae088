//! TCP: listeners and connections.
//!
//! Invariant: what was received and not yet given stays in the connection, also when the wait for it is given up.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;

use super::address::NetworkCode;
use super::address::{describe, network_fault, resolve, shown, socket_fault};
use super::door::Door;
use crate::runtime::failure::limit_fault;
use crate::value::{Fault, Resource, ResourceKind, Value};
use crate::vm::{DataForm, Endpoint};

/// Bytes read at a time.
const CHUNK: usize = 64 << 10;
/// The longest line.
const LONGEST_LINE: usize = 16 << 20;

/// A listening socket.
pub(super) struct Listener {
    door: Door<TcpListener>,
    own: SocketAddr,
}

impl Listener {
    /// Listens.
    pub(super) async fn open(at: &Endpoint) -> Result<Listener, Fault> {
        let url = shown(at);
        let failed = |error: std::io::Error| socket_fault("listen on", &url, &error);
        let listener = TcpListener::bind(resolve(at).await?.as_slice()).await.map_err(failed)?;
        let own = listener.local_addr().map_err(failed)?;
        Ok(Listener { door: Door::open(listener), own })
    }

    /// The next connection.
    pub(super) async fn accept(&self) -> Result<Stream, Fault> {
        let accept = |listener: Arc<TcpListener>| async move {
            let failed = |error: std::io::Error| socket_fault("accept on", &self.own.to_string(), &error);
            let (stream, peer) = listener.accept().await.map_err(failed)?;
            Stream::of(stream, peer, peer.to_string())
        };
        self.door.enter(accept).await
    }

    pub(super) fn close(&self) -> bool {
        self.door.close()
    }

    pub(super) fn info(&self) -> Value {
        describe(self.own, None)
    }
}

/// A connection.
pub(super) struct Stream {
    door: Door<Connection>,
    own: SocketAddr,
    peer: SocketAddr,
}

struct Connection {
    socket: TcpStream,
    url: String,
    /// Received and not yet given.
    received: Mutex<Vec<u8>>,
    /// Whoever sends; others wait until all of it is sent.
    sending: Mutex<()>,
}

impl Stream {
    /// Connects to the first address that answers.
    pub(super) async fn connect(to: &Endpoint) -> Result<Stream, Fault> {
        let url = shown(to);
        let mut failure = None;
        for address in resolve(to).await? {
            match TcpStream::connect(address).await {
                Ok(socket) => return Stream::of(socket, address, url),
                Err(error) => failure = Some(socket_fault("connect to", &url, &error)),
            }
        }
        Err(failure
            .unwrap_or_else(|| network_fault(format!("Cannot connect to {url}"), &url, NetworkCode::Connect)))
    }

    fn of(socket: TcpStream, peer: SocketAddr, url: String) -> Result<Stream, Fault> {
        let own = socket.local_addr().map_err(|error| socket_fault("connect to", &url, &error))?;
        // Scripts send whole messages; waiting for more to send would only delay them.
        let _ = socket.set_nodelay(true);
        let connection = Connection { socket, url, received: Mutex::default(), sending: Mutex::default() };
        Ok(Stream { door: Door::open(connection), own, peer })
    }

    /// Sends all of it.
    pub(super) async fn send(&self, data: &[u8]) -> Result<Value, Fault> {
        self.door.enter(|connection| async move { connection.send(data).await }).await?;
        Ok(Value::Int(data.len() as i64))
    }

    /// Receives at least one byte.
    pub(super) async fn receive(&self, max: usize, form: DataForm) -> Result<Value, Fault> {
        let receive = |connection: Arc<Connection>| async move {
            match form {
                DataForm::Text => connection.receive_text(max).await,
                DataForm::Bytes => connection.receive_bytes(max).await,
            }
        };
        self.door.enter(receive).await
    }

    /// Receives a line.
    pub(super) async fn receive_line(&self) -> Result<Value, Fault> {
        self.door.enter(|connection| async move { connection.receive_line().await }).await
    }

    pub(super) fn close(&self) -> bool {
        self.door.close()
    }

    pub(super) fn info(&self) -> Value {
        describe(self.own, Some(self.peer))
    }
}

impl Connection {
    async fn send(&self, mut data: &[u8]) -> Result<(), Fault> {
        let _turn = self.sending.lock().await;
        while !data.is_empty() {
            let sent = match self.socket.writable().await {
                Ok(()) => self.socket.try_write(data),
                Err(error) => Err(error),
            };
            match sent {
                Ok(sent) => data = &data[sent..],
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(socket_fault("send to", &self.url, &error)),
            }
        }
        Ok(())
    }

    /// Waits for more. False at the end.
    async fn more(&self, received: &mut Vec<u8>) -> Result<bool, Fault> {
        let mut chunk = vec![0; CHUNK];
        loop {
            let read = match self.socket.readable().await {
                Ok(()) => self.socket.try_read(&mut chunk),
                Err(error) => Err(error),
            };
            match read {
                Ok(read) => {
                    received.extend_from_slice(&chunk[..read]);
                    return Ok(read > 0);
                }
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(socket_fault("receive from", &self.url, &error)),
            }
        }
    }

    async fn receive_bytes(&self, max: usize) -> Result<Value, Fault> {
        let mut received = self.received.lock().await;
        if received.is_empty() && !self.more(&mut received).await? {
            return Ok(Value::Null);
        }
        let given = max.min(received.len());
        Ok(Value::bytes(received.drain(..given).collect()))
    }

    async fn receive_text(&self, max: usize) -> Result<Value, Fault> {
        let mut received = self.received.lock().await;
        loop {
            let whole = whole_characters(&received, max);
            if whole > 0 {
                return Ok(text(received.drain(..whole).collect()));
            }
            if !self.more(&mut received).await? {
                let rest = std::mem::take(&mut *received);
                return Ok(if rest.is_empty() { Value::Null } else { text(rest) });
            }
        }
    }

    async fn receive_line(&self) -> Result<Value, Fault> {
        let mut received = self.received.lock().await;
        let mut searched = 0;
        loop {
            if let Some(end) = memchr::memchr(b'\n', &received[searched..]) {
                let mut line: Vec<u8> = received.drain(..=searched + end).collect();
                line.pop();
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                return Ok(text(line));
            }
            searched = received.len();
            if searched > LONGEST_LINE {
                let message = format!("A line is larger than the limit of {LONGEST_LINE} bytes");
                return Err(limit_fault(message, LONGEST_LINE as u64));
            }
            if !self.more(&mut received).await? {
                let rest = std::mem::take(&mut *received);
                return Ok(if rest.is_empty() { Value::Null } else { text(rest) });
            }
        }
    }
}

/// How many bytes, of `max` if the first character fits, end with a character. 0 if the only one is not there in full.
fn whole_characters(bytes: &[u8], max: usize) -> usize {
    let limit = max.min(bytes.len());
    match std::str::from_utf8(&bytes[..limit]) {
        Ok(_) => limit,
        // What follows is the beginning of a character, not an error.
        Err(error) if error.error_len().is_none() && error.valid_up_to() > 0 => error.valid_up_to(),
        Err(error) if error.error_len().is_none() => {
            let longer = (limit + 1..=bytes.len().min(4)).find(|&end| {
                std::str::from_utf8(&bytes[..end]).map_or_else(|error| error.error_len().is_some(), |_| true)
            });
            longer.unwrap_or(0)
        }
        Err(_) => split_behind_errors(&bytes[..limit]),
    }
}

/// Bytes that are no text are given as they are, up to the beginning of a character at the end.
fn split_behind_errors(bytes: &[u8]) -> usize {
    let open = (1..=3.min(bytes.len())).find(|&back| {
        let tail = &bytes[bytes.len() - back..];
        std::str::from_utf8(tail).is_err_and(|error| error.error_len().is_none() && error.valid_up_to() == 0)
    });
    bytes.len() - open.unwrap_or(0)
}

fn text(bytes: Vec<u8>) -> Value {
    Value::text(match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
    })
}

impl Resource for Listener {
    fn kind(&self) -> ResourceKind {
        ResourceKind::Other("tcplistener")
    }

    fn text(&self) -> String {
        format!("<tcplistener {}>", self.own)
    }
}

impl Resource for Stream {
    fn kind(&self) -> ResourceKind {
        ResourceKind::Other("tcpstream")
    }

    fn text(&self) -> String {
        format!("<tcpstream {}>", self.peer)
    }
}
