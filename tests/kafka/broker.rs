//! A real Kafka, by `scripts/services`: one for all tests, or one of a test's own that it may
//! crash.

use std::process;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use tempfile::TempDir;

pub use crate::common::services::free_port;
use crate::common::services::{act, services};
use crate::common::skip;

/// The address of the broker that all tests share; none, with the reason printed, where it
/// cannot be started.
pub fn kafka() -> Option<String> {
    static SHARED: OnceLock<Result<String, String>> = OnceLock::new();
    let started = SHARED.get_or_init(|| act(&mut services(&["start", "kafka"])));
    match started {
        Ok(address) => Some(address.clone()),
        Err(why) => {
            skip(&format!("no Kafka: {why}"));
            None
        }
    }
}

/// A name that no other topic has, in this run or another.
pub fn topic() -> String {
    static NUMBER: AtomicU16 = AtomicU16::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let time = SystemTime::now().duration_since(UNIX_EPOCH);
    let time = time.expect("after 1970").as_millis();
    format!("sales-{time}-{}-{number}", process::id())
}

/// A broker of a test's own. It and its data are gone when the test ends.
pub struct Own {
    run: TempDir,
    port: u16,
    controller: u16,
}

impl Own {
    /// A place for one, that does not run yet; none, with the reason printed, where no broker
    /// can run.
    pub fn prepare() -> Option<Self> {
        let installed = act(&mut services(&["install", "kafka"]));
        if let Err(why) = installed {
            skip(&format!("no Kafka: {why}"));
            return None;
        }
        Some(Self {
            run: TempDir::new().expect("a folder"),
            port: free_port(),
            controller: free_port(),
        })
    }

    /// One that runs.
    pub fn start() -> Option<Self> {
        let own = Self::prepare()?;
        own.begin();
        Some(own)
    }

    fn command(&self, what: &str) -> Result<String, String> {
        act(services(&[what, "kafka"])
            .env("RETAIL_SERVICES_RUN", self.run.path())
            .env("RETAIL_KAFKA_PORT", self.port.to_string())
            .env("RETAIL_KAFKA_CONTROLLER_PORT", self.controller.to_string()))
    }

    /// Where it serves.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Starts it, with the data it had.
    pub fn begin(&self) {
        self.command("start").expect("it starts");
    }

    /// Kills it where it stands.
    pub fn crash(&self) {
        self.command("crash").expect("it is killed");
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        let _ = self.command("crash");
        let _ = self.command("reset");
    }
}
