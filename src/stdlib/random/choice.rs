//! Random items, orders and names.

use super::{Dice, drawn};
use crate::stdlib::answer::Outcome;
use crate::stdlib::sequence::LARGEST;
use crate::value::{Fault, Handle, Value};
use crate::vm::Call;

/// Lower-case letters and digits.
const LETTERS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";

pub(super) fn one(call: &mut Call<'_>, rng: Option<Handle>) -> Outcome {
    let items = call.items(0, "xs")?;
    drawn(rng, move |dice| {
        Ok(if items.is_empty() { Value::Null } else { items[dice.position(items.len())].clone() })
    })
}

pub(super) fn several(call: &mut Call<'_>, rng: Option<Handle>) -> Outcome {
    let items = call.items(0, "xs")?;
    let count = count(call, 1, "n")?;
    if items.is_empty() && count > 0 {
        return Err(call.value_fault("there is nothing to choose from"));
    }
    drawn(rng, move |dice| {
        Ok(Value::array((0..count).map(|_| items[dice.position(items.len())].clone()).collect()))
    })
}

pub(super) fn sample(call: &mut Call<'_>, rng: Option<Handle>) -> Outcome {
    let items = call.items(0, "xs")?;
    let wanted = call.int(1);
    if usize::try_from(wanted).is_ok_and(|wanted| wanted > items.len()) {
        return Err(call.value_fault(format!("cannot take {wanted} of {} items", items.len())));
    }
    let count = count(call, 1, "n")?;
    drawn(rng, move |dice| {
        let mut items = items.to_vec();
        mix(&mut items, count, dice);
        items.truncate(count);
        Ok(Value::array(items))
    })
}

pub(super) fn shuffle(call: &mut Call<'_>, rng: Option<Handle>) -> Outcome {
    let items = call.array(0).clone();
    drawn(rng, move |dice| {
        let mut items = items.to_vec();
        let count = items.len();
        mix(&mut items, count, dice);
        Ok(Value::array(items))
    })
}

/// Puts random items at the first `count` positions (Fisher and Yates).
fn mix(items: &mut [Value], count: usize, dice: &mut Dice<'_>) {
    for at in 0..count {
        let other = at + dice.position(items.len() - at);
        items.swap(at, other);
    }
}

pub(super) fn id(call: &mut Call<'_>, rng: Option<Handle>) -> Outcome {
    let length = count(call, 0, "length")?;
    drawn(rng, move |dice| {
        let letters = (0..length).map(|_| char::from(LETTERS[dice.position(LETTERS.len())]));
        Ok(Value::text(letters.collect::<String>()))
    })
}

/// A number of items to make.
pub(super) fn count(call: &Call<'_>, index: usize, parameter: &str) -> Result<usize, Fault> {
    match usize::try_from(call.int(index)) {
        Err(_) => Err(call.value_fault(format!("{parameter} must not be negative, got {}", call.int(index)))),
        Ok(count) if count > LARGEST => Err(call.limit_fault("the result would be too large", LARGEST)),
        Ok(count) => Ok(count),
    }
}
