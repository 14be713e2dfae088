//! `ruff format`: a source text in the house style, with the same meaning.
//!
//! Owns: the style. The tree says where groups begin and end; the words themselves are copied from the text, token by
//! token, so that strings, numbers, operators and parentheses stay as they were written and no comment can get lost.
//! Invariant: the tokens of the result are those of the source, but for `;`, commas and the order of imports; formatting
//! a result again changes nothing. A line breaks only where a line end does not count (docs/LANGUAGE.md, 1.6).
//! Does not: read or write files, nor change what is wrong: a text with syntax errors is refused.
//!
//! What the writer decides: a list that is opened at the end of a line stays one item a line; a block with one statement
//! stays on its line if it was written so and fits; chains stay broken where they were; single empty lines stay.

mod layout;
mod cursor;
mod import;
mod list;
mod statement;
mod declaration;
mod pattern;
mod expr;
mod postfix;

use crate::source::{Diagnostic, Source};
use crate::syntax::ast::Script;
use crate::syntax::token::{Comment, Lexed, Symbol, Token, TokenKind};
use crate::syntax::{lex, parse};

use layout::Layout;

/// What may be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// The spaces of one level of indentation.
    pub indent: usize,
    /// How long a line may be, in characters, if it can be broken.
    pub line_length: usize,
    /// Whether adjacent imports are sorted.
    pub sort_imports: bool,
}

impl Default for Style {
    fn default() -> Style {
        Style { indent: 4, line_length: 100, sort_imports: true }
    }
}

/// Why a text was not formatted.
#[derive(Clone, Debug)]
pub enum Refusal {
    /// The lexical and syntax errors of the text.
    Incorrect(Vec<Diagnostic>),
    /// The result would not mean the same: a bug of the formatter.
    Changed,
}

/// The text of `source` in this style.
pub fn format(source: &Source, style: &Style) -> Result<String, Refusal> {
    let parsed = parse(source);
    if !parsed.diagnostics.is_empty() {
        return Err(Refusal::Incorrect(parsed.diagnostics));
    }
    let text = Printer::new(source, style).script(&parsed.script);
    match says_the_same(source, &Source::new(source.name(), &text)) {
        true => Ok(text),
        false => Err(Refusal::Changed),
    }
}

/// Whether both texts have the same words and comments, and the second is correct. Imports may have moved.
fn says_the_same(before: &Source, after: &Source) -> bool {
    words(before) == words(after) && parse(after).diagnostics.is_empty()
}

/// All tokens but separators, and all comments, sorted.
fn words(source: &Source) -> Vec<&str> {
    let Lexed { tokens, comments, .. } = lex(source);
    let separator =
        |token: &Token| matches!(token.kind, TokenKind::Symbol(Symbol::Comma | Symbol::Semicolon));
    let tokens = tokens.into_iter().filter(|token| !separator(token)).map(|token| token.span);
    let spans = tokens.chain(comments.into_iter().map(|comment| comment.span));
    let mut words: Vec<&str> = spans.flat_map(|span| halves(source.slice(span).trim_end())).collect();
    words.sort_unstable();
    words
}

/// `>=` behind the parameter of a type is two words without a space between them.
fn halves(word: &str) -> Vec<&str> {
    if word == ">=" { vec![">", "="] } else { vec![word] }
}

/// Walks the tree and copies the tokens into a document.
struct Printer<'s> {
    source: &'s Source,
    style: Style,
    tokens: Vec<Token>,
    comments: Vec<Comment>,
    layout: Layout<'s>,
    /// The token to copy next.
    at: usize,
    /// The comment to copy next.
    comment: usize,
    /// Where the latest token or comment ended in the source.
    end: u32,
    /// Whether nothing was copied since a bracket opened or the text began: no empty line here.
    fresh: bool,
    /// The latest symbol, if nothing separates it from what comes next.
    glued: Option<Symbol>,
}

impl<'s> Printer<'s> {
    fn new(source: &'s Source, style: &Style) -> Printer<'s> {
        let Lexed { tokens, comments, .. } = lex(source);
        Printer {
            source,
            style: *style,
            tokens,
            comments,
            layout: Layout::default(),
            at: 0,
            comment: 0,
            end: 0,
            fresh: true,
            glued: None,
        }
    }

    /// The whole text. Its line ends are those that the source begins with.
    fn script(mut self, script: &Script) -> String {
        self.statements(&script.statements);
        self.comments_inside();
        let text = self.source.text();
        let first = text.find('\n').unwrap_or(0);
        let line_end = if text[..first].ends_with('\r') { "\r\n" } else { "\n" };
        self.layout.render(self.style.line_length, self.style.indent, line_end)
    }
}
