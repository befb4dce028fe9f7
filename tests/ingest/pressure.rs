//! Kafka that is gone, and more than can be held: refused in time and in memory.

use std::thread;
use std::time::{Duration, Instant};

use crate::broker::{Own, kafka};
use crate::client::{Client, request};
use crate::common::Shop;
use crate::desk::{Ingest, KEY, Names, committed};
use crate::world::{PATIENCE, until};

const SALE: &str = r#"{"product":"Tea","date":"2025-01-01","amount":1}"#;

#[test]
fn without_kafka_nothing_is_acknowledged_and_nothing_lost() {
    let Some(own) = Own::start() else { return };
    let (shop, names) = (Shop::new(), Names::new());
    let server = names.start(&shop, &own.address(), &["--max-requests", "6"]);
    let post = |key: &str| server.post_once(&names.path(), key, SALE);
    assert_eq!(post("a").status, 201);
    assert_eq!(server.health(), 200);
    own.crash();
    let began = Instant::now();
    let answers: Vec<_> = thread::scope(|scope| {
        let number = |n: u8| format!("b{n}");
        let all: Vec<_> = (0..12)
            .map(|n| scope.spawn(move || post(&number(n))))
            .collect();
        all.into_iter()
            .map(|one| one.join().expect("answered"))
            .collect()
    });
    assert!(
        began.elapsed() < Duration::from_secs(13),
        "{:?}",
        began.elapsed()
    );
    for answer in &answers {
        assert_eq!(answer.status, 503, "{answer:?}");
        let after = answer.header("retry-after").expect("a time");
        assert!(after.parse::<u32>().is_ok_and(|seconds| seconds >= 1));
    }
    let full = answers
        .iter()
        .filter(|a| a.detail().contains("too much waits"));
    assert_eq!(full.count(), 6, "{answers:?}");
    // From now on it is known.
    let began = Instant::now();
    assert_eq!(post("c").status, 503);
    assert_eq!(server.health(), 503);
    assert!(server.metrics().contains("\nretail_ingest_kafka_up 0\n"));
    assert!(
        began.elapsed() < Duration::from_secs(1),
        "{:?}",
        began.elapsed()
    );
    own.begin();
    until(PATIENCE * 2, || server.health() == 200);
    assert_eq!(post("a").header("idempotency-replayed"), Some("true"));
    for n in 0..12 {
        assert_eq!(post(&format!("b{n}")).status, 201);
    }
    assert_eq!(committed(&own.address(), &names.sales).len(), 13);
    assert!(
        server
            .metrics()
            .contains("failed_total{reason=\"no_room\"} 6\n")
    );
}

/// The head of a request, and a part of its body; the rest is owed.
fn half(server: &Ingest, path: &str, length: usize, part: usize) -> Client {
    let mut client = Client::to(&server.address);
    let told = length.to_string();
    let headers = [
        ("X-API-Key", KEY),
        ("Content-Type", "application/json"),
        ("Content-Length", &told),
    ];
    let head = request("POST", path, &headers, &vec![b' '; part]);
    client.send(head);
    client
}

#[test]
fn what_waits_is_bounded_in_bytes() {
    let Some(broker) = kafka() else { return };
    let (shop, names) = (Shop::new(), Names::new());
    let limits = ["--max-body", "16KiB", "--max-waiting", "20KiB"];
    let server = names.start(&shop, &broker, &limits);
    let padded = format!("{}{SALE}", " ".repeat(10_000));
    let mut slow = half(&server, &names.path(), padded.len(), 10_000);
    until(PATIENCE, || {
        server
            .metrics()
            .contains("\nretail_ingest_waiting_bytes 10000\n")
    });
    let answer = server.post(&names.path(), &format!("{}{SALE}", " ".repeat(12_000)));
    assert_eq!(answer.status, 503, "{answer:?}");
    assert_eq!(answer.header("retry-after"), Some("1"));
    // There is room for a small one.
    assert_eq!(server.post(&names.path(), SALE).status, 201);
    slow.send(SALE);
    assert_eq!(slow.answer("POST").expect("an answer").status, 201);
    assert_eq!(server.post(&names.path(), &padded).status, 201);
    assert_eq!(committed(&broker, &names.sales).len(), 3);
    until(PATIENCE, || {
        server
            .metrics()
            .contains("\nretail_ingest_waiting_bytes 0\n")
    });
}

#[test]
fn many_large_bodies_at_once_do_not_fill_the_memory() {
    let Some(broker) = kafka() else { return };
    let (shop, names) = (Shop::new(), Names::new());
    let server = names.start(&shop, &broker, &["--max-waiting", "16MiB"]);
    let before = server.memory();
    let size = (4 << 20) - 1;
    let all: Vec<_> = thread::scope(|scope| {
        let send = || half(&server, &names.path(), size + 1, size);
        let all: Vec<_> = (0..40).map(|_| scope.spawn(send)).collect();
        all.into_iter()
            .map(|one| one.join().expect("sent"))
            .collect()
    });
    let after = server.memory();
    assert!(
        after < before + (64 << 10),
        "{before} KiB, then {after} KiB"
    );
    drop(all);
    until(PATIENCE, || server.post(&names.path(), SALE).status == 201);
}

#[test]
fn slow_clients_and_eager_ones_are_told() {
    let Some(broker) = kafka() else { return };
    let (shop, names) = (Shop::new(), Names::new());
    let server = names.start(&shop, &broker, &["--rate-limit", "2"]);
    let began = Instant::now();
    let mut slow = half(&server, &names.path(), 100, 10);
    let statuses: Vec<u16> = (0..8)
        .map(|_| {
            let answer = server.post(&names.path(), SALE);
            let limited = answer.status == 429;
            assert_eq!(limited, answer.header("retry-after").is_some());
            answer.status
        })
        .collect();
    assert!(
        statuses.contains(&201) && statuses.contains(&429),
        "{statuses:?}"
    );
    let answer = slow.answer("POST").expect("an answer");
    assert_eq!(answer.status, 408, "{answer:?}");
    let took = began.elapsed().as_secs_f64();
    assert!((9.0..14.0).contains(&took), "{took}");
}

/// What a dashboard shows: the list stands in `tests/metrics`, too.
#[test]
fn all_its_metrics_are_told() {
    let Some(broker) = kafka() else { return };
    let (shop, names) = (Shop::new(), Names::new());
    let server = names.start(&shop, &broker, &["--max-requests", "1"]);
    for _ in 0..2 {
        assert_eq!(server.post_once(&names.path(), "a", SALE).status, 201);
    }
    assert_eq!(server.post(&names.path(), "{}").status, 422);
    let slow = half(&server, &names.path(), 100, 10);
    until(PATIENCE, || {
        server
            .metrics()
            .contains("\nretail_ingest_waiting_requests 1\n")
    });
    assert_eq!(server.post(&names.path(), SALE).status, 503);
    let told = server.metrics();
    for line in [
        format!(
            "retail_ingest_records_accepted_total{{topic=\"{}\"}} 1",
            names.sales
        ),
        "retail_ingest_records_rejected_total{reason=\"missing_time\"} 1".to_owned(),
        "retail_ingest_requests_repeated_total 1".to_owned(),
        "retail_ingest_requests_failed_total{reason=\"no_room\"} 1".to_owned(),
        "retail_ingest_waiting_bytes 1024".to_owned(),
        "retail_ingest_idempotency_keys 1".to_owned(),
        "retail_ingest_kafka_up 1".to_owned(),
        "retail_ingest_delivery_duration_seconds_count 1".to_owned(),
    ] {
        assert!(told.contains(&format!("\n{line}\n")), "{line}: {told}");
    }
    drop(slow);
}
