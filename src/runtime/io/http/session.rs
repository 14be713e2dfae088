//! What requests have in common: an address, headers, cookies.
//!
//! Owns: how a request is completed. Does not own: connections; all requests of a program share them.

use std::sync::Arc;

use reqwest::Url;
use reqwest::header::{AUTHORIZATION, COOKIE, HeaderMap, HeaderValue};

use super::client::{headers, parse};
use super::error::invalid;
use super::jar::Jar;
use crate::runtime::failure::internal;
use crate::sync::AtomicBool;
use crate::value::{Dict, Fault, Handle, Resource, ResourceKind, Value};
use crate::vm::SessionPlan;

/// A session of a script.
#[derive(Debug)]
pub(super) struct Session {
    base: Option<Url>,
    headers: HeaderMap,
    jar: Jar,
    closed: AtomicBool,
}

impl Session {
    /// A session as planned.
    pub(super) fn start(plan: SessionPlan) -> Result<Value, Fault> {
        let base = plan.base_url.as_deref().map(parse).transpose()?;
        let jar = Jar::default();
        for (name, value) in &plan.cookies {
            let base = base.as_ref().ok_or_else(|| internal("a session has cookies for nobody"))?;
            jar.put(base, name, value);
        }
        let headers = headers(&plan.headers)?;
        let session = Session { base, headers, jar, closed: AtomicBool::new(false) };
        Ok(Value::Handle(Handle::new(Arc::new(session))))
    }

    /// The session that a handle refers to.
    pub(super) fn of(handle: &Handle) -> Result<Arc<Session>, Fault> {
        let session = handle.get::<Arc<Session>>().cloned();
        session.ok_or_else(|| internal("a request names another thing as its session"))
    }

    /// The whole address of a request. A path is appended to that of the session.
    pub(super) fn address(&self, url: &str) -> Result<Url, Fault> {
        if self.closed.load() {
            return Err(invalid("Session is closed"));
        }
        let Some(base) = self.base.as_ref().filter(|_| !is_whole(url)) else { return parse(url) };
        let base = base.as_str().trim_end_matches('/');
        match url.is_empty() || url.starts_with('?') {
            true => parse(&format!("{base}{url}")),
            false => parse(&format!("{base}/{}", url.trim_start_matches('/'))),
        }
    }

    /// Adds the session's headers that a request does not have. What says who asks goes to the session's own server only.
    pub(super) fn complete(&self, url: &Url, headers: &mut HeaderMap) {
        let is_own = self.base.as_ref().is_none_or(|base| base.origin() == url.origin());
        for name in self.headers.keys() {
            let is_meant = is_own || (name != AUTHORIZATION && name != COOKIE);
            if is_meant && !headers.contains_key(name) {
                for value in self.headers.get_all(name) {
                    headers.append(name, value.clone());
                }
            }
        }
    }

    /// Adds the cookies that go to an address behind those that the request has.
    pub(super) fn add_cookies(&self, url: &Url, headers: &mut HeaderMap) {
        let cookies = self.jar.for_url(url);
        let given = headers.get(COOKIE).and_then(|given| given.to_str().ok()).map(str::to_owned);
        let kept = cookies.into_iter().map(|(name, value)| format!("{name}={value}"));
        let all: Vec<String> = given.into_iter().chain(kept).collect();
        if let Ok(line) = HeaderValue::from_str(&all.join("; "))
            && !line.is_empty()
        {
            headers.insert(COOKIE, line);
        }
    }

    /// An answer came.
    pub(super) fn note(&self, url: &Url, headers: &HeaderMap) {
        self.jar.take(url, headers);
    }

    /// {base_url, headers, cookies}: the cookies are those for the base.
    pub(super) fn info(&self) -> Value {
        let cookies = self.base.as_ref().map(|base| self.jar.for_url(base)).unwrap_or_default();
        let mut own = Dict::with_capacity(cookies.len());
        cookies.iter().for_each(|(name, value)| own.insert_text(name, Value::text(value.as_str())));
        let mut dict = Dict::with_capacity(3);
        dict.insert_text(
            "base_url",
            self.base.as_ref().map_or(Value::Null, |base| Value::text(base.as_str())),
        );
        dict.insert_text("headers", super::response::headers_value(&self.headers));
        dict.insert_text("cookies", Value::dict(own));
        Value::dict(dict)
    }

    /// Whether it was open.
    pub(super) fn close(&self) -> bool {
        !self.closed.swap(true)
    }
}

fn is_whole(url: &str) -> bool {
    let scheme = url.split_once("://").map_or("", |(scheme, _)| scheme);
    !scheme.is_empty() && scheme.bytes().all(|c| c.is_ascii_alphanumeric() || b"+-.".contains(&c))
}

impl Resource for Session {
    fn kind(&self) -> ResourceKind {
        ResourceKind::Other("httpsession")
    }

    fn text(&self) -> String {
        "<httpsession>".to_owned()
    }
}
