//! Heads of answers.

use hyper::Response;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue, TRANSFER_ENCODING};
use hyper::http::StatusCode;

use super::outgoing::Outgoing;
use crate::value::{ErrorKind, Fault};

/// An answer of ours: a status and its name.
pub(super) fn plain(status: u16, text: &str) -> Response<Outgoing> {
    let mut response = Response::new(Outgoing::Bytes(Some(text.as_bytes().to_vec())));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

/// An answer of the script.
pub(super) fn built(
    status: u16,
    headers: &[(String, String)],
    body: Outgoing,
) -> Result<Response<Outgoing>, Fault> {
    let unusable = |what: String| Fault::new(ErrorKind::ValueError, what);
    let mut response = Response::new(body);
    *response.status_mut() =
        StatusCode::from_u16(status).map_err(|_| unusable(format!("Unusable status {status}")))?;
    for (name, value) in headers {
        let bad = || unusable(format!("Unusable header '{name}'"));
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad())?;
        let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| bad())?;
        // How the body is framed follows from the body alone; what a script passes on may describe another one.
        if name != CONTENT_LENGTH && name != TRANSFER_ENCODING {
            response.headers_mut().append(name, value);
        }
    }
    Ok(response)
}

/// Headers with others in the place of those of the same name.
pub(super) fn merged(found: Vec<(String, String)>, given: Vec<(String, String)>) -> Vec<(String, String)> {
    let replaced = |name: &str| given.iter().any(|(other, _)| other.eq_ignore_ascii_case(name));
    let mut all: Vec<_> = found.into_iter().filter(|(name, _)| !replaced(name)).collect();
    all.extend(given);
    all
}
