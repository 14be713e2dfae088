//! `self` of mutating methods whose closures know it (LANGUAGE 7.3).
//!
//! Owns: the variable that such a closure captures. While the call of the method runs it is lent to the call: the closure
//! goes by way of the frame to the place that is `self`. When the call ends, by whatever way, the variable takes the last
//! value and is the closure's own.
//! Invariant: what copies shared variables to elsewhere sees the value of the place in the variable.

use super::Machine;
use super::call::Outcome;
use super::disorder::disorder;
use super::place::Located;
use super::variable::capture;
use crate::context::{Access, Context, Receiver, ReceiverRoot, SelfPlace};
use crate::value::{CellRef, Fault, Value};

/// Where a closure finds the `self` that it captured.
pub(super) enum Known<'a> {
    /// It belongs to the call with this number, which is running.
    Running(u32, &'a Receiver),
    /// The variable has it.
    Kept(&'a CellRef),
}

/// The `self` of a method around the running closure, which is its capture `index`.
pub(super) fn outer_receiver(context: &Context, index: u16) -> Result<Known<'_>, Fault> {
    let Value::Cell(cell) = capture(&context.frames, index) else {
        return Err(disorder("a captured `self` is not shared"));
    };
    let Some(call) = context.cells.lent_to(cell) else { return Ok(Known::Kept(cell)) };
    let receiver = context.frames.get(call as usize).and_then(|frame| frame.receiver.kept());
    Ok(Known::Running(call, receiver.ok_or_else(|| disorder("a method has no receiver"))?))
}

/// The stack position of a receiver that is a whole variable and may change.
pub(super) fn whole_variable(receiver: &Receiver) -> Option<usize> {
    let is_whole = receiver.steps.is_empty() && receiver.immutable.is_none();
    match receiver.root {
        ReceiverRoot::Slot(slot) if is_whole => Some(slot as usize),
        _ => None,
    }
}

impl Machine {
    /// `ShareSelf`.
    pub(super) fn share_self(&self, context: &mut Context) -> Result<Value, Fault> {
        let call = context.frames.len() as u32 - 1;
        let frame = context.frames.last_mut().expect("instructions run in frames");
        let receiver = std::mem::take(&mut frame.receiver).into_receiver();
        let mut receiver = receiver.ok_or_else(|| disorder("a method has no receiver"))?;
        let cell = context.cells.add(Value::Unset, Access::Own);
        context.cells.lend(&cell, call);
        receiver.shared = Some(cell.clone());
        frame.receiver = SelfPlace::Kept(receiver);
        Ok(Value::Cell(cell))
    }

    /// `LeaveSelf`.
    pub(super) fn leave_self(&self, context: &mut Context, result: Value) -> Outcome {
        let kept = self.shared_self(context);
        let outcome = self.leave(context, result);
        keep(context, kept);
        outcome
    }

    /// An error has left the innermost call.
    #[cold]
    pub(super) fn drop_frame(&self, context: &mut Context) {
        let kept = self.shared_self(context);
        if let Some(frame) = context.pop_frame() {
            context.stack.truncate(frame.base as usize);
        }
        keep(context, kept);
    }

    /// What closures are to keep of the innermost call: the variable by which they know `self`, and its value. It is unset
    /// if the place is gone.
    fn shared_self(&self, context: &mut Context) -> Option<(CellRef, Value)> {
        let receiver = context.frames.last_mut()?.receiver.kept_mut()?;
        let cell = receiver.shared.take()?;
        let located = Located::of(receiver);
        Some((cell, self.read(context, &located).unwrap_or(Value::Unset)))
    }

    /// Does something that copies shared variables to elsewhere.
    #[cold]
    pub(super) fn with_shared_selves<T>(
        &self,
        context: &mut Context,
        work: impl FnOnce(&mut Context) -> T,
    ) -> T {
        let lent: Vec<CellRef> = context.cells.lent().cloned().collect();
        for cell in &lent {
            let call = context.cells.lent_to(cell).and_then(|call| context.frames.get(call as usize));
            let receiver = call.and_then(|frame| frame.receiver.kept());
            let value = receiver.and_then(|receiver| self.read(context, &Located::of(receiver)).ok());
            context.cells.show(cell, value.unwrap_or(Value::Unset));
        }
        let done = work(context);
        lent.iter().for_each(|cell| context.cells.show(cell, Value::Unset));
        done
    }
}

fn keep(context: &mut Context, kept: Option<(CellRef, Value)>) {
    if let Some((cell, value)) = kept {
        context.cells.give_back(cell, value);
    }
}
