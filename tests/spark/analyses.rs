//! Every analysis by both engines.

use crate::common::{Shop, shared_data};
use crate::servers::{both, spark};

#[test]
fn a_faulty_shop_is_analysed_alike() {
    let Some(remote) = spark() else { return };
    let shop = Shop::new();
    let made = [
        "generate",
        "--days",
        "40",
        "--transactions-per-day",
        "30",
        "--malformed",
        "0.03",
        "--duplicates",
        "0.04",
        "--late",
        "0.05",
    ];
    shop.json(&made);
    let asked = ["--analysis", "all", "--dedup", "order_id"];
    let summary = both(&shop, remote, &asked);
    assert!(summary["duplicates"].as_u64() > Some(20), "{summary}");
    assert!(summary["analyses"]["warehouse"]["tables"]["fact_sales"].as_u64() > Some(1_000));
    // An earlier date, rules that leave records out, and live events over the archive.
    shop.json(&[
        "generate", "--days", "3", "--seed", "7", "--format", "jsonl", "--output", "live",
    ]);
    let as_of = summary["as_of"].as_str().expect("a date").to_owned();
    let asked = [
        "--analysis",
        "all",
        "--live",
        "live",
        "--leave-out",
        "returns,anonymous",
        "--as-of",
        &as_of,
    ];
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

#[test]
fn real_sales_are_analysed_alike() {
    let (Some(remote), Some(data)) = (spark(), shared_data()) else {
        return;
    };
    let shop = Shop::new();
    let input = data.join("online-retail-2010-12");
    let input = input.to_str().expect("text");
    let rules = ["--leave-out", "write-offs,non-products,adjustments"];
    let asked = [&["--input", input, "--analysis", "all"], &rules[..]].concat();
    let summary = both(&shop, remote, &asked);
    // Golden: data/README.md.
    assert_eq!(summary["grand_total"], "748957.02");
}
