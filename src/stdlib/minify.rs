//! HTML in fewer bytes that looks the same (STDLIB section 21).
//!
//! White space collapses as browsers collapse it, comments go. What shows white space (`pre`, `textarea`) and what is no HTML (`script`,
//! `style`) stays byte for byte. Does not: look at style sheets, so a page that makes other elements show white space must
//! not be minified.

use super::answer::{self, Outcome};
use super::declare::plain;
use super::prose::tag_end;
use crate::value::Value;
use crate::vm::{Answer, Call, Job, Native, Request};

pub(super) const NATIVES: &[Native] = &[plain(
    "minify_html(s: string, opts: dict = {}) -> string",
    "The same page in fewer bytes; option comments keeps comments.",
    minify,
)];

/// Texts beyond this many bytes are worked on off the workers (R9).
const LONG: usize = 256 << 10;

/// Elements whose content stays as it is.
const KEPT: &[&str] = &["pre", "textarea", "script", "style"];

/// Elements that show nothing, wherever they stand.
const UNSEEN: &[&str] = &["script", "style", "link", "meta", "template", "title", "base"];

/// Elements that begin and end lines, so that white space beside their tags is not shown.
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "br",
    "caption",
    "col",
    "colgroup",
    "dd",
    "details",
    "dialog",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hr",
    "html",
    "legend",
    "li",
    "main",
    "nav",
    "ol",
    "optgroup",
    "option",
    "p",
    "pre",
    "section",
    "summary",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "ul",
];

fn minify(call: &mut Call<'_>) -> Outcome {
    let comments = call.options(1, &["comments"])?.bool("comments", false)?;
    let text = call.text(0).clone();
    if text.as_str().len() < LONG {
        return answer::text(minified(text.as_str(), comments));
    }
    let work = move || Ok(Value::text(minified(text.as_str(), comments)));
    Ok(Answer::wait(Request::Compute(Job(Box::new(work)))))
}

/// A page under construction.
struct Page {
    out: String,
    /// White space was read and not written.
    gap: bool,
    /// Whether a space here would not be shown: a line begins.
    at_edge: bool,
}

fn minified(html: &str, comments: bool) -> String {
    let mut page = Page { out: String::with_capacity(html.len()), gap: false, at_edge: true };
    let mut rest = html;
    while !rest.is_empty() {
        let length = match rest.strip_prefix('<') {
            Some(inside) if inside.starts_with("!--") => page.comment(rest, comments),
            Some(inside)
                if inside.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!')) =>
            {
                page.tag(rest)
            }
            // A `<` that begins no tag is text.
            _ => {
                let first = rest.chars().next().map_or(0, char::len_utf8);
                let length = rest[first..].find('<').map_or(rest.len(), |at| first + at);
                page.text(&rest[..length]);
                length
            }
        };
        rest = &rest[length..];
    }
    page.out
}

impl Page {
    fn comment(&mut self, rest: &str, comments: bool) -> usize {
        let length = rest.find("-->").map_or(rest.len(), |at| at + 3);
        // Old browsers read what these hold.
        if comments || rest.starts_with("<!--[if") {
            self.flush();
            self.out.push_str(&rest[..length]);
        }
        length
    }

    fn tag(&mut self, rest: &str) -> usize {
        let end = tag_end(rest);
        let name = name_of(&rest[..end]);
        let (block, unseen) = (BLOCKS.contains(&name.as_str()), UNSEEN.contains(&name.as_str()));
        if block {
            self.gap = false;
        }
        let was_edge = self.at_edge;
        self.flush();
        let opens_kept = KEPT.contains(&name.as_str()) && !rest.starts_with("</");
        let length = if opens_kept { closed(rest, end, &name) } else { end };
        self.out.push_str(&rest[..length]);
        self.at_edge = block || (unseen && was_edge);
        length
    }

    fn text(&mut self, text: &str) {
        for character in text.chars() {
            if matches!(character, ' ' | '\t' | '\n' | '\r' | '\x0c') {
                self.gap = true;
                continue;
            }
            self.flush();
            self.out.push(character);
            self.at_edge = false;
        }
    }

    /// Writes the space that was read, if it shows.
    fn flush(&mut self) {
        if self.gap && !self.at_edge {
            self.out.push(' ');
        }
        self.gap = false;
    }
}

/// The name of a tag in lower case.
fn name_of(tag: &str) -> String {
    let inside = tag.trim_start_matches(['<', '/']);
    let end = inside.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).unwrap_or(inside.len());
    inside[..end].to_ascii_lowercase()
}

/// The length of an element up to and with its closing tag.
fn closed(rest: &str, open: usize, name: &str) -> usize {
    let close = format!("</{name}");
    let bytes = rest.as_bytes();
    let found = (open..bytes.len().saturating_sub(close.len() - 1))
        .find(|&at| bytes[at..at + close.len()].eq_ignore_ascii_case(close.as_bytes()));
    found.map_or(rest.len(), |at| at + tag_end(&rest[at..]))
}

#[cfg(test)]
mod tests {
    use super::minified;

    #[track_caller]
    fn check(html: &str, expect: &str) {
        assert_eq!(minified(html, false), expect);
        assert_eq!(minified(expect, false), expect, "minifying again changes it");
    }

    #[test]
    fn white_space_that_does_not_show_goes() {
        check("<p>\n  a\n  b </p>\n<p> c</p>\n", "<p>a b</p><p>c</p>");
        check("a <b> c </b> d", "a <b> c </b> d");
        check("<ul>\n <li> <a href=\"x  y\">z</a>\n</ul>", "<ul><li><a href=\"x  y\">z</a></ul>");
        check("a <script> x </script> b", "a <script> x </script> b");
        check("<head>\n <meta a>\n <title>x</title>\n</head>", "<head><meta a><title>x</title></head>");
    }

    #[test]
    fn what_shows_it_stays() {
        check("<pre>\n a\n\n  b</pre> <p>x", "<pre>\n a\n\n  b</pre><p>x");
        check("<TEXTAREA> a  b </TextArea>", "<TEXTAREA> a  b </TextArea>");
        check("<script>\n1 <  2\n</script>", "<script>\n1 <  2\n</script>");
        check("<pre> never closed", "<pre> never closed");
    }

    #[test]
    fn comments_go() {
        check("a <!-- b -->c", "a c");
        check("<!--[if IE]> x <![endif]-->a", "<!--[if IE]> x <![endif]-->a");
        check("a <!-- never closed", "a");
        assert_eq!(minified("a <!-- b --> c", true), "a <!-- b --> c");
    }

    #[test]
    fn text_is_no_tag() {
        check("1 <  2 é< 3 <", "1 < 2 é< 3 <");
        check("é<é", "é<é");
        check("<", "<");
    }
}
