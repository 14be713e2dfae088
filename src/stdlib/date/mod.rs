//! Times and the calendar (STDLIB section 11): Unix seconds to text and parts, and back.
//!
//! Owns: the functions. Zones are in `zone.rs`, patterns in `pattern.rs`, what they write and read in `write.rs` and
//! `read.rs`, arithmetic in `calendar.rs`. Does not: read a clock; `prelude/time.ruff` does where one is needed.

mod zone;
mod pattern;
mod write;
mod read;
mod calendar;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use super::answer::{self, Outcome};
use super::declare::plain;
use super::parse_fault::{Place, parse_fault};
use crate::value::{Dict, Fault, Value};
use crate::vm::{Call, Native};

pub(super) use zone::{seconds, zoned};

/// What is wrong with a day that the calendar of the zones does not reach, so that every time can be shown in every zone.
const LATEST: &str = "the calendar ends with 9999-12-30 22:00 UTC";

pub(super) const NATIVES: &[Native] = &[
    plain("parse_iso(s: string) -> float", "The time of RFC 3339 text or of a bare date.", parse_iso),
    plain(
        "format_date(t: num, pattern: string = \"YYYY-MM-DD\", tz: string = \"UTC\") -> string",
        "A time as text.",
        |call| {
            let time = zoned(call, 0, 2)?;
            let parts = pattern::parts(call.str(1)).map_err(|text| call.value_fault(text))?;
            answer::text(write::text(&time, &parts))
        },
    ),
    plain(
        "parse_date(s: string, pattern: string = \"YYYY-MM-DD\", tz: string = \"UTC\") -> float",
        "The time that a text writes.",
        parse_date,
    ),
    plain("to_rfc2822(t: num, tz: string = \"UTC\") -> string", "A time as e-mails write it.", |call| {
        answer::text(mail(&zoned(call, 0, 1)?))
    }),
    plain("date_parts(t: num, tz: string = \"UTC\") -> dict", "Year, month and so on.", date_parts),
    plain(
        "make_date(parts: dict, tz: string = \"UTC\") -> float",
        "The time of year, month and so on.",
        calendar::make_date,
    ),
    plain(
        "add_time(t: num, parts: dict, tz: string = \"UTC\") -> float",
        "A time so much later by the calendar.",
        calendar::add_time,
    ),
    plain(
        "start_of(t: num, unit: string, tz: string = \"UTC\") -> float",
        "The beginning of the unit around a time.",
        calendar::start_of,
    ),
    plain("date_diff(a: num, b: num, unit: string) -> int", "Whole units from a to b.", calendar::date_diff),
    plain("days_in_month(y: int, m: int) -> int", "The length of a month.", |call| {
        let first = calendar::first_of_month(call)?;
        answer::int(first.days_in_month().into())
    }),
    plain("is_leap_year(y: int) -> bool", "Whether a year has 366 days.", |call| {
        let year = call.int(0);
        answer::bool(year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
    }),
    plain("local_timezone() -> string", "The name of the system's time zone.", |_| {
        answer::text(zone::local().iana_name().unwrap_or("UTC"))
    }),
];

fn parse_iso(call: &mut Call<'_>) -> Outcome {
    let text = call.str(0);
    match read_iso(text) {
        Some(time) => answer::float(seconds(&time)),
        None => {
            let wrong = match text.parse::<Date>() {
                Ok(_) if text.len() == 10 => LATEST,
                _ => "expected a time like 2026-11-22T19:07:27Z or a date like 2026-11-22",
            };
            let message = format!("Cannot parse '{text}' as ISO date: {wrong}");
            Err(parse_fault("date", message, Place::default()))
        }
    }
}

fn read_iso(text: &str) -> Option<Zoned> {
    match text.len() {
        10 => text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok(),
        _ => Some(text.parse::<Timestamp>().ok()?.to_zoned(TimeZone::UTC)),
    }
}

/// A time that is written as a number or as ISO text, in UTC.
pub(super) fn moment(call: &Call<'_>, value: &Value) -> Result<Zoned, Fault> {
    let read = match value {
        Value::Int(number) => of_seconds(*number as f64),
        Value::Float(number) => of_seconds(*number),
        Value::Text(text) => of_text(text.as_str()),
        other => return Err(call.type_fault("time", "number or string", other)),
    };
    read.map_err(|wrong| call.value_fault(wrong))
}

/// A number of seconds as a time in UTC. An error is what is wrong with it.
pub(super) fn of_seconds(seconds: f64) -> Result<Zoned, String> {
    Ok(zone::instant(seconds)?.to_zoned(TimeZone::UTC))
}

/// ISO text as a time in UTC.
pub(super) fn of_text(text: &str) -> Result<Zoned, String> {
    read_iso(text).ok_or_else(|| format!("'{text}' is no time"))
}

/// A time in a zone, as a pattern shows it.
pub(super) fn shown(time: &Zoned, pattern: &str, zone: &str) -> Result<String, String> {
    let parts = pattern::parts(pattern)?;
    Ok(write::text(&time.with_time_zone(zone::named(zone)?), &parts))
}

/// `2026-11-22T19:07:27Z`.
pub(super) fn iso(time: &Zoned) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// `Sun, 22 Nov 2026 19:07:27 +0000`.
pub(super) fn mail(time: &Zoned) -> String {
    time.strftime("%a, %d %b %Y %H:%M:%S %z").to_string()
}

fn parse_date(call: &mut Call<'_>) -> Outcome {
    let (text, pattern) = (call.str(0), call.str(1));
    let zone = zone::of(call, 2)?;
    let parts = pattern::parts(pattern).map_err(|text| call.value_fault(text))?;
    match read::time(text, &parts, &zone) {
        Ok(time) => answer::float(time),
        Err(at) => {
            let place = Place { offset: Some(text[..at].chars().count()), ..Place::default() };
            Err(parse_fault("date", format!("Cannot parse '{text}' as date '{pattern}'"), place))
        }
    }
}

fn date_parts(call: &mut Call<'_>) -> Outcome {
    let time = zoned(call, 0, 1)?;
    let mut parts = Dict::with_capacity(11);
    let mut put = |key: &str, number: i64| parts.insert_text(key, Value::Int(number));
    put("year", time.year().into());
    put("month", time.month().into());
    put("day", time.day().into());
    put("hour", time.hour().into());
    put("minute", time.minute().into());
    put("second", time.second().into());
    put("ms", time.millisecond().into());
    put("weekday", time.weekday().to_monday_one_offset().into());
    put("yearday", time.day_of_year().into());
    put("offset_s", time.offset().seconds().into());
    parts.insert_text("tz", Value::Text(call.text(1).clone()));
    answer::value(Value::dict(parts))
}
