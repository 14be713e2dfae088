//! The wording of what goes wrong with an exchange.

use std::error::Error;
use std::io;

use reqwest::Url;

use super::policy::Refused;
use crate::runtime::io::net::{NetworkCode, network_fault};
use crate::value::{ErrorKind, Fault};

/// A request that cannot be sent as it is.
pub(super) fn invalid(message: &str) -> Fault {
    Fault::new(ErrorKind::ValueError, message)
}

/// More redirects than were allowed.
pub(super) fn too_many_redirects(url: &str, limit: u64) -> Fault {
    network_fault(format!("Cannot reach {url}: more than {limit} redirects"), url, NetworkCode::Protocol)
}

/// A client that cannot be made: no certificates to check others with, for instance.
pub(super) fn client_fault(error: &reqwest::Error) -> Fault {
    network_fault(format!("Cannot use the network: {}", reason(error)), "", NetworkCode::Tls)
}

/// An exchange that came to nothing.
pub(super) fn exchange_fault(url: &Url, error: &reqwest::Error) -> Fault {
    network_fault(format!("Cannot reach {url}: {}", reason(error)), url.as_str(), code(error))
}

/// Whether the server closed the connection instead of answering.
pub(super) fn is_closed(error: &reqwest::Error) -> bool {
    matches!(code(error), NetworkCode::Closed)
}

/// The innermost error says what happened; those around it only where.
fn reason(error: &(dyn Error + 'static)) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

fn code(error: &reqwest::Error) -> NetworkCode {
    let mut current: Option<&(dyn Error + 'static)> = Some(error);
    let mut found = if error.is_connect() { NetworkCode::Connect } else { NetworkCode::Protocol };
    while let Some(error) = current {
        if error.is::<Refused>() {
            return NetworkCode::Denied;
        }
        if is_tls(error) {
            return NetworkCode::Tls;
        }
        if let Some(error) = error.downcast_ref::<io::Error>() {
            found = match (found, error.kind()) {
                (
                    NetworkCode::Protocol,
                    io::ErrorKind::ConnectionReset
                    | io::ErrorKind::BrokenPipe
                    | io::ErrorKind::UnexpectedEof
                    | io::ErrorKind::ConnectionAborted,
                ) => NetworkCode::Closed,
                (found, _) => found,
            };
        }
        let text = error.to_string();
        if text.contains("dns error") || text.contains("lookup address") {
            found = NetworkCode::Dns;
        } else if text.contains("connection closed before") || text.contains("unexpected EOF") {
            found = NetworkCode::Closed;
        }
        current = error.source();
    }
    found
}

/// Whether TLS failed. Errors of the system may hold others, of which they are not the source.
fn is_tls(error: &(dyn Error + 'static)) -> bool {
    let held = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    error.is::<rustls::Error>() || held.is_some_and(|held| is_tls(held))
}
