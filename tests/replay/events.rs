//! What an event holds: the row, field for field.

use std::fs::File;
use std::sync::Arc;

use arrow::array::{Decimal128Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use chrono::DateTime;
use parquet::arrow::ArrowWriter;
use serde_json::json;

use crate::common::{Shop, gzip};
use crate::{events, field, lines};

const HEADER: &str = "order_id,order_date,store_id,store_city,product,quantity,unit_price,amount,\
                      order_time,customer_id,category,transaction_type,payment_method,country,\
                      promotion_id,original_order_id\n";

#[test]
fn every_column_is_a_field_as_it_is_written() {
    let shop = Shop::new();
    let row = "O-1,2025-01-02,S1,\"Pune, India\",\" Masala \"\"Dosa\"\"\",2,2.50,5.0,\
               2025-01-02T09:05:07,C-7,Café,SALE,card,IN,,\n";
    shop.write("data/input/a.csv", format!("{HEADER}{row}"));
    let expected = json!({
        "order_id": "O-1", "order_date": "2025-01-02", "store_id": "S1",
        "store_city": "Pune, India", "product": " Masala \"Dosa\"", "quantity": "2",
        "unit_price": "2.50", "amount": "5.0", "order_time": "2025-01-02T09:05:07",
        "customer_id": "C-7", "category": "Café", "transaction_type": "SALE",
        "payment_method": "card", "country": "IN", "promotion_id": "", "original_order_id": "",
        "event_time": "2025-01-02T09:05:07Z"
    });
    assert_eq!(events(&shop, &[]), [expected]);
}

#[test]
fn other_headers_separators_and_dates_are_carried_as_they_are() {
    let shop = Shop::new();
    let text = "InvoiceNo;Description;Quantity;UnitPrice;InvoiceDate\n\
                536365;WHITE LANTERN;6;2,55;01-Dec-2010\n";
    shop.write("data/input/a.csv", text);
    let options = ["--decimal-comma", "--date-format", "%d-%b-%Y"];
    let expected = json!({
        "InvoiceNo": "536365", "Description": "WHITE LANTERN", "Quantity": "6",
        "UnitPrice": "2,55", "InvoiceDate": "01-Dec-2010", "event_time": "2010-12-01T00:00:00Z"
    });
    assert_eq!(events(&shop, &options), [expected]);
}

#[test]
fn packed_files_and_stdin_are_the_same_events() {
    let text = format!("{HEADER}O-1,2025-01-02,,,Tea,,,5.0,,,,,,,,\n");
    let shop = Shop::new();
    shop.write("data/input/a.csv.gz", gzip(text.as_bytes()));
    let packed = lines(&shop, &[]);
    assert_eq!(packed.len(), 1);
    let plain = shop.feed(&["replay", "--rate", "0", "--input", "-"], text.as_bytes());
    assert_eq!(crate::stdout(&plain), packed[0].clone() + "\n");
}

#[test]
fn json_lines_stay_as_they_are() {
    let shop = Shop::new();
    let text = [
        r#"{"product":"Tea","amount":1.10,"order_time":"2025-01-01T10:00:00+02:00","x":{"y":[1]}}"#,
        r#"{ "product" : "Coffee" , "amount" : 1e1 , "date" : 20250101 }"#,
        r#"{"product":"broken""#,
    ];
    shop.write("data/input/a.jsonl", text.join("\n"));
    // 00:00 comes before 08:00 UTC; what has no time stays behind the one before it.
    assert_eq!(lines(&shop, &[]), [text[1], text[2], text[0]]);
    assert_eq!(lines(&shop, &["--order", "file"]), text);
}

#[test]
fn parquet_rows_are_events() {
    let shop = Shop::new();
    let micros = 1_735_811_107_250_000; // 2025-01-02T09:45:07.25Z
    let columns: [(&str, arrow::array::ArrayRef); 3] = [
        ("product", Arc::new(StringArray::from(vec!["Tea"]))),
        ("amount", {
            let amounts = Decimal128Array::from(vec![-123_456]);
            Arc::new(amounts.with_precision_and_scale(18, 4).unwrap())
        }),
        ("order_time", {
            let times = TimestampMicrosecondArray::from(vec![micros]);
            Arc::new(times.with_timezone("UTC"))
        }),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    shop.write("data/input/a.parquet", "");
    let file = File::create(shop.path("data/input/a.parquet")).unwrap();
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let found = events(&shop, &[]);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["product"], "Tea");
    assert_eq!(found[0]["amount"], "-12.3456");
    let time = DateTime::parse_from_rfc3339(found[0]["event_time"].as_str().unwrap());
    assert_eq!(time.unwrap().timestamp_micros(), micros);
    // And they mean the same to a stream.
    let played = crate::lines(&shop, &[]).join("\n");
    let stream = shop.feed(&["--json", "stream", "--input", "-"], played.as_bytes());
    let summary: serde_json::Value = serde_json::from_slice(&stream.stdout).unwrap();
    assert_eq!(summary["accepted_revenue"], "-12.3456");
}

#[test]
fn rows_that_are_no_records_are_sent_too() {
    let shop = Shop::new();
    let rows = [
        "1,2025-01-01,Tea,1.00",
        "2,no date,Tea,2.00",
        "3,2025-01-01,Tea,3.00,more",
        "4,2025-01-01,Tea,four",
        "5,2025-01-01,\"Tea\" x,5.00",
    ];
    let text = format!(
        "order_id,order_date,product,amount\n\n{}\n",
        rows.join("\n")
    );
    let mut bytes = text.into_bytes();
    bytes.extend(b"6,2025-01-01,Caf\xe9,6.00\n");
    shop.write("data/input/a.csv", &bytes);
    for order in [&["--order", "file"][..], &["--order", "time"]] {
        let found = events(&shop, order);
        assert_eq!(found.len(), 6, "{order:?}");
        // What could be split is an object with all its fields, the others are their text.
        assert_eq!(
            field(&found, "order_id"),
            ["1", "2", "none", "4", "none", "none"]
        );
        assert_eq!(found[1]["order_date"], "no date");
        assert_eq!(found[1].get("event_time"), None);
        assert_eq!(found[2], rows[2]);
        assert_eq!(found[3]["amount"], "four");
        assert_eq!(found[4], rows[4]);
        assert_eq!(found[5], "6,2025-01-01,Caf\u{fffd},6.00");
    }
    // Whoever reads them counts as batch does.
    let batch = shop.json(&["batch"]);
    let played = lines(&shop, &[]).join("\n");
    let stream = shop.feed(&["--json", "stream", "--input", "-"], played.as_bytes());
    let stream: serde_json::Value = serde_json::from_slice(&stream.stdout).unwrap();
    for name in ["read", "accepted", "rejected", "duplicates"] {
        assert_eq!(stream[name], batch[name], "{name}");
    }
    assert_eq!(stream["rejected"], 5);
}
