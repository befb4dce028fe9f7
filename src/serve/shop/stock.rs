//! What is in stock: of every shop and product, the latest that its job wrote.

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::table::Digest;
use super::values::{Amount, Moment};
use super::view::Job;
use crate::source::rows::{Kind, Rows};

/// Shops and products are kept up to this number; of more, those that were told first.
const KEPT: usize = 200_000;

/// The stock of a product in a shop.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Level {
    /// The shop.
    #[schema(value_type = Option<String>)]
    pub store_id: Option<Arc<str>>,
    /// The product.
    #[schema(value_type = Option<String>)]
    pub product_id: Option<Arc<str>>,
    /// Pieces at the latest event.
    #[schema(value_type = Option<f64>)]
    #[serde(alias = "stock")]
    pub latest_stock: Option<Amount>,
    /// Where it is to be ordered anew; null where nothing tells.
    #[schema(value_type = Option<f64>)]
    pub reorder_level: Option<Amount>,
    /// The most that should be there; null where nothing tells.
    #[schema(value_type = Option<f64>)]
    pub max_stock: Option<Amount>,
    /// What that means, such as `OUT_OF_STOCK` or `LOW_STOCK`.
    #[schema(value_type = Option<String>)]
    pub stock_status: Option<Arc<str>>,
    /// `latest_stock` in per cent of `max_stock`.
    pub stock_percentage: Option<f64>,
    /// The end of the window that tells it, UTC; null for what is known of the moment.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub window_end: Option<Moment>,
    /// When it became so, UTC; null for what is known by a window.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub updated_at: Option<Moment>,
}

/// The name of a shop and that of a product.
type Key = (Arc<str>, Arc<str>);

/// Stock by shop and product.
#[derive(Debug, Clone, Default)]
pub struct Levels {
    levels: HashMap<Key, Level>,
    /// Whether there are more than are kept.
    pub is_cut: bool,
    /// Names, each once.
    names: HashMap<Box<str>, Arc<str>>,
}

impl Digest for Levels {
    const COLUMNS: &'static [(&'static str, Kind)] = &[
        ("store_id", Kind::MaybeText),
        ("product_id", Kind::MaybeText),
        ("latest_stock", Kind::MaybeSum),
        ("reorder_level", Kind::MaybeSum),
        ("max_stock", Kind::MaybeSum),
        ("stock_status", Kind::MaybeText),
        ("stock_percentage", Kind::MaybeFloat),
        ("window_end", Kind::Time),
    ];

    fn take(&mut self, rows: &Rows) {
        for row in 0..rows.count() {
            let store = self.name(rows.maybe_text(0, row).unwrap_or_default());
            let product = self.name(rows.maybe_text(1, row).unwrap_or_default());
            let status = rows.maybe_text(5, row).map(|text| self.name(text));
            let amount = |column| rows.maybe_sum(column, row).map(Amount);
            self.put(Level {
                store_id: Some(store),
                product_id: Some(product),
                latest_stock: amount(2),
                reorder_level: amount(3),
                max_stock: amount(4),
                stock_status: status,
                stock_percentage: rows.maybe_float(6, row),
                window_end: Some(Moment(rows.micros(7, row))),
                updated_at: None,
            });
        }
    }
}

impl Levels {
    fn name(&mut self, text: &str) -> Arc<str> {
        if let Some(name) = self.names.get(text) {
            return Arc::clone(name);
        }
        let name: Arc<str> = text.into();
        if self.names.len() < 2 * KEPT {
            self.names.insert(text.into(), Arc::clone(&name));
        }
        name
    }

    fn put(&mut self, level: Level) {
        let name = |name: &Option<Arc<str>>| name.clone().unwrap_or_default();
        let key = (name(&level.store_id), name(&level.product_id));
        let room = self.levels.len() < KEPT;
        match self.levels.get_mut(&key) {
            // What has no window is of the moment.
            Some(known) if level.window_end.is_none() || known.window_end <= level.window_end => {
                *known = level;
            }
            Some(_) => {}
            None if room => {
                self.levels.insert(key, level);
            }
            None => self.is_cut = true,
        }
    }

    /// Adds what the job tells and no file has yet, and those with the least stock as they are
    /// now.
    pub fn with(mut self, job: Option<&Job>) -> Self {
        let Some(job) = job else { return self };
        let mut waiting: Vec<Level> = job.waiting("inventory_metrics").collect();
        waiting.sort_by_key(|level| level.window_end);
        waiting.into_iter().for_each(|level| self.put(level));
        job.rows("lowest").for_each(|level| self.put(level));
        self
    }

    /// Those that `wanted` accepts, by shop and product.
    pub fn all(&self, wanted: impl Fn(&Level) -> bool) -> Vec<&Level> {
        let levels = self.levels.iter().filter(|(_, level)| wanted(level));
        let mut levels: Vec<_> = levels.collect();
        levels.sort_unstable_by(|a, b| a.0.cmp(b.0));
        levels.into_iter().map(|(_, level)| level).collect()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.levels.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_latest_window_counts_and_what_is_known_of_the_moment() {
        let row = |product: &str, stock: f64, window_end: &str| {
            json!({"store_id": "S1", "product_id": product, "latest_stock": stock,
                "stock_status": "LOW_STOCK", "window_end": window_end})
        };
        let job: Job = serde_json::from_value(json!({
            "taken": 1, "late": 0, "watermark": null, "keys": 1,
            "view": {"lowest": [
                {"store_id": "S1", "product_id": "b", "stock": 0, "stock_status": "OUT_OF_STOCK"},
            ]},
            "waiting": {"inventory_metrics": {"rows": 3, "newest": [
                row("a", 4.0, "2026-01-01T00:20:00Z"),
                row("a", 7.5, "2026-01-01T00:10:00Z"),
                row("b", 2.0, "2026-01-01T00:20:00Z"),
            ]}},
        }))
        .unwrap();
        let levels = Levels::default().with(Some(&job));
        let told = levels.all(|_| true);
        let told = told.iter().map(|level| {
            let stock = level.latest_stock.map(|stock| stock.0.to_string());
            (
                level.product_id.as_deref(),
                stock,
                level.stock_status.as_deref(),
            )
        });
        let expected = [
            (Some("a"), Some("4.00".to_owned()), Some("LOW_STOCK")),
            (Some("b"), Some("0.00".to_owned()), Some("OUT_OF_STOCK")),
        ];
        assert_eq!(told.collect::<Vec<_>>(), expected);
        assert_eq!(
            levels
                .all(|level| level.stock_status.as_deref() == Some("LOW_STOCK"))
                .len(),
            1
        );
    }

    #[test]
    fn there_is_room_for_so_many() {
        let mut levels = Levels::default();
        for number in 0..KEPT + 5 {
            let product: Arc<str> = number.to_string().into();
            levels.put(Level {
                store_id: None,
                product_id: Some(product),
                latest_stock: None,
                reorder_level: None,
                max_stock: None,
                stock_status: None,
                stock_percentage: None,
                window_end: None,
                updated_at: None,
            });
        }
        assert!(levels.is_cut);
        assert_eq!(levels.all(|_| true).len(), KEPT);
    }
}
