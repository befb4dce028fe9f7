//! One store over all: every call goes to the store of its location.

use std::sync::Arc;

use super::hdfs::HdfsStore;
use super::local::LocalStore;
use super::s3::S3Store;
use super::sink_log;
use super::{Child, Entry, FileRead, FileWrite, Location, Lock, Stat, Store};
use crate::error::Result;

/// Local, HDFS and S3 by the kind of each [`Location`]. So a transaction may have folders on
/// several stores.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Router;

fn of(at: &Location) -> Result<Arc<dyn Store>> {
    Ok(match at {
        Location::Local(_) => Arc::new(LocalStore),
        Location::Hdfs(_) => Arc::new(HdfsStore::of(at)?),
        Location::S3(_) => Arc::new(S3Store::of(at)?),
    })
}

impl Store for Router {
    fn list(&self, at: &Location) -> Result<Vec<Entry>> {
        let store = of(at)?;
        let mut entries = store.list(at)?;
        sink_log::only_named(&*store, at, &mut entries)?;
        Ok(entries)
    }

    fn children(&self, dir: &Location) -> Result<Vec<Child>> {
        of(dir)?.children(dir)
    }

    fn stat(&self, at: &Location) -> Result<Option<Stat>> {
        of(at)?.stat(at)
    }

    fn resolve(&self, at: &Location) -> Result<Location> {
        of(at)?.resolve(at)
    }

    fn is_writable(&self, dir: &Location) -> Result<bool> {
        of(dir)?.is_writable(dir)
    }

    fn is_fixed(&self, dir: &Location) -> Result<bool> {
        of(dir)?.is_fixed(dir)
    }

    fn open(&self, at: &Location) -> Result<Box<dyn FileRead>> {
        of(at)?.open(at)
    }

    fn create(&self, at: &Location) -> Result<Box<dyn FileWrite>> {
        of(at)?.create(at)
    }

    fn put_new(&self, at: &Location, content: &[u8]) -> Result<bool> {
        of(at)?.put_new(at, content)
    }

    fn rename(&self, from: &Location, to: &Location) -> Result<()> {
        of(from)?.rename(from, to)
    }

    fn exchange(&self, a: &Location, b: &Location) -> Result<()> {
        of(a)?.exchange(a, b)
    }

    fn link(&self, from: &Location, to: &Location) -> Result<()> {
        of(from)?.link(from, to)
    }

    fn remove_file(&self, at: &Location) -> Result<()> {
        of(at)?.remove_file(at)
    }

    fn remove_dir(&self, at: &Location) -> Result<()> {
        of(at)?.remove_dir(at)
    }

    fn make_dir_all(&self, at: &Location) -> Result<()> {
        of(at)?.make_dir_all(at)
    }

    fn sync_dir(&self, dir: &Location) -> Result<()> {
        of(dir)?.sync_dir(dir)
    }

    fn lock(&self, at: &Location, holder: &str) -> Result<Box<dyn Lock>> {
        of(at)?.lock(at, holder)
    }

    fn write_small_atomic(&self, at: &Location, content: &[u8]) -> Result<()> {
        of(at)?.write_small_atomic(at, content)
    }

    fn write_passing(&self, at: &Location, content: &[u8]) -> Result<()> {
        of(at)?.write_passing(at, content)
    }
}
