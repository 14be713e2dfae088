//! Code as pieces of one class each, and how they are written.

use std::fmt::Write as _;

use super::class::Class;
use super::theme::Palette;
use crate::stdlib::encoding::html_escaped;

/// The pieces of a text in order; neighbours differ in class.
#[derive(Debug, Default)]
pub(super) struct Pieces<'a> {
    list: Vec<(Option<Class>, Vec<&'a str>)>,
}

impl<'a> Pieces<'a> {
    /// Adds a piece.
    pub(super) fn add(&mut self, class: Option<Class>, text: &'a str) {
        if text.is_empty() {
            return;
        }
        match self.list.last_mut() {
            Some((last, texts)) if *last == class => texts.push(text),
            _ => self.list.push((class, vec![text])),
        }
    }

    /// HTML with classes, or with the colours of a theme.
    pub(super) fn html(&self, palette: Option<&Palette>) -> String {
        let mut html = String::new();
        for (class, texts) in &self.list {
            let text = html_escaped(&texts.concat());
            let attribute = class.and_then(|class| match palette {
                None => Some(format!("class=\"{}\"", class.name())),
                Some(palette) => palette.declarations(class).map(|rules| format!("style=\"{rules}\"")),
            });
            match attribute {
                Some(attribute) => _ = write!(html, "<span {attribute}>{text}</span>"),
                None => html.push_str(&text),
            }
        }
        html
    }
}
