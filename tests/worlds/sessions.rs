//! What users do, by nothing but the events of the shop.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use crate::common::Shop;
use crate::lines::{cents, events, micros, text, whole};

/// The kinds of events, by topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    View,
    Cart,
    Buy,
}

/// An event of a user.
pub struct Act {
    pub time: i64,
    pub kind: Kind,
    pub event: Value,
}

/// A pause that ends a session, in microseconds.
pub const GAP: i64 = 30 * 60 * 1_000_000;

/// The sessions of all users: what they did without a pause of half an hour.
pub fn sessions(shop: &Shop) -> Vec<Vec<Act>> {
    let topics = [
        ("product_views", Kind::View),
        ("cart_events", Kind::Cart),
        ("transactions", Kind::Buy),
    ];
    let mut users: BTreeMap<String, Vec<Act>> = BTreeMap::new();
    for (topic, kind) in topics {
        for event in events(shop, "globalmart", topic, "timestamp") {
            let time = micros(text(&event, "timestamp"));
            let user = text(&event, "user_id").to_owned();
            users
                .entry(user)
                .or_default()
                .push(Act { time, kind, event });
        }
    }
    let mut all = Vec::new();
    for (_, mut acts) in users {
        acts.sort_by_key(|act| act.time);
        let mut session: Vec<Act> = Vec::new();
        for act in acts {
            if session
                .last()
                .is_some_and(|last| act.time - last.time >= GAP)
            {
                all.push(std::mem::take(&mut session));
            }
            session.push(act);
        }
        all.push(session);
    }
    all
}

/// What the cart holds after these events.
pub fn cart(session: &[Act]) -> BTreeMap<String, i64> {
    let mut cart = BTreeMap::new();
    for act in session.iter().filter(|act| act.kind == Kind::Cart) {
        let product = text(&act.event, "product_id").to_owned();
        let quantity = whole(&act.event, "quantity");
        match text(&act.event, "action") {
            "add" => {
                assert!((1..=5).contains(&quantity));
                *cart.entry(product).or_insert(0) += quantity;
            }
            "update" => {
                assert!((1..=5).contains(&quantity));
                cart.insert(product, quantity);
            }
            "remove" => {
                assert_eq!(quantity, 0);
                cart.remove(&product);
            }
            other => panic!("{other}"),
        }
    }
    cart
}

/// The lines of a transaction: product and quantity.
pub fn bought(event: &Value) -> BTreeMap<String, i64> {
    let lines = event["products"].as_array().expect("products");
    let map: BTreeMap<_, _> = lines
        .iter()
        .map(|line| (text(line, "product_id").to_owned(), whole(line, "quantity")))
        .collect();
    assert_eq!(map.len(), lines.len(), "a product twice: {event}");
    map
}

/// The prices of `products.csv`, in cents.
pub fn prices(shop: &Shop) -> HashMap<String, i64> {
    let file = shop.read("data/master/globalmart/products.csv");
    let mut lines = file.lines();
    assert_eq!(
        lines.next(),
        Some("product_id,name,category,price,inventory,ratings")
    );
    let row = |line: &str| {
        let columns: Vec<_> = line.split(',').collect();
        assert_eq!(columns.len(), 6, "{line}");
        let price: f64 = columns[3].parse().expect("a price");
        (columns[0].to_owned(), (price * 100.0).round() as i64)
    };
    lines.map(row).collect()
}

/// The sum of a transaction by its lines, which is what it says.
pub fn total(event: &Value) -> i64 {
    let lines = event["products"].as_array().expect("products");
    let sum = lines
        .iter()
        .map(|line| cents(line, "price") * whole(line, "quantity"))
        .sum();
    assert_eq!(cents(event, "total_amount"), sum, "{event}");
    sum
}
