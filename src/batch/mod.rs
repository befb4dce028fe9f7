//! Daily revenue per product, from one or from ten thousand files, in bounded memory; and, from
//! the same pass, what the sales come to by store, category, country and hour.
//!
//! Threads read pieces of the input ([`crate::source`]), clean them and add up in tables of
//! their own ([`tables`]); rejects are put back in order ([`crate::source::collect`]); records
//! with a key wait until duplicates are known ([`dedup`]); at the end the sorted tables are
//! merged and written ([`mod@write`]), each folder as a whole.

pub mod breakdown;
pub mod categories;
pub mod cells;
pub mod dedup;
pub mod engine;
pub mod entry;
pub mod groups;
pub mod key;
pub mod measures;
pub mod merge;
pub mod products;
pub mod read;
pub mod run;
pub mod runs;
pub mod stated;
pub mod summary;
pub mod tables;
pub mod worker;
pub mod write;

use std::time::Instant;

use serde_json::{Map, Value, json};

pub use engine::Engine;
pub use read::Reading;
pub use summary::Summary;

use crate::analyses;
use crate::analyses::days::{self, Days};
use crate::analyses::inputs::product_names;
use crate::batch::breakdown::{Breakdown, Columns};
use crate::batch::engine::{Begun, Running};
use crate::batch::products::Products;
use crate::batch::write::RejectFile;
use crate::error::{Error, Result};
use crate::signal::Stop;
use crate::source::input::unchanged;
use crate::store::{InputFile, Location, RunRecord, Target, Transaction};

/// The folders that a run replaces: the totals as Parquet and as CSV, the KPIs, the sales broken
/// down, and the products.
pub const FOLDERS: [&str; 5] = [
    "analysis_parquet",
    "analysis_csv",
    "analysis_csv_kpis",
    "analysis_sales",
    "analysis_products",
];
/// The setting of a run record that names the folders which the run wrote; earlier versions wrote
/// fewer, and no such setting.
pub const OUTPUTS: &str = "outputs";

/// What a run is asked to do.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What it reads.
    pub reading: Reading,
    /// Who reads it.
    pub engine: Engine,
    /// Where all folders go but two.
    pub output: Location,
    /// Where those two go, `analysis_csv` and `analysis_csv_kpis`.
    pub csv_output: Location,
    /// Whether an input without any record is fine.
    pub allow_empty: bool,
    /// What decides the result, for the run record.
    pub settings: Map<String, Value>,
    /// What is asked of the history besides, if anything.
    pub analyses: Option<analyses::Plan>,
}

/// Runs the batch; `progress` is told how many bytes of the input have been taken up.
///
/// # Errors
/// When an input cannot be read, a sum does not fit, an output cannot be written, or a signal
/// came. The previous output is then as it was.
pub fn run(plan: &Plan, stop: &Stop, progress: &(dyn Fn(u64) + Sync)) -> Result<Summary> {
    let began = Instant::now();
    let mut record = RunRecord::begin("batch");
    let mut targets = vec![
        Target::dataset(plan.output.join(FOLDERS[0])),
        Target::dataset(plan.csv_output.join(FOLDERS[1])),
        Target::dataset(plan.csv_output.join(FOLDERS[2])),
        Target::dataset(plan.output.join(FOLDERS[3])),
        Target::dataset(plan.output.join(FOLDERS[4])),
    ];
    let analyses = plan.analyses.as_ref();
    let wanted = analyses.map_or(&[][..], |analyses| &analyses.wanted);
    let folders = wanted.iter().map(|analysis| analysis.folder(&plan.output));
    targets.extend(folders.map(Target::dataset));
    let days = analyses.and_then(|_| days::folder(&plan.output));
    let keeps_days = days.is_some();
    targets.extend(days.map(Target::dataset));
    let transaction = Transaction::begin("batch", targets)?;
    let engine = Running::begin(plan, transaction.run_id(), stop)?;
    let parquet = transaction.folder(0);
    let inputs = &plan.reading.inputs;
    let rejects = RejectFile::new(parquet);
    let (mut read, rejects) = engine.read(rejects, progress)?;
    rejects.finish()?;
    if read.counts.read == 0 && !plan.allow_empty {
        return Err(Error::data(
            inputs.first().map_or("input", |i| i.path.as_str()),
            format!(
                "no records in {} file(s); the previous output stays (--allow-empty to replace it)",
                inputs.len()
            ),
        ));
    }
    let accepted_sales = read.counts.accepted() - read.counts.non_sales;
    let dir = &plan.reading.temp_dir;
    let columns = Columns::of(&read.mapping);
    let breakdown = Breakdown::of(&mut read.runs, columns, dir)?;
    write::sales::write(breakdown, columns, transaction.folder(3), stop)?;
    let products = Products::new(std::mem::take(&mut read.runs.products))?;
    let mut written = write::daily(products, parquet, transaction.folder(1), dir, stop)?;
    let report = match analyses {
        Some(analyses) => {
            let kept = keeps_days.then(|| transaction.folder(FOLDERS.len() + wanted.len()));
            let begun = Begun {
                read: &read,
                products: product_names(&mut written.categories)?,
                started: &record.started,
                days: Days::open(kept, transaction.run_id(), analyses.full),
            };
            engine.analyse(begun, |at| transaction.folder(FOLDERS.len() + at))?
        }
        None => None,
    };
    let categories = columns.category.then_some(&mut written.categories);
    let sums = write::parquet::sums(written.reach);
    let folder = transaction.folder(4);
    write::products::write(written.lines, categories, &sums, folder, stop)?;
    let figures = written.figures;
    unchanged(inputs)?;
    if let Some(analyses) = analyses {
        unchanged(&analyses.live)?;
        unchanged(&analyses.inventory)?;
    }
    write::kpis(transaction.folder(2), &figures, accepted_sales)?;
    stop.check()?;
    let seconds = began.elapsed().as_secs_f64();
    let summary = Summary {
        run_id: transaction.run_id().to_owned(),
        command: "batch",
        files: inputs.len(),
        read: read.counts.read,
        accepted: read.counts.accepted(),
        rejected: read.counts.all_rejected(),
        rejected_by_reason: read.counts.by_reason(),
        duplicates: read.counts.duplicates,
        non_sales: read.counts.non_sales,
        grand_total: figures.grand_total,
        days: figures.days,
        products: figures.products,
        groups: figures.groups,
        mapping: read.mapping,
        analyses: report,
        seconds: (seconds * 1000.0).round() / 1000.0,
        rows_per_second: (read.counts.read as f64 / seconds.max(1e-9)) as u64,
    };
    record.settings = plan.settings.clone();
    record.settings.insert(OUTPUTS.into(), json!(FOLDERS));
    record.inputs = inputs.iter().map(|i| InputFile::from(&i.entry)).collect();
    record.figures = json!(summary);
    transaction.commit(|_, _| record.clone())?;
    Ok(summary)
}
