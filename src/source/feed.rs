//! The sources of a run, one piece after the other.

use std::collections::BTreeMap;
use std::io::{self, BufReader, Read};
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use flate2::read::MultiGzDecoder;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};

use crate::error::{Error, Result};
use crate::record::{Field, Mapping, Rules};
use crate::source::archive::{ArchiveReader, is_archive};
use crate::source::chunk::{Body, Chunk};
use crate::source::columns::ColumnReader;
use crate::source::csv::Layout;
use crate::source::input::{Format, Input};
use crate::source::json::EventColumns;
use crate::source::parquet_file::ParquetFile;
use crate::source::sniff::sniff;
use crate::source::text::TextReader;
use crate::store::{self, Store};

/// Hands out the pieces of all inputs in order.
pub struct Feed {
    inputs: Arc<[Input]>,
    rules: Arc<Rules>,
    events: Arc<EventColumns>,
    delimiter: Option<u8>,
    current: Option<Reader>,
    /// The input after the current one.
    next_input: usize,
    sequence: u64,
    first: bool,
    mapping: BTreeMap<String, Vec<String>>,
    live: bool,
}

/// What a file says of itself at its beginning.
#[derive(Debug)]
pub enum Head {
    /// CSV without any line.
    Nothing,
    /// CSV.
    Csv {
        /// How it is laid out.
        layout: Arc<Layout>,
        /// The line of its first record, from 1.
        line: u64,
    },
    /// JSON lines.
    Json,
    /// Columns of these names and kinds.
    Columns {
        /// Which carries which field.
        mapping: Mapping,
        /// What they hold.
        schema: SchemaRef,
    },
    /// The archive of a stream.
    Archive,
}

enum Reader {
    Text(TextReader),
    Columns(ColumnReader),
    Archive(ArchiveReader),
}

impl Feed {
    /// Prepares to read `inputs`; `delimiter` overrides what the headers of CSV files say.
    pub fn new(inputs: Arc<[Input]>, rules: Arc<Rules>, delimiter: Option<u8>) -> Self {
        Self {
            inputs,
            events: Arc::new(EventColumns::new(&rules)),
            rules,
            delimiter,
            current: None,
            next_input: 0,
            sequence: 0,
            first: true,
            mapping: BTreeMap::new(),
            live: false,
        }
    }

    /// Of JSON lines only the values of `fields` are asked for.
    #[must_use]
    pub fn asking(mut self, fields: &[Field]) -> Self {
        self.events = Arc::new(EventColumns::of(&self.rules, fields));
        self
    }

    /// Notes the columns of events in `columns`, for who asks for them meanwhile.
    #[must_use]
    pub fn noting(mut self, columns: &Arc<EventColumns>) -> Self {
        self.events = Arc::clone(columns);
        self
    }

    /// Takes what a pipe holds at the moment, instead of waiting for a whole piece.
    #[must_use]
    pub fn live(mut self) -> Self {
        self.live = true;
        self
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
                Some(Reader::Archive(archive)) => match archive.next() {
                    Some((messages, first_row)) => {
                        chunk.line = first_row + 1;
                        chunk.offset = first_row;
                        chunk.body = Body::Archive(messages);
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
            if !self.open_next()? {
                return Ok(false);
            }
        }
    }

    /// The mapping in use over the inputs that were read: field to columns.
    ///
    /// # Errors
    /// [`crate::Error::Data`] when a name that the rules name occurred in no event.
    pub fn mapping(&mut self) -> Result<BTreeMap<String, String>> {
        self.events.check(&self.rules)?;
        self.note(self.events.describe());
        let join =
            |(field, columns): (&String, &Vec<String>)| (field.clone(), columns.join(" or "));
        Ok(self.mapping.iter().map(join).collect())
    }

    /// Reads the beginning of every input, in their order: all that must be known of them for
    /// somebody else to read the rest. The mapping of JSON lines is not known by it.
    ///
    /// # Errors
    /// When one cannot be read, or has no usable column.
    pub fn heads(&mut self) -> Result<Vec<Head>> {
        let mut heads = Vec::with_capacity(self.inputs.len());
        while self.open_next()? {
            heads.push(match &self.current {
                None => Head::Nothing,
                Some(Reader::Archive(_)) => Head::Archive,
                Some(Reader::Columns(columns)) => Head::Columns {
                    mapping: columns.mapping().clone(),
                    schema: columns.schema(),
                },
                Some(Reader::Text(text)) => match text.layout() {
                    Some((layout, line)) => Head::Csv { layout, line },
                    None => Head::Json,
                },
            });
        }
        Ok(heads)
    }

    fn note(&mut self, described: BTreeMap<String, String>) {
        for (field, columns) in described {
            let known = self.mapping.entry(field).or_default();
            if !known.contains(&columns) {
                known.push(columns);
            }
        }
    }

    fn open_next(&mut self) -> Result<bool> {
        let Some(input) = self.inputs.get(self.next_input) else {
            self.current = None;
            return Ok(false);
        };
        self.next_input += 1;
        self.first = true;
        let reader = self.open(input)?;
        self.note(match &reader {
            Some(Reader::Text(text)) => text.describe(),
            Some(Reader::Columns(columns)) => columns.mapping().describe(|_| true),
            Some(Reader::Archive(_)) | None => BTreeMap::new(),
        });
        self.current = reader;
        Ok(true)
    }

    /// `None` for a CSV source without any line.
    fn open(&self, input: &Input) -> Result<Option<Reader>> {
        let store = store::open(&input.entry.location)?;
        let (text, is_json): (Box<dyn Read + Send>, bool) = match input.format {
            Format::Parquet => {
                return self.open_parquet(store, input).map(Some);
            }
            Format::Stdin => {
                let mut stdin = io::stdin();
                let (head, is_json) = sniff(&mut stdin)?;
                (Box::new(io::Cursor::new(head).chain(stdin)), is_json)
            }
            // As empty as a CSV file without a byte, though gzip would call it cut.
            Format::CsvGz if input.entry.len == 0 => (Box::new(io::empty()), false),
            Format::CsvGz => {
                let packed = BufReader::with_capacity(1 << 16, store.open(&input.entry.location)?);
                (Box::new(MultiGzDecoder::new(packed)), false)
            }
            Format::Csv => (Box::new(store.open(&input.entry.location)?), false),
            Format::JsonLines => (Box::new(store.open(&input.entry.location)?), true),
        };
        let reader = if is_json {
            Some(TextReader::json(
                text,
                &input.path,
                self.live,
                &self.events,
            )?)
        } else {
            TextReader::csv(text, &input.path, self.live, self.delimiter, &self.rules)?
        };
        Ok(reader.map(Reader::Text))
    }

    fn open_parquet(&self, store: Arc<dyn Store>, input: &Input) -> Result<Reader> {
        let path = input.path.as_str();
        let file = ParquetFile::new(store, &input.entry);
        let metadata = ArrowReaderMetadata::load(&file, ArrowReaderOptions::default())
            .map_err(|e| Error::data(path, format!("is no readable Parquet file: {e}")))?;
        Ok(match is_archive(metadata.schema()) {
            true => Reader::Archive(ArchiveReader::new(path, file, metadata, &self.events)),
            false => Reader::Columns(ColumnReader::new(path, file, metadata, &self.rules)?),
        })
    }
}
