//! A lock among machines, by files only.
//!
//! # The protocol
//! Whoever wants the lock at `x` writes `x-<id>`, a name of its own, and then lists: with no other
//! such name it has the lock, else it takes its name back and tries again a little later. Of two
//! that wrote before either listed, neither has it; that both have it would need each to have
//! listed before the other wrote, which cannot be. All it asks of a store is that a listing shows
//! every name that was written before it, as HDFS and S3 promise.
//!
//! A holder shows that it lives by `x-<id>.beat`, which changes every [`BEAT`]. Where holder and
//! challenger are on one machine the kernel tells whether the holder lives. Elsewhere the
//! challenger watches: a beat that does not change for [`DEAD`] is that of a dead process, and its
//! name is removed. No clocks are compared. A holder whose name is gone, or that could not show
//! itself for [`LOST`], which is less, has [lost](Lock::check) the lock.

use std::collections::hash_map::RandomState;
use std::fmt::Debug;
use std::hash::BuildHasher;
use std::io::ErrorKind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle, sleep};
use std::time::{Duration, Instant};

use super::holder::Holder;
use super::{Location, Lock, Store};
use crate::error::{Error, Result};

/// How often a holder shows that it lives.
const BEAT: Duration = Duration::from_secs(2);
/// After so long without a sign a holder counts as dead: longer than it goes on without one, and
/// than a request of it is tried again by then.
const DEAD: Duration = Duration::from_secs(if cfg!(test) { 12 } else { 40 });
/// After so long without having been able to give a sign a holder gives up.
const LOST: Duration = Duration::from_secs(8);
/// Ends the name of a holder's sign of life.
const BEATS: &str = ".beat";
/// How often two that met try again.
const TRIES: u32 = 8;

/// A lock that is held.
#[derive(Debug)]
struct Lease<S: Store> {
    store: S,
    lock: Location,
    name: Location,
    signs: Arc<Signs>,
    stop: Option<Sender<()>>,
    heart: Option<JoinHandle<()>>,
}

/// What the thread that shows life knows.
#[derive(Debug)]
struct Signs {
    last: Mutex<Instant>,
    gone: AtomicBool,
}

impl<S: Store> Lock for Lease<S> {
    fn check(&self) -> Result<()> {
        let last = &self.signs.last;
        let silent = last
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .elapsed();
        if silent > LOST {
            // For good: another may have begun to take it.
            self.signs.gone.store(true, Ordering::Relaxed);
        }
        if self.signs.gone.load(Ordering::Relaxed) {
            return Err(Error::Busy {
                place: self.lock.to_string(),
                what: "the lock was lost to another process, because this one could not reach \
                       the store for seconds; run it again"
                    .to_owned(),
            });
        }
        Ok(())
    }
}

impl<S: Store> Drop for Lease<S> {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(heart) = self.heart.take() {
            let _ = heart.join();
        }
        for place in [&self.name, &beat_of(&self.name)] {
            if let Err(error) = self.store.remove_file(place) {
                tracing::debug!(%place, %error, "lock file stays");
            }
        }
    }
}

fn beat_of(name: &Location) -> Location {
    name.with_suffix(BEATS)
}

/// Takes the lock at `at` in `store`.
///
/// # Errors
/// [`Error::Busy`] when another holds it.
pub(super) fn take<S: Store + Clone + 'static>(
    store: &S,
    at: &Location,
    holder: &str,
) -> Result<Box<dyn Lock>> {
    let random = |salt: u32| RandomState::new().hash_one(salt);
    let me = Holder::this(holder);
    let text = serde_json::to_vec(&me).map_err(|e| Error::Internal(format!("a lock: {e}")))?;
    let mut met = Busy::default();
    for turn in 0..TRIES {
        remove_dead(store, at)?;
        let name = at.with_suffix(&format!("-{:016x}", random(turn)));
        match store.put_new(&name, &text) {
            Ok(true) => {}
            Ok(false) => continue,
            // A holder may have cleared our draft away.
            Err(e) if e.is_io(ErrorKind::NotFound) && turn < TRIES / 2 => {
                continue;
            }
            Err(e) => return Err(e),
        }
        let others: Vec<_> = names(store, at)?
            .into_iter()
            .filter(|other| *other != name)
            .collect();
        if others.is_empty() {
            remove_drafts(store, at)?;
            return begin(store, at, name);
        }
        remove_if_there(store, &name)?;
        met = Busy(holder_at(store, &others[0]));
        // A holder of some age will not go by itself within our patience.
        sleep(Duration::from_millis(
            20 + random(turn) % (50 << turn.min(3)),
        ));
    }
    Err(met.error(at))
}

#[derive(Default)]
struct Busy(Option<Holder>);

impl Busy {
    fn error(self, at: &Location) -> Error {
        let holder = self.0.map_or("another process".to_owned(), |h| h.holder);
        Error::Busy {
            place: at.to_string(),
            what: format!("in use by {holder}; wait until it ends, or stop it"),
        }
    }
}

fn begin<S: Store + Clone + 'static>(
    store: &S,
    at: &Location,
    name: Location,
) -> Result<Box<dyn Lock>> {
    let signs = Arc::new(Signs {
        last: Mutex::new(Instant::now()),
        gone: AtomicBool::new(false),
    });
    let (stop, stopped) = channel();
    let (far, seen, place) = (store.clone(), Arc::clone(&signs), name.clone());
    let heart = thread::Builder::new()
        .name("lease".to_owned())
        .spawn(move || {
            let mut count = 0u64;
            while stopped.recv_timeout(BEAT) == Err(RecvTimeoutError::Timeout) {
                let began = Instant::now();
                let last = *seen.last.lock().unwrap_or_else(PoisonError::into_inner);
                if began - last > LOST {
                    seen.gone.store(true, Ordering::Relaxed);
                    return;
                }
                count += 1;
                match far.stat(&place) {
                    Ok(Some(_)) => {}
                    Ok(None) => {
                        seen.gone.store(true, Ordering::Relaxed);
                        return;
                    }
                    Err(_) => continue,
                }
                if far
                    .write_small(&beat_of(&place), count.to_string().as_bytes())
                    .is_ok()
                {
                    *seen.last.lock().unwrap_or_else(PoisonError::into_inner) = began;
                }
            }
        })
        .map_err(|e| Error::Internal(format!("a thread for the lock: {e}")))?;
    Ok(Box::new(Lease {
        store: store.clone(),
        lock: at.clone(),
        name,
        signs,
        stop: Some(stop),
        heart: Some(heart),
    }))
}

/// The names of all who hold the lock or want it.
fn names(store: &dyn Store, at: &Location) -> Result<Vec<Location>> {
    let (Some(dir), Some(lock)) = (at.parent(), at.name()) else {
        return Ok(Vec::new());
    };
    let children = store.children(&dir)?;
    let all = children.iter().filter_map(|child| child.name.to_str());
    Ok(all
        .filter(|name| {
            let id = name
                .strip_prefix(lock)
                .and_then(|rest| rest.strip_prefix('-'));
            id.is_some_and(|id| id.len() == 16 && id.bytes().all(|b| b.is_ascii_hexdigit()))
        })
        .map(|name| dir.join(name))
        .collect())
}

/// Removes what is left of names that were never whole, because their writers died, and of
/// holders that died while they let go: the sign of life of a name that is no more.
fn remove_drafts(store: &dyn Store, at: &Location) -> Result<()> {
    let (Some(dir), Some(lock)) = (at.parent(), at.name()) else {
        return Ok(());
    };
    let prefix = format!("{lock}-");
    let children = store.children(&dir)?;
    let is_there = |name: &str| children.iter().any(|child| child.name == name);
    for child in &children {
        if let Some(name) = child.name.to_str()
            && name.starts_with(&prefix)
            && (name.ends_with(".tmp") || name.strip_suffix(BEATS).is_some_and(|of| !is_there(of)))
        {
            remove_if_there(store, &dir.join(name))?;
        }
    }
    Ok(())
}

fn holder_at(store: &dyn Store, name: &Location) -> Option<Holder> {
    let content = store.read_small(name).ok().flatten()?;
    serde_json::from_slice(&content).ok()
}

/// Removes the names of holders that are dead; waits until that is known.
fn remove_dead(store: &dyn Store, at: &Location) -> Result<()> {
    for name in names(store, at)? {
        let Some(holder) = holder_at(store, &name) else {
            continue;
        };
        if holder.is_gone() || !holder.is_here() && is_dead_elsewhere(store, &name, &holder)? {
            tracing::info!("{} holds {at} no more: it is dead", holder.holder);
            for place in [&name, &beat_of(&name)] {
                remove_if_there(store, place)?;
            }
        }
    }
    Ok(())
}

/// Removes a file that others may remove, too.
fn remove_if_there(store: &dyn Store, place: &Location) -> Result<()> {
    match store.remove_file(place) {
        Err(e) if e.is_io(ErrorKind::NotFound) => Ok(()),
        done => done,
    }
}

/// Whether a process on another machine is dead. One that was silent at one of its locks has lost
/// them all, because it looks at all of them, so it is watched once only.
fn is_dead_elsewhere(store: &dyn Store, name: &Location, holder: &Holder) -> Result<bool> {
    static DEAD_ONES: Mutex<Vec<Holder>> = Mutex::new(Vec::new());
    let known = || DEAD_ONES.lock().unwrap_or_else(PoisonError::into_inner);
    if known().contains(holder) {
        return Ok(true);
    }
    tracing::info!(
        "{name} is held by {} elsewhere; looking for up to {} s whether it lives",
        holder.holder,
        DEAD.as_secs()
    );
    let silent = is_silent(store, name)?;
    if silent {
        known().push(holder.clone());
    }
    Ok(silent)
}

/// Watches a holder; true when it shows nothing for [`DEAD`], false as soon as it does, or its
/// name is gone.
fn is_silent(store: &dyn Store, name: &Location) -> Result<bool> {
    let beat = beat_of(name);
    let first = store.read_small(&beat)?;
    let began = Instant::now();
    while began.elapsed() < DEAD {
        sleep(Duration::from_millis(500));
        if store.stat(name)?.is_none() || store.read_small(&beat)? != first {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests;
