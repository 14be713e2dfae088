//! Patterns: what they bind, and arms that can never be reached.

use rustc_hash::FxHashMap;

use super::Resolver;
use crate::compiler::scope::{Kind, VariableId};
use crate::syntax::ast::{self, CasePattern, OnePattern, Pattern};

impl<'a> Resolver<'a, '_> {
    /// Declares every name of a pattern.
    pub(super) fn bind(&mut self, pattern: &Pattern, kind: Kind, visible_from: u32) {
        self.each_name(pattern, &mut |this, name| {
            this.declare(name, kind, visible_from);
        });
    }

    /// Bare destructuring: each name follows the rule of bare assignment.
    pub(super) fn assign_pattern(&mut self, pattern: &Pattern, end: u32) {
        self.each_name(pattern, &mut |this, name| this.assign_name(name, end));
    }

    fn each_name(&mut self, pattern: &Pattern, visit: &mut impl FnMut(&mut Self, &ast::Name)) {
        let rest = match pattern {
            Pattern::Ignore(_) => return,
            Pattern::Name(name) => return visit(self, name),
            Pattern::Array { items, rest, .. } => {
                for item in items {
                    self.each_name(item, visit);
                }
                rest
            }
            Pattern::Dict { entries, rest, .. } => {
                for (_, entry) in entries {
                    self.each_name(entry, visit);
                }
                rest
            }
        };
        if let Some(rest) = rest {
            visit(self, rest);
        }
    }

    pub(super) fn match_arms(&mut self, node: &'a ast::Match) {
        self.expr(&node.subject);
        let mut always = false;
        let mut defaults = 0;
        for arm in &node.arms {
            defaults += usize::from(arm.pattern.is_none());
            if arm.pattern.is_none() && defaults > 1 {
                self.report("A `match` has at most one `default`", arm.span);
            }
            if always && arm.pattern.is_some() {
                self.report_with_help(
                    "This arm is never reached: an arm before it always matches",
                    arm.span,
                    "a bare name matches everything; a variant is written with its enum, `Color::Red`",
                );
            }
            always |= arm.guard.is_none() && arm.pattern.as_ref().is_some_and(always_matches);
            self.in_scope(arm.span.start, |this| this.arm(arm));
        }
    }

    fn arm(&mut self, arm: &'a ast::Arm) {
        if let Some(pattern) = &arm.pattern {
            let mut bound = FxHashMap::default();
            self.case_pattern(pattern, &mut bound);
        }
        if let Some(guard) = &arm.guard {
            self.expr(guard);
        }
        match &arm.body {
            ast::Body::Block(block) => self.in_scope(block.span.start, |this| {
                this.found.scopes[this.scope.index()].continues = true;
                this.statements(&block.statements, block.span.start);
            }),
            ast::Body::Expr(expr) => self.expr(expr),
        }
    }

    /// Declares the names of the first alternative; the others must bind the same ones.
    fn case_pattern(&mut self, pattern: &CasePattern, bound: &mut FxHashMap<Box<str>, VariableId>) {
        let mut sets = Vec::new();
        for alternative in &pattern.alternatives {
            let mut names = Vec::new();
            self.one_pattern(alternative, bound, &mut names);
            names.sort();
            sets.push(names);
        }
        if sets.windows(2).any(|pair| pair[0] != pair[1]) {
            self.report("All alternatives of a pattern must bind the same names", pattern.span);
        }
    }

    fn one_pattern(
        &mut self,
        pattern: &OnePattern,
        bound: &mut FxHashMap<Box<str>, VariableId>,
        names: &mut Vec<Box<str>>,
    ) {
        match pattern {
            OnePattern::Ignore(_) | OnePattern::Literal(_) => {}
            OnePattern::Name(name) => self.bind_case(name, bound, names),
            OnePattern::Variant { path, name, payload } => {
                self.pattern_variant(path, name, payload.as_ref().map(Vec::len));
                for part in payload.iter().flatten() {
                    self.nested(part, bound, names);
                }
            }
            OnePattern::Array { items, rest, .. } => {
                for item in items {
                    self.nested(item, bound, names);
                }
                self.bind_rest(rest.as_ref(), bound, names);
            }
            OnePattern::Dict { entries, rest, .. } => {
                for (_, entry) in entries {
                    self.nested(entry, bound, names);
                }
                self.bind_rest(rest.as_ref(), bound, names);
            }
        }
    }

    fn nested(
        &mut self,
        pattern: &CasePattern,
        bound: &mut FxHashMap<Box<str>, VariableId>,
        names: &mut Vec<Box<str>>,
    ) {
        self.case_pattern(pattern, bound);
        let mut found = Vec::new();
        if let Some(first) = pattern.alternatives.first() {
            collect_names(first, &mut found);
        }
        found.sort();
        found.dedup();
        for name in &found {
            if names.contains(name) {
                self.report(format!("The pattern binds `{name}` twice"), pattern.span);
            }
        }
        names.extend(found);
    }

    fn bind_rest(
        &mut self,
        rest: Option<&ast::Name>,
        bound: &mut FxHashMap<Box<str>, VariableId>,
        names: &mut Vec<Box<str>>,
    ) {
        if let Some(rest) = rest {
            self.bind_case(rest, bound, names);
        }
    }

    fn bind_case(
        &mut self,
        name: &ast::Name,
        bound: &mut FxHashMap<Box<str>, VariableId>,
        names: &mut Vec<Box<str>>,
    ) {
        if names.contains(&name.text) {
            self.report(format!("The pattern binds `{}` twice", name.text), name.span);
        }
        names.push(name.text.clone());
        match bound.get(&name.text) {
            Some(&id) => {
                self.found.targets.insert(name.span.start, (id, true));
            }
            None => {
                let id = self.declare(name, Kind::Mutable, name.span.end);
                bound.insert(name.text.clone(), id);
            }
        }
    }
}

fn always_matches(pattern: &CasePattern) -> bool {
    let irrefutable = |one: &OnePattern| matches!(one, OnePattern::Ignore(_) | OnePattern::Name(_));
    pattern.alternatives.iter().any(irrefutable)
}

fn collect_names(pattern: &OnePattern, names: &mut Vec<Box<str>>) {
    let nested = |parts: &[&CasePattern], names: &mut Vec<Box<str>>| {
        for first in parts.iter().filter_map(|part| part.alternatives.first()) {
            collect_names(first, names);
        }
    };
    match pattern {
        OnePattern::Ignore(_) | OnePattern::Literal(_) => {}
        OnePattern::Name(name) => names.push(name.text.clone()),
        OnePattern::Variant { payload, .. } => {
            nested(&payload.iter().flatten().collect::<Vec<_>>(), names);
        }
        OnePattern::Array { items, rest, .. } => {
            nested(&items.iter().collect::<Vec<_>>(), names);
            names.extend(rest.iter().map(|rest| rest.text.clone()));
        }
        OnePattern::Dict { entries, rest, .. } => {
            nested(&entries.iter().map(|(_, entry)| entry).collect::<Vec<_>>(), names);
            names.extend(rest.iter().map(|rest| rest.text.clone()));
        }
    }
}
