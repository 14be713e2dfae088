//! Patterns, those that bind and those of a `case`.

use crate::syntax::ast::{CasePattern, Name, OnePattern, Pattern};
use crate::syntax::token::{Symbol, TokenKind};

use super::Printer;
use super::layout::Hug;
use super::list::Form;

/// An element of a bracketed pattern.
enum Element<'t, T> {
    One(&'t T),
    Rest(&'t Name),
}

impl Printer<'_> {
    pub(super) fn pattern(&mut self, pattern: &Pattern) {
        match pattern {
            Pattern::Ignore(span) => self.tokens_of(*span),
            Pattern::Name(name) => self.tokens_of(name.span),
            Pattern::Array { items, rest, .. } => self.elements(items, rest, Printer::pattern),
            Pattern::Dict { entries, rest, .. } => {
                self.elements(entries, rest, |printer, (key, value)| {
                    if printer.key(key) {
                        printer.pattern(value);
                    }
                });
            }
        }
    }

    pub(super) fn case_pattern(&mut self, pattern: &CasePattern) {
        if let [one] = &*pattern.alternatives {
            return self.one_pattern(one);
        }
        self.comments_before_token();
        self.layout.open(Hug::Nothing);
        self.layout.indent();
        for (index, one) in pattern.alternatives.iter().enumerate() {
            if index > 0 {
                self.space();
                self.token();
                self.line();
            }
            self.one_pattern(one);
        }
        self.layout.dedent();
        self.layout.close();
    }

    fn one_pattern(&mut self, pattern: &OnePattern) {
        match pattern {
            OnePattern::Ignore(span) => self.tokens_of(*span),
            OnePattern::Name(name) => self.tokens_of(name.span),
            OnePattern::Literal(literal) if self.next().kind == TokenKind::TextStart => {
                self.literal(literal.span);
            }
            OnePattern::Literal(literal) => self.tokens_of(literal.span),
            OnePattern::Variant { name, payload, .. } => {
                self.tokens_of(name.span);
                if let Some(payload) = payload {
                    self.list(payload, Form::Plain, |_| false, Printer::case_pattern);
                }
            }
            OnePattern::Array { items, rest, .. } => self.elements(items, rest, Printer::case_pattern),
            OnePattern::Dict { entries, rest, .. } => {
                self.elements(entries, rest, |printer, (key, value)| {
                    if printer.key(key) {
                        printer.case_pattern(value);
                    }
                });
            }
        }
    }

    fn elements<T>(&mut self, items: &[T], rest: &Option<Name>, mut item: impl FnMut(&mut Self, &T)) {
        let items = items.iter().map(Element::One);
        let all: Vec<Element<'_, T>> = items.chain(rest.as_ref().map(Element::Rest)).collect();
        self.list(
            &all,
            Form::Plain,
            |_| false,
            |printer, element| match element {
                Element::One(one) => item(printer, one),
                Element::Rest(name) => printer.rest(name),
            },
        );
    }

    /// A key, and whether a pattern follows it.
    fn key(&mut self, key: &Name) -> bool {
        match self.next().kind {
            TokenKind::TextStart => self.literal(key.span),
            _ => self.tokens_of(key.span),
        }
        let keyed = self.next_is(Symbol::Colon);
        if keyed {
            self.word();
        }
        keyed
    }
}
