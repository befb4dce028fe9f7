//! A loop runs on: memory, files and checkpoint do not grow with it.

use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::common::Shop;
use crate::common::figures::{CHECKPOINT, assert_adds_up, classic, count, open_windows, wait_for};
use crate::{output, written};

/// Closed rows by which memory is taken to be at its height: by then they have gone into a file
/// once, as they do when there are 100,000.
const SETTLED: u64 = 150_000;
/// Closed rows after which the watch ends.
const ENOUGH: u64 = 450_000;
/// What memory may move by, in KiB. Kept, the rows alone would take twice as much.
const MARGIN: u64 = 12 << 10;

/// Files below a folder, and their bytes.
fn files(folder: &Path) -> (u64, u64) {
    let mut sum = (0, 0);
    for entry in fs::read_dir(folder).unwrap().flatten() {
        // What is replaced meanwhile may be gone.
        match entry.metadata() {
            Ok(data) if data.is_file() => sum = (sum.0 + 1, sum.1 + data.len()),
            _ => {}
        }
    }
    sum
}

#[test]
fn memory_and_files_of_a_loop_are_bounded() {
    let shop = Shop::new();
    classic(&shop);
    let options = ["--rate", "0", "--slide", "5m", "--dedup", "order_id"];
    let mut run = shop.start(&[&["--json", "stream", "--loop"], &options[..]].concat());
    let deadline = Instant::now() + Duration::from_secs(100);
    let (mut early, mut late, mut most_files, mut most_state) = (0, 0, 0, 0);
    loop {
        assert!(Instant::now() < deadline, "too slow to tell");
        sleep(Duration::from_millis(20));
        let Some(view) = open_windows(&output(&shop)) else {
            continue;
        };
        let memory = run.memory();
        match count(&view, "windows") {
            ENOUGH.. => break,
            SETTLED.. => late = late.max(memory),
            _ => early = early.max(memory),
        }
        let (state, bytes) = files(&shop.path(CHECKPOINT));
        most_state = most_state.max(bytes);
        most_files = most_files.max(files(&output(&shop)).0 + state);
    }
    run.signal("INT");
    let ended = run.end();
    let summary: serde_json::Value = serde_json::from_slice(&ended.stdout).unwrap();
    assert_adds_up(&summary, 12);
    assert!(count(&summary, "laps") > 50, "{summary}");
    eprintln!("{early} KiB, then {late} KiB");
    assert!(late < early + MARGIN, "{early} KiB, then {late} KiB");
    assert!(late < 64 << 10, "{late} KiB");
    // The output, its next form, _run.json, _open.json and its next form; one log, and the next.
    assert!(most_files <= 7, "{most_files}");
    // Changes are gathered up to 4 MiB; one more commit, and a whole state.
    assert!(most_state < 9 << 20, "{most_state}");
    assert_eq!(written(&shop).len() as u64, count(&summary, "windows"));
    let (left, _) = files(&output(&shop));
    assert!(left <= 3 + count(&summary, "windows") / 1_000_000, "{left}");
}

#[test]
fn a_checkpoint_does_not_grow_with_every_start() {
    let shop = Shop::new();
    classic(&shop);
    // Much changes in every run, and little of it stays: keys are forgotten within an hour.
    let keys = [
        "--dedup",
        "product,store_city,order_id",
        "--dedup-horizon",
        "1h",
    ];
    let args = [
        &[
            "stream",
            "--loop",
            "--rate",
            "0",
            "--commit-interval",
            "10ms",
        ],
        &keys[..],
    ];
    let mut most = 0;
    let mut read = 0;
    for _ in 0..10 {
        let mut run = shop.start(&args.concat());
        let wanted = read + 15_000;
        let view = wait_for(&output(&shop), Duration::from_secs(60), |view| {
            count(view, "read") > wanted
        });
        read = count(&view, "read");
        run.signal("INT");
        assert_eq!(run.end().status.code(), Some(130));
        most = most.max(files(&shop.path(CHECKPOINT)).1);
    }
    // 4 MiB of changes, and what a run adds to them before it looks.
    assert!(most < 6 << 20, "{most}");
}
