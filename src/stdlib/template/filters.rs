//! The filters of STDLIB section 21 that the template engine does not bring along.

use minijinja::value::{Kwargs, Rest};
use minijinja::{Environment, Error, ErrorKind, Value as View};

use crate::stdlib::{date, markdown, slug};

pub(super) fn install(engine: &mut Environment<'static>) {
    engine.add_filter("date", dated);
    engine.add_filter("markdown", to_markdown);
    engine.add_filter("slugify", |text: String| slug::slug(&text, "-"));
    engine.add_filter("striptags", without_tags);
    engine.add_filter("truncate", truncated);
    engine.add_filter("wordcount", |text: String| text.split_whitespace().count());
}

/// A time, as a number or ISO text, as `format_date` shows it.
fn dated(time: &View, pattern: Option<&str>, zone: Option<&str>) -> Result<String, Error> {
    let read = match time.as_str() {
        Some(text) => date::of_text(text),
        None => date::of_seconds(f64::try_from(time.clone())?),
    };
    let shown = |time| date::shown(&time, pattern.unwrap_or("YYYY-MM-DD"), zone.unwrap_or("UTC"));
    read.and_then(shown).map_err(|wrong| Error::new(ErrorKind::InvalidOperation, format!("date: {wrong}")))
}

fn to_markdown(text: String) -> View {
    View::from_safe_string(markdown::html(&text, &markdown::Rules::default()))
}

/// The text without tags and comments, each run of white space as one space.
fn without_tags(text: String) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(at) = rest.find('<') {
        plain.push_str(&rest[..at]);
        let end = if rest[at..].starts_with("<!--") { "-->" } else { ">" };
        match rest[at..].find(end) {
            Some(length) => rest = &rest[at + length + end.len()..],
            None => {
                plain.push_str(&rest[at..]);
                rest = "";
            }
        }
    }
    plain.push_str(rest);
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// As in Jinja2: a text that is longer than `length` by no more than `leeway` stays; a cut falls between words unless
/// `killwords`.
fn truncated(text: String, given: Rest<View>, named: Kwargs) -> Result<String, Error> {
    let argument = |position: usize, name: &str| -> Result<Option<View>, Error> {
        let by_name: Option<View> = named.get(name)?;
        Ok(given.get(position).cloned().or(by_name))
    };
    let length = argument(0, "length")?.map_or(Ok(255), usize::try_from)?;
    let killwords = argument(1, "killwords")?.is_some_and(|value| value.is_true());
    let end = argument(2, "end")?.map_or_else(|| "...".to_owned(), |end| end.to_string());
    let leeway = argument(3, "leeway")?.map_or(Ok(5), usize::try_from)?;
    named.assert_all_used()?;
    let ending = end.chars().count();
    if length < ending {
        let message = format!("truncate: length {length} is less than that of the end, {ending}");
        return Err(Error::new(ErrorKind::InvalidOperation, message));
    }
    if text.chars().count() <= length.saturating_add(leeway) {
        return Ok(text);
    }
    let cut: String = text.chars().take(length - ending).collect();
    match cut.rfind(' ') {
        Some(space) if !killwords => Ok(format!("{}{end}", &cut[..space])),
        _ => Ok(cut + &end),
    }
}
