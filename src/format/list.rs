//! Lists in brackets: one line, or one item a line with a comma behind each.
//!
//! Owns: the commas, and which last items may break while the list around them stays on its line.
//! Invariant: a list that is opened at the end of a line in the source stays broken.

use crate::syntax::ast::{Body, Expr, ExprKind};
use crate::syntax::token::Symbol;

use super::Printer;
use super::layout::Hug;

/// What a list is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `(a, b)`.
    Plain,
    /// `P { a: 1 }`: with spaces inside if it is on one line.
    Padded,
    /// `(a)`: one expression, which no comma may follow.
    Single,
}

impl<'s> Printer<'s> {
    /// A list with its brackets. `hugged` says whether an item may break alone if it is the last.
    pub(super) fn list<T>(
        &mut self,
        items: &[T],
        form: Form,
        hugged: impl Fn(&T) -> bool,
        mut item: impl FnMut(&mut Self, &T),
    ) {
        self.comments_before_token();
        self.layout.open(Hug::Last);
        self.token();
        self.begin();
        if items.is_empty() && !self.comment_waits() {
            self.token();
            return self.layout.close();
        }
        if self.line_ends_here() && !items.is_empty() {
            self.layout.force();
        }
        self.layout.indent();
        for (index, one) in items.iter().enumerate() {
            match index == 0 && form != Form::Padded {
                true => self.soft(),
                false => self.line(),
            }
            let hugs = index + 1 == items.len() && hugged(one) && !self.comment_waits();
            if hugs {
                self.layout.open_hug();
                item(self, one);
                self.layout.close_hug();
            } else {
                item(self, one);
            }
            if form != Form::Single {
                self.comma(index + 1 == items.len());
            }
        }
        self.comments_inside();
        self.layout.dedent();
        match form {
            Form::Plain | Form::Single => self.soft(),
            Form::Padded => self.line(),
        }
        self.token();
        self.layout.close();
    }

    /// The comma behind an item, before the comments there. The last item has one if it is on a line of its own.
    fn comma(&mut self, last: bool) {
        match last {
            true => self.layout.if_broken(","),
            false => self.layout.text(","),
        }
        if self.next_is(Symbol::Comma) {
            self.end = self.end.max(self.next().span.end);
            self.at += 1;
        }
    }

    /// Names or the like with commas between them and no brackets around.
    pub(super) fn bare_list<T>(&mut self, items: &[T], mut item: impl FnMut(&mut Self, &T)) {
        self.layout.open(Hug::Nothing);
        self.layout.indent();
        for (index, one) in items.iter().enumerate() {
            item(self, one);
            if index + 1 < items.len() {
                self.comma(false);
                self.line();
            }
        }
        self.layout.dedent();
        self.layout.close();
    }
}

/// Whether an expression looks well when only its brackets break: `f(x => {`, `f([`.
pub(super) fn is_bracketed(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Dict(entries) => !entries.is_empty(),
        ExprKind::Array(items) => !items.is_empty(),
        ExprKind::Struct { .. } | ExprKind::Spawn(_) | ExprKind::If(_) | ExprKind::Match(_) => true,
        ExprKind::Function(function) => match &function.body {
            Body::Block(_) => true,
            Body::Expr(body) => is_bracketed(body) || matches!(body.kind, ExprKind::Postfix { .. }),
        },
        _ => false,
    }
}
