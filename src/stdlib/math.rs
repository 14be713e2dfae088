//! Functions of real numbers: roots, logarithms, angles. Only real results: outside the domain is a ValueError.

use super::answer::Outcome;
use super::declare::plain;
use super::number::finite;
use crate::value::{Fault, Value};
use crate::vm::{Call, Native};

/// A function of one float that is real for all `x` with `$domain`.
macro_rules! real {
    ($name:literal, $summary:literal, $domain:expr, $function:expr) => {
        plain(concat!($name, "(x: float) -> float"), $summary, |call| {
            let x = call.float(0);
            let domain: fn(f64) -> bool = $domain;
            if !x.is_nan() && !domain(x) {
                return Err(outside(call, x)?);
            }
            let function: fn(f64) -> f64 = $function;
            finite(function(x), &[x], $name)
        })
    };
}

pub(super) const NATIVES: &[Native] = &[
    real!("sqrt", "The square root.", |x| x >= 0.0, f64::sqrt),
    real!("cbrt", "The cube root.", |_| true, f64::cbrt),
    real!("exp", "e to the power of x.", |_| true, f64::exp),
    real!("log2", "The logarithm to base 2.", |x| x > 0.0, f64::log2),
    real!("log10", "The logarithm to base 10.", |x| x > 0.0, f64::log10),
    real!("sin", "The sine.", f64::is_finite, f64::sin),
    real!("cos", "The cosine.", f64::is_finite, f64::cos),
    real!("tan", "The tangent.", f64::is_finite, f64::tan),
    real!("asin", "The arc sine.", |x| x.abs() <= 1.0, f64::asin),
    real!("acos", "The arc cosine.", |x| x.abs() <= 1.0, f64::acos),
    real!("atan", "The arc tangent.", |_| true, f64::atan),
    real!("sinh", "The hyperbolic sine.", |_| true, f64::sinh),
    real!("cosh", "The hyperbolic cosine.", |_| true, f64::cosh),
    real!("tanh", "The hyperbolic tangent.", |_| true, f64::tanh),
    real!("degrees", "Radians as degrees.", |_| true, f64::to_degrees),
    real!("radians", "Degrees as radians.", |_| true, f64::to_radians),
    plain(
        "log(x: float, base: float = 2.718281828459045) -> float",
        "The logarithm, natural by default.",
        log,
    ),
    plain("atan2(y: float, x: float) -> float", "The angle of the point (x, y).", |call| {
        finite(call.float(0).atan2(call.float(1)), &[call.float(0), call.float(1)], "atan2")
    }),
    plain("hypot(a: float, b: float) -> float", "The length of the vector (a, b).", |call| {
        finite(call.float(0).hypot(call.float(1)), &[call.float(0), call.float(1)], "hypot")
    }),
];

fn log(call: &mut Call<'_>) -> Outcome {
    let (x, base) = (call.float(0), call.float(1));
    if x <= 0.0 {
        return Err(outside(call, x)?);
    }
    if base <= 0.0 || base == 1.0 {
        return Err(outside(call, base)?);
    }
    // Exact where a dedicated function is: log(1000, 10) is 3, not 2.9999999999999996.
    let result = match base {
        std::f64::consts::E => x.ln(),
        2.0 => x.log2(),
        10.0 => x.log10(),
        _ => x.ln() / base.ln(),
    };
    finite(result, &[x, base], "log")
}

fn outside(call: &Call<'_>, x: f64) -> Result<Fault, Fault> {
    let x = call.display(&Value::Float(x))?;
    Ok(call.value_fault(format!("{x} is outside the domain")))
}
