//! Bytes: made from ints and text, and back to text.

use super::answer::{self, Outcome};
use super::declare::plain;
use crate::value::{Dict, ErrorKind, Fault, Value};
use crate::vm::{Call, Native};

pub(super) const NATIVES: &[Native] = &[
    plain("bytes(x: seq = []) -> bytes", "Bytes from ints, from text (UTF-8) or from bytes.", bytes),
    plain("encode(s: string, encoding: string = \"utf8\") -> bytes", "Text as bytes.", encode),
    plain(
        "decode(b: bytes, encoding: string = \"utf8\", lossy: bool = false) -> string",
        "Bytes as text.",
        decode,
    ),
];

fn bytes(call: &mut Call<'_>) -> Outcome {
    match &call.args[0] {
        Value::Text(text) => return answer::value(Value::bytes(text.as_str().as_bytes().to_vec())),
        Value::Bytes(_) => return answer::value(call.args[0].take()),
        _ => {}
    }
    let mut bytes = Vec::new();
    for item in call.items(0, "x")?.iter() {
        bytes.push(byte(call, item)?);
    }
    answer::value(Value::bytes(bytes))
}

fn byte(call: &Call<'_>, item: &Value) -> Result<u8, Fault> {
    let number = match item {
        Value::Int(number) => *number,
        Value::Float(number) if number.fract() == 0.0 => *number as i64,
        other => return Err(call.type_fault("x", "ints", other)),
    };
    u8::try_from(number).map_err(|_| call.value_fault(format!("items must be 0 to 255, got {number}")))
}

/// The encodings by their names.
#[derive(Clone, Copy)]
enum Encoding {
    Utf8,
    Ascii,
    Latin1,
    Utf16(fn(u16) -> [u8; 2], fn([u8; 2]) -> u16),
}

fn encoding(call: &Call<'_>) -> Result<Encoding, Fault> {
    match call.str(1) {
        "utf8" => Ok(Encoding::Utf8),
        "ascii" => Ok(Encoding::Ascii),
        "latin1" => Ok(Encoding::Latin1),
        "utf16le" => Ok(Encoding::Utf16(u16::to_le_bytes, u16::from_le_bytes)),
        "utf16be" => Ok(Encoding::Utf16(u16::to_be_bytes, u16::from_be_bytes)),
        other => Err(call.value_fault(format!(
            "unknown encoding '{other}'; there are utf8, ascii, latin1, utf16le, utf16be"
        ))),
    }
}

fn encode(call: &mut Call<'_>) -> Outcome {
    let text = call.str(0);
    let limit = match encoding(call)? {
        Encoding::Utf8 => return answer::value(Value::bytes(text.as_bytes().to_vec())),
        Encoding::Utf16(to_bytes, _) => {
            return answer::value(Value::bytes(text.encode_utf16().flat_map(to_bytes).collect()));
        }
        Encoding::Ascii => 0x80,
        Encoding::Latin1 => 0x100,
    };
    let mut bytes = Vec::with_capacity(text.len());
    for (offset, character) in text.chars().enumerate() {
        match u32::from(character) {
            code if code < limit => bytes.push(code as u8),
            _ => return Err(malformed(call, offset)),
        }
    }
    answer::value(Value::bytes(bytes))
}

fn decode(call: &mut Call<'_>) -> Outcome {
    let Value::Bytes(bytes) = &call.args[0] else { unreachable!("the signature admits only bytes") };
    let lossy = call.truth(2);
    let result = match encoding(call)? {
        Encoding::Utf8 if lossy => Ok(String::from_utf8_lossy(bytes).into_owned()),
        Encoding::Utf8 => std::str::from_utf8(bytes).map(str::to_owned).map_err(|error| error.valid_up_to()),
        Encoding::Latin1 => Ok(bytes.iter().map(|&byte| char::from(byte)).collect()),
        Encoding::Ascii => decode_ascii(bytes, lossy),
        Encoding::Utf16(_, from_bytes) => decode_utf16(bytes, lossy, from_bytes),
    };
    result.map_or_else(|offset| Err(malformed(call, offset)), answer::text)
}

/// The text, or the offset of the first bad byte.
fn decode_ascii(bytes: &[u8], lossy: bool) -> Result<String, usize> {
    match bytes.iter().position(|byte| !byte.is_ascii()) {
        Some(at) if !lossy => Err(at),
        _ => Ok(bytes
            .iter()
            .map(|&byte| if byte.is_ascii() { char::from(byte) } else { '\u{FFFD}' })
            .collect()),
    }
}

/// The text, or the offset of the first bad byte.
fn decode_utf16(bytes: &[u8], lossy: bool, from_bytes: fn([u8; 2]) -> u16) -> Result<String, usize> {
    let units = bytes.chunks_exact(2).map(|pair| from_bytes([pair[0], pair[1]]));
    let mut text = String::with_capacity(bytes.len() / 2);
    let mut offset = 0;
    for unit in char::decode_utf16(units) {
        match unit {
            Ok(character) => {
                text.push(character);
                offset += 2 * character.len_utf16();
            }
            Err(_) if lossy => {
                text.push('\u{FFFD}');
                offset += 2;
            }
            Err(_) => return Err(offset),
        }
    }
    if bytes.len() % 2 == 1 {
        if !lossy {
            return Err(bytes.len() - 1);
        }
        text.push('\u{FFFD}');
    }
    Ok(text)
}

/// The ParseError of text or bytes that an encoding cannot express.
fn malformed(call: &Call<'_>, offset: usize) -> Fault {
    let encoding = call.str(1);
    let mut details = Dict::new();
    details.insert_text("format", Value::text(encoding));
    details.insert_text("line", Value::Null);
    details.insert_text("column", Value::Null);
    details.insert_text("offset", Value::Int(offset as i64));
    let message = format!("Cannot {} as {encoding} at offset {offset}", call.shown_name());
    Fault::new(ErrorKind::ParseError, message).with_value(Value::dict(details))
}
