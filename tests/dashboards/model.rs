//! The same figures by another way: every record of the generated files, added up plainly.

use std::collections::BTreeMap;
use std::fs;

use crate::common::Shop;
use crate::common::figures::units;

/// One record.
#[derive(Debug, Clone)]
pub struct Record {
    pub order: String,
    /// Blank for nobody known.
    pub customer: String,
    pub day: String,
    pub hour: usize,
    pub product: String,
    pub category: String,
    pub store: String,
    pub country: String,
    pub quantity: i128,
    /// In ten-thousandths, positive.
    pub amount: i128,
    pub is_return: bool,
}

impl Record {
    /// What it adds to revenue.
    pub fn net(&self) -> i128 {
        if self.is_return {
            -self.amount
        } else {
            self.amount
        }
    }
}

/// All records of `data/input`, which holds clean files of the standard profile.
pub fn records(shop: &Shop) -> Vec<Record> {
    let mut records = Vec::new();
    for entry in fs::read_dir(shop.path("data/input")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "csv") {
            continue;
        }
        let mut reader = csv::Reader::from_path(&path).unwrap();
        let header = reader.headers().unwrap().clone();
        for row in reader.records() {
            let row = row.unwrap();
            let field = |name: &str| {
                let column = header.iter().position(|column| column == name).unwrap();
                row[column].to_owned()
            };
            let time = field("order_time");
            records.push(Record {
                order: field("order_id"),
                customer: field("customer_id"),
                day: time[..10].to_owned(),
                hour: time[11..13].parse().unwrap(),
                product: field("product"),
                category: field("category"),
                store: field("store_id"),
                country: field("country"),
                quantity: units(&field("quantity")),
                amount: units(&field("amount")),
                is_return: field("transaction_type") == "RETURN",
            });
        }
    }
    assert!(!records.is_empty());
    records
}

/// Σ by a key.
pub fn by<'a, K: Ord>(
    records: impl IntoIterator<Item = &'a Record>,
    key: impl Fn(&Record) -> K,
) -> BTreeMap<K, i128> {
    let mut sums = BTreeMap::new();
    for record in records {
        *sums.entry(key(record)).or_default() += record.net();
    }
    sums
}

/// Σ of all.
pub fn net<'a>(records: impl IntoIterator<Item = &'a Record>) -> i128 {
    records.into_iter().map(Record::net).sum()
}

/// An amount as text that `units` reads, from a JSON text or number.
pub fn amount(value: &serde_json::Value) -> i128 {
    match value {
        serde_json::Value::String(text) => units(text),
        number => units(&number.to_string()),
    }
}
