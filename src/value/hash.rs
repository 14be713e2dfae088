//! Hashes that agree with `==`: equal values have equal hashes.
//!
//! The seed is drawn once per process, because values may come from outside. Hashes never leave the process.

use std::hash::BuildHasher;

use foldhash::SharedSeed;
use foldhash::quality::SeedableRandomState;
use rustc_hash::FxHashMap;

use super::parts::{MAX_DEPTH, too_deep};
use super::{End, Fault, Value};

/// What a set remembers of an item.
#[derive(Clone, Copy, Debug)]
pub(super) struct Digest {
    /// The hash.
    pub(super) hash: u64,
    /// Levels of nesting; 0 for a scalar.
    pub(super) depth: u16,
    /// Whether it equals itself: false if it is or contains a NaN.
    pub(super) reflexive: bool,
}

/// The digest of a value. ValueError beyond 4,096 levels.
pub(super) fn digest(value: &Value) -> Result<Digest, Fault> {
    let state = state();
    if let Some(leaf) = leaf(&state, value) {
        let fits = usize::from(leaf.depth) <= MAX_DEPTH;
        return if fits { Ok(leaf) } else { Err(too_deep()) };
    }
    // Parts that are referred to several times are hashed once, or a value that doubles itself would take for ever.
    let mut known: FxHashMap<usize, Digest> = FxHashMap::default();
    let mut open = vec![Open::new(&state, value)];
    loop {
        let depth = open.len();
        let top = open.last_mut().expect("the loop ends with the outermost value");
        if let Some(part) = top.next_part() {
            match leaf(&state, part).or_else(|| known.get(&shared(part)?).copied()) {
                Some(digest) => top.absorb(&state, digest)?,
                None if depth == MAX_DEPTH => return Err(too_deep()),
                None => open.push(Open::new(&state, part)),
            }
            continue;
        }
        let done = top.digest;
        if let Some(address) = shared(top.value) {
            known.insert(address, done);
        }
        open.pop();
        match open.last_mut() {
            Some(parent) => parent.absorb(&state, done)?,
            None => return Ok(done),
        }
    }
}

/// A number that equal values share; drawn anew in each process. ValueError beyond 4,096 levels.
pub fn hash_of(value: &Value) -> Result<u64, Fault> {
    digest(value).map(|digest| digest.hash)
}

/// The address of a body that others refer to as well.
fn shared(value: &Value) -> Option<usize> {
    value.body().and_then(|(address, is_unique)| (!is_unique).then_some(address))
}

fn state() -> SeedableRandomState {
    SeedableRandomState::with_seed(0, SharedSeed::global_random())
}

/// A value whose parts are being hashed.
struct Open<'a> {
    value: &'a Value,
    next: usize,
    digest: Digest,
}

impl<'a> Open<'a> {
    fn new(state: &SeedableRandomState, value: &'a Value) -> Open<'a> {
        let hash = match value {
            Value::Struct(body) => state.hash_one((10_u8, body.id)),
            Value::Enum(body) => state.hash_one((11_u8, body.id, body.variant)),
            Value::Error(fault) => {
                state.hash_one((12_u8, fault.body().kind.as_str(), fault.body().message.as_str()))
            }
            Value::Array(_) => 13,
            Value::Dict(_) => 14,
            Value::Deque(body) => match body.end() {
                End::Front => 19,
                End::Back => 20,
            },
            Value::Ok(_) => 16,
            Value::Err(_) => 17,
            _ => 18,
        };
        Open { value, next: 0, digest: Digest { hash, depth: 1, reflexive: true } }
    }

    fn next_part(&mut self) -> Option<&'a Value> {
        let part = self.value.visible_part(self.next)?;
        self.next += 1;
        Some(part)
    }

    fn absorb(&mut self, state: &SeedableRandomState, part: Digest) -> Result<(), Fault> {
        let depth = usize::from(part.depth) + 1;
        if depth > MAX_DEPTH {
            return Err(too_deep());
        }
        self.digest.depth = self.digest.depth.max(depth as u16);
        self.digest.reflexive &= part.reflexive;
        self.digest.hash = match self.value {
            // Without order: a sum.
            Value::Dict(dict) => {
                let key = dict.at(self.next - 1).map(|(key, _)| key);
                self.digest.hash.wrapping_add(state.hash_one((key, part.hash)))
            }
            _ => state.hash_one((self.digest.hash, part.hash)),
        };
        Ok(())
    }
}

/// The digest of a value that needs no look inside.
fn leaf(state: &SeedableRandomState, value: &Value) -> Option<Digest> {
    let hash = match value {
        Value::Null => 1,
        Value::Bool(value) => 2 + u64::from(*value),
        Value::None => 4,
        Value::Unset => 5,
        Value::Int(value) => state.hash_one(value),
        Value::Float(value) if value.is_nan() => {
            return Some(Digest { hash: 6, depth: 0, reflexive: false });
        }
        Value::Float(value) => match super::compare::exact_int(*value) {
            Some(int) => state.hash_one(int),
            None => state.hash_one(value.to_bits()),
        },
        Value::Text(text) => state.hash_one(text.as_str()),
        Value::Bytes(bytes) => state.hash_one(&**bytes),
        Value::Function(id) => state.hash_one((20_u8, id)),
        Value::Native(id) => state.hash_one((21_u8, id)),
        Value::Constructor(variant) => state.hash_one((22_u8, variant)),
        Value::Module(module) => state.hash_one((25_u8, module)),
        Value::Closure(body) => state.hash_one((23_u8, body.address())),
        Value::Bound(body) => state.hash_one((23_u8, body.address())),
        Value::Handle(handle) => state.hash_one((24_u8, handle.address())),
        Value::Cell(cell) | Value::Generator(cell, _) => state.hash_one((25_u8, cell.address())),
        Value::Set(set) => return Some(set.digest()),
        _ => return None,
    };
    Some(Digest { hash, depth: 0, reflexive: true })
}
