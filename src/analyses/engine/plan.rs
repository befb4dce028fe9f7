//! Which steps a run needs.

use super::sql::{self, Dates};
use crate::analyses::groundwork::STEPS;
use crate::analyses::list::{self, ALL};
use crate::analyses::spec::{Over, Step, Table};
use crate::error::{Error, Result};

/// A step that is to be run.
pub struct Planned {
    /// The step.
    pub step: Step,
    /// Its text.
    pub sql: String,
    /// The tables that it reads, or that tell whether what it gave earlier still holds.
    pub reads: Vec<String>,
    /// The table that it writes: the number of the analysis among those wanted, and the table.
    pub output: Option<(usize, &'static Table)>,
}

/// What every text may read beside steps: of the records, in slices of some days.
pub const RECORDS: [&str; 4] = ["events", "sales", "live_events", "unified"];

/// How an engine writes the text of a step.
pub type Render = fn(&str, &Dates) -> String;

/// The steps for the tables `wanted`, and all that they read; `inputs` are tables that are there.
///
/// # Errors
/// [`Error::Internal`] when a text reads what nobody makes.
pub fn steps(
    wanted: &[(usize, &'static Table)],
    inputs: &[&str],
    dates: &Dates,
    render: Render,
) -> Result<Vec<Planned>> {
    let mut planned: Vec<Planned> = Vec::new();
    for (analysis, table) in wanted {
        let output = Some((*analysis, *table));
        planned.push(plan(table.step, output, dates, render));
    }
    let mut at = 0;
    while at < planned.len() {
        let reads = planned[at].reads.clone();
        for name in reads {
            let is_there = inputs.contains(&name.as_str()) || RECORDS.contains(&name.as_str());
            if is_there || planned.iter().any(|other| other.step.name == name) {
                continue;
            }
            let step = find(&name).ok_or_else(|| {
                Error::Internal(format!("{}: nobody makes {name}", planned[at].step.name))
            })?;
            planned.push(plan(step, None, dates, render));
        }
        at += 1;
    }
    Ok(planned)
}

fn plan(
    step: Step,
    output: Option<(usize, &'static Table)>,
    dates: &Dates,
    render: Render,
) -> Planned {
    let sql = render(step.sql, dates);
    // Of the text as every engine here reads it.
    let mut reads = sql::reads(&sql::render(step.sql, dates));
    let sees = step.sees.iter().map(|text| sql::seen(text, 0));
    reads.extend(sees.flat_map(|text| sql::reads(&text)));
    if let Over::Slices(of) | Over::Beside(of) = step.over {
        reads.push(of.to_owned());
    }
    reads.sort();
    reads.dedup();
    Planned {
        step,
        sql,
        reads,
        output,
    }
}

/// The step of this name, of the groundwork or of any analysis.
fn find(name: &str) -> Option<Step> {
    let tables = ALL.iter().flat_map(|analysis| analysis.tables);
    let steps = STEPS.iter().chain(list::STEPS).copied();
    let steps = steps.chain(tables.map(|table| table.step));
    let mut steps = steps.filter(|step| step.name == name);
    steps.next()
}
