//! Figures of a stream, read from what it wrote: money, counts, window rows, open windows.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::RowAccessor;
use serde_json::Value;

use super::Shop;

/// The folder of closed windows where no other is asked for.
pub const OUTPUT: &str = "data/output/streaming_product_revenue";

/// The folder of positions and state where no other is asked for.
pub const CHECKPOINT: &str = "checkpoints/streaming_sales";

/// What the sales of [`classic`] add up to; the figure is published.
pub const CLASSIC: &str = "333734.73";

/// Makes the 14 days of the classic profile whose figures are published.
pub fn classic(shop: &Shop) {
    let days = ["--days", "14", "--transactions-per-day", "72"];
    let start = ["--start-date", "2025-01-01", "--profile", "classic"];
    shop.json(&[&["generate"], &days[..], &start].concat());
}

/// Ten-thousandths: money as a summary or an event prints it.
pub fn units(text: &str) -> i128 {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    assert!(part.len() <= 4, "{text}");
    let part: i128 = format!("{part:0<4}").parse().expect("digits");
    sign * (whole.parse::<i128>().expect("digits") * 10_000 + part)
}

/// One figure of money of a summary.
pub fn money(summary: &Value, name: &str) -> i128 {
    units(summary[name].as_str().expect("money"))
}

/// One count of a summary.
pub fn count(summary: &Value, name: &str) -> u64 {
    summary[name].as_u64().expect("a count")
}

/// Both identities of the contract's §1, for windows of which `overlap` cover each moment.
pub fn assert_adds_up(summary: &Value, overlap: i128) {
    let parts = ["accepted", "rejected", "duplicates"].map(|name| count(summary, name));
    assert_eq!(
        count(summary, "read"),
        parts.iter().sum::<u64>(),
        "{summary}"
    );
    let parts = ["written_revenue", "open_revenue", "late_revenue"];
    let sum: i128 = parts.iter().map(|name| money(summary, name)).sum();
    assert_eq!(
        sum,
        overlap * money(summary, "accepted_revenue"),
        "{summary}"
    );
}

/// A row of closed windows: product, revenue in ten-thousandths, start and end in microseconds.
pub type Row = (String, i128, i64, i64);

/// All rows of closed windows below a folder, as any Parquet reader would find them; sorted. A
/// stream that still writes may take a file away between listing and opening, so this looks again
/// then.
pub fn rows(folder: &Path) -> Vec<Row> {
    for _ in 0..1000 {
        let mut rows = Vec::new();
        match gather(folder, &mut rows) {
            Ok(()) => {
                rows.sort();
                return rows;
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => panic!("{}: {error}", folder.display()),
        }
    }
    panic!("{}: files vanish without an end", folder.display());
}

fn gather(folder: &Path, rows: &mut Vec<Row>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().expect("a name").to_string_lossy();
        if name.starts_with(['_', '.']) {
            continue;
        }
        if path.is_dir() {
            gather(&path, rows)?;
            continue;
        }
        assert!(name.ends_with(".parquet"), "{name}");
        rows.extend(rows_of(File::open(&path)?));
    }
    Ok(())
}

fn rows_of(file: File) -> Vec<Row> {
    let reader = SerializedFileReader::new(file).expect("Parquet");
    let rows = reader.get_row_iter(None).expect("rows");
    rows.map(|row| {
        let row = row.expect("a row");
        let names: Vec<_> = row
            .get_column_iter()
            .map(|(name, _)| name.clone())
            .collect();
        assert_eq!(names, ["product", "revenue", "window_start", "window_end"]);
        let revenue = row.get_decimal(1).expect("a decimal");
        assert_eq!((revenue.precision(), revenue.scale()), (18, 4));
        let first = if revenue.data()[0] >= 0x80 { -1 } else { 0 };
        let bytes = revenue.data().iter();
        let revenue = bytes.fold(first, |sum: i128, byte| sum << 8 | i128::from(*byte));
        let time = |column| row.get_timestamp_micros(column).expect("a time");
        (
            row.get_string(0).expect("text").clone(),
            revenue,
            time(2),
            time(3),
        )
    })
    .collect()
}

/// Σ revenue over rows.
pub fn total(rows: &[Row]) -> i128 {
    rows.iter().map(|row| row.1).sum()
}

/// What a stream shows of its open windows; none while there is nothing.
pub fn open_windows(folder: &Path) -> Option<Value> {
    let text = fs::read_to_string(folder.join("_open.json")).ok()?;
    serde_json::from_str(&text).ok()
}

/// Waits until what the stream shows is as asked, and gives it; panics after `time`.
pub fn wait_for(folder: &Path, time: Duration, ready: impl Fn(&Value) -> bool) -> Value {
    let deadline = Instant::now() + time;
    loop {
        let view = open_windows(folder);
        match view {
            Some(view) if ready(&view) => return view,
            view => assert!(Instant::now() < deadline, "never so: {view:?}"),
        }
        thread::sleep(Duration::from_millis(5));
    }
}
