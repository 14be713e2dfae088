//! Type names, struct literals and variants.

use rustc_hash::FxHashSet;

use super::{PendingCode, Resolver};
use crate::compiler::scope::{BodyId, Entity, VariableId};
use crate::source::{Span, similar, suggest};
use crate::syntax::ast::{self, ExprKind, Name, TypeKind, UnaryOp};
use crate::syntax::foreign;

/// The built-in type names (LANGUAGE 8.1).
pub(in crate::compiler) const BUILT_IN: &[&str] = &[
    "int",
    "float",
    "string",
    "bool",
    "null",
    "bytes",
    "array",
    "dict",
    "set",
    "func",
    "any",
    "error",
    "promise",
    "channel",
    "generator",
    "Array",
    "Dict",
    "Set",
    "void",
    "Result",
    "Option",
];

/// How many operands the methods take that operators, comparisons and printing call, besides the receiver.
pub(in crate::compiler) fn operands(method: &str) -> Option<usize> {
    Some(match method {
        "op_add" | "op_sub" | "op_mul" | "op_div" | "op_mod" | "op_lt" | "op_le" | "op_gt" | "op_ge"
        | "op_index" | "op_eq" => 1,
        "op_neg" | "op_not" | "op_str" => 0,
        _ => return None,
    })
}

impl<'a> Resolver<'a, '_> {
    /// Remembers the annotation of a declared variable.
    pub(super) fn annotated(&mut self, variable: &'a ast::Variable) {
        if let (ast::Pattern::Name(name), Some(annotation)) = (&variable.pattern, &variable.annotation)
            && let Some(&(id, true)) = self.found.targets.get(&name.span.start)
        {
            self.found.annotations.insert(id, annotation);
        }
    }

    pub(super) fn annotation(&mut self, annotation: Option<&ast::Type>) {
        if let Some(annotation) = annotation {
            self.type_name(annotation);
        }
    }

    fn type_name(&mut self, node: &ast::Type) {
        match &node.kind {
            TypeKind::Optional(inner) | TypeKind::Array(inner) => self.type_name(inner),
            TypeKind::Named { path, arguments } => {
                arguments.iter().for_each(|argument| self.type_name(argument));
                let built_in = path.len() == 1 && BUILT_IN.contains(&&*path[0].text);
                let declared = self.type_entity(path).is_some();
                if !declared && !built_in {
                    self.undefined_type(path);
                } else if !arguments.is_empty() {
                    let name = if declared { "" } else { &*path[0].text };
                    self.type_parameters(name, arguments.len(), node.span);
                }
            }
        }
    }

    /// `name<..>` with so many types; declared types have no name here.
    fn type_parameters(&mut self, name: &str, given: usize, span: Span) {
        let (takes, form) = match name {
            "array" | "Array" | "set" | "Set" | "Option" | "promise" => (1, "one type: `array<int>`"),
            "dict" | "Dict" => (2, "two types: `dict<string, int>`"),
            "Result" => (2, "two types: `Result<int, string>`"),
            _ => (0, "no types: write the name alone"),
        };
        if given != takes {
            self.report(format!("this type takes {form}"), span);
        }
    }

    fn undefined_type(&mut self, path: &[Name]) {
        if self.imports.any_failed() {
            return;
        }
        let [name] = path else { return self.undefined_member(path) };
        let own = self.found.structs.iter().map(|info| &info.node.name);
        let names = own.chain(self.found.enums.iter().map(|info| &info.node.name));
        let opened = self.opened_modules();
        let exported = opened.iter().flat_map(|module| module.types());
        let names = names.map(|name| &*name.text).chain(exported);
        let candidates = names.chain(BUILT_IN.iter().copied());
        let best = foreign::type_name(&name.text).or_else(|| similar(&name.text, candidates));
        let help = best.map(|candidate| format!("did you mean `{candidate}`?"));
        let message = format!("Undefined type: {}", name.text);
        match help {
            Some(help) => self.report_with_help(message, name.span, help),
            None => self.report(message, name.span),
        }
    }

    /// An operator method can be called as its operator does.
    fn operator_method(&mut self, name: &Name, function: &ast::Function) {
        let Some(given) = operands(&name.text) else { return };
        let written = if given == 1 { "(self, other)" } else { "(self)" };
        let required = function.params.iter().filter(|param| param.default.is_none()).count();
        let most = if function.rest.is_some() { usize::MAX } else { function.params.len() };
        if function.self_param.is_none() {
            let message = format!("The operator method {} has no `self`", name.text);
            let help = "an operator method has `self` as its explicit first parameter";
            self.report_with_help(message, name.span, help);
        } else if !(required..=most).contains(&given) {
            let message = format!("The operator method {} has the wrong parameters", name.text);
            let help = format!("write `func {}{written} {{ }}`; more parameters need defaults", name.text);
            self.report_with_help(message, name.span, help);
        }
    }

    /// What belongs to a struct. Below the top level a body of its own, which is never run, stands for the struct: it
    /// captures what the functions and defaults in it do, and the closure of it is what they find their variables in.
    pub(super) fn struct_members(&mut self, node: &'a ast::Struct) {
        let Some(&(scope, _)) = self.found.targets.get(&node.name.span.start) else {
            return self.struct_functions(node, None);
        };
        let outer = self.body;
        self.body = self.add_body(Some(outer), false, node.name.span.start);
        self.found.variables[scope.index()].function = Some(self.body);
        self.found.bodies[self.body.index()].declared_as = Some(scope);
        self.struct_functions(node, Some(scope));
        self.body = outer;
    }

    fn belongs_to_struct(&mut self, body: BodyId, scope: Option<VariableId>) {
        let info = &mut self.found.bodies[body.index()];
        (info.declared_as, info.is_member) = (scope, scope.is_some());
    }

    fn struct_functions(&mut self, node: &'a ast::Struct, scope: Option<VariableId>) {
        let mut known = FxHashSet::default();
        for field in &node.fields {
            self.annotation(field.annotation.as_ref());
            if !known.insert(&field.name.text) {
                self.report(format!("Duplicate field: {}", field.name.text), field.name.span);
            }
            if let Some(default) = &field.default
                && !is_constant(default)
            {
                let start = default.span.start;
                let body = self.put_off(start, false, start, PendingCode::Expr(default));
                self.found.body_ids.remove(&start);
                self.found.default_bodies.insert(start, body);
                self.belongs_to_struct(body, scope);
            }
        }
        let mut known = FxHashSet::default();
        for function in &node.functions {
            if let Some(name) = &function.name {
                self.operator_method(name, function);
                if !known.insert(&*name.text) {
                    self.report(
                        format!("Duplicate function of {}: {}", node.name.text, name.text),
                        name.span,
                    );
                }
            }
            let body = self.function(function);
            self.belongs_to_struct(body, scope);
        }
    }

    pub(super) fn enum_annotations(&mut self, node: &ast::Enum) {
        let mut known = FxHashSet::default();
        for variant in &node.variants {
            if !known.insert(&variant.name.text) {
                self.report(format!("Duplicate variant: {}", variant.name.text), variant.name.span);
            }
            for payload in variant.payload.iter().flatten() {
                self.annotation(payload.annotation.as_ref());
            }
        }
    }

    /// `P::f`, `E::V`.
    pub(super) fn path(&mut self, path: &[Name], member: &Name) {
        let Some(name) = path.last() else { return };
        match self.type_entity(path) {
            Some(entity @ Entity::Struct(index)) => {
                self.use_struct(index, name.span);
                let node = self.found.structs[index].node;
                let has = |f: &ast::Function| f.name.as_ref().is_some_and(|n| n.text == member.text);
                if !node.functions.iter().any(has) {
                    let message = format!("The struct {} has no function {}", name.text, member.text);
                    let names = node.functions.iter().filter_map(|function| function.name.as_ref());
                    let names: Vec<_> = names.map(|name| &*name.text).collect();
                    match suggest(&member.text, &names, "its functions are") {
                        Some(help) => self.report_with_help(message, member.span, help),
                        None => {
                            let help = self.type_use(&name.text, entity, None);
                            self.report_with_help(message, member.span, help);
                        }
                    }
                }
            }
            Some(Entity::Enum(index)) => _ = self.known_variant(index, member),
            _ if path.len() == 1 && matches!(&*name.text, "Result" | "Option") => {
                self.name(&member.text, member.span);
            }
            _ => self.undefined_type(path),
        }
    }

    /// `E::V(..)`: a declared payload has exactly so many values.
    pub(super) fn built_variant(&mut self, path: &[Name], member: &Name, arguments: &[ast::Argument]) {
        let [first, ..] = path else { return };
        let owner = path.last().unwrap_or(first);
        let Some(&Entity::Enum(index)) = self.found.types.get(&first.span.start) else { return };
        let variants = &self.found.enums[index].node.variants;
        let declared = variants.iter().find(|variant| variant.name.text == member.text);
        let expected = declared.and_then(|variant| variant.payload.as_ref().map(Vec::len));
        let counted = arguments.iter().all(|argument| matches!(argument, ast::Argument::One(_)));
        if let Some(expected) = expected.filter(|&expected| counted && expected != arguments.len()) {
            let values = if expected == 1 { "value" } else { "values" };
            let message = format!(
                "{}::{} has {expected} payload {values}, {} given",
                owner.text,
                member.text,
                arguments.len()
            );
            self.report(message, member.span);
        }
    }

    fn known_variant(&mut self, index: usize, member: &Name) -> Option<&'a ast::Variant> {
        let node = self.found.enums[index].node;
        let variant = node.variants.iter().find(|variant| variant.name.text == member.text);
        if variant.is_none() {
            let names: Vec<_> = node.variants.iter().map(|variant| &*variant.name.text).collect();
            let message = format!("The enum {} has no variant {}", node.name.text, member.text);
            self.report_suggesting(message, member, &names, "its variants are");
        }
        variant
    }

    /// A variant in a pattern, with the number of payload patterns.
    pub(super) fn pattern_variant(&mut self, path: &[Name], name: &Name, payload: Option<usize>) {
        let expected = match path {
            [] => return self.wrapper_payload(name, payload),
            [.., owner] => match self.type_entity(path) {
                Some(Entity::Enum(index)) => {
                    let variant = self.known_variant(index, name);
                    variant.and_then(|variant| variant.payload.as_ref().map(Vec::len))
                }
                _ if path.len() == 1 && matches!(&*owner.text, "Result" | "Option") => {
                    return self.wrapper_payload(name, payload);
                }
                _ => return self.undefined_type(path),
            },
        };
        if let (Some(expected), Some(given)) = (expected, payload)
            && expected != given
        {
            self.report(payload_message(&name.text, expected, given), name.span);
        }
    }

    fn wrapper_payload(&mut self, name: &Name, payload: Option<usize>) {
        let expected = match &*name.text {
            "Ok" | "Err" | "Some" => 1,
            "None" => 0,
            _ => return self.report(format!("Unknown variant: {}", name.text), name.span),
        };
        if let Some(given) = payload
            && given != expected
        {
            self.report(payload_message(&name.text, expected, given), name.span);
        }
    }

    pub(super) fn struct_literal(&mut self, path: &[Name], fields: &'a [(Name, ast::Expr)], span: Span) {
        for (_, value) in fields {
            self.expr(value);
        }
        let Some(name) = path.last() else { return };
        let Some(Entity::Struct(index)) = self.type_entity(path) else {
            return self.undefined_type(path);
        };
        self.use_struct(index, name.span);
        let node = self.found.structs[index].node;
        let mut misspelt = false;
        for (position, (field, _)) in fields.iter().enumerate() {
            if !node.fields.iter().any(|known| known.name.text == field.text) {
                let known: Vec<_> = node.fields.iter().map(|known| &*known.name.text).collect();
                let message = format!("The struct {} has no field {}", name.text, field.text);
                self.report_suggesting(message, field, &known, "its fields are");
                // What is missing may well be what was misspelt.
                misspelt = true;
            }
            if fields[..position].iter().any(|(other, _)| other.text == field.text) {
                self.report(format!("The field {} is given twice", field.text), field.span);
            }
        }
        let missing: Vec<_> = node
            .fields
            .iter()
            .filter(|known| known.default.is_none() && !fields.iter().any(|(f, _)| f.text == known.name.text))
            .map(|known| &*known.name.text)
            .collect();
        if !missing.is_empty() && !misspelt {
            let message = format!("Missing field of {}: {}", name.text, missing.join(", "));
            let values: Vec<_> = missing.iter().map(|field| format!("{field}: ..")).collect();
            let help = format!("add `{}`, or give the field a default", values.join(", "));
            self.report_with_help(message, span, help);
        }
    }

    /// Reports a word that is none of the `known` ones.
    fn report_suggesting(&mut self, message: String, word: &Name, known: &[&str], what: &str) {
        match suggest(&word.text, known, what) {
            Some(help) => self.report_with_help(message, word.span, help),
            None => self.report(message, word.span),
        }
    }
}

fn payload_message(name: &str, expected: usize, given: usize) -> String {
    format!(
        "{name} has {expected} payload value{}, the pattern has {given}",
        if expected == 1 { "" } else { "s" }
    )
}

/// Whether a field default can be evaluated in the literal itself.
pub(in crate::compiler) fn is_constant(expr: &ast::Expr) -> bool {
    match &expr.kind {
        ExprKind::Null | ExprKind::Bool(_) | ExprKind::Int(_) | ExprKind::Float(_) => true,
        ExprKind::Text(text) => text.parts.iter().all(|part| matches!(part, ast::TextPart::Literal(_))),
        ExprKind::Array(items) => items.is_empty(),
        ExprKind::Dict(entries) => entries.is_empty(),
        ExprKind::Unary { op: UnaryOp::Negate, operand } => is_constant(operand),
        _ => false,
    }
}
