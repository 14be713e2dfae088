//! Values as text (LANGUAGE 3.7).
//!
//! Owns: the two texts of a value, `to_text` and `inspect`, and the beginning of the second, `brief`. Invariant: no recursion of Rust code.
//! Does not: call `op_str` (the machine does, and hands in what it got).

use std::fmt::Write;

use super::parts::{MAX_DEPTH, hold_length, too_deep};
use super::{End, EnumValue, Fault, KeyRef, StructValue, Text, Value};
use crate::bytecode::{EnumId, Program};

/// What `print` and interpolation write. ValueError beyond 4,096 levels, LimitError beyond `LONGEST_TEXT` bytes.
pub fn to_text(program: &Program, value: &Value, out: &mut String) -> Result<(), Fault> {
    to_text_with(program, value, &mut |_| None, out)
}

/// The same, with texts of their own for some structs: `own` is asked for each struct in the order of printing, and not
/// for those inside of one that it has a text for. So the machine can call `op_str` beforehand.
pub fn to_text_with(
    program: &Program,
    value: &Value,
    own: &mut dyn FnMut(&StructValue) -> Option<Text>,
    out: &mut String,
) -> Result<(), Fault> {
    Writer { program, own, out, style: Style::Plain, most: usize::MAX }.write(value)
}

/// The unambiguous text of `inspect`. ValueError beyond 4,096 levels, LimitError beyond `LONGEST_TEXT` bytes.
pub fn inspect(program: &Program, value: &Value, out: &mut String) -> Result<(), Fault> {
    Writer { program, own: &mut |_| None, out, style: Style::Exact, most: usize::MAX }.write(value)
}

/// The beginning of what `inspect` gives: at most about `most` bytes, and then how much there is. Costs no more than that,
/// however large the value is.
pub fn brief(program: &Program, value: &Value, most: usize) -> String {
    let mut out = String::new();
    let mut writer = Writer { program, own: &mut |_| None, out: &mut out, style: Style::Exact, most };
    let is_whole = writer.write(value).is_ok() && out.len() <= most;
    if !is_whole {
        out.truncate(out.floor_char_boundary(most));
        out.push('…');
        if let Some((count, things)) = extent(value) {
            append(&mut out, format_args!(" ({count} {things})"));
        }
    }
    out
}

/// How much a value with parts holds.
fn extent(value: &Value) -> Option<(usize, &'static str)> {
    Some(match value {
        Value::Text(text) => (text.as_str().len(), "bytes"),
        Value::Bytes(bytes) => (bytes.len(), "bytes"),
        Value::Array(items) => (items.len(), "items"),
        Value::Dict(dict) => (dict.len(), "entries"),
        Value::Set(set) => (set.len(), "items"),
        _ => return None,
    })
}

/// A string in double quotes, escaped so that it reads back.
pub fn quote(text: &str, out: &mut String) {
    out.push('"');
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\0' => out.push_str("\\0"),
            // Else it would interpolate.
            '$' if rest.peek() == Some(&'{') => out.push_str("\\$"),
            control if control.is_control() => append(out, format_args!("\\u{{{:x}}}", control as u32)),
            other => out.push(other),
        }
    }
    out.push('"');
}

#[derive(Clone, Copy, PartialEq)]
enum Style {
    Plain,
    Exact,
}

struct Writer<'a, 'o> {
    program: &'a Program,
    own: &'o mut dyn FnMut(&StructValue) -> Option<Text>,
    out: &'o mut String,
    style: Style,
    /// Behind so many bytes nothing more is begun.
    most: usize,
}

impl Writer<'_, '_> {
    fn write(&mut self, value: &Value) -> Result<(), Fault> {
        let mut open: Vec<(&Value, usize)> = Vec::new();
        self.begin(value, &mut open)?;
        while let Some((parent, at)) = open.last_mut().filter(|_| self.out.len() <= self.most) {
            let (parent, position) = (*parent, *at);
            *at += 1;
            hold_length(self.out.len())?;
            match parent.visible_part(position) {
                Some(part) => {
                    self.lead_in(parent, position);
                    self.begin(part, &mut open)?;
                }
                None => {
                    self.out.push_str(closing(parent));
                    open.pop();
                }
            }
        }
        Ok(())
    }

    /// Writes a value without parts, or the beginning of one with parts and opens it.
    fn begin<'v>(&mut self, value: &'v Value, open: &mut Vec<(&'v Value, usize)>) -> Result<(), Fault> {
        match value {
            Value::Array(_) => self.out.push('['),
            Value::Dict(_) => self.out.push('{'),
            Value::Set(_) => self.out.push_str("Set{"),
            Value::Deque(body) => self.out.push_str(match body.end() {
                End::Front => "Queue{",
                End::Back => "Stack{",
            }),
            Value::Struct(body) => {
                if let Some(text) = (self.own)(body) {
                    self.out.push_str(text.as_str());
                    return Ok(());
                }
                self.struct_name(body);
            }
            Value::Enum(body) if body.payload.is_empty() => {
                self.variant(body.id, body.variant);
                return Ok(());
            }
            Value::Enum(body) => self.payload(body),
            Value::Ok(_) => self.out.push_str("Ok("),
            Value::Err(_) => self.out.push_str("Err("),
            Value::Some(_) => self.out.push_str("Some("),
            Value::Text(text) if self.style == Style::Plain => {
                hold_length(self.out.len() + text.as_str().len())?;
                self.out.push_str(text.as_str());
                return Ok(());
            }
            Value::Bytes(bytes) => {
                // Each takes three at least: `0, `.
                hold_length(self.out.len() + 3 * bytes.len().min(self.most))?;
                self.bytes(bytes);
                return Ok(());
            }
            leaf => {
                self.leaf(leaf);
                return Ok(());
            }
        }
        if open.len() == MAX_DEPTH {
            return Err(too_deep());
        }
        open.push((value, 0));
        Ok(())
    }

    /// What stands before a part.
    fn lead_in(&mut self, parent: &Value, position: usize) {
        if position > 0 {
            self.out.push_str(", ");
        }
        match parent {
            Value::Dict(dict) => {
                if let Some((key, _)) = dict.at(position) {
                    self.key(key.as_ref());
                }
            }
            Value::Struct(body) => {
                let def = self.program.structs.get(body.id.index());
                let field = def.and_then(|def| def.fields.get(position));
                let name = field.map_or("?", |field| self.program.symbol(field.name));
                append(self.out, format_args!("{name}: "));
            }
            _ => {}
        }
    }

    fn key(&mut self, key: KeyRef<'_>) {
        match key {
            KeyRef::Int(value) => append(self.out, format_args!("{value}: ")),
            KeyRef::Text(text) if self.style == Style::Plain => {
                append(self.out, format_args!("\"{text}\": "))
            }
            KeyRef::Text(text) => {
                quote(&text[..text.floor_char_boundary(self.most)], self.out);
                self.out.push_str(": ");
            }
        }
    }

    fn leaf(&mut self, value: &Value) {
        match value {
            Value::Bool(value) => append(self.out, format_args!("{value}")),
            Value::Int(value) => append(self.out, format_args!("{value}")),
            Value::Float(value) => self.float(*value),
            Value::Text(text) => {
                let text = text.as_str();
                quote(&text[..text.floor_char_boundary(self.most)], self.out);
            }
            Value::None => self.out.push_str("None"),
            Value::Error(fault) => {
                let body = fault.body();
                let message = body.message.as_str();
                let message = &message[..message.floor_char_boundary(self.most)];
                append(self.out, format_args!("{}: {message}", body.kind.as_str()));
            }
            Value::Handle(handle) => self.out.push_str(&handle.resource().text()),
            Value::Generator(_, lazy) => append(self.out, format_args!("<{}>", lazy.type_name())),
            Value::Module(module) => {
                let def = self.program.modules.get(usize::from(*module));
                append(self.out, format_args!("<module {}>", def.map_or("?", |def| &def.name)));
            }
            function if function.is_callable() => self.function(function),
            _ => self.out.push_str("null"),
        }
    }

    fn float(&mut self, value: f64) {
        // Rust writes the shortest decimal that reads back, without exponent.
        append(self.out, format_args!("{value}"));
        if self.style == Style::Exact && value.is_finite() && value.trunc() == value {
            self.out.push_str(".0");
        }
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.out.push_str("bytes[");
        for (at, byte) in bytes.iter().take(self.most).enumerate() {
            let comma = if at > 0 { ", " } else { "" };
            append(self.out, format_args!("{comma}{byte}"));
        }
        self.out.push(']');
    }

    fn function(&mut self, value: &Value) {
        self.out.push_str("<function ");
        // A bound method shows the name of what it calls, which is not itself bound.
        let callee = if let Value::Bound(bound) = value { &bound.callee } else { value };
        match callee {
            Value::Function(id) => self.function_name(id.index()),
            Value::Closure(closure) => self.function_name(closure.function.index()),
            Value::Native(id) => {
                let name = self.program.native_names.get(id.index());
                self.out.push_str(name.map_or("?", |name| name));
            }
            Value::Constructor(variant) => {
                if let Some(&(id, variant)) = self.program.variants.get(usize::from(*variant)) {
                    self.variant(id, variant);
                }
            }
            _ => self.out.push('?'),
        }
        self.out.push('>');
    }

    fn function_name(&mut self, index: usize) {
        self.out.push_str(self.program.functions.get(index).map_or("?", |function| &function.name));
    }

    fn struct_name(&mut self, body: &StructValue) {
        let name = self.program.structs.get(body.id.index()).map_or("struct", |def| &def.name);
        append(self.out, format_args!("{name} {{ "));
    }

    fn payload(&mut self, body: &EnumValue) {
        self.variant(body.id, body.variant);
        self.out.push('(');
    }

    fn variant(&mut self, id: EnumId, variant: u16) {
        let Some(def) = self.program.enums.get(id.index()) else { return self.out.push_str("enum") };
        let name = def.variants.get(usize::from(variant)).map_or("?", |variant| &variant.name);
        append(self.out, format_args!("{}::{name}", def.name));
    }
}

fn closing(value: &Value) -> &'static str {
    match value {
        Value::Array(_) => "]",
        Value::Dict(_) | Value::Set(_) | Value::Deque(_) => "}",
        Value::Struct(_) => " }",
        _ => ")",
    }
}

fn append(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("strings take any text");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytecode::{EnumDef, FieldDef, StructDef, StructId, VariantDef};
    use crate::value::{Counted, Dict, ErrorKind, Key, Set};

    fn program() -> Program {
        let mut program = Program::default();
        let x = program.intern("x");
        let def = |name: &str, fields| StructDef::new(name, fields);
        program.structs = vec![def("P", vec![FieldDef { name: x, check: None }]), def("Q", vec![])];
        let variant = |name: &str| VariantDef { name: name.into(), payload: None, checks: Vec::new() };
        program.enums =
            vec![EnumDef { name: "Shape".into(), variants: vec![variant("Red"), variant("Rect")] }];
        program
    }

    fn check(value: &Value, plain: &str, exact: &str) {
        let (mut text, mut inspected) = (String::new(), String::new());
        to_text(&program(), value, &mut text).expect("shallow");
        inspect(&program(), value, &mut inspected).expect("shallow");
        assert_eq!((text.as_str(), inspected.as_str()), (plain, exact));
    }

    #[test]
    fn scalars() {
        check(&Value::Int(-42), "-42", "-42");
        check(&Value::Float(1.0), "1", "1.0");
        check(&Value::Float(-0.0), "-0", "-0.0");
        check(&Value::Float(1e21), "1000000000000000000000", "1000000000000000000000.0");
        check(&Value::Float(0.1 + 0.2), "0.30000000000000004", "0.30000000000000004");
        check(&Value::Float(5e-7), "0.0000005", "0.0000005");
        check(&Value::Float(f64::NAN), "NaN", "NaN");
        check(&Value::Float(f64::NEG_INFINITY), "-inf", "-inf");
        check(&Value::text("a\"\n\u{7}${$"), "a\"\n\u{7}${$", "\"a\\\"\\n\\u{7}\\${$\"");
        check(&Value::bytes(vec![1, 255]), "bytes[1, 255]", "bytes[1, 255]");
        let fault = Fault::new(ErrorKind::TypeError, "the message");
        check(&Value::Error(fault), "TypeError: the message", "TypeError: the message");
    }

    #[test]
    fn collections() {
        check(&Value::array(vec![]), "[]", "[]");
        let inner = Value::array(vec![Value::Int(2)]);
        check(&Value::array(vec![Value::Int(1), Value::text("a"), inner]), "[1, a, [2]]", "[1, \"a\", [2]]");
        let dict =
            Dict::from_iter([(Key::Text("a\"".into()), Value::Int(1)), (Key::Int(7), Value::text("x"))]);
        check(&Value::dict(dict), "{\"a\"\": 1, 7: x}", "{\"a\\\"\": 1, 7: \"x\"}");
        let set = Set::from_items([Value::Int(1), Value::Float(2.0)]).expect("shallow");
        check(&Value::Set(Counted::new(set)), "Set{1, 2}", "Set{1, 2.0}");
        check(&Value::Set(Counted::new(Set::new())), "Set{}", "Set{}");
    }

    #[test]
    fn declared_types() {
        let of = |id, fields| Value::Struct(Counted::new(StructValue { id: StructId(id), fields }));
        check(&of(0, vec![Value::text("s")]), "P { x: s }", "P { x: \"s\" }");
        check(&of(1, vec![]), "Q {  }", "Q {  }");
        let shape = |variant, payload: Vec<Value>| {
            Value::Enum(Counted::new(EnumValue { id: EnumId(0), variant, payload: payload.into() }))
        };
        check(&shape(0, vec![]), "Shape::Red", "Shape::Red");
        let rect = vec![Value::Int(2), Value::Some(Counted::new(Value::None))];
        check(&shape(1, rect), "Shape::Rect(2, Some(None))", "Shape::Rect(2, Some(None))");
    }

    #[test]
    fn the_beginning_of_large_values() {
        let check = |value: &Value, text: &str| assert_eq!(brief(&program(), value, 12), text);
        check(&Value::text("short"), "\"short\"");
        check(&Value::text("0123456789abcdef"), "\"0123456789a… (16 bytes)");
        check(&Value::text("ääääääää"), "\"äääää… (16 bytes)");
        check(&Value::array((0..1000).map(Value::Int).collect()), "[0, 1, 2, 3,… (1000 items)");
        check(&Value::bytes(vec![7; 1000]), "bytes[7, 7, … (1000 bytes)");
        let deep = (0..2 * MAX_DEPTH).fold(Value::Int(1), |inner, _| Value::array(vec![inner]));
        check(&deep, "[[[[[[[[[[[[… (1 items)");
        let shared = (0..60).fold(Value::Int(1), |inner, _| Value::array(vec![inner.clone(), inner]));
        check(&shared, "[[[[[[[[[[[[… (2 items)");
    }

    #[test]
    fn depth_is_counted() {
        let nested = |levels| (0..levels).fold(Value::Int(1), |inner, _| Value::array(vec![inner]));
        let mut out = String::new();
        to_text(&program(), &nested(MAX_DEPTH), &mut out).expect("just deep enough");
        assert!(to_text(&program(), &nested(MAX_DEPTH + 1), &mut out).is_err());
    }
}
