//! Rows of files into JSON events.

use std::fmt::Write as _;
use std::sync::Arc;

use crate::error::Result;
use crate::events::batch::{Batch, Entry, Order, chance, time_key};
use crate::events::topics::Topics;
use crate::record::clean::product;
use crate::record::event::time_of;
use crate::record::field::normalise;
use crate::record::{Mapping, Reason, Row, Rules, Time};
use crate::source::accept::{Accept, Position, Raw};
use crate::source::chunk::{Body, Chunk};

/// Takes the rows of files and keeps them as events.
///
/// A row of a CSV or Parquet file becomes an object with every column as text, and with
/// `event_time` in ISO form, which consumers of the replaced systems read. A JSON line stays as
/// it is. What is no record becomes a JSON string: every reader of events counts it as one
/// reject, and its text survives.
pub struct Encoder {
    rules: Arc<Rules>,
    order: Order,
    /// Whether anything depends on the times of events.
    timed: bool,
    lap: u64,
    batch: Batch,
    source: u32,
    is_json: bool,
    /// Whether an event may have several lines: it may in an archive.
    has_lines: bool,
    /// `"name":` of every column, made for the first row of each piece.
    names: Vec<Vec<u8>>,
    /// Whether the columns hold no `event_time`.
    add_time: bool,
    /// The last time met in the source: where a record without one is put.
    last: Option<Time>,
    span: Option<(Time, Time)>,
    day: (i32, String),
    topics: Option<Keys>,
}

/// What keys the events of several topics.
struct Keys {
    topics: Arc<Topics>,
    /// The latest time met in each topic.
    reached: Vec<Option<Time>>,
    /// The columns of the key in the present piece.
    columns: Option<Vec<usize>>,
    key: Vec<u8>,
}

impl Encoder {
    /// Nothing yet; for lap `lap` of a loop. Without `timed`, JSON lines are not asked for their
    /// time.
    pub fn new(rules: Arc<Rules>, order: Order, timed: bool, lap: u64) -> Self {
        Self {
            rules,
            order,
            timed,
            lap,
            batch: Batch::default(),
            source: 0,
            is_json: false,
            has_lines: false,
            names: Vec::new(),
            add_time: false,
            last: None,
            span: None,
            day: (i32::MIN, String::new()),
            topics: None,
        }
    }

    /// The same for the files of several topics.
    #[must_use]
    pub fn of_topics(mut self, topics: Arc<Topics>) -> Self {
        self.topics = Some(Keys {
            reached: vec![None; topics.keys.len()],
            topics,
            columns: None,
            key: Vec::new(),
        });
        self
    }

    /// Reads a piece of source number `source`; says how many records it has.
    ///
    /// # Errors
    /// When a columnar file cannot be read.
    pub fn read(&mut self, chunk: &mut Chunk, source: usize) -> Result<u64> {
        if chunk.first {
            self.last = None;
        }
        self.source = source as u32;
        self.is_json = matches!(chunk.body, Body::Json(_) | Body::Archive(_));
        self.has_lines = matches!(chunk.body, Body::Archive(_));
        self.names.clear();
        if let Some(keys) = &mut self.topics {
            keys.columns = None;
        }
        chunk.read(self)
    }

    /// The events so far.
    pub fn batch(&mut self) -> &mut Batch {
        &mut self.batch
    }

    /// The events so far, to look at.
    pub fn events(&self) -> &Batch {
        &self.batch
    }

    /// The first and the last event time met.
    pub fn span(&self) -> Option<(Time, Time)> {
        self.span
    }

    fn push(&mut self, start: usize, product: &[u8], at: Position, broken: Option<Reason>) {
        let time = self.last;
        let json = self.batch.text.len() - start;
        self.batch.text.extend_from_slice(product);
        let key = match self.order {
            Order::Time => time_key(time),
            Order::File => 0,
            Order::Standing => time_key(self.reached().or(time)),
            Order::Shuffle => chance(self.source, at.order, self.lap),
        };
        self.batch.entries.push(Entry {
            key,
            source: self.source,
            order: at.order,
            line: at.line,
            time,
            broken,
            json: json as u32,
            product: product.len() as u32,
            start,
        });
    }

    /// The latest time met in the topic of the source.
    fn reached(&self) -> Option<Time> {
        let keys = self.topics.as_ref()?;
        keys.reached[keys.topics.of(self.source as usize)]
    }

    fn prepare(&mut self, mapping: &Mapping) {
        self.add_time = true;
        for (i, name) in mapping.header().iter().enumerate() {
            let mut text = vec![if i == 0 { b'{' } else { b',' }];
            string(&mut text, name.as_bytes());
            text.push(b':');
            self.names.push(text);
            self.add_time &= normalise(name) != "eventtime";
        }
    }

    fn object(&mut self, row: &impl Row, mapping: &Mapping, time: Option<Time>) {
        if self.names.is_empty() {
            self.prepare(mapping);
        }
        let text = &mut self.batch.text;
        for (i, name) in self.names.iter().enumerate() {
            text.extend_from_slice(name);
            string(text, row.get(i));
        }
        if let (true, Some(time)) = (self.add_time, time) {
            text.extend_from_slice(b",\"event_time\":\"");
            iso(text, &mut self.day, time);
            text.push(b'"');
        }
        text.push(b'}');
    }
}

impl Accept for Encoder {
    fn accept(
        &mut self,
        row: &impl Row,
        mapping: &Mapping,
        at: Position,
        text: &[u8],
    ) -> Result<(), Reason> {
        let start = self.batch.text.len();
        let needed = self.timed || !self.is_json;
        let time = needed
            .then(|| time_of(row, mapping, &self.rules).ok())
            .flatten();
        if let Some(time) = time {
            self.last = Some(time);
            if let Some(keys) = &mut self.topics {
                let reached = &mut keys.reached[keys.topics.of(self.source as usize)];
                *reached = (*reached).max(Some(time));
            }
            let (first, last) = self.span.unwrap_or((time, time));
            self.span = Some((first.min(time), last.max(time)));
        }
        if self.is_json {
            self.batch.text.extend_from_slice(text);
            if self.has_lines {
                one_line(&mut self.batch.text[start..]);
            }
        } else {
            self.object(row, mapping, time);
        }
        match self.topics.take() {
            None => self.push(start, product(row, mapping).unwrap_or(b""), at, None),
            Some(mut keys) => {
                keys.read(row, mapping, self.source as usize);
                let key = std::mem::take(&mut keys.key);
                self.topics = Some(keys);
                self.push(start, &key, at, None);
                if let Some(keys) = &mut self.topics {
                    keys.key = key;
                }
            }
        }
        Ok(())
    }

    fn reject(&mut self, reason: Reason, at: Position, raw: Raw<'_>) -> Result<()> {
        let start = self.batch.text.len();
        let is_line = |text: &str| !text.trim().is_empty() && !text.contains(['\n', '\r']);
        if reason == Reason::NullValue {
            self.batch.text.extend_from_slice(b"null");
        } else if self.is_json && std::str::from_utf8(raw.bytes).is_ok_and(is_line) {
            self.batch.text.extend_from_slice(raw.bytes);
        } else {
            string(&mut self.batch.text, raw.bytes);
        }
        self.push(start, b"", at, Some(reason));
        Ok(())
    }
}

impl Keys {
    /// Reads the key of a row; it is empty where a part of it is.
    fn read(&mut self, row: &impl Row, mapping: &Mapping, source: usize) {
        let names = self.topics.keys[self.topics.of(source)];
        let columns = self.columns.get_or_insert_with(|| {
            let header = mapping.header();
            let find = |name: &str| {
                let name = normalise(name);
                header.iter().position(|column| normalise(column) == name)
            };
            let found: Option<Vec<_>> = names.iter().map(|name| find(name)).collect();
            found.unwrap_or_default()
        });
        self.key.clear();
        for (i, &column) in columns.iter().enumerate() {
            let part = row.get(column).trim_ascii();
            if part.is_empty() {
                return self.key.clear();
            }
            if i > 0 {
                self.key.push(b'_');
            }
            self.key.extend_from_slice(part);
        }
    }
}

/// Puts a JSON object on one line: between its values, line ends are as good as blanks.
fn one_line(json: &mut [u8]) {
    for byte in json {
        if matches!(*byte, b'\n' | b'\r') {
            *byte = b' ';
        }
    }
}

/// Bytes that JSON strings must escape; those above ASCII are left alone.
fn is_special(byte: &u8) -> bool {
    *byte < 0x20 || *byte == b'"' || *byte == b'\\'
}

/// Appends a JSON string.
fn string(out: &mut Vec<u8>, text: &[u8]) {
    if text.is_ascii() && !text.iter().any(is_special) {
        out.push(b'"');
        out.extend_from_slice(text);
        out.push(b'"');
        return;
    }
    // Writing a string to memory cannot fail.
    let _ = serde_json::to_writer(out, &String::from_utf8_lossy(text));
}

/// Appends `2025-01-01T09:05:00Z`; the text of the last day is kept in `day`.
fn iso(out: &mut Vec<u8>, day: &mut (i32, String), time: Time) {
    let micros = time.micros().rem_euclid(crate::record::time::DAY);
    if micros % crate::record::time::SECOND != 0 {
        out.extend_from_slice(time.to_string().as_bytes());
        return;
    }
    if day.0 != time.day().number() {
        day.0 = time.day().number();
        day.1.clear();
        let _ = write!(day.1, "{}", time.day());
    }
    let seconds = micros / crate::record::time::SECOND;
    let digits = |n: i64| [b'0' + (n / 10) as u8, b'0' + (n % 10) as u8];
    let ([h, hh], [m, mm], [s, ss]) = (
        digits(seconds / 3600),
        digits(seconds / 60 % 60),
        digits(seconds % 60),
    );
    out.extend_from_slice(day.1.as_bytes());
    out.extend_from_slice(&[b'T', h, hh, b':', m, mm, b':', s, ss, b'Z']);
}
