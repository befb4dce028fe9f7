//! A lock file that dies with its process and leaves nothing behind.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::Lock;
use crate::error::{Error, Result};

/// A held lock file. The kernel's lock on it (`flock`) is what counts, its content tells others
/// who holds it; a file left by a killed process therefore blocks nobody.
#[derive(Debug)]
pub(super) struct FileLock {
    path: PathBuf,
    /// Open as long as the lock is held.
    file: File,
}

impl Lock for FileLock {}

impl FileLock {
    /// Takes the lock at `path` or says who holds it.
    pub(super) fn take(path: &Path, holder: &str) -> Result<Self> {
        let wrong = |e: io::Error| Error::io("lock", path.display(), e);
        loop {
            let mut file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(path)
                .map_err(wrong)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Err(busy(path, &mut file)),
                Err(TryLockError::Error(e)) => return Err(wrong(e)),
            }
            // The last holder may have removed the file between our open and our lock; then
            // another process may hold a newer file of the same name.
            if is_at(&file, path).map_err(wrong)? {
                let mut lock = Self {
                    path: path.to_owned(),
                    file,
                };
                lock.sign(holder).map_err(wrong)?;
                return Ok(lock);
            }
        }
    }

    fn sign(&mut self, holder: &str) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.write_all(holder.as_bytes())
    }
}

impl Drop for FileLock {
    fn drop(&mut self) {
        // While still locked, so that no one else's file is removed.
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::debug!(path = %self.path.display(), %error, "lock file stays");
        }
    }
}

fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    let held = file.metadata()?;
    match fs::symlink_metadata(path) {
        Ok(there) => Ok((there.dev(), there.ino()) == (held.dev(), held.ino())),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(e) => Err(e),
    }
}

fn busy(path: &Path, file: &mut File) -> Error {
    let mut holder = String::new();
    let holder = match file.read_to_string(&mut holder) {
        Ok(1..) => holder.trim(),
        _ => "another process",
    };
    Error::Busy {
        place: path.display().to_string(),
        what: format!("in use by {holder}; wait until it ends, or stop it"),
    }
}
