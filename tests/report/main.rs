//! `retail report` against the records themselves.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;
#[path = "../dashboards/model.rs"]
mod model;

mod browser;
mod edges;
mod figures;
mod forms;
mod markup;

use serde_json::Value;

use common::{Shop, stderr};

/// The report as JSON.
fn report(shop: &Shop, args: &[&str]) -> Value {
    let text = page(shop, &[&["--format", "json"], args].concat());
    serde_json::from_str(&text).unwrap()
}

/// What the command prints.
fn page(shop: &Shop, args: &[&str]) -> String {
    let output = shop.run(&[&["report"], args].concat());
    assert!(output.status.success(), "{args:?}: {}", stderr(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// A figure of the headline.
fn headline<'a>(report: &'a Value, name: &str) -> &'a Value {
    let lines = report["headline"].as_array().unwrap();
    let found = lines.iter().find(|line| line["name"] == name);
    found.unwrap_or_else(|| panic!("no {name}: {report:#}"))
}

/// The columns of [`sales`].
const COLUMNS: &str = "order_id,order_time,store_id,store_city,product,quantity,unit_price,amount,\
                       customer_id,category,transaction_type,country";

/// A shop with these sales.
fn sales<'a>(rows: impl IntoIterator<Item = &'a str>) -> Shop {
    let shop = Shop::new();
    let rows: Vec<_> = rows.into_iter().collect();
    shop.write(
        "data/input/sales.csv",
        format!("{COLUMNS}\n{}\n", rows.join("\n")),
    );
    shop
}
