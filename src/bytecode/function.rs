//! Function prototypes: the code of one function and the tables its instructions point into.

use std::ops::Range;

use super::{EnumId, FileId, FunctionId, NativeId, Op, Reg, Symbol, TypeCheck};
use crate::source::Span;

/// A literal that does not fit into an instruction.
#[derive(Clone, Debug, PartialEq)]
pub enum Constant {
    /// An int.
    Int(i64),
    /// A float.
    Float(f64),
    /// A string.
    Text(Box<str>),
    /// `None`.
    None,
}

/// One parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// Its name, for named arguments.
    pub name: Symbol,
    /// Whether it may be left out (it is then unset, and the function's first instructions evaluate the default).
    pub optional: bool,
    /// Its annotation among `Function::checks`: calls that make a context check it in the caller.
    pub check: Option<u16>,
}

/// What kind of function it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FunctionFlags {
    /// Calls make a context and return its promise.
    pub is_async: bool,
    /// Calls run nothing and give a generator (`func*`). The register behind the parameters refers to it while it runs.
    pub is_generator: bool,
    /// The last parameter takes all further arguments as an array.
    pub has_rest: bool,
    /// Parameter 0 is `self`.
    pub is_method: bool,
    /// A method that assigns under `self` (LANGUAGE 7.3): `self` is the frame's receiver place, and register 0
    /// holds nothing.
    pub mutates_self: bool,
    /// Library code: left out of stack traces and of error places.
    pub is_prelude: bool,
    /// A library function that, called by dot on a place, stores its result there (STDLIB 1.2, ✎).
    pub edits_place: bool,
    /// It makes calls whose target is not known when compiling, so it may reach every function value.
    pub calls_unknown: bool,
}

/// Where a closure takes one capture from when it is made.
#[derive(Clone, Debug, PartialEq)]
pub enum CaptureSource {
    /// A register of the function that makes the closure: its value is copied, or shared if it is a cell.
    Register(Reg),
    /// A capture of the function that makes the closure.
    Capture(u16),
}

/// A range of instructions whose errors are caught in this function.
#[derive(Clone, Debug, PartialEq)]
pub struct Handler {
    /// First guarded instruction.
    pub start: u32,
    /// One past the last guarded instruction.
    pub end: u32,
    /// Where it goes on.
    pub target: u32,
    /// The register that receives the error.
    pub error: Reg,
}

/// Where a place starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Root {
    /// A register that holds the value.
    Register(Reg),
    /// A register that holds a cell.
    Cell(Reg),
    /// A capture of the running closure that is a cell.
    Capture(u16),
    /// A module-level variable.
    Global(u32),
    /// The receiver place of the running mutating method.
    Receiver,
    /// That of a mutating method around the running closure: a capture of it.
    OuterReceiver(u16),
}

/// One step of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// `.name`.
    Field(Symbol),
    /// `?.name`: read as null where it is missing.
    FieldOrNull(Symbol),
    /// `[index]`, the index being in a register.
    Index(Reg),
}

/// A place (LANGUAGE 3.2).
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// Where it starts.
    pub root: Root,
    /// The path.
    pub steps: Box<[Step]>,
    /// The root variable's name, for messages.
    pub name: Symbol,
    /// `None` if the root may be changed; else what it is (`let`, `const`, `self`), for the MutabilityError.
    pub immutable: Option<&'static str>,
}

impl Place {
    /// The register of a whole variable that is in one.
    pub fn variable(&self) -> Option<Reg> {
        match self.root {
            Root::Register(register) if self.steps.is_empty() => Some(register),
            _ => None,
        }
    }

    /// The register and the name of a whole variable that is in a register and may change, if it is one.
    #[inline]
    pub fn own_variable(&self) -> Option<(Reg, Symbol)> {
        let register = self.variable().filter(|_| self.immutable.is_none())?;
        Some((register, self.name))
    }
}

/// What a pattern takes apart.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// An array of `count` items (at least so many with `rest`); the rest array goes last.
    Array {
        /// Number of items before the rest.
        count: u16,
        /// Whether further items are taken as an array.
        rest: bool,
    },
    /// A dict or struct with these keys; the rest dict goes last.
    Dict {
        /// The keys.
        keys: Box<[Symbol]>,
        /// Whether the other entries are taken as a dict.
        rest: bool,
    },
    /// A variant of an enum; `count` is `None` if the payload is not looked at.
    Variant {
        /// The enum.
        id: EnumId,
        /// The variant's position in it.
        variant: u16,
        /// Payload values to take.
        count: Option<u16>,
    },
    /// Ok, Err, Some (one part if `payload`).
    Ok {
        /// Whether the payload is taken.
        payload: bool,
    },
    /// See `Ok`.
    Err {
        /// Whether the payload is taken.
        payload: bool,
    },
    /// See `Ok`.
    Some {
        /// Whether the payload is taken.
        payload: bool,
    },
    /// `None`.
    None,
}

impl Shape {
    /// The number of registers that a value's parts go to.
    pub fn parts(&self) -> u16 {
        match self {
            Shape::Array { count, rest } => count + u16::from(*rest),
            Shape::Dict { keys, rest } => keys.len() as u16 + u16::from(*rest),
            Shape::Variant { count, .. } => count.unwrap_or(0),
            Shape::Ok { payload } | Shape::Err { payload } | Shape::Some { payload } => u16::from(*payload),
            Shape::None => 0,
        }
    }
}

/// How one written argument is passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArgumentForm {
    /// By position.
    One,
    /// An array whose items are passed by position.
    Spread,
    /// By name.
    Named(Symbol),
}

/// What `x.f(..)` calls if x has no `f` of its own (LANGUAGE 7.4, step 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fallback {
    /// Nothing: NameError.
    None,
    /// A program or prelude function that captures nothing.
    Function(FunctionId),
    /// A library function.
    Native(NativeId),
    /// A nested function in a register.
    Register(Reg),
    /// A nested function among the captures.
    Capture(u16),
}

/// A call that needs more than an instruction can say.
#[derive(Clone, Debug, PartialEq)]
pub struct CallSite {
    /// The method's name (`CallMethod`); unused by `CallWith`.
    pub name: Symbol,
    /// The written arguments in order.
    pub arguments: Box<[ArgumentForm]>,
    /// The receiver's place, if it is one (`CallMethod`).
    pub place: Option<u16>,
    /// What else `name` may be.
    pub fallback: Fallback,
    /// `?.name(...)`: if the receiver has no such member the result is as for `.name(...)`; kept for messages.
    pub optional: bool,
    /// Whether the result is used; if not, an edited collection is not copied into the window.
    pub wants_result: bool,
}

impl CallSite {
    /// Whether each argument is one value for the parameter at its position.
    #[inline]
    pub fn is_positional(&self) -> bool {
        self.arguments.iter().all(|form| *form == ArgumentForm::One)
    }
}

/// Where a variable lives in a register, for people who look at a waiting context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamedRegister {
    /// The register: it holds the value, or a cell with the value in it.
    pub reg: Reg,
    /// Where the name stands in the function's file.
    pub name: Span,
    /// From this instruction on,
    pub start: u32,
    /// up to before this one.
    pub end: u32,
}

/// The prototype of one function.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Function {
    /// Its name as messages show it (`add`, `P.add`, `<lambda>`, `<main>`, `<spawn>`).
    pub name: Box<str>,
    /// Its file.
    pub file: FileId,
    /// Where it is declared.
    pub span: Span,
    /// Its parameters, `self` and rest included.
    pub params: Vec<Param>,
    /// What kind it is.
    pub flags: FunctionFlags,
    /// How many registers a frame of it has; parameters come first.
    pub registers: u16,
    /// Its instructions.
    pub code: Vec<Op>,
    /// For each instruction, the source it comes from.
    pub spans: Vec<Span>,
    /// Literals.
    pub constants: Vec<Constant>,
    /// Field names of `GetField` and kin.
    pub names: Vec<Symbol>,
    /// Where a closure's captures come from.
    pub captures: Vec<CaptureSource>,
    /// The captured variables' names, in the same order.
    pub capture_names: Vec<Symbol>,
    /// Error handlers, innermost first.
    pub handlers: Vec<Handler>,
    /// The code of `finally` clauses.
    pub clauses: Vec<Range<u32>>,
    /// Places.
    pub places: Vec<Place>,
    /// Pattern shapes.
    pub shapes: Vec<Shape>,
    /// Call sites.
    pub sites: Vec<CallSite>,
    /// Type checks.
    pub checks: Vec<TypeCheck>,
    /// The module-level variables that code reachable from this function names, ascending (async functions and
    /// spawn blocks: what a new context gets copies of).
    pub globals: Vec<u32>,
    /// For each instruction before which a frame can stand for long (where fuel runs out, behind calls and awaits) or that
    /// edits a value: the registers that are read from there on, ascending by instruction. See `Function::live_at`.
    pub live: Vec<(u32, Box<[Reg]>)>,
    /// Variables in registers that are in one of the lists of `live`, in the order of their declarations. No part of a
    /// snapshot: whoever thaws it has the program.
    pub variables: Vec<NamedRegister>,
}

impl Function {
    /// How many arguments must be given, `self` not counted.
    pub fn required(&self) -> usize {
        let counted = self.params.iter().skip(usize::from(self.flags.is_method));
        counted.filter(|param| !param.optional).count() - usize::from(self.flags.has_rest)
    }

    /// How many arguments may be given by position, `self` not counted; `None` with a rest parameter.
    pub fn accepted(&self) -> Option<usize> {
        if self.flags.has_rest {
            return None;
        }
        Some(self.params.len() - usize::from(self.flags.is_method))
    }

    /// The registers that are read from instruction `ip` on, before it runs. A frame that waits for a call stands at the
    /// instruction behind the call. `None`: not known, keep all.
    pub fn live_at(&self, ip: u32) -> Option<&[Reg]> {
        let at = self.live.binary_search_by_key(&ip, |entry| entry.0).ok()?;
        Some(&self.live[at].1)
    }

    /// The variables whose values a frame that stands at `ip` still needs.
    pub fn variables_at(&self, ip: u32) -> impl Iterator<Item = &NamedRegister> {
        let live = self.live_at(ip).unwrap_or_default();
        let is_here = move |variable: &&NamedRegister| (variable.start..variable.end).contains(&ip);
        self.variables.iter().filter(is_here).filter(|variable| live.binary_search(&variable.reg).is_ok())
    }

    /// Whether the instruction belongs to a `finally` clause.
    pub fn is_in_clause(&self, ip: u32) -> bool {
        self.clauses.iter().any(|clause| clause.contains(&ip))
    }

    /// The register of a generator that refers to it while it runs.
    pub fn generator_register(&self) -> Option<Reg> {
        self.flags.is_generator.then_some(self.params.len() as Reg)
    }

    /// The window of registers that `op` reads besides its operands, as first register and count.
    pub fn window(&self, op: &Op) -> Option<(Reg, u16)> {
        let arguments = |site: u16| self.sites[site as usize].arguments.len() as u16;
        match *op {
            Op::Array { base, count, .. } | Op::Text { base, count, .. } => Some((base, count)),
            Op::GetSlice { base, .. } => Some((base, 2)),
            Op::Call { base, argc, .. } | Op::CallNative { base, argc, .. } => Some((base, argc.into())),
            Op::CallValue { base, argc } => Some((base, u16::from(argc) + 1)),
            Op::CallLocal { base, argc, .. } => Some((base + 1, argc.into())),
            Op::CallWith { base, site } => Some((base, arguments(site) + 1)),
            Op::CallMethod { base, site } => match self.sites[site as usize].place {
                Some(_) => Some((base + 1, arguments(site))),
                None => Some((base, arguments(site) + 1)),
            },
            Op::ForNext { base, .. } => Some((base, 2)),
            _ => None,
        }
    }
}
