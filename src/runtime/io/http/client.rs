//! Sending a request and getting the head of its answer, redirects and repetitions included.
//!
//! Redirects are followed here and not by the library below: each is checked against the policy, and how many there may be
//! is each request's own matter.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{
    AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, HeaderMap, HeaderName, HeaderValue, LOCATION,
};
use reqwest::{Client, Method, Response, StatusCode, Url};
use rustc_hash::FxHashMap;

use super::error::{client_fault, exchange_fault, invalid, is_closed, too_many_redirects};
use super::policy::{PublicOnly, denies_private, is_refused};
use super::session::Session;
use crate::runtime::io::net::{NetworkCode, network_fault};
use crate::sync::{Instant, Mutex};
use crate::value::Fault;
use crate::vm::Fetch;

/// The first pause before a repetition; each further one is twice as long.
const PAUSE: Duration = Duration::from_millis(100);

/// How long a connection that nobody uses is kept. Few servers keep theirs much longer, and a program that talks to many
/// should not remember them all.
const KEPT: Duration = Duration::from_secs(15);
/// How many such connections to one server.
const MOST_KEPT: usize = 64;

/// The pools of connections: those of requests that may reach any address, and those that may not.
#[derive(Debug, Default)]
pub(in crate::runtime::io) struct Clients {
    any: Mutex<Option<Client>>,
    public: Mutex<Option<Client>>,
    /// When servers answered last, by origin, as long as connections to them may be kept.
    answered: Mutex<FxHashMap<String, Instant>>,
}

impl Clients {
    fn any(&self) -> Result<Client, Fault> {
        kept(&self.any, || base().build())
    }

    /// Proxies resolve names themselves, so there is none here.
    fn public(&self) -> Result<Client, Fault> {
        kept(&self.public, || base().dns_resolver(Arc::new(PublicOnly)).no_proxy().build())
    }

    /// A server answered.
    fn note_answer(&self, url: &Url) {
        let mut answered = self.answered.lock();
        if answered.len() >= MOST_KEPT {
            answered.retain(|_, when| when.elapsed() < KEPT);
        }
        answered.insert(url.origin().ascii_serialization(), Instant::now());
    }

    /// Whether there may be a kept connection to a server.
    fn may_keep(&self, url: &Url) -> bool {
        let origin = url.origin().ascii_serialization();
        self.answered.lock().get(&origin).is_some_and(|when| when.elapsed() < KEPT)
    }
}

fn kept(
    client: &Mutex<Option<Client>>,
    build: impl FnOnce() -> reqwest::Result<Client>,
) -> Result<Client, Fault> {
    let mut client = client.lock();
    if let Some(client) = &*client {
        return Ok(client.clone());
    }
    // One of the process may have been installed by the host.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Ok(client.insert(build().map_err(|error| client_fault(&error))?).clone())
}

fn base() -> reqwest::ClientBuilder {
    Client::builder()
        .pool_idle_timeout(KEPT)
        .pool_max_idle_per_host(MOST_KEPT)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("ruff/", env!("CARGO_PKG_VERSION")))
}

/// One request as it is sent.
#[derive(Clone)]
struct Sent {
    session: Option<Arc<Session>>,
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Option<Vec<u8>>,
}

/// Sends a request, again if it fails and may be repeated, and follows redirects.
pub(super) async fn send(clients: &Clients, fetch: &Fetch) -> Result<Response, Fault> {
    let session = fetch.session.as_ref().map(Session::of).transpose()?;
    let mut headers = headers(&fetch.headers)?;
    let url = match &session {
        Some(session) => session.address(&fetch.url)?,
        None => parse(&fetch.url)?,
    };
    if let Some(session) = &session {
        session.complete(&url, &mut headers);
    }
    let sent = Sent { session, method: method(&fetch.method)?, url, headers, body: fetch.body.clone() };
    let denies = denies_private(fetch.restricted);
    let client = if denies { clients.public()? } else { clients.any()? };
    let mut pause = PAUSE;
    for left in (0..=fetch.retries).rev() {
        let outcome = follow(clients, &client, sent.clone(), fetch, denies).await;
        let again = match &outcome {
            Ok(response) => is_passing(response.status()),
            Err(fault) => fault.body().kind.as_str() == "NetworkError",
        };
        if !again || left == 0 {
            return outcome;
        }
        tokio::time::sleep(pause).await;
        pause = pause.saturating_mul(2).min(Duration::from_secs(10));
    }
    Err(invalid("it was never sent"))
}

/// Statuses that say to try again.
fn is_passing(status: StatusCode) -> bool {
    matches!(status.as_u16(), 429 | 502 | 503 | 504)
}

async fn follow(
    clients: &Clients,
    client: &Client,
    mut sent: Sent,
    fetch: &Fetch,
    denies: bool,
) -> Result<Response, Fault> {
    let mut left = fetch.redirects;
    loop {
        if denies && is_refused(&sent.url) {
            let message = format!("Cannot reach {}: private addresses are denied", sent.url);
            return Err(network_fault(message, sent.url.as_str(), NetworkCode::Denied));
        }
        let response = once(clients, client, &sent).await?;
        let Some(target) = redirection(&response, &sent.url).filter(|_| fetch.redirects > 0) else {
            return Ok(response);
        };
        if left == 0 {
            return Err(too_many_redirects(&fetch.url, fetch.redirects));
        }
        left -= 1;
        sent = sent.redirected(target?, response.status());
    }
}

/// Sends one request. A kept connection may be closed by the server in the moment in which it is used again; what changes
/// nothing by being sent twice is then sent once more (RFC 9110, section 9.2.2).
async fn once(clients: &Clients, client: &Client, sent: &Sent) -> Result<Response, Fault> {
    let mut outcome = attempt(client, sent).await;
    let is_lost = outcome.as_ref().is_err_and(is_closed) && clients.may_keep(&sent.url);
    if is_lost && sent.method.is_idempotent() {
        outcome = attempt(client, sent).await;
    }
    if outcome.is_ok() {
        clients.note_answer(&sent.url);
    }
    outcome.map_err(|error| exchange_fault(&sent.url, &error))
}

async fn attempt(client: &Client, sent: &Sent) -> reqwest::Result<Response> {
    let mut headers = sent.headers.clone();
    if let Some(session) = &sent.session {
        session.add_cookies(&sent.url, &mut headers);
    }
    let mut request = client.request(sent.method.clone(), sent.url.clone()).headers(headers);
    if let Some(body) = &sent.body {
        request = request.body(body.clone());
    }
    let response = request.send().await?;
    if let Some(session) = &sent.session {
        session.note(&sent.url, response.headers());
    }
    Ok(response)
}

/// Where an answer says to go instead.
fn redirection(response: &Response, from: &Url) -> Option<Result<Url, Fault>> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let target = response.headers().get(LOCATION)?;
    let target = target.to_str().ok().and_then(|target| from.join(target).ok());
    let usable = target.filter(|target| matches!(target.scheme(), "http" | "https"));
    Some(usable.ok_or_else(|| {
        let message = format!("Cannot follow the redirect of {from}");
        network_fault(message, from.as_str(), NetworkCode::Protocol)
    }))
}

impl Sent {
    /// The same request to another place. What is meant for one server only does not go to another.
    fn redirected(mut self, target: Url, status: StatusCode) -> Sent {
        let becomes_get = match status.as_u16() {
            303 => self.method != Method::HEAD,
            301 | 302 => self.method == Method::POST,
            _ => false,
        };
        if becomes_get {
            self.method = Method::GET;
            self.body = None;
            self.headers.remove(CONTENT_TYPE);
            self.headers.remove(CONTENT_LENGTH);
        }
        if self.url.origin() != target.origin() {
            self.headers.remove(AUTHORIZATION);
            self.headers.remove(COOKIE);
        }
        Sent { url: target, ..self }
    }
}

fn method(text: &str) -> Result<Method, Fault> {
    Method::from_bytes(text.as_bytes()).map_err(|_| invalid(&format!("'{text}' cannot be a method")))
}

pub(super) fn parse(text: &str) -> Result<Url, Fault> {
    let url = Url::parse(text).map_err(|error| invalid(&format!("Invalid URL '{text}': {error}")))?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        scheme => Err(invalid(&format!("Invalid URL '{text}': {scheme} is neither http nor https"))),
    }
}

pub(super) fn headers(given: &[(String, String)]) -> Result<HeaderMap, Fault> {
    let mut headers = HeaderMap::new();
    for (name, value) in given {
        let bad = || invalid(&format!("Invalid header '{name}'"));
        let known = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad())?;
        headers.append(known, HeaderValue::from_bytes(value.as_bytes()).map_err(|_| bad())?);
    }
    Ok(headers)
}
