//! The worked example of §1, and the published figures of the classic profile.

use serde_json::json;

use crate::common::figures::{CLASSIC, assert_adds_up, classic, count, money, total, units};
use crate::common::{Shop, stderr};
use crate::model::HEADER;
use crate::{assert_same, in_file_order, output, pipe, play, told, written};

const SALES: &str = "1,2025-01-01T09:05:00,Tea,,10.00\n\
                     2,2025-01-01T10:20:00,Tea,,3.00\n\
                     3,2025-01-01T09:40:00,Tea,,7.00\n";

/// Starts of windows in minutes of the day, and revenue in cents: four of 10.00, of which the
/// last two would have got 7.00, too, had it not come late; then those still open at its time.
const WINDOWS: [(i64, i128); 9] = [
    (8 * 60 + 15, 1000),
    (8 * 60 + 30, 1000),
    (8 * 60 + 45, 1000),
    (9 * 60, 1000),
    (9 * 60 + 15, 700),
    (9 * 60 + 30, 1000),
    (9 * 60 + 45, 300),
    (10 * 60, 300),
    (10 * 60 + 15, 300),
];

/// 2025-01-01T00:00:00Z, in minutes.
const DAY: i64 = 1_735_689_600 / 60;

fn assert_worked(shop: &Shop, summary: &serde_json::Value) {
    let micros = |minutes: i64| (DAY + minutes) * 60_000_000;
    let rows = WINDOWS.iter();
    let mut rows: Vec<_> = rows
        .map(|(start, cents)| {
            let (start, end) = (micros(*start), micros(start + 60));
            ("Tea".to_owned(), cents * 100, start, end)
        })
        .collect();
    rows.sort();
    assert_same(&written(shop), &rows);
    for (name, figure) in [
        ("read", json!(3)),
        ("accepted", json!(3)),
        ("rejected", json!(0)),
        ("duplicates", json!(0)),
        ("late", json!(1)),
        ("late_revenue", json!("14.00")),
        ("windows", json!(9)),
        ("written_revenue", json!("66.00")),
        ("open_revenue", json!("0.00")),
        ("accepted_revenue", json!("20.00")),
        ("ended", json!(true)),
    ] {
        assert_eq!(summary[name], figure, "{name}");
    }
    let late = told(shop, "_late");
    assert_eq!(late.len(), 1);
    assert_eq!(late[0]["missed"], 2);
    assert_eq!(late[0]["late_revenue"], "14.00");
    assert_eq!(late[0]["event_time"], "2025-01-01T09:40:00Z");
}

#[test]
fn the_worked_example_from_a_file() {
    let shop = Shop::new();
    shop.write("data/input/a.csv", format!("{HEADER}{SALES}"));
    let summary = in_file_order(&shop, &[]);
    assert_worked(&shop, &summary);
    assert_eq!(told(&shop, "_late")[0]["source"], "data/input/a.csv");
    assert_eq!(told(&shop, "_late")[0]["line"], 4);
}

#[test]
fn the_worked_example_from_stdin() {
    let shop = Shop::new();
    let summary = pipe(&shop, format!("{HEADER}{SALES}").as_bytes(), &[]);
    assert_worked(&shop, &summary);
    assert_eq!(told(&shop, "_late")[0]["line"], 4);
    // As JSON lines, and once more: what came by a pipe begins anew.
    let events: String = SALES
        .lines()
        .map(|line| {
            let fields: Vec<_> = line.split(',').collect();
            let (time, amount) = (fields[1], fields[4]);
            json!({"order_time": time, "product": " Tea ", "amount": amount}).to_string() + "\n"
        })
        .collect();
    let summary = pipe(&shop, events.as_bytes(), &[]);
    assert_worked(&shop, &summary);
    assert_eq!(told(&shop, "_late")[0]["line"], 3);
}

#[test]
fn in_event_time_order_nothing_is_late() {
    let shop = Shop::new();
    shop.write("data/input/a.csv", format!("{HEADER}{SALES}"));
    let summary = play(&shop, &[]);
    assert_eq!(count(&summary, "late"), 0);
    assert_eq!(money(&summary, "written_revenue"), 4 * units("20"));
    assert_eq!(total(&written(&shop)), 4 * units("20"));
}

#[test]
fn classic_files_give_the_published_figures() {
    let shop = Shop::new();
    classic(&shop);
    let args = [
        "stream",
        "--input",
        "data/input",
        "--rate",
        "0",
        "--until-end",
    ];
    let summary = shop.json(&args);
    let rows = written(&shop);
    assert_eq!(rows.len(), 840);
    assert_eq!(total(&rows), 4 * units(CLASSIC));
    assert_eq!(count(&summary, "windows"), 840);
    assert_eq!(count(&summary, "accepted"), 14 * 72);
    assert_eq!(money(&summary, "written_revenue"), 4 * units(CLASSIC));
    assert_eq!(summary["accepted_revenue"], CLASSIC);
    assert_eq!(count(&summary, "late"), 0);
    assert_eq!(summary["passes_complete"], true);
    assert!(output(&shop).join("_SUCCESS").exists());
    let report = shop.json(&["batch"]);
    assert_eq!(report["grand_total"], CLASSIC);
    let verified = shop.run(&["verify"]);
    assert!(verified.status.success(), "{}", stderr(&verified));
}

#[test]
fn a_replay_through_a_pipe_gives_the_same_rows() {
    let shop = Shop::new();
    classic(&shop);
    let replayed = shop.run(&["replay", "--rate", "0"]);
    assert!(replayed.status.success(), "{}", stderr(&replayed));
    let summary = pipe(&shop, &replayed.stdout, &[]);
    assert_eq!(summary["source"], "stdin");
    assert_eq!(money(&summary, "written_revenue"), 4 * units(CLASSIC));
    let by_pipe = written(&shop);
    assert_eq!(by_pipe.len(), 840);
    let of_files = ["--output", "files", "--checkpoint", "state"];
    play(&shop, &of_files);
    assert_same(&crate::rows(&shop.path("files")), &by_pipe);
}

#[test]
fn shuffled_sales_are_late_and_the_identity_makes_up_for_them() {
    let shop = Shop::new();
    classic(&shop);
    let summary = play(&shop, &["--shuffle", "--watermark", "15m"]);
    assert_adds_up(&summary, 4);
    assert_eq!(summary["accepted_revenue"], CLASSIC);
    // Of 1008 sales of 14 days in any order, nearly all come after their windows have closed.
    assert!(count(&summary, "late") > 900, "{summary}");
    let rows = written(&shop);
    assert_eq!(total(&rows), money(&summary, "written_revenue"));
    assert_eq!(
        total(&rows) + money(&summary, "late_revenue"),
        4 * units(CLASSIC)
    );
    let late = told(&shop, "_late");
    assert_eq!(late.len() as u64, count(&summary, "late"));
    let missed = late
        .iter()
        .map(|line| units(line["late_revenue"].as_str().unwrap()));
    assert_eq!(missed.sum::<i128>(), money(&summary, "late_revenue"));
    // By stdin in the same order: the same rows.
    let events = shop.run(&["replay", "--rate", "0", "--shuffle"]);
    let other = ["--output", "piped", "--checkpoint", "state"];
    let piped = pipe(&shop, &events.stdout, &other);
    assert_same(&crate::rows(&shop.path("piped")), &rows);
    assert_eq!(piped["late_revenue"], summary["late_revenue"]);
}
