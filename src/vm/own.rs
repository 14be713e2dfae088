//! Methods that stand in for the machine's own work: `op_str` where a value is printed, `op_eq` inside of containers
//! (LANGUAGE 7.5).
//!
//! No Rust frame may sit under a script's method. So where such a method is called for, the machine calls a function of the
//! prelude, which takes the value apart, and asks again with what is left.
//! Invariant: programs that declare no such method pay for one look at a flag.

use rustc_hash::FxHashSet;

use super::arguments::{Named, Window};
use super::call::{Callee, Outcome};
use super::{Machine, NativeTable};
use crate::bytecode::{FunctionId, NativeId, Program, Reg};
use crate::context::Context;
use crate::value::Value;

/// The library functions that write a value's text.
const SHOWING: &[&str] = &["print", "print_raw", "eprint", "to_string", "join", "format"];

/// Which of these methods a program declares.
#[derive(Clone, Debug, Default)]
pub(super) struct OwnMethods {
    /// `op_str`.
    text: bool,
    /// `op_eq`.
    equality: bool,
    /// Which natives write texts, if it matters.
    showing: FxHashSet<NativeId>,
}

impl OwnMethods {
    pub(super) fn of(program: &Program, natives: &NativeTable) -> OwnMethods {
        let declared = |name: &str| {
            let symbol = program.find_symbol(name);
            let has = |symbol| program.structs.iter().any(|def| def.functions.contains_key(&symbol));
            symbol.is_some_and(has)
        };
        let text = declared("op_str");
        let showing = match text {
            true => SHOWING.iter().filter_map(|name| natives.by_name.get(name).copied()).collect(),
            false => FxHashSet::default(),
        };
        OwnMethods { text, equality: declared("op_eq"), showing }
    }
}

/// Whether somewhere in the value is a struct with a method of this name.
pub fn holds_method(program: &Program, value: &Value, name: &str) -> bool {
    let Some(symbol) = program.find_symbol(name) else { return false };
    let mut seen = FxHashSet::default();
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        if let Value::Struct(body) = value
            && program.structs[body.id.index()].functions.contains_key(&symbol)
        {
            return true;
        }
        // What functions captured is not theirs to show.
        if matches!(value, Value::Closure(_) | Value::Bound(_)) {
            continue;
        }
        // What is shared is looked at once.
        if value.body().is_some_and(|(address, unique)| !unique && !seen.insert(address)) {
            continue;
        }
        open.extend((0..value.part_count()).filter_map(|at| value.part(at)));
    }
    false
}

impl Machine {
    /// Whether a library function is about to write the text of a value that has its own.
    pub(super) fn shows_own(
        &self,
        context: &Context,
        native: NativeId,
        window: Window,
        named: &Named,
    ) -> bool {
        if !self.own.text || !self.own.showing.contains(&native) {
            return false;
        }
        let written = &context.stack[window.first..window.first + window.count];
        self.has_own_text(written.iter().chain(named.iter().map(|(_, value)| value)))
    }

    /// Whether one of the values, or something in it, has a text of its own.
    #[inline]
    pub(super) fn has_own_text<'a>(&self, values: impl IntoIterator<Item = &'a Value>) -> bool {
        self.own.text && values.into_iter().any(|value| holds_method(&self.program, value, "op_str"))
    }

    /// Calls it with the texts in the place of the values.
    #[cold]
    pub(super) fn call_showing(
        &self,
        context: &mut Context,
        native: NativeId,
        window: Window,
        named: Named,
    ) -> Outcome {
        self.call_through(context, self.prelude("__call_shown"), native, window, named)
    }

    /// Interpolation of values that have their own text: dst := the joined texts.
    #[cold]
    pub(super) fn join_shown(&self, context: &mut Context, dst: Reg, values: Vec<Value>) -> Outcome {
        let frame = context.frames.last().expect("instructions run in frames");
        let result = frame.base as usize + dst as usize;
        let first = self.lay_down(context, &[Value::array(values)]);
        let window = Window { first, count: 1, result };
        self.enter(context, Callee::plain(self.prelude("__join_shown")), window, Vec::new())
    }

    /// Whether `a == b` asks for an `op_eq` somewhere inside of both.
    #[inline]
    pub(super) fn compares_own(&self, a: &Value, b: &Value) -> bool {
        self.own.equality
            && holds_method(&self.program, a, "op_eq")
            && holds_method(&self.program, b, "op_eq")
    }

    /// dst := a == b, or its negation, or a in b, by the prelude function of this name.
    #[cold]
    pub(super) fn compare_by(
        &self,
        context: &mut Context,
        name: &str,
        dst: Reg,
        operands: [Value; 2],
    ) -> Outcome {
        let frame = context.frames.last().expect("instructions run in frames");
        let result = frame.base as usize + dst as usize;
        let first = self.lay_down(context, &operands);
        let callee = Callee { stores_result: true, ..Callee::plain(self.prelude(name)) };
        self.enter(context, callee, Window { first, count: 2, result }, Vec::new())
    }

    fn prelude(&self, name: &str) -> FunctionId {
        *self.program.prelude.get(name).expect("the prelude has it")
    }
}
