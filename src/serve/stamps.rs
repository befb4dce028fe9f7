//! Which files there are, and whether they are still those that were looked at.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// Adds what tells one state of a file or folder from the next, and whether it is there.
pub fn stamp(path: &Path, into: &mut DefaultHasher) {
    let state = path.metadata().ok().map(|found| {
        let changed = (found.ctime(), found.ctime_nsec());
        (found.ino(), found.len(), changed)
    });
    state.hash(into);
}

/// One number for several files and folders.
pub fn of<'a>(paths: impl IntoIterator<Item = &'a Path>) -> u64 {
    let mut hasher = DefaultHasher::new();
    for path in paths {
        stamp(path, &mut hasher);
    }
    hasher.finish()
}

/// The files directly in `folder` with this extension that are data, sorted.
///
/// # Errors
/// When the folder cannot be listed; one that is not there has none.
pub fn files(folder: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    let failed = |e| Error::io("list", folder.display(), e);
    let entries = match folder.read_dir() {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(failed(e)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().unwrap_or_default().as_encoded_bytes();
        let hidden = matches!(name.first(), Some(b'.' | b'_'));
        if !hidden && path.extension().is_some_and(|e| e == extension) && path.is_file() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
