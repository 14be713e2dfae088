//! Variables that are HTML already: the option `safe`.
//!
//! Owns: what a template sees in their places. The texts themselves stay texts like others; that they are safe is known only
//! to the template that was told so.

use std::sync::Arc;

use minijinja::Value as View;
use minijinja::value::{Enumerator, Object, ValueKind};

/// Where a text is: the names that lead to it from the variables.
type Path = Vec<String>;

/// The variables with the texts at these paths, `a.b` each, as HTML.
pub(super) fn marked(vars: View, paths: &[String]) -> View {
    let parts = |path: &String| path.split('.').map(str::to_owned).collect();
    below(vars, paths.iter().map(parts).collect())
}

fn below(value: View, paths: Vec<Path>) -> View {
    match value.kind() {
        ValueKind::Map if !paths.is_empty() => View::from_object(Marked { value, paths }),
        ValueKind::String if paths.iter().any(Vec::is_empty) => {
            View::from_safe_string(value.as_str().unwrap_or_default().to_owned())
        }
        _ => value,
    }
}

/// A dict with such texts in it.
#[derive(Debug)]
struct Marked {
    value: View,
    paths: Vec<Path>,
}

impl Object for Marked {
    fn get_value(self: &Arc<Self>, key: &View) -> Option<View> {
        let value = self.value.get_item(key).ok().filter(|value| !value.is_undefined())?;
        let inside = self.paths.iter().filter(|path| path.first().map(String::as_str) == key.as_str());
        let rest = inside.filter(|path| !path.is_empty()).map(|path| path[1..].to_vec()).collect();
        Some(below(value, rest))
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.value.try_iter().into_iter().flatten().collect())
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        self.value.len()
    }
}
