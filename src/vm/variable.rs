//! Variables that are not plain registers: cells, captures, module-level variables; and making closures.

use super::Machine;
use super::disorder::disorder;
use super::place::{isolation, register, undefined};
use crate::bytecode::{CaptureSource, Function, FunctionId, Reg};
use crate::context::{Cells, Context, Frame};
use crate::value::{Closure, Counted, Fault, Value};

/// The value of a capture of the running closure: a cell if the variable is shared.
#[inline]
pub(super) fn capture(frames: &[Frame], index: u16) -> &Value {
    let frame = frames.last().expect("instructions run in frames");
    let closure = frame.closure.as_ref().expect("only closures name captures");
    &closure.captures[index as usize]
}

/// What a shared variable holds; any other value is itself.
#[inline]
pub(super) fn in_cell<'a>(cells: &'a Cells, value: &'a Value) -> &'a Value {
    match value {
        Value::Cell(cell) => cells.get(cell),
        value => value,
    }
}

/// The running function as a value.
pub(super) fn callee(frames: &[Frame]) -> Value {
    let frame = frames.last().expect("instructions run in frames");
    match &frame.closure {
        Some(closure) => Value::Closure(closure.clone()),
        None => Value::Function(frame.function),
    }
}

impl Machine {
    /// The cell that a register holds := src.
    pub(super) fn set_cell(&self, context: &mut Context, cell: Reg, src: Reg) -> Result<(), Fault> {
        let Value::Cell(cell) = register(context, cell).clone() else {
            return Err(disorder("a variable is not shared"));
        };
        let new = register(context, src).clone();
        match context.cells.get_mut(&cell) {
            Some(value) => *value = new,
            None => return Err(isolation(self.written(context))),
        }
        Ok(())
    }

    /// A capture that is a cell := src.
    pub(super) fn set_capture(
        &self,
        context: &mut Context,
        function: &Function,
        index: u16,
        src: Reg,
    ) -> Result<(), Fault> {
        let Value::Cell(cell) = capture(&context.frames, index).clone() else {
            return Err(disorder("a captured variable is not shared"));
        };
        let new = register(context, src).clone();
        match context.cells.get_mut(&cell) {
            Some(value) => *value = new,
            None => return Err(isolation(self.program.symbol(function.capture_names[index as usize]))),
        }
        Ok(())
    }

    /// A module-level variable := src.
    pub(super) fn set_global(&self, context: &mut Context, index: u32, src: Reg) -> Result<(), Fault> {
        let new = register(context, src).clone();
        match context.globals.get_mut(index) {
            Some(value) => *value = new,
            None => return Err(isolation(self.global_name(index))),
        }
        Ok(())
    }

    /// NameError for the cell that the current instruction reads. Names of cells in registers are in no table; the
    /// source text of the instruction is the name.
    #[cold]
    pub(super) fn undeclared(&self, context: &Context) -> Fault {
        undefined(self.written(context))
    }

    /// NameError for a capture.
    #[cold]
    pub(super) fn undeclared_capture(&self, function: &Function, index: u16) -> Fault {
        undefined(self.program.symbol(function.capture_names[index as usize]))
    }

    /// NameError for a module-level variable.
    #[cold]
    pub(super) fn undeclared_global(&self, index: u32) -> Fault {
        undefined(self.global_name(index))
    }

    fn global_name(&self, index: u32) -> &str {
        self.program.symbol(self.program.globals[index as usize].name)
    }

    /// A closure of `function`, made by the current frame.
    pub(super) fn closure(&self, frames: &[Frame], registers: &[Value], function: FunctionId) -> Value {
        let take = |source: &CaptureSource| match *source {
            CaptureSource::Register(from) => registers[from as usize].clone(),
            CaptureSource::Capture(index) => capture(frames, index).clone(),
        };
        let captures = self.program.function(function).captures.iter().map(take).collect();
        Value::Closure(Counted::new(Closure { function, captures }))
    }

    /// The word that the source of the current instruction begins with.
    fn written(&self, context: &Context) -> &str {
        let frame = context.frames.last().expect("instructions run in frames");
        let function = self.program.function(frame.function);
        let span = function.spans.get(frame.ip.saturating_sub(1) as usize).copied().unwrap_or_default();
        let text = self.program.files.get(function.file.index()).map_or("", |file| file.slice(span));
        let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
        &text[..end]
    }
}
