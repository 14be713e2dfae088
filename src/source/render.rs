//! How a diagnostic is drawn (docs/LANGUAGE.md, 15.3).
//!
//! Owns: the frame around one source line: its gutter, its carets, and the colours, which only the caller can want.
//! Invariant: shows one line whatever the span is, and at most `WIDTH` columns of it; carets never leave the line.
//! Does not: print, know terminals, or draw call stacks (the command line appends them).

use std::fmt::Write;

use unicode_width::UnicodeWidthChar;

use super::{Diagnostic, Severity, Source, Span};

/// How many columns of a source line are shown.
const WIDTH: usize = 140;

/// How many columns a tab takes.
const TAB: usize = 4;

/// Draws `diagnostic` with the title `error` or `warning`.
pub fn render(source: &Source, diagnostic: &Diagnostic, color: bool) -> String {
    render_as(diagnostic.code.severity().text(), source, diagnostic, color)
}

/// Draws `diagnostic` with another title before the message: the kind of a run-time error.
pub fn render_as(title: &str, source: &Source, diagnostic: &Diagnostic, color: bool) -> String {
    let mut text = header(title, diagnostic, color);
    let paint = Paint::new(color, diagnostic.code.severity());
    text.push_str(&drawn(source, diagnostic.span, diagnostic.help.as_deref(), paint));
    text
}

/// The first line: code, subsystem, title and message.
pub fn header(title: &str, diagnostic: &Diagnostic, color: bool) -> String {
    let code = diagnostic.code;
    let paint = Paint::new(color, code.severity());
    let tags = format!("[{}] [{}]", code.text(), code.subsystem());
    let message = harmless(&diagnostic.message);
    format!("{tags} {}{}\n", paint.alarm(title), paint.bold(&format!(": {message}")))
}

/// A message without commands to the terminal: scripts throw what others have written.
fn harmless(message: &str) -> String {
    let shown = |c: char| if matches!(c, '\n' | '\t') { c.to_string() } else { visible(c) };
    message.chars().map(shown).collect()
}

/// The place: file, line and column, the source line with carets, and the help.
pub fn excerpt(source: &Source, span: Span, help: Option<&str>, color: bool) -> String {
    drawn(source, span, help, Paint::new(color, Severity::Error))
}

fn drawn(source: &Source, span: Span, help: Option<&str>, paint: Paint) -> String {
    let position = source.position(span.start);
    let number = position.line.to_string();
    let margin = " ".repeat(number.len() + 1);
    let line = Window::new(source, span);
    let bar = paint.blue("|");
    let arrow = paint.blue("-->");
    let mut text = String::new();
    // Writing to a `String` cannot fail.
    let _ = writeln!(text, "{margin}{arrow} {}:{}:{}", source.name(), position.line, position.column);
    let _ = writeln!(text, "{margin} {bar}");
    let _ = writeln!(text, " {} {bar} {}", paint.blue(&number), line.shown);
    let _ =
        writeln!(text, "{margin} {bar} {}{}", " ".repeat(line.indent), paint.alarm(&"^".repeat(line.carets)));
    if let Some(help) = help {
        let _ = writeln!(text, "{margin} {} {}: {help}", paint.blue("="), paint.bold("help"));
    }
    text
}

/// Wraps text in ANSI colours, or not.
#[derive(Clone, Copy)]
struct Paint {
    color: bool,
    severity: Severity,
}

impl Paint {
    fn new(color: bool, severity: Severity) -> Paint {
        Paint { color, severity }
    }

    /// Red for errors, yellow for warnings.
    fn alarm(self, text: &str) -> String {
        match self.severity {
            Severity::Error => self.wrap("1;31", text),
            Severity::Warning => self.wrap("1;33", text),
        }
    }

    fn blue(self, text: &str) -> String {
        self.wrap("1;34", text)
    }

    fn bold(self, text: &str) -> String {
        self.wrap("1", text)
    }

    fn wrap(self, style: &str, text: &str) -> String {
        if self.color { format!("\x1b[{style}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// The part of a line that is shown.
struct Window {
    shown: String,
    /// Columns before the first caret.
    indent: usize,
    carets: usize,
}

impl Window {
    /// The line in which `span` starts, cut so that the carets are seen.
    fn new(source: &Source, span: Span) -> Window {
        let line_span = source.line(span.start);
        let line = source.slice(line_span);
        let length = line_span.end - line_span.start;
        let start = span.start.clamp(line_span.start, line_span.end) - line_span.start;
        let end = (span.end.max(span.start) - line_span.start).clamp(start, length);
        let before = columns(&line[..floor(line, start)]);
        let marked = columns(&line[floor(line, start)..floor(line, end)]).max(1);
        if before + marked <= WIDTH && columns(line) <= WIDTH {
            return Window { shown: line.chars().map(visible).collect(), indent: before, carets: marked };
        }
        cut(line, before, marked)
    }
}

/// A window of `WIDTH` columns that holds the column `before` and what fits of the `marked` ones behind it.
fn cut(line: &str, before: usize, marked: usize) -> Window {
    let marked = marked.min(WIDTH / 2);
    let first = (before + marked + WIDTH / 4).saturating_sub(WIDTH);
    let (mut shown, mut column, mut skipped) = (String::new(), 0, 0);
    for c in line.chars() {
        let next = column + width(c);
        if column < first {
            skipped = next;
        } else if next - first <= WIDTH {
            shown.push_str(&visible(c));
        } else {
            shown.push_str("...");
            break;
        }
        column = next;
    }
    let dots = if skipped > 0 { "..." } else { "" };
    Window {
        shown: format!("{dots}{shown}"),
        indent: before.saturating_sub(skipped) + dots.len(),
        carets: marked,
    }
}

fn floor(line: &str, offset: u32) -> usize {
    line.floor_char_boundary(offset as usize)
}

fn columns(text: &str) -> usize {
    text.chars().map(width).sum()
}

/// A character as it can be shown: tabs as spaces, control characters as their pictures.
fn visible(c: char) -> String {
    match c {
        '\t' => " ".repeat(TAB),
        '\x7F' => '\u{2421}'.to_string(),
        '\0'..'\x20' => char::from_u32(0x2400 + u32::from(c)).unwrap_or(' ').to_string(),
        '\u{80}'..='\u{9F}' | '\u{200B}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}' => {
            '\u{FFFD}'.to_string()
        }
        _ => c.to_string(),
    }
}

/// How many columns a terminal gives to a character as `visible` shows it.
fn width(c: char) -> usize {
    match c {
        '\t' => TAB,
        '\u{200B}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}' => 1,
        _ => c.width().unwrap_or(1),
    }
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::source::{Code, Diagnostic, Source, Span};

    fn check(text: &str, span: (u32, u32), expected: &str) {
        let error = Diagnostic::new(Code::Syntax, "m", Span::new(span.0, span.1));
        let drawn = render(&Source::new("f", text), &error, false);
        let lines: Vec<&str> = drawn.lines().skip(3).collect();
        assert_eq!(lines.join("\n"), expected);
    }

    #[test]
    fn marks_what_the_span_covers() {
        check("ab cd\nef", (3, 5), " 1 | ab cd\n   |    ^^");
        check("ab cd\r\nef", (3, 9), " 1 | ab cd\n   |    ^^");
        check("\tx y", (1, 2), " 1 |     x y\n   |     ^");
        check("\u{4E2D}\u{4E2D} x", (3, 6), " 1 | \u{4E2D}\u{4E2D} x\n   |   ^^");
        check("e\u{301}\u{E01}\u{E34} x", (10, 11), " 1 | e\u{301}\u{E01}\u{E34} x\n   |    ^");
        check("", (0, 0), " 1 | \n   | ^");
        check("a\n", (2, 2), " 2 | \n   | ^");
        check("a", (1, 90), " 1 | a\n   |  ^");
    }

    #[test]
    fn cuts_long_lines() {
        let text = format!("{}HERE{}", "a".repeat(1000), "b".repeat(1000));
        let error = Diagnostic::new(Code::Syntax, "m", Span::new(1000, 1004));
        let drawn = render(&Source::new("f", &text), &error, false);
        let lines: Vec<&str> = drawn.lines().collect();
        let caret = lines[4].find('^').expect("a caret");
        assert_eq!(&lines[3][caret..caret + 4], "HERE");
        assert!(lines[3].len() < 160 && lines[3].ends_with("..."));
    }

    #[test]
    fn colours_only_on_demand() {
        let error = Diagnostic::new(Code::Syntax, "m", Span::new(0, 1)).with_help("h");
        let source = Source::new("f", "x");
        assert!(!render(&source, &error, false).contains('\x1b'));
        assert!(render(&source, &error, true).contains("\x1b[1;31merror\x1b[0m"));
    }
}
