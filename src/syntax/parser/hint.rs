//! Which well-known mistake stands behind a syntax error.
//!
//! Owns: reading the tokens around the place of an error; the words and operators are in `foreign`.
//! Does not: decide whether something is an error; hints are only asked for after one.

use crate::source::{Code, Diagnostic, Span, similar};
use crate::syntax::foreign;
use crate::syntax::token::{Keyword, Symbol, TokenKind};

use super::{Parser, expr};

/// What is known about an error.
pub(super) enum Mistake {
    /// What to write instead; the message stays that of the rule.
    Help(&'static str),
    /// A message and a place that say more than the rule's.
    Whole(Diagnostic),
}

impl Mistake {
    fn whole(message: impl Into<String>, span: Span, help: impl Into<String>) -> Option<Mistake> {
        Some(Mistake::Whole(Diagnostic::new(Code::Syntax, message, span).with_help(help)))
    }
}

/// The mistake at the current token, judged by it and its neighbours.
pub(super) fn mistake(parser: &Parser<'_>) -> Option<Mistake> {
    let found = dashed_comment(parser).or_else(|| foreign_operator(parser)).or_else(|| cut_text(parser));
    if found.is_some() || parser.breaks_off() {
        return found;
    }
    begun(parser).or_else(|| foreign_word(parser)).or_else(|| match parser.peek() {
        TokenKind::Symbol(symbol) => symbol_mistake(parser, symbol),
        TokenKind::Keyword(keyword) => {
            ternary(parser).or_else(|| foreign::misplaced(keyword).map(Mistake::Help))
        }
        TokenKind::Name => {
            ternary(parser).or_else(|| foreign::infix_word(parser.text(parser.span())).map(Mistake::Help))
        }
        TokenKind::End => None,
        _ => ternary(parser),
    })
}

/// What the first words of the statement say about what follows them.
fn begun(parser: &Parser<'_>) -> Option<Mistake> {
    let start = parser.element_start;
    let (first, second) = (parser.tokens.get(start)?, parser.tokens.get(start + 1)?);
    if parser.at <= start {
        return None;
    }
    match first.kind {
        TokenKind::Keyword(Keyword::Yield) if second.kind == TokenKind::Symbol(Symbol::Star) => {
            Some(Mistake::Help(YIELD_ALL))
        }
        TokenKind::Keyword(Keyword::Yield)
            if parser.text(second.span) == "from" && parser.at == start + 2 =>
        {
            Some(Mistake::Help(YIELD_ALL))
        }
        TokenKind::Keyword(Keyword::Import) if parser.peek() == TokenKind::Symbol(Symbol::Comma) => {
            Some(Mistake::Help("write one `import` per line"))
        }
        TokenKind::Name if second.kind == TokenKind::Symbol(Symbol::Star) => {
            let word = parser.text(first.span);
            let message = format!("`{word}` is not a keyword of Ruff");
            let is_func = matches!(word, "function" | "fn" | "def" | "fun");
            is_func.then(|| {
                Mistake::whole(message, first.span, "generators are declared with `func* name() { }`")
            })?
        }
        // What a head or a call takes may be anything, so only what stands directly behind counts.
        TokenKind::Name if parser.at == start + 1 || parser.is(Symbol::OpenBrace) => {
            foreign::named_statement(parser.text(first.span)).map(Mistake::Help)
        }
        _ => None,
    }
}

const YIELD_ALL: &str = "to yield all that another one yields write `for x in xs { yield x }`";

/// The symbol `back` tokens before the current one.
fn symbol_before(parser: &Parser<'_>, back: usize) -> Option<Symbol> {
    match parser.tokens[parser.at.checked_sub(back)?].kind {
        TokenKind::Symbol(symbol) => Some(symbol),
        _ => None,
    }
}

/// A string that an inner quote has ended, as in `"say "hi""`, or one in `'''`.
fn cut_text(parser: &Parser<'_>) -> Option<Mistake> {
    let before = parser.tokens[parser.at.checked_sub(1)?];
    if before.kind != TokenKind::TextEnd || before.span.end != parser.span().start {
        return None;
    }
    let quote = parser.text(before.span);
    match parser.peek() {
        TokenKind::TextStart => Some(Mistake::Help("text over several lines stands between `\"\"\"`")),
        TokenKind::Name | TokenKind::Keyword(_) => {
            let help = format!("write `\\{quote}` for this quote, or put the text between the other ones");
            Mistake::whole(format!("this `{quote}` ends the string"), before.span, help)
        }
        _ => None,
    }
}

/// A word that another language has as a keyword, or a misspelt one: before an operand, or as in `switch (x) {`.
fn foreign_word(parser: &Parser<'_>) -> Option<Mistake> {
    let before = parser.at.checked_sub(1)?;
    let index = match parser.peek() {
        TokenKind::Symbol(Symbol::OpenBrace) if symbol_before(parser, 1) == Some(Symbol::CloseParen) => {
            parser.brackets.partner(before)?.checked_sub(1)?
        }
        kind if starts_operand(kind) && !parser.token().starts_line => before,
        _ => return None,
    };
    let (token, is_member) = (parser.tokens[index], index > 0 && is_dot(parser.tokens[index - 1].kind));
    if token.kind != TokenKind::Name || is_member {
        return None;
    }
    let word = parser.text(token.span);
    if parser.peek() == TokenKind::TextStart && token.span.end == parser.span().start && word.len() <= 2 {
        let help = "`\"...\"` interpolates `${value}` by itself; `'...'` does not";
        return Mistake::whole("strings have no prefixes", token.span, help);
    }
    let message = format!("`{word}` is not a keyword of Ruff");
    if word == "new" && parser.text(parser.span()).contains("Err") {
        let help = "leave it out: `throw Error(\"message\")`; any other value can be thrown too";
        return Mistake::whole(message, token.span, help);
    }
    if let Some(help) = foreign::keyword(word) {
        return Mistake::whole(message, token.span, help);
    }
    let known =
        if index == parser.element_start { &foreign::STATEMENT_WORDS[..] } else { &foreign::OPERAND_WORDS };
    let meant = similar(word, known.iter().copied()).filter(|_| parser.context.lines)?;
    Mistake::whole(message, token.span, format!("did you mean `{meant}`?"))
}

fn is_dot(kind: TokenKind) -> bool {
    matches!(kind, TokenKind::Symbol(Symbol::Dot | Symbol::QuestionDot | Symbol::ColonColon))
}

/// Whether a token begins an operand and nothing else.
pub(super) fn starts_operand(kind: TokenKind) -> bool {
    use Keyword::{Async, Await, False, Func, Null, SelfWord, Spawn, True};
    matches!(
        kind,
        TokenKind::Name
            | TokenKind::Int(_)
            | TokenKind::IntLimit
            | TokenKind::Float(_)
            | TokenKind::TextStart
            | TokenKind::Keyword(True | False | Null | SelfWord | Func | Spawn | Await | Async)
    )
}

/// `===`, `++`, `**=` and the like: two symbols without space between them.
fn foreign_operator(parser: &Parser<'_>) -> Option<Mistake> {
    let here = match parser.peek() {
        TokenKind::Symbol(symbol) => Some(symbol),
        _ => None,
    };
    let pairs =
        [(symbol_before(parser, 1), here, 0), (symbol_before(parser, 2), symbol_before(parser, 1), 1)];
    pairs.into_iter().find_map(|(first, second, back)| {
        let (first_span, second_span) =
            (parser.tokens[parser.at.checked_sub(back + 1)?].span, parser.tokens[parser.at - back].span);
        let help = foreign::operator(first?, second?).filter(|_| first_span.end == second_span.start)?;
        // A pair that the error only follows is one at the end of its line: `i++`.
        let follows = back == 0 || parser.breaks_off() || parser.peek() == TokenKind::End;
        let span = first_span.to(second_span);
        follows
            .then(|| Mistake::whole(format!("there is no operator `{}`", parser.text(span)), span, help))?
    })
}

/// `-- a comment`.
fn dashed_comment(parser: &Parser<'_>) -> Option<Mistake> {
    let [first, second, third] = parser.tokens.get(parser.element_start..parser.element_start + 3)? else {
        return None;
    };
    let minus = TokenKind::Symbol(Symbol::Minus);
    let dashes = first.kind == minus && second.kind == minus && first.span.end == second.span.start;
    let is_comment = dashes && second.span.end < third.span.start && parser.at >= parser.element_start;
    is_comment.then(|| comment_mistake(first.span.to(second.span)))?
}

fn comment_mistake(span: Span) -> Option<Mistake> {
    Mistake::whole("a statement cannot begin like this", span, "a comment begins with `#` or `//`")
}

/// `c ? a : b`.
fn ternary(parser: &Parser<'_>) -> Option<Mistake> {
    if symbol_before(parser, 1) != Some(Symbol::Question) {
        return None;
    }
    let help = "write `if c { a } else { b }`, which has a value";
    Mistake::whole("there is no operator `c ? a : b`", parser.previous_span(), help)
}

fn symbol_mistake(parser: &Parser<'_>, here: Symbol) -> Option<Mistake> {
    let begins = parser.at == parser.element_start;
    let before = symbol_before(parser, 1);
    let help = match here {
        Symbol::CloseParen | Symbol::CloseBracket | Symbol::CloseBrace => return closes_nothing(parser),
        Symbol::Equal if parser.peek_at(1) == TokenKind::Symbol(Symbol::Bang) => "write `!=` to compare",
        Symbol::Equal if parser.peek_at(1) == TokenKind::Symbol(Symbol::Less) => "write `<=` to compare",
        Symbol::Equal if before.is_some_and(joins_equal) => {
            "write the operator without a space, as in `x += 1`"
        }
        Symbol::Equal | Symbol::ColonEqual => {
            "write `==` to compare; an assignment is a statement of its own"
        }
        Symbol::PlusEqual
        | Symbol::MinusEqual
        | Symbol::StarEqual
        | Symbol::SlashEqual
        | Symbol::PercentEqual => "an assignment is a statement and cannot stand in an expression",
        Symbol::FatArrow if parser.context.head => "in a head a lambda needs parentheses: `(x => ...)`",
        Symbol::FatArrow => "to compare write `>=`; a lambda among operators needs parentheses: `(x => ...)`",
        Symbol::Arrow => "a lambda is written `x => x * 2`, a member `x.name`",
        Symbol::Or | Symbol::OrOr if !parser.context.lines || !begins && before.is_some() => {
            "a lambda is written `x => x * 2`, without bars"
        }
        Symbol::Star | Symbol::StarStar if matches!(before, Some(Symbol::OpenParen | Symbol::Comma)) => {
            "an array is spread, and a rest parameter declared, with three points: `...items`"
        }
        Symbol::Bang if parser.peek_at(1) == TokenKind::Keyword(Keyword::In) => "write `a not in b`",
        Symbol::Star if begins && parser.peek_at(2) == TokenKind::Symbol(Symbol::OpenParen) => {
            "a generator is declared with `func* name() { }`"
        }
        Symbol::Percent | Symbol::Less if begins => return comment_mistake(parser.span()),
        Symbol::Plus if before.is_some() => "there is no unary `+`; leave it out",
        Symbol::Colon if parser.at == parser.element_start + 1 => return label(parser),
        Symbol::OpenBrace | Symbol::OpenParen | Symbol::OpenBracket | Symbol::Minus => {
            return ternary(parser);
        }
        _ => return infix_at_line_start(parser, here),
    };
    Some(Mistake::Help(help))
}

/// Whether the symbol and `=` make an operator.
fn joins_equal(symbol: Symbol) -> bool {
    use Symbol::{Colon, Minus, Percent, Plus, Slash, Star};
    matches!(symbol, Plus | Minus | Star | Slash | Percent | Colon)
}

/// A closing bracket too many.
fn closes_nothing(parser: &Parser<'_>) -> Option<Mistake> {
    if parser.brackets.partner(parser.at).is_some() {
        return None;
    }
    let message = format!("this `{}` closes nothing", parser.text(parser.span()));
    Mistake::whole(message, parser.span(), "remove it, or add the bracket that it closes")
}

/// `name:` at the start of a statement: a label, or a declaration as in Python.
fn label(parser: &Parser<'_>) -> Option<Mistake> {
    let name = parser.previous_span();
    let word = parser.text(name);
    if let Some(help) = foreign::keyword(word) {
        return Mistake::whole(format!("`{word}` cannot stand here"), name, help);
    }
    match parser.peek_at(1) {
        TokenKind::Symbol(Symbol::Equal) => Some(Mistake::Help("write `:=` without a space")),
        TokenKind::Keyword(Keyword::For | Keyword::While | Keyword::Loop) => Mistake::whole(
            "there are no labels",
            name,
            "put the loops into a function and leave it with `return`",
        ),
        TokenKind::Name => Some(Mistake::Help("a variable with a type is declared: `let x: int := 1`")),
        _ => None,
    }
}

fn infix_at_line_start(parser: &Parser<'_>, here: Symbol) -> Option<Mistake> {
    (expr::is_infix(here) && parser.after_line_end()).then_some(Mistake::Help(
        "an operator stands at the end of the line that it continues, not at the start of the next",
    ))
}
