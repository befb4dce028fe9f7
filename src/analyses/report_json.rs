//! `daily_report.json`: the one row of its table in the form that the replaced job wrote.

use std::io::Write;

use arrow::array::{Array, ArrayRef};
use serde::Serialize;
use serde_json::value::RawValue;

use super::csv::cell;
use super::spec::{Kind, Table};
use crate::error::{Error, Result};
use crate::store::Staged;

/// The analysis that it belongs to.
pub const ANALYSIS: &str = "daily_report";

/// A value as it stands in JSON; amounts are numbers with just the digits they have.
type Json = Box<RawValue>;

#[derive(Serialize)]
struct Report<'a> {
    report_date: Json,
    business_metrics: Business,
    inventory_health: Inventory,
    top_products_count: Json,
    top_stores_count: Json,
    processing_timestamp: &'a str,
}

#[derive(Serialize)]
struct Business {
    total_revenue: Json,
    total_transactions: Json,
    total_customers: Json,
    avg_transaction_value: Json,
    revenue_per_customer: Json,
}

#[derive(Serialize)]
struct Inventory {
    avg_out_of_stock_rate: Json,
    avg_low_stock_rate: Json,
}

/// Writes the file of a run that began at `started`.
///
/// # Errors
/// When it cannot be written.
pub fn write(folder: &Staged, table: &Table, row: &[ArrayRef], started: &str) -> Result<()> {
    let internal = |what: String| Error::Internal(format!("daily_report.json: {what}"));
    let value = |name: &str| -> Result<Json> {
        let mut columns = table.columns.iter().zip(row);
        let found = columns.find(|(column, _)| column.name == name);
        let (column, array) = found.ok_or_else(|| internal(format!("no column {name}")))?;
        let mut text = Vec::new();
        match (array.is_valid(0), column.kind) {
            (false, _) => text.extend_from_slice(b"null"),
            (true, Kind::Count | Kind::Money | Kind::Flag) => {
                cell(&mut text, array, column.kind, 0)
            }
            (true, _) => {
                text.push(b'"');
                cell(&mut text, array, column.kind, 0);
                text.push(b'"');
            }
        }
        let text = String::from_utf8(text).map_err(|e| internal(e.to_string()))?;
        RawValue::from_string(text).map_err(|e| internal(e.to_string()))
    };
    let report = Report {
        report_date: value("report_date")?,
        business_metrics: Business {
            total_revenue: value("total_revenue")?,
            total_transactions: value("total_transactions")?,
            total_customers: value("total_customers")?,
            avg_transaction_value: value("avg_transaction_value")?,
            revenue_per_customer: value("revenue_per_customer")?,
        },
        inventory_health: Inventory {
            avg_out_of_stock_rate: value("avg_out_of_stock_rate")?,
            avg_low_stock_rate: value("avg_low_stock_rate")?,
        },
        top_products_count: value("top_products_count")?,
        top_stores_count: value("top_stores_count")?,
        processing_timestamp: started,
    };
    let mut text = serde_json::to_vec_pretty(&report).map_err(|e| internal(e.to_string()))?;
    text.push(b'\n');
    let mut file = folder.create("daily_report.json")?;
    let written = file.write_all(&text);
    written.map_err(|e| Error::io("write", file.place(), e))?;
    file.finish().map(drop)
}
