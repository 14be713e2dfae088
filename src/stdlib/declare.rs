//! How a family declares its natives: one line each for name, parameters, meaning and code.
//!
//! Owns: the constructors of table entries. Does not: parse signatures (the machine does, once, when the table is made).
//!
//! A parameter that may be left out without having a default value is written `name: type = unset`; the native then
//! finds `Value::Unset` there, which no script can pass.

use super::answer::Outcome;
use crate::value::{ErrorKind, Fault};
use crate::vm::{Call, Capability, Form, Native, Run, Work};

/// A function that leaves its arguments alone.
pub(super) const fn plain(signature: &'static str, summary: &'static str, run: Run) -> Native {
    Native {
        signature,
        form: Form::Plain,
        work: Work::Other,
        sends: false,
        capability: None,
        may_need: &[],
        summary,
        run,
    }
}

/// A ✎ function: it changes `args[0]` and its answer is ignored.
pub(super) const fn edit(signature: &'static str, summary: &'static str, run: Run) -> Native {
    Native { form: Form::Edit, ..plain(signature, summary, run) }
}

/// A ✂ function: it changes `args[0]` and answers the item that it took out.
pub(super) const fn cut(signature: &'static str, summary: &'static str, run: Run) -> Native {
    Native { form: Form::Cut, ..plain(signature, summary, run) }
}

/// The code of what the machine calls in another way.
pub(super) fn by_prelude(_: &mut Call<'_>) -> Outcome {
    Err(Fault::new(ErrorKind::UnsupportedError, "this function is not called so"))
}

impl Native {
    /// The same function, behind a right (STDLIB R12).
    pub(super) const fn needs(mut self, capability: Capability) -> Native {
        self.capability = Some(capability);
        self
    }

    /// The same function, some calls of which need rights.
    pub(super) const fn may_need(mut self, capabilities: &'static [Capability]) -> Native {
        self.may_need = capabilities;
        self
    }

    /// The same function, declared here and written in Ruff: as `__own_NAME` of the prelude.
    pub(super) const fn written(mut self) -> Native {
        self.work = Work::Written;
        self
    }

    /// The same function, which sends arguments to other contexts.
    pub(super) const fn sends(mut self) -> Native {
        self.sends = true;
        self
    }

    /// The same function, which writes the texts of its arguments.
    pub(super) const fn shows(mut self) -> Native {
        self.work = Work::Shows;
        self
    }

    /// The same function, which the machine performs: it ends a generator.
    pub(super) const fn ends(mut self) -> Native {
        self.work = Work::Ends;
        self
    }

    /// The same function, which compares its first two arguments.
    pub(super) const fn compares(mut self) -> Native {
        self.work = Work::Compares;
        self
    }

    /// The same function, which compares the items of an array with its second argument.
    pub(super) const fn compares_items(mut self) -> Native {
        self.work = Work::ComparesItems;
        self
    }
}
