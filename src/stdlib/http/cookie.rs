//! Cookies (RFC 6265): read from requests, written into answers.

use crate::stdlib::options::Options;
use crate::value::{Fault, Value};

/// The cookies of a request's headers.
pub(super) fn read(headers: &Value) -> Vec<(String, String)> {
    let Value::Dict(headers) = headers else { return Vec::new() };
    let Some(Value::Text(line)) = headers.get_text("cookie") else { return Vec::new() };
    // Repeated headers were joined by commas, which cookies cannot contain.
    let pairs = line.as_str().split([';', ',']).filter_map(|pair| pair.split_once('='));
    pairs
        .map(|(name, value)| (name.trim().to_owned(), value.trim().trim_matches('"').to_owned()))
        .filter(|(name, _)| !name.is_empty())
        .collect()
}

/// What `set_cookie` takes.
pub(super) const OPTIONS: &[&str] =
    &["path", "domain", "max_age", "expires", "secure", "http_only", "same_site"];

/// The value of a `Set-Cookie` header.
pub(super) fn write(name: &str, value: &str, options: &Options<'_>) -> Result<String, Fault> {
    let mut cookie = format!("{name}={value}; Path={}", attribute(options, "path")?.unwrap_or("/"));
    if let Some(domain) = attribute(options, "domain")? {
        cookie.push_str(&format!("; Domain={domain}"));
    }
    match options.get("max_age") {
        None => {}
        Some(Value::Int(seconds)) => cookie.push_str(&format!("; Max-Age={seconds}")),
        Some(other) => return Err(options.unlike("max_age", "int", other)),
    }
    if let Some(moment) = attribute(options, "expires")? {
        cookie.push_str(&format!("; Expires={moment}"));
    }
    if options.bool("secure", false)? {
        cookie.push_str("; Secure");
    }
    if options.bool("http_only", true)? {
        cookie.push_str("; HttpOnly");
    }
    let same_site = match options.text("same_site")?.unwrap_or("Lax").to_ascii_lowercase().as_str() {
        "lax" => "Lax",
        "strict" => "Strict",
        "none" => "None",
        other => {
            return Err(options.value_fault("same_site", format!("must be Lax, Strict or None, got {other}")));
        }
    };
    Ok(format!("{cookie}; SameSite={same_site}"))
}

fn attribute<'a>(options: &'a Options<'_>, key: &str) -> Result<Option<&'a str>, Fault> {
    match options.text(key)? {
        Some(text) if text.contains([';', '\r', '\n']) => {
            Err(options.value_fault(key, "must not contain ; or line ends"))
        }
        text => Ok(text),
    }
}

/// Whether a cookie can have this name.
pub(super) fn is_name(name: &str) -> bool {
    let is_token = |c: u8| c.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&c);
    !name.is_empty() && name.bytes().all(is_token)
}

/// Whether a cookie can have this value.
pub(super) fn is_value(value: &str) -> bool {
    value.bytes().all(|c| c.is_ascii_graphic() && !b"\",;\\".contains(&c))
}
