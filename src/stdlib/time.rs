//! Clocks, and times as text (STDLIB section 11).
//!
//! Owns: which clock each function asks for, RFC 3339, and lengths of time as people write them. Does not: read a
//! clock; `now_utc` and `elapsed`, which combine a clock with more, are in `prelude/time.ruff`.

use super::answer::{self, Outcome};
use super::date::{seconds, zoned};
use super::declare::plain;
use super::parse_fault::{Place, parse_fault};
use crate::value::Fault;
use crate::vm::{Answer, Call, Capability, Clock, Native, Request};

macro_rules! clock {
    ($signature:literal, $summary:literal, $clock:ident) => {
        plain($signature, $summary, |_| Ok(Answer::ask(Request::Clock(Clock::$clock))))
            .needs(Capability::Clock)
    };
}

pub(super) const NATIVES: &[Native] = &[
    clock!("now timestamp() -> float", "Unix seconds with fraction.", Now),
    clock!("now_unix now_utc_seconds() -> int", "Whole Unix seconds.", NowSeconds),
    clock!("now_ms current_timestamp time() -> int", "Whole Unix milliseconds.", NowMilliseconds),
    // Not behind the right to read clocks: for identifiers, which are behind that to random numbers, and for what is logged.
    plain("__unix_ms() -> int", "Whole Unix milliseconds.", |_| {
        Ok(Answer::ask(Request::Clock(Clock::NowMilliseconds)))
    }),
    clock!("performance_now time_ms() -> float", "Milliseconds since the program started.", Monotonic),
    clock!("time_us() -> float", "Microseconds since the program started.", MonotonicMicroseconds),
    clock!("time_ns() -> float", "Nanoseconds since the program started.", MonotonicNanoseconds),
    plain("to_iso(t: num, tz: string = \"UTC\") -> string", "A time as RFC 3339 text.", to_iso),
    plain("format_duration(ms: num) -> string", "A length of time for people.", |call| {
        answer::text(duration(call.float(0)))
    }),
    plain("parse_duration(s: string) -> float", "Milliseconds from \"1h30m\", \"250ms\".", parse_duration),
];

fn to_iso(call: &mut Call<'_>) -> Outcome {
    let time = zoned(call, 0, 1)?;
    let offset = time.offset().seconds() / 60;
    let local = seconds(&time) + f64::from(offset) * 60.0;
    let zone = match offset {
        0 => "Z".to_owned(),
        _ => {
            let sign = if offset < 0 { '-' } else { '+' };
            format!("{sign}{:02}:{:02}", offset.abs() / 60, offset.abs() % 60)
        }
    };
    answer::text(local_text(local) + &zone)
}

/// `2026-11-22T19:07:27`, with milliseconds if there are any.
fn local_text(seconds: f64) -> String {
    let milliseconds = (seconds * 1000.0).round() as i64;
    let (days, rest) = (milliseconds.div_euclid(86_400_000), milliseconds.rem_euclid(86_400_000));
    let (year, month, day) = civil(days);
    let (second, fraction) = (rest / 1000, rest % 1000);
    let fraction = if fraction == 0 { String::new() } else { format!(".{fraction:03}") };
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}")
}

/// Year, month and day of a day counted from 1970-01-01, in the Gregorian calendar. Years are counted from March here, so
/// that the leap day is the last of a year, and in eras of 400 years, which all have 146,097 days.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468; // from 0000-03-01
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

/// `100ns`, `500.00µs`, `1.50ms`, `1.50s`, from a minute `2m 05s`, `1h 02m 05s`, `3d 01h 02m`.
fn duration(ms: f64) -> String {
    if !ms.is_finite() {
        return ms.to_string();
    }
    if ms < 0.0 {
        return format!("-{}", duration(-ms));
    }
    match ms {
        _ if ms < 0.001 => format!("{:.0}ns", ms * 1e6),
        _ if ms < 1.0 => format!("{:.2}µs", ms * 1e3),
        _ if ms < 1e3 => format!("{ms:.2}ms"),
        _ if ms < 6e4 => format!("{:.2}s", ms / 1e3),
        _ => long_duration((ms / 1e3) as u64),
    }
}

fn long_duration(seconds: u64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours) {
        (0, 0) => format!("{minutes}m {:02}s", seconds % 60),
        (0, _) => format!("{hours}h {minutes:02}m {:02}s", seconds % 60),
        _ => format!("{days}d {hours:02}h {minutes:02}m"),
    }
}

/// Units by name, longest names first where one begins another.
const UNITS: &[(&str, f64)] = &[
    ("ns", 1e-6),
    ("µs", 1e-3),
    ("us", 1e-3),
    ("ms", 1.0),
    ("s", 1e3),
    ("m", 6e4),
    ("h", 3.6e6),
    ("d", 8.64e7),
];

fn parse_duration(call: &mut Call<'_>) -> Outcome {
    let text = call.str(0);
    match milliseconds(text) {
        Some(ms) => answer::float(ms),
        None => Err(not_a_duration(text)),
    }
}

fn not_a_duration(text: &str) -> Fault {
    parse_fault("duration", format!("Cannot parse '{text}' as duration"), Place::default())
}

fn milliseconds(text: &str) -> Option<f64> {
    let mut rest = text.trim();
    let mut total = 0.0;
    loop {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let amount: f64 = rest[..digits].parse().ok()?;
        let (name, factor) = UNITS.iter().find(|(name, _)| rest[digits..].starts_with(name))?;
        total += amount * factor;
        rest = rest[digits + name.len()..].trim_start();
        if rest.is_empty() {
            return Some(total);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{duration, local_text, milliseconds};

    #[test]
    fn durations_for_people() {
        let cases = [
            (0.0001, "100ns"),
            (0.5, "500.00µs"),
            (1.5, "1.50ms"),
            (1500.0, "1.50s"),
            (125_000.0, "2m 05s"),
            (3_725_000.0, "1h 02m 05s"),
            (262_920_000.0, "3d 01h 02m"),
        ];
        for (ms, expect) in cases {
            assert_eq!(duration(ms), expect);
        }
    }

    #[test]
    fn durations_from_people() {
        assert_eq!(milliseconds("1h30m"), Some(5_400_000.0));
        assert_eq!(milliseconds("250ms"), Some(250.0));
        assert_eq!(milliseconds("1.5s"), Some(1500.0));
        assert_eq!(milliseconds("5"), None);
        assert_eq!(milliseconds(""), None);
    }

    #[test]
    fn days_of_the_calendar() {
        assert_eq!(local_text(0.0), "1970-01-01T00:00:00");
        assert_eq!(local_text(951_782_400.5), "2000-02-29T00:00:00.500");
        assert_eq!(local_text(-1.0), "1969-12-31T23:59:59");
        assert_eq!(local_text(1_795_374_447.0), "2026-11-22T19:07:27");
    }
}
