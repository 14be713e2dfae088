//! A request to a server out of the arguments and options of a call.

use crate::stdlib::encoding::{base64_text, octets};
use crate::stdlib::json;
use crate::stdlib::options::Options;
use crate::stdlib::url::query_text;
use crate::value::{Dict, Fault, Key, Value};
use crate::vm::{Call, Fetch};

/// How long an exchange may take unless `timeout_ms` says otherwise.
const DEFAULT_TIMEOUT: u64 = 30_000;
const DEFAULT_REDIRECTS: u64 = 10;
/// The largest body unless `max_bytes` says otherwise (R11).
const LARGEST_BODY: u64 = 64 << 20;
const MOST_RETRIES: u64 = 100;

/// What `http_request` takes: its own options stand first.
pub(super) const REQUEST_OPTIONS: &[&str] = &[
    "method",
    "url",
    "timeout",
    "headers",
    "query",
    "json",
    "form",
    "body",
    "timeout_ms",
    "redirects",
    "auth",
    "bearer",
    "binary",
    "max_bytes",
    "throw_status",
    "retries",
];

/// The options of all requests.
pub(super) const OPTIONS: &[&str] = REQUEST_OPTIONS.split_at(3).1;

/// The request that the options say. `body` is the argument of functions that have one.
pub(super) fn fetch(
    call: &Call<'_>,
    method: &str,
    url: &str,
    body: &Value,
    options: &Options<'_>,
) -> Result<Fetch, Fault> {
    let mut headers = headers(call, options)?;
    let body = match content(call, body, options)? {
        Some((bytes, kind)) => {
            if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
                headers.push(("content-type".to_owned(), kind.to_owned()));
            }
            Some(bytes)
        }
        None => None,
    };
    let retries = options.count("retries")?.unwrap_or(0);
    if retries > MOST_RETRIES {
        return Err(options.value_fault("retries", format!("must be at most {MOST_RETRIES}, got {retries}")));
    }
    let timeout_ms = options.milliseconds("timeout_ms")?.unwrap_or(DEFAULT_TIMEOUT);
    Ok(Fetch {
        method: method.to_owned(),
        url: with_query(call, url, options)?,
        headers,
        body,
        timeout_ms: (timeout_ms > 0).then_some(timeout_ms),
        redirects: options.count("redirects")?.unwrap_or(DEFAULT_REDIRECTS),
        retries,
        max_bytes: options.count("max_bytes")?.unwrap_or(LARGEST_BODY),
        binary: options.bool("binary", false)?,
        throw_status: options.bool("throw_status", false)?,
        older_names: false,
        held: false,
        restricted: !call.host.denied.is_empty(),
        session: None,
    })
}

fn with_query(call: &Call<'_>, url: &str, options: &Options<'_>) -> Result<String, Fault> {
    let Some(query) = options.dict("query")? else { return Ok(url.to_owned()) };
    let query = query_text(call, query)?;
    let (address, fragment) = match url.split_once('#') {
        Some((address, fragment)) => (address, Some(fragment)),
        None => (url, None),
    };
    let mark = match address.contains('?') {
        true if address.ends_with(['?', '&']) => "",
        true => "&",
        false => "?",
    };
    let fragment = fragment.map_or(String::new(), |fragment| format!("#{fragment}"));
    Ok(format!("{address}{mark}{query}{fragment}"))
}

/// The headers that options say, `auth` and `bearer` included.
pub(super) fn headers(call: &Call<'_>, options: &Options<'_>) -> Result<Vec<(String, String)>, Fault> {
    let mut headers = match options.dict("headers")? {
        Some(given) => pairs(call, given)?,
        None => Vec::new(),
    };
    if let Some(token) = options.text("bearer")? {
        headers.push(("authorization".to_owned(), format!("Bearer {token}")));
    }
    match options.get("auth") {
        None => {}
        Some(Value::Array(auth)) => match auth.as_slice() {
            [Value::Text(user), Value::Text(password)] if !user.as_str().contains(':') => {
                let login = format!("{}:{}", user.as_str(), password.as_str());
                headers
                    .push(("authorization".to_owned(), format!("Basic {}", base64_text(login.as_bytes()))));
            }
            _ => return Err(options.value_fault("auth", "must be [user, password]")),
        },
        Some(other) => return Err(options.unlike("auth", "array", other)),
    }
    match headers.iter().find(|(name, value)| !is_header(name, value)) {
        Some((name, _)) => Err(options.value_fault("headers", format!("has an unusable header '{name}'"))),
        None => Ok(headers),
    }
}

/// The headers of a dict; a name with several values is given several times.
pub(super) fn pairs(call: &Call<'_>, dict: &Dict) -> Result<Vec<(String, String)>, Fault> {
    let mut pairs = Vec::with_capacity(dict.len());
    for (name, value) in dict.iter() {
        let name = match name {
            Key::Text(name) => name.as_str().to_owned(),
            Key::Int(number) => number.to_string(),
        };
        match value {
            Value::Null => {}
            Value::Array(values) => {
                for value in values.iter() {
                    pairs.push((name.clone(), call.display(value)?));
                }
            }
            value => pairs.push((name, call.display(value)?)),
        }
    }
    Ok(pairs)
}

/// Whether a header can be sent: a token, and no way to begin another line.
pub(super) fn is_header(name: &str, value: &str) -> bool {
    let is_token = |c: u8| c.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&c);
    !name.is_empty()
        && name.bytes().all(is_token)
        && value.bytes().all(|c| c == b'\t' || (c >= b' ' && c != 127))
}

/// What is sent, and its type.
fn content(
    call: &Call<'_>,
    body: &Value,
    options: &Options<'_>,
) -> Result<Option<(Vec<u8>, &'static str)>, Fault> {
    if let Some(value) = options.get("json") {
        return Ok(Some((
            json::compact(call.shown_name(), call.program, value)?.into_bytes(),
            "application/json",
        )));
    }
    if let Some(form) = options.dict("form")? {
        return Ok(Some((query_text(call, form)?.into_bytes(), "application/x-www-form-urlencoded")));
    }
    let body = options.get("body").unwrap_or(body);
    Ok(match body {
        Value::Null => None,
        Value::Bytes(_) => Some((octets(body).to_vec(), "application/octet-stream")),
        Value::Text(_) => Some((octets(body).to_vec(), "application/json")),
        value => {
            Some((json::compact(call.shown_name(), call.program, value)?.into_bytes(), "application/json"))
        }
    })
}
