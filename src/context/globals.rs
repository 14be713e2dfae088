//! Module-level variables as one context sees them (LANGUAGE 10.4).
//!
//! The main context owns them. Every other context has a view: copies of those that its code names, made when it was
//! created. Views are shared between contexts, and kept by the owner until a variable changes, so that creating many
//! contexts costs one view.

use crate::bytecode::FunctionId;
use crate::value::{Counted, Value};

/// Module-level variables.
#[derive(Clone, Debug)]
pub enum Globals {
    /// The owner's variables; `Unset` before their declaration ran.
    Own {
        /// The variables by index.
        values: Vec<Value>,
        /// The views made since the last change, by the function they were made for.
        views: Vec<(FunctionId, Counted<Vec<Value>>)>,
    },
    /// Another context's copies, `Unset` where its code names none. Read-only.
    View(Counted<Vec<Value>>),
}

impl Default for Globals {
    fn default() -> Globals {
        Globals::View(Counted::default())
    }
}

impl Globals {
    /// The owner's variables, `count` of them, all unset.
    pub fn own(count: usize) -> Globals {
        Globals::Own { values: vec![Value::Unset; count], views: Vec::new() }
    }

    /// A variable; `Unset` if it has no value here.
    pub fn get(&self, index: u32) -> &Value {
        let values = match self {
            Globals::Own { values, .. } => values,
            Globals::View(values) => &**values,
        };
        values.get(index as usize).unwrap_or(&Value::Unset)
    }

    /// A variable for changing, or `None` in a view. Views made so far are dropped, so that they neither show the
    /// change nor make it a copy.
    pub fn get_mut(&mut self, index: u32) -> Option<&mut Value> {
        match self {
            Globals::Own { values, views } => {
                views.clear();
                values.get_mut(index as usize)
            }
            Globals::View(_) => None,
        }
    }

    /// What a new context that runs `function` gets: copies of the variables `named` by its code.
    pub fn view_for(&mut self, function: FunctionId, named: &[u32]) -> Counted<Vec<Value>> {
        match self {
            Globals::View(values) => values.clone(),
            Globals::Own { .. } if named.is_empty() => Counted::default(),
            Globals::Own { values, views } => {
                if let Some((_, view)) = views.iter().find(|(made_for, _)| *made_for == function) {
                    return view.clone();
                }
                let last = named.last().map_or(0, |&last| last as usize + 1);
                let mut copies = vec![Value::Unset; last];
                for &index in named {
                    copies[index as usize] = values[index as usize].clone();
                }
                let view = Counted::new(copies);
                views.push((function, view.clone()));
                view
            }
        }
    }
}
