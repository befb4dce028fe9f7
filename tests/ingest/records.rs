//! Records, many at a time: in any form, as they came, by the one cleaning.

use std::collections::BTreeMap;

use rdkafka::message::Message;
use serde_json::{Value, json};

use crate::broker::kafka;
use crate::common::Shop;
use crate::desk::{Names, committed, texts};
use crate::figures::count;
use crate::world::{bounds, exists, pass};

const TEA: &str = r#"{"product":" Tea ","date":"2025-01-01","amount":1.50}"#;
const MILK: &str = r#"{"amount": 2e0, "date": "2025-01-01"}"#;
const BAD: &str = r#"{"product":"Tea","date":"2025-01-01","amount":"1,50"}"#;

#[test]
fn records_come_in_any_form_and_stay_as_they_came() {
    let Some(broker) = kafka() else { return };
    let (shop, names) = (Shop::new(), Names::new());
    let server = names.start(&shop, &broker, &["--partitions", "2"]);
    assert_eq!(bounds(&broker, &names.sales).len(), 2);
    assert!(!exists(&broker, &names.orders), "nobody has ordered");
    let mut sent = Vec::new();
    for (kind, body, records) in [
        ("application/json", TEA.to_owned(), vec![TEA]),
        (
            "application/json",
            format!(" [{TEA},\n{MILK} ] "),
            vec![TEA, MILK],
        ),
        (
            "application/x-ndjson",
            format!("{TEA}\r\n\n{MILK}\n"),
            vec![TEA, MILK],
        ),
        (
            "application/jsonl; charset=utf-8",
            MILK.to_owned(),
            vec![MILK],
        ),
        ("", format!("{TEA}\n{TEA}"), vec![TEA, TEA]),
        ("", format!("[{MILK}]"), vec![MILK]),
        ("", format!("\u{feff}{TEA}"), vec![TEA]),
    ] {
        let headers = [("Content-Type", kind)];
        let headers = if kind.is_empty() { &[][..] } else { &headers };
        let answer = server.ask("POST", &names.path(), headers, body.as_bytes());
        assert_eq!(answer.status, 201, "{body} {answer:?}");
        let wanted = json!({
            "status": "success",
            "topic": names.sales,
            "records": records.len(),
            "accepted": records.len(),
            "rejected": 0,
        });
        assert_eq!(answer.json(), wanted);
        sent.extend(records.iter().map(ToString::to_string));
    }
    sent.sort();
    let all = committed(&broker, &names.sales);
    assert_eq!(texts(&all), sent);
    for message in &all {
        let key = match message.payload() {
            Some(text) if text == TEA.as_bytes() => "Tea",
            _ => "UNKNOWN",
        };
        assert_eq!(message.key(), Some(key.as_bytes()));
    }
}

#[test]
fn nothing_of_a_request_with_a_bad_record_is_sent_unless_that_is_asked_for() {
    let Some(broker) = kafka() else { return };
    let (shop, names) = (Shop::new(), Names::new());
    let server = names.start(&shop, &broker, &[]);
    let body = format!("[{TEA},{BAD},{MILK},7]");
    let answer = server.post(&names.path(), &body);
    assert_eq!(answer.status, 422);
    let told = answer.json();
    let refused = [(1, "bad_amount"), (3, "invalid_json")];
    let wanted = |list: &Value| {
        let list = list.as_array().expect("a list");
        let told: Vec<_> = list
            .iter()
            .map(|one| {
                assert_eq!(one["loc"], json!(["body", one["index"]]));
                assert_eq!(one["reason"], one["type"]);
                assert!(one["msg"].as_str().is_some_and(|msg| msg.len() > 5));
                let reason = one["reason"].as_str().expect("a text").to_owned();
                (one["index"].as_u64().expect("a number"), reason)
            })
            .collect();
        let refused = refused.map(|(index, reason)| (index, reason.to_owned()));
        assert_eq!(told, refused);
    };
    wanted(&told["detail"]);
    assert_eq!(committed(&broker, &names.sales).len(), 0);

    let partial = format!("{}?partial=true", names.path());
    let answer = server.post(&partial, &body);
    assert_eq!(answer.status, 207, "{answer:?}");
    let told = answer.json();
    wanted(&told["detail"]);
    assert_eq!(told["taken"], json!([0, 2]));
    let counts = ["records", "accepted", "rejected"].map(|name| count(&told, name));
    assert_eq!(counts, [4, 2, 2]);
    assert_eq!(texts(&committed(&broker, &names.sales)), [MILK, TEA]);

    // All bad is not partial, all good is not either.
    assert_eq!(server.post(&partial, &format!("[{BAD}]")).status, 422);
    assert_eq!(server.post(&partial, TEA).status, 201);
    for wrong in [
        "?partial=maybe",
        "?partial=true&partial=true",
        "?parital=true",
    ] {
        let path = format!("{}{wrong}", names.path());
        assert_eq!(server.post(&path, TEA).status, 422, "{wrong}");
    }
    let metrics = server.metrics();
    assert!(
        metrics.contains("records_rejected_total{reason=\"bad_amount\"} 3\n"),
        "{metrics}"
    );
}

#[test]
fn what_is_not_taken_is_told_clearly() {
    let Some(broker) = kafka() else { return };
    let (shop, names) = (Shop::new(), Names::new());
    let limits = ["--max-body", "8KiB", "--max-records", "3"];
    let server = names.start(&shop, &broker, &limits);
    let json = "application/json";
    let deep = format!(
        r#"{{"date":"2025-01-01","amount":1,"x":{}1{}}}"#,
        "[".repeat(100),
        "]".repeat(100)
    );
    let abyss = "[".repeat(8_000);
    let long = format!("[{}]", " ".repeat(9_000));
    let not_utf8 = b"{\"product\":\"\xff\",\"date\":\"2025-01-01\",\"amount\":1}".to_vec();
    let in_array = [b"[", &not_utf8[..], b"]"].concat();
    let zipped = crate::common::gzip(&vec![b' '; 1 << 24]);
    let bytes = |text: &str| text.as_bytes().to_vec();
    for (kind, coding, body, status, says) in [
        (json, "", bytes(""), 422, "no record"),
        (json, "", bytes(" \n"), 422, "no record"),
        (json, "", bytes("[]"), 422, "no record"),
        (json, "", bytes("{"), 422, "invalid_json"),
        (json, "", bytes("nonsense"), 422, "invalid_json"),
        (json, "", bytes("[{}"), 422, "not JSON"),
        (json, "", bytes("null"), 422, "invalid_json"),
        (json, "", bytes("{}\n{}"), 422, "invalid_json"),
        (json, "", bytes("{}"), 422, "missing_time"),
        (json, "", bytes(&deep), 422, "too_deep"),
        (json, "", bytes(&abyss), 422, "not JSON"),
        (json, "", not_utf8.clone(), 422, "invalid_utf8"),
        (json, "", in_array, 422, "invalid_utf8"),
        (json, "", bytes("[1,2,3,4]"), 413, "3 records"),
        (json, "", bytes(&long), 413, "8192 bytes"),
        ("text/csv", "", bytes(TEA), 415, "application/json"),
        (
            "application/x-www-form-urlencoded",
            "",
            bytes(TEA),
            415,
            "application/json",
        ),
        (
            "application/json; charset=latin1",
            "",
            bytes(TEA),
            415,
            "UTF-8",
        ),
        (json, "gzip", zipped, 415, "Content-Encoding"),
    ] {
        let mut headers = vec![("Content-Type", kind)];
        if !coding.is_empty() {
            headers.push(("Content-Encoding", coding));
        }
        // One that is refused by its head need not be sent.
        let body = if status == 415 { &body[..1] } else { &body };
        let answer = server.ask("POST", &names.path(), &headers, body);
        let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
        assert_eq!(answer.status, status, "{shown} {answer:?}");
        let told = answer.json();
        assert!(told["detail"].to_string().contains(says), "{shown} {told}");
    }
    // In pieces, without a length that could be refused at once.
    let mut client = crate::client::Client::to(&server.address);
    let chunked = [
        ("X-API-Key", crate::desk::KEY),
        ("Content-Type", json),
        ("Transfer-Encoding", "chunked"),
    ];
    client.send(crate::client::request("POST", &names.path(), &chunked, b""));
    for _ in 0..3 {
        let piece = " ".repeat(4_000);
        if !client.send(format!("fa0\r\n{piece}\r\n")) {
            break;
        }
    }
    client.send("0\r\n\r\n");
    assert_eq!(client.answer("POST").expect("an answer").status, 413);

    for path in [
        "/ingest/other",
        "/ingest/",
        "/ingest",
        "/ingest/a/b",
        "/ingest/%FF",
    ] {
        let status = server.post(path, TEA).status;
        assert!([400, 404].contains(&status), "{path} {status}");
    }
    let keys = format!("/ingest/{}.idempotency", names.id);
    assert_eq!(server.post(&keys, TEA).status, 404);
    assert_eq!(server.ask("GET", &names.path(), &[], b"").status, 405);
    assert_eq!(committed(&broker, &names.sales).len(), 0);
}

/// The reasons are those of a batch over the same lines, and what is taken a stream takes, too.
#[test]
fn records_are_cleaned_as_batch_and_stream_clean_them() {
    let Some(broker) = kafka() else { return };
    let (shop, names) = (Shop::new(), Names::new());
    let args = ["--days", "2", "--malformed", "0.3", "--format", "jsonl"];
    shop.json(&[&["generate", "--transactions-per-day", "300"], &args[..]].concat());
    let batch = shop.json(&["batch"]);
    let server = names.start(&shop, &broker, &["--max-event-jump", "36500d"]);
    let mut reasons: BTreeMap<String, u64> = BTreeMap::new();
    let mut accepted = 0;
    for (name, lines) in shop.tree("data/input") {
        if !name.ends_with(".jsonl") {
            continue;
        }
        let kind = [("Content-Type", "application/x-ndjson")];
        let path = format!("{}?partial=true", names.path());
        let told = server.ask("POST", &path, &kind, &lines).json();
        accepted += count(&told, "accepted");
        for one in told["detail"].as_array().expect("a list") {
            let reason = one["reason"].as_str().expect("a text").to_owned();
            *reasons.entry(reason).or_default() += 1;
        }
    }
    assert_eq!(accepted, count(&batch, "accepted"));
    assert!(reasons.len() >= 3, "{reasons:?}");
    let told: BTreeMap<String, u64> =
        serde_json::from_value(batch["rejected_by_reason"].clone()).expect("counts");
    let told: BTreeMap<_, _> = told.into_iter().filter(|(_, count)| *count > 0).collect();
    assert_eq!(reasons, told);
    let summary = shop.json(&pass(
        &broker,
        &names.sales,
        &["--max-event-jump", "36500d"],
    ));
    let counts = ["read", "accepted", "rejected"].map(|name| count(&summary, name));
    assert_eq!(counts, [accepted, accepted, 0]);
    assert_eq!(summary["accepted_revenue"], batch["grand_total"]);
}

#[test]
fn events_have_a_topic_of_their_own() {
    let Some(broker) = kafka() else { return };
    let (shop, names) = (Shop::new(), Names::new());
    let server = names.start(&shop, &broker, &[]);
    let view = r#"{"user_id":"u1","product_id":"p1","session_id":"s1","timestamp":"2025-01-01T00:00:00","duration_seconds":5}"#;
    let lost = view.replace("session_id", "x");
    let order = r#"{"customer_id":5,"source":"Dine In","quantity":2,"total":600.0,"created_at":"02/28/2025, 23:05:09"}"#;
    let path = format!("/ingest/{}", names.events);
    let answer = server.post(&path, &format!("[{view},{order}]"));
    assert_eq!(answer.status, 201, "{answer:?}");
    let refused = server.post(&path, &lost).json();
    assert_eq!(refused["detail"][0]["reason"], "missing_session");
    // Of a topic of sales it is none.
    let refused = server.post(&names.path(), view).json();
    assert_eq!(refused["detail"][0]["reason"], "missing_amount");
    let mut keys: Vec<_> = committed(&broker, &names.events)
        .iter()
        .map(|m| String::from_utf8(m.key().expect("a key").to_vec()).unwrap())
        .collect();
    keys.sort();
    assert_eq!(keys, ["5", "u1"]);
}
