//! Measures and excerpts of texts, and pages of lists, for sites (STDLIB section 21).

use memchr::{memchr, memchr3};

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
        answer::size(words_of(call.str(0)))
    }),
    plain("reading_time(s: string, wpm: int = 200) -> int", "Minutes, rounded up.", |call| {
        let speed = at_least_one(call, "wpm")?;
        answer::size(words_of(call.str(0)).div_ceil(speed))
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
    let mut parts = TextParts(html);
    for part in parts.by_ref() {
        text.push_str(part);
        if text.len() > enough {
            break;
        }
    }
    (text, parts.0.is_empty())
}

/// The parts of HTML between its tags, comments, scripts and style sheets; what is still to be looked at.
struct TextParts<'a>(&'a str);

impl<'a> Iterator for TextParts<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let html = self.0;
        if html.is_empty() {
            return None;
        }
        let (part, behind) = match memchr(b'<', html.as_bytes()) {
            None => (html, ""),
            Some(0) => match tag_length(html) {
                Some(length) => ("", &html[length..]),
                None => html.split_at(1),
            },
            Some(at) => html.split_at(at),
        };
        self.0 = behind;
        Some(part)
    }
}

/// The length of the tag, comment or element without text at the start.
fn tag_length(html: &str) -> Option<usize> {
    let tag = match *html.as_bytes().get(1)? {
        b'!' if html.starts_with("<!--") => {
            return Some(html[4..].find("-->").map_or(html.len(), |end| end + 7));
        }
        b's' | b'S' => tag_end(html),
        byte if byte.is_ascii_alphabetic() || matches!(byte, b'/' | b'!' | b'?') => {
            return Some(tag_end(html));
        }
        _ => return None,
    };
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
    let bytes = html.as_bytes();
    let mut at = 0;
    while let Some(found) = memchr3(b'>', b'"', b'\'', &bytes[at..]) {
        at += found + 1;
        match bytes[at - 1] {
            b'>' => return at,
            quote => match memchr(quote, &bytes[at..]) {
                Some(end) => at += end + 1,
                None => break,
            },
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

/// The words of HTML. A tag within a word does not part it.
fn words_of(html: &str) -> usize {
    let is_simple = is_simple(html);
    let (mut words, mut is_inside) = (0, false);
    for part in TextParts(html).filter(|part| !part.is_empty()) {
        let (starts, begins, ends) =
            if is_simple { simple_words_in(part.as_bytes()) } else { words_in(part) };
        words += starts - usize::from(is_inside && begins);
        is_inside = ends;
    }
    words
}

/// How many words begin in a text that is not empty, whether one does at its start, and whether one goes up to its end.
fn words_in(text: &str) -> (usize, bool, bool) {
    let ends = [text.chars().next(), text.chars().next_back()];
    let [begins, ends] = ends.map(|end| end.is_some_and(|character| !character.is_whitespace()));
    (text.split_whitespace().count(), begins, ends)
}

/// The same of a text that `is_simple`: each byte that is not blank behind one that is.
fn simple_words_in(text: &[u8]) -> (usize, bool, bool) {
    const AT_ONCE: usize = 32;
    let blank = |byte: u8| (byte == b' ') | (byte.wrapping_sub(b'\t') < 5);
    let start = |before: u8, byte: u8| u8::from(blank(before) & !blank(byte));
    let (befores, rest_before) = text[..text.len() - 1].as_chunks::<AT_ONCE>();
    let (bytes, rest) = text[1..].as_chunks::<AT_ONCE>();
    // Sums of bytes, which the compiler makes of many bytes at once.
    let starts = befores.iter().zip(bytes).map(|(before, bytes)| {
        usize::from((0..AT_ONCE).fold(0_u8, |starts, at| starts + start(before[at], bytes[at])))
    });
    let last = rest_before.iter().zip(rest).map(|(&before, &byte)| usize::from(start(before, byte)));
    let (begins, ends) = (!blank(text[0]), !blank(text[text.len() - 1]));
    (usize::from(begins) + starts.sum::<usize>() + last.sum::<usize>(), begins, ends)
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

#[cfg(test)]
mod tests {
    use super::{untagged, words_of};
    use crate::stdlib::dice::dice;

    /// Parts of HTML in every order that a simple generator of random numbers comes to.
    #[test]
    fn words_are_counted_as_in_the_text_without_tags() {
        const PARTS: &[&str] = &[
            "word",
            "a",
            " ",
            "\n",
            "\t",
            "\u{b}",
            "\u{a0}",
            "é",
            "<p>",
            "</p>",
            "<",
            ">",
            "<b class=\"x > y\">",
            "<!-- a b -->",
            "<script>one two</script>",
            "<style >x</STYLE>",
            "<scripted>",
            "<1",
            "\"",
            "it's",
            "several words of a sentence that is longer than a part",
        ];
        let mut next = dice(3);
        for _ in 0..20_000 {
            let ascii = next(2) == 0;
            let parts = (0..next(12)).map(|_| PARTS[next(PARTS.len())]);
            let html: String = parts.filter(|part| !ascii || part.is_ascii()).collect();
            assert_eq!(words_of(&html), untagged(&html).split_whitespace().count(), "{html:?}");
        }
    }
}
