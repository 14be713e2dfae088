//! Expressions of a wanted kind, and operators and calls of every form around them.

use super::{Kind, Writer};

impl Writer<'_> {
    /// An expression that gives a value of the kind, if it does not fail.
    pub(super) fn expr(&mut self, kind: Kind) -> String {
        if self.chance(3)
            && let Some(name) = self.variable(kind)
        {
            return name;
        }
        let compound = self.deeper(|writer| match writer.dice.below(4) {
            0 => writer.any_form(kind),
            _ => writer.of_kind(kind),
        });
        match compound {
            Some(text) => text,
            None => self.leaf(kind),
        }
    }

    /// The forms that can give any kind.
    fn any_form(&mut self, kind: Kind) -> String {
        match self.dice.below(16) {
            0 => format!("({})", self.expr(kind)),
            1 => {
                let (c, a, b) = (self.operand(Kind::Bool), self.expr(kind), self.expr(kind));
                format!("(if {c} {{ {a} }} else {{ {b} }})")
            }
            2 => self.match_value(kind),
            3 => format!("(null ?? {})", self.expr(kind)),
            4 => format!("({} ?? throw \"none\")", self.expr(kind)),
            5 => format!("(x => {})({})", self.expr(kind), self.expr(Kind::Int)),
            6 => format!("({} |> (x => x))", self.expr(kind)),
            7 => self.call_of_lambda(kind),
            8 => self.spawned(kind),
            9 => {
                let items = [self.expr(kind), self.expr(kind)];
                format!("[{}, {}][{}]", items[0], items[1], self.dice.below(2))
            }
            10 => format!("{{k: {}}}.k", self.expr(kind)),
            11 => format!("({{\"k\": {}}}?.k)", self.expr(kind)),
            12 => {
                let value = self.expr(kind);
                match self.chance(2) {
                    true => format!("Some({value}).unwrap()"),
                    false => format!("(func() {{ return Ok({value})? }})()"),
                }
            }
            13 => format!("func() {{ return {} }}()", self.body(true, |writer| writer.expr(kind))),
            14 => format!("await ({})", self.expr(kind)),
            _ => {
                let block = self.body(true, |writer| writer.returning(kind));
                format!("(func(a, b = 1, ...c) {{\n{block}}})({}, ...[1, 2])", self.expr(Kind::Int))
            }
        }
    }

    fn call_of_lambda(&mut self, kind: Kind) -> String {
        let name = self.name();
        let value = self.scoped(|writer| {
            writer.declare(&name, kind, false);
            writer.expr(kind)
        });
        format!("(({name}, b = {}) => {value})(b: 1, {name} = {})", self.leaf(Kind::Int), self.expr(kind))
    }

    fn match_value(&mut self, kind: Kind) -> String {
        let (subject, first, second) = (self.expr(Kind::Int), self.expr(kind), self.expr(kind));
        match self.dice.below(3) {
            0 => format!("(match ({subject}) {{ case 0 | 1 => {first}; default => {second} }})"),
            1 => format!("(match ({subject}) {{ case n if n > 3 {{ {first} }}, case _ {{ {second} }} }})"),
            _ => format!(
                "(match ([{subject}, 2]) {{\ncase [1, ...r] => {first}\ncase [_, 2]: {{ {second} }}\n}})"
            ),
        }
    }

    /// Contexts whose values come back. Those that run beside each other do not fail.
    fn spawned(&mut self, kind: Kind) -> String {
        let value = self.body(false, |writer| writer.expr(kind));
        if self.chance(2) {
            return format!("(await spawn {{ return {value} }})");
        }
        let other = self.body(false, |writer| writer.expr(kind));
        let calm = self.leaf(kind);
        let index = self.dice.below(2);
        let calmed = |text: &str| {
            format!("spawn {{ try {{ yield_now(); return {text} }} except e {{ return {calm} }} }}")
        };
        format!("(await promise_all([{}, {}]))[{index}]", calmed(&value), calmed(&other))
    }

    fn of_kind(&mut self, kind: Kind) -> String {
        match kind {
            Kind::Int => self.int(),
            Kind::Float => self.float(),
            Kind::Text => self.text(),
            Kind::Bool => self.bool(),
            Kind::List => self.list(),
            Kind::Dict => self.dict(),
            Kind::Set => self.set(),
            Kind::Point => self.point(),
            Kind::Shape => self.shape(),
            Kind::Maybe => self.maybe(),
        }
    }

    fn int(&mut self) -> String {
        match self.dice.below(16) {
            0..=3 => {
                let op = self.one_of(&["+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>"]);
                format!("{} {op} {}", self.operand(Kind::Int), self.operand(Kind::Int))
            }
            4 => format!("{} ** {}", self.operand(Kind::Int), self.dice.below(4)),
            5 => format!("{}{}", self.one_of(&["-", "~"]), self.operand(Kind::Int)),
            6 => format!("len({})", self.sized()),
            7 => format!("{}[{}]", self.operand(Kind::List), self.dice.below(3)),
            8 => format!("{}[-1]", self.operand(Kind::List)),
            9 => format!("({}?.a ?? {})", self.operand(Kind::Dict), self.expr(Kind::Int)),
            10 => format!("{}.{}", self.operand(Kind::Point), self.one_of(&["x", "y"])),
            11 => format!("{}.sum()", self.operand(Kind::Point)),
            12 => format!("reduce({}, 0, (a, b) => a + b)", self.expr(Kind::List)),
            13 => format!("{}.len()", self.operand(Kind::Text)),
            _ => self.call(),
        }
    }

    /// A call of a declared function.
    fn call(&mut self) -> String {
        if self.functions.is_empty() {
            return self.leaf(Kind::Int);
        }
        let functions = self.functions.clone();
        let (name, is_async) = self.dice.pick(&functions).clone();
        let argument = self.expr(Kind::Int);
        match (is_async, self.dice.below(3)) {
            (true, _) => format!("(await {name}({argument}))"),
            (false, 0) => format!("({argument} |> {name})"),
            (false, 1) => format!("{name}(...[{argument}])"),
            (false, _) => format!("{name}({argument})"),
        }
    }

    /// Something with a length.
    fn sized(&mut self) -> String {
        let kind = *self.dice.pick(&[Kind::List, Kind::Text, Kind::Dict, Kind::Set]);
        self.expr(kind)
    }

    fn float(&mut self) -> String {
        match self.dice.below(5) {
            0 => format!("{} / {}", self.operand(Kind::Float), self.operand(Kind::Float)),
            1 => format!("{} * {}", self.operand(Kind::Int), self.operand(Kind::Float)),
            2 => format!("{} - {}", self.operand(Kind::Float), self.operand(Kind::Int)),
            3 => format!("-{}", self.operand(Kind::Float)),
            _ => format!("float({})", self.expr(Kind::Int)),
        }
    }

    fn bool(&mut self) -> String {
        match self.dice.below(10) {
            0..=2 => {
                let op = self.one_of(&["<", "<=", ">", ">="]);
                let kind = *self.dice.pick(&[Kind::Int, Kind::Float, Kind::Text, Kind::List]);
                format!("{} {op} {}", self.operand(kind), self.operand(kind))
            }
            3 | 4 => {
                let (op, kind) = (self.one_of(&["==", "!="]), self.kind());
                format!("({} {op} {})", self.operand(kind), self.operand(kind))
            }
            5 | 6 => {
                let op = self.one_of(&["&&", "and", "||", "or"]);
                format!("({} {op} {})", self.operand(Kind::Bool), self.operand(Kind::Bool))
            }
            7 => format!("{} {}", self.one_of(&["!", "not"]), self.operand(Kind::Bool)),
            8 => format!(
                "{} {} {}",
                self.operand(Kind::Int),
                self.one_of(&["in", "not in"]),
                self.operand(Kind::List)
            ),
            _ => format!("{} in {}", self.operand(Kind::Text), self.operand(Kind::Dict)),
        }
    }

    /// An expression that may stand beside an operator.
    pub(super) fn operand(&mut self, kind: Kind) -> String {
        let text = self.expr(kind);
        let simple = text.chars().all(|c| c.is_alphanumeric() || c == '_');
        if simple { text } else { format!("({text})") }
    }
}
