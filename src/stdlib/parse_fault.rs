//! The errors for text that cannot be read (STDLIB 1.3): ParseError with `{format, line, column, offset}`, and LimitError.

use crate::value::{Dict, ErrorKind, Fault, Text, Value};

/// Where a text goes wrong, as far as it is known: lines and columns count from 1, columns and offset in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) line: Option<usize>,
    pub(super) column: Option<usize>,
    pub(super) offset: Option<usize>,
}

impl Place {
    /// The place of a byte of a text.
    pub(super) fn of(text: &str, byte: usize) -> Place {
        let mut byte = byte.min(text.len());
        while !text.is_char_boundary(byte) {
            byte -= 1;
        }
        let before = &text[..byte];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Place {
            line: Some(before.matches('\n').count() + 1),
            column: Some(before[line_start..].chars().count() + 1),
            offset: Some(before.chars().count()),
        }
    }

    /// The same place if `lines` lines stand before the text. The offset in the longer text is not known.
    pub(super) fn below(self, lines: usize) -> Place {
        if lines == 0 {
            return self;
        }
        Place { line: self.line.map(|line| line + lines), offset: None, ..self }
    }
}

/// ` at line 1 column 6`, or nothing where that is unknown.
impl std::fmt::Display for Place {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.line, self.column) {
            (Some(line), Some(column)) => write!(out, " at line {line} column {column}"),
            (Some(line), None) => write!(out, " at line {line}"),
            _ => Ok(()),
        }
    }
}

/// A LimitError with `{limit}`.
pub(super) fn limit_fault(limit: usize, message: impl Into<Text>) -> Fault {
    let mut details = Dict::new();
    details.insert_text("limit", Value::Int(limit as i64));
    Fault::new(ErrorKind::LimitError, message).with_value(Value::dict(details))
}

/// A ParseError.
pub(super) fn parse_fault(format: &str, message: impl Into<Text>, place: Place) -> Fault {
    let number = |number: Option<usize>| number.map_or(Value::Null, |number| Value::Int(number as i64));
    let mut details = Dict::new();
    details.insert_text("format", Value::text(format));
    details.insert_text("line", number(place.line));
    details.insert_text("column", number(place.column));
    details.insert_text("offset", number(place.offset));
    Fault::new(ErrorKind::ParseError, message).with_value(Value::dict(details))
}
