//! Which stack slots a snapshot keeps: those that are still read.
//!
//! Invariant: the answer depends only on the program, the frames and `wait`, so that freezing and thawing come
//! to the same list and the bytes need not say which slots they hold. Where liveness is not known all slots are kept.

use smallvec::SmallVec;

use crate::bytecode::{Function, Program};
use crate::context::{Context, Frame, ReceiverRoot};

/// Absolute stack positions, ascending.
pub(super) type Slots = SmallVec<[u32; 32]>;

/// The slots of a context that are still needed, all below `stack_size`.
pub(super) fn kept_slots(program: &Program, context: &Context) -> Slots {
    let mut slots = Slots::new();
    let size = stack_size(program, &context.frames);
    for (at, frame) in context.frames.iter().enumerate() {
        // What a callee's frame covers is the callee's.
        let end = context.frames.get(at + 1).map_or(size, |next| next.base);
        keep_frame(program.function(frame.function), frame, end, &mut slots);
    }
    if let Some(wait) = context.wait.filter(|wait| *wait < size) {
        insert(&mut slots, wait);
    }
    for receiver in context.frames.iter().filter_map(|frame| frame.receiver.as_ref()) {
        match receiver.root {
            ReceiverRoot::Slot(slot) if slot < size => insert(&mut slots, slot),
            _ => {}
        }
    }
    slots
}

/// Adds a slot where the order wants it, most often at the end, unless it is there.
fn insert(slots: &mut Slots, slot: u32) {
    match slots.last() {
        Some(&last) if last >= slot => {
            if let Err(at) = slots.binary_search(&slot) {
                slots.insert(at, slot);
            }
        }
        _ => slots.push(slot),
    }
}

/// How many slots the frames need.
pub(super) fn stack_size(program: &Program, frames: &[Frame]) -> u32 {
    let end = |frame: &Frame| frame.base.saturating_add(program.function(frame.function).registers.into());
    frames.iter().map(end).max().unwrap_or(0)
}

/// The registers that the frame still reads, from the instruction it stands before; those from slot `end` on are not its.
/// They come in ascending order.
fn keep_frame(function: &Function, frame: &Frame, end: u32, slots: &mut Slots) {
    let below = end.saturating_sub(frame.base);
    match function.live_at(frame.ip) {
        Some(live) => {
            let own = live.partition_point(|&register| u32::from(register) < below);
            slots.extend(live[..own].iter().map(|&register| frame.base + u32::from(register)));
        }
        None => slots.extend(frame.base..frame.base + u32::from(function.registers).min(below)),
    }
}
