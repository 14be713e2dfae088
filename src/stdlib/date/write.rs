//! Times to text.

use std::fmt::Write;

use jiff::Zoned;

use super::pattern::{Field, MONTHS, Part, WEEKDAYS};

/// A time as a pattern shows it.
pub(super) fn text(time: &Zoned, parts: &[Part]) -> String {
    let mut out = String::new();
    for part in parts {
        match part {
            Part::Text(text) => out.push_str(text),
            Part::Field(field) => {
                write(time, *field, &mut out).expect("writing to a string cannot fail");
            }
        }
    }
    out
}

fn write(time: &Zoned, field: Field, out: &mut String) -> std::fmt::Result {
    let month = MONTHS[(time.month() - 1) as usize];
    let weekday = WEEKDAYS[time.weekday().to_monday_zero_offset() as usize];
    match field {
        Field::Year => write!(out, "{:04}", time.year()),
        Field::ShortYear => write!(out, "{:02}", time.year().rem_euclid(100)),
        Field::Month => write!(out, "{:02}", time.month()),
        Field::MonthName => out.write_str(month),
        Field::ShortMonthName => out.write_str(&month[..3]),
        Field::Day => write!(out, "{:02}", time.day()),
        Field::PaddedDay => write!(out, "{:2}", time.day()),
        Field::DayOfYear => write!(out, "{:03}", time.day_of_year()),
        Field::Hour => write!(out, "{:02}", time.hour()),
        Field::ClockHour => write!(out, "{:02}", (time.hour() + 11) % 12 + 1),
        Field::Minute => write!(out, "{:02}", time.minute()),
        Field::Second => write!(out, "{:02}", time.second()),
        Field::Millisecond => write!(out, "{:03}", time.millisecond()),
        Field::Microsecond => write!(out, "{:06}", time.subsec_nanosecond() / 1000),
        Field::Meridiem => out.write_str(if time.hour() < 12 { "AM" } else { "PM" }),
        Field::WeekdayName => out.write_str(weekday),
        Field::ShortWeekdayName => out.write_str(&weekday[..3]),
        Field::Weekday => write!(out, "{}", time.weekday().to_monday_one_offset()),
        Field::WeekdayFromSunday => write!(out, "{}", time.weekday().to_sunday_zero_offset()),
        Field::IsoWeek => write!(out, "{:02}", time.date().iso_week_date().week()),
        Field::IsoYear => write!(out, "{:04}", time.date().iso_week_date().year()),
        Field::Offset => write_offset(time, "", out),
        Field::ColonOffset => write_offset(time, ":", out),
        Field::ZoneName => write!(out, "{}", time.strftime("%Z")),
        Field::UnixSeconds => write!(out, "{}", time.timestamp().as_second()),
    }
}

fn write_offset(time: &Zoned, between: &str, out: &mut String) -> std::fmt::Result {
    let seconds = time.offset().seconds();
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.abs() / 60;
    write!(out, "{sign}{:02}{between}{:02}", minutes / 60, minutes % 60)
}
