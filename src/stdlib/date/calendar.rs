//! Arithmetic by the calendar.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Span, Unit, Zoned, ZonedDifference};

use super::zone::{self, stamp};
use super::{LATEST, seconds, zoned};
use crate::stdlib::answer::{self, Outcome};
use crate::stdlib::options::Options;
use crate::value::Fault;
use crate::vm::Call;

/// What `date_parts` gives; the last four follow from the others.
const PARTS: &[&str] =
    &["year", "month", "day", "hour", "minute", "second", "ms", "weekday", "yearday", "offset_s", "tz"];

pub(super) fn make_date(call: &mut Call<'_>) -> Outcome {
    let options = call.options(0, PARTS)?;
    let part = |name: &str, default: i64| Ok(options.whole(name)?.unwrap_or(default));
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
    let Some(local) = civil(numbers).filter(|local| local.year() >= 0) else {
        let [year, month, day, hour, minute, second, ms] = numbers;
        return Err(call.value_fault(format!(
            "there is no {year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{ms:03}"
        )));
    };
    match local.to_zoned(zone) {
        Ok(time) => answer::float(seconds(&time)),
        Err(_) => Err(call.value_fault(LATEST)),
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
    match span(&options)?.and_then(|span| time.checked_add(span).ok()).filter(is_in_calendar) {
        Some(later) => answer::float(seconds(&later)),
        None => Err(beyond(call)),
    }
}

/// What is to be added, if a calendar can count so far.
fn span(options: &Options<'_>) -> Result<Option<Span>, Fault> {
    let part = |name: &str| Ok(options.whole(name)?.unwrap_or(0));
    let [years, months, weeks, days] = [part("years")?, part("months")?, part("weeks")?, part("days")?];
    let [hours, minutes, seconds] = [part("hours")?, part("minutes")?, part("seconds")?];
    let by_date = |span: Span| span.try_years(years)?.try_months(months)?.try_weeks(weeks)?.try_days(days);
    let by_clock = |span: Span| span.try_hours(hours)?.try_minutes(minutes)?.try_seconds(seconds);
    Ok(by_date(Span::new()).and_then(by_clock).ok())
}

/// Whether it is within the years that texts can show.
fn is_in_calendar(time: &Zoned) -> bool {
    time.year() >= 0
}

fn beyond(call: &Call<'_>) -> Fault {
    call.value_fault("the result is beyond the calendar, which goes from the year 0 to 9999")
}

pub(super) fn start_of(call: &mut Call<'_>) -> Outcome {
    let time = zoned(call, 0, 2)?;
    let (date, clock) = (time.date(), time.time());
    let start = match call.str(1) {
        "year" => date.first_of_year().to_datetime(jiff::civil::Time::midnight()),
        "month" => date.first_of_month().to_datetime(jiff::civil::Time::midnight()),
        "week" => {
            let since_monday = Span::new().days(i64::from(date.weekday().to_monday_zero_offset()));
            let monday = date.checked_sub(since_monday).map_err(|_| beyond(call))?;
            monday.to_datetime(jiff::civil::Time::midnight())
        }
        "day" => date.to_datetime(jiff::civil::Time::midnight()),
        "hour" => date.at(clock.hour(), 0, 0, 0),
        "minute" => date.at(clock.hour(), clock.minute(), 0, 0),
        "second" => date.at(clock.hour(), clock.minute(), clock.second(), 0),
        other => return Err(unknown_unit(call, other)),
    };
    match start.to_zoned(time.time_zone().clone()).ok().filter(is_in_calendar) {
        Some(start) => answer::float(seconds(&start)),
        None => Err(beyond(call)),
    }
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
    let span = a.until(ZonedDifference::new(&b).largest(unit)).map_err(|_| beyond(call))?;
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
