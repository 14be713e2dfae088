//! How values are let go.
//!
//! Invariant: dropping a value uses a bounded amount of Rust stack. Up to `LIMIT` levels are dropped by recursion, which
//! costs nothing extra; deeper parts are moved to a list on the heap and dropped from there. Resources, whose insides
//! are unknown here, wait until the outermost drop of the thread is done.

use std::cell::{Cell, RefCell};

use super::counted::Body;
use super::erased::Last;
use super::{Counted, Value};

/// Levels of recursion. A level costs a few hundred bytes of Rust stack, also in debug builds.
const LIMIT: u32 = 100;

thread_local! {
    /// How many drops of this thread are inside of each other.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    /// Whether there is anything in `LATE`, which is dearer to look at.
    static ANY_LATE: Cell<bool> = const { Cell::new(false) };
    /// Resources that were let go at the limit.
    static LATE: RefCell<Vec<Last>> = const { RefCell::new(Vec::new()) };
}

/// Drops what the body holds, if this is really the last reference.
pub(super) fn parts_of<T: Body>(last: &mut Counted<T>) {
    let Some(body) = Counted::get_mut(last) else { return };
    if DEPTH.get() >= LIMIT {
        return from_list(body);
    }
    deeper(|| {
        body.each_value(|value| {
            if value.nests() {
                drop(value.take());
            }
        });
    });
}

/// Drops a resource, at once or when the outermost drop is done.
pub(super) fn resource(resource: Last) {
    if DEPTH.get() < LIMIT {
        return deeper(|| drop(resource));
    }
    // While the thread ends the list may be gone already; then the closure, and the resource with it, is dropped.
    ANY_LATE.set(true);
    let _ = LATE.try_with(move |late| late.borrow_mut().push(resource));
}

fn deeper(work: impl FnOnce()) {
    let depth = DEPTH.get();
    DEPTH.set(depth + 1);
    work();
    if depth == 0 && ANY_LATE.get() {
        drain_late();
    }
    DEPTH.set(depth);
}

/// Called at depth 1, so that what the resources hold counts from there.
fn drain_late() {
    let next = || LATE.try_with(|late| late.borrow_mut().pop()).ok().flatten();
    while let Some(resource) = next() {
        drop(resource);
    }
    ANY_LATE.set(false);
}

fn from_list(body: &mut impl Body) {
    let mut list = Vec::new();
    take_nested(body, &mut list);
    while let Some(mut value) = list.pop() {
        empty(&mut value, &mut list);
    }
}

fn take_nested(body: &mut impl Body, list: &mut Vec<Value>) {
    body.each_value(|value| {
        if value.nests() {
            list.push(value.take());
        }
    });
}

/// Moves the parts of a value that is about to be dropped to the list, if nothing else refers to them.
fn empty(value: &mut Value, list: &mut Vec<Value>) {
    fn parts<T: Body>(body: &mut Counted<T>, list: &mut Vec<Value>) {
        if let Some(body) = Counted::get_mut(body) {
            take_nested(body, list);
        }
    }
    match value {
        Value::Array(body) => parts(body, list),
        Value::Dict(body) => parts(body, list),
        Value::Set(body) => parts(body, list),
        Value::Deque(body) => parts(body, list),
        Value::Struct(body) => parts(body, list),
        Value::Enum(body) => parts(body, list),
        Value::Ok(body) | Value::Err(body) | Value::Some(body) => parts(body, list),
        Value::Closure(body) => parts(body, list),
        Value::Scope(body) => parts(body, list),
        Value::Bound(body) => parts(body, list),
        Value::Suspended(body) => parts(body, list),
        Value::Error(fault) => parts(fault.counted_mut(), list),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytecode::StructId;
    use crate::value::handle::tests::Chest;
    use crate::value::{Deque, End, ErrorKind, Fault, Handle, StructValue};

    const LEVELS: usize = 300_000;

    fn nest(wrap: impl Fn(Value) -> Value) -> Value {
        (0..LEVELS).fold(Value::Int(1), |inner, _| wrap(inner))
    }

    /// Drops it on a thread with the smallest stack that we use.
    fn check(wrap: impl Fn(Value) -> Value + Send + 'static) {
        let work = move || drop(nest(wrap));
        let thread = std::thread::Builder::new().stack_size(256 << 10).spawn(work);
        thread.expect("a thread").join().expect("no overflow");
    }

    #[test]
    fn values_of_any_depth_are_let_go() {
        check(|inner| Value::array(vec![inner]));
        check(|inner| Value::Some(Counted::new(inner)));
        check(|inner| Value::Deque(Counted::new(Deque::new(End::Front, vec![inner]))));
        check(|inner| Value::Error(Fault::new(ErrorKind::Thrown, "x").with_value(inner)));
        check(|inner| Value::Struct(Counted::new(StructValue { id: StructId(0), fields: vec![inner] })));
        check(|inner| {
            let mut dict = crate::value::Dict::new();
            dict.insert_text("inner", inner);
            Value::dict(dict)
        });
    }

    #[test]
    fn shared_parts_survive() {
        let shared = nest(|inner| Value::array(vec![inner]));
        let other = Value::array(vec![shared.clone()]);
        drop(shared);
        let Value::Array(items) = &other else { panic!("an array") };
        assert!(matches!(&items[0], Value::Array(inner) if inner.len() == 1));
    }

    #[test]
    fn resources_within_resources_are_let_go() {
        check(|inner| Value::Handle(Handle::new(Chest(inner))));
    }
}
