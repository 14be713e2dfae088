//! The body of an answer, as it comes.
//!
//! Invariant: what was read and not yet given is kept, so that a wait for a piece may be given up.

use reqwest::{Response, Url};
use tokio::sync::Mutex;

use super::error::exchange_fault;
use super::response::headers_value;
use crate::runtime::failure::limit_fault;
use crate::value::{Dict, ErrorKind, Fault, Resource, ResourceKind, Value};

/// The longest line.
const LONGEST_LINE: usize = 16 << 20;

/// An answer whose body is read piece by piece.
pub(super) struct Incoming {
    status: u16,
    headers: Value,
    url: Url,
    closed: crate::sync::AtomicBool,
    body: Mutex<Body>,
}

struct Body {
    response: Option<Response>,
    pending: Vec<u8>,
    read: u64,
    limit: u64,
}

impl Incoming {
    /// The body of this answer, at most `limit` bytes.
    pub(super) fn new(response: Response, limit: u64) -> Incoming {
        Incoming {
            status: response.status().as_u16(),
            headers: headers_value(response.headers()),
            url: response.url().clone(),
            closed: crate::sync::AtomicBool::new(false),
            body: Mutex::new(Body { response: Some(response), pending: Vec::new(), read: 0, limit }),
        }
    }

    /// The next piece.
    pub(super) async fn chunk(&self) -> Result<Value, Fault> {
        let mut body = self.body.lock().await;
        self.check(&mut body)?;
        if !body.pending.is_empty() {
            return Ok(Value::bytes(std::mem::take(&mut body.pending)));
        }
        if !self.more(&mut body).await? {
            return Ok(Value::Null);
        }
        Ok(Value::bytes(std::mem::take(&mut body.pending)))
    }

    /// The next line.
    pub(super) async fn line(&self) -> Result<Value, Fault> {
        let mut body = self.body.lock().await;
        self.check(&mut body)?;
        let mut searched = 0;
        loop {
            if let Some(end) = memchr::memchr(b'\n', &body.pending[searched..]) {
                let line: Vec<u8> = body.pending.drain(..=searched + end).collect();
                return Ok(text(&line[..line.len() - 1]));
            }
            searched = body.pending.len();
            if searched > LONGEST_LINE {
                let message = format!("A line is larger than the limit of {LONGEST_LINE} bytes");
                return Err(limit_fault(message, LONGEST_LINE as u64));
            }
            if !self.more(&mut body).await? {
                let rest = std::mem::take(&mut body.pending);
                return Ok(if rest.is_empty() { Value::Null } else { text(&rest) });
            }
        }
    }

    /// Reads on. False at the end.
    async fn more(&self, body: &mut Body) -> Result<bool, Fault> {
        let Some(response) = &mut body.response else { return Ok(false) };
        let chunk = response.chunk().await.map_err(|error| exchange_fault(&self.url, &error))?;
        let Some(chunk) = chunk else {
            body.response = None;
            return Ok(false);
        };
        body.read += chunk.len() as u64;
        if body.read > body.limit {
            body.response = None;
            return Err(too_large(&self.url, body.limit));
        }
        body.pending.extend_from_slice(&chunk);
        Ok(true)
    }

    fn check(&self, body: &mut Body) -> Result<(), Fault> {
        if !self.closed.load() {
            return Ok(());
        }
        body.response = None;
        Err(Fault::new(ErrorKind::ValueError, "Stream is closed"))
    }

    /// Closes; false if it was closed.
    pub(super) fn close(&self) -> bool {
        let first = !self.closed.swap(true);
        if let Ok(mut body) = self.body.try_lock() {
            body.response = None;
        }
        first
    }

    /// {status, headers}.
    pub(super) fn info(&self) -> Value {
        let mut dict = Dict::with_capacity(2);
        dict.insert_text("status", Value::Int(self.status.into()));
        dict.insert_text("headers", self.headers.clone());
        Value::dict(dict)
    }
}

/// A body beyond its limit.
pub(super) fn too_large(url: &Url, limit: u64) -> Fault {
    limit_fault(format!("The body of {url} is larger than the limit of {limit} bytes"), limit)
}

fn text(line: &[u8]) -> Value {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    Value::text(String::from_utf8_lossy(line).into_owned())
}

impl Resource for Incoming {
    fn kind(&self) -> ResourceKind {
        ResourceKind::Other("httpstream")
    }

    fn text(&self) -> String {
        format!("<httpstream {}>", self.url)
    }
}
