//! Text to tree: the lexer, the parser and the syntax tree.
//!
//! Owns: `lex` and `parse`. Both always give a result; what is wrong is collected as diagnostics, several per file.
//! Invariant: no input panics, hangs or overflows the stack; nesting is bounded (docs/LANGUAGE.md, 14.2).
//! `foreign` holds what people bring along from other languages, for hints here and in the compiler.
//! `visit` is the way through a tree for those who look for a few things in all of it.
//! Does not: know names, scopes or values.

pub mod token;
pub mod ast;
pub(crate) mod foreign;
mod lexer;
mod parser;
pub(crate) mod visit;

pub use lexer::lex;
pub use parser::{Parsed, parse};
