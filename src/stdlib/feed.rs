//! Feeds and sitemaps (STDLIB section 21): RSS 2.0, Atom 1.0, sitemaps.org.
//!
//! Invariant: every text is escaped, and characters that XML cannot hold are left out, so that the result is well-formed
//! whatever the fields hold.

use super::answer::{self, Outcome};
use super::date::{iso, mail, moment};
use super::declare::plain;
use super::encoding::html_escaped;
use crate::value::{Dict, Fault, Value};
use crate::vm::{Call, Native};

pub(super) const NATIVES: &[Native] = &[
    plain(
        "rss_feed(channel: dict, items: array) -> string",
        "RSS 2.0. The channel has title, link, description, language, updated; items have title, link, description, date, guid, author, categories.",
        rss,
    )
    .shows(),
    plain(
        "atom_feed(feed: dict, entries: array) -> string",
        "Atom 1.0. The feed has title, link, id, subtitle, updated, author; entries have title, link, id, updated, summary, content, author.",
        atom,
    )
    .shows(),
    plain(
        "sitemap_xml(urls: array) -> string",
        "A sitemap of addresses, or of dicts with loc, lastmod, changefreq, priority.",
        sitemap,
    )
    .shows(),
];

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// A document under construction.
struct Xml<'a> {
    call: &'a Call<'a>,
    out: String,
}

impl Xml<'_> {
    /// An element with a text.
    fn element(&mut self, name: &str, text: &str) {
        let held = |c: &char| {
            matches!(c, '\t' | '\n' | '\r') || !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}')
        };
        let text = html_escaped(&text.chars().filter(held).collect::<String>());
        self.out.push_str(&format!("<{name}>{text}</{name}>\n"));
    }

    /// An element with a field, if that is there.
    fn field(&mut self, name: &str, from: &Dict, field: &str) -> Result<bool, Fault> {
        let Some(text) = self.text(from, field)? else { return Ok(false) };
        self.element(name, &text);
        Ok(true)
    }

    /// The display form of a field; absent and null are `None`.
    fn text(&self, from: &Dict, field: &str) -> Result<Option<String>, Fault> {
        match from.get_text(field) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => self.call.display(value).map(Some),
        }
    }

    fn required(&self, from: &Dict, what: &str, field: &str) -> Result<String, Fault> {
        let missing = || self.call.value_fault(format!("{what} has no field '{field}'"));
        self.text(from, field)?.ok_or_else(missing)
    }

    /// A time as a number or ISO text, in the form of `write`.
    fn time(
        &self,
        from: &Dict,
        field: &str,
        write: fn(&jiff::Zoned) -> String,
    ) -> Result<Option<String>, Fault> {
        match from.get_text(field) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => Ok(Some(write(&moment(self.call, value)?))),
        }
    }
}

/// An item of the second argument as a dict, and what messages call it.
fn dict_of<'v>(call: &Call<'_>, parameter: &str, item: &'v Value) -> Result<&'v Dict, Fault> {
    match item {
        Value::Dict(dict) => Ok(dict),
        other => Err(call.type_fault(parameter, "array of dicts", other)),
    }
}

fn rss(call: &mut Call<'_>) -> Outcome {
    let (channel, items) = (call.dict(0).clone(), call.array(1).clone());
    let mut xml = Xml { call, out: format!("{HEAD}<rss version=\"2.0\">\n<channel>\n") };
    for field in ["title", "link", "description"] {
        let text = xml.required(&channel, "the channel", field)?;
        xml.element(field, &text);
    }
    xml.field("language", &channel, "language")?;
    if let Some(time) = xml.time(&channel, "updated", mail)? {
        xml.element("lastBuildDate", &time);
    }
    for (at, item) in items.iter().enumerate() {
        let item = dict_of(xml.call, "items", item)?;
        rss_item(&mut xml, at, item)?;
    }
    xml.out.push_str("</channel>\n</rss>\n");
    answer::text(xml.out)
}

fn rss_item(xml: &mut Xml<'_>, at: usize, item: &Dict) -> Result<(), Fault> {
    xml.out.push_str("<item>\n");
    let titled = xml.field("title", item, "title")?;
    xml.field("link", item, "link")?;
    if !xml.field("description", item, "description")? && !titled {
        return Err(xml.call.value_fault(format!("item {at} has no field 'title'")));
    }
    xml.field("author", item, "author")?;
    if let Some(Value::Array(categories)) = item.get_text("categories") {
        for category in categories.iter() {
            let category = xml.call.display(category)?;
            xml.element("category", &category);
        }
    }
    // An address is the same item for ever; anything else says that it is no address.
    match (xml.text(item, "guid")?, xml.text(item, "link")?) {
        (Some(guid), _) => {
            let start = xml.out.len();
            xml.element("guid", &guid);
            xml.out.replace_range(start..start + 6, "<guid isPermaLink=\"false\">");
        }
        (None, Some(link)) => xml.element("guid", &link),
        (None, None) => {}
    }
    if let Some(time) = xml.time(item, "date", mail)? {
        xml.element("pubDate", &time);
    }
    xml.out.push_str("</item>\n");
    Ok(())
}

fn atom(call: &mut Call<'_>) -> Outcome {
    let (feed, entries) = (call.dict(0).clone(), call.array(1).clone());
    let mut xml = Xml { call, out: format!("{HEAD}<feed xmlns=\"http://www.w3.org/2005/Atom\">\n") };
    // Without a time of its own the feed is as new as its newest entry.
    let mut newest = xml.time(&feed, "updated", iso)?;
    if newest.is_none() {
        for entry in entries.iter() {
            newest = newest.max(xml.time(dict_of(xml.call, "entries", entry)?, "updated", iso)?);
        }
    }
    let newest = newest.ok_or_else(|| xml.call.value_fault("the feed has no field 'updated'"))?;
    atom_head(&mut xml, "the feed", &feed, &newest)?;
    xml.field("subtitle", &feed, "subtitle")?;
    for (at, entry) in entries.iter().enumerate() {
        let (what, entry) = (format!("entry {at}"), dict_of(xml.call, "entries", entry)?);
        let updated = xml.time(entry, "updated", iso)?;
        let updated =
            updated.ok_or_else(|| xml.call.value_fault(format!("{what} has no field 'updated'")))?;
        xml.out.push_str("<entry>\n");
        atom_head(&mut xml, &what, entry, &updated)?;
        xml.field("summary", entry, "summary")?;
        if let Some(content) = xml.text(entry, "content")? {
            let start = xml.out.len();
            xml.element("content", &content);
            xml.out.replace_range(start..start + 9, "<content type=\"html\">");
        }
        xml.out.push_str("</entry>\n");
    }
    xml.out.push_str("</feed>\n");
    answer::text(xml.out)
}

/// What feeds and entries have alike.
fn atom_head(xml: &mut Xml<'_>, what: &str, from: &Dict, updated: &str) -> Result<(), Fault> {
    let (title, link) = (xml.required(from, what, "title")?, xml.required(from, what, "link")?);
    xml.element("title", &title);
    let id = xml.text(from, "id")?.unwrap_or_else(|| link.clone());
    xml.element("id", &id);
    xml.out.push_str(&format!("<link href=\"{}\"/>\n", html_escaped(&link)));
    xml.element("updated", updated);
    if let Some(author) = xml.text(from, "author")? {
        xml.out.push_str("<author>\n");
        xml.element("name", &author);
        xml.out.push_str("</author>\n");
    }
    Ok(())
}

fn sitemap(call: &mut Call<'_>) -> Outcome {
    let urls = call.array(0).clone();
    let mut xml =
        Xml { call, out: format!("{HEAD}<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n") };
    for (at, url) in urls.iter().enumerate() {
        xml.out.push_str("<url>\n");
        match url {
            Value::Text(address) => xml.element("loc", address.as_str()),
            Value::Dict(url) => {
                let address = xml.required(url, &format!("url {at}"), "loc")?;
                xml.element("loc", &address);
                if let Some(time) = xml.time(url, "lastmod", iso)? {
                    xml.element("lastmod", &time);
                }
                xml.field("changefreq", url, "changefreq")?;
                xml.field("priority", url, "priority")?;
            }
            other => return Err(xml.call.type_fault("urls", "array of strings or dicts", other)),
        }
        xml.out.push_str("</url>\n");
    }
    xml.out.push_str("</urlset>\n");
    answer::text(xml.out)
}
