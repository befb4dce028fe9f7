//! A real Kafka, by `scripts/services`: one for all tests, or one of a test's own that it may
//! crash.

use std::process;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::common::services::{self, act};
use crate::common::skip;

/// The address of the broker that all tests share; none, with the reason printed, where it
/// cannot be started.
pub fn kafka() -> Option<String> {
    static SHARED: OnceLock<Result<String, String>> = OnceLock::new();
    let started = SHARED.get_or_init(|| act(&mut services::services(&["start", "kafka"])));
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
pub struct Own(services::Own);

impl Own {
    /// A place for one, that does not run yet; none, with the reason printed, where no broker
    /// can run.
    pub fn prepare() -> Option<Self> {
        services::Own::prepare("kafka", &["PORT", "CONTROLLER_PORT"]).map(Self)
    }

    /// One that runs.
    pub fn start() -> Option<Self> {
        let own = Self::prepare()?;
        own.begin();
        Some(own)
    }

    /// Where it serves.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.0.port(0))
    }

    /// Starts it, with the data it had.
    pub fn begin(&self) {
        self.0.act("start", "").expect("it starts");
    }

    /// Kills it where it stands.
    pub fn crash(&self) {
        self.0.act("crash", "").expect("it is killed");
    }
}
