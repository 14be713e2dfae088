//! Links between the documents of a folder tree become addresses of the site that is made of them.
//!
//! Owns: which links are meant (relative ones to documents and files that have an address, and those from the root of the
//! site), and which names were looked up, so that a build can tell whether a page would still get the same links.

use std::borrow::Cow;

use pulldown_cmark::{CowStr, Event, LinkType, Tag};

use crate::stdlib::encoding::url_decoded;
use crate::stdlib::path::normalized;
use crate::value::{Counted, Dict, Value};

/// Where links lead: options `links`, `folder` and `base_url`.
#[derive(Debug)]
pub(in crate::stdlib) struct Links {
    /// Addresses by the names of files.
    pub(super) addresses: Counted<Dict>,
    /// Where the document lies among these names.
    pub(super) folder: String,
    /// What stands before links that begin with `/`.
    pub(super) base_url: String,
}

impl Links {
    /// Changes the links and images; gives what each name that was looked up led to, null for nothing.
    pub(super) fn apply(&self, events: &mut [Event<'_>]) -> Dict {
        let mut seen = Dict::new();
        for event in events {
            let target = match event {
                Event::Start(Tag::Link { link_type: LinkType::Email, .. }) => continue,
                Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => dest_url,
                _ => continue,
            };
            if let Some(address) = self.address(target, &mut seen) {
                *target = CowStr::from(address);
            }
        }
        seen
    }

    fn address(&self, link: &str, seen: &mut Dict) -> Option<String> {
        if link.starts_with('#') || is_foreign(link) {
            return None;
        }
        if link.starts_with('/') {
            return (!self.base_url.is_empty()).then(|| format!("{}{link}", self.base_url));
        }
        let (file, rest) = link.split_at(link.find(['?', '#']).unwrap_or(link.len()));
        if file.is_empty() {
            return None;
        }
        let file = url_decoded(file, false).map_or(Cow::Borrowed(file), Cow::Owned);
        let name = match self.folder.as_str() {
            "" => normalized(&file),
            folder => normalized(&format!("{folder}/{file}")),
        };
        let found = self.addresses.get_text(&name);
        seen.insert_text(&name, found.cloned().unwrap_or(Value::Null));
        match found {
            Some(Value::Text(address)) => Some(format!("{}{rest}", address.as_str())),
            _ => None,
        }
    }
}

/// Whether a link begins with a scheme or names another host.
fn is_foreign(link: &str) -> bool {
    let scheme = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '.' | '-'))
    };
    link.starts_with("//") || link.split_once(':').is_some_and(|(head, _)| scheme(head))
}
