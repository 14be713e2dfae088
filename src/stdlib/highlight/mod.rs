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

pub(super) use theme::Palette;

pub(super) const NATIVES: &[Native] = &[
    plain(
        "highlight_code(code: string, lang: string, opts: dict = {}) -> string",
        "Code as HTML with class spans; option theme writes its colours instead. Unknown languages: escaped text.",
        highlight_code,
    ),
    plain(
        "highlight_css(theme: string) -> string",
        "The style sheet for the classes.",
        |call| match palette(call.str(0)) {
            Ok(palette) => answer::text(palette.sheet()),
            Err(unknown) => Err(call.value_fault(unknown)),
        },
    ),
];

fn highlight_code(call: &mut Call<'_>) -> Outcome {
    let options = call.options(2, &["theme"])?;
    let palette = options.text("theme")?.map(palette).transpose();
    let palette = palette.map_err(|unknown| options.value_fault("theme", unknown))?;
    let (code, language) = (call.text(0).clone(), call.str(1).to_owned());
    Ok(Answer::wait(Request::Compute(Job(Box::new(move || {
        Ok(Value::text(highlighted(code.as_str(), &language, palette.as_ref())))
    })))))
}

/// The colours of a theme; else what is wrong with its name.
pub(super) fn palette(theme: &str) -> Result<Palette, String> {
    let unknown = || format!("unknown theme '{theme}'; themes: {}", theme::known());
    theme::find(theme).map(Palette::of).ok_or_else(unknown)
}

/// Code as HTML with classes, or with the colours of a theme.
pub(super) fn highlighted(code: &str, language: &str, palette: Option<&Palette>) -> String {
    if language.eq_ignore_ascii_case("ruff") {
        return ruff::pieces(code).html(palette);
    }
    match grammar::find(language) {
        Some(grammar) => grammar::pieces(code, grammar).html(palette),
        None => html_escaped(code),
    }
}
