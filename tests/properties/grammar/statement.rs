//! Statements and declarations.

use super::{Kind, Writer};

impl Writer<'_> {
    /// What every program begins with.
    pub(super) fn declarations(&mut self) -> String {
        let mut text = String::from(
            "enum E { A, B(n), C(l, r), D }\nasync func later(n) { yield_now(); return n + 1 }\n",
        );
        let operators = if self.forms.operators {
            "func op_add(self, other) { return P { x: self.x + other.x } }\nfunc op_str(self) { return \"P<${self.x}>\" }\n"
        } else {
            ""
        };
        text.push_str(&format!(
            "struct P {{\nx: int = 0\ny = 1;\nfunc sum(self) {{ return self.x + self.y }}\n\
             func bump(self, n = 1) {{ self.x += n }}\nfunc moved(self, n) {{ self.y := n; return self }}\n\
             func make(a) {{ return P {{ x: a }} }}\n{operators}}}\n"
        ));
        if self.forms.generators {
            text.push_str("func* numbers(n) { i := 0; while i < n { yield i; i += 1 } }\n");
        }
        if self.forms.tests && self.chance(4) {
            let inside = self.scoped(|writer| writer.statements(2));
            text.push_str(&format!("test \"t\" {{ {inside} }}\ntest_group 'g' {{ test_setup {{ }} }}\n"));
        }
        self.functions.push(("later".to_owned(), true));
        text
    }

    /// A declaration at the top level.
    pub(super) fn declaration(&mut self) -> String {
        let export = if self.forms.exports && self.chance(8) { "export " } else { "" };
        if self.chance(3) && self.functions.len() < 4 {
            return format!("{export}{}", self.function());
        }
        // What fails is caught, so a variable at the top level gets a literal.
        let (kind, name) = (self.kind(), self.name());
        let value = self.leaf(kind);
        let form = self.one_of(&["", "let ", "mut ", "const "]);
        self.declare(&name, kind, matches!(form, "" | "mut "));
        format!("{export}{form}{name} := {value}\n")
    }

    fn function(&mut self) -> String {
        let (name, param, is_async) = (self.name(), self.name(), self.chance(3));
        let block = self.body(!is_async, |writer| {
            // A plain function may be called in any context.
            writer.in_main = false;
            writer.scope.iter_mut().for_each(|one| one.assignable &= !is_async);
            writer.declare(&param, Kind::Int, true);
            writer.depth = 3;
            writer.returning(Kind::Int)
        });
        self.functions.push((name.clone(), is_async));
        let head = if is_async { "async func" } else { "func" };
        let types = self.one_of(&["", ": int"]);
        format!("{head} {name}({param}{types}, more: int? = null, ...rest) {{\n{block}}}\n")
    }

    /// Statements, the last of which returns a value.
    pub(super) fn returning(&mut self, kind: Kind) -> String {
        let mut text = self.statements(2);
        text.push_str(&format!("return {}\n", self.expr(kind)));
        text
    }

    pub(super) fn statements(&mut self, most: usize) -> String {
        let count = 1 + self.dice.below(most);
        (0..count).map(|_| self.statement() + self.dice_separator()).collect()
    }

    fn dice_separator(&mut self) -> &'static str {
        self.one_of(&["\n", "\n", "\n\n", ";\n", " # c\n", " // c\n", " /* c */\n", "\n/* c\n*/\n"])
    }

    fn block(&mut self, most: usize) -> String {
        self.scoped(|writer| writer.statements(most))
    }

    fn statement(&mut self) -> String {
        let nested = self.deeper(|writer| match writer.dice.below(3) {
            0 => Some(writer.control()),
            _ => None,
        });
        match nested.flatten() {
            Some(text) => text,
            None => self.simple(),
        }
    }

    fn simple(&mut self) -> String {
        match self.dice.below(14) {
            0..=3 => self.print(),
            4..=6 => self.new_variable(),
            7 | 8 => self.assignment(),
            9 => self.destructuring(),
            10 => self.method_call(),
            11 if self.in_loop => self.one_of(&["break", "continue"]).to_owned(),
            12 if self.in_function && self.chance(3) => "return".to_owned(),
            13 if self.chance(3) => format!("throw {}", self.expr(Kind::Text)),
            _ => {
                let kind = self.kind();
                format!("({})", self.expr(kind))
            }
        }
    }

    fn print(&mut self) -> String {
        let kind = self.kind();
        let value = self.expr(kind);
        if self.in_main {
            format!("print({value}, inspect({}))", self.leaf(kind))
        } else {
            format!("inspect({value})")
        }
    }

    fn new_variable(&mut self) -> String {
        let (kind, name) = (self.kind(), self.name());
        let value = self.expr(kind);
        let form = self.one_of(&["", "let ", "mut ", "const "]);
        self.declare(&name, kind, matches!(form, "" | "mut "));
        let annotation = match (form, kind) {
            ("let " | "mut ", Kind::Int) => self.one_of(&["", ": int", ": int?", ": any"]),
            ("const ", Kind::List) => self.one_of(&["", ": int[]", ": array<int>", ": array<int?>?"]),
            ("let ", Kind::Dict) => self.one_of(&["", ": dict", ": dict<any, int>"]),
            _ => "",
        };
        format!("{form}{name}{annotation} {} {value}", self.one_of(&[":=", "="]))
    }

    fn assignment(&mut self) -> String {
        let kind = *self.dice.pick(&[Kind::Int, Kind::Text, Kind::List, Kind::Dict, Kind::Point]);
        let Some(name) = self.assignable(kind) else { return self.new_variable() };
        let value = self.expr(Kind::Int);
        match kind {
            Kind::Int => format!("{name} {} {value}", self.one_of(&[":=", "+=", "-=", "*=", "%=", "="])),
            // Cut, or a string that is added to itself in a loop fills the memory.
            Kind::Text => format!("{name} += {}[:9]", self.operand(Kind::Text)),
            Kind::List => format!("{name}[{}] {} {value}", self.dice.below(4), self.one_of(&[":=", "+="])),
            Kind::Dict => format!(
                "{name}{} {} {value}",
                self.one_of(&[".a", "[\"b\"]", "[7]"]),
                self.one_of(&[":=", "+="])
            ),
            _ => format!("{name}.x {} {value}", self.one_of(&[":=", "-="])),
        }
    }

    fn destructuring(&mut self) -> String {
        let (a, b, rest) = (self.name(), self.name(), self.name());
        let form = self.one_of(&["", "let ", "mut "]);
        let assignable = form != "let ";
        let text = match self.dice.below(3) {
            0 => format!(
                "{form}[{a}, [{b}, _], ...{rest}] := [{}, [{}, 0], 2]",
                self.expr(Kind::Int),
                self.expr(Kind::Int)
            ),
            1 => format!(
                "{form}{{{a}, k: {b}, ...{rest}}} := {{{a}: {}, k: {}}}",
                self.expr(Kind::Int),
                self.expr(Kind::Int)
            ),
            _ => format!("{form}{{x: {a}, y: {b}}} := {}", self.expr(Kind::Point)),
        };
        self.declare(&a, Kind::Int, assignable);
        self.declare(&b, Kind::Int, assignable);
        text
    }

    fn method_call(&mut self) -> String {
        let kind = *self.dice.pick(&[Kind::List, Kind::Point, Kind::Set]);
        let Some(name) = self.assignable(kind) else { return self.print() };
        match kind {
            Kind::List => format!("{name}.push({})", self.expr(Kind::Int)),
            Kind::Set => format!("{name}.add({})", self.expr(Kind::Int)),
            _ => format!("{name}.bump({})", self.expr(Kind::Int)),
        }
    }

    fn control(&mut self) -> String {
        match self.dice.below(9) {
            0 => self.if_(),
            1 => self.match_(),
            2 | 3 => self.for_(),
            4 => self.counted(),
            5 | 6 => self.try_(),
            7 if self.forms.scopes => self.scope_(),
            7 => self.if_(),
            _ => self.local_function(),
        }
    }

    fn if_(&mut self) -> String {
        let (first, second) = (self.head(Kind::Bool), self.head(Kind::Bool));
        let (a, b, c) = (self.block(2), self.block(2), self.block(2));
        format!("if {first} {{\n{a}}} else if {second} {{\n{b}}} else {{\n{c}}}")
    }

    /// An expression before a block.
    fn head(&mut self, kind: Kind) -> String {
        format!("({})", self.expr(kind))
    }

    fn match_(&mut self) -> String {
        let name = self.name();
        let (subject, patterns) = match self.dice.below(4) {
            0 => (Kind::Int, ["0 | -1".to_owned(), format!("{name} if {name} > 2")]),
            1 => (Kind::Shape, ["E::A | E::D".to_owned(), format!("E::C({name}, _)")]),
            2 => (Kind::Maybe, ["None".to_owned(), format!("Some({name}) | Ok({name})")]),
            _ => (Kind::List, ["[]".to_owned(), format!("[{name}, 1, ...r]")]),
        };
        let (head, first, second) = (self.head(subject), self.block(2), self.block(2));
        let colon = self.one_of(&["", ":"]);
        format!(
            "match {head} {{\ncase {} {{\n{first}}}\ncase {}{colon} {{\n{second}}}\ndefault => {}\n}}",
            patterns[0],
            patterns[1],
            self.expr(Kind::Int)
        )
    }

    fn looped(&mut self, name: Option<&str>) -> String {
        let outer = std::mem::replace(&mut self.in_loop, true);
        let text = self.scoped(|writer| {
            name.into_iter().for_each(|name| writer.declare(name, Kind::Int, true));
            writer.statements(3)
        });
        self.in_loop = outer;
        text
    }

    fn for_(&mut self) -> String {
        let name = self.name();
        let (pattern, iterated, known) = match self.dice.below(7) {
            0 => (name.clone(), self.dice.below(4).to_string(), true),
            1 => (name.clone(), format!("({})", self.short_list()), true),
            2 => (format!("[k, {name}]"), format!("items({})", self.leaf(Kind::Dict)), true),
            3 => ("c".to_owned(), self.leaf(Kind::Text), false),
            4 => (format!("{{x: {name}}}"), format!("[{}]", self.expr(Kind::Point)), true),
            5 if self.forms.generators => (name.clone(), "numbers(3)".to_owned(), true),
            _ => ("_".to_owned(), format!("({})", self.leaf(Kind::Set)), false),
        };
        let body = self.looped(known.then_some(&name));
        format!("for {pattern} in {iterated} {{\n{body}}}")
    }

    fn short_list(&mut self) -> String {
        let list = self.expr(Kind::List);
        format!("({list})[:3]")
    }

    /// A loop with a counter, in one of its three forms.
    fn counted(&mut self) -> String {
        let (name, most) = (self.name(), 1 + self.dice.below(3));
        let form = self.dice.below(3);
        let body = self.looped(None);
        match form {
            0 => format!("{name} := 0\nwhile {name} < {most} {{\n{name} += 1\n{body}}}"),
            1 => format!("{name} := 0\nloop while {name} < {most} {{ {name} += 1\n{body}}}"),
            _ => format!("{name} := 0\nloop {{\nif {name} >= {most} {{ break }}\n{name} += 1\n{body}}}"),
        }
    }

    fn try_(&mut self) -> String {
        let (body, handler) = (self.block(3), self.block(2));
        // What leaves a `finally` is a static error, so nothing may break or return in it.
        let outer = (self.in_loop, self.in_function);
        (self.in_loop, self.in_function) = (false, false);
        let last = self.block(1);
        (self.in_loop, self.in_function) = outer;
        match self.dice.below(3) {
            0 => format!("try {{\n{body}}} except {{\n{handler}}}"),
            1 => format!("try {{\n{body}}}\nfinally {{\n{last}}}"),
            _ => format!("try {{\n{body}}} except e {{ inspect(e.message)\n{handler}}} finally {{\n{last}}}"),
        }
    }

    fn scope_(&mut self) -> String {
        let value = self.body(false, |writer| writer.expr(Kind::Int));
        format!("async_scope {{\nspawn {{ try {{ return {value} }} except e {{ return 0 }} }}\nlater(1)\n}}")
    }

    fn local_function(&mut self) -> String {
        let (name, param) = (self.name(), self.name());
        let block = self.body(true, |writer| {
            writer.declare(&param, Kind::Int, true);
            writer.returning(Kind::Int)
        });
        format!("func {name}({param}) {{\n{block}}}\n{name}({})", self.expr(Kind::Int))
    }
}
