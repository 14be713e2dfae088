//! Patterns that bind: `let`, `for`, destructuring (docs/LANGUAGE.md, 5.3).
//!
//! Owns: the brackets that binding patterns and `case` patterns have in common.

use crate::syntax::ast::{Name, Pattern};
use crate::syntax::token::{Symbol, TokenKind};

use super::{Parse, Parser};

/// What stands between the brackets of an array or dict pattern.
pub(super) struct Group<T> {
    /// All but the rest.
    pub(super) items: Vec<T>,
    /// The name after `...`.
    pub(super) rest: Option<Name>,
}

impl Parser<'_> {
    /// `_`, a name, an array or a dict pattern.
    pub(super) fn pattern(&mut self) -> Parse<Pattern> {
        let start = self.span();
        match self.peek() {
            TokenKind::Name if self.is_name("_") => Ok(Pattern::Ignore(self.bump().span)),
            TokenKind::Symbol(Symbol::OpenBracket) => {
                let Group { items, rest } = self.group(Symbol::CloseBracket, Parser::pattern)?;
                Ok(Pattern::Array { items, rest, span: self.span_from(start) })
            }
            TokenKind::Symbol(Symbol::OpenBrace) => {
                let Group { items, rest } = self.group(Symbol::CloseBrace, |parser| {
                    parser.pattern_entry(Parser::pattern, Pattern::Name)
                })?;
                Ok(Pattern::Dict { entries: items, rest, span: self.span_from(start) })
            }
            _ => self.name("a name or a pattern").map(Pattern::Name),
        }
    }

    /// The elements of a bracketed pattern; the rest, if there is one, comes last.
    pub(super) fn group<T>(
        &mut self,
        close: Symbol,
        mut item: impl FnMut(&mut Self) -> Parse<T>,
    ) -> Parse<Group<T>> {
        let mut group = Group { items: Vec::new(), rest: None };
        let expected = format!("`,` or `{}` in the pattern", close.text());
        self.list(close, &expected, |parser| {
            if group.rest.is_some() {
                let span = parser.span();
                return Err(parser.error(
                    "nothing may follow the rest of a pattern",
                    span,
                    "put `...rest` last",
                ));
            }
            if parser.eat(Symbol::Ellipsis) {
                group.rest = Some(parser.name("a name after `...`")?);
            } else {
                group.items.push(item(parser)?);
            }
            Ok(())
        })?;
        Ok(group)
    }

    /// `k`, which stands for `k: k`, or `key: pattern`.
    pub(super) fn pattern_entry<T>(
        &mut self,
        value: fn(&mut Self) -> Parse<T>,
        shorthand: fn(Name) -> T,
    ) -> Parse<(Name, T)> {
        let keyed = self.peek_at(1) == TokenKind::Symbol(Symbol::Colon);
        let key = match self.peek() {
            TokenKind::TextStart => {
                let (text, span) = self.plain_text("a key in a pattern")?;
                Name { text, span }
            }
            TokenKind::Keyword(_) if keyed => self.take_name(),
            TokenKind::Name if !keyed => {
                let key = self.take_name();
                return Ok((key.clone(), shorthand(key)));
            }
            _ => self.name("a key in the pattern")?,
        };
        self.expect(Symbol::Colon, "`:` and a pattern after the key")?;
        let value = value(self)?;
        Ok((key, value))
    }
}
