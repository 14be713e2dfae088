//! One execution: frames, registers, shared variables. Plain data.
//!
//! Owns: everything a call stack needs to go on, and nothing else: a context can be frozen between any two instructions.
//! Invariant: frame `i+1` starts inside or behind frame `i`; absolute stack positions of a frame do not change while it
//! lives, also not across a freeze and a thaw.
//! Does not: execute anything (`vm` does), encode itself (`snapshot` does), or know threads and promises.

mod rewrite;
mod cells;
mod frame;
mod calls;
mod globals;

pub use calls::{pop_bare_call, pop_call, push_call, push_call_within};
pub use cells::{Access, Cells};
pub use frame::{Frame, NO_HOME, PathStep, Receiver, ReceiverRoot, SelfPlace};
pub use globals::{Globals, View};

use cells::Crossing;

use crate::bytecode::{FunctionId, Program};
use crate::value::{Closure, Counted, Fault, Handle, Parcel, References, TracePoint, Value};

/// One execution.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// The registers of all frames.
    pub stack: Vec<Value>,
    /// The calls, outermost first. Empty once the context ended.
    pub frames: Vec<Frame>,
    /// Variables that closures of this context share.
    pub cells: Cells,
    /// Module-level variables.
    pub globals: Globals,
    /// The absolute stack position of a promise whose outcome replaces it before the next instruction runs.
    pub wait: Option<u32>,
    /// The absolute stack position that receives the answer to the last request.
    pub reply: u32,
    /// An error to throw where the context stands when it next runs (cancellation, a failed request).
    pub pending: Option<Fault>,
    /// Directly awaited async calls since the counter was last taken (`--stats`).
    pub inline_awaits: u32,
    /// How many frames have a closure that a variable is to get back: see `Frame::home`. None while the context stands still.
    pub lent: u32,
}

impl Context {
    /// A context about to run `function` with bound arguments (one value per parameter, `Unset` where left out), which best
    /// have room for its other registers.
    pub fn start(
        program: &Program,
        function: FunctionId,
        closure: Option<Counted<Closure>>,
        arguments: Vec<Value>,
        globals: Globals,
    ) -> Context {
        let mut stack = arguments;
        stack.resize_with(program.function(function).registers as usize, Value::default);
        let frames = vec![Frame::new(function, 0, 0, closure)];
        Context { stack, frames, globals, ..Context::default() }
    }

    /// A new context of this one's making, about to run `function` with bound arguments (LANGUAGE 10.4): arguments,
    /// captures and the module-level variables that `function` names are copied as this context sees them now, the
    /// variables that functions in them share become read-only copies, and functions that share one share the copy.
    /// O(arguments) if this context has no shared variables.
    pub fn child(
        &mut self,
        program: &Program,
        function: FunctionId,
        closure: Option<Counted<Closure>>,
        mut arguments: Vec<Value>,
    ) -> Context {
        let named = program.globals_of(function);
        let globals = self.globals.view_for(function, named, &self.cells);
        if self.cells.is_empty_now() {
            return Context::start(program, function, closure, arguments, globals);
        }
        let mut cells = Cells::default();
        let mut crossing = Crossing::new(&self.cells, &mut cells);
        let closure = closure.map(|closure| carry_closure(&mut crossing, closure));
        for argument in &mut arguments {
            if let Some(carried) = crossing.carry(argument) {
                *argument = carried;
            }
        }
        let globals = carry_globals(&mut crossing, globals);
        Context { cells, ..Context::start(program, function, closure, arguments, globals) }
    }

    /// Empties it; its vectors keep their memory.
    pub fn clear(&mut self) {
        self.stack.clear();
        self.frames.clear();
        if !self.cells.is_empty() {
            self.cells = Cells::default();
        }
        // Looked at first, because most are empty and an assignment drops what was there by a call.
        if !matches!(self.globals, Globals::None) {
            self.globals = Globals::None;
        }
        if self.pending.is_some() {
            self.pending = None;
        }
        self.wait = None;
        self.reply = 0;
        self.inline_awaits = 0;
        self.lent = 0;
    }

    /// What a variable lent the innermost call, which ends, goes back.
    #[inline(always)]
    pub fn give_back(&mut self) {
        if let Some(frame) = self.frames.last_mut()
            && frame.home != NO_HOME
            && let Some(closure) = frame.closure.take()
        {
            self.stack[frame.home as usize].set_closure(closure);
            self.lent -= 1;
        }
    }

    /// The innermost call ends.
    pub fn pop_frame(&mut self) -> Option<Frame> {
        self.give_back();
        self.frames.pop()
    }

    /// Variables get back what they lent to calls that still run; these keep a reference. To be called whenever the context
    /// comes to stand.
    pub fn bring_home(&mut self) {
        if self.lent == 0 {
            return;
        }
        for frame in self.frames.iter_mut().filter(|frame| frame.home != NO_HOME) {
            if let Some(closure) = &frame.closure {
                self.stack[frame.home as usize] = Value::Closure(closure.clone());
            }
            frame.home = NO_HOME;
        }
        self.lent = 0;
    }

    /// The outermost function returned this, and nothing is left but this.
    pub fn end(&mut self, result: Value) {
        self.stack.clear();
        self.stack.push(result);
    }

    /// What the outermost function returned. Null before that, and afterwards.
    pub fn take_result(&mut self) -> Value {
        match self.stack.first_mut() {
            Some(result) if self.frames.is_empty() => result.take(),
            _ => Value::Null,
        }
    }

    /// The promise that it waits for.
    pub fn awaited(&self) -> Option<&Handle> {
        match self.stack.get(self.wait? as usize) {
            Some(Value::Handle(handle)) => Some(handle),
            _ => None,
        }
    }

    /// Where it stands: its calls, outermost first.
    pub fn trace(&self) -> Vec<TracePoint> {
        let point = |(at, frame): (usize, &Frame)| {
            // The last one may stand before its instruction, all others stand behind their calls.
            let stands_behind = self.wait.is_some() || at + 1 < self.frames.len();
            TracePoint { function: frame.function, ip: frame.ip.saturating_sub(stands_behind.into()) }
        };
        self.frames.iter().enumerate().map(point).collect()
    }

    /// The references to handles in what this context alone can reach.
    pub fn refer(&self, references: &mut References) {
        self.stack.iter().for_each(|value| references.value(value));
        let closures = self.frames.iter().filter_map(|frame| frame.closure.as_ref());
        for closure in closures.filter(|closure| closure.is_unique()) {
            closure.captures.iter().for_each(|value| references.value(value));
        }
        self.cells.refer(references);
        self.globals.refer(references);
    }

    /// Answers the last request with a value.
    pub fn answer(&mut self, value: Value) {
        self.stack[self.reply as usize] = value;
    }

    /// Answers the last request with a promise to wait for: its outcome becomes the answer.
    pub fn answer_later(&mut self, promise: Value) {
        self.wait = Some(self.reply);
        self.answer(promise);
    }

    /// Answers the last request with an error.
    pub fn answer_fault(&mut self, fault: Fault) {
        self.pending = Some(fault);
    }

    /// Detaches a value from this context. O(1) unless the context has shared variables.
    pub fn pack(&self, value: Value) -> Parcel {
        self.cells.pack(value)
    }

    /// Brings a value into this context; shared variables in it become copies that are read-only or owned.
    pub fn unpack(&mut self, parcel: Parcel, access: Access) -> Value {
        match parcel {
            Parcel { value, cells: None } => value,
            parcel => self.cells.unpack(&parcel, access),
        }
    }
}

fn carry_closure(crossing: &mut Crossing<'_>, closure: Counted<Closure>) -> Counted<Closure> {
    match crossing.carry(&Value::Closure(closure.clone())) {
        Some(Value::Closure(carried)) => carried,
        _ => closure,
    }
}

/// A view without shared variables stays shared itself.
fn carry_globals(crossing: &mut Crossing<'_>, globals: Globals) -> Globals {
    let Globals::View(view) = &globals else { return globals };
    if !view.holds_cells {
        return globals;
    }
    let carry = |value: &Value| crossing.carry(value).unwrap_or_else(|| value.clone());
    let values = view.values.iter().map(carry).collect();
    Globals::View(Counted::new(View { values, holds_cells: true }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytecode::Function;

    /// One function that names module-level variable 1.
    fn program() -> Program {
        let function = Function { registers: 2, globals: vec![1], ..Function::default() };
        Program { functions: vec![function], ..Program::default() }
    }

    fn closure_over(cell: &crate::value::CellRef) -> Counted<Closure> {
        let captures = [Value::Cell(cell.clone())].into();
        Counted::new(Closure { function: FunctionId(0), captures })
    }

    #[test]
    fn children_without_shared_variables_share_one_view() {
        let mut parent = Context { globals: Globals::own(3), ..Context::default() };
        *parent.globals.get_mut(1).expect("owned") = Value::Int(4);
        let mut child = || parent.child(&program(), FunctionId(0), None, vec![Value::Int(1)]);
        let (first, second) = (child(), child());
        let (Globals::View(a), Globals::View(b)) = (&first.globals, &second.globals) else { panic!("views") };
        assert!(Counted::same(a, b));
        assert!(matches!(first.globals.get(1), Value::Int(4)));
        assert!(matches!(first.globals.get(2), Value::Unset));
        assert_eq!(first.stack.len(), 2);
    }

    #[test]
    fn a_variable_in_closure_argument_and_view_is_one_copy() {
        let mut parent = Context { globals: Globals::own(3), ..Context::default() };
        let cell = parent.cells.add(Value::Int(5), Access::Own);
        *parent.globals.get_mut(1).expect("owned") = Value::Closure(closure_over(&cell));
        let argument = Value::array(vec![Value::Closure(closure_over(&cell))]);
        let mut child = parent.child(&program(), FunctionId(0), Some(closure_over(&cell)), vec![argument]);
        let own = child.frames[0].closure.clone().expect("a closure").captures[0].clone();
        let passed = child.stack[0].part(0).and_then(|closure| closure.part(0)).cloned();
        let viewed = child.globals.get(1).part(0).cloned();
        let (Value::Cell(own), Some(Value::Cell(passed)), Some(Value::Cell(viewed))) = (own, passed, viewed)
        else {
            panic!("cells")
        };
        assert!(own.position() == passed.position() && passed.position() == viewed.position());
        assert!(matches!(child.cells.get(&own), Value::Int(5)));
        assert!(child.cells.get_mut(&own).is_none(), "read-only");
    }
}
