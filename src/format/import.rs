//! Sorting imports.
//!
//! Owns: which imports may change places: those that follow each other on adjacent lines, without comments.
//! Invariant: an import never moves past code, a comment or an empty line. Modules run in the order of their first
//! import, so that is how a writer keeps an order that matters; `--no-sort-imports` keeps them all.

use crate::source::Span;
use crate::syntax::ast::{Name, Statement, StatementKind};

use super::Printer;

impl Printer<'_> {
    /// How many of the next statements are imports that may change places.
    pub(super) fn sortable(&self, statements: &[Statement]) -> usize {
        if !self.style.sort_imports {
            return 0;
        }
        let mut count = 0;
        let mut end: Option<u32> = None;
        for statement in statements {
            let Span { start, .. } = statement.span;
            let adjacent = end.is_none_or(|end| self.line_distance(end, start) <= 1);
            if key(statement).is_none() || !adjacent || self.is_commented(statement.span) {
                break;
            }
            end = Some(statement.span.end);
            count += 1;
        }
        count
    }

    /// Whether a comment stands in the statement, behind it on its line, or on the line above it.
    fn is_commented(&self, span: Span) -> bool {
        let first = self.comments.partition_point(|comment| comment.span.end < span.start);
        let above = first.checked_sub(1).map(|index| self.comments[index].span.end);
        let next = self.comments.get(first).map(|comment| comment.span.start);
        above.is_some_and(|end| self.line_distance(end, span.start) <= 1)
            || next.is_some_and(|start| self.line_distance(span.end, start) == 0 || start < span.end)
    }

    fn line_distance(&self, from: u32, to: u32) -> u32 {
        self.source.line_number(to).saturating_sub(self.source.line_number(from))
    }

    /// Copies imports in their order. What follows them is next then.
    pub(super) fn sorted_imports(&mut self, statements: &[Statement]) {
        let mut order: Vec<&Statement> = statements.iter().collect();
        order.sort_by_cached_key(|statement| key(statement));
        let mut last = self.at;
        for (index, statement) in order.into_iter().enumerate() {
            self.at = self.tokens.partition_point(|token| token.span.start < statement.span.start);
            if index > 0 {
                self.end = statement.span.start;
                self.hard();
            }
            self.statement(statement);
            last = last.max(self.at);
        }
        self.at = last;
        self.end = self.tokens[last - 1].span.end;
    }
}

/// A path, a rank and names.
type Key = (Vec<Box<str>>, u8, Vec<Box<str>>);

/// What imports are sorted by: the path, then the form, then the rest.
fn key(statement: &Statement) -> Option<Key> {
    let texts = |names: &[Name]| names.iter().map(|name| name.text.clone()).collect();
    match &statement.kind {
        StatementKind::Import { path, alias } => {
            Some((texts(path), 0, alias.iter().map(|alias| alias.text.clone()).collect()))
        }
        StatementKind::FromImport { path, names } => {
            Some((texts(path), 1, names.iter().map(|(name, _)| name.text.clone()).collect()))
        }
        _ => None,
    }
}
