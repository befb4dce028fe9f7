//! A server beside a test: what it writes is read, so that it never waits for the test.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::Value;

/// It ends within this time.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server. It is killed if the test ends before it; a panic of it fails the test.
pub struct Served {
    child: Child,
    log: Arc<Mutex<Vec<u8>>>,
    logger: Option<JoinHandle<()>>,
}

impl Served {
    /// Whatever a command starts, and the JSON of its first line.
    pub fn of(mut command: Command) -> (Self, Value) {
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
        let this = Self {
            child,
            log,
            logger: Some(logger),
        };
        let told = serde_json::from_str(&line);
        let told = told.unwrap_or_else(|e| panic!("{e}: {line}{}", this.log()));
        (this, told)
    }

    /// What it has written to stderr so far.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&self.log.lock().unwrap()).into_owned()
    }

    /// The memory that it holds now, in KiB, without the pages of the program's file.
    pub fn memory(&self) -> u64 {
        super::memory(self.child.id()).expect("it runs")
    }

    /// Sends the signal of this name: `INT`, `TERM`.
    pub fn signal(&self, name: &str) {
        super::signal(self.child.id(), name);
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

    /// Kills it where it stands.
    pub fn crash(mut self) {
        self.child.kill().expect("killed");
        self.child.wait().expect("waited");
    }
}

impl Drop for Served {
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

/// Where a server of this name is, as `127.0.0.1:41234`, by the line that it began with.
pub fn place(told: &Value, name: &str) -> String {
    let url = told["addresses"][name].as_str().expect("an address");
    let address = url.strip_prefix("http://").expect("http");
    // One that listens everywhere is asked here.
    address.replace("0.0.0.0", "127.0.0.1")
}
