//! The contract's §1 by hand, as plainly as it can be said: the model that streams are held to.

use std::collections::BTreeMap;

use chrono::DateTime;

use crate::common::chance::Chance;
use crate::common::figures::Row;

/// Length, distance and watermark, in seconds.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    pub size: i64,
    pub slide: i64,
    pub patience: i64,
}

/// An hour, a quarter, a quarter.
pub const HOUR: Shape = Shape {
    size: 3600,
    slide: 900,
    patience: 900,
};

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Sale,
    Return,
    Restock,
}

/// A line that cleaning accepts; time in seconds, amount in ten-thousandths, not negative.
#[derive(Debug, Clone)]
pub struct Line {
    pub time: i64,
    pub product: String,
    pub kind: Kind,
    pub amount: i128,
}

/// The header of what [`Line::csv`] gives.
pub const HEADER: &str = "order_id,order_time,product,transaction_type,amount\n";

/// A time as ISO 8601 has it.
pub fn iso(time: i64) -> String {
    let time = DateTime::from_timestamp(time, 0).expect("a time");
    time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Ten-thousandths as a number.
fn number(amount: i128) -> String {
    format!("{}.{:04}", amount / 10_000, amount % 10_000)
}

impl Line {
    /// As it stands in a file.
    pub fn csv(&self, id: &str) -> String {
        let kind = ["SALE", "RETURN", "RESTOCK"][self.kind as usize];
        let (time, amount) = (iso(self.time), number(self.amount));
        format!("{id},{time},{},{kind},{amount}\n", self.product)
    }

    /// m(r).
    pub fn money(&self) -> i128 {
        match self.kind {
            Kind::Sale => self.amount,
            Kind::Return => -self.amount,
            Kind::Restock => 0,
        }
    }
}

/// `count` lines from `start` on, one about every `step` seconds, out of order by up to
/// `jitter` seconds.
pub fn lines(chance: &mut Chance, count: i64, start: i64, step: i64, jitter: i64) -> Vec<Line> {
    let line = |i: i64| Line {
        time: start + i * step + chance.between(-jitter, jitter + 1),
        product: ["Tea", "Masala Dosa", "Čaj", "Idli \"2\"", "Z"][chance.below(5) as usize]
            .replace('"', "'"),
        kind: [
            Kind::Sale,
            Kind::Sale,
            Kind::Sale,
            Kind::Return,
            Kind::Restock,
        ][chance.below(5) as usize],
        amount: i128::from(chance.below(9_999_999)),
    };
    (0..count).map(line).collect()
}

/// A file of these lines, ids from `first` on.
pub fn csv(lines: &[Line], first: usize) -> String {
    let ids = (first..).map(|id| id.to_string());
    let text = lines.iter().zip(ids).map(|(line, id)| line.csv(&id));
    std::iter::once(HEADER.to_owned()).chain(text).collect()
}

/// One partition, record by record.
#[derive(Debug)]
pub struct Model {
    shape: Shape,
    latest: Option<i64>,
    /// Sums by window and product, closed ones and open ones.
    windows: BTreeMap<(i64, String), i128>,
    pub late: u64,
    pub late_revenue: i128,
    pub accepted_revenue: i128,
}

impl Model {
    pub fn new(shape: Shape) -> Self {
        Self {
            shape,
            latest: None,
            windows: BTreeMap::new(),
            late: 0,
            late_revenue: 0,
            accepted_revenue: 0,
        }
    }

    /// After all these lines.
    pub fn of<'a>(shape: Shape, lines: impl IntoIterator<Item = &'a Line>) -> Self {
        let mut model = Self::new(shape);
        lines.into_iter().for_each(|line| model.take(line));
        model
    }

    fn has_reached(&self, end: i64) -> bool {
        self.latest
            .is_some_and(|latest| latest - self.shape.patience >= end)
    }

    pub fn take(&mut self, line: &Line) {
        let Shape { size, slide, .. } = self.shape;
        if line.kind != Kind::Restock {
            let mut missed = 0;
            let mut start = line.time.div_euclid(slide) * slide;
            while start + size > line.time {
                match self.has_reached(start + size) {
                    true => missed += 1,
                    false => {
                        let window = (start, line.product.clone());
                        *self.windows.entry(window).or_default() += line.money();
                    }
                }
                start -= slide;
            }
            self.late += u64::from(missed > 0);
            self.late_revenue += missed * line.money();
            self.accepted_revenue += line.money();
        }
        self.latest = self.latest.max(Some(line.time));
    }

    fn some(&self, wanted: impl Fn(i64) -> bool) -> Vec<Row> {
        let size = self.shape.size;
        let windows = self.windows.iter();
        let wanted = windows.filter(|((start, _), _)| wanted(start + size));
        let micros = |seconds: i64| seconds * 1_000_000;
        let row = |((start, product), sum): (&(i64, String), &i128)| {
            (product.clone(), *sum, micros(*start), micros(start + size))
        };
        let mut rows: Vec<Row> = wanted.map(row).collect();
        rows.sort();
        rows
    }

    /// All rows, as they stand when the source has ended.
    pub fn rows(&self) -> Vec<Row> {
        self.some(|_| true)
    }

    /// Rows whose end the watermark has reached.
    pub fn closed(&self) -> Vec<Row> {
        self.some(|end| self.has_reached(end))
    }

    /// The others.
    pub fn open(&self) -> Vec<Row> {
        self.some(|end| !self.has_reached(end))
    }
}
