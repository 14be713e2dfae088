//! Channels between contexts (LANGUAGE 10.9).

use super::answer::Outcome;
use super::declare::plain;
use super::promise::{handle, milliseconds_opt};
use crate::value::{Fault, Handle, ResourceKind, Value};
use crate::vm::{Answer, Call, Native, Request};

pub(super) const NATIVES: &[Native] = &[
    plain("channel(capacity: int = null) -> channel", "A channel; unbounded without capacity.", channel),
    plain("send(ch: channel, v: any) -> bool", "Sends a copy; waits while the channel is full.", |call| {
        let channel = taken(call);
        let value = call.pack(1);
        Ok(Answer::wait(Request::Send { channel, value }))
    })
    .sends(),
    plain("receive(ch: channel, ms: num = null) -> any", "The next value; null at the end.", |call| {
        let ms = milliseconds_opt(call, 1)?;
        Ok(Answer::wait(Request::Receive { channel: taken(call), ms }))
    }),
    plain("try_receive(ch: channel) -> option", "Some(value) or None, at once.", |call| {
        Ok(Answer::ask(Request::TryReceive { channel: handle(call, 0) }))
    }),
    plain("close(h: channel) -> bool", "Closes; false if it was closed.", |call| {
        Ok(Answer::ask(Request::Close { channel: handle(call, 0) }))
    }),
    plain("is_closed(ch: channel) -> bool", "Whether the channel is closed.", |call| {
        Ok(Answer::ask(Request::IsClosed { channel: handle(call, 0) }))
    }),
    plain("__channel_len(ch: channel) -> int", "The number of buffered values.", |call| {
        Ok(Answer::ask(Request::ChannelLen { channel: handle(call, 0) }))
    }),
    plain(
        "select(channels: array, ms: num = null) -> array",
        "[position, value] of the first ready channel.",
        select,
    ),
];

/// The channel, which the call needs no longer.
fn taken(call: &mut Call<'_>) -> Handle {
    let channel = call.args[0].take_handle();
    channel.unwrap_or_else(|| panic!("the signature of {} lets channels through alone", call.name))
}

fn channel(call: &mut Call<'_>) -> Outcome {
    let capacity = match call.int_opt(0) {
        None => None,
        Some(capacity) => Some(
            usize::try_from(capacity)
                .map_err(|_| call.value_fault(format!("capacity must not be negative, got {capacity}")))?,
        ),
    };
    Ok(Answer::ask(Request::Channel { capacity }))
}

fn select(call: &mut Call<'_>) -> Outcome {
    let channels: Vec<Handle> =
        call.array(0).iter().map(|item| channel_of(call, item)).collect::<Result<_, _>>()?;
    if channels.is_empty() {
        return Err(call.value_fault("the list of channels is empty"));
    }
    Ok(Answer::wait(Request::Select { channels, ms: milliseconds_opt(call, 1)? }))
}

fn channel_of(call: &Call<'_>, item: &Value) -> Result<Handle, Fault> {
    match item {
        Value::Handle(handle) if handle.kind() == ResourceKind::Channel => Ok(handle.clone()),
        other => Err(call.type_fault("channels", "array of channels", other)),
    }
}
