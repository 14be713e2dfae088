//! Assertions that need no callback (STDLIB section 22); `assert_throws` is in `prelude/assertion.ruff`.
//!
//! All return true, or throw AssertionError with `{expected, actual}`; a message given last replaces the text.

use super::answer::{self, Outcome};
use super::declare::{by_prelude, plain};
use crate::bytecode::Program;
use crate::value::{Dict, ErrorKind, Fault, Key, StructValue, Text, Value, equal, inspect, is_among};
use crate::vm::{Call, Capability, Native};

pub(super) const NATIVES: &[Native] = &[
    plain(
        "bench(name: string, f: function, opts: dict = {}) -> dict",
        "How long calls of f take.",
        by_prelude,
    )
    .written()
    .may_need(&[Capability::Clock]),
    plain(
        "assert(cond: any, message: string = \"Assertion failed\") -> bool",
        "Throws unless cond is truthy.",
        |call| match call.truth(0) {
            true => answer::bool(true),
            false => Err(fault(call.text(1).clone(), Value::Bool(true), call.args[0].take())),
        },
    ),
    plain("assert_true(x: any, message: string = null) -> bool", "Throws unless x is true.", |call| {
        exactly(call, true)
    }),
    plain("assert_false(x: any, message: string = null) -> bool", "Throws unless x is false.", |call| {
        exactly(call, false)
    }),
    plain(
        "assert_equal(actual: any, expected: any, message: string = null) -> bool",
        "Throws unless both are equal.",
        assert_equal,
    )
    .compares(),
    plain(
        "assert_not_equal(actual: any, expected: any, message: string = null) -> bool",
        "Throws if both are equal.",
        assert_not_equal,
    )
    .compares(),
    plain(
        "assert_contains(coll: string|bytes|array|dict|set, item: any, message: string = null) -> bool",
        "Throws unless coll contains item.",
        assert_contains,
    )
    .compares_items(),
    plain(
        "assert_approx(a: num, b: num, epsilon: num = 1e-9, message: string = null) -> bool",
        "Throws unless a and b differ by no more than epsilon.",
        assert_approx,
    ),
    plain(
        "__common_parts(a: any, b: any) -> array",
        "What both have: [way, part of a, part of b].",
        |call| {
            let steps = common_parts(call.program, &call.args[0], &call.args[1]);
            let step = |(way, a, b): Step<'_>| Value::array(vec![Value::text(way), a.clone(), b.clone()]);
            answer::array(steps.map(step).collect())
        },
    ),
    plain("__assertion_fault(message: string, expected: any, actual: any) -> null", "Throws.", |call| {
        let (expected, actual) = (call.args[1].take(), call.args[2].take());
        Err(fault(call.text(0).clone(), expected, actual))
    }),
];

fn fault(message: impl Into<Text>, expected: Value, actual: Value) -> Fault {
    let mut details = Dict::new();
    details.insert_text("expected", expected);
    details.insert_text("actual", actual);
    Fault::new(ErrorKind::AssertionError, message).with_value(Value::dict(details))
}

/// The given message, or the text that is made for these values.
fn failed(call: &Call<'_>, message: usize, text: String, expected: Value, actual: Value) -> Fault {
    let message =
        call.text_opt(message).cloned().unwrap_or_else(|| format!("Assertion failed: {text}").into());
    fault(message, expected, actual)
}

fn exactly(call: &mut Call<'_>, expected: bool) -> Outcome {
    let actual = call.args[0].take();
    if matches!(actual, Value::Bool(truth) if truth == expected) {
        return answer::bool(true);
    }
    let text = format!("expected {expected}, got {}", shown(call.program, &actual)?);
    Err(failed(call, 1, text, Value::Bool(expected), actual))
}

fn assert_equal(call: &mut Call<'_>) -> Outcome {
    let (actual, expected) = (call.args[0].take(), call.args[1].take());
    if equal(&actual, &expected)? {
        return answer::bool(true);
    }
    let mut text =
        format!("expected {}, got {}", shown(call.program, &expected)?, shown(call.program, &actual)?);
    let path = first_difference(call.program, &actual, &expected)?;
    if !path.is_empty() {
        text.push_str(&format!(" (at {path})"));
    }
    Err(failed(call, 2, text, expected, actual))
}

fn assert_not_equal(call: &mut Call<'_>) -> Outcome {
    let (actual, expected) = (call.args[0].take(), call.args[1].take());
    if !equal(&actual, &expected)? {
        return answer::bool(true);
    }
    let text = format!("expected a value other than {}", shown(call.program, &expected)?);
    Err(failed(call, 2, text, expected, actual))
}

fn assert_contains(call: &mut Call<'_>) -> Outcome {
    let (collection, item) = (call.args[0].take(), call.args[1].take());
    if contains(&collection, &item)? {
        return answer::bool(true);
    }
    let text =
        format!("{} does not contain {}", shown(call.program, &collection)?, shown(call.program, &item)?);
    Err(failed(call, 2, text, item, collection))
}

fn contains(collection: &Value, item: &Value) -> Result<bool, Fault> {
    let found = match (collection, item) {
        (Value::Text(text), Value::Text(part)) => text.as_str().contains(part.as_str()),
        (Value::Dict(dict), Value::Text(key)) => dict.get_text(key.as_str()).is_some(),
        (Value::Dict(dict), Value::Int(key)) => dict.iter().any(|(own, _)| *own == Key::Int(*key)),
        (Value::Bytes(bytes), Value::Int(byte)) => bytes.iter().any(|&own| i64::from(own) == *byte),
        (Value::Set(set), item) => set.contains(item)?,
        (Value::Array(items), item) => is_among(items.iter(), item)?,
        (Value::Deque(body), item) => is_among(body.iter(), item)?,
        _ => false,
    };
    Ok(found)
}

fn assert_approx(call: &mut Call<'_>) -> Outcome {
    let (a, b, epsilon) = (call.float(0), call.float(1), call.float(2));
    // Equal infinities have no difference that could be compared.
    if a == b || (a - b).abs() <= epsilon {
        return answer::bool(true);
    }
    let (actual, expected) = (call.args[0].take(), call.args[1].take());
    let text = format!(
        "expected {} within {}, got {}",
        shown(call.program, &expected)?,
        shown(call.program, &call.args[2])?,
        shown(call.program, &actual)?
    );
    Err(failed(call, 3, text, expected, actual))
}

fn shown(program: &Program, value: &Value) -> Result<String, Fault> {
    let mut text = String::new();
    inspect(program, value, &mut text)?;
    Ok(text)
}

/// The way to the first part in which two unequal values differ, `[2].name` for instance; empty if they differ as a
/// whole. `equal` has bounded the depth.
fn first_difference(program: &Program, actual: &Value, expected: &Value) -> Result<String, Fault> {
    let mut path = String::new();
    let (mut actual, mut expected) = (actual, expected);
    while let Some((step, a, b)) = step_apart(program, actual, expected)? {
        path.push_str(&step);
        (actual, expected) = (a, b);
    }
    Ok(path)
}

/// A part of two values: the way to it, and how it is in both.
type Step<'a> = (String, &'a Value, &'a Value);

/// One step towards the difference of two unequal values, if it lies in parts that both have.
fn step_apart<'a>(program: &'a Program, a: &'a Value, b: &'a Value) -> Result<Option<Step<'a>>, Fault> {
    for (way, a, b) in common_parts(program, a, b) {
        if !equal(a, b)? {
            return Ok(Some((way, a, b)));
        }
    }
    Ok(None)
}

/// The parts that both have, if they are of one kind. A struct that has an `op_eq` is compared as a whole.
fn common_parts<'a>(
    program: &'a Program,
    a: &'a Value,
    b: &'a Value,
) -> Box<dyn Iterator<Item = Step<'a>> + 'a> {
    match (a, b) {
        (Value::Array(a), Value::Array(b)) => {
            Box::new(a.iter().zip(b.iter()).enumerate().map(|(at, (a, b))| (format!("[{at}]"), a, b)))
        }
        (Value::Dict(a), Value::Dict(b)) => {
            Box::new(a.iter().filter_map(|(key, a)| Some((key_step(key), a, b.get(key.as_ref())?))))
        }
        (Value::Struct(a), Value::Struct(b)) if a.id == b.id && !has_equality(program, a) => {
            let names = program.structs[a.id.index()].fields.iter().map(|field| program.symbol(field.name));
            let parts = a.fields.iter().zip(&b.fields);
            Box::new(names.zip(parts).map(|(name, (a, b))| (format!(".{name}"), a, b)))
        }
        _ => Box::new(std::iter::empty()),
    }
}

fn has_equality(program: &Program, body: &StructValue) -> bool {
    let functions = &program.structs[body.id.index()].functions;
    program.find_symbol("op_eq").is_some_and(|symbol| functions.contains_key(&symbol))
}

fn key_step(key: &Key) -> String {
    match key {
        Key::Int(number) => format!("[{number}]"),
        Key::Text(text) => {
            let mut characters = text.as_str().chars();
            let starts = characters.next().is_some_and(|first| first.is_alphabetic() || first == '_');
            let is_word =
                starts && characters.all(|character| character.is_alphanumeric() || character == '_');
            if is_word { format!(".{}", text.as_str()) } else { format!("[{:?}]", text.as_str()) }
        }
    }
}
