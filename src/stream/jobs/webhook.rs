//! Alerts to a webhook: the same trouble not again for a while, tried until it is taken.
//!
//! What was not taken yet is part of the state, so the next start tells it; what is refused is
//! counted. Both stand in the table of alerts all the same.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode, Url};
use serde::Serialize;
use serde_json::{Map, Value, json};
use tokio::runtime::{Builder, Runtime};

use super::outbox::{Outbox, ROOM};
use super::row::{Cell, object};
use super::spec::TableSpec;
use crate::error::{Error, Result};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// The first pause after a failure; each is twice the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(250);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// What waits at the end may take so long.
const LAST: Duration = Duration::from_millis(if cfg!(test) { 300 } else { 10_000 });
/// Troubles that are remembered.
const MOST_TROUBLES: usize = if cfg!(test) { 1_000 } else { 100_000 };

/// What became of alerts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Sent {
    /// Alerts that the receiver took.
    pub sent: u64,
    /// Alerts of a trouble that it had been told of lately.
    pub repeated: u64,
    /// Alerts that it refused, or for which there was no room: they are not told.
    pub failed: u64,
    /// Alerts that it had not taken by the end, of earlier runs too: a start that goes on from
    /// this checkpoint tells them.
    pub unsent: u64,
}

/// Sends alerts, on a thread of its own.
pub struct Webhook {
    outbox: Arc<Outbox>,
    thread: Option<JoinHandle<()>>,
    answers: Arc<Answers>,
    troubles: Troubles,
    /// Alerts that were not sent, for one like them had been.
    repeated: u64,
    /// Alerts that found no room.
    dropped: u64,
}

/// What the receiver said.
#[derive(Default)]
struct Answers {
    taken: AtomicU64,
    refused: AtomicU64,
    /// When trying ends, once nothing more comes.
    ends: OnceLock<Instant>,
}

/// Reads the address of a webhook.
///
/// # Errors
/// [`Error::Usage`] when it is no address of HTTP.
pub fn address(url: &str) -> Result<Url> {
    let parsed = Url::parse(url)
        .ok()
        .filter(|url| ["http", "https"].contains(&url.scheme()));
    parsed.ok_or_else(|| {
        // The address may hold a secret: it is not repeated.
        let what = "--webhook: give an address such as http://host:9000/alerts";
        Error::Usage(what.to_owned())
    })
}

impl Webhook {
    /// Sends to `url` what waits in `outbox` and what comes; the same trouble is not told again for
    /// `quiet` of event time.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn open(url: Url, quiet: Duration, outbox: &Arc<Outbox>) -> Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|e| Error::io("start", "the webhook's sender", e))?;
        // A redirect may turn what is sent into a request without it: none is followed.
        let client = Client::builder().redirect(Policy::none());
        let client = client.build();
        let client = client.map_err(|e| Error::Internal(format!("a client of HTTP: {e}")))?;
        let mut troubles = Troubles::new(quiet);
        for alert in outbox.waiting() {
            if let Ok(Value::Object(alert)) = serde_json::from_str(&alert) {
                let (trouble, at) = trouble(&alert);
                troubles.told(trouble, at);
            }
        }
        let answers = Arc::new(Answers::default());
        let post = Post {
            runtime,
            client,
            url,
            outbox: Arc::clone(outbox),
            answers: Arc::clone(&answers),
        };
        Ok(Self {
            outbox: Arc::clone(outbox),
            thread: Some(thread::spawn(move || post.all())),
            answers,
            troubles,
            repeated: 0,
            dropped: 0,
        })
    }

    /// Sends an alert of `table`, unless the same trouble was told lately.
    pub fn alert(&mut self, table: &TableSpec, alert: &[Cell]) {
        let mut alert = object(table.columns, alert);
        let (trouble, at) = trouble(&alert);
        if self.troubles.is_told(&trouble, at) {
            self.repeated += 1;
            return;
        }
        alert.insert("table".to_owned(), json!(table.name));
        if self.outbox.put(Value::Object(alert).to_string()) {
            self.troubles.told(trouble, at);
            return;
        }
        if self.dropped == 0 {
            tracing::warn!("the webhook is {ROOM} alerts behind; what finds no room is not told");
        }
        self.dropped += 1;
    }

    /// Sends what waits, for a while.
    pub fn end(&mut self) -> Sent {
        let _ = self.answers.ends.set(Instant::now() + LAST);
        self.outbox.close();
        if let Some(thread) = self.thread.take() {
            // What it did not send still waits, however it ended.
            let _ = thread.join();
        }
        let unsent = self.outbox.len() as u64;
        if unsent > 0 {
            tracing::warn!(
                "the webhook did not take {unsent} alerts in time; a start that goes on from \
                 this checkpoint tells them"
            );
        }
        let refused = self.answers.refused.load(Ordering::Relaxed);
        let (failed, dropped) = (refused + self.dropped, self.dropped);
        if failed > 0 {
            tracing::warn!(
                "{failed} alerts are not told: the webhook refused {refused}, and for {dropped} \
                 there was no room"
            );
        }
        Sent {
            sent: self.answers.taken.load(Ordering::Relaxed),
            repeated: self.repeated,
            failed,
            unsent,
        }
    }
}

/// What an alert is about, and when, in seconds of event time.
fn trouble(alert: &Map<String, Value>) -> (String, i64) {
    let text = |name: &str| alert.get(name).and_then(Value::as_str).unwrap_or_default();
    let at = chrono::DateTime::parse_from_rfc3339(text("detected_at"));
    let about = [
        "alert_type",
        "store_id",
        "product_id",
        "user_id",
        "session_id",
    ];
    (
        about.map(text).join("\n"),
        at.map_or(0, |at| at.timestamp()),
    )
}

/// When troubles were told, in seconds of event time.
struct Troubles {
    told: HashMap<String, i64>,
    quiet: i64,
}

impl Troubles {
    fn new(quiet: Duration) -> Self {
        Self {
            told: HashMap::new(),
            quiet: i64::try_from(quiet.as_secs()).unwrap_or(i64::MAX),
        }
    }

    /// Whether it was told lately.
    fn is_told(&self, trouble: &str, at: i64) -> bool {
        let told = self.told.get(trouble);
        told.is_some_and(|told| at.saturating_sub(*told).abs() < self.quiet)
    }

    /// It is told now.
    fn told(&mut self, trouble: String, at: i64) {
        if self.told.len() >= MOST_TROUBLES {
            self.forget(at);
        }
        self.told.insert(trouble, at);
    }

    /// Forgets at least half, so that it is done but once for so many: those that would be told
    /// again anyway, and then the oldest.
    fn forget(&mut self, at: i64) {
        let quiet = self.quiet;
        self.told.retain(|_, told| at.saturating_sub(*told) < quiet);
        let middle = MOST_TROUBLES / 2;
        if self.told.len() > middle {
            let mut times: Vec<i64> = self.told.values().copied().collect();
            let (_, middle, _) = times.select_nth_unstable(middle);
            let middle = *middle;
            self.told.retain(|_, told| *told > middle);
        }
    }
}

/// The sending end.
struct Post {
    runtime: Runtime,
    client: Client,
    url: Url,
    outbox: Arc<Outbox>,
    answers: Arc<Answers>,
}

/// How an attempt went.
enum Attempt {
    Taken,
    Refused(StatusCode),
    Failed(String),
}

impl Post {
    fn all(&self) {
        while let Some(alert) = self.outbox.oldest() {
            let answers = &self.answers;
            let count = match self.deliver(&alert) {
                Some(true) => &answers.taken,
                Some(false) => &answers.refused,
                None => return,
            };
            count.fetch_add(1, Ordering::Relaxed);
            self.outbox.done();
        }
    }

    /// Tries until it is taken, refused for good, or time is up: then it is neither.
    fn deliver(&self, alert: &str) -> Option<bool> {
        let mut pause = FIRST_PAUSE;
        while !self.is_over() {
            match self.attempt(alert) {
                Attempt::Taken => return Some(true),
                Attempt::Refused(status) => {
                    tracing::warn!("the webhook refuses an alert: {status}");
                    return Some(false);
                }
                Attempt::Failed(what) => tracing::warn!("the webhook does not answer: {what}"),
            }
            self.rest(pause);
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        None
    }

    fn is_over(&self) -> bool {
        let ends = self.answers.ends.get();
        ends.is_some_and(|ends| *ends <= Instant::now())
    }

    fn attempt(&self, body: &str) -> Attempt {
        let left = self.answers.ends.get().map_or(PATIENCE, |ends| {
            ends.saturating_duration_since(Instant::now())
        });
        let request = self
            .client
            .post(self.url.clone())
            .timeout(left.min(PATIENCE))
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

    /// Waits before the next attempt; once nothing more comes, not beyond the end.
    fn rest(&self, pause: Duration) {
        let until = Instant::now() + pause;
        if self.outbox.rest(until) {
            let ends = self.answers.ends.get();
            let until = ends.map_or(until, |ends| until.min(*ends));
            thread::sleep(until.saturating_duration_since(Instant::now()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stream::jobs::alert::Alert;
    use crate::stream::jobs::list::find;

    #[test]
    fn troubles_are_forgotten_by_halves_and_the_newest_last() {
        let mut troubles = Troubles::new(Duration::from_secs(1_000_000));
        let mut forgot = 0;
        for at in 0..20 * MOST_TROUBLES as i64 {
            let before = troubles.told.len();
            troubles.told(at.to_string(), at);
            if troubles.told.len() <= before {
                assert_eq!(before, MOST_TROUBLES);
                assert!(troubles.told.len() <= MOST_TROUBLES / 2 + 1);
                forgot += 1;
            }
            let lately = at - MOST_TROUBLES as i64 / 3;
            assert!(lately < 0 || troubles.is_told(&lately.to_string(), at));
        }
        // Half of the room is free after each time.
        assert!((1..=40).contains(&forgot), "{forgot}");
        // All at once, and nothing can be told from the rest by its time.
        for n in 0..10 * MOST_TROUBLES {
            troubles.told(format!("now {n}"), 0);
            assert!(troubles.told.len() <= MOST_TROUBLES);
        }
    }

    #[test]
    fn what_is_not_taken_waits_for_the_next_start_and_what_finds_no_room_is_counted() {
        let table = &find("anomalies").unwrap().spec.tables[0];
        let outbox = Arc::new(Outbox::default());
        // Nobody listens there any more.
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        drop(listener);
        let open = |outbox| {
            let quiet = Duration::from_secs(60);
            Webhook::open(address(&url).unwrap(), quiet, outbox).unwrap()
        };
        let mut webhook = open(&outbox);
        let about = |user: &'static str| Alert {
            user: user.as_bytes(),
            ..Alert::new("high_value", 1_000_000)
        };
        for user in ["a", "b", "a", "c", "d", "e", "f", "e"] {
            webhook.alert(table, &about(user).row());
        }
        let sent = webhook.end();
        let counts = (sent.sent, sent.repeated, sent.failed, sent.unsent);
        assert_eq!(counts, (0, 1, 3, ROOM as u64));
        // Who goes on knows of which troubles alerts wait.
        let again = Arc::new(Outbox::default());
        again.apply(outbox.save(true));
        let mut webhook = open(&again);
        webhook.alert(table, &about("d").row());
        let sent = webhook.end();
        assert_eq!(
            (sent.repeated, sent.failed, sent.unsent),
            (1, 0, ROOM as u64)
        );
    }
}
