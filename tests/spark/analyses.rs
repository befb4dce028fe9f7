//! Every analysis by both engines.

use crate::common::Shop;
use crate::servers::{both, spark};

#[test]
fn an_earlier_day_what_is_left_out_and_live_events_are_analysed_alike() {
    let Some(remote) = spark() else { return };
    let shop = Shop::new();
    for made in [
        "generate --days 40 --transactions-per-day 30 --malformed 0.03 --duplicates 0.04 --late 0.05",
        "generate --days 3 --seed 7 --format jsonl --output live",
    ] {
        shop.json(&made.split_whitespace().collect::<Vec<_>>());
    }
    let as_of = shop.json(&["batch", "--analysis", "rfm"])["as_of"].clone();
    let as_of = as_of.as_str().expect("a date");
    let rest = ["--leave-out", "returns,anonymous", "--as-of", as_of];
    let asked = [&["--analysis", "all", "--live", "live"], &rest[..]].concat();
    let summary = both(&shop, remote, &asked);
    assert!(
        summary["left_out"]["returns"].as_u64() > Some(0),
        "{summary}"
    );
    assert!(summary["live"]["accepted"].as_u64() > Some(0), "{summary}");
}

#[test]
fn stock_and_visits_are_analysed_alike() {
    let Some(remote) = spark() else { return };
    let shop = Shop::new();
    for made in [
        "generate --days 9 --start-date 2024-11-20 --customers-csv",
        "generate --world inventory --rate 0.02 --duration 5d --start 2024-11-19T20:00:00 \
         --output world",
        "generate --world globalmart --rate 2 --duration 30m --start 2024-11-22T23:45:00 \
         --output visits",
        "stream --job sessions --input visits --rate 0 --until-end --output live",
    ] {
        shop.json(&made.split_whitespace().collect::<Vec<_>>());
    }
    let asked = [
        "--inventory",
        "world/inventory_events",
        "--sessions",
        "live/sessions",
        "--analysis",
        "inventory_kpis,warehouse,daily_report",
    ];
    let summary = both(&shop, remote, &asked);
    let rows = &summary["analyses"]["warehouse"]["tables"];
    for table in ["fact_inventory", "fact_sessions"] {
        assert!(rows[table].as_u64() > Some(100), "{summary}");
    }
}
