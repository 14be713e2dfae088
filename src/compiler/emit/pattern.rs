//! Patterns and `match`.

use super::Emitter;
use super::builder::{Jump, Target};
use crate::bytecode::{Op, Reg, Shape, Symbol};
use crate::compiler::scope::Entity;
use crate::syntax::ast::{self, Body, CasePattern, Expr, Name, OnePattern, Pattern};

impl<'a> Emitter<'a> {
    // Destructuring.

    /// Takes the value in `src` apart; a value that does not fit throws before any name is bound.
    pub(super) fn bind_pattern(&mut self, pattern: &'a Pattern, src: Reg) {
        match pattern {
            Pattern::Ignore(_) => {}
            Pattern::Name(name) => self.bind_name(name, src),
            Pattern::Array { .. } | Pattern::Dict { .. } => {
                let mut names = Vec::new();
                self.unpack(pattern, src, &mut names);
                self.check_targets(&names);
                for (name, reg) in names {
                    self.bind_name(name, reg);
                }
            }
        }
    }

    /// Holds all values to the annotations of the variables that they are for, before the first is assigned.
    fn check_targets(&mut self, names: &[(&'a Name, Reg)]) {
        for &(name, src) in names {
            if let Some(&(id, false)) = self.found.targets.get(&name.span.start)
                && let Some(check) = self.check_of(id)
            {
                self.at.span = name.span;
                self.at.emit(Op::CheckType { src, check });
            }
        }
    }

    /// `[a, b] := value`.
    pub(super) fn destructure(&mut self, pattern: &'a Pattern, value: &'a Expr) {
        let reg = self.at.temp();
        self.expr(value, Target::fresh(reg));
        self.bind_pattern(pattern, reg);
    }

    /// Unpacks all levels, collecting which register each name gets.
    fn unpack(&mut self, pattern: &'a Pattern, src: Reg, names: &mut Vec<(&'a Name, Reg)>) {
        let (shape, parts, rest, span): (Shape, Vec<&'a Pattern>, _, _) = match pattern {
            Pattern::Ignore(_) => return,
            Pattern::Name(name) => return names.push((name, src)),
            Pattern::Array { items, rest, span } => {
                let shape = Shape::Array { count: self.at.count(items.len()), rest: rest.is_some() };
                (shape, items.iter().collect(), rest, span)
            }
            Pattern::Dict { entries, rest, span } => {
                let keys = self.keys(entries.iter().map(|(name, _)| name));
                let shape = Shape::Dict { keys, rest: rest.is_some() };
                (shape, entries.iter().map(|(_, part)| part).collect(), rest, span)
            }
        };
        let count = self.at.count(parts.len() + usize::from(rest.is_some()));
        let base = self.at.window(count);
        let shape = self.at.shape(shape);
        self.at.span = *span;
        self.at.emit(Op::Unpack { src, base, shape });
        let count = parts.len() as u16;
        for (position, part) in parts.into_iter().enumerate() {
            self.unpack(part, base + position as u16, names);
        }
        if let Some(rest) = rest {
            names.push((rest, base + count));
        }
    }

    fn keys<'n>(&mut self, names: impl Iterator<Item = &'n Name>) -> Box<[Symbol]> {
        names.map(|name| self.program.intern(&name.text)).collect()
    }

    // `match`.

    /// `match`; with a target, as an expression.
    pub(super) fn match_arms(&mut self, node: &'a ast::Match, target: Option<Target>) {
        let height = self.at.height();
        let span = self.at.span;
        let subject = self.stable_operand(&node.subject);
        let mut ends = Vec::new();
        for arm in node.arms.iter().filter(|arm| arm.pattern.is_some()) {
            let mut fails = Vec::new();
            let arm_height = self.at.height();
            if let Some(pattern) = &arm.pattern {
                self.case_pattern(pattern, subject, &mut fails);
            }
            if let Some(guard) = &arm.guard {
                self.jump_unless(guard, &mut fails);
            }
            self.arm_body(&arm.body, target);
            ends.push(self.at.always());
            self.at.release(arm_height);
            self.at.land_all(fails);
        }
        self.at.span = span;
        match (node.arms.iter().find(|arm| arm.pattern.is_none()), target) {
            (Some(default), target) => self.arm_body(&default.body, target),
            (None, Some(_)) => self.at.emit(Op::NoMatch { src: subject }),
            (None, None) => {}
        }
        self.at.land_all(ends);
        self.at.release(height);
    }

    fn arm_body(&mut self, body: &'a Body, target: Option<Target>) {
        match (body, target) {
            (Body::Block(block), target) => self.valued_block(block, target),
            (Body::Expr(expr), Some(target)) => self.expr(expr, Target { fresh: false, ..target }),
            (Body::Expr(expr), None) => {
                let height = self.at.height();
                let reg = self.at.temp();
                self.expr(expr, Target::fresh(reg));
                self.at.release(height);
            }
        }
    }

    /// Falls through, with names bound, if an alternative matches; else jumps.
    fn case_pattern(&mut self, pattern: &'a CasePattern, src: Reg, fails: &mut Vec<Jump>) {
        let Some((last, before)) = pattern.alternatives.split_last() else { return };
        let mut matched = Vec::new();
        for alternative in before {
            let mut next = Vec::new();
            self.one_pattern(alternative, src, &mut next);
            matched.push(self.at.always());
            self.at.land_all(next);
        }
        self.one_pattern(last, src, fails);
        self.at.land_all(matched);
    }

    fn one_pattern(&mut self, pattern: &'a OnePattern, src: Reg, fails: &mut Vec<Jump>) {
        match pattern {
            OnePattern::Ignore(_) => {}
            OnePattern::Name(name) => self.bind_name(name, src),
            OnePattern::Literal(literal) => {
                let height = self.at.height();
                let reg = self.at.temp();
                self.expr(literal, Target::fresh(reg));
                self.at.emit(Op::Eq { dst: reg, lhs: src, rhs: reg });
                fails.push(self.at.jump(Op::JumpIfNot { src: reg, target: 0 }));
                self.at.release(height);
            }
            OnePattern::Variant { path, name, payload } => {
                let parts: Vec<_> = payload.iter().flatten().collect();
                let count = payload.as_ref().map(|payload| self.at.count(payload.len()));
                self.at.span = name.span;
                let Some(shape) = self.variant_shape(path, name, count) else { return };
                self.shape_pattern(shape, &parts, None, src, fails);
            }
            OnePattern::Array { items, rest, span } => {
                self.at.span = *span;
                let shape = Shape::Array { count: self.at.count(items.len()), rest: rest.is_some() };
                self.shape_pattern(shape, &items.iter().collect::<Vec<_>>(), rest.as_ref(), src, fails);
            }
            OnePattern::Dict { entries, rest, span } => {
                self.at.span = *span;
                let keys = self.keys(entries.iter().map(|(name, _)| name));
                let shape = Shape::Dict { keys, rest: rest.is_some() };
                let parts: Vec<_> = entries.iter().map(|(_, part)| part).collect();
                self.shape_pattern(shape, &parts, rest.as_ref(), src, fails);
            }
        }
    }

    fn shape_pattern(
        &mut self,
        shape: Shape,
        parts: &[&'a CasePattern],
        rest: Option<&'a Name>,
        src: Reg,
        fails: &mut Vec<Jump>,
    ) {
        let window = self.at.count(1 + parts.len() + usize::from(rest.is_some()));
        let (count, base) = (parts.len() as u16, self.at.window(window));
        let shape = self.at.shape(shape);
        self.at.emit(Op::Match { src, base, shape });
        fails.push(self.at.jump(Op::JumpIfNot { src: base, target: 0 }));
        for (position, part) in parts.iter().enumerate() {
            self.case_pattern(part, base.wrapping_add(1).wrapping_add(position as u16), fails);
        }
        if let Some(rest) = rest {
            self.bind_name(rest, base + 1 + count);
        }
    }

    fn variant_shape(&mut self, path: &[Name], name: &Name, count: Option<u16>) -> Option<Shape> {
        let owner = path.first().and_then(|owner| self.found.types.get(&owner.span.start));
        if let Some(&Entity::Enum(index)) = owner {
            let variant = self.variant(index, name)?;
            let (id, variant) = self.program.variants[variant as usize];
            return Some(Shape::Variant { id, variant, count });
        }
        let payload = count.is_some();
        match &*name.text {
            "Ok" => Some(Shape::Ok { payload }),
            "Err" => Some(Shape::Err { payload }),
            "Some" => Some(Shape::Some { payload }),
            "None" => Some(Shape::None),
            _ => None,
        }
    }
}
