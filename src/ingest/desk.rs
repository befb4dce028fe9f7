//! Where requests wait for Kafka.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::sync::Semaphore;

use super::check::Checker;
use super::job::{Failed, Job, Room};
use super::keys::{Claim, Found, Keys};
use super::lane::{Lane, Outcome};
use super::session::{self, Reading};
use super::{Settings, Target};
use crate::error::{Error, Result};
use crate::metrics::ingest::Meter;
use crate::signal::Stop;

/// A transaction takes no further request after so many records.
const RECORDS: usize = 10_000;
/// Nor after so many bytes.
const BYTES: usize = 4 << 20;
/// A waiting request takes so much room at least.
const LEAST: usize = 1 << 10;
/// What is around a record in Kafka.
const AROUND: usize = 1 << 10;
/// Kafka is asked again so often while it is away.
const AGAIN: Duration = Duration::from_millis(500);

/// How it stands with Kafka.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// Requests are sent.
    Open,
    /// Kafka does not answer.
    Away,
    /// Nothing is sent any more.
    Closed,
}

/// Where requests wait for Kafka.
pub struct Desk {
    /// Where records go.
    pub settings: Settings,
    /// The keys of requests.
    pub keys: Arc<Keys>,
    /// What a scrape sees.
    pub meter: Meter,
    sales: Checker,
    events: Checker,
    /// Bytes of a record.
    longest: usize,
    requests: Arc<Semaphore>,
    bytes: Arc<Semaphore>,
    /// Whether the topic of orders is there; it is looked for with the first order.
    orders: AtomicBool,
    stop: Stop,
    line: Mutex<Line>,
    more: Condvar,
    health: AtomicU8,
    fault: Mutex<Option<Error>>,
    keeper: Mutex<Option<JoinHandle<()>>>,
}

/// Those who wait.
#[derive(Default)]
struct Line {
    jobs: VecDeque<Job>,
    /// Nobody comes any more.
    ending: bool,
    /// A lane is at its end, and so are all.
    broken: bool,
    /// Keys of requests of which it is not known whether they were sent.
    doubts: Vec<Claim>,
}

fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

impl Desk {
    /// Opens it: topics are there, keys are known, whoever ran before is fenced. Blocks.
    ///
    /// # Errors
    /// When a property is refused, or the brokers do not answer.
    pub fn open(settings: Settings, meter: Meter, stop: &Stop) -> Result<Arc<Self>> {
        let longest = session::prepare(&settings, false, stop)?;
        let keys = Keys::new(settings.horizon, settings.most_keys);
        let own = RandomState::new().hash_one(std::process::id());
        let mut reading = Reading::new(format!("{own:016x}"), settings.horizon);
        let lanes = session::open(&settings, &mut reading, &keys, longest)?;
        let jump = micros(settings.max_jump);
        let this = Arc::new(Self {
            sales: Checker::new(settings.sales.clone(), jump),
            events: Checker::new(settings.events.clone(), jump),
            longest: longest.saturating_sub(AROUND),
            requests: Arc::new(Semaphore::new(settings.max_requests)),
            bytes: Arc::new(Semaphore::new(settings.max_waiting)),
            orders: AtomicBool::new(false),
            stop: stop.clone(),
            line: Mutex::default(),
            more: Condvar::new(),
            health: AtomicU8::new(Health::Open as u8),
            fault: Mutex::default(),
            keeper: Mutex::default(),
            keys,
            meter,
            settings,
        });
        let desk = Arc::clone(&this);
        let keeper = thread::Builder::new()
            .name("ingest".to_owned())
            .spawn(move || desk.keep(lanes, reading))
            .map_err(|e| Error::io("start", "a thread", e))?;
        *lock(&this.keeper) = Some(keeper);
        Ok(this)
    }

    /// The topic of this name, if it may be written.
    pub fn target(&self, name: &str) -> Option<&Target> {
        let mut targets = self.settings.targets.iter();
        targets.find(|target| target.name == name)
    }

    /// What checks the records of a topic.
    pub fn checker(&self, target: &Target) -> &Checker {
        match target.events {
            true => &self.events,
            false => &self.sales,
        }
    }

    /// The bytes that a record may have.
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// Looks for the topic of orders, once, and makes it if it is missing. Blocks.
    ///
    /// # Errors
    /// When the brokers do not answer, or refuse to make it.
    pub fn prepare_orders(&self) -> Result<()> {
        if !self.orders.load(Ordering::Relaxed) {
            let orders = self.settings.topic(&self.settings.orders);
            orders.make_missing(self.settings.partitions, &self.stop)?;
            self.orders.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    fn prepare(&self) -> Result<usize> {
        let orders = self.orders.load(Ordering::Relaxed);
        session::prepare(&self.settings, orders, &self.stop)
    }

    /// How it stands with Kafka.
    pub fn health(&self) -> Health {
        match self.health.load(Ordering::Relaxed) {
            0 => Health::Open,
            1 => Health::Away,
            _ => Health::Closed,
        }
    }

    /// Why nothing is sent any more, once.
    pub fn fault(&self) -> Option<Error> {
        lock(&self.fault).take()
    }

    /// Room for a request, of which no byte has come yet; none where there is none.
    pub fn room(&self) -> Option<Room> {
        let least = self.settings.max_waiting.min(LEAST) as u32;
        Some(Room {
            request: Arc::clone(&self.requests).try_acquire_owned().ok()?,
            bytes: Arc::clone(&self.bytes).try_acquire_many_owned(least).ok()?,
        })
    }

    /// Room for so many bytes in all; false where there is none.
    pub fn widen(&self, room: &mut Room, bytes: usize) -> bool {
        let more = bytes.saturating_sub(room.bytes.num_permits());
        let Ok(more) = u32::try_from(more) else {
            return false;
        };
        match Arc::clone(&self.bytes).try_acquire_many_owned(more) {
            Ok(more) => {
                room.bytes.merge(more);
                true
            }
            Err(_) => false,
        }
    }

    /// Requests that wait, and their bytes.
    pub fn waiting(&self) -> (usize, usize) {
        let requests = self.settings.max_requests - self.requests.available_permits();
        let bytes = self.settings.max_waiting - self.bytes.available_permits();
        (requests, bytes)
    }

    /// Looks an idempotency key up, and claims it if it is new.
    pub fn claim(&self, text: &str, now: i64) -> Found {
        self.keys.claim(super::keys::id(text), now)
    }

    /// Takes a request up, whose reply tells what becomes of it.
    pub fn offer(&self, job: Job) {
        let refused = {
            let mut line = lock(&self.line);
            match self.health() {
                _ if line.ending => Some((job, Failed::Ending)),
                Health::Open if !line.broken => {
                    line.jobs.push_back(job);
                    None
                }
                _ => Some((job, Failed::Away)),
            }
        };
        match refused {
            Some((job, why)) => drop(job.failed(why)),
            None => self.more.notify_one(),
        }
    }

    /// Sends what waits and ends; nobody comes any more. Blocks.
    pub fn close(&self) {
        lock(&self.line).ending = true;
        self.more.notify_all();
        if let Some(keeper) = lock(&self.keeper).take() {
            let _ = keeper.join();
        }
    }

    /// Keeps the lanes open until the end.
    fn keep(&self, mut lanes: Vec<Lane>, mut reading: Reading) {
        loop {
            thread::scope(|scope| {
                for lane in &lanes {
                    scope.spawn(|| self.run(lane));
                }
            });
            // Their last words, in vain where Kafka is away, take a moment.
            lanes.clear();
            let fault = loop {
                self.turn_away(Failed::Away);
                if lock(&self.line).ending {
                    return self.shut(None);
                }
                let opened = self.prepare().and_then(|longest| {
                    session::open(&self.settings, &mut reading, &self.keys, longest)
                });
                match opened {
                    Ok(opened) => {
                        lanes = opened;
                        break None;
                    }
                    Err(e @ Error::Busy { .. }) => break Some(e),
                    Err(e) => {
                        tracing::debug!("{e}");
                        thread::sleep(AGAIN);
                    }
                }
            };
            if fault.is_some() {
                return self.shut(fault);
            }
            let mut line = lock(&self.line);
            line.broken = false;
            // What is known of them now is all that there is to know.
            line.doubts.clear();
            self.health.store(Health::Open as u8, Ordering::Relaxed);
            drop(line);
            tracing::info!("ingest: Kafka takes records again");
        }
    }

    fn shut(&self, fault: Option<Error>) {
        self.health.store(Health::Closed as u8, Ordering::Relaxed);
        *lock(&self.fault) = fault;
        self.turn_away(Failed::Ending);
    }

    /// Tells all who wait that nothing was sent.
    fn turn_away(&self, why: Failed) {
        let jobs: Vec<Job> = lock(&self.line).jobs.drain(..).collect();
        for job in jobs {
            drop(job.failed(why.clone()));
        }
    }

    /// Sends what waits, until the end or until the lane is at its.
    fn run(&self, lane: &Lane) {
        while let Some(jobs) = self.next() {
            let outcome = lane.send(&jobs);
            match outcome {
                // One that is refused must not take others with it.
                Outcome::Refused(_) if jobs.len() > 1 => {
                    let mut left = jobs.into_iter();
                    while let Some(job) = left.next() {
                        let outcome = lane.send(std::slice::from_ref(&job));
                        let broken = matches!(outcome, Outcome::Broken(..));
                        self.settle(vec![job], outcome);
                        if broken {
                            left.for_each(|job| drop(job.failed(Failed::Away)));
                            return;
                        }
                    }
                }
                outcome => self.settle(jobs, outcome),
            }
        }
    }

    fn settle(&self, jobs: Vec<Job>, outcome: Outcome) {
        match outcome {
            Outcome::Done => {
                for job in jobs {
                    self.meter
                        .sent(&job.topic, job.records.len(), job.came.elapsed());
                    job.done();
                }
            }
            Outcome::Refused(why) => {
                for job in jobs {
                    drop(job.failed(Failed::Refused(why.clone())));
                }
            }
            Outcome::Broken(why, in_doubt) => {
                let failed = match in_doubt {
                    true => Failed::Unknown,
                    false => Failed::Away,
                };
                let mut line = lock(&self.line);
                if !line.broken {
                    tracing::warn!("ingest: Kafka does not take records: {why}");
                }
                line.broken = true;
                self.health.store(Health::Away as u8, Ordering::Relaxed);
                for job in jobs {
                    let doubt = job.failed(failed.clone());
                    line.doubts.extend(doubt);
                }
                drop(line);
                self.more.notify_all();
            }
        }
    }

    /// The requests of the next transaction; none when it is enough.
    fn next(&self) -> Option<Vec<Job>> {
        let mut line = lock(&self.line);
        loop {
            if line.broken {
                return None;
            }
            let mut jobs = Vec::new();
            let (mut records, mut bytes) = (0, 0);
            while records < RECORDS
                && bytes < BYTES
                && let Some(job) = line.jobs.pop_front()
            {
                // Nobody waits for it any more, and nobody was told that it was sent.
                if job.reply.is_closed() {
                    continue;
                }
                records += job.records.len();
                bytes += job.bytes();
                jobs.push(job);
            }
            if !jobs.is_empty() {
                return Some(jobs);
            }
            if line.ending {
                return None;
            }
            line = self.more.wait(line).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
