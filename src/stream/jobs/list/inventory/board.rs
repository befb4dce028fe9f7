//! What pages show of stocks: how many stand how, and those that are lowest.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::shelf::{Level, Status};
use crate::stream::jobs::key;
use crate::stream::jobs::row::{Cell, object};
use crate::stream::jobs::spec::{Column, Type, column};

/// So many are shown.
const SHOWN: usize = 100;
/// So many are held, so that others stand in for those which rise. What falls off comes back with
/// its next event, if it is among the lowest then.
const HELD: usize = 10 * SHOWN;

const COLUMNS: &[Column] = &[
    column("store_id", Type::Text),
    column("product_id", Type::Text),
    column("stock", Type::Quantity),
    column("reorder_level", Type::Quantity),
    column("max_stock", Type::Quantity),
    column("stock_status", Type::Text),
    column("stock_percentage", Type::Float),
    column("updated_at", Type::Time),
];

/// A known stock and when it was.
pub type Known = (Level, i64);

/// The board.
#[derive(Debug, Default)]
pub struct Board {
    counts: [i64; Status::ALL.len()],
    /// The lowest stocks, by rank and key.
    lowest: BTreeMap<(i128, Box<[u8]>), Known>,
}

impl Board {
    /// The stock of a key is no longer what it was; none: it is not known.
    pub fn replace(&mut self, key: &[u8], was: Option<Known>, is: Option<Known>) {
        if let Some((level, _)) = was {
            self.counts[level.status() as usize] -= 1;
            self.lowest.remove(&(rank(&level), key.into()));
        }
        if let Some(known) = is {
            self.counts[known.0.status() as usize] += 1;
            self.lowest.insert((rank(&known.0), key.into()), known);
            if self.lowest.len() > HELD {
                self.lowest.pop_last();
            }
        }
    }

    /// As JSON.
    pub fn view(&self) -> Value {
        let status = Status::ALL.iter().zip(self.counts);
        let status: Map<_, _> = status
            .map(|(status, count)| (status.name().to_owned(), json!(count)))
            .collect();
        let lowest = self.lowest.iter().take(SHOWN).map(|((_, key), known)| {
            let (level, at) = known;
            let [store, product] = key::split(key);
            let row = [
                Cell::some_text(store),
                Cell::text(product),
                Cell::decimal(level.stock),
                Cell::decimal(level.reorder),
                Cell::decimal(level.maximum),
                Cell::Text(level.status().name().into()),
                level.percentage(),
                Cell::Time(*at),
            ];
            Value::Object(object(COLUMNS, &row))
        });
        json!({ "status": status, "lowest": lowest.collect::<Vec<_>>() })
    }
}

/// Stock as a part of its reorder point: the lower, the sooner it is out.
fn rank(level: &Level) -> i128 {
    i128::from(level.stock) * 1_000_000 / i128::from(level.reorder.max(1))
}
