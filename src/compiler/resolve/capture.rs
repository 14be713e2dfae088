//! What closures capture, and how: settled when every body is resolved.
//!
//! 1. A module-level variable that a function names is a global; all others are registers of the top-level code.
//! 2. A declared function that captures nothing but such functions is a constant of the program and is not captured.
//! 3. A captured variable that never changes after the closure is made is captured by value; all others become cells.
//!    Value captures cost nothing when a closure crosses to another context, cells must be copied along.
//! 4. `self` of a mutating method is a place; closures capture a variable that leads to it while the method runs.

use crate::compiler::scope::{BodyId, Kind, Resolution, ScopeId, Variable, VariableId};

/// Fills in `global`, `cell`, `early`, `captures`, and the scopes' `early` and `hoisted` lists.
pub(super) fn settle(found: &mut Resolution<'_>) {
    for variable in found.variables.iter_mut().filter(|variable| variable.exported) {
        variable.global = true;
    }
    let ids = || (0..found.variables.len() as u32).map(VariableId);
    let captured = |&id: &VariableId| {
        let variable = found.variable(id);
        !variable.captured_by.is_empty() && !variable.global && variable.foreign.is_none()
    };
    let captured: Vec<VariableId> = ids().filter(captured).collect();
    let mut free = Vec::new();
    for id in captured {
        let variable = found.variable(id);
        let module_level = variable.scope == ScopeId(0);
        if module_level && variable.kind != Kind::Function {
            found.variables[id.index()].global = true;
        } else {
            free.push(id);
        }
    }
    for &id in &free {
        for body in found.variable(id).captured_by.clone() {
            found.bodies[body.index()].free.push(id);
        }
    }
    find_captures(found);
    need_early(found);
    for &id in &free {
        if !found.is_static(id) {
            choose_storage(found, id);
        }
    }
    hoist(found);
}

/// Captures of each body: what it and the bodies in it name, without constant functions. Which functions are constant
/// depends on the captures, so this shrinks a first guess (everything is captured) until it is stable.
fn find_captures(found: &mut Resolution<'_>) {
    let mut constant = vec![true; found.variables.len()];
    loop {
        let captures = captures_given(found, &constant);
        let mut changed = false;
        for (index, variable) in found.variables.iter().enumerate() {
            let Some(body) = variable.function else { continue };
            let still = captures[body.index()].is_empty();
            if constant[index] && !still {
                constant[index] = false;
                changed = true;
            }
        }
        if !changed {
            return store(found, captures);
        }
    }
}

/// The members of a struct all capture what it captures, so that one closure serves them all.
fn store(found: &mut Resolution<'_>, mut captures: Vec<Vec<VariableId>>) {
    for (index, info) in found.bodies.iter().enumerate() {
        if let (true, Some(parent)) = (info.is_member, info.parent) {
            captures[index] = captures[parent.index()].clone();
        }
    }
    for (body, captures) in found.bodies.iter_mut().zip(captures) {
        body.captures = captures;
    }
}

fn captures_given(found: &Resolution<'_>, constant: &[bool]) -> Vec<Vec<VariableId>> {
    let mut captures = vec![Vec::new(); found.bodies.len()];
    for (index, info) in found.bodies.iter().enumerate() {
        for &id in &info.free {
            let variable = found.variable(id);
            if variable.function.is_some() && constant[id.index()] {
                continue;
            }
            capture_along(found, &mut captures, BodyId(index as u32), id);
        }
    }
    captures
}

/// The variable is captured by `body` and by every body between it and the variable's own. A declared function does not
/// capture itself: its body has it as the running closure.
fn capture_along(found: &Resolution<'_>, captures: &mut [Vec<VariableId>], body: BodyId, id: VariableId) {
    let owner = found.variable(id).body;
    let mut inner = Some(body);
    while let Some(at) = inner.filter(|&at| at != owner) {
        let info = found.body(at);
        if info.declared_as == Some(id) {
            return;
        }
        if !captures[at.index()].contains(&id) {
            captures[at.index()].push(id);
        }
        inner = info.parent;
    }
}

/// What is made when its block is entered may be called there, and so may the functions of the block that it captures.
fn need_early(found: &mut Resolution<'_>) {
    let early = |variable: &Variable| variable.function.filter(|_| variable.used_early);
    let mut open: Vec<(ScopeId, BodyId)> =
        found.variables.iter().filter_map(|one| Some((one.scope, early(one)?))).collect();
    while let Some((scope, body)) = open.pop() {
        for id in found.body(body).captures.clone() {
            let captured = &mut found.variables[id.index()];
            if let (Some(inner), false) = (captured.function, captured.used_early || captured.scope != scope)
            {
                captured.used_early = true;
                open.push((scope, inner));
            }
        }
    }
}

fn choose_storage(found: &mut Resolution<'_>, id: VariableId) {
    let variable = found.variable(id);
    if variable.kind == Kind::Receiver {
        found.variables[id.index()].cell = found.body(variable.body).mutates_self;
        return;
    }
    let available = if variable.used_early { 0 } else { variable.visible_from.max(variable.span.end) };
    let made_before = variable.captured_by.iter().any(|&body| {
        let made = made_at(found, body, variable.body);
        made < available || (made == 0 && variable.function.is_some())
    });
    let changed = variable.reassigned;
    let scope = variable.scope;
    let variable = &mut found.variables[id.index()];
    variable.cell = changed || made_before;
    variable.early = made_before && variable.cell;
    if variable.early {
        found.scopes[scope.index()].early.push(id);
    }
}

/// Where the closure that carries the capture out of `owner` is made.
fn made_at(found: &Resolution<'_>, body: BodyId, owner: BodyId) -> u32 {
    let mut at = body;
    while let Some(parent) = found.body(at).parent.filter(|&parent| parent != owner) {
        at = parent;
    }
    let info = found.body(at);
    match info.declared_as {
        Some(id) if found.variable(id).used_early => 0,
        _ => info.created_at,
    }
}

/// Declared functions that are named before their declaration are made when their block is entered.
fn hoist(found: &mut Resolution<'_>) {
    for index in 0..found.variables.len() {
        let id = VariableId(index as u32);
        let variable = found.variable(id);
        if variable.function.is_some() && variable.used_early && !found.is_static(id) {
            let scope = variable.scope;
            found.scopes[scope.index()].hoisted.push(id);
        }
    }
}
