//! Text to times. What a text does not say is lowest: the first of January, midnight.

use jiff::civil::{Date, DateTime, ISOWeekDate, Weekday};
use jiff::tz::{Offset, TimeZone};

use super::pattern::{Field, MONTHS, Part, WEEKDAYS};
use super::seconds;

/// The Unix seconds that a whole text writes; an error is the byte where it stops to fit.
pub(super) fn time(text: &str, parts: &[Part], zone: &TimeZone) -> Result<f64, usize> {
    let mut reader = Reader { text, at: 0, found: Found::default() };
    for part in parts {
        reader.part(part).ok_or(reader.at)?;
    }
    if reader.at < text.len() {
        return Err(reader.at);
    }
    reader.found.time(zone).ok_or(0)
}

/// The fields that were read.
#[derive(Default)]
struct Found {
    year: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    day_of_year: Option<i64>,
    iso: (Option<i64>, Option<i64>),
    weekday: Option<i64>,
    hour: i64,
    minute: i64,
    second: i64,
    microsecond: i64,
    afternoon: Option<bool>,
    offset: Option<i32>,
    unix: Option<i64>,
}

impl Found {
    fn time(&self, zone: &TimeZone) -> Option<f64> {
        if let Some(unix) = self.unix {
            return Some(unix as f64 + self.microsecond as f64 / 1e6);
        }
        let hour = match self.afternoon {
            None => self.hour,
            Some(_) if !(1..=12).contains(&self.hour) => return None,
            Some(afternoon) => self.hour % 12 + if afternoon { 12 } else { 0 },
        };
        let date = self.date()?;
        let local = DateTime::new(
            date.year(),
            date.month(),
            date.day(),
            i8::try_from(hour).ok()?,
            self.minute.try_into().ok()?,
            self.second.try_into().ok()?,
            i32::try_from(self.microsecond * 1000).ok()?,
        );
        let zone = match self.offset {
            None => zone.clone(),
            Some(seconds) => TimeZone::fixed(Offset::from_seconds(seconds).ok()?),
        };
        local.ok()?.to_zoned(zone).ok().map(|time| seconds(&time))
    }

    fn date(&self) -> Option<Date> {
        if let (Some(year), Some(week)) = self.iso {
            let weekday = Weekday::from_monday_one_offset(self.weekday.unwrap_or(1).try_into().ok()?).ok()?;
            let date = ISOWeekDate::new(year.try_into().ok()?, week.try_into().ok()?, weekday).ok()?;
            return Some(date.date());
        }
        let year = i16::try_from(self.year.unwrap_or(1970)).ok()?;
        if let (Some(day), None) = (self.day_of_year, self.month) {
            let first = Date::new(year, 1, 1).ok()?;
            return first.with().day_of_year(day.try_into().ok()?).build().ok();
        }
        let (month, day) = (self.month.unwrap_or(1), self.day.unwrap_or(1));
        Date::new(year, month.try_into().ok()?, day.try_into().ok()?).ok()
    }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    found: Found,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn part(&mut self, part: &Part) -> Option<()> {
        match part {
            Part::Text(text) => self.rest().starts_with(text.as_str()).then(|| self.at += text.len()),
            Part::Field(field) => self.field(*field),
        }
    }

    fn field(&mut self, field: Field) -> Option<()> {
        match field {
            Field::Year => self.found.year = Some(self.digits(4)?),
            Field::ShortYear => {
                let year = self.digits(2)?;
                self.found.year = Some(if year < 69 { 2000 + year } else { 1900 + year });
            }
            Field::Month => self.found.month = Some(self.digits(2)?),
            Field::MonthName => self.found.month = Some(self.name(&MONTHS, usize::MAX)?),
            Field::ShortMonthName => self.found.month = Some(self.name(&MONTHS, 3)?),
            Field::Day => self.found.day = Some(self.digits(2)?),
            Field::PaddedDay => {
                let padded = self.rest().starts_with(' ');
                self.at += usize::from(padded);
                let width = if padded || !self.rest().as_bytes().get(1)?.is_ascii_digit() { 1 } else { 2 };
                self.found.day = Some(self.digits(width)?);
            }
            Field::DayOfYear => self.found.day_of_year = Some(self.digits(3)?),
            Field::Hour | Field::ClockHour => self.found.hour = self.digits(2)?,
            Field::Minute => self.found.minute = self.digits(2)?,
            Field::Second => self.found.second = self.digits(2)?,
            Field::Millisecond => self.found.microsecond = self.digits(3)? * 1000,
            Field::Microsecond => self.found.microsecond = self.digits(6)?,
            Field::Meridiem => self.found.afternoon = Some(self.name(&["AM", "PM"], usize::MAX)? == 2),
            Field::WeekdayName => self.found.weekday = Some(self.name(&WEEKDAYS, usize::MAX)?),
            Field::ShortWeekdayName => self.found.weekday = Some(self.name(&WEEKDAYS, 3)?),
            Field::Weekday => self.found.weekday = Some(self.digits(1)?),
            Field::WeekdayFromSunday => self.found.weekday = Some((self.digits(1)? + 6) % 7 + 1),
            Field::IsoWeek => self.found.iso.1 = Some(self.digits(2)?),
            Field::IsoYear => self.found.iso.0 = Some(self.digits(4)?),
            Field::Offset | Field::ColonOffset => self.found.offset = Some(self.offset()?),
            Field::ZoneName => {
                self.name(&["UTC", "GMT", "Z"], usize::MAX)?;
                self.found.offset = Some(0);
            }
            Field::UnixSeconds => self.found.unix = Some(self.unix()?),
        }
        Some(())
    }

    /// Exactly so many digits.
    fn digits(&mut self, count: usize) -> Option<i64> {
        let digits = self.rest().get(..count)?;
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        self.at += count;
        digits.parse().ok()
    }

    /// One of these names, cut to `length` letters, in any case; its position from 1.
    fn name(&mut self, names: &[&str], length: usize) -> Option<i64> {
        let rest = self.rest();
        let (position, length) = names.iter().enumerate().find_map(|(position, name)| {
            let name = &name[..name.len().min(length)];
            let begins = rest.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
            begins.then_some((position, name.len()))
        })?;
        self.at += length;
        Some(position as i64 + 1)
    }

    /// `Z`, `+hhmm` or `+hh:mm`.
    fn offset(&mut self) -> Option<i32> {
        let sign = match self.rest().as_bytes().first()? {
            b'+' => 1,
            b'-' => -1,
            b'Z' => {
                self.at += 1;
                return Some(0);
            }
            _ => return None,
        };
        self.at += 1;
        let hours = self.digits(2)?;
        self.at += usize::from(self.rest().starts_with(':'));
        let minutes = self.digits(2)?;
        (hours < 24 && minutes < 60).then(|| sign * (hours * 3600 + minutes * 60) as i32)
    }

    fn unix(&mut self) -> Option<i64> {
        let rest = self.rest();
        let sign = usize::from(rest.starts_with('-'));
        let length = rest[sign..].find(|c: char| !c.is_ascii_digit()).map_or(rest.len(), |at| at + sign);
        self.at += length;
        rest[..length].parse().ok()
    }
}
