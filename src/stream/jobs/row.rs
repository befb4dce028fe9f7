//! Rows of tables, as values.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::spec::{Column, TableSpec, Type};
use crate::record::{Time, Total};

/// A value; its type is that of the column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Cell {
    /// Nothing.
    Null,
    /// Text.
    Text(Box<str>),
    /// A whole number.
    Int(i64),
    /// Money or pieces, in units of 1/10,000.
    Decimal(i128),
    /// A double.
    Float(f64),
    /// Microseconds since the epoch.
    Time(i64),
    /// Yes or no.
    Bool(bool),
}

/// The values of a row in the order of the columns.
pub type Row = Vec<Cell>;

impl Cell {
    /// Text of bytes.
    pub fn text(bytes: &[u8]) -> Self {
        Self::Text(String::from_utf8_lossy(bytes).into())
    }

    /// Text of bytes; nothing where there are none.
    pub fn some_text(bytes: &[u8]) -> Self {
        match bytes.is_empty() {
            true => Self::Null,
            false => Self::text(bytes),
        }
    }

    /// Money or pieces.
    pub fn decimal(value: impl Into<i128>) -> Self {
        Self::Decimal(value.into())
    }

    /// A mean of money or pieces, rounded half to even; nothing of nothing.
    pub fn mean(sum: i128, count: i128) -> Self {
        if count == 0 {
            return Self::Null;
        }
        let (quotient, rest) = (sum.div_euclid(count), sum.rem_euclid(count));
        let twice = (rest * 2).cmp(&count.abs());
        let up = twice.is_gt() || twice.is_eq() && quotient % 2 != 0;
        Self::Decimal(quotient + i128::from(up) * count.signum())
    }

    /// The value as JSON: money is text, as in summaries.
    pub fn json(&self, kind: Type) -> Value {
        match (self, kind) {
            (Self::Null, _) => Value::Null,
            (Self::Text(text), _) => json!(text),
            (Self::Int(number), _) => json!(number),
            (Self::Decimal(units), Type::Quantity) => quantity(*units),
            (Self::Decimal(units), _) => json!(Total::from_units(*units)),
            (Self::Float(number), _) => json!(number),
            (Self::Time(micros), _) => {
                json!(Time::from_micros(*micros).map(|time| time.to_string()))
            }
            (Self::Bool(yes), _) => json!(yes),
        }
    }
}

/// Pieces as a JSON number, without needless decimals.
fn quantity(units: i128) -> Value {
    if units % 10_000 == 0 {
        return json!(units / 10_000);
    }
    let text = Total::from_units(units).to_string();
    let text = text.trim_end_matches('0');
    serde_json::from_str(text).unwrap_or(Value::Null)
}

/// A row as a JSON object.
pub fn object(columns: &[Column], row: &[Cell]) -> Map<String, Value> {
    let cells = columns.iter().zip(row);
    cells
        .map(|(column, cell)| (column.name.to_owned(), cell.json(column.kind)))
        .collect()
}

/// A row as a line of JSON: its table first, then the columns in their order.
pub fn line(table: &TableSpec, row: &[Cell]) -> String {
    let mut line = format!("{{\"table\":{}", json!(table.name));
    for (column, cell) in table.columns.iter().zip(row) {
        let (name, value) = (json!(column.name), cell.json(column.kind));
        line.push_str(&format!(",{name}:{value}"));
    }
    line.push('}');
    line
}
