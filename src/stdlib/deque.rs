//! Queues and stacks: first in, first out, and last in, first out (STDLIB section 7).

use super::answer::{self, Outcome};
use super::declare::{cut, edit, plain};
use crate::value::{Counted, Deque, End, Value};
use crate::vm::{Call, Native};

pub(super) const NATIVES: &[Native] = &[
    plain("Queue(xs: seq = []) -> queue", "A queue of the items of a seq, the first at the front.", |call| {
        made(call, End::Front)
    }),
    plain("Stack(xs: seq = []) -> stack", "A stack of the items of a seq, the last on top.", |call| {
        made(call, End::Back)
    }),
    edit("enqueue queue_enqueue(q: queue, x: any) -> queue", "With x at the end.", push),
    cut("dequeue queue_dequeue(q: queue) -> any", "Takes the front item; null if there is none.", take),
    edit("push stack_push(s: stack, x: any) -> stack", "With x on top.", push),
    cut("pop stack_pop(s: stack) -> any", "Takes the top item; null if there is none.", take),
    plain(
        "peek queue_peek stack_peek(x: queue|stack|array, default: any = null) -> any",
        "The front of a queue, the top of a stack, the last item of an array.",
        peek,
    ),
];

fn made(call: &mut Call<'_>, end: End) -> Outcome {
    match &call.args[0] {
        Value::Deque(body) if body.end() == end => answer::value(call.args[0].take()),
        _ => {
            let items = Counted::into_inner(call.items(0, "xs")?);
            answer::value(Value::Deque(Counted::new(Deque::new(end, items))))
        }
    }
}

fn push(call: &mut Call<'_>) -> Outcome {
    let item = call.args[1].take();
    body(call).push(item);
    answer::null()
}

fn take(call: &mut Call<'_>) -> Outcome {
    answer::value(body(call).take().unwrap_or_default())
}

/// The first argument, for changing.
fn body<'a>(call: &'a mut Call<'_>) -> &'a mut Deque {
    let Value::Deque(body) = &mut call.args[0] else {
        unreachable!("the signature admits only queues and stacks")
    };
    Counted::make_mut(body)
}

fn peek(call: &mut Call<'_>) -> Outcome {
    let next = match &call.args[0] {
        Value::Deque(body) => body.peek().cloned(),
        _ => call.array(0).last().cloned(),
    };
    answer::value(next.unwrap_or_else(|| call.args[1].take()))
}
