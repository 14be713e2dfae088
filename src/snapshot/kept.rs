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
    let receivers = context.frames.iter().filter_map(|frame| frame.receiver.as_ref());
    for receiver in receivers {
        if let ReceiverRoot::Slot(slot) = receiver.root {
            slots.push(slot);
        }
    }
    // Most often what is waited for is read later, so that it is here already.
    if let Some(wait) = context.wait.filter(|wait| !slots.ends_with(&[*wait])) {
        slots.push(wait);
    }
    if !slots.is_sorted_by(|a, b| a < b) {
        slots.sort_unstable();
        slots.dedup();
    }
    slots.retain(|slot| *slot < size);
    slots
}

/// How many slots the frames need.
pub(super) fn stack_size(program: &Program, frames: &[Frame]) -> u32 {
    let end = |frame: &Frame| frame.base.saturating_add(program.function(frame.function).registers.into());
    frames.iter().map(end).max().unwrap_or(0)
}

/// The registers that the frame still reads, from the instruction it stands before; those from slot `end` on are not its.
fn keep_frame(function: &Function, frame: &Frame, end: u32, slots: &mut Slots) {
    let keep = |register: u16| {
        let slot = frame.base + u32::from(register);
        if slot < end {
            slots.push(slot);
        }
    };
    match function.live_at(frame.ip) {
        Some(live) => live.iter().copied().for_each(keep),
        None => (0..function.registers).for_each(keep),
    }
}
