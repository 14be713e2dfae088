//! HTML from strangers as HTML that is safe to show (STDLIB section 21).
//!
//! Invariant: what comes out was written here: known elements with known attributes, quoted and escaped, every element closed.
//! Everything else is text, or gone. So it does not matter how a browser would have read the original.

use super::answer::{self, Outcome};
use super::declare::plain;
use super::encoding::{html_escaped, html_unescaped};
use super::prose::tag_end;
use crate::value::Value;
use crate::vm::{Answer, Call, Job, Native, Request};

pub(super) const NATIVES: &[Native] = &[plain(
    "sanitize_html(s: string, opts: dict = {}) -> string",
    "Without scripts, event handlers and dangerous links; option tags names the elements that stay.",
    sanitize,
)];

/// Texts beyond this many bytes are worked on off the workers (R9).
const LONG: usize = 256 << 10;

/// The elements that stay.
const TAGS: &[&str] = &[
    "a",
    "abbr",
    "b",
    "blockquote",
    "br",
    "caption",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "details",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "mark",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "samp",
    "small",
    "span",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "time",
    "tr",
    "u",
    "ul",
    "var",
];

/// Elements whose content goes with them: it is no text that was meant to be read.
const DROPPED: &[&str] = &[
    "script",
    "style",
    "template",
    "title",
    "textarea",
    "noscript",
    "iframe",
    "object",
    "embed",
    "applet",
    "svg",
    "math",
    "xmp",
    "noembed",
    "noframes",
    "plaintext",
    "select",
    "option",
];

/// Elements without content.
const VOID: &[&str] = &["br", "col", "hr", "img"];

/// The attributes that stay.
const ATTRIBUTES: &[&str] = &[
    "align", "alt", "cite", "class", "colspan", "datetime", "dir", "height", "href", "lang", "open",
    "rowspan", "scope", "span", "src", "start", "title", "width",
];

/// Attributes that hold addresses.
const ADDRESSES: &[&str] = &["cite", "href", "src"];

/// Where addresses may lead.
const SCHEMES: &[&str] = &["http", "https", "mailto", "tel"];

fn sanitize(call: &mut Call<'_>) -> Outcome {
    let options = call.options(1, &["tags"])?;
    let tags = match options.get("tags") {
        None => TAGS.iter().map(|tag| (*tag).to_owned()).collect(),
        Some(_) => options.texts("tags")?,
    };
    if let Some(tag) = tags.iter().find(|tag| !TAGS.contains(&tag.as_str())) {
        return Err(options.value_fault("tags", format!("must name harmless elements, got '{tag}'")));
    }
    let html = call.text(0).clone();
    if html.as_str().len() < LONG {
        return answer::text(sanitized(html.as_str(), &tags));
    }
    Ok(Answer::wait(Request::Compute(Job(Box::new(move || {
        Ok(Value::text(sanitized(html.as_str(), &tags)))
    })))))
}

fn sanitized(html: &str, tags: &[String]) -> String {
    let mut writer = Writer { out: String::with_capacity(html.len()), open: Vec::new(), tags };
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        writer.text(&rest[..at]);
        rest = writer.markup(&rest[at..]);
    }
    writer.text(rest);
    writer.close_to(0);
    writer.out
}

struct Writer<'a> {
    out: String,
    /// The elements that are open, outermost first.
    open: Vec<String>,
    tags: &'a [String],
}

impl Writer<'_> {
    /// Text with references becomes the same text: references are read, and what needs it is escaped again.
    fn text(&mut self, text: &str) {
        if !text.is_empty() {
            self.out
                .push_str(&html_escaped(&html_unescaped(text)).replace("&#39;", "'").replace("&quot;", "\""));
        }
    }

    /// Reads what starts with `<`; gives what follows.
    fn markup<'h>(&mut self, html: &'h str) -> &'h str {
        if let Some(comment) = html.strip_prefix("<!--") {
            return comment.find("-->").map_or("", |end| &comment[end + 3..]);
        }
        let is_end = html.starts_with("</");
        let name_at = if is_end { 2 } else { 1 };
        let name = name(&html[name_at..]);
        if name.is_empty() {
            // `<!doctype`, `<?xml` and `</ >` are markup of no element; any other `<` is a character.
            if is_end || html.starts_with("<!") || html.starts_with("<?") {
                return html.find('>').map_or("", |end| &html[end + 1..]);
            }
            self.out.push_str("&lt;");
            return &html[1..];
        }
        let end = tag_end(html);
        let (tag, rest) = html.split_at(end);
        let name = name.to_ascii_lowercase();
        if !is_end && DROPPED.contains(&name.as_str()) {
            return behind(rest, &name);
        }
        match (is_end, self.tags.contains(&name)) {
            (true, true) => self.end(&name),
            (false, true) => self.start(name, &tag[name_at..]),
            _ => {}
        }
        rest
    }

    fn start(&mut self, name: String, tag: &str) {
        self.out.push('<');
        self.out.push_str(&name);
        let mut seen = Vec::new();
        for (key, value) in attributes(&tag[name.len()..]) {
            let key = key.to_ascii_lowercase();
            let value = html_unescaped(value);
            let stays = ATTRIBUTES.contains(&key.as_str()) && !seen.contains(&key);
            if stays && (!ADDRESSES.contains(&key.as_str()) || is_harmless(&value)) {
                self.out.push_str(&format!(" {key}=\"{}\"", html_escaped(&value)));
                seen.push(key);
            }
        }
        self.out.push('>');
        if !VOID.contains(&name.as_str()) {
            self.open.push(name);
        }
    }

    /// Closes the innermost element of this name, and those inside of it; none: nothing.
    fn end(&mut self, name: &str) {
        if let Some(at) = self.open.iter().rposition(|open| open == name) {
            self.close_to(at);
        }
    }

    fn close_to(&mut self, depth: usize) {
        for name in self.open.drain(depth..).rev() {
            self.out.push_str(&format!("</{name}>"));
        }
    }
}

/// The name at the start of a tag's inside.
fn name(text: &str) -> &str {
    let end = text.find(|c: char| c.is_whitespace() || matches!(c, '/' | '>' | '<')).unwrap_or(text.len());
    if text.starts_with(|c: char| c.is_ascii_alphabetic()) { &text[..end] } else { "" }
}

/// What follows the end of an element; nothing if it does not end.
fn behind<'h>(html: &'h str, name: &str) -> &'h str {
    let mut from = 0;
    while let Some(found) = html[from..].find("</") {
        let at = from + found + 2;
        if self::name(&html[at..]).eq_ignore_ascii_case(name) {
            return &html[at + tag_end(&html[at..])..];
        }
        from = at;
    }
    ""
}

/// Names and values of the attributes of a tag; one without value has an empty one.
fn attributes(tag: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let separates = |c: char| c.is_whitespace() || matches!(c, '/' | '>');
    let mut rest = tag.trim_start_matches(separates);
    while !rest.is_empty() {
        let end = rest.find(|c: char| separates(c) || c == '=').unwrap_or(rest.len());
        let (key, behind) = rest.split_at(end);
        let (value, behind) = match behind.trim_start().strip_prefix('=') {
            Some(assigned) => value(assigned.trim_start()),
            None => ("", behind),
        };
        if !key.is_empty() {
            found.push((key, value));
        }
        rest = behind.trim_start_matches(separates);
    }
    found
}

/// The value at the start of a text, and what follows.
fn value(text: &str) -> (&str, &str) {
    match text.chars().next() {
        Some(quote @ ('"' | '\'')) => text[1..].split_once(quote).unwrap_or((&text[1..], "")),
        _ => text.split_at(text.find(|c: char| c.is_whitespace() || c == '>').unwrap_or(text.len())),
    }
}

/// Whether an address leads to a harmless scheme, or names none. Browsers ignore control characters and blanks in it.
fn is_harmless(address: &str) -> bool {
    let seen: String = address.chars().filter(|c| !c.is_control() && !c.is_whitespace()).collect();
    match seen.find([':', '/', '?', '#']) {
        Some(at) if seen[at..].starts_with(':') => {
            SCHEMES.contains(&seen[..at].to_ascii_lowercase().as_str())
        }
        _ => true,
    }
}
