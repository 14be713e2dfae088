//! Bare addresses in text become links, by the rules of GitHub's Markdown: `http://`, `https://` and `www.` at the start
//! of a word, without the punctuation at their end. The parser has no such extension.

use memchr::{memchr_iter, memmem};
use pulldown_cmark::{CowStr, Event, LinkType, Tag, TagEnd};

/// The events with addresses in text as links. Text in links, images, code and HTML stays.
pub(super) fn link<'a>(source: &str, events: impl Iterator<Item = Event<'a>>) -> Vec<Event<'a>> {
    // Texts are what stands in the source, but for escaped points and references.
    let may_be_www = memmem::find(source.as_bytes(), b"www").is_some() || source.contains('&');
    let mut linked = Vec::with_capacity(source.len() / 16);
    let mut depth = 0_usize;
    for event in events {
        match &event {
            Event::Start(Tag::Link { .. } | Tag::Image { .. } | Tag::CodeBlock(_) | Tag::HtmlBlock) => {
                depth += 1
            }
            Event::End(TagEnd::Link | TagEnd::Image | TagEnd::CodeBlock | TagEnd::HtmlBlock) => depth -= 1,
            Event::Text(text)
                if depth == 0 && (has_scheme(text) || (may_be_www && text.contains("www."))) =>
            {
                link_text(text, &mut linked);
                continue;
            }
            _ => {}
        }
        linked.push(event);
    }
    linked
}

/// Whether there is a `://`. Most texts have no colon at all.
fn has_scheme(text: &str) -> bool {
    memchr_iter(b':', text.as_bytes()).any(|at| text.as_bytes()[at..].starts_with(b"://"))
}

fn link_text<'a>(text: &CowStr<'a>, out: &mut Vec<Event<'a>>) {
    let owned = |text: &str| CowStr::from(text.to_owned());
    let mut rest: &str = text;
    while let Some((start, end)) = address(rest) {
        if start > 0 {
            out.push(Event::Text(owned(&rest[..start])));
        }
        let shown = &rest[start..end];
        let target = if shown.starts_with("www.") { format!("http://{shown}") } else { shown.to_owned() };
        out.push(Event::Start(Tag::Link {
            link_type: LinkType::Autolink,
            dest_url: target.into(),
            title: "".into(),
            id: "".into(),
        }));
        out.push(Event::Text(owned(shown)));
        out.push(Event::End(TagEnd::Link));
        rest = &rest[end..];
    }
    if !rest.is_empty() {
        out.push(Event::Text(owned(rest)));
    }
}

/// Start and end of the first address in a text.
fn address(text: &str) -> Option<(usize, usize)> {
    let mut from = 0;
    while let Some(found) =
        ["http://", "https://", "www."].iter().filter_map(|head| text[from..].find(head)).min()
    {
        let start = from + found;
        let free = text[..start]
            .chars()
            .next_back()
            .is_none_or(|before| before.is_whitespace() || matches!(before, '*' | '_' | '~' | '('));
        let end = start + length(&text[start..]);
        if free && is_address(&text[start..end]) {
            return Some((start, end));
        }
        from = start + 1; // heads begin with a letter of one byte
    }
    None
}

/// Whether a host with a point follows the head.
fn is_address(text: &str) -> bool {
    let host = text.split_once("://").map_or(text, |(_, rest)| rest);
    let host = host.split(['/', '?', '#']).next().unwrap_or("");
    let labels: Vec<&str> = host.split(['.', ':']).collect();
    host.contains('.') && labels.iter().all(|label| !label.is_empty())
}

/// The length of an address: up to white space or `<`, without punctuation and unmatched `)` at its end.
fn length(text: &str) -> usize {
    let end = text.find(|c: char| c.is_whitespace() || c == '<').unwrap_or(text.len());
    let mut address = &text[..end];
    let (mut opened, mut closed) = (address.matches('(').count(), address.matches(')').count());
    while let Some(last) = address.chars().next_back() {
        let unmatched = last == ')' && closed > opened;
        if !unmatched
            && !matches!(last, '?' | '!' | '.' | ',' | ':' | '*' | '_' | '~' | '\'' | '"' | ';' | '(')
        {
            break;
        }
        closed -= usize::from(last == ')');
        opened -= usize::from(last == '(');
        address = &address[..address.len() - last.len_utf8()];
    }
    address.len()
}
