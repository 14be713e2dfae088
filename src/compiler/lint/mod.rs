//! Warnings: what is allowed but hardly meant. `ruff check` shows them; nothing else depends on them.
//!
//! Owns: variables that nothing reads, code that nothing reaches, calls that cannot bind their arguments, promises in the place
//! of values.
//! Invariant: reads the tree and what its names stand for, and changes neither.
//! Does not: guess types. What is warned about is so on every run that gets there.

mod walk;
mod calls;

use rustc_hash::{FxHashMap, FxHashSet};

use super::library::Library;
use super::scope::{Resolution, Use, VariableId};
use crate::source::{Code, Diagnostic, Span};
use crate::syntax::ast;
use crate::syntax::visit::Visitor;
use calls::Call;

/// Collects what is to be judged while the tree is walked, since functions may be called above their declaration.
struct Linter<'a> {
    found: &'a Resolution<'a>,
    library: &'a Library,
    functions: FxHashMap<VariableId, &'a ast::Function>,
    declared: Vec<VariableId>,
    calls: Vec<Call<'a>>,
    /// Operands, conditions and printed values: nobody wants a promise there.
    wanted_values: Vec<&'a ast::Expr>,
    warnings: Vec<Diagnostic>,
}

/// All warnings about a file without errors, in source order.
pub(super) fn lint<'a>(
    script: &'a ast::Script,
    found: &'a Resolution<'a>,
    library: &'a Library,
) -> Vec<Diagnostic> {
    let mut linter = Linter {
        found,
        library,
        functions: FxHashMap::default(),
        declared: Vec::new(),
        calls: Vec::new(),
        wanted_values: Vec::new(),
        warnings: Vec::new(),
    };
    linter.statements(&script.statements);
    linter.unused();
    linter.check_calls();
    linter.check_values();
    linter.warnings.sort_by_key(|warning| warning.span.start);
    linter.warnings
}

impl Linter<'_> {
    fn warn(&mut self, message: impl Into<String>, span: Span, help: impl Into<String>) {
        self.warnings.push(Diagnostic::new(Code::Warning, message, span).with_help(help));
    }

    fn unused(&mut self) {
        let uses = self.found.uses.values().chain(self.found.fallbacks.values());
        let used: FxHashSet<VariableId> = uses
            .filter_map(|what| match what {
                Use::Variable(id) => Some(*id),
                _ => None,
            })
            .collect();
        for id in std::mem::take(&mut self.declared) {
            let variable = self.found.variable(id);
            if used.contains(&id) || variable.exported || variable.name.starts_with('_') {
                continue;
            }
            let (name, span) = (&variable.name, variable.span);
            self.warn(
                format!("Nothing reads the variable {name}"),
                span,
                format!("remove it, or call it `_{name}` if that is meant"),
            );
        }
    }
}
