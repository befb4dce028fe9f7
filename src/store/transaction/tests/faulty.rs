//! A store that fails, or dies, at its n-th change.

use std::io::{self, ErrorKind, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::error::{Error, Result};
use crate::store::local::LocalStore;
use crate::store::{Child, Entry, FileRead, FileWrite, Location, Lock, Stat, Store};

/// When to fail.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fault {
    Never,
    /// Only the n-th change fails.
    Once(usize),
    /// Two changes fail.
    Twice(usize, usize),
    /// The n-th change and all after it fail: the process is dead.
    Death(usize),
}

/// What a filesystem cannot do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Quirk {
    None,
    /// Names cannot be exchanged.
    NoExchange,
    /// The targets are mount points, unrecognised: they cannot be renamed.
    Busy,
    /// The same, and nothing can be renamed into them.
    OtherDevice,
    /// The targets are mount points, recognised.
    Fixed,
    /// Nothing can be made beside the targets.
    ReadOnlyParent,
    /// There are no second names.
    NoLinks,
}

type Watch = Box<dyn Fn() + Send + Sync>;

/// The local store with faults. Syncing is counted, not done.
pub struct Faulty {
    changes: Arc<AtomicUsize>,
    fault: Fault,
    quirk: Quirk,
    targets: Vec<Location>,
    /// Called before every change.
    watch: Watch,
}

impl std::fmt::Debug for Faulty {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Faulty({:?}, {:?})", self.fault, self.quirk)
    }
}

fn refuse(kind: ErrorKind, at: &Location) -> Result<()> {
    Err(Error::io("change", at, kind.into()))
}

fn count(changes: &AtomicUsize, fault: Fault) -> io::Result<()> {
    let n = changes.fetch_add(1, Ordering::SeqCst);
    match fault {
        Fault::Once(at) if n == at => Err(io::Error::other("injected")),
        Fault::Twice(a, b) if n == a || n == b => Err(io::Error::other("injected")),
        Fault::Death(at) if n >= at => Err(io::Error::other("dead")),
        _ => Ok(()),
    }
}

impl Faulty {
    pub fn new(fault: Fault, quirk: Quirk, targets: &[Location], watch: Watch) -> Arc<Self> {
        Arc::new(Self {
            changes: Arc::default(),
            fault,
            quirk,
            targets: targets.to_vec(),
            watch,
        })
    }

    /// How many changes were asked for.
    pub fn changes(&self) -> usize {
        self.changes.load(Ordering::SeqCst)
    }

    fn step(&self, at: &Location) -> Result<()> {
        (self.watch)();
        count(&self.changes, self.fault).map_err(|e| Error::io("change", at, e))
    }

    fn is_target(&self, at: &Location) -> bool {
        self.targets.contains(at)
    }

    /// Whether the two are on different sides of a target's border.
    fn crosses(&self, a: &Location, b: &Location) -> bool {
        let within = |at: &Location| self.targets.iter().position(|t| at.is_within(t));
        within(a) != within(b)
    }

    fn quirk_of_rename(&self, from: &Location, to: &Location) -> Result<()> {
        match self.quirk {
            Quirk::Busy if self.is_target(from) => refuse(ErrorKind::ResourceBusy, from),
            Quirk::OtherDevice if self.crosses(from, to) => refuse(ErrorKind::CrossesDevices, from),
            _ => Ok(()),
        }
    }

    fn quirk_of_new(&self, at: &Location) -> Result<()> {
        let beside = self.targets.iter().any(|t| at.parent() == t.parent());
        match self.quirk {
            Quirk::ReadOnlyParent if beside && !self.is_target(at) => {
                refuse(ErrorKind::ReadOnlyFilesystem, at)
            }
            _ => Ok(()),
        }
    }
}

struct FaultyFile {
    file: Box<dyn FileWrite>,
    changes: Arc<AtomicUsize>,
    fault: Fault,
}

impl Write for FaultyFile {
    fn write(&mut self, content: &[u8]) -> io::Result<usize> {
        if let Err(e) = count(&self.changes, self.fault) {
            // A full disk takes a part.
            if let Fault::Once(_) = self.fault {
                self.file.write_all(&content[..content.len() / 2])?;
            }
            return Err(e);
        }
        self.file.write(content)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl FileWrite for FaultyFile {
    fn sync(&mut self) -> io::Result<()> {
        count(&self.changes, self.fault)
    }
}

/// A lock whose file stays behind, as after a kill, when the process is dead by then.
#[derive(Debug)]
struct FaultyLock {
    lock: Option<Box<dyn Lock>>,
    at: Location,
    changes: Arc<AtomicUsize>,
    fault: Fault,
}

impl Lock for FaultyLock {}

impl Drop for FaultyLock {
    fn drop(&mut self) {
        drop(self.lock.take());
        if let Fault::Death(at) = self.fault
            && self.changes.load(Ordering::SeqCst) > at
        {
            let _ = std::fs::write(self.at.local_path().unwrap(), "pid 0, retail dead");
        }
    }
}

impl Store for Faulty {
    fn list(&self, at: &Location) -> Result<Vec<Entry>> {
        LocalStore.list(at)
    }
    fn children(&self, dir: &Location) -> Result<Vec<Child>> {
        LocalStore.children(dir)
    }
    fn stat(&self, at: &Location) -> Result<Option<Stat>> {
        LocalStore.stat(at)
    }
    fn resolve(&self, at: &Location) -> Result<Location> {
        LocalStore.resolve(at)
    }
    fn is_writable(&self, dir: &Location) -> Result<bool> {
        LocalStore.is_writable(dir)
    }
    fn is_fixed(&self, dir: &Location) -> Result<bool> {
        Ok(self.quirk == Quirk::Fixed && self.is_target(dir) && self.stat(dir)?.is_some())
    }
    fn open(&self, at: &Location) -> Result<Box<dyn FileRead>> {
        LocalStore.open(at)
    }
    fn create(&self, at: &Location) -> Result<Box<dyn FileWrite>> {
        self.step(at)?;
        self.quirk_of_new(at)?;
        Ok(Box::new(FaultyFile {
            file: LocalStore.create(at)?,
            changes: Arc::clone(&self.changes),
            fault: self.fault,
        }))
    }
    fn put_new(&self, at: &Location, content: &[u8]) -> Result<bool> {
        self.step(at)?;
        self.quirk_of_new(at)?;
        LocalStore.put_new(at, content)
    }
    fn rename(&self, from: &Location, to: &Location) -> Result<()> {
        self.step(from)?;
        self.quirk_of_rename(from, to)?;
        LocalStore.rename(from, to)
    }
    fn exchange(&self, a: &Location, b: &Location) -> Result<()> {
        self.step(a)?;
        if self.quirk == Quirk::NoExchange {
            return refuse(ErrorKind::Unsupported, a);
        }
        self.quirk_of_rename(a, b)?;
        LocalStore.exchange(a, b)
    }
    fn link(&self, from: &Location, to: &Location) -> Result<()> {
        self.step(from)?;
        if self.quirk == Quirk::NoLinks {
            return refuse(ErrorKind::Unsupported, from);
        }
        self.quirk_of_rename(from, to)?;
        LocalStore.link(from, to)
    }
    fn remove_file(&self, at: &Location) -> Result<()> {
        self.step(at)?;
        LocalStore.remove_file(at)
    }
    fn remove_dir(&self, at: &Location) -> Result<()> {
        self.step(at)?;
        LocalStore.remove_dir(at)
    }
    fn make_dir_all(&self, at: &Location) -> Result<()> {
        self.step(at)?;
        self.quirk_of_new(at)?;
        LocalStore.make_dir_all(at)
    }
    fn sync_dir(&self, dir: &Location) -> Result<()> {
        self.step(dir)?;
        self.stat(dir)?
            .map(|_| ())
            .ok_or_else(|| Error::io("sync", dir, ErrorKind::NotFound.into()))
    }
    fn lock(&self, at: &Location, holder: &str) -> Result<Box<dyn Lock>> {
        self.step(at)?;
        self.quirk_of_new(at)?;
        Ok(Box::new(FaultyLock {
            lock: Some(LocalStore.lock(at, holder)?),
            at: at.clone(),
            changes: Arc::clone(&self.changes),
            fault: self.fault,
        }))
    }
}
