//! Requests that were sent before, known by their idempotency keys.
//!
//! A key is known from the moment on at which its records are in the topic, for the horizon at
//! least, and nothing forgets one early: where there are too many, new ones are refused. What
//! brings them over a restart is `session`.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use foldhash::fast::RandomState;
use sha2::{Digest, Sha256};
use tokio::sync::watch;

/// Keys are forgotten in this many steps a horizon, many at a time.
const STEPS: u64 = 12;

/// A request that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    /// What it was, so that another one with its key is told from it.
    pub fingerprint: u64,
    /// When, in milliseconds since 1970.
    pub at: i64,
}

/// A key in memory: a digest of its text, which nobody can choose another text for.
pub fn id(text: &str) -> u128 {
    let digest = Sha256::digest(text.as_bytes());
    digest
        .iter()
        .take(16)
        .fold(0, |id, byte| id << 8 | u128::from(*byte))
}

/// The keys of one process.
#[derive(Debug)]
pub struct Keys {
    inner: Mutex<Inner>,
    /// Milliseconds.
    horizon: u64,
    most: usize,
}

#[derive(Debug, Default)]
struct Inner {
    /// By the step of time in which they were sent.
    sent: BTreeMap<u64, HashMap<u128, Sent, RandomState>>,
    count: usize,
    /// Those whose request is under way; dropped when it has ended.
    under_way: HashMap<u128, watch::Sender<()>, RandomState>,
}

/// What is known of a key.
#[derive(Debug)]
pub enum Found {
    /// Its request was sent.
    Sent(Sent),
    /// Its request is under way; this ends when that does.
    UnderWay(watch::Receiver<()>),
    /// Nothing, and there is no room for another one.
    Full,
    /// Nothing, and it is the caller's now.
    New(Claim),
}

/// A key whose request is under way.
#[derive(Debug)]
pub struct Claim {
    keys: Arc<Keys>,
    id: u128,
}

impl Claim {
    /// The request was sent.
    pub fn keep(self, sent: Sent) {
        self.keys.insert(self.id, sent);
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.keys.lock().under_way.remove(&self.id);
    }
}

impl Keys {
    /// None yet; at most `most` are known for `horizon`.
    pub fn new(horizon: Duration, most: usize) -> Arc<Self> {
        let horizon = u64::try_from(horizon.as_millis()).unwrap_or(u64::MAX);
        Arc::new(Self {
            inner: Mutex::default(),
            horizon: horizon.max(STEPS),
            most,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn step(&self, at: i64) -> u64 {
        u64::try_from(at).unwrap_or(0) / (self.horizon / STEPS)
    }

    /// How many are known.
    pub fn len(&self) -> usize {
        self.lock().count
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A request with this key was sent.
    pub fn insert(&self, id: u128, sent: Sent) {
        let step = self.step(sent.at);
        let inner = &mut *self.lock();
        let known = inner.sent.entry(step).or_default().insert(id, sent);
        inner.count += usize::from(known.is_none());
    }

    /// Looks a key up at `now`, in milliseconds since 1970, and claims it if it is new.
    pub fn claim(self: &Arc<Self>, id: u128, now: i64) -> Found {
        let first = self.step(now).saturating_sub(STEPS);
        let inner = &mut *self.lock();
        while let Some(oldest) = inner.sent.first_entry()
            && *oldest.key() < first
        {
            inner.count -= oldest.remove().len();
        }
        if let Some(under_way) = inner.under_way.get(&id) {
            return Found::UnderWay(under_way.subscribe());
        }
        let found = inner.sent.values().rev().find_map(|sent| sent.get(&id));
        if let Some(sent) = found {
            return Found::Sent(*sent);
        }
        if inner.count + inner.under_way.len() >= self.most {
            return Found::Full;
        }
        inner.under_way.insert(id, watch::channel(()).0);
        Found::New(Claim {
            keys: Arc::clone(self),
            id,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    fn keys(most: usize) -> Arc<Keys> {
        Keys::new(Duration::from_secs(24 * 3600), most)
    }

    fn sent(at: i64) -> Sent {
        Sent { fingerprint: 7, at }
    }

    #[test]
    fn a_key_is_known_for_the_horizon_and_not_for_ever() {
        let keys = keys(10);
        let start = 500_000 * HOUR;
        let Found::New(claim) = keys.claim(1, start) else {
            panic!("known")
        };
        claim.keep(sent(start));
        for later in [0, 1, 12, 23, 24] {
            let found = keys.claim(1, start + later * HOUR);
            assert!(
                matches!(found, Found::Sent(s) if s == sent(start)),
                "{later}"
            );
        }
        assert!(matches!(keys.claim(1, start + 27 * HOUR), Found::New(_)));
        assert_eq!(keys.len(), 0);
    }

    #[test]
    fn a_key_is_of_one_request_at_a_time() {
        let keys = keys(10);
        let Found::New(claim) = keys.claim(1, 0) else {
            panic!("known")
        };
        let Found::UnderWay(other) = keys.claim(1, 0) else {
            panic!("not under way")
        };
        assert!(other.has_changed().is_ok());
        // It failed: the next one may.
        drop(claim);
        assert!(other.has_changed().is_err());
        assert!(matches!(keys.claim(1, 0), Found::New(_)));
    }

    #[test]
    fn none_is_forgotten_for_another() {
        let keys = keys(2);
        keys.insert(1, sent(0));
        // Read twice, it counts once.
        keys.insert(1, sent(0));
        let claim = keys.claim(2, 0);
        assert!(matches!(claim, Found::New(_)));
        assert!(matches!(keys.claim(3, 0), Found::Full));
        assert!(matches!(keys.claim(1, 0), Found::Sent(_)));
        drop(claim);
        assert!(matches!(keys.claim(3, 0), Found::New(_)));
    }

    #[test]
    fn texts_have_digests_of_their_own() {
        assert_ne!(id("a"), id("b"));
        // The first half of SHA-256 of "abc".
        assert_eq!(id("abc"), 0xba78_16bf_8f01_cfea_4141_40de_5dae_2223);
    }
}
