//! YAML to values, with the core schema of YAML 1.2: `yes` and dates stay strings.
//!
//! Owns: the functions, and the way from the parser's events to values. Those are built in `tree.rs`; what a scalar means is in
//! `scalar.rs`, what is wrong with a text in `wrong.rs`. `simple.rs` reads the most common texts without the parser.

mod simple;
mod scalar;
mod wrong;
mod tree;
mod write;

use granit_parser::{Event, Marker, Parser, ScalarStyle, StrInput, Tag};

use self::tree::{DEEPEST, Tree};
use self::wrong::{Wrong, parser_fault};
use super::answer::{self, Outcome};
use super::declare::plain;
use crate::value::{Fault, Value};
use crate::vm::{Call, Native};

pub(super) const NATIVES: &[Native] = &[
    plain(
        "parse_yaml(s: string) -> any",
        "The value that a YAML text writes.",
        |call: &mut Call<'_>| -> Outcome { answer::value(read(call.str(0), 0)?) },
    ),
    plain("parse_yaml_all(s: string) -> array", "The values of all documents of a YAML text.", |call| {
        answer::array(read_all(call.str(0))?)
    }),
    plain("to_yaml(v: any) -> string", "A value as YAML.", |call| {
        answer::text(write::text(call.program, &call.args[0])?)
    }),
];

/// The value of a text in front of which `lines` lines of a file stand. An empty text is null.
pub(super) fn read(text: &str, lines: usize) -> Result<Value, Fault> {
    simple::read(text).map_or_else(|| parsed(text, lines), Ok)
}

fn parsed(text: &str, lines: usize) -> Result<Value, Fault> {
    let mut documents = Documents::new(text, lines);
    let value = documents.next().transpose()?.unwrap_or_default();
    match documents.next().transpose()? {
        None => Ok(value),
        Some(_) => Err(documents.fault(Wrong::SECOND)),
    }
}

fn read_all(text: &str) -> Result<Vec<Value>, Fault> {
    Documents::new(text, 0).collect()
}

/// The documents of a text. `start` is where the last one began.
struct Documents<'a> {
    text: &'a str,
    lines: usize,
    parser: Parser<'a, StrInput<'a>>,
    start: Marker,
}

impl<'a> Documents<'a> {
    fn new(text: &'a str, lines: usize) -> Documents<'a> {
        let options = granit_parser::options! {
            emit_comments: false,
            flow_nesting_limit: DEEPEST,
            block_nesting_limit: DEEPEST,
        };
        let parser = Parser::new_from_str_with_options(text, options);
        Documents { text, lines, parser, start: Marker::default() }
    }

    /// The error of the document that began last.
    fn fault(&self, wrong: Wrong) -> Fault {
        wrong.at(&self.start, self.lines)
    }

    fn document(&mut self) -> Result<Option<Value>, Fault> {
        let mut tree = Tree::default();
        while let Some(event) = self.parser.next_event() {
            let (event, span) = event.map_err(|error| parser_fault(&error, self.text, self.lines))?;
            let met = match event {
                Event::DocumentStart(..) => {
                    self.start = span.start;
                    Ok(())
                }
                Event::DocumentEnd => return Ok(Some(tree.finish())),
                event => meet(&mut tree, event),
            };
            met.map_err(|wrong| wrong.at(&span.start, self.lines))?;
        }
        Ok(None)
    }
}

impl Iterator for Documents<'_> {
    type Item = Result<Value, Fault>;

    fn next(&mut self) -> Option<Result<Value, Fault>> {
        self.document().transpose()
    }
}

fn meet(tree: &mut Tree, event: Event<'_>) -> Result<(), Wrong> {
    match event {
        Event::Alias(anchor) => tree.alias(anchor),
        Event::Scalar(text, style, anchor, None) => match (&*text, style) {
            ("<<", ScalarStyle::Plain) => tree.merge(anchor),
            (text, ScalarStyle::Plain) => tree.scalar(scalar::plain(text), anchor),
            (text, _) => tree.scalar(Value::text(text), anchor),
        },
        Event::Scalar(text, _, anchor, Some(tag)) => tree.scalar(tagged(&tag, &text)?, anchor),
        Event::SequenceStart(_, anchor, _) => tree.open_array(anchor),
        Event::MappingStart(_, anchor, _) => tree.open_dict(anchor),
        Event::SequenceEnd | Event::MappingEnd => tree.close(),
        _ => Ok(()),
    }
}

/// The value of a scalar with a tag. Tags that are not of YAML itself say nothing here.
fn tagged(tag: &Tag, text: &str) -> Result<Value, Wrong> {
    let name = tag.suffix_in_namespace("tag:yaml.org,2002:").unwrap_or_default();
    scalar::tagged(&name, text).ok_or_else(|| Wrong::new(format!("'{text}' is no {name}")))
}
