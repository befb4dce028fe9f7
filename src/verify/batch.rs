//! Batch: what its record says, and what its folders hold.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::batch::breakdown::Columns;
use crate::batch::runs::Sums;
use crate::batch::{FOLDERS, OUTPUTS};
use crate::error::Result;
use crate::record::counts::Counts;
use crate::signal::Stop;
use crate::store::{self, Location, RunRecord};
use crate::verify::cells::{self, Cells, Stated as Row};
use crate::verify::groups::{Input, Tally};
use crate::verify::outputs::{self, Kpis, Stated};
use crate::verify::readable;
use crate::verify::records::{self, BatchFigures, Cleaning};
use crate::verify::report::Report;

/// A run of batch whose output is there.
pub struct Batch {
    /// Its folders, in the order of [`FOLDERS`].
    pub folders: [Location; 5],
    /// Their records, as far as there are any.
    pub records: [Option<RunRecord>; 5],
    /// Which of them it wrote: earlier versions left some out.
    pub wrote: [bool; 5],
    /// What it says of itself.
    pub figures: BatchFigures,
    /// How it cleaned.
    pub cleaning: Cleaning,
}

/// What its folders hold, as far as that can be read.
#[derive(Default)]
pub struct Outputs {
    /// `analysis_parquet`.
    pub parquet: Option<Stated>,
    /// `analysis_csv`.
    pub csv: Option<Stated>,
    /// `analysis_csv_kpis`.
    pub kpis: Option<Kpis>,
    /// `analysis_sales`.
    pub sales: Option<Cells>,
    /// `analysis_products`.
    pub products: Option<Sums<Row>>,
}

impl Batch {
    /// The batch that wrote to `output`; none without its record.
    ///
    /// # Errors
    /// When a record cannot be read, or is of another command.
    pub fn find(output: &Location) -> Result<Option<Self>> {
        let parquet = output.join(FOLDERS[0]);
        let Some(record) = records::of(&parquet, "batch")? else {
            return Ok(None);
        };
        let csv_output = csv_output(output, &record)?;
        let at = |number: usize| match FOLDERS[number] {
            "analysis_csv" | "analysis_csv_kpis" => csv_output.join(FOLDERS[number]),
            name => output.join(name),
        };
        let folders = [at(0), at(1), at(2), at(3), at(4)];
        let mut records = [const { None }; 5];
        for (found, folder) in records.iter_mut().zip(&folders) {
            *found = records::of(folder, "batch")?;
        }
        // What an earlier version wrote does not say which folders it wrote: the first three.
        let listed = record.settings.get(OUTPUTS).and_then(Value::as_array);
        let wrote = |number: usize| match listed {
            Some(listed) => listed.iter().any(|name| name == FOLDERS[number]),
            None => number < 3,
        };
        Ok(Some(Self {
            figures: records::part(&parquet, "figures", record.figures.clone())?,
            cleaning: records::part(&parquet, "settings", Value::Object(record.settings.clone()))?,
            wrote: [0, 1, 2, 3, 4].map(wrote),
            folders,
            records,
        }))
    }

    /// Reads the folders. What is missing, changed, of another run or unreadable is told to
    /// `report`.
    ///
    /// # Errors
    /// When a store fails, or a signal came.
    pub fn outputs(
        &self,
        columns: Columns,
        temp_dir: &Path,
        report: &mut Report,
        stop: &Stop,
    ) -> Result<Outputs> {
        self.one_run(report);
        for (number, (folder, record)) in self.folders.iter().zip(&self.records).enumerate() {
            let name = format!("{}: files", FOLDERS[number]);
            let Some(record) = record else {
                if self.wrote[number] {
                    report.broken(name, format!("{folder}: has no _run.json of batch"));
                } else {
                    let why = "an earlier version of batch wrote the output; run it again";
                    report.not_comparable(FOLDERS[number], why);
                }
                continue;
            };
            let files = outputs::files(folder, record)?;
            let same = files.problem.is_none();
            report.check(name, files.written, files.whole, same, files.problem);
        }
        let [parquet, csv, kpis, sales, products] = &self.folders;
        let mut found = Outputs::default();
        if exists(parquet)? {
            let read = outputs::totals_of_parquet(parquet, temp_dir, stop);
            found.parquet = told(readable(read)?, "analysis_parquet: rows", report);
        }
        if exists(csv)? {
            let read = outputs::totals_of_csv(csv, temp_dir, stop);
            found.csv = told(readable(read)?, "analysis_csv: rows", report);
        }
        if exists(kpis)? {
            let read = outputs::kpis(kpis, stop);
            found.kpis = told(readable(read)?, "kpis: rows", report);
        }
        if exists(sales)? {
            let read = cells::sales(sales, columns, temp_dir, stop);
            found.sales = told(readable(read)?, "sales: rows", report);
        }
        if exists(products)? {
            let read = cells::products(products, columns, temp_dir, stop);
            found.products = told(readable(read)?, "products: rows", report);
        }
        Ok(found)
    }

    /// Compares record and folders with what the input holds.
    pub fn check(
        &self,
        outputs: &Outputs,
        counts: &Counts,
        (input, products): (&Input, u64),
        [parquet, csv, _]: [Tally; 3],
        report: &mut Report,
    ) {
        self.figures(counts, input, products, report);
        if let Some(stated) = &outputs.parquet {
            rows("analysis_parquet", stated, parquet, input, report);
        }
        if let Some(stated) = &outputs.csv {
            rows("analysis_csv", stated, csv, input, report);
        }
        if let Some(stated) = &outputs.kpis {
            kpis(stated, counts, input, products, report);
        }
    }

    fn one_run(&self, report: &mut Report) {
        let mut runs: Vec<_> = self.records.iter().flatten().map(|r| &r.run_id).collect();
        runs.dedup();
        let why = runs.iter().map(|run| run.as_str()).collect::<Vec<_>>();
        let why = (runs.len() > 1).then(|| format!("the folders are of {}", why.join(" and ")));
        report.check("batch: runs", 1, runs.len() as u64, runs.len() == 1, why);
    }

    /// Compares what the record says with the input.
    fn figures(&self, counts: &Counts, input: &Input, products: u64, report: &mut Report) {
        let told = &self.figures;
        let days = input.by_day.len() as u64;
        compare_counts("batch", counts, &told.counts, report);
        report.compare("batch: grand total", input.grand_total, told.grand_total);
        report.compare("batch: days", days, told.days);
        report.compare("batch: products", products, told.products);
    }
}

/// Compares every count that a summary of `who` states with those of the input.
fn compare_counts(who: &str, counts: &Counts, told: &records::Counts, report: &mut Report) {
    let mut compare = |name: &str, expected, found| {
        report.compare(format!("{who}: {name}"), expected, found);
    };
    compare("read", counts.read, told.read);
    compare("accepted", counts.accepted(), told.accepted);
    compare("rejected", counts.all_rejected(), told.rejected);
    let by_reason = counts.by_reason();
    let mut reasons: Vec<_> = by_reason
        .keys()
        .chain(told.rejected_by_reason.keys())
        .collect();
    reasons.sort();
    reasons.dedup();
    for reason in reasons {
        let of = |by_reason: &BTreeMap<String, u64>| by_reason.get(reason).copied().unwrap_or(0);
        let (expected, found) = (of(&by_reason), of(&told.rejected_by_reason));
        compare(&format!("rejected, {reason}"), expected, found);
    }
    compare("duplicates", counts.duplicates, told.duplicates);
    compare("not sales", counts.non_sales, told.non_sales);
}

/// Compares rows and sums of an output with the input.
fn rows(name: &str, stated: &Stated, tally: Tally, input: &Input, report: &mut Report) {
    report.compare(format!("{name}: rows"), input.groups, stated.rows);
    report.compare(format!("{name}: total"), input.grand_total, stated.total);
    tally.tell(format!("{name}: days by product"), report);
}

/// Compares the KPIs with the input.
fn kpis(kpis: &Kpis, counts: &Counts, input: &Input, products: u64, report: &mut Report) {
    report.compare("kpis: grand total", input.grand_total, kpis.grand_total);
    report.compare("kpis: distinct products", products, kpis.products);
    report.compare("kpis: rows", counts.sales, kpis.rows);
}

/// Where the CSVs went: a relative path was one of the folder in which batch ran.
fn csv_output(output: &Location, record: &RunRecord) -> Result<Location> {
    let text = |name: &str| record.settings.get(name).and_then(Value::as_str);
    let Some(path) = text("csv_output") else {
        return Ok(output.clone());
    };
    let place: Location = path.parse()?;
    let here = std::env::current_dir().ok();
    let folder = text("working_folder").map(Path::new);
    match (place.local_path(), folder) {
        (Some(path), Some(folder)) if here.as_deref() != Some(folder) => {
            Location::from_path(&folder.join(path))
        }
        _ => Ok(place),
    }
}

/// What was read; what cannot be is told to `report`.
fn told<T>(read: Result<T, String>, name: &str, report: &mut Report) -> Option<T> {
    read.map_err(|why| report.broken(name, why)).ok()
}

fn exists(folder: &Location) -> Result<bool> {
    Ok(store::open(folder)?.stat(folder)?.is_some())
}
