//! SIGINT and SIGTERM: an early end leaves the previous output and nothing else.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

use common::{Running, Shop, stderr};

const SIGNALS: [(&str, i32); 2] = [("INT", 130), ("TERM", 143)];

/// A shop with input and output, and then with so much input that a batch takes seconds.
fn busy_shop() -> Shop {
    let shop = Shop::new();
    let header = "order_id,order_date,product,amount\n";
    shop.write(
        "data/input/a.csv",
        format!("{header}1,2025-01-01,Tea,1.50\n"),
    );
    shop.json(&["batch"]);
    let rows = "1,2025-01-02,Tea,1.50\n2,2025-01-03,Apple,2.25\n".repeat(500_000);
    shop.write("data/input/b.csv", format!("{header}{rows}"));
    shop
}

/// Whether a run has begun to write into the folder `name`.
fn stages(shop: &Shop, name: &str) -> bool {
    let place = shop.path(name);
    let prefix = format!(".{}.retail-2", place.file_name().unwrap().to_str().unwrap());
    let above = fs::read_dir(place.parent().unwrap()).into_iter().flatten();
    let mut names = above.map(|entry| entry.unwrap().file_name());
    names.any(|found| found.to_str().unwrap().starts_with(&prefix))
}

/// Sends the signal, and checks that the run ends soon, with one line and this status.
fn interrupt(mut run: Running, (signal, status): (&str, i32)) {
    run.signal(signal);
    let sent = Instant::now();
    let output = run.end();
    assert!(sent.elapsed() < Duration::from_secs(5), "{signal}");
    assert_eq!(output.status.code(), Some(status), "{}", stderr(&output));
    assert_eq!(
        stderr(&output),
        format!("error: interrupted by SIG{signal}\n")
    );
}

#[test]
fn an_interrupted_batch_leaves_the_previous_output() {
    let shop = busy_shop();
    let before = shop.tree("data/output");
    assert!(before.contains_key("analysis_parquet/order_date=2025-01-01/part-00000.parquet"));
    for options in [&["batch"][..], &["batch", "--dedup", "order_id,order_date"]] {
        for signal in SIGNALS {
            let mut run = shop.start(options);
            assert!(run.until(|| stages(&shop, "data/output/analysis_csv_kpis")));
            sleep(Duration::from_millis(150));
            interrupt(run, signal);
            assert!(shop.tree("data/output") == before, "{options:?} {signal:?}");
            assert_eq!(shop.litter(), Vec::<String>::new());
        }
    }
}

#[test]
fn an_interrupted_generate_leaves_the_previous_files() {
    let shop = Shop::new();
    shop.json(&["generate", "--days", "2", "--start-date", "2025-01-01"]);
    let before = shop.tree("data");
    for profile in ["standard", "classic"] {
        for signal in SIGNALS {
            let size = ["--days", "2000", "--transactions-per-day", "2000"];
            let mut run = shop.start(&[&["generate", "--profile", profile][..], &size].concat());
            assert!(run.until(|| stages(&shop, "data/input")));
            sleep(Duration::from_millis(150));
            interrupt(run, signal);
            assert!(shop.tree("data") == before, "{profile} {signal:?}");
            assert_eq!(shop.litter(), Vec::<String>::new());
        }
    }
}

#[test]
fn waiting_for_input_can_be_interrupted() {
    let shop = Shop::new();
    for signal in SIGNALS {
        let run = shop.start(&["batch", "--wait-for-input", "300s"]);
        sleep(Duration::from_millis(300));
        interrupt(run, signal);
        assert!(shop.tree(".").is_empty());
    }
}

#[test]
fn a_second_signal_ends_at_once() {
    let shop = Shop::new();
    for (signal, status) in SIGNALS {
        // Nobody reads its stdout, so it waits in the middle of a write.
        let mut run = shop.start(&["generate", "--days", "3000", "--output", "-"]);
        sleep(Duration::from_millis(300));
        run.signal(signal);
        // Longer than its own echo takes.
        sleep(Duration::from_millis(400));
        run.signal(signal);
        assert!(run.ends_within(Duration::from_secs(2)), "{signal}");
        assert_eq!(run.end().status.code(), Some(status), "{signal}");
    }
}
