//! Clients that send too much, too slowly or nothing, and clients that do not take what they
//! asked for: nobody else notices.

use rustix::process::{Resource, getrlimit, setrlimit};

use crate::client::{Client, get, request};
use crate::world::{KEY, PORTS, Server, shop, shop_with_windows};

/// Memory may vary by so much, in KiB; what clients send in these tests is far more.
const SLACK: u64 = 40 << 10;

/// This process opens as many connections as a test needs.
fn open_many() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).unwrap();
}

/// Everybody else is served.
fn assert_serves(server: &Server) {
    for (address, path) in [
        (server.batch(), "/"),
        (server.batch(), "/api/daily"),
        (server.live(), "/api/live"),
        (server.api(), "/health"),
    ] {
        assert_eq!(get(address, path).status, 200, "{path}");
    }
    assert_eq!(server.v1("/sales/metrics").status, 200);
}

/// Nobody was served only because silent clients ran out of time.
fn assert_nobody_waited(server: &Server) {
    let log = server.log();
    assert!(log.contains("200 in"), "it is written what happens: {log}");
    assert!(!log.contains("header from client timeout"), "{log}");
}

#[test]
fn a_body_of_100_mb_is_not_taken() {
    let shop = shop();
    let server = Server::keyed(&shop, &[]);
    assert_serves(&server);
    let before = server.memory();
    let megabyte = vec![b'a'; 1 << 20];
    for address in server.all() {
        for (method, path) in [("GET", "/health"), ("POST", "/login"), ("PUT", "/nothing")] {
            for coding in ["Content-Length: 104857600", "Transfer-Encoding: chunked"] {
                let kind = "Content-Type: application/x-www-form-urlencoded";
                let head = format!(
                    "{method} {path} HTTP/1.1\r\nHost: localhost\r\n{kind}\r\n{coding}\r\n\r\n"
                );
                let mut client = Client::to(address);
                client.send(head);
                let chunked = coding.starts_with('T');
                let mut sent = 0;
                while sent < 100 {
                    let frame = if chunked { &b"100000\r\n"[..] } else { b"" };
                    let end = if chunked { &b"\r\n"[..] } else { b"" };
                    if !client.send([frame, &megabyte, end].concat()) {
                        break;
                    }
                    sent += 1;
                }
                assert!(sent < 100, "{method} {path} {coding}: all of it was taken");
                // Or the connection ends before the answer is read.
                if let Some(answer) = client.head() {
                    let told = [200, 404, 405, 413].contains(&answer.status);
                    assert!(told, "{method} {path}: {answer:?}");
                    assert!(!chunked || method != "POST" || answer.status == 413);
                    assert!(chunked || answer.status == 413, "{answer:?}");
                }
            }
        }
    }
    let after = server.memory();
    assert!(after < before + SLACK, "{before} KiB, then {after} KiB");
    assert_serves(&server);
}

#[test]
fn a_small_body_is_no_reason_to_refuse() {
    let shop = shop();
    let server = Server::keyed(&shop, &[]);
    let mut client = Client::to(server.batch());
    for _ in 0..3 {
        client.send(request("GET", "/health", &[], &[b'a'; 16 << 10]));
        assert_eq!(client.answer("GET").unwrap().status, 200);
    }
    client.send(request("GET", "/health", &[], &[b'a'; (16 << 10) + 1]));
    assert_eq!(client.answer("GET").unwrap().status, 413);
}

#[test]
fn half_open_clients_are_in_nobodys_way() {
    open_many();
    let shop = shop();
    let server = Server::keyed(&shop, &[]);
    assert_serves(&server);
    let before = server.memory();
    let mut clients = Vec::new();
    for number in 0..400 {
        for address in server.all() {
            let mut client = Client::to(address);
            if number % 2 == 0 {
                client.send("GET /api/daily HTTP/1.1\r\nHost: local");
            }
            clients.push(client);
        }
    }
    assert_serves(&server);
    // Half a body is no better.
    for _ in 0..100 {
        let mut client = Client::to(server.batch());
        let kind = "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100";
        client.send(format!(
            "POST /login HTTP/1.1\r\nHost: localhost\r\n{kind}\r\n\r\nkey="
        ));
        clients.push(client);
    }
    assert_serves(&server);
    let after = server.memory();
    assert!(after < before + 2 * SLACK, "{before} KiB, then {after} KiB");
    let given_up = clients.last_mut().unwrap().answer("POST").unwrap();
    assert_eq!(given_up.status, 408);
    assert!(
        !server.log().contains("WARN"),
        "no fault of the server: {}",
        server.log()
    );
    // Those who were slow are served once they have asked.
    let mut slow = Client::to(server.batch());
    for part in [
        "GET /api/da",
        "ily HTTP/1.1\r\nHo",
        "st: localhost\r\n",
        "\r\n",
    ] {
        slow.send(part);
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    assert_eq!(slow.answer("GET").unwrap().status, 200);
}

#[test]
fn more_silent_clients_than_there_are_places_are_in_nobodys_way() {
    open_many();
    let shop = shop_with_windows();
    let server = Server::keyed(&shop, &["-v"]);
    // Who came before them, and watches, goes on watching.
    let mut viewer = Client::to(server.live());
    viewer.send(request("GET", "/api/live/events", &[], b""));
    assert_eq!(viewer.head().unwrap().status, 200);
    assert!(viewer.event().is_some());
    let mut clients: Vec<_> = (0..1300).map(|_| Client::to(server.live())).collect();
    for _ in 0..3 {
        assert_eq!(get(server.live(), "/api/live").status, 200);
    }
    assert_nobody_waited(&server);
    assert_serves(&server);
    assert!(
        viewer.event().is_some(),
        "it is told that the connection lives"
    );
    // Only as many had to go as there was no place for.
    let newer = &mut clients[900];
    newer.send(request("GET", "/health/live", &[], b""));
    assert_eq!(newer.answer("GET").unwrap().status, 200);
}

#[test]
fn a_low_limit_of_open_files_is_raised() {
    open_many();
    let shop = shop();
    let mut command = std::process::Command::new("sh");
    command.current_dir(shop.path(""));
    command.env("RETAIL_API_KEY", KEY);
    command.args(["-c", "ulimit -Sn 64 && exec \"$0\" \"$@\""]);
    command.arg(env!("CARGO_BIN_EXE_retail"));
    command.args(["--json", "serve"]).args(PORTS);
    let server = Server::of(command);
    let mut clients: Vec<_> = (0..200).map(|_| Client::to(server.batch())).collect();
    assert_serves(&server);
    for client in &mut clients {
        client.send(request("GET", "/health/live", &[], b""));
        let answer = client.answer("GET").expect("nobody had to go");
        assert_eq!(answer.status, 200);
    }
}

#[test]
fn where_no_file_can_be_opened_silent_clients_make_place() {
    let shop = shop();
    let mut command = std::process::Command::new("sh");
    command.current_dir(shop.path(""));
    command.args(["-c", "ulimit -n 64 && exec \"$0\" \"$@\""]);
    command.arg(env!("CARGO_BIN_EXE_retail"));
    command.args(["--json", "serve", "batch", "--batch-port", "0", "-v"]);
    let server = Server::of(command);
    assert_eq!(get(server.batch(), "/api/daily").status, 200);
    let clients: Vec<_> = (0..200).map(|_| Client::to(server.batch())).collect();
    for _ in 0..5 {
        assert_eq!(get(server.batch(), "/").status, 200);
    }
    assert_nobody_waited(&server);
    drop(clients);
    assert_eq!(get(server.batch(), "/api/daily").status, 200);
}

#[test]
fn clients_that_take_nothing_hold_nothing() {
    let shop = shop();
    let server = Server::keyed(&shop, &[]);
    assert_serves(&server);
    let largest = get(server.batch(), "/assets/plotly.js");
    assert!(largest.body.len() > 4_000_000);
    let before = server.memory();
    let mut clients = Vec::new();
    for _ in 0..50 {
        let mut client = Client::to(server.batch());
        for _ in 0..5 {
            client.send(request("GET", "/assets/plotly.js", &[], b""));
        }
        clients.push(client);
    }
    for _ in 0..10 {
        assert_serves(&server);
    }
    // 250 answers of 4.6 MB are owed.
    let after = server.memory();
    assert!(after < before + 2 * SLACK, "{before} KiB, then {after} KiB");
    // One that takes it after all gets it whole.
    let late = clients.last_mut().unwrap().answer("GET").unwrap();
    assert!(late.body == largest.body);
}

#[test]
fn watchers_that_take_nothing_hold_nothing() {
    let shop = shop_with_windows();
    let server = Server::keyed(&shop, &[]);
    assert_serves(&server);
    let before = server.memory();
    let clients: Vec<_> = (0..200)
        .map(|_| {
            let mut client = Client::to(server.live());
            client.send(request("GET", "/api/live/events", &[], b""));
            client
        })
        .collect();
    assert_serves(&server);
    let after = server.memory();
    assert!(after < before + 2 * SLACK, "{before} KiB, then {after} KiB");
    drop(clients);
}
