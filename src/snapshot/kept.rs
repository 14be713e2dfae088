//! Which stack slots a snapshot keeps: those that are still read.
//!
//! Invariant: the answer depends only on the program and on frames, `wait` and `reply`, so that freezing and thawing come
//! to the same list and the bytes need not say which slots they hold. When in doubt a slot is kept.

use smallvec::SmallVec;

use crate::bytecode::{CallSite, Fallback, Function, Op, Program, Reg, Role, Root, Step};
use crate::context::{Context, Frame, ReceiverRoot};

/// Absolute stack positions, ascending.
pub(super) type Slots = SmallVec<[u32; 32]>;

/// The slots of a context that are still needed, all below `stack_size`.
pub(super) fn kept_slots(program: &Program, context: &Context) -> Slots {
    let mut slots = Slots::new();
    let size = stack_size(program, &context.frames);
    for (at, frame) in context.frames.iter().enumerate() {
        let mut keep =
            Keep { function: program.function(frame.function), frame, slots: &mut slots, end: size };
        match context.frames.get(at + 1) {
            Some(next) => {
                // What a callee's frame covers is the callee's.
                keep.end = next.base;
                keep.caller();
            }
            None => keep.top(context.reply),
        }
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

struct Keep<'a> {
    function: &'a Function,
    frame: &'a Frame,
    slots: &'a mut Slots,
    /// One past the last slot that may be this frame's.
    end: u32,
}

impl Keep<'_> {
    fn register(&mut self, register: Reg) {
        let slot = self.frame.base + u32::from(register);
        if register < self.function.registers && slot < self.end {
            self.slots.push(slot);
        }
    }

    fn all(&mut self) {
        (0..self.function.registers).for_each(|register| self.register(register));
    }

    /// A frame that waits for another: what it reads after its call.
    fn caller(&mut self) {
        match self.before().and_then(|(ip, _)| self.function.live_at(ip)) {
            Some(live) => live.iter().for_each(|&register| self.register(register)),
            None => self.all(),
        }
    }

    /// The frame that runs next: what its next instruction and those after it read.
    fn top(&mut self, reply: u32) {
        let ip = self.frame.ip;
        if let (Some(live), Some(op)) = (self.function.live_at(ip), self.function.code.get(ip as usize)) {
            live.iter().for_each(|&register| self.register(register));
            self.read_by(ip, op);
            return self.keep_reply(op, reply);
        }
        // Not a place where it is known; but the instruction before may be, and may have been assigned since.
        let before = self.before().filter(|(_, op)| goes_on(op));
        match before.and_then(|(ip, op)| Some((op, self.function.live_at(ip)?))) {
            Some((op, live)) => {
                live.iter().for_each(|&register| self.register(register));
                self.written_by(&op);
                self.keep_reply(&op, reply);
            }
            None => self.all(),
        }
    }

    /// The instruction before the next one, its guard left out.
    fn before(&self) -> Option<(u32, Op)> {
        let ip = self.frame.ip.checked_sub(1)?;
        match *self.function.code.get(ip as usize)? {
            Op::PlaceGuard { .. } => {
                let ip = ip.checked_sub(1)?;
                Some((ip, *self.function.code.get(ip as usize)?))
            }
            op => Some((ip, op)),
        }
    }

    fn read_by(&mut self, ip: u32, op: &Op) {
        op.registers(|role, register| {
            if role != Role::Write {
                self.register(register);
            }
        });
        if let Some((base, count)) = self.function.window(op) {
            (base..base.saturating_add(count)).for_each(|register| self.register(register));
        }
        if let Op::CallMethod { site, .. } = *op {
            self.read_by_site(&self.function.sites[usize::from(site)]);
        }
        if let Some(Op::PlaceGuard { guard }) = self.function.code.get(ip as usize + 1) {
            self.register(*guard);
        }
    }

    fn read_by_site(&mut self, site: &CallSite) {
        if let Fallback::Register(register) = site.fallback {
            self.register(register);
        }
        let Some(place) = site.place.and_then(|place| self.function.places.get(usize::from(place))) else {
            return;
        };
        if let Root::Register(register) | Root::Cell(register) = place.root {
            self.register(register);
        }
        for step in &place.steps {
            if let Step::Index(register) = *step {
                self.register(register);
            }
        }
    }

    fn written_by(&mut self, op: &Op) {
        op.registers(|role, register| {
            if role != Role::Read {
                self.register(register);
            }
        });
        match *op {
            Op::ForNext { base, .. } => {
                (base..=base.saturating_add(2)).for_each(|register| self.register(register))
            }
            _ => {
                if let Some(base) = call_window(op) {
                    self.register(base);
                }
            }
        }
    }

    /// The answer to a request may have arrived already. Elsewhere `reply` is left over from an earlier request.
    fn keep_reply(&mut self, op: &Op, reply: u32) {
        if call_window(op).is_some() || matches!(op, Op::ForNext { .. } | Op::Spawn { .. }) {
            self.slots.push(reply);
        }
    }
}

/// Whether the instruction after it may be next.
fn goes_on(op: &Op) -> bool {
    !matches!(op, Op::Loop { .. } | Op::Jump { .. } | Op::Return { .. } | Op::Throw { .. })
}

fn call_window(op: &Op) -> Option<Reg> {
    match *op {
        Op::Call { base, .. }
        | Op::CallValue { base, .. }
        | Op::CallNative { base, .. }
        | Op::CallWith { base, .. }
        | Op::CallMethod { base, .. } => Some(base),
        _ => None,
    }
}
