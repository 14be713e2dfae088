//! Number literals.
//!
//! Owns: their shape (docs/LANGUAGE.md, 1.4) and their value.
//! Invariant: whatever looks like one malformed number becomes one diagnostic and one token, so the parser
//! sees an operand in any case.

use crate::source::{Code, Diagnostic};
use crate::syntax::token::{Symbol, TokenKind};

use super::{Lexer, starts_word};

/// The longest number literal, in characters (docs/LANGUAGE.md, 14.2).
const NUMBER_LIMIT: usize = 512;

/// Why a literal is not a number.
struct Malformed {
    code: Code,
    message: String,
    help: Option<&'static str>,
}

impl Malformed {
    fn new(message: impl Into<String>) -> Malformed {
        Malformed { code: Code::Number, message: message.into(), help: None }
    }

    fn help(mut self, help: &'static str) -> Malformed {
        self.help = Some(help);
        self
    }
}

impl Lexer<'_> {
    /// Lexes the number that starts at the current digit.
    pub(super) fn number(&mut self) {
        let start = self.at;
        self.at += extent(&self.text[start..]);
        let literal = &self.text[start..self.at];
        let value = match self.ends_with_point() {
            true => Err(Malformed::new("a digit must follow the point of a float")
                .help("write `5.0`, or `5` for an int")),
            false => value(literal),
        };
        self.finish_number(value, start);
    }

    /// Whether the point here starts a float without digits before it, as in `.5`.
    pub(super) fn starts_pointed_number(&self) -> bool {
        self.byte(1).is_ascii_digit() && !self.follows_operand_or_point()
    }

    /// Lexes `.5`.
    pub(super) fn pointed_number(&mut self) {
        let start = self.at;
        self.at += 1 + extent(&self.text[start + 1..]);
        let error = Malformed::new("a digit must stand before the point of a float").help("write `0.5`");
        self.finish_number(Err(error), start);
    }

    fn finish_number(&mut self, value: Result<TokenKind, Malformed>, start: usize) {
        let kind = value.unwrap_or_else(|error| {
            let mut diagnostic = Diagnostic::new(error.code, error.message, self.span_from(start));
            diagnostic.help = error.help.map(String::from);
            self.report(diagnostic);
            TokenKind::Int(0)
        });
        self.push(kind, start);
    }

    /// Takes the point of `5.`, but not that of `5.abs()` or `5...`.
    fn ends_with_point(&mut self) -> bool {
        let mut rest = self.text[self.at..].chars();
        let pointed = rest.next() == Some('.') && !rest.next().is_some_and(|c| c == '.' || starts_word(c));
        self.at += usize::from(pointed);
        pointed
    }

    /// Whether the token before this byte, without space between, ends an operand or is a point as in `0..9`.
    fn follows_operand_or_point(&self) -> bool {
        self.lexed.tokens.last().is_some_and(|token| {
            let joins = matches!(
                token.kind,
                TokenKind::Name
                    | TokenKind::TextEnd
                    | TokenKind::Symbol(
                        Symbol::CloseParen | Symbol::CloseBracket | Symbol::CloseBrace | Symbol::Dot
                    )
            );
            joins && token.span.end as usize == self.at
        })
    }
}

/// How many bytes look like one number: word characters, points before a digit, signs of an exponent.
fn extent(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let has_exponent = !(bytes.len() > 1 && bytes[0] == b'0' && bytes[1].is_ascii_alphabetic());
    let digit_at = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut before = ' ';
    for (at, c) in rest.char_indices() {
        let belongs = match c {
            '.' => digit_at(at + 1),
            '+' | '-' => has_exponent && matches!(before, 'e' | 'E') && digit_at(at + 1),
            _ => unicode_ident::is_xid_continue(c),
        };
        if !belongs {
            return at;
        }
        before = c;
    }
    rest.len()
}

fn value(literal: &str) -> Result<TokenKind, Malformed> {
    if literal.len() > NUMBER_LIMIT {
        let message = format!("this number is longer than {NUMBER_LIMIT} characters");
        return Err(Malformed { code: Code::LongNumber, message, help: None });
    }
    let (radix, digits) = match literal.get(..2) {
        Some("0x") => (16, &literal[2..]),
        Some("0b") => (2, &literal[2..]),
        Some("0o") => (8, &literal[2..]),
        Some("0X" | "0B" | "0O") => {
            return Err(Malformed::new("the prefix of a number is written in lower case")
                .help("write `0x`, `0b` or `0o`"));
        }
        _ => (10, literal),
    };
    if radix == 10 && literal.contains(['.', 'e', 'E']) {
        return float(literal);
    }
    check_digits(digits, radix)?;
    int(&digits.replace('_', ""), radix)
}

fn int(digits: &str, radix: u32) -> Result<TokenKind, Malformed> {
    // Only overflow can fail: the digits have been checked.
    match u64::from_str_radix(digits, radix) {
        Ok(value) if value == 1 << 63 => Ok(TokenKind::IntLimit),
        Ok(value) if value < 1 << 63 => Ok(TokenKind::Int(value as i64)),
        _ => Err(out_of_range()),
    }
}

fn out_of_range() -> Malformed {
    Malformed {
        code: Code::IntRange,
        message: "this int is outside the range of 64-bit ints".into(),
        help: Some("the largest int is 9223372036854775807; write a float, for example `1e19`"),
    }
}

fn float(literal: &str) -> Result<TokenKind, Malformed> {
    let (mantissa, exponent) = match literal.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (literal, None),
    };
    for part in mantissa.split('.') {
        check_digits(part, 10)?;
    }
    if mantissa.matches('.').count() > 1 {
        return Err(Malformed::new("a number has one point at most").help("put a text between quotes"));
    }
    if let Some(exponent) = exponent {
        check_digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent), 10)
            .map_err(|error| error.help("an exponent is an int, as in `1.5e-3`"))?;
    }
    match literal.replace('_', "").parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(TokenKind::Float(value)),
        _ => Err(Malformed::new("this number is outside the range of floats")),
    }
}

/// Digits of the radix, with `_` only between two of them.
fn check_digits(digits: &str, radix: u32) -> Result<(), Malformed> {
    if digits.is_empty() {
        return Err(Malformed::new("a digit is missing in this number").help(digits_help(radix)));
    }
    if let Some(wrong) = digits.chars().find(|&c| c != '_' && !c.is_digit(radix)) {
        let message = format!("`{wrong}` is not a digit of a number with base {radix}");
        let help = match wrong.is_ascii_digit() || radix == 16 {
            true => digits_help(radix),
            false => "a number has no suffix; put a space or an operator between it and a word",
        };
        return Err(Malformed::new(message).help(help));
    }
    if digits.starts_with('_') || digits.ends_with('_') || digits.contains("__") {
        let error = Malformed::new("`_` may only stand between two digits of a number");
        return Err(error.help("for example `1_000_000`"));
    }
    Ok(())
}

fn digits_help(radix: u32) -> &'static str {
    match radix {
        2 => "the digits behind `0b` are 0 and 1, for example `0b1010`",
        8 => "the digits behind `0o` are 0 to 7, for example `0o17`",
        16 => "the digits behind `0x` are 0 to 9 and A to F, for example `0xFF`",
        _ => "the digits are 0 to 9",
    }
}
