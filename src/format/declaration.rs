//! Declarations: variables, functions, structs, enums, imports, and the types in them.

use crate::source::Span;
use crate::syntax::ast::{Body, Enum, Expr, Function, Name, Param, Payload, Struct, Type, Variable, Variant};
use crate::syntax::token::{Symbol, Token, TokenKind};

use super::Printer;
use super::layout::Hug;
use super::list::Form;

/// A member of a struct.
enum Member<'t> {
    Field(&'t Param),
    Function(&'t Function),
}

impl Member<'_> {
    fn start(&self) -> u32 {
        match self {
            Member::Field(field) => field.name.span.start,
            Member::Function(function) => function.span.start,
        }
    }
}

/// What stands between the parentheses of a signature.
enum Parameter<'t> {
    SelfWord,
    One(&'t Param),
    Rest(&'t Name),
}

impl Printer<'_> {
    pub(super) fn variable(&mut self, variable: &Variable) {
        self.word();
        self.pattern(&variable.pattern);
        self.annotation(variable.annotation.as_ref());
        self.space();
        self.word();
        self.expr(&variable.value);
    }

    /// A function of any form.
    pub(super) fn function(&mut self, function: &Function) {
        let block = match &function.body {
            Body::Expr(value) => return self.lambda(function, value),
            Body::Block(block) => block,
        };
        if function.is_async {
            self.word();
        }
        self.token();
        if function.is_generator {
            self.token();
        }
        if let Some(name) = &function.name {
            self.space();
            self.tokens_of(name.span);
        }
        self.parameters(function);
        if let Some(result) = &function.result {
            self.space();
            self.word();
            self.type_(result);
        }
        self.braced(block);
    }

    fn lambda(&mut self, function: &Function, value: &Expr) {
        match self.next_is(Symbol::OpenParen) {
            true => self.parameters(function),
            false => self.token(),
        }
        self.space();
        self.word();
        self.expr(value);
    }

    fn parameters(&mut self, function: &Function) {
        let own = function.self_param.map(|_| Parameter::SelfWord);
        let params = function.params.iter().map(Parameter::One);
        let rest = function.rest.as_ref().map(Parameter::Rest);
        let all: Vec<Parameter<'_>> = own.into_iter().chain(params).chain(rest).collect();
        self.list(
            &all,
            Form::Plain,
            |_| false,
            |printer, parameter| match parameter {
                Parameter::SelfWord => printer.token(),
                Parameter::One(param) => printer.param(param),
                Parameter::Rest(name) => printer.rest(name),
            },
        );
    }

    /// `...name`.
    pub(super) fn rest(&mut self, name: &Name) {
        self.token();
        self.tokens_of(name.span);
    }

    fn param(&mut self, param: &Param) {
        self.tokens_of(param.name.span);
        self.annotation(param.annotation.as_ref());
        if let Some(default) = &param.default {
            self.space();
            self.word();
            self.expr(default);
        }
    }

    fn annotation(&mut self, annotation: Option<&Type>) {
        if let Some(annotation) = annotation {
            self.word();
            self.type_(annotation);
        }
    }

    /// A type. Its parser cuts `>=` in two, and then the tree's span ends before it.
    fn type_(&mut self, one: &Type) {
        let mut depth = 0_usize;
        while depth > 0 || self.next().span.start < one.span.end {
            match self.next().kind {
                TokenKind::Symbol(Symbol::Less) => depth += 1,
                TokenKind::Symbol(Symbol::Greater) => depth = depth.saturating_sub(1),
                TokenKind::Symbol(Symbol::ShiftRight) => depth = depth.saturating_sub(2),
                TokenKind::Symbol(Symbol::GreaterEqual) => {
                    self.cut();
                    depth = depth.saturating_sub(1);
                }
                TokenKind::End => return,
                _ => {}
            }
            let is_comma = self.next_is(Symbol::Comma);
            self.token();
            if is_comma {
                self.space();
            }
        }
    }

    /// Makes two tokens of the `>=` that comes next.
    fn cut(&mut self) {
        let token = &mut self.tokens[self.at];
        let (start, end) = (token.span.start, token.span.end);
        *token = Token {
            kind: TokenKind::Symbol(Symbol::Greater),
            span: Span::new(start, start + 1),
            starts_line: token.starts_line,
        };
        let second = Token {
            kind: TokenKind::Symbol(Symbol::Equal),
            span: Span::new(start + 1, end),
            starts_line: false,
        };
        self.tokens.insert(self.at + 1, second);
    }

    pub(super) fn struct_declaration(&mut self, declared: &Struct, span: Span) {
        let fields = declared.fields.iter().map(Member::Field);
        let mut members: Vec<Member<'_>> =
            fields.chain(declared.functions.iter().map(Member::Function)).collect();
        members.sort_by_key(Member::start);
        let one_line = declared.functions.is_empty() && self.is_on_one_line(span);
        self.layout.open(Hug::Nothing);
        self.word();
        self.tokens_of(declared.name.span);
        self.members(&members, one_line, |printer, member| match member {
            Member::Field(field) => printer.param(field),
            Member::Function(function) => printer.function(function),
        });
        self.layout.close();
    }

    pub(super) fn enum_declaration(&mut self, declared: &Enum, span: Span) {
        let one_line = self.is_on_one_line(span);
        self.layout.open(Hug::Nothing);
        self.word();
        self.tokens_of(declared.name.span);
        self.members(&declared.variants, one_line, Printer::variant);
        self.layout.close();
    }

    fn variant(&mut self, variant: &Variant) {
        self.tokens_of(variant.name.span);
        if let Some(payload) = &variant.payload {
            self.list(payload, Form::Plain, |_| false, Printer::payload);
        }
    }

    fn payload(&mut self, payload: &Payload) {
        self.tokens_of(payload.name.span);
        self.annotation(payload.annotation.as_ref());
    }

    pub(super) fn import(&mut self, path: &[Name], alias: &Option<Name>) {
        self.word();
        self.path(path);
        self.alias(alias);
    }

    pub(super) fn import_from(&mut self, path: &[Name], names: &[(Name, Option<Name>)]) {
        self.word();
        self.path(path);
        self.space();
        self.word();
        self.bare_list(names, |printer, (name, alias)| {
            printer.tokens_of(name.span);
            printer.alias(alias);
        });
    }

    pub(super) fn path(&mut self, path: &[Name]) {
        if let Some(last) = path.last() {
            self.tokens_of(last.span);
        }
    }

    fn alias(&mut self, alias: &Option<Name>) {
        if let Some(alias) = alias {
            self.space();
            self.word();
            self.tokens_of(alias.span);
        }
    }
}
