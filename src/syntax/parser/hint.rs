//! Help for mistakes that people bring along from other languages.
//!
//! Owns: the texts. Does not: decide whether something is an error; hints are only asked for after one.

use crate::syntax::token::{Keyword, Symbol, TokenKind};

use super::{Parser, expr};

/// What to write instead of a word that starts a statement in another language.
pub(super) fn foreign_word(word: &str) -> Option<&'static str> {
    Some(match word {
        "elif" | "elsif" | "elseif" => "write `else if`",
        "function" | "fn" | "def" | "fun" | "sub" | "proc" => {
            "functions are declared with `func name(a, b) { }`"
        }
        "var" => "write `x := 1`, or `mut x := 1` to declare it in this block",
        "val" | "auto" | "final" => "write `let x := 1`",
        "class" | "record" => "write `struct Name { }`",
        "switch" => "write `match value { case 1 { } default { } }`",
        "foreach" => "write `for x in xs { }`",
        "unless" => "write `if not condition { }`",
        "until" | "do" => "write `while not condition { }` or `loop { }`",
        "catch" | "rescue" => "write `try { } except e { }`",
        "raise" => "write `throw value`",
        "using" | "include" | "require" | "use" => "write `import a.b` or `from a.b import x`",
        "print" | "println" | "echo" => "call it: `print(value)`",
        "goto" => "there are no labels; use loops and functions",
        "del" | "delete" => "call the method: `d.remove(key)`",
        "pass" => "an empty block is `{ }`",
        "case" | "default" => "arms of a `match` begin with `case`; is a `}` before this one too much?",
        "except" | "finally" => "`except` and `finally` follow the block of a `try`",
        "int" | "float" | "string" | "bool" => "a type follows the name: `let x: int := 1`",
        _ => return None,
    })
}

/// The hint for the current token as the place of an error, judged by it and its neighbours.
pub(super) fn mistake(parser: &Parser<'_>) -> Option<&'static str> {
    let before = match parser.at.checked_sub(1).map(|index| parser.tokens[index].kind) {
        Some(TokenKind::Symbol(symbol)) => Some(symbol),
        _ => None,
    };
    match parser.peek() {
        _ if parser.breaks_off() => None,
        TokenKind::Symbol(symbol) => symbol_mistake(parser, before, symbol),
        TokenKind::Keyword(keyword) => keyword_mistake(keyword).or_else(|| ternary(before)),
        TokenKind::End => None,
        _ => ternary(before),
    }
}

fn ternary(before: Option<Symbol>) -> Option<&'static str> {
    let help = "there is no `c ? a : b`; write `if c { a } else { b }`";
    (before == Some(Symbol::Question)).then_some(help)
}

fn symbol_mistake(parser: &Parser<'_>, before: Option<Symbol>, here: Symbol) -> Option<&'static str> {
    let joined = parser.previous_span().end == parser.span().start;
    Some(match (before, here) {
        (Some(Symbol::Plus), Symbol::Plus) if joined => "there is no `++`; write `x += 1`",
        (Some(Symbol::Minus), Symbol::Minus) if joined => "there is no `--`; write `x -= 1`",
        (Some(Symbol::EqualEqual), Symbol::Equal) if joined => "there is no `===`; write `==`",
        (Some(Symbol::BangEqual), Symbol::Equal) if joined => "there is no `!==`; write `!=`",
        (Some(Symbol::Less), Symbol::Greater) if joined => "write `!=` for \"not equal\"",
        (Some(Symbol::Dot), Symbol::Dot) if joined => "there is no `a..b`; write `range(a, b)`",
        (_, Symbol::Equal | Symbol::ColonEqual) if parser.context.head => "write `==` to compare",
        (_, Symbol::Equal | Symbol::ColonEqual) => "an assignment is a statement; write `==` to compare",
        (
            _,
            Symbol::PlusEqual
            | Symbol::MinusEqual
            | Symbol::StarEqual
            | Symbol::SlashEqual
            | Symbol::PercentEqual,
        ) => "an assignment is a statement and cannot stand in an expression",
        (_, Symbol::FatArrow) if parser.context.head => "in a head a lambda needs parentheses: `(x => ...)`",
        (_, Symbol::FatArrow) => "a lambda among operators needs parentheses: `(x => ...)`",
        (Some(Symbol::Question), Symbol::OpenBrace) => return ternary(before),
        _ => return infix_at_line_start(parser, here),
    })
}

fn infix_at_line_start(parser: &Parser<'_>, here: Symbol) -> Option<&'static str> {
    (expr::is_infix(here) && parser.after_line_end()).then_some(
        "an operator stands at the end of the line that it continues, not at the start of the next",
    )
}

fn keyword_mistake(keyword: Keyword) -> Option<&'static str> {
    Some(match keyword {
        Keyword::Return | Keyword::Break | Keyword::Continue | Keyword::Yield => {
            "this is a statement and cannot stand in an expression; put it into a block"
        }
        Keyword::Let | Keyword::Mut | Keyword::Const => "a declaration is a statement of its own",
        Keyword::Else => "`else` follows the `}` of an `if`",
        _ => return None,
    })
}
