//! From what batch wrote to a report.

use std::collections::BTreeMap;

use chrono::{Datelike, Months, NaiveDate};
use serde_json::{Value, json};

use super::figure::{Figure, tenths};
use super::found::{Analyses, Orders, PeriodRow};
use super::groups;
use super::headline::{AVERAGE, DayOf, before, headline};
use super::model::{Basis, Business, Inputs, Inventory, OfDay, Period, Report, Trend};
use super::stock;
use super::totals::{Totals, still};
use crate::error::{Error, Result};
use crate::record::{Day, Total};
use crate::serve::answer::Exact;
use crate::serve::figures::weekday;
use crate::serve::runs;
use crate::signal::Stop;
use crate::store::Location;

/// Days that are drawn, the one of the report included.
const DRAWN: i32 = 28;
/// The days of the week, as ISO 8601 begins it.
const WEEKDAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];
/// Figures of a run that say what became of the records, and what all days came to.
const COUNTS: [&str; 8] = [
    "read",
    "accepted",
    "rejected",
    "duplicates",
    "non_sales",
    "grand_total",
    "days",
    "products",
];

/// The report of a day, of the last one with sales if none is given, from what batch wrote to
/// `output`.
///
/// # Errors
/// [`crate::Error::Usage`] for a day outside the data; otherwise when there are no results, or
/// they cannot be read as one run's.
pub fn collect(output: &Location, date: Option<Day>, stop: &Stop) -> Result<Report> {
    // Batch may be switching its folders.
    let may_pass = |error: &Error| matches!(error, Error::Busy { .. });
    runs::patiently(stop, may_pass, || attempt(output, date, stop))
}

fn attempt(output: &Location, date: Option<Day>, stop: &Stop) -> Result<Report> {
    let totals = Totals::read(output, date, stop)?;
    let analyses = Analyses::new(output, &totals.run, stop);
    let mut told = Told::default();
    let orders = told.orders(&analyses)?;
    let means = match told.has(&analyses, "trends", "trend")? {
        true => analyses.means()?,
        false => BTreeMap::new(),
    };
    let days = days(&totals, orders.as_ref());
    told.figures(&days);
    let mut report = report(&totals, &days, &means, &mut told);
    if !means.is_empty() {
        let periods = [
            ("week", analyses.week(totals.date)?),
            ("month", analyses.month(totals.date)?),
        ];
        report.trend = Some(Trend {
            mean_7_days: means.get(&totals.date).copied(),
            periods: periods.into_iter().filter_map(period).collect(),
        });
    }
    if told.has(&analyses, "inventory_kpis", "stock")? {
        let rows = analyses.stock()?;
        report.stock = stock::stock(&totals, &rows);
        let rates = match analyses.lacks("daily_report")? {
            None => analyses.rates(totals.date)?,
            Some(_) => None,
        };
        if rates.is_some() {
            told.read.push("daily_report");
        }
        let [out, low] = rates
            .unwrap_or_else(|| [stock::out_rate(&rows), None])
            .map(|rate| rate.map(Exact));
        report.inventory_health = Inventory {
            avg_out_of_stock_rate: out,
            avg_low_stock_rate: low,
        };
    }
    // What was read last is of the run that was read first, and so is everything between.
    for name in &told.read {
        still(&analyses.folder(name), &totals.run.run_id)?;
    }
    report.basis = basis(&totals, told.read);
    report.missing = told.missing;
    note_left_out(&mut report);
    Ok(report)
}

/// What is told, and what is not.
#[derive(Default)]
struct Told {
    read: Vec<&'static str>,
    missing: BTreeMap<&'static str, String>,
}

impl Told {
    /// Whether an analysis can be read; if not, the field that would have been of it says why.
    fn has(
        &mut self,
        analyses: &Analyses<'_>,
        name: &'static str,
        of: &'static str,
    ) -> Result<bool> {
        Ok(match analyses.lacks(name)? {
            Some(why) => {
                self.missing.insert(of, why);
                false
            }
            None => {
                self.read.push(name);
                true
            }
        })
    }

    fn orders(&mut self, analyses: &Analyses<'_>) -> Result<Option<BTreeMap<Day, Orders>>> {
        match self.has(analyses, "daily_kpis", "transactions")? {
            true => analyses.orders().map(Some),
            false => Ok(None),
        }
    }

    /// Figures that the input does not tell.
    fn figures(&mut self, days: &[DayOf]) {
        let Some(day) = days.last() else { return };
        if day.orders.is_some() && day.customers.is_none() {
            let why = "the input names no customers (customer_id)";
            self.missing.insert("customers", why.to_owned());
        }
        if day.units.is_none() {
            let why = "the input tells no quantities (quantity)";
            self.missing.insert("units", why.to_owned());
        }
    }
}

/// The days that figures are of: the one of the report last.
fn days(totals: &Totals, orders: Option<&BTreeMap<Day, Orders>>) -> Vec<DayOf> {
    let sales = &totals.sales;
    let tells_units = sales.total(totals.span.0, totals.span.1).line.units();
    let names_customers = orders.is_some_and(|days| days.values().any(|day| day.customers > 0));
    let first = totals.span.0.number().max(totals.date.number() - AVERAGE);
    let days = (first..=totals.date.number()).filter_map(Day::from_number);
    days.map(|day| {
        let line = sales.total(day, day).line;
        let orders = orders.map(|days| days.get(&day).copied().unwrap_or_default());
        DayOf {
            day,
            line,
            units: tells_units.map(|_| line.units().unwrap_or_default()),
            orders,
            customers: orders
                .map(|orders| orders.customers)
                .filter(|_| names_customers),
        }
    })
    .collect()
}

/// What the totals tell.
fn report(
    totals: &Totals,
    days: &[DayOf],
    means: &BTreeMap<Day, Total>,
    told: &mut Told,
) -> Report {
    let (date, run) = (totals.date, &totals.run);
    let day = totals.sales.total(date, date).line;
    let orders = days.last().and_then(|day| day.orders);
    let by = groups::groups(totals, &mut told.missing);
    let mut notes = Vec::new();
    if day.records() == 0 {
        notes.push("Nothing was sold or returned on this day.".to_owned());
    }
    if date == totals.span.0 {
        let what = "The data begins with this day, so there is nothing to hold it against.";
        notes.push(what.to_owned());
    }
    Report {
        report_date: date.to_string(),
        business_metrics: Business {
            total_revenue: Exact(day.net()),
            total_transactions: orders.map(|orders| orders.transactions),
            total_customers: days.last().and_then(|day| day.customers),
            avg_transaction_value: orders.and_then(|orders| orders.average).map(Exact),
            revenue_per_customer: orders.and_then(|orders| orders.per_customer).map(Exact),
        },
        inventory_health: Inventory::default(),
        top_products_count: groups::places(totals.products.iter().map(|of| of.net), 10),
        top_stores_count: groups::top_stores(totals),
        processing_timestamp: run.started.clone(),
        weekday: WEEKDAYS[usize::from(weekday(date).saturating_sub(1)) % 7],
        first_day: totals.span.0.to_string(),
        last_day: totals.span.1.to_string(),
        currency: None,
        has_sales: day.records() > 0,
        headline: headline(days, date),
        average_days: before(days, date).count(),
        last_28_days: drawn(days, means, date),
        by_hour: by.hours,
        without_hour: by.no_hour,
        by_store: by.stores,
        by_category: by.categories,
        by_country: by.countries,
        products: totals.products.len(),
        top_products: groups::top_products(totals),
        returns: groups::returns(totals),
        trend: None,
        stock: None,
        missing: BTreeMap::new(),
        notes,
        basis: basis(totals, Vec::new()),
    }
}

fn drawn(days: &[DayOf], means: &BTreeMap<Day, Total>, date: Day) -> Vec<OfDay> {
    let first = date.number() - DRAWN;
    let days = days.iter().filter(|of| of.day.number() > first);
    days.map(|of| OfDay {
        date: of.day.to_string(),
        net_revenue: of.line.net(),
        mean_7_days: means.get(&of.day).copied(),
        transactions: of.orders.map(|orders| orders.transactions),
    })
    .collect()
}

fn period((kind, row): (&'static str, Option<PeriodRow>)) -> Option<Period> {
    let row = row?;
    let lengths = match kind {
        "week" => Some((7, 7)),
        _ => months(&row.period),
    };
    let is_whole = lengths == row.days_before.map(|before| (row.days, before));
    Some(Period {
        kind,
        period: row.period,
        days: row.days,
        net_revenue: row.revenue,
        transactions: row.transactions,
        average_transaction: row.average,
        before: row.before,
        change_pct: row.growth.filter(|_| is_whole).and_then(tenths),
    })
}

/// How many days a month `2025-01` has, and the one before.
fn months(period: &str) -> Option<(u64, u64)> {
    let first: NaiveDate = format!("{period}-01").parse().ok()?;
    let before = first.checked_sub_months(Months::new(1))?;
    Some((
        first.num_days_in_month().into(),
        before.num_days_in_month().into(),
    ))
}

fn basis(totals: &Totals, analyses: Vec<&'static str>) -> Basis {
    let run = &totals.run;
    let places = run.settings.get("input").and_then(Value::as_array);
    let text = |place: &Value| place.as_str().map(str::to_owned);
    let left_out = run.figures["left_out"].as_object();
    let left_out = left_out.into_iter().flatten();
    Basis {
        output: totals.output.to_string(),
        run_id: run.run_id.clone(),
        started: run.started.clone(),
        finished: run.finished.clone(),
        version: run.version.clone(),
        inputs: Inputs {
            places: places.into_iter().flatten().filter_map(text).collect(),
            files: run.inputs.len(),
            bytes: run.inputs.iter().map(|input| input.bytes).sum(),
        },
        counts: COUNTS
            .iter()
            .map(|name| (*name, run.figures.get(name).cloned().unwrap_or(json!(null))))
            .collect(),
        left_out: left_out
            .filter_map(|(rule, count)| Some((rule.clone(), count.as_u64()?)))
            .collect(),
        analyses,
    }
}

/// Analyses may leave out what the totals hold: whoever compares them must know.
fn note_left_out(report: &mut Report) {
    let left_out = report
        .basis
        .left_out
        .iter()
        .filter(|(_, count)| **count > 0);
    let rules: Vec<_> = left_out
        .map(|(rule, count)| format!("{rule} ({count})"))
        .collect();
    if !rules.is_empty() && !report.basis.analyses.is_empty() {
        report.notes.push(format!(
            "Transactions, customers, trend and what follows from them leave out, of all days: {}. \
             The other figures do not.",
            rules.join(", ")
        ));
    }
}

/// Units of pieces as a figure.
pub(super) fn pieces(units: Option<Total>) -> Option<Figure> {
    units.map(Figure::Pieces)
}
