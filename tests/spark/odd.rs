//! Files that are odd rather than dirty: endless records, a header and no more, columns of every
//! kind.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, Date64Array, Decimal256Array, Float32Array, Float64Array, RecordBatch, StringArray,
    Time64MicrosecondArray, TimestampMicrosecondArray, TimestampNanosecondArray,
};
use arrow::datatypes::{DataType, Field, Schema, i256};
use parquet::arrow::ArrowWriter;

use crate::common::Shop;
use crate::common::chance::Chance;
use crate::servers::{both, spark};

const HEAD: &str = "order_date,product,amount\n";
const ALL: [&str; 4] = ["--input", "in", "--max-rejects", "100%"];

/// Writes columns as a Parquet file.
fn parquet(path: &Path, columns: Vec<(&str, ArrayRef)>) {
    let fields = columns.iter().map(|(name, column)| {
        let kind: DataType = column.data_type().clone();
        Field::new(*name, kind, true)
    });
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let columns = columns.into_iter().map(|(_, column)| column).collect();
    let rows = RecordBatch::try_new(Arc::clone(&schema), columns).expect("rows");
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    let file = File::create(path).expect("created");
    let mut writer = ArrowWriter::try_new(file, schema, None).expect("a writer");
    writer.write(&rows).expect("written");
    writer.close().expect("closed");
}

fn texts(text: &str, count: usize) -> ArrayRef {
    Arc::new(StringArray::from(vec![text; count]))
}

/// A pattern of Java that goes back uses its stack: with thousands of fields it ended the server.
#[test]
fn records_of_thousands_of_fields_end_no_server() {
    let Some(remote) = spark() else { return };
    let shop = Shop::new();
    let many = ["\"x\""; 20_000].join(",");
    let open = "\"x\",".repeat(8_000);
    let text = format!("2025-01-01,Dosa,1\n{many}\n{open}\"open\n2025-01-02,\"Idli\",2\n");
    shop.write("in/a.csv", format!("{HEAD}{text}"));
    shop.write("in/b.csv", format!("{HEAD}2025-01-03,\"a\nb\",4\n{text}"));
    let list = ["{\"k\":[1,\"x\"]}"; 5_000].join(",");
    let members: Vec<String> = (0..3_000).map(|at| format!("\"k{at}\":{at}")).collect();
    let json = format!(
        "{{\"date\":\"2025-01-01\",\"product\":\"a\",\"amount\":8,\"l\":[{list}]}}\n\
         {{\"date\":\"2025-01-01\",\"product\":\"b\",\"amount\":16,{}}}\n",
        members.join(",")
    );
    shop.write("in/c.jsonl", json);
    let summary = both(&shop, remote, &ALL);
    assert_eq!(summary["grand_total"], "34.00", "{summary}");
    assert_eq!(summary["rejected"], 4, "{summary}");
}

#[test]
fn first_records_of_several_lines_are_looked_at() {
    let Some(remote) = spark() else { return };
    let shop = Shop::new();
    let lines = ["x"; 100].join("\n");
    let bad: String = (0..30)
        .map(|at| format!("bad{at},\"{lines}\",1\n"))
        .collect();
    shop.write("in/a.csv", format!("{HEAD}{bad}"));
    let said = both(&shop, remote, &["--input", "in"]);
    let said = said.as_str().expect("an error");
    assert!(said.contains("30 of the first 30 records"), "{said}");
}

#[test]
fn a_header_without_a_line_end_is_no_record() {
    let Some(remote) = spark() else { return };
    let shop = Shop::new();
    let head = HEAD.trim_end();
    shop.write("in/a.csv", head);
    shop.write("in/b.csv", format!("{head}\r"));
    shop.write("in/c.csv", format!("sep=,\n{head}"));
    shop.write(
        "in/d.csv",
        format!("{HEAD}2025-01-01,a,1").replace('\n', "\r"),
    );
    let said = both(
        &shop,
        remote,
        &["--input", "in/a.csv", "--input", "in/d.csv"],
    );
    let said = said.as_str().expect("an error");
    assert!(said.contains("no records in 2 file(s)"), "{said}");
    shop.write("in/e.csv", format!("{HEAD}2025-01-01,a,1"));
    let summary = both(&shop, remote, &ALL);
    assert_eq!(summary["read"], 1, "{summary}");
}

#[test]
fn columns_of_parquet_are_read_alike() {
    let Some(remote) = spark() else { return };
    let shop = Shop::new();
    let mut chance = Chance::new(20261124);
    // Of every size, with as many decimals as come, or with few; and where texts change their form.
    let edges = [
        1e-5,
        1e-6,
        9.99999e-6,
        1e7,
        9_999_999.0,
        1e-3,
        0.000_999_9,
        0.0,
        -0.0,
        1e15,
        1e16,
        1e22,
        2e23,
        8.41e21,
        f64::MAX,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
        17_850.0,
        1_897_605.25,
    ];
    let mut numbers = edges.to_vec();
    for _ in 0..3_000 {
        let exponent = i32::try_from(chance.below(29)).expect("small") - 12;
        let part = chance.below(1 << 53) as f64 / (1_u64 << 53) as f64;
        let number = part * 10_f64.powi(exponent);
        let rounded = (number * 1_000.0).round() / 1_000.0;
        numbers.extend([number, -number, rounded]);
    }
    let all = numbers.len();
    // As products every text is told; where it is money, some are rejected with the row.
    parquet(
        &shop.path("in/double.parquet"),
        vec![
            ("order_date", texts("2025-01-01", all)),
            ("product", Arc::new(Float64Array::from(numbers.clone()))),
            ("amount", texts("1", all)),
        ],
    );
    let singles: Vec<f32> = numbers.iter().map(|number| *number as f32).collect();
    parquet(
        &shop.path("in/float.parquet"),
        vec![
            ("order_date", texts("2025-01-01", all)),
            ("product", Arc::new(Float32Array::from(singles.clone()))),
            ("amount", texts("x", all)),
        ],
    );
    // So that their sum is money still.
    let money: Vec<f32> = singles
        .into_iter()
        .filter(|number| number.abs() < 1e10)
        .collect();
    parquet(
        &shop.path("in/money.parquet"),
        vec![
            ("order_date", texts("2025-01-02", money.len())),
            ("product", texts("Dosa", money.len())),
            ("amount", Arc::new(Float32Array::from(money))),
        ],
    );
    let nanos = [
        0,
        1,
        -1,
        -1_000,
        1_000_000_000_000_000_000,
        1_735_689_600_500_000_000,
        1_735_689_600_120_000_000,
        1_735_689_600_123_400_000,
        1_735_689_600_123_456_789,
        1_735_689_600_100_000_001,
    ];
    let micros: Vec<i64> = nanos.iter().map(|nanos| nanos / 1_000).collect();
    let millis: Vec<i64> = nanos.iter().map(|nanos| nanos / 1_000_000).collect();
    for (name, times) in [
        (
            "nanos",
            Arc::new(TimestampNanosecondArray::from(nanos.to_vec())) as ArrayRef,
        ),
        (
            "paris",
            Arc::new(TimestampNanosecondArray::from(nanos.to_vec()).with_timezone("Europe/Paris")),
        ),
        ("micros", Arc::new(TimestampMicrosecondArray::from(micros))),
        ("days", Arc::new(Date64Array::from(millis))),
    ] {
        for amount in ["x", "1"] {
            parquet(
                &shop.path(&format!("in/{name}_{amount}.parquet")),
                vec![
                    ("order_time", Arc::clone(&times)),
                    ("product", texts(name, nanos.len())),
                    ("amount", texts(amount, nanos.len())),
                ],
            );
        }
    }
    let summary = both(&shop, remote, &ALL);
    let accepted = summary["accepted"].as_u64().expect("a number");
    assert!(accepted > 10_000, "{summary}");
}

#[test]
fn what_spark_cannot_read_of_a_file_is_named() {
    let Some(remote) = spark() else { return };
    let shop = Shop::new();
    let days = texts("2025-01-01", 1);
    let one: ArrayRef = texts("1", 1);
    let time: ArrayRef = Arc::new(Time64MicrosecondArray::from(vec![1]));
    let large = Decimal256Array::from(vec![i256::ONE]);
    let large = large.with_precision_and_scale(60, 4).expect("a decimal");
    for (name, column, named) in [
        ("clock", time, "no column clock, of times without a day"),
        (
            "amount2",
            Arc::new(large),
            "no column amount2, of decimals of 60 digits",
        ),
        ("_metadata", Arc::clone(&one), "no column _metadata"),
        (
            "amount",
            Arc::clone(&one),
            "no column amount, of which there are two",
        ),
    ] {
        let columns = vec![
            ("order_date", Arc::clone(&days)),
            ("amount", Arc::clone(&one)),
            (name, column),
        ];
        parquet(&shop.path("in/a.parquet"), columns);
        let text = shop.fail(&on_spark("in/a.parquet", remote), 2);
        assert!(
            text.contains("in/a.parquet") && text.contains(named),
            "{text}"
        );
        assert!(text.contains("--engine local"), "{text}");
    }
    shop.write("in/a:b.csv", format!("{HEAD}2025-01-01,a,1\n"));
    let text = shop.fail(&on_spark("in/a:b.csv", remote), 2);
    assert!(
        text.contains("in/a:b.csv") && text.contains("colon"),
        "{text}"
    );
}

fn on_spark<'a>(input: &'a str, remote: &'a str) -> [&'a str; 7] {
    [
        "batch", "--input", input, "--engine", "spark", "--remote", remote,
    ]
}
