//! Declarations: variables, structs, enums; imports, exports and tests.
//!
//! Owns: the forms that bring names into a scope or out of a module, except functions.
//! Does not: check that they stand at top level; the compiler knows the scopes.

use crate::syntax::ast::{
    Binding, Enum, Function, Name, Param, Pattern, Payload, Statement, StatementKind, Struct, Variable,
    Variant,
};
use crate::syntax::token::{Keyword, Symbol, TokenKind};

use super::recovery::Separator;
use super::{Parse, Parser, Reported};

impl Parser<'_> {
    /// `let`, `mut` or `const`.
    pub(super) fn variable(&mut self) -> Parse<StatementKind> {
        let binding = match self.bump().kind {
            TokenKind::Keyword(Keyword::Let) => Binding::Let,
            TokenKind::Keyword(Keyword::Mut) => Binding::Mut,
            _ => Binding::Const,
        };
        if matches!(self.peek(), TokenKind::Keyword(Keyword::Let | Keyword::Mut | Keyword::Const)) {
            let help = "`mut x := 1` declares a mutable variable, `let x := 1` an immutable one";
            return Err(self.unexpected_with("a name or a pattern", Some(help)));
        }
        let pattern = match binding {
            Binding::Const if !matches!(self.peek(), TokenKind::Name | TokenKind::Keyword(_)) => {
                let help = "`const` declares one name; `let [a, b] := ..` takes a value apart";
                return Err(self.unexpected_with("a name after `const`", Some(help)));
            }
            Binding::Const => Pattern::Name(self.name("a name after `const`")?),
            _ => self.pattern()?,
        };
        let annotation = self.annotation_opt()?;
        if self.after_line_end() || !self.eat_assign() {
            let help = match self.peek() {
                TokenKind::Symbol(Symbol::Comma) => "to declare several names write `let [a, b] := [1, 2]`",
                _ => "a variable needs a value, for example `:= null`",
            };
            return Err(self.unexpected_with("`:=` and a value", Some(help)));
        }
        let value = self.expr()?;
        Ok(StatementKind::Variable(Box::new(Variable { binding, pattern, annotation, value })))
    }

    /// `struct P { ... }`.
    pub(super) fn struct_declaration(&mut self) -> Parse<StatementKind> {
        self.bump();
        let name = self.name("a name after `struct`")?;
        if !self.is(Symbol::OpenBrace) {
            return Err(self.no_struct_body());
        }
        let mut fields = Vec::new();
        let mut functions = Vec::new();
        self.members("the name of the struct", "`,`, `;` or a line end after the member", |parser| {
            match parser.struct_member()? {
                Member::Field(field) => fields.push(field),
                Member::Function(function) => functions.push(function),
            }
            Ok(())
        })?;
        Ok(StatementKind::Struct(Box::new(Struct { name, fields, functions })))
    }

    fn no_struct_body(&mut self) -> Reported {
        let help = match self.peek() {
            TokenKind::Symbol(Symbol::Less) => {
                "structs have no type parameters: leave the types of fields out"
            }
            TokenKind::Symbol(Symbol::OpenParen) => "the fields stand in braces: `struct P { x, y }`",
            _ => "structs have no parents: `struct Name { fields and functions }`",
        };
        self.unexpected_with("`{` after the name of the struct", Some(help))
    }

    fn struct_member(&mut self) -> Parse<Member> {
        if matches!(self.peek(), TokenKind::Keyword(Keyword::Func | Keyword::Async)) {
            return Ok(Member::Function(self.function(true)?));
        }
        if matches!(self.peek(), TokenKind::Keyword(Keyword::Let | Keyword::Mut | Keyword::Const)) {
            let help = "a field is just `name`, `name: type` or `name: type = default`";
            let message = format!("expected a field or a function, found `{}`", self.text(self.span()));
            return Err(self.error(&message, self.span(), help));
        }
        let name = self.name("a field or a function")?;
        if !self.token().starts_line
            && let Some(help) = self.member_mistake(&name.text)
        {
            return Err(self.unexpected_with("`,`, `;` or a line end after the member", Some(help)));
        }
        let annotation = self.annotation_opt()?;
        let default = self.default_opt()?;
        Ok(Member::Field(Param { name, annotation, default }))
    }

    /// What is wrong if a member goes on after its name, as in `int x`, `def f(self)` or `f(self)`.
    fn member_mistake(&self, first: &str) -> Option<&'static str> {
        const METHOD: &str = "a function of a struct is written `func name(self) { }`";
        match self.peek() {
            TokenKind::Symbol(Symbol::OpenParen) => Some(METHOD),
            TokenKind::Name if matches!(first, "def" | "function" | "fn" | "fun" | "sub") => Some(METHOD),
            TokenKind::Name => Some("a field is just `name`, `name: type` or `name: type = default`"),
            _ => None,
        }
    }

    /// `enum E { ... }`.
    pub(super) fn enum_declaration(&mut self) -> Parse<StatementKind> {
        self.bump();
        let name = self.name("a name after `enum`")?;
        let mut variants = Vec::new();
        self.members("the name of the enum", "`,`, `;` or a line end after the variant", |parser| {
            variants.push(parser.variant()?);
            Ok(())
        })?;
        Ok(StatementKind::Enum(Box::new(Enum { name, variants })))
    }

    fn variant(&mut self) -> Parse<Variant> {
        let name = self.name("the name of a variant")?;
        let listed = self.is(Symbol::OpenParen) && !self.after_line_end();
        let payload = match listed {
            true => Some(self.list(Symbol::CloseParen, "`,` or `)`", Parser::payload)?),
            false => None,
        };
        if self.assigns_at(self.at) {
            let help = "variants have no numbers; a variant is `Name` or `Name(a, b)`";
            return Err(self.unexpected_with("`,`, `;` or a line end after the variant", Some(help)));
        }
        Ok(Variant { name, payload })
    }

    fn payload(&mut self) -> Parse<Payload> {
        let name = self.name("the name of a payload value")?;
        let annotation = self.annotation_opt()?;
        Ok(Payload { name, annotation })
    }

    /// `{ ... }` with members that are separated by line ends, `;` or `,`.
    pub(super) fn members(
        &mut self,
        after: &str,
        expected: &str,
        member: impl FnMut(&mut Self) -> Parse<()>,
    ) -> Parse<()> {
        let outer = self.open_block(after)?;
        let opening = self.at - 1;
        self.sequence(Separator::LineOrComma, expected, member);
        self.close_block(opening, outer)
    }

    /// `export` before a declaration, an assignment or names.
    pub(super) fn export(&mut self) -> Parse<StatementKind> {
        self.bump();
        let start = self.span();
        let ends = self.line_end_before(self.at + 1)
            || matches!(
                self.peek_at(1),
                TokenKind::End | TokenKind::Symbol(Symbol::Comma | Symbol::Semicolon | Symbol::CloseBrace)
            );
        if self.peek() == TokenKind::Name && ends {
            return Ok(StatementKind::ExportNames(self.names(Parser::exported_name)?));
        }
        if self.is_name("default") && !ends {
            let help = "exports have names: `export func f() { }`, imported by `from a.b import f`";
            return Err(self.error("there is no default export", self.span(), help));
        }
        if self.is(Symbol::OpenBrace) && !self.starts_dict() && !self.starts_pattern() {
            return Err(self.unexpected_with("names after `export`", Some("write `export a, b`")));
        }
        if matches!(self.peek(), TokenKind::Keyword(Keyword::Export | Keyword::Import)) {
            return Err(self.unexpected("a declaration, an assignment or names after `export`"));
        }
        let statement = self.statement()?;
        if !is_exportable(&statement) {
            let help = "`export` precedes a declaration or an assignment, or lists declared names";
            return Err(self.error("this cannot be exported", self.span_from(start), help));
        }
        Ok(StatementKind::Export(Box::new(statement)))
    }

    fn exported_name(&mut self) -> Parse<Name> {
        self.name("a name to export")
    }

    /// `x { "," x }`.
    fn names<T>(&mut self, one: fn(&mut Self) -> Parse<T>) -> Parse<Vec<T>> {
        let mut names = vec![one(self)?];
        while self.eat(Symbol::Comma) {
            names.push(one(self)?);
        }
        Ok(names)
    }

    /// `import a.b as c`.
    pub(super) fn import(&mut self) -> Parse<StatementKind> {
        self.bump();
        let path = self.module_path()?;
        let alias = self.alias_opt()?;
        if self.is_name("from") && !self.after_line_end() {
            return Err(self.unexpected_with("a line end", Some("write `from a.b import x`")));
        }
        Ok(StatementKind::Import { path, alias })
    }

    /// `from a.b import x, y as z`.
    pub(super) fn import_from(&mut self) -> Parse<StatementKind> {
        self.bump();
        let path = self.module_path()?;
        self.expect_keyword(Keyword::Import, "`import` after the path of the module")?;
        let names = self.names(Parser::imported_name)?;
        Ok(StatementKind::FromImport { path, names })
    }

    fn module_path(&mut self) -> Parse<Vec<Name>> {
        use Symbol::{Dot, OpenBrace, Slash, Star};
        if matches!(self.peek(), TokenKind::TextStart | TokenKind::Symbol(OpenBrace | Star | Dot | Slash)) {
            let help = "write `import a.b` for the file a/b.ruff, or `from a.b import x`";
            return Err(self.unexpected_with("the dotted path of a module", Some(help)));
        }
        let path = self.path("the path of a module")?;
        if self.is(Symbol::Slash) {
            let help = "the path of a module has points: `import a.b` for the file a/b.ruff";
            return Err(self.unexpected_with("the end of the path", Some(help)));
        }
        Ok(path)
    }

    fn imported_name(&mut self) -> Parse<(Name, Option<Name>)> {
        if self.is(Symbol::Star) {
            let help = "`import a.b` makes all exports of the module visible";
            return Err(self.unexpected_with("a name to import", Some(help)));
        }
        let name = self.name("a name to import")?;
        let alias = self.alias_opt()?;
        Ok((name, alias))
    }

    fn alias_opt(&mut self) -> Parse<Option<Name>> {
        if !self.is_name("as") || self.after_line_end() {
            return Ok(None);
        }
        self.bump();
        self.name("a name after `as`").map(Some)
    }

    /// `NAME { "." WORD }`.
    pub(super) fn path(&mut self, expected: &str) -> Parse<Vec<Name>> {
        let mut path = vec![self.name(expected)?];
        while self.eat(Symbol::Dot) {
            path.push(self.word("a name after `.`")?);
        }
        Ok(path)
    }

    /// `test "name" { }`, `test_group "name" { }`.
    pub(super) fn test(&mut self) -> Parse<StatementKind> {
        let word = self.bump().span;
        let name = self.text_literal()?;
        let block = self.block("the name of the test")?;
        Ok(match self.text(word) {
            "test" => StatementKind::Test(name, block),
            _ => StatementKind::TestGroup(name, block),
        })
    }
}

enum Member {
    Field(Param),
    Function(Function),
}

fn is_exportable(statement: &Statement) -> bool {
    matches!(
        statement.kind,
        StatementKind::Variable(_)
            | StatementKind::Function(_)
            | StatementKind::Struct(_)
            | StatementKind::Enum(_)
            | StatementKind::Assign(_)
            | StatementKind::Destructure { .. }
    )
}
