//! Escaping of what templates print: the five characters of `html_escape`, no others.
//!
//! The engine's own escaping also replaces `/`, which makes every address in a page unreadable and protects nothing
//! that quotes don't.

use minijinja::value::ValueKind;
use minijinja::{AutoEscape, Environment, Error, Output, State, Value as View};

use super::calls::is_stand_in;
use crate::stdlib::encoding::{html_escaped, write_html_escaped};

pub(super) fn install(engine: &mut Environment<'static>) {
    engine.set_formatter(print);
    engine.add_filter("escape", escaped);
    engine.add_filter("e", escaped);
}

fn print(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &View) -> Result<(), Error> {
    if is_stand_in(value) {
        return Ok(());
    }
    match value.kind() {
        // The engine writes these as Python does.
        ValueKind::Bool => return Ok(out.write_str(if value.is_true() { "true" } else { "false" })?),
        ValueKind::None => return Ok(out.write_str("none")?),
        _ => {}
    }
    let plain = matches!(value.kind(), ValueKind::Number | ValueKind::Undefined);
    if plain || value.is_safe() || *state.auto_escape() != AutoEscape::Html {
        return minijinja::escape_formatter(out, state, value);
    }
    match value.as_str() {
        Some(text) => Ok(write_html_escaped(text, |part| out.write_str(part))?),
        None => Ok(out.write_str(&html_escaped(&value.to_string()))?),
    }
}

fn escaped(value: View) -> View {
    if value.is_safe() {
        return value;
    }
    View::from_safe_string(html_escaped(&value.to_string()))
}
