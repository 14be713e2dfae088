//! `format`: templates with `%` directives.
//!
//! Owns: the directives `%s %d %f %e %x %X %o %b %c %%` with flags, width and precision. Everything else in a template
//! is literal text, a lone `%` included.

use crate::stdlib::answer::{self, Outcome};
use crate::stdlib::bits::{MOST_DIGITS, fixed, in_base};
use crate::stdlib::convert::truncated;
use crate::stdlib::declare::plain;
use crate::stdlib::sequence::LARGEST;
use crate::value::{Fault, Value};
use crate::vm::{Call, Native};

pub(in crate::stdlib) const NATIVES: &[Native] = &[plain(
    "format(template: string, ...args: any) -> string",
    "The template with its directives filled in.",
    format,
)
.shows()];

/// One `%` directive.
#[derive(Clone, Copy, Debug, Default)]
struct Directive {
    left: bool,
    zero: bool,
    plus: bool,
    space: bool,
    width: usize,
    precision: Option<usize>,
    conversion: char,
}

fn format(call: &mut Call<'_>) -> Outcome {
    let mut out = String::new();
    let mut rest = call.str(0);
    let mut next = 1;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let Some((directive, after)) = read(rest) else {
            out.push('%');
            continue;
        };
        rest = after;
        if directive.conversion == '%' {
            out.push('%');
            continue;
        }
        let Some(value) = call.args.get(next) else {
            return Err(call.value_fault(format!("argument {next} is missing")));
        };
        next += 1;
        write(call, directive, value, &mut out)?;
    }
    out.push_str(rest);
    if next < call.args.len() {
        let (given, wanted) = (call.args.len() - 1, next - 1);
        return Err(call.value_fault(format!(
            "the template has directives (%s, %d, %f ...) for {wanted} of {given} values"
        )));
    }
    answer::text(out)
}

/// The directive after a `%`, and what follows it; `None` if there is none.
fn read(text: &str) -> Option<(Directive, &str)> {
    let mut directive = Directive::default();
    let mut rest = text;
    while let Some(flag) = rest.chars().next().filter(|&flag| "-0+ ".contains(flag)) {
        match flag {
            '-' => directive.left = true,
            '0' => directive.zero = true,
            '+' => directive.plus = true,
            _ => directive.space = true,
        }
        rest = &rest[1..];
    }
    (directive.width, rest) = number(rest);
    if let Some(after) = rest.strip_prefix('.') {
        let (precision, after) = number(after);
        directive.precision = Some(precision);
        rest = after;
    }
    directive.conversion = rest.chars().next().filter(|&kind| "sdfexXobc%".contains(kind))?;
    Some((directive, &rest[1..]))
}

/// The decimal digits at the start as a number (0 without any; huge ones are cut down), and what follows.
fn number(text: &str) -> (usize, &str) {
    let end = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let value = digits
        .bytes()
        .fold(0usize, |value, digit| value.saturating_mul(10).saturating_add(usize::from(digit - b'0')));
    (value, rest)
}

fn write(call: &Call<'_>, directive: Directive, value: &Value, out: &mut String) -> Result<(), Fault> {
    if directive.width > LARGEST {
        return Err(call.limit_fault("the width is too large", LARGEST));
    }
    let text = converted(call, directive, value)?;
    let is_number = !matches!(directive.conversion, 's' | 'c');
    let (sign, text) = match text.strip_prefix('-') {
        Some(magnitude) if is_number => ("-", magnitude),
        _ if is_number && directive.plus => ("+", text.as_str()),
        _ if is_number && directive.space => (" ", text.as_str()),
        _ => ("", text.as_str()),
    };
    let fill = directive.width.saturating_sub(sign.len() + text.chars().count());
    let zeros = directive.zero && is_number && !is_word(text);
    match (directive.left, zeros) {
        (true, _) => out.extend([sign, text, &" ".repeat(fill)]),
        (false, true) => out.extend([sign, &"0".repeat(fill), text]),
        (false, false) => out.extend([&" ".repeat(fill), sign, text]),
    }
    Ok(())
}

fn converted(call: &Call<'_>, directive: Directive, value: &Value) -> Result<String, Fault> {
    let base = match directive.conversion {
        's' => return shown(call, directive, value),
        'f' | 'e' => return real(call, directive, value),
        'c' => return character(call, value),
        'x' | 'X' => 16,
        'o' => 8,
        'b' => 2,
        _ => 10,
    };
    let digits = in_base(integer(call, directive, value)?, base);
    Ok(if directive.conversion == 'X' { digits.to_uppercase() } else { digits })
}

fn shown(call: &Call<'_>, directive: Directive, value: &Value) -> Result<String, Fault> {
    let text = call.display(value)?;
    Ok(match directive.precision {
        Some(precision) => text.chars().take(precision).collect(),
        None => text,
    })
}

/// An int, or a float without its fraction.
fn integer(call: &Call<'_>, directive: Directive, value: &Value) -> Result<i64, Fault> {
    let number = match value {
        Value::Int(number) => Some(*number),
        Value::Float(number) => truncated(*number),
        other => return Err(call.type_fault(&format!("%{}", directive.conversion), "number", other)),
    };
    match number {
        Some(number) => Ok(number),
        None => Err(call.value_fault(format!("{} is no int", call.display(value)?))),
    }
}

fn real(call: &Call<'_>, directive: Directive, value: &Value) -> Result<String, Fault> {
    let number = match value {
        Value::Int(number) => *number as f64,
        Value::Float(number) => *number,
        other => return Err(call.type_fault(&format!("%{}", directive.conversion), "number", other)),
    };
    let digits = directive.precision.unwrap_or(6);
    if digits > MOST_DIGITS as usize {
        return Err(call.value_fault(format!("precision must be 0 to {MOST_DIGITS}, got {digits}")));
    }
    if !number.is_finite() {
        return call.display(&Value::Float(number));
    }
    if directive.conversion == 'f' {
        return Ok(fixed(value, digits).expect("the number is finite"));
    }
    let text = format!("{number:.digits$e}");
    let (mantissa, exponent) = text.split_once('e').expect("the exponent form has an e");
    let exponent: i32 = exponent.parse().expect("the exponent is an int");
    let sign = if exponent < 0 { '-' } else { '+' };
    Ok(format!("{mantissa}e{sign}{:02}", exponent.abs()))
}

fn character(call: &Call<'_>, value: &Value) -> Result<String, Fault> {
    match value {
        Value::Text(text) if text.chars() == 1 => Ok(text.as_str().to_owned()),
        Value::Int(number) => match u32::try_from(*number).ok().and_then(char::from_u32) {
            Some(character) => Ok(character.to_string()),
            None => Err(call.value_fault(format!("{number} is no character"))),
        },
        Value::Text(_) => Err(call.value_fault("%c takes one character")),
        other => Err(call.type_fault("%c", "string or int", other)),
    }
}

/// Whether a number's text is `inf` or `NaN`, which zeros in front would garble.
fn is_word(text: &str) -> bool {
    matches!(text, "inf" | "NaN")
}
