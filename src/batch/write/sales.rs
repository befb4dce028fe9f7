//! `analysis_sales`: every day, and every day of a store, category, country and hour.

use std::sync::Arc;

use arrow::array::{
    ArrayBuilder, Date32Builder, Decimal128Builder, Int32Builder, Int64Builder, StringBuilder,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use crate::batch::breakdown::{Breakdown, Columns, Grouping, hour as hour_of};
use crate::batch::groups::Group;
use crate::batch::key;
use crate::batch::measures::Cell;
use crate::batch::write::parquet::{BATCH, MONEY, ParquetFile, sums};
use crate::batch::write::{PART, utf8};
use crate::error::Result;
use crate::record::{Money, Total};
use crate::signal::Stop;
use crate::store::Staged;

/// Writes the cells of every grouping; `columns` are those that the input has.
///
/// # Errors
/// When a file cannot be written, a spill not be read, or a signal came.
pub fn write(breakdown: Breakdown, columns: Columns, folder: &Staged, stop: &Stop) -> Result<()> {
    let sums = sums(breakdown.reach);
    let mut rows = Rows::new(&sums, columns);
    let mut file = ParquetFile::create(folder, PART, schema(&sums))?;
    for (grouping, mut cells) in breakdown.groupings {
        while let Some(cell) = cells.next_group()? {
            rows.add(grouping, &cell)?;
            if rows.days.len() >= BATCH {
                stop.check()?;
                rows.flush(&mut file)?;
            }
        }
    }
    rows.flush(&mut file)?;
    file.finish()
}

/// Rows that are not written yet.
struct Rows {
    columns: Columns,
    days: Date32Builder,
    groupings: StringBuilder,
    stores: StringBuilder,
    cities: StringBuilder,
    categories: StringBuilder,
    countries: StringBuilder,
    hours: Int32Builder,
    sales: Int64Builder,
    returns: Int64Builder,
    units: Decimal128Builder,
    gross: Decimal128Builder,
    returned: Decimal128Builder,
    net: Decimal128Builder,
    least: Decimal128Builder,
    most: Decimal128Builder,
}

impl Rows {
    fn new(sums: &DataType, columns: Columns) -> Self {
        let decimal = |kind: &DataType| Decimal128Builder::new().with_data_type(kind.clone());
        Self {
            columns,
            days: Date32Builder::new(),
            groupings: StringBuilder::new(),
            stores: StringBuilder::new(),
            cities: StringBuilder::new(),
            categories: StringBuilder::new(),
            countries: StringBuilder::new(),
            hours: Int32Builder::new(),
            sales: Int64Builder::new(),
            returns: Int64Builder::new(),
            units: decimal(sums),
            gross: decimal(sums),
            returned: decimal(sums),
            net: decimal(sums),
            least: decimal(&MONEY),
            most: decimal(&MONEY),
        }
    }

    fn add(&mut self, grouping: Grouping, cell: &Group<Cell>) -> Result<()> {
        let (key, value) = (&cell.key, &cell.value);
        let [mut store, mut city, mut category, mut country] = [const { None }; 4];
        let mut hour = None;
        match grouping {
            Grouping::Day => {}
            Grouping::Store => {
                let [store_id, store_city] = key::split(key);
                store = Some(store_id);
                city = self.columns.store_city.then_some(store_city);
            }
            Grouping::Category => category = Some(key.clone()),
            Grouping::Country => country = Some(key.clone()),
            Grouping::Hour => hour = hour_of(key).map(i32::from),
            Grouping::CategoryCountry => [category, country] = key::split(key).map(Some),
        }
        self.days.append_value(cell.day.number());
        self.groupings.append_value(grouping.name());
        for (column, text) in [
            (&mut self.stores, store),
            (&mut self.cities, city),
            (&mut self.categories, category),
            (&mut self.countries, country),
        ] {
            column.append_option(text.as_deref().map(utf8).transpose()?);
        }
        self.hours.append_option(hour);
        let line = &value.line;
        self.sales.append_value(line.sales.cast_signed());
        self.returns.append_value(line.returns.cast_signed());
        self.units.append_option(line.units().map(Total::units));
        self.gross.append_value(line.gross.units());
        self.returned.append_value(line.returned.units());
        self.net.append_value(line.net().units());
        let money = |money: Money| i128::from(money.units());
        self.least
            .append_option(value.span.map(|span| money(span.0)));
        self.most
            .append_option(value.span.map(|span| money(span.1)));
        Ok(())
    }

    fn flush(&mut self, file: &mut ParquetFile) -> Result<()> {
        file.write(vec![
            Arc::new(self.days.finish()),
            Arc::new(self.groupings.finish()),
            Arc::new(self.stores.finish()),
            Arc::new(self.cities.finish()),
            Arc::new(self.categories.finish()),
            Arc::new(self.countries.finish()),
            Arc::new(self.hours.finish()),
            Arc::new(self.sales.finish()),
            Arc::new(self.returns.finish()),
            Arc::new(self.units.finish()),
            Arc::new(self.gross.finish()),
            Arc::new(self.returned.finish()),
            Arc::new(self.net.finish()),
            Arc::new(self.least.finish()),
            Arc::new(self.most.finish()),
        ])
    }
}

fn schema(sums: &DataType) -> SchemaRef {
    let field = |name: &str, kind: &DataType, null| Field::new(name, kind.clone(), null);
    Arc::new(Schema::new(vec![
        field("order_date", &DataType::Date32, false),
        field("grouping", &DataType::Utf8, false),
        field("store", &DataType::Utf8, true),
        field("store_city", &DataType::Utf8, true),
        field("category", &DataType::Utf8, true),
        field("country", &DataType::Utf8, true),
        field("hour", &DataType::Int32, true),
        field("sales", &DataType::Int64, false),
        field("returns", &DataType::Int64, false),
        field("units", sums, true),
        field("gross", sums, false),
        field("returned", sums, false),
        field("net", sums, false),
        field("min_sale", &MONEY, true),
        field("max_sale", &MONEY, true),
    ]))
}
