//! What ends at once is said in portions, which commits and restarts may come between.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::bench::{Bench, at, view};
use crate::stream::jobs::out::FULL;

/// Keys that end at once.
const KEYS: usize = 5 * FULL / 2;

/// Lets everything that the watermark has passed be said, with a restart after each portion.
fn advance(bench: &mut Bench) -> usize {
    let mut portions = 0;
    loop {
        let stage = &mut bench.stage;
        let (mark, before) = (stage.marks.all(stage.job.marks()), stage.out.rows.len());
        let more = stage.job.advance(mark.unwrap(), &mut stage.out);
        let said = stage.out.rows.len() - before;
        // A key says all of its own windows.
        assert!(said < FULL + 5, "{said}");
        bench.restart();
        portions += 1;
        if !more {
            return portions;
        }
    }
}

fn assert_once(bench: &Bench, columns: &[&str], wanted: usize) {
    let rows = bench.rows();
    let names = rows.iter().map(|row| {
        let cells = columns.iter().map(|column| row[*column].to_string());
        cells.collect::<Vec<_>>()
    });
    assert_eq!(names.collect::<BTreeSet<_>>().len(), wanted);
    assert_eq!(rows.len(), wanted);
}

#[test]
fn visits_that_end_at_once() {
    let mut bench = Bench::new("sessions", &[]);
    for n in 0..KEYS {
        bench.event(0, &view(&format!("u{n}"), &format!("s{n}"), 0, "p"));
    }
    bench.event(0, &view("last", "last", 7_200, "p"));
    assert_eq!(advance(&mut bench), 3);
    assert_once(&bench, &["session_id"], KEYS);
    // The end of the source comes in portions, too.
    for n in 0..KEYS {
        bench.event(0, &view(&format!("u{n}"), &format!("t{n}"), 7_200, "p"));
    }
    while bench.stage.job.finish(&mut bench.stage.out) {
        bench.restart();
    }
    assert_once(&bench, &["session_id"], 2 * KEYS + 1);
}

#[test]
fn windows_that_end_at_once() {
    let sale = |n: usize, seconds: i64| -> Value {
        json!({"transaction_id": format!("t{n}"), "timestamp": at(seconds), "store_id": "S",
            "product_id": format!("p{n}"), "quantity": 1, "unit_price": "2.50"})
    };
    let mut bench = Bench::new("sales", &["window=5m", "slide=1m"]);
    for n in 0..KEYS {
        bench.event(0, &sale(n, 600));
    }
    // Two of the five windows of each stay open.
    bench.event(0, &sale(KEYS, 840));
    let columns = ["product_id", "window_start"];
    assert!(advance(&mut bench) > 2);
    let before = bench.rows().len();
    assert_eq!(before % KEYS, 0);
    for n in 0..KEYS {
        bench.event(0, &sale(n, 840));
    }
    while bench.stage.job.finish(&mut bench.stage.out) {
        bench.restart();
    }
    // From 10 and from 14 minutes on: windows that begin in the nine minutes from the sixth on.
    assert_once(&bench, &columns, 9 * KEYS + 5);
    let tally = bench.stage.job.tally();
    assert_eq!(tally.written + tally.missed, tally.placed);
    assert_eq!(tally.placed, (2 * KEYS as i128 + 1) * 5 * 25_000);
}
