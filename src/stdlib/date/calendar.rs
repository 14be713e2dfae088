//! Arithmetic by the calendar.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, Unit, Zoned, ZonedDifference};

use super::zone::{self, stamp};
use super::{impossible, seconds, zoned};
use crate::stdlib::answer::{self, Outcome};
use crate::value::{Fault, Value};
use crate::vm::Call;

/// What `date_parts` gives; the last four follow from the others.
const PARTS: &[&str] =
    &["year", "month", "day", "hour", "minute", "second", "ms", "weekday", "yearday", "offset_s", "tz"];

pub(super) fn make_date(call: &mut Call<'_>) -> Outcome {
    let options = call.options(0, PARTS)?;
    let part = |name: &str, default: i64| match options.get(name) {
        None => Ok(default),
        Some(Value::Int(number)) => Ok(*number),
        Some(other) => Err(options.unlike(name, "int", other)),
    };
    if options.get("year").is_none() {
        return Err(call.value_fault("the year is missing"));
    }
    let numbers = [
        part("year", 0)?,
        part("month", 1)?,
        part("day", 1)?,
        part("hour", 0)?,
        part("minute", 0)?,
        part("second", 0)?,
        part("ms", 0)?,
    ];
    let zone = zone::of(call, 1)?;
    let time = civil(numbers).and_then(|local| local.to_zoned(zone).ok()).filter(|time| time.year() >= 0);
    match time {
        Some(time) => answer::float(seconds(&time)),
        None => {
            let [year, month, day, hour, minute, second, ms] = numbers;
            Err(call.value_fault(format!(
                "there is no {year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{ms:03}"
            )))
        }
    }
}

fn civil([year, month, day, hour, minute, second, ms]: [i64; 7]) -> Option<DateTime> {
    let narrow = |number: i64| i8::try_from(number).ok();
    let nanoseconds = i32::try_from(ms.checked_mul(1_000_000)?).ok()?;
    let year = i16::try_from(year).ok()?;
    DateTime::new(
        year,
        narrow(month)?,
        narrow(day)?,
        narrow(hour)?,
        narrow(minute)?,
        narrow(second)?,
        nanoseconds,
    )
    .ok()
}

/// The first day of the month in the parameters `y` and `m`.
pub(super) fn first_of_month(call: &Call<'_>) -> Result<Date, Fault> {
    let (year, month) = (call.int(0), call.int(1));
    let first = civil([year, month, 1, 0, 0, 0, 0]);
    first.map(DateTime::date).ok_or_else(|| call.value_fault(format!("there is no month {year}-{month}")))
}

pub(super) fn add_time(call: &mut Call<'_>) -> Outcome {
    let time = zoned(call, 0, 2)?;
    let options = call.options(1, &["years", "months", "weeks", "days", "hours", "minutes", "seconds"])?;
    let part = |name: &str| match options.get(name) {
        None => Ok(0),
        Some(Value::Int(number)) => Ok(*number),
        Some(other) => Err(options.unlike(name, "int", other)),
    };
    let [years, months, weeks, days] = [part("years")?, part("months")?, part("weeks")?, part("days")?];
    let [hours, minutes, seconds_later] = [part("hours")?, part("minutes")?, part("seconds")?];
    let later = Span::new()
        .try_years(years)
        .and_then(|span| span.try_months(months))
        .and_then(|span| span.try_weeks(weeks))
        .and_then(|span| span.try_days(days))
        .and_then(|span| span.try_hours(hours))
        .and_then(|span| span.try_minutes(minutes))
        .and_then(|span| span.try_seconds(seconds_later))
        .and_then(|span| time.checked_add(span));
    answer::float(seconds(&later.map_err(|error| impossible(call, &error))?))
}

pub(super) fn start_of(call: &mut Call<'_>) -> Outcome {
    let time = zoned(call, 0, 2)?;
    let (date, clock) = (time.date(), time.time());
    let start = match call.str(1) {
        "year" => date.first_of_year().to_datetime(jiff::civil::Time::midnight()),
        "month" => date.first_of_month().to_datetime(jiff::civil::Time::midnight()),
        "week" => {
            let since_monday = Span::new().days(i64::from(date.weekday().to_monday_zero_offset()));
            let monday = date.checked_sub(since_monday).map_err(|error| impossible(call, &error))?;
            monday.to_datetime(jiff::civil::Time::midnight())
        }
        "day" => date.to_datetime(jiff::civil::Time::midnight()),
        "hour" => date.at(clock.hour(), 0, 0, 0),
        "minute" => date.at(clock.hour(), clock.minute(), 0, 0),
        "second" => date.at(clock.hour(), clock.minute(), clock.second(), 0),
        other => return Err(unknown_unit(call, other)),
    };
    let start = start.to_zoned(time.time_zone().clone()).map_err(|error| impossible(call, &error))?;
    answer::float(seconds(&start))
}

fn unknown_unit(call: &Call<'_>, unit: &str) -> Fault {
    call.value_fault(format!("unknown unit '{unit}'; units are year, month, week, day, hour, minute, second"))
}

pub(super) fn date_diff(call: &mut Call<'_>) -> Outcome {
    let at = |index: usize| Ok(stamp(call, call.float(index))?.to_zoned(TimeZone::UTC));
    let (a, b): (Zoned, Zoned) = (at(0)?, at(1)?);
    let unit = match call.str(2) {
        "year" => Unit::Year,
        "month" => Unit::Month,
        "week" => Unit::Week,
        "day" => Unit::Day,
        "hour" => Unit::Hour,
        "minute" => Unit::Minute,
        "second" => Unit::Second,
        other => return Err(unknown_unit(call, other)),
    };
    let span = a.until(ZonedDifference::new(&b).largest(unit)).map_err(|error| impossible(call, &error))?;
    answer::int(match unit {
        Unit::Year => span.get_years().into(),
        Unit::Month => span.get_months().into(),
        Unit::Week => span.get_weeks().into(),
        Unit::Day => span.get_days().into(),
        Unit::Hour => span.get_hours().into(),
        Unit::Minute => span.get_minutes(),
        _ => span.get_seconds(),
    })
}
