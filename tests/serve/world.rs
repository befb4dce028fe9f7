//! A shop with results, and servers that show them.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::client::{Answer, ask};
use crate::common::Shop;

/// What a server does soon.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// A key that opens the API of [`Server::keyed`].
pub const KEY: &str = "0123456789abcdef0123456789abcdef";
/// Every server listens on any free port.
pub const PORTS: [&str; 6] = ["--batch-port", "0", "--live-port", "0", "--api-port", "0"];

/// Three days of sales, and what batch makes of them.
pub fn shop() -> Shop {
    let shop = Shop::new();
    shop.json(&["generate", "--days", "3"]);
    shop.json(&["batch"]);
    shop
}

/// The same, and what a stream makes of them.
pub fn shop_with_windows() -> Shop {
    let shop = shop();
    shop.json(&["stream", "--rate", "0", "--until-end"]);
    shop
}

/// Servers beside the test. They are killed if the test ends before them; a panic of theirs
/// fails it.
pub struct Server {
    child: Child,
    addresses: BTreeMap<String, String>,
    log: Arc<Mutex<Vec<u8>>>,
    logger: Option<JoinHandle<()>>,
}

impl Server {
    /// All three, without a key.
    pub fn start(shop: &Shop, options: &[&str]) -> Self {
        Self::with(shop, options, &[])
    }

    /// All three; [`KEY`] opens the API.
    pub fn keyed(shop: &Shop, options: &[&str]) -> Self {
        Self::with(shop, options, &[("RETAIL_API_KEY", KEY)])
    }

    /// All three, reachable from other machines; [`KEY`] opens them.
    pub fn open(shop: &Shop, options: &[&str]) -> Self {
        Self::keyed(shop, &[&["--listen", "0.0.0.0"], options].concat())
    }

    /// All three, with these variables.
    pub fn with(shop: &Shop, options: &[&str], variables: &[(&str, &str)]) -> Self {
        Self::of(Self::command(shop, options, variables))
    }

    /// What starts all three, with these variables.
    pub fn command(shop: &Shop, options: &[&str], variables: &[(&str, &str)]) -> Command {
        let args = [&["--json", "serve"], &PORTS[..], options].concat();
        let mut command = shop.retail(&args);
        command.envs(variables.iter().copied());
        command
    }

    /// Whatever a command starts, which says where in its first line.
    pub fn of(mut command: Command) -> Self {
        command.stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        let log = Arc::new(Mutex::new(Vec::new()));
        let mut stderr = child.stderr.take().expect("a pipe");
        let written = Arc::clone(&log);
        let logger = thread::spawn(move || {
            let mut some = [0; 4096];
            while let Ok(size @ 1..) = stderr.read(&mut some) {
                written.lock().unwrap().extend_from_slice(&some[..size]);
            }
        });
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("a line");
        let mut this = Self {
            child,
            addresses: BTreeMap::new(),
            log,
            logger: Some(logger),
        };
        let told: Value =
            serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line}{}", this.log()));
        assert_eq!(told["command"], "serve");
        for (name, url) in told["addresses"].as_object().expect("addresses") {
            let url = url.as_str().expect("a text");
            let address = url.strip_prefix("http://").expect("an address");
            // One that listens everywhere is asked here.
            let address = address.replace("0.0.0.0", "127.0.0.1");
            this.addresses.insert(name.clone(), address);
        }
        this
    }

    /// Where a server is, as `127.0.0.1:41234`.
    pub fn address(&self, name: &str) -> &str {
        &self.addresses[name]
    }

    /// Where the batch dashboard is.
    pub fn batch(&self) -> &str {
        self.address("batch")
    }

    /// Where the live dashboard is.
    pub fn live(&self) -> &str {
        self.address("live")
    }

    /// Where the API is.
    pub fn api(&self) -> &str {
        self.address("api")
    }

    /// All addresses.
    pub fn all(&self) -> Vec<&str> {
        self.addresses.values().map(String::as_str).collect()
    }

    /// Asks the API with [`KEY`].
    pub fn v1(&self, path: &str) -> Answer {
        self.v1_with(path, &[])
    }

    /// The same with more headers.
    pub fn v1_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let headers = [&[("X-API-Key", KEY)], headers].concat();
        ask(self.api(), "GET", &format!("/api/v1{path}"), &headers, b"")
    }

    /// What it has written to stderr so far.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&self.log.lock().unwrap()).into_owned()
    }

    /// The memory that it holds now, in KiB.
    pub fn memory(&self) -> u64 {
        let status = format!("/proc/{}/status", self.child.id());
        let text = std::fs::read_to_string(status).expect("it runs");
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.and_then(|line| line.split_whitespace().next());
        number.expect("a number").parse().expect("KiB")
    }

    /// Sends the signal of this name: `INT`, `TERM`.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("sh")
            .args(["-c", "kill -s \"$0\" \"$1\"", name, &pid])
            .status();
        assert!(sent.expect("sh runs").success());
    }

    /// Whether it still runs.
    pub fn runs(&mut self) -> bool {
        self.child.try_wait().expect("waited").is_none()
    }

    /// Waits for the end, which must come; gives the status and what it wrote to stderr.
    pub fn end(mut self) -> (ExitStatus, String) {
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("waited") {
                break status;
            }
            assert!(Instant::now() < deadline, "it does not end: {}", self.log());
            thread::sleep(Duration::from_millis(5));
        };
        self.logger.take().expect("one").join().expect("read");
        (status, self.log())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(logger) = self.logger.take() {
            let _ = logger.join();
        }
        if !thread::panicking() {
            let log = self.log();
            assert!(!log.contains("panicked"), "{log}");
        }
    }
}

/// Waits until it is so.
pub fn wait_until(what: &str, mut ready: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !ready() {
        assert!(Instant::now() < deadline, "never so: {what}");
        thread::sleep(Duration::from_millis(10));
    }
}
