//! Text and bytes in other alphabets: HTML, URLs, base64, hexadecimal (STDLIB section 15).

use std::convert::Infallible;

use super::answer::{self, Outcome};
use super::declare::plain;
use super::parse_fault::{Place, parse_fault};
use crate::value::{Fault, Value};
use crate::vm::{Call, Native};

pub(super) const NATIVES: &[Native] = &[
    plain("html_escape(s: string) -> string", "`& < > \" '` as references.", |call| {
        answer::text(html_escaped(call.str(0)))
    }),
    plain("xml_escape(s: string) -> string", "The same for XML.", |call| {
        answer::text(html_escaped(call.str(0)))
    }),
    plain("url_encode(s: string) -> string", "All but letters, digits and `-_.~` percent-encoded.", |call| {
        answer::text(url_encoded(call.str(0)))
    }),
    plain("url_decode(s: string, plus: bool = false) -> string", "Percent-encoding undone.", url_decode),
    plain("encode_base64(x: string|bytes) -> string", "Base64 with padding.", |call| {
        answer::text(base64(octets(&call.args[0]), STANDARD, true))
    }),
    plain("encode_base64url(x: string|bytes) -> string", "Base64 for URLs, without padding.", |call| {
        answer::text(base64url(octets(&call.args[0])))
    }),
    plain("decode_base64(s: string) -> bytes", "Base64 undone.", |call| from_base64(call, STANDARD)),
    plain("decode_base64url(s: string) -> bytes", "Base64 for URLs undone.", |call| {
        from_base64(call, URL_SAFE)
    }),
    plain("encode_hex(x: string|bytes) -> string", "Two lower-case digits per byte.", |call| {
        answer::text(hex(octets(&call.args[0])))
    }),
    plain("decode_hex(s: string) -> bytes", "Pairs of hexadecimal digits as bytes.", decode_hex),
];

/// Base64 with padding.
pub(super) fn base64_text(bytes: &[u8]) -> String {
    base64(bytes, STANDARD, true)
}

/// The bytes of a base64 text.
pub(super) fn base64_bytes(text: &str) -> Option<Vec<u8>> {
    bytes_of(text, STANDARD).ok()
}

/// The bytes of a base64 text for URLs.
pub(super) fn base64url_bytes(text: &str) -> Option<Vec<u8>> {
    bytes_of(text, URL_SAFE).ok()
}

/// Base64 for URLs, without padding.
pub(super) fn base64url(bytes: &[u8]) -> String {
    base64(bytes, URL_SAFE, false)
}

/// Two lower-case digits per byte.
pub(super) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// A string as UTF-8, or bytes.
pub(super) fn octets(value: &Value) -> &[u8] {
    match value {
        Value::Text(text) => text.as_str().as_bytes(),
        Value::Bytes(bytes) => bytes,
        _ => &[],
    }
}

/// The text with `& < > " '` as references.
pub(super) fn html_escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + text.len() / 8);
    let push = |part: &str| {
        escaped.push_str(part);
        Ok::<(), Infallible>(())
    };
    match write_html_escaped(text, push) {
        Ok(()) => escaped,
    }
}

/// Writes a text escaped, part by part.
pub(super) fn write_html_escaped<E>(
    text: &str,
    mut write: impl FnMut(&str) -> Result<(), E>,
) -> Result<(), E> {
    let special = |byte: u8| matches!(byte, b'&' | b'<' | b'>' | b'"' | b'\'');
    let mut rest = text;
    loop {
        let (plain, behind) = rest.split_at(run_without(rest.as_bytes(), special));
        write(plain)?;
        let Some(&byte) = behind.as_bytes().first() else { return Ok(()) };
        write(match byte {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            _ => "&#39;",
        })?;
        rest = &behind[1..];
    }
}

/// How many bytes at the start are not special. Most texts have few that are, so it looks at many bytes at once.
pub(super) fn run_without(bytes: &[u8], special: impl Fn(u8) -> bool) -> usize {
    const AT_ONCE: usize = 32;
    let (parts, _) = bytes.as_chunks::<AT_ONCE>();
    // Without a way out in the middle the compiler makes it one comparison of many bytes.
    let has_special =
        |part: &[u8; AT_ONCE]| part.iter().fold(0, |found, &byte| found | u8::from(special(byte))) != 0;
    let start = parts.iter().position(has_special).unwrap_or(parts.len()) * AT_ONCE;
    bytes[start..].iter().position(|&byte| special(byte)).map_or(bytes.len(), |at| start + at)
}

pub(super) fn url_encoded(text: &str) -> String {
    let special = |byte: u8| !(byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~'));
    let mut encoded = String::with_capacity(text.len());
    let mut rest = text;
    loop {
        let (plain, behind) = rest.split_at(run_without(rest.as_bytes(), special));
        encoded.push_str(plain);
        let Some(character) = behind.chars().next() else { return encoded };
        let (bytes, others) = behind.split_at(character.len_utf8());
        for byte in bytes.bytes() {
            encoded.push_str(&format!("%{byte:02X}"));
        }
        rest = others;
    }
}

fn url_decode(call: &mut Call<'_>) -> Outcome {
    answer::text(url_decoded(call.str(0), call.truth(1))?)
}

/// Percent-encoding undone; `plus`: a `+` is a space.
pub(super) fn url_decoded(text: &str, plus: bool) -> Result<String, Fault> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'%' => {
                let pair = text.as_bytes().get(at + 1..at + 3).and_then(octet);
                decoded.push(pair.ok_or_else(|| bad_text("percent-encoding", text, at))?);
                bytes.nth(1);
            }
            b'+' if plus => decoded.push(b' '),
            _ => decoded.push(byte),
        }
    }
    String::from_utf8(decoded).map_err(|_| {
        parse_fault("percent-encoding", "Cannot parse percent-encoding: not UTF-8", Place::default())
    })
}

/// References as the characters they stand for; what is no reference stays. Markdown knows the same names as HTML, so
/// that its parser decodes each.
pub(super) fn html_unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let length =
            rest[1..].find(|c: char| !c.is_ascii_alphanumeric() && c != '#').map_or(0, |end| end + 1);
        if length > 1 && rest[length..].starts_with(';') && length < 40 {
            for event in pulldown_cmark::Parser::new(&rest[..=length]) {
                if let pulldown_cmark::Event::Text(text) = event {
                    plain.push_str(&text);
                }
            }
            rest = &rest[length + 1..];
        } else {
            plain.push('&');
            rest = &rest[1..];
        }
    }
    plain + rest
}

/// The byte of two hexadecimal digits.
fn octet(pair: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let &[high, low] = pair else { return None };
    Some((digit(high)? * 16 + digit(low)?) as u8)
}

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const URL_SAFE: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn base64(bytes: &[u8], alphabet: &[u8; 64], padded: bool) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let word =
            group.iter().fold(0_u32, |word, &byte| word << 8 | u32::from(byte)) << (8 * (3 - group.len()));
        for place in 0..=group.len() {
            text.push(alphabet[(word >> (18 - 6 * place) & 63) as usize].into());
        }
        if padded {
            (group.len()..3).for_each(|_| text.push('='));
        }
    }
    text
}

fn from_base64(call: &mut Call<'_>, alphabet: &[u8; 64]) -> Outcome {
    let text = call.str(0);
    match bytes_of(text, alphabet) {
        Ok(bytes) => answer::value(Value::bytes(bytes)),
        Err(at) => Err(bad_text("base64", text, at)),
    }
}

/// The bytes, or the place of a character that is no letter of the alphabet.
fn bytes_of(text: &str, alphabet: &[u8; 64]) -> Result<Vec<u8>, usize> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut word, mut bits) = (0_u32, 0);
    for (at, byte) in text.bytes().enumerate() {
        if byte.is_ascii_whitespace() || byte == b'=' {
            continue;
        }
        let digit = alphabet.iter().position(|&letter| letter == byte).ok_or(at)?;
        word = (word << 6 | digit as u32) & 0xfff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((word >> bits) as u8);
        }
    }
    // A single left-over letter is less than a byte: the text was cut off.
    if bits == 6 { Err(text.len()) } else { Ok(bytes) }
}

fn decode_hex(call: &mut Call<'_>) -> Outcome {
    let text = call.str(0);
    let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let bytes: Option<Vec<u8>> = digits.chunks(2).map(octet).collect();
    match bytes {
        Some(bytes) => answer::value(Value::bytes(bytes)),
        None => {
            let wrong = |c: char| !c.is_ascii_hexdigit() && !c.is_ascii_whitespace();
            Err(bad_text("hex", text, text.find(wrong).unwrap_or(text.len())))
        }
    }
}

fn bad_text(format: &str, text: &str, byte: usize) -> Fault {
    let place = Place::of(text, byte);
    parse_fault(format, format!("Cannot parse {format}{place}"), place)
}
