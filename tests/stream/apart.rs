//! What does not count: rejects, late records, duplicates; each kept and counted once.

use crate::common::Shop;
use crate::common::figures::{assert_adds_up, count, money, units};
use crate::keys::csv;
use crate::model::HEADER;
use crate::{in_file_order, pipe, play, told, written};

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

#[test]
fn the_far_future_is_believed_in_files() {
    // Their result must not depend on the day they are run.
    let shop = Shop::new();
    shop.write(
        "data/input/a.csv",
        csv(&[("a", "2999-01-01T10:00:00", "1.00")]),
    );
    let summary = play(&shop, &["--max-event-jump", "1d"]);
    assert_eq!(count(&summary, "accepted"), 1);
    assert_eq!(money(&summary, "written_revenue"), 4 * units("1"));
}
