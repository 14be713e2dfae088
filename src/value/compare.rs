//! Equality and order (LANGUAGE 3.5, 3.6).
//!
//! Invariant: no recursion of Rust code, so that depth is a matter of counting, and values that share parts with
//! themselves are compared in time linear in what is there: a pair of shared parts is looked at once.
//! Does not: call `op_eq` and kin (the machine does, for the pairs that `equal_but` sets aside).

use std::cmp::Ordering;

use rustc_hash::FxHashSet;

use super::parts::{MAX_DEPTH, too_deep};
use super::{ErrorKind, Fault, Value};

/// Whether `a == b`: numbers by exact value, collections deeply, handles by identity. ValueError beyond 4,096 levels.
pub fn equal(a: &Value, b: &Value) -> Result<bool, Fault> {
    match shallow(a, b) {
        Some(answer) => Ok(answer),
        None => deep(a, b, |_, _| false),
    }
}

/// Whether an equal item is among these. ValueError beyond 4,096 levels.
pub fn is_among<'a>(items: impl Iterator<Item = &'a Value>, item: &Value) -> Result<bool, Fault> {
    for own in items {
        if equal(own, item)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether `a == b`, but for the pairs that `own` sets aside: it is asked for each pair of structs of one type that is
/// compared, except in sets, whose items are distinct without methods.
pub fn equal_but(a: &Value, b: &Value, mut own: impl FnMut(&Value, &Value) -> bool) -> Result<bool, Fault> {
    if are_of_one_struct(a, b) && own(a, b) {
        return Ok(true);
    }
    match shallow(a, b) {
        Some(answer) => Ok(answer),
        None => deep(a, b, own),
    }
}

/// The order of `<` and kin: two numbers, two strings or two arrays; `None` where a NaN is involved. TypeError for other
/// operands; `operator` is for the message, which knows structs and enums only as such.
pub fn order(operator: &str, a: &Value, b: &Value) -> Result<Option<Ordering>, Fault> {
    lexical(a, b, |a, b| match (a, b) {
        (Value::Text(a), Value::Text(b)) => Ok(Some(a.as_str().cmp(b.as_str()))),
        _ if is_number(a) && is_number(b) => Ok(number_order(a, b)),
        _ => {
            let (left, right) = (a.kind_word(), b.kind_word());
            let message = format!("Invalid binary operation: {left} {operator} {right}");
            Err(Fault::new(ErrorKind::TypeError, message).about(&[a, b]))
        }
    })
}

/// The total order of the library (`compare`, `sort`, `min`): NaN last, false before true, bytes too. TypeError for
/// unlike kinds.
pub fn compare(a: &Value, b: &Value) -> Result<Ordering, Fault> {
    let order = lexical(a, b, |a, b| match (a, b) {
        (Value::Text(a), Value::Text(b)) => Ok(Some(a.as_str().cmp(b.as_str()))),
        (Value::Bool(a), Value::Bool(b)) => Ok(Some(a.cmp(b))),
        (Value::Bytes(a), Value::Bytes(b)) => Ok(Some(a.cmp(b))),
        (Value::Null, Value::Null) | (Value::None, Value::None) => Ok(Some(Ordering::Equal)),
        _ if is_number(a) && is_number(b) => Ok(Some(total_number_order(a, b))),
        _ => {
            let message = format!("Cannot compare {} with {}", a.kind_word(), b.kind_word());
            let has_fields = matches!(a, Value::Struct(_) | Value::Dict(_));
            let hint = has_fields.then_some("order by a part of it: `sort_by(list, x => x.name)`");
            Err(Fault::new(ErrorKind::TypeError, message).with_hint_opt(hint).about(&[a, b]))
        }
    })?;
    Ok(order.unwrap_or(Ordering::Equal))
}

/// The int that a float is exactly, if there is one.
pub fn exact_int(value: f64) -> Option<i64> {
    // -2^63 is a float, 2^63 - 1 is not.
    let in_range = (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&value);
    (in_range && value.trunc() == value).then_some(value as i64)
}

/// Pairs of shared parts that were looked at already, in a set or outside.
#[derive(Default)]
struct Seen(FxHashSet<(usize, usize, bool)>);

impl Seen {
    /// Whether the pair may be new. Only pairs in which both are shared can come twice.
    fn is_new(&mut self, pair: &Open<'_>) -> bool {
        match (pair.left.body(), pair.right.body()) {
            (Some((a, false)), Some((b, false))) => self.0.insert((a, b, pair.is_in_set)),
            _ => true,
        }
    }
}

/// Two values whose parts are being compared.
struct Open<'a> {
    left: &'a Value,
    right: &'a Value,
    next: usize,
    is_in_set: bool,
}

enum Next<'a> {
    Pair(&'a Value, &'a Value),
    /// The left part has no counterpart.
    Missing,
    End,
}

impl<'a> Open<'a> {
    fn new(left: &'a Value, right: &'a Value) -> Open<'a> {
        Open { left, right, next: 0, is_in_set: matches!(left, Value::Set(_)) }
    }

    fn inside(&self, left: &'a Value, right: &'a Value) -> Open<'a> {
        let inner = Open::new(left, right);
        Open { is_in_set: self.is_in_set || inner.is_in_set, ..inner }
    }

    fn next_pair(&mut self) -> Next<'a> {
        let at = self.next;
        self.next += 1;
        let Some(left) = self.left.visible_part(at) else { return Next::End };
        let right = match (self.left, self.right) {
            (Value::Dict(a), Value::Dict(b)) => a.at(at).and_then(|(key, _)| b.get(key.as_ref())),
            (Value::Set(a), Value::Set(b)) => b.counterpart(a, at),
            (_, right) => right.part(at),
        };
        right.map_or(Next::Missing, |right| Next::Pair(left, right))
    }
}

fn deep(a: &Value, b: &Value, mut own: impl FnMut(&Value, &Value) -> bool) -> Result<bool, Fault> {
    let mut seen = Seen::default();
    let mut open = vec![Open::new(a, b)];
    while let Some(top) = open.last_mut() {
        match top.next_pair() {
            Next::End => drop(open.pop()),
            Next::Missing => return Ok(false),
            Next::Pair(left, right)
                if !top.is_in_set && are_of_one_struct(left, right) && own(left, right) => {}
            Next::Pair(left, right) => match shallow(left, right) {
                Some(true) => {}
                Some(false) => return Ok(false),
                None => {
                    let inside = top.inside(left, right);
                    match open.len() {
                        MAX_DEPTH => return Err(too_deep()),
                        _ if seen.is_new(&inside) => open.push(inside),
                        _ => {}
                    }
                }
            },
        }
    }
    Ok(true)
}

fn are_of_one_struct(a: &Value, b: &Value) -> bool {
    matches!((a, b), (Value::Struct(a), Value::Struct(b)) if a.id == b.id)
}

/// Whether they are equal, if that can be told without a look at their parts. A value is never taken to equal itself just
/// because it is one allocation: it may hold a NaN.
fn shallow(a: &Value, b: &Value) -> Option<bool> {
    let look = |same_shape: bool, parts: usize| match (same_shape, parts) {
        (false, _) => Some(false),
        (true, 0) => Some(true),
        _ => None,
    };
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => Some(a == b),
        (Value::Float(a), Value::Float(b)) => Some(a == b),
        (Value::Int(int), Value::Float(float)) | (Value::Float(float), Value::Int(int)) => {
            Some(exact_int(*float) == Some(*int))
        }
        (Value::Array(a), Value::Array(b)) => look(a.len() == b.len(), a.len()),
        (Value::Dict(a), Value::Dict(b)) => look(a.len() == b.len(), a.len()),
        (Value::Set(a), Value::Set(b)) => look(a.len() == b.len(), a.len()),
        (Value::Deque(a), Value::Deque(b)) => look(a.end() == b.end() && a.len() == b.len(), a.len()),
        (Value::Struct(a), Value::Struct(b)) => look(a.id == b.id, a.fields.len()),
        (Value::Enum(a), Value::Enum(b)) => {
            let same = a.id == b.id && a.variant == b.variant && a.payload.len() == b.payload.len();
            look(same, a.payload.len())
        }
        (Value::Ok(_), Value::Ok(_)) | (Value::Err(_), Value::Err(_)) | (Value::Some(_), Value::Some(_)) => {
            None
        }
        (Value::Error(a), Value::Error(b)) => {
            let (a, b) = (a.body(), b.body());
            look(a.kind == b.kind && a.message == b.message, 1)
        }
        _ => Some(same_leaf(a, b)),
    }
}

fn same_leaf(a: &Value, b: &Value) -> bool {
    use super::{CellRef, Counted, Handle, Text};
    match (a, b) {
        (Value::Null, Value::Null) | (Value::None, Value::None) | (Value::Unset, Value::Unset) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Text(a), Value::Text(b)) => Text::same(a, b) || a == b,
        (Value::Bytes(a), Value::Bytes(b)) => Counted::same(a, b) || **a == **b,
        (Value::Function(a), Value::Function(b)) => a == b,
        (Value::Native(a), Value::Native(b)) => a == b,
        (Value::Constructor(a), Value::Constructor(b)) | (Value::Module(a), Value::Module(b)) => a == b,
        (Value::Closure(a), Value::Closure(b)) => Counted::same(a, b),
        (Value::Bound(a), Value::Bound(b)) => Counted::same(a, b),
        (Value::Handle(a), Value::Handle(b)) => Handle::same(a, b),
        (Value::Cell(a), Value::Cell(b)) => CellRef::same(a, b),
        (Value::Generator(a, _), Value::Generator(b, _)) => CellRef::same(a, b),
        _ => false,
    }
}

fn is_number(value: &Value) -> bool {
    matches!(value, Value::Int(_) | Value::Float(_))
}

fn number_order(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        (Value::Float(a), Value::Float(b)) => a.partial_cmp(b),
        (Value::Int(int), Value::Float(float)) => int_float_order(*int, *float),
        (Value::Float(float), Value::Int(int)) => int_float_order(*int, *float).map(Ordering::reverse),
        _ => None,
    }
}

/// Exact, also where the int has no float: the float's integral part is an int, so only its fraction decides.
fn int_float_order(int: i64, float: f64) -> Option<Ordering> {
    if float.is_nan() {
        return None;
    }
    match exact_int(float.trunc()) {
        Some(whole) => Some(int.cmp(&whole).then(0.0_f64.total_cmp(&(float.fract() + 0.0)))),
        None if float > 0.0 => Some(Ordering::Less),
        None => Some(Ordering::Greater),
    }
}

fn total_number_order(a: &Value, b: &Value) -> Ordering {
    let is_nan = |value: &Value| matches!(value, Value::Float(float) if float.is_nan());
    number_order(a, b).unwrap_or_else(|| is_nan(a).cmp(&is_nan(b)))
}

/// Compares arrays item by item, and whatever else by `leaf`; the first difference decides, then the length.
fn lexical(
    a: &Value,
    b: &Value,
    leaf: impl Fn(&Value, &Value) -> Result<Option<Ordering>, Fault>,
) -> Result<Option<Ordering>, Fault> {
    let (Value::Array(_), Value::Array(_)) = (a, b) else { return leaf(a, b) };
    let mut seen = Seen::default();
    let mut open = vec![Open::new(a, b)];
    while let Some(top) = open.last_mut() {
        match top.next_pair() {
            Next::Missing => return Ok(Some(Ordering::Greater)),
            Next::End if top.right.part_count() > top.left.part_count() => return Ok(Some(Ordering::Less)),
            Next::End => drop(open.pop()),
            Next::Pair(left @ Value::Array(_), right @ Value::Array(_)) => {
                if open.len() == MAX_DEPTH {
                    return Err(too_deep());
                }
                let inside = Open::new(left, right);
                if seen.is_new(&inside) {
                    open.push(inside);
                }
            }
            Next::Pair(left, right) => match leaf(left, right)? {
                Some(Ordering::Equal) => {}
                decided => return Ok(decided),
            },
        }
    }
    Ok(Some(Ordering::Equal))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Counted, Set};

    fn eq(a: &Value, b: &Value) -> bool {
        equal(a, b).expect("shallow values")
    }

    fn nested(levels: usize) -> Value {
        (1..levels).fold(Value::array(vec![Value::Int(1)]), |inner, _| Value::array(vec![inner]))
    }

    #[test]
    fn numbers_compare_by_exact_value() {
        let big = (1_i64 << 53) + 1;
        assert!(eq(&Value::Int(1), &Value::Float(1.0)));
        assert!(!eq(&Value::Int(big), &Value::Float(big as f64)));
        assert!(!eq(&Value::Int(i64::MAX), &Value::Float(i64::MAX as f64)));
        assert!(eq(&Value::Int(i64::MIN), &Value::Float(i64::MIN as f64)));
        assert!(!eq(&Value::Int(1), &Value::Bool(true)));
        let check = |int: i64, float: f64, expect| {
            assert_eq!(
                order("<", &Value::Int(int), &Value::Float(float)).expect("numbers"),
                expect,
                "{int} {float}"
            );
        };
        check(big, big as f64, Some(Ordering::Greater));
        check(i64::MAX, i64::MAX as f64, Some(Ordering::Less));
        check(i64::MIN, f64::NEG_INFINITY, Some(Ordering::Greater));
        check(-1, -1.5, Some(Ordering::Greater));
        check(1, 1.5, Some(Ordering::Less));
        check(0, -0.0, Some(Ordering::Equal));
        check(-1, -0.5, Some(Ordering::Less));
        check(0, f64::NAN, None);
    }

    #[test]
    fn nan_equals_nothing_not_even_in_one_allocation() {
        let array = Value::array(vec![Value::Float(f64::NAN)]);
        assert!(!eq(&array, &array));
        let set = Value::Set(Counted::new(Set::from_items([Value::Float(f64::NAN)]).expect("shallow")));
        assert!(!eq(&set, &set));
        assert_eq!(compare(&array, &array).expect("numbers"), Ordering::Equal);
        assert_eq!(compare(&Value::Float(f64::NAN), &Value::Int(1)).expect("numbers"), Ordering::Greater);
    }

    #[test]
    fn sets_and_dicts_have_no_order() {
        let set = |items: [i64; 3]| {
            let items = items.map(|item| Value::array(vec![Value::Int(item)]));
            Value::Set(Counted::new(Set::from_items(items).expect("shallow")))
        };
        assert!(eq(&set([1, 2, 3]), &set([3, 1, 2])));
        assert!(!eq(&set([1, 2, 3]), &set([4, 1, 2])));
    }

    #[test]
    fn arrays_order_lexically() {
        let array = |items: &[i64]| Value::array(items.iter().copied().map(Value::Int).collect());
        let check = |a: &[i64], b: &[i64], expect| {
            assert_eq!(order("<", &array(a), &array(b)).expect("numbers"), Some(expect));
        };
        check(&[1, 2], &[1, 3], Ordering::Less);
        check(&[1, 2], &[1], Ordering::Greater);
        check(&[], &[1], Ordering::Less);
        check(&[1], &[1], Ordering::Equal);
        let fault = order("<", &Value::Int(1), &Value::text("a")).expect_err("unlike");
        assert_eq!(fault.body().message.as_str(), "Invalid binary operation: int < string");
    }

    #[test]
    fn depth_is_counted_and_needs_no_stack() {
        let work = || {
            assert!(eq(&nested(MAX_DEPTH), &nested(MAX_DEPTH)));
            let (a, b) = (nested(MAX_DEPTH + 1), nested(MAX_DEPTH + 1));
            assert!(equal(&a, &b).expect_err("too deep").is(ErrorKind::ValueError));
            assert!(compare(&a, &b).expect_err("too deep").is(ErrorKind::ValueError));
            assert!(Set::from_items([a]).expect_err("too deep").is(ErrorKind::ValueError));
        };
        let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(work);
        thread.expect("a thread").join().expect("no overflow");
    }

    #[test]
    fn shared_parts_are_compared_once() {
        let doubled = || (0..60).fold(Value::Int(1), |part, _| Value::array(vec![part.clone(), part]));
        assert!(eq(&doubled(), &doubled()));
        assert_eq!(compare(&doubled(), &doubled()).expect("numbers"), Ordering::Equal);
    }
}
