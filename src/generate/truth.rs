//! What is in the generated files, counted while they are made: `_truth.json`.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::row::Row;
use crate::record::money::Total;

/// The name of the file.
pub const TRUTH: &str = "_truth.json";

/// The figures of a day or of all days. `rows = valid_rows + malformed + duplicates`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// Lines of data.
    pub rows: u64,
    /// Orders that can be read, each once.
    pub valid_rows: u64,
    /// Rows that every cleaning rejects.
    pub malformed: u64,
    /// Second copies of valid rows.
    pub duplicates: u64,
    /// Valid rows that stand behind a row of a later time; a part of the valid rows.
    pub late: u64,
    /// Sales less returns, each valid order once.
    pub revenue: Total,
}

/// The figures of a day and its net revenue by product.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DayTruth {
    /// The counts and the revenue.
    pub figures: Figures,
    /// Every product that was sold or came back.
    pub by_product: BTreeMap<String, Total>,
}

/// The content of `_truth.json`; dates are `2025-01-01`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Truth {
    /// All days together.
    #[serde(flatten)]
    pub figures: Figures,
    /// Net revenue by day.
    pub by_day: BTreeMap<String, Total>,
    /// Counts and revenue by day.
    pub days: BTreeMap<String, Figures>,
    /// Net revenue by day and product.
    pub by_day_product: BTreeMap<String, BTreeMap<String, Total>>,
}

impl Figures {
    /// Adds the figures of other days.
    pub fn add(&mut self, other: &Self) {
        self.rows += other.rows;
        self.valid_rows += other.valid_rows;
        self.malformed += other.malformed;
        self.duplicates += other.duplicates;
        self.late += other.late;
        self.revenue += other.revenue;
    }
}

impl Truth {
    /// Adds a day, in place of what was said of it before.
    pub fn put(&mut self, date: NaiveDate, day: DayTruth) {
        let date = date.to_string();
        self.by_day.insert(date.clone(), day.figures.revenue);
        self.by_day_product.insert(date.clone(), day.by_product);
        if self.days.insert(date, day.figures.clone()).is_some() {
            self.recount();
        } else {
            self.figures.add(&day.figures);
        }
    }

    /// Takes over the days of an earlier truth that are not told here and whose files `exists`
    /// confirms, for `--keep-existing`.
    pub fn keep(&mut self, mut earlier: Self, exists: impl Fn(&str) -> bool) {
        for (date, figures) in earlier.days {
            if self.days.contains_key(&date) || !exists(&date) {
                continue;
            }
            let products = earlier.by_day_product.remove(&date).unwrap_or_default();
            self.by_day.insert(date.clone(), figures.revenue);
            self.by_day_product.insert(date.clone(), products);
            self.days.insert(date, figures);
        }
        self.recount();
    }

    fn recount(&mut self) {
        self.figures = Figures::default();
        for day in self.days.values() {
            self.figures.add(day);
        }
    }
}

/// The running counts of a chunk or a day; sums are in cents, by product index.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub malformed: u64,
    pub duplicates: u64,
    pub late: u64,
    valid: u64,
    cents: Vec<i64>,
    met: Vec<bool>,
    /// The products met, in any order: a day need not look at all 250,000.
    order: Vec<u32>,
}

impl Tally {
    /// An empty tally for that many products.
    pub fn new(products: usize) -> Self {
        Self {
            cents: vec![0; products],
            met: vec![false; products],
            ..Self::default()
        }
    }

    /// Counts a valid row.
    #[inline]
    pub fn valid(&mut self, row: &Row<'_>) {
        self.valid += 1;
        self.sum(row.product_index, row.revenue());
    }

    /// Adds another tally and empties it.
    pub fn take(&mut self, other: &mut Self) {
        for count in [
            (&mut self.valid, &mut other.valid),
            (&mut self.malformed, &mut other.malformed),
            (&mut self.duplicates, &mut other.duplicates),
            (&mut self.late, &mut other.late),
        ] {
            *count.0 += std::mem::take(count.1);
        }
        for product in other.order.drain(..) {
            let i = product as usize;
            other.met[i] = false;
            let cents = std::mem::take(&mut other.cents[i]);
            self.sum(product, cents);
        }
    }

    /// The figures so far, with names; empties the tally.
    pub fn finish<'n>(&mut self, name: impl Fn(u32) -> &'n str) -> DayTruth {
        let (met, cents) = (&mut self.met, &mut self.cents);
        // Collected at once rather than inserted one by one, which 250,000 products would feel.
        let by_product: BTreeMap<String, Total> = self
            .order
            .drain(..)
            .map(|product| {
                let i = product as usize;
                met[i] = false;
                let cents = std::mem::take(&mut cents[i]);
                let total = Total::from_units(i128::from(cents) * 100);
                (name(product).to_owned(), total)
            })
            .collect();
        let mut day = DayTruth::default();
        day.figures.revenue = by_product.values().copied().sum();
        day.by_product = by_product;
        let figures = &mut day.figures;
        figures.valid_rows = std::mem::take(&mut self.valid);
        figures.malformed = std::mem::take(&mut self.malformed);
        figures.duplicates = std::mem::take(&mut self.duplicates);
        figures.late = std::mem::take(&mut self.late);
        figures.rows = figures.valid_rows + figures.malformed + figures.duplicates;
        day
    }

    #[inline]
    fn sum(&mut self, product: u32, cents: i64) {
        let i = product as usize;
        self.cents[i] += cents;
        if !self.met[i] {
            self.met[i] = true;
            self.order.push(product);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(valid: u64, cents: i128, product: &str) -> DayTruth {
        let revenue = Total::from_units(cents * 100);
        DayTruth {
            figures: Figures {
                rows: valid,
                valid_rows: valid,
                revenue,
                ..Figures::default()
            },
            by_product: BTreeMap::from([(product.to_owned(), revenue)]),
        }
    }

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_file_has_the_promised_shape() {
        let mut truth = Truth::default();
        truth.put(date("2025-01-01"), day(2, 1_050, "Masala Dosa"));
        let text = serde_json::to_string(&truth).unwrap();
        assert_eq!(
            text,
            r#"{"rows":2,"valid_rows":2,"malformed":0,"duplicates":0,"late":0,"revenue":"10.50","by_day":{"2025-01-01":"10.50"},"days":{"2025-01-01":{"rows":2,"valid_rows":2,"malformed":0,"duplicates":0,"late":0,"revenue":"10.50"}},"by_day_product":{"2025-01-01":{"Masala Dosa":"10.50"}}}"#
        );
        assert_eq!(serde_json::from_str::<Truth>(&text).unwrap(), truth);
    }

    #[test]
    fn earlier_days_stay_where_their_files_do() {
        let mut earlier = Truth::default();
        earlier.put(date("2025-01-01"), day(1, 100, "a"));
        earlier.put(date("2025-01-02"), day(1, 200, "a"));
        earlier.put(date("2025-01-03"), day(1, 400, "a"));
        let mut truth = Truth::default();
        truth.put(date("2025-01-02"), day(5, 1_000, "b"));
        truth.keep(earlier, |d| d != "2025-01-03");
        assert_eq!(truth.figures.rows, 6);
        assert_eq!(truth.figures.revenue.to_string(), "11.00");
        assert_eq!(truth.days.len(), 2);
        assert_eq!(truth.by_day_product["2025-01-02"].len(), 1);
        truth.put(date("2025-01-01"), day(3, 1, "c"));
        assert_eq!(truth.figures.revenue.to_string(), "10.01");
        assert_eq!(truth.figures.rows, 8);
    }
}
