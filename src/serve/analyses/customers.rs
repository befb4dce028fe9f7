//! Customers and their segments, of the analysis `rfm`.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::{Value, json};

use super::best::Best;
use super::source::{Digest, Tables};
use crate::error::Result;
use crate::record::Total;
use crate::source::held::Held;
use crate::source::rows::{Kind, Rows};

/// Customers that are drawn: every so manieth, and
const DRAWN: usize = 2000;
/// those with the most money.
const RICH: usize = 50;
/// Scores and segments that there can be: three digits of 1 to 5 name the segment.
const CODES: usize = 256;

/// The main table.
const TABLE: &str = "rfm";

/// What there is of the customers: one byte for each, and the file, in which rows are looked up.
#[derive(Debug)]
pub struct Customers {
    file: Held,
    /// The code of each row of the file.
    codes: Vec<u8>,
    /// Digits and segment of a code, and how many rows have it.
    known: IndexMap<(Box<str>, Box<str>), usize>,
    /// The segments, the largest first.
    pub segments: Vec<Segment>,
    /// How much of the revenue they stand for.
    pub coverage: Coverage,
    points: Vec<Point>,
}

/// A segment.
#[derive(Debug, Clone, Serialize)]
pub struct Segment {
    /// Its name.
    pub segment: Box<str>,
    /// Customers in it.
    pub customers: u64,
    customer_share: Option<Total>,
    /// What they brought.
    pub revenue: Total,
    revenue_share: Option<Total>,
    avg_recency: Option<Total>,
    avg_frequency: Option<Total>,
    /// What each of them brought on average.
    pub avg_monetary: Option<Total>,
}

/// How much of the revenue customers stand for.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Coverage {
    /// Customers in segments.
    pub customers: u64,
    customers_without_purchase: u64,
    /// Revenue of all.
    pub revenue: Total,
    /// With a customer.
    pub customer_revenue: Total,
    /// Without one.
    pub anonymous_revenue: Total,
    /// In per cent; none where there is no revenue.
    pub anonymous_revenue_share: Option<Total>,
    sales: u64,
    anonymous_sales: u64,
    anonymous_sales_share: Option<Total>,
}

/// A customer that is drawn.
#[derive(Debug, Clone)]
struct Point {
    row: usize,
    code: u8,
    frequency: u64,
    monetary: Total,
}

/// The columns that decide where a customer stands.
const PLACED: [(&str, Kind); 4] = [
    ("frequency", Kind::Count),
    ("monetary", Kind::Sum),
    ("rfm_score", Kind::Text),
    ("rfm_segment", Kind::Text),
];

const SEGMENTS: [(&str, Kind); 8] = [
    ("segment_name", Kind::Text),
    ("customer_count", Kind::Count),
    ("customer_share", Kind::MaybeSum),
    ("total_revenue", Kind::Sum),
    ("revenue_share", Kind::MaybeSum),
    ("avg_recency", Kind::MaybeSum),
    ("avg_frequency", Kind::MaybeSum),
    ("avg_monetary", Kind::MaybeSum),
];

const COVERAGE: [(&str, Kind); 9] = [
    ("customers", Kind::MaybeCount),
    ("customers_without_purchase", Kind::MaybeCount),
    ("revenue", Kind::MaybeSum),
    ("customer_revenue", Kind::MaybeSum),
    ("anonymous_revenue", Kind::MaybeSum),
    ("anonymous_revenue_share", Kind::MaybeSum),
    ("sales", Kind::MaybeCount),
    ("anonymous_sales", Kind::MaybeCount),
    ("anonymous_sales_share", Kind::MaybeSum),
];

impl Digest for Customers {
    const NAME: &'static str = "rfm";

    fn read(tables: &Tables<'_>) -> Result<Self> {
        let mut this = Self {
            file: tables.open(TABLE)?,
            codes: Vec::new(),
            known: IndexMap::new(),
            segments: segments(&tables.open("segment_summary")?)?,
            coverage: coverage(&tables.open("coverage")?)?,
            points: Vec::new(),
        };
        let file = this.file.clone();
        let every = file.rows().div_ceil(DRAWN).max(1);
        this.codes.reserve_exact(file.rows());
        let mut rich: Best<i128, Point> = Best::new(RICH);
        file.read(&PLACED, |rows| {
            for at in 0..rows.count() {
                let point = this
                    .place(rows, at)
                    .ok_or_else(|| tables.wrong(TABLE, "has more segments than there can be"))?;
                if point.row.is_multiple_of(every) {
                    this.points.push(point.clone());
                }
                rich.take(point.monetary.units(), || point);
            }
            Ok(())
        })?;
        let drawn: BTreeSet<usize> = this.points.iter().map(|point| point.row).collect();
        let more = rich.into_vec().into_iter();
        let more = more.filter(|point| !drawn.contains(&point.row));
        this.points.extend(more);
        Ok(this)
    }

    fn page(&self) -> Value {
        let champions = self.segments.iter().find(|s| &*s.segment == "Champions");
        let names: Vec<&str> = self.segments.iter().map(|s| &*s.segment).collect();
        let of = |point: &Point| {
            let found = self.known.get_index(point.code.into());
            let name = found.map_or("", |((_, name), _)| &**name);
            names.iter().position(|known| *known == name)
        };
        json!({
            "champions": {
                "customers": champions.map_or(0, |segment| segment.customers),
                "revenue": champions.map_or_else(Total::default, |segment| segment.revenue),
                "customer_share": champions.and_then(|segment| segment.customer_share),
                "revenue_share": champions.and_then(|segment| segment.revenue_share),
            },
            "coverage": self.coverage,
            "segments": self.segments,
            "points": {
                "segment": self.points.iter().map(of).collect::<Vec<_>>(),
                "frequency": self.points.iter().map(|p| p.frequency).collect::<Vec<_>>(),
                "monetary": self.points.iter().map(|p| p.monetary).collect::<Vec<_>>(),
            },
        })
    }
}

impl Customers {
    /// Notes the code of the next row; none when there are more codes than there can be.
    fn place(&mut self, rows: &Rows, at: usize) -> Option<Point> {
        let (digits, segment) = (rows.text(2, at), rows.text(3, at));
        let of = |((d, s), _): (&(Box<str>, Box<str>), &usize)| &**d == digits && &**s == segment;
        // Few: looking through them needs no key.
        let code = match self.known.iter().position(of) {
            Some(code) => code,
            None => {
                let pair = (Box::from(digits), Box::from(segment));
                self.known.insert_full(pair, 0).0
            }
        };
        let (_, count) = self.known.get_index_mut(code)?;
        *count += 1;
        let code = u8::try_from(code).ok().filter(|_| code < CODES)?;
        self.codes.push(code);
        Some(Point {
            row: self.codes.len() - 1,
            code,
            frequency: rows.number(0, at).unwrap_or_default(),
            monetary: rows.sum(1, at),
        })
    }

    /// How many customers have these digits or are in the segment of this name.
    pub fn count(&self, wanted: Option<&str>) -> usize {
        let known = self.known.iter();
        let known = known.filter(|(pair, _)| is(pair, wanted));
        known.map(|(_, count)| count).sum()
    }

    /// Reads these `columns` of such customers, in order of their names: `most` of them, after the
    /// first `skip`.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn select(
        &self,
        wanted: Option<&str>,
        (skip, most): (usize, usize),
        columns: &[(&str, Kind)],
        take: impl FnMut(&Rows) -> Result<()>,
    ) -> Result<()> {
        let mut chosen = [false; CODES];
        for ((pair, _), chosen) in self.known.iter().zip(&mut chosen) {
            *chosen = is(pair, wanted);
        }
        let rows = self.codes.iter().enumerate();
        let rows = rows.filter(|(_, code)| chosen[usize::from(**code)]);
        let rows: Vec<usize> = rows.map(|(row, _)| row).skip(skip).take(most).collect();
        match rows.is_empty() {
            true => Ok(()),
            false => self.file.select(&rows, columns, take),
        }
    }
}

fn is((digits, segment): &(Box<str>, Box<str>), wanted: Option<&str>) -> bool {
    wanted.is_none_or(|wanted| &**digits == wanted || &**segment == wanted)
}

fn segments(file: &Held) -> Result<Vec<Segment>> {
    let mut segments = Vec::new();
    file.read(&SEGMENTS, |rows| {
        for at in 0..rows.count().min(CODES) {
            segments.push(Segment {
                segment: rows.text(0, at).into(),
                customers: rows.number(1, at).unwrap_or_default(),
                customer_share: rows.maybe_sum(2, at),
                revenue: rows.sum(3, at),
                revenue_share: rows.maybe_sum(4, at),
                avg_recency: rows.maybe_sum(5, at),
                avg_frequency: rows.maybe_sum(6, at),
                avg_monetary: rows.maybe_sum(7, at),
            });
        }
        Ok(())
    })?;
    segments.sort_by(|a, b| {
        let place = |segment: &Segment| (Reverse(segment.customers), Reverse(segment.revenue));
        place(a).cmp(&place(b)).then(a.segment.cmp(&b.segment))
    });
    Ok(segments)
}

fn coverage(file: &Held) -> Result<Coverage> {
    let mut coverage = Coverage::default();
    file.read(&COVERAGE, |rows| {
        for at in 0..rows.count() {
            let count = |column| rows.maybe_number(column, at).unwrap_or_default();
            let sum = |column| rows.maybe_sum(column, at).unwrap_or_default();
            coverage = Coverage {
                customers: count(0),
                customers_without_purchase: count(1),
                revenue: sum(2),
                customer_revenue: sum(3),
                anonymous_revenue: sum(4),
                anonymous_revenue_share: rows.maybe_sum(5, at),
                sales: count(6),
                anonymous_sales: count(7),
                anonymous_sales_share: rows.maybe_sum(8, at),
            };
        }
        Ok(())
    })?;
    Ok(coverage)
}
