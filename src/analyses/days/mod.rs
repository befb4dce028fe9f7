//! Days that are not computed again: what the steps gave of them is kept from run to run.
//!
//! A step over days gives rows of each day alone ([`Over::Days`](super::spec::Over)). What it gave
//! is kept in `analyses/_days`, in a folder for the days that were looked at together; rows of a
//! table stay in the table's own files. The next run takes them for every day whose records are
//! the same, in the same places of the same files, if the step's text is the same and what it sees
//! beside the records, too. All else is computed; so a run has the same result as one that keeps
//! nothing. It is only done where the output is on a local disk.

pub mod digest;
pub mod ids;
pub mod manifest;

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread;

use hashbrown::HashMap;
use polars::prelude::{
    BooleanChunked, Column, DataFrame, NamedFrom, ParquetCompression, ParquetReader, ParquetWriter,
    PolarsError, SerReader, Series,
};

use self::ids::Ids;
use self::manifest::{Kept, Manifest, Slice, Written};
use super::engine::split::join;
use super::lines::{Sum, spool};
use super::spec::FOLDER;
use crate::error::{Error, Result};
use crate::record::Day;
use crate::store::run_record::RUN_RECORD;
use crate::store::{Location, RunRecord, Staged};

/// The folder below that of all analyses.
pub const DAYS: &str = "_days";
/// What says which days are there.
const MANIFEST: &str = "days.json";
/// The products by their ids.
const PRODUCTS: &str = "products/names.parquet";

/// Where the days are kept below the output of batch; only local ones are.
pub fn folder(output: &Location) -> Option<Location> {
    let folder = output.join(FOLDER).join(DAYS);
    folder.local_path().is_some().then_some(folder)
}

/// Days that are looked at together.
#[derive(Debug, Clone)]
pub struct Cut {
    /// The first and the last.
    pub span: (Day, Day),
    /// All that have records.
    pub days: Vec<i32>,
    /// How many records they have.
    pub records: u64,
    /// Whether an earlier run has seen the same records.
    pub is_known: bool,
    /// The slice.
    slice: Slice,
}

/// What earlier runs gave, and what this one leaves to the next.
pub struct Days<'a> {
    staged: Option<&'a Staged>,
    old: Option<(PathBuf, Manifest)>,
    ids: Ids,
    new: Manifest,
}

impl<'a> Days<'a> {
    /// What is in the folder that `staged` replaces, unless it is to be forgotten; without a folder
    /// nothing is kept. `run_id` is this run's.
    pub fn open(staged: Option<&'a Staged>, run_id: &str, forget: bool) -> Self {
        let old = staged.filter(|_| !forget).and_then(|staged| {
            let path = staged.location().local_path()?;
            let manifest = read(staged.location(), path)?;
            Some((path.to_owned(), manifest))
        });
        Self {
            staged,
            old,
            ids: Ids::default(),
            new: Manifest::new(run_id),
        }
    }

    /// Tells the products of this run by their numbers, and the last day with a sale.
    ///
    /// # Errors
    /// When those of the earlier run cannot be read.
    pub fn begin(&mut self, products: &HashMap<String, i64>, last: Day) -> Result<()> {
        self.new.last = Some(last.number());
        let known = match &self.old {
            Some((folder, _)) => names(&folder.join(PRODUCTS))?,
            None => Vec::new(),
        };
        self.ids = Ids::new(known, products);
        Ok(())
    }

    /// Cuts the days of this run, of which `digests` says what their records come to, into those
    /// that are looked at together: either all of them are known, or none.
    pub fn cut(
        &self,
        days: &BTreeMap<i32, Sum>,
        digests: &BTreeMap<i32, String>,
        most: u64,
    ) -> Vec<Cut> {
        let old = self.old.iter().flat_map(|(_, old)| &old.slices);
        let old: HashMap<i32, &String> = old
            .flat_map(|slice| slice.days.iter().map(|(day, digest)| (*day, digest)))
            .collect();
        let is_known = |day: i32| {
            old.get(&day)
                .is_some_and(|old| digests.get(&day) == Some(*old))
        };
        let cuts = spool::slices(days, most, is_known).into_iter();
        let cuts = cuts.map(|(first, last)| {
            let span = first.number()..=last.number();
            let records = days.range(span.clone()).map(|(_, sum)| sum.records).sum();
            let days: Vec<i32> = days.range(span).map(|(day, _)| *day).collect();
            let digests = days
                .iter()
                .filter_map(|day| Some((*day, digests.get(day)?.clone())));
            Cut {
                span: (first, last),
                records,
                is_known: is_known(first.number()),
                slice: Slice {
                    folder: format!("{first}_{last}"),
                    days: digests.collect(),
                },
                days,
            }
        });
        cuts.collect()
    }

    /// Whether the next run finds what this one gives.
    pub fn is_kept(&self) -> bool {
        self.staged.is_some()
    }

    /// The last day with a sale of the earlier run.
    pub fn earlier_last(&self) -> Option<i32> {
        self.old.as_ref()?.1.last
    }

    /// The last day with a sale of this run.
    pub fn last(&self) -> Option<i32> {
        self.new.last
    }

    /// Whether what `step` gave earlier still holds of the days that are known. The `table` that
    /// it writes, if any, is named as [`Written::file`].
    pub fn holds(&self, step: &str, kept: &Kept, table: Option<&str>) -> bool {
        let Some((_, old)) = &self.old else {
            return false;
        };
        let is_there = match table {
            Some(file) => old.tables.get(step).is_some_and(|table| table.file == file),
            None => true,
        };
        is_there && old.steps.get(step) == Some(kept)
    }

    /// What `step` gave of known days; it is kept for the next run as well.
    ///
    /// # Errors
    /// When a file cannot be read or written.
    pub fn carry(&self, step: &str, cut: &Cut) -> Result<DataFrame> {
        let failed = |e: PolarsError| Error::Internal(format!("{DAYS}/{step}: {e}"));
        let (Some((folder, old)), Some(staged)) = (&self.old, self.staged) else {
            return Err(Error::Internal(format!("{step} was not kept")));
        };
        let of = |slice: &&Slice| cut.days.iter().any(|day| slice.days.contains_key(day));
        let wanted: HashSet<i64> = cut.days.iter().map(|day| i64::from(*day)).collect();
        let (mut parts, mut same) = (Vec::new(), false);
        for slice in old.slices.iter().filter(of) {
            let name = file(slice, step);
            let path = folder.join(&name);
            let opened = File::open(&path).map_err(|e| Error::io("open", path.display(), e))?;
            let rows = ParquetReader::new(opened).finish();
            let rows = rows.map_err(|e| broken(&path, &e))?;
            same = *slice == cut.slice;
            if same {
                staged.keep(&name)?;
                parts.push(rows);
                break;
            }
            parts.push(of_days(&rows, &wanted).map_err(failed)?);
        }
        let rows = join(parts).map_err(failed)?;
        if !same {
            self.write(staged, &file(&cut.slice, step), &rows)?;
        }
        self.ids.restore(&rows).map_err(failed)
    }

    /// Keeps what steps have given of days, by their names.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn keep(&self, cut: &Cut, given: &[(&str, DataFrame)]) -> Result<()> {
        let Some(staged) = self.staged else {
            return Ok(());
        };
        let keep = |(step, rows): &(&str, DataFrame)| {
            let failed = |e: PolarsError| Error::Internal(format!("{DAYS}/{step}: {e}"));
            let rows = self.ids.keep(rows).map_err(failed)?;
            self.write(staged, &file(&cut.slice, step), &rows)
        };
        // A file is written by one thread.
        let next = Mutex::new(given.iter());
        let keep_some = || -> Result<()> {
            loop {
                let one = next.lock().unwrap_or_else(PoisonError::into_inner).next();
                match one {
                    Some(one) => keep(one)?,
                    None => return Ok(()),
                }
            }
        };
        thread::scope(|scope| {
            let other = scope.spawn(keep_some);
            let kept = keep_some();
            let panicked = |_| Err(Error::Internal("a writer panicked".to_owned()));
            kept.and(other.join().unwrap_or_else(panicked))
        })
    }

    fn write(&self, staged: &Staged, name: &str, rows: &DataFrame) -> Result<()> {
        let mut file = staged.create(name)?;
        let writer = ParquetWriter::new(&mut file).with_compression(ParquetCompression::Snappy);
        let written = writer.finish(&mut rows.clone());
        written.map_err(|e| Error::io("write", file.place(), std::io::Error::other(e)))?;
        file.finish().map(drop)
    }

    /// Where the table of `step` was written earlier, in which folder.
    pub fn written(&self, step: &str) -> Option<(&Path, &Written)> {
        let (folder, old) = self.old.as_ref()?;
        Some((folder.parent()?, old.tables.get(step)?))
    }

    /// Notes what a step over days was in this run.
    pub fn note(&mut self, step: &str, kept: Kept) {
        self.new.steps.insert(step.to_owned(), kept);
    }

    /// Notes where the days are in a table.
    pub fn wrote(&mut self, step: &str, written: Written) {
        self.new.tables.insert(step.to_owned(), written);
    }

    /// Leaves the days to the next run.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn finish(mut self, cuts: Vec<Cut>) -> Result<()> {
        let Some(staged) = self.staged else {
            return Ok(());
        };
        self.new.slices = cuts.into_iter().map(|cut| cut.slice).collect();
        let failed = |e: PolarsError| Error::Internal(format!("{DAYS}: {e}"));
        let names = Column::from(Series::new("product".into(), self.ids.names()));
        let names = DataFrame::new(names.len(), vec![names]).map_err(failed)?;
        self.write(staged, PRODUCTS, &names)?;
        let text = serde_json::to_vec(&self.new)
            .map_err(|e| Error::Internal(format!("{DAYS}/{MANIFEST}: {e}")))?;
        let mut file = staged.create(MANIFEST)?;
        std::io::Write::write_all(&mut file, &text)
            .map_err(|e| Error::io("write", file.place(), e))?;
        file.finish().map(drop)
    }
}

/// The file of a step for days.
fn file(slice: &Slice, step: &str) -> String {
    format!("{}/{step}.parquet", slice.folder)
}

/// The rows of these days.
fn of_days(rows: &DataFrame, wanted: &HashSet<i64>) -> polars::prelude::PolarsResult<DataFrame> {
    let days = rows.column("day_number")?;
    let days = days.cast(&polars::prelude::DataType::Int64)?;
    let mask = days.i64()?.iter();
    let mask: BooleanChunked = mask
        .map(|day| day.is_some_and(|day| wanted.contains(&day)))
        .collect();
    rows.filter(&mask)
}

/// The manifest of an earlier run, if all is as that run left it: its own files, and the tables
/// that the days are in.
fn read(place: &Location, folder: &Path) -> Option<Manifest> {
    let text = fs::read(folder.join(MANIFEST)).ok()?;
    let manifest: Manifest = serde_json::from_slice(&text).ok()?;
    let tables = manifest.tables.values();
    let analyses = tables.filter_map(|table| Some(table.file.split_once('/')?.0));
    let analyses: HashSet<&str> = analyses.collect();
    let above = place.parent()?;
    let mut folders = vec![place.clone()];
    folders.extend(analyses.into_iter().map(|name| above.join(name)));
    let is_whole = folders
        .iter()
        .all(|folder| is_as_left(folder, &manifest.run_id));
    if !is_whole {
        tracing::info!("{place}: is not as its run left it; all days are computed");
    }
    (is_whole && manifest.is_ours()).then_some(manifest)
}

/// Whether the run `id` wrote this folder, and nobody has touched its files since: they have the
/// lengths that it told, and were there before its record was.
fn is_as_left(folder: &Location, id: &str) -> bool {
    let stat = |name: &str| {
        let path = folder.join(name);
        path.local_path().and_then(|path| fs::metadata(path).ok())
    };
    let changed = |name: &str| stat(name)?.modified().ok();
    let record = RunRecord::read(folder).ok().flatten();
    record.is_some_and(|record| {
        let sealed = changed(RUN_RECORD);
        let is_there = |name: &str, bytes: u64| {
            let is_whole = stat(name).is_some_and(|stat| stat.len() == bytes);
            is_whole && changed(name).is_some_and(|changed| Some(changed) <= sealed)
        };
        let mut files = record.files.iter();
        record.run_id == id && files.all(|file| is_there(&file.name, file.bytes))
    })
}

/// Said of a file of an earlier run that is not what that run wrote.
pub fn broken(path: &Path, why: &dyn std::fmt::Display) -> Error {
    let what = format!("broken ({why}); --full computes all days without it");
    Error::data(path.display(), what)
}

/// The products of an earlier run by their ids.
fn names(path: &Path) -> Result<Vec<String>> {
    let failed = |e: PolarsError| broken(path, &e);
    let file = File::open(path).map_err(|e| Error::io("open", path.display(), e))?;
    let rows = ParquetReader::new(file).finish().map_err(failed)?;
    let names = rows.column("product").map_err(failed)?;
    let names = names.str().map_err(failed)?.iter();
    Ok(names
        .map(|name| name.unwrap_or_default().to_owned())
        .collect())
}

#[cfg(test)]
mod tests;
