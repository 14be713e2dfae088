//! Calls of natives that the prelude makes in their place: with generators, because walking one may wait, and with structs
//! that have methods of their own to be shown or compared by (LANGUAGE 7.5).
//!
//! Owns: when that is so, and which function is called. The prelude's own form of a native is named `__lazy_NAME` or
//! `__own_NAME`.
//! Invariant: what a native may need is known from its declaration; a call of one that needs nothing pays for a look at a
//! byte.

use super::arguments::{Named, Window};
use super::call::{Callee, Outcome};
use super::disorder::disorder;
use super::own::holds_method;
use super::place::Located;
use super::{Machine, Work};
use crate::bytecode::{FunctionId, NativeId};
use crate::context::Context;
use crate::value::{Fault, Value};

/// Reasons why a call of a native may be made by the prelude.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Detours(u8);

impl Detours {
    const NONE: Detours = Detours(0);
    /// An argument may be a generator.
    pub(super) const WALKS: Detours = Detours(1);
    /// An argument may have a text of its own.
    pub(super) const SHOWS: Detours = Detours(2);
    /// An argument may be equal by a method of its own.
    pub(super) const COMPARES: Detours = Detours(4);
    /// It is always made so.
    pub(super) const WRITTEN: Detours = Detours(8);

    /// The reasons that lie in what a native does.
    pub(super) fn of(work: Work) -> Detours {
        match work {
            Work::Other => Detours::NONE,
            Work::Ends => Detours::WALKS,
            Work::Written => Detours::WRITTEN,
            Work::Shows => Detours::SHOWS,
            Work::Compares | Work::ComparesItems => Detours::COMPARES,
        }
    }

    pub(super) fn with(self, other: Detours) -> Detours {
        Detours(self.0 | other.0)
    }
}

/// The function that is called.
pub(super) enum Detour {
    /// With the native's arguments.
    Instead(FunctionId),
    /// With the native and its arguments, so that it calls the native in turn.
    Through(FunctionId),
    /// Nobody: the generator that is the first argument ends.
    Ends,
}

impl Machine {
    /// Whether calls of the native may be made by the prelude, for the reasons that this program has.
    #[inline]
    pub(super) fn may_detour(&self, native: NativeId) -> bool {
        self.reasons(native) != Detours::NONE
    }

    /// The same, but of calls that a generator alone could send there, only those that have one.
    #[inline]
    pub(super) fn may_detour_with(&self, native: NativeId, given: &[Value], named: &Named) -> bool {
        match self.reasons(native) {
            Detours::NONE => false,
            Detours::WALKS if named.is_empty() => given.iter().any(is_generator),
            _ => true,
        }
    }

    fn reasons(&self, native: NativeId) -> Detours {
        Detours(self.natives.accepts[native.index()].detours.0 & self.own.detours.0)
    }

    /// Who makes this call, if not the machine. Named arguments are bound first, since their places matter.
    pub(super) fn detour(
        &self,
        context: &mut Context,
        native: NativeId,
        window: &mut Window,
        named: &mut Named,
    ) -> Result<Option<Detour>, Fault> {
        if !named.is_empty() {
            *window = self.bind_given(context, native, *window, std::mem::take(named))?;
        }
        let given = &context.stack[window.first..window.first + window.count];
        let form = |form| self.form_of(native, form).map(Detour::Instead);
        let through = |name| Some(Detour::Through(self.prelude(name)));
        let work = self.natives.entries[native.index()].0.work;
        if self.walks_generator(native, given) {
            if work == Work::Ends {
                return Ok(Some(Detour::Ends));
            }
            return Ok(form("lazy").or_else(|| through("__collected")));
        }
        Ok(match work {
            Work::Written => form("own"),
            Work::Shows if self.has_own_text(given) => form("own").or_else(|| through("__call_shown")),
            Work::ComparesItems if !matches!(given.first(), Some(Value::Array(_) | Value::Deque(_))) => None,
            Work::Compares | Work::ComparesItems if self.have_equality(given.iter().skip(1)) => form("own"),
            _ => None,
        })
    }

    /// Makes a call as was found out.
    #[cold]
    pub(super) fn call_by(
        &self,
        context: &mut Context,
        detour: Detour,
        native: NativeId,
        window: Window,
    ) -> Outcome {
        let mut window = self.bind_given(context, native, window, Vec::new())?;
        let function = match detour {
            Detour::Instead(function) => function,
            Detour::Ends => {
                let generator = context.stack[window.first].take();
                self.clear(context, window.first, window.first + window.count);
                let Value::Generator(generator, lazy) = generator else {
                    return Err(disorder("what ends is no generator"));
                };
                return self.close_generator(context, generator, lazy, window.result);
            }
            Detour::Through(function) => {
                context.stack.insert(window.first, Value::Native(native));
                window.count += 1;
                function
            }
        };
        self.enter(context, Callee::plain(function), window, Vec::new())
    }

    /// The prelude's form of a native that edits a place, if items of the array there are compared by a method. The
    /// arguments lie behind the first register of the window.
    pub(super) fn editing_form(
        &self,
        context: &Context,
        native: NativeId,
        receiver: &Value,
        window: Window,
        named: &Named,
    ) -> Option<FunctionId> {
        let given = &context.stack[window.first + 1..window.first + window.count];
        let given = given.iter().chain(named.iter().map(|(_, value)| value));
        let asks = matches!(receiver, Value::Array(_)) && self.have_equality(given);
        if asks { self.form_of(native, "own") } else { None }
    }

    /// Calls it; what it gives is stored in the place.
    #[cold]
    pub(super) fn edit_by(
        &self,
        context: &mut Context,
        function: FunctionId,
        native: NativeId,
        located: Located,
        window: Window,
        named: Named,
    ) -> Outcome {
        self.changeable(&located)?;
        let window = self.bind_given(context, native, window, named)?;
        let receiver = located.keep();
        let callee = Callee { receiver, stores_result: true, ..Callee::plain(function) };
        self.enter(context, callee, window, Vec::new())
    }

    /// Binds and checks a native's arguments in order; what was left out at their end stays so.
    fn bind_given(
        &self,
        context: &mut Context,
        native: NativeId,
        window: Window,
        named: Named,
    ) -> Result<Window, Fault> {
        let end = self.bind_native(context, native, window, named)?;
        context.stack.truncate(end);
        while context.stack.len() > window.first && matches!(context.stack.last(), Some(Value::Unset)) {
            context.stack.pop();
        }
        Ok(Window { count: context.stack.len() - window.first, ..window })
    }

    /// Whether an argument for a sequence is a generator.
    fn walks_generator(&self, native: NativeId, given: &[Value]) -> bool {
        let accepts = &self.natives.accepts[native.index()];
        given.iter().enumerate().any(|(at, value)| {
            is_generator(value)
                && accepts.params.get(at).or(accepts.rest.as_ref()).is_some_and(|set| set.names_handle(value))
        })
    }

    /// Whether in one of the values is a struct with an `op_eq`.
    fn have_equality<'a>(&self, mut values: impl Iterator<Item = &'a Value>) -> bool {
        values.any(|value| holds_method(&self.program, value, "op_eq"))
    }

    /// The prelude's form of a native, for generators or for structs.
    fn form_of(&self, native: NativeId, form: &str) -> Option<FunctionId> {
        let name = self.natives.entries[native.index()].1.names[0];
        let name = name.strip_prefix("__").unwrap_or(name);
        self.program.prelude.get(&*format!("__{form}_{name}")).copied()
    }
}

fn is_generator(value: &Value) -> bool {
    matches!(value, Value::Generator(..))
}
