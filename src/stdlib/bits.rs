//! Ints as rows of 64 bits, in two's complement, and as text in other bases.

use super::answer::{self, Outcome};
use super::convert::radix;
use super::decimal::Decimal;
use super::declare::plain;
use crate::value::{Fault, Value};
use crate::vm::{Call, Native};

pub(super) const NATIVES: &[Native] = &[
    plain("bit_and(a: int, b: int) -> int", "Bits set in both.", |call| {
        answer::int(call.int(0) & call.int(1))
    }),
    plain("bit_or(a: int, b: int) -> int", "Bits set in either.", |call| {
        answer::int(call.int(0) | call.int(1))
    }),
    plain("bit_xor(a: int, b: int) -> int", "Bits set in one.", |call| {
        answer::int(call.int(0) ^ call.int(1))
    }),
    plain("bit_not(a: int) -> int", "All bits flipped.", |call| answer::int(!call.int(0))),
    plain("bit_count(a: int) -> int", "The number of set bits.", |call| {
        answer::int(call.int(0).count_ones().into())
    }),
    plain("bit_shl(a: int, n: int) -> int", "Shifted left; high bits are dropped.", |call| {
        answer::int(call.int(0) << shift(call)?)
    }),
    plain("bit_shr(a: int, n: int) -> int", "Shifted right; the sign is kept.", |call| {
        answer::int(call.int(0) >> shift(call)?)
    }),
    plain("to_base(n: int, base: int) -> string", "n in another base, in lower case.", to_base),
    plain(
        "format_number(x: num, opts: dict = {}) -> string",
        "With a sign between groups of three digits; options decimals, group, point.",
        format_number,
    ),
    plain(
        "to_fixed(x: num, digits: int) -> string",
        "x with exactly so many digits behind the point.",
        to_fixed,
    ),
];

/// The most digits behind the point: no float has more than 1074.
pub(super) const MOST_DIGITS: i64 = 1100;

fn shift(call: &Call<'_>) -> Result<u32, Fault> {
    match call.int(1) {
        count @ 0..=63 => Ok(count as u32),
        count => Err(call.value_fault(format!("n must be 0 to 63, got {count}"))),
    }
}

fn to_base(call: &mut Call<'_>) -> Outcome {
    let base = radix(call, call.int(1))?;
    answer::text(in_base(call.int(0), base))
}

/// An int in a base of 2 to 36, in lower case.
pub(super) fn in_base(number: i64, base: u32) -> String {
    let mut rest = number.unsigned_abs();
    let mut reversed = Vec::new();
    loop {
        let digit = (rest % u64::from(base)) as u32;
        reversed.push(char::from_digit(digit, base).expect("the digit is below the base"));
        rest /= u64::from(base);
        if rest == 0 {
            break;
        }
    }
    if number < 0 {
        reversed.push('-');
    }
    reversed.into_iter().rev().collect()
}

fn format_number(call: &mut Call<'_>) -> Outcome {
    let options = call.options(1, &["decimals", "group", "point"])?;
    let decimals = options.count("decimals")?;
    if let Some(digits) = decimals.filter(|digits| *digits > MOST_DIGITS as u64) {
        return Err(options.value_fault("decimals", format!("must be 0 to {MOST_DIGITS}, got {digits}")));
    }
    let text = match decimals {
        Some(digits) => fixed(&call.args[0], digits as usize),
        None => None,
    };
    let text = text.map_or_else(|| call.display(&call.args[0]), Ok)?;
    let (group, point) = (options.text("group")?.unwrap_or(","), options.text("point")?.unwrap_or("."));
    answer::text(grouped(&text, group, point))
}

/// A number in decimal with a sign between groups of three digits, and another for the point.
fn grouped(text: &str, group: &str, point: &str) -> String {
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(whole, rest)| (whole, Some(rest)));
    let digits = whole.trim_start_matches('-');
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.to_owned(); // inf and NaN
    }
    let mut grouped = whole[..whole.len() - digits.len()].to_owned();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            grouped.push_str(group);
        }
        grouped.push(digit);
    }
    fraction.map(|fraction| [&grouped, point, fraction].concat()).unwrap_or(grouped)
}

fn to_fixed(call: &mut Call<'_>) -> Outcome {
    let digits = match call.int(1) {
        digits @ 0..=MOST_DIGITS => digits as usize,
        digits => return Err(call.value_fault(format!("digits must be 0 to {MOST_DIGITS}, got {digits}"))),
    };
    match fixed(&call.args[0], digits) {
        Some(text) => answer::text(text),
        None => answer::text(call.display(&call.args[0])?),
    }
}

/// A finite number with so many digits behind the point.
pub(super) fn fixed(number: &Value, digits: usize) -> Option<String> {
    match number {
        Value::Int(number) => Some(Decimal::of_int(*number).fixed(digits)),
        Value::Float(number) if number.is_finite() => Some(Decimal::of_float(*number).fixed(digits)),
        _ => None,
    }
}
