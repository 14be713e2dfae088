//! What is wrong with a YAML text, in the words of people who write YAML.

use std::borrow::Cow;

use granit_parser::{ErrorKind as Kind, Marker, ScanError};

use super::tree::DEEPEST;
use crate::stdlib::parse_fault::{Place, limit_fault, parse_fault};
use crate::value::Fault;

/// What is wrong, and which limit it is beyond, if it is.
#[derive(Debug)]
pub(super) struct Wrong {
    what: Cow<'static, str>,
    limit: Option<usize>,
}

impl Wrong {
    pub(super) const COMPLEX_KEY: Wrong = Wrong::plain("a key must be a scalar");
    pub(super) const SELF: Wrong = Wrong::plain("an alias stands inside what it names");
    pub(super) const MERGE: Wrong = Wrong::plain("'<<' takes a mapping or a list of mappings");
    pub(super) const SECOND: Wrong = Wrong::plain("a second document begins (parse_yaml_all reads them all)");

    const fn plain(what: &'static str) -> Wrong {
        Wrong { what: Cow::Borrowed(what), limit: None }
    }

    pub(super) fn new(what: String) -> Wrong {
        Wrong { what: what.into(), limit: None }
    }

    pub(super) fn limit(limit: usize, what: String) -> Wrong {
        Wrong { what: what.into(), limit: Some(limit) }
    }

    pub(super) fn too_deep() -> Wrong {
        Wrong::limit(DEEPEST, format!("nested deeper than {DEEPEST} levels"))
    }

    /// The error of a text in front of which `lines` lines of a file stand.
    pub(super) fn at(self, marker: &Marker, lines: usize) -> Fault {
        self.placed(place(marker), lines)
    }

    fn placed(self, place: Place, lines: usize) -> Fault {
        let place = place.below(lines);
        let message = format!("YAML parse error: {}{place}", self.what);
        match self.limit {
            None => parse_fault("YAML", message, place),
            Some(limit) => limit_fault(limit, message),
        }
    }
}

/// The error that the parser found.
pub(super) fn parser_fault(error: &ScanError, text: &str, lines: usize) -> Fault {
    let place = place(error.marker());
    let is_tab = matches!(
        error.kind(),
        Kind::TabInPlainScalar | Kind::TabNotAllowed | Kind::TabInIndentation | Kind::TabInBlockIndentation
    );
    let place = if is_tab { tab(text, place) } else { place };
    words(error.kind()).placed(place, lines)
}

fn place(marker: &Marker) -> Place {
    Place { line: Some(marker.line()), column: Some(marker.col() + 1), offset: Some(marker.index()) }
}

/// The first tab from the line of a place on: the parser names the start of the scalar that the tab ends, or what follows.
fn tab(text: &str, place: Place) -> Place {
    let from = place.line.unwrap_or(1);
    let lines = text.lines().enumerate().skip(from - 1);
    let mut tabs = lines.filter_map(|(at, line)| {
        let column = line.chars().position(|character| character == '\t')? + 1;
        Some(Place { line: Some(at + 1), column: Some(column), offset: None })
    });
    tabs.next().unwrap_or(place)
}

/// Errors whose own text speaks of the parser's parts, or of brackets by other names, are said anew.
fn words(kind: &Kind) -> Wrong {
    let text = match kind {
        Kind::RecursionLimitExceeded => return Wrong::too_deep(),
        Kind::UnexpectedCharacter { character } => {
            return Wrong::new(format!("unexpected character {character:?}"));
        }
        Kind::UnclosedFlowCollection { open } => return Wrong::new(format!("'{open}' is not closed")),
        Kind::MismatchedFlowCollectionEnd { open, close } => {
            return Wrong::new(format!("'{open}' is closed by '{close}'"));
        }
        Kind::UnexpectedEof | Kind::UnexpectedEofBlockSequence | Kind::UnexpectedEofBlockMapping => {
            "the text ends too early"
        }
        Kind::ExpectedDocumentStart => "expected the end of the document or '---'",
        Kind::UnknownAnchor => "unknown anchor",
        // The parser says so wherever nothing that it knows follows, `,` or `]` for one.
        Kind::ExpectedNodeContent
        | Kind::UnexpectedEofFlowSequence
        | Kind::UnexpectedEofFlowMapping
        | Kind::UnexpectedEofImplicitFlowMapping => "expected a value",
        Kind::ExpectedBlockMappingKey => "expected a key",
        Kind::ExpectedFlowMappingSeparator => "expected ',' or '}'",
        Kind::ExpectedFlowSequenceSeparator => "expected ',' or ']'",
        Kind::ExpectedBlockSequenceEntry => "expected '-'",
        Kind::UndeclaredTagHandle => "the tag has a handle that no %TAG line declares",
        Kind::SimpleKeyExpected | Kind::InvalidSimpleKey => "expected ':' behind a key",
        Kind::BomInsideDocument => "a byte order mark stands inside a document",
        Kind::MisplacedFlowCollectionEnd => "a closing bracket without an opening one",
        Kind::MappingValueNotAllowed => "a ':' is not allowed here; quote the text that it belongs to",
        Kind::TabNotAllowed | Kind::TabInIndentation | Kind::TabInBlockIndentation => {
            "a tab cannot indent; use spaces"
        }
        Kind::TabInPlainScalar => "found a tab; use spaces",
        Kind::PlainScalarStartsWithDashFlowIndicator => "a text cannot begin with '-' here; quote it",
        Kind::UnknownQuotedScalarEscape => "unknown escape",
        Kind::UnclosedQuotedScalar => "a quote is not closed",
        other => {
            let told = other.to_string();
            let told = told
                .strip_prefix("while ")
                .and_then(|told| told.split_once(", "))
                .map_or(&*told, |(_, told)| told);
            return Wrong::new(told.to_owned());
        }
    };
    Wrong::plain(text)
}
