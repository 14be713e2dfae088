//! String literals: quotes, escapes and interpolation.
//!
//! Owns: the stack of open strings and the value of each literal piece (docs/LANGUAGE.md, 1.5).
//! Invariant: closing a string, also by force at a line end, fills in all its chunks and leaves balanced tokens.

use crate::source::{Code, Diagnostic, Span};
use crate::syntax::token::TokenKind;

use super::{Lexer, dedent};

/// How a string is quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quote {
    /// `'`: no interpolation.
    Single,
    /// `"`.
    Double,
    /// `"""`: may span lines.
    Triple,
}

impl Quote {
    fn text(self) -> &'static str {
        match self {
            Quote::Single => "'",
            Quote::Double => "\"",
            Quote::Triple => "\"\"\"",
        }
    }
}

/// A string whose closing quotes have not been reached.
pub(super) struct OpenText {
    quote: Quote,
    /// Its opening quotes.
    start: usize,
    /// The literal pieces so far: the index of the chunk and the raw source text.
    pieces: Vec<(usize, Span)>,
    /// The `{` that are open in the current interpolation.
    pub(super) braces: usize,
}

impl Lexer<'_> {
    /// Lexes opening quotes.
    pub(super) fn open_text(&mut self) {
        let quote = match (self.byte(0), self.looking_at("\"\"\"")) {
            (_, true) => Quote::Triple,
            (b'"', _) => Quote::Double,
            _ => Quote::Single,
        };
        let start = self.at;
        self.at += quote.text().len();
        self.push(TokenKind::TextStart, start);
        self.open.push(OpenText { quote, start, pieces: Vec::new(), braces: 0 });
        self.one_line += usize::from(quote != Quote::Triple);
        self.in_text = true;
    }

    /// Lexes literal characters up to an interpolation, the closing quotes or the end of the line.
    pub(super) fn characters(&mut self) {
        let Some(open) = self.open.last() else { return };
        let (quote, start) = (open.quote, self.at);
        let bytes = self.text.as_bytes();
        while let Some(&byte) = bytes.get(self.at) {
            match byte {
                b'\\' if matches!(self.byte(1), b'\n' | b'\r') => self.escaped_line_break(),
                b'\\' => self.at += 2,
                b'\n' | b'\r' if self.one_line > 0 => break,
                b'$' if quote != Quote::Single && self.byte(1) == b'{' => break,
                b'"' | b'\'' if self.looking_at(quote.text()) => break,
                _ => self.at += 1,
            }
        }
        self.at = self.text.ceil_char_boundary(self.at);
        self.piece(start);
        match self.byte(0) {
            _ if self.at >= self.text.len() => {}
            b'\n' | b'\r' => self.line_break(),
            b'$' => self.open_interpolation(),
            _ => self.close_text(quote.text().len()),
        }
    }

    /// Skips a backslash at the end of a line: an error, unless the string is cut off there anyway.
    fn escaped_line_break(&mut self) {
        let start = self.at;
        self.at += 1;
        if self.one_line == 0 {
            let error =
                Diagnostic::new(Code::Escape, "a line break cannot be escaped", self.span_from(start));
            self.report(error.with_help("a `\"\"\"` string keeps its line breaks; remove the backslash"));
        }
    }

    /// Adds the raw text from `start` to here as a chunk, whose value is known when the string ends.
    fn piece(&mut self, start: usize) {
        let index = self.lexed.chunks.len();
        let span = self.span_from(start);
        if let Some(open) = self.open.last_mut() {
            // Empty pieces count too: the indentation rule must see where each line starts and ends.
            open.pieces.push((index, span));
        }
        self.lexed.chunks.push(Box::default());
        if span.start < span.end {
            self.push(TokenKind::Chunk(index as u32), start);
        }
    }

    fn open_interpolation(&mut self) {
        let start = self.at;
        self.at += 2;
        self.push(TokenKind::InterpolationStart, start);
        self.in_text = false;
        if let Some(open) = self.open.last_mut() {
            open.braces = 0;
        }
    }

    /// Lexes the `}` that returns to the characters of the string.
    pub(super) fn close_interpolation(&mut self) {
        let start = self.at;
        self.at += 1;
        self.push(TokenKind::InterpolationEnd, start);
        self.in_text = true;
    }

    /// Ends the innermost string with the `quotes` bytes here.
    fn close_text(&mut self, quotes: usize) {
        let Some(open) = self.open.pop() else { return };
        self.one_line -= usize::from(open.quote != Quote::Triple);
        self.fill_chunks(&open);
        let start = self.at;
        self.at += quotes;
        self.push(TokenKind::TextEnd, start);
        self.in_text = false;
    }

    /// At a line end: ends the outermost string that must lie on one line, with all in it.
    pub(super) fn abandon_one_line_texts(&mut self) {
        if self.one_line > 0
            && let Some(outermost) = self.open.iter().position(|open| open.quote != Quote::Triple)
        {
            self.abandon_texts(outermost);
        }
    }

    /// Ends all strings but the outermost `keep`; an error for the first of them.
    pub(super) fn abandon_texts(&mut self, keep: usize) {
        let Some(open) = self.open.get(keep) else { return };
        let (quote, start) = (open.quote, open.start);
        if quote != Quote::Triple
            && let Some(interpolation) = self.open_interpolation_in(keep)
        {
            let error = Diagnostic::new(Code::UnclosedString, "this `${` is never closed", interpolation);
            self.report(
                error.with_help("close it with `}` before the string ends; a literal `${` is `\\${`"),
            );
            return self.close_texts(keep);
        }
        if let Some(apostrophe) = self.apostrophe_before(start).filter(|_| quote == Quote::Single) {
            let error = Diagnostic::new(Code::UnclosedString, "this `'` ends the string", apostrophe);
            self.report(error.with_help("write `\\'` for an apostrophe, or put the text between `\"`"));
            return self.close_texts(keep);
        }
        let opening = Span::new(start as u32, (start + quote.text().len()) as u32);
        let span = if quote == Quote::Triple { opening } else { self.span_from(start) };
        let error = Diagnostic::new(Code::UnclosedString, "this string is never closed", span);
        self.report(match quote {
            Quote::Triple => error.with_help("close it with `\"\"\"`"),
            _ => error.with_help(format!(
                "close it with `{}` on the same line; strings in `\"\"\"` may span lines",
                quote.text()
            )),
        });
        self.close_texts(keep);
    }

    /// The `${` of the string at depth `index` in which the text ends, unless that lies between its quotes.
    fn open_interpolation_in(&self, index: usize) -> Option<Span> {
        let is_innermost = index + 1 == self.open.len();
        let (_, before) = self.open[index].pieces.last().filter(|_| !is_innermost || !self.in_text)?;
        Some(Span::new(before.end, before.end + 2))
    }

    /// The `'` inside of a word on the line of `start` that ended a string: that of `'it's'`.
    fn apostrophe_before(&self, start: usize) -> Option<Span> {
        let mut later = None;
        for token in self.lexed.tokens.iter().rev().skip_while(|token| token.span.start as usize >= start) {
            let ends =
                token.kind == TokenKind::TextEnd && self.text[token.span.start as usize..].starts_with('\'');
            if ends && later == Some((TokenKind::Name, token.span.end)) {
                return Some(token.span);
            }
            if token.starts_line {
                return None;
            }
            later = Some((token.kind, token.span.start));
        }
        None
    }

    fn close_texts(&mut self, keep: usize) {
        while self.open.len() > keep {
            if !self.in_text {
                self.push(TokenKind::InterpolationEnd, self.at);
            }
            self.close_text(0);
        }
    }

    /// Computes the values of a string's chunks.
    fn fill_chunks(&mut self, open: &OpenText) {
        let text = self.text;
        let raw: Vec<&str> =
            open.pieces.iter().map(|(_, span)| &text[span.start as usize..span.end as usize]).collect();
        let lines = match open.quote {
            Quote::Triple => dedent::dedent(&raw),
            _ => raw.iter().map(|piece| vec![*piece]).collect(),
        };
        let base = text.as_ptr() as usize;
        for ((index, _), lines) in open.pieces.iter().zip(lines) {
            let mut value = String::new();
            for line in lines {
                // Every line is a slice of the text, or the `\n` that stands for a line break.
                let offset = (line.as_ptr() as usize).wrapping_sub(base);
                self.unescape(line, offset, &mut value);
            }
            self.lexed.chunks[*index] = value.into();
        }
    }

    /// Appends `raw`, which lies at `offset`, with its escapes resolved.
    fn unescape(&mut self, raw: &str, offset: usize, value: &mut String) {
        let mut rest = raw;
        while let Some(backslash) = rest.find('\\') {
            value.push_str(&rest[..backslash]);
            let escape = &rest[backslash..];
            let (length, outcome) = resolve(escape);
            match outcome {
                Ok(c) => value.push(c),
                Err((message, help)) if length > 1 => {
                    let start = (offset + raw.len() - escape.len()) as u32;
                    let span = Span::new(start, start + length as u32);
                    self.report(Diagnostic::new(Code::Escape, message, span).with_help(help));
                }
                Err(_) => {} // the line ends here, which has been reported
            }
            rest = &escape[length..];
        }
        value.push_str(rest);
    }
}

type Escape = Result<char, (String, &'static str)>;

/// The length and the meaning of the escape at the start of `text`.
fn resolve(text: &str) -> (usize, Escape) {
    let Some(kind) = text[1..].chars().next() else { return (1, Err((String::new(), ""))) };
    let simple = match kind {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        '0' => '\0',
        '\\' | '"' | '\'' | '$' => kind,
        'x' => return byte_escape(text),
        'u' => return unicode_escape(text),
        _ => {
            let help = "a backslash itself is \\\\; the escapes are \\n \\t \\r \\0 \\\\ \\\" \\' \\$ \\xNN \\u{H...}";
            return (1 + kind.len_utf8(), Err((format!("unknown escape `\\{kind}`"), help)));
        }
    };
    (2, Ok(simple))
}

/// `\xNN`.
fn byte_escape(text: &str) -> (usize, Escape) {
    let digits = text[2..].chars().take(2).take_while(char::is_ascii_hexdigit).count();
    let code = u8::from_str_radix(&text[2..2 + digits], 16).ok().filter(|_| digits == 2);
    let error = ("`\\x` needs two hexadecimal digits".into(), "for example \\x41 for `A`");
    (2 + digits, code.map(char::from).ok_or(error))
}

/// `\u{H...}`.
fn unicode_escape(text: &str) -> (usize, Escape) {
    let help = "for example \\u{263A}; the last character is \\u{10FFFF}";
    let Some(body) = text[2..].strip_prefix('{') else {
        return (2, Err(("`\\u` needs braces".into(), help)));
    };
    let digits = body.bytes().take_while(u8::is_ascii_hexdigit).count();
    if !body[digits..].starts_with('}') {
        return (3 + digits, Err(("`\\u{` needs hexadecimal digits and a `}`".into(), help)));
    }
    let length = 4 + digits;
    if !(1..=6).contains(&digits) {
        return (length, Err(("`\\u{}` takes 1 to 6 hexadecimal digits".into(), help)));
    }
    let scalar = u32::from_str_radix(&body[..digits], 16).ok().and_then(char::from_u32);
    (length, scalar.ok_or((format!("`\\u{{{}}}` is not a character", &body[..digits]), help)))
}
