//! What a table looks like, whatever store it is in.

use arrow::datatypes::{DataType, Schema, TimeUnit};

use crate::error::{Error, Result};

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// Its name.
    pub table: String,
    /// Its columns in order.
    pub columns: Vec<Column>,
}

/// A column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// What it holds; any may be null.
    pub kind: Kind,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// UTF-8.
    Text,
    /// 64 bits, signed.
    Int,
    /// `DECIMAL(18,4)`.
    Money,
    /// `DECIMAL(38,4)`.
    Sum,
    /// A double.
    Float,
    /// A date.
    Date,
    /// A UTC timestamp in microseconds.
    Time,
    /// Yes or no.
    Flag,
}

impl Kind {
    /// The kind of a column of ours.
    ///
    /// # Errors
    /// When none of our outputs has such columns.
    pub fn of(kind: &DataType) -> Result<Self> {
        Ok(match kind {
            DataType::Utf8 => Self::Text,
            DataType::Int64 => Self::Int,
            DataType::Decimal128(18, 4) => Self::Money,
            DataType::Decimal128(38, 4) => Self::Sum,
            DataType::Float64 => Self::Float,
            DataType::Date32 => Self::Date,
            DataType::Timestamp(TimeUnit::Microsecond, Some(_)) => Self::Time,
            DataType::Boolean => Self::Flag,
            other => {
                return Err(Error::Internal(format!("a column of {other} in an output")));
            }
        })
    }

    /// Its columns in memory.
    pub fn arrow(self) -> DataType {
        match self {
            Self::Text => DataType::Utf8,
            Self::Int => DataType::Int64,
            Self::Money => DataType::Decimal128(18, 4),
            Self::Sum => DataType::Decimal128(38, 4),
            Self::Float => DataType::Float64,
            Self::Date => DataType::Date32,
            Self::Time => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
            Self::Flag => DataType::Boolean,
        }
    }
}

impl Shape {
    /// A table of these columns.
    ///
    /// # Errors
    /// As [`Kind::of`].
    pub fn new(table: &str, schema: &Schema) -> Result<Self> {
        let columns = schema.fields().iter().map(|field| {
            Ok(Column {
                name: field.name().clone(),
                kind: Kind::of(field.data_type())?,
            })
        });
        Ok(Self {
            table: table.to_owned(),
            columns: columns.collect::<Result<_>>()?,
        })
    }

    /// The column that tells when: what is mostly asked for.
    pub fn when(&self) -> Option<&Column> {
        let mut columns = self.columns.iter();
        columns.find(|column| matches!(column.kind, Kind::Date | Kind::Time))
    }

    /// The same columns in memory.
    pub fn schema(&self) -> Schema {
        let fields = self.columns.iter();
        let fields = fields
            .map(|column| arrow::datatypes::Field::new(&column.name, column.kind.arrow(), true));
        Schema::new(fields.collect::<Vec<_>>())
    }
}
