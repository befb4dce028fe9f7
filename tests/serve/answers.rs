//! Statuses, methods, numbers of requests, other sites, and too many requests.

use std::collections::HashSet;
use std::thread;
use std::time::Duration;

use crate::client::{Client, ask, get, get_with, request};
use crate::pages::assert_dressed;
use crate::world::{KEY, Server, shop, wait_until};

#[test]
fn what_is_not_there_is_told_as_json() {
    let shop = shop();
    let server = Server::keyed(&shop, &[]);
    for address in server.all() {
        for path in [
            "/nothing",
            "/api",
            "/api/",
            "/api/nothing",
            "/index.html",
            "/assets/",
        ] {
            let answer = get(address, path);
            assert_eq!(answer.status, 404, "{path}");
            assert!(!answer.detail().is_empty());
            let head = ask(address, "HEAD", path, &[], b"");
            assert_eq!((head.status, head.body.len()), (404, 0), "{path}");
        }
    }
    // Analyses that do not exist yet have no invented answers.
    for path in ["/customers/segments", "/anomalies", "/forecast", "/sales"] {
        let answer = server.v1(path);
        assert_eq!(answer.status, 404, "{path}");
        answer.detail();
    }
}

#[test]
fn only_asking_is_possible() {
    let shop = shop();
    let server = Server::keyed(&shop, &[]);
    for (name, path) in [
        ("batch", "/"),
        ("batch", "/api/daily"),
        ("batch", "/assets/batch.js"),
        ("live", "/api/live/events"),
        ("api", "/api/v1/sales/metrics"),
        ("api", "/metrics"),
        ("api", "/health"),
    ] {
        for method in [
            "POST", "PUT", "PATCH", "DELETE", "TRACE", "OPTIONS", "BREW", "get",
        ] {
            let key = [("X-API-Key", KEY)];
            let answer = ask(server.address(name), method, path, &key, b"");
            if (name, method) == ("api", "OPTIONS") {
                assert_eq!(answer.status, 200, "browsers ask so what they may ask");
                continue;
            }
            assert_eq!(answer.status, 405, "{method} {path}");
            let allowed = answer.header("allow").expect("what is possible");
            assert!(allowed.contains("GET"), "{allowed}");
            answer.detail();
        }
    }
}

#[test]
fn requests_have_numbers() {
    let shop = shop();
    let server = Server::keyed(&shop, &[]);
    let mut seen = HashSet::new();
    for address in server.all() {
        for path in ["/health", "/nothing", "/api/v1/sales/metrics", "/"] {
            let answer = get(address, path);
            let id = answer.header("x-request-id").expect("a number").to_owned();
            assert!(seen.insert(id), "twice");
            let own = [("X-Request-Id", "the-client's own: 42")];
            let answer = get_with(address, path, &own);
            assert_eq!(answer.header("x-request-id"), Some(own[0].1));
        }
    }
}

#[test]
fn the_number_of_a_request_stands_in_the_log() {
    let shop = shop();
    let server = Server::keyed(&shop, &["-v"]);
    get_with(
        server.batch(),
        "/api/daily?from=x",
        &[("X-Request-Id", "number-4711")],
    );
    wait_until("the line", || server.log().contains("number-4711"));
    let log = server.log();
    let line = log
        .lines()
        .find(|line| line.contains("number-4711"))
        .unwrap();
    assert!(line.contains("batch: GET /api/daily 422"), "{line}");
    assert!(!line.contains("from=x"), "queries stay out of it: {line}");
}

#[test]
fn sites_that_are_named_may_ask() {
    let shop = shop();
    let origins = [
        "--cors-origin",
        "https://Shop.Example",
        "--cors-origin",
        "http://a.b:81",
    ];
    let server = Server::keyed(&shop, &origins);
    let path = "/api/v1/sales/summary";
    let preflight = |address: &str, origin: &str| {
        let headers = [
            ("Origin", origin),
            ("Access-Control-Request-Method", "GET"),
            ("Access-Control-Request-Headers", "x-api-key"),
        ];
        ask(address, "OPTIONS", path, &headers, b"")
    };
    for origin in ["https://shop.example", "http://a.b:81"] {
        let asked = preflight(server.api(), origin);
        assert_eq!(asked.status, 200, "{asked:?}");
        assert_eq!(asked.header("access-control-allow-origin"), Some(origin));
        assert_eq!(asked.header("access-control-allow-credentials"), None);
        let headers = asked.header("access-control-allow-headers").unwrap();
        assert!(headers.to_lowercase().contains("x-api-key"), "{headers}");
        let methods = asked.header("access-control-allow-methods").unwrap();
        assert!(
            methods.contains("GET") && !methods.contains("POST"),
            "{methods}"
        );
        for (key, status) in [(KEY, 200), ("wrong", 403)] {
            let headers = [("Origin", origin), ("X-API-Key", key)];
            let answer = get_with(server.api(), path, &headers);
            assert_eq!(answer.status, status);
            // A page can read why it was refused, too.
            assert_eq!(answer.header("access-control-allow-origin"), Some(origin));
            assert!(answer.joined("vary").to_lowercase().contains("origin"));
            let exposed = answer.header("access-control-expose-headers").unwrap();
            for name in ["etag", "link", "x-total-count", "x-cache"] {
                assert!(exposed.contains(name), "{exposed}");
            }
        }
    }
    for origin in [
        "https://evil.example",
        "http://shop.example",
        "https://shop.example:8443",
        "https://shop.example.evil.example",
        "null",
        "*",
        "http://localhost:3000",
    ] {
        let allowed = "access-control-allow-origin";
        assert_eq!(
            preflight(server.api(), origin).header(allowed),
            None,
            "{origin}"
        );
        let headers = [("Origin", origin), ("X-API-Key", KEY)];
        assert_eq!(
            get_with(server.api(), path, &headers).header(allowed),
            None,
            "{origin}"
        );
    }
    // The dashboards are nobody's to read.
    for address in [server.batch(), server.live()] {
        let asked = preflight(address, "https://shop.example");
        assert_eq!(asked.header("access-control-allow-origin"), None);
        let answer = get_with(address, "/health", &[("Origin", "https://shop.example")]);
        assert_eq!(answer.header("access-control-allow-origin"), None);
    }
}

#[test]
fn without_a_list_the_usual_origins_may_ask() {
    let shop = shop();
    let server = Server::keyed(&shop, &[]);
    for (origin, allowed) in [
        ("http://localhost:3000", true),
        ("http://localhost:8000", true),
        ("http://localhost:8083", true),
        ("http://localhost:3001", false),
    ] {
        let answer = get_with(server.api(), "/health", &[("Origin", origin)]);
        let told = answer.header("access-control-allow-origin");
        assert_eq!(told, allowed.then_some(origin));
    }
}

#[test]
fn a_key_is_good_for_so_many_requests() {
    let shop = shop();
    let other = "another-key-of-the-same-server";
    let keys = format!("{KEY},{other}");
    let server = Server::with(&shop, &["--rate-limit", "5"], &[("RETAIL_API_KEY", &keys)]);
    let path = "/api/v1/sales/summary";
    // So many at once cannot have been five a second, however slow the machine is.
    let mut client = Client::to(server.api());
    for _ in 0..300 {
        client.send(request("GET", path, &[("X-API-Key", KEY)], b""));
    }
    let mut refused = 0;
    for number in 0..300 {
        let answer = client.answer("GET").unwrap();
        if number < 10 {
            assert_eq!(
                answer.status, 200,
                "{number}: twice as many at once are fine"
            );
        }
        if answer.status != 200 {
            assert_eq!(answer.status, 429);
            assert_dressed("too many", &answer);
            let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
            assert!((1..=2).contains(&wait), "{wait}");
            refused += 1;
        }
    }
    assert!(refused > 100, "{refused}");
    assert_eq!(
        get_with(server.api(), path, &[("X-API-Key", other)]).status,
        200
    );
    // What needs no key is not counted.
    for _ in 0..30 {
        assert_eq!(get(server.api(), "/health").status, 200);
        assert_eq!(get(server.api(), path).status, 403);
    }
    wait_until("the key is good again", || {
        thread::sleep(Duration::from_millis(100));
        server.v1("/sales/summary").status == 200
    });
}

#[test]
fn without_a_limit_there_is_none() {
    let shop = shop();
    let server = Server::keyed(&shop, &[]);
    let mut client = Client::to(server.api());
    for _ in 0..300 {
        let key = [("X-API-Key", KEY)];
        client.send(request("GET", "/api/v1/sales/summary", &key, b""));
    }
    assert!((0..300).all(|_| client.answer("GET").unwrap().status == 200));
}
