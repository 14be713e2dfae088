//! Markdown to HTML (STDLIB section 21).
//!
//! Owns: the options, and which work is long. Finding the colours of code is always long.

mod autolink;
mod code;
mod links;
mod render;

use super::answer::{self, Outcome};
use super::declare::plain;
use super::highlight::palette;
use super::options::Options;
use crate::value::{Fault, Value};
use crate::vm::{Answer, Call, Job, Native, Request};

use code::Colours;
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
    if text.as_str().len() < LONG && rules.colours.is_none() {
        return answer::value(render(text.as_str(), rules));
    }
    Ok(Answer::wait(Request::Compute(Job(Box::new(move || Ok(render(text.as_str(), rules)))))))
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
    "highlight_theme",
    "links",
    "folder",
    "base_url",
];

fn rules(call: &Call<'_>) -> Result<Rules, Fault> {
    let options = call.options(1, OPTIONS)?;
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
        colours: colours(&options)?,
        links: links(&options)?,
    })
}

/// The theme that is written beside the code unless another one is named.
const THEME: &str = "InspiredGitHub";

/// How code gets its colours, if it does.
fn colours(options: &Options<'_>) -> Result<Option<Colours>, Fault> {
    let theme = options.text("highlight_theme")?.unwrap_or(THEME);
    let palette = || palette(theme).map_err(|unknown| options.value_fault("highlight_theme", unknown));
    match options.get("highlight") {
        None | Some(Value::Bool(false)) => Ok(None),
        Some(Value::Text(text)) if text.as_str() == "classes" => Ok(Some(Colours::Classes)),
        Some(Value::Text(text)) if text.as_str() == "inline" => Ok(Some(Colours::Inline(palette()?))),
        Some(other) => Err(match other {
            Value::Text(text) => {
                let text = format!("must be \"classes\", \"inline\" or false, got \"{}\"", text.as_str());
                options.value_fault("highlight", text)
            }
            other => options.unlike("highlight", "string or false", other),
        }),
    }
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
