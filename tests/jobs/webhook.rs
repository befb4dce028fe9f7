//! Alerts to a webhook, which a listener of the test's own answers for.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::common::{Running, Shop, stderr};

/// What a receiver was sent.
type Bodies = Arc<Mutex<Vec<Value>>>;

/// A receiver that gives these answers in turn, the last for ever.
fn receiver(answers: &[&'static str]) -> (String, Bodies) {
    let (url, bodies, _) = counting(answers);
    (url, bodies)
}

/// The same, with how many times it has been asked.
fn counting(answers: &[&'static str]) -> (String, Bodies, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!(
        "http://{}/alerts",
        listener.local_addr().expect("an address")
    );
    let answers = answers.to_vec();
    let bodies = Bodies::default();
    let kept = Arc::clone(&bodies);
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    thread::spawn(move || {
        let mut turn = 0;
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let mut reader = BufReader::new(stream.try_clone().expect("a reader"));
            loop {
                let mut length = 0;
                let mut line = String::new();
                while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
                    let lower = line.to_ascii_lowercase();
                    if let Some(text) = lower.strip_prefix("content-length:") {
                        length = text.trim().parse().expect("a length");
                    }
                    line.clear();
                }
                if length == 0 {
                    break;
                }
                let mut body = vec![0; length];
                reader.read_exact(&mut body).expect("a body");
                let answer = answers[turn.min(answers.len() - 1)];
                turn += 1;
                if answer.starts_with('2') {
                    let body = serde_json::from_slice(&body).expect("JSON");
                    kept.lock().expect("kept").push(body);
                }
                let head = format!("HTTP/1.1 {answer}\r\ncontent-length: 0\r\n\r\n");
                stream.write_all(head.as_bytes()).expect("answered");
                count.fetch_add(1, Ordering::SeqCst);
            }
        }
    });
    (url, bodies, asked)
}

/// Sales above the threshold by these customers, a minute apart.
fn sales(customers: &[&str]) -> String {
    let sales = customers.iter().enumerate().map(|(minute, customer)| {
        format!(
            r#"{{"order_id":"o{minute}","customer_id":"{customer}","product":"Ring","amount":9000,"order_time":"2025-01-01T10:{minute:02}:00"}}"#
        )
    });
    sales.collect::<Vec<_>>().join("\n")
}

fn arguments(url: &str) -> [&str; 9] {
    [
        "stream",
        "--job",
        "anomalies",
        "--input",
        "sales.jsonl",
        "--rate",
        "0",
        "--webhook",
        url,
    ]
}

/// The same without an end, and so slow that few alerts wait.
fn looped(url: &str) -> Vec<&str> {
    let mut all = [&["--json"], &arguments(url)[..], &["--loop"]].concat();
    all.iter_mut()
        .filter(|argument| **argument == "0")
        .for_each(|rate| *rate = "20");
    all
}

fn stream(shop: &Shop, url: &str) -> Value {
    shop.json(&arguments(url))
}

#[test]
fn each_trouble_is_told_once_and_tried_until_it_is_taken() {
    let shop = Shop::new();
    shop.write("sales.jsonl", sales(&["ada", "bob", "ada"]));
    let busy = &["503 Busy", "429 Slow down", "200 OK"];
    let (url, bodies) = receiver(busy);
    let summary = stream(&shop, &url);
    assert_eq!(summary["jobs"]["anomalies"]["high_value"], 3);
    let webhook = &summary["webhook"];
    assert_eq!(
        (&webhook["sent"], &webhook["repeated"]),
        (&2.into(), &1.into())
    );
    assert_eq!(webhook["failed"], 0);
    let bodies = bodies.lock().expect("kept");
    let told: Vec<_> = bodies
        .iter()
        .map(|body| (&body["user_id"], &body["alert_type"]))
        .collect();
    let high = Value::from("high_value");
    assert_eq!(told, [(&"ada".into(), &high), (&"bob".into(), &high)]);
    assert_eq!(bodies[0]["table"], "anomalies");
}

#[test]
fn what_is_refused_is_counted_and_stands_in_the_table() {
    let shop = Shop::new();
    shop.write("sales.jsonl", sales(&["ada"]));
    let (url, _) = receiver(&["400 No"]);
    let summary = stream(&shop, &url);
    assert_eq!(summary["webhook"]["failed"], 1);
    assert_eq!(summary["jobs"]["anomalies"]["rows"]["anomalies"], 1);
}

#[test]
fn a_redirect_is_not_followed_and_counts_as_refused() {
    let shop = Shop::new();
    shop.write("sales.jsonl", sales(&["ada"]));
    let (elsewhere, bodies) = receiver(&["200 OK"]);
    let location = format!("302 Found\r\nlocation: {elsewhere}");
    let (url, _) = receiver(&[location.leak()]);
    let output = shop.run(&[&["--json"], &arguments(&url)[..]].concat());
    let summary: Value = serde_json::from_slice(&output.stdout).expect("a summary");
    let webhook = &summary["webhook"];
    assert_eq!(
        (&webhook["sent"], &webhook["failed"]),
        (&0.into(), &1.into())
    );
    assert!(bodies.lock().expect("kept").is_empty());
    assert!(stderr(&output).contains("302"), "{}", stderr(&output));
}

#[test]
fn sales_of_one_second_that_differ_are_two_alerts() {
    let shop = Shop::new();
    let sale = |amount| {
        let place = r#""store_id":"S1","product_id":"p1""#;
        format!(r#"{{{place},"amount":{amount},"timestamp":"2025-01-01T10:00:00"}}"#)
    };
    shop.write("sales.jsonl", [sale(6000), sale(7000)].join("\n"));
    let (url, bodies) = receiver(&["200 OK"]);
    let quiet = ["--webhook-quiet", "0s"];
    let summary = shop.json(&[&arguments(&url)[..], &quiet].concat());
    assert_eq!(summary["jobs"]["anomalies"]["rows"]["anomalies"], 2);
    assert_eq!(summary["webhook"]["sent"], 2);
    let bodies = bodies.lock().expect("kept");
    assert_ne!(bodies[0]["alert_id"], bodies[1]["alert_id"]);
}

#[test]
fn what_waits_when_it_is_killed_is_told_by_the_next_start() {
    let shop = Shop::new();
    shop.write("sales.jsonl", sales(&["ada", "bob", "eve"]));
    let (broken, bodies) = receiver(&["200 OK", "503 Busy"]);
    let mut run = Running::of(shop.retail(&arguments(&broken)));
    // All is committed and in files, but not told.
    let done = shop.path("data/output/live/_SUCCESS");
    let first = || bodies.lock().expect("kept").len() == 1;
    assert!(run.until(|| done.exists() && first()));
    run.kill();
    let (url, bodies) = receiver(&["200 OK"]);
    let summary = stream(&shop, &url);
    // It reads nothing any more.
    assert_eq!(
        (&summary["read"], &summary["rows_per_second"]),
        (&3.into(), &0.into())
    );
    let webhook = &summary["webhook"];
    // The first may be told again.
    let told: Vec<_> = bodies.lock().expect("kept").to_vec();
    let told: Vec<_> = told.iter().map(|body| &body["user_id"]).collect();
    assert!(told.ends_with(&[&"bob".into(), &"eve".into()]), "{told:?}");
    assert_eq!(webhook["sent"], told.len());
    assert_eq!(
        (&webhook["failed"], &webhook["unsent"]),
        (&0.into(), &0.into())
    );
    // What is told now is not told again.
    let summary = stream(&shop, &url);
    assert_eq!(summary["webhook"]["sent"], 0);
    assert_eq!(bodies.lock().expect("kept").len(), told.len());
}

#[test]
fn a_signal_waits_for_alerts_no_longer_than_it_says_and_counts_those_that_are_left() {
    let shop = Shop::new();
    shop.write("sales.jsonl", sales(&["ada", "bob", "eve"]));
    let (broken, _, asked) = counting(&["200 OK", "503 Busy"]);
    // Another lap makes final what the one before said. Once the second is refused, it waits.
    let mut run = Running::of(shop.retail(&looped(&broken)));
    assert!(run.until(|| asked.load(Ordering::SeqCst) > 1));
    run.signal("TERM");
    assert!(run.ends_within(Duration::from_secs(15)));
    let output = run.end();
    assert_eq!(output.status.code(), Some(143));
    let summary: Value = serde_json::from_slice(&output.stdout).expect("a summary");
    let webhook = &summary["webhook"];
    assert_eq!(
        (&webhook["sent"], &webhook["failed"]),
        (&1.into(), &0.into())
    );
    assert!(webhook["unsent"].as_u64() >= Some(1), "{webhook}");
    // The next start tells them.
    let (url, bodies) = receiver(&["200 OK"]);
    let mut run = Running::of(shop.retail(&looped(&url)));
    assert!(run.until(|| !bodies.lock().expect("kept").is_empty()));
    run.signal("TERM");
    run.end();
    assert_eq!(bodies.lock().expect("kept")[0]["user_id"], "bob");
}

#[test]
fn what_is_no_address_is_refused_without_repeating_it() {
    let shop = Shop::new();
    shop.write("sales.jsonl", sales(&["ada"]));
    let args = [
        "stream",
        "--job",
        "anomalies",
        "--input",
        "sales.jsonl",
        "--webhook",
    ];
    let error = shop.fail(&[&args[..], &["ftp://secret@host"]].concat(), 2);
    assert!(
        error.contains("--webhook") && !error.contains("secret"),
        "{error}"
    );
}
