//! What a world's events hold, counted while they are made: its `_truth.json`.
//!
//! Every figure can be computed again from the events. "The events" are the valid lines, each
//! once: without the malformed ones and without second copies.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::record::Total;

/// What stands in a topic. `rows = valid_rows + malformed + duplicates`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopicTruth {
    /// Lines.
    pub rows: u64,
    /// Events, each once.
    pub valid_rows: u64,
    /// Lines that are no JSON object, or have no time.
    pub malformed: u64,
    /// Second copies of events.
    pub duplicates: u64,
    /// Events that stand behind one of a later time in their topic; a part of the valid rows.
    pub late: u64,
}

/// Sessions of `globalmart`. A session is what one user does without a pause of 30 minutes, over
/// views, cart events and transactions; one counts if at least one of its events is in the
/// output, and as what its events in the output show.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sessions {
    /// All of them.
    pub sessions: u64,
    /// Those with at least one cart event.
    pub with_cart: u64,
    /// Those with at least one transaction.
    pub purchased: u64,
    /// Those with at least one cart event and at least one transaction.
    pub cart_purchased: u64,
    /// Those without a transaction whose cart is not empty after their last cart event. What a
    /// cart holds: `add` adds the quantity of a product, `update` sets it, `remove` makes it 0.
    pub abandoned: u64,
    /// Of the abandoned ones, those whose last event lies 15 minutes or more before the end.
    pub abandoned_15m: u64,
    /// What the abandoned carts hold, at the prices of `products.csv`.
    pub abandoned_value: Total,
    /// The same of those in `abandoned_15m`.
    pub abandoned_15m_value: Total,
    /// View events.
    pub views: u64,
    /// Cart events.
    pub cart_events: u64,
    /// Transactions in sessions without any cart event.
    pub direct_purchases: u64,
}

/// Planted anomalies. What is not planted stays within the thresholds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anomalies {
    /// Transactions of more than 5000.00 in total (`globalmart`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high_value: Option<u64>,
    /// Transactions or sales with a line of more than 10 pieces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unusual_quantity: Option<u64>,
    /// Users with more than 5 transactions within 60 seconds (`globalmart`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rapid_bursts: Option<u64>,
    /// Transactions with 5 or more of the same user in the 60 seconds before them
    /// (`globalmart`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rapid_transactions: Option<u64>,
    /// Stock events of a sale with less than half of the stock in the event before, and still
    /// more than the reorder point (`inventory`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rapid_depletion: Option<u64>,
}

/// Stocks by store and product. "The event before" is that of the same store and product, by
/// time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stock {
    /// The sum of all stocks at the start (`retail_events`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initial: Option<u64>,
    /// `retail_events`: the sum of all stocks at the end, which is `initial`, less what was sold,
    /// and what came back or in. `inventory`: the sum of the stocks in the last event of each
    /// store and product.
    #[serde(rename = "final")]
    pub last: u64,
    /// Events that bring stock in: restocks, receipts.
    pub restocks: u64,
    /// Pieces that they bring in.
    pub restocked_units: u64,
    /// Stock events with a stock of 0 after one with more, or without one before (`inventory`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stock_outs: Option<u64>,
    /// Stock events at the reorder point (20; 10 in the generator's shape) or below it after
    /// one above it, or without one before (`inventory`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low_stock: Option<u64>,
    /// Stock events above the maximum (200) after one that was not, or without one before
    /// (`inventory`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overstocked: Option<u64>,
}

/// Figures of `orders`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Orders {
    /// The sum of `total` by source and by the state of the customer, as in `customers.csv`.
    pub by_source_state: BTreeMap<String, BTreeMap<String, Total>>,
}

/// The content of a world's `_truth.json`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorldTruth {
    /// The name of the world.
    pub world: String,
    /// The shape of its events, where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shape: Option<String>,
    /// The seed.
    pub seed: u64,
    /// No event is before it.
    pub start: String,
    /// Every event is before it.
    pub end: String,
    /// What stands in each topic.
    pub topics: BTreeMap<String, TopicTruth>,
    /// Events of all topics.
    pub events: u64,
    /// The sum of what sales and transactions come to; returns make it less.
    pub revenue: Total,
    /// Pieces sold, less those brought back.
    pub units: i64,
    /// Sessions, where the world has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sessions: Option<Sessions>,
    /// Anomalies, where the world has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anomalies: Option<Anomalies>,
    /// Stocks, where the world has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stock: Option<Stock>,
    /// Orders, where the world has them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub orders: Option<Orders>,
    /// Revenue by the country of the transaction (`globalmart`).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub by_country: BTreeMap<String, Total>,
    /// Revenue by the category of the event: of a transaction that of its first product.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub by_category: BTreeMap<String, Total>,
    /// Revenue by the category of each line of a transaction (`globalmart`).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub by_line_category: BTreeMap<String, Total>,
    /// Events by type (`retail_events`).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub by_type: BTreeMap<String, u64>,
    /// Events that break a rule of data quality, by rule.
    pub quality: BTreeMap<String, u64>,
}

/// Cents as a sum of money.
pub(super) fn cents(value: i64) -> Total {
    Total::from_units(i128::from(value) * 100)
}

/// Cents by name, without names that have none.
pub(super) fn by_name<'n>(
    names: impl IntoIterator<Item = &'n str>,
    values: impl IntoIterator<Item = i64>,
) -> BTreeMap<String, Total> {
    let pairs = names.into_iter().zip(values);
    pairs
        .filter(|(_, value)| *value != 0)
        .map(|(name, value)| (name.to_owned(), cents(value)))
        .collect()
}
