//! What the analyses of the same run found.

use std::collections::BTreeMap;

use super::totals::{again, still, whole};
use crate::analyses::spec::FOLDER;
use crate::batch::FOLDERS;
use crate::error::{Error, Result};
use crate::record::{Day, Total};
use crate::signal::Stop;
use crate::source::rows::{self, Kind, Rows};
use crate::store::{Location, RunRecord, recover};

/// The analyses that a report reads, as far as there are.
const READ: [&str; 3] = ["daily_kpis", "inventory_kpis", "trends"];

/// The analyses of one run.
pub struct Analyses<'a> {
    output: &'a Location,
    run: &'a RunRecord,
    stop: &'a Stop,
}

/// The orders of a day.
#[derive(Debug, Clone, Copy, Default)]
pub struct Orders {
    /// Distinct orders.
    pub transactions: u64,
    /// Distinct customers.
    pub customers: u64,
    /// Sales less returns, of the lines that the analyses do not leave out.
    pub net: Total,
    /// Revenue by order.
    pub average: Option<Total>,
    /// Revenue by customer.
    pub per_customer: Option<Total>,
}

/// A row of a table of trends.
#[derive(Debug, Clone)]
pub struct PeriodRow {
    /// `2025-W03`, `2025-01`.
    pub period: String,
    /// Its days between the first and the last of the data.
    pub days: u64,
    /// Its orders.
    pub transactions: u64,
    /// Its revenue.
    pub revenue: Total,
    /// Their quotient.
    pub average: Option<Total>,
    /// The revenue of the one before.
    pub before: Option<Total>,
    /// Growth from it in per cent.
    pub growth: Option<Total>,
    /// The days of the one before that count.
    pub days_before: Option<u64>,
}

/// A row of `inventory_kpis`.
#[derive(Debug, Clone)]
pub struct StockRow {
    /// The store.
    pub store: String,
    /// Pieces.
    pub pieces: Total,
    /// Products at or below zero.
    pub out: u64,
    /// Products at or below their reorder point.
    pub low: Option<u64>,
    /// Products.
    pub products: u64,
}

impl<'a> Analyses<'a> {
    /// Those below `output` that `run` computed.
    pub fn new(output: &'a Location, run: &'a RunRecord, stop: &'a Stop) -> Self {
        Self { output, run, stop }
    }

    /// Where an analysis stands.
    pub fn folder(&self, name: &str) -> Location {
        self.output.join(FOLDER).join(name)
    }

    /// Why an analysis cannot be told, if it cannot: figures of two runs are never mixed.
    ///
    /// # Errors
    /// When its record cannot be read; [`Error::Busy`] while it is being replaced, or when what the
    /// run made is gone.
    pub fn lacks(&self, name: &str) -> Result<Option<String>> {
        let folder = self.folder(name);
        recover(&folder)?;
        let record = match RunRecord::read(&folder)? {
            Some(record) if record.run_id == self.run.run_id => record,
            other => return self.without(name, &folder, other).map(Some),
        };
        whole(&folder, &record)?;
        let why = record.figures["analyses"][name]["skipped"].as_str();
        Ok(why.map(|why| format!("the analysis {name} was skipped: {why}")))
    }

    /// Why an analysis of which there is nothing of this run cannot be told; `other` is the run
    /// that is there instead.
    fn without(&self, name: &str, folder: &Location, other: Option<RunRecord>) -> Result<String> {
        // Else batch has run meanwhile: what is said would be of the run before.
        still(&self.output.join(FOLDERS[3]), &self.run.run_id)?;
        let again = again(self.run, &READ);
        // A run that made it is just putting it there, or somebody took it away.
        if self.run.figures["analyses"].get(name).is_some() {
            return Err(Error::Busy {
                place: folder.to_string(),
                what: format!("holds nothing of the run {}; {again}", self.run.run_id),
            });
        }
        Ok(match other {
            Some(RunRecord { run_id, .. }) => format!(
                "the analysis {name} is of the run {run_id}, which is not that of the totals; \
                 {again}"
            ),
            None => format!("the analysis {name} has not run; {again}"),
        })
    }

    fn rows(
        &self,
        (name, table): (&str, &str),
        columns: &[(&str, Kind)],
        mut take: impl FnMut(&Rows, usize),
    ) -> Result<()> {
        let file = self.folder(name).join(&format!("{table}.parquet"));
        rows::read(&file, columns, self.stop, |_, rows| {
            (0..rows.count()).for_each(|row| take(rows, row));
            Ok(())
        })
    }

    /// `daily_kpis`: the orders of each day that has any.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub fn orders(&self) -> Result<BTreeMap<Day, Orders>> {
        let columns = [
            ("order_date", Kind::Date),
            ("transactions", Kind::Count),
            ("customers", Kind::Count),
            ("net_revenue", Kind::Sum),
            ("avg_transaction_value", Kind::MaybeSum),
            ("revenue_per_customer", Kind::MaybeSum),
        ];
        let mut days = BTreeMap::new();
        self.rows(("daily_kpis", "daily_kpis"), &columns, |rows, at| {
            if let Some(day) = rows.day(0, at) {
                let count = |column| rows.number(column, at).unwrap_or_default();
                days.insert(
                    day,
                    Orders {
                        transactions: count(1),
                        customers: count(2),
                        net: rows.sum(3, at),
                        average: rows.maybe_sum(4, at),
                        per_customer: rows.maybe_sum(5, at),
                    },
                );
            }
        })?;
        Ok(days)
    }

    /// `trends`: the mean of the seven days that end with each day.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub fn means(&self) -> Result<BTreeMap<Day, Total>> {
        let columns = [("date", Kind::Date), ("revenue_7day_ma", Kind::MaybeSum)];
        let mut days = BTreeMap::new();
        self.rows(("trends", "daily"), &columns, |rows, at| {
            days.extend(rows.day(0, at).zip(rows.maybe_sum(1, at)));
        })?;
        Ok(days)
    }

    /// `trends`: the week that `day` is in.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub fn week(&self, day: Day) -> Result<Option<PeriodRow>> {
        let (mut found, mut before) = (None, None);
        let columns = period_columns("prev_week_revenue", ("week_start", Kind::Date));
        self.rows(("trends", "weekly"), &columns, |rows, at| {
            let start = rows.day(7, at).map(Day::number);
            if start.is_some_and(|start| (start..start + 7).contains(&day.number())) {
                found = Some(period_row(rows, at, before));
            }
            before = rows.number(1, at);
        })?;
        Ok(found)
    }

    /// `trends`: the month that `day` is in.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub fn month(&self, day: Day) -> Result<Option<PeriodRow>> {
        let (mut found, mut before) = (None, None);
        let day = day.to_string();
        let columns = period_columns("prev_month_revenue", ("year", Kind::Count));
        self.rows(("trends", "monthly"), &columns, |rows, at| {
            if day
                .strip_prefix(rows.text(0, at))
                .is_some_and(|rest| rest.starts_with('-'))
            {
                found = Some(period_row(rows, at, before));
            }
            before = rows.number(1, at);
        })?;
        Ok(found)
    }

    /// `inventory_kpis`.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub fn stock(&self) -> Result<Vec<StockRow>> {
        let columns = [
            ("store_id", Kind::MaybeText),
            ("total_stock", Kind::MaybeSum),
            ("out_of_stock_items", Kind::MaybeCount),
            ("low_stock_items", Kind::MaybeCount),
            ("total_products", Kind::MaybeCount),
        ];
        let mut stock = Vec::new();
        self.rows(
            ("inventory_kpis", "inventory_kpis"),
            &columns,
            |rows, at| {
                stock.push(StockRow {
                    store: rows.maybe_text(0, at).unwrap_or_default().to_owned(),
                    pieces: rows.maybe_sum(1, at).unwrap_or_default(),
                    out: rows.maybe_number(2, at).unwrap_or_default(),
                    low: rows.maybe_number(3, at),
                    products: rows.maybe_number(4, at).unwrap_or_default(),
                });
            },
        )?;
        Ok(stock)
    }

    /// `daily_report`: the rates of stock, out and low, if it is of `day`.
    ///
    /// # Errors
    /// When the table cannot be read.
    pub fn rates(&self, day: Day) -> Result<Option<[Option<Total>; 2]>> {
        let columns = [
            ("report_date", Kind::Date),
            ("avg_out_of_stock_rate", Kind::MaybeSum),
            ("avg_low_stock_rate", Kind::MaybeSum),
        ];
        let mut found = None;
        self.rows(("daily_report", "daily_report"), &columns, |rows, at| {
            if rows.day(0, at) == Some(day) {
                found = Some([1, 2].map(|column| rows.maybe_sum(column, at)));
            }
        })?;
        Ok(found)
    }
}

/// The columns of weeks and months, and one by which their row is found.
fn period_columns<'a>(before: &'a str, by: (&'a str, Kind)) -> [(&'a str, Kind); 8] {
    [
        ("period", Kind::Text),
        ("days", Kind::Count),
        ("transaction_count", Kind::Count),
        ("total_revenue", Kind::Sum),
        ("avg_transaction_value", Kind::MaybeSum),
        (before, Kind::MaybeSum),
        ("revenue_growth_pct", Kind::MaybeSum),
        by,
    ]
}

fn period_row(rows: &Rows, at: usize, days_before: Option<u64>) -> PeriodRow {
    PeriodRow {
        period: rows.text(0, at).to_owned(),
        days: rows.number(1, at).unwrap_or_default(),
        transactions: rows.number(2, at).unwrap_or_default(),
        revenue: rows.sum(3, at),
        average: rows.maybe_sum(4, at),
        before: rows.maybe_sum(5, at),
        growth: rows.maybe_sum(6, at),
        days_before,
    }
}
