//! Days: how many rows they have, and at what times of the day.

use chrono::{Datelike, NaiveDate};

use super::catalogue::coprime;
use super::rng::Key;

/// Customers on Monday to Sunday, in percent of an average day.
const WEEKDAYS: [u64; 7] = [85, 85, 90, 95, 115, 130, 100];
/// Customers per hour from the opening, Monday to Friday from 08:00 …
const WORKDAY_HOURS: (u32, &[u64]) = (8, &[4, 6, 7, 8, 10, 9, 7, 7, 9, 12, 12, 7, 3]);
/// … on Saturday from 09:00 …
const SATURDAY_HOURS: (u32, &[u64]) = (9, &[5, 8, 11, 12, 12, 11, 11, 10, 8, 6, 4, 2]);
/// … and on Sunday from 10:00.
const SUNDAY_HOURS: (u32, &[u64]) = (10, &[5, 9, 12, 13, 13, 11, 8, 4]);
/// Rows of a block, each of which has at most one return.
pub const BLOCK: u32 = 32;
/// The pieces into which the curve of a day is cut.
const PIECES: u32 = 1024;

/// The rows of Monday to Sunday for an average of `per_day`; they sum to exactly 7 x `per_day`,
/// by the largest remainders, so that any seven days in a row hold the same number of rows.
pub fn weekday_counts(per_day: u32) -> [u32; 7] {
    let shares = WEEKDAYS.map(|percent| u64::from(per_day) * percent);
    let mut counts = shares.map(|share| share / 100);
    let missing = 7 * u64::from(per_day) - counts.iter().sum::<u64>();
    let mut order = [0usize, 1, 2, 3, 4, 5, 6];
    order.sort_by_key(|&i| std::cmp::Reverse(shares[i] % 100));
    for &i in order.iter().take(missing as usize) {
        counts[i] += 1;
    }
    counts.map(|count| count as u32)
}

/// When on a day its customers come: seconds at equal steps of the day's cumulative curve.
#[derive(Debug)]
pub struct Clock {
    seconds: Vec<u32>,
}

impl Clock {
    /// The clocks of Monday to Sunday.
    pub fn week() -> [Self; 7] {
        std::array::from_fn(|weekday| match weekday {
            5 => Self::new(SATURDAY_HOURS),
            6 => Self::new(SUNDAY_HOURS),
            _ => Self::new(WORKDAY_HOURS),
        })
    }

    fn new((opening, hours): (u32, &[u64])) -> Self {
        let total: u64 = hours.iter().sum();
        let mut seconds = Vec::with_capacity(PIECES as usize + 1);
        let (mut hour, mut before) = (0, 0u64);
        for piece in 0..=u64::from(PIECES) {
            // The place on the curve in units of 1/PIECES of a customer's weight.
            let place = piece * total;
            while hour + 1 < hours.len() && (before + hours[hour]) * u64::from(PIECES) <= place {
                before += hours[hour];
                hour += 1;
            }
            let inside = (place - before * u64::from(PIECES)) * 3600;
            let within = inside / (hours[hour] * u64::from(PIECES));
            seconds.push((opening + hour as u32) * 3600 + within as u32);
        }
        Self { seconds }
    }

    /// The second of the day at a place, in 1/2^32, of the day's customers; never falls.
    #[inline]
    fn at(&self, place: u32) -> u32 {
        let piece = (place >> 22) as usize;
        let (from, to) = (self.seconds[piece], self.seconds[piece + 1]);
        from + (((to - from) as u64 * u64::from(place & 0x3F_FFFF)) >> 22) as u32
    }
}

/// A day: its texts, its rows and its keys. Cheap to make for any date.
#[derive(Debug, Clone)]
pub struct Day {
    /// The date.
    pub date: NaiveDate,
    /// Days since 1970-01-01.
    pub epoch: i32,
    /// `20250101-`, the beginning of its order ids.
    pub prefix: [u8; 9],
    /// `2025-01-01`.
    pub iso: [u8; 10],
    /// Monday is 0.
    pub weekday: usize,
    /// Months since January of year 0.
    pub month: i32,
    /// The year and number of its ISO week.
    pub week: (i32, u32),
    /// Its base rows.
    pub rows: u32,
    /// What its rows draw from.
    pub key: Key,
    /// What its blocks of rows draw from.
    pub blocks: Key,
    /// A step without a common factor with its number of blocks.
    pub stride: u64,
    /// 2^63 / rows, to divide by multiplying.
    per_row: u64,
}

impl Day {
    /// The day `date` with `rows` base rows under `seed`.
    pub fn new(seed: u64, date: NaiveDate, rows: u32) -> Self {
        let epoch = epoch(date);
        let key = Key::new(seed, "rows").of(u64::from(epoch as u32));
        let iso = iso(date);
        let mut prefix = *b"00000000-";
        for (to, from) in [0, 1, 2, 3, 5, 6, 8, 9].into_iter().enumerate() {
            prefix[to] = iso[from];
        }
        let blocks = u64::from(rows.div_ceil(BLOCK)).max(1);
        let week = date.iso_week();
        Self {
            date,
            epoch,
            prefix,
            iso,
            weekday: date.weekday().num_days_from_monday() as usize,
            month: date.year() * 12 + date.month0() as i32,
            week: (week.year(), week.week()),
            rows,
            key,
            blocks: Key::new(seed, "blocks").of(u64::from(epoch as u32)),
            stride: coprime(blocks * 5 / 8 + key.at(0) % blocks.div_ceil(4), blocks),
            per_row: (1 << 63) / u64::from(rows.max(1)),
        }
    }

    /// January is 0.
    pub fn month_of_year(&self) -> usize {
        self.month.rem_euclid(12) as usize
    }

    /// The second of the day of row `seq`, with 16 random bits; never falls with `seq`.
    #[inline]
    pub fn second(&self, clock: &Clock, seq: u32, jitter: u16) -> u32 {
        let place = (u64::from(seq) << 16) | u64::from(jitter);
        // place / (rows * 2^16) in units of 1/2^32.
        clock.at(((u128::from(place) * u128::from(self.per_row)) >> 47) as u32)
    }
}

/// Days since 1970-01-01.
pub fn epoch(date: NaiveDate) -> i32 {
    date.num_days_from_ce() - 719_163
}

fn iso(date: NaiveDate) -> [u8; 10] {
    let year = date.year().rem_euclid(10_000) as u32;
    let mut text = *b"0000-00-00";
    let mut put = |at: usize, digits: usize, mut value: u32| {
        for i in (at..at + digits).rev() {
            text[i] = b'0' + (value % 10) as u8;
            value /= 10;
        }
    };
    put(0, 4, year);
    put(5, 2, date.month());
    put(8, 2, date.day());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_week_holds_exactly_seven_averages() {
        for per_day in (0..300).chain([1_000_000, 99_999_999]) {
            let counts = weekday_counts(per_day);
            let sum: u64 = counts.iter().map(|&c| u64::from(c)).sum();
            assert_eq!(sum, 7 * u64::from(per_day));
            assert!(counts[5] >= counts[0]);
        }
        assert_eq!(weekday_counts(1), [1; 7]);
        // 40.8, 40.8, 43.2, 45.6, 55.2, 62.4 and 48: three go to the largest fractions.
        assert_eq!(weekday_counts(48), [41, 41, 43, 46, 55, 62, 48]);
        assert_eq!(weekday_counts(100), [85, 85, 90, 95, 115, 130, 100]);
    }

    #[test]
    fn times_rise_through_the_opening_hours() {
        let week = Clock::week();
        for (weekday, from, to) in [(0, 8, 21), (4, 8, 21), (5, 9, 21), (6, 10, 18)] {
            for rows in [1u32, 2, 48, 5_000, 400_000] {
                let day = Day::new(1, date("2025-01-01"), rows);
                let clock = &week[weekday];
                assert!(day.second(clock, 0, 0) >= from * 3600);
                assert!(day.second(clock, rows - 1, u16::MAX) <= to * 3600);
                let mut last = 0;
                for seq in 0..rows {
                    let now = day.second(clock, seq, day.key.at(u64::from(seq)) as u16);
                    assert!(now >= last);
                    last = now;
                }
            }
        }
    }

    #[test]
    fn a_workday_has_its_peak_after_work() {
        let clock = &Clock::week()[2];
        let day = Day::new(1, date("2025-01-01"), 98_000);
        let mut hours = [0u32; 24];
        for seq in 0..day.rows {
            hours[(day.second(clock, seq, 0) / 3600) as usize] += 1;
        }
        // The curve sums to 101 units: 12 of them from 17:00, 3 in the last hour.
        assert!(hours[17].abs_diff(98_000 * 12 / 101) < 200, "{hours:?}");
        assert!(hours[20].abs_diff(98_000 * 3 / 101) < 200, "{hours:?}");
    }

    #[test]
    fn a_day_knows_its_texts() {
        let day = Day::new(1, date("2024-02-29"), 10);
        assert_eq!(&day.prefix, b"20240229-");
        assert_eq!(&day.iso, b"2024-02-29");
        assert_eq!(
            (day.weekday, day.month_of_year(), day.week),
            (3, 1, (2024, 9))
        );
        assert_eq!(epoch(date("1970-01-01")), 0);
        assert_eq!(epoch(date("2000-03-01")), 11_017);
    }
}
