//! Template engines: made, kept and used.
//!
//! A thread keeps the templates it compiled last, at most `KEPT` of them: rendering one text for a thousand pages compiles
//! it once per worker. Natives know no globals, and a cache changes no result; it is per thread so that it needs no lock.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use minijinja::value::Rest;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, State, UndefinedBehavior, Value as View};

use super::{escape, filters};
use crate::value::{Counted, Dict, Text, Value};

/// The name of the template whose text was given.
pub(super) const MAIN: &str = "<template>";
/// How many compiled templates a thread keeps.
const KEPT: usize = 64;

/// The options that change what a template does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rules {
    pub(super) autoescape: bool,
    /// The name of the template, if it has one: then each template is escaped as its name says.
    pub(super) name: Option<String>,
    /// The names of the caller's filters, which are variables of the template.
    pub(super) filters: Vec<String>,
    /// Whether an undefined variable is an error.
    pub(super) strict: bool,
}

impl Rules {
    fn name(&self) -> &str {
        self.name.as_deref().unwrap_or(MAIN)
    }
}

/// A template that a rendering needs and that was not read yet.
#[derive(Debug)]
pub(super) struct Missing(String);

impl Missing {
    /// The name, if this is what the error is about.
    pub(super) fn named_by(error: &Error) -> Option<String> {
        let mut source = std::error::Error::source(error);
        while let Some(error) = source {
            if let Some(Missing(name)) = error.downcast_ref() {
                return Some(name.clone());
            }
            source = error.source();
        }
        None
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "template {} is not loaded", self.0)
    }
}

impl std::error::Error for Missing {}

struct Kept {
    source: Text,
    rules: Rules,
    loaded: Counted<Dict>,
    engine: Rc<Environment<'static>>,
}

thread_local! {
    /// The templates compiled last, the latest first.
    static COMPILED: RefCell<Vec<Kept>> = const { RefCell::new(Vec::new()) };
}

/// Renders a template; `loaded` are those that it may extend or include, by name.
pub(super) fn render(
    source: &Text,
    rules: &Rules,
    loaded: &Counted<Dict>,
    vars: View,
) -> Result<String, Error> {
    let engine = match COMPILED.with_borrow_mut(|kept| find(kept, source, rules, loaded)) {
        Some(engine) => engine,
        None => {
            let engine = Rc::new(engine(source, rules, loaded.clone())?);
            let entry = Kept {
                source: source.clone(),
                rules: rules.clone(),
                loaded: loaded.clone(),
                engine: engine.clone(),
            };
            COMPILED.with_borrow_mut(|kept| {
                kept.truncate(KEPT - 1);
                kept.insert(0, entry);
            });
            engine
        }
    };
    engine.get_template(rules.name())?.render(vars)
}

/// A kept template, which becomes the latest.
fn find(
    kept: &mut [Kept],
    source: &Text,
    rules: &Rules,
    loaded: &Counted<Dict>,
) -> Option<Rc<Environment<'static>>> {
    let is_it = |entry: &Kept| {
        entry.rules == *rules && same_text(&entry.source, source) && same_texts(&entry.loaded, loaded)
    };
    let at = kept.iter().position(is_it)?;
    kept[..=at].rotate_right(1);
    Some(kept[0].engine.clone())
}

/// Whether two dicts hold the same templates. Copies of one text are told by their address.
fn same_texts(one: &Counted<Dict>, other: &Counted<Dict>) -> bool {
    let same = |a: &Value, b: &Value| match (a, b) {
        (Value::Text(a), Value::Text(b)) => same_text(a, b),
        (Value::Null, Value::Null) => true,
        _ => false,
    };
    Counted::same(one, other)
        || one.len() == other.len() && one.iter().zip(other.iter()).all(|(a, b)| a.0 == b.0 && same(a.1, b.1))
}

fn same_text(one: &Text, other: &Text) -> bool {
    Text::same(one, other) || one == other
}

fn engine(source: &Text, rules: &Rules, loaded: Counted<Dict>) -> Result<Environment<'static>, Error> {
    let mut engine = Environment::new();
    let (autoescape, by_name) = (rules.autoescape, rules.name.is_some());
    engine.set_auto_escape_callback(move |name| {
        let escapes = if by_name { is_markup(name) } else { autoescape };
        if escapes { AutoEscape::Html } else { AutoEscape::None }
    });
    if rules.strict {
        engine.set_undefined_behavior(UndefinedBehavior::Strict);
    }
    escape::install(&mut engine);
    filters::install(&mut engine);
    for name in &rules.filters {
        let variable = filter_variable(name);
        engine.add_filter(name.clone(), move |state: &mut State<'_, '_>, args: Rest<View>| {
            match state.lookup(&variable) {
                Some(filter) => filter.call(state, &args),
                None => Err(Error::new(
                    ErrorKind::InvalidOperation,
                    "a macro that uses filters of the script is imported `with context`",
                )),
            }
        });
    }
    let loaded = Arc::new(loaded);
    engine.set_loader(move |name| load(&loaded, name));
    engine.add_template_owned(rules.name().to_owned(), source.as_str().to_owned())?;
    Ok(engine)
}

/// The variable that holds a filter of the caller; no template can name it.
pub(super) fn filter_variable(name: &str) -> String {
    format!(" filter {name}")
}

/// Whether a template of this name makes HTML or XML.
fn is_markup(name: &str) -> bool {
    [".html", ".htm", ".xml"].iter().any(|ending| name.ends_with(ending))
}

/// Null stands for a template that does not exist, which `ignore missing` may accept.
fn load(loaded: &Dict, name: &str) -> Result<Option<String>, Error> {
    match loaded.get_text(name) {
        Some(Value::Text(text)) => Ok(Some(text.as_str().to_owned())),
        Some(_) => Ok(None),
        None => {
            let error = Error::new(ErrorKind::InvalidOperation, "template is not loaded");
            Err(error.with_source(Missing(name.to_owned())))
        }
    }
}
