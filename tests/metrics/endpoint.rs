//! The port: where it is, who may hang on it, and what else it answers.

use std::collections::HashSet;
use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::common::scrape::{address, ask, get, scrape, scrape_until, value};
use crate::common::{Running, Shop, stderr};
use crate::{ANY, PATIENCE};

/// A stream that goes on until it is stopped.
fn start(shop: &Shop, more: &[&str]) -> Running {
    shop.write(
        "data/input/a.csv",
        "order_date,product,amount\n2025-01-01,Tea,1\n2025-01-02,Tea,1\n",
    );
    shop.start(&[&["stream", "--loop", "--rate", "200"], more].concat())
}

#[test]
fn a_port_that_is_taken_is_an_error_and_nothing_begins() {
    let shop = Shop::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = listener.local_addr().unwrap().to_string();
    shop.write(
        "data/input/a.csv",
        "order_date,product,amount\n2025-01-01,Tea,1\n",
    );
    for command in ["stream", "replay"] {
        let error = shop.fail(&[command, "--metrics-addr", &taken], 1);
        let expected = format!("error: {taken}: another program listens there; choose another");
        assert!(error.starts_with(&expected), "{error}");
        assert!(error.contains("--metrics-addr"), "{error}");
    }
    assert!(!shop.path("checkpoints").exists() && !shop.path("data/output").exists());
    drop(listener);
    let free = shop.run(&["replay", "--rate", "0", "--metrics-addr", &taken]);
    assert!(free.status.success(), "{}", stderr(&free));
}

#[test]
fn health_tells_status_time_and_version() {
    let shop = Shop::new();
    let mut run = start(&shop, &ANY);
    let address = address(&mut run);
    scrape_until(&address, |s| s.contains_key("retail_records_read_total"));
    for path in ["/health", "/health/live", "/health/ready"] {
        let (status, headers, body) = get(&address, path);
        assert_eq!(status, 200, "{path}");
        assert_eq!(headers["content-type"], "application/json");
        let body: Value = serde_json::from_str(&body).unwrap();
        assert_eq!(body["status"], "ok");
        assert_eq!(body["version"], env!("CARGO_PKG_VERSION"));
        let time = DateTime::parse_from_rfc3339(body["timestamp"].as_str().unwrap()).unwrap();
        assert!((Utc::now() - time.to_utc()).num_seconds().abs() < 60);
    }
    assert_eq!(get(&address, "/").0, 404);
    assert_eq!(get(&address, "/metrics/../health").0, 404);
    let post = "POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
    assert_eq!(ask(&address, post).0, 405);
    let head = ask(&address, "HEAD /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_eq!((head.0, &*head.2), (200, ""));
    let flood = "X-A: aaaaaaaaaaaaaaaa\r\n".repeat(5_000);
    let flood = format!("GET /metrics HTTP/1.1\r\nHost: a\r\n{flood}\r\n");
    let mut connection = TcpStream::connect(&address).unwrap();
    // It may be cut off before all of it is sent.
    let _ = connection.write_all(flood.as_bytes());
    let mut answer = Vec::new();
    let _ = connection.read_to_end(&mut answer);
    assert!(!String::from_utf8_lossy(&answer).contains(" 200 "));
    scrape(&address);
}

/// Open files of a process.
fn files(run: &mut Running) -> usize {
    fs::read_dir(format!("/proc/{}/fd", run.pid()))
        .unwrap()
        .count()
}

#[test]
fn clients_that_hang_keep_nobody_out() {
    let shop = Shop::new();
    let mut run = start(&shop, &ANY);
    let address = address(&mut run);
    scrape_until(&address, |s| s.contains_key("retail_records_read_total"));
    let before = files(&mut run);
    let hang = |n: usize| {
        let mut connection = TcpStream::connect(&address).unwrap();
        let text = [
            "",
            "GET /met",
            "GET /metrics HTTP/1.1\r\nHost: a\r\nX-Slow: ",
        ][n % 3];
        connection.write_all(text.as_bytes()).unwrap();
        connection
    };
    let mut hanging: Vec<TcpStream> = (0..300).map(hang).collect();
    let mut read = 0.0;
    for _ in 0..10 {
        let began = Instant::now();
        let seen = scrape(&address);
        assert!(
            began.elapsed() < Duration::from_secs(1),
            "{:?}",
            began.elapsed()
        );
        let now = value(&seen, "retail_records_read_total").unwrap();
        assert!(now > read, "the stream stands");
        read = now;
        thread::sleep(Duration::from_millis(50));
    }
    let held = files(&mut run);
    assert!(held <= before + 40, "{held} after {before}");
    // All of them are let go, without having asked.
    let deadline = Instant::now() + PATIENCE;
    for connection in &mut hanging {
        let left = deadline.saturating_duration_since(Instant::now());
        connection
            .set_read_timeout(Some(left.max(Duration::from_millis(1))))
            .unwrap();
        // The answer, where there is any, is that the request took too long.
        if let Err(e) = connection.read_to_end(&mut Vec::new()) {
            assert_eq!(e.kind(), ErrorKind::ConnectionReset, "{e}");
        }
    }
    let deadline = Instant::now() + PATIENCE;
    while files(&mut run) > before + 2 {
        assert!(Instant::now() < deadline, "{} files", files(&mut run));
        thread::sleep(Duration::from_millis(50));
    }
    run.signal("INT");
    assert!(run.ends_within(Duration::from_secs(5)));
}

#[test]
fn a_client_that_asks_and_does_not_read_ends_nothing() {
    let shop = Shop::new();
    let mut run = start(&shop, &ANY);
    let address = address(&mut run);
    let mut deaf = Vec::new();
    for _ in 0..100 {
        let mut connection = TcpStream::connect(&address).unwrap();
        connection
            .write_all(b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n")
            .unwrap();
        deaf.push(connection);
    }
    drop(deaf.split_off(50));
    for _ in 0..5 {
        scrape(&address);
    }
    run.signal("INT");
    assert!(run.ends_within(Duration::from_secs(5)));
}

#[test]
fn a_port_alone_is_of_the_loopback_address() {
    let shop = Shop::new();
    for written in ["0", ":0", "localhost:0"] {
        let mut run = start(&shop, &["--metrics-addr", written]);
        let address = address(&mut run);
        assert!(address.starts_with("127.0.0.1:"), "{address}");
        scrape(&address);
        run.kill();
    }
}

#[test]
fn all_addresses_must_be_written_and_are_warned_of() {
    let shop = Shop::new();
    shop.write(
        "data/input/a.csv",
        "order_date,product,amount\n2025-01-01,Tea,1\n",
    );
    let play = |address: &str| {
        let args = ["replay", "--rate", "0", "--metrics-addr", address];
        let output = shop.run(&args);
        assert!(output.status.success(), "{}", stderr(&output));
        stderr(&output)
    };
    let warning = "asks for no key: whoever reaches it can read the metrics";
    assert!(play("0.0.0.0:0").contains(warning));
    assert!(!play("127.0.0.1:0").contains(warning));
    let error = shop.fail(&["stream", "--metrics-addr", "8.8.8.8"], 2);
    assert!(
        error.contains("not an address; write it as 127.0.0.1:9464"),
        "{error}"
    );
}

#[test]
fn the_environment_names_the_address_too() {
    let shop = Shop::new();
    shop.write(
        "data/input/a.csv",
        "order_date,product,amount\n2025-01-01,Tea,1\n",
    );
    let run = |variable: &str, command: &str| {
        let mut retail = shop.retail(&[command, "--rate", "0"]);
        let output = retail.env(variable, "127.0.0.1:0").output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        stderr(&output).contains("metrics are at http://127.0.0.1:")
    };
    assert!(run("RETAIL_STREAM_METRICS_ADDR", "stream"));
    assert!(run("RETAIL_REPLAY_METRICS_ADDR", "replay"));
    // Nobody listens unless asked.
    assert!(!run("RETAIL_REPLAY_METRICS_ADDR", "stream"));
}

#[test]
fn two_runs_have_two_ports() {
    let shop = Shop::new();
    let (mut one, other) = (start(&shop, &ANY), Shop::new());
    let mut two = start(&other, &ANY);
    let addresses = [address(&mut one), address(&mut two)];
    assert_eq!(addresses.iter().collect::<HashSet<_>>().len(), 2);
}
