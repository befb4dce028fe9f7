//! Revenue by day and product, as batch's CSV has it.

use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::record::{Day, Money, Total};

/// The rows of the CSV, in order of day and product.
#[derive(Debug, Default)]
pub struct Daily {
    names: Vec<Arc<str>>,
    days: Vec<(Day, Range<usize>)>,
    products: Vec<u32>,
    totals: Vec<Money>,
}

/// One row.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    /// The day.
    pub day: Day,
    /// The number of the product.
    pub product: u32,
    /// Its name.
    pub name: &'a str,
    /// The total.
    pub total: Money,
}

impl Daily {
    /// Reads the file.
    ///
    /// # Errors
    /// [`Error::Data`] with the line that is no row of such a file.
    pub fn read(path: &Path) -> Result<Self> {
        let place = path.display();
        let failed = |e: csv::Error| match e.into_kind() {
            csv::ErrorKind::Io(e) => Error::io("read", place.to_string(), e),
            other => Error::data(&place, format!("is no CSV of totals: {other:?}")),
        };
        let mut reader = csv::Reader::from_path(path).map_err(failed)?;
        let header = reader.headers().map_err(failed)?.clone();
        let column = |name: &str| {
            let found = header.iter().position(|column| column == name);
            found.ok_or_else(|| {
                Error::data(
                    &place,
                    format!("has no column {name}; run retail batch again"),
                )
            })
        };
        let (date, product, amount) = (
            column("order_date")?,
            column("product")?,
            column("total_amount")?,
        );
        let mut numbers: HashMap<Arc<str>, u32> = HashMap::new();
        let mut names = Vec::new();
        let mut rows: Vec<(Day, u32, Money)> = Vec::new();
        let mut record = csv::StringRecord::new();
        while reader.read_record(&mut record).map_err(failed)? {
            let field = |column| record.get(column).unwrap_or_default();
            let day = Day::parse(field(date));
            let total = Money::parse(field(amount).as_bytes(), b'.').ok();
            let (Some(day), Some(total)) = (day, total) else {
                let line = record.position().map_or(0, csv::Position::line);
                let what = "is no row of daily totals; run retail batch again";
                return Err(Error::data(format!("{place}:{line}"), what));
            };
            let number = match numbers.get(field(product)) {
                Some(number) => *number,
                None => {
                    let name: Arc<str> = field(product).into();
                    let number = u32::try_from(names.len())
                        .map_err(|_| Error::data(&place, "has more than 2^32 products"))?;
                    names.push(Arc::clone(&name));
                    numbers.insert(name, number);
                    number
                }
            };
            rows.push((day, number, total));
        }
        // Ours is in order; that of another program may not be.
        rows.sort_by(|a, b| {
            let name = |row: &(Day, u32, Money)| Arc::clone(&names[row.1 as usize]);
            a.0.cmp(&b.0).then_with(|| name(a).cmp(&name(b)))
        });
        Ok(Self::of(names, &rows))
    }

    fn of(names: Vec<Arc<str>>, rows: &[(Day, u32, Money)]) -> Self {
        let mut days: Vec<(Day, Range<usize>)> = Vec::new();
        for (i, (day, ..)) in rows.iter().enumerate() {
            match days.last_mut() {
                Some((last, range)) if last == day => range.end = i + 1,
                _ => days.push((*day, i..i + 1)),
            }
        }
        Self {
            names,
            days,
            products: rows.iter().map(|row| row.1).collect(),
            totals: rows.iter().map(|row| row.2).collect(),
        }
    }

    /// The first and the last day; none without rows.
    pub fn span(&self) -> Option<(Day, Day)> {
        Some((self.days.first()?.0, self.days.last()?.0))
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.totals.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.totals.is_empty()
    }

    /// How many products there are.
    pub fn products(&self) -> usize {
        self.names.len()
    }

    /// The name of a product.
    pub fn name(&self, product: u32) -> &str {
        &self.names[product as usize]
    }

    /// The days of `from` to `to` that have rows, with the numbers of these.
    pub fn days(&self, from: Day, to: Day) -> &[(Day, Range<usize>)] {
        let first = self.days.partition_point(|(day, _)| *day < from);
        let end = self.days.partition_point(|(day, _)| *day <= to);
        &self.days[first.min(end)..end]
    }

    /// The numbers of the rows of `from` to `to`.
    pub fn rows(&self, from: Day, to: Day) -> Range<usize> {
        match self.days(from, to) {
            [] => 0..0,
            days => days[0].1.start..days[days.len() - 1].1.end,
        }
    }

    /// The product and the total of a row.
    pub fn row(&self, row: usize) -> (u32, Money) {
        (self.products[row], self.totals[row])
    }

    /// The rows of `from` to `to`.
    pub fn lines(&self, from: Day, to: Day) -> impl Iterator<Item = Line<'_>> {
        let days = self.days(from, to).iter();
        days.flat_map(|(day, rows)| rows.clone().map(|row| self.line(*day, row)))
    }

    fn line(&self, day: Day, row: usize) -> Line<'_> {
        let (product, total) = self.row(row);
        Line {
            day,
            product,
            name: self.name(product),
            total,
        }
    }

    /// Σ of the totals of `from` to `to`.
    pub fn revenue(&self, from: Day, to: Day) -> Total {
        let totals = self.totals[self.rows(from, to)].iter();
        totals.map(|total| Total::from(*total)).sum()
    }

    /// Products of `from` to `to` with their totals, the largest first, equal ones by name.
    pub fn ranking(&self, from: Day, to: Day) -> Vec<(u32, Total)> {
        let mut sums: Vec<Option<Total>> = vec![None; self.names.len()];
        for row in self.rows(from, to) {
            let (product, total) = self.row(row);
            *sums[product as usize].get_or_insert_default() += total;
        }
        let sums = sums.into_iter().enumerate();
        let mut ranking: Vec<(u32, Total)> = sums
            .filter_map(|(product, total)| Some((product as u32, total?)))
            .collect();
        ranking.sort_by(|a, b| {
            let by_total = b.1.cmp(&a.1);
            by_total.then_with(|| self.name(a.0).cmp(self.name(b.0)))
        });
        ranking
    }

    /// The `most` newest rows: the last day first, its products by name.
    pub fn newest(&self, from: Day, to: Day, most: usize) -> Vec<Line<'_>> {
        let days = self.days(from, to).iter().rev();
        let lines = days.flat_map(|(day, rows)| rows.clone().map(|row| self.line(*day, row)));
        lines.take(most).collect()
    }
}
