//! Random programs that are correct: every statement and expression form of the grammar (docs/LANGUAGE.md, Appendix A).
//!
//! Owns: what is in scope and of which kind, so that most programs get far. They compute, print and wait for each other,
//! and use no clock, no file and no chance. Loops are short, and only the main context prints, so the output is the same
//! however the contexts are scheduled. What goes wrong at run time is caught and printed: that is behaviour as well.

mod expr;
mod statement;
mod values;

use ruff::engine::Engine;

use crate::dice::Dice;

/// What kind of value an expression is to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Int,
    Float,
    Text,
    Bool,
    List,
    Dict,
    Set,
    Point,
    Shape,
    Maybe,
}

const KINDS: [Kind; 10] = [
    Kind::Int,
    Kind::Float,
    Kind::Text,
    Kind::Bool,
    Kind::List,
    Kind::Dict,
    Kind::Set,
    Kind::Point,
    Kind::Shape,
    Kind::Maybe,
];

/// Forms that exist only if the compiler takes them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Forms {
    generators: bool,
    scopes: bool,
    tests: bool,
    operators: bool,
    exports: bool,
}

impl Forms {
    /// The forms that this engine compiles.
    pub(crate) fn of(engine: &Engine) -> Forms {
        let compiles = |text: &str| engine.compile_bytes("probe", text.as_bytes()).is_ok();
        Forms {
            generators: compiles("func* g() { yield 1 }\nfor x in g() { print(x) }\n"),
            scopes: compiles("async_scope { }\n"),
            tests: compiles("test_group \"g\" { test_setup { } test_teardown { } test \"t\" { } }\n"),
            operators: compiles("struct Q { x = 0; func op_add(self, other) { return 1 } }\n"),
            exports: compiles("export x := 1\nexport func f() { }\n"),
        }
    }
}

/// A variable in scope.
#[derive(Clone, Debug)]
struct Variable {
    name: String,
    kind: Kind,
    /// Whether it may be assigned here: it is mutable and belongs to this context.
    assignable: bool,
}

/// A program in the making.
pub(crate) struct Writer<'d> {
    dice: &'d mut Dice,
    forms: Forms,
    scope: Vec<Variable>,
    /// The names of declared functions from an int to an int; the async ones first.
    functions: Vec<(String, bool)>,
    names: usize,
    /// How many nested expressions and statements may still open.
    depth: usize,
    in_function: bool,
    in_loop: bool,
    /// Whether the main context runs this, so that it may print.
    in_main: bool,
}

/// Draws a program.
pub(crate) fn program(dice: &mut Dice, forms: Forms) -> String {
    let mut writer = Writer {
        dice,
        forms,
        scope: Vec::new(),
        functions: Vec::new(),
        names: 0,
        depth: 5,
        in_function: false,
        in_loop: false,
        in_main: true,
    };
    let mut text = writer.declarations();
    for _ in 0..2 + writer.dice.below(4) {
        text.push_str(&writer.declaration());
    }
    for _ in 0..2 + writer.dice.below(5) {
        let guarded = writer.scoped(|writer| writer.statements(4));
        text.push_str(&format!("try {{\n{guarded}}} except e {{ print(e.kind, e.message) }}\n"));
        text.push_str(&writer.declaration());
    }
    text
}

impl Writer<'_> {
    fn chance(&mut self, one_in: usize) -> bool {
        self.dice.below(one_in) == 0
    }

    fn one_of<'t>(&mut self, from: &[&'t str]) -> &'t str {
        from[self.dice.below(from.len())]
    }

    fn name(&mut self) -> String {
        // Words that are special in some places are names in all others.
        const SPECIAL: &[&str] = &["test", "match", "case", "default", "from", "except", "finally", "as"];
        self.names += 1;
        match self.chance(12) {
            true => format!("{}{}", self.one_of(SPECIAL), self.names),
            false => format!("v{}", self.names),
        }
    }

    fn kind(&mut self) -> Kind {
        *self.dice.pick(&KINDS)
    }

    fn declare(&mut self, name: &str, kind: Kind, assignable: bool) {
        self.scope.push(Variable { name: name.to_owned(), kind, assignable });
    }

    /// A variable of a kind.
    fn variable(&mut self, kind: Kind) -> Option<String> {
        let names: Vec<String> =
            self.scope.iter().filter(|one| one.kind == kind).map(|one| one.name.clone()).collect();
        if names.is_empty() { None } else { Some(self.dice.pick(&names).clone()) }
    }

    fn assignable(&mut self, kind: Kind) -> Option<String> {
        let fits = |one: &&Variable| one.kind == kind && one.assignable;
        let names: Vec<String> = self.scope.iter().filter(fits).map(|one| one.name.clone()).collect();
        if names.is_empty() { None } else { Some(self.dice.pick(&names).clone()) }
    }

    /// What is declared inside is gone afterwards.
    fn scoped<T>(&mut self, inside: impl FnOnce(&mut Self) -> T) -> T {
        let (height, depth) = (self.scope.len(), self.depth);
        let done = inside(self);
        self.scope.truncate(height);
        self.depth = depth;
        done
    }

    /// The body of a function: its loops are its own. In another context nothing outside can be changed or printed.
    fn body<T>(&mut self, same_context: bool, inside: impl FnOnce(&mut Self) -> T) -> T {
        let outer = (self.in_function, self.in_loop, self.in_main, self.scope.clone());
        (self.in_function, self.in_loop) = (true, false);
        self.in_main &= same_context;
        if !same_context {
            self.scope.iter_mut().for_each(|one| one.assignable = false);
        }
        let done = self.scoped(inside);
        (self.in_function, self.in_loop, self.in_main, self.scope) = outer;
        done
    }

    /// One level deeper, or nothing if it is deep enough.
    fn deeper<T>(&mut self, inside: impl FnOnce(&mut Self) -> T) -> Option<T> {
        let depth = self.depth;
        self.depth = depth.checked_sub(1)?;
        let done = inside(self);
        self.depth = depth;
        Some(done)
    }
}
