//! Strings: UTF-8 with a known number of characters.
//!
//! Invariant: `chars` is the number of Unicode scalar values of `text`; `len` is O(1), and so is indexing where
//! every character is one byte.

use super::counted::Body;
use super::{Counted, Value};

#[derive(Clone, Debug, Default)]
struct Characters {
    text: String,
    chars: usize,
}

impl Body for Characters {
    const NESTS: bool = false;

    fn each_value(&mut self, _: impl FnMut(&mut Value)) {}
}

/// A string value.
#[derive(Clone, Debug, Default)]
pub struct Text(Counted<Characters>);

impl Text {
    /// The string as UTF-8.
    pub fn as_str(&self) -> &str {
        &self.0.text
    }

    /// See `Counted::hold`.
    #[inline(always)]
    pub(super) fn hold(&self) {
        self.0.hold();
    }

    /// The number of characters.
    pub fn chars(&self) -> usize {
        self.0.chars
    }

    /// Whether every character is one byte.
    pub fn is_ascii(&self) -> bool {
        self.0.chars == self.0.text.len()
    }

    /// Appends, in place if this is the only reference: amortised O(length of `more`).
    pub fn push_str(&mut self, more: &str) {
        let body = Counted::make_mut(&mut self.0);
        body.chars += more.chars().count();
        body.text.push_str(more);
    }

    /// The same, if the number of characters of `more` is already known.
    pub fn push_text(&mut self, more: &Text) {
        let chars = more.chars();
        let more = more.clone();
        let body = Counted::make_mut(&mut self.0);
        body.chars += chars;
        body.text.push_str(more.as_str());
    }

    /// The byte at which character `index` starts; `index` may be the length.
    pub fn byte_of(&self, index: usize) -> usize {
        if self.is_ascii() {
            return index.min(self.0.text.len());
        }
        self.0.text.char_indices().nth(index).map_or(self.0.text.len(), |(at, _)| at)
    }

    /// The character at an index.
    pub fn char_at(&self, index: usize) -> Option<char> {
        if self.is_ascii() {
            return self.0.text.as_bytes().get(index).map(|&byte| byte.into());
        }
        self.0.text.chars().nth(index)
    }

    /// Whether both are references to one body.
    pub fn same(a: &Text, b: &Text) -> bool {
        Counted::same(&a.0, &b.0)
    }

    /// An identity while a reference is held.
    pub fn address(&self) -> usize {
        self.0.address()
    }

    /// Whether this is the only reference.
    pub fn is_unique(&self) -> bool {
        self.0.is_unique()
    }
}

impl From<String> for Text {
    fn from(text: String) -> Text {
        // Most texts are ASCII, which is found several times as fast as characters are counted.
        let chars = if text.is_ascii() { text.len() } else { text.chars().count() };
        Text(Counted::new(Characters { text, chars }))
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Text {
        Text::from(text.to_owned())
    }
}

impl From<char> for Text {
    fn from(character: char) -> Text {
        Text::from(character.to_string())
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Text) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Text {}
