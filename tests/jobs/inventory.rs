//! `inventory`, against what was planted and against DuckDB over the same events.

use serde_json::Value;

use crate::common::Shop;
use crate::play::{assert_same, oracle, pipe, stream, world};

/// Alerts, metrics and turnover are those of SQL; then the counts of alerts, by kind.
fn check(shop: &Shop, summary: &Value, truth: &Value) {
    let told = oracle(shop, "inventory");
    let job = &summary["jobs"]["inventory"];
    for table in [
        "inventory_alerts",
        "inventory_metrics",
        "inventory_turnover",
    ] {
        assert_eq!(job["rows"][table], assert_same(&told, table), "{table}");
    }
    for (kind, count) in told["counts"].as_object().expect("counts") {
        assert_eq!(job[kind.to_lowercase()], *count, "{kind}");
    }
    for (figure, wanted) in [
        ("out_of_stock", "stock_outs"),
        ("low_stock", "low_stock"),
        ("overstocked", "overstocked"),
    ] {
        let found = job[figure].as_u64().unwrap_or_default();
        assert_eq!(Some(found), truth["stock"][wanted].as_u64(), "{figure}");
    }
    for figure in ["out_of_stock", "low_stock", "rapid_depletion"] {
        assert!(job[figure].as_u64() > Some(0), "{figure}: {job}");
    }
    assert!(job["rapid_depletion"].as_u64() <= truth["anomalies"]["rapid_depletion"].as_u64());
}

const SIZE: [&str; 10] = [
    "--duration",
    "40m",
    "--rate",
    "8",
    "--stores",
    "5",
    "--products",
    "40",
    "--anomalies",
    "0.005",
];

/// Mistakes 8 and 21: stock was taken off at every trigger, and the latest was the last to arrive.
#[test]
fn stocks_are_those_of_the_events() {
    let shop = Shop::new();
    let truth = world(&shop, "inventory", &SIZE);
    let summary = stream(&shop, "inventory", &[]);
    assert!(truth["stock"]["overstocked"].as_u64() > Some(0), "{truth}");
    check(&shop, &summary, &truth);
}

/// The other shape, which tells no bounds; out of order, with second copies and broken lines.
#[test]
fn faults_change_nothing() {
    let shop = Shop::new();
    let faults = [
        "--duplicates",
        "0.05",
        "--late",
        "0.1",
        "--malformed",
        "0.02",
    ];
    let shape = ["--shape", "generator"];
    let options = [&SIZE[..], &faults, &shape].concat();
    let truth = world(&shop, "inventory", &options);
    let stream = ["--job", "inventory", "--dedup", "order_id"];
    let summary = pipe(&shop, ("inventory", &options), &stream);
    assert_eq!(summary["late"], 0);
    assert!(summary["duplicates"].as_u64() > Some(0));
    assert!(summary["rejected"].as_u64() > Some(0));
    check(&shop, &summary, &truth);
}
