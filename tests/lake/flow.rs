//! The whole flow on HDFS and S3 gives what it gives on a local disk, byte for byte.

use std::collections::BTreeSet;

use crate::common::Shop;
use crate::common::figures::{CLASSIC, classic, count};
use crate::place::{Place, on_both};

on_both! {
    figures_and_bytes_are_those_of_a_local_run
    days_that_are_no_more_are_gone
    a_stream_writes_what_a_local_one_does
    a_stream_begun_anew_sets_the_old_one_aside
}

const GENERATE: [&str; 9] = [
    "generate",
    "--days",
    "14",
    "--transactions-per-day",
    "72",
    "--start-date",
    "2025-01-01",
    "--profile",
    "classic",
];
const FOLDERS: [&str; 5] = [
    "analysis_parquet",
    "analysis_csv",
    "analysis_csv_kpis",
    "analysis_sales",
    "analysis_products",
];

/// Generated input on the store, and a local shop with the same.
fn input(place: &Place) -> Shop {
    let shop = Shop::new();
    classic(&shop);
    let there = [place.at("input"), place.at("master")];
    let to = ["--output", &there[0], "--master", &there[1]];
    place.done(&shop, &[&GENERATE[..], &to].concat());
    shop
}

fn figures_and_bytes_are_those_of_a_local_run(place: &Place) {
    let shop = input(place);
    assert!(place.tree(&shop, "input") == shop.tree("data/input"));
    let (input, output) = (place.at("input"), place.at("output"));
    let local = shop.json(&["batch"]);
    let batch = ["batch", "--input", &input, "--output", &output];
    let mixed = [&batch[..], &["--csv-output", "report"]].concat();
    let summary = place.json(&shop, &mixed);
    assert_eq!(summary["grand_total"], CLASSIC);
    assert_eq!(summary["read"], local["read"]);
    for folder in ["analysis_csv", "analysis_csv_kpis"] {
        let near = shop.tree(&format!("report/{folder}"));
        assert!(
            near.len() > 1 && near == shop.tree(&format!("data/output/{folder}")),
            "{folder}"
        );
    }
    // With the CSVs there, too; and a rerun leaves the same.
    for _ in 0..2 {
        assert_eq!(place.json(&shop, &batch)["grand_total"], CLASSIC);
        for folder in FOLDERS {
            let far = place.tree(&shop, &format!("output/{folder}"));
            assert!(far.contains_key("_SUCCESS"), "{folder}: {:?}", far.keys());
            assert!(
                far == shop.tree(&format!("data/output/{folder}")),
                "{folder}"
            );
        }
    }
    let [expected, found] = place.sums(&shop, "input", "output/analysis_parquet");
    assert!(!expected.is_empty());
    assert_eq!(found, expected);
    place.done(&shop, &["verify", "--input", &input, "--output", &output]);
    let total = "SELECT SUM(total_amount) AS total FROM daily";
    let query = ["query", "--format", "csv", "--output", &output, total];
    assert_eq!(
        place.done(&shop, &query),
        format!("total\n{CLASSIC}\n").into_bytes()
    );
    let files = format!("SELECT COUNT(*) AS n FROM '{input}/retail_2025-01-*.csv'");
    // The copies that it makes on this machine go with it.
    let temporary = tempfile::tempdir().expect("a folder");
    let mut query = place.retail(&shop, &["query", "--format", "csv", &files]);
    let found = query.env("TMPDIR", temporary.path()).output();
    let rows = found.expect("it starts").stdout;
    assert_eq!(rows, format!("n\n{}\n", local["read"]).into_bytes());
    let left = temporary.path().read_dir().expect("it is there").count();
    assert_eq!(left, 0);
    let replay = |from: &str| ["replay", "--rate", "0", "--input", from].map(str::to_owned);
    let events = |from: &str| {
        let args = replay(from);
        place.done(&shop, &args.each_ref().map(String::as_str))
    };
    assert!(events(&input) == events("data/input"));
}

#[test]
fn uploaded_files_give_the_figures_of_a_local_run() {
    let Some(place) = Place::on_hdfs() else {
        return;
    };
    let shop = Shop::new();
    classic(&shop);
    let local = shop.json(&["batch"]);
    let root = place.at("");
    place.done(&shop, &["upload-hdfs", "--hdfs", &root, "--wait", "10s"]);
    let (input, output) = (place.at("data/input"), place.at("data/output"));
    let batch = ["batch", "--input", &input, "--output", &output];
    let summary = place.json(&shop, &[&batch[..], &["--csv-output", "report"]].concat());
    for name in ["read", "accepted", "grand_total"] {
        assert_eq!(summary[name], local[name], "{name}");
    }
    for folder in ["analysis_csv", "analysis_csv_kpis"] {
        let tree = |output: &str| shop.tree(&format!("{output}/{folder}"));
        assert!(tree("report") == tree("data/output"), "{folder}");
    }
    let [expected, found] = place.sums(&shop, "data/input", "data/output/analysis_parquet");
    assert_eq!(found, expected);
    // The truth that was uploaded, too, proves them.
    let report = place.json(&shop, &["verify", "--input", &input, "--output", &output]);
    let checks = report["checks"].as_array().unwrap();
    let of_truth = |check: &&serde_json::Value| check["name"].as_str().unwrap().contains("truth");
    assert!(checks.iter().filter(of_truth).count() > 0, "{report}");
}

fn days_that_are_no_more_are_gone(place: &Place) {
    let shop = input(place);
    let (one, all) = (place.at("input/retail_2025-01-03.csv"), place.at("input"));
    let output = place.at("output");
    place.done(&shop, &["batch", "--input", &all, "--output", &output]);
    place.done(&shop, &["batch", "--input", &one, "--output", &output]);
    let days: BTreeSet<String> = place
        .tree(&shop, "output/analysis_parquet")
        .into_keys()
        .filter_map(|name| Some(name.split_once('/')?.0.to_owned()))
        .filter(|name| name.contains('='))
        .collect();
    assert_eq!(days, BTreeSet::from(["order_date=2025-01-03".to_owned()]));
    // And of generated days.
    let one_day = ["generate", "--days", "1", "--start-date", "2025-02-01"];
    let to = place.at("input");
    place.done(&shop, &[&one_day[..], &["--output", &to]].concat());
    let names: Vec<String> = place.tree(&shop, "input").into_keys().collect();
    let csv: Vec<_> = names.iter().filter(|name| name.ends_with(".csv")).collect();
    assert_eq!(csv, ["retail_2025-02-01.csv"]);
}

/// Arguments of a stream as fast as it goes.
fn stream<'a>(input: &'a str, output: &'a str, checkpoint: &'a str) -> Vec<&'a str> {
    let mut args = vec!["stream", "--rate", "0", "--order", "file", "--input", input];
    args.extend(["--output", output, "--checkpoint", checkpoint]);
    args
}

fn a_stream_writes_what_a_local_one_does(place: &Place) {
    let shop = input(place);
    // Rejects and late records, too.
    let odd = "order_id,order_time,product,amount\n1,never,Tea,1.00\n2,2024-12-01T00:00:00,Tea,2\n";
    shop.write("data/input/z.csv", odd);
    let local = shop.json(&stream("data/input", "out", "check"));
    assert!(
        count(&local, "rejected") == 1 && count(&local, "late") == 1,
        "{local}"
    );
    let (output, checkpoint) = (place.at("stream"), place.at("check"));
    // Inputs near, output and checkpoint far: what another machine has is read in the tests of
    // replay and batch.
    let args = stream("data/input", &output, &checkpoint);
    let summary = place.json(&shop, &args);
    for name in [
        "read",
        "accepted",
        "rejected",
        "late",
        "windows",
        "written_revenue",
    ] {
        assert_eq!(summary[name], local[name], "{name}");
    }
    let (far, near) = (place.tree(&shop, "stream"), shop.tree("out"));
    let parquet = |tree: &std::collections::BTreeMap<String, Vec<u8>>| -> Vec<Vec<u8>> {
        let parts = tree.iter().filter(|(name, _)| name.ends_with(".parquet"));
        parts.map(|(_, bytes)| bytes.clone()).collect()
    };
    assert!(!parquet(&far).is_empty() && parquet(&far) == parquet(&near));
    for folder in ["_rejects/", "_late/"] {
        let text = |tree: &std::collections::BTreeMap<String, Vec<u8>>| -> Vec<u8> {
            let parts = tree.iter().filter(|(name, _)| name.starts_with(folder));
            parts.flat_map(|(_, bytes)| bytes.clone()).collect()
        };
        assert!(
            !text(&far).is_empty() && text(&far) == text(&near),
            "{folder}"
        );
    }
    // Started again it knows where it was.
    let again = place.json(&shop, &args);
    assert_eq!(again["read"], local["read"]);
    assert!(parquet(&place.tree(&shop, "stream")) == parquet(&near));
}

fn a_stream_begun_anew_sets_the_old_one_aside(place: &Place) {
    let shop = input(place);
    let (output, checkpoint) = (place.at("stream"), place.at("check"));
    let args = stream("data/input", &output, &checkpoint);
    let first = place.json(&shop, &args);
    let old = place.tree(&shop, "stream");
    // Events come from there as well.
    let far = place.at("input");
    let args = stream(&far, &output, &checkpoint);
    let again = place.json(&shop, &[&args[..], &["--fresh"]].concat());
    assert_eq!(first["written_revenue"], again["written_revenue"]);
    let aside = place.tree(&shop, "_previous");
    let kept = aside.iter().filter(|(name, _)| name.contains("/stream/"));
    let kept: Vec<_> = kept.map(|(_, bytes)| bytes).collect();
    assert!(kept == old.values().collect::<Vec<_>>());
    assert!(
        aside.keys().any(|name| name.contains("/check/")),
        "{:?}",
        aside.keys()
    );
}
