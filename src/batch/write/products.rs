//! `analysis_products`: every day and product, with its category and pieces.

use std::sync::Arc;

use arrow::array::{ArrayBuilder, Date32Builder, Decimal128Builder, Int64Builder, StringBuilder};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use crate::batch::categories::Categories;
use crate::batch::groups::Group;
use crate::batch::measures::Line;
use crate::batch::run::Run;
use crate::batch::write::parquet::{BATCH, ParquetFile};
use crate::batch::write::{PART, utf8};
use crate::error::Result;
use crate::record::Total;
use crate::signal::Stop;
use crate::store::Staged;

/// Writes the sums by day and product, which come in order; `categories` knows the categories
/// where the input has any. The sums are of type `sums`.
///
/// # Errors
/// When a file cannot be written, a spill not be read, or a signal came.
pub fn write(
    mut lines: Run<Line>,
    mut categories: Option<&mut Categories>,
    sums: &DataType,
    folder: &Staged,
    stop: &Stop,
) -> Result<()> {
    let mut rows = Rows::new(sums);
    let mut file = ParquetFile::create(folder, PART, schema(sums))?;
    while let Some(line) = lines.next_group()? {
        let category = match &mut categories {
            Some(categories) => Some(categories.find(&line.key)?),
            None => None,
        };
        rows.add(&line, category)?;
        if rows.days.len() >= BATCH {
            stop.check()?;
            rows.flush(&mut file)?;
        }
    }
    rows.flush(&mut file)?;
    file.finish()
}

/// Rows that are not written yet.
struct Rows {
    days: Date32Builder,
    products: StringBuilder,
    categories: StringBuilder,
    units: Decimal128Builder,
    sales: Int64Builder,
    gross: Decimal128Builder,
    net: Decimal128Builder,
}

impl Rows {
    fn new(sums: &DataType) -> Self {
        let sums = || Decimal128Builder::new().with_data_type(sums.clone());
        Self {
            days: Date32Builder::new(),
            products: StringBuilder::new(),
            categories: StringBuilder::new(),
            units: sums(),
            sales: Int64Builder::new(),
            gross: sums(),
            net: sums(),
        }
    }

    fn add(&mut self, line: &Group<Line>, category: Option<&[u8]>) -> Result<()> {
        self.days.append_value(line.day.number());
        self.products.append_value(utf8(&line.key)?);
        self.categories
            .append_option(category.map(utf8).transpose()?);
        let value = &line.value;
        self.units.append_option(value.units().map(Total::units));
        self.sales.append_value(value.sales.cast_signed());
        self.gross.append_value(value.gross.units());
        self.net.append_value(value.net().units());
        Ok(())
    }

    fn flush(&mut self, file: &mut ParquetFile) -> Result<()> {
        file.write(vec![
            Arc::new(self.days.finish()),
            Arc::new(self.products.finish()),
            Arc::new(self.categories.finish()),
            Arc::new(self.units.finish()),
            Arc::new(self.sales.finish()),
            Arc::new(self.gross.finish()),
            Arc::new(self.net.finish()),
        ])
    }
}

fn schema(sums: &DataType) -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("order_date", DataType::Date32, false),
        Field::new("product", DataType::Utf8, false),
        Field::new("category", DataType::Utf8, true),
        Field::new("units", sums.clone(), true),
        Field::new("sales", DataType::Int64, false),
        Field::new("gross", sums.clone(), false),
        Field::new("net", sums.clone(), false),
    ]))
}
