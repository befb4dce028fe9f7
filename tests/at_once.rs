//! Several runs at once, and inputs that change under a run.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::fs;
use std::io::Write;

use common::{Running, Shop, stderr};

const HEADER: &str = "order_id,order_date,product,amount\n";

/// A shop whose batch takes about a second.
fn busy_shop() -> Shop {
    let shop = Shop::new();
    let rows = "1,2025-01-02,Tea,1.50\n2,2025-01-03,Apple,2.25\n".repeat(100_000);
    shop.write("data/input/a.csv", format!("{HEADER}{rows}"));
    shop
}

/// A batch that holds its folders.
fn at_work(shop: &Shop) -> Running {
    let mut run = shop.start(&["batch"]);
    assert!(run.until(|| shop.litter_with("analysis_parquet.retail-2")));
    run
}

#[test]
fn a_second_batch_is_refused_and_told_of_the_first() {
    let shop = busy_shop();
    let mut first = at_work(&shop);
    let refused = shop.fail(&["batch"], 1);
    let holder = format!("in use by pid {}, retail batch", first.pid());
    assert!(refused.contains(&holder), "{refused}");
    assert!(refused.contains("data/output/analysis_"), "{refused}");
    // Elsewhere there is room for another.
    shop.write("one.csv", format!("{HEADER}1,2025-01-02,Tea,1.50\n"));
    shop.json(&["batch", "--input", "one.csv", "--output", "elsewhere"]);
    // Only the CSV folders are those of the first.
    let args = ["batch", "--input", "one.csv", "--output", "third"];
    let shared = shop.fail(&[&args[..], &["--csv-output", "data/output"]].concat(), 1);
    assert!(shared.contains(&holder), "{shared}");
    let output = first.end();
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(
        shop.read("data/output/analysis_csv/part-00000.csv"),
        "order_date,product,total_amount\n2025-01-02,Tea,150000.00\n2025-01-03,Apple,225000.00\n"
    );
    assert_eq!(shop.litter(), Vec::<String>::new());
}

#[test]
fn of_many_batches_at_once_each_is_done_or_refused() {
    let shop = Shop::new();
    shop.write(
        "data/input/a.csv",
        format!("{HEADER}1,2025-01-02,Tea,1.50\n"),
    );
    shop.json(&["batch"]);
    let expected = shop.tree("data/output");
    let runs: Vec<_> = (0..8).map(|_| shop.start(&["batch"])).collect();
    let mut done = 0;
    for run in runs {
        let output = run.end();
        if output.status.success() {
            done += 1;
            continue;
        }
        let text = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(text.contains("in use by"), "{text}");
        assert_eq!(text.lines().count(), 1, "{text}");
    }
    assert!(done >= 1);
    assert!(shop.tree("data/output") == expected);
    assert_eq!(shop.litter(), Vec::<String>::new());
}

#[test]
fn an_input_that_grows_meanwhile_stops_the_run() {
    let shop = busy_shop();
    let run = at_work(&shop);
    let file = fs::OpenOptions::new()
        .append(true)
        .open(shop.path("data/input/a.csv"));
    let written = file.and_then(|mut file| file.write_all(b"3,2025-01-03,Apple,1\n"));
    written.expect("written");
    let output = run.end();
    assert_eq!(output.status.code(), Some(1));
    let text = stderr(&output);
    assert!(
        text.contains("data/input/a.csv: changed while it was read"),
        "{text}"
    );
    assert!(shop.tree("data/output").is_empty());
    assert_eq!(shop.litter(), Vec::<String>::new());
}
