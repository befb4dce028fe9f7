//! The sales broken down, and the products, against the input.

use std::fs::{self, File};
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Decimal128Array, Int64Array, RecordBatch, StringArray, UInt64Array,
};
use arrow::compute::{concat_batches, take_record_batch};
use arrow::datatypes::{DataType, Decimal128Type, Int64Type};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::{Value, json};

use crate::common::Shop;
use crate::generated;
use crate::report::{check, verify, with};

const SALES: &str = "data/output/analysis_sales/part-00000.parquet";
const PRODUCTS: &str = "data/output/analysis_products/part-00000.parquet";

/// Rewrites a file as `change` says.
fn rewrite(shop: &Shop, path: &str, change: impl FnOnce(RecordBatch) -> RecordBatch) {
    let file = File::open(shop.path(path)).unwrap();
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let schema = builder.schema().clone();
    let batches: Vec<_> = builder
        .build()
        .unwrap()
        .map(|batch| batch.unwrap())
        .collect();
    let changed = change(concat_batches(&schema, &batches).unwrap());
    let file = File::create(shop.path(path)).unwrap();
    let mut writer = ArrowWriter::try_new(file, changed.schema(), None).unwrap();
    writer.write(&changed).unwrap();
    writer.close().unwrap();
}

/// One more in a row of a column; null becomes one.
fn one_more(rows: &RecordBatch, column: &str, row: usize) -> RecordBatch {
    let at = rows.schema().index_of(column).unwrap();
    let old = rows.column(at);
    let new: ArrayRef = match old.data_type() {
        DataType::Int64 => {
            let old = old.as_primitive::<Int64Type>().iter().enumerate();
            let new = old.map(|(i, v)| Some(v.unwrap_or(0) + i64::from(i == row)));
            Arc::new(new.collect::<Int64Array>())
        }
        DataType::Utf8 => {
            let old = old.as_string::<i32>().iter().enumerate();
            let other = |v: Option<&str>| Some(format!("{}1", v.unwrap_or_default()));
            let new = old.map(|(i, v)| {
                if i == row {
                    other(v)
                } else {
                    v.map(str::to_owned)
                }
            });
            Arc::new(new.collect::<StringArray>())
        }
        kind => {
            let old = old.as_primitive::<Decimal128Type>().iter().enumerate();
            let new = old.map(|(i, v)| {
                if i == row {
                    Some(v.unwrap_or(0) + 1)
                } else {
                    v
                }
            });
            Arc::new(
                new.collect::<Decimal128Array>()
                    .with_data_type(kind.clone()),
            )
        }
    };
    let mut columns = rows.columns().to_vec();
    columns[at] = new;
    RecordBatch::try_new(rows.schema(), columns).unwrap()
}

/// The row numbers of a grouping.
fn of_grouping(rows: &RecordBatch, grouping: &str) -> Vec<usize> {
    let groupings = rows.column_by_name("grouping").unwrap().as_string::<i32>();
    (0..rows.num_rows())
        .filter(|row| groupings.value(*row) == grouping)
        .collect()
}

/// Three days of sales with returns, verified as they are.
fn verified() -> (Shop, Value) {
    let shop = generated(&["--malformed", "0.02"]);
    shop.json(&["batch"]);
    let report = verify(&shop, &[], 0);
    (shop, report)
}

#[test]
fn every_grouping_is_compared_cell_by_cell() {
    let (shop, report) = verified();
    let mut rows = Vec::new();
    rewrite(&shop, SALES, |all| {
        for (name, label) in [
            ("day", "sales: by day, cells"),
            ("store", "sales: by store, cells"),
            ("category", "sales: by category, cells"),
            ("country", "sales: by country, cells"),
            ("hour", "sales: by hour, cells"),
            ("category_country", "sales: by category and country, cells"),
        ] {
            let found = of_grouping(&all, name).len();
            assert!(found >= 3, "{name}");
            rows.push((label, found));
        }
        all
    });
    for (label, found) in rows {
        let line = check(&report, label);
        assert_eq!(
            (&line["expected"], &line["found"]),
            (&json!(found), &json!(found)),
            "{label}"
        );
    }
    let products = check(&report, "products: days by product");
    assert_eq!(
        products["found"],
        check(&report, "analysis_parquet: rows")["found"]
    );
}

#[test]
fn one_changed_figure_of_any_cell_is_found() {
    let columns = [
        "sales", "returns", "units", "gross", "returned", "net", "min_sale", "max_sale",
    ];
    let (shop, _) = verified();
    let whole = fs::read(shop.path(SALES)).unwrap();
    for (number, column) in columns.into_iter().enumerate() {
        for grouping in ["day", "store", "hour", "category_country"] {
            shop.write(SALES, &whole);
            rewrite(&shop, SALES, |all| {
                let rows = of_grouping(&all, grouping);
                // A cell of sales, so that it has a least and a most.
                let sales = all
                    .column_by_name("sales")
                    .unwrap()
                    .as_primitive::<Int64Type>();
                let row = rows.iter().rfind(|row| sales.value(**row) > 0).unwrap();
                one_more(&all, column, *row)
            });
            let report = verify(&shop, &[], 3);
            assert_eq!(report["differences_in_all"], 1, "{column} of {grouping}");
            let told = report["differences"][0]["where"].as_str().unwrap();
            assert!(
                told.ends_with(&format!(", {column}")),
                "{told} for {number}"
            );
        }
    }
    // Quantities that nobody told, and a cell of another store.
    shop.write(SALES, &whole);
    rewrite(&shop, SALES, |all| {
        one_more(&all, "store", of_grouping(&all, "store")[4])
    });
    let report = verify(&shop, &[], 3);
    assert_eq!(report["differences_in_all"], 2);
    let line = check(&report, "sales: by store, cells");
    assert_eq!(line["why"], "2 differ");
    assert_eq!(
        with(&report, "different"),
        ["analysis_sales: files", "sales: by store, cells"]
    );
}

#[test]
fn cells_that_are_gone_or_stand_twice_are_found() {
    let (shop, _) = verified();
    let whole = fs::read(shop.path(SALES)).unwrap();
    rewrite(&shop, SALES, |all| all.slice(0, all.num_rows() - 1));
    let report = verify(&shop, &[], 3);
    assert_eq!(report["differences"][0]["found"], Value::Null);
    assert_eq!(report["differences_in_all"], 1);
    shop.write(SALES, &whole);
    rewrite(&shop, SALES, |all| {
        let rows: Vec<u64> = (0..all.num_rows() as u64).chain([0]).collect();
        take_record_batch(&all, &UInt64Array::from(rows)).unwrap()
    });
    let report = verify(&shop, &[], 3);
    assert_eq!(report["differences_in_all"], 1);
    assert_eq!(report["differences"][0]["product"], "all");
    // A whole grouping that the input has.
    shop.write(SALES, &whole);
    rewrite(&shop, SALES, |all| {
        all.slice(0, of_grouping(&all, "category_country")[0])
    });
    let report = verify(&shop, &[], 3);
    assert_eq!(
        check(&report, "sales: by category and country, cells")["found"],
        0
    );
    // And a row that is none.
    shop.write(SALES, &whole);
    rewrite(&shop, SALES, |all| one_more(&all, "grouping", 0));
    let report = verify(&shop, &[], 3);
    let why = check(&report, "sales: rows")["why"].as_str().unwrap();
    assert!(
        why.contains("holds a row that is not as batch writes it"),
        "{why}"
    );
}

#[test]
fn products_are_compared_with_their_categories() {
    let (shop, _) = verified();
    let whole = fs::read(shop.path(PRODUCTS)).unwrap();
    for column in ["units", "sales", "gross", "net"] {
        shop.write(PRODUCTS, &whole);
        rewrite(&shop, PRODUCTS, |all| one_more(&all, column, 7));
        let report = verify(&shop, &[], 3);
        assert_eq!(report["differences_in_all"], 1, "{column}");
        let place = format!("products, {column}");
        assert_eq!(report["differences"][0]["where"], place);
    }
    for column in ["product", "category"] {
        shop.write(PRODUCTS, &whole);
        rewrite(&shop, PRODUCTS, |all| one_more(&all, column, 7));
        let report = verify(&shop, &[], 3);
        // One that is missing, one that should not be there.
        assert_eq!(report["differences_in_all"], 2, "{column}");
        assert_eq!(
            check(&report, "products: days by product")["why"],
            "2 differ"
        );
    }
}

#[test]
fn folders_that_the_run_did_not_write_are_not_comparable() {
    let (shop, _) = verified();
    fs::remove_dir_all(shop.path("data/output/analysis_sales")).unwrap();
    // This version wrote it, so that it is missing.
    let report = verify(&shop, &[], 3);
    let why = check(&report, "analysis_sales: files")["why"]
        .as_str()
        .unwrap();
    assert!(why.contains("has no _run.json"), "{why}");
    // An earlier one did not.
    fs::remove_dir_all(shop.path("data/output/analysis_products")).unwrap();
    for folder in ["analysis_parquet", "analysis_csv", "analysis_csv_kpis"] {
        let path = format!("data/output/{folder}/_run.json");
        let mut record: Value = serde_json::from_str(&shop.read(&path)).unwrap();
        let settings = record["settings"].as_object_mut().unwrap();
        assert!(settings.remove("outputs").is_some());
        shop.write(&path, record.to_string());
    }
    let report = verify(&shop, &[], 0);
    let not_comparable = with(&report, "not comparable");
    assert_eq!(
        not_comparable,
        ["analysis_sales", "analysis_products", "stream"]
    );
}
