//! What a reader finds at any moment: `_open.json` and the folder together hold every window.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use arrow::array::AsArray;
use arrow::datatypes::{Decimal128Type, TimestampMicrosecondType};
use chrono::DateTime;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;

use crate::common::Shop;
use crate::common::figures::{assert_adds_up, count, open_windows, units};
use crate::output;

/// Rows and revenue by window start, in microseconds.
type Sums = BTreeMap<i64, (u64, i128)>;

/// What is in the files.
fn written(folder: &Path) -> Sums {
    let mut sums = Sums::new();
    let entries = fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    for path in paths.filter(|path| path.extension().is_some_and(|e| e == "parquet")) {
        let file = File::open(path).unwrap();
        let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
        for batch in reader.build().unwrap() {
            let batch = batch.unwrap();
            let revenue = batch.column(1).as_primitive::<Decimal128Type>();
            let start = batch.column(2).as_primitive::<TimestampMicrosecondType>();
            for (revenue, start) in revenue.values().iter().zip(start.values()) {
                let sum = sums.entry(*start).or_default();
                *sum = (sum.0 + 1, sum.1 + revenue);
            }
        }
    }
    sums
}

fn micros(time: &Value) -> i64 {
    let time = DateTime::parse_from_rfc3339(time.as_str().unwrap());
    time.unwrap().timestamp_micros()
}

/// One list of windows of a view.
fn told(view: &Value, list: &str) -> Sums {
    let windows = view[list].as_array().unwrap().iter().map(|window| {
        let products = window["products"].as_object().unwrap();
        let revenue = products.values().map(|sum| units(sum.as_str().unwrap()));
        let sum = (products.len() as u64, revenue.sum());
        (micros(&window["window_start"]), sum)
    });
    windows.collect()
}

const HOUR: i64 = 3_600_000_000;
/// Events that are fed at a time, and how often.
const BATCH: i64 = 900;
const BATCHES: i64 = 130;

/// A view and the files as they were when it was made; none where they are of another moment,
/// because a window has closed into a file since.
fn snapshot(folder: &Path) -> Option<(Value, Sums)> {
    let view = open_windows(folder)?;
    let files = written(folder);
    let mark = view["watermark"]
        .as_str()
        .map(|_| micros(&view["watermark"]));
    let later = |start: &i64| mark.is_none_or(|mark| start + HOUR > mark);
    (!files.keys().any(later)).then_some((view, files))
}

/// Holds the identity of the contract's §1 against what a reader finds; how many rows are in
/// files, and how many wait.
fn assert_whole(view: &Value, files: &Sums) -> (u64, u64) {
    let (mut closed, open) = (told(view, "closed"), told(view, "open"));
    for (start, sum) in files {
        // A window that is in a file never changes, so where it is told too, it is the same.
        let same = closed.remove(start).is_none_or(|told| told == *sum);
        assert!(same, "{start}");
    }
    let rows = |sums: &Sums| sums.values().map(|sum| sum.0).sum::<u64>();
    let revenue = |sums: &Sums| sums.values().map(|sum| sum.1).sum::<i128>();
    assert_eq!(view["truncated"], false);
    assert_eq!(rows(files) + rows(&closed), count(view, "windows"));
    let starts: BTreeSet<_> = closed.keys().chain(files.keys()).collect();
    assert!(open.keys().all(|start| !starts.contains(start)));
    let late = units(view["late_revenue"].as_str().unwrap());
    assert_eq!(
        revenue(files) + revenue(&closed) + revenue(&open) + late,
        4 * units(view["accepted_revenue"].as_str().unwrap())
    );
    let parts = ["accepted", "rejected", "duplicates"].map(|name| count(view, name));
    assert_eq!(parts.iter().sum::<u64>(), count(view, "read"));
    (rows(files), rows(&closed))
}

#[test]
fn a_reader_finds_every_window_at_any_moment() {
    let shop = Shop::new();
    let options = ["--input", "-", "--dedup", "order_id"];
    let (mut run, mut stdin) = shop.start_fed(&[&["--json", "stream"], &options[..]].concat());
    // A sale a second of 3,000 products: 100,000 rows, which go into a file at once, about every
    // 30,000 events. Some are late, some no sales, some sold twice.
    let feed = thread::spawn(move || {
        for batch in 0..BATCHES {
            let line = |n: i64| {
                let late = if n % 50 == 0 { 7_000 } else { 0 };
                let time = DateTime::from_timestamp(1_735_689_600 + n - late, 0).unwrap();
                let (order, kind) = (
                    n - i64::from(n % 40 == 1),
                    ["SALE", "RETURN"][(n % 7 == 0) as usize],
                );
                let amount = if n % 31 == 0 {
                    "none".to_owned()
                } else {
                    format!("{}.{:02}", n % 90, n % 100)
                };
                format!(
                    "{{\"order_id\":{order},\"product\":\"P{}\",\"amount\":\"{amount}\",\
                     \"transaction_type\":\"{kind}\",\"order_time\":\"{}\"}}\n",
                    n * 7 % 3_000,
                    time.format("%Y-%m-%dT%H:%M:%S")
                )
            };
            let lines: String = (batch * BATCH..(batch + 1) * BATCH).map(line).collect();
            stdin.write_all(lines.as_bytes()).unwrap();
            thread::sleep(Duration::from_millis(80));
        }
        stdin
    });
    let deadline = Instant::now() + Duration::from_secs(120);
    let (mut whole, mut heights) = (0, BTreeSet::new());
    let mut waited = 0;
    while !feed.is_finished() {
        assert!(Instant::now() < deadline, "{whole} snapshots");
        if let Some((view, files)) = snapshot(&output(&shop)) {
            let (rows, waiting) = assert_whole(&view, &files);
            heights.insert(rows);
            waited = waited.max(waiting);
            whole += 1;
        }
    }
    let stdin = feed.join().unwrap();
    // Quiet now: what is there belongs together.
    let last = loop {
        assert!(Instant::now() < deadline, "never quiet");
        match snapshot(&output(&shop)) {
            Some((view, files)) if count(&view, "read") == (BATCHES * BATCH) as u64 => {
                break (view, files);
            }
            _ => thread::sleep(Duration::from_millis(20)),
        }
    };
    let (rows, waiting) = assert_whole(&last.0, &last.1);
    eprintln!("{whole} snapshots, files of {heights:?} rows, up to {waited} waited");
    assert!(whole > 20, "{whole}");
    assert!(heights.len() > 2 && rows > 200_000, "{heights:?}");
    assert!(waited > 50_000 && waiting > 0, "{waited}, {waiting}");
    assert!(count(&last.0, "late") > 1_000 && count(&last.0, "duplicates") > 1_000);
    run.signal("INT");
    let ended = run.end();
    drop(stdin);
    let summary: Value = serde_json::from_slice(&ended.stdout).unwrap();
    assert_adds_up(&summary, 4);
    let (view, files) = snapshot(&output(&shop)).unwrap();
    assert_eq!(assert_whole(&view, &files), (count(&summary, "windows"), 0));
    // It was interrupted: its windows are open.
    assert_eq!(view["ended"], false);
    assert!(count(&view, "open_windows") > 0);
}
