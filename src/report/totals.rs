//! The totals of batch that a report is of, all of one run.

use std::collections::BTreeSet;

use crate::batch::{FOLDERS, stated};
use crate::error::{Error, Result};
use crate::record::{Day, Total};
use crate::serve::batch::sales::Sales;
use crate::signal::Stop;
use crate::store::{self, Kind, Location, RunRecord, recover};

/// What a run of batch wrote.
pub struct Totals {
    /// Where.
    pub output: Location,
    /// The run.
    pub run: RunRecord,
    /// The sales broken down.
    pub sales: Sales,
    /// The day.
    pub date: Day,
    /// The first and the last day with sales.
    pub span: (Day, Day),
    /// The products of the day.
    pub products: Vec<ProductOf>,
}

/// A product of the day.
#[derive(Debug, Clone)]
pub struct ProductOf {
    /// Its name.
    pub name: String,
    /// Its category, if the input tells.
    pub category: Option<String>,
    /// Lines that are sales.
    pub sales: u64,
    /// Pieces, if the input tells.
    pub units: Option<Total>,
    /// Σ of the sales.
    pub gross: Total,
    /// Sales less returns.
    pub net: Total,
}

impl Totals {
    /// Reads what stands below `output`, of the last day with sales if none is given.
    ///
    /// # Errors
    /// [`Error::Usage`] for a day outside the data; [`Error::Data`] where there are no results;
    /// [`Error::Busy`] when they are of different runs.
    pub fn read(output: &Location, date: Option<Day>, stop: &Stop) -> Result<Self> {
        let [_, _, _, sales, products] = FOLDERS.map(|name| output.join(name));
        for folder in [&sales, &products] {
            recover(folder)?;
        }
        let run = RunRecord::read(&sales)?;
        let run = run.ok_or_else(|| absent(output))?;
        whole(&sales, &run)?;
        whole(&products, &still(&products, &run.run_id)?)?;
        let broken_down = Sales::read(&sales, stop)?;
        let span = broken_down.span().ok_or_else(|| {
            let what = "the last run of batch found no sales; give it some with --input";
            Error::data(output, what)
        })?;
        let date = date.unwrap_or(span.1);
        if date < span.0 || date > span.1 {
            return Err(Error::Usage(format!(
                "--date {date}: the sales in {output} are of {} to {}",
                span.0, span.1
            )));
        }
        let mut of_day = Vec::new();
        stated::products_of(&products, date, stop, |row| {
            of_day.push(ProductOf {
                name: row.product.to_owned(),
                category: row.category.map(str::to_owned),
                sales: row.sales,
                units: row.units,
                gross: row.gross,
                net: row.net,
            });
        })?;
        // The largest revenue first, equal ones by name.
        of_day.sort_by(|a, b| b.net.cmp(&a.net).then_with(|| a.name.cmp(&b.name)));
        still(&sales, &run.run_id)?;
        still(&products, &run.run_id)?;
        Ok(Self {
            output: output.clone(),
            run,
            sales: broken_down,
            date,
            span,
            products: of_day,
        })
    }
}

/// What is said where batch has not run.
fn absent(output: &Location) -> Error {
    let earlier = RunRecord::read(&output.join(FOLDERS[0]));
    Error::data(
        output,
        match earlier {
            Ok(Some(_)) => "holds results of an earlier version; run retail batch again".to_owned(),
            _ => format!(
                "holds no results of batch; run retail batch --output {output}, or name their \
                 folder with --output"
            ),
        },
    )
}

/// Looks whether a folder is of the run, whose record it gives.
///
/// # Errors
/// [`Error::Busy`] when it is not.
pub fn still(folder: &Location, run: &str) -> Result<RunRecord> {
    match RunRecord::read(folder)? {
        Some(record) if record.run_id == run => Ok(record),
        found => Err(Error::Busy {
            place: folder.to_string(),
            what: match found {
                Some(RunRecord { run_id, .. }) => format!(
                    "is of the run {run_id}, other results are of {run}; run retail batch again"
                ),
                None => "is gone; run retail batch again".to_owned(),
            },
        }),
    }
}

/// Looks whether the tables that `run` wrote into a folder are there.
///
/// # Errors
/// [`Error::Busy`] when one is not, or has another length.
pub fn whole(folder: &Location, run: &RunRecord) -> Result<()> {
    let store = store::open(folder)?;
    let tables = run.files.iter();
    for file in tables.filter(|file| file.name.ends_with(".parquet")) {
        let place = folder.join(&file.name);
        let now = match store.stat(&place)? {
            Some(found) if found.kind == Kind::File && found.len != file.bytes => {
                format!("has {} bytes, not the {} that", found.len, file.bytes)
            }
            // What a link leads to is seen when it is read.
            Some(_) => continue,
            None => "is gone, which".to_owned(),
        };
        return Err(Error::Busy {
            place: place.to_string(),
            what: format!("{now} the run {} wrote; {}", run.run_id, again(run, &[])),
        });
    }
    Ok(())
}

/// The command that makes what `run` made, and `more` analyses, in one run.
pub fn again(run: &RunRecord, more: &[&str]) -> String {
    let ran = run.figures["analyses"].as_object();
    let ran = ran
        .into_iter()
        .flat_map(|ran| ran.keys().map(String::as_str));
    let names: BTreeSet<_> = ran.chain(more.iter().copied()).collect();
    if names.is_empty() {
        return "run retail batch again".to_owned();
    }
    let names: Vec<_> = names.into_iter().collect();
    format!("run retail batch again with --analysis {}", names.join(","))
}
