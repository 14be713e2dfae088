//! Completion: what may follow the text before the cursor.
//!
//! Owns: finding out what is being completed. What there is comes from `Known`, so that this can be tested without a session.

use super::command;
use super::openings::Openings;
use crate::engine::Repl;

/// What a session knows.
pub(super) trait Known {
    /// All words that an input can use.
    fn words(&self) -> Vec<String>;
    /// What can stand behind the point after a variable and its fields.
    fn members(&self, path: &[&str]) -> Vec<String>;
    /// What can stand behind `name::`.
    fn type_members(&self, name: &str) -> Vec<String>;
}

impl Known for Repl {
    fn words(&self) -> Vec<String> {
        self.words().into_iter().map(str::to_owned).collect()
    }

    fn members(&self, path: &[&str]) -> Vec<String> {
        self.members(path)
    }

    fn type_members(&self, name: &str) -> Vec<String> {
        self.type_members(name)
    }
}

/// Where the word before the cursor begins, and what it may become.
pub(super) fn complete(before: &str, known: &impl Known) -> (usize, Vec<String>) {
    let (rest, word) = split_word(before);
    let start = rest.len();
    let candidates = match rest.trim_start().strip_prefix(':') {
        Some("") => command::names(),
        _ if Openings::of(before).in_text() => Vec::new(),
        _ => in_code(rest, word, known),
    };
    (start, candidates.into_iter().filter(|candidate| candidate.starts_with(word)).collect())
}

fn in_code(rest: &str, word: &str, known: &impl Known) -> Vec<String> {
    if let Some(before) = rest.strip_suffix("::") {
        return known.type_members(split_word(before).1);
    }
    match rest.strip_suffix('.') {
        Some(before) => path(before).map_or_else(Vec::new, |path| known.members(&path)),
        None if word.is_empty() => Vec::new(),
        None => known.words(),
    }
}

/// The words `a.b.c` at the end of a text, if nothing else stands before them in the same expression.
fn path(before: &str) -> Option<Vec<&str>> {
    let mut words = Vec::new();
    let mut rest = before;
    loop {
        let (left, word) = split_word(rest.strip_suffix('?').unwrap_or(rest));
        if word.is_empty() || word.starts_with(|first: char| first.is_numeric()) {
            return None;
        }
        words.push(word);
        match left.strip_suffix('.') {
            Some(left) => rest = left,
            None => {
                words.reverse();
                return Some(words);
            }
        }
    }
}

/// The word at the end of a text.
fn split_word(text: &str) -> (&str, &str) {
    let start = text.trim_end_matches(unicode_ident::is_xid_continue).len();
    text.split_at(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Example;

    impl Known for Example {
        fn words(&self) -> Vec<String> {
            ["print", "printer", "return", "größe"].map(str::to_owned).to_vec()
        }

        fn members(&self, path: &[&str]) -> Vec<String> {
            match path {
                ["p"] => vec!["name".to_owned(), "next".to_owned()],
                ["p", "next"] => vec!["depth".to_owned()],
                _ => Vec::new(),
            }
        }

        fn type_members(&self, name: &str) -> Vec<String> {
            if name == "Color" { vec!["Red".to_owned()] } else { Vec::new() }
        }
    }

    #[track_caller]
    fn check(before: &str, start: usize, candidates: &[&str]) {
        assert_eq!(
            complete(before, &Example),
            (start, candidates.iter().map(|&one| one.to_owned()).collect())
        );
    }

    #[test]
    fn names_and_reserved_words() {
        check("pri", 0, &["print", "printer"]);
        check("x := (ret", 6, &["return"]);
        check("grö", 0, &["größe"]);
        check("\"${pri", 3, &["print", "printer"]);
        check("x := ", 5, &[]);
        check("nothing", 0, &[]);
    }

    #[test]
    fn members_of_values_and_types() {
        check("p.", 2, &["name", "next"]);
        check("f(p.na", 4, &["name"]);
        check("p?.next.", 8, &["depth"]);
        check("Color::R", 7, &["Red"]);
        check("f().na", 4, &[]);
        check("1.na", 2, &[]);
    }

    #[test]
    fn commands() {
        check(":ti", 1, &["time"]);
        check(":help pri", 6, &["print", "printer"]);
    }

    #[test]
    fn nothing_in_strings_and_comments() {
        check("\"pri", 1, &[]);
        check("/* pri", 3, &[]);
    }
}
