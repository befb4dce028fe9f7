//! Files of a query on this machine: Polars reads local files only, so others are copied first.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::TempDir;

use crate::error::{Error, Result};
use crate::store::{self, Entry, Location, many};

/// A file to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Near {
    /// Where the user has it.
    pub place: Location,
    /// Where it can be read.
    pub path: PathBuf,
}

/// Copies of files on HDFS and S3, which go when this is dropped.
#[derive(Debug, Default)]
pub struct Copies(Mutex<Vec<TempDir>>);

impl Copies {
    /// Files that were found below one place, on this machine.
    ///
    /// # Errors
    /// When one cannot be read, or there is no room for it.
    pub(super) fn of(&self, found: Vec<Entry>) -> Result<Vec<Near>> {
        let far = |entry: &Entry| entry.location.local_path().is_none();
        let mut folder = PathBuf::new();
        if found.iter().any(far) {
            let made = tempfile::Builder::new().prefix("retail-query-").tempdir();
            let made = made.map_err(|e| Error::io("create", std::env::temp_dir().display(), e))?;
            folder = made.path().to_owned();
            self.folders().push(made);
        }
        let near = found.into_iter().map(|entry| Near {
            path: match entry.location.local_path() {
                Some(path) => path.to_owned(),
                None => folder.join(&entry.path),
            },
            place: entry.location,
        });
        let near: Vec<_> = near.collect();
        many::for_each(&near, |file| match file.place.local_path() {
            Some(_) => Ok(()),
            None => copy(file),
        })?;
        Ok(near)
    }

    /// Removes them, though a query may still read: it is no longer wanted.
    pub fn remove(&self) {
        self.folders().clear();
    }

    fn folders(&self) -> MutexGuard<'_, Vec<TempDir>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn copy(file: &Near) -> Result<()> {
    let here = |e| Error::io("write", file.path.display(), e);
    if let Some(folder) = file.path.parent() {
        fs::create_dir_all(folder).map_err(here)?;
    }
    let mut source = store::open(&file.place)?.open(&file.place)?;
    let mut target = File::create(&file.path).map_err(here)?;
    io::copy(&mut source, &mut target)
        .map(|_| ())
        .map_err(|e| Error::io("copy to this machine", &file.place, e))
}

/// The path of `file` below `root`, in both cases as the user has them.
pub(super) fn below<'a>(file: &'a Location, root: &Location) -> &'a Path {
    let (file, root) = match (file, root) {
        (Location::Local(file), Location::Local(root))
        | (Location::Hdfs(file), Location::Hdfs(root))
        | (Location::S3(file), Location::S3(root)) => (Path::new(file), Path::new(root)),
        _ => return Path::new(""),
    };
    file.strip_prefix(root).unwrap_or(Path::new(""))
}
