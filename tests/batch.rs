//! `retail batch`: what it reads, what it writes, what it counts.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::fs;

use common::{Shop, stderr, stdout};
use serde_json::{Value, json};

const HEADER: &str = "order_id,order_date,product,quantity,unit_price,amount\n";

/// Runs batch over one CSV of these rows.
fn batch(rows: &str, options: &[&str]) -> (Shop, Value) {
    let shop = Shop::new();
    shop.write("data/input/a.csv", format!("{HEADER}{rows}"));
    let summary = shop.json(&[&["batch"], options].concat());
    (shop, summary)
}

fn daily(shop: &Shop) -> String {
    shop.read("data/output/analysis_csv/part-00000.csv")
}

#[test]
fn adds_up_every_product_of_every_day() {
    let (shop, summary) = batch(
        "1,2025-01-02,Tea,1,1.10,1.10\n2,2025-01-01,Tea,1,2.20,2.20\n\
         3,2025-01-01,Apple,2,0.333,0.666\n4,2025-01-01, Tea ,1,1,0.005\n5,2025-01-01,tea,3,1,\n",
        &[],
    );
    assert_eq!(
        daily(&shop),
        "order_date,product,total_amount\n2025-01-01,Apple,0.666\n2025-01-01,Tea,2.205\n\
         2025-01-01,tea,3.00\n2025-01-02,Tea,1.10\n"
    );
    assert_eq!(
        shop.read("data/output/analysis_csv_kpis/part-00000.csv"),
        "grand_total,distinct_products,rows\n6.971,3,5\n"
    );
    for (name, value) in [
        ("command", json!("batch")),
        ("files", json!(1)),
        ("read", json!(5)),
        ("accepted", json!(5)),
        ("rejected", json!(0)),
        ("rejected_by_reason", json!({})),
        ("duplicates", json!(0)),
        ("non_sales", json!(0)),
        ("grand_total", json!("6.971")),
        ("days", json!(2)),
        ("products", json!(3)),
    ] {
        assert_eq!(summary[name], value, "{name}");
    }
    assert_eq!(summary["mapping"]["product"], "product");
    assert!(summary["seconds"].is_number() && summary["rows_per_second"].is_number());
    for folder in ["analysis_parquet", "analysis_csv", "analysis_csv_kpis"] {
        assert!(
            shop.path(&format!("data/output/{folder}/_SUCCESS"))
                .exists()
        );
        let record: Value =
            serde_json::from_str(&shop.read(&format!("data/output/{folder}/_run.json"))).unwrap();
        assert_eq!(record["inputs"][0]["path"], "data/input/a.csv");
        assert_eq!(record["figures"]["grand_total"], "6.971");
    }
}

#[test]
fn parquet_is_partitioned_by_day_with_exact_decimals() {
    use arrow::array::AsArray;
    use arrow::datatypes::{DataType, Decimal128Type};
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
    let (shop, _) = batch(
        "1,2025-01-01,Tea,1,1,1.0005\n2,1969-12-31,Tea,1,1,-2\n",
        &[],
    );
    for (day, units) in [("2025-01-01", 10_005i128), ("1969-12-31", -20_000)] {
        let path = format!("data/output/analysis_parquet/order_date={day}/part-00000.parquet");
        let file = fs::File::open(shop.path(&path)).expect(&path);
        let mut reader = ParquetRecordBatchReaderBuilder::try_new(file)
            .unwrap()
            .build()
            .unwrap();
        let rows = reader.next().unwrap().unwrap();
        assert_eq!(rows.schema().field(0).name(), "product");
        assert_eq!(rows.column(0).as_string::<i32>().value(0), "Tea");
        assert_eq!(rows.schema().field(1).name(), "total_amount");
        assert_eq!(rows.column(1).data_type(), &DataType::Decimal128(18, 4));
        assert_eq!(
            rows.column(1).as_primitive::<Decimal128Type>().value(0),
            units
        );
        assert_eq!(rows.num_rows(), 1);
    }
}

#[test]
fn rejects_are_kept_with_source_position_reason_and_text() {
    let (shop, summary) = batch(
        "1,2024-02-30,Tea,1,1,1\n2,2025-01-01,Tea,1,1,NaN\n3,2025-01-01,Tea,1,1,1e14\n\
         4,2025-01-01,Tea,x,1,y\n5,0000-00-00,Tea,1,1,1\n6,10000-01-01,Tea,1,1,1\n\
         7,2025-01-01,Tea,1,1,1,1\n8,2025-01-01,Tea,1,1,2\n9,2025-01-01,\"Tea,1,1,1\n",
        &[],
    );
    assert_eq!(summary["read"], 9);
    assert_eq!(summary["rejected"], 7);
    // Row 2 has no amount that is a number, but quantity and unit price.
    assert_eq!(summary["grand_total"], "3.00");
    assert_eq!(
        summary["rejected_by_reason"],
        json!({"bad_time": 3, "amount_out_of_range": 1, "bad_amount": 1, "too_many_fields": 1,
               "broken_quoting": 1})
    );
    let lines = shop.read("data/output/analysis_parquet/_rejects/part-00000.jsonl");
    let rejects: Vec<Value> = lines
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    assert_eq!(rejects.len(), 7);
    assert_eq!(
        rejects[0],
        json!({"source": "data/input/a.csv", "line": 2, "reason": "bad_time",
               "raw": "1,2024-02-30,Tea,1,1,1"})
    );
    assert_eq!(rejects[6]["line"], 10);
}

#[test]
fn types_decide_signs_and_restocks_make_no_group() {
    let shop = Shop::new();
    shop.write(
        "data/input/a.csv",
        "order_date,product,amount,transaction_type\n2025-01-01,Tea,5,SALE\n\
         2025-01-01,Tea,2,return\n2025-01-01,Tea,-1,\n2025-01-01,Tea,,Restock\n\
         2025-01-01,Tea,9,view\n2025-01-02,Shelf,7,RESTOCK\n",
    );
    let summary = shop.json(&["batch"]);
    assert_eq!(summary["read"], 6);
    assert_eq!(summary["accepted"], 5);
    assert_eq!(summary["non_sales"], 2);
    assert_eq!(summary["rejected_by_reason"], json!({"unknown_type": 1}));
    assert_eq!(
        daily(&shop),
        "order_date,product,total_amount\n2025-01-01,Tea,2.00\n"
    );
    let kpis = shop.read("data/output/analysis_csv_kpis/part-00000.csv");
    assert_eq!(kpis, "grand_total,distinct_products,rows\n2.00,1,3\n");
}

#[test]
fn the_first_of_each_key_by_path_and_position_counts() {
    let shop = Shop::new();
    shop.write(
        "data/input/b.csv",
        format!("{HEADER}7,2025-01-01,Tea,1,1,100\n"),
    );
    shop.write(
        "data/input/a.csv",
        format!("{HEADER}7,2025-01-01,Tea,1,1,1\n7,2025-01-02,Tea,1,1,10\n ,2025-01-01,Tea,1,1,3\n\
                 ,2025-01-01,Tea,1,1,3\n7 ,2025-01-01,Tea,1,1,5\n8,oops,Tea,1,1,1\n8,2025-01-01,Tea,1,1,20\n"),
    );
    let summary = shop.json(&["batch", "--dedup", "order_id"]);
    assert_eq!(summary["read"], 8);
    assert_eq!(summary["duplicates"], 2);
    assert_eq!(summary["rejected"], 1);
    assert_eq!(summary["accepted"], 5);
    // The key is taken as it is written, blank keys never repeat, a reject is nobody's first.
    assert_eq!(summary["grand_total"], "32.00");
    let summary = shop.json(&["batch", "--dedup", "order_id,order_date"]);
    assert_eq!(summary["duplicates"], 1);
    assert_eq!(summary["grand_total"], "42.00");
    let missing = shop.fail(&["batch", "--dedup", "colour"], 1);
    assert!(
        missing.contains("no column \"colour\" for --dedup"),
        "{missing}"
    );
}

#[test]
fn every_format_gives_the_same_figures() {
    use std::io::Write;
    let rows =
        "1,2025-01-01,Tea,1,1.10,1.10\n2,2025-01-02,\"A \"\"b\"\", c\",2,0.50,\n3,x,Tea,1,1,1\n";
    let csv = format!("{HEADER}{rows}");
    let (reference, expected) = batch(rows, &[]);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(csv.as_bytes()).unwrap();
    let jsonl = r#"{"order_id":1,"order_date":"2025-01-01","product":"Tea","amount":1.10}
{"order_id":"2","order_date":"2025-01-02","product":"A \"b\", c","quantity":2,"unit_price":"0.50","amount":null}
{"order_id":3,"order_date":"x","product":"Tea","amount":1}
"#;
    for (name, content) in [
        ("a.csv.gz", gzip.finish().unwrap()),
        ("a.jsonl", jsonl.as_bytes().to_vec()),
        ("sub/folder/A.CSV", csv.replace('\n', "\r\n").into_bytes()),
    ] {
        let shop = Shop::new();
        shop.write(&format!("data/input/{name}"), content);
        let summary = shop.json(&["batch"]);
        for figure in [
            "read",
            "accepted",
            "rejected",
            "rejected_by_reason",
            "grand_total",
        ] {
            assert_eq!(summary[figure], expected[figure], "{name} {figure}");
        }
        assert_eq!(daily(&shop), daily(&reference), "{name}");
    }
}

#[test]
fn a_rerun_leaves_the_same_data_and_gone_days_are_gone() {
    let shop = Shop::new();
    shop.write(
        "data/input/a.csv",
        format!("{HEADER}1,2025-01-01,Tea,1,1,1\n2,x,Tea,1,1,1\n"),
    );
    shop.write(
        "data/input/b.csv",
        format!("{HEADER}2,2025-01-02,Tea,1,1,1\n"),
    );
    shop.json(&["batch"]);
    let first = shop.tree("data/output");
    assert!(first.contains_key("analysis_parquet/order_date=2025-01-02/part-00000.parquet"));
    shop.json(&["batch", "--threads", "7"]);
    assert_eq!(shop.tree("data/output"), first);
    fs::remove_file(shop.path("data/input/b.csv")).unwrap();
    shop.write("data/output/notes.txt", "mine");
    shop.write("data/output/analysis_csv/notes.txt", "mine too");
    shop.json(&["batch"]);
    let second = shop.tree("data/output");
    assert!(
        !second.keys().any(|path| path.contains("2025-01-02")),
        "{:?}",
        second.keys()
    );
    assert!(second.contains_key("notes.txt") && second.contains_key("analysis_csv/notes.txt"));
    assert!(
        !second
            .keys()
            .any(|path| path.contains("tmp") || path.contains("/."))
    );
}

#[test]
fn csv_output_may_stand_elsewhere() {
    let shop = Shop::new();
    shop.write(
        "data/input/a.csv",
        format!("{HEADER}1,2025-01-01,Tea,1,1,1\n"),
    );
    shop.json(&["batch", "--csv-output", "report"]);
    assert!(shop.path("report/analysis_csv/part-00000.csv").exists());
    assert!(
        shop.path("report/analysis_csv_kpis/part-00000.csv")
            .exists()
    );
    assert!(shop.path("data/output/analysis_parquet/_SUCCESS").exists());
    assert!(!shop.path("data/output/analysis_csv").exists());
}

#[test]
fn no_input_is_an_error_unless_allowed() {
    let shop = Shop::new();
    let missing = shop.fail(&["batch"], 1);
    assert!(
        missing.contains("data/input: there is no such file or folder")
            && missing.contains("retail generate"),
        "{missing}"
    );
    fs::create_dir_all(shop.path("data/input")).unwrap();
    let none = shop.fail(&["batch"], 1);
    assert!(
        none.contains("data/input") && none.contains("--allow-empty"),
        "{none}"
    );
    shop.write("data/input/a.csv", HEADER);
    shop.write("data/input/b.csv", "");
    let header_only = shop.fail(&["batch"], 1);
    assert!(
        header_only.contains("no records in 2 file(s)"),
        "{header_only}"
    );
    assert!(!shop.path("data/output/analysis_csv").exists());
    let summary = shop.json(&["batch", "--allow-empty"]);
    assert_eq!(summary["read"], 0);
    assert_eq!(summary["grand_total"], "0.00");
    assert_eq!(daily(&shop), "order_date,product,total_amount\n");
}

#[test]
fn folders_that_lie_in_each_other_are_refused() {
    let shop = Shop::new();
    shop.write(
        "data/input/a.csv",
        format!("{HEADER}1,2025-01-01,Tea,1,1,1\n"),
    );
    for (input, output) in [
        ("data", "data/output"),
        ("data/output", "data/output"),
        ("data/output/analysis_csv", "data/output"),
        ("data/output/analysis_csv/part-00000.csv", "data/output"),
    ] {
        let error = shop.fail(&["batch", "--input", input, "--output", output], 2);
        assert!(error.contains("lie in each other"), "{error}");
    }
    // Beside each other is fine, also in one folder.
    shop.json(&["batch", "--output", "data/input/../report"]);
    shop.json(&[
        "batch",
        "--input",
        "data/input/a.csv",
        "--output",
        "data/input",
    ]);
}

#[test]
fn waits_for_input_when_asked() {
    let shop = Shop::new();
    let late = shop.path("data/input");
    let writer = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(700));
        fs::create_dir_all(&late).unwrap();
        fs::write(
            late.join("a.csv"),
            format!("{HEADER}1,2025-01-01,Tea,1,1,1\n"),
        )
        .unwrap();
    });
    let summary = shop.json(&["batch", "--wait-for-input", "60s"]);
    writer.join().unwrap();
    assert_eq!(summary["read"], 1);
    let gone = Shop::new().fail(&["batch", "--wait-for-input", "1s"], 1);
    assert!(gone.contains("data/input"), "{gone}");
}

#[test]
fn a_source_that_mostly_falls_for_one_reason_stops_the_run() {
    let stop = |header: &str, row: &str, option: &str| {
        let shop = Shop::new();
        shop.write(
            "data/input/a.csv",
            format!("{header}\n{}", format!("{row}\n").repeat(25)),
        );
        let error = shop.fail(&["batch"], 1);
        assert!(error.contains("data/input/a.csv:2"), "{error}");
        assert!(error.contains(option), "{error}");
        assert!(!shop.path("data/output").join("analysis_csv").exists());
        // Who accepts rejects gets them counted.
        let output = shop.run(&["--json", "batch", "--max-rejects", "100%"]);
        let summary: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("{}", stderr(&output)));
        assert_eq!(summary["rejected"], 25);
    };
    stop("product,date,amount", "Tea,1/5/2019,1", "--date-format");
    stop(
        "product;date;amount",
        "Tea;2019-01-05;1,50",
        "--decimal-comma",
    );
    stop(
        "product,when,amount",
        "Tea,2019-01-05,1",
        "--map order_date=",
    );
    stop("product,date,worth", "Tea,2019-01-05,1", "--map amount=");
    stop(
        "event_type,product,date,amount",
        "view,Tea,2019-01-05,1",
        "--map transaction_type=",
    );
    stop("product,date,amount", "Tea,2019-01-05,1,2", "--delimiter");
}

#[test]
fn too_many_rejects_end_with_exit_status_3() {
    let shop = Shop::new();
    shop.write(
        "data/input/a.csv",
        format!("{HEADER}1,x,Tea,1,1,1\n2,2025-01-01,Tea,1,1,1\n"),
    );
    let output = shop.run(&["--json", "batch", "--max-rejects", "0"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stdout(&output).contains("\"rejected\":1"));
    assert!(shop.path("data/output/analysis_csv/_SUCCESS").exists());
    for limit in ["1", "50%", "100%"] {
        assert!(
            shop.run(&["batch", "--max-rejects", limit])
                .status
                .success(),
            "{limit}"
        );
    }
    assert_eq!(
        shop.run(&["batch", "--max-rejects", "49%"]).status.code(),
        Some(3)
    );
}

#[test]
fn sums_that_leave_the_decimal_are_an_error_and_the_grand_total_is_wider() {
    let shop = Shop::new();
    let most = "99999999999999.9999";
    shop.write(
        "data/input/a.csv",
        format!("{HEADER}1,2025-01-01,Tea,1,1,{most}\n2,2025-01-02,Tea,1,1,{most}\n"),
    );
    assert_eq!(shop.json(&["batch"])["grand_total"], "199999999999999.9998");
    let before = shop.tree("data/output");
    shop.write(
        "data/input/b.csv",
        format!("{HEADER}3,2025-01-02,Tea,1,1,0.0001\n"),
    );
    let error = shop.fail(&["batch"], 1);
    assert!(
        error.contains("2025-01-02 Tea: the sum 100000000000000.00 does not fit"),
        "{error}"
    );
    assert_eq!(shop.tree("data/output"), before);
}

#[test]
fn maps_formats_and_dialects_are_options() {
    let shop = Shop::new();
    shop.write(
        "in.csv",
        "Kassenbon;Artikel;Datum;Betrag\n1;Tee;31.12.2024;1,50\n",
    );
    let summary = shop.json(&[
        "batch",
        "--input",
        "in.csv",
        "--map",
        "product=Artikel",
        "--map",
        "order_date=datum",
        "--map",
        "amount=Betrag",
        "--date-format",
        "%d.%m.%Y",
        "--decimal-comma",
    ]);
    assert_eq!(summary["grand_total"], "1.50");
    assert_eq!(summary["mapping"]["product"], "Artikel");
    assert!(daily(&shop).contains("2024-12-31,Tee,1.50"));
    let field = shop.fail(&["batch", "--map", "colour=x"], 2);
    assert!(field.contains("colour"), "{field}");
    shop.fail(&["batch", "--date-format", "%H:%M"], 2);
    let column = shop.fail(&["batch", "--input", "in.csv", "--map", "product=Ware"], 1);
    assert!(
        column.contains("in.csv: there is no column \"Ware\""),
        "{column}"
    );
}

#[test]
fn standard_input_is_an_input() {
    use std::io::Write;
    use std::process::Stdio;
    let csv = format!("{HEADER}1,2025-01-01,Tea,1,1,1.50\n2,x,Tea,1,1,1\n");
    let jsonl =
        "\n{\"product\":\"Tea\",\"date\":\"2025-01-01\",\"amount\":1.50}\n{\"date\":\"x\"}\n";
    for text in [csv.as_str(), jsonl] {
        let shop = Shop::new();
        let mut child = shop
            .retail(&["--json", "batch", "--input", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(text.as_bytes())
            .unwrap();
        let output = child.wait_with_output().unwrap();
        let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(summary["read"], 2, "{text}");
        assert_eq!(summary["rejected"], 1, "{text}");
        assert_eq!(summary["grand_total"], "1.50", "{text}");
        let reject = shop.read("data/output/analysis_parquet/_rejects/part-00000.jsonl");
        assert!(reject.contains("\"source\":\"-\",\"line\":3"), "{reject}");
    }
}

#[test]
fn what_a_remedy_names_is_an_option_that_works() {
    let shop = Shop::new();
    shop.write(
        "data/input/a.csv",
        format!(
            "event_type,product,date,amount\n{}",
            "view,Tea,2025-01-01,1\n".repeat(25)
        ),
    );
    let error = shop.fail(&["batch"], 1);
    assert!(error.contains("--map transaction_type=, or"), "{error}");
    let summary = shop.json(&["batch", "--map", "transaction_type="]);
    assert_eq!(summary["accepted"], 25);
    // Nothing but all of them, typed, lets a source through of which most is rejected.
    shop.fail(&["batch", "--max-rejects", "99%"], 1);
    let mut configured = shop.retail(&["batch"]);
    configured.env("RETAIL_BATCH_MAX_REJECTS", "100%");
    assert_eq!(configured.output().unwrap().status.code(), Some(1));
}

#[test]
fn a_misspelt_column_is_an_error_in_json_too() {
    let shop = Shop::new();
    shop.write(
        "data/input/a.jsonl",
        "{\"product\":\"Tea\",\"date\":\"2025-01-01\",\"amount\":1}\n",
    );
    let error = shop.fail(&["batch", "--dedup", "ordr_id"], 1);
    assert!(
        error.contains("no column \"ordr_id\" for --dedup"),
        "{error}"
    );
    let summary = shop.json(&["batch"]);
    assert_eq!(
        summary["mapping"],
        json!({"product": "product", "time": "date", "amount": "amount"})
    );
}

#[test]
fn one_file_counts_once() {
    let shop = Shop::new();
    shop.write(
        "data/input/a.csv",
        format!("{HEADER}1,2025-01-01,Tea,1,1,1\n"),
    );
    let summary = shop.json(&[
        "batch",
        "-i",
        "data/input",
        "-i",
        "./data/input/../input/a.csv",
    ]);
    assert_eq!(
        (&summary["files"], &summary["read"]),
        (&json!(1), &json!(1))
    );
}
