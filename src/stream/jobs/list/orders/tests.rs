use proptest::prelude::*;
use serde_json::{Value, json};

use crate::stream::jobs::tests::bench::{Bench, some};

fn order(customer: impl Into<Value>, source: &str, quantity: i64) -> Value {
    let customer: Value = customer.into();
    json!({"customer_id": customer, "source": source, "quantity": quantity,
        "total": quantity * 300, "created_at": "12/31/2025, 23:05:09"})
}

const COLUMNS: [&str; 5] = [
    "source",
    "state",
    "order_count",
    "total_quantity",
    "total_sum_amount",
];

fn totals(bench: &Bench) -> Vec<Value> {
    bench.rows().iter().map(|row| some(row, &COLUMNS)).collect()
}

#[test]
fn customers_have_the_states_of_their_file() {
    let mut bench = Bench::new("orders", &[]);
    let states = (1..=17).map(|customer| {
        let source = format!("{customer:02}");
        bench.event(0, &order(customer, &source, 1));
        source
    });
    let sources: Vec<_> = states.collect();
    let mut found: Vec<_> = bench
        .rows()
        .iter()
        .map(|row| some(row, &["source", "state"]))
        .collect();
    found.sort_by_key(|row| row[0].to_string());
    let wanted = "CA CA CA TX TX NY NY NY KS KS KS KS KY KY KY KY KY"
        .split(' ')
        .zip(&sources);
    let wanted: Vec<_> = wanted
        .map(|(state, source)| json!([source, state]))
        .collect();
    assert_eq!(found, wanted);
}

/// Seed mistake 19: orders of customers missing from the file vanished.
#[test]
fn mistake_19_orders_of_unknown_customers_count() {
    let mut bench = Bench::new("orders", &[]);
    for customer in [json!(18), json!("18"), Value::Null, json!("nobody")] {
        bench.event(0, &order(customer, "Takeaway", 2));
    }
    bench.event(0, &order(3, "Takeaway", 1));
    let wanted = [
        json!(["Takeaway", "CA", 1, 1, "300.00"]),
        json!(["Takeaway", "UNKNOWN", 4, 8, "2400.00"]),
    ];
    let mut found = totals(&bench);
    found.sort_by_key(|row| row[1].to_string());
    assert_eq!(found, wanted);
}

#[test]
fn sales_are_no_orders() {
    let mut bench = Bench::new("orders", &[]);
    let sale = json!({"product_id": "p", "amount": 5, "timestamp": "2025-01-01T00:00:00"});
    bench.event(0, &sale);
    assert_eq!(bench.rows(), []);
    assert_eq!(bench.stage.job.tally().taken, 0);
}

proptest! {
    #[test]
    fn every_order_counts_once(
        orders in prop::collection::vec((1..20u32, 0..3usize, 1..100i64, 0..2usize, any::<bool>()), 0..60),
    ) {
        const SOURCES: [&str; 3] = ["Dine In", "Takeaway", "Home Delivery"];
        let mut bench = Bench::new("orders", &[]);
        for (customer, source, quantity, partition, restart) in &orders {
            if *restart {
                bench.restart();
            }
            bench.event(*partition, &order(*customer, SOURCES[*source], *quantity));
        }
        let mut wanted = Vec::new();
        for source in SOURCES {
            for (state, first, last) in
                [("CA", 1, 3), ("TX", 4, 5), ("NY", 6, 8), ("KS", 9, 12), ("KY", 13, 17), ("UNKNOWN", 18, 99)]
            {
                let of = orders.iter().filter(|(customer, number, ..)| {
                    SOURCES[*number] == source && (first..=last).contains(customer)
                });
                let quantities: Vec<i64> = of.map(|(_, _, quantity, ..)| *quantity).collect();
                let pieces: i64 = quantities.iter().sum();
                if !quantities.is_empty() {
                    let amount = format!("{}.00", pieces * 300);
                    wanted.push(json!([source, state, quantities.len(), pieces, amount]));
                }
            }
        }
        let mut found = totals(&bench);
        found.sort_by_key(Value::to_string);
        wanted.sort_by_key(Value::to_string);
        prop_assert_eq!(found, wanted);
    }
}
