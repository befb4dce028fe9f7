//! Windows of stocks once more, in the plainest way: every window over every event.

use proptest::prelude::*;

use super::{level, moved, time};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    Sold(i64),
    Back(i64),
    Came(i64),
    Level(i64),
}

#[derive(Debug, Clone, Copy)]
pub struct Event {
    /// Seconds after noon; every event of a product has a time of its own.
    pub time: i64,
    pub delay: i64,
    pub product: u8,
    pub what: What,
}

pub fn event() -> impl Strategy<Value = Event> {
    let what = prop_oneof![
        4 => (1i64..12).prop_map(What::Sold),
        1 => (1i64..5).prop_map(What::Back),
        1 => (1i64..80).prop_map(What::Came),
        2 => (0i64..230).prop_map(What::Level),
    ];
    let time = prop_oneof![4 => 0i64..3_000, 1 => 0i64..20_000];
    (time, 0i64..300, 0u8..2, what).prop_map(|(time, delay, product, what)| Event {
        time,
        delay,
        product,
        what,
    })
}

impl Event {
    pub fn json(&self) -> String {
        let product = format!("p{}", self.product);
        match self.what {
            What::Sold(n) => moved(self.time, &product, "SALE", n),
            What::Back(n) => moved(self.time, &product, "RETURN", n),
            What::Came(n) => moved(self.time, &product, "RESTOCK", n),
            What::Level(n) => level(self.time, &product, n),
        }
    }
}

/// Product, window, and the figures of a row.
pub type Row<T> = (String, String, T);

/// Stocks after each event of a product, and what it sold.
fn walk(events: &[Event], product: u8) -> Vec<(i64, Option<i64>, i64)> {
    let mut mine: Vec<_> = events
        .iter()
        .filter(|event| event.product == product)
        .collect();
    mine.sort_by_key(|event| event.time);
    let mut stock = None;
    let steps = mine.iter().map(|event| {
        let mut sold = 0;
        stock = match event.what {
            What::Level(n) => Some(n),
            What::Sold(n) => {
                sold = n;
                stock.map(|s: i64| s - n)
            }
            What::Back(n) => {
                sold = -n;
                stock.map(|s: i64| s + n)
            }
            What::Came(n) => stock.map(|s: i64| s + n),
        };
        // What is sold of an unknown stock does not count.
        (event.time, stock, if stock.is_some() { sold } else { 0 })
    });
    steps.collect()
}

/// Every window of `size` and `slide` seconds that holds an observed stock: those, and what was
/// sold.
pub fn windows(events: &[Event], size: i64, slide: i64) -> Vec<Row<(Vec<i64>, i64)>> {
    let mut rows = Vec::new();
    for product in 0..2 {
        let steps = walk(events, product);
        // Noon is a multiple of every slide.
        let mut start = -size;
        while start <= 21_000 {
            let inside = steps
                .iter()
                .filter(|(t, ..)| (start..start + size).contains(t));
            let inside: Vec<_> = inside.collect();
            let stocks: Vec<_> = inside.iter().filter_map(|(_, stock, _)| *stock).collect();
            let sold = inside.iter().map(|(_, _, sold)| sold).sum();
            if !stocks.is_empty() {
                rows.push((format!("p{product}"), time(start), (stocks, sold)));
            }
            start += slide;
        }
    }
    rows
}
