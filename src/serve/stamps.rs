//! Whether a file is still the one that was looked at.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

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
