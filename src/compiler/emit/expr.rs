//! Expressions without calls: literals, names, operators, collections.

use super::Emitter;
use super::builder::Target;
use super::effects::literal;
use crate::bytecode::{Constant, Op, Reg};
use crate::compiler::library::Builtin;
use crate::compiler::resolve::is_constant;
use crate::compiler::scope::{Entity, Use, VariableId};
use crate::syntax::ast::{self, Entry, EntryKey, Expr, ExprKind, Item, TextPart, UnaryOp};

/// Literals longer than this are built piece by piece instead of from one window of registers.
const WINDOW_ITEMS: usize = 64;

impl<'a> Emitter<'a> {
    /// A register that holds the value: a local variable's own, or a new one.
    pub(super) fn operand(&mut self, expr: &'a Expr) -> Reg {
        if let Some(reg) = self.local(expr) {
            return reg;
        }
        let reg = self.at.temp();
        self.expr(expr, Target::fresh(reg));
        self.at.release(reg + 1);
        reg
    }

    /// The register of a local variable that is not shared with closures.
    pub(super) fn local(&self, expr: &Expr) -> Option<Reg> {
        match &expr.kind {
            ExprKind::Paren(inner) => self.local(inner),
            ExprKind::Name(_) | ExprKind::SelfRef => match self.found.uses.get(&expr.span.start)? {
                Use::Variable(id) => match self.locate(*id) {
                    super::assign::Location::Register(reg) => Some(reg),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        }
    }

    /// target := the expression.
    pub(super) fn expr(&mut self, expr: &'a Expr, target: Target) {
        let height = self.at.height();
        self.at.span = expr.span;
        self.expr_kind(expr, target);
        self.at.release(height);
    }

    fn expr_kind(&mut self, expr: &'a Expr, target: Target) {
        let dst = target.reg;
        match &expr.kind {
            ExprKind::Null | ExprKind::Error => self.at.null(dst),
            ExprKind::Bool(value) => self.at.emit(Op::Bool { dst, value: *value }),
            ExprKind::Int(value) => self.at.int(dst, *value),
            ExprKind::Float(value) => self.at.constant(dst, Constant::Float(*value)),
            ExprKind::Text(text) => self.text(text, target),
            ExprKind::Name(name) if self.found.uses.get(&expr.span.start) == Some(&Use::Missing) => {
                self.missing(name);
            }
            ExprKind::SelfRef | ExprKind::Name(_) => self.name(expr.span.start, dst),
            ExprKind::Path { path, member } => self.path(path, member, dst),
            ExprKind::Paren(inner) => self.expr(inner, target),
            ExprKind::Array(items) => self.array(items, target),
            ExprKind::Dict(entries) => self.in_fresh(target, |this, dst| this.dict(entries, dst)),
            ExprKind::Struct { path, fields } => self.struct_literal(path, fields, target),
            ExprKind::Chain { first, rest } => self.chain(first, rest, target),
            ExprKind::Logic { op, operands } => {
                self.in_fresh(target, |this, dst| this.logic(*op, operands, dst))
            }
            ExprKind::Pipe { first, rest } => self.in_fresh(target, |this, dst| this.pipe(first, rest, dst)),
            ExprKind::Power { base, exponent } => {
                let (lhs, rhs) = self.two_operands(base, exponent);
                self.at.span = expr.span;
                self.at.emit(Op::Pow { dst, lhs, rhs });
            }
            ExprKind::Unary { op, operand } => self.unary(*op, operand, expr, dst),
            ExprKind::Throw(value) => {
                let src = self.operand(value);
                self.at.span = expr.span;
                self.at.emit(Op::Throw { src });
            }
            ExprKind::Await(value) => self.in_fresh(target, |this, dst| this.await_expr(value, dst)),
            ExprKind::Postfix { base, steps } => self.postfix(base, steps, target),
            ExprKind::Function(function) => self.lambda(function, dst),
            ExprKind::Spawn(block) => self.spawn(block, dst),
            ExprKind::If(node) => {
                self.in_fresh(target, |this, dst| this.if_arms(node, Some(Target::fresh(dst))))
            }
            ExprKind::Match(node) => {
                self.in_fresh(target, |this, dst| this.match_arms(node, Some(Target::fresh(dst))));
            }
        }
    }

    /// Runs `work` with a register that it may use on the way, then moves the value to the target.
    pub(super) fn in_fresh(&mut self, target: Target, work: impl FnOnce(&mut Self, Reg)) {
        if target.fresh {
            return work(self, target.reg);
        }
        let temp = self.at.temp();
        work(self, temp);
        self.at.copy(target.reg, temp);
    }

    pub(super) fn name(&mut self, at: u32, dst: Reg) {
        match self.found.uses.get(&at) {
            Some(&Use::Variable(id)) => self.read(id, dst),
            Some(&Use::Builtin(builtin)) => self.builtin(builtin, dst),
            Some(&Use::Global(index)) => self.at.emit(Op::GetGlobal { dst, index }),
            Some(&Use::Module(unit)) => self.at.emit(Op::Module { dst, module: unit as u16 }),
            Some(Use::Missing) | None => self.at.null(dst),
        }
    }

    pub(super) fn builtin(&mut self, builtin: Builtin, dst: Reg) {
        match builtin {
            Builtin::Native { id, .. } => self.at.emit(Op::Native { dst, native: id.0 }),
            Builtin::Prelude(id) => self.at.emit(Op::Function { dst, function: id.0 }),
            Builtin::Constant(constant) => {
                let value = self.library.constants[constant.0 as usize].clone();
                self.at.constant(dst, value);
            }
            Builtin::Group(group) => {
                let library = self.library;
                let dict = self.at.temp();
                self.at.emit(Op::Dict { dst: dict });
                for (name, builtin) in &library.groups[usize::from(group)] {
                    let key = self.at.window(2);
                    self.at.constant(key, Constant::Text(name.clone()));
                    self.builtin(*builtin, key + 1);
                    self.at.emit(Op::DictInsert { dict, key, src: key + 1 });
                    self.at.release(key);
                }
                self.at.copy(dst, dict);
            }
        }
    }

    /// `P::f` and `E::V` as values.
    fn path(&mut self, path: &'a [ast::Name], member: &'a ast::Name, dst: Reg) {
        let Some(name) = path.first() else { return };
        match self.found.types.get(&name.span.start) {
            Some(&Entity::Struct(index)) => match self.struct_function(index, member) {
                Some(function) => self.struct_member(index, function, dst),
                None => self.at.null(dst),
            },
            Some(&Entity::Enum(index)) => {
                let Some(variant) = self.variant(index, member) else { return self.at.null(dst) };
                let payload = self.program.variants[variant as usize];
                let count = self.program.enums[payload.0.index()].variants[payload.1 as usize].payload;
                match count {
                    Some(count) if count > 0 => {
                        self.at.emit(Op::Constructor { dst, variant });
                    }
                    _ => self.make_variant(dst, dst, variant, 0),
                }
            }
            _ if self.found.uses.contains_key(&member.span.start) => self.name(member.span.start, dst),
            _ => self.missing(&name.text),
        }
    }

    pub(super) fn struct_function(&mut self, index: usize, member: &ast::Name) -> Option<u32> {
        let id = self.struct_id(index);
        let symbol = self.program.intern(&member.text);
        self.program.structs[id.index()].functions.get(&symbol).map(|function| function.0)
    }

    /// dst := a function of a struct as a value.
    fn struct_member(&mut self, index: usize, function: u32, dst: Reg) {
        match self.closing_scope(index) {
            Some(scope) => {
                self.read(scope, dst);
                self.at.emit(Op::Member { dst, function });
            }
            None => self.at.emit(Op::Function { dst, function }),
        }
    }

    /// The variable that holds what a struct's functions close over, if they do.
    pub(super) fn closing_scope(&self, index: usize) -> Option<VariableId> {
        self.found.scope_of_struct(index).filter(|&scope| !self.found.is_static(scope))
    }

    /// The program's number of a variant.
    pub(super) fn variant(&mut self, index: usize, member: &ast::Name) -> Option<u16> {
        let id = self.enum_id(index);
        let variants = &self.program.enums[id.index()].variants;
        let position = variants.iter().position(|variant| variant.name == member.text)? as u16;
        let table = &mut self.program.variants;
        Some(*self.variants.entry((id, position)).or_insert_with(|| {
            table.push((id, position));
            table.len() as u16 - 1
        }))
    }

    pub(super) fn make_variant(&mut self, dst: Reg, base: Reg, variant: u16, count: u16) {
        self.at.emit(Op::Enum { dst, base, variant });
        self.at.emit(Op::PayloadCount { count });
    }

    fn text(&mut self, text: &'a ast::Text, target: Target) {
        if let Some(literal) = literal(text) {
            return self.at.constant(target.reg, Constant::Text(literal.into()));
        }
        let count = self.at.count(text.parts.len());
        let base = self.at.window_at(target, count);
        for (position, part) in text.parts.iter().enumerate() {
            let reg = base.wrapping_add(position as u16);
            match part {
                TextPart::Literal(piece) => self.at.constant(reg, Constant::Text(piece.clone())),
                TextPart::Expr(expr) => self.expr(expr, Target::fresh(reg)),
            }
        }
        self.at.span = text.span;
        self.at.emit(Op::Text { dst: target.reg, base, count });
    }

    fn array(&mut self, items: &'a [Item], target: Target) {
        let spread = items.iter().any(|item| matches!(item, Item::Spread(_)));
        if spread || items.len() > WINDOW_ITEMS {
            return self.in_fresh(target, |this, dst| this.long_array(items, dst));
        }
        let base = self.at.window_at(target, items.len() as u16);
        for (position, item) in items.iter().enumerate() {
            if let Item::One(expr) = item {
                self.expr(expr, Target::fresh(base + position as u16));
            }
        }
        self.at.emit(Op::Array { dst: target.reg, base, count: items.len() as u16 });
    }

    fn long_array(&mut self, items: &'a [Item], dst: Reg) {
        let array = self.at.temp();
        self.at.emit(Op::Array { dst: array, base: array, count: 0 });
        for item in items {
            let src = self.at.temp();
            match item {
                Item::One(expr) => {
                    self.expr(expr, Target::fresh(src));
                    self.at.emit(Op::ArrayPush { array, src });
                }
                Item::Spread(expr) => {
                    self.expr(expr, Target::fresh(src));
                    self.at.span = expr.span;
                    self.at.emit(Op::ArrayExtend { array, src });
                }
            }
            self.at.release(src);
        }
        self.at.copy(dst, array);
    }

    fn dict(&mut self, entries: &'a [Entry], dst: Reg) {
        let dict = self.at.temp();
        self.at.emit(Op::Dict { dst: dict });
        for entry in entries {
            let key = self.at.window(2);
            match entry {
                Entry::Spread(expr) => {
                    self.expr(expr, Target::fresh(key));
                    self.at.span = expr.span;
                    self.at.emit(Op::DictExtend { dict, src: key });
                }
                Entry::Pair(name, value) => {
                    self.dict_key(name, key);
                    self.expr(value, Target::fresh(key + 1));
                    self.at.emit(Op::DictInsert { dict, key, src: key + 1 });
                }
            }
            self.at.release(key);
        }
        self.at.copy(dst, dict);
    }

    fn dict_key(&mut self, key: &'a EntryKey, dst: Reg) {
        match key {
            EntryKey::Name(name) => self.at.constant(dst, Constant::Text(name.text.clone())),
            EntryKey::Text(text) => self.text(text, Target::variable(dst)),
            EntryKey::Int(value, _) => self.at.int(dst, *value),
            EntryKey::Expr(expr) => self.expr(expr, Target::variable(dst)),
        }
    }

    /// Fields are evaluated as written and stand in the window in declaration order.
    fn struct_literal(&mut self, path: &'a [ast::Name], fields: &'a [(ast::Name, Expr)], target: Target) {
        let span = self.at.span;
        let Some(&Entity::Struct(index)) =
            path.first().and_then(|name| self.found.types.get(&name.span.start))
        else {
            self.missing(path.last().map_or("", |name| &name.text));
            return fields.iter().for_each(|(_, value)| self.unreached(value));
        };
        let node = self.found.structs[index].node;
        let scope = self.closing_scope(index);
        let count = self.at.count(node.fields.len() + usize::from(scope.is_some()));
        let base = self.at.window(count);
        for (name, value) in fields {
            if let Some(position) = node.fields.iter().position(|field| field.name.text == name.text) {
                self.expr(value, Target::fresh(base + position as u16));
            }
        }
        for (position, field) in node.fields.iter().enumerate() {
            let given = fields.iter().any(|(name, _)| name.text == field.name.text);
            if let (false, Some(default)) = (given, &field.default) {
                self.field_default((index, position), default, base + position as u16);
            }
        }
        self.at.span = span;
        if let Some(scope) = scope {
            self.read(scope, base + count - 1);
        }
        let id = self.struct_id(index);
        self.check_fields(id, base);
        self.at.emit(Op::Struct { dst: target.reg, base, id: id.0 });
    }

    fn field_default(&mut self, field: (usize, usize), default: &'a Expr, dst: Reg) {
        if is_constant(default) {
            return self.expr(default, Target::fresh(dst));
        }
        let function = match self.found.structs[field.0].imported {
            Some(id) => {
                let earlier = self.found.dialogue.and_then(|dialogue| dialogue.default_of(id, field.1));
                earlier.or_else(|| self.imports.default_of(id, field.1))
            }
            None => self.found.default_bodies.get(&default.span.start).map(|&body| self.function_id(body)),
        };
        let Some(crate::bytecode::FunctionId(function)) = function else { return };
        let base = self.at.temp();
        if self.closing_scope(field.0).is_some() {
            self.struct_member(field.0, function, base);
            self.at.emit(Op::CallValue { base, argc: 0 });
        } else {
            self.at.emit(Op::Call { base, argc: 0, function });
        }
        self.at.copy(dst, base);
        self.at.release(base);
    }

    fn check_fields(&mut self, id: crate::bytecode::StructId, base: Reg) {
        for position in 0..self.program.structs[id.index()].fields.len() {
            if let Some(check) = self.program.structs[id.index()].fields[position].check.clone() {
                let check = self.at.check(check);
                self.at.emit(Op::CheckType { src: base + position as u16, check });
            }
        }
    }

    fn unary(&mut self, op: UnaryOp, operand: &'a Expr, whole: &Expr, dst: Reg) {
        match (op, &operand.kind) {
            // The lexer gives 9223372036854775808, which is allowed only here, as the least int.
            (UnaryOp::Negate, ExprKind::Int(value)) => return self.at.int(dst, value.wrapping_neg()),
            (UnaryOp::Negate, ExprKind::Float(value)) => {
                return self.at.constant(dst, Constant::Float(-value));
            }
            _ => {}
        }
        let src = self.operand(operand);
        self.at.span = whole.span;
        self.at.emit(match op {
            UnaryOp::Negate => Op::Neg { dst, src },
            UnaryOp::Not => Op::Not { dst, src },
            UnaryOp::BitNot => Op::BitNot { dst, src },
        });
    }
}
