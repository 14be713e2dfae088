//! URLs and queries (RFC 3986, STDLIB section 15).
//!
//! Parts are text: nothing is percent-decoded but the entries of queries, so that building undoes parsing.

use super::answer::{self, Outcome};
use super::declare::plain;
use super::encoding::{url_decoded, url_encoded};
use super::parse_fault::{Place, parse_fault};
use crate::value::{Counted, Dict, ErrorKind, Fault, Key, KeyRef, Value};
use crate::vm::{Call, Native};

pub(super) const NATIVES: &[Native] = &[
    plain("encode_query(d: dict) -> string", "`a=1&b=x%20y`; arrays repeat the key.", encode_query).shows(),
    plain(
        "parse_query(s: string) -> dict",
        "The entries of a query; repeated keys give arrays.",
        parse_query,
    ),
    plain("parse_url(s: string) -> dict", "The parts of a URL; absent ones are null.", |call| {
        let parts = Parts::of(call.str(0));
        answer::value(Value::dict(parts.dict(call.str(0))?))
    }),
    plain("build_url(d: dict) -> string", "The URL of parts.", build_url),
    plain("url_join(base: string, ref: string) -> string", "A reference as seen from a URL.", |call| {
        answer::text(Parts::of(call.str(0)).joined(&Parts::of(call.str(1))))
    }),
];

fn encode_query(call: &mut Call<'_>) -> Outcome {
    answer::text(query_text(call, call.dict(0))?)
}

/// The entries of a dict as a query.
pub(super) fn query_text(call: &Call<'_>, entries: &Dict) -> Result<String, Fault> {
    let mut pairs = Vec::new();
    for (key, value) in entries.iter() {
        let key = url_encoded(&call.display(&key.to_value())?);
        match value {
            Value::Null => {}
            Value::Array(items) => {
                for item in items.iter() {
                    pairs.push(format!("{key}={}", url_encoded(&call.display(item)?)));
                }
            }
            value => pairs.push(format!("{key}={}", url_encoded(&call.display(value)?))),
        }
    }
    Ok(pairs.join("&"))
}

fn parse_query(call: &mut Call<'_>) -> Outcome {
    answer::value(Value::dict(query_entries(call.str(0))?))
}

/// The entries of a query.
pub(super) fn query_entries(text: &str) -> Result<Dict, Fault> {
    let mut entries = Dict::new();
    for pair in text.strip_prefix('?').unwrap_or(text).split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = Value::text(url_decoded(value, true)?);
        let key = url_decoded(key, true)?;
        match entries.get_mut(KeyRef::Text(&key)) {
            None => _ = entries.insert(Key::Text(key.into()), value),
            Some(Value::Array(all)) => Counted::make_mut(all).push(value),
            Some(first) => *first = Value::array(vec![first.take(), value]),
        }
    }
    Ok(entries)
}

/// The five parts of a reference, as they are written.
struct Parts<'a> {
    scheme: Option<&'a str>,
    authority: Option<&'a str>,
    path: &'a str,
    query: Option<&'a str>,
    fragment: Option<&'a str>,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Parts<'a> {
        let (rest, fragment) = split_off(text, '#');
        let (rest, query) = split_off(rest, '?');
        let (scheme, rest) = match rest.split_once(':') {
            Some((scheme, rest)) if is_scheme(scheme) => (Some(scheme), rest),
            _ => (None, rest),
        };
        let (authority, path) = match rest.strip_prefix("//") {
            Some(rest) => {
                let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
                (Some(authority), path)
            }
            None => (None, rest),
        };
        Parts { scheme, authority, path, query, fragment }
    }

    fn dict(&self, text: &str) -> Result<Dict, Fault> {
        let (login, host) = match self.authority.and_then(|authority| authority.rsplit_once('@')) {
            Some((login, host)) => (Some(login), Some(host)),
            None => (None, self.authority),
        };
        let (user, password) = match login.map(|login| login.split_once(':').unwrap_or((login, "\u{0}"))) {
            Some((user, "\u{0}")) => (Some(user), None),
            Some((user, password)) => (Some(user), Some(password)),
            None => (None, None),
        };
        let (host, port) = port_of(host.unwrap_or_default());
        let malformed = || {
            let at = text.find(port.unwrap_or_default()).unwrap_or(0);
            parse_fault("URL", format!("Cannot parse '{text}' as URL"), Place::of(text, at))
        };
        if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(malformed());
        }
        let port = match port {
            None | Some("") => Value::Null,
            Some(port) => Value::Int(port.parse::<u16>().map_err(|_| malformed())?.into()),
        };
        let part = |text: Option<&str>| text.map_or(Value::Null, Value::text);
        let mut dict = Dict::with_capacity(8);
        dict.insert_text(
            "scheme",
            self.scheme.map_or(Value::Null, |scheme| Value::text(scheme.to_lowercase())),
        );
        dict.insert_text("user", part(user));
        dict.insert_text("password", part(password));
        dict.insert_text("host", self.authority.map_or(Value::Null, |_| Value::text(host.to_lowercase())));
        dict.insert_text("port", port);
        dict.insert_text("path", Value::text(self.path));
        dict.insert_text("query", part(self.query));
        dict.insert_text("fragment", part(self.fragment));
        Ok(dict)
    }

    /// RFC 3986, 5.2.2.
    fn joined(&self, reference: &Parts<'_>) -> String {
        let path;
        let (authority, path, query) = if reference.scheme.is_some() || reference.authority.is_some() {
            path = without_dots(reference.path);
            (reference.authority, path, reference.query)
        } else if reference.path.is_empty() {
            (self.authority, self.path.to_owned(), reference.query.or(self.query))
        } else if reference.path.starts_with('/') {
            (self.authority, without_dots(reference.path), reference.query)
        } else {
            let folder = match self.path.rfind('/') {
                Some(end) => &self.path[..=end],
                None if self.authority.is_some() => "/",
                None => "",
            };
            (self.authority, without_dots(&format!("{folder}{}", reference.path)), reference.query)
        };
        composed(reference.scheme.or(self.scheme), authority, &path, query, reference.fragment)
    }
}

fn split_off(text: &str, mark: char) -> (&str, Option<&str>) {
    text.split_once(mark).map_or((text, None), |(before, after)| (before, Some(after)))
}

fn is_scheme(text: &str) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(inside)
}

/// The port behind the last colon that is not inside of `[::1]`.
fn port_of(host: &str) -> (&str, Option<&str>) {
    match host.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (host, None),
    }
}

/// A path without `.` and `..` (RFC 3986, 5.2.4).
fn without_dots(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut kept: Vec<&str> = Vec::new();
    let segments: Vec<&str> = path.split('/').skip(usize::from(rooted)).collect();
    for (at, segment) in segments.iter().enumerate() {
        let last = at + 1 == segments.len();
        match *segment {
            "." | ".." => {
                if *segment == ".." {
                    kept.pop();
                }
                if last {
                    kept.push("");
                }
            }
            segment => kept.push(segment),
        }
    }
    format!("{}{}", if rooted { "/" } else { "" }, kept.join("/"))
}

fn composed(
    scheme: Option<&str>,
    authority: Option<&str>,
    path: &str,
    query: Option<&str>,
    fragment: Option<&str>,
) -> String {
    let mut url = String::new();
    for (before, part, after) in [
        ("", scheme, ":"),
        ("//", authority, ""),
        ("", Some(path), ""),
        ("?", query, ""),
        ("#", fragment, ""),
    ] {
        if let Some(part) = part {
            url.extend([before, part, after]);
        }
    }
    url
}

const PARTS: &[&str] = &["scheme", "user", "password", "host", "port", "path", "query", "fragment"];

fn build_url(call: &mut Call<'_>) -> Outcome {
    let parts = call.options(0, PARTS)?;
    let query = match parts.get("query") {
        Some(Value::Dict(_)) => {
            let message = "build_url: option 'query' expects string; use encode_query for a dict";
            return Err(Fault::new(ErrorKind::TypeError, message));
        }
        _ => parts.text("query")?,
    };
    let authority = match parts.text("host")? {
        None => None,
        Some(host) => {
            let login = match (parts.text("user")?, parts.text("password")?) {
                (None, _) => String::new(),
                (Some(user), None) => format!("{user}@"),
                (Some(user), Some(password)) => format!("{user}:{password}@"),
            };
            let port = parts.count("port")?.map_or(String::new(), |port| format!(":{port}"));
            Some(format!("{login}{host}{port}"))
        }
    };
    let path = parts.text("path")?.unwrap_or_default();
    // Without it the path would go on with the host.
    let slash = if authority.is_some() && !path.is_empty() && !path.starts_with('/') { "/" } else { "" };
    answer::text(composed(
        parts.text("scheme")?,
        authority.as_deref(),
        &format!("{slash}{path}"),
        query,
        parts.text("fragment")?,
    ))
}
