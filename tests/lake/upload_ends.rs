//! Uploads that are killed, end by a signal, or meet another.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::common::chance::Chance;
use crate::common::{Running, Shop, stderr, stdout};
use crate::servers::{fs_shell, fs_text, hdfs, root};
use crate::upload::{bytes, counts, failed, fetched, is_hidden, listed, summary, upload, uploaded};

/// After each kill every file that has its name is whole, the old one or the new, and the next
/// upload begins at once and goes on.
#[test]
fn killed_uploads_leave_whole_files_and_are_resumed() {
    let Some(hdfs) = hdfs() else { return };
    let (shop, root) = (Shop::new(), root());
    let target = format!("{hdfs}/{root}");
    // All that a file ever was, the newest last.
    let mut files: BTreeMap<String, Vec<Vec<u8>>> = BTreeMap::new();
    let mut seeds = 0u64..;
    let mut write = |files: &mut BTreeMap<String, Vec<Vec<u8>>>, name: String, count: usize| {
        let content = bytes(count, seeds.next().unwrap());
        shop.write(&format!("data/input/{name}"), &content);
        files.entry(name).or_default().push(content);
    };
    for at in 0..12 {
        write(&mut files, format!("small-{at:02}.csv"), 1000 + at);
    }
    for at in 0..5 {
        write(&mut files, format!("large-{at}.csv"), 12_000_000);
    }
    let began = Instant::now();
    uploaded(&shop, &format!("{hdfs}/{root}-first"), &[]);
    let whole = began.elapsed();
    let mut chance = Chance::new(6);
    let (mut killed, mut drafts) = (0, 0);
    for round in 0..12 {
        let mut run = Running::of(upload(&shop, "root", &target, &[]));
        if run.ends_within(whole.mul_f64(chance.below(1000) as f64 / 1000.0)) {
            assert!(run.end().status.success(), "round {round}");
        } else {
            run.kill();
            killed += 1;
        }
        let folder = format!("/{root}/data/input");
        if !fs_shell(&["-test", "-d", &folder]).status.success() {
            continue;
        }
        for (name, content) in fetched(&root) {
            let known = is_hidden(&name) || files[&name].contains(&content);
            assert!(known, "round {round}: {name} is torn");
            drafts += u64::from(name.ends_with(".retail-upload"));
        }
        // New content of the same length, so that only the digest tells.
        for _ in 0..2 {
            write(
                &mut files,
                format!("large-{}.csv", chance.below(5)),
                12_000_000,
            );
            write(
                &mut files,
                format!("small-{:02}.csv", chance.below(9)),
                1001,
            );
        }
    }
    eprintln!("{killed} killed of 12, {drafts} drafts seen, {whole:?} for all");
    assert!(killed > 2);
    let told = uploaded(&shop, &target, &[]);
    assert_eq!(counts(&told)[0] + counts(&told)[1], 17);
    let mut there = fetched(&root);
    there.retain(|name, _| name != "_retail_uploads.jsonl");
    let newest = files
        .into_iter()
        .map(|(name, mut all)| (name, all.pop().unwrap()));
    assert!(there == newest.collect(), "{:?}", there.keys());
}

/// What the ledger on HDFS told of before the kill is not uploaded again, and it grows while the
/// upload goes on.
#[test]
fn a_kill_loses_the_last_moments_of_the_ledger_only() {
    let Some(hdfs) = hdfs() else { return };
    let (shop, root) = (Shop::new(), root());
    let target = format!("{hdfs}/{root}");
    const FILES: u64 = 150;
    for at in 0..FILES {
        shop.write(&format!("data/input/{at:03}.csv"), format!("{at}"));
    }
    let mut run = Running::of(upload(&shop, "root", &target, &["--jobs", "1"]));
    let ledger = format!("/{root}/data/input/_retail_uploads.jsonl");
    let mut told = Vec::new();
    while told.len() < 2 {
        assert!(!run.ends_within(Duration::ZERO), "ended at {told:?}");
        // It is not there at first, and for a moment while it is replaced.
        let output = fs_shell(&["-cat", &ledger]);
        let lines = stdout(&output).lines().count() as u64;
        if output.status.success() && told.last().copied().unwrap_or(0) < lines {
            told.push(lines);
        }
    }
    run.kill();
    let skipped = counts(&uploaded(&shop, &target, &["--dry-run"]))[1];
    assert!((told[1]..FILES).contains(&skipped), "{skipped}, {told:?}");
    let rest = counts(&uploaded(&shop, &target, &[]));
    assert_eq!(rest, [FILES - skipped, skipped, 0]);
}

/// A lock of a dead process of this machine holds nobody up; elsewhere that takes twelve seconds.
#[test]
fn a_dead_uploads_lock_is_taken_at_once() {
    let Some(hdfs) = hdfs() else { return };
    let (shop, root) = (Shop::new(), root());
    let target = format!("{hdfs}/{root}");
    shop.write("data/input/a.csv", "one");
    uploaded(&shop, &target, &[]);
    shop.write("data/input/b.csv.gz", bytes(60_000_000, 1));
    let mut run = Running::of(upload(&shop, "root", &target, &[]));
    assert!(!run.ends_within(Duration::from_millis(1500)), "too fast");
    run.kill();
    let rows = listed(&root);
    let held = |path: &str| path.starts_with("data/.input.retail-lock-");
    assert!(rows.iter().any(|row| held(&row.2)), "{rows:?}");
    fs::remove_file(shop.path("data/input/b.csv.gz")).unwrap();
    let began = Instant::now();
    assert_eq!(counts(&uploaded(&shop, &target, &[])), [0, 1, 0]);
    assert!(began.elapsed() < Duration::from_secs(10));
    let rows = listed(&root);
    assert!(rows.iter().all(|row| !row.2.contains("/.")), "{rows:?}");
}

#[test]
fn a_signal_takes_unfinished_files_back() {
    let Some(hdfs) = hdfs() else { return };
    let (shop, root) = (Shop::new(), root());
    let target = format!("{hdfs}/{root}");
    shop.write("data/input/0.csv", "first");
    for at in 0..6 {
        shop.write(&format!("data/input/{at}.csv.gz"), bytes(60_000_000, at));
    }
    let mut run = Running::of(upload(&shop, "root", &target, &[]));
    assert!(!run.ends_within(Duration::from_millis(2000)), "too fast");
    run.signal("INT");
    let began = Instant::now();
    let output = run.end();
    assert!(began.elapsed() < Duration::from_secs(5));
    assert_eq!(output.status.code(), Some(130), "{}", stderr(&output));
    for (.., path) in listed(&root) {
        assert!(!path.contains("/."), "{path} stays");
    }
    let ledger = fs_text(&["-cat", &format!("/{root}/data/input/_retail_uploads.jsonl")]);
    assert!(ledger.contains("\"0.csv\""), "{ledger}");
}

#[test]
fn the_second_of_two_at_once_is_refused() {
    let Some(hdfs) = hdfs() else { return };
    let (shop, root) = (Shop::new(), root());
    let target = format!("{hdfs}/{root}");
    for at in 0..3 {
        shop.write(&format!("data/input/{at}.csv.gz"), bytes(60_000_000, at));
    }
    let mut first = Running::of(upload(&shop, "root", &target, &[]));
    let port = std::env::var("RETAIL_HDFS_HTTP_PORT").unwrap_or_else(|_| "19870".to_owned());
    let folder = format!("http://127.0.0.1:{port}/webhdfs/v1/{root}/data?op=LISTSTATUS");
    let has_lock = || {
        let names = Command::new("curl").args(["-s", &folder]).output().unwrap();
        let is_lock = |word: &str| word.contains("retail-lock-") && !word.ends_with(".tmp");
        stdout(&names).split('"').any(is_lock)
    };
    assert!(first.until(has_lock), "it has ended");
    // Whatever the machine does, it is at work as long as the second looks.
    first.signal("STOP");
    let second = upload(&shop, "root", &target, &[]).output().unwrap();
    first.signal("CONT");
    let line = failed(&second, 1);
    let holder = format!("in use by pid {}, retail upload-hdfs", first.pid());
    assert!(line.contains(&holder), "{line}");
    assert_eq!(counts(&summary(&first.end())), [3, 0, 0]);
}
