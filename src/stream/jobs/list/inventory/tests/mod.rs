mod alerts;
mod model;
mod windows;

use serde_json::json;

use crate::stream::jobs::tests::bench::{Bench, SECOND, clock, texts};

/// Noon of some day, in seconds.
const NOON: i64 = 1_740_830_400;

fn inventory(set: &[&str]) -> Bench {
    Bench::new("inventory", set)
}

fn time(seconds: i64) -> String {
    clock((NOON + seconds) * SECOND)
}

/// So many pieces are there, as the README of the replaced system says it.
fn level(seconds: i64, product: &str, stock: i64) -> String {
    json!({
        "inventory_id": format!("i{seconds}"), "store_id": "S1", "product_id": product,
        "current_stock": stock, "minimum_stock": 10, "maximum_stock": 200, "reorder_point": 20,
        "last_restock_date": "2020-01-01T00:00:00", "update_timestamp": time(seconds),
    })
    .to_string()
}

/// The same as its generator says it: without bounds.
fn bare_level(seconds: i64, product: &str, stock: i64) -> String {
    json!({
        "inventory_id": format!("i{seconds}"), "store_id": "S1", "product_id": product,
        "quantity_change": -1, "new_quantity": stock, "previous_quantity": 7, "reason": "sale",
        "event_type": "inventory_update", "timestamp": time(seconds),
    })
    .to_string()
}

/// Pieces are sold, brought back (`RETURN`) or come in (`RESTOCK`).
fn moved(seconds: i64, product: &str, kind: &str, pieces: i64) -> String {
    json!({
        "sale_id": format!("s{seconds}"), "store_id": "S1", "product_id": product,
        "transaction_type": kind, "quantity": pieces, "unit_price": 2,
        "sale_timestamp": time(seconds),
    })
    .to_string()
}

fn alerts(job: &Bench) -> Vec<String> {
    texts(&job.table("inventory_alerts"), "alert_type")
}

/// Mistake 8: the replaced system took the total of a window from the stock at every trigger, and
/// 16,347 products had 120,263 alerts.
#[test]
fn mistake_8_a_sale_is_taken_from_the_stock_once() {
    let mut job = inventory(&[]);
    job.say(&level(0, "p", 100));
    // Over an hour of sales; each lies in five windows of one kind and six of the other.
    for n in 1..=90 {
        job.say(&moved(n * 60, "p", "SALE", 1));
    }
    job.finish();
    let rows = job.table("inventory_metrics");
    let last = rows.last().unwrap();
    assert_eq!(
        (&last["latest_stock"], &last["min_observed_stock"]),
        (&json!(10), &json!(10))
    );
    assert_eq!(alerts(&job), ["LOW_STOCK"]);
    let alert = &job.table("inventory_alerts")[0];
    // The 80th sale leaves 20.
    assert_eq!(
        (&alert["value"], &alert["detected_at"]),
        (&json!(20), &json!(time(4_800)))
    );
}

#[test]
fn returns_and_restocks_fill_it() {
    let mut job = inventory(&[]);
    for event in [
        level(0, "p", 50),
        moved(10, "p", "SALE", 8),
        moved(20, "p", "RETURN", 3),
        moved(30, "p", "RESTOCK", 40),
    ] {
        job.say(&event);
    }
    job.finish();
    let rows = job.table("inventory_metrics");
    let row = rows
        .iter()
        .find(|row| row["window_start"] == time(0))
        .unwrap();
    let columns = [
        "latest_stock",
        "min_observed_stock",
        "max_observed_stock",
        "update_count",
    ];
    assert_eq!(
        columns.map(|column| row[column].to_string()),
        ["85", "42", "85", "4"]
    );
    let rows = job.table("inventory_turnover");
    let row = rows
        .iter()
        .find(|row| row["window_start"] == time(0))
        .unwrap();
    assert_eq!(row["units_sold"], 5);
}

#[test]
fn of_one_time_the_level_comes_last() {
    for order in [[0usize, 1], [1, 0]] {
        let events = [moved(60, "p", "SALE", 10), level(60, "p", 40)];
        let mut job = inventory(&[]);
        job.say(&level(0, "p", 50));
        for n in order {
            job.say(&events[n]);
        }
        job.finish();
        let rows = job.table("inventory_metrics");
        assert_eq!(rows.last().unwrap()["latest_stock"], 40, "{order:?}");
        assert_eq!(rows.last().unwrap()["min_observed_stock"], 40, "{order:?}");
    }
}

/// Mistake 21: the last one to arrive was the latest stock.
#[test]
fn mistake_21_the_latest_stock_is_that_of_event_time() {
    let mut job = inventory(&[]);
    job.say(&level(60, "p", 70));
    job.say(&level(30, "p", 90));
    job.say(&level(90, "p", 80));
    job.say(&level(10, "p", 60));
    job.finish();
    let rows = job.table("inventory_metrics");
    assert_eq!(texts(&rows, "latest_stock"), ["80"; 5]);
}

#[test]
fn a_stock_is_unknown_before_a_level_tells_it() {
    let mut job = inventory(&[]);
    job.say(&moved(0, "p", "SALE", 500));
    job.say(&moved(10, "q", "RESTOCK", 500));
    job.finish();
    assert!(alerts(&job).is_empty());
    assert!(job.table("inventory_metrics").is_empty());
    assert!(job.table("inventory_turnover").is_empty());
    assert_eq!(job.figure("unknown_stock"), 2);
}

#[test]
fn or_it_is_what_is_set() {
    let mut job = inventory(&["initial=12"]);
    job.say(&moved(0, "p", "SALE", 1));
    job.say(&moved(10, "p", "SALE", 1));
    job.say(&moved(20, "UNKNOWN", "SALE", 50));
    job.say(&level(30, "q", 100));
    job.finish();
    assert_eq!(alerts(&job), ["LOW_STOCK"]);
    assert_eq!(job.table("inventory_alerts")[0]["detected_at"], time(10));
}

#[test]
fn a_transaction_takes_from_each_of_its_products() {
    let mut job = inventory(&["initial=100", "reorder=95"]);
    let lines = json!([
        {"product_id": "a", "quantity": 4, "price": 1},
        {"product_id": "b", "quantity": 5, "price": 1},
    ]);
    let event =
        json!({"transaction_id": "t", "user_id": "u", "timestamp": time(0), "products": lines});
    job.say(&event.to_string());
    job.finish();
    let rows = job.table("inventory_alerts");
    assert_eq!(texts(&rows, "product_id"), ["b"]);
    assert_eq!(rows[0]["store_id"], json!(null));
}

#[test]
fn a_stock_is_forgotten() {
    let mut job = inventory(&["forget=2h"]);
    job.say(&level(0, "p", 15));
    job.say(&level(8_000, "q", 100));
    assert_eq!(job.stage.job.view()["status"]["LOW_STOCK"], 0);
    // What is sold of it then is of an unknown stock; a level is told anew.
    job.say(&moved(8_100, "p", "SALE", 1));
    job.say(&level(8_200, "p", 15));
    job.finish();
    assert_eq!(alerts(&job), ["LOW_STOCK", "LOW_STOCK"]);
    assert_eq!(job.figure("unknown_stock"), 1);
    assert_eq!(job.table("inventory_alerts")[1]["detected_at"], time(8_200));
}

#[test]
fn the_board_shows_how_stocks_stand() {
    let mut job = inventory(&[]);
    for (n, stock) in [100, 0, 15, 21, 5, 300].into_iter().enumerate() {
        job.say(&level(n as i64, &format!("p{n}"), stock));
    }
    job.say(&level(400, "p0", 60));
    let view = |job: &Bench| job.stage.job.view();
    let lowest = |job: &Bench| {
        let rows = view(job)["lowest"].as_array().unwrap().clone();
        let names = rows
            .iter()
            .map(|row| row["product_id"].as_str().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    // The last event is not final yet.
    let status = json!({"IN_STOCK": 3, "LOW_STOCK": 2, "OUT_OF_STOCK": 1});
    assert_eq!(view(&job)["status"], status);
    assert_eq!(lowest(&job), ["p1", "p4", "p2", "p3", "p0", "p5"]);
    job.restart();
    assert_eq!(view(&job)["status"], status);
    job.say(&moved(500, "p3", "SALE", 3));
    job.say(&moved(500, "p0", "SALE", 57));
    job.say(&level(10_000, "x", 100));
    assert_eq!(lowest(&job), ["p1", "p0", "p4", "p2", "p3", "p5"]);
    let row = &view(&job)["lowest"][1];
    let wanted = json!({
        "store_id": "S1", "product_id": "p0", "stock": 3, "reorder_level": 20, "max_stock": 200,
        "stock_status": "LOW_STOCK", "stock_percentage": 1.5, "updated_at": time(500),
    });
    assert_eq!(row, &wanted);
    let status = json!({"IN_STOCK": 1, "LOW_STOCK": 4, "OUT_OF_STOCK": 1});
    assert_eq!(view(&job)["status"], status);
}
