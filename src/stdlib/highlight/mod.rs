//! Code with colours for pages (STDLIB section 21).
//!
//! Owns: which code is what, by grammars or, for Ruff itself, by its own lexer; classes and themes. Unpacking a grammar takes
//! tens of milliseconds, so all of this runs off the workers (R9).

mod class;
mod grammar;
mod piece;
mod ruff;
mod theme;

use super::answer::{self, Outcome};
use super::declare::plain;
use super::encoding::html_escaped;
use crate::value::Value;
use crate::vm::{Answer, Call, Job, Native, Request};

use theme::Palette;

pub(super) const NATIVES: &[Native] = &[
    plain(
        "highlight_code(code: string, lang: string, opts: dict = {}) -> string",
        "Code as HTML with class spans; option theme writes its colours instead. Unknown languages: escaped text.",
        highlight_code,
    ),
    plain("highlight_css(theme: string) -> string", "The style sheet for the classes.", |call| {
        match theme::find(call.str(0)) {
            Some(name) => answer::text(Palette::of(name).sheet()),
            None => {
                Err(call.value_fault(format!("unknown theme '{}'; themes: {}", call.str(0), theme::known())))
            }
        }
    }),
];

fn highlight_code(call: &mut Call<'_>) -> Outcome {
    let options = call.options(2, &["theme"])?;
    let theme = match options.text("theme")? {
        None => None,
        Some(name) => match theme::find(name) {
            Some(theme) => Some(theme),
            None => {
                let text = format!("names no theme: '{name}'; themes: {}", theme::known());
                return Err(options.value_fault("theme", text));
            }
        },
    };
    let (code, language) = (call.text(0).clone(), call.str(1).to_owned());
    Ok(Answer::Wait(Request::Compute(Job(Box::new(move || {
        let palette = theme.map(Palette::of);
        Ok(Value::text(highlighted(code.as_str(), &language, palette.as_ref())))
    })))))
}

/// Code as HTML with classes, or with the colours of a theme.
fn highlighted(code: &str, language: &str, palette: Option<&Palette>) -> String {
    if language.eq_ignore_ascii_case("ruff") {
        return ruff::pieces(code).html(palette);
    }
    match grammar::find(language) {
        Some(grammar) => grammar::pieces(code, grammar).html(palette),
        None => html_escaped(code),
    }
}
