//! Schedules as data: which ready context runs next, when timers fire and when ends of operations are seen, decided by a seed,
//! written down, or read from what was written down (LANGUAGE 10.5).
//!
//! Owns: the ready contexts of a run with a schedule, its random choices, and the recording. A run without one has no
//! `Conductor`; its order is that of `ready`.
//! How it works: there is one worker, and all of it happens in `Conductor::find`, between two turns. Each *step* is one of three: a
//! context runs, what is due fires, or the end of an operation is seen. What a context does within its turn depends on nothing
//! else, so the steps determine the run.
//! - *Seeded*: chosen at random among ready contexts and jobs that have not begun; a chosen job runs to its end before anything else.
//!   Time is virtual: a step takes a little, and where nothing is ready it jumps to the next timer. Ends of open operations are
//!   seen at the next step, as they come; while one is pending, time does not jump but passes.
//! - *Recording*: the same with a fresh seed and the system's clock. Every step is written down with its time.
//! - *Replaying*: the steps of the recording, and nothing else. Operations are carried out again; each is waited for where the
//!   recording saw its end.
//!
//! Invariant: a replay that cannot take the next step ends the program with a message that names the step. It never waits
//! for something that only the recording knows: an operation has a time limit.

mod record;

use std::hash::Hasher;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

pub use record::Recording;

use self::record::{END, Head, Step, Timed};
use super::promise::{Ended, Hub, Outside, Verdict};
use super::random::{fresh_seed, next, seeded};
use super::ready::Seat;
use super::store::Ticket;
use super::time::Time;
use super::timer::Timers;
use crate::bytecode::Program;
use crate::sync::{Instant, Mutex};
use crate::value::{Outcome, to_text};

/// How far a step moves a virtual clock, so that contexts which are never all waiting do not keep timers from firing.
const STEP: Duration = Duration::from_micros(10);

/// The date at which seeded runs begin: the year 2025.
const DATE: Duration = Duration::from_secs(1_735_689_600);

/// How long a replay waits for an operation, beyond twice the time that the recording waited.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where a recording is written.
#[derive(Clone)]
pub struct Journal(Arc<Mutex<Box<dyn Write + Send>>>);

impl std::fmt::Debug for Journal {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Journal")
    }
}

impl Journal {
    /// A recording that goes to a file or anything else that can be written.
    pub fn new(to: impl Write + Send + 'static) -> Journal {
        Journal(Arc::new(Mutex::new(Box::new(to))))
    }

    fn write(&self, line: &dyn std::fmt::Display) -> Result<(), String> {
        let written = write!(self.0.lock(), "{line}");
        written.map_err(|error| format!("Cannot write the recording: {error}"))
    }

    fn flush(&self) -> Result<(), String> {
        self.0.lock().flush().map_err(|error| format!("Cannot write the recording: {error}"))
    }
}

/// Who decides about the order of everything.
#[derive(Clone, Debug, Default)]
pub enum Schedule {
    /// Workers take what they find first.
    #[default]
    Stealing,
    /// This seed, on one worker in virtual time.
    Seeded(u64),
    /// A fresh seed, on one worker, and all steps are written down.
    Recording(Journal),
    /// What was written down.
    Replaying(Arc<Recording>),
}

impl Schedule {
    /// Whether it needs the one worker.
    pub fn is_fixed(&self) -> bool {
        !matches!(self, Schedule::Stealing)
    }
}

/// What decides, besides the seed.
#[derive(Debug)]
enum Course {
    Seeded,
    Recording(Journal),
    Replaying(Arc<Recording>),
}

#[derive(Debug)]
struct Desk {
    ready: Vec<Ticket>,
    choices: [u64; 4],
    switches: [u64; 4],
    entropy: [u64; 4],
    /// Steps that were taken.
    steps: usize,
}

/// The one who decides.
#[derive(Debug)]
pub struct Conductor {
    course: Course,
    head: Head,
    /// One in so many requests of a context ends its turn.
    period: u64,
    desk: Mutex<Desk>,
}

/// What the worker is to do.
enum Next {
    Run(Ticket),
    /// The situation is another one now.
    Look,
    /// Until something happens, or this moment.
    Doze(Option<Instant>),
}

/// All that a step can touch.
struct Stage<'a> {
    hub: &'a Arc<Hub>,
    outside: &'a Outside,
    timers: &'a Timers,
    time: &'a Time,
    program: &'a Program,
}

impl Conductor {
    /// The conductor of a run of `program`, with the clock of that run; none if workers are to take what they find.
    pub fn new(schedule: &Schedule, program: &Program) -> Option<(Conductor, Time)> {
        let now = || Time::real().look_at_date();
        let (course, seed, date) = match schedule {
            Schedule::Stealing => return None,
            Schedule::Seeded(seed) => (Course::Seeded, *seed, DATE),
            // Without entropy, the time is as good.
            Schedule::Recording(journal) => {
                let seed = fresh_seed().map_or(now().as_nanos() as u64, |seed| seed as u64);
                (Course::Recording(journal.clone()), seed, now())
            }
            Schedule::Replaying(recording) => {
                let Head { seed, date, .. } = recording.head;
                (Course::Replaying(Arc::clone(recording)), seed, Duration::from_nanos(date))
            }
        };
        let head = Head {
            program: program.fingerprint(),
            seed,
            date: date.as_nanos().try_into().unwrap_or(u64::MAX),
        };
        let mut streams = seeded(seed as i64);
        let mut stream = || seeded(next(&mut streams) as i64);
        let (choices, mut switches, entropy) = (stream(), stream(), stream());
        // Some bugs need many switches, others a long stretch without one: so the seed decides.
        let period = [2, 4, 16, 64][(next(&mut switches) % 4) as usize];
        let desk = Mutex::new(Desk { ready: Vec::new(), choices, switches, entropy, steps: 0 });
        Some((Conductor { course, head, period, desk }, Time::moved_from(date)))
    }

    /// The next context to run: the one place that orders a run with a schedule. Sleeps until there is one; `None` once the
    /// queues are closed.
    pub fn find(
        &self,
        hub: &Arc<Hub>,
        timers: &Timers,
        time: &Time,
        program: &Program,
        seat: &mut Seat,
    ) -> Option<Ticket> {
        let outside = hub.outside.as_ref()?;
        let stage = Stage { hub, outside, timers, time, program };
        loop {
            let seen = hub.ready.epoch();
            if hub.ready.is_closed() {
                return None;
            }
            self.desk.lock().ready.extend(std::iter::from_fn(|| hub.ready.next(seat)));
            match self.next(&stage) {
                Ok(Next::Run(ticket)) => return Some(ticket),
                Ok(Next::Look) => {}
                Ok(Next::Doze(deadline)) => {
                    if !hub.ready.doze(seen, deadline) {
                        // The time that really passed while an operation was waited for.
                        timers.first().into_iter().for_each(|first| time.advance_to(first));
                    }
                }
                Err(message) => hub.end(Verdict::OffSchedule(message)),
            }
        }
    }

    /// Whether a context whose request was answered is to let others go first.
    pub fn switches(&self) -> bool {
        next(&mut self.desk.lock().switches).is_multiple_of(self.period)
    }

    /// A seed for a generator of random numbers.
    pub fn entropy(&self) -> i64 {
        next(&mut self.desk.lock().entropy) as i64
    }

    /// The run ended, and `is_whole` says that it was not cut short from outside. What is wrong with that, for a replay.
    pub fn finish(&self, is_whole: bool) -> Result<(), String> {
        let steps = self.steps();
        match &self.course {
            Course::Recording(journal) if is_whole => {
                if steps == 0 {
                    journal.write(&self.head)?;
                }
                journal.write(&END)?;
                journal.flush()
            }
            Course::Recording(journal) => journal.flush(),
            Course::Replaying(recording) if is_whole => match recording.steps.get(steps) {
                None => Ok(()),
                Some(timed) => {
                    Err(self.divergence(&format!("the program has ended, but the recording {}", told(timed))))
                }
            },
            Course::Replaying(_) | Course::Seeded => Ok(()),
        }
    }

    /// Voids what is ready.
    pub fn clear(&self) {
        std::mem::take(&mut self.desk.lock().ready).into_iter().for_each(Ticket::void);
    }

    fn next(&self, stage: &Stage<'_>) -> Result<Next, String> {
        match &self.course {
            Course::Seeded => {
                stage.time.advance(STEP);
                self.lead(stage)
            }
            // What is still queued then is void, and how much of it is found before the queues close is chance.
            _ if stage.hub.is_stopped() || stage.hub.activity.counts().live == 0 => Ok(Next::Doze(None)),
            Course::Recording(_) => {
                stage.time.advance_to(stage.time.really_elapsed());
                self.lead(stage)
            }
            Course::Replaying(recording) => self.follow(stage, recording),
        }
    }

    /// Takes a step of its own choice.
    fn lead(&self, stage: &Stage<'_>) -> Result<Next, String> {
        let Stage { hub, outside, timers, time, .. } = stage;
        if timers.first().is_some_and(|first| first <= time.elapsed()) {
            self.note(stage, Step::Timers)?;
            timers.fire(hub);
            return Ok(Next::Look);
        }
        if let Some(ended) = outside.take(None) {
            return self.deliver(stage, ended);
        }
        let mut desk = self.desk.lock();
        let (ready, jobs) = (desk.ready.len(), outside.jobs());
        if ready + jobs == 0 {
            drop(desk);
            return Ok(self.rest(stage));
        }
        let place = (next(&mut desk.choices) % (ready + jobs) as u64) as usize;
        if place < ready {
            let ticket = desk.ready.swap_remove(place);
            drop(desk);
            return match self.note(stage, Step::Run { context: ticket.id().number(), place, ready }) {
                Ok(()) => Ok(Next::Run(ticket)),
                Err(message) => {
                    ticket.void();
                    Err(message)
                }
            };
        }
        drop(desk);
        let started = outside.start(place - ready);
        match started.and_then(|number| stage.wait_for(number, None)) {
            Some(ended) => self.deliver(stage, ended),
            None => Ok(Next::Look),
        }
    }

    fn deliver(&self, stage: &Stage<'_>, ended: Ended) -> Result<Next, String> {
        self.note(stage, Step::Done { operation: ended.number, digest: stage.digest(&ended) })?;
        ended.deliver(stage.hub);
        Ok(Next::Look)
    }

    /// Nothing is ready.
    fn rest(&self, stage: &Stage<'_>) -> Next {
        let Some(first) = stage.timers.first() else { return Next::Doze(None) };
        let left = first.saturating_sub(stage.time.elapsed());
        if matches!(self.course, Course::Seeded) && !stage.outside.is_waiting() {
            stage.time.advance_to(first);
            return Next::Look;
        }
        Next::Doze(Some(Instant::now() + left))
    }

    /// Counts a step, and writes it down if this is a recording.
    fn note(&self, stage: &Stage<'_>, step: Step) -> Result<(), String> {
        let mut desk = self.desk.lock();
        desk.steps += 1;
        let Course::Recording(journal) = &self.course else { return Ok(()) };
        if desk.steps == 1 {
            journal.write(&self.head)?;
        }
        journal.write(&Timed { time: stage.time.elapsed(), step })
    }

    /// Takes the step of the recording.
    fn follow(&self, stage: &Stage<'_>, recording: &Recording) -> Result<Next, String> {
        if recording.head.program != self.head.program {
            let message =
                "This is not the program that was recorded: it was changed since, or is another one";
            return Err(message.to_owned());
        }
        let at = self.steps();
        let Some(timed) = recording.steps.get(at) else { return self.follow_end(stage, recording) };
        stage.time.advance_to(timed.time);
        let next = match timed.step {
            Step::Run { context, place, ready } => self.follow_run(stage, context, place, ready)?,
            Step::Timers if stage.timers.fire(stage.hub) => Next::Look,
            Step::Timers => return Err(self.divergence("timers fire in the recording, but none is due here")),
            Step::Done { operation, digest } => {
                let before = at.checked_sub(1).map_or(Duration::ZERO, |before| recording.steps[before].time);
                self.follow_done(stage, operation, digest, timed.time.saturating_sub(before))?
            }
        };
        if !matches!(next, Next::Doze(_)) {
            self.desk.lock().steps += 1;
        }
        Ok(next)
    }

    fn follow_run(
        &self,
        stage: &Stage<'_>,
        context: u64,
        place: usize,
        ready: usize,
    ) -> Result<Next, String> {
        let mut desk = self.desk.lock();
        if desk.ready.len() == ready && desk.ready.get(place).is_some_and(|it| it.id().number() == context) {
            return Ok(Next::Run(desk.ready.swap_remove(place)));
        }
        let here = desk.ready.len();
        drop(desk);
        if here == 0 && stage.is_idle() {
            return Ok(Next::Doze(None)); // A deadlock is about to be broken up, or the program ends.
        }
        let message = if here == ready {
            format!("context {context} runs in the recording, but another one stands in its place here")
        } else {
            format!("ready contexts in the recording: {ready}, of which context {context} runs; here: {here}")
        };
        Err(self.divergence(&message))
    }

    fn follow_done(
        &self,
        stage: &Stage<'_>,
        number: u64,
        digest: u64,
        took: Duration,
    ) -> Result<Next, String> {
        let outside = stage.outside;
        if let Some(job) = outside.job(number) {
            outside.start(job);
        }
        if !outside.is_open(number) {
            let message = format!("operation {number} ends in the recording, but has not begun here");
            return Err(self.divergence(&message));
        }
        let limit = PATIENCE + took * 2;
        match stage.wait_for(number, Some(Instant::now() + limit)) {
            Some(ended) if stage.digest(&ended) == digest => {
                ended.deliver(stage.hub);
                Ok(Next::Look)
            }
            Some(_) => {
                Err(self.divergence(&format!("operation {number} gave something else than in the recording")))
            }
            None if stage.hub.ready.is_closed() => Ok(Next::Doze(None)),
            None => {
                let seconds = limit.as_secs();
                let message =
                    format!("operation {number} ends in the recording, but not here in {seconds} s");
                Err(self.divergence(&message))
            }
        }
    }

    /// The recording has no further step.
    fn follow_end(&self, stage: &Stage<'_>, recording: &Recording) -> Result<Next, String> {
        if self.desk.lock().ready.is_empty() && stage.is_idle() {
            return Ok(Next::Doze(None));
        }
        Err(self.divergence(match recording.is_whole {
            true => "the recording ends here, but the program goes on",
            false => "the recording breaks off here: its run was killed, interrupted or too slow",
        }))
    }

    fn divergence(&self, what: &str) -> String {
        format!("The replay left the recording at step {}: {what}", self.steps() + 1)
    }

    fn steps(&self) -> usize {
        self.desk.lock().steps
    }
}

impl Stage<'_> {
    /// Whether nothing is pending that could make a context ready.
    fn is_idle(&self) -> bool {
        self.outside.jobs() == 0 && !self.outside.is_waiting() && self.timers.first().is_none()
    }

    /// Waits for the end of an operation; not beyond the deadline, nor if it is cancelled or the program ends.
    fn wait_for(&self, number: u64, deadline: Option<Instant>) -> Option<Ended> {
        let ready = &self.hub.ready;
        loop {
            let seen = ready.epoch();
            if let Some(ended) = self.outside.take(Some(number)) {
                return Some(ended);
            }
            let is_given_up = ready.is_closed() || !self.outside.is_open(number);
            if is_given_up || !ready.doze(seen, deadline) {
                return None;
            }
        }
    }

    /// A hash of what an operation gave, of a file operation; of others, only whether it failed.
    fn digest(&self, ended: &Ended) -> u64 {
        let outcome: &Outcome = ended.outcome();
        let (Ok(parcel) | Err(parcel)) = outcome;
        let mut text = String::new();
        if ended.is_repeatable() && to_text(self.program, &parcel.value, &mut text).is_err() {
            text.clear();
        }
        let mut hasher = rustc_hash::FxHasher::default();
        hasher.write(text.as_bytes());
        hasher.write_u8(u8::from(outcome.is_ok()));
        hasher.finish()
    }
}

/// A step of a recording, in words.
fn told(timed: &Timed) -> String {
    match timed.step {
        Step::Run { context, .. } => format!("runs context {context}"),
        Step::Timers => "fires timers".to_owned(),
        Step::Done { operation, .. } => format!("sees the end of operation {operation}"),
    }
}
