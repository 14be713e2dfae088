//! What evaluating an expression may do, and whether doing it twice can be told from doing it once.
//!
//! Owns: the questions that decide whether an assignment may edit its place instead of making a new value. All answers
//! are careful: when in doubt, an expression does everything. Does not: emit anything.

use crate::syntax::ast::{self, BinaryOp, Expr, ExprKind, PlaceStep, StepKind};

/// Whether the expression is exactly this place, with indexes that evaluating twice cannot tell.
pub(super) fn same_place(expr: &Expr, place: &ast::Place) -> bool {
    let is_root = |expr: &Expr| match &expr.kind {
        ExprKind::Name(name) => *name == place.root.text,
        ExprKind::SelfRef => &*place.root.text == "self",
        _ => false,
    };
    match &expr.kind {
        ExprKind::Postfix { base, steps } => {
            is_root(base) && steps.len() == place.steps.len() && steps.iter().zip(&place.steps).all(same_step)
        }
        _ => place.steps.is_empty() && is_root(expr),
    }
}

fn same_step((step, place): (&ast::Step, &PlaceStep)) -> bool {
    match (&step.kind, place) {
        (StepKind::Field(a), PlaceStep::Field(b)) => a.text == b.text,
        (StepKind::Index(a), PlaceStep::Index(b)) => same_index(a, b),
        _ => false,
    }
}

/// Whether two indexes are written alike and nothing in them runs other functions: `k`, `3`, `"a"`, `self.at`, `"a${k}"`.
/// Operators do not count, because a struct may define them.
fn same_index(a: &Expr, b: &Expr) -> bool {
    match (&a.kind, &b.kind) {
        (ExprKind::Name(a), ExprKind::Name(b)) => a == b,
        (ExprKind::SelfRef, ExprKind::SelfRef) => true,
        (ExprKind::Int(a), ExprKind::Int(b)) => a == b,
        (ExprKind::Text(a), ExprKind::Text(b)) => {
            a.parts.len() == b.parts.len() && a.parts.iter().zip(&b.parts).all(same_part)
        }
        (ExprKind::Postfix { base: a, steps: left }, ExprKind::Postfix { base: b, steps: right }) => {
            let alike = |(a, b): (&ast::Step, &ast::Step)| match (&a.kind, &b.kind) {
                (StepKind::Field(a), StepKind::Field(b)) => a.text == b.text,
                _ => false,
            };
            same_index(a, b) && left.len() == right.len() && left.iter().zip(right).all(alike)
        }
        _ => false,
    }
}

fn same_part(parts: (&ast::TextPart, &ast::TextPart)) -> bool {
    match parts {
        (ast::TextPart::Literal(a), ast::TextPart::Literal(b)) => a == b,
        (ast::TextPart::Expr(a), ast::TextPart::Expr(b)) => same_index(a, b),
        _ => false,
    }
}

/// The text of a string without interpolation.
pub(super) fn literal(text: &ast::Text) -> Option<&str> {
    match &text.parts[..] {
        [] => Some(""),
        [ast::TextPart::Literal(text)] => Some(text),
        _ => None,
    }
}

/// Whether later operands read the variable that is being grown.
pub(super) fn mentions(rest: &[(BinaryOp, Expr)], first: &Expr) -> bool {
    rest.iter().any(|(_, operand)| match (&operand.kind, &first.kind) {
        (ExprKind::Name(a), ExprKind::Name(b)) => a == b,
        (ExprKind::Name(_) | ExprKind::Int(_) | ExprKind::Float(_), _) => false,
        (ExprKind::Text(text), _) => literal(text).is_none(),
        _ => true,
    })
}

/// Whether evaluating the expression may run other functions, which might change a shared place.
pub(super) fn value_calls(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Null
        | ExprKind::Bool(_)
        | ExprKind::Int(_)
        | ExprKind::Float(_)
        | ExprKind::Name(_)
        | ExprKind::SelfRef
        | ExprKind::Function(_) => false,
        ExprKind::Text(text) => {
            text.parts.iter().any(|part| matches!(part, ast::TextPart::Expr(e) if value_calls(e)))
        }
        ExprKind::Paren(inner) => value_calls(inner),
        ExprKind::Unary { operand, .. } => value_calls(operand),
        ExprKind::Chain { first, rest } => {
            value_calls(first) || rest.iter().any(|(_, operand)| value_calls(operand))
        }
        ExprKind::Array(items) => items.iter().any(|item| match item {
            ast::Item::One(value) | ast::Item::Spread(value) => value_calls(value),
        }),
        ExprKind::Postfix { base, steps } => {
            value_calls(base)
                || steps.iter().any(|step| match &step.kind {
                    StepKind::Field(_) => false,
                    StepKind::Index(index) => value_calls(index),
                    _ => true,
                })
        }
        _ => true,
    }
}

/// Whether evaluating the expression may itself assign variables of this function (blocks in expressions).
pub(super) fn assigns(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::If(_) | ExprKind::Match(_) => true,
        ExprKind::Paren(inner) | ExprKind::Throw(inner) | ExprKind::Await(inner) => assigns(inner),
        ExprKind::Unary { operand, .. } => assigns(operand),
        ExprKind::Chain { first, rest } => assigns(first) || rest.iter().any(|(_, operand)| assigns(operand)),
        ExprKind::Logic { operands, .. } => operands.iter().any(assigns),
        ExprKind::Power { base, exponent } => assigns(base) || assigns(exponent),
        ExprKind::Text(text) => {
            text.parts.iter().any(|part| matches!(part, ast::TextPart::Expr(e) if assigns(e)))
        }
        ExprKind::Array(items) => items.iter().any(|item| match item {
            ast::Item::One(value) | ast::Item::Spread(value) => assigns(value),
        }),
        ExprKind::Dict(_) | ExprKind::Struct { .. } | ExprKind::Pipe { .. } => true,
        ExprKind::Postfix { base, steps } => {
            let mut steps = &steps[..];
            if let [ast::Step { kind: StepKind::Call(arguments), .. }, rest @ ..] = steps {
                // What is called by its name has no receiver; what it may assign is no register of this function.
                if arguments.iter().any(|argument| assigns(argument_value(argument))) {
                    return true;
                }
                steps = rest;
            }
            assigns(base) || steps.iter().any(step_assigns)
        }
        _ => false,
    }
}

pub(super) fn argument_value(argument: &ast::Argument) -> &Expr {
    match argument {
        ast::Argument::One(value) | ast::Argument::Spread(value) | ast::Argument::Named(_, value) => value,
    }
}

fn step_assigns(step: &ast::Step) -> bool {
    match &step.kind {
        StepKind::Index(index) => assigns(index),
        StepKind::Slice(from, to) => from.iter().chain(to).any(assigns),
        // A method may change its receiver, which may be a variable of this function.
        StepKind::Call(_) => true,
        _ => false,
    }
}
