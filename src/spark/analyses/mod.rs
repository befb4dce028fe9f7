//! The analyses on a cluster: the same texts, each over everything at once; their tables come here
//! and are written by the same code.

pub mod dialect;
pub mod frames;
pub mod ground;

use std::collections::HashSet;

use arrow::array::RecordBatch;
use polars::prelude::DataFrame;

use super::batch::{INPUT, LIVE, lines};
use super::{Session, plan as relations};
use crate::analyses::compute::{Choice, DayCounts, LiveCounts, Plan, Report, choose, end, tables};
use crate::analyses::engine::plan::{Planned, RECORDS, steps};
use crate::analyses::engine::sql::Dates;
use crate::analyses::spec::{Kind, Table};
use crate::error::{Error, Result};
use crate::record::Time;
use crate::signal::Stop;
use crate::store::Staged;

/// What a run on the cluster has made of its records.
pub struct Facts<'a> {
    /// The session in which their lines have names.
    pub session: &'a Session,
    /// How many live events there were, where there were to be any.
    pub live: Option<LiveCounts>,
    /// Whether there may be more records than one answer holds.
    pub is_large: bool,
    /// Of so many parts is a record's key.
    pub parts: usize,
    /// Every product with its category.
    pub products: DataFrame,
    /// When the run began, UTC.
    pub started: &'a str,
}

/// Computes what is asked for; the tables of analysis `i` go to `folder(i)`.
///
/// # Errors
/// When the cluster is gone, an input cannot be read, an output not be written, a sum does not fit,
/// or a signal came.
pub fn compute<'a>(
    plan: &Plan,
    facts: Facts<'_>,
    folder: impl Fn(usize) -> &'a Staged,
    stop: &Stop,
) -> Result<Report> {
    let session = facts.session;
    let archive = ground::keep(session, &lines(INPUT), facts.parts)?;
    let told = ground::told(session, &archive)?;
    let live = match &facts.live {
        Some(_) => Some(ground::keep(session, &lines(LIVE), facts.parts)?),
        None => None,
    };
    let told_live = match &live {
        Some(live) => ground::told(session, live)?,
        None => ground::Told::default(),
    };
    let watermark = plan.watermark.unwrap_or_else(|| {
        let latest = told.latest.and_then(Time::from_micros);
        end(latest, !plan.live.is_empty())
    });
    let known = ground::look(session, &archive, &plan.leave_out, facts.products)?;
    let spans = told.span.into_iter().chain(told_live.span);
    let events = spans.reduce(|(a, b), (c, d)| (a.min(c), b.max(d)));
    let span = known.span.or(events);
    let Choice {
        wanted,
        mut outputs,
        mut report,
    } = choose(plan, &known, span, events.is_some(), &folder)?;
    report.left_out = known
        .left_out
        .iter()
        .map(|(n, c)| (n.clone(), *c))
        .collect();
    let views = (archive.as_str(), live.as_deref());
    frames::bring(session, "product_names", &known.products)?;
    ground::name(session, views, &plan.leave_out, watermark.micros())?;
    if live.is_some() {
        for (rule, count) in ground::count_left_out(session, "live_lines")? {
            *report.left_out.entry(rule).or_default() += count;
        }
    }
    report.live = facts.live;
    let Some((first, last)) = span.filter(|_| !wanted.is_empty()) else {
        return Ok(report);
    };
    let as_of = plan.as_of.unwrap_or(last);
    report.as_of = Some(as_of.to_string());
    let (inputs, counts) = tables(
        plan,
        (first, last),
        known.products,
        watermark.micros(),
        stop,
    )?;
    report.inventory = counts;
    for (name, table) in &inputs {
        if *name != "product_names" {
            frames::bring(session, name, table)?;
        }
    }
    let dates = Dates {
        as_of,
        stock: plan.as_of,
    };
    let names: Vec<&str> = inputs.keys().copied().collect();
    let planned = steps(&wanted, &names, &dates, dialect::render)?;
    let kept = name_steps(session, &planned)?;
    for (at, table) in wanted {
        let name = table.step.name;
        let Some(mut output) = outputs.remove(name) else {
            continue;
        };
        let take = |rows: RecordBatch| output.write_columns(rows.columns());
        let columns = typed(table);
        if facts.is_large && kept.contains(name) {
            session.slices(name, &columns, take)?;
        } else {
            let (own, text) = (
                format!("{name}_typed"),
                format!("SELECT {columns} FROM {name}"),
            );
            session.query_sized((&own, facts.is_large), &text, &|_| (), take)?;
        }
        let rows = output.finish(folder(at), facts.started)?;
        report.wrote(plan, at, table, rows);
    }
    // Nothing of an earlier run is taken.
    let all = match &live {
        Some(live) => {
            format!("(SELECT day, micros FROM {archive} UNION ALL SELECT day, micros FROM {live})")
        }
        None => archive.clone(),
    };
    report.days = DayCounts {
        computed: ground::told(session, &all)?.days,
        kept: 0,
    };
    Ok(report)
}

/// Gives every step a name, those first that others read; what several read is kept. Gives the names
/// of these.
fn name_steps<'a>(session: &Session, planned: &'a [Planned]) -> Result<HashSet<&'a str>> {
    let mut kept = HashSet::new();
    let mut named: HashSet<&str> = HashSet::new();
    while named.len() < planned.len() {
        let before = named.len();
        for step in planned {
            let name = step.step.name;
            let is_known = |read: &String| {
                let read = read.as_str();
                let is_step = planned.iter().any(|other| other.step.name == read);
                RECORDS.contains(&read) || !is_step || named.contains(read)
            };
            if named.contains(name) || !step.reads.iter().all(is_known) {
                continue;
            }
            let readers = planned.iter().filter(|other| {
                let mut reads = other.reads.iter();
                reads.any(|read| read == name)
            });
            let uses = readers.count() + usize::from(step.output.is_some());
            match uses {
                0 | 1 => session.name(name, relations::sql(&step.sql))?,
                _ => {
                    session.keep(name, &step.sql)?;
                    kept.insert(name);
                }
            }
            named.insert(name);
        }
        if named.len() == before {
            return Err(Error::Internal("steps that read each other".to_owned()));
        }
    }
    Ok(kept)
}

/// The columns of a table, with their types.
fn typed(table: &Table) -> String {
    let columns = table.columns.iter().map(|column| {
        let kind = match column.kind {
            Kind::Text => "STRING",
            Kind::Count => "BIGINT",
            Kind::Money => "DECIMAL(38, 4)",
            Kind::Date => "DATE",
            Kind::Time => "TIMESTAMP",
            Kind::Flag => "BOOLEAN",
        };
        format!("CAST({0} AS {kind}) AS {0}", column.name)
    });
    columns.collect::<Vec<_>>().join(", ")
}
