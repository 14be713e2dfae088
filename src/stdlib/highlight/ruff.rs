//! Pieces of Ruff code, by the language's own lexer.

use super::class::Class;
use super::piece::Pieces;
use crate::source::{Source, Span};
use crate::syntax::lex;
use crate::syntax::token::{Keyword, Lexed, Symbol, Token, TokenKind};

/// Words that are names elsewhere, but begin a statement or a clause.
const LEADING: &[&str] = &[
    "case",
    "default",
    "except",
    "finally",
    "from",
    "match",
    "setup",
    "static",
    "teardown",
    "test",
    "async_scope",
];

/// What the pieces of `code` are.
pub(super) fn pieces(code: &str) -> Pieces<'_> {
    let lexed = lex(&Source::new("code", code));
    let mut pieces = Pieces::default();
    let mut at = 0;
    for (span, class) in classified(code, &lexed) {
        let (start, end) = (span.start as usize, span.end as usize);
        if start < at {
            continue;
        }
        pieces.add(None, &code[at..start]);
        pieces.add(class, &code[start..end]);
        at = end;
    }
    pieces.add(None, &code[at..]);
    pieces
}

/// All tokens and comments with their classes, in order.
fn classified(code: &str, lexed: &Lexed) -> Vec<(Span, Option<Class>)> {
    let tokens = &lexed.tokens;
    let comments = lexed.comments.iter().map(|comment| (comment.span, Some(Class::Comment)));
    let words = tokens.iter().enumerate().map(|(at, token)| {
        let before = at.checked_sub(1).map(|at| tokens[at].kind);
        (token.span, class(code, token, before, tokens.get(at + 1).map(|token| token.kind)))
    });
    let mut all: Vec<_> = comments.chain(words).collect();
    all.sort_by_key(|(span, _)| span.start);
    all
}

fn class(code: &str, token: &Token, before: Option<TokenKind>, next: Option<TokenKind>) -> Option<Class> {
    match token.kind {
        TokenKind::Keyword(Keyword::True | Keyword::False | Keyword::Null) => Some(Class::Constant),
        TokenKind::Keyword(Keyword::SelfWord) => Some(Class::Variable),
        TokenKind::Keyword(_) => Some(Class::Keyword),
        TokenKind::Int(_) | TokenKind::IntLimit | TokenKind::Float(_) => Some(Class::Number),
        TokenKind::TextStart | TokenKind::Chunk(_) | TokenKind::TextEnd => Some(Class::Text),
        TokenKind::InterpolationStart | TokenKind::InterpolationEnd => Some(Class::Escape),
        TokenKind::Name => {
            name(&code[token.span.start as usize..token.span.end as usize], token, before, next)
        }
        TokenKind::Symbol(symbol) => operator(symbol),
        TokenKind::End => None,
    }
}

fn name(word: &str, token: &Token, before: Option<TokenKind>, next: Option<TokenKind>) -> Option<Class> {
    let starts_clause = token.starts_line || matches!(before, Some(TokenKind::Symbol(Symbol::CloseBrace)));
    if starts_clause && LEADING.contains(&word) && !is_used(next) {
        return Some(Class::Keyword);
    }
    match next {
        _ if matches!(before, Some(TokenKind::Keyword(Keyword::Struct | Keyword::Enum))) => Some(Class::Type),
        Some(TokenKind::Symbol(Symbol::OpenParen)) => Some(Class::Function),
        _ if word.starts_with(char::is_uppercase) => Some(Class::Type),
        _ => None,
    }
}

/// Whether a word before this is a variable or function, and no word of the language.
fn is_used(next: Option<TokenKind>) -> bool {
    use Symbol::{ColonEqual, Dot, Equal, OpenParen, PlusEqual};
    matches!(next, Some(TokenKind::Symbol(ColonEqual | Dot | Equal | OpenParen | PlusEqual)))
}

fn operator(symbol: Symbol) -> Option<Class> {
    use Symbol::{
        CloseBrace, CloseBracket, CloseParen, Colon, Comma, Dot, OpenBrace, OpenBracket, OpenParen, Semicolon,
    };
    let is_bracket = matches!(
        symbol,
        OpenParen
            | CloseParen
            | OpenBracket
            | CloseBracket
            | OpenBrace
            | CloseBrace
            | Comma
            | Semicolon
            | Colon
            | Dot
    );
    (!is_bracket).then_some(Class::Operator)
}
