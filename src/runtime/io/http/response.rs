//! Answers of servers as scripts see them.

use std::sync::Arc;

use reqwest::header::{HeaderMap, HeaderValue, SET_COOKIE};
use reqwest::{Response, Url};

use super::body::{Incoming, too_large};
use super::client::{Clients, send};
use super::error::exchange_fault;
use crate::sync::Instant;
use crate::value::{Dict, ErrorKind, Fault, Handle, Value};
use crate::vm::Fetch;

/// {status, ok, body, headers, url, elapsed_ms}.
pub(super) async fn whole(clients: Arc<Clients>, fetch: Fetch) -> Result<Value, Fault> {
    let started = Instant::now();
    let response = send(&clients, &fetch).await?;
    let (status, url) = (response.status(), response.url().clone());
    let headers = headers_value(response.headers());
    let body = body_value(read(response, fetch.max_bytes).await?, fetch.binary);
    if fetch.throw_status && !status.is_success() {
        return Err(status_fault(status.as_u16(), &url, body));
    }
    let status = Value::Int(status.as_u16().into());
    let mut dict = Dict::with_capacity(8);
    dict.insert_text("status", status.clone());
    dict.insert_text("ok", Value::Bool(matches!(status, Value::Int(200..300))));
    dict.insert_text("body", body.clone());
    dict.insert_text("headers", headers);
    dict.insert_text("url", Value::text(url.as_str()));
    dict.insert_text("elapsed_ms", Value::Float(started.elapsed().as_secs_f64() * 1e3));
    if fetch.older_names {
        dict.insert_text("_status", status);
        dict.insert_text("_body", body);
    }
    Ok(Value::dict(dict))
}

/// The body of an answer that says that all went well.
pub(super) async fn body(clients: Arc<Clients>, fetch: Fetch) -> Result<Value, Fault> {
    let response = well(&clients, &fetch).await?;
    Ok(Value::bytes(read(response, fetch.max_bytes).await?))
}

/// An answer whose body is read later.
pub(super) async fn open(clients: Arc<Clients>, fetch: Fetch) -> Result<Value, Fault> {
    let response = match fetch.throw_status {
        true => well(&clients, &fetch).await?,
        false => send(&clients, &fetch).await?,
    };
    Ok(Value::Handle(Handle::new(Arc::new(Incoming::new(response, fetch.max_bytes)))))
}

/// An answer with a status of 2xx.
pub(super) async fn well(clients: &Clients, fetch: &Fetch) -> Result<Response, Fault> {
    let response = send(clients, fetch).await?;
    if response.status().is_success() {
        return Ok(response);
    }
    let (status, url) = (response.status().as_u16(), response.url().clone());
    let body = read(response, fetch.max_bytes).await.unwrap_or_default();
    Err(status_fault(status, &url, body_value(body, false)))
}

async fn read(mut response: Response, limit: u64) -> Result<Vec<u8>, Fault> {
    let url = response.url().clone();
    if response.content_length().is_some_and(|length| length > limit) {
        return Err(too_large(&url, limit));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| exchange_fault(&url, &error))? {
        if (body.len() + chunk.len()) as u64 > limit {
            return Err(too_large(&url, limit));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn body_value(body: Vec<u8>, binary: bool) -> Value {
    match binary {
        true => Value::bytes(body),
        false => Value::text(String::from_utf8_lossy(&body).into_owned()),
    }
}

/// Names in lower case, repeated ones joined; but cookies contain commas, so they are an array.
pub(super) fn headers_value(headers: &HeaderMap) -> Value {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let is_repeated = headers.len() > headers.keys_len();
    let mut dict = Dict::with_capacity(headers.keys_len());
    for (name, value) in headers {
        if is_repeated && dict.get_text(name.as_str()).is_some() {
            continue;
        }
        let all = || headers.get_all(name).iter().map(text);
        let value = match name == SET_COOKIE {
            true => Value::array(all().map(Value::text).collect()),
            false if is_repeated => Value::text(all().collect::<Vec<String>>().join(", ")),
            false => Value::text(text(value)),
        };
        dict.insert_text(name.as_str(), value);
    }
    Value::dict(dict)
}

fn status_fault(status: u16, url: &Url, body: Value) -> Fault {
    let mut details = Dict::new();
    details.insert_text("status", Value::Int(status.into()));
    details.insert_text("url", Value::text(url.as_str()));
    details.insert_text("body", body);
    Fault::new(ErrorKind::HttpError, format!("{url} answered with status {status}"))
        .with_value(Value::dict(details))
}
