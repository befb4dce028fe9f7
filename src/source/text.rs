//! Text sources in pieces of whole records, in bounded memory.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;

use memchr::{memchr, memchr_iter, memrchr};

use crate::error::{Error, Result};
use crate::record::{Mapping, Rules};
use crate::source::chunk::{Body, Chunk};
use crate::source::csv::{Fields, Layout, Quoting, complete_prefix, sniff_delimiter};
use crate::source::json::EventColumns;

/// Bytes that a piece usually holds: enough to make its overhead small, little enough to
/// stay in a core's cache. Unit tests take tiny pieces, so that records lie across them.
const PIECE: usize = if cfg!(test) { 64 } else { 512 << 10 };
/// A record longer than this is rejected, so that a file without line ends stays bounded.
const MAX_RECORD: usize = if cfg!(test) { 4 << 10 } else { 16 << 20 };
/// What is kept of a record that is too long.
const HEAD: usize = if cfg!(test) { 100 } else { 64 << 10 };
/// What one read of a pipe takes at most.
const LIVE: usize = 64 << 10;
/// A header is found within this many bytes.
const MAX_HEADER: usize = 1 << 20;

/// Reads one text source from its start.
pub struct TextReader {
    reader: Box<dyn Read + Send>,
    path: String,
    /// Read, but not given out yet.
    carry: Vec<u8>,
    /// Byte position of the carry in the (decompressed) source.
    offset: u64,
    /// Line number of the carry, from 1.
    line: u64,
    ended: bool,
    /// Whether to take what is there rather than wait for a whole piece.
    live: bool,
    body: Body,
}

impl TextReader {
    /// Opens JSON lines.
    ///
    /// # Errors
    /// When the start cannot be read, or is UTF-16.
    pub fn json(
        reader: Box<dyn Read + Send>,
        path: &str,
        live: bool,
        columns: &Arc<EventColumns>,
    ) -> Result<Self> {
        Self::start(reader, path, live, Body::Json(Arc::clone(columns)))
    }

    /// Opens CSV: reads the header, finds the separator and maps the columns. `None` for a
    /// source without any line.
    ///
    /// # Errors
    /// When the start cannot be read, when there is no header, or no usable column in it.
    pub fn csv(
        reader: Box<dyn Read + Send>,
        path: &str,
        live: bool,
        delimiter: Option<u8>,
        rules: &Rules,
    ) -> Result<Option<Self>> {
        let mut delimiter = delimiter;
        let mut this = Self::start(reader, path, live, Body::Nothing)?;
        let mut fields = Fields::default();
        loop {
            let first_line = memchr(b'\n', &this.carry).unwrap_or(this.carry.len());
            if this.ended && this.carry.is_empty() {
                return Ok(None);
            }
            let separator = delimiter.unwrap_or_else(|| sniff_delimiter(&this.carry[..first_line]));
            let found = fields.split(&this.carry, separator, true, this.ended);
            let Some(span) = found else {
                if this.carry.len() >= MAX_HEADER {
                    return Err(Error::data(
                        format!("{path}:{}", this.line),
                        "no line end in the first MiB; a CSV file begins with a header line",
                    ));
                }
                this.fill((this.carry.len() * 2).max(PIECE))?;
                continue;
            };
            if span.quoting == Quoting::Broken {
                return Err(Error::data(
                    format!("{path}:{}", this.line),
                    "the header's quoting is broken; mend it",
                ));
            }
            let first = this.carry[..span.end].trim_ascii();
            // Excel's own way to tell the separator to itself.
            let told = told_separator(first).filter(|_| this.line == 1);
            delimiter = delimiter.or(told);
            let blank = first.is_empty() || told.is_some();
            if !blank {
                let row = fields.row(&this.carry);
                let names = (0..fields.count())
                    .map(|i| String::from_utf8_lossy(crate::record::Row::get(&row, i)).into_owned())
                    .collect();
                let mapping = Mapping::of_header(names, rules, path)?;
                this.body = Body::Csv(Arc::new(Layout {
                    delimiter: separator,
                    mapping,
                }));
            }
            let is_cut = !this.carry[..span.next].ends_with(b"\n");
            this.advance(span.next);
            // What would come next, did the file not end with its header.
            this.line += u64::from(is_cut);
            if !blank {
                return Ok(Some(this));
            }
        }
    }

    fn start(reader: Box<dyn Read + Send>, path: &str, live: bool, body: Body) -> Result<Self> {
        let mut this = Self {
            reader,
            path: path.to_owned(),
            carry: Vec::new(),
            offset: 0,
            line: 1,
            ended: false,
            live,
            body,
        };
        this.fill(PIECE)?;
        if this.carry.starts_with(&[0xff, 0xfe]) || this.carry.starts_with(&[0xfe, 0xff]) {
            return Err(Error::data(
                path,
                "is UTF-16; convert it to UTF-8 first, such as with iconv -f UTF-16 -t UTF-8",
            ));
        }
        if this.carry.starts_with(b"\xef\xbb\xbf") {
            this.carry.drain(..3);
            this.offset = 3;
        }
        Ok(this)
    }

    /// Of CSV, how it is laid out and the line of what comes next.
    pub fn layout(&self) -> Option<(Arc<Layout>, u64)> {
        match &self.body {
            Body::Csv(layout) => Some((Arc::clone(layout), self.line)),
            _ => None,
        }
    }

    /// The mapping of the header, as a summary states it; nothing for JSON lines.
    pub fn describe(&self) -> BTreeMap<String, String> {
        match &self.body {
            Body::Csv(layout) => layout.mapping.describe(|_| true),
            _ => BTreeMap::new(),
        }
    }

    /// Fills `chunk` with the next whole records; `false` at the end.
    ///
    /// # Errors
    /// When the source cannot be read.
    pub fn next(&mut self, chunk: &mut Chunk) -> Result<bool> {
        let mut wanted = PIECE;
        // What came along with the start must not wait for what comes next.
        let mut read = !self.live || self.whole() == 0;
        let whole = loop {
            if std::mem::replace(&mut read, true) {
                self.fill(wanted)?;
            }
            let whole = self.whole();
            if whole > 0 || self.ended {
                break whole;
            }
            if self.carry.len() >= MAX_RECORD {
                self.too_long(chunk)?;
                return Ok(true);
            }
            wanted = (self.carry.len() * 2).clamp(PIECE, MAX_RECORD);
        };
        if whole == 0 {
            return Ok(false);
        }
        chunk.line = self.line;
        chunk.offset = self.offset;
        chunk.body = self.body.clone();
        // The tail is short: copy it, and hand the large buffer over.
        let tail = self.carry.split_off(whole);
        std::mem::swap(&mut chunk.text, &mut self.carry);
        self.carry.clear();
        self.carry.extend_from_slice(&tail);
        self.line += newlines(&chunk.text);
        self.offset += whole as u64;
        Ok(true)
    }

    /// Bytes of whole records that have been read.
    fn whole(&self) -> usize {
        match &self.body {
            _ if self.ended => self.carry.len(),
            Body::Csv(layout) => complete_prefix(&self.carry, layout.delimiter),
            _ => memrchr(b'\n', &self.carry).map_or(0, |i| i + 1),
        }
    }

    /// Skips a record that never ends in reasonable length, keeping its head.
    fn too_long(&mut self, chunk: &mut Chunk) -> Result<()> {
        chunk.line = self.line;
        chunk.offset = self.offset;
        chunk.text.clear();
        chunk
            .text
            .extend_from_slice(&self.carry[..self.carry.len().min(HEAD)]);
        let mut length = 0u64;
        loop {
            if let Some(end) = memchr(b'\n', &self.carry) {
                length += end as u64;
                self.advance(end + 1);
                break;
            }
            length += self.carry.len() as u64;
            self.advance(self.carry.len());
            if self.ended {
                break;
            }
            self.fill(PIECE)?;
        }
        chunk.body = Body::TooLong { length };
        Ok(())
    }

    fn advance(&mut self, bytes: usize) {
        self.line += newlines(&self.carry[..bytes]);
        self.offset += bytes as u64;
        self.carry.drain(..bytes);
    }

    fn fill(&mut self, wanted: usize) -> Result<()> {
        let missing = wanted.saturating_sub(self.carry.len());
        if self.ended || missing == 0 {
            return Ok(());
        }
        if self.live {
            return self.take_what_is_there(missing);
        }
        let got = (&mut self.reader)
            .take(missing as u64)
            .read_to_end(&mut self.carry)
            .map_err(|e| {
                let line = self.line + newlines(&self.carry);
                Error::io("read", format!("{}:{line}", self.path), e)
            })?;
        self.ended = got < missing;
        Ok(())
    }

    /// One read, which waits only while there is nothing.
    fn take_what_is_there(&mut self, most: usize) -> Result<()> {
        let held = self.carry.len();
        self.carry.resize(held + most.min(LIVE), 0);
        let got = loop {
            match self.reader.read(&mut self.carry[held..]) {
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        let got = got.map_err(|e| {
            self.carry.truncate(held);
            let line = self.line + newlines(&self.carry);
            Error::io("read", format!("{}:{line}", self.path), e)
        })?;
        self.carry.truncate(held + got);
        self.ended = got == 0;
        Ok(())
    }
}

/// The separator in a first line `sep=;`, which is no header.
fn told_separator(line: &[u8]) -> Option<u8> {
    match line.strip_prefix(b"sep=")? {
        [separator] => Some(*separator),
        // A tab at the end of a line looks like a blank.
        [] => Some(b'\t'),
        _ => None,
    }
}

fn newlines(text: &[u8]) -> u64 {
    memchr_iter(b'\n', text).count() as u64
}
