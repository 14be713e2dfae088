//! Strings as lines, and as people see them: graphemes, widths, Unicode forms, orders without regard to case.

use std::cmp::Ordering;

use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::stdlib::answer::{self, Outcome};
use crate::stdlib::declare::plain;
use crate::stdlib::sequence::LARGEST;
use crate::stdlib::terminal::stripped;
use crate::value::Value;
use crate::vm::{Call, Native};

pub(in crate::stdlib) const NATIVES: &[Native] = &[
    plain("dedent(s: string) -> string", "Without the white space that all lines begin with.", |call| {
        answer::text(dedented(call.str(0)))
    }),
    plain(
        "indent(s: string, prefix: string) -> string",
        "prefix before every line that is not empty.",
        indent,
    ),
    plain("wrap(s: string, width: int) -> string", "Lines of at most width columns, broken at spaces.", wrap),
    plain("normalize(s: string, form: string = \"NFC\") -> string", "A Unicode normal form.", normalize),
    plain("graphemes(s: string) -> array", "The characters as people see them.", |call| {
        answer::array(call.str(0).graphemes(true).map(Value::text).collect())
    }),
    plain("natural_compare(a: string, b: string) -> int", "-1, 0 or 1; digits count as numbers.", |call| {
        answer::int(natural(call.str(0), call.str(1)) as i64)
    }),
    plain("equals_ignore_case(a: string, b: string) -> bool", "Equality without regard to case.", |call| {
        answer::bool(folded(call.str(0)).eq(folded(call.str(1))))
    }),
    plain("display_width(s: string) -> int", "Columns on a terminal; escape sequences take none.", |call| {
        answer::size(display_width(call.str(0)))
    }),
];

/// How many columns a text takes on a terminal; escape sequences take none.
pub(in crate::stdlib) fn display_width(text: &str) -> usize {
    stripped(text).width()
}

/// Lower case of upper case: so `ß` equals `SS`, and a final sigma any other.
fn folded(text: &str) -> impl Iterator<Item = char> {
    text.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase)
}

fn dedented(text: &str) -> String {
    let space = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let lines = || text.split('\n').filter(|line| !line.trim().is_empty());
    let Some(first) = lines().next() else { return text.lines().map(|_| "\n").collect() };
    let mut common = &first[..space(first)];
    for line in lines() {
        let shared = common.bytes().zip(line.bytes()).take_while(|(a, b)| a == b).count();
        common = &common[..shared];
    }
    let dedented: Vec<&str> =
        text.split('\n').map(|line| line.strip_prefix(common).unwrap_or(line.trim_start())).collect();
    dedented.join("\n")
}

fn indent(call: &mut Call<'_>) -> Outcome {
    let (text, prefix) = (call.str(0), call.str(1));
    let lines = text.split('\n').count();
    if lines.saturating_mul(prefix.len()).saturating_add(text.len()) > LARGEST {
        return Err(call.limit_fault("the result would be too large", LARGEST));
    }
    let mut indented = String::with_capacity(text.len() + lines * prefix.len());
    for (at, line) in text.split('\n').enumerate() {
        if at > 0 {
            indented.push('\n');
        }
        if !line.trim_end_matches('\r').is_empty() {
            indented.push_str(prefix);
        }
        indented.push_str(line);
    }
    answer::text(indented)
}

/// Lines stay lines; a word that is wider than a line has one of its own.
fn wrap(call: &mut Call<'_>) -> Outcome {
    let width = match usize::try_from(call.int(1)) {
        Ok(width) if width > 0 => width,
        _ => return Err(call.value_fault(format!("width must be at least 1, got {}", call.int(1)))),
    };
    let mut wrapped = String::with_capacity(call.str(0).len());
    for (at, line) in call.str(0).split('\n').enumerate() {
        if at > 0 {
            wrapped.push('\n');
        }
        let mut column = 0;
        for word in line.split_whitespace() {
            let length = word.width();
            if column > 0 && column + 1 + length > width {
                wrapped.push('\n');
                column = 0;
            } else if column > 0 {
                wrapped.push(' ');
                column += 1;
            }
            wrapped.push_str(word);
            column += length;
        }
    }
    answer::text(wrapped)
}

fn normalize(call: &mut Call<'_>) -> Outcome {
    let text = call.str(0);
    answer::text(match call.str(1) {
        "NFC" => text.nfc().collect::<String>(),
        "NFD" => text.nfd().collect(),
        "NFKC" => text.nfkc().collect(),
        "NFKD" => text.nfkd().collect(),
        other => {
            return Err(call.value_fault(format!("form must be NFC, NFD, NFKC or NFKD, got '{other}'")));
        }
    })
}

/// Runs of digits are compared by value; numbers of equal value, and all else, character by character.
fn natural(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    loop {
        let (Some(first), Some(second)) = (left.chars().next(), right.chars().next()) else {
            return left.len().cmp(&right.len()).then_with(|| a.cmp(b));
        };
        let order = if first.is_ascii_digit() && second.is_ascii_digit() {
            digits(&mut left).cmp(&digits(&mut right))
        } else {
            (left, right) = (&left[first.len_utf8()..], &right[second.len_utf8()..]);
            first.cmp(&second)
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// Takes a run of digits off: its length without leading zeros, and then its digits, order it by value.
fn digits<'a>(text: &mut &'a str) -> (usize, &'a str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (run, rest) = text.split_at(end);
    *text = rest;
    let value = run.trim_start_matches('0');
    (value.len(), value)
}
