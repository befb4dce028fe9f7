//! Sales, returns and restocks in one topic.

use std::collections::{BTreeMap, HashMap};

use serde_json::json;

use crate::common::Shop;
use crate::lines::{cents, distinct, fields, lines, make, micros, stated, stated_by_name};
use crate::lines::{text, whole};

#[test]
fn the_truth_can_be_computed_from_the_lines() {
    let shop = Shop::new();
    let truth = make(&shop, "retail_events", &["--duration", "2h"]);
    let lines = lines(&shop, "retail_events", "retail_events");
    assert_eq!(
        fields(&lines[0]),
        [
            "event_time",
            "store_id",
            "product_id",
            "category",
            "transaction_type",
            "quantity",
            "unit_price",
            "event_id"
        ]
    );
    let (events, broken, again) = distinct(&lines, "event_time");
    assert_eq!((events.len(), broken, again), (14_400, 0, 0));
    let (mut revenue, mut units, mut moved) = (0, 0, 0);
    let mut types: BTreeMap<String, i64> = BTreeMap::new();
    let mut categories: BTreeMap<String, i64> = BTreeMap::new();
    let mut out: HashMap<_, i64> = HashMap::new();
    let mut restocked = 0;
    let mut last = 0;
    for event in &events {
        let kind = text(event, "transaction_type");
        let (pieces, price) = (whole(event, "quantity"), cents(event, "unit_price"));
        let place = (whole(event, "store_id"), text(event, "product_id"));
        assert!((1..=10).contains(&place.0));
        let time = text(event, "event_time");
        assert_eq!((time.len(), &time[10..11]), (19, " "));
        assert!(micros(time) >= last);
        last = micros(time);
        let range = match text(event, "category") {
            "Electronics" => 100..=1500,
            "Clothing" => 20..=200,
            "Home" => 30..=300,
            "Books" => 10..=50,
            "Sports" => 15..=250,
            other => panic!("{other}"),
        };
        assert!(range.contains(&(price / 100)), "{event}");
        *types.entry(kind.to_owned()).or_default() += 1;
        let held = out.entry(place).or_default();
        let sign = match kind {
            "SALE" => {
                assert!((1..=10).contains(&pieces));
                *held += pieces;
                moved -= pieces;
                1
            }
            "RETURN" => {
                assert!((1..=5).contains(&pieces));
                *held -= pieces;
                assert!(*held >= 0, "more came back than was sold: {event}");
                moved += pieces;
                -1
            }
            _ => {
                assert!((10..=100).contains(&pieces));
                restocked += pieces;
                moved += pieces;
                0
            }
        };
        revenue += sign * pieces * price;
        units += sign * pieces;
        *categories
            .entry(text(event, "category").to_owned())
            .or_default() += sign * pieces * price;
    }
    assert_eq!(stated(&truth["revenue"]), revenue);
    assert_eq!(truth["units"], json!(units));
    assert_eq!(truth["by_type"], json!(types));
    assert_eq!(stated_by_name(&truth["by_category"]), categories);
    let stock = |name: &str| truth["stock"][name].as_i64().unwrap();
    assert_eq!(stock("final"), stock("initial") + moved);
    assert_eq!(stock("restocks"), types["RESTOCK"]);
    assert_eq!(stock("restocked_units"), restocked);
    // 90, 7 and 3 of a hundred.
    for (name, share) in [("SALE", 90), ("RETURN", 7), ("RESTOCK", 3)] {
        assert!((types[name] - 144 * share).abs() <= 2, "{types:?}");
    }
}

#[test]
fn without_restocks_all_is_sold_and_then_restocked() {
    let shop = Shop::new();
    let size = ["--stores", "1", "--products", "2", "--duration", "1h"];
    let mix = ["--mix", "sale=1,return=0"];
    let truth = make(&shop, "retail_events", &[&size[..], &mix].concat());
    assert_eq!(truth["events"], json!(7_200));
    assert!(truth["by_type"]["RESTOCK"].as_i64() > Some(10));
    assert_eq!(truth["by_type"]["RETURN"], json!(0));
    let events = lines(&shop, "retail_events", "retail_events");
    let (events, ..) = distinct(&events, "event_time");
    let mut moved = truth["stock"]["initial"].as_i64().unwrap();
    for event in events {
        let sale = text(&event, "transaction_type") == "SALE";
        moved += whole(&event, "quantity") * if sale { -1 } else { 1 };
        assert!(moved >= 0);
    }
}
