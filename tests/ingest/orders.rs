//! Orders, one at a time, as the replaced systems sent them.

use chrono::{NaiveDateTime, Utc};
use rdkafka::message::Message;
use serde_json::{Value, json};

use crate::broker::kafka;
use crate::common::Shop;
use crate::desk::{KEY, Names, committed};
use crate::figures::count;
use crate::world::pass;

const ORDER: &str = r#"{"customer_id": 5, "source": "Dine In", "quantity": 2}"#;

/// "x:KEY" and "airflow:KEY" in Base64, by hand.
const BASIC: &str = "Basic eDowMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZg==";

#[test]
fn an_order_is_in_the_topic_with_its_total_and_time() {
    let Some(broker) = kafka() else { return };
    let (shop, names) = (Shop::new(), Names::new());
    let server = names.start(&shop, &broker, &[]);
    let before = Utc::now().naive_utc();
    let answer = server.post("/orderitem", ORDER);
    assert_eq!(answer.status, 201, "{answer:?}");
    let created = r#"{"status":"success","message":"Stock entry created"}"#;
    assert_eq!(answer.text(), created);
    let other = r#"{"quantity":"10000","source":"Home Delivery","customer_id":17,"total":1}"#;
    assert_eq!(server.post("/orderitem", other).status, 201);
    let after = Utc::now().naive_utc();

    let mut all = committed(&broker, &names.orders);
    all.sort_by_key(|m| m.key().map(<[u8]>::to_vec));
    assert_eq!(all.len(), 2);
    for (message, key, rest) in [
        (
            &all[0],
            "17",
            r#"{"customer_id":17,"source":"Home Delivery","quantity":10000,"total":3000000.00,"created_at":""#,
        ),
        (
            &all[1],
            "5",
            r#"{"customer_id":5,"source":"Dine In","quantity":2,"total":600.00,"created_at":""#,
        ),
    ] {
        let text = std::str::from_utf8(message.payload().unwrap()).unwrap();
        assert_eq!(message.key(), Some(key.as_bytes()));
        let time = text.strip_prefix(rest).unwrap_or_else(|| panic!("{text}"));
        let time = time.strip_suffix("\"}").unwrap();
        let time = NaiveDateTime::parse_from_str(time, "%m/%d/%Y, %H:%M:%S").unwrap();
        let seconds = time.and_utc().timestamp();
        let (first, last) = (before.and_utc().timestamp(), after.and_utc().timestamp());
        assert!((first..=last).contains(&seconds), "{text}");
    }
    // The job of orders takes them for what they are.
    let summary = shop.json(&pass(&broker, &names.orders, &["--job", "orders"]));
    assert_eq!(
        (count(&summary, "read"), count(&summary, "rejected")),
        (2, 0)
    );
}

#[test]
fn what_is_no_order_is_told_and_not_sent() {
    let Some(broker) = kafka() else { return };
    let (shop, names) = (Shop::new(), Names::new());
    let server = names.start(&shop, &broker, &[]);
    assert_eq!(server.post("/orderitem", ORDER).status, 201);
    let bad = r#"{"customer_id": 0, "source": "Drive In", "quantity": 10001}"#;
    let answer = server.post("/orderitem", bad);
    assert_eq!(answer.status, 422);
    let detail = answer.json()["detail"].clone();
    let places: Vec<_> = detail.as_array().unwrap().iter().collect();
    let places: Vec<_> = places.iter().map(|wrong| wrong["loc"].clone()).collect();
    let wanted = ["customer_id", "source", "quantity"].map(|field| json!(["body", field]));
    assert_eq!(places, wanted);
    assert!(detail[0]["msg"].is_string() && detail[0]["type"].is_string());
    for (body, status) in [
        (String::new(), 422),
        ("{".to_owned(), 422),
        ("[]".to_owned(), 422),
        ("null".to_owned(), 422),
        (format!("{{\"a\":{}}}", "[".repeat(9_000)), 422),
        (format!("{{\"a\":\"{}\"}}", "x".repeat(20_000)), 413),
        (
            r#"{"customer_id":1.5,"source":"Dine In","quantity":1}"#.to_owned(),
            422,
        ),
        (
            r#"{"customer_id":1,"source":"Dine In","quantity":-1}"#.to_owned(),
            422,
        ),
    ] {
        let answer = server.post("/orderitem", &body);
        assert_eq!(answer.status, status, "{body:.60} {answer:?}");
        assert!(answer.json()["detail"].is_array() || status == 413);
    }
    let lines = [("Content-Type", "application/x-ndjson")];
    let answer = server.ask("POST", "/orderitem", &lines, ORDER.as_bytes());
    assert_eq!(answer.status, 415);
    assert_eq!(server.post("/orderitem?total=1", ORDER).status, 422);
    assert_eq!(committed(&broker, &names.orders).len(), 1);
}

fn runs(dag: &str) -> String {
    format!("/api/v1/dags/{dag}/dagRuns")
}

#[test]
fn an_order_comes_in_as_airflow_takes_it() {
    let Some(broker) = kafka() else { return };
    let (shop, names) = (Shop::new(), Names::new());
    let server = names.start(&shop, &broker, &[]);
    let headers = [
        ("Content-Type", "application/json"),
        ("Authorization", BASIC),
    ];
    let ask = |dag: &str, body: &str| {
        let path = runs(dag);
        crate::client::ask(&server.address, "POST", &path, &headers, body.as_bytes())
    };
    let body = format!(
        r#"{{"conf": {ORDER}, "dag_run_id": "run-1", "logical_date": "2025-01-31T10:00:00Z", "note": "n"}}"#
    );
    let answer = ask("order_dag", &body);
    assert_eq!(answer.status, 200, "{answer:?}");
    let run = answer.json();
    let date = "2025-01-31T10:00:00+00:00";
    for (field, value) in [
        ("dag_id", json!("order_dag")),
        ("dag_run_id", json!("run-1")),
        ("state", json!("success")),
        ("run_type", json!("manual")),
        ("external_trigger", json!(true)),
        ("logical_date", json!(date)),
        ("execution_date", json!(date)),
        ("data_interval_start", json!(date)),
        ("note", json!("n")),
        ("last_scheduling_decision", Value::Null),
        ("conf", serde_json::from_str(ORDER).unwrap()),
    ] {
        assert_eq!(run[field], value, "{field}");
    }
    // Once: whatever else the second request says.
    for again in [
        body.as_str(),
        &format!(r#"{{"conf":{ORDER},"dag_run_id":"run-1"}}"#),
    ] {
        let answer = ask("order_dag", again);
        assert_eq!(answer.status, 409, "{answer:?}");
        let told = answer.json();
        let detail = "DAGRun with DAG ID: 'order_dag' and DAGRun ID: 'run-1' already exists";
        assert_eq!(
            (&told["detail"], &told["status"]),
            (&json!(detail), &json!(409))
        );
    }
    // A name is made from the date, which is then taken once, too.
    let dated = format!(r#"{{"conf":{ORDER},"execution_date":"2025-02-01T00:00:00Z"}}"#);
    let run = ask("order_dag", &dated).json();
    assert_eq!(run["dag_run_id"], "manual__2025-02-01T00:00:00+00:00");
    assert_eq!(ask("order_dag", &dated).status, 409);
    let bare = format!(r#"{{"conf":{ORDER}}}"#);
    assert_eq!(ask("order_dag", &bare).status, 200);
    assert_eq!(ask("order_dag", &bare).status, 200);
    for (body, status) in [
        (r#"{"conf":{"customer_id":1}}"#, 422),
        ("{}", 422),
        (r#"{"conf":{},"dag_run_id":"a/b"}"#, 422),
        (r#"{"conf":{},"logical_date":"tomorrow"}"#, 422),
    ] {
        assert_eq!(ask("order_dag", body).status, status, "{body}");
    }
    assert_eq!(ask("other_dag", &bare).status, 404);
    let keyed = server.post_once(&runs("order_dag"), "k", &bare);
    assert_eq!(keyed.status, 400, "{keyed:?}");
    assert_eq!(committed(&broker, &names.orders).len(), 4);

    // A run of the name is known to the next server.
    server.crash();
    let server = names.start(&shop, &broker, &[]);
    assert_eq!(server.post(&runs("order_dag"), &body).status, 409);
    assert!(!server.log().contains(KEY));
    assert_eq!(committed(&broker, &names.orders).len(), 4);
}
