//! How a replay ends: at the last row, when nobody listens, by a signal; and what it tells.

use std::io::{BufRead, BufReader, Read};
use std::thread;
use std::time::{Duration, Instant};

use crate::common::{Shop, stderr, stdout};

fn shop(rows: usize) -> Shop {
    let shop = Shop::new();
    let rows: String = (0..rows)
        .map(|i| format!("{i},2025-01-01,Tea,1.00\n"))
        .collect();
    shop.write(
        "data/input/a.csv",
        format!("order_id,order_date,product,amount\n{rows}"),
    );
    shop
}

#[test]
fn the_count_is_told_on_stderr() {
    let shop = shop(7);
    let output = shop.run(&["replay", "--rate", "0"]);
    assert_eq!(stdout(&output).lines().count(), 7);
    let text = stderr(&output);
    let sent = text.lines().find(|line| line.starts_with("sent")).unwrap();
    assert_eq!(sent.split_whitespace().nth(1), Some("7"), "{text}");
    let quiet = shop.run(&["--quiet", "replay", "--rate", "0"]);
    assert_eq!(
        (stderr(&quiet), quiet.stdout),
        (String::new(), output.stdout)
    );
}

#[test]
fn json_and_data_cannot_both_have_stdout() {
    let shop = shop(1);
    let error = shop.fail(&["--json", "replay", "--rate", "0"], 2);
    assert!(error.contains("--json"), "{error}");
    assert!(shop.run(&["--json", "replay"]).stdout.is_empty());
}

#[test]
fn when_nobody_listens_it_ends_without_a_word() {
    let shop = shop(100_000);
    for options in [
        &["--rate", "0"][..],
        &["--rate", "0", "--loop"],
        &["--rate", "1000"],
    ] {
        let mut run = shop.start(&[&["replay"], options].concat());
        let mut lines = BufReader::new(run.stdout()).lines();
        assert!(lines.next().unwrap().unwrap().starts_with('{'));
        drop(lines);
        assert!(run.ends_within(Duration::from_secs(5)), "{options:?}");
        let ended = run.end();
        assert_eq!(ended.status.code(), Some(0), "{options:?}");
        assert!(!stderr(&ended).contains("error"), "{}", stderr(&ended));
    }
}

#[test]
fn a_signal_flushes_what_was_accepted_and_tells_the_count() {
    let shop = shop(1000);
    for (rate, signal, status) in [("500", "INT", 130), ("0", "TERM", 143), ("1", "INT", 130)] {
        let mut run = shop.start(&["replay", "--loop", "--rate", rate]);
        let mut stdout = BufReader::new(run.stdout());
        let mut text = String::new();
        stdout.read_line(&mut text).unwrap();
        let reader = thread::spawn(move || {
            stdout.read_to_string(&mut text).unwrap();
            text
        });
        thread::sleep(Duration::from_millis(400));
        run.signal(signal);
        let asked = Instant::now();
        let ended = run.end();
        assert!(asked.elapsed() < Duration::from_secs(2), "{rate}");
        assert_eq!(ended.status.code(), Some(status), "{}", stderr(&ended));
        let text = reader.join().unwrap();
        assert!(text.ends_with("}\n"), "{rate}: the last event is whole");
        let told = stderr(&ended);
        let sent = told.lines().find(|line| line.starts_with("sent")).unwrap();
        let sent: usize = sent.split_whitespace().nth(1).unwrap().parse().unwrap();
        assert_eq!(text.lines().count(), sent, "{rate}");
        assert!(sent > 0);
        // They are the first ones, each once.
        for (i, line) in text.lines().enumerate() {
            let start = format!("{{\"order_id\":\"{}\",", i % 1000);
            assert!(line.starts_with(&start), "{i}: {line}");
        }
    }
}

#[test]
fn a_replay_sends_nowhere_unless_asked() {
    // Addresses of the environment never make a command produce.
    let shop = shop(3);
    let mut command = shop.retail(&["replay", "--rate", "0"]);
    command.env("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1");
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(stdout(&output).lines().count(), 3);
}

#[test]
fn impossible_requests_are_refused() {
    let shop = shop(1);
    for (options, part) in [
        (&["--order", "time", "--shuffle"][..], "--shuffle"),
        (&["--rate", "5", "--speed", "2"], "--speed"),
        (&["--rate", "many"], "--rate"),
        (&["--speed=-1"], "--speed"),
        (&["--order", "none"], "--order"),
        (&["--delimiter", "ab"], "--delimiter"),
        (&["--input", "-", "--loop"], "--loop"),
        (&["--input", "-", "--input", "data/input"], "-"),
        (&["--laps", "2"], "--laps"),
    ] {
        let error = shop.fail(&[&["replay"], options].concat(), 2);
        assert!(error.contains(part), "{options:?}: {error}");
    }
}
