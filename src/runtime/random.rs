//! Generators of random numbers that scripts can seed: the program's, and those of `rng`.
//!
//! Owns: their state, which contexts share as they share a channel. The algorithm is xoshiro256++, seeded through
//! SplitMix64: by name, so that a seed gives the same sequence in every version and on every platform.
//! Invariant: a call of a script draws all it needs under one lock, so that calls of other contexts never split a draw.

use crate::sync::Mutex;
use crate::value::{ErrorKind, Fault, Resource, ResourceKind, Value};
use crate::vm::Draw;

/// One generator.
#[derive(Debug, Default)]
pub struct Generator {
    /// `None` until the first draw of a generator without a seed.
    state: Mutex<Option<[u64; 4]>>,
}

impl Resource for Generator {
    fn kind(&self) -> ResourceKind {
        ResourceKind::Other("rng")
    }

    fn text(&self) -> String {
        "<rng>".to_owned()
    }
}

impl Generator {
    /// A generator with this seed; without one, its first draw asks the system for entropy.
    pub fn new(seed: Option<i64>) -> Generator {
        let generator = Generator::default();
        generator.seed(seed);
        generator
    }

    /// Starts it anew.
    pub fn seed(&self, seed: Option<i64>) {
        *self.state.lock() = seed.map(seeded);
    }

    /// Where its sequence stands; `None` before the first draw without a seed.
    pub fn state(&self) -> Option<[u64; 4]> {
        *self.state.lock()
    }

    /// Goes back to such a place.
    pub fn reset(&self, state: Option<[u64; 4]>) {
        *self.state.lock() = state;
    }

    /// Draws.
    pub fn draw(&self, draw: Draw) -> Result<Value, Fault> {
        let mut held = self.state.lock();
        let mut state = match *held {
            Some(state) => state,
            None => entropy()?,
        };
        let drawn = (draw.0)(&mut || next(&mut state));
        *held = Some(state);
        drawn
    }
}

fn entropy() -> Result<[u64; 4], Fault> {
    Ok(seeded(fresh_seed()?))
}

/// A seed from the system's entropy.
pub fn fresh_seed() -> Result<i64, Fault> {
    let seed = getrandom::u64().map_err(|error| {
        Fault::new(ErrorKind::IOError, format!("Cannot read random numbers of the system: {error}"))
    })?;
    Ok(seed as i64)
}

/// Four words of SplitMix64, as the authors of xoshiro256++ recommend; they are never all zero.
pub(super) fn seeded(seed: i64) -> [u64; 4] {
    let mut counter = seed as u64;
    std::array::from_fn(|_| {
        counter = counter.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (counter ^ counter >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ mixed >> 31
    })
}

/// The next word.
pub(super) fn next(state: &mut [u64; 4]) -> u64 {
    let [a, b, c, d] = *state;
    let word = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
    let (c, d) = (c ^ a, d ^ b);
    *state = [a ^ d, b ^ c, c ^ b << 17, d.rotate_left(45)];
    word
}

#[cfg(test)]
mod tests {
    use super::{next, seeded};

    #[test]
    fn the_algorithms_are_the_named_ones() {
        // The first words of the reference implementations.
        assert_eq!(seeded(0)[..2], [0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4]);
        let mut state = [1, 2, 3, 4];
        assert_eq!(
            std::array::from_fn(|_| next(&mut state)),
            [41_943_041_u64, 58_720_359, 3_588_806_011_781_223]
        );
    }
}
