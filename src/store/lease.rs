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

use serde::{Deserialize, Serialize};

use super::{Location, Lock, Store};
use crate::error::{Error, Result};

/// How often a holder shows that it lives.
const BEAT: Duration = Duration::from_secs(2);
/// After so long without a sign a holder counts as dead.
const DEAD: Duration = Duration::from_secs(12);
/// After so long without having been able to give a sign a holder gives up.
const LOST: Duration = Duration::from_secs(8);
/// How often two that met try again.
const TRIES: u32 = 8;

/// Who holds a lock.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Holder {
    /// For people.
    holder: String,
    /// The machine, since it was started, and its table of processes; none where unknown.
    table: Option<String>,
    /// The process in that table.
    pid: u32,
    /// When it was started, by the kernel's count.
    started: Option<u64>,
}

impl Holder {
    fn this(holder: &str) -> Self {
        let pid = std::process::id();
        Self {
            holder: holder.to_owned(),
            table: table(),
            pid,
            started: started(pid),
        }
    }

    /// Whether the kernel says that the process is no more; false where it cannot know.
    fn is_gone(&self) -> bool {
        let here = self.table.is_some() && self.table == table();
        here && self.started.is_some() && started(self.pid) != self.started
    }
}

/// This boot of this machine, and the processes that can be seen from here: pids of another
/// container mean nothing.
fn table() -> Option<String> {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let pids = std::fs::read_link("/proc/self/ns/pid").ok()?;
    Some(format!("{} {}", boot.trim(), pids.display()))
}

/// When a process was started, in ticks since the boot; none if there is none, or it has ended.
fn started(pid: u32) -> Option<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The command in parentheses may hold anything; the state follows it.
    let (_, rest) = stat.rsplit_once(") ")?;
    let mut fields = rest.split(' ');
    (fields.next()? != "Z")
        .then(|| fields.nth(18)?.parse().ok())
        .flatten()
}

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
        let silent = self
            .signs
            .last
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .elapsed();
        if self.signs.gone.load(Ordering::Relaxed) || silent > LOST {
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
    name.with_suffix(".beat")
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
            Err(Error::Io { source, .. })
                if source.kind() == ErrorKind::NotFound && turn < TRIES / 2 =>
            {
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
        store.remove_file(&name)?;
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

/// Removes what is left of names that were never whole, because their writers died.
fn remove_drafts(store: &dyn Store, at: &Location) -> Result<()> {
    let (Some(dir), Some(lock)) = (at.parent(), at.name()) else {
        return Ok(());
    };
    let prefix = format!("{lock}-");
    for child in store.children(&dir)? {
        if let Some(name) = child.name.to_str()
            && name.starts_with(&prefix)
            && name.ends_with(".tmp")
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
        if holder.is_gone() || !holder.is_here() && is_silent(store, &name)? {
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
        Err(Error::Io { source, .. }) if source.kind() == ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

impl Holder {
    /// Whether the kernel here knows of the process.
    fn is_here(&self) -> bool {
        self.table.is_some() && self.table == table() && self.started.is_some()
    }
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
mod tests {
    use std::process::Command;

    use tempfile::TempDir;

    use super::super::local::LocalStore;
    use super::*;

    fn place(dir: &TempDir) -> Location {
        Location::from_path(&dir.path().join(".retail-lock")).unwrap()
    }

    fn write(at: &Location, holder: &Holder) -> Location {
        let name = at.with_suffix("-0123456789abcdef");
        let text = serde_json::to_vec(holder).unwrap();
        assert!(LocalStore.put_new(&name, &text).unwrap());
        name
    }

    fn files(dir: &TempDir) -> usize {
        dir.path().read_dir().unwrap().count()
    }

    #[test]
    fn one_holds_it_and_leaves_nothing() {
        let dir = TempDir::new().unwrap();
        let at = place(&dir);
        let held = take(&LocalStore, &at, "retail batch").unwrap();
        let error = take(&LocalStore, &at, "another").unwrap_err();
        assert!(matches!(error, Error::Busy { .. }), "{error}");
        assert!(error.to_string().contains("retail batch"), "{error}");
        held.check().unwrap();
        drop(held);
        assert_eq!(files(&dir), 0);
        drop(take(&LocalStore, &at, "another").unwrap());
    }

    #[test]
    fn of_many_at_once_one_at_a_time_holds_it() {
        let dir = TempDir::new().unwrap();
        let at = place(&dir);
        let holders = std::sync::atomic::AtomicU32::new(0);
        let taken: u32 = thread::scope(|scope| {
            let work = || {
                let mut taken = 0;
                for _ in 0..20 {
                    let Ok(lock) = take(&LocalStore, &at, "x") else {
                        continue;
                    };
                    assert_eq!(holders.fetch_add(1, Ordering::SeqCst), 0);
                    taken += 1;
                    sleep(Duration::from_millis(1));
                    holders.fetch_sub(1, Ordering::SeqCst);
                    drop(lock);
                }
                taken
            };
            let workers: Vec<_> = (0..4).map(|_| scope.spawn(work)).collect();
            workers.into_iter().map(|w| w.join().unwrap()).sum()
        });
        assert!(taken > 4, "{taken}");
        assert_eq!(files(&dir), 0);
    }

    #[test]
    fn the_kernel_tells_of_the_dead_on_this_machine() {
        let dir = TempDir::new().unwrap();
        let at = place(&dir);
        let mut child = Command::new("sleep").arg("1000").spawn().unwrap();
        let holder = Holder {
            pid: child.id(),
            started: started(child.id()),
            ..Holder::this("a victim")
        };
        write(&at, &holder);
        let error = take(&LocalStore, &at, "x").unwrap_err();
        assert!(error.to_string().contains("a victim"), "{error}");
        child.kill().unwrap();
        child.wait().unwrap();
        let began = Instant::now();
        let held = take(&LocalStore, &at, "x").unwrap();
        assert!(began.elapsed() < DEAD, "nothing was to be waited for");
        drop(held);
        assert_eq!(files(&dir), 0);
    }

    #[test]
    fn elsewhere_silence_tells_and_the_silent_has_lost_it() {
        let dir = TempDir::new().unwrap();
        let at = place(&dir);
        let elsewhere = Holder {
            table: Some("another machine".to_owned()),
            ..Holder::this("far away")
        };
        let name = write(&at, &elsewhere);
        // One that shows itself is alive, whatever the clocks say.
        let beating = Arc::new(AtomicBool::new(true));
        let (more, beat) = (Arc::clone(&beating), beat_of(&name));
        let heart = thread::spawn(move || {
            let mut count = 0u64;
            while more.load(Ordering::Relaxed) {
                count += 1;
                let text = count.to_string();
                LocalStore.write_small(&beat, text.as_bytes()).unwrap();
                sleep(Duration::from_millis(100));
            }
        });
        assert!(take(&LocalStore, &at, "x").is_err());
        beating.store(false, Ordering::Relaxed);
        heart.join().unwrap();
        let began = Instant::now();
        let held = take(&LocalStore, &at, "x").unwrap();
        assert!(began.elapsed() >= DEAD);
        // And so has this one, when its name is taken away.
        for lost in names(&LocalStore, &at).unwrap() {
            LocalStore.remove_file(&lost).unwrap();
        }
        let began = Instant::now();
        while held.check().is_ok() {
            assert!(began.elapsed() < LOST, "it does not notice");
            sleep(Duration::from_millis(50));
        }
        let error = held.check().unwrap_err();
        assert!(matches!(error, Error::Busy { .. }), "{error}");
    }
}
