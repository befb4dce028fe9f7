//! The output of a stream, written by hand.

use std::fs::{self, File};
use std::sync::Arc;

use arrow::array::TimestampMicrosecondArray;
use arrow::array::{ArrayRef, Decimal128Array, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use serde_json::{Value, json};

use crate::common::Shop;

/// The folder of the stream.
pub const FOLDER: &str = "data/output/streaming_product_revenue";
/// 2025-01-01 00:00 UTC in minutes since the epoch.
const MIDNIGHT: i64 = 28_928_160;

/// A row: minutes after midnight at which the window starts, product, cents.
pub type Row = (i64, &'static str, i128);

/// Sales of 10.00 at 09:05 and 7.00 at 09:40 of tea, and of 3.00 at 10:20 of cake. Windows are
/// an hour long and start every quarter of an hour, so each sale is in four.
const SALES: &str = "order_id,order_time,product,amount\n\
    1,2025-01-01T09:05:00,Tea,10.00\n2,2025-01-01T09:40:00,Tea,7.00\n\
    3,2025-01-01T10:20:00,Cake,3.00\n";
/// The ten rows of a stream over them, and one without revenue.
pub const ROWS: [Row; 11] = [
    (8 * 60 + 15, "Tea", 1000),
    (8 * 60 + 30, "Tea", 1000),
    (8 * 60 + 45, "Tea", 1700),
    (9 * 60, "Tea", 1700),
    (9 * 60 + 15, "Tea", 700),
    (9 * 60 + 30, "Tea", 700),
    (9 * 60 + 30, "Cake", 300),
    (9 * 60 + 45, "Cake", 300),
    (10 * 60, "Cake", 300),
    (10 * 60 + 15, "Cake", 300),
    (8 * 60, "Free", 0),
];

/// The input, batch over it, and a finished stream over it that lost nothing.
pub fn shop() -> (Shop, Value) {
    let shop = Shop::new();
    shop.write("data/input/a.csv", SALES);
    shop.json(&["batch"]);
    let rows = &ROWS[..10];
    write(&shop, "part-1.parquet", &rows[..4], 60);
    write(&shop, "part-2.parquet", &rows[4..], 60);
    let record = json!({
        "run_id": "r1", "command": "stream", "version": "0.1.0",
        "settings": {
            "window_seconds": 3600, "slide_seconds": 900, "watermark_seconds": 900,
            "dedup": [], "map": [], "decimal_comma": false, "date_format": null,
            "delimiter": null
        },
        "figures": {
            "command": "stream", "source": "files", "read": 3, "accepted": 3, "rejected": 0,
            "rejected_by_reason": {}, "duplicates": 0, "non_sales": 0, "late": 0,
            "late_revenue": "0.00", "windows": 10, "written_revenue": "80.00",
            "open_revenue": "0.00", "accepted_revenue": "20.00", "ended": true, "laps": 1,
            "passes_complete": true
        }
    });
    tell(&shop, &record);
    (shop, record)
}

/// Writes the record.
pub fn tell(shop: &Shop, record: &Value) {
    shop.write(&format!("{FOLDER}/_run.json"), record.to_string());
}

/// Writes rows of windows of so many minutes.
pub fn write(shop: &Shop, name: &str, rows: &[Row], minutes: i64) {
    let micros = |minute: i64| (MIDNIGHT + minute) * 60_000_000;
    let times = |shift: i64| {
        let times = rows.iter().map(|row| micros(row.0 + shift));
        Arc::new(TimestampMicrosecondArray::from_iter_values(times).with_timezone("UTC"))
    };
    let revenue = Decimal128Array::from_iter_values(rows.iter().map(|row| row.2 * 100));
    let columns: [(&str, ArrayRef); 4] = [
        (
            "product",
            Arc::new(StringArray::from_iter_values(rows.iter().map(|row| row.1))),
        ),
        (
            "revenue",
            Arc::new(revenue.with_precision_and_scale(18, 4).unwrap()),
        ),
        ("window_start", times(0)),
        ("window_end", times(minutes)),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    fs::create_dir_all(shop.path(FOLDER)).unwrap();
    let file = File::create(shop.path(&format!("{FOLDER}/{name}"))).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}
