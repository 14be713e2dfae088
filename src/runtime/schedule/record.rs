//! A recorded schedule as text.
//!
//! Owns: the format. One line each: `ruff schedule 1`, `program` with the fingerprint, `seed`, `date`, then the steps, then `end`.
//! A step begins with the time since the start, in nanoseconds: `T run CONTEXT PLACE/READY`, `T timers`, `T done OPERATION
//! DIGEST`. A file without `end` is the recording of a run that was killed.
//! Invariant: what `Display` writes, `parse` reads; everything else is refused with the number of the line.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// The first line.
const VERSION: &str = "ruff schedule 1";

/// What a recording begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// The fingerprint of the program.
    pub program: u64,
    /// Where random numbers and preemptions come from.
    pub seed: u64,
    /// When it started: nanoseconds since 1970.
    pub date: u64,
}

/// One step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// This context runs: the one at `place` of `ready` ones.
    Run {
        /// Its number.
        context: u64,
        /// Its place.
        place: usize,
        /// How many were ready.
        ready: usize,
    },
    /// Everything that is due is fired.
    Timers,
    /// The end of an operation is seen.
    Done {
        /// Its number.
        operation: u64,
        /// A hash of what it gave.
        digest: u64,
    },
}

/// A step with its time since the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timed {
    /// When.
    pub time: Duration,
    /// What.
    pub step: Step,
}

/// A recording that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    /// What it begins with.
    pub head: Head,
    /// The steps, in order.
    pub steps: Vec<Timed>,
    /// Whether it tells the end of the run.
    pub is_whole: bool,
}

/// The last line of a recording that is whole.
pub(super) const END: &str = "end\n";

impl fmt::Display for Head {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Head { program, seed, date } = self;
        write!(out, "{VERSION}\nprogram {program:016x}\nseed {seed}\ndate {date}\n")
    }
}

impl fmt::Display for Timed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = self.time.as_nanos();
        match self.step {
            Step::Run { context, place, ready } => writeln!(out, "{time} run {context} {place}/{ready}"),
            Step::Timers => writeln!(out, "{time} timers"),
            Step::Done { operation, digest } => writeln!(out, "{time} done {operation} {digest:016x}"),
        }
    }
}

impl Recording {
    /// Reads a recording. The error says which line is wrong.
    pub fn parse(text: &str) -> Result<Recording, String> {
        let mut lines = text.split_inclusive('\n').enumerate().map(|(at, line)| (at + 1, line));
        let mut next = |what: &str| lines.next().ok_or_else(|| format!("it ends before the line `{what}`"));
        let (_, first) = next(VERSION)?;
        if first.trim_end() != VERSION {
            return Err(format!("line 1: expected `{VERSION}`, got `{}`", shown(first)));
        }
        let program = entry(next("program")?, "program", |text| u64::from_str_radix(text, 16).ok())?;
        let seed = entry(next("seed")?, "seed", parsed)?;
        let date = entry(next("date")?, "date", parsed)?;
        let mut recording =
            Recording { head: Head { program, seed, date }, steps: Vec::new(), is_whole: false };
        for (number, line) in lines {
            // The last line of a run that was killed may be written in part.
            let Some(line) = line.strip_suffix('\n') else { break };
            if recording.is_whole {
                return Err(format!("line {number}: nothing may follow `end`"));
            }
            match line.trim_end() {
                "end" => recording.is_whole = true,
                line => recording.steps.push(step(line).ok_or_else(|| {
                    format!("line {number}: expected a step, like `1500 run 1 0/1`, got `{}`", shown(line))
                })?),
            }
        }
        Ok(recording)
    }
}

/// The value of a line `name value`.
fn entry<T>(
    (number, line): (usize, &str),
    name: &str,
    read: impl FnOnce(&str) -> Option<T>,
) -> Result<T, String> {
    let value = line.trim_end().strip_prefix(name).and_then(|rest| read(rest.trim_start()));
    value.ok_or_else(|| format!("line {number}: expected `{name}` and a number, got `{}`", shown(line)))
}

fn step(line: &str) -> Option<Timed> {
    let mut words = line.split(' ');
    let time = Duration::from_nanos(parsed(words.next()?)?);
    let step = match words.next()? {
        "run" => {
            let context = parsed(words.next()?)?;
            let (place, ready) = words.next()?.split_once('/')?;
            Step::Run { context, place: parsed(place)?, ready: parsed(ready)? }
        }
        "timers" => Step::Timers,
        "done" => {
            let operation = parsed(words.next()?)?;
            Step::Done { operation, digest: u64::from_str_radix(words.next()?, 16).ok()? }
        }
        _ => return None,
    };
    words.next().is_none().then_some(Timed { time, step })
}

fn parsed<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

/// So much of a line as helps.
fn shown(line: &str) -> String {
    line.trim_end().chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{END, Head, Recording, Step, Timed};

    fn whole() -> (Recording, String) {
        let steps = [
            Step::Run { context: 7, place: 2, ready: 5 },
            Step::Timers,
            Step::Done { operation: 3, digest: 0xABC },
        ];
        let timed = |step| Timed { time: Duration::from_nanos(1500), step };
        let recording = Recording {
            head: Head { program: 0xFEED, seed: 42, date: 1 },
            steps: steps.map(timed).to_vec(),
            is_whole: true,
        };
        let steps: String = recording.steps.iter().map(ToString::to_string).collect();
        let text = format!("{}{steps}{END}", recording.head);
        (recording, text)
    }

    #[test]
    fn what_is_written_is_read() {
        let (recording, text) = whole();
        assert_eq!(Recording::parse(&text), Ok(recording));
    }

    #[test]
    fn a_file_that_breaks_off_is_not_whole() {
        let (recording, text) = whole();
        let cut = text.strip_suffix("00000abc\nend\n").expect("the last step is written in hexadecimal");
        let read = Recording::parse(cut).expect("a part of a recording is one");
        assert_eq!((read.steps.len(), read.is_whole), (recording.steps.len() - 1, false));
    }

    #[test]
    fn errors_name_the_line() {
        let check = |from: &str, to: &str, expected: &str| {
            let error = Recording::parse(&whole().1.replace(from, to)).expect_err("it is wrong");
            assert!(error.contains(expected), "{error}");
        };
        check("schedule 1", "schedule 9", "line 1: expected `ruff schedule 1`, got `ruff schedule 9`");
        check("seed 42", "seed x", "line 3: expected `seed` and a number, got `seed x`");
        check("1500 timers", "1500 timber", "line 6: expected a step");
        check("2/5", "2", "line 5: expected a step");
        check("end\n", "end\n1 timers\n", "line 9: nothing may follow `end`");
        check("end\n", "1 timers extra\n", "line 8: expected a step");
        assert_eq!(Recording::parse(""), Err("it ends before the line `ruff schedule 1`".to_owned()));
    }
}
