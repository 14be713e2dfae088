//! Addresses, and the wording of network errors.

use std::io;
use std::net::SocketAddr;

use crate::value::{Dict, ErrorKind, Fault, Value};
use crate::vm::Endpoint;

/// Why there was no usable answer (STDLIB 1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::runtime::io) enum NetworkCode {
    Dns,
    Connect,
    Tls,
    Closed,
    Protocol,
    Denied,
}

impl NetworkCode {
    fn text(self) -> &'static str {
        match self {
            NetworkCode::Dns => "dns",
            NetworkCode::Connect => "connect",
            NetworkCode::Tls => "tls",
            NetworkCode::Closed => "closed",
            NetworkCode::Protocol => "protocol",
            NetworkCode::Denied => "denied",
        }
    }

    /// What an error of an open connection, or of opening one, means.
    pub(super) fn of(error: &io::Error) -> NetworkCode {
        match error.kind() {
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::NotConnected
            | io::ErrorKind::UnexpectedEof => NetworkCode::Closed,
            io::ErrorKind::PermissionDenied => NetworkCode::Denied,
            _ => NetworkCode::Connect,
        }
    }
}

/// A NetworkError with its details.
pub(in crate::runtime::io) fn network_fault(message: String, url: &str, code: NetworkCode) -> Fault {
    let mut details = Dict::new();
    details.insert_text("url", Value::text(url));
    details.insert_text("code", Value::text(code.text()));
    Fault::new(ErrorKind::NetworkError, message).with_value(Value::dict(details))
}

/// `Cannot <verb> <url>: <system text>`.
pub(super) fn socket_fault(verb: &str, url: &str, error: &io::Error) -> Fault {
    network_fault(format!("Cannot {verb} {url}: {error}"), url, NetworkCode::of(error))
}

/// An endpoint as messages show it.
pub(super) fn shown(endpoint: &Endpoint) -> String {
    match endpoint.host.contains(':') {
        true => format!("[{}]:{}", endpoint.host, endpoint.port),
        false => format!("{}:{}", endpoint.host, endpoint.port),
    }
}

/// Its addresses, at least one.
pub(super) async fn resolve(endpoint: &Endpoint) -> Result<Vec<SocketAddr>, Fault> {
    let (host, url) = (endpoint.host.as_str(), shown(endpoint));
    let failed =
        |why: String| network_fault(format!("Cannot find host '{host}': {why}"), &url, NetworkCode::Dns);
    let found = tokio::net::lookup_host((host, endpoint.port)).await;
    let addresses: Vec<SocketAddr> = found.map_err(|error| failed(error.to_string()))?.collect();
    if addresses.is_empty() {
        return Err(failed("it has no address".to_owned()));
    }
    Ok(addresses)
}

/// The addresses of a name as text, each once.
pub(super) async fn lookup(host: String) -> Result<Value, Fault> {
    let mut texts: Vec<String> = Vec::new();
    for address in resolve(&Endpoint { host, port: 0 }).await? {
        let text = address.ip().to_string();
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    Ok(Value::array(texts.into_iter().map(Value::text).collect()))
}

/// {host, port, peer}.
pub(super) fn describe(own: SocketAddr, peer: Option<SocketAddr>) -> Value {
    let mut dict = Dict::with_capacity(3);
    dict.insert_text("host", Value::text(own.ip().to_string()));
    dict.insert_text("port", Value::Int(own.port().into()));
    dict.insert_text("peer", peer.map_or(Value::Null, |peer| Value::text(peer.to_string())));
    Value::dict(dict)
}

/// The addresses of a host that is to listen on a port.
pub(in crate::runtime::io) async fn resolve_host(host: &str, port: u16) -> Result<Vec<SocketAddr>, Fault> {
    resolve(&Endpoint { host: host.to_owned(), port }).await
}

/// A port that cannot be listened on.
pub(in crate::runtime::io) fn listening_fault(host: &str, port: u16, error: &io::Error) -> Fault {
    socket_fault("listen on", &shown(&Endpoint { host: host.to_owned(), port }), error)
}
