//! The names that every program can use without declaring them.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::prelude::Prelude;
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
    /// A dict of functions of the library, by its position in `Library::groups`.
    Group(u16),
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

/// The library as the compiler sees it: names, and the compiled part of the prelude, which a program starts from. Cheap to
/// clone as long as nothing is compiled.
#[derive(Clone, Debug, Default)]
pub struct Library {
    /// Natives and constants.
    builtins: Arc<FxHashMap<Box<str>, Builtin>>,
    pub(super) editing: Arc<FxHashSet<Box<str>>>,
    pub(super) constants: Vec<crate::bytecode::Constant>,
    /// The entries of each group.
    pub(super) groups: Vec<Vec<(Box<str>, Builtin)>>,
    pub(super) prelude: Arc<Prelude>,
    pub(super) base: Program,
    /// What the natives of each name take, all of that name together.
    pub(super) arities: Arc<FxHashMap<Box<str>, Arity>>,
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
        let (mut builtins, mut editing) = (FxHashMap::default(), FxHashSet::default());
        for (name, builtin) in natives {
            if matches!(builtin, Builtin::Native { mutates: true, .. }) {
                editing.insert(name.clone());
            }
            builtins.insert(name, builtin);
        }
        for (position, (name, value)) in constants.iter().enumerate() {
            library.constants.push(value.clone());
            builtins.insert((*name).into(), Builtin::Constant(Constant(position as u16)));
        }
        (library.builtins, library.editing) = (Arc::new(builtins), Arc::new(editing));
        library
    }

    /// Adds names for dicts of natives: of each entry the key and the native.
    #[must_use]
    pub fn with_groups(mut self, groups: &[(&str, &[(&str, &str)])]) -> Library {
        for (position, (name, entries)) in groups.iter().enumerate() {
            let entry = |(key, native): &(&str, &str)| Some(((*key).into(), self.find(native, true)?));
            let entries = entries.iter().filter_map(entry).collect();
            self.groups.push(entries);
            Arc::make_mut(&mut self.builtins).insert((*name).into(), Builtin::Group(position as u16));
        }
        self
    }

    /// Adds what natives take, for warnings. Of several with one name each counts.
    #[must_use]
    pub fn with_arities(mut self, arities: impl IntoIterator<Item = (Box<str>, Arity)>) -> Library {
        let known_arities = Arc::make_mut(&mut self.arities);
        for (name, arity) in arities {
            let known = known_arities.entry(name).or_insert(arity);
            known.required = known.required.min(arity.required);
            known.most = known.most.zip(arity.most).map(|(known, most)| known.max(most));
        }
        self
    }

    /// Adds the prelude, whose files see each other's functions; nothing of it is compiled yet. `always`: the names of the
    /// functions that every program has. `editing`: of those that edit a place. `aliases`: further names of natives, each
    /// with the first.
    #[must_use]
    pub fn with_prelude<'a>(
        mut self,
        sources: &[(&'a str, &'a str)],
        always: &[&str],
        editing: &[&str],
        aliases: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Library {
        Arc::make_mut(&mut self.editing).extend(editing.iter().map(|&name| name.into()));
        let texts = sources.iter().map(|(_, text)| *text);
        self.prelude = Arc::new(Prelude::new(texts, always, editing, aliases));
        self
    }

    /// The library for a program of these texts: what it needs of the prelude is compiled. The prelude is ours: diagnostics
    /// here are bugs, returned with the text they are about.
    pub fn for_program<'a>(
        &self,
        texts: impl IntoIterator<Item = &'a str>,
    ) -> Result<Library, (Source, Vec<Diagnostic>)> {
        self.with_compiled(self.prelude.needed_by(texts))
    }

    /// The library with the whole prelude, for a program that grows.
    pub fn whole(&self) -> Result<Library, (Source, Vec<Diagnostic>)> {
        self.with_compiled(self.prelude.whole())
    }

    fn with_compiled(&self, source: Source) -> Result<Library, (Source, Vec<Diagnostic>)> {
        let mut library = self.clone();
        match super::compile_prelude(source.clone(), &mut library) {
            Ok(()) => Ok(library),
            Err(diagnostics) => Err((source, diagnostics)),
        }
    }

    /// What a name stands for if the program does not declare it. Names that start with `__` are the prelude's own.
    pub(super) fn find(&self, name: &str, in_prelude: bool) -> Option<Builtin> {
        if name.starts_with("__") && !in_prelude {
            return None;
        }
        let prelude = self.base.prelude.get(name).map(|&id| Builtin::Prelude(id));
        prelude.or_else(|| self.builtins.get(name).copied())
    }

    /// All public names, for suggestions.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let names = self.builtins.keys().chain(&self.prelude.names);
        names.map(|name| &**name).filter(|name| !name.starts_with("__"))
    }
}
