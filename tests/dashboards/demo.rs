//! `retail demo`: everything at once.

use std::io::{BufRead, BufReader};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::common::web::{KEY, ask};
use crate::common::{Running, Shop, stderr};
use crate::model::amount;

const PORTS: [&str; 6] = ["--batch-port", "0", "--live-port", "0", "--api-port", "0"];

fn start(shop: &Shop, args: &[&str]) -> (Running, Value) {
    let mut command = shop.retail(&[&["--json", "demo", "--days", "5"], &PORTS[..], args].concat());
    command.env("RETAIL_API_KEY", KEY);
    let mut demo = Running::of(command);
    let mut line = String::new();
    BufReader::new(demo.stdout()).read_line(&mut line).unwrap();
    (demo, serde_json::from_str(&line).unwrap())
}

fn json(told: &Value, server: &str, path: &str) -> Value {
    let mut text = String::new();
    let address = told["addresses"][server].as_str().unwrap();
    std::io::Read::read_to_string(&mut ask(address, path), &mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    assert!(head.contains(" 200 "), "{text}");
    serde_json::from_str(body).unwrap()
}

#[test]
fn it_shows_what_it_made_until_it_is_told_to_end() {
    let shop = Shop::new();
    for round in 0..2 {
        let (mut demo, told) = start(&shop, &["--rate", "100"]);
        assert_eq!(told["command"], "demo");
        // Nobody prints a key that was given to him.
        assert_eq!(told["api_key"], Value::Null);
        let truth: Value =
            serde_json::from_str(&shop.read("retail-demo/data/input/_truth.json")).unwrap();
        let daily = json(&told, "batch", "/api/daily");
        let sum: i128 = daily["daily"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| amount(&row["total_amount"]))
            .sum();
        assert_eq!(sum, amount(&truth["revenue"]));
        let summary = json(&told, "api", "/api/v1/sales/summary?period=week");
        assert_eq!(amount(&summary["metrics"]["total_revenue"]), sum);
        let returns = json(&told, "batch", "/api/analyses/returns");
        assert_eq!(amount(&returns["total"]["net"]), sum);
        let stores = json(&told, "batch", "/api/analyses/stores");
        assert!(!stores["revenue_per_sqft"].is_null());
        let began = Instant::now();
        while json(&told, "live", "/api/live")["latest"]["state"] != "open" {
            assert!(began.elapsed() < Duration::from_secs(30));
        }
        if round == 0 {
            // Another one would empty its folder.
            let other = shop.run(&["demo"]);
            assert_eq!(other.status.code(), Some(1));
            assert!(stderr(&other).contains("retail-demo"), "{}", stderr(&other));
        }
        demo.signal("INT");
        assert_eq!(demo.end().status.code(), Some(130));
    }
    // Exit status 0: every figure is equal.
    shop.json(&[
        "verify",
        "--input",
        "retail-demo/data/input",
        "--output",
        "retail-demo/data/output",
    ]);
}

#[test]
fn it_empties_no_folder_but_its_own() {
    let shop = Shop::new();
    shop.write("mine/data/input/sales.csv", "order_date,product,amount\n");
    let line = shop.fail(&["demo", "--root", "mine"], 2);
    assert!(line.contains("mine") && line.contains("--root"), "{line}");
    assert_eq!(shop.read("mine/data/input/sales.csv").len(), 26);
}
