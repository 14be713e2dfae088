//! What to do about a run-time error: the hints of reports, which are no part of `e.message`.
//!
//! Owns: the texts, and the search for what was probably meant. Does not: decide what is an error.
//! Invariant: a hint takes bounded time, since scripts catch errors in loops.

use super::Machine;
use super::ops::{OPERATOR_METHODS, Operator};
use crate::bytecode::{Program, StructId, Symbol};
use crate::context::PathStep;
use crate::source::{similar, suggest};
use crate::value::{Dict, Key, KeyRef, Value, type_name};

/// Larger dicts are not searched for a similar key, nor longer words compared.
const SEARCHED: usize = 32;

/// The fields of an error, as LANGUAGE 9.2 has them.
const ERROR_FIELDS: [&str; 8] = ["message", "kind", "line", "column", "file", "stack", "cause", "value"];

/// What methods of other languages are called here.
fn foreign_method(name: &str) -> Option<&'static str> {
    Some(match name {
        "toUpperCase" | "uppercase" | "upcase" => "to_upper",
        "toLowerCase" | "lowercase" | "downcase" => "to_lower",
        "strip" => "trim",
        "size" => "len",
        "push_back" => "push",
        "addAll" | "append_all" | "add_all" => "extend",
        "indexOf" => "index_of",
        "startsWith" | "startswith" => "starts_with",
        "endsWith" | "endswith" => "ends_with",
        "includes" | "contains_key" => "contains",
        "forEach" | "for_each" => "each",
        "fold" | "inject" => "reduce",
        "toString" | "to_s" => "to_string",
        _ => return None,
    })
}

/// For a value that is called.
pub(super) fn not_callable(program: &Program, value: &Value) -> String {
    match value {
        Value::Null => "null is no function; check the value first".into(),
        Value::Bool(_) | Value::Int(_) | Value::Float(_) => {
            let mut text = String::new();
            // Numbers always have a text.
            let _ = crate::value::inspect(program, value, &mut text);
            format!("the {} {text} is no function", type_name(program, value))
        }
        _ => format!("{} is no function", type_name(program, value)),
    }
}

/// For an index that is out of range.
pub(super) fn bounds(what: &str, length: usize) -> String {
    match length {
        0 => format!("the {what} is empty"),
        1 => format!("the {what} has 1 item, at index 0"),
        _ => format!("the {what} has {length} items, at the indexes 0 to {}", length - 1),
    }
}

/// For a key that a dict does not have.
pub(super) fn missing_key(dict: Option<&Dict>, key: KeyRef<'_>) -> String {
    let Some(dict) = dict else {
        return "there is no such key yet; set it first, for example to `{}` or 0".into();
    };
    if dict.is_empty() {
        return "the dict is empty".into();
    }
    let other_kind = match key {
        KeyRef::Int(key) => dict.get_text(&key.to_string()).map(|_| format!("\"{key}\", a string")),
        KeyRef::Text(key) => key
            .parse()
            .ok()
            .filter(|&key| dict.get(KeyRef::Int(key)).is_some())
            .map(|key| format!("{key}, an int")),
    };
    if let Some(other) = other_kind {
        return format!("the dict has the key {other}");
    }
    let keys = || dict.iter().take(SEARCHED).filter_map(|(key, _)| text_key(key));
    match key {
        KeyRef::Text(text) if dict.len() <= SEARCHED && text.len() <= SEARCHED => {
            let keys: Vec<&str> = keys().filter(|key| key.len() <= SEARCHED).collect();
            let found = suggest(text, &keys, "its keys are");
            found.unwrap_or_else(|| "`get(d, k)` gives null for a missing key".into())
        }
        _ => "`get(d, k)` gives null for a missing key".into(),
    }
}

fn text_key(key: &Key) -> Option<&str> {
    match key {
        Key::Text(text) => Some(text.as_str()),
        Key::Int(_) => None,
    }
}

/// For an index of a kind that the container does not take.
pub(super) fn index(program: &Program, container: &Value, index: &Value) -> String {
    let (what, with) = (type_name(program, container), type_name(program, index));
    match (container, index) {
        (Value::Null, _) => "the value is null; check it first, or give a default with `??`".into(),
        (Value::Array(_) | Value::Text(_) | Value::Bytes(_), Value::Float(_) | Value::Text(_)) => {
            format!("{what} is indexed by int, not by {with}; `int(i)` converts")
        }
        (Value::Set(_), _) => "a set has no order; write `x in set`, or `to_array(set)[i]`".into(),
        (Value::Generator(..), _) => {
            format!("{what} cannot be indexed; `collect()` makes an array of what it yields")
        }
        _ => format!("{what} cannot be indexed with {with}"),
    }
}

/// For a part of a value that cannot be assigned.
pub(super) fn unassignable(program: &Program, value: &Value, step: &PathStep) -> String {
    match (value, step) {
        (Value::Text(_), PathStep::Index(Value::Int(_))) => {
            "a string cannot be changed in place; build a new one: `s[0:i] + x + s[i + 1:]`".into()
        }
        (Value::Null, _) => "the value is null; assign a struct, dict or array to it first".into(),
        (_, PathStep::Index(at)) => index(program, value, at),
        (_, PathStep::Field(name) | PathStep::FieldOrNull(name)) => {
            field(program, value, program.symbol(*name))
        }
    }
}

/// For a place that must not change, by how its variable was declared.
pub(super) fn immutable(what: &str) -> &'static str {
    match what {
        "import" => "only its own module changes it; have the module export a function that does",
        "self" => {
            "an async or generator method has a copy of `self`; change a copy of your own: `mine := self`"
        }
        _ => "declare it with `mut` to be able to change it",
    }
}

/// For a field that a value does not have.
pub(super) fn field(program: &Program, object: &Value, name: &str) -> String {
    match object {
        Value::Ok(_) | Value::Err(_) | Value::Some(_) | Value::None => {
            format!("write (r?).{name} to look inside")
        }
        Value::Null => format!("the value is null; `?.{name}` gives null for it"),
        Value::Struct(body) => struct_field(program, body.id, name),
        Value::Error(_) => suggest(name, &ERROR_FIELDS, "the fields of an error are").unwrap_or_default(),
        _ => format!("{} has no field of this name", type_name(program, object)),
    }
}

/// For a field that a struct does not have.
pub(super) fn struct_field(program: &Program, id: StructId, name: &str) -> String {
    let def = &program.structs[id.index()];
    let fields: Vec<&str> = def.fields.iter().map(|field| program.symbol(field.name)).collect();
    let found = suggest(name, &fields, "its fields are").unwrap_or_default();
    format!("{} has no field of this name; {found}", def.name).trim_end_matches("; ").to_owned()
}

/// For operands that an operator does not take.
pub(super) fn operands(operator: Operator, left: &Value, right: &Value) -> Option<&'static str> {
    use Operator::{Add, BitAnd, BitOr, BitXor, Mul, Rem};
    Some(match (operator, left, right) {
        (Add, Value::Text(_), _) | (Add, _, Value::Text(_)) => {
            "use interpolation to put values into a string: \"text ${value}\""
        }
        (Rem, Value::Text(_), _) => "values are put into a string by interpolation: \"text ${value}\"",
        (BitAnd | BitOr, Value::Bool(_), _) | (BitAnd | BitOr, _, Value::Bool(_)) => {
            "`&` and `|` work on the bits of ints; for conditions write `&&` and `||`"
        }
        (BitXor, Value::Int(_) | Value::Float(_), Value::Int(_) | Value::Float(_)) => {
            "a power is written `a ** b`"
        }
        (Add, Value::Array(_), _) => "to add an item write `push(array, item)` or `array + [item]`",
        (Add, Value::Dict(_), Value::Dict(_)) => "dicts are merged as `{...a, ...b}`",
        (_, Value::Generator(..), _) | (_, _, Value::Generator(..)) => {
            "`collect()` makes an array of what a generator yields"
        }
        (_, Value::Some(_) | Value::None | Value::Ok(_) | Value::Err(_), _)
        | (_, _, Value::Some(_) | Value::None | Value::Ok(_) | Value::Err(_)) => {
            "look inside of the option or result first: `unwrap(x)`, `unwrap_or(x, 0)` or `x?`"
        }
        (_, Value::Null, _) | (_, _, Value::Null) => "one side is null; give it a default: `(x ?? 0)`",
        (Mul, Value::Text(_), Value::Float(_)) => "a string is repeated by an int: `int(n)` converts a float",
        (_, Value::Text(_), Value::Int(_) | Value::Float(_))
        | (_, Value::Int(_) | Value::Float(_), Value::Text(_)) => {
            "convert the string to a number with `int(s)` or `float(s)`"
        }
        _ => return None,
    })
}

/// For an operator that a struct has no method for.
pub(super) fn method_of_operator(
    program: &Program,
    operator: Operator,
    left: &Value,
    right: &Value,
) -> Option<String> {
    if let (Operator::Add, Value::Text(_)) = (operator, right) {
        return None;
    }
    let (method, text) = (OPERATOR_METHODS.get(operator as usize)?, operator.text());
    if let Value::Struct(body) = left {
        let def = &program.structs[body.id.index()];
        let meant = def.functions.keys().map(|&name| program.symbol(name)).find(|name| means(name, method));
        return Some(match meant {
            Some(meant) => format!("`{text}` calls the method `{method}`; {} has `{meant}`", def.name),
            None => format!("`{text}` needs a method `{method}` in {}", def.name),
        });
    }
    let Value::Struct(body) = right else { return None };
    let def = &program.structs[body.id.index()];
    let has_method = program.find_symbol(method).is_some_and(|method| def.functions.contains_key(&method));
    has_method.then(|| format!("the left operand decides; write the {} to the left of `{text}`", def.name))
}

/// Whether a method was meant to be the operator method, under the name that it has elsewhere.
fn means(name: &str, method: &str) -> bool {
    let names: &[&str] = match method {
        "op_add" => &["add", "plus"],
        "op_sub" => &["sub", "minus", "subtract"],
        "op_mul" => &["mul", "times", "multiply"],
        "op_div" => &["div", "divide", "truediv"],
        "op_mod" => &["mod", "rem", "remainder"],
        "op_lt" => &["lt", "less"],
        "op_le" => &["le"],
        "op_gt" => &["gt", "greater"],
        "op_ge" => &["ge"],
        "op_index" => &["index", "getitem"],
        "op_neg" => &["neg", "negate"],
        _ => &[],
    };
    let name = name.trim_matches('_');
    names.contains(&name.strip_prefix("op_").unwrap_or(name))
}

/// For a function that goes by another name where the value is concerned.
pub(super) fn counterpart(function: &str, value: &Value) -> Option<&'static str> {
    Some(match (function, value) {
        ("add", Value::Array(_)) => "an item is added to an array by `push`",
        ("add", Value::Dict(_)) => "an entry is added to a dict by `d[key] = value`",
        ("push" | "append", Value::Set(_)) => "an item is added to a set by `add`",
        _ => return None,
    })
}

/// For an argument of another type than those accepted.
pub(super) fn conversion(accepted: &[&str], value: &Value) -> Option<&'static str> {
    let accepts = |wanted: &[&str]| accepted.iter().any(|one| wanted.contains(one));
    match value {
        Value::Null => Some("the value is null; check it first, or give a default with `??`"),
        Value::Text(_) if accepts(&["int", "float", "num"]) => {
            Some("convert the string with `int(s)` or `float(s)`")
        }
        _ if accepts(&["string"]) => Some("convert it with `str(value)`"),
        _ => None,
    }
}

fn has_length(value: &Value) -> bool {
    matches!(
        value,
        Value::Text(_) | Value::Bytes(_) | Value::Array(_) | Value::Dict(_) | Value::Set(_) | Value::Deque(_)
    )
}

impl Machine {
    /// For a method that nothing provides.
    pub(super) fn unknown_method(&self, receiver: &Value, name: Symbol) -> Option<String> {
        let name = self.program.symbol(name);
        let known = match receiver {
            Value::Null => return Some(format!("the value is null; `?.{name}(..)` skips the call then")),
            Value::Dict(dict) if dict.get_text(name).is_some() => {
                return Some("the dict has a value of this name, but it is no function".into());
            }
            Value::Struct(body) => {
                let def = &self.program.structs[body.id.index()];
                let mut names: Vec<&str> =
                    def.functions.keys().map(|&name| self.program.symbol(name)).collect();
                names.sort_unstable();
                return suggest(name, &names, "its functions are");
            }
            Value::Generator(..) => {
                return Some("a generator has `next()`, which gives `Some(value)`, at its end `None`".into());
            }
            _ if name.len() > SEARCHED => return None,
            _ => self.natives.names_accepting(receiver),
        };
        // They accept any value, of which these have a length.
        let lengths: &[&str] = if has_length(receiver) { &["len", "length"] } else { &[] };
        let known = [&known, lengths].concat();
        let foreign = foreign_method(name).filter(|foreign| known.contains(foreign));
        let prelude = self.program.functions.iter().map(|function| &*function.name);
        let meant = foreign.or_else(|| similar(name, known.iter().copied().chain(prelude)))?;
        Some(format!("did you mean `{meant}`?"))
    }
}
