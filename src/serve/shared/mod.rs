//! Answers of the API that several servers share, in Redis.
//!
//! Each server keeps answers itself ([`super::cache`]); what one of them made, the others need not
//! make. An answer stands under all that decides it: the runs that it tells of, what was asked, the
//! day, the settings and the program. So it is never old, and servers of two versions do not meet.
//!
//! Redis may be away, slow or full at any time: then each server makes its own answers. A request
//! waits for 100 ms at most, and never for a connection: [`Shared::keep`] makes that aside.

mod entry;

use std::io::Read;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::HeaderMap;
use redis::aio::MultiplexedConnection;
use redis::{AsyncCommands, RedisError};
use tokio::sync::{Notify, Semaphore, watch};
use tokio::time::{Instant, sleep};
use twox_hash::XxHash3_128;

pub use entry::Entry;

use super::counts;
use crate::error::{Error, Result};
use crate::metrics::Registry;
use crate::sinks::Address;
use crate::sinks::redis::Redis;

/// Redis answers within this time, or is taken to be away.
const PATIENCE: Duration = Duration::from_millis(100);
/// It connects, and every reply to that comes, within this time.
const CONNECT: Duration = Duration::from_secs(2);
/// From its loss to the first try to reach it again; the pause doubles.
const PAUSE: Duration = Duration::from_millis(250);
/// The longest pause.
const LONG_PAUSE: Duration = Duration::from_secs(15);
/// A larger answer is made by each server.
const LARGEST: usize = 1 << 20;
/// Answers that are on their way at once; more are not shared.
const WRITES: usize = 32;
/// What becomes of it without Redis.
const ALONE: &str = "this server keeps its answers for itself meanwhile";

/// Where answers are shared, and for how long.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The Redis.
    pub address: Address,
    /// An answer stands there for so long.
    pub life: Duration,
}

/// Answers in Redis.
pub struct Shared {
    redis: Redis,
    owner: String,
    program: u128,
    life: u64,
    line: RwLock<Option<Line>>,
    lost: Notify,
    refused: AtomicBool,
    writes: Arc<Semaphore>,
    registry: Arc<Registry>,
}

/// A connection, and which it is.
#[derive(Clone)]
struct Line {
    number: u64,
    connection: MultiplexedConnection,
}

impl Shared {
    /// Answers in the Redis of `settings`, which is not asked yet.
    ///
    /// # Errors
    /// [`Error::Usage`] when its authorities cannot be read; when this program cannot.
    pub fn open(settings: &Settings, registry: &Arc<Registry>) -> Result<Arc<Self>> {
        counts::shared_up(registry, false);
        Ok(Arc::new(Self {
            redis: Redis::new(&settings.address, CONNECT)?,
            owner: settings.address.owner.clone(),
            program: program()?,
            life: settings.life.as_secs().max(1),
            line: RwLock::default(),
            lost: Notify::new(),
            refused: AtomicBool::new(false),
            writes: Arc::new(Semaphore::new(WRITES)),
            registry: Arc::clone(registry),
        }))
    }

    /// Connects, and connects again, until the end.
    pub async fn keep(self: Arc<Self>, mut ending: watch::Receiver<bool>) {
        tokio::select! {
            () = self.connected() => {}
            _ = ending.wait_for(|end| *end) => {}
        }
    }

    async fn connected(&self) {
        let (mut pause, mut told) = (PAUSE, false);
        for number in 1.. {
            match self.redis.connect().await {
                Ok(mut connection) => {
                    connection.set_response_timeout(PATIENCE);
                    let place = self.redis.place();
                    tracing::info!("{place}: answers are shared there");
                    told = false;
                    self.refused.store(false, Ordering::Relaxed);
                    self.set(Line { number, connection });
                    let since = Instant::now();
                    self.lost.notified().await;
                    if since.elapsed() > LONG_PAUSE {
                        pause = PAUSE;
                    }
                }
                Err(e) if told => tracing::debug!("{e}"),
                Err(e) => {
                    tracing::warn!("{e}; {ALONE}");
                    told = true;
                }
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONG_PAUSE);
        }
    }

    fn set(&self, line: Line) {
        counts::shared_up(&self.registry, true);
        *self.line.write().unwrap_or_else(PoisonError::into_inner) = Some(line);
    }

    fn line(&self) -> Option<Line> {
        let line = self.line.read().unwrap_or_else(PoisonError::into_inner);
        line.clone()
    }

    /// The answer to what was asked, if another server has made it.
    pub async fn get(&self, asked: &str) -> Option<Entry> {
        let mut line = self.line()?;
        let found: Result<Option<Vec<u8>>, _> = line.connection.get(self.key(asked)).await;
        let found = match found {
            Ok(found) => found.and_then(|bytes| Entry::read(bytes, asked)),
            Err(e) => {
                self.failed(&line, &e);
                return None;
            }
        };
        let result = if found.is_some() { "hit" } else { "miss" };
        counts::shared(&self.registry, result);
        found
    }

    /// Gives an answer to the others, aside; not a large one, and not more than a few at once.
    pub fn put(self: &Arc<Self>, asked: &str, headers: &HeaderMap, body: &Bytes) {
        let Some(mut line) = self.line() else { return };
        if body.len() > LARGEST {
            return;
        }
        let Ok(permit) = Arc::clone(&self.writes).try_acquire_owned() else {
            return;
        };
        let entry = Entry::of(headers, body).and_then(|entry| entry.write(asked));
        let Some(bytes) = entry else { return };
        let (this, key) = (Arc::clone(self), self.key(asked));
        tokio::spawn(async move {
            let _permit = permit;
            if let Err(e) = line
                .connection
                .set_ex::<_, _, ()>(key, bytes, this.life)
                .await
            {
                this.failed(&line, &e);
            }
        });
    }

    /// A refusal, of the first of which is told; else the connection is given up.
    fn failed(&self, line: &Line, error: &RedisError) {
        counts::shared(&self.registry, "failed");
        let told = self.redis.told(error);
        if !error.is_unrecoverable_error() && !error.is_timeout() {
            if !self.refused.swap(true, Ordering::Relaxed) {
                tracing::warn!("{told}");
            }
            return;
        }
        let mut current = self.line.write().unwrap_or_else(PoisonError::into_inner);
        // Many requests see the loss of one connection.
        if current
            .as_ref()
            .is_some_and(|now| now.number == line.number)
        {
            *current = None;
            counts::shared_up(&self.registry, false);
            self.lost.notify_one();
            tracing::warn!("{told}; {ALONE}");
        }
    }

    fn key(&self, asked: &str) -> String {
        let text = format!("{:032x}\n{asked}", self.program);
        let digest = XxHash3_128::oneshot(text.as_bytes());
        format!("{}:answer:{digest:032x}", self.owner)
    }
}

/// What tells this program from every other one: the version alone would not, of two builds.
fn program() -> Result<u128> {
    let failed = |e| Error::io("read", "this program", e);
    // What runs, also where its file has been replaced since.
    let path = std::env::current_exe().map_err(failed)?;
    let running = std::path::Path::new("/proc/self/exe");
    let file = std::fs::File::open(running).or_else(|_| std::fs::File::open(path));
    let mut file = file.map_err(failed)?;
    let (mut hasher, mut some) = (XxHash3_128::new(), vec![0; 1 << 20]);
    loop {
        match file.read(&mut some).map_err(failed)? {
            0 => return Ok(hasher.finish_128()),
            size => hasher.write(&some[..size]),
        }
    }
}
