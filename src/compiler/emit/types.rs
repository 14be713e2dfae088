//! Annotations to run-time checks.

use super::Emitter;
use crate::bytecode::{Op, Reg, Type, TypeCheck};
use crate::compiler::scope::Entity;
use crate::syntax::ast::{self, TypeKind};

impl Emitter<'_> {
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

    pub(super) fn type_check(&mut self, annotation: &ast::Type, subject: String) -> TypeCheck {
        let written = written(annotation).into();
        TypeCheck { expected: self.type_of(annotation), subject: subject.into(), written }
    }

    fn type_of(&mut self, node: &ast::Type) -> Type {
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

    fn built_in_type(&mut self, name: &str, arguments: &[ast::Type]) -> Type {
        let mut argument = |position: usize| {
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
