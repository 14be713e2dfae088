//! Statements and blocks: one statement a line.
//!
//! Owns: which blocks stay on one line: those with at most one statement that were written so, if they fit.

use crate::source::Span;
use crate::syntax::ast::{
    Arm, Assign, Block, Body, Expr, ExprKind, If, Match, Place, PlaceStep, Statement, StatementKind, Try,
};
use crate::syntax::token::{Keyword, Symbol};

use super::Printer;
use super::layout::Hug;

impl Printer<'_> {
    /// Statements on lines of their own. The first one is preceded by what the caller wrote.
    pub(super) fn statements(&mut self, statements: &[Statement]) {
        let mut rest = statements;
        let mut first = true;
        while let Some(statement) = rest.first() {
            self.skip(&[Symbol::Semicolon]);
            if !first {
                self.hard();
            }
            first = false;
            let imports = self.sortable(rest);
            if imports > 1 {
                self.sorted_imports(&rest[..imports]);
            } else {
                self.statement(statement);
            }
            rest = &rest[imports.max(1)..];
        }
        self.skip(&[Symbol::Semicolon]);
    }

    pub(super) fn statement(&mut self, statement: &Statement) {
        use StatementKind as K;
        self.comments_before_token();
        match &statement.kind {
            K::Variable(variable) => self.variable(variable),
            K::Function(function) => self.function(function),
            K::Struct(declared) => self.struct_declaration(declared, statement.span),
            K::Enum(declared) => self.enum_declaration(declared, statement.span),
            K::Export(inner) => {
                self.word();
                self.statement(inner);
            }
            K::ExportNames(names) => {
                self.word();
                self.bare_list(names, |printer, name| printer.tokens_of(name.span));
            }
            K::Import { path, alias } => self.import(path, alias),
            K::FromImport { path, names } => self.import_from(path, names),
            K::Test(name, block) | K::TestGroup(name, block) => {
                self.word();
                self.literal(name.span);
                self.braced(block);
            }
            K::TestSetup(block) | K::TestTeardown(block) | K::AsyncScope(block) | K::Loop(block) => {
                self.token();
                self.braced(block);
            }
            K::Assign(assign) => self.assign(assign),
            K::Destructure { pattern, value } => {
                self.pattern(pattern);
                self.space();
                self.word();
                self.expr(value);
            }
            K::If(one) => self.if_(one, statement.span),
            K::Match(one) => self.match_(one, statement.span),
            K::While { condition, body } => {
                if self.next_is_keyword(Keyword::Loop) {
                    self.word();
                }
                self.word();
                self.head(condition);
                self.braced(body);
            }
            K::For { pattern, iterable, body } => {
                self.word();
                self.pattern(pattern);
                self.space();
                self.word();
                self.head(iterable);
                self.braced(body);
            }
            K::Try(one) => self.try_(one, statement.span),
            K::Return(value) | K::Yield(value) => {
                self.token();
                if let Some(value) = value {
                    self.space();
                    self.expr(value);
                }
            }
            K::Throw(value) => {
                self.word();
                self.expr(value);
            }
            K::Expr(value) => self.expr(value),
            K::Break | K::Continue => self.token(),
            K::Error => {} // A text with errors is not formatted.
        }
    }

    fn assign(&mut self, assign: &Assign) {
        self.place(&assign.place);
        self.space();
        self.word();
        self.expr(&assign.value);
    }

    fn place(&mut self, place: &Place) {
        self.tokens_of(place.root.span);
        for step in &place.steps {
            self.token();
            match step {
                PlaceStep::Field(name) => self.tokens_of(name.span),
                PlaceStep::Index(index) => {
                    self.expr(index);
                    self.token();
                }
            }
        }
    }

    /// The head of a statement before its block. Operands that get lines of their own stand deeper than the block.
    fn head(&mut self, head: &Expr) {
        let has_operands =
            matches!(head.kind, ExprKind::Chain { .. } | ExprKind::Logic { .. } | ExprKind::Pipe { .. });
        if !has_operands {
            return self.expr(head);
        }
        self.layout.open(Hug::Nothing);
        self.layout.indent();
        self.expr(head);
        self.layout.dedent();
        self.layout.close();
    }

    pub(super) fn if_(&mut self, one: &If, span: Span) {
        let blocks = one.arms.iter().map(|(_, block)| block).chain(&one.otherwise);
        let one_line = self.is_one_line(span, blocks);
        self.layout.open(Hug::Nothing);
        for (index, (condition, block)) in one.arms.iter().enumerate() {
            if index > 0 {
                self.space();
                self.word(); // else
            }
            self.word();
            self.head(condition);
            self.block(block, one_line);
        }
        if let Some(block) = &one.otherwise {
            self.space();
            self.token();
            self.block(block, one_line);
        }
        self.layout.close();
    }

    pub(super) fn match_(&mut self, one: &Match, span: Span) {
        let blocks = one.arms.iter().filter_map(|arm| match &arm.body {
            Body::Block(block) => Some(block),
            Body::Expr(_) => None,
        });
        let one_line = self.is_one_line(span, blocks);
        self.layout.open(Hug::Nothing);
        self.word();
        self.head(&one.subject);
        self.members(&one.arms, one_line, |printer, arm| printer.arm(arm, one_line));
        self.layout.close();
    }

    fn arm(&mut self, arm: &Arm, one_line: bool) {
        self.token();
        if let Some(pattern) = &arm.pattern {
            self.space();
            self.case_pattern(pattern);
        }
        if let Some(guard) = &arm.guard {
            self.space();
            self.word();
            self.head(guard);
        }
        if self.next_is(Symbol::Colon) {
            self.token();
        }
        match &arm.body {
            Body::Block(block) if one_line => self.block(block, true),
            Body::Block(block) => self.braced(block),
            Body::Expr(value) => {
                self.space();
                self.word();
                self.expr(value);
            }
        }
    }

    fn try_(&mut self, one: &Try, span: Span) {
        let except = one.except.as_ref().map(|(_, block)| block);
        let one_line = self.is_one_line(span, std::iter::once(&one.body).chain(except).chain(&one.finally));
        self.layout.open(Hug::Nothing);
        self.token();
        self.block(&one.body, one_line);
        if let Some((name, block)) = &one.except {
            self.space();
            self.token();
            if let Some(name) = name {
                self.space();
                self.tokens_of(name.span);
            }
            self.block(block, one_line);
        }
        if let Some(block) = &one.finally {
            self.space();
            self.token();
            self.block(block, one_line);
        }
        self.layout.close();
    }

    /// A space and a block that decides for itself whether it stays on one line.
    pub(super) fn braced(&mut self, block: &Block) {
        let one_line = self.is_one_line(block.span, std::iter::once(block));
        self.layout.open(Hug::Nothing);
        self.block(block, one_line);
        self.layout.close();
    }

    /// Whether what `span` holds was written on one line, with at most one statement in each of its blocks.
    fn is_one_line<'b>(&self, span: Span, blocks: impl IntoIterator<Item = &'b Block>) -> bool {
        self.is_on_one_line(span) && blocks.into_iter().all(|block| block.statements.len() <= 1)
    }

    pub(super) fn is_on_one_line(&self, span: Span) -> bool {
        self.source.line_number(span.start) == self.source.line_number(span.end)
    }

    /// A space and a block, whose lines belong to the group around it.
    fn block(&mut self, block: &Block, one_line: bool) {
        self.space();
        self.word();
        self.begin();
        if block.statements.is_empty() && !self.has_comments(block.span) {
            self.skip(&[Symbol::Semicolon]);
            return self.token();
        }
        self.layout.indent();
        self.skip(&[Symbol::Semicolon]);
        self.edge(one_line);
        self.statements(&block.statements);
        self.comments_inside();
        self.layout.dedent();
        self.edge(one_line);
        self.token();
    }

    /// The line end behind `{` or before `}`.
    fn edge(&mut self, one_line: bool) {
        match one_line {
            true => self.line(),
            false => self.hard(),
        }
    }

    /// The members of a struct, enum or match in braces: on one line with commas between them, or one a line.
    pub(super) fn members<T>(
        &mut self,
        members: &[T],
        one_line: bool,
        mut member: impl FnMut(&mut Self, &T),
    ) {
        let separators = [Symbol::Semicolon, Symbol::Comma];
        self.space();
        self.word();
        self.begin();
        self.skip(&separators);
        if members.is_empty() && !self.comment_waits() {
            return self.token();
        }
        self.layout.indent();
        for (index, one) in members.iter().enumerate() {
            if one_line && index > 0 {
                self.layout.if_flat(",");
            }
            self.skip(&separators);
            self.edge(one_line);
            member(self, one);
        }
        self.skip(&separators);
        self.comments_inside();
        self.layout.dedent();
        self.edge(one_line);
        self.token();
    }
}
