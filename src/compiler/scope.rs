//! What the resolver finds out and the emitter reads: functions, scopes, variables, and what each name stands for.
//!
//! Names are identified by the byte at which they stand in the source, which is unique within a file.

use rustc_hash::{FxHashMap, FxHashSet};

use super::dialogue::Dialogue;
use super::library::Builtin;
use crate::bytecode::{EnumId, FunctionId, StructId};
use crate::source::Span;
use crate::syntax::ast;

macro_rules! indexes {
    ($( $(#[$doc:meta])* $name:ident )*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub(super) struct $name(pub(super) u32);
        impl $name {
            pub(super) fn index(self) -> usize { self.0 as usize }
        }
    )* };
}

indexes! {
    /// A variable or declared function.
    VariableId
    /// A block.
    ScopeId
    /// A function body of the file (0: the top level).
    BodyId
}

/// How a variable was declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `let`.
    Let,
    /// `const`.
    Const,
    /// `mut`, a bare assignment, a parameter, a loop variable, a pattern or `except` name.
    Mutable,
    /// A declared function: immutable.
    Function,
    /// The receiver of a method.
    Receiver,
    /// A copy of another file's variable: immutable.
    Import,
}

impl Kind {
    /// How messages call an immutable variable.
    pub(super) fn immutable(self) -> Option<&'static str> {
        match self {
            Kind::Let => Some("let"),
            Kind::Const => Some("const"),
            Kind::Function => Some("func"),
            Kind::Import => Some("import"),
            Kind::Mutable | Kind::Receiver => None,
        }
    }
}

/// A variable or declared function.
#[derive(Clone, Debug)]
pub(super) struct Variable {
    pub(super) name: Box<str>,
    pub(super) kind: Kind,
    pub(super) body: BodyId,
    pub(super) scope: ScopeId,
    pub(super) span: Span,
    /// The end of its declaration: from there on it is visible in its own body.
    pub(super) visible_from: u32,
    /// Assigned or changed after its declaration.
    pub(super) reassigned: bool,
    /// Bodies other than its own that name it.
    pub(super) captured_by: Vec<BodyId>,
    /// Module-level and named by a function or by other files.
    pub(super) global: bool,
    /// Module-level and named by other files.
    pub(super) exported: bool,
    /// Needs a cell: captured and changed, or captured before it is declared.
    pub(super) cell: bool,
    /// The cell must exist from the beginning of the block.
    pub(super) early: bool,
    /// For declared functions: the body, and whether it is named before its declaration in the text.
    pub(super) function: Option<BodyId>,
    pub(super) used_early: bool,
    /// The module-level variable of another file, or of an earlier input, that it stands for.
    pub(super) foreign: Option<u32>,
}

/// A function body.
#[derive(Clone, Debug)]
pub(super) struct BodyInfo {
    pub(super) parent: Option<BodyId>,
    /// Async functions and spawn blocks run in contexts of their own.
    pub(super) is_async: bool,
    /// The body of a `func*`.
    pub(super) is_generator: bool,
    /// Where closures of it are made, as a position in the text.
    pub(super) created_at: u32,
    /// The variable of a declared function; for what belongs to a struct, the struct's.
    pub(super) declared_as: Option<VariableId>,
    /// A function or field default of a struct. Its parent stands for the struct, and it captures what that captures.
    pub(super) is_member: bool,
    /// Variables of enclosing bodies that it names, module-level ones left out.
    pub(super) free: Vec<VariableId>,
    /// What its closures capture, in order; filled in when all bodies are known.
    pub(super) captures: Vec<VariableId>,
    /// The receiver variable of a method.
    pub(super) receiver: Option<VariableId>,
    /// A mutating method.
    pub(super) mutates_self: bool,
}

/// A struct as the resolver knows it.
pub(super) struct StructInfo<'a> {
    pub(super) node: &'a ast::Struct,
    /// Its id, if another file declares it.
    pub(super) imported: Option<StructId>,
}

/// An enum as the resolver knows it.
pub(super) struct EnumInfo<'a> {
    pub(super) node: &'a ast::Enum,
    /// Its id, if another file declares it.
    pub(super) imported: Option<EnumId>,
}

/// The file's top level or a `test_group`, as tests in it need it.
pub(super) struct TestLevel<'a> {
    /// Its position among `Suite::levels`; the top level has none.
    pub(super) parent: Option<usize>,
    /// The group's name; empty for the top level.
    pub(super) name: Box<str>,
    /// The group's scope, which holds its functions and types; `None` for the top level.
    pub(super) scope: Option<ScopeId>,
    /// What stands in it.
    pub(super) statements: &'a [ast::Statement],
}

/// A `test` block.
pub(super) struct Test<'a> {
    pub(super) name: Box<str>,
    pub(super) level: usize,
    pub(super) block: &'a ast::Block,
    pub(super) span: Span,
}

/// The tests of a file. All belong to one body: the setups around a test are scopes around its block, so that what they
/// declare is visible there, and each test runs the code of its own.
pub(super) struct Suite<'a> {
    pub(super) body: BodyId,
    pub(super) levels: Vec<TestLevel<'a>>,
    /// In the order of the text.
    pub(super) tests: Vec<Test<'a>>,
}

/// What a name in a scope stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entity {
    Variable(VariableId),
    Struct(usize),
    Enum(usize),
    /// An imported unit.
    Module(usize),
    /// An imported function.
    Function(FunctionId),
}

/// A block.
#[derive(Debug)]
pub(super) struct Scope {
    pub(super) parent: Option<ScopeId>,
    /// The block of an arm: what the pattern around it binds counts as declared here.
    pub(super) continues: bool,
    pub(super) names: FxHashMap<Box<str>, Entity>,
    /// Variables whose cells are made when the block is entered.
    pub(super) early: Vec<VariableId>,
    /// Declared functions that are made when the block is entered.
    pub(super) hoisted: Vec<VariableId>,
    /// Imported units whose exports are visible as names, below all that is declared.
    pub(super) opened: Vec<usize>,
}

/// What a used name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    Variable(VariableId),
    Builtin(Builtin),
    /// What `from m import x` copies: a module-level variable of another file.
    Global(u32),
    /// An imported unit itself.
    Module(usize),
    /// Nothing, in a file whose imports fail: an error when the program gets there.
    Missing,
}

/// The finished findings about one file.
#[derive(Default)]
pub(super) struct Resolution<'a> {
    pub(super) variables: Vec<Variable>,
    pub(super) bodies: Vec<BodyInfo>,
    pub(super) scopes: Vec<Scope>,
    pub(super) structs: Vec<StructInfo<'a>>,
    pub(super) enums: Vec<EnumInfo<'a>>,
    /// Used names, by their first byte.
    pub(super) uses: FxHashMap<u32, Use>,
    /// Declared and assigned names, by their first byte; true: declared here.
    pub(super) targets: FxHashMap<u32, (VariableId, bool)>,
    /// The annotations of variables and parameters.
    pub(super) annotations: FxHashMap<VariableId, &'a ast::Type>,
    /// Type names, by the first byte of their path.
    pub(super) types: FxHashMap<u32, Entity>,
    /// Scopes of blocks, by their first byte.
    pub(super) block_scopes: FxHashMap<u32, ScopeId>,
    /// Bodies of functions, lambdas and spawn blocks, by their first byte.
    pub(super) body_ids: FxHashMap<u32, BodyId>,
    /// Bodies of field defaults that are not constants, by the first byte of the expression.
    pub(super) default_bodies: FxHashMap<u32, BodyId>,
    /// What a method call's name means when the receiver has no such member (LANGUAGE 7.4), by its first byte.
    pub(super) fallbacks: FxHashMap<u32, Use>,
    /// Method names that may change the place they are called on.
    pub(super) mutating_names: FxHashSet<Box<str>>,
    /// The tests, if the file has any.
    pub(super) suite: Option<Suite<'a>>,
    /// What the text is an input of.
    pub(super) dialogue: Option<&'a Dialogue>,
}

impl Resolution<'_> {
    pub(super) fn variable(&self, id: VariableId) -> &Variable {
        &self.variables[id.index()]
    }

    /// How messages call a variable that cannot be changed. In async and generator methods `self` is such a one.
    pub(super) fn immutable(&self, id: VariableId) -> Option<&'static str> {
        let variable = self.variable(id);
        let body = self.body(variable.body);
        let is_copy = variable.kind == Kind::Receiver && (body.is_async || body.is_generator);
        variable.kind.immutable().or(is_copy.then_some("self"))
    }

    pub(super) fn body(&self, id: BodyId) -> &BodyInfo {
        &self.bodies[id.index()]
    }

    /// The hidden variable of a struct below the top level: it holds what the struct's functions close over.
    pub(super) fn scope_of_struct(&self, index: usize) -> Option<VariableId> {
        let info = &self.structs[index];
        let own = info.imported.is_none();
        own.then(|| self.targets.get(&info.node.name.span.start)).flatten().map(|&(id, _)| id)
    }

    /// Whether a declared function captures nothing, so that it is a constant of the program.
    pub(super) fn is_static(&self, id: VariableId) -> bool {
        let variable = self.variable(id);
        !variable.global && variable.function.is_some_and(|body| self.body(body).captures.is_empty())
    }
}
