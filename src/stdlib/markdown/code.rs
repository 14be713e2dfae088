//! Blocks of code get colours.

use pulldown_cmark::{CodeBlockKind, Event, Tag, TagEnd};

use crate::stdlib::encoding::html_escaped;
use crate::stdlib::highlight::{Palette, highlighted};

/// How code gets its colours.
#[derive(Debug)]
pub(in crate::stdlib) enum Colours {
    /// By classes, for a style sheet.
    Classes,
    /// Written beside the code.
    Inline(Palette),
}

impl Colours {
    fn palette(&self) -> Option<&Palette> {
        match self {
            Colours::Classes => None,
            Colours::Inline(palette) => Some(palette),
        }
    }

    /// Replaces blocks of code by their HTML.
    pub(super) fn apply<'a>(&self, events: Vec<Event<'a>>) -> Vec<Event<'a>> {
        let mut changed = Vec::with_capacity(events.len());
        let mut events = events.into_iter();
        while let Some(event) = events.next() {
            let Event::Start(Tag::CodeBlock(kind)) = event else {
                changed.push(event);
                continue;
            };
            let mut code = String::new();
            for event in events.by_ref() {
                match event {
                    Event::Text(text) => code.push_str(&text),
                    Event::End(TagEnd::CodeBlock) => break,
                    _ => {}
                }
            }
            changed.push(Event::Html(self.block(&kind, &code).into()));
        }
        changed
    }

    fn block(&self, kind: &CodeBlockKind<'_>, code: &str) -> String {
        let info = match kind {
            CodeBlockKind::Fenced(info) => info.as_ref(),
            CodeBlockKind::Indented => "",
        };
        let first = info.split(' ').next().unwrap_or_default();
        let language = first.split([',', '{']).next().unwrap_or_default();
        let class = match first {
            "" => String::new(),
            first => format!(" class=\"language-{}\"", html_escaped(first)),
        };
        let ground =
            self.palette().map(|palette| format!(" style=\"{}\"", palette.ground())).unwrap_or_default();
        let code = match language {
            "" => html_escaped(code),
            language => highlighted(code, language, self.palette()),
        };
        format!("<pre class=\"highlight\"{ground}><code{class}>{code}</code></pre>\n")
    }
}
