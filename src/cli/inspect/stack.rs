//! `ruff inspect`: one context with its calls and their variables.

use std::fmt::Write;

use serde_json::Value as Json;

use super::{count, duration, place, text, wanted};

/// The whole answer as people read it.
pub(super) fn text_of(context: &Json) -> String {
    let mut out = format!("context {}  {}", count(context, "id"), text(context, "state"));
    if let Some(ms) = context["since_ms"].as_f64() {
        let _ = write!(out, " for {}", duration(ms));
    }
    let waits_for = wanted(context);
    if !waits_for.is_empty() {
        let _ = write!(out, ", waits for {waits_for}");
    }
    out.push('\n');
    if let Some(why) = context["hidden"].as_str() {
        let _ = writeln!(out, "  {why}");
    }
    for call in list(&context["calls"]) {
        let _ = writeln!(out, "  at {} ({})", text(call, "function"), place(call));
        variables(&call["variables"], &mut out);
    }
    if context["created"].is_object() {
        let created = &context["created"];
        let _ = writeln!(out, "  created at {} ({})", text(created, "function"), place(created));
    }
    if !list(&context["module"]).is_empty() {
        out.push_str("  module-level variables\n");
        variables(&context["module"], &mut out);
    }
    out
}

fn variables(variables: &Json, out: &mut String) {
    for variable in list(variables) {
        let _ = writeln!(out, "      {} = {}", text(variable, "name"), text(variable, "value"));
    }
}

fn list(json: &Json) -> &[Json] {
    json.as_array().map(Vec::as_slice).unwrap_or_default()
}
