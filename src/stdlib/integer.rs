//! Functions of ints: divisors, roots, factorials, and ints as bytes.

use super::answer::{self, Outcome};
use super::declare::plain;
use super::encoding::octets;
use crate::value::{ErrorKind, Fault, Value};
use crate::vm::{Call, Native};

pub(super) const NATIVES: &[Native] = &[
    plain("gcd(...xs: int) -> int", "The greatest common divisor; 0 of nothing.", |call| {
        folded(call, 0, |a, b| i64::try_from(gcd(a, b)).ok())
    }),
    plain("lcm(...xs: int) -> int", "The least common multiple; 1 of nothing.", |call| folded(call, 1, lcm)),
    plain("isqrt(n: int) -> int", "The root without its fraction.", |call| {
        answer::int(not_negative(call)?.isqrt())
    }),
    plain("factorial(n: int) -> int", "The product of 1 to n.", |call| {
        let product = (1..=not_negative(call)?).try_fold(1_i64, i64::checked_mul);
        product.map_or_else(|| Err(overflow(call)), answer::int)
    }),
    plain(
        "int_to_bytes(n: int, size: int, order: string = \"big\") -> bytes",
        "An int in so many bytes.",
        to_bytes,
    ),
    plain(
        "int_from_bytes(b: bytes, order: string = \"big\", signed: bool = false) -> int",
        "The int that bytes hold.",
        from_bytes,
    ),
];

fn not_negative(call: &Call<'_>) -> Result<i64, Fault> {
    match call.int(0) {
        n @ 0.. => Ok(n),
        n => Err(call.value_fault(format!("n must not be negative, got {n}"))),
    }
}

fn overflow(call: &Call<'_>) -> Fault {
    Fault::new(ErrorKind::ArithmeticError, format!("Integer overflow in {}", call.shown_name()))
}

fn folded(call: &mut Call<'_>, start: i64, join: fn(i64, i64) -> Option<i64>) -> Outcome {
    let all = (0..call.args.len()).try_fold(start, |sum, at| join(sum, call.int(at)));
    all.map_or_else(|| Err(overflow(call)), answer::int)
}

fn gcd(a: i64, b: i64) -> u64 {
    let (mut a, mut b) = (a.unsigned_abs(), b.unsigned_abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

fn lcm(a: i64, b: i64) -> Option<i64> {
    if a == 0 || b == 0 {
        return Some(0);
    }
    let multiple = (a.unsigned_abs() / gcd(a, b)).checked_mul(b.unsigned_abs())?;
    i64::try_from(multiple).ok()
}

/// Whether the most significant byte comes first.
fn is_big(call: &Call<'_>, index: usize) -> Result<bool, Fault> {
    match call.str(index) {
        "big" => Ok(true),
        "little" => Ok(false),
        other => Err(call.value_fault(format!("order must be big or little, got '{other}'"))),
    }
}

fn to_bytes(call: &mut Call<'_>) -> Outcome {
    let (number, size, big) = (call.int(0), call.int(1), is_big(call, 2)?);
    let size @ 1..=8 = size else {
        return Err(call.value_fault(format!("size must be 1 to 8, got {size}")));
    };
    // As many bits as there are hold it with or without a sign.
    let bits = 8 * size as u32;
    if bits < 64 && !(-(1_i64 << (bits - 1))..1_i64 << bits).contains(&number) {
        let message = format!("int_to_bytes: {number} does not fit into {size} bytes");
        return Err(Fault::new(ErrorKind::ArithmeticError, message));
    }
    let mut bytes = number.to_be_bytes()[8 - size as usize..].to_vec();
    if !big {
        bytes.reverse();
    }
    answer::value(Value::bytes(bytes))
}

fn from_bytes(call: &mut Call<'_>) -> Outcome {
    let (mut bytes, big, signed) = (octets(&call.args[0]).to_vec(), is_big(call, 1)?, call.truth(2));
    if !big {
        bytes.reverse();
    }
    if !(1..=8).contains(&bytes.len()) {
        return Err(call.value_fault(format!("1 to 8 bytes hold an int, got {}", bytes.len())));
    }
    let negative = signed && bytes[0] >= 0x80;
    let word =
        bytes.iter().fold(if negative { u64::MAX } else { 0 }, |word, byte| word << 8 | u64::from(*byte));
    match i64::try_from(word) {
        _ if signed => answer::int(word as i64),
        Ok(number) => answer::int(number),
        Err(_) => Err(overflow(call)),
    }
}
