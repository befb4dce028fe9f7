//! The sources of a run, one piece after the other.

use std::collections::BTreeMap;
use std::io::{BufReader, Read};
use std::sync::Arc;

use flate2::read::MultiGzDecoder;

use crate::error::{Error, Result};
use crate::record::{Mapping, Rules};
use crate::source::chunk::{Body, Chunk};
use crate::source::columns::ColumnReader;
use crate::source::text::TextReader;
use crate::store::{self, Entry, Location, Store};

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
                "there is no such file or folder; name another with --input",
            ));
        }
        for entry in store.list(place)? {
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
    inputs.dedup_by(|a, b| a.path == b.path);
    Ok(inputs)
}

/// Hands out the pieces of all inputs in order.
pub struct Feed {
    inputs: Arc<[Input]>,
    rules: Arc<Rules>,
    events: Arc<Mapping>,
    delimiter: Option<u8>,
    current: Option<Reader>,
    /// The input after the current one.
    next_input: usize,
    sequence: u64,
    first: bool,
    mapping: BTreeMap<String, Vec<String>>,
}

enum Reader {
    Text(TextReader),
    Columns(ColumnReader),
}

impl Feed {
    /// Prepares to read `inputs`; `delimiter` overrides what the headers of CSV files say.
    pub fn new(inputs: Arc<[Input]>, rules: Arc<Rules>, delimiter: Option<u8>) -> Self {
        Self {
            inputs,
            events: Arc::new(Mapping::of_events(&rules)),
            rules,
            delimiter,
            current: None,
            next_input: 0,
            sequence: 0,
            first: true,
            mapping: BTreeMap::new(),
        }
    }

    /// Fills `chunk` with the next piece; `false` when everything has been handed out.
    ///
    /// # Errors
    /// When an input cannot be read, or changed while it was read.
    pub fn next(&mut self, chunk: &mut Chunk) -> Result<bool> {
        loop {
            let more = match &mut self.current {
                Some(Reader::Text(text)) => text.next(chunk)?,
                Some(Reader::Columns(columns)) => match columns.next() {
                    Some((group, first_row)) => {
                        chunk.line = first_row + 1;
                        chunk.offset = first_row;
                        chunk.body = Body::Columns(group);
                        true
                    }
                    None => false,
                },
                None => false,
            };
            if more {
                chunk.source = self.next_input - 1;
                chunk.sequence = self.sequence;
                chunk.first = std::mem::take(&mut self.first);
                self.sequence += 1;
                return Ok(true);
            }
            self.check_size()?;
            if !self.open_next()? {
                return Ok(false);
            }
        }
    }

    /// The mapping in use over the inputs opened so far: field to columns.
    pub fn mapping(&self) -> BTreeMap<String, String> {
        let join =
            |(field, columns): (&String, &Vec<String>)| (field.clone(), columns.join(" or "));
        self.mapping.iter().map(join).collect()
    }

    fn open_next(&mut self) -> Result<bool> {
        let Some(input) = self.inputs.get(self.next_input) else {
            self.current = None;
            return Ok(false);
        };
        self.next_input += 1;
        self.first = true;
        let store = store::open(&input.entry.location)?;
        let reader = match input.format {
            Format::Csv | Format::CsvGz => TextReader::csv(
                open(&*store, input)?,
                &input.path,
                self.delimiter,
                &self.rules,
            )?
            .map(Reader::Text),
            Format::JsonLines => {
                let text = open(&*store, input)?;
                Some(Reader::Text(TextReader::json(
                    text,
                    &input.path,
                    &self.events,
                )?))
            }
            Format::Parquet => Some(Reader::Columns(ColumnReader::open(
                store,
                input,
                &self.rules,
            )?)),
        };
        let described = match &reader {
            Some(Reader::Text(text)) => text.describe(&self.rules),
            Some(Reader::Columns(columns)) => columns.mapping().describe(),
            None => BTreeMap::new(),
        };
        for (field, columns) in described {
            let known = self.mapping.entry(field).or_default();
            if !known.contains(&columns) {
                known.push(columns);
            }
        }
        self.current = reader;
        Ok(true)
    }

    /// An input that grew or shrank under us would make figures that nobody can reproduce.
    fn check_size(&self) -> Result<()> {
        let Some(Reader::Text(text)) = &self.current else {
            return Ok(());
        };
        let input = &self.inputs[self.next_input - 1];
        let (read, listed) = (text.bytes_read(), input.entry.len);
        if input.format == Format::CsvGz || read == listed {
            return Ok(());
        }
        Err(Error::data(
            &input.path,
            format!(
                "changed while it was read: {listed} bytes at first, {read} at the end; run again"
            ),
        ))
    }
}

fn open(store: &dyn Store, input: &Input) -> Result<Box<dyn Read + Send>> {
    let file = store.open(&input.entry.location)?;
    Ok(match input.format {
        Format::CsvGz => Box::new(MultiGzDecoder::new(BufReader::with_capacity(1 << 16, file))),
        _ => Box::new(file),
    })
}
