//! The servers, and one run by both engines.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;
use std::sync::OnceLock;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::Value;

use crate::common::services::{act, services};
use crate::common::{Shop, skip, stderr, walk};
pub use crate::lake::{OwnHdfs, S3, fs_text, hdfs, root, s3};

/// The address of the shared Spark on local cores; none, with the reason printed, where it cannot
/// run.
pub fn spark() -> Option<&'static str> {
    static SHARED: OnceLock<Result<String, String>> = OnceLock::new();
    shared(&SHARED, "spark")
}

/// The same of the shared standalone cluster.
pub fn cluster() -> Option<&'static str> {
    static SHARED: OnceLock<Result<String, String>> = OnceLock::new();
    shared(&SHARED, "spark-cluster")
}

fn shared(
    started: &'static OnceLock<Result<String, String>>,
    service: &str,
) -> Option<&'static str> {
    match started.get_or_init(|| act(&mut services(&["start", service]))) {
        Ok(address) => Some(address),
        Err(why) => {
            skip(&format!("no {service}: {why}"));
            None
        }
    }
}

/// What a run says of itself that is another with every run.
const OWN: [&str; 3] = ["run_id", "seconds", "rows_per_second"];

/// What decides and what a `--json` run came to, without what is another with every run.
pub fn figures(text: &[u8]) -> Value {
    let mut summary: Value = serde_json::from_slice(text).expect("JSON");
    for name in OWN {
        summary.as_object_mut().expect("an object").remove(name);
    }
    summary
}

/// Runs `batch` with both engines, which must agree in their exit status, every figure, and all
/// that every output holds. Gives the summary, or what both said when they failed.
pub fn both(shop: &Shop, remote: &str, args: &[&str]) -> Value {
    let run = |output: &str, engine: &[&str]| {
        let all = [&["--json", "batch", "--output", output], args, engine].concat();
        shop.run(&all)
    };
    let local = run("local", &[]);
    let spark = run("spark", &["--engine", "spark", "--remote", remote]);
    let (said, other) = (stderr(&local), stderr(&spark));
    assert_eq!(spark.status, local.status, "{args:?}: {said}\n{other}");
    if !local.status.success() {
        assert_eq!(other, said, "{args:?}");
        return Value::String(said);
    }
    let figures = figures(&local.stdout);
    assert_eq!(self::figures(&spark.stdout), figures, "{args:?}");
    equal(&shop.path("spark"), &shop.path("local"));
    figures
}

/// Two folders of outputs hold the same: files of the same names, text byte for byte, Parquet row
/// for row.
pub fn equal(one: &Path, other: &Path) {
    let (files, others) = (files(one), files(other));
    let names = |files: &BTreeMap<String, _>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&files), names(&others));
    assert!(!files.is_empty());
    for (name, bytes) in &files {
        let same = bytes == &others[name]
            || name.ends_with(".parquet") && rows(&one.join(name)) == rows(&other.join(name));
        if !same {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let (mine, theirs) = (text(bytes), text(&others[name]));
            let mut lines = mine.lines().zip(theirs.lines());
            panic!("{name} differs: {:?}", lines.find(|(a, b)| a != b));
        }
    }
}

/// The files of an output with their bytes, but for what names its run, and days that are kept for
/// the next local run.
fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    walk(root, &mut |path| {
        let name = path.strip_prefix(root).expect("below").to_string_lossy();
        let own = ["_run.json", "_history", "/_days/", ".crc"];
        if path.is_file() && !own.iter().any(|own| name.contains(own)) {
            let mut bytes = fs::read(path).expect("read");
            if name.ends_with("daily_report.json") {
                let mut report: Value = serde_json::from_slice(&bytes).expect("JSON");
                let report = report.as_object_mut().expect("an object");
                report.remove("processing_timestamp");
                bytes = serde_json::to_vec(report).expect("JSON");
            }
            files.insert(name.into_owned(), bytes);
        }
    });
    files
}

/// All rows of a Parquet file, however they are grouped.
fn rows(path: &Path) -> RecordBatch {
    let file = File::open(path).expect("opened");
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet");
    let schema = reader.schema().clone();
    let batches = reader.build().expect("a reader");
    let batches: Vec<RecordBatch> = batches.map(|batch| batch.expect("rows")).collect();
    concat_batches(&schema, &batches).expect("rows")
}
