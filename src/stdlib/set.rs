//! Sets: membership and the algebra of sets.

use super::answer::{self, Outcome};
use super::declare::{edit, plain};
use crate::value::{Counted, Fault, Set, Value};
use crate::vm::{Call, Native};

pub(super) const NATIVES: &[Native] = &[
    plain("Set(xs: seq = []) -> set", "The distinct items of a seq.", set),
    edit("add set_add(s: set, x: any) -> set", "With x.", add),
    plain("union set_union(a: set, b: seq) -> set", "What is in a or b.", union),
    plain("intersect set_intersect(a: set, b: seq) -> set", "What is in both.", |call| {
        let (a, b) = operands(call)?;
        answer::value(kept(&a, &b, true)?)
    }),
    plain("difference set_difference(a: set, b: seq) -> set", "What is in a, but not in b.", |call| {
        let (a, b) = operands(call)?;
        answer::value(kept(&a, &b, false)?)
    }),
    plain("symmetric_difference(a: set, b: seq) -> set", "What is in one of both.", symmetric_difference),
    plain("is_subset(a: set, b: seq) -> bool", "Whether b has all of a.", |call| {
        let (a, b) = operands(call)?;
        answer::bool(has_all(&b, &a)?)
    }),
    plain("is_superset(a: set, b: seq) -> bool", "Whether a has all of b.", |call| {
        let (a, b) = operands(call)?;
        answer::bool(has_all(&a, &b)?)
    }),
    plain("is_disjoint(a: set, b: seq) -> bool", "Whether they have nothing in common.", is_disjoint),
];

/// The distinct items, in order of first appearance.
fn distinct(items: &[Value]) -> Result<Set, Fault> {
    let mut set = Set::default();
    for item in items {
        set.add(item.clone())?;
    }
    Ok(set)
}

fn set(call: &mut Call<'_>) -> Outcome {
    match call.args[0] {
        Value::Set(_) => answer::value(call.args[0].take()),
        _ => answer::value(Value::Set(Counted::new(distinct(&call.items(0, "xs")?)?))),
    }
}

fn add(call: &mut Call<'_>) -> Outcome {
    let item = call.args[1].take();
    if let Value::Set(set) = &mut call.args[0] {
        Counted::make_mut(set).add(item)?;
    }
    answer::null()
}

/// Both operands as sets.
fn operands(call: &Call<'_>) -> Result<(Counted<Set>, Counted<Set>), Fault> {
    let b = match &call.args[1] {
        Value::Set(set) => set.clone(),
        _ => Counted::new(distinct(&call.items(1, "b")?)?),
    };
    Ok((call.set(0).clone(), b))
}

/// The items of `a` that are, or are not, in `b`.
fn kept(a: &Set, b: &Set, shared: bool) -> Result<Value, Fault> {
    let mut kept = Set::default();
    for item in a.iter() {
        if b.contains(item)? == shared {
            kept.add(item.clone())?;
        }
    }
    Ok(Value::Set(Counted::new(kept)))
}

fn union(call: &mut Call<'_>) -> Outcome {
    let (a, b) = operands(call)?;
    let mut all = Counted::into_inner(a);
    for item in b.iter() {
        all.add(item.clone())?;
    }
    answer::value(Value::Set(Counted::new(all)))
}

fn symmetric_difference(call: &mut Call<'_>) -> Outcome {
    let (a, b) = operands(call)?;
    let mut single = Set::default();
    for (own, other) in [(&a, &b), (&b, &a)] {
        for item in own.iter() {
            if !other.contains(item)? {
                single.add(item.clone())?;
            }
        }
    }
    answer::value(Value::Set(Counted::new(single)))
}

fn has_all(whole: &Set, part: &Set) -> Result<bool, Fault> {
    for item in part.iter() {
        if !whole.contains(item)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn is_disjoint(call: &mut Call<'_>) -> Outcome {
    let (a, b) = operands(call)?;
    for item in a.iter() {
        if b.contains(item)? {
            return answer::bool(false);
        }
    }
    answer::bool(true)
}
