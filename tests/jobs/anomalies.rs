//! `anomalies`, against what was planted and against DuckDB over the same events.

use std::fs;

use serde_json::{Value, json};

use crate::common::Shop;
use crate::play::{assert_same, oracle, pipe, stream, world};

/// Mistake 22 of the replaced systems: unusual quantities could not occur, rapid transactions were
/// never looked for.
#[test]
fn every_planted_anomaly_of_the_online_shop_is_found() {
    let shop = Shop::new();
    let size = [
        "--duration",
        "6m",
        "--rate",
        "100",
        "--products",
        "2000",
        "--anomalies",
        "0.01",
    ];
    let truth = world(&shop, "globalmart", &size);
    let summary = stream(&shop, "anomalies", &[]);
    let job = &summary["jobs"]["anomalies"];
    let planted = &truth["anomalies"];
    for (figure, wanted) in [
        ("high_value", "high_value"),
        ("unusual_quantity", "unusual_quantity"),
        ("rapid_transactions", "rapid_bursts"),
    ] {
        assert!(planted[wanted].as_u64() > Some(0), "{planted}");
        assert_eq!(job[figure], planted[wanted], "{figure}: {job}");
    }
    let told = oracle(&shop, "anomalies");
    assert_same(&told, "anomalies");
    for (kind, count) in told["counts"].as_object().expect("counts") {
        assert_eq!(&job[kind], count, "{kind}");
    }
    assert!(told["counts"]["z_score"].as_u64() > Some(0), "{told}");
}

/// How often it fires wrongly: what has fixed bounds never, a z-score no more often than chance has
/// it. Of normal values, a share of 5.2 % lies three standard deviations of five previous ones from
/// their mean (Student's t with 4 degrees of freedom beyond 3·√(5/6)), and 1.9 % for ten.
#[test]
fn clean_sales_seldom_stand_out() {
    let shop = Shop::new();
    let size = ["--duration", "1h", "--rate", "10", "--products", "100"];
    let truth = world(
        &shop,
        "globalmart",
        &[&size[..], &["--anomalies", "0"]].concat(),
    );
    for planted in ["high_value", "unusual_quantity", "rapid_bursts"] {
        assert_eq!(truth["anomalies"][planted], 0);
    }
    let lines = shop.read("events/transactions/part-00000.jsonl");
    let lines = lines.lines().map(|line| {
        let sale: Value = serde_json::from_str(line).expect("JSON");
        sale["products"].as_array().map_or(0, Vec::len)
    });
    let lines = lines.sum::<usize>() as f64;
    let mut shares = Vec::new();
    for threshold in ["3", "5"] {
        let set = format!("anomalies.z_threshold={threshold}");
        let summary = stream(&shop, "anomalies", &["--set", &set]);
        let job = &summary["jobs"]["anomalies"];
        for figure in ["high_value", "unusual_quantity", "rapid_transactions"] {
            assert!(job[figure].is_null(), "{job}");
        }
        assert_eq!(job["rows"]["anomalies"], job["z_score"]);
        shares.push(job["z_score"].as_u64().unwrap_or(0) as f64 / lines);
        fs::remove_dir_all(shop.path("data/output")).expect("gone");
        fs::remove_dir_all(shop.path("checkpoints")).expect("gone");
    }
    assert!(lines > 5_000.0, "{lines}");
    assert!(0.0 < shares[0] && shares[0] < 0.052, "{shares:?}");
    assert!(shares[1] < shares[0] / 3.0, "{shares:?}");
}

/// Out of order within the patience, with second copies and broken lines.
#[test]
fn faults_change_nothing() {
    let shop = Shop::new();
    let size = [
        "--duration",
        "30m",
        "--rate",
        "10",
        "--stores",
        "2",
        "--products",
        "20",
    ];
    let faults = [
        "--duplicates",
        "0.05",
        "--late",
        "0.1",
        "--malformed",
        "0.02",
    ];
    let options = [&size[..], &faults].concat();
    let truth = world(&shop, "inventory", &options);
    let stream = ["--job", "anomalies", "--dedup", "order_id"];
    let summary = pipe(&shop, ("inventory", &options), &stream);
    let sum = |figure: &str| {
        let topics = truth["topics"].as_object().expect("topics").values();
        topics
            .map(|topic| topic[figure].as_u64().expect("a count"))
            .sum::<u64>()
    };
    assert_eq!(summary["duplicates"], sum("duplicates"));
    assert_eq!(summary["rejected"], sum("malformed"));
    assert!(sum("late") > 0 && sum("duplicates") > 0 && sum("malformed") > 0);
    assert_eq!(summary["late"], 0);
    let job = &summary["jobs"]["anomalies"];
    assert_eq!(
        job["unusual_quantity"],
        truth["anomalies"]["unusual_quantity"]
    );
    let told = oracle(&shop, "anomalies");
    assert_same(&told, "anomalies");
    assert_eq!(job["z_score"], told["counts"]["z_score"]);
}

#[test]
fn settings_are_checked() {
    let shop = Shop::new();
    shop.write(
        "events/a.jsonl",
        json!({"product": "p", "amount": 1}).to_string(),
    );
    for (set, says) in [
        ("anomalies.high_value=0", "more than 0"),
        ("anomalies.rapid_transactions=0", "from 1 to"),
        ("anomalies.z_least=20", "from 2 to z_previous"),
        ("anomalies.z_threshold=-1", "below zero"),
        ("inventory.hysteresis=-1", "from 0 to"),
        ("inventory.rapid=200", "from 0 to 100"),
        ("inventory.slide=3m", "does not divide"),
        ("inventory.reorder=-5", "below zero"),
        ("inventory.sales=maybe", "neither yes nor no"),
        (
            "sales.window=1000000d",
            "--set sales.window=1000000d: is longer",
        ),
    ] {
        let job = set.split('.').next().expect("a job");
        let error = shop.fail(
            &["stream", "--job", job, "--input", "events", "--set", set],
            2,
        );
        assert!(error.contains(says), "{error}");
    }
}
