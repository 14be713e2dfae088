//! Promises made of promises: `promise_all`, `promise_race`, `promise_any`, `promise_settled`, `async_timeout`,
//! and those of `parallel_map` and its kin.
//!
//! Invariant: a combination holds the duty to settle its promise until it has decided; then it holds nothing. Its lock
//! is never held while a promise's lock is taken.

use std::sync::Arc;

use super::{Hub, Promise, Ripple, Settler, Source};
use crate::context::{Access, Cells};
use crate::sync::Mutex;
use crate::value::{Counted, ErrorKind, Fault, Outcome, Parcel, Shared, Value};
use crate::vm::Gathered;

/// Which combination.
#[derive(Clone, Debug)]
pub enum Kind {
    /// All values, or the first rejection.
    All,
    /// The first outcome.
    Race,
    /// The first value, or an AggregateError.
    Any,
    /// All outcomes as Ok and Err.
    Settled,
    /// All values, in this form, or the first rejection; then the others are cancelled, unless a scope does that.
    Gathered {
        /// What the promise gives.
        form: Gathered,
        /// Whether they are children of a scope.
        in_scope: bool,
    },
    /// Element 0 is the promise, element 1 a timer; when the timer is first the promise is cancelled and this is the
    /// outcome.
    Timeout(Fault),
}

#[derive(Debug)]
struct Collected {
    settler: Settler,
    outcomes: Vec<Option<Outcome>>,
    missing: usize,
    elements: Vec<Shared<Promise>>,
}

/// What links the elements to the promise of the whole.
#[derive(Debug)]
pub struct Combination {
    kind: Kind,
    /// `None` once decided.
    collected: Mutex<Option<Collected>>,
}

impl Combination {
    /// The promise of a combination of `items`: promises, or values that count as resolved.
    pub fn of(hub: &Arc<Hub>, kind: Kind, items: Vec<Parcel>) -> Shared<Promise> {
        let elements: Vec<Result<Shared<Promise>, Parcel>> = items.into_iter().map(element).collect();
        let promises = elements.iter().filter_map(|element| element.as_ref().ok().cloned()).collect();
        let mut made = None;
        let combination = Arc::new_cyclic(|weak| {
            let (promise, settler) = Promise::pair(hub, Source::Combination(weak.clone()));
            made = Some(promise);
            let outcomes = elements.iter().map(|_| None).collect();
            let missing = elements.len();
            let collected = Collected { settler, outcomes, missing, elements: promises };
            Combination { kind, collected: Mutex::new(Some(collected)) }
        });
        let mut ripple = Ripple::default();
        combination.decide_empty(&mut ripple);
        for (index, element) in elements.into_iter().enumerate() {
            let index = index as u32;
            let outcome = match element {
                Ok(promise) => promise.link(&combination, index).cloned(),
                Err(value) => Some(Ok(value)),
            };
            if let Some(outcome) = outcome {
                combination.deliver(index, outcome, &mut ripple);
            }
        }
        ripple.run(hub, None);
        made.expect("the closure above ran")
    }

    /// The promise of `promise`'s outcome, or of TimeoutError and a cancelled `promise` when `timer` is first.
    pub fn timeout(
        hub: &Arc<Hub>,
        promise: Parcel,
        timer: Shared<Promise>,
        expired: Fault,
    ) -> Shared<Promise> {
        let timer = Parcel::plain(Value::Handle(timer.into_handle()));
        Combination::of(hub, Kind::Timeout(expired), vec![promise, timer])
    }

    /// Whether it has decided.
    pub(super) fn is_done(&self) -> bool {
        self.collected.lock().is_none()
    }

    /// The outcome of one element.
    pub(super) fn deliver(&self, index: u32, outcome: Outcome, ripple: &mut Ripple) {
        let mut guard = self.collected.lock();
        let Some(collected) = guard.as_mut() else { return };
        let Some(decision) = self.kind.decide(collected, index as usize, outcome) else { return };
        let decided = guard.take();
        drop(guard);
        if let Some(collected) = decided {
            if self.kind.cancels_losers() && matches!(decision, Decision::By(_)) {
                let losers = collected.elements.iter().filter(|element| !element.is_settled());
                losers.for_each(|loser| ripple.cancel_later(loser.clone()));
            }
            let outcome = decision.outcome(&self.kind, collected.outcomes);
            let _ = collected.settler.offer(outcome, ripple);
        }
    }

    /// Its promise was cancelled: so are its elements.
    pub(super) fn give_up(&self, ripple: &mut Ripple) {
        let collected = self.collected.lock().take();
        if let Some(collected) = collected {
            collected.elements.into_iter().for_each(|element| ripple.cancel_later(element));
        }
    }

    /// Without elements nothing will be delivered.
    fn decide_empty(&self, ripple: &mut Ripple) {
        let mut guard = self.collected.lock();
        if guard.as_ref().is_some_and(|collected| collected.missing == 0)
            && let Some(collected) = guard.take()
        {
            drop(guard);
            let outcome = match self.kind {
                Kind::Race => Err(race_of_none()),
                _ => Decision::Complete.outcome(&self.kind, Vec::new()),
            };
            let _ = collected.settler.offer(outcome, ripple);
        }
    }
}

fn element(item: Parcel) -> Result<Shared<Promise>, Parcel> {
    match &item.value {
        Value::Handle(handle) => handle.shared::<Promise>().ok_or(item),
        _ => Err(item),
    }
}

fn race_of_none() -> Parcel {
    Parcel::from_fault(Fault::new(
        ErrorKind::ValueError,
        "promise_race expects at least one promise, got none",
    ))
}

/// How a combination ends. Separate from the outcome, which is built after the lock is released.
enum Decision {
    /// With this.
    By(Outcome),
    /// With all that was collected.
    Complete,
}

impl Kind {
    fn cancels_losers(&self) -> bool {
        matches!(self, Kind::Timeout(_) | Kind::Gathered { in_scope: false, .. })
    }

    fn decide(&self, collected: &mut Collected, index: usize, outcome: Outcome) -> Option<Decision> {
        let at_once = match (self, &outcome) {
            (Kind::Timeout(expired), _) if index == 1 => {
                return Some(Decision::By(Err(Parcel::from_fault(expired.clone()))));
            }
            (Kind::Race | Kind::Timeout(_), _) => true,
            (Kind::All | Kind::Gathered { .. }, outcome) => outcome.is_err(),
            (Kind::Any, outcome) => outcome.is_ok(),
            (Kind::Settled, _) => false,
        };
        if at_once {
            return Some(Decision::By(outcome));
        }
        if collected.outcomes[index].replace(outcome).is_none() {
            collected.missing -= 1;
        }
        (collected.missing == 0).then_some(Decision::Complete)
    }
}

impl Decision {
    fn outcome(self, kind: &Kind, collected: Vec<Option<Outcome>>) -> Outcome {
        if let Decision::By(outcome) = self {
            return outcome;
        }
        let marked = matches!(kind, Kind::Settled);
        let items = collected.into_iter().flatten().map(|outcome| match outcome {
            Ok(parcel) if marked => wrap(parcel, Value::Ok),
            Err(parcel) if marked => wrap(parcel, Value::Err),
            Ok(parcel) | Err(parcel) => parcel,
        });
        let all = bundle(items.collect());
        match kind {
            Kind::Gathered { form, .. } => Ok(form.of(all)),
            Kind::Any => Err(Parcel {
                value: Value::Error(
                    Fault::new(ErrorKind::AggregateError, "All promises were rejected").with_value(all.value),
                ),
                cells: all.cells,
            }),
            _ => Ok(all),
        }
    }
}

/// The same parcel around a larger value.
pub(in crate::runtime) fn wrap(parcel: Parcel, around: fn(Counted<Value>) -> Value) -> Parcel {
    Parcel { value: around(Counted::new(parcel.value)), cells: parcel.cells }
}

/// One parcel of an array of all values. Parcels with shared variables are brought into one scratch context, so
/// that their cells get distinct positions.
pub(in crate::runtime) fn bundle(parcels: Vec<Parcel>) -> Parcel {
    if parcels.iter().all(|parcel| parcel.cells.is_none()) {
        return Parcel::plain(Value::array(parcels.into_iter().map(|parcel| parcel.value).collect()));
    }
    let mut scratch = Cells::default();
    let values = parcels.iter().map(|parcel| scratch.unpack(parcel, Access::Own)).collect();
    scratch.pack(Value::array(values))
}
