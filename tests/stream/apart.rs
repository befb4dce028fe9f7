//! What does not count: rejects, late records, duplicates; each kept and counted once.

use std::time::Duration;

use serde_json::{Value, json};

use crate::common::Shop;
use crate::common::figures::{assert_adds_up, count, money, units, wait_for};
use crate::model::HEADER;
use crate::{in_file_order, output, pipe, play, told, written};

const BAD: &str = "1,2025-01-01T09:00:00,Tea,SALE,1.00\n\
                   2,2025-13-01,Tea,SALE,2.00\n\
                   3,,Tea,SALE,3.00\n\
                   4,2025-01-01T09:10:00,Tea,GIFT,4.00\n\
                   5,2025-01-01T09:20:00,Tea,SALE,five\n\
                   6,2025-01-01T09:20:00,Tea,SALE,\n\
                   7,2025-01-01T09:30:00,Tea,SALE,7,more\n\
                   8,2025-01-01T09:40:00,\"Tea\" x,SALE,8.00\n\
                   9,2025-01-01T09:50:00,,SALE,9.00\n";

/// Line in the file and reason.
const REASONS: [(u64, &str); 7] = [
    (3, "bad_time"),
    (4, "missing_time"),
    (5, "unknown_type"),
    (6, "bad_amount"),
    (7, "missing_amount"),
    (8, "too_many_fields"),
    (9, "broken_quoting"),
];

#[test]
fn rejects_are_kept_with_place_and_reason() {
    let shop = Shop::new();
    let text = format!("{HEADER}{BAD}");
    shop.write("data/input/a.csv", &text);
    let by_file = in_file_order(&shop, &[]);
    let of_file = told(&shop, "_rejects");
    let by_pipe = pipe(&shop, text.as_bytes(), &["--fresh"]);
    let of_pipe = told(&shop, "_rejects");
    for (summary, rejects, source) in [
        (by_file, of_file, "data/input/a.csv"),
        (by_pipe, of_pipe, "-"),
    ] {
        assert_eq!(count(&summary, "read"), 9, "{summary}");
        assert_eq!(count(&summary, "accepted"), 2);
        assert_eq!(count(&summary, "rejected"), 7);
        assert_adds_up(&summary, 4);
        assert_eq!(money(&summary, "accepted_revenue"), units("10"));
        let reasons: Vec<_> = rejects
            .iter()
            .map(|r| (r["line"].as_u64().unwrap(), r["reason"].as_str().unwrap()))
            .collect();
        assert_eq!(reasons, REASONS);
        for (line, reason) in REASONS {
            assert_eq!(summary["rejected_by_reason"][reason], 1, "{line}");
        }
        assert!(rejects.iter().all(|reject| reject["source"] == source));
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(rejects[5]["raw"], lines[7]);
    }
    assert!(written(&shop).iter().any(|row| row.0 == "UNKNOWN"));
}

#[test]
fn poison_on_stdin_does_not_stop_the_stream() {
    let shop = Shop::new();
    let good = r#"{"product":"Tea","order_time":"2025-01-01T09:00:00","amount":1.5}"#;
    let mut input = format!("{good}\nnot json\n[1]\n7\nnull\n\"a,b\"\n{{\"product\":").into_bytes();
    input.extend(b"\n{\"product\":\"\xff\",\"date\":\"2025-01-01\",\"amount\":1}\n");
    input.extend(br#"{"product":{"a":1},"date":"2025-01-01","amount":[2]}"#);
    input.extend(b"\n{\"product\":\"");
    input.extend(vec![b'x'; 20 << 20]);
    input.extend(format!("\"}}\n\n{good}\n").as_bytes());
    let summary = pipe(&shop, &input, &[]);
    assert_eq!(count(&summary, "accepted"), 2, "{summary}");
    assert_eq!(count(&summary, "rejected"), 9, "{summary}");
    assert_eq!(count(&summary, "read"), 11);
    assert_eq!(summary["rejected_by_reason"]["too_long"], 1, "{summary}");
    assert_eq!(
        summary["rejected_by_reason"]["invalid_utf8"], 1,
        "{summary}"
    );
    assert_eq!(money(&summary, "written_revenue"), 4 * units("3"));
    let rejects = told(&shop, "_rejects");
    assert_eq!(rejects.len(), 9);
    assert_eq!(rejects[0]["raw"], "not json");
    assert_eq!(rejects[0]["line"], 2);
}

fn keyed(rows: &[(&str, &str, &str)]) -> String {
    let line = |(id, time, amount): &(&str, &str, &str)| format!("{id},{time},Tea,,{amount}\n");
    HEADER.to_owned() + &rows.iter().map(line).collect::<String>()
}

#[test]
fn a_key_counts_once_within_its_horizon() {
    let shop = Shop::new();
    let sales = [
        ("a", "2025-01-01T10:00:00", "1.00"),
        ("a", "2025-01-01T10:05:00", "2.00"),
        ("A", "2025-01-01T10:05:00", "4.00"),
        ("", "2025-01-01T10:05:00", "8.00"),
        ("", "2025-01-01T10:05:00", "8.00"),
        // Moves the watermark to 12:00:00: the key's time + 2 h is reached, not passed.
        ("b", "2025-01-01T12:15:00", "16.00"),
        ("a", "2025-01-01T12:16:00", "32.00"),
        // To 12:00:01: passed.
        ("c", "2025-01-01T12:15:01", "64.00"),
        ("a", "2025-01-01T12:17:00", "128.00"),
        ("a", "2025-01-01T12:18:00", "256.00"),
    ];
    shop.write("data/input/a.csv", keyed(&sales));
    let options = ["--dedup", "order_id", "--dedup-horizon", "2h"];
    let summary = in_file_order(&shop, &options);
    assert_eq!(count(&summary, "duplicates"), 3, "{summary}");
    assert_eq!(summary["accepted_revenue"], "229.00");
    assert_adds_up(&summary, 4);
    let summary = pipe(
        &shop,
        keyed(&sales).as_bytes(),
        &[&options[..], &["--fresh"]].concat(),
    );
    assert_eq!(summary["accepted_revenue"], "229.00");
    // With a horizon of days, every later "a" falls.
    let summary = in_file_order(&shop, &["--dedup", "order_id", "--fresh"]);
    assert_eq!(count(&summary, "duplicates"), 4);
    assert_eq!(summary["accepted_revenue"], "101.00");
    // And without a key nothing does.
    let summary = in_file_order(&shop, &["--fresh"]);
    assert_eq!(count(&summary, "duplicates"), 0);
    assert_eq!(summary["accepted_revenue"], "519.00");
}

#[test]
fn a_duplicate_does_not_move_the_watermark() {
    let shop = Shop::new();
    let sales = [
        ("a", "2025-01-01T10:00:00", "1.00"),
        ("a", "2025-01-02T10:00:00", "2.00"),
        ("b", "2025-01-01T10:00:00", "4.00"),
    ];
    shop.write("data/input/a.csv", keyed(&sales));
    let summary = in_file_order(&shop, &["--dedup", "order_id"]);
    assert_eq!(count(&summary, "duplicates"), 1);
    assert_eq!(count(&summary, "late"), 0);
    assert_eq!(money(&summary, "written_revenue"), 4 * units("5"));
}

#[test]
fn keys_outlive_a_restart() {
    let shop = Shop::new();
    shop.write(
        "data/input/a.csv",
        keyed(&[("a", "2025-01-01T10:00:00", "1.00")]),
    );
    play(&shop, &["--dedup", "order_id"]);
    let more = [
        ("a", "2025-01-01T20:00:00", "2.00"),
        ("b", "2025-01-01T20:00:00", "4.00"),
    ];
    shop.write("data/input/b.csv", keyed(&more));
    let summary = play(&shop, &["--dedup", "order_id"]);
    assert_eq!(count(&summary, "duplicates"), 1);
    assert_eq!(summary["accepted_revenue"], "5.00");
}

#[test]
fn the_lap_is_part_of_the_key() {
    let shop = Shop::new();
    let sales = [
        ("a", "2025-01-01T10:00:00", "1.00"),
        ("a", "2025-01-01T11:00:00", "2.00"),
        ("b", "2025-01-01T12:00:00", "4.00"),
    ];
    shop.write("data/input/a.csv", keyed(&sales));
    // The horizon spans any number of laps: only the lap tells their keys apart.
    let options = ["--dedup", "order_id", "--dedup-horizon", "10000d"];
    let args = [
        &["--json", "stream", "--loop", "--rate", "300"],
        &options[..],
    ]
    .concat();
    let mut run = shop.start(&args);
    wait_for(&output(&shop), Duration::from_secs(20), |view| {
        count(view, "read") >= 60
    });
    run.signal("INT");
    let ended = run.end();
    assert_eq!(ended.status.code(), Some(130));
    let summary: Value = serde_json::from_slice(&ended.stdout).unwrap();
    let laps = count(&summary, "read") / 3;
    let rest = count(&summary, "read") % 3;
    assert!(laps >= 20, "{summary}");
    assert_eq!(count(&summary, "duplicates"), laps + u64::from(rest > 1));
    let expected = i128::from(5 * laps + u64::from(rest > 0)) * 10_000;
    assert_eq!(money(&summary, "accepted_revenue"), expected);
    assert_eq!(summary["laps"], json!(laps), "{summary}");
    assert_adds_up(&summary, 4);
}

#[test]
fn the_far_future_is_believed_in_files() {
    // Their result must not depend on the day they are run.
    let shop = Shop::new();
    shop.write(
        "data/input/a.csv",
        keyed(&[("a", "2999-01-01T10:00:00", "1.00")]),
    );
    let summary = play(&shop, &["--max-event-jump", "1d"]);
    assert_eq!(count(&summary, "accepted"), 1);
    assert_eq!(money(&summary, "written_revenue"), 4 * units("1"));
}
