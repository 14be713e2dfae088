//! Results as JUnit XML, which continuous integration reads.
//!
//! Written by hand: the document has five elements and no namespaces, and all there is to get right is in `escaped`.

use std::fmt::Write as _;

use super::json::{first, joined};
use super::outcome::{FileOutcome, Problem, TestOutcome};

/// The whole document.
pub(super) fn document(outcomes: &[FileOutcome]) -> String {
    let mut xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n".to_owned();
    outcomes.iter().for_each(|outcome| suite(outcome, &mut xml));
    xml.push_str("</testsuites>\n");
    xml
}

// Writing to a `String` cannot fail.

fn suite(outcome: &FileOutcome, xml: &mut String) {
    let problems = usize::from(outcome.problem.is_some());
    let seconds: f64 = outcome.tests.iter().map(|test| test.time.as_secs_f64()).sum();
    let file = escaped(&outcome.file);
    let _ = writeln!(
        xml,
        "  <testsuite name=\"{file}\" tests=\"{}\" failures=\"{}\" skipped=\"{}\" errors=\"{problems}\" time=\"{seconds:.6}\">",
        outcome.tests.len() + problems,
        outcome.failed(),
        outcome.skipped(),
    );
    if let Some(problem) = &outcome.problem {
        let _ = writeln!(
            xml,
            "    <testcase classname=\"{file}\" name=\"(file)\" time=\"0\"><error message=\"{}\"/></testcase>",
            escaped(&problem_text(problem)),
        );
    }
    outcome.tests.iter().for_each(|test| case(&file, test, xml));
    if !outcome.printed.is_empty() {
        let _ = writeln!(xml, "    <system-out>{}</system-out>", escaped(&joined(&outcome.printed)));
    }
    xml.push_str("  </testsuite>\n");
}

fn case(file: &str, test: &TestOutcome, xml: &mut String) {
    let (name, seconds) = (escaped(&test.full_name()), test.time.as_secs_f64());
    let _ = write!(xml, "    <testcase classname=\"{file}\" name=\"{name}\" time=\"{seconds:.6}\">");
    if let Some(failed) = &test.failure {
        let failure = first(&failed.error);
        let kind = failure.map_or("Error", |failure| &failure.kind);
        let calls = failure.map(|failure| failure.calls.iter().map(ToString::to_string).collect::<Vec<_>>());
        let _ = write!(
            xml,
            "<failure type=\"{}\" message=\"{}\">{}</failure>",
            escaped(kind),
            escaped(&failed.message),
            escaped(&calls.unwrap_or_default().join("\n")),
        );
    }
    if let Some(reason) = &test.skipped {
        let _ = write!(xml, "<skipped message=\"{}\"/>", escaped(reason));
    }
    if !test.printed.is_empty() {
        let _ = write!(xml, "<system-out>{}</system-out>", escaped(&joined(&test.printed)));
    }
    xml.push_str("</testcase>\n");
}

fn problem_text(problem: &Problem) -> String {
    match problem {
        Problem::Unreadable(unreadable) => unreadable.message.clone(),
        Problem::Source(error) => error.to_string(),
    }
}

/// Text as it may stand in elements and attributes. XML has no way to write most control characters.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\r' | '\t' => {
                let _ = write!(escaped, "&#{};", u32::from(c));
            }
            '\0'..'\x20' | '\u{FFFE}' | '\u{FFFF}' => escaped.push('\u{FFFD}'),
            _ => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    #[test]
    fn escapes_what_xml_cannot_hold() {
        assert_eq!(super::escaped("<a b=\"c\">&\n\u{1b}"), "&lt;a b=&quot;c&quot;&gt;&amp;&#10;\u{FFFD}");
    }
}
