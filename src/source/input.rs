//! What a run reads: files of known formats, and standard input.

use std::collections::{HashMap, hash_map};
use std::path::Path;
use std::time::SystemTime;

use crate::error::{Error, Result};
use crate::source::archive;
use crate::store::{self, Entry, Location};

/// The name of standard input.
pub const STDIN: &str = "-";

/// How a file is read, by its extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `.csv`
    Csv,
    /// `.csv.gz`
    CsvGz,
    /// `.jsonl`
    JsonLines,
    /// `.parquet`
    Parquet,
    /// Standard input: JSON lines or CSV, by its first lines.
    Stdin,
}

impl Format {
    /// By the extension of `name`, whatever its case; `None` for what is no data.
    pub fn of(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let known = [
            (".csv", Self::Csv),
            (".csv.gz", Self::CsvGz),
            (".jsonl", Self::JsonLines),
            (".parquet", Self::Parquet),
        ];
        let found = known.into_iter().find(|(end, _)| name.ends_with(end));
        found.map(|(_, format)| format)
    }
}

/// One file to read.
#[derive(Debug, Clone)]
pub struct Input {
    /// Where it stands, as messages show it.
    pub path: String,
    /// The file as it was listed.
    pub entry: Entry,
    /// How to read it.
    pub format: Format,
}

impl Input {
    /// Standard input, which messages call `-`.
    ///
    /// # Errors
    /// None that can be helped: `-` is a path like any other.
    pub fn stdin() -> Result<Self> {
        let location = Location::from_path(Path::new(STDIN))?;
        Ok(Self {
            path: STDIN.to_owned(),
            entry: Entry {
                path: STDIN.to_owned(),
                location,
                len: 0,
                modified: SystemTime::now(),
            },
            format: Format::Stdin,
        })
    }
}

/// Looks whether all inputs are still as they were listed: one that changed under us would make
/// figures that nobody can reproduce.
///
/// # Errors
/// [`Error::Data`] for the first that changed.
pub fn unchanged(inputs: &[Input]) -> Result<()> {
    for input in inputs.iter().filter(|i| i.format != Format::Stdin) {
        let now = store::open(&input.entry.location)?.list(&input.entry.location)?;
        let same = |e: &Entry| e.len == input.entry.len && e.modified == input.entry.modified;
        if !now.iter().any(same) {
            return Err(Error::data(
                &input.path,
                "changed while it was read; run again when nothing writes to it",
            ));
        }
    }
    Ok(())
}

/// Every data file below `places`, in the order of their paths' bytes. `may_be_missing` says
/// whether a place that does not exist is as good as an empty folder. A place that a killed run
/// left half switched is made whole first.
///
/// # Errors
/// When a place does not exist, cannot be listed, or is a file that is no data.
pub fn discover(places: &[Location], may_be_missing: bool) -> Result<Vec<Input>> {
    let mut inputs = Vec::new();
    for place in places {
        store::recover(place)?;
        let store = store::open(place)?;
        if store.stat(place)?.is_none() {
            if may_be_missing {
                continue;
            }
            return Err(Error::data(
                place,
                "there is no such file or folder; make one with retail generate, or name \
                 another",
            ));
        }
        for entry in archive::current(&*store, place)? {
            match Format::of(&entry.path) {
                Some(format) => inputs.push(Input {
                    path: entry.location.to_string(),
                    entry,
                    format,
                }),
                None if entry.location == *place => {
                    return Err(Error::data(
                        place,
                        "is no data file; names of data end in .csv, .csv.gz, .jsonl or .parquet",
                    ));
                }
                None => tracing::debug!("{}: no data by its extension", entry.location),
            }
        }
    }
    inputs.sort_by(|a, b| a.path.as_bytes().cmp(b.path.as_bytes()));
    // One file under two names, by a link or another spelling, counts once: under the first.
    let mut known = HashMap::new();
    let mut once = Vec::with_capacity(inputs.len());
    for input in inputs {
        let file = store::open(&input.entry.location)?.resolve(&input.entry.location)?;
        match known.entry(file) {
            hash_map::Entry::Vacant(new) => {
                new.insert(input.path.clone());
                once.push(input);
            }
            hash_map::Entry::Occupied(first) if *first.get() != input.path => {
                tracing::warn!("{} is {}; it counts once", input.path, first.get());
            }
            hash_map::Entry::Occupied(_) => {}
        }
    }
    Ok(once)
}
