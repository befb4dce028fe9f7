//! Standard input as it comes.

use std::io::{BufRead, BufReader, Write};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::common::{Shop, stderr};

const SALE: &str = r#"{"product":"Tea","amount":"1.00","order_time":"2025-01-01T09:00:00"}"#;
const LIVE: [&str; 7] = ["replay", "--input", "-", "--order", "file", "--rate", "100"];

#[test]
fn an_event_goes_on_at_once() {
    let shop = Shop::new();
    let (mut run, mut stdin) = shop.start_fed(&LIVE);
    let mut lines = BufReader::new(run.stdout()).lines();
    for _ in 0..3 {
        writeln!(stdin, "{SALE}").unwrap();
        // The pipe stays open and says no more: only so does the line show that nothing waits.
        assert_eq!(lines.next().unwrap().unwrap(), SALE);
    }
    drop(stdin);
    assert!(run.end().status.success());
}

#[test]
fn a_silent_pipe_does_not_hold_up_the_end() {
    let shop = Shop::new();
    let (mut run, mut stdin) = shop.start_fed(&LIVE);
    let mut lines = BufReader::new(run.stdout()).lines();
    writeln!(stdin, "{SALE}").unwrap();
    assert_eq!(lines.next().unwrap().unwrap(), SALE);
    let asked = Instant::now();
    run.signal("INT");
    let output = run.end();
    assert_eq!(output.status.code(), Some(130));
    assert!(
        asked.elapsed() < Duration::from_secs(2),
        "{:?}",
        asked.elapsed()
    );
    assert!(
        stderr(&output).contains("sent     1 to stdout"),
        "{}",
        stderr(&output)
    );
    drop(stdin);
}

#[test]
fn laps_are_those_that_were_sent() {
    let shop = Shop::new();
    shop.write("data/input/a.jsonl", [SALE; 4].join("\n"));
    let mut run = shop.start(&["replay", "--loop", "--rate", "20"]);
    let mut lines = BufReader::new(run.stdout()).lines();
    let mut last = 0;
    for _ in 0..10 {
        let event: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
        last = event["lap"].as_str().unwrap().parse().unwrap();
    }
    assert_eq!(last, 2);
    run.signal("INT");
    let mut sent = 10;
    for line in lines {
        let event: Value = serde_json::from_str(&line.unwrap()).unwrap();
        last = event["lap"].as_str().unwrap().parse().unwrap();
        sent += 1;
    }
    let output = run.end();
    let text = stderr(&output);
    assert!(
        text.contains(&format!("sent     {sent} to stdout")),
        "{text}"
    );
    assert!(text.contains(&format!("laps     {}", last + 1)), "{text}");
}
