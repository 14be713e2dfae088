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
use crate::bytecode::FunctionId;
use crate::value::{Closure, Counted};

/// Pushes a frame at the first instruction of `function`.
#[inline(always)]
pub fn push_call(
    calls: &mut Vec<Frame>,
    function: FunctionId,
    base: u32,
    result: u32,
    closure: Option<Counted<Closure>>,
    receiver: SelfPlace,
) {
    if calls.len() == calls.capacity() {
        calls.reserve(1);
    }
    let count = calls.len();
    calls.spare_capacity_mut()[0].write(Frame { receiver, ..Frame::new(function, base, result, closure) });
    // SAFETY: there was room for one more, and the frame behind the last one has just been written.
    unsafe { calls.set_len(count + 1) };
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
