//! Pushing calls where they will lie, and popping them.
//!
//! Owns: the one piece of `unsafe` in `context`: a frame is written to its place in the list of calls. `Vec::push` takes it
//! from where it was built, because growing the list could panic, and reads it there in wider pieces than it was just written
//! in, which processors wait for.
#![allow(
    unsafe_code,
    reason = "with push and pop, whose copies wait for the stores before them, recursive calls take a fifth longer"
)]

use super::{Frame, SelfPlace};

/// Pushes a frame, field by field: in one piece it would be built on Rust's stack and copied.
#[inline(always)]
pub fn push_call(calls: &mut Vec<Frame>, frame: Frame) {
    if calls.len() == calls.capacity() {
        calls.reserve(1);
    }
    push_call_within(calls, frame);
}

/// The same if there is room for one more.
///
/// # Panics
/// If there is none.
#[inline(always)]
pub fn push_call_within(calls: &mut Vec<Frame>, frame: Frame) {
    let count = calls.len();
    if count == calls.capacity() {
        // Or the frame would be kept in memory, to be dropped here.
        std::mem::forget(frame);
        panic!("there is no room for a call");
    }
    // SAFETY: there is room for one more, as just checked.
    let place = unsafe { calls.as_mut_ptr().add(count) };
    let Frame { function, ip, base, result, closure, receiver, inline, home, stores_result } = frame;
    // SAFETY: there was room for one more, and these are all fields of the frame behind the last one.
    unsafe {
        (&raw mut (*place).function).write(function);
        (&raw mut (*place).ip).write(ip);
        (&raw mut (*place).base).write(base);
        (&raw mut (*place).result).write(result);
        (&raw mut (*place).closure).write(closure);
        let own = &raw mut (*place).receiver;
        match receiver {
            SelfPlace::None => own.write(SelfPlace::None),
            SelfPlace::Variable { slot, name } => own.write(SelfPlace::Variable { slot, name }),
            SelfPlace::Kept(receiver) => own.write(SelfPlace::Kept(receiver)),
        }
        (&raw mut (*place).inline).write(inline);
        (&raw mut (*place).home).write(home);
        (&raw mut (*place).stores_result).write(stores_result);
        calls.set_len(count + 1);
    }
}

/// Pops the last frame. Nearly all frames hold nothing that would have to be dropped.
#[inline(always)]
pub fn pop_call(calls: &mut Vec<Frame>) {
    let Some(frame) = calls.last_mut() else { return };
    frame.closure = None;
    if let SelfPlace::Kept(_) = frame.receiver {
        frame.receiver = SelfPlace::None;
    }
    let count = calls.len() - 1;
    // SAFETY: the frame that is left behind owns nothing, so it need not be dropped.
    unsafe { calls.set_len(count) };
}

/// Pops the last frame, which holds no closure and no place: nothing that would have to be dropped.
#[inline(always)]
pub fn pop_bare_call(calls: &mut Vec<Frame>) {
    let is_bare = |frame: &Frame| frame.closure.is_none() && !matches!(frame.receiver, SelfPlace::Kept(_));
    debug_assert!(calls.last().is_some_and(is_bare), "something would leak");
    let count = calls.len().saturating_sub(1);
    // SAFETY: there are at least so many; what is left behind is not dropped.
    unsafe { calls.set_len(count) };
}
