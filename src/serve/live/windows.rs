//! Windows and what may be said of several: they overlap, and sums must not.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, SecondsFormat};

use crate::record::Total;

/// A window of the stream.
#[derive(Debug, Clone)]
pub struct Window {
    /// Its start, in microseconds since 1970.
    pub start: i64,
    /// Its end, in microseconds since 1970.
    pub end: i64,
    /// Whether events may still come.
    pub open: bool,
    /// Revenue by product, in order of their names.
    pub rows: Vec<(Arc<str>, Total)>,
    /// Σ of it.
    pub revenue: Total,
}

impl Window {
    /// A window with these rows.
    pub fn new(start: i64, end: i64, open: bool, mut rows: Vec<(Arc<str>, Total)>) -> Self {
        rows.sort_by(|a, b| a.0.cmp(&b.0));
        let revenue = rows.iter().map(|row| row.1).sum();
        Self {
            start,
            end,
            open,
            rows,
            revenue,
        }
    }

    /// The revenue of a product.
    pub fn of(&self, product: &str) -> Option<Total> {
        let row = self.rows.binary_search_by(|row| (*row.0).cmp(product));
        row.ok().map(|row| self.rows[row].1)
    }

    /// Its rows, the largest first, equal ones by name.
    pub fn ranking(&self) -> Vec<(&str, Total)> {
        let mut rows: Vec<(&str, Total)> = self.rows.iter().map(|row| (&*row.0, row.1)).collect();
        rank(&mut rows);
        rows
    }
}

/// Sorts the largest first, equal ones by name.
pub fn rank(rows: &mut [(&str, Total)]) {
    rows.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
}

/// Of `windows`, those that hold every event once: the newest, the one that ends where it
/// begins, and so on.
pub fn apart(windows: &[Window], size: i64) -> impl Iterator<Item = &Window> {
    let newest = windows.iter().map(|window| window.end).max();
    let newest = newest.unwrap_or_default();
    let of_chain = move |window: &&Window| size > 0 && (newest - window.end) % size == 0;
    windows.iter().filter(of_chain)
}

/// Revenue by product over windows that do not overlap, the largest first.
pub fn totals(windows: &[Window], size: i64) -> Vec<(&str, Total)> {
    let mut sums: HashMap<&str, Total> = HashMap::new();
    for window in apart(windows, size) {
        for (product, revenue) in &window.rows {
            *sums.entry(product).or_default() += *revenue;
        }
    }
    let mut totals: Vec<_> = sums.into_iter().collect();
    rank(&mut totals);
    totals
}

/// How many products the windows have.
pub fn products(windows: &[Window]) -> usize {
    let rows = windows.iter().flat_map(|window| &window.rows);
    let names: std::collections::HashSet<&str> = rows.map(|row| &*row.0).collect();
    names.len()
}

/// A moment as ISO 8601 with `Z`, with a fraction where it has one.
pub fn instant(micros: i64) -> String {
    DateTime::from_timestamp_micros(micros)
        .map(|time| time.to_rfc3339_opts(SecondsFormat::AutoSi, true))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000_000;

    /// The worked example of the contract: a sale of 10.00 at 09:05 and one of 3.00 at 10:20, in
    /// windows of an hour that begin every quarter.
    fn example() -> Vec<Window> {
        let quarter = HOUR / 4;
        let money = |text| Total::parse(text).unwrap();
        (0..12)
            .filter_map(|i| {
                // From 08:15 on.
                let start = 8 * HOUR + quarter + i * quarter;
                let holds = |at: i64| start <= at && at < start + HOUR;
                let sales = [
                    ("Tea", 9 * HOUR + 5 * 60_000_000, "10.00"),
                    ("Rice", 10 * HOUR + 20 * 60_000_000, "3.00"),
                ];
                let rows: Vec<(Arc<str>, Total)> = sales
                    .into_iter()
                    .filter(|sale| holds(sale.1))
                    .map(|sale| (sale.0.into(), money(sale.2)))
                    .collect();
                (!rows.is_empty()).then(|| Window::new(start, start + HOUR, false, rows))
            })
            .collect()
    }

    #[test]
    fn every_sale_counts_once_though_it_is_in_four_windows() {
        let windows = example();
        let all: Total = windows.iter().map(|window| window.revenue).sum();
        assert_eq!(all.to_string(), "52.00");
        for cut in 1..=windows.len() {
            // Wherever the newest window ends, those apart hold each sale at most once.
            let totals = totals(&windows[..cut], HOUR);
            let sum: Total = totals.iter().map(|row| row.1).sum();
            let newest = windows[cut - 1].end;
            let expected = if newest > 10 * HOUR + 20 * 60_000_000 {
                "13.00"
            } else {
                "10.00"
            };
            assert_eq!(sum.to_string(), expected, "{cut}");
        }
        assert_eq!(products(&windows), 2);
    }

    #[test]
    fn moments_are_told_in_utc() {
        assert_eq!(instant(0), "1970-01-01T00:00:00Z");
        assert_eq!(instant(1_500_000), "1970-01-01T00:00:01.500Z");
    }
}
