//! `anomalies`, against what was planted and against DuckDB over the same events.

use serde_json::json;

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
        ("anomalies.z_threshold=-1", "more than 0"),
        ("inventory.hysteresis=-1", "from 0 to"),
        ("inventory.rapid=200", "from 0 to 100"),
        ("inventory.slide=3m", "does not divide"),
    ] {
        let job = set.split('.').next().expect("a job");
        let error = shop.fail(
            &["stream", "--job", job, "--input", "events", "--set", set],
            2,
        );
        assert!(error.contains(says), "{error}");
    }
}
