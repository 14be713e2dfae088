//! Tests: each becomes a function that runs the setups around it, its block, and the teardowns around it (LANGUAGE 13).
//!
//! Invariant: the code of a setup is emitted once for each test that it precedes, each time in the same registers, so that the
//! functions in it come out the same. The teardowns of a level run once its setups are done, whatever follows; the first
//! error is the one that the test fails with.

use super::Emitter;
use super::builder::{Builder, Exit};
use super::control::FAILED;
use crate::bytecode::{FunctionId, Op, Reg, TestDef};
use crate::compiler::scope::{Suite, Test};
use crate::syntax::ast::{Block, StatementKind};

impl<'a> Emitter<'a> {
    /// All tests of the file.
    pub(super) fn tests(&mut self) {
        let found = self.found;
        let Some(suite) = &found.suite else { return };
        for (position, test) in suite.tests.iter().enumerate() {
            let function = match position {
                0 => self.function_id(suite.body),
                _ => {
                    self.program.functions.push(Default::default());
                    FunctionId(self.program.functions.len() as u32 - 1)
                }
            };
            self.test(suite, test, function);
        }
        self.end_unreached();
        self.diagnostics.sort_by_key(|found| found.span.start);
        self.diagnostics.dedup();
    }

    fn test(&mut self, suite: &'a Suite<'a>, test: &'a Test<'a>, function: FunctionId) {
        let mut levels: Vec<usize> =
            std::iter::successors(Some(test.level), |&level| suite.levels[level].parent).collect();
        levels.reverse();
        let groups: Box<[Box<str>]> =
            levels.iter().skip(1).map(|&level| suite.levels[level].name.clone()).collect();
        self.at = Builder::new(&format!("test \"{}\"", test.name), self.file, suite.body);
        self.at.function.span = test.span;
        self.at.span = test.span;
        self.test_level(suite, &levels, test);
        let result = self.at.temp();
        self.at.null(result);
        self.leave(Exit::Return, Some(result));
        self.finish_as(function);
        self.program.tests.push(TestDef { name: test.name.clone(), groups, function, span: test.span });
    }

    fn test_level(&mut self, suite: &'a Suite<'a>, levels: &[usize], test: &'a Test<'a>) {
        let Some((&index, inner)) = levels.split_first() else { return self.block(test.block) };
        let level = &suite.levels[index];
        if let Some(scope) = level.scope {
            self.enter_scope(scope);
            let declared =
                |kind: &StatementKind| matches!(kind, StatementKind::Function(_) | StatementKind::Struct(_));
            level
                .statements
                .iter()
                .filter(|statement| declared(&statement.kind))
                .for_each(|one| self.statement(one));
        }
        let mut teardowns = Vec::new();
        for statement in level.statements {
            match &statement.kind {
                StatementKind::TestSetup(block) => self.setup(block),
                StatementKind::TestTeardown(block) => teardowns.push(block),
                _ => {}
            }
        }
        if teardowns.is_empty() {
            return self.test_level(suite, inner, test);
        }
        self.finally(
            |this| this.test_level(suite, inner, test),
            |this, kind, value| {
                // What was set up last goes first.
                teardowns.iter().rev().for_each(|block| this.teardown(block, kind, value));
            },
        );
    }

    /// A block whose variables live on.
    fn setup(&mut self, block: &'a Block) {
        if let Some(&scope) = self.found.block_scopes.get(&block.span.start) {
            self.enter_scope(scope);
        }
        block.statements.iter().for_each(|statement| self.statement(statement));
    }

    /// A block whose error counts only if there was none before; `kind` and `value` are those of `finally`.
    fn teardown(&mut self, block: &'a Block, kind: Reg, value: Reg) {
        self.caught(block, |this, error| {
            let first = this.unless_kind(kind, FAILED);
            let done = this.at.always();
            this.at.land(first);
            this.at.copy(value, error);
            this.at.int(kind, FAILED);
            this.at.land(done);
        });
    }

    /// Functions in setups that no test needs have no code so far. Nothing calls them, but every function ends.
    fn end_unreached(&mut self) {
        for function in &mut self.program.functions[self.first_function as usize..] {
            if function.code.is_empty() {
                function.registers = function.registers.max(1);
                function.code = vec![Op::Null { dst: 0 }, Op::Return { src: 0 }];
                function.spans = vec![function.span; 2];
            }
        }
    }
}
