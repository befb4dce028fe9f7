//! A naive model of cleaning and of the sums, by the `csv` crate and maps.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::common::figures::units;

/// What a row of `analysis_sales` stands for: number of the grouping, day, store, city, category,
/// country, hour. Sorts as the rows do.
pub type Key = (
    usize,
    String,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<i32>,
);

/// A row of `analysis_sales`, money and quantities in ten-thousandths.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sale {
    pub sales: i64,
    pub returns: i64,
    pub units: Option<i128>,
    pub gross: i128,
    pub returned: i128,
    pub net: i128,
    pub min: Option<i128>,
    pub max: Option<i128>,
}

/// A row of `analysis_products`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    pub category: Option<String>,
    pub units: Option<i128>,
    pub sales: i64,
    pub gross: i128,
    pub net: i128,
}

/// What both folders should hold.
#[derive(Debug, Default)]
pub struct Model {
    pub sales: BTreeMap<Key, Sale>,
    pub products: BTreeMap<(String, String), Product>,
    pub rejected: u64,
}

/// An accepted record that is no restock.
struct Record {
    day: String,
    hour: Option<i32>,
    product: String,
    store: String,
    city: String,
    category: String,
    country: String,
    is_return: bool,
    amount: i128,
    quantity: Option<i128>,
}

impl Sale {
    fn add(&mut self, record: &Record) {
        if record.is_return {
            self.returns += 1;
            self.returned += record.amount;
        } else {
            self.sales += 1;
            self.gross += record.amount;
            self.min = Some(self.min.map_or(record.amount, |min| min.min(record.amount)));
            self.max = Some(self.max.map_or(record.amount, |max| max.max(record.amount)));
        }
        self.net = self.gross - self.returned;
        if let Some(quantity) = record.quantity {
            self.units = Some(self.units.unwrap_or(0) + quantity);
        }
    }
}

/// A number with at most four decimals, or none.
fn number(text: &str) -> Option<i128> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    (plain && !digits.starts_with('.')).then(|| units(text))
}

/// Date and hour of `2025-01-02` and of `2025-01-02T08:00:00`, in UTC.
fn time(text: &str) -> Option<(String, Option<i32>)> {
    let day = text.get(..10)?;
    let digit = |at: usize| day.as_bytes()[at].is_ascii_digit();
    if ![0, 1, 2, 3, 5, 6, 8, 9].into_iter().all(digit) {
        return None;
    }
    let hour = text.get(11..13).map(|hour| hour.parse().expect("an hour"));
    Some((day.to_owned(), hour))
}

impl Model {
    /// Reads CSV files in this order; `dedup` counts an order once.
    pub fn of(files: &[impl AsRef<Path>], dedup: bool) -> Self {
        let (mut model, mut records) = (Self::default(), Vec::new());
        let (mut columns, mut orders) = (BTreeSet::new(), BTreeSet::new());
        for file in files {
            let mut reader = csv::ReaderBuilder::new()
                .flexible(true)
                .from_path(file)
                .expect("a file");
            let header = reader.headers().expect("a header").clone();
            columns.extend(header.iter().map(str::to_lowercase));
            for row in reader.records() {
                let row = row.expect("a row");
                let get = |names: &[&str]| -> String {
                    let at = |name: &&str| header.iter().position(|h| h.eq_ignore_ascii_case(name));
                    let values = names.iter().filter_map(at).filter_map(|at| row.get(at));
                    let mut values = values.map(str::trim).filter(|value| !value.is_empty());
                    values.next().unwrap_or("").to_owned()
                };
                let kind = get(&["transaction_type"]).to_uppercase();
                let times = ["order_time", "InvoiceDate", "order_date"].map(|name| get(&[name]));
                let time = times.iter().find_map(|text| time(text));
                let quantity = number(&get(&["quantity"]));
                let price = number(&get(&["unit_price", "UnitPrice"]));
                let computed = || {
                    let product = quantity? * price?;
                    assert_eq!(product % 10_000, 0, "more than four decimals");
                    Some(product / 10_000)
                };
                let amount = number(&get(&["amount"])).or_else(computed);
                let known = ["", "SALE", "PURCHASE", "RETURN", "RESTOCK"].contains(&&*kind);
                let whole = known && row.len() <= header.len();
                let amount = amount.or((kind == "RESTOCK").then_some(0));
                let (Some((day, hour)), Some(amount), true) = (time, amount, whole) else {
                    model.rejected += 1;
                    continue;
                };
                let order = get(&["order_id", "InvoiceNo"]);
                if dedup && !order.is_empty() && !orders.insert(order) {
                    continue;
                }
                if kind == "RESTOCK" {
                    continue;
                }
                let is_return = kind == "RETURN" || amount < 0;
                let product = get(&["product", "StockCode", "Description"]);
                records.push(Record {
                    day,
                    hour,
                    product: match &*product {
                        "" => "UNKNOWN".to_owned(),
                        _ => product,
                    },
                    store: get(&["store_id"]),
                    city: get(&["store_city"]),
                    category: get(&["category"]),
                    country: get(&["country"]),
                    is_return,
                    amount: amount.abs(),
                    quantity: quantity.map(|q| if is_return { -q.abs() } else { q }),
                });
            }
        }
        let has = |name: &str| columns.contains(name);
        for record in &records {
            model.add(record, has);
        }
        model.name_categories(&records, has("category"));
        model
    }

    fn add(&mut self, record: &Record, has: impl Fn(&str) -> bool) {
        let of = |text: &String| Some(text.clone());
        let city = has("store_city").then(|| record.city.clone());
        let (category, country) = (of(&record.category), of(&record.country));
        let day = || record.day.clone();
        let mut keys = vec![(0, day(), None, None, None, None, None)];
        if has("store_id") {
            keys.push((1, day(), of(&record.store), city, None, None, None));
        }
        if has("category") {
            keys.push((2, day(), None, None, category.clone(), None, None));
        }
        if has("country") {
            keys.push((3, day(), None, None, None, country.clone(), None));
        }
        if let Some(hour) = record.hour {
            keys.push((4, day(), None, None, None, None, Some(hour)));
        }
        if has("category") && has("country") {
            keys.push((5, day(), None, None, category, country, None));
        }
        for key in keys {
            self.sales.entry(key).or_default().add(record);
        }
    }

    /// Adds up products; each has the category that most of its records name.
    fn name_categories(&mut self, records: &[Record], has_category: bool) {
        let mut named: BTreeMap<&str, BTreeMap<&str, u64>> = BTreeMap::new();
        let mut cells: BTreeMap<(String, String), Sale> = BTreeMap::new();
        for record in records {
            let counts = named.entry(&record.product).or_default();
            if !record.category.is_empty() {
                *counts.entry(&record.category).or_default() += 1;
            }
            let key = (record.day.clone(), record.product.clone());
            cells.entry(key).or_default().add(record);
        }
        for (key, cell) in cells {
            let counts = &named[&*key.1];
            let most = counts.values().max();
            let first = counts.iter().find(|(_, count)| Some(*count) == most);
            let category = first.map_or("", |(category, _)| category).to_owned();
            let product = Product {
                category: has_category.then_some(category),
                units: cell.units,
                sales: cell.sales,
                gross: cell.gross,
                net: cell.net,
            };
            self.products.insert(key, product);
        }
    }
}
