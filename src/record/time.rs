//! Event time: microseconds since 1970-01-01 UTC, and the texts that name one.
//!
//! Rule: cleaning, step 2 of the contract's record: ISO dates and timestamps (`T` or blank,
//! fraction, offset), `YYYYMMDD`, a ` UTC` suffix, or a strftime format. Week and ordinal
//! dates are no dates, and nothing ambiguous is guessed.

use std::fmt::{self, Write as _};

use chrono::format::{Item, Parsed, StrftimeItems};
use chrono::{DateTime, NaiveDate, Timelike};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Microseconds in a second.
pub const SECOND: i64 = 1_000_000;
/// Microseconds in a day.
pub const DAY: i64 = 86_400 * SECOND;
/// 0001-01-01 and 9999-12-31, the first and last day that every reader of ours can hold.
const FIRST_DAY: i64 = -719_162;
const LAST_DAY: i64 = 2_932_896;

/// A point in event time: microseconds since 1970-01-01 00:00 UTC, years 1 to 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "i64", try_from = "i64")]
pub struct Time(i64);

/// A UTC calendar day, counted from 1970-01-01.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i32);

impl From<Time> for i64 {
    fn from(time: Time) -> Self {
        time.micros()
    }
}

impl TryFrom<i64> for Time {
    type Error = &'static str;

    fn try_from(micros: i64) -> Result<Self, Self::Error> {
        Self::from_micros(micros).ok_or("is no time of the years 1 to 9999")
    }
}

impl Time {
    /// The first moment that can be told: 0001-01-01.
    pub const MIN: Self = Self(FIRST_DAY * DAY);

    /// From microseconds since the epoch; `None` outside the years 1 to 9999.
    pub fn from_micros(micros: i64) -> Option<Self> {
        let day = micros.div_euclid(DAY);
        (FIRST_DAY..=LAST_DAY)
            .contains(&day)
            .then_some(Self(micros))
    }

    /// Microseconds since the epoch.
    pub fn micros(self) -> i64 {
        self.0
    }

    /// The UTC day, by floor division also before 1970.
    pub fn day(self) -> Day {
        // In range: a time is made only between FIRST_DAY and LAST_DAY.
        Day(i32::try_from(self.0.div_euclid(DAY)).unwrap_or(0))
    }

    /// So many days later; `None` outside the years 1 to 9999.
    pub fn plus_days(self, days: i32) -> Option<Self> {
        Self::from_micros(self.0.checked_add(i64::from(days) * DAY)?)
    }

    /// `text`, if [`Time::parse_iso`] reads it, so many days later and written in the same way.
    pub fn shift_iso(text: &str, days: i32) -> Option<String> {
        Self::parse_iso(text.as_bytes())?;
        let (day, rest) = parse_date(text.as_bytes())?;
        let day = Day::from_number(i32::try_from(day).ok()?)?.plus(days)?;
        let mut date = day.to_string();
        if text.as_bytes().get(4) != Some(&b'-') {
            date.retain(|c| c != '-');
        }
        Some(date + text.get(text.len() - rest.len()..)?)
    }

    /// Reads an ISO date or timestamp, or `YYYYMMDD`; `text` carries no outer blanks.
    pub fn parse_iso(text: &[u8]) -> Option<Self> {
        let text = text.strip_suffix(b" UTC").unwrap_or(text);
        let (day, rest) = parse_date(text)?;
        let micros = match rest {
            [] => 0,
            [b'T' | b't' | b' ', clock @ ..] => parse_clock(clock)?,
            _ => return None,
        };
        Self::from_micros(day * DAY + micros)
    }

    /// Whether a text that [`Time::parse_iso`] reads has a clock time after its date.
    pub fn iso_has_clock(text: &[u8]) -> bool {
        let text = text.strip_suffix(b" UTC").unwrap_or(text);
        text.len() > if text.get(4) == Some(&b'-') { 10 } else { 8 }
    }

    /// The UTC hour of the day, from 0 to 23.
    pub fn hour(self) -> u8 {
        // In range: the rest of a division by a day.
        (self.0.rem_euclid(DAY) / (3600 * SECOND)) as u8
    }
}

impl Day {
    /// 1970-01-01.
    pub const EPOCH: Self = Self(0);

    /// From days since the epoch; `None` outside the years 1 to 9999.
    pub fn from_number(number: i32) -> Option<Self> {
        (FIRST_DAY..=LAST_DAY)
            .contains(&i64::from(number))
            .then_some(Self(number))
    }

    /// Days since 1970-01-01; negative before.
    pub fn number(self) -> i32 {
        self.0
    }

    /// So many days later; `None` outside the years 1 to 9999.
    pub fn plus(self, days: i32) -> Option<Self> {
        Self::from_number(self.0.checked_add(days)?)
    }

    /// Reads `2025-01-01` and nothing else.
    pub fn parse(text: &str) -> Option<Self> {
        match parse_date(text.as_bytes())? {
            (day, []) if text.len() == 10 => Self::from_number(i32::try_from(day).ok()?),
            _ => None,
        }
    }
}

/// `2025-01-01`.
impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil(i64::from(self.0));
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

/// `2025-01-01T09:05:00Z`, with a fraction only where there is one.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = self.0.rem_euclid(DAY);
        let (seconds, fraction) = (micros / SECOND, micros % SECOND);
        let (h, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(f, "{}T{h:02}:{m:02}:{s:02}", self.day())?;
        if fraction != 0 {
            write!(f, ".{fraction:06}")?;
        }
        f.write_char('Z')
    }
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0i64, |sum, byte| {
        let digit = byte.wrapping_sub(b'0');
        (digit < 10).then(|| sum * 10 + i64::from(digit))
    })
}

/// `YYYY-MM-DD` or `YYYYMMDD` at the start: the day's number and what follows.
fn parse_date(text: &[u8]) -> Option<(i64, &[u8])> {
    let (year, month, day, rest) = match text {
        [_, _, _, _, b'-', _, _, b'-', _, _, rest @ ..] => {
            (&text[..4], &text[5..7], &text[8..10], rest)
        }
        [_, _, _, _, _, _, _, _, rest @ ..] => (&text[..4], &text[4..6], &text[6..8], rest),
        _ => return None,
    };
    let (year, month, day) = (number(year)?, number(month)?, number(day)?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(leap),
        _ => return None,
    };
    if year == 0 || !(1..=length).contains(&day) {
        return None;
    }
    Some((days_from_civil(year, month, day), rest))
}

/// A clock time with an optional fraction and offset, in microseconds from midnight UTC.
fn parse_clock(text: &[u8]) -> Option<i64> {
    let (hour, mut rest) = two_digits(text, 23)?;
    let (mut minute, mut second, mut fraction) = (0, 0, 0);
    // Extended (10:20:30) or basic (102030), not mixed.
    let extended = rest.first() == Some(&b':');
    let next = |rest: &mut &[u8]| -> Option<Option<i64>> {
        let digits = match *rest {
            [b':', digits @ ..] if extended => digits,
            digits @ [b'0'..=b'9', ..] if !extended => digits,
            _ => return Some(None),
        };
        let (value, after) = two_digits(digits, 59)?;
        *rest = after;
        Some(Some(value))
    };
    if let Some(value) = next(&mut rest)? {
        minute = value;
        if let Some(value) = next(&mut rest)? {
            second = value;
            if let [b'.' | b',', digits @ ..] = rest {
                let end = digits.iter().position(|b| !b.is_ascii_digit());
                let (digits, after) = digits.split_at(end.unwrap_or(digits.len()));
                if digits.is_empty() {
                    return None;
                }
                // Finer than a microsecond is cut, so that a time never moves forward.
                fraction = (0..6).fold(0, |sum, i| {
                    sum * 10 + digits.get(i).map_or(0, |d| i64::from(d - b'0'))
                });
                rest = after;
            }
        }
    }
    let offset = parse_offset(rest.strip_prefix(b" ").unwrap_or(rest))?;
    let seconds = hour * 3600 + minute * 60 + second - offset;
    (rest != b" ").then_some(seconds * SECOND + fraction)
}

/// Seconds east of UTC: nothing, `Z`, `+05`, `+0530` or `+05:30`.
fn parse_offset(text: &[u8]) -> Option<i64> {
    let (sign, digits) = match text {
        [] | [b'Z' | b'z'] => return Some(0),
        [b'+', digits @ ..] => (1, digits),
        [b'-', digits @ ..] => (-1, digits),
        _ => return None,
    };
    let (hours, rest) = two_digits(digits, 23)?;
    let minutes = match rest.strip_prefix(b":").unwrap_or(rest) {
        [] if rest.is_empty() => 0,
        digits => match two_digits(digits, 59)? {
            (minutes, []) => minutes,
            _ => return None,
        },
    };
    Some(sign * (hours * 3600 + minutes * 60))
}

fn two_digits(text: &[u8], most: i64) -> Option<(i64, &[u8])> {
    let (digits, rest) = text.split_at_checked(2)?;
    let value = number(digits)?;
    (value <= most).then_some((value, rest))
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar.
/// Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The inverse of [`days_from_civil`].
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let doe = days.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    (year, month, doy - (153 * mp + 2) / 5 + 1)
}

/// A checked strftime format for dates that are no ISO dates.
#[derive(Debug, Clone)]
pub struct DateFormat {
    text: String,
    items: Vec<Item<'static>>,
    clock: bool,
}

impl DateFormat {
    /// Checks `text`, such as `%d-%b-%Y`.
    ///
    /// # Errors
    /// [`Error::Usage`] when it is no strftime format or does not name a whole date.
    pub fn new(text: &str) -> Result<Self> {
        let usage = |why: &str| {
            Error::Usage(format!(
                "--date-format {text:?}: {why}; write one such as %d-%b-%Y or %m/%d/%Y %H:%M"
            ))
        };
        let items = StrftimeItems::new(text)
            .parse_to_owned()
            .map_err(|_| usage("not a strftime format"))?;
        let mut format = Self {
            text: text.to_owned(),
            items,
            clock: false,
        };
        // A date that the format writes must come back as the same day.
        let probe = DateTime::from_timestamp(1_741_082_400, 0).unwrap_or_default();
        let mut written = String::new();
        write!(written, "{}", probe.format_with_items(format.items.iter()))
            .map_err(|_| usage("not a strftime format"))?;
        match format.parse(&written) {
            Some(time) if time.day().number() == 20_151 => {
                // The probe is of 10:00; a format without a clock takes it for midnight.
                format.clock = time.hour() != 0;
                Ok(format)
            }
            _ => Err(usage("it does not name a whole date")),
        }
    }

    /// Whether the format names a clock time too.
    pub fn has_clock(&self) -> bool {
        self.clock
    }

    /// The format as it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// `text`, if the format reads it, so many days later in the same format, in UTC.
    pub fn shift(&self, text: &str, days: i32) -> Option<String> {
        let time = self.parse(text)?.plus_days(days)?;
        let mut shifted = String::new();
        let time = DateTime::from_timestamp_micros(time.micros())?;
        write!(shifted, "{}", time.format_with_items(self.items.iter())).ok()?;
        // A format that leaves out what the text has would change the time of day.
        (self.parse(&shifted)?.micros() == self.parse(text)?.plus_days(days)?.micros())
            .then_some(shifted)
    }

    /// Reads `text`; a format without a clock means midnight, one without an offset UTC.
    pub fn parse(&self, text: &str) -> Option<Time> {
        let mut parsed = Parsed::new();
        chrono::format::parse(&mut parsed, text, self.items.iter()).ok()?;
        if let Some(seconds) = parsed.timestamp() {
            let nanos = i64::from(parsed.nanosecond().unwrap_or(0));
            return Time::from_micros(seconds.checked_mul(SECOND)?.checked_add(nanos / 1000)?);
        }
        let date: NaiveDate = parsed.to_naive_date().ok()?;
        let clock = match (parsed.hour_div_12(), parsed.minute()) {
            (None, None) => chrono::NaiveTime::MIN,
            _ => parsed.to_naive_time().ok()?,
        };
        let nanos = i64::from(clock.nanosecond());
        if nanos >= 1_000_000_000 {
            return None; // a leap second is a second of no UTC day of ours
        }
        let seconds =
            i64::from(clock.num_seconds_from_midnight()) - i64::from(parsed.offset().unwrap_or(0));
        let day = date.signed_duration_since(NaiveDate::default()).num_days();
        Time::from_micros(day * DAY + seconds * SECOND + nanos / 1000)
    }
}

#[cfg(test)]
mod tests;
