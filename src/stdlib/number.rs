//! Arithmetic beyond the operators: absolute values, extremes, rounding, sums, integer division.

use super::answer::{self, Outcome};
use super::convert::truncated;
use super::decimal::{Decimal, Mode};
use super::declare::plain;
use crate::bytecode::Constant;
use crate::value::{ErrorKind, Fault, Value, compare};
use crate::vm::{Call, Native, why_not_finite};

pub(super) const NATIVES: &[Native] = &[
    plain("abs(x: num) -> num", "The absolute value.", abs),
    plain("sign(x: num) -> int", "-1, 0 or 1.", sign),
    plain("clamp(x: num, lo: num, hi: num) -> num", "x, but not below lo nor above hi.", clamp),
    plain("min(x: any, ...xs: any) -> any", "The least of several values or of one seq.", |call| {
        extreme(call, -1)
    }),
    plain("max(x: any, ...xs: any) -> any", "The greatest of several values or of one seq.", |call| {
        extreme(call, 1)
    }),
    plain("floor(x: num, digits: int|null = null) -> num", "Rounded down.", |call| {
        rounding(call, Mode::Floor)
    }),
    plain("ceil(x: num, digits: int|null = null) -> num", "Rounded up.", |call| rounding(call, Mode::Ceil)),
    plain("round(x: num, digits: int|null = null) -> num", "Rounded, half away from zero.", |call| {
        rounding(call, Mode::Round)
    }),
    plain("trunc(x: num, digits: int|null = null) -> num", "Rounded toward zero.", |call| {
        rounding(call, Mode::Trunc)
    }),
    plain("pow(a: num, b: num) -> num", "a to the power of b; exact for ints.", pow),
    plain("sum(xs: seq) -> num", "The sum; 0 if empty.", sum),
    plain("product(xs: seq) -> num", "The product; 1 if empty.", product),
    plain("mean(xs: seq) -> any", "The arithmetic mean; null if empty.", mean),
    plain("floor_div(a: int, b: int) -> int", "The quotient, rounded down.", floor_div),
    plain("floor_mod(a: int, b: int) -> int", "The remainder, with the sign of b.", floor_mod),
    plain("is_nan(x: num) -> bool", "Whether x is NaN.", |call| answer::bool(call.float(0).is_nan())),
    plain("is_finite(x: num) -> bool", "Whether x is neither NaN nor infinite.", |call| {
        answer::bool(call.float(0).is_finite())
    }),
    plain("is_infinite(x: num) -> bool", "Whether x is infinite.", |call| {
        answer::bool(call.float(0).is_infinite())
    }),
];

/// The names of the prelude that stand for numbers.
pub const CONSTANTS: &[(&str, Constant)] = &[
    ("PI", Constant::Float(std::f64::consts::PI)),
    ("E", Constant::Float(std::f64::consts::E)),
    ("TAU", Constant::Float(std::f64::consts::TAU)),
    ("INF", Constant::Float(f64::INFINITY)),
    ("NAN", Constant::Float(f64::NAN)),
    ("INT_MAX", Constant::Int(i64::MAX)),
    ("INT_MIN", Constant::Int(i64::MIN)),
    ("None", Constant::None),
];

/// An ArithmeticError.
pub(super) fn arithmetic(message: impl Into<String>) -> Fault {
    Fault::new(ErrorKind::ArithmeticError, message.into())
}

fn abs(call: &mut Call<'_>) -> Outcome {
    match call.args[0] {
        Value::Int(number) => match number.checked_abs() {
            Some(number) => answer::int(number),
            None => Err(arithmetic(format!("Integer overflow: abs({number})"))),
        },
        _ => answer::float(call.float(0).abs()),
    }
}

fn sign(call: &mut Call<'_>) -> Outcome {
    let number = call.float(0);
    answer::int(i64::from(number > 0.0) - i64::from(number < 0.0))
}

fn clamp(call: &mut Call<'_>) -> Outcome {
    use std::cmp::Ordering::{Greater, Less};
    let [x, lo, hi] = &call.args[..] else { unreachable!("the signature has three parameters") };
    if compare(lo, hi)? == Greater {
        return Err(call.value_fault("lo must not be greater than hi"));
    }
    let chosen = if is_nan(x) || compare(x, lo)? == Less {
        if is_nan(x) { x } else { lo }
    } else if compare(x, hi)? == Greater {
        hi
    } else {
        x
    };
    answer::value(chosen.clone())
}

fn is_nan(value: &Value) -> bool {
    matches!(value, Value::Float(number) if number.is_nan())
}

/// The first value that no other beats in the direction `sign` of the order; a NaN wins at once.
fn extreme(call: &mut Call<'_>, sign: i8) -> Outcome {
    let seq = if call.args.len() == 1 { Some(call.items(0, "x")?) } else { None };
    let items: &[Value] = match &seq {
        Some(items) => items,
        None => call.args,
    };
    let Some(mut best) = items.first() else { return answer::null() };
    for item in items {
        if compare(item, best)? as i8 == sign && !is_nan(best) && !is_nan(item) {
            best = item;
        }
    }
    answer::value(items.iter().find(|item| is_nan(item)).unwrap_or(best).clone())
}

fn rounding(call: &mut Call<'_>, mode: Mode) -> Outcome {
    match call.int_opt(1) {
        Some(digits @ -15..=15) => to_places(call, digits, mode),
        Some(digits) => Err(call.value_fault(format!("digits must be -15 to 15, got {digits}"))),
        None => to_int(call, mode),
    }
}

fn to_int(call: &mut Call<'_>, mode: Mode) -> Outcome {
    let Value::Float(number) = call.args[0] else { return answer::value(call.args[0].take()) };
    let whole = match mode {
        Mode::Floor => number.floor(),
        Mode::Ceil => number.ceil(),
        Mode::Round => number.round(),
        Mode::Trunc => number.trunc(),
    };
    truncated(whole).map_or_else(|| answer::float(whole), answer::int)
}

fn to_places(call: &mut Call<'_>, digits: i64, mode: Mode) -> Outcome {
    let decimal = match call.args[0] {
        Value::Int(number) => Decimal::of_int(number),
        _ if !call.float(0).is_finite() => return answer::float(call.float(0)),
        _ => Decimal::of_float(call.float(0)),
    };
    answer::float(decimal.rounded(digits, mode).to_float())
}

fn pow(call: &mut Call<'_>) -> Outcome {
    let no_power = |why: &str, call: &Call<'_>| -> Outcome {
        let (a, b) = (call.display(&call.args[0])?, call.display(&call.args[1])?);
        Err(arithmetic(format!("{why}: {a} ** {b}")))
    };
    if let (Value::Int(base), Value::Int(exponent @ 0..)) = (&call.args[0], &call.args[1]) {
        return match int_pow(*base, *exponent) {
            Some(power) => answer::int(power),
            None => no_power("Integer overflow", call),
        };
    }
    let (base, exponent) = (call.float(0), call.float(1));
    if base == 0.0 && exponent < 0.0 {
        return Err(arithmetic("Division by zero"));
    }
    let power = base.powf(exponent);
    if !power.is_finite() && base.is_finite() && exponent.is_finite() {
        return no_power(why_not_finite(power), call);
    }
    answer::float(power)
}

fn int_pow(base: i64, exponent: i64) -> Option<i64> {
    match (base, u32::try_from(exponent)) {
        (_, Ok(exponent)) => base.checked_pow(exponent),
        (0 | 1, _) => Some(base),
        (-1, _) => Some(if exponent % 2 == 0 { 1 } else { -1 }),
        _ => None,
    }
}

/// The numbers of the first argument: as ints if all are, else as floats.
enum Numbers {
    Ints(Vec<i64>),
    Floats(Vec<f64>),
}

fn numbers(call: &Call<'_>) -> Result<Numbers, Fault> {
    let items = call.items(0, "xs")?;
    let mut floats = Vec::with_capacity(items.len());
    let mut ints = Vec::new();
    for item in items.iter() {
        match item {
            Value::Int(number) => {
                ints.push(*number);
                floats.push(*number as f64);
            }
            Value::Float(number) => floats.push(*number),
            other => return Err(call.type_fault("xs", "numbers", other)),
        }
    }
    Ok(if ints.len() == floats.len() { Numbers::Ints(ints) } else { Numbers::Floats(floats) })
}

fn sum(call: &mut Call<'_>) -> Outcome {
    match numbers(call)? {
        // No array has 2^64 items, so 128 bits always hold the exact sum.
        Numbers::Ints(ints) => fitting(ints.iter().map(|&number| i128::from(number)).sum::<i128>(), "sum"),
        Numbers::Floats(floats) => finite(floats.iter().sum(), &floats, "sum"),
    }
}

fn product(call: &mut Call<'_>) -> Outcome {
    match numbers(call)? {
        Numbers::Ints(ints) if ints.contains(&0) => answer::int(0),
        // Without a zero the magnitude only grows: what leaves 128 bits on the way never comes back.
        Numbers::Ints(ints) => {
            let product = ints.iter().try_fold(1i128, |product, &number| product.checked_mul(number.into()));
            fitting(product.unwrap_or(i128::MAX), "product")
        }
        Numbers::Floats(floats) => finite(floats.iter().product(), &floats, "product"),
    }
}

fn mean(call: &mut Call<'_>) -> Outcome {
    let floats = match numbers(call)? {
        Numbers::Ints(ints) => {
            let total: i128 = ints.iter().map(|&number| i128::from(number)).sum();
            return if ints.is_empty() {
                answer::null()
            } else {
                answer::float(total as f64 / ints.len() as f64)
            };
        }
        Numbers::Floats(floats) => floats,
    };
    finite(floats.iter().sum::<f64>() / floats.len() as f64, &floats, "mean")
}

fn fitting(number: i128, name: &str) -> Outcome {
    match i64::try_from(number) {
        Ok(number) => answer::int(number),
        Err(_) => Err(arithmetic(format!("Integer overflow: {name}"))),
    }
}

/// A float result: not finite only if an operand already was not (LANGUAGE 4.2).
pub(super) fn finite(result: f64, operands: &[f64], name: &str) -> Outcome {
    if result.is_finite() || operands.iter().any(|operand| !operand.is_finite()) {
        return answer::float(result);
    }
    Err(arithmetic(format!("{}: {name}", why_not_finite(result))))
}

fn floor_div(call: &mut Call<'_>) -> Outcome {
    let (a, b) = (call.int(0), call.int(1));
    if b == 0 {
        return Err(arithmetic("Division by zero"));
    }
    let Some(quotient) = a.checked_div(b) else {
        return Err(arithmetic(format!("Integer overflow: floor_div({a}, {b})")));
    };
    let rounded_up = a % b != 0 && (a < 0) != (b < 0);
    answer::int(quotient - i64::from(rounded_up))
}

fn floor_mod(call: &mut Call<'_>) -> Outcome {
    let (a, b) = (call.int(0), call.int(1));
    if b == 0 {
        return Err(arithmetic("Modulo by zero"));
    }
    // INT_MIN % -1 overflows in hardware; the remainder is 0.
    let remainder = a.wrapping_rem(b);
    answer::int(if remainder != 0 && (remainder < 0) != (b < 0) { remainder + b } else { remainder })
}
