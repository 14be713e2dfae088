//! Functions that change an array where it stands: in place if nobody else holds it.
//!
//! Invariant: everything that can fail is done before the first change.

use crate::stdlib::answer::{self, Outcome};
use crate::stdlib::arguments::key_of;
use crate::stdlib::declare::{cut, edit};
use crate::stdlib::sequence::{outside, place};
use crate::value::{Counted, Deque, ErrorKind, Fault, Value, equal};
use crate::vm::{Call, Native};

pub(in crate::stdlib) const NATIVES: &[Native] = &[
    edit("push append(a: array, ...xs: any) -> array", "With the items added at the end.", push),
    edit("prepend(a: array, x: any) -> array", "With x at the front.", prepend),
    edit("insert(a: array, i: int, x: any) -> array", "With x before a position.", insert),
    edit("extend(a: array, xs: seq) -> array", "With all items of xs added.", extend),
    edit("fill(a: array, x: any) -> array", "With x at every position.", fill),
    edit("swap(a: array, i: int, j: int) -> array", "With two positions exchanged.", swap),
    edit("reverse(a: array) -> array", "In reverse order.", reverse),
    edit("clear(x: array|dict|set|queue|stack) -> any", "Empty.", clear),
    edit("remove set_remove(a: array|set, x: any) -> any", "Without the first equal item.", remove)
        .compares_items(),
    cut("pop(a: array, default: any = unset) -> any", "Takes the last item.", pop),
    cut("pop_first(a: array, default: any = unset) -> any", "Takes the first item.", pop_first),
    cut(
        "remove_at(a: array, i: int, default: any = unset) -> any",
        "Takes the item at a position.",
        remove_at,
    ),
];

fn push(call: &mut Call<'_>) -> Outcome {
    let (place, items) = call.args.split_first_mut().expect("the signature has a first parameter");
    let Value::Array(array) = place else { unreachable!("the signature admits only arrays") };
    Counted::make_mut(array).extend(items.iter_mut().map(Value::take));
    answer::null()
}

fn prepend(call: &mut Call<'_>) -> Outcome {
    let item = call.args[1].take();
    call.array_mut(0).insert(0, item);
    answer::null()
}

fn insert(call: &mut Call<'_>) -> Outcome {
    let (len, at) = (call.array(0).len(), call.int(1));
    // One more than the positions of items: `len` stands for the end.
    let at = if at == len as i64 { len } else { place(len, at).ok_or_else(|| outside(at))? };
    let item = call.args[2].take();
    call.array_mut(0).insert(at, item);
    answer::null()
}

fn extend(call: &mut Call<'_>) -> Outcome {
    let items = call.items(1, "xs")?;
    call.args[1] = Value::Null; // so that items no one else holds are moved
    call.array_mut(0).extend(Counted::into_inner(items));
    answer::null()
}

fn fill(call: &mut Call<'_>) -> Outcome {
    let item = call.args[1].take();
    call.array_mut(0).fill(item);
    answer::null()
}

fn swap(call: &mut Call<'_>) -> Outcome {
    let len = call.array(0).len();
    let at = |position: i64| place(len, position).ok_or_else(|| outside(position));
    let (i, j) = (at(call.int(1))?, at(call.int(2))?);
    call.array_mut(0).swap(i, j);
    answer::null()
}

fn reverse(call: &mut Call<'_>) -> Outcome {
    call.array_mut(0).reverse();
    answer::null()
}

fn clear(call: &mut Call<'_>) -> Outcome {
    call.args[0] = match &call.args[0] {
        Value::Array(_) => Value::array(Vec::new()),
        Value::Dict(_) => Value::dict(Default::default()),
        Value::Deque(body) => Value::Deque(Counted::new(Deque::new(body.end(), Vec::new()))),
        _ => Value::Set(Default::default()),
    };
    answer::null()
}

fn remove(call: &mut Call<'_>) -> Outcome {
    let item = call.args[1].take();
    if let Value::Set(set) = &mut call.args[0] {
        if set.contains(&item)? {
            Counted::make_mut(set).remove(&item)?;
        }
        return answer::null();
    }
    let mut found = None;
    for (at, own) in call.array(0).iter().enumerate() {
        if equal(own, &item)? {
            found = Some(at);
            break;
        }
    }
    if let Some(at) = found {
        call.array_mut(0).remove(at);
    }
    answer::null()
}

fn pop(call: &mut Call<'_>) -> Outcome {
    match call.array(0).len() {
        0 => default_or(call, 1, empty),
        _ => answer::value(call.array_mut(0).pop().expect("the array is not empty")),
    }
}

fn pop_first(call: &mut Call<'_>) -> Outcome {
    match call.array(0).len() {
        0 => default_or(call, 1, empty),
        _ => answer::value(call.array_mut(0).remove(0)),
    }
}

fn remove_at(call: &mut Call<'_>) -> Outcome {
    match place(call.array(0).len(), call.int(1)) {
        Some(at) => answer::value(call.array_mut(0).remove(at)),
        None => default_or(call, 2, |call| outside(call.int(1))),
    }
}

fn empty(call: &Call<'_>) -> Fault {
    Fault::new(ErrorKind::IndexError, format!("{}: the array is empty", call.shown_name()))
}

/// The default at `index`, or the error that its absence makes.
pub(in crate::stdlib) fn default_or(
    call: &mut Call<'_>,
    index: usize,
    fault: impl FnOnce(&Call<'_>) -> Fault,
) -> Outcome {
    match call.given(index) {
        Some(default) => answer::value(default),
        None => Err(fault(call)),
    }
}

/// The item of an array or dict under a position or key; `None` if there is none.
pub(in crate::stdlib) fn item_at<'a>(collection: &'a Value, key: &Value) -> Option<&'a Value> {
    match collection {
        Value::Dict(dict) => dict.get(key_of(key)?),
        Value::Array(items) => match key {
            Value::Int(at) => items.get(place(items.len(), *at)?),
            Value::Float(at) if at.fract() == 0.0 => items.get(place(items.len(), *at as i64)?),
            _ => None,
        },
        _ => None,
    }
}
