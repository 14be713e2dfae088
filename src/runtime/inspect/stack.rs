//! One context with its stack: calls, and their variables by name and value.
//!
//! A suspended context is copied, the copy thawed, and the program says which variables its registers hold. What the context
//! does not read any more is not kept, so it is not shown either.

use std::fmt::Write;

use serde_json::{Value as Json, json};

use super::Inspector;
use crate::bytecode::{Function, Program};
use crate::context::{Context, Frame, PathStep, Receiver};
use crate::runtime::census::{self, Entry};
use crate::runtime::promise::{Blocked, Source};
use crate::runtime::store::{ContextId, Held};
use crate::snapshot::{self, Snapshot};
use crate::value::{Value, brief};

/// A larger context is shown without its variables: copying it would keep others from the store for too long.
const MOST_COPIED: usize = 1 << 18;

/// So many calls are shown with their variables, the innermost ones,
const MOST_CALLS: usize = 100;
/// so many variables of each,
const MOST_VARIABLES: usize = 100;
/// and about so many bytes of each value.
const MOST_VALUE: usize = 200;

/// What is copied out of the store.
enum Copied {
    Context(Box<Context>),
    Snapshot(Snapshot),
    /// It is too large, or in the hands of a blocked thread.
    Calls(&'static str),
}

/// Called with the store's lock held.
fn copy(held: &Held<Blocked>) -> Copied {
    match held {
        Held::Warm(context) if size_of_val(&*context.stack) <= MOST_COPIED => {
            Copied::Context(context.clone())
        }
        Held::Frozen(snapshot) if snapshot.size() <= MOST_COPIED => Copied::Snapshot(snapshot.clone()),
        Held::Warm(_) | Held::Frozen(_) => {
            Copied::Calls("it is too large to be copied while the program runs")
        }
        Held::Blocked(_) => Copied::Calls("it is in the hands of a blocked thread (--no-cooperative)"),
    }
}

impl Inspector {
    /// A context as JSON; `None` if there is none with this id.
    pub(super) fn context(&self, id: ContextId) -> Option<Json> {
        let (entry, copied) =
            self.hub.store.look(id, |lodger| (Entry::of(id, lodger), lodger.map(|(held, _)| copy(held))))?;
        let source = entry.source();
        let awaited = source.as_ref().and_then(|source| match source {
            Source::Context(id) => self.hub.store.look(*id, |lodger| Entry::of(*id, lodger)),
            _ => None,
        });
        let listed: Vec<Entry> = std::iter::once(entry).chain(awaited).collect();
        let (entry, names) = (&listed[0], census::names(self.program(), &listed));
        let mut answer = self.row(entry, &names);
        match copied.map(|copied| self.thawed(copied)) {
            None => answer["hidden"] = json!("it runs: only what waits can be looked into"),
            Some(Ok(context)) => {
                answer["calls"] = self.calls(&context, matches!(source, Some(Source::Scope(_))));
                answer["module"] = shown(module_variables(self.program(), &context));
                return Some(answer);
            }
            Some(Err(why)) => answer["hidden"] = json!(why),
        }
        let visible = entry.calls().into_iter().filter(|call| !self.is_library(call)).take(MOST_CALLS);
        answer["calls"] = visible.map(|call| self.place(call)).collect();
        Some(answer)
    }

    fn thawed(&self, copied: Copied) -> Result<Context, String> {
        match copied {
            Copied::Calls(why) => Err(why.to_owned()),
            Copied::Context(context) => Ok(*context),
            Copied::Snapshot(snapshot) => {
                let mut context = Context::default();
                match snapshot::thaw(snapshot, self.program(), &mut context) {
                    Ok(()) => Ok(context),
                    Err(error) => Err(error.to_string()),
                }
            }
        }
    }

    /// Its calls, innermost first, without the library's. One that leaves a scope stands before its instruction.
    fn calls(&self, context: &Context, leaves_scope: bool) -> Json {
        let mut places = context.trace();
        places.last_mut().into_iter().for_each(|innermost| innermost.ip += u32::from(leaves_scope));
        let calls = places.into_iter().enumerate().rev();
        let visible = calls.filter(|(_, point)| !self.is_library(point)).take(MOST_CALLS);
        let call = |(at, point)| {
            let mut call = self.place(point);
            call["variables"] = shown(variables(self.program(), context, at));
            call
        };
        visible.map(call).collect()
    }
}

/// Names and values as a list of objects.
fn shown(variables: Vec<(&str, String)>) -> Json {
    let more = variables.len().saturating_sub(MOST_VARIABLES);
    let each = variables.into_iter().take(MOST_VARIABLES);
    let mut list: Vec<Json> = each.map(|(name, value)| json!({ "name": name, "value": value })).collect();
    if more > 0 {
        list.push(json!({ "name": "…", "value": format!("and {more} more") }));
    }
    Json::Array(list)
}

/// The variables of one call: parameters and locals, then what its closure captures.
fn variables<'p>(program: &'p Program, context: &Context, at: usize) -> Vec<(&'p str, String)> {
    let frame = &context.frames[at];
    let function = program.function(frame.function);
    let mut found = Vec::new();
    if function.flags.mutates_self
        && let Some(receiver) = frame.receiver.clone().into_receiver()
    {
        found.push(("self", place_text(program, &receiver)));
    }
    // What a callee's frame covers is the callee's.
    let end = context.frames.get(at + 1).map_or(u32::MAX, |next| next.base);
    let mut add = |name, value: Option<&Value>| {
        if let Some(text) = value.and_then(|value| text_of(program, context, value)) {
            found.push((name, text));
        }
    };
    for (register, name) in registers(program, function, frame) {
        let slot = frame.base + u32::from(register);
        add(name, context.stack.get(slot as usize).filter(|_| slot < end));
    }
    if let Some(closure) = &frame.closure {
        for (name, value) in function.capture_names.iter().zip(&closure.captures) {
            add(program.symbol(*name), Some(value));
        }
    }
    found
}

/// The registers that hold variables, with their names.
fn registers<'p>(program: &'p Program, function: &'p Function, frame: &Frame) -> Vec<(u16, &'p str)> {
    if frame.ip == 0 {
        // Nothing ran: there are arguments only.
        let params = function.params.iter().enumerate().skip(usize::from(function.flags.mutates_self));
        return params.map(|(register, param)| (register as u16, program.symbol(param.name))).collect();
    }
    let source = &program.files[function.file.index()];
    function.variables_at(frame.ip).map(|variable| (variable.reg, source.slice(variable.name))).collect()
}

/// The module-level variables that the context has.
fn module_variables<'p>(program: &'p Program, context: &Context) -> Vec<(&'p str, String)> {
    let named = program.globals.iter().zip(0..);
    let value = |index| text_of(program, context, context.globals.get(index));
    named.filter_map(|(global, index)| Some((program.symbol(global.name), value(index)?))).collect()
}

/// A variable's value; `None` if it has none yet, or lends it to a call that shows it as `self`.
fn text_of(program: &Program, context: &Context, value: &Value) -> Option<String> {
    match value {
        Value::Unset => None,
        Value::Cell(cell) => match context.cells.get(cell) {
            Value::Unset => None,
            value => Some(brief(program, value, MOST_VALUE)),
        },
        value => Some(brief(program, value, MOST_VALUE)),
    }
}

/// The place that is `self` of a call: it belongs to a call further out, or to the module.
fn place_text(program: &Program, receiver: &Receiver) -> String {
    let mut text = format!("the place {}", program.symbol(receiver.name));
    for step in &receiver.steps {
        match step {
            PathStep::Field(name) => text.extend([".", program.symbol(*name)]),
            PathStep::FieldOrNull(name) => text.extend(["?.", program.symbol(*name)]),
            PathStep::Index(index) => {
                let _ = write!(text, "[{}]", brief(program, index, MOST_VALUE));
            }
        }
    }
    text
}
