//! A request with an idempotency key is sent once.

use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::broker::kafka;
use crate::common::Shop;
use crate::desk::{Names, committed, texts};

fn sale(product: &str) -> String {
    format!(r#"{{"product":"{product}","date":"2025-01-01","amount":1}}"#)
}

#[test]
fn the_same_request_is_answered_as_before_and_sent_once() {
    let Some(broker) = kafka() else { return };
    let (shop, names) = (Shop::new(), Names::new());
    let server = names.start(&shop, &broker, &[]);
    let both = format!("[{},{}]", sale("a"), sale("b"));
    let mixed = format!("[{},7]", sale("c"));
    let order = r#"{"customer_id":5,"source":"Dine In","quantity":2}"#;
    let partial = format!("{}?partial=true", names.path());
    let requests = [
        (names.path(), "k1", both.as_str(), 201),
        (partial.clone(), "k2", &mixed, 207),
        ("/orderitem".to_owned(), "k3", order, 201),
    ];
    let first = requests.each_ref().map(|(path, key, body, status)| {
        let answer = server.post_once(path, key, body);
        assert_eq!(answer.status, *status, "{answer:?}");
        assert_eq!(answer.header("idempotency-replayed"), None);
        answer.text()
    });
    let again = |server: &crate::desk::Ingest| {
        for ((path, key, body, status), first) in requests.iter().zip(&first) {
            let answer = server.post_once(path, key, body);
            assert_eq!((answer.status, &answer.text()), (*status, first));
            assert_eq!(answer.header("idempotency-replayed"), Some("true"));
        }
        // Another body, another address, or the other way to deal with bad records.
        for (path, key, body) in [
            (&names.path(), "k1", sale("a").as_str()),
            (&partial, "k1", &both),
            (&format!("/ingest/{}", names.events), "k1", &both),
            (&"/orderitem".to_owned(), "k1", order),
            (&names.path(), "k3", &both),
        ] {
            let answer = server.post_once(path, key, body);
            assert_eq!(answer.status, 422, "{path} {key} {answer:?}");
            let kind = &answer.json()["detail"][0]["type"];
            assert_eq!(*kind, json!("idempotency_key_reuse"));
        }
    };
    again(&server);
    // A request that was refused has not used its key.
    assert_eq!(server.post_once(&names.path(), "k4", "7").status, 422);
    assert_eq!(
        server.post_once(&names.path(), "k4", &sale("d")).status,
        201
    );
    server.crash();
    let server = names.start(&shop, &broker, &[]);
    again(&server);
    assert_eq!(
        server.post_once(&names.path(), "k5", &sale("e")).status,
        201
    );
    // Without a key every request is another one.
    for _ in 0..2 {
        assert_eq!(server.post(&names.path(), &sale("f")).status, 201);
    }
    let wanted = ["a", "b", "c", "d", "e", "f", "f"].map(sale);
    assert_eq!(texts(&committed(&broker, &names.sales)), wanted);
    assert_eq!(committed(&broker, &names.orders).len(), 1);
    for wrong in [String::new(), "k".repeat(256), "\u{e9}".to_owned()] {
        let answer = server.post_once(&names.path(), &wrong, &sale("g"));
        assert_eq!(answer.status, 400, "{wrong}");
    }
    let metrics = server.metrics();
    assert!(
        metrics.contains("\nretail_ingest_idempotency_keys 5\n"),
        "{metrics}"
    );
    assert!(
        metrics.contains("\nretail_ingest_requests_repeated_total 3\n"),
        "{metrics}"
    );
}

#[test]
fn of_the_same_request_at_once_one_is_sent() {
    let Some(broker) = kafka() else { return };
    let (shop, names) = (Shop::new(), Names::new());
    let server = names.start(&shop, &broker, &[]);
    for round in 0..5 {
        let key = format!("k{round}");
        let body = sale(&key);
        thread::scope(|scope| {
            let post = || scope.spawn(|| server.post_once(&names.path(), &key, &body));
            let all: Vec<_> = (0..16).map(|_| post()).collect();
            let answers = all.into_iter().map(|one| one.join().expect("answered"));
            let answers: Vec<_> = answers.collect();
            assert!(answers.iter().all(|answer| answer.status == 201));
            let replayed =
                |answer: &&crate::client::Answer| answer.header("idempotency-replayed").is_none();
            assert_eq!(answers.iter().filter(replayed).count(), 1);
        });
    }
    assert_eq!(committed(&broker, &names.sales).len(), 5);
}

#[test]
fn a_key_is_known_for_the_horizon_and_none_is_forgotten_for_another() {
    let Some(broker) = kafka() else { return };
    let (shop, names) = (Shop::new(), Names::new());
    let short = ["--idempotency-horizon", "3s", "--idempotency-keys", "2"];
    let server = names.start(&shop, &broker, &short);
    let post = |key: &str| server.post_once(&names.path(), key, &sale(key));
    assert_eq!(post("a").status, 201);
    assert_eq!(post("b").status, 201);
    let full = post("c");
    assert_eq!(full.status, 503);
    assert!(full.header("retry-after").is_some());
    assert_eq!(post("a").header("idempotency-replayed"), Some("true"));
    // The horizon and a step of it.
    thread::sleep(Duration::from_millis(3_600));
    assert_eq!(post("c").status, 201);
    assert_eq!(post("a").header("idempotency-replayed"), None);
    let wanted = ["a", "a", "b", "c"].map(sale);
    assert_eq!(texts(&committed(&broker, &names.sales)), wanted);
}

/// Of two servers with one name only one writes, and the other says why it ends.
#[test]
fn a_server_that_was_replaced_ends() {
    let Some(broker) = kafka() else { return };
    let (shop, names) = (Shop::new(), Names::new());
    let old = names.start(&shop, &broker, &[]);
    assert_eq!(old.post_once(&names.path(), "a", &sale("a")).status, 201);
    let new = names.start(&shop, &broker, &[]);
    // What the old one has begun counts no more, and so it says.
    let late = old.post_once(&names.path(), "b", &sale("b"));
    assert_eq!(late.status, 503, "{late:?}");
    let (status, log) = old.end();
    assert_eq!(status.code(), Some(1), "{log}");
    let lines: Vec<_> = log.lines().filter(|l| l.starts_with("error")).collect();
    assert!(
        lines.len() == 1 && lines[0].contains("--ingest-id"),
        "{log}"
    );
    for key in ["a", "b"] {
        assert_eq!(new.post_once(&names.path(), key, &sale(key)).status, 201);
    }
    assert_eq!(
        texts(&committed(&broker, &names.sales)),
        ["a", "b"].map(sale)
    );
}
