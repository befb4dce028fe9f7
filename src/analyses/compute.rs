//! From the accepted records of a run to the tables of the analyses.

use std::collections::{BTreeMap, HashMap};

use polars::prelude::DataFrame;
use serde::Serialize;

use super::engine::{plan, run};
use super::inputs::{calendar, master, sessions, stock};
use super::leave_out::LeaveOut;
use super::lines::{Part, Told};
use super::output::Output;
use super::spec::{Analysis, Need, Table};
use super::work::Work;
use crate::error::Result;
use crate::record::Day;
use crate::signal::Stop;
use crate::source::input::Input;
use crate::store::{Location, Staged};

/// What is asked for.
#[derive(Debug, Clone, Default)]
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
}

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

/// What became of all.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// The date that was looked back from.
    pub as_of: Option<String>,
    /// By analysis.
    pub analyses: BTreeMap<&'static str, Outcome>,
    /// Records that a rule left out of the analyses, by rule.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub left_out: BTreeMap<String, u64>,
    /// Records of the inventory events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inventory: Option<stock::Counts>,
}

/// Accepted records, and what batch knows of them.
pub struct Facts<'a> {
    /// What they tell.
    pub told: &'a Told,
    /// Where they are.
    pub parts: &'a [Part],
    /// Every product with its category, as `product_names`.
    pub products: DataFrame,
}

/// Computes what is asked for; the tables of analysis `i` go to `folder(i)`.
///
/// # Errors
/// When an input cannot be read, an output not be written, a sum does not fit, or a signal came.
pub fn compute<'a>(
    plan: &Plan,
    facts: Facts<'_>,
    folder: impl Fn(usize) -> &'a Staged,
    work: &Work,
    stop: &Stop,
) -> Result<Report> {
    let mut report = Report::default();
    let span = facts.told.span.map(|(first, last)| {
        [first, last].map(|number| Day::from_number(number).unwrap_or(Day::EPOCH))
    });
    let lacks = |needs: &'static [Need]| -> Option<&'static str> {
        let missing = needs
            .iter()
            .find(|need| !is_there(plan, facts.told, **need));
        missing.map(|need| need.missing())
    };
    let mut wanted: Vec<(usize, &'static Table)> = Vec::new();
    let mut outputs = HashMap::new();
    for (at, analysis) in plan.wanted.iter().enumerate() {
        let missing = match span {
            None => Some("the input has no sales"),
            Some(_) => lacks(analysis.needs),
        };
        if let Some(skipped) = missing {
            report
                .analyses
                .insert(analysis.name, Outcome::Skipped { skipped });
            continue;
        }
        let mut left_out = BTreeMap::new();
        for table in analysis.tables {
            if let Some(missing) = lacks(table.needs) {
                left_out.insert(table.file, missing);
                continue;
            }
            wanted.push((at, table));
            let output = Output::create(analysis.name, table, folder(at))?;
            outputs.insert(table.step.name, output);
        }
        let tables = BTreeMap::new();
        report
            .analyses
            .insert(analysis.name, Outcome::Done { tables, left_out });
    }
    let Some([first, last]) = span.filter(|_| !wanted.is_empty()) else {
        return Ok(report);
    };
    let as_of = plan.as_of.unwrap_or(last);
    report.as_of = Some(as_of.to_string());
    let mut tables: HashMap<&'static str, DataFrame> = HashMap::new();
    tables.insert("days", calendar::days(first, last)?);
    tables.insert("product_names", facts.products);
    tables.extend(master::read(plan.master.as_ref())?);
    let (levels, counts) = stock::levels(&plan.inventory, stop)?;
    report.inventory = (!plan.inventory.is_empty()).then_some(counts);
    tables.insert("stock", levels);
    tables.insert("sessions", sessions::visits(plan.sessions.as_ref(), stop)?);
    let inputs = run::Inputs {
        told: facts.told,
        parts: facts.parts,
        leave_out: &plan.leave_out,
        tables,
        dir: work.path(),
    };
    let names: Vec<&str> = inputs.tables.keys().copied().collect();
    let steps = plan::steps(&wanted, &names, as_of)?;
    report.left_out = run::run(&inputs, steps, &mut outputs, stop)?
        .into_iter()
        .collect();
    for (at, table) in wanted {
        let name = plan.wanted.get(at).map(|analysis| analysis.name);
        let written = outputs.remove(table.step.name).map(Output::finish);
        let rows = written.transpose()?.unwrap_or_default();
        if let Some(Outcome::Done { tables, .. }) =
            name.and_then(|name| report.analyses.get_mut(name))
        {
            tables.insert(table.file, rows);
        }
    }
    Ok(report)
}

fn is_there(plan: &Plan, told: &Told, need: Need) -> bool {
    match need {
        Need::Customers => told.texts("customer_id") > 0,
        Need::Stores => told.texts("store_id") > 0,
        Need::Inventory => !plan.inventory.is_empty(),
        Need::Sessions => plan.sessions.is_some(),
    }
}
