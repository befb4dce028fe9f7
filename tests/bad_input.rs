//! Input that cannot be read, and input that is made to harm.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use common::{Shop, gzip, stderr};
use serde_json::{Value, json};

const HEADER: &str = "product,date,amount\n";
const SALE: &str = "Tea,2025-01-01,1.50\n";
/// Bytes without a line end.
const ENDLESS: usize = 112 << 20;
/// What a run of two threads over them may hold, in KiB.
const MEMORY: u64 = 64 << 10;

/// Runs batch over one file, which must go well, and gives its summary.
fn read(name: &str, content: impl AsRef<[u8]>) -> (Shop, Value) {
    let shop = Shop::new();
    shop.write(&format!("data/input/{name}"), content);
    let summary = shop.json(&["batch"]);
    (shop, summary)
}

/// A shop with an output, so that a failing run has something to spare.
fn with_output() -> Shop {
    let shop = Shop::new();
    shop.write("first.csv", format!("{HEADER}{SALE}"));
    shop.json(&["batch", "--input", "first.csv"]);
    shop
}

/// Batch over `data/input` must fail with an error that has all `parts`, and spare the output.
fn refuses(shop: &Shop, parts: &[&str]) {
    let before = shop.tree("data/output");
    assert!(before.contains_key("analysis_csv/part-00000.csv"));
    let error = shop.fail(&["batch"], 1);
    for part in parts {
        assert!(error.contains(part), "{error}");
    }
    assert!(shop.tree("data/output") == before, "{error}");
    assert_eq!(shop.litter(), Vec::<String>::new());
}

fn rejects(shop: &Shop) -> Vec<Value> {
    let lines = shop.read("data/output/analysis_parquet/_rejects/part-00000.jsonl");
    let parse = |line: &str| serde_json::from_str(line).expect("JSON");
    lines.lines().map(parse).collect()
}

#[test]
fn a_file_without_a_usable_column_is_refused() {
    let shop = with_output();
    shop.write("data/input/good.csv", format!("{HEADER}{SALE}"));
    shop.write("data/input/odd.csv", "colour,size\nred,1\n");
    let parts = ["data/input/odd.csv", "colour, size", "--map product="];
    refuses(&shop, &parts);
}

#[test]
fn a_first_line_that_names_the_separator_is_no_header() {
    for (name, line, separator) in [
        ("a.csv", "sep=;\r\n", ";"),
        ("b.csv", "\u{feff}sep=|\n", "|"),
        ("c.csv", "sep=\t\n", "\t"),
    ] {
        let rows = format!("{HEADER}{SALE}Tea,2025-01-01,x\n").replace(',', separator);
        let (shop, summary) = read(name, format!("{line}{rows}"));
        assert_eq!(summary["accepted"], 1, "{name}");
        assert_eq!(summary["grand_total"], "1.50", "{name}");
        // The line that names the separator is counted.
        assert_eq!(rejects(&shop)[0]["line"], 4, "{name}");
    }
}

#[test]
fn a_header_without_end_is_refused_in_bounded_memory() {
    let shop = with_output();
    shop.write("data/input/a.csv", vec![b'x'; ENDLESS]);
    let (output, peak) = shop.start(&["batch", "--threads", "2"]).end_with_peak();
    assert_eq!(output.status.code(), Some(1));
    let text = stderr(&output);
    assert!(text.contains("data/input/a.csv:1: no line end"), "{text}");
    assert!(0 < peak && peak < MEMORY, "{peak} KiB");
}

#[test]
fn a_record_without_end_is_one_reject_in_bounded_memory() {
    let endless = vec![b'x'; ENDLESS];
    let sale = br#"{"product":"Tea","date":"2025-01-01","amount":1.50}"#;
    for (name, before, after) in [
        ("a.csv", HEADER.as_bytes(), SALE.as_bytes()),
        ("a.jsonl", b"", sale),
    ] {
        let shop = Shop::new();
        let content = [before, &endless, b"\n", after].concat();
        shop.write(&format!("data/input/{name}"), content);
        let (output, peak) = shop
            .start(&["--json", "batch", "--threads", "2"])
            .end_with_peak();
        let summary: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("{name}: {}", stderr(&output)));
        assert_eq!(summary["read"], 2, "{name}");
        assert_eq!(summary["rejected_by_reason"], json!({"too_long": 1}));
        assert_eq!(summary["grand_total"], "1.50");
        let reject = &rejects(&shop)[0];
        assert_eq!(reject["line"], 1 + u64::from(name == "a.csv"));
        // Kept is what a person can look at.
        let kept = reject["raw"].as_str().expect("text").len();
        assert!(kept > 0 && kept < 1 << 20, "{kept}");
        assert!(0 < peak && peak < MEMORY, "{name}: {peak} KiB");
    }
}

#[test]
fn a_gzip_bomb_is_read_in_bounded_memory() {
    let shop = Shop::new();
    // One member after the other, so that packing takes no time.
    let zeros = gzip(&vec![0; 1 << 20]).repeat(ENDLESS >> 20);
    let end = gzip(format!("\n{SALE}").as_bytes());
    let packed = [gzip(HEADER.as_bytes()), zeros, end].concat();
    assert!(packed.len() < ENDLESS / 100);
    shop.write("data/input/a.csv.gz", packed);
    let (output, peak) = shop
        .start(&["--json", "batch", "--threads", "2"])
        .end_with_peak();
    let summary: Value = serde_json::from_slice(&output.stdout).expect("a summary");
    assert_eq!(summary["read"], 2);
    assert_eq!(summary["rejected"], 1);
    assert_eq!(summary["grand_total"], "1.50");
    assert!(0 < peak && peak < MEMORY, "{peak} KiB");
}

#[test]
fn bytes_that_are_no_text_cost_their_record_only() {
    let rows: [&[u8]; 5] = [
        b"T\0ea,2025-01-01,10\n",
        SALE.as_bytes(),
        b"Caf\xe9,2025-01-01,20\n",
        b"Caf\xc3\xa9,2025-01-01,2\n",
        b"\0\0\0\0\n",
    ];
    let (shop, summary) = read("a.csv", [HEADER.as_bytes(), &rows.concat()].concat());
    assert_eq!(summary["read"], 5);
    assert_eq!(
        summary["rejected_by_reason"],
        json!({"nul_byte": 2, "invalid_utf8": 1})
    );
    assert_eq!(summary["grand_total"], "3.50");
    let found = rejects(&shop);
    let lines: Vec<_> = found.iter().map(|reject| &reject["line"]).collect();
    assert_eq!(lines, [2, 4, 6]);
    assert_eq!(found[0]["raw"], "T\0ea,2025-01-01,10");
    assert_eq!(found[1]["raw"], "Caf\u{fffd},2025-01-01,20");
}

#[test]
fn a_quote_never_closed_costs_one_record() {
    // Many pieces follow the quote; the rows in them are read all the same.
    let many = 60_000;
    let rows = SALE.repeat(many);
    let text = format!("{HEADER}{SALE}\"Open,2025-01-01,7\n{rows}");
    let (shop, summary) = read("a.csv", text);
    assert_eq!(summary["read"], many + 2);
    assert_eq!(summary["rejected_by_reason"], json!({"broken_quoting": 1}));
    // 60,001 times 1.50.
    assert_eq!(summary["grand_total"], "90001.50");
    assert_eq!(rejects(&shop)[0]["line"], 3);
    assert_eq!(rejects(&shop)[0]["raw"], "\"Open,2025-01-01,7");
}

#[test]
fn a_cut_or_false_gzip_stops_the_run() {
    let shop = with_output();
    let packed = gzip(format!("{HEADER}{}", SALE.repeat(30_000)).as_bytes());
    shop.write("data/input/a.csv", format!("{HEADER}{SALE}"));
    for length in [packed.len() - 1, packed.len() - 8, packed.len() / 2, 5] {
        shop.write("data/input/b.csv.gz", &packed[..length]);
        refuses(&shop, &["data/input/b.csv.gz:", "cannot read"]);
    }
    // One wrong bit in the checksum.
    let mut wrong = packed.clone();
    let at = wrong.len() - 6;
    wrong[at] ^= 1;
    shop.write("data/input/b.csv.gz", &wrong);
    refuses(&shop, &["data/input/b.csv.gz:", "cannot read"]);
    shop.write("data/input/b.csv.gz", format!("{HEADER}{SALE}"));
    refuses(&shop, &["data/input/b.csv.gz:", "cannot read"]);
    shop.write("data/input/b.csv.gz", packed);
    assert_eq!(shop.json(&["batch"])["read"], 30_001);
}

#[test]
fn links_in_a_circle_or_to_nowhere_are_named() {
    let shop = with_output();
    shop.write("data/input/sub/a.csv", format!("{HEADER}{SALE}"));
    let link = |aim: &str, parts: &[&str]| {
        let place = shop.path("data/input/sub/link.csv");
        symlink(aim, &place).expect("a link");
        refuses(&shop, &[&["data/input/sub/link.csv: "], parts].concat());
        fs::remove_file(place).expect("removed");
    };
    link("../../input", &["leads back to data/input", "remove it"]);
    link("nowhere.csv", &["leads nowhere", "remove it"]);
    link("link.csv", &["leads nowhere", "remove it"]);
    // A link to a file or folder elsewhere is read.
    symlink("../../first.csv", shop.path("data/input/also.csv")).expect("a link");
    assert_eq!(shop.json(&["batch"])["read"], 2);
}

#[test]
fn folders_may_be_called_like_files() {
    let shop = with_output();
    fs::create_dir_all(shop.path("data/input/x.csv")).expect("a folder");
    refuses(&shop, &["data/input", "no .csv"]);
    shop.write("data/input/x.csv/y.csv", format!("{HEADER}{SALE}"));
    let summary = shop.json(&["batch"]);
    assert_eq!(
        (&summary["files"], &summary["read"]),
        (&json!(1), &json!(1))
    );
}

#[test]
fn a_file_that_cannot_be_read_stops_the_run() {
    let shop = with_output();
    shop.write("data/input/a.csv", format!("{HEADER}{SALE}"));
    // Its first page is no memory, so that reading fails even for root.
    symlink("/proc/self/mem", shop.path("data/input/b.csv")).expect("a link");
    refuses(&shop, &["data/input/b.csv", "cannot read", "os error"]);
}

#[test]
fn what_is_neither_file_nor_folder_is_no_input() {
    let shop = Shop::new();
    let made = Command::new("mkfifo").arg(shop.path("pipe.csv")).status();
    assert!(made.expect("mkfifo runs").success());
    for input in ["pipe.csv", "/dev/null"] {
        let error = shop.fail(&["batch", "--input", input], 1);
        assert!(error.contains(input), "{error}");
        assert!(error.contains("neither a file nor a folder"), "{error}");
    }
    // A file of which more is asked, and a file with no known ending.
    shop.write("a.csv", format!("{HEADER}{SALE}"));
    shop.write("a.txt", format!("{HEADER}{SALE}"));
    let below = shop.fail(&["batch", "--input", "a.csv/b.csv"], 1);
    assert!(below.contains("a.csv/b.csv: there is no such"), "{below}");
    let ending = shop.fail(&["batch", "--input", "a.txt"], 1);
    assert!(ending.contains("names of data end in .csv"), "{ending}");
    assert!(!shop.path("data").exists());
}
