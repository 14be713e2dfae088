//! Requests that the library below reads but that mean nothing, or not the same to everybody (RFC 9112, RFC 9110).

use hyper::header::{CONNECTION, EXPECT, HOST, HeaderValue, TRANSFER_ENCODING};
use hyper::http::request::Parts;
use hyper::http::uri::Authority;
use hyper::{Method, Response, Version};

use super::outgoing::Outgoing;
use super::reply::plain;

/// The answer to a request that no script should see. The connection ends with it.
pub(super) fn refused(head: &Parts) -> Option<Response<Outgoing>> {
    let is_sound = has_host(head) && has_target(head) && has_known_coding(head);
    let mut refusal = match (is_sound, expects_more(head)) {
        (true, false) => return None,
        (true, true) => plain(417, "Expectation Failed"),
        (false, _) => plain(400, "Bad Request"),
    };
    refusal.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    Some(refusal)
}

/// One host; clients before HTTP/1.1 need not name it.
fn has_host(head: &Parts) -> bool {
    let mut hosts = head.headers.get_all(HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) => head.version < Version::HTTP_11,
        (Some(host), None) => host.is_empty() || is_host(host),
        (Some(_), Some(_)) => false,
    }
}

fn is_host(value: &HeaderValue) -> bool {
    let host = value.to_str().ok().and_then(|host| host.parse::<Authority>().ok());
    host.is_some_and(|host| !host.as_str().contains('@'))
}

/// A path; or `*`, which asks for the options of the server itself. There are no tunnels.
fn has_target(head: &Parts) -> bool {
    match head.uri.path() {
        "*" => head.method == Method::OPTIONS,
        path => path.starts_with('/') && head.method != Method::CONNECT,
    }
}

/// Chunks are the one coding of bodies on their way that is understood.
fn has_known_coding(head: &Parts) -> bool {
    let mut codings = head.headers.get_all(TRANSFER_ENCODING).iter();
    match (codings.next(), codings.next()) {
        (None, _) => true,
        (Some(coding), None) => coding.as_bytes().trim_ascii().eq_ignore_ascii_case(b"chunked"),
        (Some(_), Some(_)) => false,
    }
}

/// Whether the client wants more than to be told to go on.
fn expects_more(head: &Parts) -> bool {
    let known = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"100-continue");
    head.headers.get_all(EXPECT).iter().any(|value| !known(value))
}
