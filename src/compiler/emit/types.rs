//! Annotations to run-time checks.

use super::Emitter;
use crate::bytecode::{Op, Reg, Type, TypeCheck};
use crate::compiler::scope::{Entity, VariableId};
use crate::source::Span;
use crate::syntax::ast::{self, TypeKind};

impl<'a> Emitter<'a> {
    /// Checks the register if there is an annotation; gives the check for later assignments.
    pub(super) fn check_annotation(
        &mut self,
        annotation: Option<&ast::Type>,
        reg: Reg,
        subject: String,
    ) -> Option<u16> {
        let check = self.type_check(annotation?, subject);
        let check = self.at.check(check);
        self.at.emit(Op::CheckType { src: reg, check });
        Some(check)
    }

    pub(super) fn type_check(&self, annotation: &ast::Type, subject: String) -> TypeCheck {
        let written = written(annotation).into();
        TypeCheck { expected: self.type_of(annotation), subject: subject.into(), written }
    }

    /// The checks of a variant's payload.
    pub(super) fn payload_checks(&self, name: &str, variant: &ast::Variant) -> Vec<Option<TypeCheck>> {
        let check = |param: &ast::Payload| {
            let subject = format!("{name}::{}: argument '{}'", variant.name.text, param.name.text);
            param.annotation.as_ref().map(|annotation| self.type_check(annotation, subject))
        };
        variant.payload.iter().flatten().map(check).collect()
    }

    /// The check that every assignment to a variable is held to, for the function being emitted.
    pub(super) fn check_of(&mut self, id: VariableId) -> Option<u16> {
        if let Some(&check) = self.at.checks.get(&id) {
            return Some(check);
        }
        let variable = self.found.variable(id);
        let check = match self.found.annotations.get(&id) {
            Some(annotation) => self.type_check(annotation, format!("variable '{}'", variable.name)),
            None => self.found.dialogue?.check_of(&variable.name, variable.foreign?)?.clone(),
        };
        let check = self.at.check(check);
        self.at.checks.insert(id, check);
        Some(check)
    }

    /// Whether a variable that is changed by an operator with `operand`, or by an edit of the library, stays within its
    /// annotation for certain, so that it may change in place.
    pub(super) fn keeps_type(&mut self, id: VariableId, operand: Option<&ast::Expr>) -> bool {
        let Some(check) = self.check_of(id) else { return true };
        match &self.at.function.checks[usize::from(check)].expected {
            Type::Any | Type::String | Type::Bytes => true,
            Type::Array(items) | Type::Set(items) => **items == Type::Any,
            Type::Dict(keys, values) => **keys == Type::Any && **values == Type::Any,
            Type::Int | Type::Float => {
                operand.is_some_and(|operand| matches!(operand.kind, ast::ExprKind::Int(_)))
            }
            _ => false,
        }
    }

    /// `variable op= value` beside the variable, because its annotation may refuse the result.
    pub(super) fn update_checked(
        &mut self,
        id: VariableId,
        op: ast::BinaryOp,
        value: &'a ast::Expr,
        span: Span,
    ) {
        let result = self.at.temp();
        self.read(id, result);
        let rhs = self.operand(value);
        self.at.span = span;
        self.binary(op, result, result, rhs);
        self.write(id, result);
    }

    /// Whether the place may be edited where it is: no annotation of the variable can refuse the result.
    pub(super) fn may_edit(&mut self, id: VariableId, assign: &ast::Assign) -> bool {
        !assign.place.steps.is_empty() || self.keeps_type(id, None)
    }

    fn type_of(&self, node: &ast::Type) -> Type {
        match &node.kind {
            TypeKind::Optional(inner) => Type::Optional(Box::new(self.type_of(inner))),
            TypeKind::Array(inner) => Type::Array(Box::new(self.type_of(inner))),
            TypeKind::Named { path, arguments } => {
                let Some(name) = path.first() else { return Type::Any };
                match self.found.types.get(&name.span.start) {
                    Some(&Entity::Struct(index)) => Type::Struct(self.struct_id(index)),
                    Some(&Entity::Enum(index)) => Type::Enum(self.enum_id(index)),
                    _ => self.built_in_type(&name.text, arguments),
                }
            }
        }
    }

    fn built_in_type(&self, name: &str, arguments: &[ast::Type]) -> Type {
        let argument = |position: usize| {
            Box::new(arguments.get(position).map_or(Type::Any, |argument| self.type_of(argument)))
        };
        match name {
            "null" | "void" => Type::Null,
            "bool" => Type::Bool,
            "int" => Type::Int,
            "float" => Type::Float,
            "string" => Type::String,
            "bytes" => Type::Bytes,
            "func" => Type::Function,
            "error" => Type::Error,
            "promise" => Type::Promise,
            "channel" => Type::Channel,
            "generator" => Type::Generator,
            "array" | "Array" => Type::Array(argument(0)),
            "set" | "Set" => Type::Set(argument(0)),
            "dict" | "Dict" => Type::Dict(argument(0), argument(1)),
            "Result" => Type::Result(argument(0), argument(1)),
            "Option" => Type::Option(argument(0)),
            _ => Type::Any,
        }
    }
}

/// The annotation as people write it.
fn written(node: &ast::Type) -> String {
    match &node.kind {
        TypeKind::Optional(inner) => format!("{}?", written(inner)),
        TypeKind::Array(inner) => format!("{}[]", written(inner)),
        TypeKind::Named { path, arguments } => {
            let path: Vec<_> = path.iter().map(|name| &*name.text).collect();
            let mut text = path.join(".");
            if !arguments.is_empty() {
                let arguments: Vec<_> = arguments.iter().map(written).collect();
                text = format!("{text}<{}>", arguments.join(", "));
            }
            text
        }
    }
}
