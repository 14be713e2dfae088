//! Test blocks: which setups surround which tests (LANGUAGE 13).
//!
//! All test code of a file is one body beside the top level, resolved when that is known. Scopes nest as tests run: the setups
//! of a level lie in each other, in text order, and tests, inner groups and teardowns in the last of them.
//! Does not: decide what a test does after a failure; the emitter does.

use super::{Enclosing, PendingCode, Resolver};
use crate::compiler::scope::{Entity, Suite, Test, TestLevel};
use crate::source::Span;
use crate::syntax::ast::{Block, Statement, StatementKind, Text, TextPart};

impl<'a> Resolver<'a, '_> {
    /// A test block that stands in the current scope, outside of groups.
    pub(super) fn misplaced_test(&mut self, what: &str, span: Span) {
        if self.scope.index() != 0 {
            let message = format!("`{what}` stands at the top level of a file or in a `test_group` only");
            let help = "tests that belong together stand in a `test_group \"name\" { }`";
            self.report_with_help(message, span, help);
        }
    }

    /// Test code sees the whole top level, as functions do.
    pub(super) fn put_off_tests(&mut self, statements: &'a [Statement]) {
        let Some(first) = statements.iter().find(|statement| is_test_code(statement)) else { return };
        let body = self.put_off(first.span.start, false, first.span.start, PendingCode::Tests(statements));
        self.found.suite = Some(Suite { body, levels: Vec::new(), tests: Vec::new() });
    }

    /// The tests of the top level and its groups.
    pub(super) fn tests(&mut self, statements: &'a [Statement]) {
        let top = TestLevel { parent: None, name: "".into(), scope: None, statements };
        self.test_level(top);
    }

    fn test_level(&mut self, level: TestLevel<'a>) {
        let (outer, statements) = (self.scope, level.statements);
        let Some(suite) = &mut self.found.suite else { return };
        let index = suite.levels.len();
        suite.levels.push(level);
        for statement in statements {
            if let StatementKind::TestSetup(block) = &statement.kind {
                self.setup(block, statements);
            }
        }
        for statement in statements {
            match &statement.kind {
                StatementKind::Test(name, block) => self.test(name, block, index, statement.span),
                StatementKind::TestGroup(name, block) => self.test_group(name, block, index),
                StatementKind::TestTeardown(block) => {
                    self.inside(Enclosing::Fixture, |this| this.block(block));
                }
                _ => {}
            }
        }
        self.scope = outer;
    }

    /// Opens the scope of a setup, in which the rest of its level lies.
    fn setup(&mut self, block: &'a Block, level: &'a [Statement]) {
        self.scope = self.add_scope(Some(self.scope));
        self.found.block_scopes.insert(block.span.start, self.scope);
        self.inside(Enclosing::Fixture, |this| this.statements(&block.statements, block.span.start));
        // It runs first wherever it stands.
        let others = level.iter().filter(|other| is_test_code(other) && !is_setup(other));
        let Some(first) = others.map(|other| other.span.start).min() else { return };
        let names = self.found.scopes[self.scope.index()].names.values();
        let variables: Vec<_> = names
            .filter_map(|entity| match entity {
                Entity::Variable(id) => Some(*id),
                _ => None,
            })
            .collect();
        for id in variables {
            let variable = &mut self.found.variables[id.index()];
            variable.visible_from = variable.visible_from.min(first);
        }
    }

    fn test(&mut self, name: &'a Text, block: &'a Block, level: usize, span: Span) {
        let name = self.test_name(name);
        if let Some(suite) = &mut self.found.suite {
            suite.tests.push(Test { name, level, block, span });
        }
        self.block(block);
    }

    fn test_group(&mut self, name: &'a Text, block: &'a Block, parent: usize) {
        let name = self.test_name(name);
        self.in_scope(block.span.start, |this| {
            for statement in &block.statements {
                this.predeclare(statement, block.span.start);
            }
            for statement in &block.statements {
                this.group_statement(statement);
            }
            let (scope, statements) = (Some(this.scope), &*block.statements);
            this.test_level(TestLevel { parent: Some(parent), name, scope, statements });
        });
    }

    /// What a group holds besides tests must not need to run.
    fn group_statement(&mut self, statement: &'a Statement) {
        match &statement.kind {
            StatementKind::Function(_) | StatementKind::Struct(_) | StatementKind::Enum(_) => {
                self.statement(statement);
            }
            StatementKind::Error => {}
            _ if is_test_code(statement) => {}
            _ => self.report_with_help(
                "A `test_group` holds tests, groups, setups, teardowns, functions and types only",
                statement.span,
                "move the statement into a `test_setup` block; what it declares is visible in the tests",
            ),
        }
    }

    fn test_name(&mut self, name: &Text) -> Box<str> {
        match &*name.parts {
            [] => "".into(),
            [TextPart::Literal(text)] => text.clone(),
            _ => {
                self.report("The name of a test is a string without `${..}`", name.span);
                "".into()
            }
        }
    }
}

fn is_setup(statement: &Statement) -> bool {
    matches!(statement.kind, StatementKind::TestSetup(_))
}

fn is_test_code(statement: &Statement) -> bool {
    matches!(
        statement.kind,
        StatementKind::Test(..)
            | StatementKind::TestGroup(..)
            | StatementKind::TestSetup(_)
            | StatementKind::TestTeardown(_)
    )
}
