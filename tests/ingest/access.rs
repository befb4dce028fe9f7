//! Who may post.

use crate::broker::kafka;
use crate::client::ask;
use crate::common::Shop;
use crate::desk::{Ingest, KEY, Names, committed};

const SALE: &str = r#"{"product":"Tea","date":"2025-01-01","amount":1}"#;
const ORDER: &str = r#"{"customer_id":5,"source":"Dine In","quantity":2}"#;
const JSON: (&str, &str) = ("Content-Type", "application/json");
/// Base64 of `x:` and [`KEY`], of `x:wrong`, and of the key alone.
const RIGHT: &str = "Basic eDowMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZg==";
const WRONG: &str = "Basic eDp3cm9uZw==";
const BARE: &str = "Basic MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

/// Every address that writes, and what it takes.
fn ways(names: &Names) -> [(String, String, u16); 3] {
    let conf = format!(r#"{{"conf":{ORDER}}}"#);
    let runs = "/api/v1/dags/order_dag/dagRuns".to_owned();
    [
        (names.path(), SALE.to_owned(), 201),
        ("/orderitem".to_owned(), ORDER.to_owned(), 201),
        (runs, conf, 200),
    ]
}

fn post(server: &Ingest, way: &(String, String, u16), headers: &[(&str, &str)]) -> u16 {
    let headers = [&[JSON], headers].concat();
    let answer = ask(&server.address, "POST", &way.0, &headers, way.1.as_bytes());
    if answer.status == 403 {
        assert!(!answer.detail().is_empty());
    }
    answer.status
}

#[test]
fn a_key_is_asked_for_at_every_address_that_writes() {
    let Some(broker) = kafka() else { return };
    let (shop, names) = (Shop::new(), Names::new());
    let server = names.start(&shop, &broker, &[]);
    for way in &ways(&names) {
        for headers in [
            &[][..],
            &[("X-API-Key", "")],
            &[("X-API-Key", "wrong")],
            &[("X-API-Key", &KEY[..31])],
            &[("Authorization", WRONG)],
            &[("Authorization", BARE)],
            &[("Authorization", "Basic !")],
            &[("Authorization", KEY)],
            // A wrong header is not made good by another one.
            &[("X-API-Key", "wrong"), ("Authorization", RIGHT)],
        ] {
            assert_eq!(post(&server, way, headers), 403, "{} {headers:?}", way.0);
        }
        let bearer = format!("Bearer {KEY}");
        for header in [
            ("X-API-Key", KEY),
            ("Authorization", RIGHT),
            ("Authorization", &bearer),
        ] {
            assert_eq!(post(&server, way, &[header]), way.2, "{} {header:?}", way.0);
        }
        // Nor does it belong into the address.
        let named = (format!("{}?api_key={KEY}", way.0), way.1.clone(), 0);
        assert_eq!(post(&server, &named, &[]), 403);
    }
    assert_eq!(committed(&broker, &names.sales).len(), 3);
    assert_eq!(committed(&broker, &names.orders).len(), 6);
    // What tells of the server asks for nothing on this machine.
    for path in ["/health", "/metrics", "/openapi.json", "/docs/"] {
        let answer = ask(&server.address, "GET", path, &[], b"");
        assert_eq!(answer.status, 200, "{path}");
    }
    assert!(!server.log().contains(KEY));
}

#[test]
fn without_a_key_nobody_may_unless_everybody_may() {
    let Some(broker) = kafka() else { return };
    let (shop, names) = (Shop::new(), Names::new());
    let mut command = names.command(&shop, &broker, &[]);
    command.env_remove("RETAIL_API_KEY");
    let server = Ingest::of(command);
    for way in &ways(&names) {
        assert_eq!(post(&server, way, &[("X-API-Key", KEY)]), 403);
        let answer = ask(&server.address, "POST", &way.0, &[JSON], way.1.as_bytes());
        assert!(answer.detail().contains("RETAIL_API_KEY"), "{answer:?}");
    }
    drop(server);

    let mut command = names.command(&shop, &broker, &["--no-auth"]);
    command.env_remove("RETAIL_API_KEY");
    let server = Ingest::of(command);
    let [sales, order, run] = ways(&names);
    for way in [&sales, &order] {
        assert_eq!(post(&server, way, &[]), 201);
        assert_eq!(post(&server, way, &[("Origin", "http://localhost")]), 201);
        // A page of another site that somebody here looks at.
        for origin in [
            "https://evil.example",
            "null",
            "http://localhost.evil.example",
        ] {
            assert_eq!(post(&server, way, &[("Origin", origin)]), 403, "{origin}");
        }
        assert_eq!(post(&server, way, &[("Host", "evil.example")]), 421);
    }
    // The API asks wherever it is.
    assert_eq!(post(&server, &run, &[]), 403);
    assert_eq!(committed(&broker, &names.sales).len(), 2);
}

#[test]
fn other_machines_need_a_key() {
    let Some(broker) = kafka() else { return };
    let (shop, names) = (Shop::new(), Names::new());
    let open = ["--listen", "0.0.0.0"];
    let mut command = names.command(&shop, &broker, &open);
    command.env_remove("RETAIL_API_KEY");
    let output = command.output().expect("it ran");
    assert_eq!(output.status.code(), Some(2));
    let server = names.start(&shop, &broker, &open);
    let [sales, ..] = ways(&names);
    assert_eq!(post(&server, &sales, &[]), 403);
    assert_eq!(post(&server, &sales, &[("X-API-Key", KEY)]), 201);
    for path in ["/metrics", "/docs/", "/openapi.json"] {
        let answer = ask(&server.address, "GET", path, &[], b"");
        assert_eq!(answer.status, 403, "{path}");
    }
    assert_eq!(ask(&server.address, "GET", "/health", &[], b"").status, 200);
}

/// Addresses may be configured; that it writes must be typed.
#[test]
fn it_writes_only_where_that_was_typed() {
    let shop = Shop::new();
    let fail = |args: &[&str], says: &str| {
        let mut command = shop.retail(args);
        command.env("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1");
        command.env("RETAIL_SERVE_BROKERS", "127.0.0.1:1");
        let output = command.output().expect("it ran");
        let text = crate::common::stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{args:?} {text}");
        assert!(text.contains(says), "{args:?} {text}");
    };
    fail(&["serve", "ingest"], "--brokers");
    fail(
        &["serve", "batch", "--brokers", "127.0.0.1:1"],
        "serve ingest",
    );
    fail(&["serve", "--brokers", "env"], "serve ingest");
    let port = ["serve", "ingest", "--ingest-port", "0", "--brokers"];
    let more = |more: &[&'static str]| [&port[..], &["127.0.0.1:1"], more].concat();
    fail(&more(&["-X", "transactional.id=a"]), "--ingest-id");
    fail(&more(&["-X", "no.such=a"]), "no.such");
    fail(&more(&["--max-body", "1GiB"]), "--max-waiting");
    fail(&more(&["--event-topic", "sales"]), "sales");
    fail(&more(&["--map", "nonsense=a"]), "nonsense");
    // The configured brokers, which are not there.
    let mut command = shop.retail(&[&port[..], &["env"]].concat());
    command.env("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1");
    let output = command.output().expect("it ran");
    let text = crate::common::stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(
        text.contains("127.0.0.1:1") && text.contains("no broker answers"),
        "{text}"
    );
}
