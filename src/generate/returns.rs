//! Returns: which rows bring something back, and which sale each of them reverses.
//!
//! Nothing is remembered. Rows are seen in blocks of 32; one place of each block is its return
//! and the other 31 are sales. A return reaches back 0 to 30 days, its lag, and in every block
//! of a day each lag owns exactly one of the 31 sales. So a sale is asked for by at most one
//! return: its place in the block tells the lag, hence the day of the return, and the blocks
//! of two days are matched one to one. And no return names a return, for those places belong
//! to no lag.

use super::calendar::{BLOCK, Day};
use super::rng::{Key, below, high};

/// How many days a return may reach back, and today.
pub const LAGS: u32 = 31;

/// The place in block `block` that is no sale but, if it finds one to reverse, a return.
#[inline]
pub fn slot(blocks: Key, block: u32) -> u32 {
    below(high(blocks.word(u64::from(block))), BLOCK)
}

/// The sale that row `seq` of `days[0]` reverses, as a lag and the row of that day;
/// `None` where the row is a sale itself. `days[lag]` is the day `lag` days earlier.
pub fn reversed(days: &[Day], seq: u32) -> Option<(usize, u32)> {
    let day = days.first()?;
    let block = seq / BLOCK;
    if slot(day.blocks, block) != seq % BLOCK {
        return None;
    }
    let first = likely_lag(day.key.at(u64::from(seq)) >> 32);
    // A lag may find no sale, in a smaller day or an incomplete block: then the next one may.
    (first..first + LAGS).find_map(|lag| {
        let lag = lag % LAGS;
        target(days, block, lag).map(|row| (lag as usize, row))
    })
}

/// Most things come back within two weeks.
fn likely_lag(bits: u64) -> u32 {
    let bits = bits as u32;
    below(below(bits.rotate_left(16), bits), LAGS)
}

/// The sale that lag `lag` owns in the block of the earlier day that matches `block`.
fn target(days: &[Day], block: u32, lag: u32) -> Option<u32> {
    let day = days.get(lag as usize)?;
    let blocks = day.rows.div_ceil(BLOCK);
    let matching = if lag == 0 {
        // Well before: at least one whole block of customers lies between.
        block.checked_sub((blocks / 8).max(2))?
    } else if block < blocks {
        ((u64::from(block) * day.stride + u64::from(lag)) % u64::from(blocks)) as u32
    } else {
        return None;
    };
    let word = day.blocks.word(u64::from(matching));
    let place = (lag + (word as u32) % LAGS) % LAGS;
    // The places after the block's return move up by one.
    let place = place + u32::from(place >= slot(day.blocks, matching));
    let row = matching * BLOCK + place;
    (row < day.rows).then_some(row)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use chrono::{Days, NaiveDate};
    use proptest::prelude::*;

    use super::*;
    use crate::generate::calendar::weekday_counts;

    /// The day and the 30 before it.
    fn days(seed: u64, date: NaiveDate, per_day: u32) -> Vec<Day> {
        let counts = weekday_counts(per_day);
        (0..u64::from(LAGS))
            .map(|lag| {
                let date = date.checked_sub_days(Days::new(lag)).unwrap();
                let weekday = Day::new(seed, date, 0).weekday;
                Day::new(seed, date, counts[weekday])
            })
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn no_sale_comes_back_twice_and_no_return_comes_back(
            seed in any::<u64>(), start in 0u64..20_000, per_day in 1u32..700,
        ) {
            let start = NaiveDate::from_ymd_opt(1990, 1, 1).unwrap() + Days::new(start);
            let mut seen = HashSet::new();
            for k in 0..45 {
                let days = days(seed, start + Days::new(k), per_day);
                for seq in 0..days[0].rows {
                    let Some((lag, row)) = reversed(&days, seq) else { continue };
                    let target = &days[lag];
                    prop_assert!(row < target.rows);
                    prop_assert!(lag > 0 || row + BLOCK < seq);
                    prop_assert_ne!(slot(target.blocks, row / BLOCK), row % BLOCK);
                    prop_assert!(seen.insert((target.epoch, row)));
                }
            }
        }
    }

    #[test]
    fn about_three_in_a_hundred_rows_are_returns() {
        let start = NaiveDate::from_ymd_opt(2025, 1, 1).unwrap();
        for per_day in [5u32, 48, 1_000, 20_000] {
            let (mut rows, mut found, mut recent) = (0, 0, 0);
            for k in 0..(7 * 20_000 / u64::from(per_day)).clamp(7, 700) / 7 * 7 {
                let days = days(2024, start + Days::new(k), per_day);
                rows += days[0].rows;
                let lags = (0..days[0].rows).filter_map(|seq| reversed(&days, seq));
                let lags: Vec<usize> = lags.map(|(lag, _)| lag).collect();
                found += lags.len() as u32;
                recent += lags.iter().filter(|&&lag| lag < 8).count() as u32;
            }
            let share = f64::from(found) / f64::from(rows);
            assert!((0.025..0.036).contains(&share), "{per_day}: {share}");
            assert!(
                recent * 2 > found || per_day < 100,
                "{per_day}: {recent} of {found}"
            );
        }
    }
}
