//! Forms with files (RFC 7578): the parts of a request's body.

use memchr::memmem;

use crate::stdlib::parse_fault::{Place, parse_fault};
use crate::value::{Dict, Fault, Value};

/// More parts than this are not read.
const MOST_PARTS: usize = 10_000;

/// The parts of a body: {name, filename, content_type, body, body_bytes}. `kind` is the request's content type.
pub(super) fn parts(kind: &str, body: &[u8]) -> Result<Vec<Value>, Fault> {
    let boundary = parameter(kind, "boundary").filter(|_| kind.trim_start().starts_with("multipart/"));
    let Some(boundary) = boundary.filter(|boundary| !boundary.is_empty()) else {
        return Err(malformed("the request has no multipart content type with a boundary"));
    };
    let marker = format!("--{boundary}");
    let mut rest = match body.strip_prefix(marker.as_bytes()) {
        Some(rest) => rest,
        None => after(body, format!("\r\n{marker}").as_bytes()).ok_or_else(|| malformed("no part begins"))?,
    };
    let separator = format!("\r\n{marker}");
    let mut found = Vec::new();
    while !rest.starts_with(b"--") {
        let Some(begun) = rest.strip_prefix(b"\r\n") else {
            return Err(malformed("a boundary is not ended"));
        };
        let end =
            memmem::find(begun, separator.as_bytes()).ok_or_else(|| malformed("a part is not ended"))?;
        if found.len() == MOST_PARTS {
            return Err(malformed("there are too many parts"));
        }
        found.push(part(&begun[..end])?);
        rest = &begun[end + separator.len()..];
    }
    Ok(found)
}

fn part(part: &[u8]) -> Result<Value, Fault> {
    let (head, body) = match part.strip_prefix(b"\r\n") {
        Some(body) => (&[][..], body),
        None => {
            let end = memmem::find(part, b"\r\n\r\n")
                .ok_or_else(|| malformed("the head of a part is not ended"))?;
            (&part[..end], &part[end + 4..])
        }
    };
    let head = String::from_utf8_lossy(head);
    let header = |wanted: &str| {
        let mut fields = head.lines().filter_map(|line| line.split_once(':'));
        fields
            .find(|(name, _)| name.trim().eq_ignore_ascii_case(wanted))
            .map(|(_, value)| value.trim().to_owned())
    };
    let disposition = header("content-disposition").unwrap_or_default();
    let text = |text: Option<String>| text.map_or(Value::Null, Value::text);
    let mut dict = Dict::with_capacity(5);
    dict.insert_text("name", text(parameter(&disposition, "name")));
    dict.insert_text("filename", text(parameter(&disposition, "filename")));
    dict.insert_text("content_type", text(header("content-type")));
    dict.insert_text("body", Value::text(String::from_utf8_lossy(body).into_owned()));
    dict.insert_text("body_bytes", Value::bytes(body.to_vec()));
    Ok(Value::dict(dict))
}

/// A parameter of a header's value: `name=word` or `name="text"`.
fn parameter(value: &str, wanted: &str) -> Option<String> {
    let mut rest = value.split_once(';')?.1;
    loop {
        let (name, given) = rest.split_once('=')?;
        let (text, left) = match given.trim_start().strip_prefix('"') {
            Some(quoted) => unquoted(quoted),
            None => {
                let (word, left) = given.split_once(';').unwrap_or((given, ""));
                (word.trim().to_owned(), left)
            }
        };
        if name.trim().trim_start_matches(';').trim().eq_ignore_ascii_case(wanted) {
            return Some(text);
        }
        rest = left;
    }
}

/// A quoted text, and what follows it.
fn unquoted(quoted: &str) -> (String, &str) {
    let mut text = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (text, &quoted[at + 1..]),
            '\\' => text.extend(characters.next().map(|(_, escaped)| escaped)),
            other => text.push(other),
        }
    }
    (text, "")
}

fn after<'a>(body: &'a [u8], marker: &[u8]) -> Option<&'a [u8]> {
    memmem::find(body, marker).map(|at| &body[at + marker.len()..])
}

fn malformed(what: &str) -> Fault {
    parse_fault("multipart", format!("Cannot parse multipart body: {what}"), Place::default())
}
