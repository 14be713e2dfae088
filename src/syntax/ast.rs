//! The syntax tree: what the parser makes and the compiler reads.
//!
//! Owns: the shape of every construct of the language (docs/LANGUAGE.md, Appendix A).
//! Invariant: a chain of equal-level operators, of postfix steps or of `else if` is a flat list, so the depth
//! of a tree is bounded by the nesting limit of the language and walking it recursively is safe.
//! Does not: resolve names, check meaning, or keep white space (comments are beside the tree, in `Lexed`).
//!
//! Longer than 500 lines because it is one grammar, read beside Appendix A from top to bottom; it has no code.

use crate::source::Span;

/// A word used as a name, with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Name {
    /// The word itself.
    pub text: Box<str>,
    /// Where it stands.
    pub span: Span,
}

/// A whole source file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Script {
    /// The top-level statements in order.
    pub statements: Vec<Statement>,
}

/// A `{ ... }` block.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// Its statements in order.
    pub statements: Vec<Statement>,
    /// From `{` to `}`.
    pub span: Span,
}

/// One statement with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// What it is.
    pub kind: StatementKind,
    /// From its first to its last token.
    pub span: Span,
}

/// The statement forms.
#[derive(Clone, Debug, PartialEq)]
pub enum StatementKind {
    /// `let p := v`, `mut p := v`, `const N := v`.
    Variable(Box<Variable>),
    /// A named function declaration.
    Function(Box<Function>),
    /// `struct P { ... }`.
    Struct(Box<Struct>),
    /// `enum E { ... }`.
    Enum(Box<Enum>),
    /// `export` before a declaration or bare assignment.
    Export(Box<Statement>),
    /// `export a, b`.
    ExportNames(Vec<Name>),
    /// `import a.b as c`.
    Import {
        /// The dotted path.
        path: Vec<Name>,
        /// The name after `as`.
        alias: Option<Name>,
    },
    /// `from a.b import x, y as z`.
    FromImport {
        /// The dotted path.
        path: Vec<Name>,
        /// Each imported name and the name after its `as`.
        names: Vec<(Name, Option<Name>)>,
    },
    /// `test "name" { }`.
    Test(Text, Block),
    /// `test_group "name" { }`.
    TestGroup(Text, Block),
    /// `test_setup { }`.
    TestSetup(Block),
    /// `test_teardown { }`.
    TestTeardown(Block),
    /// `place := v`, `place += v` and the like.
    Assign(Box<Assign>),
    /// `[a, b] := v`, `{k} := v` without `let` or `mut`.
    Destructure {
        /// An array or dict pattern.
        pattern: Pattern,
        /// The right side.
        value: Expr,
    },
    /// An `if` that starts a statement.
    If(Box<If>),
    /// A `match` that starts a statement.
    Match(Box<Match>),
    /// `while c { }` and `loop while c { }`.
    While {
        /// The head.
        condition: Expr,
        /// The body.
        body: Block,
    },
    /// `loop { }`.
    Loop(Block),
    /// `for p in e { }`.
    For {
        /// What each item is bound to.
        pattern: Pattern,
        /// What is iterated over.
        iterable: Expr,
        /// The body.
        body: Block,
    },
    /// `try { } except e { } finally { }`.
    Try(Box<Try>),
    /// `async_scope { }`.
    AsyncScope(Block),
    /// `return e`.
    Return(Option<Expr>),
    /// `yield e`.
    Yield(Option<Expr>),
    /// `break`.
    Break,
    /// `continue`.
    Continue,
    /// A statement that begins with `throw`.
    Throw(Expr),
    /// An expression evaluated for its effect, or the value of its block.
    Expr(Expr),
    /// Text that could not be parsed; a diagnostic was reported for it.
    Error,
}

/// How a variable declaration binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binding {
    /// `let`: immutable.
    Let,
    /// `mut`: mutable.
    Mut,
    /// `const`: immutable, one name.
    Const,
}

/// A `let`, `mut` or `const` declaration.
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    /// Which keyword.
    pub binding: Binding,
    /// What is bound.
    pub pattern: Pattern,
    /// The annotation after `:`.
    pub annotation: Option<Type>,
    /// The right side.
    pub value: Expr,
}

/// A function of any form: declared, anonymous, lambda, method.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// Its name; `None` for anonymous functions and lambdas.
    pub name: Option<Name>,
    /// `async func`.
    pub is_async: bool,
    /// `func*`.
    pub is_generator: bool,
    /// `self` as explicit first parameter (not in `params`), with its place.
    pub self_param: Option<Span>,
    /// The parameters without `self` and without the rest parameter.
    pub params: Vec<Param>,
    /// `...name`, last.
    pub rest: Option<Name>,
    /// The annotation after `->`.
    pub result: Option<Type>,
    /// What it runs.
    pub body: Body,
    /// From `func`, `async` or the first parameter to the end of the body.
    pub span: Span,
}

/// What a function runs.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// A block.
    Block(Block),
    /// The one expression of a lambda.
    Expr(Box<Expr>),
}

/// One parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// Its name.
    pub name: Name,
    /// The annotation after `:`.
    pub annotation: Option<Type>,
    /// The default after `=` or `:=`.
    pub default: Option<Expr>,
}

/// `struct P { ... }`.
#[derive(Clone, Debug, PartialEq)]
pub struct Struct {
    /// Its name.
    pub name: Name,
    /// Its fields in order.
    pub fields: Vec<Param>,
    /// Its methods and static functions in order.
    pub functions: Vec<Function>,
}

/// `enum E { ... }`.
#[derive(Clone, Debug, PartialEq)]
pub struct Enum {
    /// Its name.
    pub name: Name,
    /// Its variants in order.
    pub variants: Vec<Variant>,
}

/// One variant of an enum.
#[derive(Clone, Debug, PartialEq)]
pub struct Variant {
    /// Its name.
    pub name: Name,
    /// The list in parentheses; `None` if there is none (any payload).
    pub payload: Option<Vec<Payload>>,
}

/// One payload value of a variant.
#[derive(Clone, Debug, PartialEq)]
pub struct Payload {
    /// Its name (documentation).
    pub name: Name,
    /// Its annotation.
    pub annotation: Option<Type>,
}

/// The operator of an assignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssignOp {
    /// `:=` or `=`.
    Set,
    /// `+=`, `-=`, `*=`, `/=`, `%=`.
    Update(BinaryOp),
}

/// An assignment to a place.
#[derive(Clone, Debug, PartialEq)]
pub struct Assign {
    /// The left side.
    pub place: Place,
    /// The operator.
    pub op: AssignOp,
    /// The right side.
    pub value: Expr,
}

/// A variable or `self`, followed by a path (LANGUAGE 3.2).
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// The variable; its text is `self` for the receiver.
    pub root: Name,
    /// The path.
    pub steps: Vec<PlaceStep>,
    /// The whole place.
    pub span: Span,
}

/// One step of a place.
#[derive(Clone, Debug, PartialEq)]
pub enum PlaceStep {
    /// `.name`.
    Field(Name),
    /// `[index]`.
    Index(Expr),
}

/// `if`, `else if`, `else`.
#[derive(Clone, Debug, PartialEq)]
pub struct If {
    /// Each condition with its block, in order.
    pub arms: Vec<(Expr, Block)>,
    /// The final `else`.
    pub otherwise: Option<Block>,
}

/// `match`.
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    /// The head.
    pub subject: Expr,
    /// The arms in order, `default` included.
    pub arms: Vec<Arm>,
}

/// One arm of a `match`.
#[derive(Clone, Debug, PartialEq)]
pub struct Arm {
    /// The pattern; `None` for `default`.
    pub pattern: Option<CasePattern>,
    /// The condition after `if`.
    pub guard: Option<Expr>,
    /// What it runs.
    pub body: Body,
    /// The whole arm.
    pub span: Span,
}

/// `try`.
#[derive(Clone, Debug, PartialEq)]
pub struct Try {
    /// The guarded block.
    pub body: Block,
    /// The `except` clause with its optional name.
    pub except: Option<(Option<Name>, Block)>,
    /// The `finally` clause.
    pub finally: Option<Block>,
}

/// A pattern that binds (`let`, `for`, destructuring).
#[derive(Clone, Debug, PartialEq)]
pub enum Pattern {
    /// `_`.
    Ignore(Span),
    /// A name.
    Name(Name),
    /// `[a, b, ...rest]`.
    Array {
        /// The items.
        items: Vec<Pattern>,
        /// The name after `...`.
        rest: Option<Name>,
        /// The whole pattern.
        span: Span,
    },
    /// `{k, key: p, ...rest}`.
    Dict {
        /// Each key with its pattern (`{k}` is `k: k`).
        entries: Vec<(Name, Pattern)>,
        /// The name after `...`.
        rest: Option<Name>,
        /// The whole pattern.
        span: Span,
    },
}

/// A pattern of a `case`: one or more alternatives.
#[derive(Clone, Debug, PartialEq)]
pub struct CasePattern {
    /// At least one.
    pub alternatives: Vec<OnePattern>,
    /// The whole pattern.
    pub span: Span,
}

/// One alternative of a `case`.
#[derive(Clone, Debug, PartialEq)]
pub enum OnePattern {
    /// `_`.
    Ignore(Span),
    /// A name to bind.
    Name(Name),
    /// A literal to compare with: `Null`, `Bool`, `Int`, `Float` or `Text` without interpolation.
    Literal(Expr),
    /// `E::V(...)`, `m.E::V`, `Ok(p)`, `None`.
    Variant {
        /// The names before `::`; empty for the bare `Ok Err Some None`.
        path: Vec<Name>,
        /// The variant.
        name: Name,
        /// The payload patterns; `None` without parentheses.
        payload: Option<Vec<CasePattern>>,
    },
    /// `[p, q, ...rest]`.
    Array {
        /// The items.
        items: Vec<CasePattern>,
        /// The name after `...`.
        rest: Option<Name>,
        /// The whole pattern.
        span: Span,
    },
    /// `{k, k2: p, ...rest}`.
    Dict {
        /// Each key with its pattern (`{k}` is `k: k`).
        entries: Vec<(Name, CasePattern)>,
        /// The name after `...`.
        rest: Option<Name>,
        /// The whole pattern.
        span: Span,
    },
}

/// A type annotation.
#[derive(Clone, Debug, PartialEq)]
pub struct Type {
    /// What it is.
    pub kind: TypeKind,
    /// Its place.
    pub span: Span,
}

/// The forms of a type.
#[derive(Clone, Debug, PartialEq)]
pub enum TypeKind {
    /// `int`, `m.P`, `func`, `null`, `array<T>`: a path with parameters.
    Named {
        /// The dotted path.
        path: Vec<Name>,
        /// What stands between `<` and `>`.
        arguments: Vec<Type>,
    },
    /// `T?`.
    Optional(Box<Type>),
    /// `T[]`.
    Array(Box<Type>),
}

/// One expression with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// From its first to its last token.
    pub span: Span,
}

/// A string literal: its parts in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    /// Literal pieces (escapes resolved, indentation removed) and interpolated expressions.
    pub parts: Vec<TextPart>,
    /// The whole literal with its quotes.
    pub span: Span,
}

/// A part of a string literal.
#[derive(Clone, Debug, PartialEq)]
pub enum TextPart {
    /// Characters as they are in the value.
    Literal(Box<str>),
    /// `${expression}`.
    Expr(Expr),
}

/// The expression forms.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// An int literal.
    Int(i64),
    /// A float literal.
    Float(f64),
    /// A string literal.
    Text(Text),
    /// `self`.
    SelfRef,
    /// A name.
    Name(Box<str>),
    /// `path::Word`.
    Path {
        /// The names before `::`.
        path: Vec<Name>,
        /// The word after it.
        member: Name,
    },
    /// `( e )`.
    Paren(Box<Expr>),
    /// `[a, ...b]`.
    Array(Vec<Item>),
    /// `{k: v, ...d}`.
    Dict(Vec<Entry>),
    /// `P { x: 1 }`.
    Struct {
        /// The type's path.
        path: Vec<Name>,
        /// Each field with its value.
        fields: Vec<(Name, Expr)>,
    },
    /// `a + b - c`: operators of one level, from left to right; also a single comparison.
    Chain {
        /// The leftmost operand.
        first: Box<Expr>,
        /// Each operator with its right operand.
        rest: Vec<(BinaryOp, Expr)>,
    },
    /// `a && b && c`, `a || b`, `a ?? b`: one operator, at least two operands.
    Logic {
        /// Which operator.
        op: LogicOp,
        /// The operands.
        operands: Vec<Expr>,
    },
    /// `x |> f(a) |> g`.
    Pipe {
        /// The leftmost operand.
        first: Box<Expr>,
        /// What it is handed to, in order.
        rest: Vec<Expr>,
    },
    /// `a ** b`.
    Power {
        /// The base.
        base: Box<Expr>,
        /// The exponent.
        exponent: Box<Expr>,
    },
    /// `-a`, `!a`, `~a`.
    Unary {
        /// Which operator.
        op: UnaryOp,
        /// The operand.
        operand: Box<Expr>,
    },
    /// `throw v` inside an expression.
    Throw(Box<Expr>),
    /// `await v`.
    Await(Box<Expr>),
    /// `base` followed by postfix steps: one chain, in which `?.` skips to the end.
    Postfix {
        /// What the steps apply to (never itself a `Postfix`, unless in parentheses).
        base: Box<Expr>,
        /// At least one step.
        steps: Vec<Step>,
    },
    /// Any anonymous function or lambda.
    Function(Box<Function>),
    /// `spawn { }`.
    Spawn(Block),
    /// `if` as an expression.
    If(Box<If>),
    /// `match` as an expression.
    Match(Box<Match>),
    /// Text that could not be parsed; a diagnostic was reported for it.
    Error,
}

/// One item of an array literal.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// `e`.
    One(Expr),
    /// `...e`.
    Spread(Expr),
}

/// One entry of a dict literal.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// `key: value`.
    Pair(EntryKey, Expr),
    /// `...e`.
    Spread(Expr),
}

/// The key of a dict entry.
#[derive(Clone, Debug, PartialEq)]
pub enum EntryKey {
    /// `name:`.
    Name(Name),
    /// `"text":`.
    Text(Text),
    /// `7:`.
    Int(i64, Span),
    /// `[expr]:`.
    Expr(Expr),
}

/// One postfix step.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What it is.
    pub kind: StepKind,
    /// From its first token (`.`, `(`, `[`, `?`) to its last.
    pub span: Span,
}

/// The postfix forms. A method call is a `Field` followed by a `Call`.
#[derive(Clone, Debug, PartialEq)]
pub enum StepKind {
    /// `(a, ...b, name: c)`.
    Call(Vec<Argument>),
    /// `[i]`.
    Index(Expr),
    /// `[i:j]`.
    Slice(Option<Expr>, Option<Expr>),
    /// `.name`.
    Field(Name),
    /// `?.name`.
    OptionalField(Name),
    /// `?`.
    Try,
}

/// One argument of a call.
#[derive(Clone, Debug, PartialEq)]
pub enum Argument {
    /// `e`.
    One(Expr),
    /// `...e`.
    Spread(Expr),
    /// `name: e` or `name = e`.
    Named(Name, Expr),
}

/// Operators with two evaluated operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is the operator of its name")]
pub enum BinaryOp {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    ShiftLeft,
    ShiftRight,
    BitAnd,
    BitXor,
    BitOr,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    In,
    NotIn,
    Equal,
    NotEqual,
}

/// Operators that may skip their later operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogicOp {
    /// `&&`, `and`.
    And,
    /// `||`, `or`.
    Or,
    /// `??`.
    Coalesce,
}

/// Operators with one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    /// `-`.
    Negate,
    /// `!`, `not`.
    Not,
    /// `~`.
    BitNot,
}
