//! Time zones by name, and times in them.

use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, Zoned};

use crate::value::Fault;
use crate::vm::Call;

/// The years that texts can show: 0000 to 9999.
const LATEST: f64 = 253_402_300_799.999;
const EARLIEST: f64 = -62_167_219_200.0;

/// The zone that a parameter names: `UTC`, `local`, `+hh:mm` or an IANA name.
pub(super) fn of(call: &Call<'_>, index: usize) -> Result<TimeZone, Fault> {
    named(call.str(index)).map_err(|wrong| call.value_fault(wrong))
}

/// The zone of a name. An error is what is wrong with it.
pub(super) fn named(name: &str) -> Result<TimeZone, String> {
    let unknown =
        || format!("unknown time zone '{name}'; use UTC, local, +02:00 or a name like Europe/Berlin");
    find(name).ok_or_else(unknown)
}

fn find(name: &str) -> Option<TimeZone> {
    match name.as_bytes().first()? {
        _ if name == "UTC" => Some(TimeZone::UTC),
        _ if name == "local" => Some(local()),
        b'+' => Some(TimeZone::fixed(offset(&name[1..])?)),
        b'-' => Some(TimeZone::fixed(-offset(&name[1..])?)),
        _ => TimeZone::get(name).ok(),
    }
}

/// The system's zone; UTC if it has none.
pub(super) fn local() -> TimeZone {
    TimeZone::try_system().unwrap_or(TimeZone::UTC)
}

/// `hh:mm`.
fn offset(text: &str) -> Option<Offset> {
    let (hours, minutes) = text.split_once(':')?;
    let two_digits = |text: &str| {
        (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| text.parse::<i32>().ok())
            .flatten()
    };
    let (hours, minutes) = (two_digits(hours)?, two_digits(minutes)?);
    (hours < 24 && minutes < 60).then(|| Offset::from_seconds(hours * 3600 + minutes * 60).ok()).flatten()
}

/// The time in one parameter, in the zone that another names. Times are taken to the microsecond: a float of today is no
/// more exact, and what people write as 0.1 would else be less.
pub(in crate::stdlib) fn zoned(call: &Call<'_>, time: usize, zone: usize) -> Result<Zoned, Fault> {
    let seconds = call.float(time);
    Ok(stamp(call, seconds)?.to_zoned(of(call, zone)?))
}

/// A time within the years 0000 to 9999.
pub(super) fn stamp(call: &Call<'_>, seconds: f64) -> Result<Timestamp, Fault> {
    instant(seconds).map_err(|wrong| call.value_fault(wrong))
}

/// The same. An error is what is wrong with the number.
pub(super) fn instant(seconds: f64) -> Result<Timestamp, String> {
    let is_within = (EARLIEST..=LATEST).contains(&seconds);
    let found = is_within.then(|| Timestamp::from_microsecond((seconds * 1e6).round() as i64).ok());
    found.flatten().ok_or_else(|| format!("time {seconds} is out of range; times are in seconds"))
}

/// A time as Unix seconds.
pub(in crate::stdlib) fn seconds(time: &Zoned) -> f64 {
    time.timestamp().as_microsecond() as f64 / 1e6
}
