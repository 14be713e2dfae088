//! Reproducible chance, and the run over many cases of it.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A stream of numbers that depends on its seed alone (SplitMix64).
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    /// A stream of its own for each case of a run.
    pub(crate) fn of_case(seed: u64, case: usize) -> Dice {
        Dice(Dice(seed).next() ^ Dice(case as u64).next())
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 if that is 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        if end == 0 { 0 } else { (self.next() % end as u64) as usize }
    }

    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// How many cases of one kind: `RUFF_PROPERTY_CASES`, or so many.
pub(crate) fn cases(default: usize) -> usize {
    number("RUFF_PROPERTY_CASES").map_or(default, |cases| cases as usize)
}

/// The seed of the run.
pub(crate) fn seed() -> u64 {
    number("RUFF_PROPERTY_SEED").unwrap_or(0x52_55_46_46)
}

fn number(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

/// Checks these cases on all cores, in any order; gives the reports of those that are wrong.
pub(crate) fn wrong_cases(
    cases: std::ops::Range<usize>,
    check: impl Fn(usize) -> Result<(), String> + Sync,
) -> Vec<String> {
    let (next, wrong) = (AtomicUsize::new(cases.start), Mutex::new(Vec::new()));
    let work = || {
        loop {
            let case = next.fetch_add(1, Ordering::Relaxed);
            if case >= cases.end {
                return;
            }
            if let Err(report) = check(case) {
                wrong.lock().expect("no checker panics while it reports").push(report);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(work);
        }
    });
    wrong.into_inner().expect("no checker panics while it reports")
}
