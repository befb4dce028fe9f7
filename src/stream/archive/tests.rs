//! The crash matrix of the archive: an end between every two steps of every commit and merge, and
//! again in the first steps after the restart. Each message is there once in the end, and no
//! reader ever finds one twice, or misses one that was there before.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use arrow::array::{Array, AsArray};
use arrow::datatypes::{Int32Type, Int64Type, TimestampMillisecondType};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Map;
use tempfile::TempDir;

use super::run::{Watch, run};
use super::shelf::{Limits, Shelf};
use super::state::{Archive, Plan};
use super::summary::Summary;
use crate::error::{Error, Result};
use crate::signal::Stop;
use crate::source::archive::current;
use crate::source::parquet_file::ParquetFile;
use crate::source::reject::Spot;
use crate::store::{self, Location};
use crate::stream::checkpoint::{Offset, Position};
use crate::stream::origin::Origin;
use crate::stream::source::{Polled, Source, Take};
use crate::stream::state::Step;

const PARTITIONS: usize = 2;
/// Messages of each partition.
const MESSAGES: i64 = 24;
/// Messages that are read between two commits.
const BATCH: i64 = 6;

/// A key, a value and a time.
type Content = (Option<Vec<u8>>, Option<Vec<u8>>, Option<i64>);

/// What stands at a place: keys or none, values that are JSON, no JSON, no text, empty or none, of
/// several dates and of none.
fn content(partition: usize, offset: i64) -> Content {
    let n = offset * 2 + partition as i64;
    let key = (n % 3 > 0).then(|| format!("P{}", n % 5).into_bytes());
    let value = match n % 7 {
        0 => None,
        1 => Some(Vec::new()),
        2 => Some(vec![0xff, 0, n as u8]),
        3 => Some(format!("no sale {n}").into_bytes()),
        _ => Some(format!(r#"{{"product":"P","amount":{n}}}"#).into_bytes()),
    };
    let day = 86_400_000 * (20_000 + n / 30);
    let stamp = match n % 11 {
        9 => None,
        10 => Some(i64::MAX),
        _ => Some(day + n),
    };
    (key, value, stamp)
}

/// Reads both partitions, from the position of the last commit on.
struct Script([i64; PARTITIONS]);

impl Source<Shelf> for Script {
    fn poll(&mut self, _: Duration, shelf: &mut Shelf) -> Result<Polled> {
        shelf.partitions(PARTITIONS);
        for _ in 0..BATCH {
            // The second lags behind the first.
            let second = self.0[1] * 3 < self.0[0] * 2 || self.0[0] == MESSAGES;
            let partition = usize::from(second);
            if self.0[partition] == MESSAGES {
                continue;
            }
            let offset = self.0[partition];
            let (key, value, stamp) = content(partition, offset);
            let from = Origin {
                partition,
                spot: Spot {
                    source: "sales",
                    line: None,
                    partition: Some(partition),
                    offset: Some(offset),
                },
                believed: None,
                key: key.as_deref(),
                stamp,
            };
            shelf.message(value.as_deref(), from)?;
            self.0[partition] += 1;
        }
        Ok(match self.0 == [MESSAGES; PARTITIONS] {
            true => Polled::End,
            false => Polled::More,
        })
    }

    fn position(&self) -> Position {
        let offset = |next| Offset { next, stamp: None };
        Position::Kafka(self.0.map(offset).to_vec())
    }
}

struct Blind;

impl Watch for Blind {
    fn turn(&mut self, _: &Archive, _: Option<u64>) {}
    fn committed(&mut self, _: Duration) {}
}

fn place(dir: &Path, name: &str) -> Location {
    Location::from_path(&dir.join(name)).unwrap()
}

/// Runs in `dir` until the end, or until `crash` steps have been passed; gives the steps that
/// were.
fn attempt(dir: &Path, crash: Option<usize>) -> (Result<Summary>, Vec<Step>) {
    let plan = Plan {
        output: place(dir, "lake"),
        checkpoint: place(dir, "checkpoint"),
        identity: Map::new(),
        settings: Map::new(),
        fresh: None,
        limits: Limits {
            bytes: 1 << 20,
            age: Duration::ZERO,
        },
    };
    let mut archive = match Archive::open(plan) {
        Ok(archive) => archive,
        Err(e) => return (Err(e), Vec::new()),
    };
    let next = match &archive.position {
        Some(Position::Kafka(offsets)) => [offsets[0].next, offsets[1].next],
        _ => [0, 0],
    };
    let (sender, steps) = std::sync::mpsc::channel();
    let mut passed = 0;
    archive.set_hook(Box::new(move |step| {
        sender.send(step).unwrap();
        passed += 1;
        match crash {
            Some(limit) if passed > limit => Err(Error::Internal("crash".to_owned())),
            _ => Ok(()),
        }
    }));
    let (mut source, ends) = (Script(next), ("sales", true));
    let summary = run(&mut archive, &mut source, ends, &Stop::never(), &mut Blind);
    drop(archive);
    (summary, steps.iter().collect())
}

type Held = BTreeMap<(usize, i64), Content>;

/// What a reader of the archive finds now, and in how many files; a message twice is an error.
fn held(dir: &Path) -> (Held, usize) {
    let lake = place(dir, "lake");
    let store = store::open(&lake).unwrap();
    let mut held = Held::new();
    let mut files = 0;
    for entry in current(&*store, &lake).unwrap() {
        files += 1;
        let file = ParquetFile::new(store.clone(), &entry);
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
        for batch in reader.build().unwrap() {
            let batch = batch.unwrap();
            let (keys, values) = (batch.column(4), batch.column(5));
            let bytes = |column: &dyn Array, row| {
                let column = column.as_binary::<i32>();
                column.is_valid(row).then(|| column.value(row).to_vec())
            };
            let stamps = batch.column(3).as_primitive::<TimestampMillisecondType>();
            for row in 0..batch.num_rows() {
                assert_eq!(batch.column(0).as_string::<i32>().value(row), "sales");
                let partition = batch.column(1).as_primitive::<Int32Type>().value(row);
                let offset = batch.column(2).as_primitive::<Int64Type>().value(row);
                let stamp = stamps.is_valid(row).then(|| stamps.value(row));
                let content = (bytes(keys, row), bytes(values, row), stamp);
                let twice = held.insert((partition as usize, offset), content);
                assert_eq!(twice, None, "{partition}/{offset} in {}", entry.path);
            }
        }
    }
    (held, files)
}

fn expected() -> Held {
    let places = (0..PARTITIONS).flat_map(|p| (0..MESSAGES).map(move |offset| (p, offset)));
    places
        .map(|(p, offset)| ((p, offset), content(p, offset)))
        .collect()
}

/// Ends a run after each step, and the next after each of its first `again` steps.
fn matrix(again: usize) {
    let expected = expected();
    let whole = TempDir::new().unwrap();
    let (summary, steps) = attempt(whole.path(), None);
    let summary = summary.unwrap();
    let (found, files) = held(whole.path());
    assert_eq!(found, expected);
    assert_eq!((summary.read, summary.written), (48, 48));
    assert_eq!(summary.files, files as u64);
    let commits = steps
        .iter()
        .filter(|step| **step == Step::Committed)
        .count();
    let turns = steps.iter().filter(|step| **step == Step::Recorded).count();
    assert!(commits > turns, "{commits} {turns}");
    assert!(files < turns, "{files}");
    for first in 0..steps.len() {
        for second in 0..=again {
            let dir = TempDir::new().unwrap();
            let mut crashes = vec![first];
            crashes.extend((second < again).then_some(second));
            let mut before = 0;
            for crash in crashes {
                let (ended, steps) = attempt(dir.path(), Some(crash));
                assert_eq!(
                    ended.is_err(),
                    steps.len() > crash,
                    "{first} {second}: {ended:?}"
                );
                let (found, _) = held(dir.path());
                assert!(found.len() >= before, "{first} {second}");
                before = found.len();
                assert!(
                    found
                        .iter()
                        .all(|(place, is)| expected.get(place) == Some(is))
                );
            }
            let (summary, _) = attempt(dir.path(), None);
            assert_eq!(summary.unwrap().written, 48, "{first} {second}");
            assert_eq!(held(dir.path()).0, expected, "{first} {second}");
        }
    }
}

#[test]
fn an_end_between_any_two_steps_changes_nothing() {
    matrix(0);
}

#[test]
fn nor_do_two_ends() {
    matrix(5);
}
