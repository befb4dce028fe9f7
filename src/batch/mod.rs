//! Daily revenue per product, from one or from ten thousand files, in bounded memory.
//!
//! Threads read pieces of the input ([`crate::source`]), clean them and add up sums of their
//! own ([`groups`]); rejects are put back in order ([`crate::source::collect`]); records with a key wait until
//! duplicates are known ([`dedup`]); at the end the sorted sums are merged and written
//! ([`mod@write`]), each folder as a whole.

pub mod dedup;
pub mod groups;
pub mod read;
pub mod runs;
pub mod summary;
pub mod worker;
pub mod write;

use std::time::Instant;

use serde_json::{Map, Value, json};

pub use read::Reading;
pub use summary::Summary;

use crate::batch::groups::Merge;
use crate::batch::runs::Sums;
use crate::batch::write::RejectFile;
use crate::error::{Error, Result};
use crate::signal::Stop;
use crate::source::input::unchanged;
use crate::store::{InputFile, Location, RunRecord, Target, Transaction};

/// The folders that a run replaces: the totals as Parquet and as CSV, and the KPIs.
pub const FOLDERS: [&str; 3] = ["analysis_parquet", "analysis_csv", "analysis_csv_kpis"];

/// What the distinct products may take before they go to disk.
const PRODUCTS_IN_MEMORY: usize = 24 << 20;

/// What a run is asked to do.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What it reads.
    pub reading: Reading,
    /// Where `analysis_parquet` goes.
    pub output: Location,
    /// Where `analysis_csv` and `analysis_csv_kpis` go.
    pub csv_output: Location,
    /// Whether an input without any record is fine.
    pub allow_empty: bool,
    /// What decides the result, for the run record.
    pub settings: Map<String, Value>,
}

/// Runs the batch; `progress` is told how many bytes of the input have been taken up.
///
/// # Errors
/// When an input cannot be read, a sum does not fit, an output cannot be written, or a signal
/// came. The previous output is then as it was.
pub fn run(plan: &Plan, stop: &Stop, progress: &(dyn Fn(u64) + Sync)) -> Result<Summary> {
    let began = Instant::now();
    let mut record = RunRecord::begin("batch");
    let transaction = Transaction::begin(
        "batch",
        vec![
            Target::dataset(plan.output.join(FOLDERS[0])),
            Target::dataset(plan.csv_output.join(FOLDERS[1])),
            Target::dataset(plan.csv_output.join(FOLDERS[2])),
        ],
    )?;
    let parquet = transaction.folder(0);
    let inputs = &plan.reading.inputs;
    let rejects = RejectFile::new(parquet);
    let (read, rejects) = read::read(&plan.reading, rejects, stop, progress)?;
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
    let figures = write::groups(
        &mut Merge::new(read.runs)?,
        parquet,
        transaction.folder(1),
        Sums::new(PRODUCTS_IN_MEMORY, &plan.reading.temp_dir),
        stop,
    )?;
    unchanged(inputs)?;
    write::kpis(transaction.folder(2), &figures, accepted_sales)?;
    stop.check()?;
    let seconds = began.elapsed().as_secs_f64();
    let summary = Summary {
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
        seconds: (seconds * 1000.0).round() / 1000.0,
        rows_per_second: (read.counts.read as f64 / seconds.max(1e-9)) as u64,
    };
    record.settings = plan.settings.clone();
    record.inputs = inputs.iter().map(|i| InputFile::from(&i.entry)).collect();
    record.figures = json!(summary);
    transaction.commit(|_, _| record.clone())?;
    Ok(summary)
}
