//! What keeps servers from starting, and what they say then.

use std::net::TcpListener;

use crate::client::get;
use crate::common::{Shop, stderr};
use crate::world::{KEY, PORTS, Server, shop};

/// The one line of a refusal, with a key in the environment.
fn refused(shop: &Shop, args: &[&str], status: i32) -> String {
    let mut command = shop.retail(&[&["serve"], args].concat());
    let output = command.env("RETAIL_API_KEY", KEY).output().unwrap();
    let error = stderr(&output);
    assert_eq!(output.status.code(), Some(status), "{args:?}: {error}");
    assert_eq!(error.lines().count(), 1, "{error}");
    assert!(error.starts_with("error: "), "{error}");
    assert!(output.stdout.is_empty());
    error
}

#[test]
fn off_loopback_needs_a_key_or_a_word() {
    let shop = Shop::new();
    for address in ["0.0.0.0", "::", "[::]", "192.0.2.1", "::ffff:127.0.0.1"] {
        for servers in [&[][..], &["batch"], &["live"], &["api"]] {
            let listen = [&["serve"], servers, &["--listen", address]].concat();
            let error = shop.fail(&listen, 2);
            for way in ["RETAIL_API_KEY", "--api-key-file", "--no-auth"] {
                assert!(error.contains(way), "{error}");
            }
        }
    }
    let error = shop.fail(&["serve", "batch", "--listen", "0.0.0.0:5000"], 2);
    assert!(error.contains("0.0.0.0:5000"), "{error}");
}

#[test]
fn a_port_that_is_taken_is_named_with_its_option() {
    let shop = Shop::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let port = address.port().to_string();
    for name in ["batch", "live", "api"] {
        let option = format!("--{name}-port");
        let error = refused(&shop, &[name, &option, &port], 1);
        assert!(error.contains(&address.to_string()), "{error}");
        assert!(error.contains(&option), "{error}");
        let error = refused(&shop, &[name, "--listen", &address.to_string()], 1);
        assert!(error.contains(&address.to_string()), "{error}");
    }
}

#[test]
fn addresses_that_cannot_be_meant_are_wrong_usage() {
    let shop = Shop::new();
    let several = refused(&shop, &["--listen", "127.0.0.1:5000"], 2);
    assert!(several.contains("--batch-port"), "{several}");
    refused(&shop, &["batch", "api", "--listen", "127.0.0.1:5000"], 2);
    let twice = refused(&shop, &["--batch-port", "5999", "--api-port", "5999"], 2);
    assert!(
        twice.contains("5999") && twice.contains("--api-port"),
        "{twice}"
    );
    // 192.0.2.0/24 is for examples; nobody has its last.
    let foreign = refused(&shop, &["batch", "--listen", "192.0.2.254:0"], 2);
    assert!(
        foreign.contains("192.0.2.254") && foreign.contains("--listen"),
        "{foreign}"
    );
    for option in [
        "--output",
        "--csv-output",
        "--stream-output",
        "--live-output",
    ] {
        let error = refused(&shop, &[option, "hdfs://namenode:8020/data/output"], 2);
        assert!(
            error.contains("hdfs://namenode:8020/data/output"),
            "{error}"
        );
    }
}

#[test]
fn values_that_cannot_be_meant_are_wrong_usage() {
    let shop = Shop::new();
    for (option, value) in [
        ("--listen", "shop.example"),
        ("--listen", "127.0.0.1:99999"),
        ("--currency", "euro"),
        ("--locale", "de_DE"),
        ("--as-of", "tomorrow"),
        ("--cors-origin", "*"),
        ("--cors-origin", "https://shop.example/path"),
        ("--allow-host", "https://shop.example"),
        ("--allow-host", "shop.example:8443"),
        ("--allow-host", ""),
        ("--windows", "0"),
        ("--series", "21"),
        ("--rate-limit", "many"),
        ("--rate-limit", "0"),
        ("--batch-port", "65536"),
    ] {
        let output = shop.run(&["serve", option, value]);
        let error = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{option} {value}: {error}");
        assert!(error.contains(option), "{option} {value}: {error}");
    }
}

#[test]
fn one_server_starts_alone() {
    let shop = shop();
    let start = |args: &[&str]| {
        let mut command = shop.retail(&[&["--json", "serve"], args].concat());
        command.env("RETAIL_API_KEY", KEY);
        Server::of(command)
    };
    let live = start(&["live", "--listen", "127.0.0.1:0"]);
    assert_eq!(live.all().len(), 1);
    assert_eq!(get(live.live(), "/health").status, 200);
    let two = start(&[
        "api",
        "batch",
        "batch",
        "--batch-port",
        "0",
        "--api-port",
        "0",
    ]);
    assert_eq!(two.all().len(), 2);
    assert_eq!(get(two.batch(), "/api/daily").status, 200);
    assert_eq!(two.v1("/sales/summary").status, 200);
    let links = get(two.batch(), "/api/links").json();
    assert_eq!(links["live"], serde_json::Value::Null);
    assert_eq!(
        links["docs"],
        format!("http://localhost:{}/docs/", port(two.api()))
    );
}

fn port(address: &str) -> &str {
    address.rsplit_once(':').unwrap().1
}

#[test]
fn the_later_loopback_is_loopback_too() {
    if TcpListener::bind("[::1]:0").is_err() {
        crate::common::skip("no IPv6 here");
        return;
    }
    let shop = shop();
    let server = Server::start(&shop, &["--listen", "::1"]);
    assert!(server.batch().starts_with("[::1]:"));
    assert_eq!(get(server.batch(), "/api/daily").status, 200);
    assert_eq!(server.v1("/sales/summary").status, 403);
}

#[test]
fn humans_are_told_where_to_look() {
    let shop = shop();
    let mut server = shop.start(&[&["serve"][..], &PORTS].concat());
    let mut told = std::io::BufRead::lines(std::io::BufReader::new(server.stdout()));
    for (what, path) in [
        ("batch dashboard", "/"),
        ("live dashboard", "/"),
        ("API", "/docs/"),
    ] {
        let line = told.next().unwrap().unwrap();
        assert!(line.starts_with(what), "{line}");
        let (_, address) = line.split_once("http://").unwrap();
        let (address, rest) = address.split_once('/').unwrap();
        assert_eq!(format!("/{rest}"), path);
        assert_eq!(get(address, "/health").status, 200);
    }
}
