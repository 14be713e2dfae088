//! The indentation rule of `"""` strings (docs/LANGUAGE.md, 1.5 and Appendix C 7).
//!
//! Owns: which parts of the raw source text belong to the value.
//! Invariant: looks at the source text only. Escapes are resolved later and interpolated text is not known here,
//! so neither changes the indentation.

/// The raw literal pieces of one string, cut into the slices that make up their values. Line breaks become `\n`.
pub(super) fn dedent<'t>(pieces: &[&'t str]) -> Vec<Vec<&'t str>> {
    let mut pieces = pieces.to_vec();
    let opening_break = pieces.first().and_then(|first| strip_break(first));
    let mut indents = Vec::new();
    if let Some((body, closing)) = pieces.last().and_then(|last| split_closing_line(last)) {
        indents.push(closing);
        let only_line = pieces.len() == 1 && body.is_empty() && opening_break == Some(closing);
        if let Some(last) = pieces.last_mut() {
            *last = body;
        }
        if only_line {
            return vec![Vec::new()];
        }
    }
    let starts_line = opening_break.is_some();
    if let (Some(first), Some(_)) = (pieces.first_mut(), opening_break) {
        *first = strip_break(first).unwrap_or(first);
    }
    for (index, piece) in pieces.iter().enumerate() {
        let followed = index + 1 < pieces.len();
        indents.extend(indents_of(piece, index == 0 && starts_line, followed));
    }
    let margin = common_prefix(&indents);
    let cut = |(index, piece): (usize, &&'t str)| cut(piece, index == 0 && starts_line, margin);
    pieces.iter().enumerate().map(cut).collect()
}

/// The rest behind a line break at the start of `text`.
fn strip_break(text: &str) -> Option<&str> {
    text.strip_prefix("\r\n").or_else(|| text.strip_prefix(['\n', '\r']))
}

/// If only white space follows the last line break: what precedes that break, and the white space.
fn split_closing_line(last: &str) -> Option<(&str, &str)> {
    let at = last.rfind(['\n', '\r'])?;
    let closing = &last[at + 1..];
    let body = &last[..at];
    let body = if last[at..].starts_with('\n') { body.strip_suffix('\r').unwrap_or(body) } else { body };
    closing.chars().all(is_blank).then_some((body, closing))
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\x0C')
}

/// The lines of a piece without their breaks.
fn lines(piece: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(piece);
    std::iter::from_fn(move || {
        let text = rest?;
        let at = text.find(['\n', '\r']);
        rest = at.and_then(|at| strip_break(&text[at..]));
        Some(&text[..at.unwrap_or(text.len())])
    })
}

fn indent_of(line: &str) -> &str {
    &line[..line.find(|c| !is_blank(c)).unwrap_or(line.len())]
}

/// The indentation of each line that starts in this piece and is not blank.
fn indents_of(piece: &str, starts_line: bool, followed: bool) -> Vec<&str> {
    let mut indents = Vec::new();
    let mut all = lines(piece).enumerate().peekable();
    while let Some((number, line)) = all.next() {
        let is_last = all.peek().is_none();
        let is_start = number > 0 || starts_line;
        // A line that goes on with an interpolation is not blank.
        let has_content = line.len() > indent_of(line).len() || is_last && followed;
        if is_start && has_content {
            indents.push(indent_of(line));
        }
    }
    indents
}

fn common_prefix<'t>(indents: &[&'t str]) -> &'t str {
    let Some(first) = indents.first() else { return "" };
    let common = |other: &&str| first.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    &first[..indents.iter().map(common).min().unwrap_or(0)]
}

/// The slices of a piece without the margin.
fn cut<'t>(piece: &'t str, starts_line: bool, margin: &str) -> Vec<&'t str> {
    let mut slices = Vec::new();
    for (number, line) in lines(piece).enumerate() {
        if number > 0 {
            slices.push("\n");
        }
        let is_start = number > 0 || starts_line;
        slices.push(if is_start { &line[common_prefix(&[line, margin]).len()..] } else { line });
    }
    slices
}

#[cfg(test)]
mod tests {
    use super::dedent;

    fn check(pieces: &[&str], expected: &[&str]) {
        let values: Vec<String> = dedent(pieces).iter().map(|slices| slices.concat()).collect();
        assert_eq!(values, expected, "{pieces:?}");
    }

    #[test]
    fn follows_the_rules() {
        check(&[""], &[""]);
        check(&["\n"], &[""]);
        check(&["\n   "], &[""]);
        check(&["   "], &["   "]);
        check(&["a"], &["a"]);
        check(&["\n  a\n   b\n  "], &["a\n b"]);
        check(&["\n  a\n   b\n "], &[" a\n  b"]);
        check(&["\r\n  a\r\n\r\n  b\r\n  "], &["a\n\nb"]);
        check(&["first\n    a\n    "], &["first\na"]);
        check(&["\n  ", "\n    b\n  "], &["", "\n  b"]);
        check(&["\n    name: ", "\n      deeper\n    "], &["name: ", "\n  deeper"]);
        check(&["\n\ta\n  b"], &["\ta\n  b"]);
        check(&["\n\n"], &[""]);
        check(&["\n a\n\n"], &[" a\n"]);
    }
}
