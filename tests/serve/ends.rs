//! How servers come alive, tell how they are, and end.

use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::client::{Client, get, get_with, request};
use crate::common::scrape::{Scrape, labelled, read};
use crate::common::{Shop, bound_by_permissions};
use crate::pages::assert_dressed;
use crate::world::{KEY, PORTS, Server, shop, shop_with_windows, wait_until};

fn scrape(address: &str) -> Scrape {
    let answer = get(address, "/metrics");
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.header("content-type"),
        Some("text/plain; version=0.0.4; charset=utf-8")
    );
    read(&answer.text())
}

#[test]
fn a_signal_ends_everything_and_everybody_is_told() {
    for (signal, status) in [("TERM", 143), ("INT", 130)] {
        let shop = shop_with_windows();
        let server = Server::keyed(&shop, &[]);
        let mut viewers: Vec<_> = (0..20).map(|_| Client::to(server.live())).collect();
        for viewer in &mut viewers {
            viewer.send(request("GET", "/api/live/events", &[], b""));
            assert_eq!(viewer.head().unwrap().status, 200);
        }
        let mut kept = Client::to(server.batch());
        kept.send(request("GET", "/health", &[], b""));
        assert_eq!(kept.answer("GET").unwrap().status, 200);
        let mut silent = Client::to(server.api());
        let mut half = Client::to(server.api());
        half.send("GET / HT");
        server.signal(signal);
        for viewer in &mut viewers {
            let rest = viewer.rest();
            // The last chunk: the stream has ended, it was not cut off.
            assert!(
                rest.ends_with(b"\r\n0\r\n\r\n"),
                "{:?}",
                String::from_utf8_lossy(&rest)
            );
        }
        for client in [&mut kept, &mut silent, &mut half] {
            assert_eq!(client.rest(), b"");
        }
        let (end, log) = server.end();
        assert_eq!((end.code(), end.signal()), (Some(status), None), "{log}");
        assert!(!log.contains("error") && !log.contains("panicked"), "{log}");
    }
}

#[test]
fn an_answer_that_has_begun_is_finished() {
    let shop = shop();
    let server = Server::keyed(&shop, &[]);
    let whole = get(server.batch(), "/assets/plotly.js");
    // More than the system takes on the way: a part of each is still to be sent.
    let mut clients: Vec<_> = (0..5).map(|_| Client::to(server.batch())).collect();
    let begun: Vec<_> = clients
        .iter_mut()
        .map(|client| {
            client.send(request("GET", "/assets/plotly.js", &[], b""));
            client.head().unwrap()
        })
        .collect();
    server.signal("TERM");
    for (client, head) in clients.iter_mut().zip(begun) {
        assert_eq!(head.status, 200);
        assert!(client.rest() == whole.body, "a part of an answer");
    }
    assert_eq!(server.end().0.code(), Some(143));
}

#[test]
fn a_second_signal_waits_for_nobody() {
    let shop = shop();
    let server = Server::keyed(&shop, &[]);
    let mut stuck = Client::to(server.batch());
    for _ in 0..30 {
        stuck.send(request("GET", "/assets/plotly.js", &[], b""));
    }
    assert!(stuck.head().is_some());
    server.signal("TERM");
    std::thread::sleep(std::time::Duration::from_millis(400));
    server.signal("TERM");
    assert_eq!(server.end().0.code(), Some(143));
}

#[test]
fn nobody_listening_to_stdout_ends_or_bothers_nothing() {
    let shop = shop();
    // Who has read the addresses need not stay: `Server` closes its end after the first line.
    let mut server = Server::keyed(&shop, &[]);
    assert_eq!(get(server.batch(), "/health").status, 200);
    assert!(server.runs());
    // Who goes before they are told ends the command, as every other.
    for json in [&["--json"][..], &[]] {
        let mut command = shop.retail(&[json, &["serve"], &PORTS[..]].concat());
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let log = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{log}");
        assert_eq!(log, "");
    }
}

fn health(address: &str, path: &str) -> (u16, Value) {
    let answer = get(address, path);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let json = answer.json();
    let time = json["timestamp"].as_str().expect("a time");
    assert!(
        chrono::DateTime::parse_from_rfc3339(time).is_ok() && time.ends_with('Z'),
        "{time}"
    );
    assert_eq!(json["version"], env!("CARGO_PKG_VERSION"));
    (answer.status, json)
}

#[test]
fn servers_wait_for_results_and_come_alive() {
    let shop = Shop::new();
    let server = Server::keyed(&shop, &[]);
    for address in server.all() {
        for path in ["/health", "/health/ready"] {
            let (status, json) = health(address, path);
            assert_eq!((status, &json["status"]), (200, &json!("ok")));
            let checks = json!({"batch": "no_data", "live": "no_data"});
            assert_eq!(json["checks"], checks);
        }
        assert_eq!(health(address, "/health/live").0, 200);
    }
    let daily = get(server.batch(), "/api/daily");
    assert_eq!(
        (daily.status, &daily.json()["status"]),
        (200, &json!("no_data"))
    );
    assert!(
        daily.json()["message"]
            .as_str()
            .unwrap()
            .contains("retail batch")
    );
    let report = get(server.batch(), "/api/report").json();
    assert_eq!(report["status"], "no_data");
    for path in ["/api/daily.csv", "/api/report.csv"] {
        let answer = get(server.batch(), path);
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.detail().contains("retail batch"));
    }
    assert_eq!(
        get(server.live(), "/api/stream").json(),
        json!({"status": "no_data"})
    );
    assert_eq!(get(server.live(), "/api/live").json()["status"], "no_data");
    let paths = [
        "/sales/metrics",
        "/sales/summary",
        "/products/performance",
        "/monitoring/dashboard",
    ];
    for path in paths {
        let answer = server.v1(path);
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.detail().contains("retail batch"), "{answer:?}");
    }

    let mut viewer = Client::to(server.live());
    viewer.send(request("GET", "/api/live/events", &[], b""));
    viewer.head().unwrap();
    let status = |viewer: &mut Client| {
        let (_, data) = viewer.event().expect("an event");
        serde_json::from_str::<Value>(&data).unwrap()["status"].clone()
    };
    assert_eq!(status(&mut viewer), "no_data");

    shop.json(&["generate", "--days", "3"]);
    shop.json(&["batch"]);
    assert_eq!(get(server.batch(), "/api/daily").json()["status"], "ok");
    assert_eq!(get(server.batch(), "/api/report").json()["status"], "ok");
    for path in paths {
        assert_eq!(server.v1(path).status, 200, "{path}");
    }
    let (_, json) = health(server.batch(), "/health");
    assert_eq!(json["checks"], json!({"batch": "ok", "live": "no_data"}));

    shop.json(&["stream", "--rate", "0", "--until-end"]);
    assert_eq!(get(server.live(), "/api/stream").json()["status"], "ok");
    let (_, json) = health(server.live(), "/health");
    assert_eq!(json["checks"], json!({"batch": "ok", "live": "ok"}));
    // Who watches sees it without asking.
    while status(&mut viewer) != "ended" {}
}

#[test]
fn results_that_cannot_be_read_are_an_error_until_they_can() {
    let shop = shop();
    let server = Server::keyed(&shop, &[]);
    assert_eq!(get(server.batch(), "/api/daily").status, 200);
    let folder = shop.path("data/output/analysis_csv");
    let entries = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let csv = entries.filter(|path| path.extension().is_some_and(|end| end == "csv"));
    for path in csv {
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replacen("\n2", "\nnot-a-day2", 1)).unwrap();
    }
    let daily = get(server.batch(), "/api/daily");
    assert_eq!(
        (daily.status, &daily.json()["status"]),
        (503, &json!("error"))
    );
    let message = daily.json()["message"].as_str().unwrap().to_owned();
    assert!(
        message.contains("part-") && message.contains(":2:"),
        "{message}"
    );
    assert_dressed("no results", &daily);
    assert!(daily.header("retry-after").is_some());
    for answer in [
        get(server.batch(), "/api/report"),
        get(server.batch(), "/api/daily.csv"),
        server.v1("/sales/summary"),
        server.v1("/products/performance?limit=1"),
    ] {
        assert_eq!(answer.status, 503, "{answer:?}");
        assert_dressed("no results", &answer);
        assert!(answer.detail().contains("retail batch"), "{answer:?}");
        assert!(answer.header("retry-after").is_some());
    }
    for (address, status) in [
        (server.batch(), 503),
        (server.api(), 503),
        (server.live(), 200),
    ] {
        let (found, json) = health(address, "/health");
        assert_eq!((found, &json["checks"]["batch"]), (status, &json!("error")));
        assert_eq!(
            health(address, "/health/live").0,
            200,
            "it lives all the same"
        );
    }
    assert_eq!(
        get(server.batch(), "/").status,
        200,
        "the page tells what is wrong"
    );
    shop.json(&["batch"]);
    assert_eq!(get(server.batch(), "/api/daily").status, 200);
    assert_eq!(health(server.batch(), "/health").0, 200);
    assert_eq!(server.v1("/sales/summary").status, 200);
}

#[test]
fn metrics_count_what_was_asked() {
    let shop = shop_with_windows();
    let server = Server::keyed(&shop, &[]);
    let requests = "retail_http_requests_total";
    for _ in 0..3 {
        get(server.batch(), "/api/daily");
    }
    get(server.batch(), "/assets/batch.js");
    get(server.batch(), "/assets/live.js");
    get(server.batch(), "/assets/nothing");
    for path in ["/nothing", "/nothing/else", "/api/v2?x=1"] {
        get(server.batch(), path);
    }
    server.v1("/sales/metrics?limit=1");
    server.v1("/sales/metrics?limit=0");
    get(server.api(), "/api/v1/sales/metrics");
    get_with(server.live(), "/", &[("Host", "evil.example")]);
    // Whichever server is asked, all is told.
    for address in server.all() {
        let told = scrape(address);
        for (name, route, status, count) in [
            ("batch", "/api/daily", "200", 3.0),
            ("batch", "/assets/{name}", "200", 2.0),
            ("batch", "/assets/{name}", "404", 1.0),
            ("batch", "other", "404", 3.0),
            ("api", "/api/v1/sales/metrics", "200", 1.0),
            ("api", "/api/v1/sales/metrics", "422", 1.0),
            ("api", "/api/v1/sales/metrics", "403", 1.0),
            ("live", "/", "421", 1.0),
        ] {
            let labels = [("server", name), ("route", route), ("status", status)];
            let found = labelled(&told, requests, &labels);
            assert_eq!(found, Some(count), "{name} {route} {status}");
        }
        let of = |result| [("server", "batch"), ("result", result)];
        let cache = "retail_cache_total";
        // The daily figures, and two files; then the same figures twice.
        assert_eq!(labelled(&told, cache, &of("miss")), Some(3.0));
        assert_eq!(labelled(&told, cache, &of("hit")), Some(2.0));
        let labels = [("server", "batch"), ("route", "/api/daily")];
        let times = "retail_http_request_duration_seconds_count";
        assert_eq!(labelled(&told, times, &labels), Some(3.0));
        let labels = [("version", env!("CARGO_PKG_VERSION")), ("command", "serve")];
        assert_eq!(labelled(&told, "retail_build_info", &labels), Some(1.0));
        for result in ["batch", "live"] {
            let age = labelled(&told, "retail_result_age_seconds", &[("result", result)]);
            assert!(
                age.is_some_and(|age| (0.0..3600.0).contains(&age)),
                "{result}: {age:?}"
            );
        }
    }
    // Addresses of clients are no labels: there would be no end of them.
    let told = format!("{:?}", scrape(server.batch()));
    assert!(
        !told.contains("nothing") && !told.contains("limit"),
        "{told}"
    );
}

#[test]
fn metrics_count_who_watches() {
    let shop = shop_with_windows();
    let server = Server::keyed(&shop, &[]);
    let watching = |count: f64| {
        wait_until("so many viewers", || {
            labelled(&scrape(server.live()), "retail_live_viewers", &[]) == Some(count)
        });
    };
    watching(0.0);
    let mut viewers: Vec<_> = (0..3).map(|_| Client::to(server.live())).collect();
    for viewer in &mut viewers {
        viewer.send(request("GET", "/api/live/events", &[], b""));
        assert!(viewer.event().is_some());
    }
    watching(3.0);
    viewers.pop();
    watching(2.0);
    drop(viewers);
    watching(0.0);
}

#[test]
fn without_results_there_is_no_age() {
    let shop = Shop::new();
    let server = Server::keyed(&shop, &[]);
    assert_eq!(get(server.batch(), "/health").status, 200);
    let told = scrape(server.batch());
    assert!(!told.contains_key("retail_result_age_seconds"));
}

#[test]
fn a_folder_that_nobody_may_read_is_an_error_with_its_name() {
    let shop = shop();
    let output = shop.path("data/output/analysis_csv");
    let lock = |mode: &str| {
        let mut command = std::process::Command::new("chmod");
        assert!(command.arg(mode).arg(&output).status().unwrap().success());
    };
    lock("000");
    let server = Server::of(bound_by_permissions(&Server::command(
        &shop,
        &[],
        &[("RETAIL_API_KEY", KEY)],
    )));
    let answer = server.v1("/sales/summary");
    lock("755");
    assert_eq!(answer.status, 503);
    assert!(answer.detail().contains("analysis_csv"), "{answer:?}");
    wait_until("it can be read", || {
        server.v1("/sales/summary").status == 200
    });
}
