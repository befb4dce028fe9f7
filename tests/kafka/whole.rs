//! Whole passes: what goes in comes out, to the cent.

use std::collections::HashMap;

use rdkafka::message::Message;

use crate::broker::{kafka, topic};
use crate::common::{Shop, stdout};
use crate::figures::{
    CLASSIC, assert_adds_up, assert_rows, by_hand, classic, count, money, rows, total, units,
};
use crate::world::{bounds, messages, pass, replay, values};

/// 15 products on 14 days at midnight, each in four windows.
const CLASSIC_ROWS: u64 = 14 * 15 * 4;

fn classic_through(partitions: &str) {
    let Some(broker) = kafka() else { return };
    let (shop, topic) = (Shop::new(), topic());
    classic(&shop);
    let more = ["--rate", "0", "--partitions", partitions];
    let sent = shop.json(&replay(&broker, &topic, &more));
    assert_eq!(count(&sent, "sent"), 14 * 72);
    assert_eq!(bounds(&broker, &topic).len().to_string(), partitions);

    let summary = shop.json(&pass(&broker, &topic, &[]));
    assert_eq!(count(&summary, "read"), 14 * 72);
    assert_eq!(count(&summary, "rejected"), 0);
    assert_eq!(count(&summary, "windows"), CLASSIC_ROWS);
    assert_eq!(money(&summary, "written_revenue"), 4 * units(CLASSIC));
    assert_eq!(count(&summary, "late"), 0);
    assert_eq!(summary["ended"], true);
    assert_adds_up(&summary);

    let found = rows(&shop, "pass");
    assert_eq!(found.len() as u64, CLASSIC_ROWS);
    assert_eq!(total(&found), 4 * units(CLASSIC));
    let events = stdout(&shop.run(&["replay", "--rate", "0"]));
    assert_rows(&found, &by_hand(events.lines()));

    // A run that had reached the end adds nothing when run again.
    let again = shop.json(&pass(&broker, &topic, &[]));
    assert_eq!(count(&again, "windows"), CLASSIC_ROWS);
    assert_rows(&rows(&shop, "pass"), &found);
}

#[test]
fn classic_through_one_partition() {
    classic_through("1");
}

#[test]
fn classic_through_four_partitions() {
    classic_through("4");
}

#[test]
fn shuffled_events_are_written_or_late() {
    let Some(broker) = kafka() else { return };
    let (shop, topic) = (Shop::new(), topic());
    classic(&shop);
    let more = ["--rate", "0", "--shuffle", "--partitions", "4"];
    shop.json(&replay(&broker, &topic, &more));
    let summary = shop.json(&pass(&broker, &topic, &["--watermark", "1s"]));
    assert_eq!(count(&summary, "read"), 14 * 72);
    assert!(count(&summary, "late") > 0, "{summary}");
    assert_eq!(money(&summary, "accepted_revenue"), units(CLASSIC));
    assert_eq!(money(&summary, "open_revenue"), 0);
    let both = money(&summary, "written_revenue") + money(&summary, "late_revenue");
    assert_eq!(both, 4 * units(CLASSIC));
    assert_eq!(
        total(&rows(&shop, "pass")),
        money(&summary, "written_revenue")
    );
    // Late records are kept, one by one, with what the windows are without.
    let text = shop.read("pass/_late/part-00000.jsonl");
    let kept: Vec<serde_json::Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(kept.len() as u64, count(&summary, "late"));
    let missed: i128 = kept.iter().map(|line| money(line, "late_revenue")).sum();
    assert_eq!(missed, money(&summary, "late_revenue"));
}

/// Keyed by the cleaned product: a key is in one partition, and several are in use.
#[test]
fn a_product_stays_in_one_partition() {
    let Some(broker) = kafka() else { return };
    let (shop, topic) = (Shop::new(), topic());
    shop.write(
        "data/input/a.csv",
        (0..200).fold("product,date,amount\n".to_owned(), |text, number| {
            // The third is spelt with blanks around it, which cleaning takes off.
            let blanks = if number % 3 == 0 { "  " } else { "" };
            format!("{text}{blanks}p{}{blanks},2025-01-01,1\n", number % 20)
        }),
    );
    shop.json(&replay(&broker, &topic, &["--rate", "0"]));
    let mut places: HashMap<String, i32> = HashMap::new();
    let found = messages(&broker, &topic);
    assert_eq!(found.len(), 200);
    for message in &found {
        let key = String::from_utf8(message.key().expect("a key").to_vec()).expect("text");
        assert_eq!(key, key.trim());
        let place = *places.entry(key).or_insert(message.partition());
        assert_eq!(place, message.partition());
    }
    assert_eq!(places.len(), 20);
    let mut used: Vec<_> = places.values().collect();
    used.sort();
    used.dedup();
    assert_eq!(used.len(), 4, "{places:?}");
}

#[test]
fn generated_sales_go_straight_into_a_topic() {
    let Some(broker) = kafka() else { return };
    let (shop, topic) = (Shop::new(), topic());
    let days = ["--days", "3", "--start-date", "2025-01-01"];
    let faults = ["--malformed", "0.05", "--late", "0.05"];
    let place = ["--brokers", &broker, "--topic", &topic];
    let sent = shop.json(&[&["generate"], &days[..], &faults, &place].concat());
    assert!(!shop.path("data").exists(), "no files, no master data");
    // The same sales as files, with their truth beside them.
    shop.json(&[&["generate"], &days[..], &faults].concat());
    let truth: serde_json::Value =
        serde_json::from_str(&shop.read("data/input/_truth.json")).expect("JSON");
    assert_eq!(count(&sent, "sent"), count(&truth, "rows"));
    let summary = shop.json(&pass(&broker, &topic, &[]));
    assert_eq!(count(&summary, "read"), count(&truth, "rows"));
    assert_eq!(count(&summary, "rejected"), count(&truth, "malformed"));
    assert!(count(&truth, "malformed") > 0);
    assert_eq!(
        money(&summary, "accepted_revenue"),
        money(&truth, "revenue")
    );
    assert_eq!(money(&summary, "open_revenue"), 0);
    assert_adds_up(&summary);
}

#[test]
fn late_rows_are_played_in_time_and_windowed_by_hand() {
    let Some(broker) = kafka() else { return };
    let (shop, topic) = (Shop::new(), topic());
    let days = ["--days", "2", "--start-date", "2025-01-01", "--late", "0.1"];
    shop.json(&[&["generate"], &days[..]].concat());
    shop.json(&replay(&broker, &topic, &["--rate", "0"]));
    let summary = shop.json(&pass(&broker, &topic, &[]));
    assert_eq!(count(&summary, "late"), 0);
    let sent = messages(&broker, &topic);
    assert_rows(&rows(&shop, "pass"), &by_hand(values(&sent)));
}
