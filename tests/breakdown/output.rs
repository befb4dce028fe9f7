//! The two folders, read by arrow.

use std::fs::File;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Date32Type, Decimal128Type, Int32Type, Int64Type};
use chrono::{Days, NaiveDate};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::common::Shop;
use crate::model::{Key, Product, Sale};

pub const SALES: &str = "data/output/analysis_sales/part-00000.parquet";
pub const PRODUCTS: &str = "data/output/analysis_products/part-00000.parquet";
/// In the order of the rows.
pub const GROUPINGS: [&str; 6] = [
    "day",
    "store",
    "category",
    "country",
    "hour",
    "category_country",
];

/// All rows of a file, whose columns are these.
fn read(shop: &Shop, path: &str, columns: &[(&str, DataType, bool)]) -> Vec<RecordBatch> {
    let file = File::open(shop.path(path)).expect(path);
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet");
    let fields = builder.schema().fields().iter();
    let found: Vec<_> = fields
        .map(|f| (f.name().as_str(), f.data_type().clone(), f.is_nullable()))
        .collect();
    assert_eq!(found, columns);
    let batches = builder.build().expect("a reader");
    batches.map(|batch| batch.expect("rows")).collect()
}

fn day(column: &ArrayRef, row: usize) -> String {
    let number = column.as_primitive::<Date32Type>().value(row);
    let day = NaiveDate::default().checked_add_days(Days::new(number as u64));
    day.expect("a day").to_string()
}

fn text(column: &ArrayRef, row: usize) -> Option<String> {
    let texts = column.as_string::<i32>();
    texts.is_valid(row).then(|| texts.value(row).to_owned())
}

fn decimal(column: &ArrayRef, row: usize) -> Option<i128> {
    let decimals = column.as_primitive::<Decimal128Type>();
    decimals.is_valid(row).then(|| decimals.value(row))
}

fn count(column: &ArrayRef, row: usize) -> i64 {
    column.as_primitive::<Int64Type>().value(row)
}

/// The rows of `analysis_sales` as they stand; sums are of `precision` digits.
pub fn sales_of(shop: &Shop, precision: u8) -> Vec<(Key, Sale)> {
    let sum = DataType::Decimal128(precision, 4);
    let money = DataType::Decimal128(18, 4);
    let columns = [
        ("order_date", DataType::Date32, false),
        ("grouping", DataType::Utf8, false),
        ("store", DataType::Utf8, true),
        ("store_city", DataType::Utf8, true),
        ("category", DataType::Utf8, true),
        ("country", DataType::Utf8, true),
        ("hour", DataType::Int32, true),
        ("sales", DataType::Int64, false),
        ("returns", DataType::Int64, false),
        ("units", sum.clone(), true),
        ("gross", sum.clone(), false),
        ("returned", sum.clone(), false),
        ("net", sum, false),
        ("min_sale", money.clone(), true),
        ("max_sale", money, true),
    ];
    let mut rows = Vec::new();
    for batch in read(shop, SALES, &columns) {
        let column = |at: usize| batch.column(at);
        for row in 0..batch.num_rows() {
            let name = text(column(1), row).expect("a grouping");
            let grouping = GROUPINGS.iter().position(|known| *known == name);
            let hours = column(6).as_primitive::<Int32Type>();
            let key = (
                grouping.expect("a known grouping"),
                day(column(0), row),
                text(column(2), row),
                text(column(3), row),
                text(column(4), row),
                text(column(5), row),
                hours.is_valid(row).then(|| hours.value(row)),
            );
            let sale = Sale {
                sales: count(column(7), row),
                returns: count(column(8), row),
                units: decimal(column(9), row),
                gross: decimal(column(10), row).expect("gross"),
                returned: decimal(column(11), row).expect("returned"),
                net: decimal(column(12), row).expect("net"),
                min: decimal(column(13), row),
                max: decimal(column(14), row),
            };
            rows.push((key, sale));
        }
    }
    rows
}

/// The same, of the usual type.
pub fn sales(shop: &Shop) -> Vec<(Key, Sale)> {
    sales_of(shop, 18)
}

/// The rows of `analysis_products` as they stand; sums are of `precision` digits.
pub fn products_of(shop: &Shop, precision: u8) -> Vec<((String, String), Product)> {
    let sum = DataType::Decimal128(precision, 4);
    let columns = [
        ("order_date", DataType::Date32, false),
        ("product", DataType::Utf8, false),
        ("category", DataType::Utf8, true),
        ("units", sum.clone(), true),
        ("sales", DataType::Int64, false),
        ("gross", sum.clone(), false),
        ("net", sum, false),
    ];
    let mut rows = Vec::new();
    for batch in read(shop, PRODUCTS, &columns) {
        let column = |at: usize| batch.column(at);
        for row in 0..batch.num_rows() {
            let key = (
                day(column(0), row),
                text(column(1), row).expect("a product"),
            );
            let product = Product {
                category: text(column(2), row),
                units: decimal(column(3), row),
                sales: count(column(4), row),
                gross: decimal(column(5), row).expect("gross"),
                net: decimal(column(6), row).expect("net"),
            };
            rows.push((key, product));
        }
    }
    rows
}

/// The same, of the usual type.
pub fn products(shop: &Shop) -> Vec<((String, String), Product)> {
    products_of(shop, 18)
}

/// The groupings that there are, in order.
pub fn groupings(shop: &Shop) -> Vec<&'static str> {
    let mut found: Vec<_> = sales(shop)
        .iter()
        .map(|(key, _)| GROUPINGS[key.0])
        .collect();
    found.dedup();
    found
}

/// Σ net of a grouping.
pub fn net(shop: &Shop, grouping: &str) -> i128 {
    let rows = sales(shop).into_iter();
    let rows = rows.filter(|(key, _)| GROUPINGS[key.0] == grouping);
    rows.map(|(_, sale)| sale.net).sum()
}
