//! Sales and stocks.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};

use crate::common::Shop;
use crate::lines::{cents, distinct, events, fields, lines, make, stated, text, whole};

/// How a shape calls things.
struct Shape {
    sales: &'static str,
    stocks: &'static str,
    sale_time: &'static str,
    stock_time: &'static str,
    level: &'static str,
    reorder: i64,
}

const README: Shape = Shape {
    sales: "sales_events",
    stocks: "inventory_events",
    sale_time: "sale_timestamp",
    stock_time: "update_timestamp",
    level: "current_stock",
    reorder: 20,
};
const GENERATOR: Shape = Shape {
    sales: "retail-sales-transactions",
    stocks: "retail-inventory-updates",
    sale_time: "timestamp",
    stock_time: "timestamp",
    level: "new_quantity",
    reorder: 10,
};

fn place(event: &Value) -> (String, String) {
    (
        text(event, "store_id").to_owned(),
        text(event, "product_id").to_owned(),
    )
}

/// Every figure of the truth, from the lines; and that stocks follow from sales and restocks.
fn assert_true(shop: &Shop, truth: &Value, shape: &Shape) {
    let mut sold = HashMap::new();
    let (mut revenue, mut units, mut unusual) = (0, 0, 0);
    for sale in events(shop, "inventory", shape.sales, shape.sale_time) {
        let (pieces, total) = (whole(&sale, "quantity"), cents(&sale, "total_amount"));
        assert_eq!(pieces * cents(&sale, "unit_price"), total);
        assert!(pieces > 0);
        revenue += total;
        units += pieces;
        unusual += i64::from(pieces > 10);
        let key = (place(&sale), text(&sale, shape.sale_time).to_owned());
        assert_eq!(sold.insert(key, pieces), None, "two at once: {sale}");
    }
    let mut levels: BTreeMap<_, i64> = BTreeMap::new();
    let mut found: BTreeMap<&str, i64> = BTreeMap::new();
    let mut add = |name, by: i64| *found.entry(name).or_insert(0) += by;
    for event in events(shop, "inventory", shape.stocks, shape.stock_time) {
        let (place, level) = (place(&event), whole(&event, shape.level));
        assert!(level >= 0, "{event}");
        let sale = sold.remove(&(place.clone(), text(&event, shape.stock_time).to_owned()));
        let before = levels.insert(place, level);
        match (sale, before) {
            (Some(pieces), Some(before)) => assert_eq!(level, before - pieces, "{event}"),
            (None, Some(before)) if level != before => {
                assert!((50..=200).contains(&(level - before)), "{event}");
                assert!(before <= shape.reorder, "{event}");
                add("restocks", 1);
                add("restocked_units", level - before);
            }
            _ => {}
        }
        let was = |told: &dyn Fn(i64) -> bool| before.is_some_and(told);
        let low = |level: i64| level <= shape.reorder;
        add("stock_outs", i64::from(level == 0 && !was(&|b| b == 0)));
        add("low_stock", i64::from(low(level) && !was(&low)));
        add("overstocked", i64::from(level > 200 && !was(&|b| b > 200)));
        // What the first event of a place tells is not held against anything.
        if let (Some(_), Some(before)) = (sale, before) {
            add(
                "rapid_depletion",
                i64::from(level * 2 < before && !low(level)),
            );
        }
    }
    assert_eq!(sold.len(), 0, "every sale has its stock event");
    assert_eq!(stated(&truth["revenue"]), revenue);
    assert_eq!(truth["units"], json!(units));
    assert_eq!(truth["stock"]["final"], json!(levels.values().sum::<i64>()));
    assert_eq!(truth["anomalies"]["unusual_quantity"], json!(unusual));
    let depleted = found.remove("rapid_depletion");
    assert_eq!(truth["anomalies"]["rapid_depletion"].as_i64(), depleted);
    for (name, count) in found {
        assert_eq!(truth["stock"][name], json!(count), "{name}");
    }
}

#[test]
fn stocks_follow_from_sales_and_restocks() {
    let shop = Shop::new();
    let size = ["--products", "20", "--stores", "5", "--duration", "2h"];
    let truth = make(&shop, "inventory", &size);
    assert_true(&shop, &truth, &README);
    assert!(truth["stock"]["overstocked"].as_i64() > Some(0));
    for figure in ["stock_outs", "low_stock", "restocks"] {
        assert!(
            truth["stock"][figure].as_i64() > Some(10),
            "{figure}: {truth}"
        );
    }
    let planted = truth["anomalies"]["rapid_depletion"].as_i64().unwrap();
    let sales = truth["topics"]["sales_events"]["valid_rows"]
        .as_i64()
        .unwrap();
    assert!((planted - sales / 500).abs() <= 1, "{planted} of {sales}");
    assert_eq!(truth["anomalies"]["unusual_quantity"], json!(planted));
    // 10 events a second.
    assert!((72_000..=72_001).contains(&truth["events"].as_i64().unwrap()));
}

#[test]
fn no_depletion_is_planted_that_events_do_not_show() {
    // So many stocks that most are told of for the first time.
    let size = ["--duration", "20m", "--anomalies", "0.05"];
    let planted = [("readme", &README), ("generator", &GENERATOR)].map(|(name, shape)| {
        let shop = Shop::new();
        let more = [&size[..], &["--shape", name]].concat();
        let truth = make(&shop, "inventory", &more);
        assert_true(&shop, &truth, shape);
        let figure = |topic: &str| truth["topics"][topic]["valid_rows"].as_i64().unwrap();
        let planted = truth["anomalies"]["rapid_depletion"].as_i64().unwrap();
        let owed = figure(shape.sales) / 20;
        assert!((planted - owed).abs() <= 2, "{planted} of {owed}");
        assert_eq!(truth["anomalies"]["unusual_quantity"], json!(planted));
        planted
    });
    assert!(planted[0] > 200, "{planted:?}");
}

#[test]
fn the_other_shape_tells_the_same_story() {
    let shop = Shop::new();
    let size = ["--products", "20", "--stores", "5", "--duration", "2h"];
    let more = [
        "--shape",
        "generator",
        "--late",
        "0.05",
        "--malformed",
        "0.05",
    ];
    let truth = make(&shop, "inventory", &[&size[..], &more].concat());
    assert_eq!(truth["shape"], json!("generator"));
    assert_true(&shop, &truth, &GENERATOR);
    for event in events(&shop, "inventory", GENERATOR.stocks, "timestamp") {
        let change = whole(&event, "quantity_change");
        let before = whole(&event, "previous_quantity");
        assert_eq!(before + change, whole(&event, "new_quantity"));
        assert_eq!(
            text(&event, "reason"),
            if change < 0 { "sale" } else { "receipt" }
        );
    }
}

#[test]
fn nothing_is_sold_that_is_not_there() {
    let shop = Shop::new();
    let size = [
        "--products",
        "3",
        "--stores",
        "1",
        "--rate",
        "200",
        "--duration",
        "10m",
    ];
    let truth = make(&shop, "inventory", &size);
    // The last sale may be at the last moment, and its stock event with it.
    assert!((120_000..=120_001).contains(&truth["events"].as_i64().unwrap()));
    let mut levels: HashMap<_, i64> = HashMap::new();
    for event in events(&shop, "inventory", "inventory_events", "update_timestamp") {
        let level = whole(&event, "current_stock");
        assert!(level >= 0);
        levels.insert(place(&event), level);
    }
    assert_eq!(levels.len(), 3);
    assert!(truth["stock"]["stock_outs"].as_i64() > Some(10));
    assert_eq!(truth["quality"]["negative_stock"], json!(0));
}

#[test]
fn counted_stocks_are_more_events_of_stock() {
    let shop = Shop::new();
    let size = ["--products", "20", "--stores", "5", "--duration", "1h"];
    let truth = make(
        &shop,
        "inventory",
        &[&size[..], &["--mix", "sale=1,inventory=2"]].concat(),
    );
    assert_true(&shop, &truth, &README);
    let rows = |topic: &str| truth["topics"][topic]["valid_rows"].as_i64().unwrap();
    assert!((rows("inventory_events") - 2 * rows("sales_events")).abs() <= 2);
}

#[test]
fn events_have_their_fields() {
    let shop = Shop::new();
    let truth = make(&shop, "inventory", &[]);
    assert_eq!(truth["shape"], json!("readme"));
    let first = |topic: &str| lines(&shop, "inventory", topic)[0].clone();
    let sale = first("sales_events");
    assert_eq!(
        fields(&sale),
        [
            "sale_id",
            "store_id",
            "product_id",
            "customer_id",
            "quantity",
            "unit_price",
            "total_amount",
            "sale_timestamp",
            "payment_method",
            "promotion_id"
        ]
    );
    assert_eq!(
        fields(&first("inventory_events")),
        [
            "inventory_id",
            "store_id",
            "product_id",
            "current_stock",
            "minimum_stock",
            "maximum_stock",
            "reorder_point",
            "last_restock_date",
            "next_restock_date",
            "update_timestamp"
        ]
    );
    let (sales, ..) = distinct(&lines(&shop, "inventory", "sales_events"), "sale_timestamp");
    let promoted = sales.iter().filter(|sale| !sale["promotion_id"].is_null());
    assert_eq!(promoted.count(), sales.len() / 4);
    make(&shop, "inventory", &["--shape", "generator"]);
    assert!(!shop.path("data/worlds/inventory/sales_events").exists());
    assert_eq!(
        fields(&first("retail-sales-transactions")),
        [
            "transaction_id",
            "store_id",
            "product_id",
            "quantity",
            "unit_price",
            "total_amount",
            "timestamp",
            "customer_id",
            "payment_method",
            "store_region",
            "product_category",
            "event_type",
            "event_version"
        ]
    );
    assert_eq!(
        fields(&first("retail-inventory-updates")),
        [
            "inventory_id",
            "store_id",
            "product_id",
            "quantity_change",
            "new_quantity",
            "previous_quantity",
            "reason",
            "timestamp",
            "event_type"
        ]
    );
}
