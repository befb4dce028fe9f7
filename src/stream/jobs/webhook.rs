//! Alerts to a webhook: each once, the same trouble not again for a while, tried until it is taken.
//!
//! What cannot be delivered is counted; it stands in the table of alerts all the same.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode, Url};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

use super::row::{Cell, object};
use super::spec::TableSpec;
use crate::error::{Error, Result};

/// Alerts that wait to be sent.
const WAITING: usize = 10_000;
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// The first pause after a failure; each is twice the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// The stream's end is looked for so often in a pause.
const LOOK: Duration = Duration::from_millis(100);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// What waits at the end may take so long.
const LAST: Duration = Duration::from_secs(10);
/// Troubles that are remembered.
const MOST_TROUBLES: usize = 100_000;

/// What became of alerts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Sent {
    /// Alerts that the receiver took.
    pub sent: u64,
    /// Alerts of a trouble that it had been told of lately.
    pub repeated: u64,
    /// Alerts that it refused, or that were not delivered by the end.
    pub failed: u64,
}

/// Sends alerts, on a thread of its own.
pub struct Webhook {
    sender: Option<SyncSender<String>>,
    thread: Option<JoinHandle<()>>,
    taken: Arc<AtomicU64>,
    /// When trying ends, once nothing more comes.
    ends: Arc<OnceLock<Instant>>,
    /// When a trouble was told, in seconds of event time.
    told: HashMap<String, i64>,
    quiet: i64,
    /// Alerts that were to be sent.
    given: u64,
    /// Those that were not, for one like them had been.
    repeated: u64,
}

impl Webhook {
    /// Sends to `url`; the same trouble is not told again for `quiet` of event time.
    ///
    /// # Errors
    /// [`Error::Usage`] when it is no address of HTTP.
    pub fn open(url: &str, quiet: Duration) -> Result<Self> {
        let parsed = Url::parse(url)
            .ok()
            .filter(|url| ["http", "https"].contains(&url.scheme()));
        let Some(url) = parsed else {
            // The address may hold a secret: it is not repeated.
            let what = "--webhook: give an address such as http://host:9000/alerts";
            return Err(Error::Usage(what.to_owned()));
        };
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|e| Error::io("start", "the webhook's sender", e))?;
        // A redirect may turn what is sent into a request without it: none is followed.
        let client = Client::builder().timeout(PATIENCE).redirect(Policy::none());
        let client = client.build();
        let client = client.map_err(|e| Error::Internal(format!("a client of HTTP: {e}")))?;
        let (sender, alerts) = sync_channel(WAITING);
        let taken = Arc::new(AtomicU64::new(0));
        let ends = Arc::new(OnceLock::new());
        let post = Post {
            runtime,
            client,
            url,
            taken: Arc::clone(&taken),
            ends: Arc::clone(&ends),
        };
        let thread = thread::spawn(move || post.all(&alerts));
        Ok(Self {
            ends,
            sender: Some(sender),
            thread: Some(thread),
            taken,
            told: HashMap::new(),
            quiet: i64::try_from(quiet.as_secs()).unwrap_or(i64::MAX),
            given: 0,
            repeated: 0,
        })
    }

    /// Sends an alert of `table`, unless the same trouble was told lately.
    pub fn alert(&mut self, table: &TableSpec, alert: &[Cell]) {
        let mut alert = object(table.columns, alert);
        let text = |name: &str| alert.get(name).and_then(Value::as_str).unwrap_or_default();
        let at = chrono::DateTime::parse_from_rfc3339(text("detected_at"));
        let at = at.map_or(0, |at| at.timestamp());
        let about = [
            "alert_type",
            "store_id",
            "product_id",
            "user_id",
            "session_id",
        ];
        let trouble = about.map(text).join("\n");
        if let Some(told) = self.told.get(&trouble)
            && at.saturating_sub(*told).abs() < self.quiet
        {
            self.repeated += 1;
            return;
        }
        if self.told.len() >= MOST_TROUBLES {
            self.told
                .retain(|_, told| at.saturating_sub(*told) < self.quiet);
        }
        if self.told.len() < MOST_TROUBLES {
            self.told.insert(trouble, at);
        }
        alert.insert("table".to_owned(), json!(table.name));
        let body = Value::Object(alert).to_string();
        self.given += 1;
        if let Some(sender) = &self.sender {
            // What finds no room is not sent, and counted so.
            let _ = sender.try_send(body);
        }
    }

    /// Sends what waits, for a while.
    pub fn end(&mut self) -> Sent {
        self.sender = None;
        let _ = self.ends.set(Instant::now() + LAST);
        if let Some(thread) = self.thread.take() {
            // What it did not send is counted so, however it ended.
            let _ = thread.join();
        }
        let sent = self.taken.load(Ordering::Relaxed);
        Sent {
            sent,
            repeated: self.repeated,
            failed: self.given - sent,
        }
    }
}

/// The sending end.
struct Post {
    runtime: Runtime,
    client: Client,
    url: Url,
    taken: Arc<AtomicU64>,
    /// When trying ends, once nothing more comes.
    ends: Arc<OnceLock<Instant>>,
}

/// How an attempt went.
enum Attempt {
    Taken,
    Refused(StatusCode),
    Failed(String),
}

impl Post {
    fn all(&self, alerts: &Receiver<String>) {
        while let Ok(body) = alerts.recv() {
            self.deliver(&body);
        }
    }

    /// Tries until it is taken, refused for good, or time is up.
    fn deliver(&self, body: &str) {
        let mut pause = FIRST_PAUSE;
        while !self.is_over() {
            match self.attempt(body) {
                Attempt::Taken => {
                    self.taken.fetch_add(1, Ordering::Relaxed);
                    return;
                }
                Attempt::Refused(status) => {
                    tracing::warn!("the webhook refuses an alert: {status}");
                    return;
                }
                Attempt::Failed(what) => tracing::warn!("the webhook does not answer: {what}"),
            }
            self.rest(pause);
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    fn is_over(&self) -> bool {
        self.ends.get().is_some_and(|ends| *ends <= Instant::now())
    }

    fn attempt(&self, body: &str) -> Attempt {
        let request = self
            .client
            .post(self.url.clone())
            .header("content-type", "application/json")
            .body(body.to_owned());
        match self.runtime.block_on(async { request.send().await }) {
            Ok(answer) if answer.status().is_success() => Attempt::Taken,
            Ok(answer) => match answer.status() {
                StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT => {
                    Attempt::Failed(answer.status().to_string())
                }
                status if status.is_client_error() || status.is_redirection() => {
                    Attempt::Refused(status)
                }
                status => Attempt::Failed(status.to_string()),
            },
            Err(e) => Attempt::Failed(e.without_url().to_string()),
        }
    }

    /// Waits before the next attempt.
    fn rest(&self, pause: Duration) {
        let until = Instant::now() + pause;
        while Instant::now() < until && !self.is_over() {
            thread::sleep(until.saturating_duration_since(Instant::now()).min(LOOK));
        }
    }
}
