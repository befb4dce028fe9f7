//! `sales`, `metrics`, `sessions` and `cart_abandonment` in one process, against DuckDB over the
//! same lines: in order, out of order with second copies, from files and through a pipe.

use std::fs;

use serde_json::{Value, json};

use crate::common::{Shop, stderr};
use crate::play::{OUTPUT, assert_same, oracle, pipe, stream, world};
use crate::shuffled::shuffled;

const JOBS: &str = "sales,metrics,sessions,cart_abandonment";
const SIZE: [&str; 8] = [
    "--duration",
    "45m",
    "--rate",
    "4",
    "--products",
    "200",
    "--seed",
    "11",
];
const PRICES: [&str; 4] = [
    "--set",
    "sessions.prices=data/master/globalmart/products.csv",
    "--set",
    "cart_abandonment.prices=data/master/globalmart/products.csv",
];

/// Holds all tables to the lines of `events`.
fn check(shop: &Shop, summary: &Value, truth: &Value) {
    assert_eq!(summary["late"], 0);
    assert_eq!(summary["rejected"], 0);
    assert_eq!(summary["accepted_revenue"], truth["revenue"]);
    let told = oracle(shop, "shop");
    for table in ["sales", "sales_metrics", "sessions", "cart_abandonment"] {
        assert_same(&told, table);
    }
    assert_eq!(
        told["pauses"], 0,
        "no visit of this world rests for 15 minutes"
    );
    // Each sale is in one minute, and in five windows that overlap.
    let (metrics, sales) = (&summary["jobs"]["metrics"], &summary["jobs"]["sales"]);
    assert_eq!(metrics["written_revenue"], truth["revenue"]);
    let units = |value: &Value| {
        value
            .as_str()
            .expect("money")
            .replace('.', "")
            .parse::<i64>()
            .expect("cents")
    };
    assert_eq!(
        units(&sales["written_revenue"]),
        5 * units(&truth["revenue"])
    );
}

#[test]
fn in_order() {
    let shop = Shop::new();
    let truth = world(&shop, "globalmart", &SIZE);
    let summary = stream(&shop, JOBS, &PRICES);
    check(&shop, &summary, &truth);
    // What is planted.
    let planted = &truth["sessions"];
    let (sessions, carts) = (
        &summary["jobs"]["sessions"],
        &summary["jobs"]["cart_abandonment"],
    );
    for figure in ["sessions", "with_cart", "purchased", "abandoned"] {
        assert!(planted[figure].as_u64() > Some(100), "{planted}");
        assert_eq!(sessions[figure], planted[figure], "{figure}");
    }
    assert_eq!(carts["abandoned"], planted["abandoned"]);
    let told = oracle(&shop, "shop");
    for table in ["sessions", "cart_abandonment"] {
        assert_eq!(told["values"][table], planted["abandoned_value"], "{table}");
    }
}

/// Seed mistakes 10 and 13: nobody knew duplicates, and what came out of order was dropped.
#[test]
fn mistakes_10_and_13_out_of_order_and_twice() {
    let shop = Shop::new();
    let truth = world(&shop, "globalmart", &SIZE);
    let (lines, copies) = shuffled(&shop, 59, 5);
    assert!(copies > 100, "{copies}");
    shop.write("shuffled/all.jsonl", &lines);
    let from_file = [
        "--json",
        "stream",
        "--job",
        JOBS,
        "--rate",
        "0",
        "--until-end",
    ];
    let from_file = [&from_file[..], &["--input", "shuffled", "--order", "file"]].concat();
    let from_pipe = ["--json", "stream", "--job", JOBS, "--input", "-"];
    for (args, input) in [(&from_file[..], ""), (&from_pipe, &*lines)] {
        let args = [args, &["--dedup", "order_id"], &PRICES].concat();
        let output = shop.feed(&args, input.as_bytes());
        assert!(output.status.success(), "{}", stderr(&output));
        let summary: Value = serde_json::from_slice(&output.stdout).expect("a summary");
        assert_eq!(summary["duplicates"], copies);
        check(&shop, &summary, &truth);
        fs::remove_dir_all(shop.path("data/output")).expect("gone");
        fs::remove_dir_all(shop.path("checkpoints")).expect("gone");
    }
}

/// Seed mistake 18: generator and jobs used other names, and every row was filtered out.
#[test]
fn mistake_18_sales_of_both_shapes_count() {
    for shape in ["readme", "generator"] {
        let shop = Shop::new();
        let size = ["--duration", "4m", "--rate", "5", "--shape", shape];
        let truth = world(&shop, "inventory", &size);
        let summary = stream(&shop, "sales", &["--set", "sales.window=1m"]);
        assert_eq!(summary["rejected"], 0, "{summary}");
        assert_eq!(
            summary["jobs"]["sales"]["written_revenue"], truth["revenue"],
            "{shape}"
        );
        assert_ne!(truth["revenue"], json!("0.00"));
    }
}

/// Seed mistake 15: broken JSON was dropped without a count, or became a row of nulls.
#[test]
fn mistake_15_broken_json_is_a_reject_with_its_place() {
    let shop = Shop::new();
    let sale = |id: u32| {
        json!({"transaction_id": format!("t{id}"), "timestamp": format!("2025-01-01T10:0{id}:00"),
            "store_id": "S1", "product_id": "P1", "quantity": 2, "unit_price": "1.25"})
    };
    let cut = sale(2).to_string();
    let lines = [
        sale(1).to_string(),
        cut[..cut.len() - 9].to_owned(),
        sale(3).to_string(),
    ];
    shop.write("events/a.jsonl", lines.join("\n"));
    let summary = stream(&shop, "sales", &[]);
    assert_eq!(
        (&summary["read"], &summary["accepted"], &summary["rejected"]),
        (&json!(3), &json!(2), &json!(1))
    );
    assert_eq!(summary["accepted_revenue"], "5.00");
    let rejects = shop.tree(OUTPUT);
    let rejects = rejects.iter().filter(|(path, _)| path.contains("_rejects"));
    let rejects: Vec<_> = rejects.map(|(_, content)| content.as_slice()).collect();
    let reject: Value = serde_json::from_slice(&rejects.concat()).expect("one line");
    assert_eq!(reject["reason"], "invalid_json");
    assert_eq!(reject["line"], 2);
    assert_eq!(reject["raw"], lines[1]);
}

/// All topics through one pipe, as the world sends them.
#[test]
fn late_and_twice_through_a_pipe() {
    let shop = Shop::new();
    let faults = ["--late", "0.1", "--duplicates", "0.05"];
    let options = [&SIZE[..], &faults].concat();
    let truth = world(&shop, "globalmart", &options);
    let stream = [&["--job", JOBS, "--dedup", "order_id"][..], &PRICES].concat();
    let summary = pipe(&shop, ("globalmart", &options), &stream);
    let topics = truth["topics"].as_object().expect("topics").values();
    let copies: u64 = topics
        .map(|topic| topic["duplicates"].as_u64().expect("a count"))
        .sum();
    assert!(copies > 100, "{truth}");
    assert_eq!(summary["duplicates"], copies);
    check(&shop, &summary, &truth);
}
