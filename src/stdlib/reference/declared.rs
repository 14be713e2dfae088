//! What the library declares for scripts, as the reference shows it.
//!
//! Owns: how a declaration reads. Natives are taken from the table, functions written in Ruff from the text of the prelude,
//! whose declarations stand in one line each.

use super::results;
use super::rights::Rights;
use crate::bytecode::Constant;
use crate::stdlib::{CONSTANTS, EDITING, SOURCES};
use crate::vm::{Form, Native, NativeTable, Signature};

/// A function or constant of the library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Declared {
    /// Its names, the primary one first.
    pub(super) names: Vec<&'static str>,
    /// Name, parameters and result; a parameter with `?` may be left out.
    pub(super) signature: String,
    /// What it does and needs, as far as the declaration says it.
    pub(super) meaning: String,
}

/// What a mutating function does to the place that it is called on by dot (STDLIB 1.2).
const EDITS: &str = "By dot on a place it changes the place.";
const CUTS: &str = "By dot on a place it changes the place and gives the item; called plainly it gives `[collection, item]`.";

/// Everything that scripts can name.
pub(super) fn all(natives: &NativeTable) -> Vec<Declared> {
    let rights = Rights::new(natives);
    let lines = SOURCES.iter().flat_map(|(_, text)| text.lines());
    let prelude = lines.filter_map(|line| of_prelude(line, &rights));
    let natives = natives.entries.iter().map(|(native, signature)| of_native(native, signature));
    let constants = CONSTANTS.iter().map(|(name, value)| of_constant(name, value));
    let all = natives.chain(prelude).chain(constants);
    all.filter(|declared| !declared.names[0].starts_with("__")).collect()
}

fn of_native(native: &Native, signature: &Signature) -> Declared {
    let (_, rest) = native.signature.split_once('(').unwrap_or_default();
    let names: Vec<&'static str> = signature.names.clone();
    let optional = |param: &str| match param.contains(" = unset") {
        true => param.replacen(": ", "?: ", 1).replacen(" = unset", "", 1),
        false => param.to_owned(),
    };
    let params: Vec<String> = rest.split(", ").map(optional).collect();
    Declared {
        signature: format!("{}({}", names[0], params.join(", ")),
        meaning: meaning(native, &names),
        names,
    }
}

fn meaning(native: &Native, names: &[&str]) -> String {
    let mut sentences = vec![native.summary.to_owned()];
    match native.form {
        Form::Plain => {}
        Form::Edit => sentences.push(EDITS.to_owned()),
        Form::Cut => sentences.push(CUTS.to_owned()),
    }
    if let Some(right) = native.capability {
        sentences.push(format!("Needs {}.", right.text()));
    }
    if !native.may_need.is_empty() {
        let rights: Vec<&str> = native.may_need.iter().map(|right| right.text()).collect();
        sentences.push(format!("May need {}.", rights.join(", ")));
    }
    if names.len() > 1 {
        let others: Vec<String> = names[1..].iter().map(|name| format!("`{name}`")).collect();
        sentences.push(format!("Also {}.", others.join(", ")));
    }
    sentences.join(" ")
}

/// The function that a line of the prelude declares.
fn of_prelude(line: &'static str, rights: &Rights) -> Option<Declared> {
    let forms = [("func ", ""), ("func* ", " -> iterator"), ("async func ", " -> promise")];
    let (head, result) = forms.iter().find_map(|(form, result)| Some((line.strip_prefix(form)?, result)))?;
    let (head, _) = head.split_once(") {")?;
    let (name, _) = head.split_once('(')?;
    let result = if result.is_empty() { results::of(name) } else { (*result).to_owned() };
    let signature = format!("{}){result}", head.replace(" = __absent", "?"));
    let mut sentences = Vec::new();
    if EDITING.contains(&name) {
        sentences.push(EDITS.to_owned());
    }
    let rights: Vec<&str> = rights.of(name).into_iter().collect();
    if !rights.is_empty() {
        sentences.push(format!("May need {}.", rights.join(", ")));
    }
    Some(Declared { names: vec![name], signature, meaning: sentences.join(" ") })
}

fn of_constant(name: &'static str, value: &Constant) -> Declared {
    let signature = match value {
        Constant::Float(_) => format!("{name}: float"),
        Constant::Int(_) => format!("{name}: int"),
        _ => name.to_owned(),
    };
    Declared { names: vec![name], signature, meaning: String::new() }
}
