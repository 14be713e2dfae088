//! Methods that stand in for the machine's own work: `op_str` where a value is printed, `op_eq` inside of containers,
//! `op_index` on the way to a place (LANGUAGE 7.5).
//!
//! No Rust frame may sit under a script's method. So where such a method is called for, the machine calls a function of the
//! prelude with what only the method can tell.
//! Invariant: programs that declare no such method pay for one look at a flag.

use rustc_hash::FxHashSet;

use super::Machine;
use super::arguments::Window;
use super::call::{Callee, Outcome};
use super::detour::Detours;
use super::ops::Operator;
use super::place::Located;
use crate::bytecode::{FunctionId, Place, Program, Reg};
use crate::context::{Context, PathStep};
use crate::value::{Counted, Fault, Value, equal_but};

/// The functions of the prelude that the machine calls for reasons of its own, whatever the text of a program mentions.
pub const CALLED_BY_MACHINE: &[&str] = &[
    "__all_equal",
    "__any_equal",
    "__at_path",
    "__call_shown",
    "__collected",
    "__join_shown",
    "__throw_shown",
];

/// Which of these methods a program declares.
#[derive(Clone, Debug, Default)]
pub(super) struct OwnMethods {
    /// `op_str`.
    text: bool,
    /// `op_eq`.
    pub(super) equality: bool,
    /// The reasons for calling the prelude in the place of a native that this program has.
    pub(super) detours: Detours,
}

impl OwnMethods {
    pub(super) fn of(program: &Program) -> OwnMethods {
        let declared = |name: &str| {
            let symbol = program.find_symbol(name);
            let has = |symbol| program.structs.iter().any(|def| def.functions.contains_key(&symbol));
            symbol.is_some_and(has)
        };
        let (text, equality) = (declared("op_str"), declared("op_eq"));
        let reasons = [(text, Detours::SHOWS), (equality, Detours::COMPARES)];
        let detours = reasons.into_iter().filter(|(declared, _)| *declared).map(|(_, reason)| reason);
        OwnMethods {
            text,
            equality,
            detours: detours.fold(Detours::WALKS.with(Detours::WRITTEN), Detours::with),
        }
    }
}

/// Whether somewhere in the value is a struct with a method of this name.
pub fn holds_method(program: &Program, value: &Value, name: &str) -> bool {
    let Some(symbol) = program.find_symbol(name) else { return false };
    // What functions captured is not theirs to show or compare, and errors show their message only.
    let hides = |value: &Value| match value {
        Value::Closure(_) | Value::Bound(_) => true,
        Value::Error(_) => name == "op_str",
        _ => false,
    };
    let mut seen = FxHashSet::default();
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        if let Value::Struct(body) = value
            && program.structs[body.id.index()].functions.contains_key(&symbol)
        {
            return true;
        }
        // What is shared is looked at once.
        if hides(value) || value.body().is_some_and(|(address, unique)| !unique && !seen.insert(address)) {
            continue;
        }
        open.extend((0..).map_while(|at| value.visible_part(at)));
    }
    false
}

impl Machine {
    /// Whether one of the values, or something in it, has a text of its own.
    #[inline]
    pub(super) fn has_own_text<'a>(&self, values: impl IntoIterator<Item = &'a Value>) -> bool {
        self.own.text && values.into_iter().any(|value| holds_method(&self.program, value, "op_str"))
    }

    /// Interpolation of values that have their own text: dst := the joined texts.
    #[cold]
    pub(super) fn join_shown(&self, context: &mut Context, dst: Reg, values: Vec<Value>) -> Outcome {
        self.answer_by(context, "__join_shown", dst, Value::array(values))
    }

    /// The pairs of structs that decide whether `a == b` by their `op_eq`, if it is them that decide.
    #[cold]
    pub(super) fn deciding(&self, a: &Value, b: &Value) -> Result<Option<Value>, Fault> {
        let pairs = self.undecided(a, b)?.filter(|pairs| !pairs.is_empty());
        Ok(pairs.map(Value::array))
    }

    /// For each item of a list that may equal `item`, the pairs that decide it; `None` if `op_eq` has no say in whether
    /// one does.
    #[cold]
    pub(super) fn deciding_within(&self, item: &Value, list: &Value) -> Result<Option<Value>, Fault> {
        let Value::Array(items) = list else { return Ok(None) };
        let (mut open, mut asks) = (Vec::new(), false);
        for own in items.iter() {
            let Some(pairs) = self.undecided(own, item)? else { continue };
            let decides = !pairs.is_empty();
            asks |= decides;
            open.push(Value::array(pairs));
            if !decides {
                break;
            }
        }
        Ok(asks.then(|| Value::array(open)))
    }

    /// The pairs of structs with an `op_eq` in which two values may differ; `None` if they differ elsewhere.
    fn undecided(&self, a: &Value, b: &Value) -> Result<Option<Vec<Value>>, Fault> {
        let mut pairs = Vec::new();
        let is_alike = equal_but(a, b, |a, b| {
            let asks = self.equality_method(a, b);
            if asks {
                pairs.push(Value::array(vec![a.clone(), b.clone()]));
            }
            asks
        })?;
        Ok(is_alike.then_some(pairs))
    }

    /// dst := what is at a place whose path leads through an `op_index`; `fault` if none does.
    #[cold]
    pub(super) fn get_indexed(
        &self,
        context: &mut Context,
        place: &Place,
        dst: Reg,
        fault: Fault,
    ) -> Outcome {
        let located = self.locate(context, place)?;
        let Some((indexed, steps)) = self.indexed_by_method(context, &located) else { return Err(fault) };
        if let [PathStep::Index(index)] = steps {
            return self.operate(context, Operator::Index, dst, &[indexed, index.clone()], fault);
        }
        let step = |step: &PathStep| match step {
            PathStep::Field(name) => Value::text(self.program.symbol(*name)),
            PathStep::FieldOrNull(name) => Value::Some(Counted::new(Value::text(self.program.symbol(*name)))),
            PathStep::Index(index) => Value::array(vec![index.clone()]),
        };
        let path = Value::array(steps.iter().map(step).collect());
        self.answer_by(context, "__at_path", dst, Value::array(vec![indexed, path]))
    }

    /// The error of a method call on a place that cannot be read: what an `op_index` gives is no place.
    #[cold]
    pub(super) fn no_receiver(&self, context: &Context, located: &Located, fault: Fault) -> Fault {
        match self.indexed_by_method(context, located) {
            Some(_) => {
                fault.with_hint("what `op_index` gives is no place: name it first, `item := x[i]`, then call")
            }
            None => fault,
        }
    }

    /// The first struct with an `op_index` on the way to a place that is indexed there, and the steps from it on.
    fn indexed_by_method<'l>(
        &self,
        context: &Context,
        located: &'l Located,
    ) -> Option<(Value, &'l [PathStep])> {
        let mut steps = &located.steps[..];
        let mut value = self.root_value(context, located).ok()?.clone();
        while let Some((step, rest)) = steps.split_first() {
            if let (PathStep::Index(_), Some(_)) = (step, self.operator_method(Operator::Index, &value)) {
                return Some((value, steps));
            }
            value = self.follow(context, &value, std::slice::from_ref(step)).ok()?;
            steps = rest;
        }
        None
    }

    /// dst := what the prelude function of this name says about a value; its negation for `!=`.
    #[cold]
    pub(super) fn answer_by(&self, context: &mut Context, name: &str, dst: Reg, value: Value) -> Outcome {
        let frame = context.frames.last().expect("instructions run in frames");
        let result = frame.base as usize + dst as usize;
        let first = self.lay_down(context, &[value]);
        let callee = Callee { stores_result: true, ..Callee::plain(self.prelude(name)) };
        self.enter(context, callee, Window { first, count: 1, result }, Vec::new())
    }

    pub(super) fn prelude(&self, name: &str) -> FunctionId {
        debug_assert!(CALLED_BY_MACHINE.contains(&name), "{name} is not in every program");
        *self.program.prelude.get(name).expect("every program has it")
    }
}
