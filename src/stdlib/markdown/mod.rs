//! Markdown to HTML (STDLIB section 21).
//!
//! Owns: the options, and which work is long. Code is not highlighted yet: `highlight` only accepts false.

mod autolink;
mod links;
mod render;

use super::answer::{self, Outcome};
use super::declare::plain;
use super::options::Options;
use crate::value::{ErrorKind, Fault, Value};
use crate::vm::{Answer, Call, Job, Native, Request};

use links::Links;
pub(super) use render::{Rules, html};

/// Texts beyond this many bytes are rendered off the workers, so that no other context waits for them (R9).
const LONG: usize = 64 << 10;

pub(super) const NATIVES: &[Native] = &[
    plain("markdown_to_html(text: string, opts: dict = {}) -> string", "Markdown as HTML.", |call| {
        rendered(call, |text, rules| Value::text(html(text, &rules)))
    }),
    plain(
        "markdown_render(text: string, opts: dict = {}) -> dict",
        "{html, toc, title, links, images} of a Markdown text.",
        |call| rendered(call, |text, rules| render::page(text, &rules)),
    ),
];

fn rendered(call: &mut Call<'_>, render: fn(&str, Rules) -> Value) -> Outcome {
    let rules = rules(call)?;
    let text = call.text(0).clone();
    if text.as_str().len() < LONG {
        return answer::value(render(text.as_str(), rules));
    }
    Ok(Answer::Wait(Request::Compute(Job(Box::new(move || Ok(render(text.as_str(), rules)))))))
}

const OPTIONS: &[&str] = &[
    "tables",
    "strikethrough",
    "tasklists",
    "autolinks",
    "footnotes",
    "heading_ids",
    "raw_html",
    "smart",
    "hard_breaks",
    "heading_anchors",
    "highlight",
    "links",
    "folder",
    "base_url",
];

fn rules(call: &Call<'_>) -> Result<Rules, Fault> {
    let options = call.options(1, OPTIONS)?;
    if options.get("highlight").is_some_and(|value| !matches!(value, Value::Bool(false))) {
        let message = format!("{}: highlighting of code is not available; use highlight: false", call.name);
        return Err(Fault::new(ErrorKind::UnsupportedError, message));
    }
    Ok(Rules {
        tables: options.bool("tables", true)?,
        strikethrough: options.bool("strikethrough", true)?,
        tasklists: options.bool("tasklists", true)?,
        autolinks: options.bool("autolinks", true)?,
        footnotes: options.bool("footnotes", true)?,
        heading_ids: options.bool("heading_ids", true)?,
        raw_html: options.bool("raw_html", true)?,
        smart: options.bool("smart", false)?,
        hard_breaks: options.bool("hard_breaks", false)?,
        heading_anchors: options.bool("heading_anchors", false)?,
        links: links(&options)?,
    })
}

/// Where links lead, if the caller says anything about that.
fn links(options: &Options<'_>) -> Result<Option<Links>, Fault> {
    let given = ["links", "folder", "base_url"].iter().any(|key| options.get(key).is_some());
    let links = Links {
        addresses: options.dict("links")?.cloned().unwrap_or_default(),
        folder: options.text("folder")?.unwrap_or_default().to_owned(),
        base_url: options.text("base_url")?.unwrap_or_default().to_owned(),
    };
    Ok(given.then_some(links))
}
