//! INI files: sections of keys and texts.
//!
//! `;` and `#` begin comment lines; keys end at the first `=`, or else at the first `:`. Keys above the first section
//! belong to the section `""`.

use super::answer::{self, Outcome};
use super::declare::plain;
use super::parse_fault::{Place, parse_fault};
use crate::value::{Counted, Dict, KeyRef, Value};
use crate::vm::{Call, Native};

pub(super) const NATIVES: &[Native] =
    &[plain("parse_ini(s: string) -> dict", "{section: {key: text}} of an INI text.", parse)];

fn parse(call: &mut Call<'_>) -> Outcome {
    let mut sections = Dict::new();
    let mut current = String::new();
    for (at, line) in call.str(0).lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with([';', '#']) {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            current = name.trim().to_owned();
            section(&mut sections, &current);
            continue;
        }
        let Some((key, value)) = line.split_once('=').or_else(|| line.split_once(':')) else {
            let place = Place { line: Some(at + 1), ..Place::default() };
            let message = format!("INI parse error: expected 'key = value' or '[section]'{place}");
            return Err(parse_fault("INI", message, place));
        };
        if let Some(entries) = section(&mut sections, &current) {
            entries.insert_text(key.trim(), Value::text(value.trim()));
        }
    }
    answer::value(Value::dict(sections))
}

/// The entries of a section, which is made if it is new.
fn section<'a>(sections: &'a mut Dict, name: &str) -> Option<&'a mut Dict> {
    if sections.get_text(name).is_none() {
        sections.insert_text(name, Value::dict(Dict::new()));
    }
    match sections.get_mut(KeyRef::Text(name)) {
        Some(Value::Dict(entries)) => Some(Counted::make_mut(entries)),
        _ => None,
    }
}
