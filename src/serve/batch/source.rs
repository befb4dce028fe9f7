//! Reading what batch wrote, of one run.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde_json::Value;

use super::daily::Daily;
use super::lines::Lines;
use super::sales::Sales;
use crate::error::{Error, Result};
use crate::serve::runs;
use crate::serve::stamps::{self, files};
use crate::serve::watched::Source;
use crate::signal::Stop;
use crate::store::{Location, RunRecord, recover};

/// Where batch's outputs stand.
#[derive(Debug, Clone)]
pub struct Folders {
    /// Where all of them but the CSV are.
    pub output: PathBuf,
    /// Revenue by day and product, as CSV.
    pub csv: PathBuf,
    /// Sales by day and one more thing.
    pub sales: PathBuf,
    /// Pieces and categories by day and product.
    pub products: PathBuf,
}

/// What one run wrote.
#[derive(Debug)]
pub struct Book {
    /// The run; none where another program wrote the CSV.
    pub run: Option<Run>,
    /// Revenue by day and product.
    pub daily: Daily,
    /// More of its rows; none of an older version's run.
    pub lines: Option<Lines>,
    /// Sales by other things; none of an older version's run.
    pub sales: Option<Sales>,
}

impl Book {
    /// What tells these results from all others, on any machine; none where another program wrote
    /// them.
    pub fn identity(&self) -> Option<String> {
        let run = self.run.as_ref()?;
        let whole = (self.lines.is_some(), self.sales.is_some());
        Some(format!("{} {} {whole:?}", run.id, run.finished))
    }
}

/// What the run record tells.
#[derive(Debug, Clone)]
pub struct Run {
    /// Its id.
    pub id: String,
    /// When it ended, UTC.
    pub finished: String,
    /// Its summary.
    pub figures: Value,
}

impl Folders {
    /// The folders below `output` and `csv_output`.
    pub fn below(output: &Path, csv_output: &Path) -> Self {
        Self {
            output: output.to_owned(),
            csv: csv_output.join("analysis_csv"),
            sales: output.join("analysis_sales"),
            products: output.join("analysis_products"),
        }
    }

    fn all(&self) -> [&Path; 3] {
        [&self.csv, &self.sales, &self.products]
    }

    /// The newest CSV file by its time of writing.
    fn newest(&self) -> Result<Option<PathBuf>> {
        let written = |path: &PathBuf| {
            let time = path.metadata().and_then(|found| found.modified());
            time.unwrap_or(SystemTime::UNIX_EPOCH)
        };
        Ok(files(&self.csv, "csv")?.into_iter().max_by_key(written))
    }

    /// The run of each folder that is there.
    fn runs(&self) -> Result<[Option<Run>; 3]> {
        let mut runs = [None, None, None];
        for (run, folder) in runs.iter_mut().zip(self.all()) {
            *run = RunRecord::read(&Location::from_path(folder)?)?.map(|record| Run {
                id: record.run_id,
                finished: record.finished,
                figures: record.figures,
            });
        }
        Ok(runs)
    }

    fn read(&self) -> Result<Option<Book>> {
        let before = self.runs()?;
        let mut known = before.iter().flatten().map(|run| &run.id);
        if let Some(first) = known.next()
            && let Some(other) = known.find(|id| *id != first)
        {
            let what = format!("holds outputs of different runs, {first} and {other}");
            let help = "; run retail batch again, or name the folder of its CSV with --csv-output";
            return Err(Error::data(self.csv.display(), what + help));
        }
        let Some(file) = self.newest()? else {
            if let [None, Some(run), _] = &before {
                let what = format!(
                    "holds no CSV of run {}; name its folder with --csv-output",
                    run.id
                );
                return Err(Error::data(self.csv.display(), what));
            }
            return Ok(None);
        };
        let daily = Daily::read(&file)?;
        let [run, sales, products] = &before;
        // Of a CSV that another program wrote, these would tell of something else.
        let with_run = |found: &Option<Run>| run.is_some() && found.is_some();
        let sales = match with_run(sales) {
            true => Some(Sales::read(
                &Location::from_path(&self.sales)?,
                &Stop::never(),
            )?),
            false => None,
        };
        let lines = match with_run(products) {
            true => Some(Lines::read(&self.products, &daily)?),
            false => None,
        };
        let after = self.runs()?;
        let same = |(a, b): (&Option<Run>, &Option<Run>)| {
            a.as_ref().map(|run| &run.id) == b.as_ref().map(|run| &run.id)
        };
        if !before.iter().zip(&after).all(same) {
            return Err(Error::Busy {
                place: self.csv.display().to_string(),
                what: "was replaced while it was read; ask again".to_owned(),
            });
        }
        let [run, ..] = before;
        Ok(Some(Book {
            run,
            daily,
            lines,
            sales,
        }))
    }
}

impl Source for Folders {
    type Content = Book;

    fn stamp(&self) -> u64 {
        let newest = self.newest().ok().flatten();
        let records = self.all().map(|folder| folder.join("_run.json"));
        let records = records.iter().map(PathBuf::as_path);
        stamps::of(
            self.all()
                .into_iter()
                .chain(records)
                .chain(newest.as_deref()),
        )
    }

    /// The folders switch one after the other, in a moment: what looks like a mixture is looked
    /// at again, and a switch that a crash cut short is completed.
    fn load(&self, _: Option<&Book>) -> Result<Option<Book>> {
        let looked = runs::patiently(&Stop::never(), |_| true, || self.read());
        looked.or_else(|_| {
            for folder in self.all() {
                // Whether this is possible is told by the next reading.
                let _ = Location::from_path(folder).and_then(|place| recover(&place));
            }
            self.read()
        })
    }
}
