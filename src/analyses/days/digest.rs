//! Hashes by which a run knows again what an earlier one saw.

use std::collections::BTreeMap;

use polars::prelude::{DataFrame, DataType, PolarsResult};
use twox_hash::XxHash3_128;

use crate::analyses::lines::Told;

/// Microseconds of a day.
const DAY: i64 = 86_400_000_000;

/// The hash of a text.
pub fn text(text: &str) -> String {
    hex(XxHash3_128::oneshot(text.as_bytes()))
}

/// What the records of every day come to, of the archive and live, and where the archive ends.
pub fn days(told: &Told, live: &Told, watermark: i64) -> BTreeMap<i32, String> {
    let days = told.days.keys().chain(live.days.keys());
    days.map(|day| {
        let start = i64::from(*day) * DAY;
        // A day before or behind the end of the archive does not mind where it is.
        let side = watermark.clamp(start, start + DAY);
        let mut bytes = side.to_le_bytes().to_vec();
        for told in [told, live] {
            let sum = told.days.get(day).copied().unwrap_or_default();
            bytes.extend(sum.records.to_le_bytes());
            bytes.extend(sum.digest.to_le_bytes());
        }
        (*day, hex(XxHash3_128::oneshot(&bytes)))
    })
    .collect()
}

/// The hash of the rows of tables, each in any order.
///
/// # Errors
/// When a value is no text, number, date or time.
pub fn tables(tables: &[DataFrame]) -> PolarsResult<String> {
    let mut all = Vec::new();
    for table in tables {
        let columns = table.columns().iter();
        let columns = columns.map(|column| column.cast(&DataType::String));
        let columns = columns.collect::<PolarsResult<Vec<_>>>()?;
        let texts = columns.iter().map(|column| column.str());
        let texts = texts.collect::<PolarsResult<Vec<_>>>()?;
        let mut sum = 0_u128;
        let mut row = Vec::new();
        for at in 0..table.height() {
            row.clear();
            for column in &texts {
                // The length first: no two rows are the same bytes.
                match column.get(at) {
                    Some(text) => {
                        row.extend((text.len() as u64).to_le_bytes());
                        row.extend(text.as_bytes());
                    }
                    None => row.extend(u64::MAX.to_le_bytes()),
                }
            }
            sum = sum.wrapping_add(XxHash3_128::oneshot(&row));
        }
        all.extend((table.height() as u64).to_le_bytes());
        all.extend(sum.to_le_bytes());
    }
    Ok(hex(XxHash3_128::oneshot(&all)))
}

fn hex(hash: u128) -> String {
    format!("{hash:032x}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyses::lines::Sum;
    use polars::prelude::{Column, NamedFrom, Series};

    #[test]
    fn a_day_minds_its_records_and_an_end_within_it() {
        let told = |digest| {
            let mut told = Told::default();
            for day in [10, 11, 12] {
                let digest = if day == 11 { digest } else { 1 };
                told.days.insert(day, Sum { records: 2, digest });
            }
            told
        };
        let changed = |told: Told, live: Told, watermark| {
            let before = days(&base(), &Told::default(), 12 * DAY);
            let after = days(&told, &live, watermark);
            let changed = after
                .iter()
                .filter(|(day, hash)| before.get(day) != Some(*hash));
            changed.map(|(day, _)| *day).collect::<Vec<_>>()
        };
        assert_eq!(changed(told(1), Told::default(), 12 * DAY), [] as [i32; 0]);
        assert_eq!(changed(told(2), Told::default(), 12 * DAY), [11]);
        assert_eq!(changed(told(1), told(1), 12 * DAY), [10, 11, 12]);
        assert_eq!(changed(told(1), Told::default(), 20 * DAY), [12]);
        assert_eq!(changed(told(1), Told::default(), 10 * DAY + 5), [10, 11]);
    }

    fn base() -> Told {
        let mut told = Told::default();
        for day in [10, 11, 12] {
            told.days.insert(
                day,
                Sum {
                    records: 2,
                    digest: 1,
                },
            );
        }
        told
    }

    #[test]
    fn rows_count_in_any_order_and_cells_in_theirs() {
        let frame = |a: &[Option<&str>], b: &[Option<i64>]| {
            let columns = vec![
                Column::from(Series::new("a".into(), a)),
                Column::from(Series::new("b".into(), b)),
            ];
            DataFrame::new(a.len(), columns).expect("a table")
        };
        let hash = |frame: DataFrame| tables(&[frame]).expect("a hash");
        let whole = hash(frame(&[Some("x"), None], &[Some(1), Some(2)]));
        assert_eq!(hash(frame(&[None, Some("x")], &[Some(2), Some(1)])), whole);
        assert_ne!(hash(frame(&[Some("x"), None], &[Some(2), Some(1)])), whole);
        assert_ne!(
            hash(frame(&[Some("x"), Some("")], &[Some(1), Some(2)])),
            whole
        );
        assert_ne!(hash(frame(&[Some("x")], &[Some(1)])), whole);
    }
}
