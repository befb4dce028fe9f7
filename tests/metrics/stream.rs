//! The figures of a stream: those of its view and of its summary.

use std::io::Write;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use chrono::DateTime;
use serde_json::Value;

use crate::common::Shop;
use crate::common::figures::{OUTPUT, classic, count, money, wait_for};
use crate::common::scrape::{Scrape, address, assert_grows, labelled, scrape, scrape_until, value};
use crate::{ANY, PATIENCE};

/// Sales, of which some are late, some are no sales, and some were sold twice.
fn sales(count: i64) -> String {
    let line = |n: i64| {
        let time = 1_735_689_600 + n * 60 - if n % 20 == 5 { 9_000 } else { 0 };
        let time = DateTime::from_timestamp(time, 0).unwrap();
        let time = time.format("%Y-%m-%dT%H:%M:%S").to_string();
        let time = if n % 11 == 3 { "soon" } else { &*time };
        let amount = if n % 13 == 4 { "\"many\"" } else { "2.0625" };
        let order = n - i64::from(n % 9 == 8);
        format!(
            "{{\"order_id\":{order},\"product\":\"P{}\",\"order_time\":\"{time}\",\"amount\":{amount}}}\n",
            n % 7
        )
    };
    (0..count).map(line).collect()
}

/// Every text must add up in itself.
fn assert_adds_up(scrape: &Scrape) {
    let of = |name: &str| value(scrape, &format!("retail_records_{name}_total")).unwrap();
    let rejected = scrape["retail_records_rejected_total"].values.values();
    let parts = of("accepted") + of("duplicate") + rejected.sum::<f64>();
    assert_eq!(of("read"), parts);
    assert!(of("late") <= of("accepted"));
}

#[test]
fn its_figures_are_those_of_the_summary() {
    let shop = Shop::new();
    let options = [
        "--input",
        "-",
        "--dedup",
        "order_id",
        "--commit-interval",
        "50ms",
    ];
    let args = [&["--json", "stream"], &options[..], &ANY].concat();
    let (mut run, mut stdin) = shop.start_fed(&args);
    let address = address(&mut run);
    stdin.write_all(sales(1_000).as_bytes()).unwrap();
    let folder = shop.path(OUTPUT);
    let read = |scrape: &Scrape| value(scrape, "retail_records_read_total") == Some(1_000.0);
    scrape_until(&address, read);
    // The windows that the last of them closed are closed in the same turn, and shown soon.
    let view = wait_for(&folder, PATIENCE, |view| count(view, "read") == 1_000);
    std::thread::sleep(Duration::from_millis(500));
    let seen = scrape(&address);
    assert_adds_up(&seen);
    run.signal("INT");
    let ended = run.end();
    drop(stdin);
    let summary: Value = serde_json::from_slice(&ended.stdout).unwrap();
    let counted = |name: &str| Some(count(&summary, name) as f64);
    for (name, figure) in [
        ("retail_records_read_total", "read"),
        ("retail_records_accepted_total", "accepted"),
        ("retail_records_duplicate_total", "duplicates"),
        ("retail_records_late_total", "late"),
        ("retail_rows_written_total", "windows"),
    ] {
        assert_eq!(value(&seen, name), counted(figure), "{name}");
        assert!(value(&seen, name) > Some(0.0), "{name}");
    }
    let reasons = summary["rejected_by_reason"].as_object().unwrap();
    assert_eq!(reasons.len(), 2, "{reasons:?}");
    let told = &seen["retail_records_rejected_total"].values;
    assert!(told.len() > 10);
    for ((_, labels), told) in told {
        let figure = reasons.get(&labels["reason"]).and_then(Value::as_u64);
        assert_eq!(*told, figure.unwrap_or(0) as f64, "{labels:?}");
    }
    let late = money(&summary, "late_revenue") as f64 / 10_000.0;
    assert_eq!(value(&seen, "retail_late_revenue"), Some(late));
    assert!(late > 0.0);
    let open = count(&view, "open_windows") as f64;
    assert_eq!(value(&seen, "retail_windows_open"), Some(open));
    let mark = DateTime::parse_from_rfc3339(view["watermark"].as_str().unwrap());
    let mark = mark.unwrap().timestamp() as f64;
    assert_eq!(
        value(&seen, "retail_watermark_timestamp_seconds"),
        Some(mark)
    );
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs_f64();
    let behind = value(&seen, "retail_watermark_lag_seconds").unwrap();
    assert!((now - mark - behind).abs() < 60.0, "{behind}");
    let commits = value(&seen, "retail_commits_total").unwrap();
    assert!(commits >= 2.0);
    let counted = value(&seen, "retail_commit_duration_seconds_count");
    assert_eq!(counted, Some(commits));
    let spent = value(&seen, "retail_commit_duration_seconds_sum").unwrap();
    assert!(spent > 0.0 && spent < 60.0);
    let last = value(&seen, "retail_last_commit_timestamp_seconds").unwrap();
    assert!((now - 60.0..=now).contains(&last), "{last}");
    // A pipe does not know what waits in it.
    assert!(!seen.contains_key("retail_source_lag_records"));
    let version = env!("CARGO_PKG_VERSION");
    let build = labelled(
        &seen,
        "retail_build_info",
        &[("version", version), ("command", "stream")],
    );
    assert_eq!(build, Some(1.0));
}

#[test]
fn jobs_tell_how_much_they_hold() {
    let shop = Shop::new();
    let args = [
        &["--json", "stream", "--job", "sessions", "--input", "-"],
        &ANY[..],
    ]
    .concat();
    let (mut run, mut stdin) = shop.start_fed(&args);
    let address = address(&mut run);
    for user in 0..100 {
        let view = format!(
            r#"{{"user_id":"u{user}","session_id":"s{user}","product_id":"p","duration_seconds":5,"timestamp":"2025-01-01T10:00:00"}}"#
        );
        writeln!(stdin, "{view}").unwrap();
    }
    let read = |scrape: &Scrape| value(scrape, "retail_records_read_total") == Some(100.0);
    let seen = scrape_until(&address, read);
    assert_eq!(value(&seen, "retail_state_keys"), Some(100.0));
    // No visit takes less than its names; an empty table takes 0.2 MB.
    let bytes = value(&seen, "retail_state_bytes").unwrap();
    assert!((100.0 * 4.0..1e6).contains(&bytes), "{bytes}");
    // All came within a moment; nothing has come since.
    let still = |seen: &Scrape| value(seen, "retail_events_per_second") == Some(0.0);
    scrape_until(&address, still);
    drop(stdin);
    let ended = run.end();
    let summary: Value = serde_json::from_slice(&ended.stdout).unwrap();
    assert_eq!(summary["jobs"]["sessions"]["sessions"], 100);
}

#[test]
fn every_scrape_adds_up_and_none_goes_back() {
    let shop = Shop::new();
    classic(&shop);
    let args = ["stream", "--loop", "--rate", "0", "--dedup", "order_id"];
    let mut run = shop.start(&[&args[..], &ANY].concat());
    let address = address(&mut run);
    let begun = |scrape: &Scrape| scrape.contains_key("retail_records_read_total");
    let mut before = scrape_until(&address, begun);
    for _ in 0..50 {
        let after = scrape(&address);
        assert_adds_up(&after);
        assert_grows(&before, &after);
        before = after;
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(value(&before, "retail_records_read_total") > Some(10_000.0));
    // A loop of old sales goes by much faster than the clock.
    assert!(value(&before, "retail_events_per_second") > Some(1_000.0));
}

#[test]
fn a_resumed_stream_goes_on_counting() {
    let shop = Shop::new();
    classic(&shop);
    let args = [
        "--json",
        "stream",
        "--loop",
        "--rate",
        "2000",
        "--metrics-addr",
        "127.0.0.1:0",
    ];
    let mut read = 0.0;
    for _ in 0..3 {
        let mut run = shop.start(&args);
        let address = address(&mut run);
        let deadline = Instant::now() + PATIENCE;
        let mut ahead = false;
        // From the first moment on: it never shows less than the run before had.
        while !ahead {
            assert!(Instant::now() < deadline);
            let seen = scrape(&address);
            if let Some(now) = value(&seen, "retail_records_read_total") {
                assert!(now >= read, "{now} after {read}");
                assert!(value(&seen, "retail_commits_total") < Some(20.0));
                ahead = now >= read + 500.0;
            }
        }
        run.signal("INT");
        let summary: Value = serde_json::from_slice(&run.end().stdout).unwrap();
        read = count(&summary, "read") as f64;
    }
    assert!(read >= 1_500.0);
}
