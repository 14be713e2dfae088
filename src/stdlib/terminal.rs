//! Text on terminals: colours, and escape sequences taken out (STDLIB section 23).
//!
//! `style`, which must look at two variables of the environment, is in `prelude/terminal.ruff`; here is what it does once
//! they are known.

use super::answer::{self, Outcome};
use super::declare::{by_prelude, plain};
use crate::value::Fault;
use crate::vm::{Call, Native};

pub(super) const NATIVES: &[Native] = &[
    plain("prompt(text: string, opts: dict = {}) -> any", "An answer from stdin.", by_prelude).written(),
    plain(
        "progress_bar(total: num, opts: dict = {}) -> progressbar",
        "A bar on stderr, where that is a terminal.",
        by_prelude,
    )
    .written(),
    plain("is_terminal(stream: string = \"stdout\") -> bool", "Whether a stream is a terminal.", is_terminal),
    plain("strip_ansi(s: string) -> string", "The text without escape sequences.", |call| {
        answer::text(stripped(call.str(0)))
    }),
    plain(
        "__style(text: string, names: array) -> string",
        "The text with escape sequences around it.",
        style,
    )
    .shows(),
    plain("__check_styles(names: array) -> null", "Refuses unknown names.", |call| {
        codes(call).and_then(|_| answer::null())
    })
    .shows(),
];

fn is_terminal(call: &mut Call<'_>) -> Outcome {
    let [out, err, input] = call.host.terminals;
    match call.str(0) {
        "stdout" => answer::bool(out),
        "stderr" => answer::bool(err),
        "stdin" => answer::bool(input),
        other => Err(call.value_fault(format!("stream must be stdin, stdout or stderr, got '{other}'"))),
    }
}

/// Drops `ESC [ … letter` (colours, cursor), `ESC ] … BEL` or `ESC ] … ESC \` (titles, links) and other two-character
/// sequences.
pub(super) fn stripped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\u{1b}') {
        plain.push_str(&rest[..at]);
        rest = &rest[at + escape_length(&rest[at..])..];
    }
    plain.push_str(rest);
    plain
}

fn escape_length(text: &str) -> usize {
    let behind = |found: Option<usize>, width: usize| found.map_or(text.len(), |at| at + width);
    match text.as_bytes().get(1) {
        Some(b'[') => behind(text[2..].find(|c: char| ('@'..='~').contains(&c)).map(|at| at + 2), 1),
        Some(b']') => match (text.find('\u{7}'), text[2..].find("\u{1b}\\").map(|at| at + 2)) {
            (Some(bell), end) if end.is_none_or(|end| bell < end) => bell + 1,
            (_, end) => behind(end, 2),
        },
        _ => 1 + text[1..].chars().next().map_or(0, char::len_utf8),
    }
}

fn style(call: &mut Call<'_>) -> Outcome {
    let codes = codes(call)?;
    answer::text(format!("\u{1b}[{}m{}\u{1b}[0m", codes.join(";"), call.str(0)))
}

/// The codes of the names in the last argument.
fn codes(call: &Call<'_>) -> Result<Vec<String>, Fault> {
    let names = call.args.len() - 1;
    call.array(names)
        .iter()
        .map(|name| {
            let name = call.display(name)?;
            code(&name).ok_or_else(|| {
                Fault::new(crate::value::ErrorKind::ValueError, format!("style: unknown style '{name}'"))
            })
        })
        .collect()
}

const COLOURS: [&str; 8] = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];

fn code(name: &str) -> Option<String> {
    let fixed = match name {
        "bold" => 1,
        "dim" => 2,
        "italic" => 3,
        "underline" => 4,
        _ => return colour(name),
    };
    Some(fixed.to_string())
}

/// `red`, `bright_red`, `bg_red`, `bg_bright_red`, `#rrggbb`, `bg_#rrggbb`.
fn colour(name: &str) -> Option<String> {
    let (name, ground) = name.strip_prefix("bg_").map_or((name, 30), |name| (name, 40));
    if let Some(digits) = name.strip_prefix('#') {
        let valid = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = u32::from_str_radix(digits, 16).ok().filter(|_| valid)?;
        return Some(format!("{};2;{};{};{}", ground + 8, number >> 16, number >> 8 & 255, number & 255));
    }
    let (name, ground) = name.strip_prefix("bright_").map_or((name, ground), |name| (name, ground + 60));
    COLOURS.iter().position(|colour| *colour == name).map(|position| (ground + position).to_string())
}

#[cfg(test)]
mod tests {
    use super::{code, stripped};

    #[test]
    fn escape_sequences_vanish() {
        assert_eq!(stripped("\u{1b}[1;31mred\u{1b}[0m x"), "red x");
        assert_eq!(stripped("\u{1b}]8;;http://a\u{7}link\u{1b}]8;;\u{1b}\\!"), "link!");
        assert_eq!(stripped("cut \u{1b}["), "cut ");
        assert_eq!(stripped("\u{1b}"), "");
    }

    #[test]
    fn names_of_styles() {
        assert_eq!(code("bold").as_deref(), Some("1"));
        assert_eq!(code("bg_bright_blue").as_deref(), Some("104"));
        assert_eq!(code("#ff8000").as_deref(), Some("38;2;255;128;0"));
        assert_eq!(code("#ff80"), None);
        assert_eq!(code("purple"), None);
    }
}
