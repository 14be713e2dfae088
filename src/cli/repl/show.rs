//! How values, lists of variables and rejections are shown.

use crate::cli::{Exit, paint};
use crate::engine::{Error, Failure, Repl, Value};

/// As much of a value is shown in lists.
const SHOWN: usize = 60;

/// `=> ` and the value; null shows nothing. How the input ended.
pub(super) fn value(value: &Value, repl: &Repl) -> Exit {
    if matches!(value, Value::Null) {
        return Exit::Success;
    }
    match repl.inspect(value) {
        Ok(text) => {
            paint::out(&format!("=> {text}\n"));
            Exit::Success
        }
        Err(problem) => {
            paint::engine_error(&problem, Some(repl.program()), "");
            Exit::of(&problem)
        }
    }
}

/// Rejections that nothing awaited.
pub(super) fn unawaited(list: &[Failure], repl: &Repl) {
    if !list.is_empty() {
        paint::engine_error(&Error::Unawaited(list.to_vec()), Some(repl.program()), "");
    }
}

/// The variables and functions, a line each.
pub(super) fn variables(repl: &Repl) {
    let bindings = repl.bindings();
    if bindings.is_empty() {
        return paint::out("nothing was declared yet\n");
    }
    let width = bindings.iter().map(|binding| binding.name.chars().count()).max().unwrap_or(0);
    for binding in bindings {
        let text = repl.inspect(binding.value).unwrap_or_else(|_| "...".to_owned());
        let kind = repl.type_of(binding.value);
        paint::out(&format!("{:<6} {:<width$}  {kind}  {}\n", binding.binding, binding.name, cut(&text)));
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}
