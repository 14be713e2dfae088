//! Copying tokens and comments from the source, in order.
//!
//! Owns: the place in the token list, and where each comment goes. A comment on the line of the token before it stays
//! there; one on a line of its own gets a line of its own, at the indentation of what follows.
//! Invariant: every comment is copied exactly once, before the first token behind it at the latest.

use crate::source::Span;
use crate::syntax::token::{Comment, CommentKind, Keyword, Symbol, Token, TokenKind};

use super::Printer;

impl Printer<'_> {
    pub(super) fn next(&self) -> Token {
        self.tokens[self.at.min(self.tokens.len() - 1)]
    }

    pub(super) fn next_is(&self, symbol: Symbol) -> bool {
        self.next().kind == TokenKind::Symbol(symbol)
    }

    pub(super) fn next_is_keyword(&self, keyword: Keyword) -> bool {
        self.next().kind == TokenKind::Keyword(keyword)
    }

    /// Copies the next token, after the comments before it.
    pub(super) fn token(&mut self) {
        self.comments_before_token();
        let token = self.next();
        let symbol = match token.kind {
            TokenKind::Symbol(symbol) => Some(symbol),
            _ => None,
        };
        if let (Some(left), Some(right)) = (self.glued, symbol)
            && would_join(left, right)
        {
            self.layout.space();
        }
        self.verbatim(token.span);
        self.glued = symbol;
        self.at += 1;
    }

    /// Copies all tokens up to the end of `span` without spaces between them.
    pub(super) fn tokens_of(&mut self, span: Span) {
        while self.next().kind != TokenKind::End && self.next().span.end <= span.end {
            self.token();
        }
    }

    /// Copies a token and a space.
    pub(super) fn word(&mut self) {
        self.token();
        self.space();
    }

    /// Copies a string literal with all that is in it as one piece.
    pub(super) fn literal(&mut self, span: Span) {
        self.comments_before_token();
        self.verbatim(span);
        self.at = self.tokens.partition_point(|token| token.span.start < span.end);
        self.comment = self.comments.partition_point(|comment| comment.span.start < span.end);
    }

    fn verbatim(&mut self, span: Span) {
        self.layout.text(self.source.slice(span));
        self.end = span.end;
        self.fresh = false;
        self.glued = None;
    }

    pub(super) fn space(&mut self) {
        self.layout.space();
        self.glued = None;
    }

    /// A place to break that is a space otherwise.
    pub(super) fn line(&mut self) {
        self.comments_behind();
        let blank = self.blank();
        self.layout.line(blank);
        self.glued = None;
    }

    /// A place to break that is nothing otherwise.
    pub(super) fn soft(&mut self) {
        self.comments_behind();
        let blank = self.blank();
        self.layout.soft(blank);
    }

    /// A line end.
    pub(super) fn hard(&mut self) {
        self.comments_behind();
        let blank = self.blank();
        self.layout.hard(blank);
        self.glued = None;
    }

    /// Nothing was written since here: the next line end is a single one.
    pub(super) fn begin(&mut self) {
        self.fresh = true;
    }

    /// Skips separators of a kind, which the layout sets itself.
    pub(super) fn skip(&mut self, separators: &[Symbol]) {
        self.comments_behind();
        while let TokenKind::Symbol(symbol) = self.next().kind
            && separators.contains(&symbol)
        {
            self.end = self.end.max(self.next().span.end);
            self.at += 1;
            self.comments_behind();
        }
    }

    /// Whether an empty line stands before what comes next.
    fn blank(&self) -> bool {
        let (next, start) = (self.next(), self.next_start());
        let before_closing =
            start == next.span.start && (is_closing(next.kind) || next.kind == TokenKind::End);
        self.lines_ahead(start) >= 2 && !self.fresh && !before_closing
    }

    /// Where the next token or comment starts.
    fn next_start(&self) -> u32 {
        let token = self.next().span.start;
        self.comments.get(self.comment).map_or(token, |comment| comment.span.start.min(token))
    }

    /// Whether what comes next starts a line.
    pub(super) fn line_ends_here(&self) -> bool {
        self.lines_ahead(self.next_start()) > 0
    }

    /// Whether neither a token nor a comment precedes the comment on its line.
    fn has_own_line(&self, comment: Comment) -> bool {
        comment.starts_line && (self.at + self.comment == 0 || self.lines_ahead(comment.span.start) > 0)
    }

    /// How many line ends lie between what was copied last and this place.
    fn lines_ahead(&self, start: u32) -> u32 {
        self.source.line_number(start).saturating_sub(self.source.line_number(self.end))
    }

    /// Whether a comment comes before the next token.
    pub(super) fn comment_waits(&self) -> bool {
        self.comments.get(self.comment).is_some_and(|comment| comment.span.start < self.next().span.start)
    }

    /// Whether comments lie between the tokens of a span.
    pub(super) fn has_comments(&self, span: Span) -> bool {
        let first = self.comments.partition_point(|comment| comment.span.start < span.start);
        self.comments.get(first).is_some_and(|comment| comment.span.start < span.end)
    }

    /// Copies the comments that stand behind the latest token, on its line.
    pub(super) fn comments_behind(&mut self) {
        let next = self.next();
        while self.comment_waits() {
            let comment = self.comments[self.comment];
            let belongs_to_next = comment.kind == CommentKind::Block
                && !next.starts_line
                && next.kind != TokenKind::End
                && !is_closing(next.kind)
                && !matches!(next.kind, TokenKind::Symbol(Symbol::Comma | Symbol::Semicolon));
            if self.has_own_line(comment) || belongs_to_next {
                return;
            }
            if !(self.fresh && comment.kind == CommentKind::Block) {
                self.space();
            }
            self.copy_comment();
        }
    }

    /// Copies the comments before the next token, with line ends where they have a line of their own.
    pub(super) fn comments_before_token(&mut self) {
        self.comments_behind();
        while self.comment_waits() {
            self.own_comment();
            if self.comment_waits() {
                continue;
            }
            match self.lines_ahead(self.next().span.start) {
                0 => self.space(),
                _ => self.hard(),
            }
        }
    }

    /// Copies the comments at the end of a bracket's or the file's content.
    pub(super) fn comments_inside(&mut self) {
        self.comments_behind();
        while self.comment_waits() {
            self.own_comment();
        }
    }

    fn own_comment(&mut self) {
        match self.has_own_line(self.comments[self.comment]) {
            true => {
                let blank = self.blank();
                self.layout.hard(blank);
            }
            false if self.fresh => {}
            false => self.layout.space(),
        }
        self.copy_comment();
    }

    fn copy_comment(&mut self) {
        let comment = self.comments[self.comment];
        self.verbatim_comment(comment.span, comment.kind);
        self.comment += 1;
    }

    fn verbatim_comment(&mut self, span: Span, kind: CommentKind) {
        let text = self.source.slice(span);
        match kind {
            CommentKind::Block => self.layout.text(text),
            CommentKind::Line | CommentKind::Doc => self.layout.line_comment(text.trim_end()),
        }
        self.end = span.end;
        self.fresh = false;
        self.glued = None;
    }
}

pub(super) fn is_closing(kind: TokenKind) -> bool {
    use Symbol::{CloseBrace, CloseBracket, CloseParen};
    matches!(kind, TokenKind::Symbol(CloseParen | CloseBracket | CloseBrace))
}

/// Whether two symbols that touch would be read as other ones: `?` and `.`, for instance.
fn would_join(left: Symbol, right: Symbol) -> bool {
    let both = [left.text(), right.text()].concat();
    let longer = left.text().len() + 1..=both.len();
    longer.into_iter().any(|length| both.get(..length).and_then(Symbol::from_text).is_some())
}
