//! The proof of the figures: the input is read again and compared with what the runs wrote,
//! what they say of themselves, and what the generator declares.
//!
//! Nothing is compared by a total alone: sums are held against each other by day and product
//! ([`groups`]) and cell by cell ([`cells`]), in bounded memory, as sorted streams ([`walk`]). What differs is told in a
//! [`Report`]; an error is only what keeps the comparison from being made.

pub mod batch;
pub mod cells;
pub mod groups;
pub mod outputs;
pub mod records;
pub mod report;
pub mod stream;
pub mod truth;
pub mod walk;
pub mod windows;

use std::io;
use std::path::PathBuf;

pub use report::{Check, Difference, Figure, Report, Verdict};

use crate::batch::breakdown::{Breakdown, Columns};
use crate::batch::read::{self, Read, Reading};
use crate::error::{Error, Result};
use crate::signal::Stop;
use crate::source::collect::FirstRecords;
use crate::source::input::{Input, unchanged};
use crate::store::{Location, RunRecord};
use crate::verify::batch::{Batch, Outputs};
use crate::verify::groups::Side;
use crate::verify::outputs::Stated;
use crate::verify::records::Cleaning;
use crate::verify::stream::Stream;

/// What is to be verified.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The files of the input.
    pub inputs: Vec<Input>,
    /// The files and folders in which they were found; folders may hold a truth.
    pub places: Vec<Location>,
    /// Where batch wrote to.
    pub output: Location,
    /// The folder of the stream.
    pub stream_output: Location,
    /// How many threads read the input.
    pub threads: usize,
    /// Where spill files go; they vanish with the process.
    pub temp_dir: PathBuf,
}

/// Compares everything that can be compared; `progress` is told how many bytes of the input
/// have been taken up.
///
/// # Errors
/// When there is no output at all, the input cannot be read, an output changed while it was
/// read, or a signal came. What is wrong with an output is no error, but told in the report.
pub fn run(plan: &Plan, stop: &Stop, progress: &(dyn Fn(u64) + Sync)) -> Result<Report> {
    let (batch, stream) = (
        Batch::find(&plan.output)?,
        Stream::find(&plan.stream_output)?,
    );
    let cleaning = match (&batch, &stream) {
        (Some(batch), _) => &batch.cleaning,
        (None, Some(stream)) => &stream.settings.cleaning,
        (None, None) => return Err(nothing(plan)),
    };
    let (mut report, temp_dir) = (Report::default(), plan.temp_dir.as_path());
    let Read {
        counts,
        mut runs,
        mapping,
        ..
    } = reread(plan, cleaning, stop, progress)?;
    (report.read, report.rejected) = (counts.read, counts.all_rejected());
    let columns = Columns::of(&mapping);
    let parts = counts.sales + counts.non_sales + counts.all_rejected() + counts.duplicates;
    report.compare("input: read in three parts", counts.read, parts);

    let mut outputs = match &batch {
        Some(batch) => batch.outputs(columns, temp_dir, &mut report, stop)?,
        None => Outputs::default(),
    };
    let mut declared = truth::read(&plan.places, &plan.inputs, temp_dir)?;
    let sums = |stated: &mut Option<Stated>| stated.as_mut().and_then(|s| s.sums.take());
    let sides = [
        Side::of_output("analysis_parquet", sums(&mut outputs.parquet)),
        Side::of_output("analysis_csv", sums(&mut outputs.csv)),
        truth::side(declared.as_mut(), cleaning),
    ];
    let breakdown = Breakdown::of(&mut runs, columns, temp_dir)?;
    let compared = groups::compare(runs.products, sides, temp_dir, &mut report, stop)?;
    let (input, tallies) = (compared.input, compared.tallies);

    let mut windows = match &stream {
        Some(stream) => Some(stream.windows(temp_dir, &mut report, stop)?),
        None => None,
    };
    let comparable = stream
        .as_ref()
        .map(|s| s.comparable(batch.as_ref(), &counts));
    let factor = match (&stream, &comparable) {
        (Some(stream), Some(Ok(()))) => stream.products_comparable().ok(),
        _ => None,
    };
    let window_sums = windows
        .as_mut()
        .and_then(|read| read.as_mut().ok()?.products.take());
    let of_stream = window_sums.zip(factor);
    let (products, by_product) = groups::products(compared.products, of_stream, &mut report)?;

    match &batch {
        Some(batch) => {
            let found = (&input, products);
            batch.check(&outputs, &counts, found, tallies, &mut report);
            if let Some(found) = outputs.sales {
                cells::compare_sales(breakdown, found, columns, &mut report)?;
            }
            if let Some(found) = outputs.products {
                let categories = columns.category.then_some(compared.categories);
                cells::compare_products(compared.lines, categories, found, &mut report)?;
            }
        }
        None => report.not_comparable("batch", "no batch output"),
    }
    let [.., of_truth] = tallies;
    let declared = declared.as_ref();
    truth::check(declared, cleaning, &counts, &input, of_truth, &mut report);
    match (&stream, &windows) {
        (Some(stream), Some(windows)) => stream.check(windows, &mut report),
        _ => report.not_comparable("stream", "no stream output"),
    }
    if let (Some(stream), Some(comparable)) = (&stream, comparable) {
        match comparable {
            Ok(()) => {
                stream.against_batch(&counts, input.grand_total, &mut report);
                stream.products_against_batch(by_product, &mut report);
            }
            Err(why) => report.not_comparable("stream and batch", why),
        }
    }
    still(batch.as_ref(), stream.as_ref())?;
    Ok(report)
}

/// Figures of outputs that were replaced meanwhile prove nothing.
fn still(batch: Option<&Batch>, stream: Option<&Stream>) -> Result<()> {
    let of_batch = batch.map(|batch| batch.folders.iter().zip(&batch.records));
    let of_stream = stream.map(|stream| (&stream.folder, &stream.record));
    let of_batch = of_batch.into_iter().flatten();
    let of_batch = of_batch.filter_map(|(folder, record)| Some((folder, record.as_ref()?)));
    for (folder, record) in of_batch.chain(of_stream) {
        if RunRecord::read(folder)?.as_ref() != Some(record) {
            return Err(Error::Busy {
                place: folder.to_string(),
                what: "was written to while it was read; verify again".to_owned(),
            });
        }
    }
    Ok(())
}

/// What is not as it was written is a finding, not the end.
fn readable<T>(read: Result<T>) -> Result<Result<T, String>> {
    match read {
        Err(e @ Error::Data { .. }) => Ok(Err(e.to_string())),
        read => read.map(Ok),
    }
}

/// Nothing to compare is an error: nobody asks for that.
fn nothing(plan: &Plan) -> Error {
    Error::data(
        &plan.output,
        "there is no output of batch and none of stream; run retail batch or retail stream \
         first, or name others with --output and --stream-output",
    )
}

/// Reads the input as `cleaning` says.
fn reread(
    plan: &Plan,
    cleaning: &Cleaning,
    stop: &Stop,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Read> {
    let (rules, delimiter) = cleaning.rules()?;
    let reading = Reading {
        inputs: plan.inputs.clone(),
        rules,
        delimiter,
        // What most of a source is rejected for was accepted when it was read first.
        check: FirstRecords::Off,
        threads: plan.threads,
        temp_dir: plan.temp_dir.clone(),
    };
    let (read, _) = read::read(&reading, None, io::sink(), stop, progress)?;
    unchanged(&plan.inputs)?;
    Ok(read)
}
