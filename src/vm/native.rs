//! Library functions written in Rust: how they are declared, found and called.
//!
//! A native is one entry of one table: its signature text declares name, parameters, types and defaults, and arity
//! and type errors, named arguments, documentation and completion all come from it.

use rustc_hash::FxHashMap;

use super::Request;
use crate::bytecode::{NativeId, Program};
use crate::context::Cells;
use crate::value::{Fault, Parcel, Value};

/// How a function treats the place it is called on (STDLIB 1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Leaves its arguments alone.
    Plain,
    /// ✎: changes `args[0]` in place; the machine makes the result and stores it. The answer value is ignored.
    Edit,
    /// ✂: changes `args[0]` in place and answers the item; the machine makes `[collection, item]` of a plain call.
    Cut,
}

/// A right that a native needs (STDLIB R12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is the capability of its name")]
pub enum Capability {
    FilesystemRead,
    FilesystemWrite,
    FilesystemDelete,
    ProcessExec,
    ShellExec,
    EnvRead,
    EnvWrite,
    NetworkClient,
    NetworkServer,
    Database,
    Clock,
    Random,
}

/// What a native gives back.
#[derive(Debug)]
pub enum Answer {
    /// The result.
    Value(Value),
    /// Whatever the runtime answers is the result (`async_` forms: a promise).
    Ask(Request),
    /// The outcome of the promise that the runtime answers with is the result (calls that wait).
    Wait(Request),
}

/// Facts about the run that natives may read.
#[derive(Clone, Debug, Default)]
pub struct Host {
    /// The words after the script name.
    pub args: Vec<String>,
    /// The script's path as given; empty for text without a file.
    pub script_path: String,
    /// The version of Ruff.
    pub version: String,
    /// Whether stdout, stderr, stdin are terminals.
    pub terminals: [bool; 3],
    /// Number of CPUs.
    pub cpus: usize,
}

/// One call of a native: its arguments are bound and checked.
pub struct Call<'a> {
    /// One value per parameter, defaults filled in; then the rest arguments. A native may take values out, but one
    /// of form `Edit` or `Cut` changes `args[0]` only when nothing can fail any more.
    pub args: &'a mut [Value],
    /// The running program, for display and names.
    pub program: &'a Program,
    /// Facts about the run.
    pub host: &'a Host,
    /// The calling context's shared variables, to detach values that leave it.
    pub cells: &'a Cells,
    /// The name it was called by.
    pub name: &'static str,
}

impl Call<'_> {
    /// Takes an argument out and detaches it from the context.
    pub fn pack(&mut self, index: usize) -> Parcel {
        let value = self.args[index].take();
        self.cells.pack(value)
    }
}

/// The code of a native.
pub type Run = fn(&mut Call<'_>) -> Result<Answer, Fault>;

/// A native as its family declares it.
#[derive(Clone, Copy)]
pub struct Native {
    /// `name(param: type = default, ...rest: type) -> type`. Several names before the parenthesis are separated by
    /// spaces: the first is the primary one. Types: `any null bool int float num string bytes array dict set function
    /// promise channel error seq`, joined by `|`; `int` accepts integral floats (and converts), `float` ints. Defaults:
    /// null, true, false, numbers, "text", `{}`. A last parameter named `opts` collects further named arguments.
    pub signature: &'static str,
    /// How it treats a place.
    pub form: Form,
    /// The right it needs.
    pub capability: Option<Capability>,
    /// One sentence for the documentation.
    pub summary: &'static str,
    /// Its code.
    pub run: Run,
}

/// A parameter of a parsed signature.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// The accepted types as written, split at `|`.
    pub types: Vec<&'static str>,
    /// The default; `None` if it must be given.
    pub default: Option<Value>,
}

/// A parsed signature.
#[derive(Clone, Debug)]
pub struct Signature {
    /// All its names, the primary one first.
    pub names: Vec<&'static str>,
    /// The parameters without the rest.
    pub params: Vec<Parameter>,
    /// The rest parameter.
    pub rest: Option<Parameter>,
    /// The result type as written.
    pub result: &'static str,
}

/// All natives, by id and by name.
#[derive(Default)]
pub struct NativeTable {
    /// Each native with its parsed signature.
    pub entries: Vec<(Native, Signature)>,
    /// Every name, aliases included.
    pub by_name: FxHashMap<&'static str, NativeId>,
}

impl NativeTable {
    /// The table of these families, in order. A malformed signature is a bug of ours and panics.
    pub fn new(families: &[&[Native]]) -> NativeTable {
        let _ = families;
        NativeTable::default()
    }
}
