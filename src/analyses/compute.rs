//! From the accepted records of a run to the tables of the analyses.

use std::collections::BTreeMap;
use std::path::Path;

use hashbrown::HashMap;

use polars::prelude::{Column, DataFrame, DataType, NamedFrom, Series};
use serde::Serialize;

use super::days::{Days, digest};
use super::engine::kept::{Kept, left_out, look};
use super::engine::lines::How;
use super::engine::sql::{self, Dates};
use super::engine::writer::Outputs;
use super::engine::{plan, run};
use super::inputs::{calendar, master, numbers, sessions, stock};
use super::leave_out::LeaveOut;
use super::lines::{Part, Told};
use super::list::LAMBDA;
use super::output::Output;
use super::spec::{Analysis, Need, Over, Table};
use super::work::Work;
use crate::error::{Error, Result};
use crate::record::{Day, Time};
use crate::signal::Stop;
use crate::source::input::Input;
use crate::store::{Location, Staged};

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The analyses.
    pub wanted: Vec<&'static Analysis>,
    /// The date that is looked back from; none is the last day with a sale.
    pub as_of: Option<Day>,
    /// The folder of the master data.
    pub master: Option<Location>,
    /// Which records are left out.
    pub leave_out: LeaveOut,
    /// Where levels of stock are told.
    pub inventory: Vec<Input>,
    /// The folder of the sessions that a stream wrote.
    pub sessions: Option<Location>,
    /// Live events, which continue the archive.
    pub live: Vec<Input>,
    /// Where the archive ends for the views; none is by what there is.
    pub watermark: Option<Time>,
    /// How many records are looked at together, but for those of one day; it decides about memory,
    /// not about results.
    pub slice: u64,
    /// Whether every day is computed, whatever an earlier run has kept.
    pub full: bool,
}

/// Records that are looked at together where nothing else is said.
pub const SLICE: u64 = 1 << 17;

/// What became of an analysis.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum Outcome {
    /// Its tables and how many rows each has, and those that were left out and why.
    Done {
        /// Rows by table.
        tables: BTreeMap<&'static str, u64>,
        /// Tables that the input lacks something for.
        #[serde(skip_serializing_if = "BTreeMap::is_empty")]
        left_out: BTreeMap<&'static str, &'static str>,
    },
    /// Why it was skipped.
    Skipped {
        /// What the input lacks.
        skipped: &'static str,
    },
}

/// How many days there were.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct DayCounts {
    /// Days whose records were looked at.
    pub computed: u64,
    /// Days of which an earlier run had kept all that was asked for.
    pub kept: u64,
}

/// What became of all.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// The date that was looked back from.
    pub as_of: Option<String>,
    /// How many days were computed for it.
    #[serde(rename = "analysis_days")]
    pub days: DayCounts,
    /// By analysis.
    pub analyses: BTreeMap<&'static str, Outcome>,
    /// Records that a rule left out of the analyses, by rule.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub left_out: BTreeMap<String, u64>,
    /// Records of the inventory events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inventory: Option<stock::Counts>,
    /// Records of the live events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub live: Option<LiveCounts>,
}

/// How many live records there were: `read = accepted + rejected + duplicates`.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct LiveCounts {
    /// All records.
    pub read: u64,
    /// Those that count.
    pub accepted: u64,
    /// Those that cleaning refused.
    pub rejected: u64,
    /// Later records with the key of an earlier one.
    pub duplicates: u64,
}

/// Accepted records, and what batch knows of them.
pub struct Facts<'a> {
    /// What they tell.
    pub told: &'a Told,
    /// Where they are.
    pub parts: &'a [Part],
    /// Every product with its category, as `product_names`.
    pub products: DataFrame,
    /// The same of the live events.
    pub live: (&'a Told, &'a [Part]),
    /// When the run began, UTC.
    pub started: &'a str,
}

impl Facts<'_> {
    /// The first and last day with any event, of the archive or live.
    fn span(&self) -> Option<(Day, Day)> {
        let days = || self.told.days.keys().chain(self.live.0.days.keys());
        let day = |number: &i32| Day::from_number(*number);
        Some((days().min().and_then(day)?, days().max().and_then(day)?))
    }

    /// Any file of records.
    fn sample(&self) -> Option<&Path> {
        let mut parts = self.parts.iter().chain(self.live.1);
        parts.next().map(|part| part.path.as_path())
    }
}

/// Computes what is asked for; the tables of analysis `i` go to `folder(i)`. What `days` knows of
/// an earlier run is taken from there, and left to the next.
///
/// # Errors
/// When an input cannot be read, an output not be written, a sum does not fit, or a signal came.
pub fn compute<'a>(
    plan: &Plan,
    facts: Facts<'_>,
    folder: impl Fn(usize) -> &'a Staged,
    mut days: Days<'_>,
    work: &Work,
    stop: &Stop,
) -> Result<Report> {
    let mut how = How {
        leave_out: &plan.leave_out,
        products: HashMap::new(),
        watermark: plan
            .watermark
            .unwrap_or_else(|| {
                let latest = facts.told.latest.and_then(Time::from_micros);
                end(latest, !plan.live.is_empty())
            })
            .micros(),
        sample: facts.sample(),
    };
    let kept = kept(&facts, &how, stop)?;
    how.products = numbers(&kept.products)?;
    let events = facts.span();
    let span = kept.span.or(events);
    let Choice {
        wanted,
        mut outputs,
        mut report,
    } = choose(plan, &kept, span, events.is_some(), &folder)?;
    report.left_out = kept.left_out.into_iter().collect();
    for (rule, count) in left_out(facts.live.0, facts.live.1, &how, stop)? {
        *report.left_out.entry(rule).or_default() += count;
    }
    let Some((first, last)) = span.filter(|_| !wanted.is_empty()) else {
        return Ok(report);
    };
    let as_of = plan.as_of.unwrap_or(last);
    report.as_of = Some(as_of.to_string());
    let (tables, counts) = tables(plan, (first, last), kept.products, how.watermark, stop)?;
    report.inventory = counts;
    days.begin(&how.products, last)?;
    let (live, watermark) = (facts.live.0, how.watermark);
    // Without live events all is before the end, wherever it is.
    let is_open = plan.live.is_empty() && plan.watermark.is_none();
    let end = if is_open { i64::MAX } else { watermark };
    let mut told = facts.told.clone();
    told.extend(live.clone());
    let cuts = days.cut(
        &told.days,
        &digest::days(facts.told, live, end),
        plan.slice.max(1),
    );
    let inputs = run::Inputs {
        names: plan.wanted.iter().map(|analysis| analysis.name).collect(),
        parts: facts.parts,
        live: facts.live.1,
        how,
        tables,
        dir: work.path(),
        slice: plan.slice.max(1),
    };
    let names: Vec<&str> = inputs.tables.keys().copied().collect();
    let dates = Dates {
        as_of,
        stock: plan.as_of,
    };
    let steps = plan::steps(&wanted, &names, &dates, sql::render)?;
    let read = run::run(&inputs, steps, &mut outputs, (&mut days, &cuts), stop)?;
    let computed = read.len() as u64;
    report.days = DayCounts {
        computed,
        kept: told.days.len() as u64 - computed,
    };
    for (at, table) in wanted {
        let output = outputs.remove(table.step.name);
        if let Some(output) = &output
            && table.step.over == Over::Days
        {
            days.wrote(table.step.name, output.days().clone());
        }
        let written = output.map(|output| output.finish(folder(at), facts.started));
        let rows = written.transpose()?.unwrap_or_default();
        report.wrote(plan, at, table, rows);
    }
    days.finish(cuts)?;
    Ok(report)
}

impl Report {
    /// Notes how many rows were written of a table of analysis `at`.
    pub(crate) fn wrote(&mut self, plan: &Plan, at: usize, table: &Table, rows: u64) {
        let name = plan.wanted.get(at).map(|analysis| analysis.name);
        let outcome = name.and_then(|name| self.analyses.get_mut(name));
        if let Some(Outcome::Done { tables, .. }) = outcome {
            tables.insert(table.file, rows);
        }
    }
}

/// What can be computed of what is asked for.
pub(crate) struct Choice {
    /// The tables, with the numbers of their analyses.
    pub wanted: Vec<(usize, &'static Table)>,
    /// Their files.
    pub outputs: Outputs,
    /// What is left out and why.
    pub report: Report,
}

/// Chooses the tables that the records allow, and begins their files; `has_events` says whether
/// there is any record, if only a restock.
pub(crate) fn choose<'a>(
    plan: &Plan,
    kept: &Kept,
    span: Option<(Day, Day)>,
    has_events: bool,
    folder: impl Fn(usize) -> &'a Staged,
) -> Result<Choice> {
    let mut choice = Choice {
        wanted: Vec::new(),
        outputs: HashMap::new(),
        report: Report::default(),
    };
    let lacks = |needs: &'static [Need]| -> Option<&'static str> {
        let mut needs = needs.iter();
        let missing = needs.find(|need| !is_there(plan, kept, span, **need));
        missing.map(|need| need.missing())
    };
    for (at, analysis) in plan.wanted.iter().enumerate() {
        let missing = match kept.span {
            // Events are enough for the views, and live ones are events.
            None if analysis.name == LAMBDA && has_events => None,
            None if !kept.left_out.is_empty() => Some("--leave-out leaves no sales"),
            None => Some("the input has no sales"),
            Some(_) => lacks(analysis.needs),
        };
        let outcome = match missing {
            Some(skipped) => Outcome::Skipped { skipped },
            None => {
                let mut left_out = BTreeMap::new();
                for table in analysis.tables {
                    if let Some(missing) = lacks(table.needs) {
                        left_out.insert(table.file, missing);
                        continue;
                    }
                    choice.wanted.push((at, table));
                    let output = Output::create(analysis.name, table, folder(at))?;
                    choice.outputs.insert(table.step.name, output);
                }
                let tables = BTreeMap::new();
                Outcome::Done { tables, left_out }
            }
        };
        choice.report.analyses.insert(analysis.name, outcome);
    }
    Ok(choice)
}

/// Tables by the names that texts call them by.
pub(crate) type Tables = HashMap<&'static str, DataFrame>;

/// The tables that are there beside the records, and how many records of stock there were, where
/// there were to be any.
pub(crate) fn tables(
    plan: &Plan,
    (first, last): (Day, Day),
    products: DataFrame,
    watermark: i64,
    stop: &Stop,
) -> Result<(Tables, Option<stock::Counts>)> {
    let mut tables = HashMap::new();
    // Else nothing reads it.
    if calendar::can_hold(first, last) {
        tables.insert("days", calendar::days(first, last)?);
    }
    tables.insert("product_names", products);
    tables.extend(master::read(plan.master.as_ref())?);
    let (levels, counts) = stock::levels(&plan.inventory, stop)?;
    tables.insert("stock", levels);
    tables.insert("sessions", sessions::visits(plan.sessions.as_ref(), stop)?);
    tables.insert("watermark", watermark_table(watermark)?);
    Ok((tables, (!plan.inventory.is_empty()).then_some(counts)))
}

fn is_there(plan: &Plan, kept: &Kept, span: Option<(Day, Day)>, need: Need) -> bool {
    match need {
        Need::Calendar => span.is_none_or(|(first, last)| calendar::can_hold(first, last)),
        Need::Customers => kept.customers > 0,
        Need::Stores => kept.stores > 0,
        Need::Inventory => !plan.inventory.is_empty(),
        Need::Sessions => plan.sessions.is_some(),
    }
}

/// What sales and returns tell that no rule leaves out. Batch has counted it where there is no rule.
fn kept(facts: &Facts<'_>, how: &How<'_>, stop: &Stop) -> Result<Kept> {
    if !how.leave_out.is_nothing() && !facts.parts.is_empty() {
        return look(facts.told, facts.parts, how, stop);
    }
    let day = |number| Day::from_number(number).unwrap_or(Day::EPOCH);
    let count = |column| facts.told.texts(column).cast_signed();
    Ok(Kept {
        span: facts.told.span.map(|(first, last)| (day(first), day(last))),
        products: facts.products.clone(),
        customers: count("customer_id"),
        stores: count("store_id"),
        left_out: HashMap::new(),
    })
}

/// Where the archive ends for the views: with live events where the day of its `latest` event
/// begins, which may not be whole, else behind that event.
pub(crate) fn end(latest: Option<Time>, is_live: bool) -> Time {
    let end = match (latest, is_live) {
        (Some(latest), true) => {
            Time::from_micros(i64::from(latest.day().number()) * 86_400_000_000)
        }
        (Some(latest), false) => Time::from_micros(latest.micros() + 1),
        (None, _) => None,
    };
    end.or(latest).unwrap_or(Time::MIN)
}

fn watermark_table(micros: i64) -> Result<DataFrame> {
    let failed = |e: polars::error::PolarsError| Error::Internal(e.to_string());
    let unit = polars::prelude::TimeUnit::Microseconds;
    let time = Series::new("batch_watermark".into(), [micros]);
    let time = time.cast(&DataType::Datetime(unit, None)).map_err(failed)?;
    let one = Series::new("one".into(), [1_i64]);
    DataFrame::new(1, vec![Column::from(one), Column::from(time)]).map_err(failed)
}
