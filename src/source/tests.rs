use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, Decimal128Array, Float64Array, Int64Array, RecordBatch};
use arrow::array::{StringArray, TimestampMicrosecondArray};
use flate2::Compression;
use flate2::write::GzEncoder;
use parquet::arrow::ArrowWriter;
use proptest::prelude::*;
use tempfile::TempDir;

use super::accept::{Accept, Position, Raw};
use super::chunk::Chunk;
use super::feed::Feed;
use super::input::discover;
use crate::error::Result;
use crate::record::{Mapping, Reason, Row, Rules, clean};
use crate::store::Location;

/// What reading yields, in words.
#[derive(Debug, Default, PartialEq)]
struct Seen {
    sales: Vec<String>,
    rejects: Vec<String>,
    read: u64,
}

impl Accept for (&Rules, &mut Seen) {
    fn accept(
        &mut self,
        row: &impl Row,
        mapping: &Mapping,
        at: Position,
        _text: &[u8],
    ) -> Result<(), Reason> {
        let sale = clean(row, mapping, self.0)?;
        let product = String::from_utf8_lossy(sale.product);
        let (line, time, money) = (at.line, sale.time, sale.money);
        self.1
            .sales
            .push(format!("{line} {product} {time} {money}"));
        Ok(())
    }

    fn reject(&mut self, reason: Reason, at: Position, raw: Raw<'_>) -> Result<()> {
        let text = String::from_utf8_lossy(raw.bytes);
        let (line, length) = (at.line, raw.length);
        self.1
            .rejects
            .push(format!("{line} {reason} {length} {text}"));
        Ok(())
    }
}

fn read_with(dir: &Path, rules: &Rules) -> Result<Seen> {
    let inputs = discover(&[Location::from_path(dir)?], false)?;
    let mut feed = Feed::new(inputs.into(), Arc::new(rules.clone()), None);
    let mut seen = Seen::default();
    let mut chunk = Chunk::default();
    while feed.next(&mut chunk)? {
        seen.read += chunk.read(&mut (rules, &mut seen))?;
    }
    Ok(seen)
}

/// Reads one file of this name and content.
fn read(name: &str, content: &[u8]) -> Result<Seen> {
    let dir = TempDir::new().expect("a folder");
    fs::write(dir.path().join(name), content).expect("written");
    read_with(dir.path(), &Rules::default())
}

fn sales(name: &str, content: &[u8]) -> Vec<String> {
    let seen = read(name, content).expect("read");
    assert_eq!(seen.rejects, Vec::<String>::new());
    seen.sales
}

const TEA: &str = "Tea 2025-01-01T00:00:00Z 1.50";

#[test]
fn dialects_are_handled() {
    for content in [
        "product,date,amount\nTea,2025-01-01,1.50\n",
        "product,date,amount\r\nTea,2025-01-01,1.50",
        "\u{feff}product;date;amount\nTea;2025-01-01;1.50\n",
        "product\tdate\tamount\r\n\"Tea\"\t2025-01-01\t1.50\r\n",
        "\"product\"|\"date\"|\"amount\"\n Tea |2025-01-01|1.50\n",
    ] {
        assert_eq!(
            sales("a.csv", content.as_bytes()),
            [format!("2 {TEA}")],
            "{content}"
        );
    }
}

#[test]
fn blank_lines_are_no_records_and_lines_are_counted() {
    let content = "\n\nproduct,date,amount\n\nTea,2025-01-01,1.50\n   \r\n\"Tea\",2025-01-01,1.50\n\n\nx,y,z\n";
    let seen = read("a.csv", content.as_bytes()).expect("read");
    assert_eq!(seen.sales, [format!("5 {TEA}"), format!("7 {TEA}")]);
    assert_eq!(seen.rejects, ["10 bad_time 5 x,y,z"]);
    assert_eq!(seen.read, 3);
}

#[test]
fn quoted_line_ends_count_as_lines() {
    let content = "product,date,amount\n\"Green\nTea\",2025-01-01,1.50\n,,\n";
    let seen = read("a.csv", content.as_bytes()).expect("read");
    assert_eq!(seen.sales, ["2 Green\nTea 2025-01-01T00:00:00Z 1.50"]);
    assert_eq!(seen.rejects, ["4 missing_time 2 ,,"]);
}

#[test]
fn every_broken_record_is_one_reject() {
    let mut content = b"product,date,amount\nTea,2025-01-01,1.50,more\n".to_vec();
    content.extend_from_slice(b"\"open,2025-01-01,1.50\n\"a\"b,2025-01-01,1\nT\0a,2025-01-01,1\n");
    content.extend_from_slice(b"Caf\xe9,2025-01-01,1\nTea,2025-01-01,1.50\nTea,2025-0");
    let seen = read("a.csv", &content).expect("read");
    assert_eq!(seen.sales, [format!("7 {TEA}")]);
    assert_eq!(
        seen.rejects,
        [
            "2 too_many_fields 24 Tea,2025-01-01,1.50,more",
            "3 broken_quoting 21 \"open,2025-01-01,1.50",
            "4 broken_quoting 17 \"a\"b,2025-01-01,1",
            "5 nul_byte 16 T\0a,2025-01-01,1",
            "6 invalid_utf8 17 Caf\u{fffd},2025-01-01,1",
            "8 bad_time 10 Tea,2025-0",
        ]
    );
}

#[test]
fn a_record_without_end_is_bounded() {
    for name in ["a.csv", "a.jsonl"] {
        let header = if name == "a.csv" {
            "product,date,amount\n"
        } else {
            ""
        };
        let good = if name == "a.csv" {
            "Tea,2025-01-01,1.50"
        } else {
            r#"{"product":"Tea","date":"2025-01-01","amount":1.50}"#
        };
        let content = format!("{header}{}\n{good}\n", "x".repeat(10_000));
        let seen = read(name, content.as_bytes()).expect("read");
        let line = 1 + u64::from(name == "a.csv");
        assert_eq!(
            seen.rejects,
            [format!("{line} too_long 10000 {}", "x".repeat(100))]
        );
        assert_eq!(seen.sales, [format!("{} {TEA}", line + 1)]);
        let endless = format!("{header}{}", "x".repeat(10_000));
        assert_eq!(read(name, endless.as_bytes()).expect("read").read, 1);
    }
}

#[test]
fn json_lines_are_records() {
    let content = r#"{"product":"Tea","order_date":"2025-01-01","quantity":"3","unit_price":0.50}

[1]
{"product":"Tea","event_time":"2025-01-01","amount":1e400}
{"product":"T\u0000a","timestamp":"2025-01-01","amount":"1.50"}
{"item":"Tea","timestamp":"2025-01-01","amount":"1.50"#;
    let seen = read("a.jsonl", content.as_bytes()).expect("read");
    assert_eq!(seen.sales, [format!("1 {TEA}")]);
    let reasons: Vec<_> = seen.rejects.iter().map(|r| &r[..14]).collect();
    assert_eq!(
        reasons,
        [
            "3 invalid_json",
            "4 amount_out_o",
            "5 nul_byte 63 ",
            "6 invalid_json"
        ]
    );
}

#[test]
fn gzip_is_read_and_a_cut_one_is_an_error_with_its_place() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder
        .write_all(b"product,date,amount\nTea,2025-01-01,1.50\n")
        .expect("gzip");
    let packed = encoder.finish().expect("gzip");
    assert_eq!(sales("a.csv.gz", &packed), [format!("2 {TEA}")]);
    // Two members, as log rotation makes them.
    let two = [packed.clone(), packed.clone()].concat();
    assert_eq!(read("a.csv.gz", &two).expect("read").read, 3);
    let cut = read("a.csv.gz", &packed[..packed.len() - 9]).expect_err("cut");
    assert!(cut.to_string().contains("a.csv.gz:"), "{cut}");
    assert!(read("a.csv.gz", b"no gzip").is_err());
}

#[test]
fn empty_files_hold_nothing_and_names_without_data_are_left_out() {
    let dir = TempDir::new().expect("a folder");
    for name in [
        "a.csv",
        "b.jsonl",
        "b.csv.gz",
        "_c.csv",
        ".d.csv",
        "notes.txt",
    ] {
        fs::write(dir.path().join(name), "").expect("written");
    }
    fs::write(
        dir.path().join("_c.csv"),
        "product,date,amount\nTea,2025-01-01,1\n",
    )
    .expect("written");
    fs::write(dir.path().join("e.csv"), "product,date,amount").expect("written");
    let seen = read_with(dir.path(), &Rules::default()).expect("read");
    assert_eq!(seen, Seen::default());
    let place = |name: &str| [Location::from_path(&dir.path().join(name)).expect("a place")];
    let only = discover(&place("notes.txt"), false).expect_err("no data");
    assert!(only.to_string().contains("names of data end in"), "{only}");
    let missing = discover(&place("gone"), false).expect_err("missing");
    assert!(
        missing.to_string().contains("no such file or folder"),
        "{missing}"
    );
    assert!(
        discover(&place("gone"), true)
            .expect("as good as empty")
            .is_empty()
    );
}

#[test]
fn files_are_read_in_the_order_of_their_paths() {
    let dir = TempDir::new().expect("a folder");
    fs::create_dir(dir.path().join("a")).expect("a folder");
    for name in ["a/z.csv", "a.csv", "B.csv"] {
        let content = format!("product,date,amount\n{name},2025-01-01,1\n");
        fs::write(dir.path().join(name), content).expect("written");
    }
    let seen = read_with(dir.path(), &Rules::default()).expect("read");
    let names: Vec<_> = seen
        .sales
        .iter()
        .map(|s| s.split(' ').nth(1).unwrap_or(""))
        .collect();
    // '-' < '.' < '/' < letters, by bytes.
    assert_eq!(names, ["B.csv", "a.csv", "a/z.csv"]);
}

#[test]
fn utf16_and_headerless_files_are_refused() {
    let utf16 = read("a.csv", b"\xff\xfep\0r\0").expect_err("UTF-16");
    assert!(utf16.to_string().contains("iconv"), "{utf16}");
    let numbers = read("a.csv", b"1,2,3\n4,5,6\n").expect_err("no header");
    assert!(
        numbers
            .to_string()
            .contains("no usable column among 1, 2, 3"),
        "{numbers}"
    );
    let endless = read("a.csv", &vec![b'x'; 2 << 20]).expect_err("no line");
    assert!(
        endless.to_string().contains("a.csv:1: no line end"),
        "{endless}"
    );
}

fn parquet(path: &Path, columns: Vec<(&str, ArrayRef)>) {
    let batch = RecordBatch::try_from_iter(columns).expect("a batch");
    let file = fs::File::create(path).expect("a file");
    let mut writer = ArrowWriter::try_new(file, batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("written");
    writer.close().expect("written");
}

#[test]
fn parquet_columns_are_read_exactly() {
    let dir = TempDir::new().expect("a folder");
    let money = Decimal128Array::from(vec![Some(15_000i128), None, Some(-1), None])
        .with_precision_and_scale(18, 4)
        .expect("DECIMAL(18,4)");
    let micros = 1_735_689_600_000_000;
    parquet(
        &dir.path().join("a.parquet"),
        vec![
            ("product", Arc::new(StringArray::from(vec!["Tea"; 4]))),
            (
                "order_date",
                Arc::new(Date32Array::from(vec![
                    Some(20_089),
                    Some(20_089),
                    None,
                    None,
                ])),
            ),
            (
                "event_time",
                Arc::new(
                    TimestampMicrosecondArray::from(vec![None, None, Some(micros + 5), None])
                        .with_timezone("UTC"),
                ),
            ),
            ("amount", Arc::new(money)),
            (
                "quantity",
                Arc::new(Int64Array::from(vec![None, Some(3), None, None])),
            ),
            (
                "unit_price",
                Arc::new(Float64Array::from(vec![None, Some(0.5), None, None])),
            ),
        ],
    );
    let seen = read_with(dir.path(), &Rules::default()).expect("read");
    assert_eq!(
        seen.sales,
        [
            format!("1 {TEA}"),
            format!("2 {TEA}"),
            "3 Tea 2025-01-01T00:00:00.000005Z -0.0001".to_owned(),
        ]
    );
    assert_eq!(seen.rejects, [r#"4 missing_time 17 {"product":"Tea"}"#]);
    let bytes = arrow::array::BinaryArray::from(vec![&b"Tea"[..], b"\xff\xfe"]);
    parquet(
        &dir.path().join("a.parquet"),
        vec![
            ("product", Arc::new(bytes)),
            ("date", Arc::new(StringArray::from(vec!["2025-01-01"; 2]))),
            ("amount", Arc::new(StringArray::from(vec!["1.50"; 2]))),
        ],
    );
    let seen = read_with(dir.path(), &Rules::default()).expect("read");
    assert_eq!(seen.sales, [format!("1 {TEA}")]);
    assert!(
        seen.rejects[0].starts_with("2 invalid_utf8 "),
        "{:?}",
        seen.rejects
    );
    fs::write(dir.path().join("b.parquet"), "PAR1 no").expect("written");
    let broken = read_with(dir.path(), &Rules::default()).expect_err("broken");
    assert!(
        broken
            .to_string()
            .contains("b.parquet: is no readable Parquet"),
        "{broken}"
    );
}

#[test]
fn one_file_under_two_names_counts_once() {
    let dir = TempDir::new().expect("a folder");
    let file = dir.path().join("a.csv");
    fs::write(&file, "product,date,amount\nTea,2025-01-01,1\n").expect("written");
    std::os::unix::fs::symlink(&file, dir.path().join("b.csv")).expect("a link");
    let place = |path: &Path| Location::from_path(path).expect("a place");
    let dotted = dir.path().join(".").join("a.csv");
    let places = [place(dir.path()), place(&file), place(&dotted)];
    let found = discover(&places, false).expect("found");
    let paths: Vec<_> = found.iter().map(|input| input.path.clone()).collect();
    assert_eq!(paths.len(), 1, "{paths:?}");
}

#[test]
fn a_misspelt_name_that_no_event_has_is_an_error() {
    let dir = TempDir::new().expect("a folder");
    let event = r#"{"sku":"Tea","date":"2025-01-01","amount":1,"order_id":"1"}"#;
    fs::write(dir.path().join("a.jsonl"), format!("garbage\n{event}\n")).expect("written");
    let mapping = |rules: &Rules| {
        let inputs = discover(&[Location::from_path(dir.path())?], false)?;
        let mut feed = Feed::new(inputs.into(), Arc::new(rules.clone()), None);
        let (mut seen, mut chunk) = (Seen::default(), Chunk::default());
        while feed.next(&mut chunk)? {
            chunk.read(&mut (rules, &mut seen))?;
        }
        feed.mapping()
    };
    let mut rules = Rules::default();
    rules.map("product=SKU").expect("a field");
    rules.dedup = vec!["order_id".to_owned()];
    let used = mapping(&rules).expect("all there");
    assert_eq!(used["product"], "SKU");
    assert_eq!(
        (used["time"].as_str(), used["amount"].as_str()),
        ("date", "amount")
    );
    rules.dedup = vec!["ordr_id".to_owned()];
    let error = mapping(&rules).expect_err("misspelt").to_string();
    assert!(
        error.contains("no column \"ordr_id\" for --dedup"),
        "{error}"
    );
    rules.dedup.clear();
    rules.map("amount=amuont").expect("a field");
    let error = mapping(&rules).expect_err("misspelt").to_string();
    assert!(error.contains("no column \"amuont\" for --map"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]
    /// However long the records are, and so wherever pieces end, each is read once, in order
    /// and with its line.
    #[test]
    fn pieces_change_nothing(names in prop::collection::vec("[a-z\n\"é,]{1,90}", 0..40)) {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(["product", "date", "amount"]).unwrap();
        let mut expected = Vec::new();
        let mut line = 2;
        for name in &names {
            writer.write_record([name, "2025-01-01", "1.50"]).unwrap();
            let product = if name.trim().is_empty() { "UNKNOWN" } else { name.trim() };
            expected.push(format!("{line} {product} 2025-01-01T00:00:00Z 1.50"));
            line += 1 + name.matches('\n').count();
        }
        let content = writer.into_inner().unwrap();
        prop_assert_eq!(sales("a.csv", &content), expected);
    }
}
