//! From a Markdown text to HTML, and to the facts about it.
//!
//! The parser gives a flat list of events; each rule is one change of that list, and the last step writes it.

use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, TextMergeStream, html::push_html};
use rustc_hash::FxHashSet;

use super::autolink;
use super::code::Colours;
use super::links::Links;
use crate::stdlib::slug::slug;
use crate::value::{Dict, Value};

/// The options of a rendering, defaults filled in.
#[derive(Debug)]
pub(in crate::stdlib) struct Rules {
    pub(super) tables: bool,
    pub(super) strikethrough: bool,
    pub(super) tasklists: bool,
    pub(super) autolinks: bool,
    pub(super) footnotes: bool,
    pub(super) heading_ids: bool,
    pub(super) raw_html: bool,
    pub(super) smart: bool,
    pub(super) hard_breaks: bool,
    pub(super) heading_anchors: bool,
    pub(super) colours: Option<Colours>,
    pub(super) links: Option<Links>,
}

impl Default for Rules {
    fn default() -> Rules {
        Rules {
            tables: true,
            strikethrough: true,
            tasklists: true,
            autolinks: true,
            footnotes: true,
            heading_ids: true,
            raw_html: true,
            smart: false,
            hard_breaks: false,
            heading_anchors: false,
            colours: None,
            links: None,
        }
    }
}

impl Rules {
    fn extensions(&self) -> Options {
        let mut options = Options::empty();
        options.set(Options::ENABLE_TABLES, self.tables);
        options.set(Options::ENABLE_STRIKETHROUGH, self.strikethrough);
        options.set(Options::ENABLE_TASKLISTS, self.tasklists);
        options.set(Options::ENABLE_FOOTNOTES, self.footnotes);
        options.set(Options::ENABLE_SMART_PUNCTUATION, self.smart);
        options
    }
}

/// A heading, for ids and tables of contents.
struct Heading {
    level: i64,
    id: String,
    text: String,
}

/// A Markdown text as HTML.
pub(in crate::stdlib) fn html(text: &str, rules: &Rules) -> String {
    let mut events = events(text, rules);
    name_headings(&mut events, rules);
    if let Some(links) = &rules.links {
        links.apply(&mut events);
    }
    written(coloured(events, rules), text.len())
}

/// `{html, toc, title, links, images}`, and `targets` if links are changed.
pub(super) fn page(text: &str, rules: &Rules) -> Value {
    let mut events = events(text, rules);
    let headings = name_headings(&mut events, rules);
    let title = headings.iter().find(|heading| heading.level == 1);
    let (links, images) = targets(&events);
    let mut page = Dict::with_capacity(6);
    page.insert_text("html", Value::Null);
    page.insert_text("toc", Value::array(headings.iter().map(entry).collect()));
    page.insert_text("title", title.map_or(Value::Null, |heading| Value::text(heading.text.as_str())));
    page.insert_text("links", links);
    page.insert_text("images", images);
    if let Some(links) = &rules.links {
        page.insert_text("targets", Value::dict(links.apply(&mut events)));
    }
    page.insert_text("html", Value::text(written(coloured(events, rules), text.len())));
    Value::dict(page)
}

fn coloured<'a>(events: Vec<Event<'a>>, rules: &Rules) -> Vec<Event<'a>> {
    match &rules.colours {
        Some(colours) => colours.apply(events),
        None => events,
    }
}

fn written(events: Vec<Event<'_>>, length: usize) -> String {
    let mut html = String::with_capacity(length + length / 2);
    push_html(&mut html, events.into_iter());
    html
}

fn entry(heading: &Heading) -> Value {
    let mut entry = Dict::with_capacity(3);
    entry.insert_text("level", Value::Int(heading.level));
    entry.insert_text("id", Value::text(heading.id.as_str()));
    entry.insert_text("text", Value::text(heading.text.as_str()));
    Value::dict(entry)
}

fn events<'a>(text: &'a str, rules: &'a Rules) -> Vec<Event<'a>> {
    let events = TextMergeStream::new(Parser::new_ext(text, rules.extensions()));
    let events = events.map(|event| match event {
        Event::Html(html) | Event::InlineHtml(html) if !rules.raw_html => Event::Text(html),
        Event::SoftBreak if rules.hard_breaks => Event::HardBreak,
        event => event,
    });
    if rules.autolinks { autolink::link(text, events) } else { events.collect() }
}

/// Gives each heading its id and anchor; the headings in order.
fn name_headings(events: &mut Vec<Event<'_>>, rules: &Rules) -> Vec<Heading> {
    let mut headings = Vec::new();
    let mut names = Names::default();
    let mut anchors = Vec::new();
    for start in 0..events.len() {
        let Event::Start(Tag::Heading { level, .. }) = &events[start] else { continue };
        let level = *level as i64;
        let end = end_of_heading(events, start);
        let text = plain_text(&events[start..end]);
        let id = names.claim(slug(&text, "-"));
        if rules.heading_ids
            && let Event::Start(Tag::Heading { id: own, .. }) = &mut events[start]
        {
            *own = Some(CowStr::from(id.clone()));
        }
        anchors.push((end, id.clone()));
        headings.push(Heading { level, id, text });
    }
    if rules.heading_anchors {
        insert_anchors(events, anchors);
    }
    headings
}

fn end_of_heading(events: &[Event<'_>], start: usize) -> usize {
    let is_end = |event: &Event<'_>| matches!(event, Event::End(TagEnd::Heading(_)));
    events[start..].iter().position(is_end).map_or(events.len(), |length| start + length)
}

fn plain_text(events: &[Event<'_>]) -> String {
    let texts = events.iter().filter_map(|event| match event {
        Event::Text(text) | Event::Code(text) => Some(&**text),
        Event::SoftBreak | Event::HardBreak => Some(" "),
        _ => None,
    });
    texts.collect()
}

/// Puts a link to itself at the end of each heading. `anchors` are positions in ascending order.
fn insert_anchors(events: &mut Vec<Event<'_>>, anchors: Vec<(usize, String)>) {
    let mut with_anchors = Vec::with_capacity(events.len() + anchors.len());
    let mut anchors = anchors.into_iter().peekable();
    for (at, event) in events.drain(..).enumerate() {
        if let Some((_, id)) = anchors.next_if(|(end, _)| *end == at) {
            let link = format!("<a class=\"anchor\" href=\"#{id}\">#</a>");
            with_anchors.push(Event::InlineHtml(link.into()));
        }
        with_anchors.push(event);
    }
    *events = with_anchors;
}

/// Where links and images lead, in order.
fn targets(events: &[Event<'_>]) -> (Value, Value) {
    let (mut links, mut images) = (Vec::new(), Vec::new());
    for event in events {
        match event {
            Event::Start(Tag::Link { dest_url, .. }) => links.push(Value::text(&**dest_url)),
            Event::Start(Tag::Image { dest_url, .. }) => images.push(Value::text(&**dest_url)),
            _ => {}
        }
    }
    (Value::array(links), Value::array(images))
}

/// Ids that were given out: a repeated one gets `-1`, `-2` and so on.
#[derive(Default)]
struct Names {
    taken: FxHashSet<String>,
    repeats: rustc_hash::FxHashMap<String, usize>,
}

impl Names {
    fn claim(&mut self, wanted: String) -> String {
        if self.taken.insert(wanted.clone()) {
            return wanted;
        }
        // The counter goes on where it stopped, or many equal headings would take quadratic time.
        let repeats = self.repeats.entry(wanted.clone()).or_default();
        loop {
            *repeats += 1;
            let name = format!("{wanted}-{repeats}");
            if self.taken.insert(name.clone()) {
                return name;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Rules, html};

    fn check(text: &str, expect: &str) {
        assert_eq!(html(text, &Rules::default()), expect);
    }

    #[test]
    fn headings_have_ids() {
        check("# A *b*\n", "<h1 id=\"a-b\">A <em>b</em></h1>\n");
        check("# A\n# A\n", "<h1 id=\"a\">A</h1>\n<h1 id=\"a-1\">A</h1>\n");
    }

    #[test]
    fn addresses_become_links() {
        check(
            "see https://a.b/c?d=1.\n",
            "<p>see <a href=\"https://a.b/c?d=1\">https://a.b/c?d=1</a>.</p>\n",
        );
        check("`https://a.b`\n", "<p><code>https://a.b</code></p>\n");
        check("[x https://a.b](c)\n", "<p><a href=\"c\">x https://a.b</a></p>\n");
        check("(www.a.b)\n", "<p>(<a href=\"http://www.a.b\">www.a.b</a>)</p>\n");
    }

    #[test]
    fn rules_change_the_text() {
        let off = Rules { raw_html: false, hard_breaks: true, heading_anchors: true, ..Rules::default() };
        assert_eq!(html("a\n<b>\n", &off), "<p>a<br />\n&lt;b&gt;</p>\n");
        assert_eq!(html("# A", &off), "<h1 id=\"a\">A<a class=\"anchor\" href=\"#a\">#</a></h1>\n");
    }
}
