//! Literals and what builds strings, collections, structs and enums.

use super::{Kind, Writer};

impl Writer<'_> {
    /// A literal of the kind, without anything nested.
    pub(super) fn leaf(&mut self, kind: Kind) -> String {
        let small = self.dice.below(5);
        match kind {
            Kind::Int => self
                .one_of(&[
                    "0",
                    "1",
                    "2",
                    "3",
                    "7",
                    "0xFF",
                    "0b101",
                    "0o17",
                    "1_000",
                    "9223372036854775807",
                    "-1",
                ])
                .to_owned(),
            Kind::Float => self.one_of(&["0.5", "1.5e3", "2e2", "100.0", "0.1", "-0.0"]).to_owned(),
            Kind::Text => self.plain_text(),
            Kind::Bool => self.one_of(&["true", "false"]).to_owned(),
            Kind::List => format!("[{small}, 1, 2]"),
            Kind::Dict => format!("{{a: {small}}}"),
            Kind::Set => format!("Set([{small}, 2])"),
            Kind::Point => format!("P {{ x: {small} }}"),
            Kind::Shape => self.one_of(&["E::A", "E::B(1)", "E::C(1, \"c\")", "E::D"]).to_owned(),
            Kind::Maybe => self.one_of(&["None", "Some(2)", "Ok(3)", "Err(\"bad\")"]).to_owned(),
        }
    }

    fn plain_text(&mut self) -> String {
        self.one_of(&[
            "\"\"",
            "\"a\"",
            "'b ${no} \\' \\x41'",
            "\"\\u{263A}\\n\\t\\\\ \\$\"",
            "\"é漢\"",
            "\"\"\"\n    one\n      two ${1 + 1}\n    \"\"\"",
            "\"\"\"in one line\"\"\"",
            "\"${\"in ${'in'} in\"} }\"",
        ])
        .to_owned()
    }

    pub(super) fn text(&mut self) -> String {
        match self.dice.below(9) {
            0 => format!("{} + {}", self.operand(Kind::Text), self.operand(Kind::Text)),
            1 => format!("{} * {}", self.operand(Kind::Text), self.dice.below(3)),
            2 => {
                let kind = self.kind();
                format!("to_string({})", self.expr(kind))
            }
            3 => {
                let kind = self.kind();
                format!("inspect({})", self.expr(kind))
            }
            4 => format!("\"<${{{}}}>\"", self.one_line(Kind::Int)),
            5 => format!("\"\"\"${{{}}}\n  and ${{{}}}\"\"\"", self.expr(Kind::Text), self.expr(Kind::List)),
            6 => format!(
                "{}[{}:{}]",
                self.operand(Kind::Text),
                self.one_of(&["", "1", "-2"]),
                self.one_of(&["", "2", "-1"])
            ),
            7 => format!("type({})", self.expr(Kind::Maybe)),
            _ => format!("{}.to_upper()", self.operand(Kind::Text)),
        }
    }

    /// An expression without a line end: it stands in a string that must end on its line.
    fn one_line(&mut self, kind: Kind) -> String {
        let text = self.expr(kind);
        if text.contains('\n') { "1".to_owned() } else { text }
    }

    pub(super) fn list(&mut self) -> String {
        match self.dice.below(12) {
            0 => format!("[{}, {},]", self.expr(Kind::Int), self.expr(Kind::Int)),
            1 => format!("[\n{},\n...{}]", self.expr(Kind::Int), self.expr(Kind::List)),
            2 => format!("{} + {}", self.operand(Kind::List), self.operand(Kind::List)),
            3 => format!("{}.map(x => x + 1)", self.operand(Kind::List)),
            4 => format!(
                "{}\n  .filter(x => x > 1)\n  .map(func(x) {{ return x * 2 }})",
                self.operand(Kind::List)
            ),
            5 => format!("{}[{}:]", self.operand(Kind::List), self.dice.below(3)),
            6 => format!("range({})", self.dice.below(4)),
            7 => format!("push({}, {})", self.expr(Kind::List), self.expr(Kind::Int)),
            8 => format!("sort_by({}, x => -x)", self.expr(Kind::List)),
            9 => format!("(await parallel_map({}, n => n))", self.expr(Kind::List)),
            10 if self.forms.generators => {
                let (count, end) = (self.dice.below(5), self.dice.below(3));
                format!("numbers({count}).map(n => n * n).take({end}).collect()")
            }
            _ => format!("values({})", self.expr(Kind::Dict)),
        }
    }

    pub(super) fn dict(&mut self) -> String {
        let value = self.expr(Kind::Int);
        match self.dice.below(5) {
            0 => format!("{{a: {value}, \"b c\": 2, 7: 3, if: 4}}"),
            1 => format!("{{[{}]: {value}}}", self.expr(Kind::Text)),
            2 => format!("{{...{}, b: {value}}}", self.expr(Kind::Dict)),
            3 => format!("merge({}, {{\n  a: {value},\n}})", self.expr(Kind::Dict)),
            _ => "{}".to_owned(),
        }
    }

    pub(super) fn set(&mut self) -> String {
        format!("Set({})", self.expr(Kind::List))
    }

    pub(super) fn point(&mut self) -> String {
        match self.dice.below(5) {
            0 => format!("P {{ x: {}, y: {} }}", self.expr(Kind::Int), self.expr(Kind::Int)),
            1 => format!("P::make({})", self.expr(Kind::Int)),
            2 => format!("{}.moved({})", self.operand(Kind::Point), self.expr(Kind::Int)),
            3 if self.forms.operators => {
                format!("{} + {}", self.operand(Kind::Point), self.operand(Kind::Point))
            }
            _ => "P { }".to_owned(),
        }
    }

    pub(super) fn shape(&mut self) -> String {
        let kind = self.kind();
        let value = self.expr(kind);
        match self.dice.below(3) {
            0 => format!("E::B({value})"),
            1 => format!("E::C({value}, {value})"),
            _ => format!("E::D({value})"),
        }
    }

    pub(super) fn maybe(&mut self) -> String {
        let kind = self.kind();
        let value = self.expr(kind);
        match self.dice.below(5) {
            0 => format!("Some({value})"),
            1 => format!("Ok({value})"),
            2 => format!("Err({value})"),
            3 => format!("[{value}].map(Some)[0]"),
            _ => "None".to_owned(),
        }
    }
}
