//! Library functions written in Rust: how they are declared, found and called.
//!
//! A native is one entry of one table: its signature text declares name, parameters, types and defaults, and arity
//! and type errors, named arguments, documentation and completion all come from it.

use rustc_hash::FxHashMap;

use super::Request;
use super::detour::Detours;
use super::type_set::TypeSet;
use crate::bytecode::{NativeId, Program};
use crate::context::Cells;
use crate::value::{Dict, ErrorKind, Fault, Parcel, ResourceKind, Value};

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

/// What a native does with its arguments that methods of structs may stand in for (LANGUAGE 7.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Nothing.
    Other,
    /// Writes their texts: `op_str`.
    Shows,
    /// Compares the first two: `op_eq`.
    Compares,
    /// Compares the items of the first, if that is an array, with the second: `op_eq`.
    ComparesItems,
    /// All of it is the prelude's: `__own_NAME` is called with the arguments, checked and complete.
    Written,
    /// Ends the generator that is the first: nothing is left for the native to do.
    Ends,
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

impl Capability {
    /// All of them.
    pub const ALL: [Capability; 12] = [
        Capability::FilesystemRead,
        Capability::FilesystemWrite,
        Capability::FilesystemDelete,
        Capability::ProcessExec,
        Capability::ShellExec,
        Capability::EnvRead,
        Capability::EnvWrite,
        Capability::NetworkClient,
        Capability::NetworkServer,
        Capability::Database,
        Capability::Clock,
        Capability::Random,
    ];

    /// Its name in messages (STDLIB R12).
    pub fn text(self) -> &'static str {
        match self {
            Capability::FilesystemRead => "filesystem-read",
            Capability::FilesystemWrite => "filesystem-write",
            Capability::FilesystemDelete => "filesystem-delete",
            Capability::ProcessExec => "process-exec",
            Capability::ShellExec => "shell-exec",
            Capability::EnvRead => "env-read",
            Capability::EnvWrite => "env-write",
            Capability::NetworkClient => "network-client",
            Capability::NetworkServer => "network-server",
            Capability::Database => "database",
            Capability::Clock => "clock",
            Capability::Random => "random",
        }
    }

    /// The command-line flag that grants it (LANGUAGE 14.1).
    pub fn flag(self) -> &'static str {
        match self {
            Capability::FilesystemRead => "--allow-fs-read",
            Capability::FilesystemWrite => "--allow-fs-write",
            Capability::FilesystemDelete => "--allow-fs-delete",
            Capability::ProcessExec => "--allow-process-exec",
            Capability::ShellExec => "--allow-shell-exec",
            Capability::EnvRead => "--allow-env-read",
            Capability::EnvWrite => "--allow-env-write",
            Capability::NetworkClient => "--allow-net-client",
            Capability::NetworkServer => "--allow-net-server",
            Capability::Database => "--allow-database",
            Capability::Clock => "--allow-clock",
            Capability::Random => "--allow-random",
        }
    }

    /// The error of a call of `function`, whose run does not have it (STDLIB R12).
    pub fn denied(self, function: &str) -> Fault {
        let (name, flag) = (self.text(), self.flag());
        let message = format!("Capability denied: {name} required for {function}; rerun with {flag}");
        let mut details = Dict::new();
        details.insert_text("capability", Value::text(name));
        details.insert_text("function", Value::text(function));
        Fault::new(ErrorKind::CapabilityError, message).with_value(Value::dict(details))
    }
}

/// What a native gives back. Requests are boxed, see `Halt`.
#[derive(Debug)]
pub enum Answer {
    /// The result.
    Value(Value),
    /// Whatever the runtime answers is the result (`async_` forms: a promise).
    Ask(Box<Request>),
    /// The outcome of the promise that the runtime answers with is the result (calls that wait).
    Wait(Box<Request>),
}

impl Answer {
    /// The result is whatever the runtime answers.
    pub fn ask(request: Request) -> Answer {
        Answer::Ask(Box::new(request))
    }

    /// The result is the outcome of the promise that the runtime answers with.
    pub fn wait(request: Request) -> Answer {
        Answer::Wait(Box::new(request))
    }
}

const _: () = assert!(size_of::<Result<Answer, Fault>>() == 16, "it goes through registers of the processor");

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
    /// The rights that scripts do not have: a native that needs one throws CapabilityError.
    pub denied: Vec<Capability>,
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
    /// What it does with its arguments.
    pub work: Work,
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
    /// spaces: the first is the primary one. Types: `any null bool int float num string bytes array dict set queue stack function
    /// promise channel error seq`, joined by `|`; `int` accepts integral floats (and converts), `float` ints. Defaults:
    /// null, true, false, numbers, "text", `{}`, `[]`, and `unset` (may be left out; the native sees `Unset`). A last parameter named `opts` collects further named arguments.
    pub signature: &'static str,
    /// How it treats a place.
    pub form: Form,
    /// What it does with its arguments.
    pub work: Work,
    /// Whether it sends arguments to other contexts (`Call::pack`).
    pub sends: bool,
    /// The right it needs.
    pub capability: Option<Capability>,
    /// Rights that some calls of it need besides; whoever does the work holds it to them.
    pub may_need: &'static [Capability],
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
///
/// Several natives may declare one name with different types of the first parameter (`remove` edits an array and cuts a
/// dict): `by_name` gives the first, and a call takes the one that accepts its first argument.
#[derive(Default)]
pub struct NativeTable {
    /// Each native with its parsed signature.
    pub entries: Vec<(Native, Signature)>,
    /// Every name, aliases included.
    pub by_name: FxHashMap<&'static str, NativeId>,
    /// What the machine checks arguments with, by native.
    pub(super) accepts: Vec<Accepts>,
    /// By native, if it is the first of its name: which natives are quick methods of which handles.
    quick: Vec<Box<[Quick]>>,
}

/// A native that needs no more than its arguments checked where it is called as a method of a handle: `send`, `receive`.
#[derive(Clone, Debug)]
pub(super) struct Quick {
    /// The handles that it is a method of.
    kind: ResourceKind,
    /// The native.
    pub(super) native: NativeId,
    /// Whether it sends arguments to other contexts.
    pub(super) sends: bool,
    /// What the parameters behind the handle accept, and their defaults.
    pub(super) params: Box<[(TypeSet, Option<Value>)]>,
}

/// The accepted types of one native's parameters, and the next native of the same name.
#[derive(Clone, Debug, Default)]
pub(super) struct Accepts {
    pub(super) params: Vec<TypeSet>,
    pub(super) rest: Option<TypeSet>,
    /// How many arguments must be given.
    pub(super) required: usize,
    /// Whether the last parameter collects named arguments.
    pub(super) opts: bool,
    /// Why a call may be more than one of the native.
    pub(super) detours: Detours,
    pub(super) overload: Option<NativeId>,
    /// Whether it may be a `Quick`.
    quick: bool,
}

impl NativeTable {
    /// The table of these families, in order. A malformed signature is a bug of ours and panics.
    pub fn new(families: &[&[Native]]) -> NativeTable {
        let mut table = NativeTable::default();
        for native in families.iter().flat_map(|family| family.iter()) {
            table.add(*native);
        }
        table.quick = (0..table.entries.len()).map(|first| table.quick_methods(first)).collect();
        table
    }

    fn add(&mut self, native: Native) {
        let signature = Signature::parse(native.signature);
        let id =
            NativeId(u16::try_from(self.entries.len()).expect("the library has less than 65,536 functions"));
        self.accepts.push(Accepts::of(&native, &signature));
        for &name in &signature.names {
            match self.by_name.get(name) {
                Some(&first) => self.append(first, id),
                None => _ = self.by_name.insert(name, id),
            }
        }
        self.entries.push((native, signature));
    }

    /// Makes `id` the last of the natives that share a name with `first`.
    fn append(&mut self, first: NativeId, id: NativeId) {
        let mut last = first;
        while let Some(next) = self.accepts[last.index()].overload {
            last = next;
        }
        if last != id {
            self.accepts[last.index()].overload = Some(id);
        }
    }

    /// The native of this name whose first parameter accepts `first`; the one given if none does.
    #[inline]
    pub(super) fn select(&self, id: NativeId, first: Option<&Value>) -> NativeId {
        if self.accepts[id.index()].overload.is_none() {
            return id;
        }
        self.accepting(id, first).unwrap_or(id)
    }

    /// The names of all natives whose first parameter is of the value's type, in order.
    pub fn names_accepting(&self, value: &Value) -> Vec<&'static str> {
        let accepts = |native: &usize| {
            let first = self.accepts[*native].params.first();
            first.is_some_and(|set| set.bits != u32::MAX && set.admits(value))
        };
        let natives = (0..self.entries.len()).filter(accepts);
        let mut names: Vec<_> =
            natives.flat_map(|native| self.entries[native].1.names.iter().copied()).collect();
        names.sort_unstable();
        names
    }

    /// The native of this name whose first parameter accepts `first`.
    pub(super) fn accepting(&self, id: NativeId, first: Option<&Value>) -> Option<NativeId> {
        let mut candidate = Some(id);
        while let Some(id) = candidate {
            let accepts = &self.accepts[id.index()];
            let set = accepts.params.first().or(accepts.rest.as_ref());
            if let (Some(set), Some(value)) = (set, first)
                && set.admits(value)
            {
                return Some(id);
            }
            candidate = accepts.overload;
        }
        None
    }
}

impl NativeTable {
    /// The native that a method call of a handle of this kind calls, if it is a quick one. `first`: the first of its name.
    #[inline]
    pub(super) fn quick_method(&self, first: NativeId, kind: ResourceKind) -> Option<&Quick> {
        self.quick[first.index()].iter().find(|quick| quick.kind == kind)
    }

    /// Whether some handles have a quick method of this name. `first`: the first of its natives.
    pub(super) fn has_quick(&self, first: NativeId) -> bool {
        !self.quick[first.index()].is_empty()
    }

    fn quick_methods(&self, first: usize) -> Box<[Quick]> {
        let mut methods: Vec<Quick> = Vec::new();
        let mut passed: Vec<ResourceKind> = Vec::new();
        let mut candidate = Some(NativeId(first as u16));
        while let Some(id) = candidate {
            let accepts = &self.accepts[id.index()];
            let Some(set) = accepts.params.first().filter(|set| !set.admits_values()) else { break };
            let new = set.kinds().iter().filter(|kind| !passed.contains(kind));
            methods.extend(new.filter(|_| accepts.quick).map(|kind| self.quick(*kind, id)));
            passed.extend(set.kinds());
            candidate = accepts.overload;
        }
        methods.into()
    }

    fn quick(&self, kind: ResourceKind, native: NativeId) -> Quick {
        let (entry, signature) = &self.entries[native.index()];
        let defaults = signature.params.iter().map(|parameter| parameter.default.clone());
        let params = self.accepts[native.index()].params.iter().cloned().zip(defaults).skip(1).collect();
        Quick { kind, native, sends: entry.sends, params }
    }
}

impl Accepts {
    fn of(native: &Native, signature: &Signature) -> Accepts {
        let params: Vec<TypeSet> = signature.params.iter().map(TypeSet::of).collect();
        let rest = signature.rest.as_ref().map(TypeSet::of);
        let walks = params.iter().chain(&rest).any(TypeSet::has_generator);
        let detours = Detours::of(native.work);
        let detours = if walks { detours.with(Detours::WALKS) } else { detours };
        let is_plain = native.form == Form::Plain && native.capability.is_none() && rest.is_none();
        Accepts {
            quick: is_plain && detours == Detours::default(),
            detours,
            params,
            rest,
            required: signature.params.iter().filter(|param| param.default.is_none()).count(),
            opts: signature.params.last().is_some_and(|param| param.name == "opts"),
            overload: None,
        }
    }
}

impl Signature {
    /// Parses `name alias(param: type = default, ...rest: type) -> type`.
    fn parse(text: &'static str) -> Signature {
        let malformed = || -> ! { panic!("malformed signature: {text}") };
        let Some((names, rest)) = text.split_once('(') else { malformed() };
        let (params, result) = match rest.rsplit_once("->") {
            Some((params, result)) => (params.trim_end(), result.trim()),
            None => (rest.trim_end(), "any"),
        };
        let Some(params) = params.strip_suffix(')') else { malformed() };
        let mut all: Vec<Parameter> = Vec::new();
        let mut rest = None;
        for part in split_params(params) {
            match part.strip_prefix("...") {
                Some(part) => rest = Some(Parameter::parse(part)),
                None => all.push(Parameter::parse(part)),
            }
        }
        Signature { names: names.split_whitespace().collect(), params: all, rest, result }
    }
}

/// Splits at the commas that stand outside of quotes.
fn split_params(text: &'static str) -> impl Iterator<Item = &'static str> {
    let mut quoted = false;
    text.split(move |character| {
        quoted ^= character == '"';
        character == ',' && !quoted
    })
    .map(str::trim)
    .filter(|part| !part.is_empty())
}

impl Parameter {
    fn parse(text: &'static str) -> Parameter {
        let (declared, default) = match text.split_once('=') {
            Some((declared, default)) => (declared.trim(), Some(parse_default(default.trim()))),
            None => (text, None),
        };
        let (name, types) = match declared.split_once(':') {
            Some((name, types)) => (name.trim(), types.split('|').map(str::trim).collect()),
            None => (declared, vec!["any"]),
        };
        Parameter { name, types, default }
    }

    /// The accepted types as messages name them.
    pub(super) fn expected(&self) -> String {
        let name = |&written: &&'static str| match written {
            "num" => "number",
            "seq" => "sequence",
            other => other,
        };
        self.types.iter().map(name).collect::<Vec<_>>().join(" or ")
    }
}

fn parse_default(text: &'static str) -> Value {
    match text {
        "null" => Value::Null,
        "unset" => Value::Unset,
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        "{}" => Value::dict(Dict::new()),
        "[]" => Value::array(Vec::new()),
        _ => {
            if let Some(inner) = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
                return Value::text(inner.replace("\\n", "\n"));
            }
            if let Ok(int) = text.parse() {
                return Value::Int(int);
            }
            Value::Float(text.parse().unwrap_or_else(|_| panic!("malformed default: {text}")))
        }
    }
}
