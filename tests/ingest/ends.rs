//! How a server ends: what it has begun is answered, and what is answered is there.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::broker::{Own, kafka};
use crate::client::{Client, request};
use crate::common::Shop;
use crate::desk::{KEY, Names, committed, try_post};

const SALE: &str = r#"{"product":"Tea","date":"2025-01-01","amount":1}"#;

#[test]
fn a_request_that_has_begun_is_answered() {
    let Some(broker) = kafka() else { return };
    let (shop, names) = (Shop::new(), Names::new());
    for (signal, code) in [("TERM", 143), ("INT", 130)] {
        let server = names.start(&shop, &broker, &[]);
        let mut client = Client::to(&server.address);
        let headers = [("X-API-Key", KEY), ("Content-Type", "application/json")];
        let text = request("POST", &names.path(), &headers, SALE.as_bytes());
        let (first, rest) = text.split_at(text.len() - 10);
        client.send(first);
        // It is being read by now.
        thread::sleep(Duration::from_millis(300));
        server.signal(signal);
        thread::sleep(Duration::from_millis(300));
        assert!(try_post(&server.address, &names.path(), "k", SALE).is_none());
        client.send(rest);
        let answer = client.answer("POST").expect("an answer");
        assert_eq!(answer.status, 201, "{answer:?}");
        let (status, log) = server.end();
        assert_eq!(status.code(), Some(code), "{log}");
    }
    assert_eq!(committed(&broker, &names.sales).len(), 2);
}

#[test]
fn what_was_acknowledged_is_there_and_nothing_else() {
    let Some(broker) = kafka() else { return };
    let (shop, names) = (Shop::new(), Names::new());
    let server = names.start(&shop, &broker, &[]);
    let (taken, path) = (AtomicU64::new(0), names.path());
    let body = format!("[{}]", [SALE; 20].join(","));
    thread::scope(|scope| {
        for number in 0..8 {
            let (taken, path, body, address) = (&taken, &path, &body, &server.address);
            scope.spawn(move || {
                for turn in 0.. {
                    let key = format!("{number}-{turn}");
                    match try_post(address, path, &key, body).map(|answer| answer.status) {
                        Some(201) => taken.fetch_add(20, Ordering::Relaxed),
                        // It says that nothing was sent.
                        Some(503) | None => break,
                        other => panic!("{other:?}"),
                    };
                }
            });
        }
        thread::sleep(Duration::from_secs(2));
        server.signal("TERM");
    });
    let (status, log) = server.end();
    assert_eq!(status.code(), Some(143), "{log}");
    let taken = taken.into_inner();
    assert!(taken > 100, "{taken}");
    assert_eq!(committed(&broker, &names.sales).len() as u64, taken);
}

#[test]
fn without_kafka_it_ends_all_the_same() {
    let Some(own) = Own::start() else { return };
    let (shop, names) = (Shop::new(), Names::new());
    let server = names.start(&shop, &own.address(), &[]);
    own.crash();
    assert_eq!(server.post(&names.path(), SALE).status, 503);
    let began = Instant::now();
    server.signal("TERM");
    let (status, log) = server.end();
    assert_eq!(status.code(), Some(143), "{log}");
    assert!(
        began.elapsed() < Duration::from_secs(28),
        "{:?}",
        began.elapsed()
    );
}
