//! How a stream is asked to end, and what it is asked in vain.

use std::io::Write;
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::common::figures::{assert_adds_up, classic, count, money, total, wait_for};
use crate::common::{Running, Shop};
use crate::model::HEADER;
use crate::{output, stderr, written};

const PATIENCE: Duration = Duration::from_secs(20);

/// Starts it, waits until it has read more than `read`.
fn looping(shop: &Shop, rate: &str, read: u64) -> Running {
    let run = shop.start(&["--json", "stream", "--loop", "--rate", rate]);
    wait_for(&output(shop), PATIENCE, |view| count(view, "read") > read);
    run
}

/// Ended by a signal within two seconds: everything committed, and the summary says so.
fn drained(shop: &Shop, run: Running, status: i32) -> Value {
    let asked = Instant::now();
    let ended = run.end();
    assert!(asked.elapsed() < Duration::from_secs(2));
    assert_eq!(ended.status.code(), Some(status), "{}", stderr(&ended));
    assert!(!stderr(&ended).contains("error"), "{}", stderr(&ended));
    let summary: Value = serde_json::from_slice(&ended.stdout).expect("one JSON object");
    assert_adds_up(&summary, 4);
    assert_eq!(summary["ended"], false);
    // Closed windows are in the output, and open ones are not closed for the signal.
    let rows = written(shop);
    assert_eq!(rows.len() as u64, count(&summary, "windows"));
    assert_eq!(total(&rows), money(&summary, "written_revenue"));
    assert_ne!(money(&summary, "open_revenue"), 0);
    assert!(!output(shop).join("_SUCCESS").exists());
    summary
}

#[test]
fn a_signal_drains_a_loop_and_the_next_start_resumes() {
    let shop = Shop::new();
    classic(&shop);
    let mut read = 0;
    for (rate, signal, status) in [("0", "INT", 130), ("300", "TERM", 143), ("0", "TERM", 143)] {
        let mut run = looping(&shop, rate, read);
        sleep(Duration::from_millis(300));
        run.signal(signal);
        let summary = drained(&shop, run, status);
        assert!(count(&summary, "read") > read, "{summary}");
        read = count(&summary, "read");
        // Whole laps of the published figure, and a begun one.
        let laps = count(&summary, "laps");
        assert_eq!(laps, read / (14 * 72));
    }
}

#[test]
fn a_signal_at_the_first_moment_is_heard() {
    let shop = Shop::new();
    classic(&shop);
    for millis in [0, 5, 10, 20] {
        let mut run = shop.start(&["--json", "stream", "--loop", "--rate", "0"]);
        sleep(Duration::from_millis(millis));
        // Not INT, which whoever started the tests may have had ignored.
        run.signal("TERM");
        let asked = Instant::now();
        let ended = run.end();
        assert!(asked.elapsed() < Duration::from_secs(2), "{millis}");
        // Before it listens for signals, the system ends it.
        let code = ended.status.code();
        assert!(
            code == Some(143) || code.is_none(),
            "{millis}: {}",
            stderr(&ended)
        );
    }
}

#[test]
fn a_signal_and_its_echo_are_one_request() {
    let shop = Shop::new();
    classic(&shop);
    for (signal, status) in [("INT", 130), ("TERM", 143)] {
        let read = crate::common::figures::open_windows(&output(&shop));
        let read = read.map_or(0, |view| count(&view, "read"));
        let mut run = looping(&shop, "0", read);
        run.signal(signal);
        run.signal(signal);
        drained(&shop, run, status);
    }
}

#[test]
fn a_pipe_drains_too() {
    let shop = Shop::new();
    let (mut run, mut stdin) = shop.start_fed(&["--json", "stream", "--input", "-"]);
    let sale =
        format!("{HEADER}1,2025-01-01T09:00:00,Tea,,1.50\n2,2025-01-01T12:00:00,Tea,,1.50\n");
    stdin.write_all(sale.as_bytes()).unwrap();
    wait_for(&output(&shop), PATIENCE, |view| count(view, "read") == 2);
    run.signal("INT");
    let summary = drained(&shop, run, 130);
    assert_eq!(summary["written_revenue"], "6.00");
    assert_eq!(summary["open_revenue"], "6.00");
    drop(stdin);
}

#[test]
fn impossible_requests_are_refused_before_anything_is_made() {
    let shop = Shop::new();
    shop.write(
        "data/input/a.csv",
        format!("{HEADER}1,2025-01-01T09:00:00,Tea,,1.50\n"),
    );
    for (options, part) in [
        (&["--until-end", "--loop"][..], "--until-end"),
        (&["--window", "1h", "--slide", "25m"], "--slide"),
        (&["--window", "1h", "--slide", "2h"], "--slide"),
        (&["--window", "0s"], "--slide"),
        (&["--slide", "0s"], "--slide"),
        (&["--window", "10h", "--slide", "1s"], "--slide"),
        (&["--window", "1 hour"], "--window"),
        (&["--rate=-1"], "--rate"),
        (&["--rate", "fast"], "--rate"),
        (&["--rate", "NaN"], "--rate"),
        (&["--speed", "0"], "--speed"),
        (&["--rate", "5", "--speed", "60"], "--speed"),
        (&["--order", "random"], "--order"),
        (&["--order", "time", "--shuffle"], "--shuffle"),
        (&["--input", "-", "--loop"], "--input"),
        (&["--input", "-", "--rate", "5"], "--input"),
        (&["--input", "-", "--input", "data/input"], "--input"),
        (&["--dlq", "letters", "--rate", "0"], "--dlq"),
        (&["--map", "colour=x"], "colour"),
        (&["--windows", "1h"], "--window"),
        (&["more"], "more"),
    ] {
        let output = shop.run(&[&["stream"], options].concat());
        let text = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{options:?}: {text}");
        assert!(text.contains(part), "{options:?}: {text}");
        assert!(output.stdout.is_empty());
    }
    assert!(!shop.path("checkpoints").exists());
    assert!(!shop.path("data/output").exists());
}

#[test]
fn the_environment_does_not_change_where_typed_input_comes_from() {
    let shop = Shop::new();
    shop.write(
        "data/input/a.csv",
        format!("{HEADER}1,2025-01-01T09:00:00,Tea,,1.50\n"),
    );
    for (i, options) in [&["--rate", "0"][..], &["--input", "data/input"]]
        .iter()
        .enumerate()
    {
        let folders = [format!("out{i}"), format!("state{i}")];
        let places = ["--output", &folders[0], "--checkpoint", &folders[1]];
        let args = [&["--json", "stream"], *options, &places[..]].concat();
        let run = shop
            .retail(&args)
            .env("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
            .output();
        let run = run.unwrap();
        assert!(run.status.success(), "{}", stderr(&run));
        let summary: Value = serde_json::from_slice(&run.stdout).unwrap();
        assert_eq!(summary["source"], "files");
        assert_eq!(summary["ended"], true);
    }
}
