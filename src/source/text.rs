//! One file's text with an index of its lines.
//!
//! Owns: the text, and the rules for bytes that are to become one (docs/LANGUAGE.md, 1.1 and 14.2).
//! Invariant: offsets fit in 32 bits. Does not: know tokens, or read files.

use std::fmt;

use super::{Position, Span};

/// The largest source file, in bytes (docs/LANGUAGE.md, 14.2).
const SIZE_LIMIT: usize = 16 << 20;

/// Why bytes are not a source text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceError {
    /// More than 16 MiB.
    TooLarge {
        /// How many bytes there are.
        bytes: usize,
    },
    /// Not UTF-8.
    InvalidUtf8 {
        /// The first byte that belongs to no character.
        offset: usize,
        /// Its line, from 1.
        line: usize,
    },
}

impl fmt::Display for SourceError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SourceError::TooLarge { bytes } => {
                write!(
                    out,
                    "the file has {bytes} bytes; a source file has 16 MiB ({SIZE_LIMIT} bytes) at most"
                )
            }
            SourceError::InvalidUtf8 { offset, line } => {
                write!(out, "the file is not UTF-8: invalid byte at offset {offset} (line {line})")
            }
        }
    }
}

impl std::error::Error for SourceError {}

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

    /// Takes over the bytes of a file: at most 16 MiB of UTF-8, of which one leading byte order mark is dropped.
    pub fn from_bytes(name: &str, bytes: &[u8]) -> Result<Source, SourceError> {
        if bytes.len() > SIZE_LIMIT {
            return Err(SourceError::TooLarge { bytes: bytes.len() });
        }
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Source::new(name, text.strip_prefix('\u{FEFF}').unwrap_or(text))),
            Err(error) => {
                let offset = error.valid_up_to();
                let valid = String::from_utf8_lossy(&bytes[..offset]);
                let line = Source::new(name, &valid).line_starts.len();
                Err(SourceError::InvalidUtf8 { offset, line })
            }
        }
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
        let line = self.line_number(offset) as usize;
        let start = self.line_starts[line - 1] as usize;
        let end = (offset as usize).clamp(start, self.text.len().max(start));
        let before = self.text.as_bytes().get(start..end).unwrap_or(&[]);
        let column = before.iter().filter(|&&byte| byte & 0xC0 != 0x80).count() + 1;
        Position { line: line as u32, column: column as u32 }
    }

    /// The line of a byte, from 1; past the end, the last one. Cheap even if the line is long.
    pub fn line_number(&self, offset: u32) -> u32 {
        self.line_starts.partition_point(|&start| start <= offset).max(1) as u32
    }

    /// The line that holds a byte, without its line end; past the end, the last one.
    pub fn line(&self, offset: u32) -> Span {
        let index = self.line_number(offset) as usize;
        let start = self.line_starts[index - 1];
        let end = self.line_starts.get(index).map_or(self.text.len(), |&next| next as usize);
        let line = &self.text[start as usize..end];
        Span::new(start, start + line.trim_end_matches(['\n', '\r']).len() as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::{Source, SourceError, Span};

    #[test]
    fn takes_over_bytes() {
        let source = Source::from_bytes("f", b"\xEF\xBB\xBFx").expect("valid");
        assert_eq!(source.text(), "x");
        let invalid = Source::from_bytes("f", b"a\nb\r\nc\xFF").map(|_| ());
        assert_eq!(invalid, Err(SourceError::InvalidUtf8 { offset: 6, line: 3 }));
        let large = Source::from_bytes("f", &vec![b' '; (16 << 20) + 1]).map(|_| ());
        assert_eq!(large, Err(SourceError::TooLarge { bytes: (16 << 20) + 1 }));
        assert!(Source::from_bytes("f", &vec![b' '; 16 << 20]).is_ok());
    }

    #[test]
    fn knows_its_lines() {
        let source = Source::new("f", "ab\r\nc\rd\n");
        let lines: Vec<Span> = [0, 3, 4, 6, 8, 99].map(|offset| source.line(offset)).into();
        let expected = [(0, 2), (0, 2), (4, 5), (6, 7), (8, 8), (8, 8)];
        assert_eq!(lines, expected.map(|(start, end)| Span::new(start, end)));
    }
}
