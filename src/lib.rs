//! Ruff: a scripting language whose running programs are data.
//!
//! source text → tokens → AST → bytecode → context → snapshot → store → ready queue → worker → result.
//! The modules stand in the order of that sentence; docs/ARCHITECTURE.md is the map.

pub mod source;
pub mod syntax;
pub mod format;
pub mod bytecode;
pub mod value;
pub mod context;
pub mod vm;
pub mod compiler;
pub mod stdlib;
pub mod snapshot;
pub mod sync;
pub mod runtime;
pub mod engine;
pub mod cli;
