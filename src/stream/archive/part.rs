//! The files of an archive, by date.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::record::time::{DAY, Day};
use crate::source::archive::PartName;

/// A UTC date as days since 1970; none where a message has no time, or none of the years 1 to
/// 9999.
pub type Date = Option<i32>;

/// A file that is part of the archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The first of the commits that it holds, counted by date.
    pub first: u32,
    /// The last of them.
    pub last: u32,
    /// Messages in it.
    pub rows: u64,
    /// Its length.
    pub bytes: u64,
}

impl Part {
    /// Which commits it holds.
    pub fn name(&self) -> PartName {
        PartName {
            first: self.first,
            last: self.last,
        }
    }
}

/// The date of a time in milliseconds.
pub fn date(millis: Option<i64>) -> Date {
    const MILLIS: i64 = DAY / 1_000;
    let number = millis?.div_euclid(MILLIS);
    let day = Day::from_number(i32::try_from(number).ok()?)?;
    Some(day.number())
}

/// The folder of a date; the name for none is the one that other programs read as null.
pub fn folder(date: Date) -> String {
    match date.and_then(Day::from_number) {
        Some(day) => format!("date={day}"),
        None => "date=__HIVE_DEFAULT_PARTITION__".to_owned(),
    }
}

/// Where a part stands below the archive.
pub fn path(date: Date, part: &Part) -> String {
    format!("{}/{}", folder(date), part.name())
}

/// Every part, in order.
#[derive(Debug, Default)]
pub struct Parts(BTreeMap<Date, Vec<Part>>);

impl Parts {
    /// Adds a part, in place of those that it holds.
    pub fn add(&mut self, date: Date, part: Part) {
        let parts = self.0.entry(date).or_default();
        parts.retain(|other| !part.name().covers(other.name()));
        parts.push(part);
        parts.sort_unstable_by_key(|part| part.first);
    }

    /// The number of the next commit with messages of `date`.
    pub fn next(&self, date: Date) -> u32 {
        let last = self.of(date).last();
        last.map_or(0, |part| part.last + 1)
    }

    /// The parts of a date.
    pub fn of(&self, date: Date) -> &[Part] {
        self.0.get(&date).map_or(&[], Vec::as_slice)
    }

    /// The dates that have parts.
    pub fn dates(&self) -> impl Iterator<Item = Date> {
        self.0.keys().copied()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (Date, &Part)> {
        let dates = self.0.iter();
        dates.flat_map(|(date, parts)| parts.iter().map(|part| (*date, part)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_utc() {
        for (millis, expected) in [
            (Some(0), "date=1970-01-01"),
            (Some(-1), "date=1969-12-31"),
            (Some(1_735_689_599_999), "date=2024-12-31"),
            (Some(1_735_689_600_000), "date=2025-01-01"),
            (None, "date=__HIVE_DEFAULT_PARTITION__"),
            (Some(i64::MAX), "date=__HIVE_DEFAULT_PARTITION__"),
            (Some(i64::MIN), "date=__HIVE_DEFAULT_PARTITION__"),
        ] {
            assert_eq!(folder(date(millis)), expected, "{millis:?}");
        }
    }

    #[test]
    fn a_part_replaces_those_that_it_holds() {
        let part = |first, last| Part {
            first,
            last,
            rows: 1,
            bytes: 1,
        };
        let mut parts = Parts::default();
        for number in 0..4 {
            assert_eq!(parts.next(None), number);
            parts.add(None, part(number, number));
        }
        parts.add(None, part(1, 2));
        assert_eq!(parts.of(None), [part(0, 0), part(1, 2), part(3, 3)]);
        assert_eq!((parts.next(None), parts.next(Some(0))), (4, 0));
    }
}
