//! `/api/stream` over what a stream has written to its end.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::common::Shop;
use crate::common::figures::{CLASSIC, OUTPUT, classic, rows, units};
use crate::common::web::Servers;
use crate::model::amount;

fn instant(micros: i64) -> String {
    let time = chrono::DateTime::from_timestamp_micros(micros).unwrap();
    time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[test]
fn it_tells_what_stands_in_the_files() {
    let shop = Shop::new();
    classic(&shop);
    shop.json(&["stream", "--rate", "0"]);
    let servers = Servers::start(&shop, &[]);
    let stream = servers.json("live", "/api/stream");
    let mut names: Vec<&str> = stream
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    names.sort_unstable();
    let expected = [
        "last_updated",
        "leaderboard",
        "raw_windows",
        "status",
        "summary",
        "timeline",
        "window_health",
    ];
    assert_eq!(names, expected);
    assert_eq!(stream["status"], "ok");

    let rows = rows(&shop.path(OUTPUT));
    assert_eq!(rows.len(), 840);
    let mut windows: BTreeMap<(i64, i64), (i128, u64)> = BTreeMap::new();
    for (_, revenue, start, end) in &rows {
        let window = windows.entry((*start, *end)).or_default();
        window.0 += revenue;
        window.1 += 1;
    }
    let newest = *windows.keys().last().unwrap();
    assert_eq!(stream["last_updated"], *instant(newest.1));
    assert_eq!(stream["summary"]["latest_window_end"], *instant(newest.1));
    assert_eq!(stream["summary"]["unique_products"], 15);
    assert_eq!(stream["summary"]["windows"], windows.len());
    assert_eq!(stream["raw_windows"], windows.len());

    let health = stream["window_health"].as_array().unwrap();
    assert_eq!(health.len(), windows.len().min(96));
    for (row, ((start, end), (revenue, products))) in health.iter().zip(windows.iter().rev()) {
        assert_eq!(row["window_start"], *instant(*start));
        assert_eq!(row["window_end"], *instant(*end));
        assert_eq!(amount(&row["total_revenue"]), *revenue);
        assert_eq!(row["product_count"], *products);
        // Said of windows that may still grow only.
        assert_eq!(row.get("open"), None);
    }

    let mut leaders: Vec<(i128, &str)> = rows
        .iter()
        .filter(|row| row.2 == newest.0)
        .map(|row| (-row.1, row.0.as_str()))
        .collect();
    leaders.sort_unstable();
    let told = stream["leaderboard"].as_array().unwrap();
    let told: Vec<(i128, &str)> = told
        .iter()
        .map(|row| (-amount(&row["revenue"]), row["product"].as_str().unwrap()))
        .collect();
    assert_eq!(told, leaders);

    // Every event is in four windows; its product's total counts it once.
    let timeline = stream["timeline"].as_array().unwrap();
    assert_eq!(timeline.len(), 8);
    let mut products: BTreeMap<&str, i128> = BTreeMap::new();
    for row in &rows {
        *products.entry(&row.0).or_default() += row.1;
    }
    assert_eq!(products.values().sum::<i128>(), 4 * units(CLASSIC));
    let mut ranking: Vec<(i128, &str)> = products.iter().map(|(p, t)| (-t / 4, *p)).collect();
    ranking.sort_unstable();
    for (row, (total, product)) in timeline.iter().zip(ranking) {
        assert_eq!(row["product"], product);
        assert_eq!(amount(&row["total_revenue"]), -total);
        let points = row["points"].as_array().unwrap();
        let of_product = rows.iter().filter(|row| row.0 == product);
        let mut expected: Vec<_> = of_product.map(|row| (row.2, row.3, row.1)).collect();
        expected.sort_unstable();
        let told: Vec<(&str, &str, i128)> = points
            .iter()
            .map(|p| {
                (
                    p["window_start"].as_str().unwrap(),
                    p["window_end"].as_str().unwrap(),
                    amount(&p["revenue"]),
                )
            })
            .collect();
        let expected: Vec<(String, String, i128)> = expected
            .into_iter()
            .map(|(start, end, revenue)| (instant(start), instant(end), revenue))
            .collect();
        let expected: Vec<(&str, &str, i128)> =
            expected.iter().map(|(s, e, r)| (&**s, &**e, *r)).collect();
        assert_eq!(told, expected);
    }

    let live = servers.json("live", "/api/live");
    assert_eq!(live["status"], "ended");
    assert_eq!(live["stream"]["read"], 14 * 72);
    assert_eq!(live["window"]["size_seconds"], 3600.0);
    assert_eq!(live["window"]["slide_seconds"], 900.0);
}

#[test]
fn windows_are_looked_back_over_as_a_whole() {
    let shop = Shop::new();
    classic(&shop);
    shop.json(&["stream", "--rate", "0"]);
    // Four windows of fifteen products a day: the last four, and the last five.
    for (limit, whole) in [("4", 4), ("5", 5)] {
        let servers = Servers::start(&shop, &["--windows", limit, "--series", "3"]);
        let stream = servers.json("live", "/api/stream");
        assert_eq!(stream["raw_windows"], whole);
        assert_eq!(stream["timeline"].as_array().unwrap().len(), 3);
        let health = stream["window_health"].as_array().unwrap();
        assert_eq!(health.len(), whole);
        assert!(health.iter().all(|row| row["product_count"] == 15));
    }
}

#[test]
fn files_of_another_program_are_shown_and_broken_ones_told() {
    let shop = Shop::new();
    classic(&shop);
    shop.json(&["stream", "--rate", "0"]);
    let shown = {
        let servers = Servers::start(&shop, &[]);
        servers.json("live", "/api/stream")
    };
    for name in ["_run.json", "_open.json", "_SUCCESS"] {
        std::fs::remove_file(shop.path(OUTPUT).join(name)).unwrap();
    }
    let servers = Servers::start(&shop, &[]);
    assert_eq!(servers.json("live", "/api/stream"), shown);
    let live = servers.json("live", "/api/live");
    assert_eq!(live["stream"], Value::Null);
    assert_eq!(live["window"]["size_seconds"], 3600.0);
    assert_eq!(live["window"]["slide_seconds"], 900.0);

    shop.write(&format!("{OUTPUT}/part-00000.parquet"), "no Parquet");
    let broken = servers.get("live", "/api/stream");
    assert_eq!(broken.status, 503);
    let broken: Value = serde_json::from_str(&broken.body).unwrap();
    assert_eq!(broken["status"], "error");
    let message = broken["summary"]["message"].as_str().unwrap();
    assert!(message.contains("part-00000.parquet"), "{message}");
    assert_eq!(servers.json("live", "/api/live")["status"], "error");
}

#[test]
fn sums_do_not_reach_over_windows_that_are_not_told() {
    let shop = Shop::new();
    classic(&shop);
    shop.json(&["stream", "--rate", "0"]);
    // As a stream writes it that has more open windows than it tells: two of ten.
    let path = format!("{OUTPUT}/_open.json");
    let mut view: Value = serde_json::from_str(&shop.read(&path)).unwrap();
    let window = |start: &str, end: &str, revenue: &str| serde_json::json!({"window_start": start, "window_end": end, "products": {"Tea": revenue}});
    view["ended"] = false.into();
    view["truncated"] = true.into();
    view["open_windows"] = 10.into();
    view["open"] = serde_json::json!([
        window("2025-01-20T11:00:00", "2025-01-20T12:00:00", "5.00"),
        window("2025-01-20T10:00:00", "2025-01-20T11:00:00", "2.00"),
    ]);
    shop.write(&path, view.to_string());
    std::fs::remove_file(shop.path(OUTPUT).join("_SUCCESS")).unwrap();
    let servers = Servers::start(&shop, &[]);
    let live = servers.json("live", "/api/live");
    assert_eq!(live["stream"]["truncated"], true);
    assert_eq!(live["tracked_windows"], 2);
    assert_eq!(live["covered"]["from"], "2025-01-20T10:00:00Z");
    assert_eq!(live["covered"]["revenue"], "7.00");
    let stream = servers.json("live", "/api/stream");
    assert_eq!(stream["raw_windows"], 2);
    assert_eq!(
        amount(&stream["timeline"][0]["total_revenue"]),
        units("7.00")
    );
}
