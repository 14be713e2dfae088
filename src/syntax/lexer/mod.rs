//! Text to tokens.
//!
//! Owns: the lexical rules of docs/LANGUAGE.md, section 1. All errors of a text are collected.
//! Invariant: the tokens of a string literal are balanced (`TextStart`..`TextEnd`, `InterpolationStart`..
//! `InterpolationEnd`), even if the text is not. Open strings lie on an explicit stack, so any depth of
//! interpolation takes no machine stack; the parser enforces the nesting limit.
//! Does not: decide where a statement ends; it only marks the tokens that start a line.

mod number;
mod text;
mod dedent;

use crate::source::{Code, Diagnostic, Source, Span};
use crate::syntax::foreign;
use crate::syntax::token::{Comment, CommentKind, Keyword, Lexed, Symbol, Token, TokenKind};

use text::OpenText;

/// The longest word, in characters (docs/LANGUAGE.md, 14.2).
const WORD_LIMIT: usize = 256;

/// How long a string in foreign quotes may be to be recognised.
const FOREIGN_TEXT: usize = 500;

/// Splits a source text into tokens.
pub fn lex(source: &Source) -> Lexed {
    let mut lexer = Lexer::new(source.text());
    lexer.run();
    lexer.lexed.diagnostics.sort_by_key(|diagnostic| diagnostic.span.start);
    lexer.lexed
}

struct Lexer<'s> {
    text: &'s str,
    /// The byte to look at next.
    at: usize,
    /// Whether the next token is the first of its line.
    starts_line: bool,
    /// Whether `at` lies in the characters of the innermost open string, not in code.
    in_text: bool,
    /// The string literals around `at`, outermost first.
    open: Vec<OpenText>,
    /// How many of them must end on their line.
    one_line: usize,
    lexed: Lexed,
}

impl<'s> Lexer<'s> {
    fn new(text: &'s str) -> Lexer<'s> {
        Lexer {
            text,
            at: 0,
            starts_line: true,
            in_text: false,
            open: Vec::new(),
            one_line: 0,
            lexed: Lexed::default(),
        }
    }

    fn run(&mut self) {
        while self.at < self.text.len() {
            if self.in_text {
                self.characters();
            } else {
                self.code();
            }
        }
        self.abandon_texts(0);
        self.push(TokenKind::End, self.at);
    }

    /// Lexes one token, comment or piece of white space.
    fn code(&mut self) {
        let Some(first) = self.peek() else { return };
        match first {
            ' ' | '\t' | '\x0C' => self.at += 1,
            '\n' | '\r' => self.line_break(),
            '#' => self.line_comment(CommentKind::Line),
            '/' if self.looking_at("///") => self.line_comment(CommentKind::Doc),
            '/' if self.looking_at("//") => self.line_comment(CommentKind::Line),
            '/' if self.looking_at("/*") => self.block_comment(),
            '"' | '\'' => self.open_text(),
            '0'..='9' => self.number(),
            '.' if self.starts_pointed_number() => self.pointed_number(),
            _ if starts_word(first) => self.word(),
            _ => self.symbol(),
        }
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn byte(&self, ahead: usize) -> u8 {
        self.text.as_bytes().get(self.at + ahead).copied().unwrap_or(0)
    }

    fn looking_at(&self, text: &str) -> bool {
        self.text[self.at..].starts_with(text)
    }

    /// The span from `start` to the current byte.
    fn span_from(&self, start: usize) -> Span {
        Span::new(start as u32, self.at as u32)
    }

    /// Adds a token that starts at `start` and ends here.
    fn push(&mut self, kind: TokenKind, start: usize) {
        let token = Token { kind, span: self.span_from(start), starts_line: self.starts_line };
        self.starts_line = false;
        self.lexed.tokens.push(token);
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.lexed.diagnostics.push(diagnostic);
    }

    /// Consumes LF, CRLF or CR. Strings that must end on their line end before it.
    fn line_break(&mut self) {
        self.abandon_one_line_texts();
        self.at += if self.looking_at("\r\n") { 2 } else { 1 };
        self.starts_line = true;
    }

    fn line_comment(&mut self, kind: CommentKind) {
        let start = self.at;
        let rest = &self.text.as_bytes()[start..];
        self.at = memchr::memchr2(b'\n', b'\r', rest).map_or(self.text.len(), |length| start + length);
        self.comment(kind, start);
    }

    fn block_comment(&mut self) {
        let start = self.at;
        let end = block_comment_end(&self.text.as_bytes()[start..]).map(|length| start + length);
        let body = &self.text.as_bytes()[start..end.unwrap_or(self.text.len())];
        let has_line_break = memchr::memchr2(b'\n', b'\r', body).is_some();
        if has_line_break {
            self.abandon_one_line_texts();
        }
        if end.is_none() {
            let opening = Span::new(start as u32, start as u32 + 2);
            let error = Diagnostic::new(Code::UnclosedComment, "this comment is never closed", opening);
            self.report(error.with_help("comments nest: every `/*` needs its own `*/`"));
        }
        self.at = end.unwrap_or(self.text.len());
        self.comment(CommentKind::Block, start);
        self.starts_line |= has_line_break;
    }

    fn comment(&mut self, kind: CommentKind, start: usize) {
        let comment = Comment { kind, span: self.span_from(start), starts_line: self.starts_line };
        self.lexed.comments.push(comment);
    }

    fn word(&mut self) {
        let start = self.at;
        let rest = &self.text[start..];
        let length = rest.find(|c| !unicode_ident::is_xid_continue(c)).unwrap_or(rest.len());
        self.at += length;
        let word = &rest[..length];
        if length > WORD_LIMIT && word.chars().count() > WORD_LIMIT {
            let message = format!("this word is longer than {WORD_LIMIT} characters");
            self.report(Diagnostic::new(Code::LongWord, message, self.span_from(start)));
        }
        self.push(Keyword::from_text(word).map_or(TokenKind::Name, TokenKind::Keyword), start);
    }

    fn symbol(&mut self) {
        let Some(symbol) = longest_symbol(&self.text[self.at..]) else { return self.invalid() };
        if let Some(open) = self.open.last_mut() {
            match symbol {
                Symbol::OpenBrace => open.braces += 1,
                Symbol::CloseBrace if open.braces == 0 => return self.close_interpolation(),
                Symbol::CloseBrace => open.braces -= 1,
                _ => {}
            }
        }
        let start = self.at;
        self.at += symbol.text().len();
        self.push(TokenKind::Symbol(symbol), start);
    }

    /// Reports a run of characters that no token starts with.
    fn invalid(&mut self) {
        let start = self.at;
        let Some(first) = self.peek() else { return };
        let rest = &self.text[start..];
        if let Some(length) = foreign_text(first, rest) {
            return self.foreign_text(length);
        }
        self.at += rest.find(|c: char| c != first).unwrap_or(rest.len());
        let span = self.span_from(start);
        if first == '\0' {
            return self.report(Diagnostic::new(
                Code::Nul,
                "a NUL character outside strings and comments",
                span,
            ));
        }
        let (name, help) = foreign::character(first);
        let name = name.map(|name| format!(" ({name})")).unwrap_or_default();
        let message = format!("invalid character {}{name}", shown(first));
        let mut error = Diagnostic::new(Code::InvalidCharacter, message, span);
        error.help = help;
        self.report(error);
    }

    /// Reports a string in quotes of another language, once for both of its quotes.
    fn foreign_text(&mut self, length: usize) {
        let start = self.at;
        self.at += length;
        let message = "a string stands between `\"` or `'`";
        let error = Diagnostic::new(Code::InvalidCharacter, message, self.span_from(start));
        self.report(error.with_help("write `\"text with ${value}\"`, with straight quotes"));
    }
}

/// The length of a string on one line between the foreign quote `first` and its partner.
fn foreign_text(first: char, rest: &str) -> Option<usize> {
    let closing = foreign::closing_quote(first)?;
    // The search has an end, or a line of opening quotes would take quadratic time.
    let inner = rest.char_indices().skip(1).take(FOREIGN_TEXT).take_while(|(_, c)| !matches!(c, '\n' | '\r'));
    let (at, closing) = inner.into_iter().find(|&(_, c)| c == closing)?;
    Some(at + closing.len_utf8())
}

fn starts_word(c: char) -> bool {
    c == '_' || unicode_ident::is_xid_start(c)
}

/// The bytes of the nested comment at the start of `rest`, if it is closed.
fn block_comment_end(rest: &[u8]) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < rest.len() {
        match &rest[at..(at + 2).min(rest.len())] {
            b"/*" => {
                depth += 1;
                at += 2;
            }
            b"*/" => {
                depth -= 1;
                at += 2;
            }
            _ => at += 1,
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

/// The longest symbol at the start of `rest`.
fn longest_symbol(rest: &str) -> Option<Symbol> {
    (1..=3).rev().find_map(|length| rest.get(..length).and_then(Symbol::from_text))
}

fn shown(c: char) -> String {
    if c.is_control() || c.is_whitespace() || !c.is_ascii() && c.escape_debug().count() > 1 {
        format!("U+{:04X}", u32::from(c))
    } else {
        format!("`{c}`")
    }
}
