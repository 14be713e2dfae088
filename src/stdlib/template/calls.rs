//! Calls of script functions by templates.
//!
//! A template runs outside of any context, so it cannot call a function: it says which calls it wants, the prelude makes
//! them, and the template is rendered again with the answers. A call whose result is only printed does not hold the others
//! up: something stands in its place, and all such calls of a rendering are made at once. Where a stand-in is looked at, the
//! rendering goes on for nothing, and no further call is asked for.
//! Invariant: calls with equal arguments are one call, so every rendering asks for fewer than the one before.

use std::cell::RefCell;
use std::sync::Arc;

use minijinja::value::{Enumerator, Object, ObjectRepr};
use minijinja::{Error, State, Value as View};

use super::view::{Inside, to_value};
use crate::value::{Counted, Dict, Value, equal, hash_of};

/// What one rendering knows and wants. Each runs on one thread from its beginning to its end.
#[derive(Default)]
struct Calls {
    /// By hash of function and arguments: `[[function, ...arguments], result]` of each call that was made.
    answers: Counted<Dict>,
    /// `[function, ...arguments]` of each call that is to be made.
    wanted: Vec<Value>,
    /// Whether a stand-in was looked at.
    observed: bool,
}

thread_local! {
    static CALLS: RefCell<Calls> = RefCell::default();
}

/// A rendering begins, with the answers to the calls that earlier ones asked for.
pub(super) fn begin(answers: Counted<Dict>) {
    CALLS.set(Calls { answers, ..Calls::default() });
}

/// It ended: the calls that it asks for.
pub(super) fn end() -> Vec<Value> {
    CALLS.take().wanted
}

/// The result of a call, or what stands for it.
pub(super) fn call(function: &Value, args: &[View], inside: &Inside) -> Result<View, Error> {
    if args.iter().any(is_stand_in) {
        observe();
        return Ok(View::from_object(StandIn));
    }
    let mut call = vec![function.clone()];
    call.extend(args.iter().map(to_value));
    let call = Value::array(call);
    let answer = CALLS.with_borrow(|calls| answer(&calls.answers, &call));
    if let Some(result) = answer {
        return Ok(inside.view(&result));
    }
    CALLS.with_borrow_mut(|calls| {
        if !calls.observed && !calls.wanted.iter().any(|other| is_same(other, &call)) {
            calls.wanted.push(call);
        }
    });
    Ok(View::from_object(StandIn))
}

fn answer(answers: &Dict, call: &Value) -> Option<Value> {
    let key = format!("{:x}", hash_of(call).ok()?);
    let Some(Value::Array(made)) = answers.get_text(&key) else { return None };
    made.iter().find_map(|entry| match entry {
        Value::Array(entry) if entry.len() == 2 && is_same(&entry[0], call) => Some(entry[1].clone()),
        _ => None,
    })
}

/// A NaN among the arguments equals nothing, itself included; still it is one call.
fn is_same(one: &Value, other: &Value) -> bool {
    let equals = |a: &Value, b: &Value| equal(a, b).unwrap_or(false);
    equals(one, other) || (!equals(one, one) && !equals(other, other))
}

/// Whether a value stands for a result that is not there yet.
pub(super) fn is_stand_in(value: &View) -> bool {
    value.downcast_object_ref::<StandIn>().is_some()
}

fn observe() {
    CALLS.with_borrow_mut(|calls| calls.observed = true);
}

/// Stands for the result of a call. Printing it prints nothing; every other use is noticed.
#[derive(Debug)]
struct StandIn;

impl Object for StandIn {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        observe();
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, _: &View) -> Option<View> {
        observe();
        None
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        observe();
        Enumerator::NonEnumerable
    }

    fn is_true(self: &Arc<Self>) -> bool {
        observe();
        true
    }

    fn call(self: &Arc<Self>, _: &mut State<'_, '_>, _: &[View]) -> Result<View, Error> {
        observe();
        Ok(View::from_object(StandIn))
    }

    fn render(self: &Arc<Self>, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        observe();
        Ok(())
    }
}
