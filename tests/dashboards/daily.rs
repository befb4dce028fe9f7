//! `/api/daily`: the CSV of batch, field for field as the replaced dashboard answered.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::common::Shop;
use crate::common::figures::{CLASSIC, classic, units};
use crate::common::web::Servers;
use crate::model::amount;

/// The rows of the CSV.
fn rows(shop: &Shop) -> Vec<(String, String, String)> {
    let path = shop.path("data/output/analysis_csv/part-00000.csv");
    let mut reader = csv::Reader::from_path(path).unwrap();
    let rows = reader.records().map(|row| row.unwrap());
    rows.map(|row| (row[0].to_owned(), row[1].to_owned(), row[2].to_owned()))
        .collect()
}

#[test]
fn it_tells_what_stands_in_the_csv() {
    let shop = Shop::new();
    classic(&shop);
    shop.json(&["batch"]);
    let servers = Servers::start(&shop, &[]);
    let answer = servers.get("batch", "/api/daily");
    let daily: Value = serde_json::from_str(&answer.body).unwrap();
    let names: Vec<&String> = daily.as_object().unwrap().keys().collect();
    let mut expected = vec!["status", "daily", "top_products", "sample"];
    expected.sort_unstable();
    assert_eq!(
        {
            let mut n = names.clone();
            n.sort_unstable();
            n
        },
        expected
    );
    assert_eq!(daily["status"], "ok");

    let rows = rows(&shop);
    let mut days: BTreeMap<&str, i128> = BTreeMap::new();
    let mut products: BTreeMap<&str, i128> = BTreeMap::new();
    for (day, product, total) in &rows {
        *days.entry(day).or_default() += units(total);
        *products.entry(product).or_default() += units(total);
    }
    let told = daily["daily"].as_array().unwrap();
    let told: Vec<(&str, i128)> = told
        .iter()
        .map(|row| {
            (
                row["order_date"].as_str().unwrap(),
                amount(&row["total_amount"]),
            )
        })
        .collect();
    assert_eq!(told, days.clone().into_iter().collect::<Vec<_>>());
    assert_eq!(told.len(), 14);
    assert_eq!(told.iter().map(|row| row.1).sum::<i128>(), units(CLASSIC));

    let mut ranking: Vec<(i128, &str)> = products.iter().map(|(p, t)| (-t, *p)).collect();
    ranking.sort_unstable();
    let top = daily["top_products"].as_array().unwrap();
    let top: Vec<(i128, &str)> = top
        .iter()
        .map(|row| {
            (
                -amount(&row["total_amount"]),
                row["product"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(top, ranking[..10]);

    let mut newest = rows.clone();
    newest.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    let sample = daily["sample"].as_array().unwrap();
    assert_eq!(sample.len(), 50);
    for (told, row) in sample.iter().zip(&newest) {
        assert_eq!(told["order_date"], json!(row.0));
        assert_eq!(told["product"], json!(row.1));
        // A number, with just the digits of the file: no float was on the way.
        let digits = format!("\"total_amount\":{}}}", row.2);
        assert!(answer.body.contains(&digits), "{digits}");
    }
}

#[test]
fn sums_that_no_float_holds_are_told_to_the_last_digit() {
    let shop = Shop::new();
    // 17 digits: a float would tell 99999999999999.98 or so.
    let text = "order_date,product,amount\n2026-01-01,Ring,99999999999999.9999\n\
                2026-01-02,Ring,-99999999999999.9998\n2026-01-03,Ring,0.0001\n";
    shop.write("data/input/a.csv", text);
    shop.json(&["batch"]);
    let servers = Servers::start(&shop, &[]);
    let body = servers.get("batch", "/api/daily").body;
    assert!(
        body.contains("\"total_amount\":99999999999999.9999}"),
        "{body}"
    );
    assert!(
        body.contains("\"top_products\":[{\"product\":\"Ring\",\"total_amount\":0.0002}]"),
        "{body}"
    );
    let report = servers.json("batch", "/api/report");
    assert_eq!(report["kpis"]["revenue"], "0.0002");
}

#[test]
fn without_results_it_says_so_and_with_broken_ones_too() {
    let shop = Shop::new();
    let servers = Servers::start(&shop, &[]);
    let empty = servers.json("batch", "/api/daily");
    assert_eq!(empty["status"], "no_data");
    assert!(empty["message"].as_str().unwrap().contains("retail batch"));
    assert_eq!(servers.json("batch", "/api/report")["status"], "no_data");
    assert_eq!(servers.get("batch", "/api/daily.csv").status, 404);
    assert_eq!(servers.get("api", "/api/v1/sales/summary").status, 404);
    let stream = servers.json("live", "/api/stream");
    assert_eq!(stream, json!({"status": "no_data"}));

    // It comes alive without a restart.
    shop.json(&["generate", "--days", "1"]);
    shop.json(&["batch"]);
    assert_eq!(servers.json("batch", "/api/daily")["status"], "ok");

    shop.write(
        "data/output/analysis_csv/part-00000.csv",
        "order_date,product\nx,y\n",
    );
    let broken = servers.get("batch", "/api/daily");
    assert_eq!(broken.status, 503, "{}", broken.body);
    let broken: Value = serde_json::from_str(&broken.body).unwrap();
    assert_eq!(broken["status"], "error");
    let message = broken["message"].as_str().unwrap();
    assert!(
        message.contains("total_amount") && message.contains("part-00000.csv"),
        "{message}"
    );
    let api = servers.get("api", "/api/v1/sales/summary");
    assert_eq!(api.status, 503);
    assert_eq!(servers.get("batch", "/health").status, 503);
    assert_eq!(servers.get("batch", "/health/live").status, 200);
}

#[test]
fn a_csv_of_another_program_is_shown_without_what_it_lacks() {
    let shop = Shop::new();
    let text = "order_date,product,total_amount\n2026-01-02,Tea,3.5\n2026-01-01,Tea,1.25\n\
                2026-01-01,Rice,2\n";
    shop.write("data/output/analysis_csv/part-0001.csv", text);
    let servers = Servers::start(&shop, &[]);
    let daily = servers.json("batch", "/api/daily");
    assert_eq!(daily["daily"][0]["order_date"], "2026-01-01");
    assert_eq!(daily["daily"][0]["total_amount"].to_string(), "3.25");
    assert_eq!(daily["sample"][0]["product"], "Tea");
    assert_eq!(daily["sample"][1]["product"], "Rice");
    let report = servers.json("batch", "/api/report");
    assert_eq!(report["run"], Value::Null);
    assert_eq!(report["by_store"], Value::Null);
    assert_eq!(report["kpis"]["revenue"], "6.75");
}
