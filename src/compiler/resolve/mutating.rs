//! Which methods change their receiver (LANGUAGE 7.3), from the text alone.
//!
//! A method is mutating if its body, nested functions included, assigns to `self` or a place under it, or calls a
//! method that may change its receiver on such a place. Since that depends on the other methods, the set of names is
//! grown until it is stable.

use rustc_hash::FxHashSet;

use crate::syntax::ast::{self, Expr, ExprKind, Statement, StatementKind, Step, StepKind};
use crate::syntax::visit::{Visitor, walk_expr, walk_statement};

/// All method names that may change the place they are called on: `known` ones, and those of the structs of all these files,
/// which may call each other's.
pub(in crate::compiler) fn names<'a>(
    scripts: impl Iterator<Item = &'a ast::Script>,
    known: FxHashSet<Box<str>>,
) -> FxHashSet<Box<str>> {
    let mut methods = Vec::new();
    let mut finder = Walk { methods: Some(&mut methods), mutating: None, changes_self: false };
    scripts.for_each(|script| finder.statements(&script.statements));
    let mut names = known;
    loop {
        let before = names.len();
        for function in &methods {
            if let Some(name) = &function.name
                && function.self_param.is_some()
                && !function.is_async
                && !function.is_generator
                && !names.contains(&name.text)
                && changes_self(function, &names)
            {
                names.insert(name.text.clone());
            }
        }
        if names.len() == before {
            return names;
        }
    }
}

/// Whether the function changes `self`, given the names of mutating methods.
pub(super) fn changes_self(function: &ast::Function, mutating: &FxHashSet<Box<str>>) -> bool {
    let mut walk = Walk { methods: None, mutating: Some(mutating), changes_self: false };
    walk.function(function);
    walk.changes_self
}

/// One walk over a tree: collects the methods of all structs, or looks for changes of `self`.
struct Walk<'a, 'm> {
    methods: Option<&'m mut Vec<&'a ast::Function>>,
    mutating: Option<&'m FxHashSet<Box<str>>>,
    changes_self: bool,
}

impl<'a> Visitor<'a> for Walk<'a, '_> {
    fn statement(&mut self, statement: &'a Statement) {
        match &statement.kind {
            // Its methods have another `self`.
            StatementKind::Struct(_) if self.methods.is_none() => return,
            StatementKind::Struct(node) => {
                self.methods.iter_mut().for_each(|known| known.extend(&node.functions))
            }
            StatementKind::Assign(assign) => self.changes_self |= &*assign.place.root.text == "self",
            _ => {}
        }
        walk_statement(self, statement);
    }

    fn expr(&mut self, expr: &'a Expr) {
        if let (ExprKind::Postfix { base, steps }, Some(mutating)) = (&expr.kind, self.mutating) {
            self.changes_self |= matches!(base.kind, ExprKind::SelfRef) && edits(steps, mutating);
        }
        walk_expr(self, expr);
    }
}

/// Whether one of these steps calls a method that may change a place under what they start from.
fn edits(steps: &[Step], mutating: &FxHashSet<Box<str>>) -> bool {
    let leads_on = |step: &&Step| {
        matches!(step.kind, StepKind::Field(_) | StepKind::OptionalField(_) | StepKind::Index(_))
    };
    let place = steps.iter().take_while(leads_on).count();
    let called = steps.get(place).is_some_and(|step| matches!(step.kind, StepKind::Call(_)));
    match steps[..place].last().map(|step| &step.kind) {
        Some(StepKind::Field(name) | StepKind::OptionalField(name)) => {
            called && mutating.contains(&name.text)
        }
        _ => false,
    }
}
