//! Tokens: the words of the language with their places.
//!
//! Owns: the spelling of every reserved word and symbol.
//! Invariant: a token is small and `Copy`; the text of a word is found through its span, the text of a string
//! literal through its index into `Lexed::chunks`.
//! Does not: know which names are special in which place; that is the parser's business.

use crate::source::{Diagnostic, Span};

/// Declares an enum whose variants have a fixed spelling.
macro_rules! spellings {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $(#[doc = concat!("`", $text, "`")] $variant,)*
        }

        impl $name {
            /// All of them.
            pub const ALL: &[$name] = &[$($name::$variant),*];

            /// How it is written.
            pub fn text(self) -> &'static str {
                match self {
                    $($name::$variant => $text,)*
                }
            }

            /// What is written so.
            pub fn from_text(text: &str) -> Option<$name> {
                match text {
                    $($text => Some($name::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

spellings! {
    /// The reserved words.
    Keyword {
        And = "and", Async = "async", Await = "await", Break = "break", Const = "const",
        Continue = "continue", Else = "else", Enum = "enum", Export = "export", False = "false",
        For = "for", Func = "func", If = "if", Import = "import", In = "in", Let = "let",
        Loop = "loop", Mut = "mut", Not = "not", Null = "null", Or = "or", Return = "return",
        SelfWord = "self", Spawn = "spawn", Struct = "struct", Throw = "throw", True = "true",
        Try = "try", While = "while", Yield = "yield",
    }
}

spellings! {
    /// Punctuation and operators.
    Symbol {
        OpenParen = "(", CloseParen = ")", OpenBracket = "[", CloseBracket = "]",
        OpenBrace = "{", CloseBrace = "}",
        Comma = ",", Semicolon = ";", Colon = ":", ColonColon = "::",
        ColonEqual = ":=", Equal = "=", FatArrow = "=>", Arrow = "->",
        Dot = ".", QuestionDot = "?.", Question = "?", QuestionQuestion = "??", Ellipsis = "...",
        Plus = "+", Minus = "-", Star = "*", StarStar = "**", Slash = "/", Percent = "%",
        PlusEqual = "+=", MinusEqual = "-=", StarEqual = "*=", SlashEqual = "/=", PercentEqual = "%=",
        EqualEqual = "==", BangEqual = "!=", Bang = "!",
        Less = "<", LessEqual = "<=", Greater = ">", GreaterEqual = ">=",
        ShiftLeft = "<<", ShiftRight = ">>",
        And = "&", AndAnd = "&&", Or = "|", OrOr = "||", Pipe = "|>", Caret = "^", Tilde = "~",
    }
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TokenKind {
    /// A word that is not reserved.
    Name,
    /// A reserved word.
    Keyword(Keyword),
    /// Punctuation or an operator.
    Symbol(Symbol),
    /// An int literal.
    Int(i64),
    /// The int literal 9223372036854775808, which only a minus sign makes valid.
    IntLimit,
    /// A float literal.
    Float(f64),
    /// The opening quotes of a string literal.
    TextStart,
    /// Literal characters of a string; the value is in `Lexed::chunks`.
    Chunk(u32),
    /// `${`.
    InterpolationStart,
    /// The `}` that closes a `${`.
    InterpolationEnd,
    /// The closing quotes of a string literal.
    TextEnd,
    /// The end of the file: the last token and no other.
    End,
}

/// A word, symbol, number or part of a string.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Where it stands.
    pub span: Span,
    /// Whether it is the first token of its line.
    pub starts_line: bool,
}

/// How a comment is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommentKind {
    /// `# ...` or `// ...`.
    Line,
    /// `/// ...`.
    Doc,
    /// `/* ... */`.
    Block,
}

/// A comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comment {
    /// How it is written.
    pub kind: CommentKind,
    /// From its first to its last character, without the line end.
    pub span: Span,
    /// Whether no token precedes it on its line.
    pub starts_line: bool,
}

/// What the lexer makes of a source text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lexed {
    /// All tokens in order; the last one, and only that, is `End`.
    pub tokens: Vec<Token>,
    /// The values of the `Chunk` tokens: escapes resolved, indentation removed.
    pub chunks: Vec<Box<str>>,
    /// All comments in order.
    pub comments: Vec<Comment>,
    /// The lexical errors in source order.
    pub diagnostics: Vec<Diagnostic>,
}
