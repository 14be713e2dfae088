//! No script and no snapshot, however mangled, makes the compiler, the machine or the thawing panic, hang or take memory
//! that nothing asked for.
//!
//! And every correct program does the same however its contexts are run, and survives `ruff format` (`programs.rs`).
//!
//! The material is the conformance suite: what is mangled was right a moment ago, and so gets far. Everything is drawn
//! from one seed, which a failure names. `RUFF_PROPERTY_CASES` is the number of mangled scripts and of mangled
//! snapshots (default: a few seconds' worth), `RUFF_PROPERTY_SEED` the seed (default: always the same).

#[path = "../counting/mod.rs"]
mod counting;
mod dice;
mod grammar;
#[path = "../harness/mod.rs"]
mod harness;
#[path = "../kept/mod.rs"]
mod kept;
mod mangle;
mod panics;
mod programs;
mod scripts;
mod snapshots;
mod texts;
mod world;
