//! What a report says. Its JSON is this, field for field.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::figure::{Compared, Figure};
use crate::record::Total;
use crate::serve::answer::Exact;

/// The report of a day. Money is text, but in the fields of the replaced job's report, which are
/// the first ones; there it is a number with just the digits it has.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The day.
    pub report_date: String,
    /// What the day came to.
    pub business_metrics: Business,
    /// How the stock is.
    pub inventory_health: Inventory,
    /// Products with a place up to 10 by revenue of the day; equal ones share a place.
    pub top_products_count: usize,
    /// Stores with a place up to 5.
    pub top_stores_count: usize,
    /// When the run of batch began whose figures these are, UTC.
    pub processing_timestamp: String,
    /// `Tuesday`.
    pub weekday: &'static str,
    /// The first day of the data.
    pub first_day: String,
    /// The last.
    pub last_day: String,
    /// The currency of all amounts, if it was said.
    pub currency: Option<String>,
    /// Whether anything was sold or returned on the day.
    pub has_sales: bool,
    /// The figures of the day beside those of other days.
    pub headline: Vec<Headline>,
    /// Days before this one, at most 28, that the average is of.
    pub average_days: usize,
    /// The day and the 27 before, as far as the data reaches.
    pub last_28_days: Vec<OfDay>,
    /// The hours of the day; none where the input tells no time of day.
    pub by_hour: Option<Vec<OfHour>>,
    /// The net revenue of lines that tell no time of day; none where all do, or none does.
    pub without_hour: Option<Total>,
    /// By store, the largest revenue first; none where the input names none.
    pub by_store: Option<Vec<Group>>,
    /// By category, likewise.
    pub by_category: Option<Vec<Group>>,
    /// By country, likewise.
    pub by_country: Option<Vec<Group>>,
    /// Products with a sale or a return.
    pub products: usize,
    /// The ten with the largest revenue; equal ones by name.
    pub top_products: Vec<Product>,
    /// What came back.
    pub returns: Returns,
    /// The week and the month of the day; none without the analysis.
    pub trend: Option<Trend>,
    /// The stock by store; none without the analysis.
    pub stock: Option<Stock>,
    /// What is not told, by field or by figure, and why.
    pub missing: BTreeMap<&'static str, String>,
    /// What else must be known to read the figures right.
    pub notes: Vec<String>,
    /// Where the figures are from.
    pub basis: Basis,
}

/// The figures of the replaced job's report.
#[derive(Debug, Serialize)]
pub struct Business {
    /// Sales less returns.
    pub total_revenue: Exact,
    /// Distinct orders.
    pub total_transactions: Option<u64>,
    /// Distinct customers.
    pub total_customers: Option<u64>,
    /// `total_revenue / total_transactions`.
    pub avg_transaction_value: Option<Exact>,
    /// `total_revenue / total_customers`.
    pub revenue_per_customer: Option<Exact>,
}

/// Stock in per cent.
#[derive(Debug, Default, Serialize)]
pub struct Inventory {
    /// Products at or below zero, of all.
    pub avg_out_of_stock_rate: Option<Exact>,
    /// Products at or below their reorder point, of those that have one.
    pub avg_low_stock_rate: Option<Exact>,
}

/// A figure of the day.
#[derive(Debug, Serialize)]
pub struct Headline {
    /// Its name in JSON.
    pub name: &'static str,
    /// Its name in words.
    pub label: &'static str,
    /// What it is; none where it would divide by zero.
    pub value: Option<Figure>,
    /// The day before.
    pub day_before: Compared,
    /// The same weekday a week before.
    pub week_before: Compared,
    /// The mean of [`Report::average_days`].
    pub average: Compared,
    /// Whether more is better; none where neither is.
    #[serde(skip)]
    pub more_is_better: Option<bool>,
}

/// A day.
#[derive(Debug, Serialize)]
pub struct OfDay {
    /// The day.
    pub date: String,
    /// Sales less returns.
    pub net_revenue: Total,
    /// The mean of the seven days that end with it, if the analysis of trends tells.
    pub mean_7_days: Option<Total>,
    /// Distinct orders, if an analysis tells.
    pub transactions: Option<u64>,
}

/// An hour.
#[derive(Debug, Serialize)]
pub struct OfHour {
    /// 0 to 23, UTC.
    pub hour: usize,
    /// Sales less returns.
    pub net_revenue: Total,
    /// Lines that are sales.
    pub sales: u64,
    /// Lines that are returns.
    pub returns: u64,
}

/// A store, a category, a country.
#[derive(Debug, Serialize)]
pub struct Group {
    /// Its name; blank for the lines that name none.
    pub name: String,
    /// The city of a store.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// Sales less returns.
    pub net_revenue: Total,
    /// Of the revenue of the day, in per cent.
    pub share_pct: Option<String>,
    /// The same weekday a week before.
    pub week_before: Compared,
    /// Lines that are sales.
    pub sales: u64,
    /// Lines that are returns.
    pub returns: u64,
    /// Σ of the returns, positive.
    pub returned_value: Total,
    /// Returns of what was sold, by money, in per cent.
    pub return_rate_pct: Option<String>,
}

/// A product.
#[derive(Debug, Serialize)]
pub struct Product {
    /// Its place; equal revenues share one.
    pub rank: usize,
    /// Its name.
    pub product: String,
    /// Its category, if the input tells.
    pub category: Option<String>,
    /// Sales less returns.
    pub net_revenue: Total,
    /// Of the revenue of the day, in per cent.
    pub share_pct: Option<String>,
    /// Pieces sold less pieces returned, if the input tells.
    pub units: Option<Figure>,
    /// Lines that are sales.
    pub sales: u64,
}

/// What came back.
#[derive(Debug, Serialize)]
pub struct Returns {
    /// Lines that are returns.
    pub lines: u64,
    /// Σ of the returns, positive.
    pub value: Total,
    /// Of what was sold, by money, in per cent.
    pub rate_pct: Option<String>,
    /// The products with the largest value of returns, at most five.
    pub products: Vec<Returned>,
}

/// A product that came back.
#[derive(Debug, Serialize)]
pub struct Returned {
    /// Its name.
    pub product: String,
    /// Its category, if the input tells.
    pub category: Option<String>,
    /// Σ of its returns, positive.
    pub returned_value: Total,
    /// Σ of its sales.
    pub gross_revenue: Total,
}

/// The week and the month.
#[derive(Debug, Serialize)]
pub struct Trend {
    /// The mean of the seven days that end with the day.
    pub mean_7_days: Option<Total>,
    /// The week, then the month; whole ones as far as the data reaches.
    pub periods: Vec<Period>,
}

/// A week or a month.
#[derive(Debug, Serialize)]
pub struct Period {
    /// `week` or `month`.
    pub kind: &'static str,
    /// `2025-W03`, `2025-01`.
    pub period: String,
    /// Its days between the first and the last of the data.
    pub days: u64,
    /// Sales less returns.
    pub net_revenue: Total,
    /// Distinct orders.
    pub transactions: u64,
    /// Their quotient.
    pub average_transaction: Option<Total>,
    /// The revenue of the period before.
    pub before: Option<Total>,
    /// Growth from it in per cent; none from zero, and where one of both is not whole.
    pub change_pct: Option<String>,
}

/// The stock.
#[derive(Debug, Serialize)]
pub struct Stock {
    /// The date that the analyses looked back from.
    pub as_of: Option<String>,
    /// All stores.
    pub total: StockOf,
    /// Each store, the one with the largest share out of stock first.
    pub by_store: Vec<StockOf>,
}

/// The stock of a store.
#[derive(Debug, Default, Clone, Serialize)]
pub struct StockOf {
    /// The store; blank for all.
    pub store: String,
    /// Products, each as often as there are stores that have it.
    pub products: u64,
    /// Pieces.
    pub pieces: Option<Figure>,
    /// Products at or below zero.
    pub out_of_stock: u64,
    /// Products at or below their reorder point; none where none tells one.
    pub low_stock: Option<u64>,
}

/// What the figures rest on.
#[derive(Debug, Serialize)]
pub struct Basis {
    /// Where batch wrote them.
    pub output: String,
    /// The run.
    pub run_id: String,
    /// When it began, UTC.
    pub started: String,
    /// When it ended, UTC.
    pub finished: String,
    /// The version of the program that ran.
    pub version: String,
    /// Its inputs.
    pub inputs: Inputs,
    /// What became of its records, and what all days came to.
    pub counts: BTreeMap<&'static str, Value>,
    /// The analyses that figures are from; all are of this run.
    pub analyses: Vec<&'static str>,
    /// Records that these left out, by rule.
    pub left_out: BTreeMap<String, u64>,
}

/// What the run read.
#[derive(Debug, Serialize)]
pub struct Inputs {
    /// What was asked for.
    pub places: Vec<String>,
    /// Files.
    pub files: usize,
    /// Their length.
    pub bytes: u64,
}
