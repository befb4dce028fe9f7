//! Sorting any number of events in bounded memory: sorted runs on disk, merged.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::events::batch::{Batch, Entry, Event};
use crate::record::{Reason, Time};

/// What is held before a run goes to disk.
const IN_MEMORY: usize = if cfg!(test) { 4 << 10 } else { 64 << 20 };

/// Collects events.
#[derive(Debug)]
pub struct Sorter {
    runs: Vec<File>,
    dir: PathBuf,
}

impl Sorter {
    /// Runs go to `dir`, without a name: they vanish with the process.
    pub fn new(dir: &Path) -> Self {
        Self {
            runs: Vec::new(),
            dir: dir.to_owned(),
        }
    }

    /// Spills `batch` if it has grown too large.
    ///
    /// # Errors
    /// When the run cannot be written.
    pub fn fit(&mut self, batch: &mut Batch) -> Result<()> {
        if batch.bytes() < IN_MEMORY {
            return Ok(());
        }
        batch.sort();
        let file = tempfile::tempfile_in(&self.dir).and_then(|file| write(file, batch));
        self.runs.push(file.map_err(|e| self.failed(e))?);
        batch.clear();
        Ok(())
    }

    /// All events in order: those spilled and those in `batch`.
    ///
    /// # Errors
    /// When a run cannot be read.
    pub fn merge(self, mut batch: Batch) -> Result<Merge> {
        batch.sort();
        let place = self.dir.display().to_string();
        let mut merge = Merge {
            batch,
            next: 0,
            runs: Vec::new(),
            heap: BinaryHeap::new(),
            current: None,
            place,
        };
        for file in self.runs {
            let run = merge.runs.len();
            merge.runs.push(Run {
                file: BufReader::with_capacity(128 << 10, file),
                entry: None,
                text: Vec::new(),
            });
            merge.advance(run)?;
        }
        Ok(merge)
    }

    fn failed(&self, e: io::Error) -> Error {
        Error::io("write a temporary file in", self.dir.display(), e)
    }
}

/// What an event is sorted by: its rank, and where it came from to make that unique.
type Rank = (u64, u32, u64);

/// Events in order.
#[derive(Debug)]
pub struct Merge {
    batch: Batch,
    next: usize,
    runs: Vec<Run>,
    /// The rank of the next event of each run.
    heap: BinaryHeap<Reverse<(Rank, usize)>>,
    /// Where the event stepped to is.
    current: Option<At>,
    place: String,
}

#[derive(Debug, Clone, Copy)]
enum At {
    Memory,
    Run(usize),
}

#[derive(Debug)]
struct Run {
    file: BufReader<File>,
    entry: Option<Entry>,
    text: Vec<u8>,
}

impl Merge {
    /// Steps to the next event; false at the end.
    ///
    /// # Errors
    /// When a run cannot be read.
    pub fn step(&mut self) -> Result<bool> {
        match self.current.take() {
            Some(At::Run(run)) => self.advance(run)?,
            Some(At::Memory) => self.next += 1,
            None => {}
        }
        let in_memory = self.batch.entries.get(self.next).map(Entry::rank);
        match (self.heap.peek(), in_memory) {
            (Some(Reverse((rank, run))), memory) if memory.is_none_or(|m| *rank < m) => {
                self.current = Some(At::Run(*run));
                self.heap.pop();
            }
            (_, Some(_)) => self.current = Some(At::Memory),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The event stepped to.
    pub fn current(&self) -> Option<Event<'_>> {
        match self.current? {
            At::Memory => self.batch.get(self.next),
            At::Run(run) => {
                let run = &self.runs[run];
                run.entry.map(|entry| entry.event(&run.text))
            }
        }
    }

    /// Reads the next event of a run.
    fn advance(&mut self, at: usize) -> Result<()> {
        let run = &mut self.runs[at];
        run.entry = read(&mut run.file, &mut run.text)
            .map_err(|e| Error::io("read a temporary file in", &self.place, e))?;
        if let Some(entry) = run.entry {
            self.heap.push(Reverse((entry.rank(), at)));
        }
        Ok(())
    }
}

/// Bytes before the text of an event in a run.
const HEAD: usize = 45;

fn write(file: File, batch: &Batch) -> io::Result<File> {
    let mut out = BufWriter::with_capacity(1 << 20, file);
    for entry in &batch.entries {
        let mut head = Vec::with_capacity(HEAD);
        head.extend_from_slice(&entry.key.to_le_bytes());
        head.extend_from_slice(&entry.source.to_le_bytes());
        head.extend_from_slice(&entry.order.to_le_bytes());
        head.extend_from_slice(&entry.line.to_le_bytes());
        let time = entry.time.map_or(i64::MIN, Time::micros);
        head.extend_from_slice(&time.to_le_bytes());
        head.push(entry.broken.map_or(u8::MAX, |reason| reason as u8));
        head.extend_from_slice(&entry.json.to_le_bytes());
        head.extend_from_slice(&entry.product.to_le_bytes());
        out.write_all(&head)?;
        let length = entry.json as usize + entry.product as usize;
        out.write_all(&batch.text[entry.start..entry.start + length])?;
    }
    let mut file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.rewind()?;
    Ok(file)
}

/// `None` at the end of the run.
fn read(file: &mut BufReader<File>, text: &mut Vec<u8>) -> io::Result<Option<Entry>> {
    let mut head = [0u8; HEAD];
    match file.read_exact(&mut head) {
        Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let mut rest = &head[..];
    let mut take = |bytes: usize| {
        let (value, after) = rest.split_at(bytes);
        rest = after;
        value
            .iter()
            .rev()
            .fold(0u64, |sum, byte| sum << 8 | u64::from(*byte))
    };
    let key = take(8);
    let source = take(4) as u32;
    let (order, line, time) = (take(8), take(8), take(8) as i64);
    let reason = take(1) as usize;
    let (json, product) = (take(4) as u32, take(4) as u32);
    text.resize(json as usize + product as usize, 0);
    file.read_exact(text)?;
    Ok(Some(Entry {
        key,
        source,
        order,
        line,
        time: Time::from_micros(time),
        broken: Reason::ALL.get(reason).copied(),
        json,
        product,
        start: 0,
    }))
}
