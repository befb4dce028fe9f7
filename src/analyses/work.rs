//! A working folder that goes with its process.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// How the names of working folders begin.
const PREFIX: &str = ".retail-work-";
/// The file in it that its process has locked.
const LOCK: &str = "lock";

/// A folder for files of this run. What a run that was killed left is removed by the next.
#[derive(Debug)]
pub struct Work {
    path: PathBuf,
    _lock: File,
}

impl Work {
    /// A new folder in `dir`.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new(dir: &Path) -> Result<Self> {
        clear(dir);
        let failed = |e| Error::io("create a working folder in", dir.display(), e);
        let made = tempfile::Builder::new().prefix(PREFIX).tempdir_in(dir);
        let path = made.map_err(failed)?.keep();
        let lock = File::create(path.join(LOCK)).map_err(failed)?;
        lock.lock().map_err(failed)?;
        Ok(Self { path, _lock: lock })
    }

    /// Makes a folder in it.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn folder(&self, name: &str) -> Result<PathBuf> {
        let path = self.path.join(name);
        fs::create_dir(&path).map_err(|e| Error::io("create", path.display(), e))?;
        Ok(path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        // What is left, the next run removes.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Removes what killed runs left in `dir`.
fn clear(dir: &Path) {
    let Ok(entries) = fs::read_dir(dir) else {
        return;
    };
    for entry in entries.flatten() {
        let is_ours = entry.file_name().to_string_lossy().starts_with(PREFIX);
        let is_dir = entry.file_type().is_ok_and(|kind| kind.is_dir());
        let lock = File::open(entry.path().join(LOCK));
        let Some(lock) = lock.ok().filter(|_| is_ours && is_dir) else {
            continue;
        };
        if !matches!(lock.try_lock(), Err(TryLockError::WouldBlock)) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_run_left_goes_and_what_a_live_one_has_stays() {
        let dir = tempfile::tempdir().expect("a folder");
        let live = Work::new(dir.path()).expect("made");
        let killed = dir.path().join(".retail-work-killed");
        fs::create_dir(&killed).expect("made");
        fs::write(killed.join(LOCK), "").expect("written");
        fs::write(killed.join("part"), "rows").expect("written");
        let of_others = dir.path().join(".retail-work-others");
        fs::create_dir(&of_others).expect("made");
        let next = Work::new(dir.path()).expect("made");
        assert!(!killed.exists());
        assert!(of_others.exists() && live.path().exists() && next.path().exists());
        drop(live);
        drop(next);
        assert_eq!(fs::read_dir(dir.path()).expect("read").count(), 1);
    }
}
