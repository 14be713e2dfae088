//! A whole program: functions, types, names, module-level variables and the source files for messages.

use rustc_hash::FxHashMap;

use super::{Constant, Function};
use crate::source::{Position, Source, Span};

macro_rules! ids {
    ($( $(#[$doc:meta])* $name:ident($repr:ty) )*) => { $(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $repr);
        impl $name {
            /// As a position in its table.
            #[inline]
            pub fn index(self) -> usize { self.0 as usize }
        }
    )* };
}

ids! {
    /// A function of the program.
    FunctionId(u32)
    /// A library function written in Rust: a position in the native table.
    NativeId(u16)
    /// A struct type.
    StructId(u16)
    /// An enum type.
    EnumId(u16)
    /// A source file.
    FileId(u16)
    /// An interned name.
    Symbol(u32)
}

/// A field of a struct.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldDef {
    /// Its name.
    pub name: Symbol,
    /// Its annotation as a check, if it has one: literals and assignments are held to it.
    pub check: Option<super::TypeCheck>,
}

/// In `StructDef::likely`: no field. No program has so many names.
const NO_NAME: Symbol = Symbol(u32::MAX);

/// A struct type.
#[derive(Clone, Debug, PartialEq)]
pub struct StructDef {
    /// Its name.
    pub name: Box<str>,
    /// Its fields in declaration order.
    pub fields: Vec<FieldDef>,
    /// Its methods and static functions by name.
    pub functions: FxHashMap<Symbol, FunctionId>,
    /// If they close over variables: the function whose closures hold these. All functions of the struct capture the
    /// same, in the same order.
    pub scope: Option<FunctionId>,
    /// For the low bits of a name, a field that has them: where to look first.
    likely: Box<[(Symbol, u16)]>,
}

impl StructDef {
    /// A struct type that has no functions yet.
    pub fn new(name: &str, fields: Vec<FieldDef>) -> StructDef {
        let mut def = StructDef {
            name: name.into(),
            fields: Vec::new(),
            functions: FxHashMap::default(),
            scope: None,
            likely: Box::default(),
        };
        def.set_fields(fields);
        def
    }

    /// Gives it its fields.
    pub fn set_fields(&mut self, fields: Vec<FieldDef>) {
        let mut likely = vec![(NO_NAME, 0); (2 * fields.len()).next_power_of_two()].into_boxed_slice();
        for (position, field) in fields.iter().enumerate() {
            likely[field.name.index() & (likely.len() - 1)] = (field.name, position as u16);
        }
        (self.fields, self.likely) = (fields, likely);
    }

    /// How many values a struct value is made of: its fields, and what its functions close over.
    pub fn parts(&self) -> usize {
        self.fields.len() + usize::from(self.scope.is_some())
    }

    /// The position of a field.
    #[inline(always)]
    pub fn field(&self, name: Symbol) -> Option<usize> {
        let (likely, position) = self.likely[name.index() & (self.likely.len() - 1)];
        if likely == name {
            return Some(position.into());
        }
        self.find_field(name)
    }

    #[inline(never)]
    fn find_field(&self, name: Symbol) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }
}

/// An enum type.
#[derive(Clone, Debug, PartialEq)]
pub struct EnumDef {
    /// Its name.
    pub name: Box<str>,
    /// Its variants in declaration order.
    pub variants: Vec<VariantDef>,
}

/// A variant of an enum.
#[derive(Clone, Debug, PartialEq)]
pub struct VariantDef {
    /// Its name.
    pub name: Box<str>,
    /// The number of payload values; `None` if any.
    pub payload: Option<u16>,
    /// The annotations of the payload values as checks.
    pub checks: Vec<Option<super::TypeCheck>>,
}

/// A module-level variable that some function names.
#[derive(Clone, Debug, PartialEq)]
pub struct GlobalDef {
    /// Its name, for messages.
    pub name: Symbol,
}

/// A test: a function without parameters that does what its setups, its block and its teardowns say.
#[derive(Clone, Debug, PartialEq)]
pub struct TestDef {
    /// Its name.
    pub name: Box<str>,
    /// The names of the groups around it, outermost first.
    pub groups: Box<[Box<str>]>,
    /// What it runs.
    pub function: FunctionId,
    /// The whole block.
    pub span: Span,
}

/// What an export of a module stands for when it is looked up by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Member {
    /// A module-level variable: it is read as it is now.
    Variable(u32),
    /// A function.
    Function(FunctionId),
}

/// An imported file.
#[derive(Clone, Debug, PartialEq)]
pub struct ModuleDef {
    /// The last word of its path, as messages and `print` show it.
    pub name: Box<str>,
    /// Its top-level code.
    pub main: FunctionId,
    /// The module-level variable that is set once its code has run.
    pub state: u32,
    /// What it exports, types left out.
    pub members: FxHashMap<Symbol, Member>,
}

/// Everything that can run.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// The source files; file 0 is the prelude.
    pub files: Vec<Source>,
    /// All functions.
    pub functions: Vec<Function>,
    /// The top-level code of the started script.
    pub main: FunctionId,
    /// The started script's tests, in the order of the text.
    pub tests: Vec<TestDef>,
    /// All struct types.
    pub structs: Vec<StructDef>,
    /// All enum types.
    pub enums: Vec<EnumDef>,
    /// What the instruction `Enum` names.
    pub variants: Vec<(EnumId, u16)>,
    /// The imported files, in the order in which they were compiled.
    pub modules: Vec<ModuleDef>,
    /// Module-level variables that functions name; all others are registers of the top-level code.
    pub globals: Vec<GlobalDef>,
    /// For a program that further inputs are added to: the module-level variables that functions name, ascending.
    pub open_ended: Option<Vec<u32>>,
    /// Interned names.
    pub symbols: Vec<Box<str>>,
    /// The way back from a name to its symbol.
    pub symbol_ids: FxHashMap<Box<str>, Symbol>,
    /// Library functions written in Ruff, by name.
    pub prelude: FxHashMap<Box<str>, FunctionId>,
    /// The names of library functions written in Rust, by `NativeId`: all that displaying one needs to know.
    pub native_names: Vec<&'static str>,
}

impl Program {
    /// A function by id.
    #[inline]
    pub fn function(&self, id: FunctionId) -> &Function {
        &self.functions[id.index()]
    }

    /// The module-level variables that a context running this function gets copies of, ascending.
    pub fn globals_of(&self, id: FunctionId) -> &[u32] {
        match &self.open_ended {
            Some(named) => named,
            None => &self.function(id).globals,
        }
    }

    /// The text of an interned name.
    pub fn symbol(&self, symbol: Symbol) -> &str {
        &self.symbols[symbol.index()]
    }

    /// The symbol of a name, if the program mentions it anywhere.
    pub fn find_symbol(&self, name: &str) -> Option<Symbol> {
        self.symbol_ids.get(name).copied()
    }

    /// Interns a name while a program is being made.
    pub fn intern(&mut self, name: &str) -> Symbol {
        if let Some(&symbol) = self.symbol_ids.get(name) {
            return symbol;
        }
        let symbol = Symbol(self.symbols.len() as u32);
        self.symbols.push(name.into());
        self.symbol_ids.insert(name.into(), symbol);
        symbol
    }

    /// The file name and position of an instruction.
    pub fn place_of(&self, function: FunctionId, ip: u32) -> (&str, Position) {
        let function = self.function(function);
        let source = &self.files[function.file.index()];
        let span = function.spans.get(ip as usize).copied().unwrap_or(function.span);
        (source.name(), source.position(span.start))
    }

    /// A fingerprint of what snapshots depend on: names and code of all functions and types. Not for security.
    pub fn fingerprint(&self) -> u64 {
        use std::hash::{Hash, Hasher};
        let mut hasher = rustc_hash::FxHasher::default();
        for function in &self.functions {
            function.name.hash(&mut hasher);
            function.registers.hash(&mut hasher);
            for op in &function.code {
                format!("{op:?}").hash(&mut hasher);
            }
            for constant in &function.constants {
                match constant {
                    Constant::Int(value) => value.hash(&mut hasher),
                    Constant::Float(value) => value.to_bits().hash(&mut hasher),
                    Constant::Text(text) => text.hash(&mut hasher),
                    Constant::None => 0u8.hash(&mut hasher),
                }
            }
        }
        self.symbols.hash(&mut hasher);
        for def in &self.structs {
            def.name.hash(&mut hasher);
            def.parts().hash(&mut hasher);
        }
        hasher.finish()
    }
}
