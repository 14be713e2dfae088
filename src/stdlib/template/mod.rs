//! Templates in the language of Jinja2 (STDLIB section 21).
//!
//! Owns: options, errors, and which work is long. Does not: read files. Where a template extends or includes one that is
//! not at hand, the answer is `Some(name)`; `prelude/template.ruff` reads it, behind the right that reading needs, and
//! asks again.
//! Compiled templates are kept by each thread (`compiled.rs`): that is invisible but for the time it saves.

mod calls;
mod compiled;
mod escape;
mod filters;
mod safe;
mod view;

use std::sync::Arc;

use minijinja::{Error, ErrorKind as Kind};

use super::answer::{self, Outcome};
use super::declare::{by_prelude, plain};
use super::options::Options;
use super::parse_fault::{Place, parse_fault};
use crate::value::{Counted, Dict, ErrorKind, Fault, Text, Value};
use crate::vm::{Answer, Call, Capability, Job, Native, Request};
use compiled::{Missing, Rules};
use view::{Extent, TypeNames};

/// What templates of a directory need.
const FILES: &[Capability] = &[Capability::FilesystemRead];

pub(super) const NATIVES: &[Native] = &[
    plain(
        "template_render render(source: string, vars: dict = {}, opts: dict = {}) -> string",
        "The text that a template makes of variables.",
        by_prelude,
    )
    .written()
    .may_need(FILES),
    plain(
        "template_render render(engine: template, name: string, vars: dict = {}) -> string",
        "The same by the name of a template.",
        by_prelude,
    )
    .written()
    .may_need(FILES),
    plain("templates(dir: string, opts: dict = {}) -> template", "The templates of a directory.", by_prelude)
        .written()
        .may_need(FILES),
    plain(
        "__template_render(source: string, vars: dict, opts: dict, loaded: dict, answers: dict) -> any",
        "A rendered template, Some(name) of a template that it needs, or Err(calls) that it needs the results of.",
        render,
    ),
];

/// Templates beyond this many bytes, and variables of more than this many parts, are rendered off the workers, so that
/// no other context waits for them (R9).
const LONG: usize = 64 << 10;
const MANY: usize = 4096;

const OPTIONS: &[&str] =
    &["autoescape", "undefined", "dir", "globals", "templates", "filters", "safe", "name"];

fn render(call: &mut Call<'_>) -> Outcome {
    let options = call.options(2, OPTIONS)?;
    let vars = vars(call, &options)?;
    let extent = view::extent(&vars, MANY);
    let answers = call.dict(4).clone();
    // Only few templates show structs or enums.
    let named = extent != Extent::FewUnnamed || !answers.is_empty();
    let work = Rendering {
        source: call.text(0).clone(),
        vars,
        rules: rules(&options)?,
        safe: options.texts("safe")?,
        loaded: call.dict(3).clone(),
        answers,
        names: Arc::new(if named { TypeNames::of(call.program) } else { TypeNames::default() }),
    };
    if work.source.as_str().len() < LONG && extent != Extent::Many {
        return answer::value(work.run()?);
    }
    Ok(Answer::wait(Request::Compute(Job(Box::new(move || work.run())))))
}

fn rules(options: &Options<'_>) -> Result<Rules, Fault> {
    let strict = match options.text("undefined")? {
        None | Some("empty") => false,
        Some("strict") => true,
        Some(other) => {
            return Err(options.value_fault("undefined", format!("must be empty or strict, got '{other}'")));
        }
    };
    let filters = filters(options)?.iter().map(|(name, _)| name.to_string()).collect();
    let (autoescape, name) = (options.bool("autoescape", true)?, options.text("name")?.map(str::to_owned));
    Ok(Rules { autoescape, name, strict, filters })
}

/// The filters of the caller.
fn filters(options: &Options<'_>) -> Result<Counted<Dict>, Fault> {
    let filters = options.dict("filters")?.cloned().unwrap_or_default();
    if let Some((name, other)) = filters.iter().find(|(_, filter)| !filter.is_callable()) {
        return Err(options.unlike(&format!("filters.{name}"), "function", other));
    }
    Ok(filters)
}

/// The variables, with globals below them.
fn vars(call: &Call<'_>, options: &Options<'_>) -> Result<Counted<Dict>, Fault> {
    let mut own = call.dict(1).clone();
    for (name, filter) in filters(options)?.iter() {
        Counted::make_mut(&mut own)
            .insert_text(&compiled::filter_variable(&name.to_string()), filter.clone());
    }
    match options.get("globals") {
        None => Ok(own),
        Some(Value::Dict(globals)) => {
            let mut all = globals.clone();
            let merged = Counted::make_mut(&mut all);
            own.iter().for_each(|(key, value)| _ = merged.insert(key.clone(), value.clone()));
            Ok(all)
        }
        Some(other) => Err(options.unlike("globals", "dict", other)),
    }
}

/// One rendering with everything it needs.
struct Rendering {
    source: Text,
    vars: Counted<Dict>,
    rules: Rules,
    /// Where variables are HTML.
    safe: Vec<String>,
    /// Templates by name that were read so far; null for one that does not exist.
    loaded: Counted<Dict>,
    /// The results of calls that it asked for so far.
    answers: Counted<Dict>,
    names: Arc<TypeNames>,
}

impl Rendering {
    fn run(self) -> Result<Value, Fault> {
        let vars = safe::marked(view::of_dict(self.vars, &self.names), &self.safe);
        calls::begin(self.answers);
        let rendered = compiled::render(&self.source, &self.rules, &self.loaded, vars);
        let wanted = calls::end();
        match rendered {
            // With the results both may be otherwise.
            _ if !wanted.is_empty() => Ok(Value::Err(Counted::new(Value::array(wanted)))),
            Ok(text) => Ok(Value::text(text)),
            Err(error) => match Missing::named_by(&error) {
                Some(name) => Ok(Value::Some(Counted::new(Value::text(name)))),
                None => Err(fault(&error)),
            },
        }
    }
}

fn fault(error: &Error) -> Fault {
    let innermost = innermost(error);
    let place = Place { line: innermost.line(), ..Place::default() };
    let detail = innermost.detail().map(plainly);
    let what = detail.clone().unwrap_or_else(|| innermost.kind().to_string());
    if innermost.kind() == Kind::SyntaxError {
        return parse_fault("template", format!("Template parse error: {what}{}", at(innermost)), place);
    }
    let what = match detail {
        Some(detail) => format!("{}: {detail}", innermost.kind()),
        None => what,
    };
    let mut details = Dict::new();
    details.insert_text("template", innermost.name().map_or(Value::Null, Value::text));
    details.insert_text("line", innermost.line().map_or(Value::Null, |line| Value::Int(line as i64)));
    Fault::new(ErrorKind::TemplateError, format!("Template error: {what}{}", at(innermost)))
        .with_value(Value::dict(details))
}

/// The engine names what a filter takes by types of Rust.
fn plainly(detail: &str) -> String {
    match detail.rsplit_once(" to ") {
        Some((what, "f64" | "f32")) => format!("{what} to number"),
        Some((what, "i64" | "u64" | "i32" | "u32" | "i128" | "u128" | "usize" | "isize")) => {
            format!("{what} to int")
        }
        _ => detail.to_owned(),
    }
}

/// An error in an included template is wrapped by one error per inclusion.
fn innermost(error: &Error) -> &Error {
    let mut error = error;
    while let Some(inner) = std::error::Error::source(error).and_then(|source| source.downcast_ref::<Error>())
    {
        error = inner;
    }
    error
}

fn at(error: &Error) -> String {
    match (error.name(), error.line()) {
        (Some(name), Some(line)) if name != compiled::MAIN => format!(" at line {line} of {name}"),
        (_, Some(line)) => format!(" at line {line}"),
        _ => String::new(),
    }
}
