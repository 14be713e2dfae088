//! Compiled patterns: made, limited and kept.
//!
//! Invariant: a pattern never changes, so that a handle to it may be used by any context.
//! A thread keeps the patterns that it compiled last; that is invisible but for the time it saves, and needs no lock.

use std::cell::RefCell;
use std::sync::Arc;

use indexmap::IndexMap;
use regex::{Regex, RegexBuilder};
use regex_syntax::ParserBuilder;

use crate::stdlib::parse_fault::{Place, parse_fault};
use crate::value::{Dict, ErrorKind, Fault, Resource, ResourceKind, Value};

/// The largest compiled pattern, in bytes.
const LARGEST: usize = 10 << 20;
/// Compiled patterns up to this many bytes count as one of the kept ones, larger ones as many as would fit in them.
const SMALL: usize = 256 << 10;
/// How many small patterns a thread keeps.
const KEPT: usize = 512;

thread_local! {
    static PATTERNS: RefCell<Patterns> = RefCell::default();
}

/// A compiled pattern.
pub(in crate::stdlib) struct Pattern {
    source: String,
    flags: String,
    regex: Regex,
    weight: usize,
}

impl Resource for Pattern {
    fn kind(&self) -> ResourceKind {
        ResourceKind::Other("regex")
    }

    fn text(&self) -> String {
        format!("<regex {}>", self.source)
    }
}

impl Pattern {
    /// Compiles; ParseError with the place, LimitError if it is too large.
    pub(super) fn new(source: &str, flags: &str) -> Result<Pattern, Fault> {
        let (regex, weight) = match build(source, flags, SMALL) {
            Err(regex::Error::CompiledTooBig(_)) => (build(source, flags, LARGEST), LARGEST / SMALL),
            built => (built, 1),
        };
        match regex {
            Ok(regex) => Ok(Pattern { source: source.to_owned(), flags: flags.to_owned(), regex, weight }),
            Err(regex::Error::CompiledTooBig(limit)) => Err(too_large(limit)),
            Err(error) => Err(malformed(source, flags, &error)),
        }
    }

    pub(in crate::stdlib) fn regex(&self) -> &Regex {
        &self.regex
    }

    pub(super) fn source(&self) -> &str {
        &self.source
    }

    /// The same pattern for whole texts. `a|ab` matches all of `ab`, which a comparison of ends would miss.
    pub(super) fn whole(&self) -> Result<Regex, Fault> {
        let closed = format!(r"\A(?:{})\z", self.source);
        let regex = build(&closed, &self.flags, LARGEST)
            // A comment at the end of a pattern with the flag x goes to the end of the line.
            .or_else(|_| build(&format!("\\A(?:{}\n)\\z", self.source), &self.flags, LARGEST));
        regex.map_err(|_| too_large(LARGEST))
    }
}

fn build(source: &str, flags: &str, limit: usize) -> Result<Regex, regex::Error> {
    RegexBuilder::new(source)
        .case_insensitive(flags.contains('i'))
        .multi_line(flags.contains('m'))
        .dot_matches_new_line(flags.contains('s'))
        .ignore_whitespace(flags.contains('x'))
        .size_limit(limit)
        .build()
}

fn too_large(limit: usize) -> Fault {
    let mut details = Dict::new();
    details.insert_text("limit", Value::Int(limit as i64));
    Fault::new(
        ErrorKind::LimitError,
        format!("regex: the compiled pattern would be larger than {limit} bytes"),
    )
    .with_value(Value::dict(details))
}

/// The compiler's own error is a drawing; the parser says what is wrong, and where.
fn malformed(source: &str, flags: &str, error: &regex::Error) -> Fault {
    let parsed = ParserBuilder::new().ignore_whitespace(flags.contains('x')).build().parse(source);
    let (what, place) = match parsed {
        Err(regex_syntax::Error::Parse(error)) => {
            (error.kind().to_string(), Place::of(source, error.span().start.offset))
        }
        Err(regex_syntax::Error::Translate(error)) => {
            (error.kind().to_string(), Place::of(source, error.span().start.offset))
        }
        _ => (error.to_string(), Place::default()),
    };
    parse_fault("regex", format!("Regex parse error: {what}{place}"), place)
}

#[derive(Default)]
struct Patterns {
    by_source: IndexMap<String, Arc<Pattern>, foldhash::fast::RandomState>,
    weight: usize,
}

/// The pattern of a text without flags, compiled now or before.
pub(super) fn kept(source: &str) -> Result<Arc<Pattern>, Fault> {
    PATTERNS.with_borrow_mut(|patterns| match patterns.by_source.get(source) {
        Some(pattern) => Ok(Arc::clone(pattern)),
        None => {
            let pattern = Arc::new(Pattern::new(source, "")?);
            patterns.keep(Arc::clone(&pattern));
            Ok(pattern)
        }
    })
}

impl Patterns {
    /// The oldest ones make room.
    fn keep(&mut self, pattern: Arc<Pattern>) {
        self.weight += pattern.weight;
        self.by_source.insert(pattern.source.clone(), pattern);
        while self.weight > KEPT
            && let Some((_, oldest)) = self.by_source.shift_remove_index(0)
        {
            self.weight -= oldest.weight;
        }
    }
}
