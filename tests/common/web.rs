//! Servers that run beside a test, and a client that asks them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{Running, Shop};

/// The key of servers that a test starts.
pub const KEY: &str = "a-key-for-tests-only";

/// What is waited for comes within moments; this only keeps a broken test from hanging.
const PATIENCE: Duration = Duration::from_secs(60);

/// `retail serve`, with every server on a port of its own.
pub struct Servers {
    /// The process.
    pub process: Running,
    addresses: Value,
}

impl Servers {
    /// Starts all, with further arguments; ready when this returns.
    pub fn start(shop: &Shop, args: &[&str]) -> Self {
        let ports = ["--batch-port", "0", "--live-port", "0", "--api-port", "0"];
        let mut command = shop.retail(&[&["--json", "serve"], &ports[..], args].concat());
        command.env("RETAIL_API_KEY", KEY);
        let mut process = Running::of(command);
        let mut line = String::new();
        BufReader::new(process.stdout())
            .read_line(&mut line)
            .expect("a line");
        let told: Value = serde_json::from_str(&line).expect("one JSON object");
        Self {
            process,
            addresses: told["addresses"].clone(),
        }
    }

    /// The address of a server: `batch`, `live` or `api`.
    pub fn address(&self, server: &str) -> String {
        self.addresses[server]
            .as_str()
            .expect("an address")
            .to_owned()
    }

    /// Asks a server, with the key.
    pub fn get(&self, server: &str, path: &str) -> Answer {
        get(&self.address(server), path)
    }

    /// Asks, must be answered with 200, and gives the JSON.
    pub fn json(&self, server: &str, path: &str) -> Value {
        let answer = self.get(server, path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        serde_json::from_str(&answer.body).expect("JSON")
    }

    /// Asks until `wanted` accepts the JSON.
    pub fn until(&self, server: &str, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let began = Instant::now();
        loop {
            let told = self.json(server, path);
            if wanted(&told) {
                return told;
            }
            assert!(began.elapsed() < PATIENCE, "never so: {told}");
            thread::sleep(Duration::from_millis(20));
        }
    }
}

/// The next pushed state that `wanted` accepts, of the lines of an answer that does not end.
pub fn pushed(lines: &mut impl BufRead, wanted: impl Fn(&Value) -> bool) -> Value {
    let began = Instant::now();
    let mut line = String::new();
    while began.elapsed() < PATIENCE {
        line.clear();
        assert!(
            lines.read_line(&mut line).expect("a line") > 0,
            "the events ended"
        );
        let Some(data) = line.strip_prefix("data: ") else {
            continue;
        };
        let state: Value = serde_json::from_str(data).expect("JSON");
        if wanted(&state) {
            return state;
        }
    }
    panic!("not pushed: {line}");
}

/// What came back.
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Status line and headers.
    pub head: String,
    /// The rest.
    pub body: String,
}

/// Opens a connection and sends a request with the key.
pub fn ask(address: &str, path: &str) -> TcpStream {
    let host = address.strip_prefix("http://").expect("http");
    let mut stream = TcpStream::connect(host).expect("connected");
    let timeout = Some(Duration::from_secs(30));
    stream.set_read_timeout(timeout).expect("a timeout");
    // HTTP/1.0: the answer ends with the connection and comes in one piece.
    write!(
        stream,
        "GET {path} HTTP/1.0\r\nHost: localhost\r\nX-API-Key: {KEY}\r\n\r\n"
    )
    .expect("sent");
    stream
}

fn get(address: &str, path: &str) -> Answer {
    let mut text = String::new();
    ask(address, path)
        .read_to_string(&mut text)
        .expect("an answer");
    let (head, body) = text.split_once("\r\n\r\n").expect("a head");
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    Answer {
        status: status.expect("a status"),
        head: head.to_owned(),
        body: body.to_owned(),
    }
}
