//! A look at the inputs before they are played: how many records each holds, from when to when,
//! and whether it is still the file it was.

use std::io::{self, Read};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use twox_hash::XxHash3_128;

use crate::error::{Error, Result};
use crate::events::batch::Order;
use crate::record::event::time_of;
use crate::record::{Mapping, Reason, Row, Rules, Time};
use crate::signal::Stop;
use crate::source::accept::{Accept, Position, Raw};
use crate::source::chunk::Chunk;
use crate::source::collect::{Collector, Early, FirstRecords, Report};
use crate::source::feed::Feed;
use crate::source::input::Input;
use crate::source::reject::excerpt;
use crate::store;
use crate::store::run_record::InputFile;

/// Characters of a rejected record that a message shows.
const EXAMPLE: usize = 80;

/// What a file holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Surveyed {
    /// Records, good and bad.
    pub records: u64,
    /// First and last event time.
    pub span: Option<(Time, Time)>,
}

/// Looks through all inputs. With `check`, a file of which most first records are rejected is an
/// error that names the option that would read it.
///
/// # Errors
/// When an input cannot be read, fails the check, or a signal came.
pub fn survey(
    inputs: &Arc<[Input]>,
    rules: &Arc<Rules>,
    delimiter: Option<u8>,
    check: bool,
    stop: &Stop,
) -> Result<Vec<Surveyed>> {
    let paths = inputs.iter().map(|input| input.path.clone()).collect();
    let collector = Collector::new(
        paths,
        io::sink(),
        if check {
            FirstRecords::On
        } else {
            FirstRecords::Off
        },
    );
    let mut look = Look {
        rules,
        found: vec![Surveyed::default(); inputs.len()],
        report: Report::default(),
    };
    let mut feed = Feed::new(Arc::clone(inputs), Arc::clone(rules), delimiter);
    let mut chunk = Chunk::default();
    while feed.next(&mut chunk)? {
        stop.check()?;
        look.report.source = chunk.source;
        let records = chunk.read(&mut look)?;
        look.found[chunk.source].records += records;
        let mut report = std::mem::take(&mut look.report);
        report.records = records;
        collector.last(chunk.sequence, report)?;
    }
    feed.mapping()?;
    collector.finish()?;
    Ok(look.found)
}

struct Look<'a> {
    rules: &'a Rules,
    found: Vec<Surveyed>,
    report: Report,
}

impl Accept for Look<'_> {
    fn accept(
        &mut self,
        row: &impl Row,
        mapping: &Mapping,
        _at: Position,
        _text: &[u8],
    ) -> Result<(), Reason> {
        let time = time_of(row, mapping, self.rules)?;
        let found = &mut self.found[self.report.source];
        let (first, last) = found.span.unwrap_or((time, time));
        found.span = Some((first.min(time), last.max(time)));
        Ok(())
    }

    fn reject(&mut self, reason: Reason, at: Position, raw: Raw<'_>) -> Result<()> {
        if Report::is_early(at.record) {
            let known = self.report.early.iter().any(|e| e.reason == reason);
            self.report.early.push(Early {
                record: at.record,
                reason,
                example: (!known).then(|| (at.line, excerpt(raw, EXAMPLE))),
            });
        }
        Ok(())
    }
}

/// Files that overlap in event time, put together so that groups follow each other; in file
/// order each by itself, shuffled all together.
pub fn groups(found: &[Surveyed], order: Order) -> Vec<Vec<usize>> {
    let all = 0..found.len();
    match order {
        Order::File => return all.map(|i| vec![i]).collect(),
        Order::Shuffle => return vec![all.collect()],
        Order::Time | Order::Standing => {}
    }
    let mut by_start: Vec<usize> = all.collect();
    by_start.sort_by_key(|&i| (found[i].span.map(|span| span.0), i));
    let mut groups: Vec<(Option<Time>, Vec<usize>)> = Vec::new();
    for i in by_start {
        let (first, last) = (found[i].span.map(|s| s.0), found[i].span.map(|s| s.1));
        match groups.last_mut() {
            // Equal times go by file, so they belong together.
            Some((end, files)) if first <= *end => {
                *end = last.max(*end);
                files.push(i);
            }
            _ => groups.push((last, vec![i])),
        }
    }
    let sorted = groups.into_iter().map(|(_, mut files)| {
        files.sort_unstable();
        files
    });
    sorted.collect()
}

/// A file as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Its path below the place that was named: that may be spelt in many ways.
    pub name: String,
    /// Its path as it was shown.
    pub path: String,
    /// When it was last written, UTC.
    pub modified: String,
    /// Its length.
    pub bytes: u64,
    /// XXH3 of its content, 128 bits in hexadecimal.
    pub digest: String,
}

impl Mark {
    /// Whether both are the same file with the same content.
    pub fn is(&self, other: &Self) -> bool {
        self.name == other.name && self.bytes == other.bytes && self.digest == other.digest
    }
}

impl From<&Mark> for InputFile {
    fn from(mark: &Mark) -> Self {
        Self {
            path: mark.path.clone(),
            bytes: mark.bytes,
            modified: mark.modified.clone(),
        }
    }
}

/// What tells a file from any other.
///
/// # Errors
/// When it cannot be read, or a signal came.
pub fn mark(input: &Input, stop: &Stop) -> Result<Mark> {
    let mut file = store::open(&input.entry.location)?.open(&input.entry.location)?;
    let mut hasher = XxHash3_128::new();
    let mut buffer = vec![0; 256 << 10];
    let mut bytes = 0;
    loop {
        stop.check()?;
        match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => {
                hasher.write(&buffer[..count]);
                bytes += count as u64;
            }
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(Error::io("read", &input.path, e)),
        }
    }
    Ok(Mark {
        name: input.entry.path.clone(),
        path: input.path.clone(),
        modified: InputFile::from(&input.entry).modified,
        bytes,
        digest: format!("{:032x}", hasher.finish_128()),
    })
}
