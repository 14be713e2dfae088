//! Module-level variables as one context sees them (LANGUAGE 10.4).
//!
//! The main context owns them. Every other context has a view: copies of those that its code names, made when it was
//! created. Views are shared between contexts, and kept by the owner until a variable changes, so that creating many
//! contexts costs one view.

use super::Cells;
use super::rewrite::Rewrite;
use crate::bytecode::FunctionId;
use crate::value::{Body, CellRef, Counted, References, Value};

/// Module-level variables.
#[derive(Clone, Debug, Default)]
pub enum Globals {
    /// A context whose code names none.
    #[default]
    None,
    /// The owner's variables; `Unset` before their declaration ran.
    Own {
        /// The variables by index.
        values: Vec<Value>,
        /// The views made since the last change, by the function they were made for.
        views: Vec<(FunctionId, Counted<View>)>,
    },
    /// Another context's copies. Read-only.
    View(Counted<View>),
}

/// Copies of module-level variables.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// The variables by index, `Unset` where the context's code names none. Later ones are left out.
    pub values: Vec<Value>,
    /// Whether there are functions with shared variables in them. Then the view belongs to one context, else any may
    /// share it.
    pub holds_cells: bool,
}

impl View {
    /// A view of these variables. Linear in their values: it looks for functions with shared variables.
    pub fn new(values: Vec<Value>) -> View {
        let mut holds_cells = false;
        let mut rewrite = Rewrite::default();
        for value in &values {
            let mut note = |cell: &CellRef| {
                holds_cells = true;
                cell.clone()
            };
            rewrite.value(value, &mut note);
        }
        View { values, holds_cells }
    }
}

impl Body for View {
    const NESTS: bool = true;

    fn each_value(&mut self, visit: impl FnMut(&mut Value)) {
        self.values.iter_mut().for_each(visit);
    }
}

impl Globals {
    /// The owner's variables, `count` of them, all unset.
    pub fn own(count: usize) -> Globals {
        Globals::Own { values: vec![Value::Unset; count], views: Vec::new() }
    }

    /// Room for `count` variables of the owner; new ones are unset.
    pub fn grow(&mut self, count: usize) {
        match self {
            Globals::Own { values, .. } if values.len() >= count => {}
            Globals::Own { values, .. } => values.resize(count, Value::Unset),
            Globals::None | Globals::View(_) => *self = Globals::own(count),
        }
    }

    /// A variable; `Unset` if it has no value here.
    pub fn get(&self, index: u32) -> &Value {
        let values: &[Value] = match self {
            Globals::None => &[],
            Globals::Own { values, .. } => values,
            Globals::View(view) => &view.values,
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
            Globals::View(_) | Globals::None => None,
        }
    }

    /// The references to handles in them. What several contexts view is left out.
    pub(crate) fn refer(&self, references: &mut References) {
        let values: &[Value] = match self {
            Globals::Own { values, .. } => values,
            Globals::View(view) if view.is_unique() => &view.values,
            Globals::View(_) | Globals::None => &[],
        };
        values.iter().for_each(|value| references.value(value));
    }

    /// Copies of the variables `named` by the code of `function` (ascending), for a new context. The variables that
    /// functions in them share are still this context's, whose `cells` they are: `Context::child` carries them over.
    pub(super) fn view_for(&mut self, function: FunctionId, named: &[u32], cells: &Cells) -> Globals {
        match self {
            _ if named.is_empty() => Globals::None,
            Globals::None => Globals::None,
            Globals::View(view) => Globals::View(view.clone()),
            Globals::Own { values, views } => {
                if let Some((_, view)) = views.iter().find(|(made_for, _)| *made_for == function) {
                    return Globals::View(view.clone());
                }
                let copies = copies(values, named);
                // Without cells anywhere there is no need to look for them.
                let plain = cells.is_empty();
                let view =
                    if plain { View { values: copies, holds_cells: false } } else { View::new(copies) };
                let view = Counted::new(view);
                views.push((function, view.clone()));
                Globals::View(view)
            }
        }
    }
}

fn copies(values: &[Value], named: &[u32]) -> Vec<Value> {
    let mut copies = vec![Value::Unset; named.last().map_or(0, |&last| last as usize + 1)];
    for &index in named {
        if let Some(value) = values.get(index as usize) {
            copies[index as usize] = value.clone();
        }
    }
    copies
}
