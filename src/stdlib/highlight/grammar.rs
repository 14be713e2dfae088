//! Pieces of code by the grammars of many languages.
//!
//! Invariant: any code of any language is written, in time that grows with its length: lines beyond a length are left
//! without colours, and so is what follows a line on which a pattern gives up.

use std::sync::LazyLock;

use syntect::parsing::{ParseState, ScopeStack, SyntaxReference, SyntaxSet};
use syntect::util::LinesWithEndings;

use super::class::class_of;
use super::piece::Pieces;

/// Longer lines are data, and patterns may take quadratic time for them.
const LONGEST_LINE: usize = 16 << 10;

/// Unpacked on first use; each grammar's patterns are made when it is first needed.
static GRAMMARS: LazyLock<SyntaxSet> = LazyLock::new(two_face::syntax::extra_newlines);

/// The grammar of a language, by its name or the extension of its files.
pub(super) fn find(language: &str) -> Option<&'static SyntaxReference> {
    GRAMMARS.find_syntax_by_token(language)
}

/// What the pieces of `code` are.
pub(super) fn pieces<'a>(code: &'a str, grammar: &SyntaxReference) -> Pieces<'a> {
    let mut pieces = Pieces::default();
    let (mut state, mut scopes) = (ParseState::new(grammar), ScopeStack::new());
    let mut rest = code;
    for line in LinesWithEndings::from(code) {
        rest = &rest[line.len()..];
        if line.len() > LONGEST_LINE {
            pieces.add(None, line);
            continue;
        }
        let Ok(changes) = state.parse_line(line, &GRAMMARS) else {
            pieces.add(None, line);
            pieces.add(None, rest);
            break;
        };
        let mut at = 0;
        for (end, change) in &changes {
            pieces.add(class_of(&scopes.scopes), &line[at..*end]);
            at = *end;
            if scopes.apply(change).is_err() {
                break;
            }
        }
        pieces.add(class_of(&scopes.scopes), &line[at..]);
    }
    pieces
}
