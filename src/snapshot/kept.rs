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
    slots.extend(receivers.filter_map(|receiver| match receiver.root {
        ReceiverRoot::Slot(slot) => Some(slot),
        _ => None,
    }));
    slots.extend(context.wait);
    slots.sort_unstable();
    slots.dedup();
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
    let slot = |register: u16| frame.base + u32::from(register);
    match function.live_at(frame.ip) {
        Some(live) => slots.extend(live.iter().map(|&register| slot(register)).filter(|&slot| slot < end)),
        None => slots.extend((0..function.registers).map(slot).take_while(|&slot| slot < end)),
    }
}
