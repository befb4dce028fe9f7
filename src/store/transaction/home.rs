//! The hidden files of a folder's runs, and the locks among them.

use std::io::ErrorKind;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use chrono::Utc;

use crate::error::{Error, Result};
use crate::store::{Location, Lock, Store};

/// Added to a staging folder's name for the old content while two renames replace one exchange.
pub(super) const ASIDE: &str = ".old";

/// Where the lock, the journal and the staging folder of a folder stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Home {
    /// The folder itself, or its parent.
    pub(super) dir: Location,
    prefix: String,
    /// Whether `dir` is the folder itself.
    pub(super) inside: bool,
}

impl Home {
    /// The home beside `target`; none for a root.
    pub(super) fn beside(target: &Location) -> Option<Self> {
        Some(Self {
            dir: target.parent()?,
            prefix: format!(".{}.retail-", target.name()?),
            inside: false,
        })
    }

    /// The home inside `target`.
    pub(super) fn inside(target: &Location) -> Self {
        Self {
            dir: target.clone(),
            prefix: ".retail-".to_owned(),
            inside: true,
        }
    }

    /// Both homes that a run may have used.
    pub(super) fn both(target: &Location) -> impl Iterator<Item = Self> {
        Self::beside(target)
            .into_iter()
            .chain([Self::inside(target)])
    }

    fn at(&self, what: &str) -> Location {
        self.dir.join(&format!("{}{what}", self.prefix))
    }

    fn lock(&self) -> Location {
        self.at("lock")
    }

    pub(super) fn journal(&self) -> Location {
        self.at("journal")
    }

    pub(super) fn staging(&self, run_id: &str) -> Location {
        self.at(run_id)
    }

    /// What `name` in [`dir`](Self::dir) is, if it is one of the hidden names of this home.
    pub(super) fn own(&self, name: &str) -> Option<Own> {
        match name.strip_prefix(&self.prefix)? {
            "lock" => Some(Own::Lock),
            // Of a lock among machines: the name of one who holds it or wants it.
            other if other.starts_with("lock-") => Some(Own::Lock),
            "journal" => Some(Own::Journal),
            "journal.tmp" => Some(Own::Torn),
            id if is_run_id(id) => Some(Own::Staging),
            id if id.strip_suffix(ASIDE).is_some_and(is_run_id) => Some(Own::Aside),
            _ => None,
        }
    }

    /// The hidden files and folders that are here now.
    pub(super) fn present(&self, store: &dyn Store) -> Result<Vec<(Own, Location)>> {
        let children = match store.children(&self.dir) {
            Ok(children) => children,
            Err(Error::Io { source, .. }) if is_away(source.kind()) => return Ok(Vec::new()),
            Err(e) => return Err(e),
        };
        let names = children.iter().filter_map(|child| child.name.to_str());
        Ok(names
            .filter_map(|name| Some((self.own(name)?, self.dir.join(name))))
            .collect())
    }
}

/// The kinds of hidden files of a home.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Own {
    Lock,
    Journal,
    /// A journal that was never complete.
    Torn,
    Staging,
    Aside,
}

/// A folder that is not there, or not ours to look into, holds nothing of ours.
fn is_away(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::PermissionDenied
    )
}

/// The locks of a run, and the homes in which they lie.
#[derive(Debug)]
pub(super) struct Locks {
    pub(super) store: Arc<dyn Store>,
    holder: String,
    held: Vec<(Location, Home, Box<dyn Lock>)>,
}

impl Locks {
    /// Locks all of `targets` or none.
    pub(super) fn take(
        store: &Arc<dyn Store>,
        targets: &[Location],
        command: &str,
    ) -> Result<Self> {
        let mut locks = Self {
            store: Arc::clone(store),
            holder: format!("pid {}, retail {command}", std::process::id()),
            held: Vec::with_capacity(targets.len()),
        };
        // In one order everywhere, so that of two runs one gets them all.
        let mut sorted: Vec<_> = targets.iter().collect();
        sorted.sort_unstable();
        sorted
            .into_iter()
            .try_for_each(|target| locks.add(target))?;
        Ok(locks)
    }

    /// Locks `target`, too, unless it is locked already.
    pub(super) fn add(&mut self, target: &Location) -> Result<()> {
        if self.home(target).is_ok() {
            return Ok(());
        }
        let (home, lock) = self.lock(target).map_err(|e| match e {
            Error::Busy { what, .. } => Error::Busy {
                place: target.to_string(),
                what,
            },
            e => e,
        })?;
        self.held.push((target.clone(), home, lock));
        Ok(())
    }

    fn lock(&self, target: &Location) -> Result<(Home, Box<dyn Lock>)> {
        let store = &*self.store;
        if let Some(home) = Home::beside(target)
            && !store.is_fixed(target)?
        {
            match store.lock(&home.lock(), &self.holder) {
                Ok(lock) => return Ok((home, lock)),
                // The parent is not ours to write; the folder may be.
                Err(Error::Io { source, .. })
                    if is_denied(source.kind())
                        && store.stat(&home.lock())?.is_none()
                        && store.stat(target)?.is_some() => {}
                Err(e) => return Err(e),
            }
        }
        let home = Home::inside(target);
        let lock = store.lock(&home.lock(), &self.holder)?;
        Ok((home, lock))
    }

    /// Whether all locks are still held.
    pub(super) fn check(&self) -> Result<()> {
        self.held.iter().try_for_each(|(.., lock)| lock.check())
    }

    /// The home of a locked folder.
    pub(super) fn home(&self, target: &Location) -> Result<&Home> {
        let found = self.held.iter().find(|(held, ..)| held == target);
        found
            .map(|(_, home, _)| home)
            .ok_or_else(|| Error::Internal(format!("{target} is not locked")))
    }
}

fn is_denied(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem
    )
}

/// An id that no other run has: `20261120T235900Z-<pid>-<8 hex digits>`.
pub fn new_run_id() -> String {
    // Two runs of one process in one nanosecond still differ.
    static RUNS: AtomicU32 = AtomicU32::new(0);
    let nanos = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.subsec_nanos());
    let distinct = nanos.rotate_left(2) ^ RUNS.fetch_add(1, Ordering::Relaxed);
    let time = Utc::now().format("%Y%m%dT%H%M%SZ");
    format!("{time}-{}-{distinct:08x}", std::process::id())
}

fn is_run_id(text: &str) -> bool {
    run_id_parts(text).is_some()
}

/// The time of a run id, `20261120T235900Z`, and its process; none of any other text.
pub(crate) fn run_id_parts(text: &str) -> Option<(&str, u32)> {
    let is_time = |t: &str| {
        t.len() == 16
            && t.bytes().enumerate().all(|(i, b)| match i {
                8 => b == b'T',
                15 => b == b'Z',
                _ => b.is_ascii_digit(),
            })
    };
    let mut parts = text.split('-');
    let time = parts.next().filter(|time| is_time(time))?;
    let pid = parts.next()?;
    let is_hash = |hash: &str| hash.len() == 8 && hash.bytes().all(|b| b.is_ascii_hexdigit());
    let all = pid.bytes().all(|b| b.is_ascii_digit())
        && parts.next().is_some_and(is_hash)
        && parts.next().is_none();
    Some((time, pid.parse().ok().filter(|_| all)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_its_own_names_only() {
        let home = Home::beside(&Location::Local("/d/a".to_owned())).unwrap();
        let id = new_run_id();
        assert_eq!(home.own(&format!(".a.retail-{id}")), Some(Own::Staging));
        assert_eq!(home.own(&format!(".a.retail-{id}.old")), Some(Own::Aside));
        assert_eq!(home.own(".a.retail-journal"), Some(Own::Journal));
        for other in [
            ".a.retail-x",
            ".b.retail-lock",
            ".a.retail-20261120T235900Z-1",
            ".a.retail-20261120T235900Z-1-0123456g",
            &format!(".a.retail-b.retail-{id}"),
        ] {
            assert_eq!(home.own(other), None, "{other}");
        }
        assert_ne!(new_run_id(), new_run_id());
    }
}
