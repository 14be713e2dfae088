//! Measures and excerpts of texts, and pages of lists, for sites (STDLIB section 21).

use super::answer::{self, Outcome};
use super::declare::plain;
use super::encoding::html_unescaped;
use crate::value::{Dict, Fault, Value};
use crate::vm::{Call, Native};

pub(super) const NATIVES: &[Native] = &[
    plain("strip_html(s: string) -> string", "The text of HTML, without tags.", |call| {
        answer::text(html_unescaped(&untagged(call.str(0))))
    }),
    plain("excerpt(s: string, words: int = 50) -> string", "The first words of a text or of HTML.", excerpt),
    plain("word_count(s: string) -> int", "How many words a text or HTML has.", |call| {
        answer::size(untagged(call.str(0)).split_whitespace().count())
    }),
    plain("reading_time(s: string, wpm: int = 200) -> int", "Minutes, rounded up.", |call| {
        let speed = at_least_one(call, "wpm")?;
        answer::size(untagged(call.str(0)).split_whitespace().count().div_ceil(speed))
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
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        match tag_length(rest) {
            Some(length) => rest = &rest[length..],
            None => {
                text.push('<');
                rest = &rest[1..];
            }
        }
    }
    text + rest
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
    let text = html_unescaped(&untagged(call.str(0)));
    let mut words = text.split_whitespace();
    let mut first = words.by_ref().take(most).collect::<Vec<_>>().join(" ");
    if words.next().is_some() {
        first.push('…');
    }
    answer::text(first)
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
