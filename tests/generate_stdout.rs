//! `retail generate --output -`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::io::Read;
use std::process::Stdio;

use common::{Shop, stderr, stdout};

const STANDARD: [&str; 3] = ["generate", "--start-date", "2025-01-01"];

#[test]
fn stdout_gets_one_header_and_nothing_is_written() {
    let shop = Shop::new();
    for (format, header) in [("csv", 1), ("jsonl", 0)] {
        let args = [&STANDARD[..], &["--days", "3", "--format", format]].concat();
        let output = shop.run(&[&args[..], &["--output", "-"]].concat());
        assert!(output.status.success(), "{}", stderr(&output));
        assert_eq!(stderr(&output), "");
        assert!(shop.tree(".").is_empty(), "{:?}", shop.tree(".").keys());
        let files = Shop::new();
        files.json(&args);
        let mut expected = String::new();
        for (i, day) in ["2025-01-01", "2025-01-02", "2025-01-03"]
            .iter()
            .enumerate()
        {
            let text = files.read(&format!("data/input/retail_{day}.{format}"));
            let skipped = if i == 0 { 0 } else { header };
            expected.extend(text.split_inclusive('\n').skip(skipped));
        }
        assert!(stdout(&output) == expected, "{format}");
    }
    let parquet = shop.fail(&["generate", "--output", "-", "--format", "parquet"], 2);
    assert!(parquet.contains("--format parquet"), "{parquet}");
    let json = shop.fail(&["--json", "generate", "--output", "-"], 2);
    assert!(json.contains("--json"), "{json}");
    assert!(shop.tree(".").is_empty());
}

#[test]
fn a_reader_of_stdout_may_leave_early() {
    let shop = Shop::new();
    let mut child = shop
        .retail(&["generate", "--days", "3000", "--output", "-"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut head = [0; 20];
    let mut pipe = child.stdout.take().expect("a pipe");
    pipe.read_exact(&mut head).expect("a header");
    assert_eq!(&head, b"order_id,order_date,");
    drop(pipe);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(stderr(&output), "");
}

#[test]
fn a_full_stdout_is_an_error() {
    let shop = Shop::new();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full");
    let output = shop
        .retail(&["generate", "--output", "-"])
        .stdout(full.expect("/dev/full"))
        .output()
        .expect("it starts");
    assert_eq!(output.status.code(), Some(1));
    let text = stderr(&output);
    assert!(text.starts_with("error: stdout: cannot write"), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
}
