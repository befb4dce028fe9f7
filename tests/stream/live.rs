//! What can be seen while a stream runs, and what stands beside its output.

use std::fs;
use std::io::Write;
use std::time::{Duration, Instant};

use chrono::DateTime;
use serde_json::Value;

use crate::common::Shop;
use crate::common::chance::Chance;
use crate::common::figures::{OUTPUT, Row, count, open_windows, total, units, wait_for};
use crate::model::{HOUR, Line, Model, csv, iso, lines};
use crate::{in_file_order, output, play, written};

const START: i64 = 1_735_689_600;
const PATIENCE: Duration = Duration::from_secs(20);

/// The open windows of a view as rows.
fn shown(view: &Value) -> Vec<Row> {
    windows(view, "open")
}

/// The windows of one list of a view as rows.
fn windows(view: &Value, list: &str) -> Vec<Row> {
    let micros = |window: &Value, name: &str| {
        let time = DateTime::parse_from_rfc3339(window[name].as_str().unwrap());
        time.unwrap().timestamp_micros()
    };
    let mut rows = Vec::new();
    for window in view[list].as_array().unwrap() {
        let (start, end) = (micros(window, "window_start"), micros(window, "window_end"));
        for (product, revenue) in window["products"].as_object().unwrap() {
            let revenue = units(revenue.as_str().unwrap());
            rows.push((product.clone(), revenue, start, end));
        }
    }
    rows.sort();
    rows
}

#[test]
fn open_windows_are_seen_within_a_second_with_their_sums() {
    let shop = Shop::new();
    let sales = lines(&mut Chance::new(6), 400, START, 100, 1800);
    let (run, mut stdin) = shop.start_fed(&["--json", "stream", "--input", "-"]);
    let mut model = Model::new(HOUR);
    let text = csv(&sales, 0);
    let mut text = text.split_inclusive('\n');
    stdin.write_all(text.next().unwrap().as_bytes()).unwrap();
    let mut taken = 0;
    for (part, piece) in sales.chunks(23).enumerate() {
        let lines: String = text.by_ref().take(piece.len()).collect();
        stdin.write_all(lines.as_bytes()).unwrap();
        let sent = Instant::now();
        piece.iter().for_each(|line| model.take(line));
        taken += piece.len() as u64;
        let view = wait_for(&output(&shop), PATIENCE, |view| {
            count(view, "read") == taken
        });
        if part > 0 {
            assert!(
                sent.elapsed() < Duration::from_secs(1),
                "{:?}",
                sent.elapsed()
            );
        }
        assert_eq!(shown(&view), model.open());
        // What has closed waits for a file, and is shown all the same.
        assert_eq!(windows(&view, "closed"), model.closed());
        for list in ["open", "closed"] {
            let list = view[list].as_array().unwrap();
            let starts = list.iter().map(|w| w["window_start"].as_str().unwrap());
            assert!(starts.is_sorted_by(|a, b| a > b), "newest first");
        }
        assert_eq!(count(&view, "accepted"), taken);
        assert_eq!(
            units(view["accepted_revenue"].as_str().unwrap()),
            model.accepted_revenue
        );
        assert_eq!(
            (&view["size_seconds"], &view["slide_seconds"]),
            (&3600.0.into(), &900.0.into())
        );
        assert_eq!(view["ended"], false);
        let ends: std::collections::BTreeSet<_> = model.open().iter().map(|row| row.3).collect();
        assert_eq!(count(&view, "open_windows"), ends.len() as u64);
        assert_eq!(count(&view, "windows"), model.closed().len() as u64);
        assert_eq!(count(&view, "late"), model.late);
        assert_eq!(
            units(view["late_revenue"].as_str().unwrap()),
            model.late_revenue
        );
        let latest = sales[..taken as usize]
            .iter()
            .map(|line| line.time)
            .max()
            .unwrap();
        assert_eq!(view["watermark"], iso(latest - HOUR.patience));
        assert_eq!(view["truncated"], false);
        // Closed rows wait for a file of a useful size.
        assert!(!output(&shop).join("_SUCCESS").exists());
    }
    drop(stdin);
    let ended = run.end();
    assert!(ended.status.success());
    let summary: Value = serde_json::from_slice(&ended.stdout).unwrap();
    crate::assert_as_model(&shop, &summary, &model, 4);
    let view = open_windows(&output(&shop)).unwrap();
    assert_eq!(
        (shown(&view), count(&view, "open_windows")),
        (Vec::new(), 0)
    );
    assert_eq!(windows(&view, "closed"), Vec::new());
    assert_eq!(count(&view, "windows"), count(&summary, "windows"));
    assert_eq!(view["ended"], true);
    assert!(view["commit_seconds"].as_f64().unwrap() > 0.0);
}

#[test]
fn the_run_record_tells_settings_and_figures() {
    let shop = Shop::new();
    let sales = lines(&mut Chance::new(7), 100, START, 100, 1800);
    shop.write("data/input/a.csv", csv(&sales, 0));
    let options = [
        "--window",
        "2h",
        "--slide",
        "30m",
        "--watermark",
        "10m",
        "--dedup",
        "order_id",
    ];
    let summary = in_file_order(&shop, &options);
    let record = |shop: &Shop| -> Value {
        serde_json::from_str(&shop.read(&format!("{OUTPUT}/_run.json"))).unwrap()
    };
    let told = record(&shop);
    assert_eq!(told["command"], "stream");
    assert_eq!(told["figures"], summary);
    let settings = &told["settings"];
    assert_eq!(settings["window_seconds"], 7200);
    assert_eq!(settings["slide_seconds"], 1800);
    assert_eq!(settings["watermark_seconds"], 600);
    assert_eq!(settings["dedup"], serde_json::json!(["order_id"]));
    assert_eq!(settings["dedup_horizon_seconds"], 86_400);
    assert_eq!(settings["order"], "file");
    assert_eq!(settings["source"], "files");
    let files = told["files"].as_array().unwrap();
    assert_eq!(files.len(), 1);
    let name = files[0]["name"].as_str().unwrap();
    let length = fs::metadata(output(&shop).join(name)).unwrap().len();
    assert_eq!(files[0]["bytes"], length);
    // The run that began the state names it, whoever goes on.
    in_file_order(&shop, &options);
    assert_eq!(record(&shop)["run_id"], told["run_id"]);
}

#[test]
fn success_stands_only_while_the_source_is_at_its_end() {
    let shop = Shop::new();
    let sale = |day: i64| Line {
        time: START + day * 86_400,
        product: "Tea".to_owned(),
        kind: crate::model::Kind::Sale,
        amount: 10_000,
    };
    let success = output(&shop).join("_SUCCESS");
    shop.write("data/input/a.csv", csv(&[sale(0)], 0));
    play(&shop, &[]);
    assert!(success.exists());
    // Two more, of which the second is due in a hundred seconds.
    shop.write("data/input/b.csv", csv(&[sale(1), sale(2)], 1));
    let mut run = shop.start(&["stream", "--rate", "0.01"]);
    wait_for(&output(&shop), PATIENCE, |view| count(view, "read") == 2);
    run.signal("INT");
    assert_eq!(run.end().status.code(), Some(130));
    assert!(!success.exists());
    assert_eq!(total(&written(&shop)), 4 * 10_000);
    play(&shop, &[]);
    assert!(success.exists());
    assert_eq!(total(&written(&shop)), 12 * 10_000);
}

#[test]
fn every_open_window_of_many_products_is_shown() {
    let shop = Shop::new();
    let mut text = "product,amount,order_time\n".to_owned();
    for product in 0..6_000 {
        text += &format!("P{product},1,2025-01-01T09:05:00\n");
    }
    let (run, mut stdin) = shop.start_fed(&["stream", "--input", "-"]);
    stdin.write_all(text.as_bytes()).unwrap();
    let view = wait_for(&output(&shop), PATIENCE, |view| {
        count(view, "read") == 6_000
    });
    assert_eq!(shown(&view).len(), 4 * 6_000);
    assert_eq!(view["truncated"], false);
    run.kill();
}
