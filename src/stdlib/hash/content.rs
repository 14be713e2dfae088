//! One hash for equal values, the same in every run and on every machine (STDLIB section 21).
//!
//! A container is hashed from the hashes of its parts, with their number before them, so that no two shapes look alike. What
//! `==` calls equal has one hash: dicts and sets in any order, ints and floats of one value.

use super::digest::Digest;
use crate::bytecode::Program;
use crate::value::{Dict, ErrorKind, Fault, Key, Value, type_name};

/// How deep values may be nested: each level is a call of ours.
const DEEPEST: usize = 512;

type Sum = Vec<u8>;

/// The hash of a value. TypeError for functions and handles.
pub(super) fn hash(program: &Program, value: &Value) -> Result<Sum, Fault> {
    part(program, value, 0)
}

fn part(program: &Program, value: &Value, depth: usize) -> Result<Sum, Fault> {
    if depth > DEEPEST {
        let message = format!("content_hash: nested deeper than {DEEPEST} levels");
        return Err(Fault::new(ErrorKind::ValueError, message));
    }
    let inner = |tag: &str, values: &mut dyn Iterator<Item = &Value>| {
        let sums: Result<Vec<Sum>, Fault> = values.map(|value| part(program, value, depth + 1)).collect();
        sums.map(|sums| whole(tag, &sums))
    };
    match value {
        Value::Null => Ok(whole("null", &[])),
        Value::Bool(truth) => Ok(leaf("bool", &[u8::from(*truth)])),
        Value::Int(number) => Ok(leaf("int", &number.to_le_bytes())),
        Value::Float(number) => Ok(float(*number)),
        Value::Text(text) => Ok(leaf("text", text.as_str().as_bytes())),
        Value::Bytes(bytes) => Ok(leaf("bytes", bytes)),
        Value::Array(items) => inner("array", &mut items.iter()),
        Value::Deque(body) => inner(body.type_name(), &mut body.iter()),
        Value::Set(items) => {
            let sums: Result<Vec<Sum>, Fault> =
                items.iter().map(|value| part(program, value, depth + 1)).collect();
            sums.map(|mut sums| {
                sums.sort_unstable();
                whole("set", &sums)
            })
        }
        Value::Dict(dict) => entries(program, dict, depth),
        Value::None => Ok(whole("none", &[])),
        Value::Some(value) => inner("some", &mut std::iter::once(&**value)),
        Value::Ok(value) => inner("ok", &mut std::iter::once(&**value)),
        Value::Err(value) => inner("err", &mut std::iter::once(&**value)),
        Value::Struct(body) => {
            let def = &program.structs[body.id.index()];
            inner(&format!("struct {}", def.name), &mut body.fields.iter().take(def.fields.len()))
        }
        Value::Enum(body) => {
            let tag = format!("enum {} {}", program.enums[body.id.index()].name, body.variant);
            inner(&tag, &mut body.payload.iter())
        }
        other => {
            let kind = type_name(program, other);
            let message = format!("content_hash: argument 'x' expects plain values, got {kind}");
            Err(Fault::new(ErrorKind::TypeError, message).about(&[other]))
        }
    }
}

fn entries(program: &Program, dict: &Dict, depth: usize) -> Result<Sum, Fault> {
    let entry = |(key, value): (&Key, &Value)| {
        let key = part(program, &key.to_value(), depth + 1)?;
        Ok(whole("entry", &[key, part(program, value, depth + 1)?]))
    };
    let mut sums = dict.iter().map(entry).collect::<Result<Vec<Sum>, Fault>>()?;
    sums.sort_unstable();
    Ok(whole("dict", &sums))
}

/// A float with the value of an int is hashed as that int.
fn float(number: f64) -> Sum {
    let int = number as i64;
    match int as f64 == number && number.abs() < 9e18 {
        true => leaf("int", &int.to_le_bytes()),
        false => leaf("float", &number.to_bits().to_le_bytes()),
    }
}

fn leaf(tag: &str, bytes: &[u8]) -> Sum {
    whole(tag, &[bytes.to_vec()])
}

fn whole(tag: &str, parts: &[Sum]) -> Sum {
    let mut digest = Digest::Sha256(Default::default());
    digest.update(tag.as_bytes());
    digest.update(&[0]);
    digest.update(&(parts.len() as u64).to_le_bytes());
    parts.iter().for_each(|part| digest.update(part));
    digest.finish()
}
