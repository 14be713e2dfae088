//! Variables that are not plain registers: cells, captures, module-level variables; and making closures.

use super::Machine;
use super::place::{capture, isolation, register, undefined};
use crate::bytecode::{CaptureSource, Function, FunctionId, Reg};
use crate::context::Context;
use crate::value::{Closure, Counted, Fault, Value};

impl Machine {
    /// The value in the cell that a register holds.
    pub(super) fn get_cell(&self, context: &Context, cell: Reg) -> Result<Value, Fault> {
        let Value::Cell(cell) = register(context, cell) else {
            unreachable!("the compiler names cells only")
        };
        match context.cells.get(cell) {
            Value::Unset => Err(undefined(self.written(context))),
            value => Ok(value.clone()),
        }
    }

    /// The cell that a register holds := src.
    pub(super) fn set_cell(&self, context: &mut Context, cell: Reg, src: Reg) -> Result<(), Fault> {
        let Value::Cell(cell) = register(context, cell).clone() else {
            unreachable!("the compiler names cells only")
        };
        let new = register(context, src).clone();
        match context.cells.get_mut(&cell) {
            Some(value) => *value = new,
            None => return Err(isolation(self.written(context))),
        }
        Ok(())
    }

    /// The value of a capture.
    pub(super) fn get_capture(
        &self,
        context: &Context,
        function: &Function,
        index: u16,
    ) -> Result<Value, Fault> {
        let value = match capture(context, index) {
            Value::Cell(cell) => context.cells.get(cell),
            value => value,
        };
        match value {
            Value::Unset => Err(undefined(self.program.symbol(function.capture_names[index as usize]))),
            value => Ok(value.clone()),
        }
    }

    /// A capture that is a cell := src.
    pub(super) fn set_capture(
        &self,
        context: &mut Context,
        function: &Function,
        index: u16,
        src: Reg,
    ) -> Result<(), Fault> {
        let Value::Cell(cell) = capture(context, index).clone() else {
            unreachable!("the compiler assigns captures that are cells only")
        };
        let new = register(context, src).clone();
        match context.cells.get_mut(&cell) {
            Some(value) => *value = new,
            None => return Err(isolation(self.program.symbol(function.capture_names[index as usize]))),
        }
        Ok(())
    }

    /// The value of a module-level variable.
    pub(super) fn get_global(&self, context: &Context, index: u32) -> Result<Value, Fault> {
        match context.globals.get(index) {
            Value::Unset => Err(undefined(self.program.symbol(self.program.globals[index as usize].name))),
            value => Ok(value.clone()),
        }
    }

    /// A module-level variable := src.
    pub(super) fn set_global(&self, context: &mut Context, index: u32, src: Reg) -> Result<(), Fault> {
        let new = register(context, src).clone();
        match context.globals.get_mut(index) {
            Some(value) => *value = new,
            None => return Err(isolation(self.program.symbol(self.program.globals[index as usize].name))),
        }
        Ok(())
    }

    /// A closure of `function`, made by the current frame.
    pub(super) fn closure(&self, context: &Context, function: FunctionId) -> Value {
        let take = |source: &CaptureSource| match *source {
            CaptureSource::Register(from) => register(context, from).clone(),
            CaptureSource::Capture(index) => capture(context, index).clone(),
        };
        let captures = self.program.function(function).captures.iter().map(take).collect();
        Value::Closure(Counted::new(Closure { function, captures }))
    }

    /// The running function as a value.
    pub(super) fn callee(&self, context: &Context) -> Value {
        let frame = context.frames.last().expect("instructions run in frames");
        match &frame.closure {
            Some(closure) => Value::Closure(closure.clone()),
            None => Value::Function(frame.function),
        }
    }

    /// The source text of the current instruction: for cells in registers, whose names are in no table, it is the name.
    fn written(&self, context: &Context) -> &str {
        let frame = context.frames.last().expect("instructions run in frames");
        let function = self.program.function(frame.function);
        let span = function.spans.get(frame.ip.saturating_sub(1) as usize).copied().unwrap_or_default();
        let text = self.program.files.get(function.file.index()).map_or("", |file| file.slice(span));
        let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
        &text[..end]
    }
}
