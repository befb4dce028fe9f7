//! Parquet files against the CSV files of the same settings.

use ::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use arrow::array::{Array, AsArray};
use arrow::datatypes::{Date32Type, Decimal128Type, Int64Type, TimestampMicrosecondType};
use arrow::record_batch::RecordBatch;
use chrono::DateTime;

use super::*;

/// The bytes of a file, which the reader wants to own.
fn batches(dir: &tempfile::TempDir, file: &[u8]) -> Vec<RecordBatch> {
    let path = dir.path().join("day.parquet");
    std::fs::write(&path, file).unwrap();
    let file = std::fs::File::open(path).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    reader.build().unwrap().map(Result::unwrap).collect()
}

/// The value of a column as the CSV would say it; nothing where it is null.
fn text(batch: &RecordBatch, name: &str, i: usize) -> String {
    let column = batch.column_by_name(name).unwrap();
    if column.is_null(i) {
        return String::new();
    }
    match name {
        "order_date" => {
            let days = column.as_primitive::<Date32Type>().value(i);
            DateTime::from_timestamp(i64::from(days) * 86_400, 0)
                .unwrap()
                .date_naive()
                .to_string()
        }
        "order_time" => {
            let micros = column.as_primitive::<TimestampMicrosecondType>().value(i);
            DateTime::from_timestamp_micros(micros)
                .unwrap()
                .format("%Y-%m-%dT%H:%M:%S")
                .to_string()
        }
        "quantity" => column.as_primitive::<Int64Type>().value(i).to_string(),
        "unit_price" | "amount" => {
            Total::from_units(column.as_primitive::<Decimal128Type>().value(i)).to_string()
        }
        _ => column.as_string::<i32>().value(i).to_owned(),
    }
}

#[test]
fn parquet_holds_what_csv_holds() {
    let dir = tempfile::tempdir().unwrap();
    for profile in [Profile::Standard, Profile::Classic] {
        let late = if profile == Profile::Standard {
            0.1
        } else {
            0.0
        };
        let mut settings = settings(8, 300);
        settings.profile = profile;
        settings.faults = Shares {
            malformed: 0.1,
            duplicates: 0.1,
            late,
        };
        let csv = make(&settings, 1);
        settings.format = Format::Parquet;
        let parquet = make(&settings, 2);
        assert_eq!(parquet.truth, csv.truth);
        assert_eq!(make(&settings, 1).files, parquet.files);
        for (day, file) in &csv.files {
            let rows = read(file);
            let batches = batches(&dir, &parquet.files[day]);
            assert_eq!(batches[0].schema().fields(), schema(profile).fields());
            let places = batches
                .iter()
                .flat_map(|b| (0..b.num_rows()).map(move |i| (b, i)));
            let places: Vec<_> = places.collect();
            assert_eq!(places.len(), rows.len());
            for ((batch, i), row) in places.into_iter().zip(rows) {
                for (name, said) in &row {
                    let expected = match said.as_str() {
                        "N/A" | "?" | "unknown" => "",
                        _ if row.contains_key("surplus")
                            && ["amount", "quantity"].contains(&name.as_str()) =>
                        {
                            ""
                        }
                        said => said,
                    };
                    if name != "surplus" {
                        assert_eq!(text(batch, name, i), expected, "{name}");
                    }
                }
            }
        }
    }
}

#[test]
fn an_empty_day_is_a_readable_file() {
    let dir = tempfile::tempdir().unwrap();
    let settings = Settings {
        format: Format::Parquet,
        ..settings(1, 0)
    };
    let made = make(&settings, 1);
    let rows: usize = batches(&dir, &made.files[&date("2025-01-01")])
        .iter()
        .map(RecordBatch::num_rows)
        .sum();
    assert_eq!(rows, 0);
}
