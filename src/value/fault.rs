//! Errors of scripts: what `throw` throws and `except` catches.

use super::counted::Body;
use super::{Counted, Text, Value};
use crate::bytecode::FunctionId;

/// The kinds that the language and its library raise (LANGUAGE 9.3, STDLIB 1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is the kind of its name")]
pub enum ErrorKind {
    TypeError,
    NameError,
    ValueError,
    IndexError,
    KeyError,
    ArithmeticError,
    MutabilityError,
    IsolationError,
    RecursionError,
    ImportError,
    AssertionError,
    IOError,
    ParseError,
    NetworkError,
    HttpError,
    ProcessError,
    DatabaseError,
    CryptoError,
    TemplateError,
    TimeoutError,
    CancelledError,
    DeadlockError,
    LimitError,
    CapabilityError,
    UnsupportedError,
    UsageError,
    AggregateError,
    /// Anything else that was thrown.
    Thrown,
}

impl ErrorKind {
    /// The text of `e.kind`.
    pub fn text(self) -> String {
        format!("{self:?}")
    }
}

/// The hint where a promise stands in the place of its value.
const FORGOTTEN_AWAIT: &str = "this is a promise, not yet a value: wait for the value with `await p`, and for a part of it with `(await p).part`";

/// A place in running code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TracePoint {
    /// The function.
    pub function: FunctionId,
    /// The instruction.
    pub ip: u32,
}

/// A step on an error's way from the context in which it was thrown to where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hop {
    /// It ended a context that was created here.
    Spawned(TracePoint),
    /// It was thrown again by a wait for that context here.
    Awaited(TracePoint),
}

/// More steps than this are not noted.
const MOST_HOPS: usize = 32;

/// The body of an error value.
#[derive(Clone, Debug)]
pub struct FaultBody {
    /// `e.kind`.
    pub kind: Text,
    /// `e.message`.
    pub message: Text,
    /// `e.value`.
    pub value: Value,
    /// `e.cause`.
    pub cause: Value,
    /// A hint for people: shown in reports, not part of the message.
    pub hint: Option<Box<str>>,
    /// The call stack where it was thrown, outermost call first; empty until the machine fills it in.
    pub trace: Vec<TracePoint>,
    /// How it came from there to here, if through other contexts.
    pub hops: Vec<Hop>,
}

impl Body for FaultBody {
    const NESTS: bool = true;

    fn each_value(&mut self, mut visit: impl FnMut(&mut Value)) {
        visit(&mut self.value);
        visit(&mut self.cause);
    }
}

/// A failed script: an error value. Copies share one body.
#[derive(Clone, Debug)]
pub struct Fault(Counted<FaultBody>);

impl Fault {
    /// An error of a built-in kind.
    pub fn new(kind: ErrorKind, message: impl Into<Text>) -> Fault {
        Fault::of_kind(kind.text(), message)
    }

    /// An error of any kind.
    pub fn of_kind(kind: impl Into<Text>, message: impl Into<Text>) -> Fault {
        let (kind, message) = (kind.into(), message.into());
        let trace = Vec::new();
        Fault(Counted::new(FaultBody {
            kind,
            message,
            value: Value::Null,
            cause: Value::Null,
            hint: None,
            trace,
            hops: Vec::new(),
        }))
    }

    /// What unwinds a generator that is closed: `finally` clauses run, `except` does not see it. No script can make one,
    /// since none can have its value.
    pub fn closing() -> Fault {
        Fault::of_kind("", "").with_value(Value::Unset)
    }

    /// Whether this unwinds a generator that is closed.
    pub fn is_closing(&self) -> bool {
        matches!(self.0.value, Value::Unset)
    }

    /// The same error with `e.value`.
    #[must_use]
    pub fn with_value(mut self, value: Value) -> Fault {
        Counted::make_mut(&mut self.0).value = value;
        self
    }

    /// The same error with `e.cause`.
    #[must_use]
    pub fn with_cause(mut self, cause: Value) -> Fault {
        Counted::make_mut(&mut self.0).cause = cause;
        self
    }

    /// The same error with a hint for people.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<Box<str>>) -> Fault {
        Counted::make_mut(&mut self.0).hint = Some(hint.into());
        self
    }

    /// The same error with a hint, if there is one.
    #[must_use]
    pub fn with_hint_opt(self, hint: Option<impl Into<Box<str>>>) -> Fault {
        match hint {
            Some(hint) => self.with_hint(hint),
            None => self,
        }
    }

    /// The same error; if one of the values that it is about is a promise, the hint says how to get at its value instead.
    #[must_use]
    pub fn about(self, values: &[&Value]) -> Fault {
        let is_promise = |value: &Value| matches!(value, Value::Handle(handle) if handle.is_promise());
        match values.iter().any(|value| is_promise(value)) {
            true => self.with_hint(FORGOTTEN_AWAIT),
            false => self,
        }
    }

    /// The same error with the stack where it was thrown.
    #[must_use]
    pub fn with_trace(mut self, trace: Vec<TracePoint>) -> Fault {
        Counted::make_mut(&mut self.0).trace = trace;
        self
    }

    /// The same error, one step further from where it was thrown.
    #[must_use]
    pub fn passing(mut self, hop: Hop) -> Fault {
        let hops = &self.0.hops;
        if hops.len() < MOST_HOPS && hops.last() != Some(&hop) {
            Counted::make_mut(&mut self.0).hops.push(hop);
        }
        self
    }

    /// The fields.
    pub fn body(&self) -> &FaultBody {
        &self.0
    }

    /// The fields, for changing this copy.
    pub fn body_mut(&mut self) -> &mut FaultBody {
        Counted::make_mut(&mut self.0)
    }

    /// Whether this is the only reference to its fields.
    pub fn is_unique(&self) -> bool {
        self.0.is_unique()
    }

    /// An identity while a reference is held.
    pub fn address(&self) -> usize {
        self.0.address()
    }

    pub(super) fn counted_mut(&mut self) -> &mut Counted<FaultBody> {
        &mut self.0
    }

    /// Whether `e.kind` is this built-in kind.
    pub fn is(&self, kind: ErrorKind) -> bool {
        self.0.kind.as_str() == kind.text()
    }
}
