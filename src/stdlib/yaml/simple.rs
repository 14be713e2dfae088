//! The YAML that most files begin with, read without the parser: lines of `name: value` with words, whole numbers, quoted
//! texts and lists of words in brackets.
//!
//! Invariant: what it reads is what the parser would give (the tests compare them). Whatever it is not sure about, it leaves
//! to the parser, errors included.

use crate::value::{Dict, Key, KeyRef, Value};

/// The value of a text, if it is that simple.
pub(super) fn read(text: &str) -> Option<Value> {
    let mut dict = Dict::with_capacity(8);
    for line in text.split('\n').filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once(": ")?;
        if !is_name(name) || dict.get(KeyRef::Text(name)).is_some() {
            return None;
        }
        dict.insert(Key::Text(name.into()), value_of(value.trim_matches(' '))?);
    }
    (!dict.is_empty()).then(|| Value::dict(dict))
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
        && !is_reserved(text)
}

fn value_of(text: &str) -> Option<Value> {
    match text.as_bytes().first()? {
        b'"' | b'\'' => quoted(text),
        b'[' => list(text.strip_prefix('[')?.strip_suffix(']')?),
        b'0'..=b'9' => digits(text),
        _ => is_words(text, "_-.,/()+'!?&%").then(|| Value::text(text)),
    }
}

/// A text in quotes that holds nothing that means something there.
fn quoted(text: &str) -> Option<Value> {
    let quote = text.get(..1)?;
    let inside = text.strip_prefix(quote)?.strip_suffix(quote)?;
    let plain = |c: char| !(c.is_control() || c == '\\' || quote.starts_with(c) || is_break(c));
    inside.chars().all(plain).then(|| Value::text(inside))
}

/// Characters that other versions of YAML take for the end of a line, or for nothing.
fn is_break(character: char) -> bool {
    matches!(character, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}')
}

fn list(inside: &str) -> Option<Value> {
    if inside.is_empty() {
        return Some(Value::array(Vec::new()));
    }
    let item = |item: &str| {
        let item = item.trim_matches(' ');
        is_words(item, "_-").then(|| Value::text(item))
    };
    inside.split(',').map(item).collect::<Option<Vec<Value>>>().map(Value::array)
}

/// A whole number that fits, or a date with or without a time, which is a text.
fn digits(text: &str) -> Option<Value> {
    let bytes = text.as_bytes();
    if bytes.len() < 18 && (bytes[0] != b'0' || bytes.len() == 1) && bytes.iter().all(u8::is_ascii_digit) {
        return text.parse().ok().map(Value::Int);
    }
    let (date, time) = bytes.split_at_checked(10)?;
    let is_part =
        |(at, byte): (usize, &u8)| if matches!(at, 4 | 7) { *byte == b'-' } else { byte.is_ascii_digit() };
    (date.iter().enumerate().all(is_part) && is_time(time)).then(|| Value::text(text))
}

/// Nothing, or `T` and a time of a day.
fn is_time(bytes: &[u8]) -> bool {
    match bytes {
        [] => true,
        [b'T', inside @ .., last] => {
            let is_inside = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b':' | b'.' | b'+' | b'-');
            inside.iter().all(is_inside) && (last.is_ascii_digit() || *last == b'Z')
        }
        _ => false,
    }
}

/// Whether a text is words of letters, digits and some further signs, the first of which is a letter.
fn is_words(text: &str, signs: &str) -> bool {
    text.starts_with(char::is_alphabetic)
        && text.chars().all(|c| c == ' ' || c.is_alphanumeric() || signs.contains(c))
        && !is_reserved(text)
}

/// Words that are no texts in some version of YAML.
fn is_reserved(text: &str) -> bool {
    const RESERVED: &[&str] =
        &["true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf", "infinity"];
    text.len() <= 8 && RESERVED.iter().any(|word| text.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::stdlib::dice::dice;
    use crate::value::{Value, equal};

    /// Lines of parts in every order that a simple generator of random numbers comes to.
    #[test]
    fn it_reads_what_the_parser_reads() {
        const PARTS: &[&str] = &[
            "a",
            "title",
            "true",
            "No",
            "Null",
            "12",
            "0",
            "07",
            "1e3",
            "2026-01-31",
            "2026-01-31T09:30:00Z",
            "T09:",
            "+02:00",
            "0x1f",
            ": ",
            ": ",
            ": ",
            ":",
            " ",
            "\n",
            "\n",
            "\n",
            "\"",
            "'",
            "[",
            "]",
            ", ",
            ",",
            "-",
            "- ",
            "#",
            " #",
            "é",
            "Größe",
            "_",
            ".",
            "~",
            "&",
            "*",
            "!",
            "%",
            "?",
            "\\",
            "\t",
            "x y",
            "{",
            "}",
            "|",
            ">",
            "@",
            "`",
            "Ann's",
            "\u{a0}",
            "\r",
        ];
        let mut next = dice(7);
        let mut simple = 0;
        for _ in 0..100_000 {
            let line = |next: &mut dyn FnMut(usize) -> usize| -> String {
                let name = ["a", "b", "title", "x-y"][next(4)];
                let value: String = (0..1 + next(4)).map(|_| PARTS[next(PARTS.len())]).collect();
                match next(5) {
                    0 => format!("{name}: \"{value}\"\n"),
                    1 => format!("{name}: [{value}]\n"),
                    2 => format!("{name}: '{value}'\n"),
                    3 => value,
                    _ => format!("{name}: {value}\n"),
                }
            };
            let text: String = (0..1 + next(3)).map(|_| line(&mut next)).collect();
            if let Some(value) = read(&text) {
                simple += 1;
                let parsed = crate::stdlib::yaml::parsed(&text, 0)
                    .unwrap_or_else(|fault| panic!("{text:?}: {fault:?}"));
                assert!(equal(&value, &parsed).unwrap_or(false), "{text:?}: {value:?} is {parsed:?}");
            }
        }
        assert!(simple > 10_000, "{simple} were simple");
    }

    #[test]
    fn what_posts_begin_with_is_simple() {
        let text = "title: \"Post 1, a: b\"\ndate: 2010-01-01\ntags: [a, b c]\ndraft: no way\nweight: 3\n";
        assert!(matches!(read(text), Some(Value::Dict(dict)) if dict.len() == 5));
    }
}
