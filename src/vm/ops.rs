//! Operators: arithmetic, bits, comparison, `in`, interpolation (LANGUAGE 4.2 to 4.4, 3.6).
//!
//! Routines do ints themselves; what comes here is the rest. Functions that take `registers` write their
//! result to `dst` and change nothing when they fail.

use std::cmp::Ordering;

use super::{access, hint};
use crate::bytecode::{Program, Reg};
use crate::value::{self, Counted, ErrorKind, Fault, Text, Value, type_name};

/// A binary operator that gives a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is the operator of its name")]
pub(super) enum Operator {
    Add,
    Sub,
    Mul,
    Div,
    Rem,
    Lt,
    Le,
    Gt,
    Ge,
    Eq,
    Index,
    Neg,
    Not,
    Pow,
    BitAnd,
    BitOr,
    BitXor,
    Shl,
    Shr,
}

/// The operator methods (LANGUAGE 7.5), in the order of `Operator`.
pub(super) const OPERATOR_METHODS: [&str; 13] = [
    "op_add", "op_sub", "op_mul", "op_div", "op_mod", "op_lt", "op_le", "op_gt", "op_ge", "op_eq",
    "op_index", "op_neg", "op_not",
];

/// What `UpdatePlace` names by position: `+= -= *= /= %=`.
pub(super) const UPDATES: [Operator; 5] =
    [Operator::Add, Operator::Sub, Operator::Mul, Operator::Div, Operator::Rem];

impl Operator {
    /// How it is written.
    pub(super) fn text(self) -> &'static str {
        match self {
            Operator::Add => "+",
            Operator::Sub | Operator::Neg => "-",
            Operator::Mul => "*",
            Operator::Div => "/",
            Operator::Rem => "%",
            Operator::Lt => "<",
            Operator::Le => "<=",
            Operator::Gt => ">",
            Operator::Ge => ">=",
            Operator::Eq => "==",
            Operator::Index => "[]",
            Operator::Not => "!",
            Operator::Pow => "**",
            Operator::BitAnd => "&",
            Operator::BitOr => "|",
            Operator::BitXor => "^",
            Operator::Shl => "<<",
            Operator::Shr => ">>",
        }
    }
}

/// dst := lhs `operator` rhs. With dst == lhs strings and arrays grow in place.
pub(super) fn binary(
    program: &Program,
    registers: &mut [Value],
    operator: Operator,
    [dst, lhs, rhs]: [Reg; 3],
) -> Result<(), Fault> {
    let (dst, lhs, rhs) = (dst as usize, lhs as usize, rhs as usize);
    if dst != lhs || lhs == rhs {
        registers[dst] = compute(program, operator, &registers[lhs], &registers[rhs])?;
        return Ok(());
    }
    let mut left = registers[lhs].take();
    let done = update(program, operator, &mut left, &registers[rhs]);
    registers[dst] = left;
    done
}

/// left := left `operator` right, in place where the value is not shared; unchanged if it throws.
pub(super) fn update(
    program: &Program,
    operator: Operator,
    left: &mut Value,
    right: &Value,
) -> Result<(), Fault> {
    match (operator, &mut *left, right) {
        (Operator::Add, Value::Text(text), Value::Text(more)) => {
            value::hold_length(text.as_str().len() + more.as_str().len())?;
            text.push_text(more);
        }
        (Operator::Add, Value::Array(items), Value::Array(more)) => {
            Counted::make_mut(items).extend_from_slice(more);
        }
        _ => *left = compute(program, operator, left, right)?,
    }
    Ok(())
}

/// dst := lhs `operator` number.
pub(super) fn with_number(
    program: &Program,
    registers: &mut [Value],
    operator: Operator,
    [dst, lhs]: [Reg; 2],
    number: &Value,
) -> Result<(), Fault> {
    registers[usize::from(dst)] = compute(program, operator, &registers[usize::from(lhs)], number)?;
    Ok(())
}

/// Whether two values are equal, if that needs no look into them and no method.
#[inline]
pub(super) fn plainly_equal(a: &Value, b: &Value) -> Option<bool> {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => Some(a == b),
        (Value::Float(a), Value::Float(b)) => Some(a == b),
        (Value::Text(a), Value::Text(b)) => Some(a == b),
        (Value::Bool(a), Value::Bool(b)) => Some(a == b),
        (Value::Null, other) | (other, Value::Null) => Some(matches!(other, Value::Null)),
        _ => None,
    }
}

/// What `AddInt` was written as: `x - 1` adds -1.
pub(super) fn written_addition(value: i16) -> (Operator, i64) {
    let value = i64::from(value);
    if value < 0 { (Operator::Sub, -value) } else { (Operator::Add, value) }
}

/// The value of `left operator right`.
pub(super) fn compute(
    program: &Program,
    operator: Operator,
    left: &Value,
    right: &Value,
) -> Result<Value, Fault> {
    match (left, right) {
        (Value::Int(a), Value::Int(b)) => ints(operator, *a, *b),
        (Value::Float(a), Value::Float(b)) => floats(program, operator, *a, *b, left, right),
        (Value::Int(a), Value::Float(b)) => floats(program, operator, *a as f64, *b, left, right),
        (Value::Float(a), Value::Int(b)) => floats(program, operator, *a, *b as f64, left, right),
        _ => others(program, operator, left, right),
    }
}

fn ints(operator: Operator, a: i64, b: i64) -> Result<Value, Fault> {
    let result = match operator {
        Operator::Add => a.checked_add(b),
        Operator::Sub => a.checked_sub(b),
        Operator::Mul => a.checked_mul(b),
        Operator::Div if b == 0 => return Err(arithmetic("Division by zero")),
        Operator::Rem if b == 0 => return Err(arithmetic("Modulo by zero")),
        Operator::Div => a.checked_div(b),
        // The one overflowing case, INT_MIN % -1, has the remainder 0.
        Operator::Rem => Some(a.wrapping_rem(b)),
        Operator::Pow if b < 0 => return finite("**", (a as f64).powf(b as f64), a, b),
        Operator::Pow => power(a, b),
        Operator::BitAnd => Some(a & b),
        Operator::BitOr => Some(a | b),
        Operator::BitXor => Some(a ^ b),
        Operator::Shl => Some(a << shift(b)?),
        Operator::Shr => Some(a >> shift(b)?),
        _ => None,
    };
    result.map(Value::Int).ok_or_else(|| overflow(a, operator.text(), b))
}

#[cold]
fn overflow(a: i64, operator: &str, b: i64) -> Fault {
    arithmetic(format!("Integer overflow: {a} {operator} {b}"))
}

#[cold]
fn arithmetic(message: impl Into<Text>) -> Fault {
    Fault::new(ErrorKind::ArithmeticError, message)
}

fn power(a: i64, b: i64) -> Option<i64> {
    match u32::try_from(b) {
        Ok(exponent) => a.checked_pow(exponent),
        Err(_) if a == 0 || a == 1 => Some(a),
        Err(_) if a == -1 => Some(if b % 2 == 0 { 1 } else { -1 }),
        Err(_) => None,
    }
}

fn shift(by: i64) -> Result<u32, Fault> {
    let range = || Fault::new(ErrorKind::ValueError, format!("Shift outside 0..63: {by}"));
    u32::try_from(by).ok().filter(|&by| by < 64).ok_or_else(range)
}

/// What is said of a result that is no number although the operands are.
pub fn why_not_finite(result: f64) -> &'static str {
    if result.is_nan() { "No real result" } else { "Float overflow" }
}

fn finite(
    operator: &str,
    result: f64,
    a: impl std::fmt::Display,
    b: impl std::fmt::Display,
) -> Result<Value, Fault> {
    if result.is_finite() {
        return Ok(Value::Float(result));
    }
    Err(arithmetic(format!("{}: {a} {operator} {b}", why_not_finite(result))))
}

fn floats(
    program: &Program,
    operator: Operator,
    a: f64,
    b: f64,
    left: &Value,
    right: &Value,
) -> Result<Value, Fault> {
    let result = match operator {
        Operator::Add => a + b,
        Operator::Sub => a - b,
        Operator::Mul => a * b,
        Operator::Div if b == 0.0 => return Err(arithmetic("Division by zero")),
        Operator::Rem if b == 0.0 => return Err(arithmetic("Modulo by zero")),
        Operator::Div => a / b,
        Operator::Rem => a % b,
        Operator::Pow => a.powf(b),
        _ => return Err(invalid(program, operator, left, right)),
    };
    if result.is_finite() || !a.is_finite() || !b.is_finite() {
        return Ok(Value::Float(result));
    }
    let (a, b) = (display(program, left)?, display(program, right)?);
    Err(arithmetic(format!("{}: {a} {} {b}", why_not_finite(result), operator.text())))
}

fn display(program: &Program, value: &Value) -> Result<String, Fault> {
    let mut text = String::new();
    value::to_text(program, value, &mut text)?;
    Ok(text)
}

fn others(program: &Program, operator: Operator, left: &Value, right: &Value) -> Result<Value, Fault> {
    match (operator, left, right) {
        (Operator::Add, Value::Text(a), Value::Text(b)) => {
            let length = a.as_str().len() + b.as_str().len();
            value::hold_length(length)?;
            let mut joined = String::with_capacity(length);
            joined.push_str(a.as_str());
            joined.push_str(b.as_str());
            Ok(Value::text(joined))
        }
        (Operator::Add, Value::Array(a), Value::Array(b)) => {
            let mut joined = Vec::with_capacity(a.len() + b.len());
            joined.extend_from_slice(a);
            joined.extend_from_slice(b);
            Ok(Value::array(joined))
        }
        (Operator::Mul, Value::Text(text), Value::Int(times)) => repeat(text, *times),
        _ => Err(invalid(program, operator, left, right)),
    }
}

fn repeat(text: &Text, times: i64) -> Result<Value, Fault> {
    let times = usize::try_from(times.max(0)).unwrap_or(usize::MAX);
    let length = text.as_str().len().saturating_mul(times);
    value::hold_length(length)?;
    Ok(Value::text(if length == 0 { String::new() } else { text.as_str().repeat(times) }))
}

#[cold]
fn invalid(program: &Program, operator: Operator, left: &Value, right: &Value) -> Fault {
    let (a, b) = (type_name(program, left), type_name(program, right));
    let message = format!("Invalid binary operation: {a} {} {b}", operator.text());
    let hint = hint::method_of_operator(program, operator, left, right);
    let hint = hint.or_else(|| hint::operands(operator, left, right).map(str::to_owned));
    Fault::new(ErrorKind::TypeError, message).with_hint_opt(hint).about(&[left, right])
}

#[cold]
fn invalid_unary(program: &Program, operator: &str, operand: &Value) -> Fault {
    let message = format!("Invalid unary operation: {operator} {}", type_name(program, operand));
    let hint = (operator == "-").then(|| hint::method_of_operator(program, Operator::Neg, operand, operand));
    Fault::new(ErrorKind::TypeError, message).with_hint_opt(hint.flatten()).about(&[operand])
}

/// `-operand`.
pub(super) fn negate(program: &Program, operand: &Value) -> Result<Value, Fault> {
    match operand {
        Value::Int(value) => {
            let negated = value.checked_neg().map(Value::Int);
            negated.ok_or_else(|| arithmetic(format!("Integer overflow: -({value})")))
        }
        Value::Float(value) => Ok(Value::Float(-value)),
        other => Err(invalid_unary(program, "-", other)),
    }
}

/// `~operand`.
pub(super) fn complement(program: &Program, operand: &Value) -> Result<Value, Fault> {
    match operand {
        Value::Int(value) => Ok(Value::Int(!value)),
        other => Err(invalid_unary(program, "~", other)),
    }
}

/// Whether `left operator right` holds, for the four operators of order. Comparisons with NaN are false.
pub(super) fn ordered(
    program: &Program,
    operator: Operator,
    left: &Value,
    right: &Value,
) -> Result<bool, Fault> {
    let order = match (left, right) {
        (Value::Float(a), Value::Float(b)) => a.partial_cmp(b),
        (Value::Struct(_) | Value::Enum(_), _) | (_, Value::Struct(_) | Value::Enum(_)) => {
            return Err(invalid(program, operator, left, right));
        }
        _ => value::order(operator.text(), left, right)
            .map_err(|fault| fault.with_hint_opt(hint::operands(operator, left, right)))?,
    };
    Ok(match operator {
        Operator::Lt => order == Some(Ordering::Less),
        Operator::Le => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        Operator::Gt => order == Some(Ordering::Greater),
        _ => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
    })
}

/// `item in container`.
pub(super) fn contains(program: &Program, item: &Value, container: &Value) -> Result<bool, Fault> {
    match (container, item) {
        (Value::Array(items), _) => value::is_among(items.iter(), item),
        (Value::Deque(body), _) => value::is_among(body.iter(), item),
        (Value::Set(set), _) => set.contains(item),
        (Value::Bytes(bytes), Value::Int(byte)) => Ok(bytes.iter().any(|&one| i64::from(one) == *byte)),
        (Value::Bytes(bytes), Value::Float(byte)) => Ok(bytes.iter().any(|&one| f64::from(one) == *byte)),
        (Value::Bytes(_), _) => Ok(false),
        (Value::Text(text), Value::Text(part)) => Ok(text.as_str().contains(part.as_str())),
        (Value::Dict(dict), _) => Ok(dict.get(access::key_of(program, item)?).is_some()),
        _ => {
            let (a, b) = (type_name(program, item), type_name(program, container));
            let message = format!("Invalid binary operation: {a} in {b}");
            Err(Fault::new(ErrorKind::TypeError, message).about(&[item, container]))
        }
    }
}

/// The texts of values, joined.
pub(super) fn text(program: &Program, values: &[Value]) -> Result<Value, Fault> {
    let mut joined = String::new();
    for value in values {
        value::to_text(program, value, &mut joined)?;
    }
    Ok(Value::text(joined))
}
