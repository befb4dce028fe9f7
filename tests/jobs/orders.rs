//! `orders`, against what the world says of itself and against DuckDB over the same lines.

use std::fs;

use serde_json::{Value, json};

use crate::common::{Shop, stderr};
use crate::play::{OUTPUT, assert_same, oracle, stream, world};

const SIZE: [&str; 6] = ["--duration", "5m", "--rate", "10", "--seed", "3"];
const FILE: [&str; 2] = ["--set", "orders.customers=data/master/orders/customers.csv"];

#[test]
fn every_order_is_in_the_state_of_its_customer() {
    let shop = Shop::new();
    let truth = world(&shop, "orders", &SIZE);
    // The customers that are known without a file are those of the world.
    for options in [&[][..], &FILE, &["--set", "orders.customers=known.jsonl"]] {
        let known = r#"{"customer_id": 1, "state": "CA"}
            {"customer_id": 2, "state": "CA"}"#;
        shop.write("known.jsonl", known);
        stream(&shop, "orders", options);
        let told = oracle(&shop, "orders");
        let is_known = !options.contains(&"orders.customers=known.jsonl");
        let table = if is_known { "orders" } else { "orders_of_two" };
        assert_same(&told, table);
        if is_known {
            let planted = &truth["orders"]["by_source_state"];
            assert_eq!(told["by_source_state"], *planted);
        } else {
            // Seed mistake 19: whoever is not in the file vanished.
            assert_eq!(told["states"], json!(["CA", "UNKNOWN"]));
        }
        assert_eq!(told["total"], truth["revenue"]);
        fs::remove_dir_all(shop.path("data/output")).expect("gone");
        fs::remove_dir_all(shop.path("checkpoints")).expect("gone");
    }
}

/// The states of earlier orders are in the totals already.
#[test]
fn a_changed_file_of_customers_is_noticed() {
    let shop = Shop::new();
    world(&shop, "orders", &SIZE);
    let lines = shop.read("events/Order/part-00000.jsonl");
    shop.write("events/Order/part-00000.jsonl", &lines);
    shop.write("customers.csv", "customer_id,state\n1,CA\n");
    let args = ["--set", "orders.customers=customers.csv"];
    let before = stream(&shop, "orders", &args);
    let again = stream(&shop, "orders", &args);
    assert_eq!(
        before["jobs"]["orders"]["taken"], again["jobs"]["orders"]["taken"],
        "each once"
    );
    shop.write("customers.csv", "customer_id,state\n1,NY\n");
    let stream = [
        "stream",
        "--job",
        "orders",
        "--input",
        "events",
        "--rate",
        "0",
        "--until-end",
    ];
    let output = shop.run(&[&stream[..], &args].concat());
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("the checkpoint was made with orders"),
        "{}",
        stderr(&output)
    );
    shop.write("customers.csv", "customer_id,state\n1,CA\n");
    let run: Value =
        serde_json::from_str(&shop.read(&format!("{OUTPUT}/_run.json"))).expect("a record");
    assert!(
        run["settings"]["orders"]["files"]["customers"].is_string(),
        "{run}"
    );
    assert!(shop.run(&[&stream[..], &args].concat()).status.success());
}

#[test]
fn totals_go_to_a_pipe_when_it_ends() {
    let shop = Shop::new();
    let order = |customer: u32, total: u32| {
        format!(
            r#"{{"customer_id":{customer},"source":"Takeaway","quantity":1,"total":{total}.0,"created_at":"01/02/2025, 10:00:00"}}"#
        )
    };
    let orders = [order(1, 300), order(2, 600), order(99, 300)].join("\n");
    let args = ["stream", "--job", "orders", "--input", "-", "--output", "-"];
    let output = shop.feed(&args, orders.as_bytes());
    let rows = String::from_utf8(output.stdout).unwrap();
    let wanted = [("CA", 2, "900.00"), ("UNKNOWN", 1, "300.00")].map(|(state, count, sum)| {
        format!(
            r#"{{"table":"orders","source":"Takeaway","state":"{state}","order_count":{count},"total_quantity":{count},"total_sum_amount":"{sum}"}}"#
        )
    });
    assert_eq!(rows.lines().collect::<Vec<_>>(), wanted);
}
