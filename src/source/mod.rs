//! Source text, spans and diagnostics, and how diagnostics are drawn.
//!
//! Owns: the text of a file and the mapping from bytes to lines and columns.
//! Does not: read files; whoever drives the engine hands the text over.

mod span;
mod text;
mod diagnostic;
mod render;
mod similar;

pub use diagnostic::{Code, Diagnostic, Severity};
pub use render::{excerpt, header, render, render_as};
pub use similar::{similar, suggest};
pub use span::{Position, Span};
pub use text::{Source, SourceError};
