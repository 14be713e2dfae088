//! Which bracket closes which.
//!
//! Owns: the table of partners, computed once in linear time before parsing.
//! Invariant: partners nest properly and never cross the border of an interpolation, so a jump from an opening
//! bracket to its partner skips whole constructs. Both the lambda test and error recovery live on that.

use crate::syntax::token::{Symbol, Token, TokenKind};

/// The brackets of a token list.
pub(super) struct Brackets {
    /// For each token the index of its partner; `NONE` for all that are no brackets or have none.
    partners: Vec<u32>,
    /// Whether some closing bracket has no partner or closes over an open one.
    pub(super) mismatched: bool,
}

const NONE: u32 = u32::MAX;

/// How many brackets of each kind can be closed by the next tokens.
type Counts = [usize; KINDS];

const KINDS: usize = 5;

enum Side {
    Open(usize),
    Close(usize),
}

const INTERPOLATION: usize = 3;

fn side(kind: TokenKind) -> Option<Side> {
    Some(match kind {
        TokenKind::Symbol(Symbol::OpenParen) => Side::Open(0),
        TokenKind::Symbol(Symbol::CloseParen) => Side::Close(0),
        TokenKind::Symbol(Symbol::OpenBracket) => Side::Open(1),
        TokenKind::Symbol(Symbol::CloseBracket) => Side::Close(1),
        TokenKind::Symbol(Symbol::OpenBrace) => Side::Open(2),
        TokenKind::Symbol(Symbol::CloseBrace) => Side::Close(2),
        TokenKind::InterpolationStart => Side::Open(INTERPOLATION),
        TokenKind::InterpolationEnd => Side::Close(INTERPOLATION),
        TokenKind::TextStart => Side::Open(4),
        TokenKind::TextEnd => Side::Close(4),
        _ => return None,
    })
}

impl Brackets {
    /// Pairs the brackets of `tokens`. A closing bracket of another kind leaves the inner ones unpaired.
    pub(super) fn new(tokens: &[Token]) -> Brackets {
        let mut partners = vec![NONE; tokens.len()];
        let mut open: Vec<(usize, usize)> = Vec::new();
        let mut counts = Counts::default();
        let mut outer_counts = Vec::new();
        let mut mismatched = false;
        for (index, token) in tokens.iter().enumerate() {
            match side(token.kind) {
                Some(Side::Open(kind)) => {
                    open.push((kind, index));
                    if kind == INTERPOLATION {
                        outer_counts.push(std::mem::take(&mut counts));
                    }
                    counts[kind] += 1;
                }
                Some(Side::Close(kind)) if counts[kind] > 0 => {
                    while let Some((opened, opening)) = open.pop() {
                        counts[opened] -= 1;
                        if opened == kind {
                            partners[opening] = index as u32;
                            partners[index] = opening as u32;
                            break;
                        }
                        mismatched = true;
                    }
                    if kind == INTERPOLATION {
                        counts = outer_counts.pop().unwrap_or_default();
                    }
                }
                Some(Side::Close(_)) => mismatched = true,
                None => {}
            }
        }
        Brackets { partners, mismatched }
    }

    /// The partner of the bracket at `index`.
    pub(super) fn partner(&self, index: usize) -> Option<usize> {
        self.partners.get(index).filter(|&&partner| partner != NONE).map(|&partner| partner as usize)
    }
}
