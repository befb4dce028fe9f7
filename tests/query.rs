//! `retail query`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs::{self, File};
use std::path::Path;
use std::process::Output;
use std::sync::Arc;

use arrow::array::{Decimal128Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use assert_cmd::Command;
use parquet::arrow::ArrowWriter;
use tempfile::TempDir;

fn query(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::cargo_bin("retail").unwrap();
    let command = command.current_dir(folder).env_clear();
    command.arg("query").args(args).output().unwrap()
}

/// The result as CSV.
fn csv(folder: &Path, sql: &str) -> String {
    let output = query(folder, &["--format", "csv", sql]);
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{sql}: {error}");
    String::from_utf8(output.stdout).unwrap()
}

fn fails(folder: &Path, sql: &str, status: i32, parts: &[&str]) {
    let output = query(folder, &[sql]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(status), "{sql}: {text}");
    assert_eq!(text.lines().count(), 1, "{sql}: {text}");
    assert!(output.stdout.is_empty());
    for part in parts {
        assert!(text.contains(part), "{sql}: no {part:?} in {text}");
    }
}

/// Writes products and amounts (in units of 1/10000) as batch does.
fn parquet(path: &Path, rows: &[(&str, i128)]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let schema = Arc::new(Schema::new(vec![
        Field::new("product", DataType::Utf8, false),
        Field::new("total_amount", DataType::Decimal128(18, 4), false),
    ]));
    let products = StringArray::from_iter_values(rows.iter().map(|row| row.0));
    let amounts = Decimal128Array::from_iter_values(rows.iter().map(|row| row.1));
    let amounts = amounts.with_precision_and_scale(18, 4).unwrap();
    let columns: Vec<arrow::array::ArrayRef> = vec![Arc::new(products), Arc::new(amounts)];
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns).unwrap();
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), schema, None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

/// Outputs of two days, with the files around them that are no data.
fn outputs() -> TempDir {
    let temp = TempDir::new().unwrap();
    let daily = temp.path().join("data/output/analysis_parquet");
    let day = |date: &str| daily.join(format!("order_date={date}/part-0.parquet"));
    parquet(&day("2025-01-01"), &[("Idli", 10_000), ("Dosa", 1_234_567)]);
    parquet(&day("2025-01-02"), &[("Idli", 20_500)]);
    fs::create_dir_all(daily.join("_rejects")).unwrap();
    fs::write(daily.join("_rejects/part-0.parquet"), "no parquet").unwrap();
    fs::write(daily.join("_run.json"), "{}").unwrap();
    fs::write(daily.join("_SUCCESS"), "").unwrap();
    let kpis = temp.path().join("data/output/analysis_csv_kpis");
    fs::create_dir_all(&kpis).unwrap();
    fs::write(
        kpis.join("part-0.csv"),
        "grand_total,distinct_products,rows\n126.5067,2,5\n",
    )
    .unwrap();
    temp
}

#[test]
fn the_outputs_are_tables() {
    let temp = outputs();
    assert_eq!(
        csv(
            temp.path(),
            "SELECT * FROM daily ORDER BY order_date, product"
        ),
        "order_date,product,total_amount\n2025-01-01,Dosa,123.4567\n2025-01-01,Idli,1.00\n2025-01-02,Idli,2.05\n"
    );
    assert_eq!(
        csv(temp.path(), "SELECT * FROM kpis"),
        "grand_total,distinct_products,rows\n126.5067,2,5\n"
    );
    assert_eq!(
        csv(
            temp.path(),
            "SELECT SUM(total_amount) AS total FROM daily WHERE order_date = '2025-01-01'"
        ),
        "total\n124.4567\n"
    );
    assert_eq!(
        csv(
            temp.path(),
            "SELECT k.rows, d.product FROM kpis k CROSS JOIN daily d WHERE d.total_amount > 100.5"
        ),
        "rows,product\n5,Dosa\n"
    );
}

#[test]
fn the_outputs_may_be_elsewhere() {
    let temp = outputs();
    // A folder with = in its name is no column.
    fs::rename(temp.path().join("data/output"), temp.path().join("run=7")).unwrap();
    let output = query(
        temp.path(),
        &[
            "--output",
            "run=7",
            "--format",
            "csv",
            "SELECT * FROM daily LIMIT 0",
        ],
    );
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "order_date,product,total_amount\n"
    );
    let absolute = temp.path().join("run=7/analysis_parquet");
    let sql = format!("SELECT COUNT(*) AS n FROM '{}'", absolute.display());
    assert_eq!(csv(temp.path(), &sql), "n\n3\n");
}

#[test]
fn outputs_without_records_are_empty_tables() {
    let temp = TempDir::new().unwrap();
    fs::create_dir_all(temp.path().join("data/output/analysis_parquet")).unwrap();
    let sql = "SELECT order_date, SUM(total_amount) AS total FROM daily GROUP BY order_date";
    assert_eq!(csv(temp.path(), sql), "order_date,total\n");
}

#[test]
fn csv_files_are_tables_and_their_money_is_exact() {
    let temp = TempDir::new().unwrap();
    // As floats, these sum to 0.6000000000000001 and 1e16.
    let text = "id,day,price,big\n007,2025-01-01,0.1,9999999999999999.01\n008,2025-01-02,0.2,0.01\n009,,0.3,\n";
    fs::write(temp.path().join("prices.csv"), text).unwrap();
    assert_eq!(
        csv(temp.path(), "SELECT * FROM 'prices.csv'"),
        text.replace("0.1,", "0.10,")
            .replace("0.2,", "0.20,")
            .replace("0.3,", "0.30,")
    );
    assert_eq!(
        csv(
            temp.path(),
            "SELECT SUM(price) AS p, SUM(big) AS b FROM \"prices.csv\""
        ),
        "p,b\n0.60,9999999999999999.02\n"
    );
    assert_eq!(
        csv(
            temp.path(),
            "SELECT id FROM './prices.csv' t WHERE t.day > '2025-01-01' AND price = 0.2"
        ),
        "id\n008\n"
    );
}

#[test]
fn types_are_decided_by_every_row() {
    let temp = TempDir::new().unwrap();
    let mut text = "n,m\n".to_owned();
    (0..3000).for_each(|at| text.push_str(&format!("{at},1\n")));
    text.push_str("C1,1.00005\n");
    fs::write(temp.path().join("late.csv"), text).unwrap();
    assert_eq!(
        csv(
            temp.path(),
            "SELECT COUNT(n) AS n, SUM(m) AS m FROM 'late.csv'"
        ),
        "n,m\n3001,3001.00005\n"
    );
}

#[test]
fn dialects_folders_and_patterns() {
    let temp = TempDir::new().unwrap();
    let folder = temp.path().join("in");
    fs::create_dir_all(folder.join("sub")).unwrap();
    fs::write(
        folder.join("a.csv"),
        "\u{feff}p;q\r\n\"x;y\";1.5\r\n\r\nz;2\r\n",
    )
    .unwrap();
    fs::write(folder.join("sub/b.csv"), "p;q\nw;\"3\"").unwrap();
    fs::write(folder.join("_truth.json"), "{}").unwrap();
    assert_eq!(
        csv(temp.path(), "SELECT p, q FROM 'in/a.csv' ORDER BY q"),
        "p,q\nx;y,1.50\nz,2.00\n"
    );
    assert_eq!(
        csv(temp.path(), "SELECT COUNT(*) AS n FROM 'in/a.csv'"),
        "n\n2\n"
    );
    fs::write(folder.join("a.csv"), "p;q\n\"x;y\";1.5\nz;2\n").unwrap();
    assert_eq!(
        csv(temp.path(), "SELECT SUM(q) AS q FROM 'in'"),
        "q\n6.50\n"
    );
    assert_eq!(
        csv(temp.path(), "SELECT SUM(q) AS q FROM 'in/?.csv'"),
        "q\n3.50\n"
    );
    assert_eq!(
        csv(
            temp.path(),
            "SELECT a.p FROM 'in/a.csv' a JOIN 'in' b ON a.q = b.q ORDER BY a.p"
        ),
        "p\nx;y\nz\n"
    );
}

#[test]
fn parquet_files_are_tables() {
    let temp = TempDir::new().unwrap();
    // The largest DECIMAL(18,4), and a sum beyond it.
    let most = 999_999_999_999_999_999;
    parquet(&temp.path().join("x.parquet"), &[("a", most), ("b", 1)]);
    assert_eq!(
        csv(
            temp.path(),
            "SELECT MAX(total_amount) AS m, SUM(total_amount) AS s FROM 'x.parquet'"
        ),
        "m,s\n99999999999999.9999,100000000000000.00\n"
    );
}

#[test]
fn json_is_an_array_with_decimals_as_strings() {
    let temp = outputs();
    fs::write(
        temp.path().join("n.csv"),
        "t,i,d\n\"say \"\"hi\"\"\",-3,1.5\nx,,\n",
    )
    .unwrap();
    let output = query(
        temp.path(),
        &["--format", "json", "SELECT *, i < 0 AS neg FROM 'n.csv'"],
    );
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(
        text,
        "[\n{\"t\":\"say \\\"hi\\\"\",\"i\":-3,\"d\":\"1.50\",\"neg\":true},\n{\"t\":\"x\",\"i\":null,\"d\":null,\"neg\":null}\n]\n"
    );
    let output = query(temp.path(), &["-f", "json", "SELECT * FROM daily LIMIT 0"]);
    let value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(value, serde_json::json!([]));
}

#[test]
fn a_table_fits_80_columns_and_says_what_it_leaves_out() {
    let temp = TempDir::new().unwrap();
    let mut text = "n,text,more,again\n".to_owned();
    let long = "word ".repeat(30);
    (0..250).for_each(|at| text.push_str(&format!("{at},{long},{long},{long}\n")));
    fs::write(temp.path().join("wide.csv"), text).unwrap();
    let show = |args: &[&str]| {
        let mut all = vec!["SELECT * FROM 'wide.csv'"];
        all.extend(args);
        String::from_utf8(query(temp.path(), &all).stdout).unwrap()
    };
    let table = show(&[]);
    assert!(table.lines().all(|line| line.chars().count() <= 80));
    assert!(
        table.ends_with("(150 more rows; --limit 0 shows all)\n"),
        "{table}"
    );
    assert_eq!(table.lines().count(), 2 + 100 + 1);
    assert_eq!(show(&["--limit", "3"]).lines().count(), 2 + 3 + 1);
    assert_eq!(show(&["--limit", "0"]).lines().count(), 2 + 250);
    // CSV and JSON leave nothing out.
    assert_eq!(
        csv(temp.path(), "SELECT n FROM 'wide.csv'").lines().count(),
        251
    );
}

#[test]
fn texts_keep_their_room_and_columns_without_room_are_counted() {
    let temp = TempDir::new().unwrap();
    let names: Vec<String> = (1..=20).map(|i| format!("column_{i}")).collect();
    let text = format!(
        "{}\n{}\n",
        names.join(","),
        ["a text of some length"; 20].join(",")
    );
    fs::write(temp.path().join("wide.csv"), text).unwrap();
    let output = query(temp.path(), &["SELECT * FROM 'wide.csv'"]);
    let text = String::from_utf8(output.stdout).unwrap();
    // Five columns of 12 and four gaps of 2 are 68; a sixth would need 82.
    assert!(text.contains("a text of so"), "{text}");
    assert!(text.ends_with("(and 15 more columns)\n"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80));
}

#[test]
fn outputs_of_different_runs_are_not_mixed() {
    let temp = outputs();
    let both = "SELECT grand_total, SUM(total_amount) FROM kpis, daily GROUP BY grand_total";
    let record = |folder: &str, run: &str| {
        let path = temp.path().join("data/output").join(folder);
        fs::write(path.join("_run.json"), format!(r#"{{"run_id":"{run}"}}"#)).unwrap();
    };
    record("analysis_parquet", "one");
    record("analysis_csv_kpis", "one");
    csv(temp.path(), both);
    record("analysis_csv_kpis", "two");
    fails(
        temp.path(),
        both,
        1,
        &["different runs", "one and two", "retail batch"],
    );
    csv(temp.path(), "SELECT * FROM daily");
    csv(temp.path(), "SELECT * FROM kpis");
}

#[test]
fn the_breakdown_and_the_products_are_tables() {
    let temp = TempDir::new().unwrap();
    let folder = temp.path();
    fs::create_dir_all(folder.join("data/input")).unwrap();
    let rows = "order_date,product,quantity,amount,store_id,category\n\
        2025-01-01,Tea,1,1.10,S1,Drinks\n2025-01-02,Tea,2,2.2005,S2,Drinks\n\
        2025-01-02,Cake,,-0.5,S1,Food\n";
    fs::write(folder.join("data/input/a.csv"), rows).unwrap();
    let batch = || {
        let mut command = Command::cargo_bin("retail").unwrap();
        command.current_dir(folder).env_clear().arg("batch");
        command.assert().success();
    };
    batch();
    let stores = "SELECT store, SUM(net) AS net, SUM(units) AS units, MAX(max_sale) AS most
        FROM sales WHERE grouping = 'store' GROUP BY store ORDER BY store";
    assert_eq!(
        csv(folder, stores),
        "store,net,units,most\nS1,0.60,1.00,1.10\nS2,2.2005,2.00,2.2005\n"
    );
    let days = "SELECT p.order_date, p.product, p.category, p.units, p.net, d.total_amount
        FROM products p JOIN daily d ON p.order_date = d.order_date AND p.product = d.product
        ORDER BY p.order_date, p.product";
    assert_eq!(
        csv(folder, days),
        "order_date,product,category,units,net,total_amount\n\
         2025-01-01,Tea,Drinks,1.00,1.10,1.10\n2025-01-02,Cake,Food,,-0.50,-0.50\n\
         2025-01-02,Tea,Drinks,2.00,2.2005,2.2005\n"
    );
    // What a query defines itself is its own, and words elsewhere are no tables.
    let own =
        "WITH sales AS (SELECT product AS products FROM daily) SELECT COUNT(*) AS n FROM sales";
    assert_eq!(csv(folder, own), "n\n3\n");
    fails(
        folder,
        "WITH products AS (SELECT * FROM products) SELECT * FROM products",
        2,
        &["the query defines 'products' itself"],
    );
    // Of another run.
    let old = folder.join("old");
    fs::rename(folder.join("data/output/analysis_products"), &old).unwrap();
    batch();
    fs::remove_dir_all(folder.join("data/output/analysis_products")).unwrap();
    fs::rename(&old, folder.join("data/output/analysis_products")).unwrap();
    let both = "SELECT COUNT(*) FROM products p JOIN sales s ON p.order_date = s.order_date";
    fails(
        folder,
        both,
        1,
        &["sales and products are of different runs"],
    );
    assert_eq!(
        csv(folder, "SELECT COUNT(*) AS products FROM daily"),
        "products\n3\n"
    );
}

#[test]
fn dates_are_compared_without_a_word_of_the_library() {
    let temp = outputs();
    for date in ["'2025-01-02'", "DATE '2025-01-02'", "'2025-01-02'::date"] {
        let sql = format!("SELECT COUNT(*) AS n FROM daily WHERE order_date >= {date}");
        let output = query(temp.path(), &["--format", "csv", &sql]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(said, "", "{sql}");
        let all = csv(temp.path(), "SELECT COUNT(*) AS n FROM daily");
        assert_ne!(String::from_utf8(output.stdout).unwrap(), all, "{sql}");
    }
}

#[test]
fn wrong_queries_are_one_clear_line_and_status_2() {
    let temp = outputs();
    let folder = temp.path();
    fails(folder, "SELEC 1", 2, &["SELECT or WITH"]);
    fails(folder, "", 2, &["SELECT or WITH"]);
    fails(folder, "SELECT * FROM", 2, &["sql parser error"]);
    fails(
        folder,
        "SELECT * FROM dayly",
        2,
        &["'dayly'", "daily, kpis, sales, products"],
    );
    fails(
        folder,
        "SELECT nope FROM daily",
        2,
        &["nope", "total_amount"],
    );
    fails(
        folder,
        "SELECT product, product FROM daily",
        2,
        &["two columns are named 'product'", "AS"],
    );
    fails(folder, "SELECT nofunc(product) FROM daily", 2, &["nofunc"]);
    fails(folder, "DROP TABLE daily", 2, &["SELECT or WITH"]);
    fails(
        folder,
        "SELECT 1; SELECT 2",
        2,
        &["(and only one) statement"],
    );
    fails(
        folder,
        "SELECT * FROM read_csv('x.csv')",
        2,
        &["FROM 'file.csv'"],
    );
    let empty = TempDir::new().unwrap();
    fails(
        empty.path(),
        "SELECT * FROM daily",
        2,
        &["data/output/analysis_parquet", "retail batch"],
    );
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let temp = TempDir::new().unwrap();
    let folder = temp.path();
    fails(
        folder,
        "SELECT * FROM 'gone.csv'",
        1,
        &["gone.csv: no such file"],
    );
    fails(folder, "SELECT * FROM '*.csv'", 1, &["*.csv", "holds no"]);
    fs::write(folder.join("empty.csv"), "").unwrap();
    fails(
        folder,
        "SELECT * FROM 'empty.csv'",
        1,
        &["empty.csv", "no header"],
    );
    fs::write(folder.join("bad.parquet"), "PAR1 but not really").unwrap();
    fails(folder, "SELECT * FROM 'bad.parquet'", 1, &["parquet"]);
    fs::write(folder.join("ragged.csv"), "a,b\n1,2\n1,2,3\n").unwrap();
    fails(
        folder,
        "SELECT * FROM 'ragged.csv'",
        1,
        &["ragged.csv:3", "3 fields"],
    );
    fs::write(folder.join("other.csv"), "a,c\n1,2\n").unwrap();
    fails(folder, "SELECT * FROM '*r*.csv'", 1, &["another header"]);
    fs::write(folder.join("x.csv.gz"), "").unwrap();
    fails(
        folder,
        "SELECT * FROM 'x.csv.gz'",
        1,
        &["x.csv.gz", ".csv and .parquet"],
    );
    fs::write(folder.join("latin.csv"), b"name,n\nCaf\xe9,1\n").unwrap();
    assert_eq!(csv(folder, "SELECT n FROM 'latin.csv'"), "n\n1\n");
    fs::write(folder.join("header.csv"), "a,b\n").unwrap();
    assert_eq!(csv(folder, "SELECT * FROM 'header.csv'"), "a,b\n");
}

#[test]
fn decimals_are_keys_of_groups_and_joins() {
    let temp = TempDir::new().unwrap();
    fs::write(
        temp.path().join("k.csv"),
        "p,k\na,1.5\nb,2.50\nc,1.50\nd,\n",
    )
    .unwrap();
    let groups = "SELECT k, COUNT(*) AS n FROM 'k.csv' WHERE k > 0 GROUP BY k ORDER BY k";
    assert_eq!(csv(temp.path(), groups), "k,n\n1.50,2\n2.50,1\n");
    let distinct = "SELECT DISTINCT k FROM 'k.csv' WHERE k > 0 ORDER BY k";
    assert_eq!(csv(temp.path(), distinct), "k\n1.50\n2.50\n");
    let join = "SELECT a.p, COUNT(*) AS n FROM 'k.csv' a JOIN 'k.csv' b ON a.k = b.k
        GROUP BY a.p ORDER BY a.p";
    assert_eq!(csv(temp.path(), join), "p,n\na,2\nb,1\nc,2\n");
}
