//! `retail generate`: the files, what is stated of them, and that batch finds the same.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{Shop, stderr};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const STANDARD: [&str; 3] = ["generate", "--start-date", "2025-01-01"];

fn truth(shop: &Shop) -> Value {
    serde_json::from_str(&shop.read("data/input/_truth.json")).expect("JSON")
}

/// The names of the files below `name`, without those of the run itself.
fn names(shop: &Shop, name: &str) -> Vec<String> {
    let marks = ["_SUCCESS", "_truth.json"];
    let names = shop.tree(name).into_keys();
    names
        .filter(|name| !marks.contains(&name.as_str()))
        .collect()
}

#[test]
fn the_classic_example_from_command_to_total() {
    let shop = Shop::new();
    let command = "generate --profile classic --days 14 --transactions-per-day 72 \
                   --start-date 2025-01-01 --output data/input";
    let args: Vec<_> = command.split_whitespace().collect();
    let made = shop.run(&args);
    assert!(made.status.success(), "{}", stderr(&made));
    let mut hash = Sha256::new();
    let files = names(&shop, "data/input");
    assert_eq!(files.len(), 14);
    assert_eq!(files[13], "retail_2025-01-14.csv");
    for name in &files {
        hash.update(shop.read(&format!("data/input/{name}")));
    }
    let hash: String = hash.finalize().iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(
        hash,
        "4deca26fba81eab75c24de744c3be56d8d483c95b8b591405aa1adc924059e79"
    );
    assert!(!shop.path("data/master").exists());
    let summary = shop.json(&["batch"]);
    assert_eq!(summary["files"], 14);
    assert_eq!(summary["read"], 1_008);
    assert_eq!(summary["accepted"], 1_008);
    assert_eq!(summary["grand_total"], "333734.73");
    let kpis = shop.read("data/output/analysis_csv_kpis/part-00000.csv");
    assert_eq!(
        kpis,
        "grand_total,distinct_products,rows\n333734.73,15,1008\n"
    );
    let daily = shop.read("data/output/analysis_csv/part-00000.csv");
    let lines: Vec<_> = daily.lines().collect();
    assert_eq!(lines.len(), 1 + 210);
    assert_eq!(
        lines[..5],
        [
            "order_date,product,total_amount",
            "2025-01-01,Chole Bhature,2667.07",
            "2025-01-01,Filter Coffee,842.37",
            "2025-01-01,Gulab Jamun Pack,2059.65",
            "2025-01-01,Idli Sambar Combo,1382.57",
        ]
    );
}

/// The daily totals of batch in the shape of `by_day_product`.
fn by_day_product(shop: &Shop) -> Value {
    let path = shop.path("data/output/analysis_csv/part-00000.csv");
    let mut reader = csv::Reader::from_path(path).expect("the output");
    let mut days: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for row in reader.records() {
        let row = row.expect("a row");
        let day = days.entry(row[0].to_owned()).or_default();
        assert!(
            day.insert(row[1].to_owned(), row[2].to_owned()).is_none(),
            "{row:?} stands twice"
        );
    }
    json!(days)
}

/// The sum of a count over all days.
fn over_days(truth: &Value, name: &str) -> u64 {
    let days = truth["days"].as_object().expect("days");
    days.values()
        .map(|day| day[name].as_u64().expect("a count"))
        .sum()
}

#[test]
fn batch_finds_in_every_format_what_the_truth_tells() {
    let mut stated = Vec::new();
    for format in ["csv", "jsonl", "parquet"] {
        let shop = Shop::new();
        let faults = ["--malformed", "0.05", "--duplicates", "0.02"];
        let size = ["--days", "6", "--transactions-per-day", "500"];
        let rest = ["--late", "0.01", "--format", format];
        let made = shop.json(&[&STANDARD[..], &size, &faults, &rest].concat());
        let truth = truth(&shop);
        let summary = shop.json(&["batch", "--dedup", "order_id"]);
        for (ours, theirs) in [
            ("read", "rows"),
            ("accepted", "valid_rows"),
            ("rejected", "malformed"),
            ("duplicates", "duplicates"),
            ("grand_total", "revenue"),
        ] {
            assert_eq!(summary[ours], truth[theirs], "{format} {ours}");
            assert_eq!(made[theirs], truth[theirs], "{format} {theirs}");
        }
        assert_eq!(by_day_product(&shop), truth["by_day_product"], "{format}");
        for count in ["rows", "valid_rows", "malformed", "duplicates", "late"] {
            assert_eq!(truth[count], over_days(&truth, count), "{format} {count}");
            assert_ne!(truth[count], 0, "{format} {count}");
        }
        for (day, revenue) in truth["by_day"].as_object().expect("days") {
            assert_eq!(truth["days"][day]["revenue"], *revenue, "{day}");
        }
        // Without --dedup every second copy counts again.
        let twice = shop.json(&["batch"]);
        assert_eq!(twice["duplicates"], 0);
        assert_ne!(twice["grand_total"], truth["revenue"]);
        stated.push(truth);
    }
    assert_eq!(stated[0], stated[1]);
    assert_eq!(stated[0], stated[2]);
}

#[test]
fn the_truth_has_the_promised_fields() {
    let shop = Shop::new();
    shop.json(&[&STANDARD[..], &["--days", "2"]].concat());
    let truth = truth(&shop);
    let keys = |value: &Value| -> BTreeSet<String> {
        value
            .as_object()
            .expect("an object")
            .keys()
            .cloned()
            .collect()
    };
    let set = |names: &[&str]| {
        names
            .iter()
            .map(|n| (*n).to_owned())
            .collect::<BTreeSet<_>>()
    };
    let counts = [
        "rows",
        "valid_rows",
        "malformed",
        "duplicates",
        "late",
        "revenue",
    ];
    let all = [&counts[..], &["by_day", "days", "by_day_product"]].concat();
    assert_eq!(keys(&truth), set(&all));
    let days = set(&["2025-01-01", "2025-01-02"]);
    for part in ["by_day", "days", "by_day_product"] {
        assert_eq!(keys(&truth[part]), days, "{part}");
    }
    assert_eq!(keys(&truth["days"]["2025-01-01"]), set(&counts));
    assert!(truth["revenue"].is_string());
}

#[test]
fn the_same_bytes_from_one_thread_and_from_sixteen() {
    for format in ["csv", "jsonl", "parquet"] {
        let made = |threads: &str| {
            let shop = Shop::new();
            let faults = [
                "--malformed",
                "0.03",
                "--duplicates",
                "0.03",
                "--late",
                "0.03",
            ];
            // More rows a day than are made at a time.
            let size = ["--days", "2", "--transactions-per-day", "9000"];
            let rest = ["--format", format, "--customers-csv", "--threads", threads];
            shop.json(&[&STANDARD[..], &size, &faults, &rest].concat());
            shop.tree("data")
        };
        let one = made("1");
        assert!(one.contains_key(&format!("input/retail_2025-01-02.{format}")));
        assert!(one == made("16"), "{format}");
    }
}

/// Files that look like ours, and are not.
const FOREIGN: [&str; 6] = [
    "notes.txt",
    "retail_x.csv",
    "mine.csv",
    "retail_2025-01-01.txt",
    "retail_2025-02-30.csv",
    "sub/retail_2025-01-01.csv",
];

#[test]
fn earlier_files_of_all_formats_go_and_nothing_else() {
    let shop = Shop::new();
    let earlier = [
        "retail_2024-12-30.csv",
        "retail_2024-12-30.csv.gz",
        "retail_2024-12-31.jsonl",
        "retail_2025-01-01.parquet",
    ];
    for name in FOREIGN.into_iter().chain(earlier) {
        shop.write(&format!("data/input/{name}"), name);
    }
    shop.write("data/master/mine.csv", "mine");
    shop.json(&[&STANDARD[..], &["--days", "1"]].concat());
    let mut expected: Vec<_> = FOREIGN.to_vec();
    expected.push("retail_2025-01-01.csv");
    expected.sort_unstable();
    assert_eq!(names(&shop, "data/input"), expected);
    for name in FOREIGN {
        assert_eq!(shop.read(&format!("data/input/{name}")), name);
    }
    assert_eq!(shop.read("data/master/mine.csv"), "mine");
    // Those of an earlier run go, too, and what was stated of them.
    shop.json(&["generate", "--start-date", "2025-03-01", "--days", "1"]);
    assert!(!shop.path("data/input/retail_2025-01-01.csv").exists());
    let truth = truth(&shop);
    assert_eq!(truth["days"].as_object().expect("days").len(), 1);
    assert!(truth["days"]["2025-03-01"].is_object());
}

#[test]
fn kept_days_and_new_ones_are_as_if_made_at_once() {
    let faults = ["--malformed", "0.05", "--duplicates", "0.05"];
    let whole = Shop::new();
    whole.json(&[&STANDARD[..], &["--days", "5"], &faults].concat());
    let parts = Shop::new();
    parts.json(&[&STANDARD[..], &["--days", "3"], &faults].concat());
    // Day 3 is made again, first as JSON lines and then, in their place, as CSV.
    let again = ["generate", "--start-date", "2025-01-03", "--keep-existing"];
    let json_lines = ["--days", "1", "--format", "jsonl"];
    parts.json(&[&again[..], &json_lines, &faults].concat());
    assert_eq!(
        names(&parts, "data/input"),
        [
            "retail_2025-01-01.csv",
            "retail_2025-01-02.csv",
            "retail_2025-01-03.jsonl"
        ]
    );
    for name in FOREIGN {
        parts.write(&format!("data/input/{name}"), name);
    }
    let summary = parts.json(&[&again[..], &["--days", "3"], &faults].concat());
    assert_eq!(summary["files"], 3);
    let mut tree = parts.tree("data");
    for name in FOREIGN {
        let content = tree.remove(&format!("input/{name}"));
        assert_eq!(content.as_deref(), Some(name.as_bytes()), "{name}");
    }
    assert!(tree == whole.tree("data"));
    // What nothing is known about stays, is named, and is not in the truth.
    whole.write("data/input/retail_2024-06-01.csv", "order_id\n");
    let args = [&STANDARD[..], &["--days", "5", "--keep-existing"], &faults].concat();
    let output = whole.run(&args);
    assert!(
        stderr(&output).contains("2024-06-01"),
        "{}",
        stderr(&output)
    );
    assert!(whole.path("data/input/retail_2024-06-01.csv").exists());
    assert_eq!(truth(&whole), truth(&parts));
}

/// A column of a CSV file.
fn column(shop: &Shop, name: &str, column: &str) -> Vec<String> {
    let mut reader = csv::Reader::from_path(shop.path(name)).expect("a file");
    let header = reader.headers().expect("a header").clone();
    let at = header.iter().position(|field| field == column);
    let at = at.unwrap_or_else(|| panic!("{name} has no {column}: {header:?}"));
    let rows = reader.records().map(|row| row.expect("a row"));
    rows.map(|row| row[at].to_owned()).collect()
}

#[test]
fn master_data_stands_beside_and_names_what_is_sold() {
    let shop = Shop::new();
    let sizes = ["--products", "250", "--stores", "12", "--customers", "90"];
    let args = [&STANDARD[..], &["--days", "2"], &sizes].concat();
    shop.json(&[&args[..], &["--customers-csv"]].concat());
    for (file, size, columns) in [
        ("products", 250, &["category", "brand", "unit_cost"][..]),
        (
            "stores",
            12,
            &["city", "region", "country", "square_footage"],
        ),
        ("customers", 90, &["customer_id"]),
    ] {
        for name in columns {
            let values = column(&shop, &format!("data/master/{file}.csv"), name);
            assert_eq!(values.len(), size, "{file}");
            assert!(
                values.iter().all(|value| !value.is_empty()),
                "{file} {name}"
            );
        }
    }
    for (master, key, sold) in [
        ("products", "product", "product"),
        ("stores", "store_id", "store_id"),
        ("customers", "customer_id", "customer_id"),
    ] {
        let known: BTreeSet<_> = column(&shop, &format!("data/master/{master}.csv"), key)
            .into_iter()
            .collect();
        let met: BTreeSet<_> = column(&shop, "data/input/retail_2025-01-01.csv", sold)
            .into_iter()
            .filter(|value| !value.is_empty())
            .collect();
        assert!(
            !met.is_empty() && met.is_subset(&known),
            "{master}: {met:?}"
        );
    }
    // On request only; and the folder may be another.
    shop.json(&[&args[..], &["--master", "elsewhere"]].concat());
    assert_eq!(names(&shop, "elsewhere"), ["products.csv", "stores.csv"]);
}

#[test]
fn no_transactions_leave_headers_and_an_empty_truth() {
    for profile in ["standard", "classic"] {
        let shop = Shop::new();
        let size = ["--days", "2", "--transactions-per-day", "0"];
        shop.json(&[&STANDARD[..], &size, &["--profile", profile]].concat());
        let text = shop.read("data/input/retail_2025-01-02.csv");
        assert_eq!(text.lines().count(), 1, "{profile}");
        let truth = truth(&shop);
        assert_eq!(truth["rows"], 0);
        assert_eq!(truth["revenue"], "0.00");
        assert_eq!(truth["by_day"]["2025-01-02"], "0.00");
        assert_eq!(truth["by_day_product"]["2025-01-02"], json!({}));
        let error = shop.fail(&["batch"], 1);
        assert!(error.contains("no records in 2 file(s)"), "{error}");
    }
}
