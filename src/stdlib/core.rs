//! Natives for values of every type: size, type, text, truth, order, errors.

use super::answer::{self, Outcome};
use super::declare::{by_prelude, plain};
use crate::bytecode::FunctionId;
use crate::value::{Dict, ErrorKind, Fault, Key, Lazy, ResourceKind, Value, compare, inspect, type_name};
use crate::vm::{Answer, Call, Native, Request};

pub(super) const NATIVES: &[Native] = &[
    plain(
        "len length count_chars queue_size stack_size(x: any) -> int",
        "Characters, bytes, items or buffered values.",
        len,
    ),
    plain("__is_empty(x: any) -> bool", "Whether len(x) is 0, for everything but channels.", is_empty),
    plain("__is_lazy(x: any) -> bool", "Whether x is a generator or an iterator.", |call| {
        answer::bool(matches!(call.args[0], Value::Generator(..)))
    }),
    plain(
        "close(it: generator|iterator) -> bool",
        "Ends it where it stands; false if it had ended.",
        by_prelude,
    ),
    plain("__end(it: generator|iterator) -> any", "Null if it had ended, None if it did now.", by_prelude)
        .ends(),
    plain("__sources(it: any) -> array", "The generators that an iterator of the library walks.", sources),
    plain("type type_of(x: any) -> string", "The name of the type.", type_of),
    plain("to_string str(x: any) -> string", "The text that print writes.", to_string).shows(),
    plain("inspect(x: any) -> string", "An unambiguous text.", inspected),
    plain("is_truthy(x: any) -> bool", "The rule of `if`.", |call| answer::bool(call.truth(0))),
    plain("compare(a: any, b: any) -> int", "-1, 0 or 1: the order that sorting uses.", compared),
    plain("array(...xs: any) -> array", "The arguments as an array.", |call| answer::array(take_all(call))),
    plain("dict(pairs: any = {}) -> dict", "A dict from a dict or from [key, value] pairs.", dict),
    plain(
        "error Error(message: string, kind: string = \"Error\", value: any = null) -> error",
        "An error value that is not thrown yet.",
        error,
    ),
    plain("__required(f: any) -> int", "The arguments a script function requires; 1 for others.", required),
    plain(
        "__expect_seq(name: string, parameter: string, x: any) -> array",
        "The items of a seq.",
        expect_seq,
    ),
    plain(
        "__type_error(name: string, parameter: string, expected: string, x: any) -> null",
        "Throws the TypeError of a wrong argument.",
        type_error,
    ),
    plain("__absent() -> null", "Stands for an argument that was not given.", |_| answer::null()),
];

fn sources(call: &mut Call<'_>) -> Outcome {
    let Value::Generator(state, Lazy::Iterator) = &call.args[0] else { return answer::array(Vec::new()) };
    let Value::Suspended(suspension) = call.cells.get(state) else { return answer::array(Vec::new()) };
    let inside = |value: &Value| match value {
        Value::Array(items) => items.to_vec(),
        value => vec![value.clone()],
    };
    let walked = suspension.registers.iter().flat_map(inside);
    answer::array(walked.filter(|value| matches!(value, Value::Generator(..))).collect())
}

fn len(call: &mut Call<'_>) -> Outcome {
    if let Value::Handle(handle) = &call.args[0]
        && handle.kind() == ResourceKind::Channel
    {
        return Ok(Answer::ask(Request::ChannelLen { channel: handle.clone() }));
    }
    answer::size(size(call)?)
}

fn is_empty(call: &mut Call<'_>) -> Outcome {
    answer::bool(size(call)? == 0)
}

fn size(call: &Call<'_>) -> Result<usize, Fault> {
    match &call.args[0] {
        Value::Text(text) => Ok(text.chars()),
        Value::Bytes(bytes) => Ok(bytes.len()),
        Value::Array(items) => Ok(items.len()),
        Value::Dict(dict) => Ok(dict.len()),
        Value::Set(set) => Ok(set.len()),
        Value::Deque(body) => Ok(body.len()),
        other => Err(call.type_fault("x", "string, bytes, array, dict, set, queue, stack or channel", other)),
    }
}

fn type_of(call: &mut Call<'_>) -> Outcome {
    answer::text(type_name(call.program, &call.args[0]).to_owned())
}

fn to_string(call: &mut Call<'_>) -> Outcome {
    if let Value::Text(_) = &call.args[0] {
        return answer::value(call.args[0].take());
    }
    answer::text(call.display(&call.args[0])?)
}

fn inspected(call: &mut Call<'_>) -> Outcome {
    let mut text = String::new();
    inspect(call.program, &call.args[0], &mut text)?;
    answer::text(text)
}

fn compared(call: &mut Call<'_>) -> Outcome {
    answer::int(compare(&call.args[0], &call.args[1])? as i64)
}

/// All arguments, moved out.
pub(super) fn take_all(call: &mut Call<'_>) -> Vec<Value> {
    call.args.iter_mut().map(Value::take).collect()
}

fn dict(call: &mut Call<'_>) -> Outcome {
    if let Value::Dict(_) = &call.args[0] {
        return answer::value(call.args[0].take());
    }
    let pairs = call.items(0, "pairs")?;
    let mut dict = Dict::with_capacity(pairs.len());
    for pair in pairs.iter() {
        let (key, value) = pair_of(call, pair)?;
        dict.insert(key, value);
    }
    answer::value(Value::dict(dict))
}

fn pair_of(call: &Call<'_>, pair: &Value) -> Result<(Key, Value), Fault> {
    let Value::Array(parts) = pair else { return Err(call.value_fault("items must be [key, value] pairs")) };
    let [key, value] = parts.as_slice() else {
        return Err(call.value_fault(format!("items must be [key, value] pairs, got {} items", parts.len())));
    };
    Ok((call.owned_key("key", key)?, value.clone()))
}

impl Call<'_> {
    /// A value as a dict key of its own; TypeError if it can be none.
    pub(super) fn owned_key(&self, parameter: &str, value: &Value) -> Result<Key, Fault> {
        match value {
            Value::Int(number) => Ok(Key::Int(*number)),
            Value::Text(text) => Ok(Key::Text(text.clone())),
            other => Err(self.type_fault(parameter, "string or int", other)),
        }
    }
}

fn error(call: &mut Call<'_>) -> Outcome {
    let (message, kind) = (call.text(0).clone(), call.text(1).clone());
    let fault = Fault::of_kind(kind, message).with_value(call.args[2].take());
    answer::value(Value::Error(fault))
}

fn required(call: &mut Call<'_>) -> Outcome {
    let count = match &call.args[0] {
        Value::Bound(bound) => function_of(&bound.callee).map(|id| required_by(call, id, 0)),
        callee => function_of(callee).map(|id| required_by(call, id, 1)),
    };
    answer::size(count.unwrap_or(1))
}

fn function_of(callee: &Value) -> Option<FunctionId> {
    match callee {
        Value::Function(id) => Some(*id),
        Value::Closure(closure) => Some(closure.function),
        _ => None,
    }
}

/// Library code counts as native: it gets no bracketed arguments (STDLIB R2). `receiver` is how many arguments `self`
/// takes: none where it is bound.
fn required_by(call: &Call<'_>, id: FunctionId, receiver: usize) -> usize {
    let function = call.program.function(id);
    if function.flags.is_prelude {
        return 1;
    }
    function.required() + if function.flags.is_method { receiver } else { 0 }
}

fn expect_seq(call: &mut Call<'_>) -> Outcome {
    if let Some(items) = super::sequence::items_of(&call.args[2]) {
        return answer::value(Value::Array(items));
    }
    Err(named_type_fault(call, call.str(0), call.str(1), "array", &call.args[2]))
}

fn type_error(call: &mut Call<'_>) -> Outcome {
    Err(named_type_fault(call, call.str(0), call.str(1), call.str(2), &call.args[3]))
}

fn named_type_fault(call: &Call<'_>, name: &str, parameter: &str, expected: &str, value: &Value) -> Fault {
    let got = type_name(call.program, value);
    let message = format!("{name}: argument '{parameter}' expects {expected}, got {got}");
    Fault::new(ErrorKind::TypeError, message).about(&[value])
}
