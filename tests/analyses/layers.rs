//! The views of `lambda`: an archive and live events that both have the same events.

use std::collections::BTreeMap;

use crate::common::Shop;
use crate::play::{self, rows_of};

/// A day and a quarter of events, as `stream --job archive` kept them and as files.
fn shop() -> Shop {
    let shop = Shop::new();
    let made = "generate --world retail_events --start 2025-01-01T20:30:00 --duration 30h \
                --rate 0.01 --output events";
    shop.json(&made.split_whitespace().collect::<Vec<_>>());
    let kept = "stream --job archive --input events --rate 0 --until-end --output archive";
    shop.json(&kept.split_whitespace().collect::<Vec<_>>());
    shop
}

/// Views that do not say whence an event comes.
const VIEWS: [&str; 4] = [
    "sales_by_category",
    "sales_by_store",
    "hourly_sales_trend",
    "product_performance",
];

type Rows = Vec<BTreeMap<String, String>>;

/// The views, and the events without their source.
fn views(shop: &Shop) -> Vec<Rows> {
    let mut events = rows_of(shop, "lambda/retail_events_unified");
    for event in &mut events {
        event.remove("source");
    }
    let views = VIEWS.map(|view| rows_of(shop, &format!("lambda/{view}")));
    [vec![events], views.into()].concat()
}

fn watermark(shop: &Shop) -> BTreeMap<String, String> {
    rows_of(shop, "lambda/batch_watermark").remove(0)
}

#[test]
fn two_full_copies_of_the_same_events_count_once() {
    let shop = shop();
    let alone = ["--input", "archive"];
    play::assert_right(&shop, &alone);
    let once = views(&shop);
    assert!(once.iter().all(|rows| !rows.is_empty()));
    let both = [&alone[..], &["--live", "events"]].concat();
    play::assert_right(&shop, &both);
    assert_eq!(views(&shop), once);
    let end = watermark(&shop);
    assert_eq!(end["batch_watermark"], "2025-01-03T00:00:00Z");
    for layer in ["historical_events", "realtime_events"] {
        assert!(end[layer].parse::<u64>().expect("a count") > 0, "{layer}");
    }
    // In the middle of a day, on an event, before all, behind all.
    let first = once[0][0]["event_time"].as_str();
    for time in ["2025-01-02T11:30:00", first, "2025-01-01", "2026-01-01"] {
        let given = [&both[..], &["--batch-watermark", time]].concat();
        play::batch(&shop, &given);
        assert_eq!(views(&shop), once, "{time}");
        let end = watermark(&shop);
        assert_eq!(
            end["historical_events"], end["live_events_before"],
            "{time}"
        );
        assert_eq!(
            end["realtime_events"], end["archive_events_after"],
            "{time}"
        );
    }
}

#[test]
fn rejects_and_duplicates_of_live_events_are_counted_and_in_no_view() {
    let shop = shop();
    let events = shop.read("events/retail_events/part-00000.jsonl");
    let mut live = String::new();
    for (at, event) in events.lines().enumerate() {
        let fault = match at % 9 {
            2 => event,
            4 => "{\"event_time\": 1,",
            6 => r#"{"event_time":"soon","product_id":"Tea","quantity":1,"unit_price":1}"#,
            _ => continue,
        };
        live.extend([event, "\n", fault, "\n"]);
    }
    // Only live: a later sale of what the archive does not know.
    live.push_str(
        r#"{"event_time":"2025-01-04 09:30:00","store_id":77,"product_id":"Tea","category":"Drinks","transaction_type":"SALE","quantity":2,"unit_price":3.5,"event_id":"x"}"#,
    );
    shop.write("live/part.jsonl", live);
    let given = [
        "--input", "archive", "--live", "live", "--dedup", "order_id",
    ];
    let summary = play::assert_right(&shop, &given);
    let counts = &summary["live"];
    for count in ["rejected", "duplicates", "accepted"] {
        assert!(counts[count].as_u64() > Some(50), "{count}: {counts}");
    }
    let parts = ["accepted", "rejected", "duplicates"].map(|count| counts[count].as_u64());
    let parts = parts.iter().flatten().sum::<u64>();
    assert_eq!(counts["read"].as_u64(), Some(parts));
    let tea = play::row_of(&shop, "lambda/product_performance", "product_id", "Tea");
    assert_eq!(tea["total_revenue"], "7.00");
    assert_eq!(
        rows_of(&shop, "lambda/hourly_sales_trend")[0]["hour"],
        "2025-01-04T09:00:00Z"
    );
    // No other analysis knows of live events.
    let products = rows_of(&shop, "product_performance/product_performance");
    assert!(products.iter().all(|row| row["product_id"] != "Tea"));
    // Every rule leaves out live events as well.
    let given = [&given[..], &["--leave-out", "returns"]].concat();
    let summary = play::assert_right(&shop, &given);
    assert!(summary["left_out"]["returns"].as_u64() > Some(0));
    let returned = rows_of(&shop, "lambda/sales_by_store");
    let returned = returned.iter().map(|row| row["return_count"].as_str());
    assert!(returned.into_iter().all(|count| count == "0"));
}

#[test]
fn without_live_events_the_archive_is_all_and_said_to_end_behind_its_last_event() {
    let shop = shop();
    let summary = play::batch(&shop, &["--input", "archive"]);
    assert!(summary.get("live").is_none(), "{summary:#}");
    let events = rows_of(&shop, "lambda/retail_events_unified");
    assert!(events.iter().all(|event| event["source"] == "historical"));
    let end = watermark(&shop);
    let last = events.last().expect("events");
    let last = last["event_time"].trim_end_matches('Z');
    assert_eq!(end["batch_watermark"], format!("{last}.000001Z"));
    assert_eq!(end["historical_events"], events.len().to_string());
    assert_eq!(end["archive_events_after"], "0");
}
