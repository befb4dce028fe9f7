//! A store that writes only as long as its locks are held.

use super::home::Locks;
use crate::error::Result;
use crate::store::{Child, Entry, FileRead, FileWrite, Location, Lock, Stat, Store};

/// The store of a run that is past its decision. On HDFS and S3 a process that was stopped for
/// long, or cut off, has lost its locks, and another has finished its run by the journal; whatever
/// it did then would hit the other's output. So it looks before every step. What remains is a process
/// that is stopped for as long between this look and the request itself, a fraction of a
/// millisecond: neither HDFS nor S3 can be told to refuse such a request.
#[derive(Debug)]
pub(super) struct Guard<'a>(pub(super) &'a Locks);

impl Guard<'_> {
    fn held(&self) -> Result<&dyn Store> {
        self.0.check()?;
        Ok(&*self.0.store)
    }
}

impl Store for Guard<'_> {
    fn list(&self, at: &Location) -> Result<Vec<Entry>> {
        self.0.store.list(at)
    }

    fn children(&self, dir: &Location) -> Result<Vec<Child>> {
        self.0.store.children(dir)
    }

    fn stat(&self, at: &Location) -> Result<Option<Stat>> {
        self.0.store.stat(at)
    }

    fn resolve(&self, at: &Location) -> Result<Location> {
        self.0.store.resolve(at)
    }

    fn is_writable(&self, dir: &Location) -> Result<bool> {
        self.0.store.is_writable(dir)
    }

    fn is_fixed(&self, dir: &Location) -> Result<bool> {
        self.0.store.is_fixed(dir)
    }

    fn open(&self, at: &Location) -> Result<Box<dyn FileRead>> {
        self.0.store.open(at)
    }

    fn create(&self, at: &Location) -> Result<Box<dyn FileWrite>> {
        self.held()?.create(at)
    }

    fn put_new(&self, at: &Location, content: &[u8]) -> Result<bool> {
        self.held()?.put_new(at, content)
    }

    fn rename(&self, from: &Location, to: &Location) -> Result<()> {
        self.held()?.rename(from, to)
    }

    fn exchange(&self, a: &Location, b: &Location) -> Result<()> {
        self.held()?.exchange(a, b)
    }

    fn link(&self, from: &Location, to: &Location) -> Result<()> {
        self.held()?.link(from, to)
    }

    fn remove_file(&self, at: &Location) -> Result<()> {
        self.held()?.remove_file(at)
    }

    fn remove_dir(&self, at: &Location) -> Result<()> {
        self.held()?.remove_dir(at)
    }

    fn make_dir_all(&self, at: &Location) -> Result<()> {
        self.held()?.make_dir_all(at)
    }

    fn sync_dir(&self, dir: &Location) -> Result<()> {
        self.0.store.sync_dir(dir)
    }

    fn lock(&self, at: &Location, holder: &str) -> Result<Box<dyn Lock>> {
        self.0.store.lock(at, holder)
    }
}
