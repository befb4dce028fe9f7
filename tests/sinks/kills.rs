//! Stream and database killed over and over: the database ends with what the folder has.

use std::thread::sleep;
use std::time::Duration;

use serde_json::Value;

use crate::common::chance::Chance;
use crate::common::{Shop, stderr};
use crate::servers::{Own, compare};

/// How often the stream is killed, unless `RETAIL_KILLS` says otherwise.
const KILLS: u64 = 12;
/// The database is killed, too, so often.
const CRASH_EVERY: u64 = 4;

fn survives(service: &'static str) {
    let Some((own, address)) = Own::start(service) else {
        return;
    };
    let kills = std::env::var("RETAIL_KILLS")
        .ok()
        .and_then(|text| text.parse().ok());
    let mut chance = Chance::new(9);
    let shop = Shop::new();
    let days = ["generate", "--days", "40", "--transactions-per-day", "250"];
    shop.json(&[&days[..], &["--start-date", "2025-01-01"]].concat());
    let jobs = "sales,metrics,events";
    let run = [
        "stream",
        "--job",
        jobs,
        "--commit-interval",
        "20ms",
        "--until-end",
    ];
    let run = [&run[..], &["--output", &address]].concat();
    let (mut killed, mut down) = (0, false);
    for turn in 0..kills.unwrap_or(KILLS) {
        let mut stream = shop.start(&[&run[..], &["--rate", "2000"]].concat());
        if turn % CRASH_EVERY == 1 {
            sleep(Duration::from_millis(150 + chance.below(300)));
            own.act("crash").expect("it is killed");
            down = true;
        }
        sleep(Duration::from_millis(100 + chance.below(500)));
        // It is there again in the middle of a stream, or before the next.
        if down && turn % 2 == 0 {
            own.act("start").expect("it starts");
            down = false;
        }
        stream.signal("KILL");
        let output = stream.end();
        killed += u64::from(output.status.code().is_none());
    }
    own.act("start").expect("it starts");
    assert!(killed >= 3, "only {killed} were killed in their work");
    let output = shop.run(&[&run[..], &["--rate", "0"]].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    let tables = ["sales", "sales_metrics", "events"];
    let files = tables.map(|name| format!("data/output/live/{name}/*.parquet"));
    let tables: Vec<_> = tables
        .into_iter()
        .zip(files.iter().map(String::as_str))
        .collect();
    let Some(text) = compare(&shop, &address, &tables) else {
        return;
    };
    let truth: Value = serde_json::from_str(&shop.read("data/input/_truth.json")).expect("JSON");
    assert!(
        text.contains(&format!("events {}\n", truth["rows"])),
        "{text}"
    );
}

#[test]
fn postgres_survives() {
    survives("postgres");
}

#[test]
fn clickhouse_survives() {
    survives("clickhouse");
}

#[test]
fn mongodb_survives() {
    survives("mongo");
}

#[test]
fn cassandra_survives() {
    survives("cassandra");
}

/// Batch killed while it loads: what is there afterwards is one run's, and the next run's is whole.
#[test]
fn a_batch_that_is_killed_leaves_whole_tables_where_there_are_transactions() {
    for service in ["postgres", "clickhouse"] {
        let Some((_own, address)) = Own::start(service) else {
            return;
        };
        let mut chance = Chance::new(9);
        let shop = Shop::new();
        let days = ["generate", "--days", "30", "--transactions-per-day", "300"];
        shop.json(&[&days[..], &["--start-date", "2025-01-01"]].concat());
        let run = ["batch", "--analysis", "warehouse", "--output", &address];
        shop.json(&run);
        let fact = "data/output/analyses/warehouse/fact_sales.parquet";
        let whole = compare(&shop, &address, &[("fact_sales", fact)]);
        for _ in 0..6 {
            let mut batch = shop.start(&run);
            sleep(Duration::from_millis(chance.below(700)));
            batch.signal("KILL");
            batch.end();
            // Every run writes the same rows, so a mixture of two would have too many or too few.
            let text = compare(&shop, &address, &[("fact_sales", fact)]);
            assert_eq!(text, whole, "{service}");
        }
        shop.json(&run);
        compare(&shop, &address, &[("fact_sales", fact)]);
    }
}
