//! The rows of a result.

use std::fmt::Write as _;

use chrono::DateTime;
use polars::prelude::{AnyValue, DataFrame, DataType, TimeUnit};

/// The result of a query.
#[derive(Debug)]
pub struct Rows(DataFrame);

/// One value of a result.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// No value.
    Null,
    /// True or false.
    Bool(bool),
    /// An integer.
    Integer(i128),
    /// A floating-point number, as of `AVG`; never money of a file.
    Float(f64),
    /// An exact decimal as text, with at least two decimals if it has any.
    Decimal(String),
    /// Anything else as text: dates are ISO.
    Text(String),
}

impl Rows {
    pub(super) fn new(frame: DataFrame) -> Self {
        Self(frame)
    }

    /// The number of rows.
    pub fn count(&self) -> usize {
        self.0.height()
    }

    /// The names of the columns.
    pub fn columns(&self) -> Vec<&str> {
        self.0
            .columns()
            .iter()
            .map(|column| column.name().as_str())
            .collect()
    }

    /// Whether the column at `column` holds numbers.
    pub fn is_number(&self, column: usize) -> bool {
        let dtype = self.0.columns().get(column).map(|column| column.dtype());
        dtype.is_some_and(DataType::is_primitive_numeric) || dtype.is_some_and(DataType::is_decimal)
    }

    /// The row at `row`, or an empty one after the last.
    pub fn row(&self, row: usize) -> Vec<Cell> {
        let columns = self.0.columns().iter();
        let values = columns.filter_map(|column| column.get(row).ok());
        values.map(|value| cell(&value)).collect()
    }
}

impl Cell {
    /// The value as text; nothing for null.
    pub fn text(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Bool(value) => value.to_string(),
            Self::Integer(value) => value.to_string(),
            Self::Float(value) => value.to_string(),
            Self::Decimal(text) | Self::Text(text) => text.clone(),
        }
    }
}

fn cell(value: &AnyValue<'_>) -> Cell {
    match value {
        AnyValue::Null => Cell::Null,
        AnyValue::Boolean(value) => Cell::Bool(*value),
        AnyValue::Float32(value) => Cell::Float(f64::from(*value)),
        AnyValue::Float64(value) => Cell::Float(*value),
        AnyValue::Decimal(units, _, scale) => Cell::Decimal(decimal(*units, *scale)),
        AnyValue::String(text) => Cell::Text((*text).to_owned()),
        AnyValue::StringOwned(text) => Cell::Text(text.to_string()),
        AnyValue::Datetime(time, unit, _) => Cell::Text(timestamp(*time, *unit)),
        AnyValue::DatetimeOwned(time, unit, _) => Cell::Text(timestamp(*time, *unit)),
        other => match other.extract::<i128>() {
            Some(value) if other.dtype().is_integer() => Cell::Integer(value),
            _ => Cell::Text(other.to_string()),
        },
    }
}

/// The decimal `units / 10^scale`, without zeros at its end after the second decimal.
fn decimal(units: i128, scale: usize) -> String {
    let digits = format!("{:0>width$}", units.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let kept = fraction.trim_end_matches('0').len().max(scale.min(2));
    let fraction = fraction.get(..kept).unwrap_or_default();
    let sign = if units < 0 { "-" } else { "" };
    let mut text = format!("{sign}{whole}");
    if !fraction.is_empty() {
        let _ = write!(text, ".{fraction}");
    }
    text
}

/// A timestamp in ISO form; the fraction only when there is one.
fn timestamp(time: i64, unit: TimeUnit) -> String {
    let time = match unit {
        TimeUnit::Nanoseconds => Some(DateTime::from_timestamp_nanos(time)),
        TimeUnit::Microseconds => DateTime::from_timestamp_micros(time),
        TimeUnit::Milliseconds => DateTime::from_timestamp_millis(time),
    };
    time.map_or_else(String::new, |time| {
        time.format("%Y-%m-%dT%H:%M:%S%.f").to_string()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_have_at_least_two_decimals() {
        let cases = [
            (0, 4, "0.00"),
            (15_000, 4, "1.50"),
            (-12_345, 4, "-1.2345"),
            (5, 4, "0.0005"),
            (-5, 4, "-0.0005"),
            (42, 0, "42"),
            (42, 1, "4.2"),
            (i128::MIN, 4, "-17014118346046923173168730371588410.5728"),
        ];
        for (units, scale, text) in cases {
            assert_eq!(decimal(units, scale), text);
        }
    }

    #[test]
    fn values_become_text_as_a_file_would_hold_them() {
        assert_eq!(
            cell(&AnyValue::Date(20_089)),
            Cell::Text("2025-01-01".to_owned())
        );
        assert_eq!(cell(&AnyValue::UInt32(7)), Cell::Integer(7));
        assert_eq!(
            cell(&AnyValue::String("a\"b")),
            Cell::Text("a\"b".to_owned())
        );
        assert_eq!(
            timestamp(1_735_689_600_500, TimeUnit::Milliseconds),
            "2025-01-01T00:00:00.500"
        );
        assert_eq!(
            timestamp(1_735_689_600_000_000, TimeUnit::Microseconds),
            "2025-01-01T00:00:00"
        );
    }
}
