//! Patterns of dates: `YYYY-MM-DD`, or `%Y-%m-%d`, as lists of fields and literal text.

/// What one place of a text shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Year,
    ShortYear,
    Month,
    MonthName,
    ShortMonthName,
    Day,
    /// With a space before a single digit.
    PaddedDay,
    DayOfYear,
    Hour,
    /// 01 to 12.
    ClockHour,
    Minute,
    Second,
    Millisecond,
    Microsecond,
    Meridiem,
    WeekdayName,
    ShortWeekdayName,
    /// 1 is Monday.
    Weekday,
    /// 0 is Sunday.
    WeekdayFromSunday,
    IsoWeek,
    IsoYear,
    /// +hhmm.
    Offset,
    /// +hh:mm.
    ColonOffset,
    ZoneName,
    UnixSeconds,
}

/// A piece of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Text(String),
    Field(Field),
}

/// Tokens, longer ones before those that begin them.
const TOKENS: &[(&str, Field)] = &[
    ("YYYY", Field::Year),
    ("YY", Field::ShortYear),
    ("MMMM", Field::MonthName),
    ("MMM", Field::ShortMonthName),
    ("MM", Field::Month),
    ("DD", Field::Day),
    ("HH", Field::Hour),
    ("hh", Field::ClockHour),
    ("mm", Field::Minute),
    ("ss", Field::Second),
    ("SSS", Field::Millisecond),
    ("dddd", Field::WeekdayName),
    ("ddd", Field::ShortWeekdayName),
];

/// The parts of a pattern. An error is what is wrong with it.
pub(super) fn parts(pattern: &str) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    match pattern.contains('%') {
        true => add_directives(pattern, &mut parts)?,
        false => add_tokens(pattern, &mut parts),
    }
    Ok(parts)
}

fn add_tokens(pattern: &str, parts: &mut Vec<Part>) {
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        match TOKENS.iter().find(|(token, _)| rest.starts_with(token)) {
            Some((token, field)) => {
                parts.push(Part::Field(*field));
                rest = &rest[token.len()..];
            }
            None => {
                add_literal(first, parts);
                rest = &rest[first.len_utf8()..];
            }
        }
    }
}

fn add_literal(character: char, parts: &mut Vec<Part>) {
    match parts.last_mut() {
        Some(Part::Text(text)) => text.push(character),
        _ => parts.push(Part::Text(character.to_string())),
    }
}

fn add_directives(pattern: &str, parts: &mut Vec<Part>) -> Result<(), String> {
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match character {
            '%' => match characters.next() {
                Some(':') if characters.as_str().starts_with('z') => {
                    characters.next();
                    parts.push(Part::Field(Field::ColonOffset));
                }
                Some(letter) => add_directive(letter, parts)?,
                None => return Err("the pattern ends with a single %".to_owned()),
            },
            other => add_literal(other, parts),
        }
    }
    Ok(())
}

fn add_directive(letter: char, parts: &mut Vec<Part>) -> Result<(), String> {
    match letter {
        'F' => return add_directives("%Y-%m-%d", parts),
        'T' => return add_directives("%H:%M:%S", parts),
        'D' => return add_directives("%m/%d/%y", parts),
        'n' => add_literal('\n', parts),
        't' => add_literal('\t', parts),
        '%' => add_literal('%', parts),
        _ => parts.push(Part::Field(field(letter).ok_or_else(|| format!("unknown pattern '%{letter}'"))?)),
    }
    Ok(())
}

fn field(letter: char) -> Option<Field> {
    Some(match letter {
        'Y' => Field::Year,
        'y' => Field::ShortYear,
        'm' => Field::Month,
        'B' => Field::MonthName,
        'b' => Field::ShortMonthName,
        'd' => Field::Day,
        'e' => Field::PaddedDay,
        'j' => Field::DayOfYear,
        'H' => Field::Hour,
        'I' => Field::ClockHour,
        'M' => Field::Minute,
        'S' => Field::Second,
        'L' => Field::Millisecond,
        'f' => Field::Microsecond,
        'p' => Field::Meridiem,
        'A' => Field::WeekdayName,
        'a' => Field::ShortWeekdayName,
        'u' => Field::Weekday,
        'w' => Field::WeekdayFromSunday,
        'V' => Field::IsoWeek,
        'G' => Field::IsoYear,
        'z' => Field::Offset,
        'Z' => Field::ZoneName,
        's' => Field::UnixSeconds,
        _ => return None,
    })
}

/// English names, as the only ones.
pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// From Monday.
pub(super) const WEEKDAYS: [&str; 7] =
    ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
