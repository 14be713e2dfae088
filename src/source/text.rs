//! One file's text with an index of its lines.

use super::{Position, Span};

/// A named source text.
#[derive(Clone, Debug)]
pub struct Source {
    name: Box<str>,
    text: Box<str>,
    /// The byte at which each line starts; LF, CRLF and a lone CR end a line.
    line_starts: Vec<u32>,
}

impl Source {
    /// Indexes `text`, which diagnostics will call `name`. The text must be shorter than 4 GiB.
    pub fn new(name: &str, text: &str) -> Source {
        let bytes = text.as_bytes();
        let mut line_starts = vec![0];
        for at in memchr::memchr2_iter(b'\n', b'\r', bytes) {
            if bytes[at] == b'\n' || bytes.get(at + 1) != Some(&b'\n') {
                line_starts.push(at as u32 + 1);
            }
        }
        Source { name: name.into(), text: text.into(), line_starts }
    }

    /// The name that messages show, usually the path as the user gave it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text of a span; spans of other files are clamped.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or("")
    }

    /// The line and column of a byte; past the end, those of the end.
    pub fn position(&self, offset: u32) -> Position {
        let line = self.line_starts.partition_point(|&start| start <= offset).max(1);
        let start = self.line_starts[line - 1] as usize;
        let end = (offset as usize).clamp(start, self.text.len().max(start));
        let before = self.text.as_bytes().get(start..end).unwrap_or(&[]);
        let column = before.iter().filter(|&&byte| byte & 0xC0 != 0x80).count() + 1;
        Position { line: line as u32, column: column as u32 }
    }
}
