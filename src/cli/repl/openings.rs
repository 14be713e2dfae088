//! What a text has open at its end: brackets, strings and comments. Looked at line by line, so that a long input is not
//! parsed again with each of its lines.
//!
//! Invariant: while something is open here, the text is incomplete or wrong; only the parser says that it is complete. What no
//! further line can mend is not open, so that one wrong line does not take the following ones with it.

/// Something that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Opening {
    /// A bracket that this character closes.
    Bracket(char),
    /// The expression of an interpolation.
    Interpolation,
    Comment,
    /// `"..."` or `'...'`.
    Text(char),
    /// `"""`.
    LongText,
}

/// What is open so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Openings {
    open: Vec<Opening>,
    /// Whether more lines cannot make the text right.
    wrong: bool,
}

impl Openings {
    /// Of a whole text.
    pub(super) fn of(text: &str) -> Openings {
        let mut openings = Openings::default();
        text.split_inclusive('\n').for_each(|line| openings.add(line));
        openings
    }

    /// Goes on with the next line. Strings of one line end with it, and what is open inside of them.
    pub(super) fn add(&mut self, line: &str) {
        let mut rest = line;
        while let Some(character) = rest.chars().next() {
            let step = self.step(rest, character);
            rest = &rest[step..];
        }
        if line.ends_with('\n')
            && let Some(first) = self.open.iter().position(|one| matches!(one, Opening::Text(_)))
        {
            self.open.truncate(first);
            self.wrong = true;
        }
    }

    /// Whether the text cannot be complete.
    pub(super) fn is_open(&self) -> bool {
        !self.wrong && !self.open.is_empty()
    }

    /// Whether the end stands in a string or comment.
    pub(super) fn in_text(&self) -> bool {
        matches!(self.open.last(), Some(Opening::Text(_) | Opening::LongText | Opening::Comment))
    }

    /// How many bytes of `rest`, which begins with `character`, belong together.
    fn step(&mut self, rest: &str, character: char) -> usize {
        let width = character.len_utf8();
        match self.open.last() {
            Some(Opening::Comment) => self.in_comment(rest, width),
            Some(Opening::LongText) if rest.starts_with("\"\"\"") => self.close(3),
            Some(Opening::Text(quote)) if *quote == character => self.close(1),
            Some(Opening::Text(_) | Opening::LongText) if character == '\\' => {
                1 + rest[1..].chars().next().map_or(0, char::len_utf8)
            }
            Some(Opening::Text('"') | Opening::LongText) if rest.starts_with("${") => {
                self.open(Opening::Interpolation, 2)
            }
            Some(Opening::Text(_) | Opening::LongText) => width,
            _ => self.in_code(rest, character),
        }
    }

    fn in_code(&mut self, rest: &str, character: char) -> usize {
        let line_comment = || rest.find('\n').unwrap_or(rest.len());
        match character {
            '(' => self.open(Opening::Bracket(')'), 1),
            '[' => self.open(Opening::Bracket(']'), 1),
            '{' => self.open(Opening::Bracket('}'), 1),
            ')' | ']' | '}' => self.close_bracket(character),
            '"' if rest.starts_with("\"\"\"") => self.open(Opening::LongText, 3),
            '"' | '\'' => self.open(Opening::Text(character), 1),
            '#' => line_comment(),
            '/' if rest.starts_with("//") => line_comment(),
            '/' if rest.starts_with("/*") => self.open(Opening::Comment, 2),
            '@' | '$' | '`' | '\\' | '\0' => self.no_token(),
            _ => character.len_utf8(),
        }
    }

    fn in_comment(&mut self, rest: &str, width: usize) -> usize {
        if rest.starts_with("/*") {
            self.open(Opening::Comment, 2)
        } else if rest.starts_with("*/") {
            self.close(2)
        } else {
            width
        }
    }

    /// A character that no token begins with.
    fn no_token(&mut self) -> usize {
        self.wrong = true;
        1
    }

    fn open(&mut self, opening: Opening, width: usize) -> usize {
        self.open.push(opening);
        width
    }

    fn close(&mut self, width: usize) -> usize {
        self.open.pop();
        width
    }

    fn close_bracket(&mut self, character: char) -> usize {
        match self.open.last() {
            Some(Opening::Bracket(expected)) if *expected == character => {}
            Some(Opening::Interpolation) if character == '}' => {}
            _ => self.wrong = true,
        }
        self.close(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Repl;

    #[test]
    fn what_is_open_is_incomplete() {
        for text in ["f(", "if x {\n", "[1, {a: 2", "\"\"\"a\n\"b", "/* a /* b */ c", "f(\"}\", '(', # )\n"] {
            assert!(Openings::of(text).is_open() && Repl::is_incomplete(text), "{text:?}");
        }
    }

    #[test]
    fn what_is_closed_or_wrong_is_left_to_the_parser() {
        let texts = [
            "f()",
            "\"(\"",
            "'\\'('",
            "\"${f(\"}\")}(\"",
            "# (\n",
            "// {",
            "/* ( */",
            "\"(\n",
            "print(\"\n",
            "f(1, @",
            "\"\"\"${f('a\n",
            "(]",
            "}",
            "x :=",
        ];
        for text in texts {
            assert!(!Openings::of(text).is_open(), "{text:?}");
        }
    }

    #[test]
    fn the_cursor_knows_where_it_is() {
        assert!(Openings::of("print(\"na").in_text());
        assert!(Openings::of("print('na").in_text());
        assert!(!Openings::of("print(\"${na").in_text());
        assert!(!Openings::of("print(\"a\", na").in_text());
    }
}
