//! `--schedule`: who decides about the order of everything, and runs under many seeds.
//!
//! Owns: the option's words, and the files of recordings.

use std::fs::File;
use std::io::BufWriter;
use std::num::{IntErrorKind, ParseIntError};
use std::str::FromStr;
use std::sync::Arc;

use super::load::Unreadable;
use super::{Exit, paint};
use crate::engine::{Engine, Error, Journal, Options, Output, Recorder, Recording, Schedule, Script, Stream};

/// The help of the option.
pub(super) const HELP: &str = "Decide about the order of contexts, timers and operations: seed:N, seed:N..M (every seed from N \
    to M, up to the first that fails), record:FILE or replay:FILE. Such a run has one worker, whatever --workers says; with seed \
    and replay its time is virtual and its random numbers follow from the seed, so it does the same each time";

/// What the option says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Seed(u64),
    /// From the first to the last.
    Seeds(u64, u64),
    Record(String),
    Replay(String),
}

impl FromStr for Wanted {
    type Err = String;

    fn from_str(text: &str) -> Result<Wanted, String> {
        let forms = "write seed:N, seed:N..M, record:FILE or replay:FILE";
        let (how, what) = text.split_once(':').ok_or(forms)?;
        let seed = |text: &str| {
            text.parse::<u64>().map_err(|error: ParseIntError| match error.kind() {
                IntErrorKind::PosOverflow => {
                    format!("the seed {text} is too large: the largest is {}", u64::MAX)
                }
                _ => format!("'{text}' is no whole number from 0 on"),
            })
        };
        match (how, what.split_once("..")) {
            ("record" | "replay", _) if what.is_empty() => Err(format!("{how}: a file name is missing")),
            ("record", _) => Ok(Wanted::Record(what.to_owned())),
            ("replay", _) => Ok(Wanted::Replay(what.to_owned())),
            ("seed", None) => Ok(Wanted::Seed(seed(what)?)),
            ("seed", Some((first, last))) => match (seed(first)?, seed(last)?) {
                (first, last) if first > last => Err(format!("{first}..{last} holds no seed")),
                (first, last) => Ok(Wanted::Seeds(first, last)),
            },
            _ => Err(forms.to_owned()),
        }
    }
}

impl Wanted {
    /// As the engine wants it; opens the file. A range begins with its first seed.
    pub(super) fn engine(&self) -> Result<Schedule, Unreadable> {
        match self {
            Wanted::Seed(seed) | Wanted::Seeds(seed, _) => Ok(Schedule::Seeded(*seed)),
            Wanted::Record(path) => match File::create(path) {
                Ok(file) => Ok(Schedule::Recording(Journal::new(BufWriter::new(file)))),
                Err(error) => Err(Unreadable {
                    message: format!("Cannot write file '{path}': {error}"),
                    help: "--schedule record:FILE writes a recording there".to_owned(),
                }),
            },
            Wanted::Replay(path) => read(path).map(|recording| Schedule::Replaying(Arc::new(recording))),
        }
    }
}

fn read(path: &str) -> Result<Recording, Unreadable> {
    let help = || "--schedule record:FILE writes the recording of a run".to_owned();
    let text = std::fs::read_to_string(path).map_err(|error| Unreadable {
        message: format!("Cannot read file '{path}': {error}"),
        help: help(),
    })?;
    Recording::parse(&text).map_err(|problem| Unreadable {
        message: format!("'{path}' is not the recording of a schedule: {problem}"),
        help: help(),
    })
}

/// Runs a script under every seed from the first to the last, until a run fails; shows that one, or else the first.
/// Why it failed, if one did.
pub(super) fn explore(engine: &Engine, script: &Script, (first, last): (u64, u64)) -> Result<(), Error> {
    let mut outputs: Vec<(u64, Vec<(Stream, String)>)> = Vec::new();
    for seed in first..=last {
        let options = Options { schedule: Schedule::Seeded(seed), ..engine.options().clone() };
        let output = Arc::new(Recorder::default());
        let end = engine.with_options(options).execute(script, Arc::clone(&output) as Arc<dyn Output>).end;
        let printed = output.take();
        match end {
            Ok(_) if outputs.len() < 2 && outputs.iter().all(|(_, before)| *before != printed) => {
                outputs.push((seed, printed));
            }
            Ok(_) => {}
            Err(Error::Interrupted) => return Err(Error::Interrupted),
            Err(error) => {
                show(&printed);
                paint::error(&format!("failed with --schedule seed:{seed}\n"));
                return Err(error);
            }
        }
    }
    let runs = u128::from(last - first) + 1;
    outputs.first().into_iter().for_each(|(_, printed)| show(printed));
    paint::error(&match &outputs[..] {
        [(one, _), (other, _)] => {
            format!("{runs} schedules, no failure; seed:{one} and seed:{other} print different things\n")
        }
        _ => format!("{runs} schedules, no failure, always the same output\n"),
    });
    Ok(())
}

fn show(printed: &[(Stream, String)]) {
    for (stream, text) in printed {
        match stream {
            Stream::Out => paint::out(text),
            Stream::Err => paint::error(text),
        }
    }
}

/// What `ruff test` can do: each file and test is a run of its own, so a recording would not know of which.
pub(super) fn for_tests(wanted: Option<&Wanted>) -> Result<Schedule, Exit> {
    match wanted {
        None => Ok(Schedule::Stealing),
        Some(Wanted::Seed(seed)) => Ok(Schedule::Seeded(*seed)),
        Some(_) => {
            paint::cli_error("ruff test takes only --schedule seed:N", "record and explore with ruff run");
            Err(Exit::Usage)
        }
    }
}
