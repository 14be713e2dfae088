//! The names that every program can use without declaring them.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::bytecode::{FunctionId, NativeId, Program};
use crate::source::{Diagnostic, Source};

/// A library function that a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Builtin {
    /// Written in Rust. `edits`: called by dot on a place it may change the place (STDLIB 1.2, ✎ and ✂).
    Native {
        /// Its id.
        id: NativeId,
        /// ✎: its plain call returns the changed first argument.
        edits: bool,
        /// ✎ or ✂.
        mutates: bool,
    },
    /// Written in Ruff.
    Prelude(FunctionId),
    /// A constant of the library.
    Constant(Constant),
}

/// A constant of the library, by its position in `Library::constants`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Constant(pub u16);

/// How many arguments a function takes by position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arity {
    /// So many must be given.
    pub required: usize,
    /// So many may be given; `None`: any number.
    pub most: Option<usize>,
}

impl std::fmt::Display for Arity {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.most {
            None => write!(out, "at least {} arguments", self.required),
            Some(1) if self.required == 1 => out.write_str("1 argument"),
            Some(most) if most == self.required => write!(out, "{most} arguments"),
            Some(most) => write!(out, "{} to {most} arguments", self.required),
        }
    }
}

/// The library as the compiler sees it: names, and the compiled prelude that every program starts from.
#[derive(Clone, Debug, Default)]
pub struct Library {
    pub(super) builtins: FxHashMap<Box<str>, Builtin>,
    pub(super) editing: FxHashSet<Box<str>>,
    pub(super) constants: Vec<crate::bytecode::Constant>,
    pub(super) base: Program,
    /// What the natives of each name take, all of that name together.
    pub(super) arities: FxHashMap<Box<str>, Arity>,
}

impl Library {
    /// A library of these natives (name, builtin) and constants, without prelude.
    pub fn new(
        natives: impl IntoIterator<Item = (Box<str>, Builtin)>,
        constants: &[(&str, crate::bytecode::Constant)],
        native_names: Vec<&'static str>,
    ) -> Library {
        let mut library = Library::default();
        library.base.native_names = native_names;
        for (name, builtin) in natives {
            if matches!(builtin, Builtin::Native { mutates: true, .. }) {
                library.editing.insert(name.clone());
            }
            library.builtins.insert(name, builtin);
        }
        for (position, (name, value)) in constants.iter().enumerate() {
            library.constants.push(value.clone());
            library.builtins.insert((*name).into(), Builtin::Constant(Constant(position as u16)));
        }
        library
    }

    /// Adds what natives take, for warnings. Of several with one name each counts.
    #[must_use]
    pub fn with_arities(mut self, arities: impl IntoIterator<Item = (Box<str>, Arity)>) -> Library {
        for (name, arity) in arities {
            let known = self.arities.entry(name).or_insert(arity);
            known.required = known.required.min(arity.required);
            known.most = known.most.zip(arity.most).map(|(known, most)| known.max(most));
        }
        self
    }

    /// Compiles the prelude into the library; its files see each other's functions. `editing` names those that edit a
    /// place. The prelude is ours: diagnostics here are bugs, returned with the text they are about.
    pub fn with_prelude(
        mut self,
        sources: &[(&str, &str)],
        editing: &[&str],
    ) -> Result<Library, (Source, Vec<Diagnostic>)> {
        self.editing.extend(editing.iter().map(|&name| name.into()));
        let texts: Vec<&str> = sources.iter().map(|(_, text)| *text).collect();
        let source = Source::new("prelude", &texts.join("\n"));
        match super::compile_prelude(source.clone(), &mut self, editing) {
            Ok(()) => Ok(self),
            Err(diagnostics) => Err((source, diagnostics)),
        }
    }

    /// What a name stands for if the program does not declare it. Names that start with `__` are the prelude's own.
    pub(super) fn find(&self, name: &str, in_prelude: bool) -> Option<Builtin> {
        if name.starts_with("__") && !in_prelude {
            return None;
        }
        self.builtins.get(name).copied()
    }

    /// All public names, for suggestions.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.builtins.keys().map(|name| &**name).filter(|name| !name.starts_with("__"))
    }
}
