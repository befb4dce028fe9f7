//! Results that are replaced while they are served: one run or the other, never a mixture.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::Value;

use crate::common::Shop;
use crate::common::web::Servers;
use crate::model::amount;

#[test]
fn every_answer_is_of_one_run() {
    let shop = Shop::new();
    let day = [
        "--days",
        "20",
        "--start-date",
        "2026-01-01",
        "--transactions-per-day",
        "60",
    ];
    for (seed, folder) in [("1", "one"), ("2", "two")] {
        let args = [
            "generate", "--seed", seed, "--output", folder, "--master", "master",
        ];
        shop.json(&[&args[..], &day].concat());
    }
    let totals: Vec<i128> = ["one", "two"]
        .map(|folder| amount(&shop.json(&["batch", "--input", folder])["grand_total"]))
        .into();
    assert_ne!(totals[0], totals[1]);
    let servers = Servers::start(&shop, &[]);
    let done = AtomicBool::new(false);
    let seen = thread::scope(|scope| {
        let asking: Vec<_> = (0..3)
            .map(|asker| {
                let (servers, done, totals) = (&servers, &done, &totals);
                scope.spawn(move || {
                    let mut seen = BTreeSet::new();
                    let mut asked = 0;
                    while !done.load(Ordering::Relaxed) {
                        let total = match asker {
                            0 => by_daily(&servers.json("batch", "/api/daily")),
                            1 => by_report(&servers.json("batch", "/api/report")),
                            _ => by_metrics(&servers.json("api", "/api/v1/sales/metrics?limit=1000&start_date=2026-01-01&end_date=2026-01-05")),
                        };
                        if asker < 2 {
                            assert!(totals.contains(&total), "{total} is of no run: {totals:?}");
                        }
                        seen.insert(total);
                        asked += 1;
                    }
                    (seen, asked)
                })
            })
            .collect();
        for round in 0..24 {
            let folder = if round % 2 == 0 { "one" } else { "two" };
            shop.json(&["batch", "--input", folder]);
            // What stands there is what is shown at once.
            let daily = by_daily(&servers.json("batch", "/api/daily"));
            assert_eq!(daily, totals[round % 2]);
        }
        done.store(true, Ordering::Relaxed);
        asking
            .into_iter()
            .map(|asker| asker.join().unwrap())
            .collect::<Vec<_>>()
    });
    for (seen, asked) in seen {
        assert_eq!(seen.len(), 2, "after {asked} questions");
    }
}

fn by_daily(daily: &Value) -> i128 {
    let days = daily["daily"].as_array().unwrap();
    days.iter().map(|row| amount(&row["total_amount"])).sum()
}

/// All parts of a report must tell of the same run.
fn by_report(report: &Value) -> i128 {
    let total = amount(&report["kpis"]["revenue"]);
    for list in ["by_day", "by_store", "by_category", "by_country", "by_hour"] {
        let rows = report[list].as_array().unwrap().iter();
        let sum: i128 = rows.map(|row| amount(&row["revenue"])).sum();
        assert_eq!(sum, total, "{list}");
    }
    total
}

fn by_metrics(metrics: &Value) -> i128 {
    let rows = metrics.as_array().unwrap().iter();
    rows.map(|row| amount(&row["total_amount"])).sum()
}

#[test]
fn a_stream_that_begins_anew_is_never_mixed_with_the_one_before() {
    let shop = Shop::new();
    for (seed, folder) in [("1", "one"), ("2", "two")] {
        let args = [
            "generate",
            "--days",
            "2",
            "--start-date",
            "2026-01-01",
            "--seed",
            seed,
        ];
        let to = ["--output", folder, "--master", "master"];
        shop.json(&[&args[..], &to].concat());
    }
    let totals: Vec<i128> = ["one", "two"]
        .map(|folder| {
            let args = ["stream", "--rate", "0", "--fresh", "--input", folder];
            amount(&shop.json(&args)["written_revenue"])
        })
        .into();
    let limit = ["--windows", "1000"];
    let servers = Servers::start(&shop, &limit);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let asking = scope.spawn(|| {
            let mut whole = BTreeSet::new();
            while !done.load(Ordering::Relaxed) {
                let answer = servers.get("live", "/api/stream");
                let stream: Value = serde_json::from_str(&answer.body).unwrap();
                // Just set aside, there may be nothing; an output that is just made may be empty.
                if stream["status"] != "ok" {
                    assert!(
                        answer.status == 200 || answer.status == 503,
                        "{}",
                        answer.body
                    );
                    continue;
                }
                let rows = stream["window_health"].as_array().unwrap().iter();
                let open = stream["window_health"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .any(|row| row.get("open").is_some());
                let total: i128 = rows.map(|row| amount(&row["total_revenue"])).sum();
                assert!(
                    open || totals.contains(&total),
                    "{total} is of no run: {totals:?}"
                );
                whole.insert(total);
            }
            whole
        });
        for round in 0..12 {
            let folder = if round % 2 == 0 { "one" } else { "two" };
            shop.json(&["stream", "--rate", "0", "--fresh", "--input", folder]);
        }
        done.store(true, Ordering::Relaxed);
        let whole = asking.join().unwrap();
        assert!(
            totals.iter().all(|total| whole.contains(total)),
            "{whole:?}"
        );
    });
}
