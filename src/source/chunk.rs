//! A piece of a source: whole records, read and handed on one by one.

use std::sync::Arc;

use memchr::{memchr, memchr_iter};

use crate::error::Result;
use crate::record::Reason;
use crate::source::accept::{Accept, Position, Raw};
use crate::source::archive::Messages;
use crate::source::columns::RowGroup;
use crate::source::csv::{Fields, Layout, Quoting};
use crate::source::json::{EventColumns, Events};

/// What a chunk holds.
#[derive(Debug, Clone, Default)]
pub enum Body {
    /// Not filled yet.
    #[default]
    Nothing,
    /// CSV records.
    Csv(Arc<Layout>),
    /// JSON lines.
    Json(Arc<EventColumns>),
    /// The head of one record that is too long.
    TooLong {
        /// Its whole length in bytes.
        length: u64,
    },
    /// Rows of a columnar file, not read yet.
    Columns(RowGroup),
    /// Messages of an archive, not read yet.
    Archive(Messages),
}

/// Whole records of one source. Its buffers are reused.
#[derive(Debug, Default)]
pub struct Chunk {
    /// Number of the chunk over all sources, from 0.
    pub sequence: u64,
    /// Number of the source, in the order of paths.
    pub source: usize,
    /// Whether it is the source's first.
    pub first: bool,
    /// Line of the first record, from 1.
    pub line: u64,
    /// Byte offset of the first record.
    pub offset: u64,
    /// The records' text.
    pub text: Vec<u8>,
    /// How to read it.
    pub body: Body,
    fields: Fields,
    events: Option<Events>,
}

impl Chunk {
    /// Hands every record to `accept` and says how many there were.
    ///
    /// # Errors
    /// When a columnar file cannot be read, or [`Accept::reject`] fails.
    pub fn read(&mut self, accept: &mut impl Accept) -> Result<u64> {
        match std::mem::take(&mut self.body) {
            Body::Nothing => Ok(0),
            Body::Csv(layout) => self.read_csv(&layout, accept),
            Body::Json(columns) => self.read_json(&columns, accept),
            Body::TooLong { length } => {
                let at = self.position(0, 0, 0);
                let raw = Raw {
                    length,
                    ..Raw::whole(&self.text)
                };
                accept.reject(Reason::TooLong, at, raw)?;
                Ok(1)
            }
            Body::Columns(group) => group.read(accept),
            Body::Archive(messages) => {
                let mut events = self.events_of(messages.columns());
                let read = messages.read(&mut events, accept);
                self.events = Some(events);
                read
            }
        }
    }

    /// What reads events of these columns; it is used again.
    fn events_of(&mut self, columns: &Arc<EventColumns>) -> Events {
        match self.events.take() {
            Some(events) if Arc::ptr_eq(events.known(), columns) => events,
            _ => Events::new(columns),
        }
    }

    fn position(&self, record: u64, at: usize, line: u64) -> Position {
        Position {
            record,
            order: self.offset + at as u64,
            line: self.line + line,
        }
    }

    fn read_csv(&mut self, layout: &Layout, accept: &mut impl Accept) -> Result<u64> {
        let faults = Faults::of(&self.text);
        let quotes = memchr(b'"', &self.text).is_some();
        let mut fields = std::mem::take(&mut self.fields);
        let (mut at, mut line, mut record) = (0, 0, 0);
        while at < self.text.len() {
            let rest = &self.text[at..];
            let Some(span) = fields.split(rest, layout.delimiter, quotes, true) else {
                break;
            };
            let content = &rest[..span.end];
            if !is_blank(content, layout.delimiter) {
                let at = self.position(record, at, line);
                let fault = match span.quoting {
                    Quoting::Broken => Some(Reason::BrokenQuoting),
                    Quoting::Sound if fields.count() > layout.mapping.header().len() => {
                        Some(Reason::TooManyFields)
                    }
                    Quoting::Sound => None,
                };
                let outcome = match faults.find(content).or(fault) {
                    Some(reason) => Err(reason),
                    None => accept.accept(&fields.row(rest), &layout.mapping, at, content),
                };
                if let Err(reason) = outcome {
                    accept.reject(reason, at, Raw::whole(content))?;
                }
                record += 1;
            }
            line += if quotes {
                memchr_iter(b'\n', &rest[..span.next]).count() as u64
            } else {
                1
            };
            at += span.next;
        }
        self.fields = fields;
        Ok(record)
    }

    fn read_json(&mut self, columns: &Arc<EventColumns>, accept: &mut impl Accept) -> Result<u64> {
        let faults = Faults::of(&self.text);
        let mut events = self.events_of(columns);
        let (mut at, mut line, mut record) = (0, 0, 0);
        while at < self.text.len() {
            let rest = &self.text[at..];
            let end = memchr(b'\n', rest).unwrap_or(rest.len());
            let content = rest[..end].strip_suffix(b"\r").unwrap_or(&rest[..end]);
            if !content.trim_ascii().is_empty() {
                let at = self.position(record, at, line);
                let text = faults.find(content).map_or_else(
                    || std::str::from_utf8(content).map_err(|_| Reason::InvalidUtf8),
                    Err,
                );
                let outcome = text.and_then(|text| {
                    events.read(text).map_err(|_| Reason::InvalidJson)?;
                    accept.accept(&events, columns.mapping(), at, content)
                });
                if let Err(reason) = outcome {
                    accept.reject(reason, at, Raw::whole(content))?;
                }
                record += 1;
            }
            at += end + 1;
            line += 1;
        }
        self.events = Some(events);
        Ok(record)
    }
}

/// Faults of bytes, looked for in the whole text at once: nearly always there are none.
struct Faults {
    nul: bool,
    utf8: bool,
}

impl Faults {
    fn of(text: &[u8]) -> Self {
        Self {
            nul: memchr(0, text).is_some(),
            utf8: simdutf8::basic::from_utf8(text).is_err(),
        }
    }

    #[inline]
    fn find(&self, record: &[u8]) -> Option<Reason> {
        if self.nul && memchr(0, record).is_some() {
            return Some(Reason::NulByte);
        }
        (self.utf8 && std::str::from_utf8(record).is_err()).then_some(Reason::InvalidUtf8)
    }
}

/// A line of blanks only; separators make a record of blank fields.
#[inline]
fn is_blank(content: &[u8], delimiter: u8) -> bool {
    match content.first() {
        None => true,
        Some(byte) if byte.is_ascii_whitespace() => {
            content.trim_ascii().is_empty() && memchr(delimiter, content).is_none()
        }
        Some(_) => false,
    }
}
