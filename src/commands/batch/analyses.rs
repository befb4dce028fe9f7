//! The options of `retail batch` about analyses.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Map, Value, json};

use crate::analyses::compute::{Outcome as Computed, SLICE};
use crate::analyses::leave_out::LeaveOut;
use crate::analyses::spec::{Over, Step, Table};
use crate::analyses::{Plan, Report, groundwork, list as known};
use crate::commands::{Outcome, location, locations};
use crate::config::values::{day, moment};
use crate::error::{Error, Result};
use crate::record::{Day, Time};
use crate::source::input::discover;
use crate::store;
use crate::ui::{Context, table};

/// What is asked of the history, and how.
#[derive(Debug, Args)]
pub struct AnalysisArgs {
    /// What to compute besides: names of --list, or all
    #[arg(long, value_name = "NAME,…", value_delimiter = ',', num_args = 1..)]
    pub analysis: Vec<String>,
    /// List the analyses and end
    #[arg(long)]
    pub list: bool,
    /// Folder of products.csv, stores.csv and customers.csv for the analyses
    #[arg(long, value_name = "FOLDER", default_value = "data/master")]
    pub master: PathBuf,
    /// Inventory events for the analyses of stock: file or folder; may be repeated
    #[arg(long, value_name = "PATH")]
    pub inventory: Vec<PathBuf>,
    /// Sessions for the warehouse: the folder that retail stream --job sessions wrote
    #[arg(long, value_name = "FOLDER")]
    pub sessions: Option<PathBuf>,
    /// Live events that continue the input in the views of lambda; may be repeated
    #[arg(long, value_name = "PATH")]
    pub live: Vec<PathBuf>,
    /// Where the input ends for these views; else its last day, or its end without --live
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub batch_watermark: Option<Time>,
    /// The date that analyses look back from; without it, the last day with a sale
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub as_of: Option<Day>,
    /// What analyses leave out: write-offs, non-products, adjustments, anonymous, returns
    #[arg(long, value_name = "RULE,…", value_delimiter = ',')]
    pub leave_out: Vec<String>,
    /// Compute all days, also those whose records are as they were in the last run
    #[arg(long)]
    pub full: bool,
    /// Codes of --leave-out non-products; without it, those of the UCI Online Retail set
    #[arg(long, value_name = "CODE,…", value_delimiter = ',')]
    pub non_products: Vec<String>,
}

impl AnalysisArgs {
    /// What is asked for, if anything.
    ///
    /// # Errors
    /// [`Error::Usage`] for a name that is none, and for a folder of master data that is `typed` and
    /// not there.
    pub fn plan(&self, typed: bool) -> Result<Option<Plan>> {
        let leave_out = LeaveOut::new(&self.leave_out, &self.non_products)?;
        if self.analysis.is_empty() {
            return Ok(None);
        }
        let master = location(&self.master)?;
        if typed && store::open(&master)?.stat(&master)?.is_none() {
            let what = format!("--master {master}: there is no such folder");
            return Err(Error::Usage(what));
        }
        Ok(Some(Plan {
            wanted: known::of(&self.analysis)?,
            as_of: self.as_of,
            master: Some(master),
            leave_out,
            inventory: discover(&locations(&self.inventory)?, false)?,
            live: discover(&locations(&self.live)?, false)?,
            watermark: self.batch_watermark,
            slice: SLICE,
            full: self.full,
            sessions: self.sessions.as_deref().map(location).transpose()?,
        }))
    }
}

impl AnalysisArgs {
    /// What decides the analyses, for whoever proves them later; nothing where none is asked for.
    pub fn settings(&self) -> Map<String, Value> {
        let mut settings = Map::new();
        if self.analysis.is_empty() {
            return settings;
        }
        let mut tell = |name: &str, value: Value| settings.insert(name.to_owned(), value);
        tell("analysis", json!(self.analysis));
        tell("master", json!(self.master));
        tell("inventory", json!(self.inventory));
        tell("sessions", json!(self.sessions));
        tell("live", json!(self.live));
        let watermark = self.batch_watermark.map(|time| time.to_string());
        tell("batch_watermark", json!(watermark));
        tell("as_of", json!(self.as_of.map(|day| day.to_string())));
        tell("leave_out", json!(self.leave_out));
        tell("non_products", json!(self.non_products));
        settings
    }
}

/// Prints the analyses.
///
/// # Errors
/// When standard output cannot be written.
pub fn list(context: &Context) -> anyhow::Result<Outcome> {
    if context.json() {
        context.json_line(&described())?;
        return Ok(Outcome::Done);
    }
    let all = known::ALL.iter();
    let rows = all.map(|analysis| vec![analysis.name.to_owned(), analysis.about.to_owned()]);
    let rows: Vec<_> = rows.collect();
    let mut out = context.claim_stdout_for_data()?;
    out.text(&table(
        &["analysis", "tells"],
        &[false, false],
        &rows,
        context.width(),
    ))?;
    out.finish()?;
    Ok(Outcome::Done)
}

/// The analyses and their steps, for programs.
fn described() -> Value {
    let step = |step: &Step| {
        let (over, of) = match step.over {
            Over::Days => ("days", None),
            Over::Slices(of) => ("slices", Some(of)),
            Over::Beside(of) => ("beside", Some(of)),
            Over::Whole => ("whole", None),
        };
        json!({"name": step.name, "over": over, "of": of, "sql": step.sql})
    };
    let table = |table: &Table| {
        let columns = table.columns.iter();
        let columns = columns.map(|column| json!({"name": column.name, "about": column.about}));
        json!({
            "table": table.file,
            "about": table.about,
            "columns": columns.collect::<Vec<_>>(),
            "step": step(&table.step),
        })
    };
    let analyses = known::ALL.iter().map(|analysis| {
        json!({
            "name": analysis.name,
            "about": analysis.about,
            "tables": analysis.tables.iter().map(table).collect::<Vec<_>>(),
        })
    });
    let steps = groundwork::STEPS.iter().chain(known::STEPS);
    json!({
        "analyses": analyses.collect::<Vec<_>>(),
        "views": {
            "events": groundwork::EVENTS,
            "sales": groundwork::SALES,
            "unified": groundwork::UNIFIED,
        },
        "steps": steps.map(step).collect::<Vec<_>>(),
    })
}

/// What became of the analyses, for humans.
pub fn lines(report: &Report) -> Vec<(&'static str, String)> {
    let (mut done, mut missing) = (Vec::new(), Vec::new());
    for (name, outcome) in &report.analyses {
        match outcome {
            Computed::Done { left_out, .. } => {
                done.push(*name);
                let tables = left_out.iter();
                missing.extend(tables.map(|(table, why)| format!("{name}/{table}: {why}")));
            }
            Computed::Skipped { skipped } => missing.push(format!("{name}: {skipped}")),
        }
    }
    let mut lines = Vec::new();
    if !done.is_empty() {
        lines.push(("analyses", done.join(", ")));
    }
    let days = report.days;
    if !done.is_empty() {
        let counts = format!("{} computed, {} as before", days.computed, days.kept);
        lines.push(("  days", counts));
    }
    if !missing.is_empty() {
        lines.push(("skipped", missing.join("; ")));
    }
    let left_out = report.left_out.iter();
    let left_out: Vec<_> = left_out
        .map(|(rule, count)| format!("{rule} {count}"))
        .collect();
    if !left_out.is_empty() {
        lines.push(("left out", left_out.join(", ")));
    }
    lines
}
