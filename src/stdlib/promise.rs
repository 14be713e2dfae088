//! Waiting and promises (LANGUAGE 10.6, 10.7).
//!
//! Owns: what each function asks. Does not: wait, settle or cancel; the runtime does. What takes callbacks is in
//! `prelude/concurrency.ruff`.

use super::answer::{self, Outcome};
use super::declare::plain;
use crate::value::{ErrorKind, Fault, Handle, Parcel, Value};
use crate::vm::{Answer, Call, Capability, Gathered, Native, Request, thrown};

/// Names for dicts of natives: keys and natives.
pub const GROUPS: &[(&str, &[(&str, &str)])] = &[(
    "Promise",
    &[
        ("all", "promise_all"),
        ("race", "promise_race"),
        ("any", "promise_any"),
        ("settled", "promise_settled"),
        ("resolve", "promise_resolve"),
        ("reject", "promise_reject"),
    ],
)];

pub(super) const NATIVES: &[Native] = &[
    plain("sleep(ms: num) -> null", "Suspends the context for so many milliseconds.", |call| {
        Ok(Answer::wait(Request::Sleep { ms: milliseconds(call, 0)? }))
    })
    .needs(Capability::Clock),
    plain("async_sleep(ms: num) -> promise", "A promise of null after so many milliseconds.", |call| {
        Ok(Answer::ask(Request::Sleep { ms: milliseconds(call, 0)? }))
    })
    .needs(Capability::Clock),
    plain("__after(ms: num) -> promise", "The same for `after`.", |call| {
        Ok(Answer::ask(Request::Sleep { ms: milliseconds(call, 0)? }))
    })
    .needs(Capability::Clock),
    plain("__every(ms: num) -> promise", "The same for `every`.", |call| {
        Ok(Answer::ask(Request::Sleep { ms: milliseconds(call, 0)? }))
    })
    .needs(Capability::Clock),
    plain("yield_now() -> null", "Lets the contexts run that are ready now.", |_| {
        Ok(Answer::ask(Request::Yield))
    }),
    plain(
        "promise_all await_all(ps: array, limit: int = null) -> promise",
        "A promise of all values in order.",
        |call| {
            check_limit(call, 1)?;
            Ok(Answer::ask(Request::All(elements(call))))
        },
    )
    .sends(),
    plain("promise_race(ps: array) -> promise", "A promise of the first outcome.", |call| {
        Ok(Answer::ask(Request::Race(elements(call))))
    })
    .sends(),
    plain("promise_any(ps: array) -> promise", "A promise of the first value.", |call| {
        Ok(Answer::ask(Request::Any(elements(call))))
    })
    .sends(),
    plain("promise_settled(ps: array) -> promise", "A promise of all outcomes as Ok and Err.", |call| {
        Ok(Answer::ask(Request::Settled(elements(call))))
    })
    .sends(),
    plain("__gather(ps: array) -> promise", "Calls made together: all values in order.", |call| {
        gather(call, Gathered::Values)
    })
    .sends(),
    plain(
        "__gather_placed(ps: array) -> promise",
        "The same; each value is pairs of a place and a value.",
        |call| gather(call, Gathered::Placed),
    )
    .sends(),
    plain("__gather_nothing(ps: array) -> promise", "The same; null in the end.", |call| {
        gather(call, Gathered::Nothing)
    })
    .sends(),
    plain("promise_resolve(v: any = null) -> promise", "A promise resolved with v.", |call| {
        let value = call.pack(0);
        Ok(Answer::ask(Request::Resolved(value)))
    })
    .sends(),
    plain("promise_reject(e: any) -> promise", "A promise rejected with e.", reject).sends().shows(),
    plain("__deferred() -> array", "[promise, resolver].", |_| Ok(Answer::ask(Request::Deferred))),
    plain("__resolve(r: resolver, v: any) -> bool", "Resolves; false if it was settled.", |call| {
        let value = call.pack(1);
        Ok(Answer::ask(Request::Settle(Box::new((handle(call, 0), Ok(value))))))
    })
    .sends(),
    plain("__reject(r: resolver, e: any) -> bool", "Rejects; false if it was settled.", |call| {
        let error = error(call, 1);
        Ok(Answer::ask(Request::Settle(Box::new((handle(call, 0), Err(error))))))
    })
    .sends()
    .shows(),
    plain("is_settled(p: promise) -> bool", "Whether the promise is resolved or rejected.", |call| {
        Ok(Answer::ask(Request::IsSettled(promise(call, 0))))
    }),
    plain("promise_state(p: promise) -> string", "pending, resolved or rejected.", |call| {
        Ok(Answer::ask(Request::PromiseState(promise(call, 0))))
    }),
    plain("cancel cancel_task(p: promise) -> bool", "Cancels; whether the promise was pending.", |call| {
        Ok(Answer::ask(Request::Cancel(promise(call, 0))))
    }),
    plain("await_task(p: any) -> any", "Its argument, for `await`.", |call| {
        answer::value(call.args[0].take())
    }),
    plain(
        "async_timeout(p: any, ms: num) -> promise",
        "A promise of p's outcome, in time or not at all.",
        timeout,
    )
    .sends(),
    plain("__check_limit(name: string, limit: any) -> null", "Refuses a limit below 1.", named_limit),
];

/// A length of time: finite and not negative.
fn milliseconds(call: &Call<'_>, index: usize) -> Result<f64, Fault> {
    let ms = call.float(index);
    match ms >= 0.0 {
        true => Ok(ms),
        false => Err(call.value_fault(format!("ms must not be negative, got {ms}"))),
    }
}

/// The same, where null means for ever.
pub(super) fn milliseconds_opt(call: &Call<'_>, index: usize) -> Result<Option<f64>, Fault> {
    match &call.args[index] {
        Value::Null | Value::Unset => Ok(None),
        _ => milliseconds(call, index).map(Some),
    }
}

fn gather(call: &mut Call<'_>, form: Gathered) -> Outcome {
    Ok(Answer::ask(Request::Gather(elements(call), form)))
}

fn elements(call: &mut Call<'_>) -> Vec<Parcel> {
    let cells = call.cells;
    call.array(0).iter().map(|element| cells.pack(element.clone())).collect()
}

fn check_limit(call: &Call<'_>, index: usize) -> Result<(), Fault> {
    match call.int_opt(index) {
        Some(limit) if limit < 1 => Err(call.value_fault(format!("limit must be at least 1, got {limit}"))),
        _ => Ok(()),
    }
}

fn named_limit(call: &mut Call<'_>) -> Outcome {
    let name = call.str(0);
    match &call.args[1] {
        Value::Null => answer::null(),
        Value::Int(1..) => answer::null(),
        Value::Int(limit) => {
            Err(Fault::new(ErrorKind::ValueError, format!("{name}: limit must be at least 1, got {limit}")))
        }
        other => {
            let got = crate::value::type_name(call.program, other);
            Err(Fault::new(ErrorKind::TypeError, format!("{name}: argument 'limit' expects int, got {got}")))
        }
    }
}

/// An error rejects as it is; any other value as if it had been thrown.
fn reject(call: &mut Call<'_>) -> Outcome {
    Ok(Answer::ask(Request::Rejected(error(call, 0))))
}

fn error(call: &mut Call<'_>, index: usize) -> Parcel {
    let value = call.args[index].take();
    call.args[index] = Value::Error(thrown(call.program, value));
    call.pack(index)
}

/// A parameter declared `promise`.
fn promise(call: &Call<'_>, index: usize) -> Handle {
    handle(call, index)
}

/// A parameter declared with a handle's type.
pub(super) fn handle(call: &Call<'_>, index: usize) -> Handle {
    match &call.args[index] {
        Value::Handle(handle) => handle.clone(),
        _ => panic!("the signature of {} lets more than handles through ({index})", call.name),
    }
}

fn timeout(call: &mut Call<'_>) -> Outcome {
    let ms = call.float(1);
    if ms.is_nan() || ms <= 0.0 {
        return Err(call.value_fault(format!("ms must be greater than 0, got {ms}")));
    }
    match &call.args[0] {
        Value::Handle(handle) if handle.is_promise() => {
            Ok(Answer::ask(Request::Timeout { promise: handle.clone(), ms }))
        }
        // What is no promise counts as resolved.
        _ => Ok(Answer::ask(Request::Resolved(call.pack(0)))),
    }
}
