//! Which stack slots a snapshot keeps: those that are still read.
//!
//! Invariant: the answer depends only on the program, the frames and `wait`, so that freezing and thawing come
//! to the same list and the bytes need not say which slots they hold. Where liveness is not known all slots are kept.

use std::convert::Infallible;

use smallvec::SmallVec;

use crate::bytecode::{Function, Program, Reg};
use crate::context::{Context, Frame};
use crate::value::Value;

/// Absolute stack positions, ascending.
pub(super) type Slots = SmallVec<[u32; 32]>;

/// The slots of a context that are still needed, all below `stack_size`.
pub(super) fn kept_slots(program: &Program, context: &Context) -> Slots {
    let size = stack_size(program, &context.frames);
    let mut more = receiver_slots(&context.frames);
    more.extend(context.wait);
    more.retain(|slot| *slot < size);
    slots_with(program, &context.frames, &more)
}

/// Lets go of what is in no slot that is still needed.
pub(super) fn trim(context: &mut Context, program: &Program) {
    let Context { stack, frames, wait, .. } = context;
    let size = stack_size(program, frames);
    if stack.len() != size as usize {
        stack.resize_with(size as usize, Value::default);
    }
    let receivers = receiver_slots(frames);
    for (at, frame) in frames.iter().enumerate() {
        let function = program.function(frame.function);
        // What a callee's frame covers is the callee's.
        let next = frames.get(at + 1).map_or(size, |next| next.base);
        let (first, mut listed) = reads(function, frame.ip);
        let first = first.min(function.registers.into());
        for (slot, value) in (frame.base..next).zip(&mut stack[frame.base as usize..next as usize]) {
            // Most hold no pointer.
            if value.is_plain() {
                continue;
            }
            let register = slot - frame.base;
            while let [read, more @ ..] = listed
                && u32::from(*read) < register
            {
                listed = more;
            }
            let is_read = register < first || listed.first() == Some(&(register as Reg));
            if !is_read && *wait != Some(slot) && !receivers.contains(&slot) {
                value.let_go();
            }
        }
    }
}

/// Which registers a frame at `ip` still reads: so many of the first, or those listed, ascending.
fn reads(function: &Function, ip: u32) -> (u32, &[Reg]) {
    match function.live_at(ip) {
        Some(live) => (0, live),
        // Of a function that did not begin only the arguments are read; what else it needs, it writes first.
        None if ip == 0 => (function.params.len() as u32 + u32::from(function.flags.is_generator), &[]),
        None => (function.registers.into(), &[]),
    }
}

/// The slots that calls read and write through their receivers.
pub(super) fn receiver_slots(frames: &[Frame]) -> Slots {
    frames.iter().filter_map(|frame| frame.receiver.slot()).collect()
}

/// Visits what the frames still read and what is in `more`, in ascending order.
pub(super) fn each_slot<E>(
    program: &Program,
    frames: &[Frame],
    more: &[u32],
    mut visit: impl FnMut(u32) -> Result<(), E>,
) -> Result<(), E> {
    if more.is_empty() {
        return each_live(program, frames, visit);
    }
    slots_with(program, frames, more).into_iter().try_for_each(&mut visit)
}

fn slots_with(program: &Program, frames: &[Frame], more: &[u32]) -> Slots {
    let mut slots = Slots::new();
    let Ok(()) = each_live(program, frames, |slot| {
        slots.push(slot);
        Ok::<(), Infallible>(())
    });
    more.iter().for_each(|slot| insert(&mut slots, *slot));
    slots
}

/// Visits the registers that each frame still reads, from the instruction it stands before, in ascending order.
fn each_live<E>(
    program: &Program,
    frames: &[Frame],
    mut visit: impl FnMut(u32) -> Result<(), E>,
) -> Result<(), E> {
    for (at, frame) in frames.iter().enumerate() {
        let function = program.function(frame.function);
        let own_end = frame.base.saturating_add(function.registers.into());
        // What a callee's frame covers is the callee's.
        let end = frames.get(at + 1).map_or(own_end, |next| own_end.min(next.base));
        let (first, listed) = reads(function, frame.ip);
        (frame.base..end.min(frame.base.saturating_add(first))).try_for_each(&mut visit)?;
        let slots = listed.iter().map(|&register| frame.base + u32::from(register));
        slots.take_while(|&slot| slot < end).try_for_each(&mut visit)?;
    }
    Ok(())
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
