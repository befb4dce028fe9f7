use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::stream::jobs::tests::bench::{Bench, at, bought, some, with};

fn sale(store: &str, product: &str, customer: &str, seconds: i64, line: (i64, &str)) -> Value {
    json!({"sale_id": "i", "store_id": store, "product_id": product, "customer_id": customer,
        "quantity": line.0, "unit_price": line.1, "sale_timestamp": at(seconds)})
}

const COLUMNS: [&str; 6] = [
    "total_quantity",
    "total_revenue",
    "avg_unit_price",
    "transaction_count",
    "unique_customers",
    "customers_exact",
];

fn one_window(events: &[Value]) -> Vec<(String, Value)> {
    let mut bench = Bench::new("sales", &["window=1h", "slide=1h"]);
    bench.events(events);
    bench.finish();
    let rows = bench.rows();
    let rows = rows.iter().map(|row| {
        let key = format!("{} {}", row["store_id"], row["product_id"]);
        (key, some(row, &COLUMNS))
    });
    let mut rows: Vec<_> = rows.collect();
    rows.sort_by(|one, other| one.0.cmp(&other.0));
    rows
}

/// Seed mistake 2: `avg_unit_price` was a mean of prices, whatever was sold at each.
#[test]
fn mistake_2_the_mean_price_is_weighted_by_quantity() {
    let found = one_window(&[
        sale("s", "p", "c1", 0, (1, "10")),
        sale("s", "p", "c2", 1, (9, "20")),
        sale("s", "q", "c2", 2, (3, "0.01")),
        sale("s", "q", "c2", 2, (3, "0.02")),
    ]);
    let wanted = [
        (
            r#""s" "p""#.to_owned(),
            json!([10, "190.00", "19.00", 2, 2, true]),
        ),
        (
            r#""s" "q""#.to_owned(),
            json!([6, "0.09", "0.015", 2, 1, true]),
        ),
    ];
    assert_eq!(found, wanted);
}

#[test]
fn returns_take_off_and_a_quantity_of_none_has_no_price() {
    let back = with(
        sale("s", "p", "c2", 5, (2, "10")),
        "transaction_type",
        "return",
    );
    let found = one_window(&[sale("s", "p", "c1", 0, (2, "10.50")), back]);
    assert_eq!(found[0].1, json!([0, "1.00", null, 2, 2, true]));
}

#[test]
fn every_line_of_a_transaction_is_of_its_product() {
    let found = one_window(&[bought("u", 0, &[("a", 2, "1.25"), ("b", 1, "4")])]);
    let wanted = [
        (
            r#"null "a""#.to_owned(),
            json!([2, "2.50", "1.25", 1, 1, true]),
        ),
        (
            r#"null "b""#.to_owned(),
            json!([1, "4.00", "4.00", 1, 1, true]),
        ),
    ];
    assert_eq!(found, wanted);
}

#[test]
fn customers_are_counted_while_they_are_few() {
    for (customers, exact) in [(64, true), (65, false), (400, false)] {
        let events = (0..2 * customers).map(|n| {
            let customer = format!("c{}", n % customers);
            sale("s", "p", &customer, i64::from(n), (1, "1"))
        });
        let found = one_window(&events.collect::<Vec<_>>());
        let (count, is_exact) = (found[0].1[4].as_i64().expect("a count"), &found[0].1[5]);
        assert_eq!(*is_exact, exact);
        // Three standard errors.
        let error = (count - i64::from(customers)).abs() as f64 / f64::from(customers);
        assert!(
            error <= if exact { 0.0 } else { 3.0 * 1.04 / 64.0 },
            "{count} of {customers}"
        );
    }
}

type Sale = (i64, u8, u8, u8, i64, i64, (i64, usize, bool, bool));

proptest! {
    #[test]
    fn it_does_what_adding_up_each_window_does(
        sales in prop::collection::vec(
            (0..1_200i64, 0..2u8, 0..2u8, 0..4u8, -3..5i64, 1..1_000i64,
                (0..59i64, 0..3usize, prop::bool::weighted(0.1), any::<bool>())),
            0..50,
        ),
    ) {
        let (size, slide) = (300, 60);
        let mut bench = Bench::new("sales", &[]);
        let mut arrivals: Vec<&Sale> = sales.iter().collect();
        arrivals.sort_by_key(|sale| sale.0 + sale.6.0);
        for (time, store, product, customer, quantity, price, (_, partition, restart, advance)) in arrivals {
            if *restart {
                bench.restart();
            }
            let (store, product) = (format!("s{store}"), format!("p{product}"));
            let price = format!("{}.{:02}", price / 100, price % 100);
            let event = sale(&store, &product, &format!("c{customer}"), *time, (*quantity, &price));
            bench.event(*partition, &event);
            if *advance {
                bench.stage.advance();
            }
        }
        bench.finish();
        prop_assert_eq!(bench.late, 0);
        let mut windows: BTreeMap<(i64, u8, u8), Vec<&Sale>> = BTreeMap::new();
        for sale in &sales {
            for start in (-size / slide..=1_200 / slide).map(|number| number * slide) {
                if (start..start + size).contains(&sale.0) {
                    windows.entry((start, sale.1, sale.2)).or_default().push(sale);
                }
            }
        }
        let wanted = windows.into_iter().map(|((start, store, product), sales)| {
            let pieces: i64 = sales.iter().map(|sale| sale.4).sum();
            let amount: i64 = sales.iter().map(|sale| sale.4 * sale.5).sum();
            let customers: BTreeSet<u8> = sales.iter().map(|sale| sale.3).collect();
            json!([start, format!("s{store}"), format!("p{product}"), pieces, amount, sales.len(), customers.len()])
        });
        let mut wanted: Vec<_> = wanted.collect();
        let midnight = |text: &Value| {
            let text = text.as_str().expect("a time");
            let time = crate::record::Time::parse_iso(text.as_bytes()).expect("a time");
            let zero = crate::record::Time::parse_iso(at(0).as_bytes()).expect("a time");
            (time.micros() - zero.micros()) / 1_000_000
        };
        let found = bench.rows();
        let found = found.iter().map(|row| {
            assert_eq!(midnight(&row["window_end"]) - midnight(&row["window_start"]), size);
            let revenue = row["total_revenue"].as_str().expect("money").replace('.', "");
            json!([midnight(&row["window_start"]), row["store_id"], row["product_id"], row["total_quantity"],
                revenue.parse::<i64>().expect("cents"), row["transaction_count"], row["unique_customers"]])
        });
        let mut found: Vec<_> = found.collect();
        found.sort_by_key(Value::to_string);
        wanted.sort_by_key(Value::to_string);
        prop_assert_eq!(found, wanted);
    }
}
