//! Measures and excerpts of texts, and pages of lists, for sites (STDLIB section 21).

use super::answer::{self, Outcome};
use super::declare::plain;
use super::encoding::{html_unescaped, run_without};
use crate::value::{Dict, Fault, Value};
use crate::vm::{Call, Native};

pub(super) const NATIVES: &[Native] = &[
    plain("strip_html(s: string) -> string", "The text of HTML, without tags.", |call| {
        answer::text(html_unescaped(&untagged(call.str(0))))
    }),
    plain("excerpt(s: string, words: int = 50) -> string", "The first words of a text or of HTML.", excerpt),
    plain("word_count(s: string) -> int", "How many words a text or HTML has.", |call| {
        answer::size(words_in(&untagged(call.str(0))))
    }),
    plain("reading_time(s: string, wpm: int = 200) -> int", "Minutes, rounded up.", |call| {
        let speed = at_least_one(call, "wpm")?;
        answer::size(words_in(&untagged(call.str(0))).div_ceil(speed))
    }),
    plain(
        "paginate(xs: seq, size: int) -> array",
        "{items, page, pages, prev, next} of each page.",
        paginate,
    ),
    plain("html_unescape(s: string) -> string", "References as the characters they stand for.", |call| {
        answer::text(html_unescaped(call.str(0)))
    }),
];

/// A second argument that counts something.
fn at_least_one(call: &Call<'_>, parameter: &str) -> Result<usize, Fault> {
    match usize::try_from(call.int(1)) {
        Ok(number) if number > 0 => Ok(number),
        _ => Err(call.value_fault(format!("{parameter} must be at least 1, got {}", call.int(1)))),
    }
}

/// Without tags, comments, scripts and style sheets. A `<` that begins no tag is text.
fn untagged(html: &str) -> String {
    untagged_start(html, html.len()).0
}

/// The same up to a tag behind so many bytes of text, and whether that is all.
fn untagged_start(html: &str, enough: usize) -> (String, bool) {
    let mut text = String::with_capacity(html.len().min(enough));
    let mut rest = html;
    loop {
        let (plain, behind) = rest.split_at(run_without(rest.as_bytes(), |byte| byte == b'<'));
        text.push_str(plain);
        if behind.is_empty() || text.len() > enough {
            return (text, behind.is_empty());
        }
        rest = behind;
        match tag_length(rest) {
            Some(length) => rest = &rest[length..],
            None => {
                text.push('<');
                rest = &rest[1..];
            }
        }
    }
}

/// The length of the tag, comment or element without text at the start.
fn tag_length(html: &str) -> Option<usize> {
    if let Some(comment) = html.strip_prefix("<!--") {
        return Some(comment.find("-->").map_or(html.len(), |end| end + 7));
    }
    if !html[1..].starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?')) {
        return None;
    }
    let tag = tag_end(html);
    for name in ["script", "style"] {
        let start = html.get(1..1 + name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
        if start && !html[1 + name.len()..].starts_with(|c: char| c.is_alphanumeric()) {
            let close = format!("</{name}");
            let lower = html[tag..].to_ascii_lowercase();
            let end = lower.find(&close).map_or(html.len(), |end| tag + end);
            return Some(end + if end < html.len() { tag_end(&html[end..]) } else { 0 });
        }
    }
    Some(tag)
}

/// Where a tag ends: at the first `>` outside of quotes.
pub(super) fn tag_end(html: &str) -> usize {
    let mut quote = None;
    for (at, byte) in html.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return at + 1,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    html.len()
}

fn excerpt(call: &mut Call<'_>) -> Outcome {
    let most = at_least_one(call, "words")?;
    // Most words are shorter than this; if it is not enough, more is looked at.
    let mut enough = most.saturating_mul(8);
    loop {
        let (text, is_all) = untagged_start(call.str(0), enough);
        let text = html_unescaped(&text);
        let (first, has_more) = if is_simple(&text) {
            first_words(text.split_ascii_whitespace(), most)
        } else {
            first_words(text.split_whitespace(), most)
        };
        // The word at the end of a start may go on behind the tag, but it is none of the first ones.
        if is_all || has_more {
            return answer::text(first);
        }
        enough = enough.saturating_mul(4);
    }
}

/// The first words, with a sign if there are more, and whether there are.
fn first_words<'a>(mut words: impl Iterator<Item = &'a str>, most: usize) -> (String, bool) {
    let mut first = String::new();
    for word in words.by_ref().take(most) {
        if !first.is_empty() {
            first.push(' ');
        }
        first.push_str(word);
    }
    let has_more = words.next().is_some();
    if has_more {
        first.push('…');
    }
    (first, has_more)
}

fn words_in(text: &str) -> usize {
    if !is_simple(text) {
        return text.split_whitespace().count();
    }
    let space = |byte: u8| byte.is_ascii_whitespace();
    let bytes = text.as_bytes();
    let starts =
        bytes.iter().zip(bytes.iter().skip(1)).filter(|&(&before, &byte)| space(before) && !space(byte));
    starts.count() + usize::from(bytes.first().is_some_and(|&byte| !space(byte)))
}

/// Whether all white space is what ASCII calls so, which bytes tell and is found several times as fast. The vertical tab
/// is not among it.
fn is_simple(text: &str) -> bool {
    text.is_ascii() && !text.as_bytes().contains(&b'\x0b')
}

fn paginate(call: &mut Call<'_>) -> Outcome {
    let size = at_least_one(call, "size")?;
    let items = call.items(0, "xs")?;
    let count = items.len().div_ceil(size);
    let page_or_null =
        |page: usize| if (1..=count).contains(&page) { Value::Int(page as i64) } else { Value::Null };
    let page = |(at, items): (usize, &[Value])| {
        let mut page = Dict::with_capacity(5);
        page.insert_text("items", Value::array(items.to_vec()));
        page.insert_text("page", Value::Int(at as i64 + 1));
        page.insert_text("pages", Value::Int(count as i64));
        page.insert_text("prev", page_or_null(at));
        page.insert_text("next", page_or_null(at + 2));
        Value::dict(page)
    };
    answer::array(items.chunks(size).enumerate().map(page).collect())
}
