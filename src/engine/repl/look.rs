//! Looking at a session: names, what stands behind a point, and what functions take.
//!
//! Invariant: nothing here runs code of the script, so looking changes nothing.

use super::Repl;
use crate::bytecode::{Function, FunctionId};
use crate::compiler::{TypeId, VariableName};
use crate::stdlib::{Help, Reference};
use crate::syntax::token::Keyword;
use crate::value::{KeyRef, Value};

/// The fields of errors (LANGUAGE 9.2).
const ERROR_FIELDS: [&str; 8] = ["message", "kind", "line", "column", "file", "stack", "cause", "value"];

/// Names that are special where the grammar expects them (LANGUAGE 1.3).
const SPECIAL: &[&str] =
    &["as", "async_scope", "case", "default", "except", "finally", "from", "match", "test"];

/// What prelude functions call a parameter that takes anything to walk over.
const WALKED: &str = "xs";

/// A variable or function of the session.
#[derive(Debug)]
pub struct Binding<'a> {
    /// Its name.
    pub name: &'a str,
    /// `let`, `const`, `func`, `import`, or `mut`.
    pub binding: &'static str,
    /// Its value.
    pub value: &'a Value,
}

impl Repl {
    /// The session's variables and functions that have a value, by name.
    pub fn bindings(&self) -> Vec<Binding<'_>> {
        let variables = self.dialogue.variables().map(|variable| {
            let VariableName { name, binding, slot } = variable;
            Binding { name, binding, value: self.estate.get(slot) }
        });
        let mut all: Vec<_> = variables.filter(|one| !matches!(one.value, Value::Unset)).collect();
        all.sort_unstable_by_key(|binding| binding.name);
        all
    }

    /// All words that an input can use, reserved ones included, sorted.
    pub fn words(&self) -> Vec<&str> {
        let known = self.dialogue.names().chain(self.engine.library.names());
        let reserved = Keyword::ALL.iter().map(|keyword| keyword.text());
        let mut names: Vec<&str> = known.chain(reserved).chain(SPECIAL.iter().copied()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// What can stand behind the point after `path`: a variable, then fields or keys. Sorted; empty if no value is known.
    pub fn members(&self, path: &[&str]) -> Vec<String> {
        let Some((first, fields)) = path.split_first() else { return Vec::new() };
        let exports = self.dialogue.exports_of(first).map(str::to_owned);
        let mut found: Vec<String> = if fields.is_empty() { exports.collect() } else { Vec::new() };
        if let Some(value) = self.value_at(first, fields) {
            found.extend(self.parts_of(value));
            found.extend(self.methods_of(value).into_iter().map(str::to_owned));
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// What can stand behind `name::`.
    pub fn type_members(&self, name: &str) -> Vec<String> {
        let program = self.program();
        let mut found: Vec<String> = match self.dialogue.type_named(name) {
            Some(TypeId::Struct(id)) => self.functions_of(id.index()),
            Some(TypeId::Enum(id)) => {
                program.enums[id.index()].variants.iter().map(|variant| variant.name.to_string()).collect()
            }
            None => Vec::new(),
        };
        found.sort_unstable();
        found
    }

    /// What a function takes and does: one of the session, else of the library.
    pub fn help(&self, name: &str) -> Option<Help> {
        if let Some(slot) = self.dialogue.slot(name) {
            return match self.estate.get(slot) {
                Value::Function(id) => Some(self.declared_help(*id)),
                Value::Closure(closure) => Some(self.declared_help(closure.function)),
                _ => None,
            };
        }
        Reference::new(&self.engine.natives).help(name)
    }

    fn value_at(&self, first: &str, fields: &[&str]) -> Option<&Value> {
        let mut value = self.estate.get(self.dialogue.slot(first)?);
        for field in fields {
            value = match value {
                Value::Struct(body) => {
                    let def = &self.program().structs[body.id.index()];
                    body.fields.get(def.field(self.program().find_symbol(field)?)?)?
                }
                Value::Dict(dict) => dict.get_text(field)?,
                _ => return None,
            };
        }
        Some(value)
    }

    /// Fields, keys and declared functions.
    fn parts_of(&self, value: &Value) -> Vec<String> {
        match value {
            Value::Struct(body) => {
                let def = &self.program().structs[body.id.index()];
                let fields = def.fields.iter().map(|field| self.program().symbol(field.name).to_owned());
                fields.chain(self.functions_of(body.id.index())).collect()
            }
            Value::Dict(dict) => dict
                .iter()
                .filter_map(|(key, _)| match key.as_ref() {
                    KeyRef::Text(text) if is_word(text) => Some(text.to_owned()),
                    _ => None,
                })
                .collect(),
            Value::Module(module) => {
                let members = &self.program().modules[usize::from(*module)].members;
                members.keys().map(|&name| self.program().symbol(name).to_owned()).collect()
            }
            Value::Error(_) => ERROR_FIELDS.map(str::to_owned).to_vec(),
            _ => Vec::new(),
        }
    }

    fn functions_of(&self, index: usize) -> Vec<String> {
        let functions = self.program().structs[index].functions.keys();
        functions.map(|&name| self.program().symbol(name).to_owned()).collect()
    }

    /// The library's functions that take the value first.
    fn methods_of(&self, value: &Value) -> Vec<&str> {
        let walks = matches!(
            value,
            Value::Array(_)
                | Value::Set(_)
                | Value::Deque(_)
                | Value::Dict(_)
                | Value::Text(_)
                | Value::Generator(..)
        );
        let program = self.program();
        let takes = |id: FunctionId| {
            let first = program.function(id).params.first();
            walks && first.is_some_and(|param| program.symbol(param.name) == WALKED)
        };
        let prelude = program.prelude.iter().filter(|(_, id)| takes(**id)).map(|(name, _)| &**name);
        let natives = self.engine.natives.names_accepting(value);
        natives.into_iter().chain(prelude).filter(|name| !name.starts_with("__")).collect()
    }

    /// What the text of a function says before its body.
    fn declared_help(&self, id: FunctionId) -> Help {
        let function = self.program().function(id);
        let source = &self.program().files[function.file.index()];
        let text = source.slice(function.span);
        let signature = head(text, function);
        let meaning = documentation(source.text(), function.span.start);
        Help { signatures: vec![(signature, meaning)], ..Help::default() }
    }
}

/// The declaration up to the brace that opens its body.
fn head(text: &str, function: &Function) -> String {
    // A default may hold braces as well: the body's is the first one outside of brackets.
    let mut depth = 0usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth = depth.saturating_sub(1),
            b'{' if depth == 0 => return one_line(&text[..at]),
            _ => {}
        }
    }
    let text = one_line(text);
    if text.is_empty() { function.name.to_string() } else { text }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The `///` lines directly above a declaration.
fn documentation(text: &str, start: u32) -> String {
    let line_start = text[..start as usize].rfind('\n').map_or(0, |at| at + 1);
    let above = text[..line_start].lines().rev();
    let mut lines: Vec<&str> =
        above.map_while(|line| line.trim_start().strip_prefix("///")).map(str::trim).collect();
    lines.reverse();
    lines.join(" ")
}

/// Whether a key can be written behind a point.
fn is_word(text: &str) -> bool {
    let mut characters = text.chars();
    let starts = |first: char| first == '_' || unicode_ident::is_xid_start(first);
    characters.next().is_some_and(starts) && characters.all(unicode_ident::is_xid_continue)
}
