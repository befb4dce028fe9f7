//! Storage: where bytes live, and how several folders are written as one.
//!
//! [`Store`] is the small trait that the local disk, HDFS and S3 implement; nothing above it knows
//! one from the other. It blocks: a remote store bridges to its own runtime inside.
//! [`Transaction`] replaces whole folders through it, [`RunRecord`] says which run made a folder.
//!
//! Names are UTF-8. A file whose name is not is an error that names it, never skipped input.

mod hdfs;
mod holder;
mod lease;
mod local;
pub mod location;
mod lock;
pub mod many;
pub(crate) mod remote;
mod router;
pub mod run_record;
pub(crate) mod s3;
mod sink_log;
pub mod transaction;

use std::ffi::OsString;
use std::fmt::Debug;
use std::io::{self, Read, Seek, Write};
use std::sync::Arc;
use std::time::SystemTime;

pub(crate) use hdfs::{FOLDER_MODE, HdfsStore, Node};
pub(crate) use holder::{Holder, host};
pub use location::Location;
pub use run_record::{FileEntry, InputFile, RunRecord};
#[cfg(feature = "spark")]
pub(crate) use transaction::remove_tree;
pub(crate) use transaction::{Hold, run_id_parts};
pub use transaction::{Staged, StagedFile, Target, Transaction, new_run_id, recover};

use crate::error::{Error, Result};

/// A file found by [`Store::list`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The path below the listed folder, with `/`; of a single file its own name.
    pub path: String,
    /// Where the file stands.
    pub location: Location,
    /// Its length in bytes.
    pub len: u64,
    /// When it was last written.
    pub modified: SystemTime,
}

/// What stands at a place. A link is not followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Dir,
    /// A link, a pipe or a device.
    Other,
}

/// Kind and length in bytes of what stands at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stat {
    /// What it is.
    pub kind: Kind,
    /// Its length; meaningful for files.
    pub len: u64,
}

/// A name directly in a folder, hidden ones too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Child {
    /// The name as the store has it, perhaps not UTF-8.
    pub name: OsString,
    /// What it is.
    pub kind: Kind,
}

/// An open file to read. Seeking fails on pipes.
pub trait FileRead: Read + Seek + Send {}
impl<T: Read + Seek + Send> FileRead for T {}

/// An open file to write, unbuffered.
pub trait FileWrite: Write + Send {
    /// Returns when the content is on the disk. On HDFS and S3 the file appears by this, and
    /// nothing can be written to it afterwards.
    ///
    /// # Errors
    /// The system's reason.
    fn sync(&mut self) -> io::Result<()>;

    /// Begins what [`sync`](Self::sync) waits for; true if nothing is left to wait for.
    ///
    /// # Errors
    /// The system's reason.
    fn begin_sync(&mut self) -> io::Result<bool> {
        self.sync().map(|()| true)
    }
}

/// A lock that is held until this is dropped, or the process dies.
pub trait Lock: Send + Sync + Debug {
    /// Whether it is still held: a lock on another machine can be lost.
    ///
    /// # Errors
    /// [`Error::Busy`] when another process may have it by now.
    fn check(&self) -> Result<()> {
        Ok(())
    }
}

/// A store of files. All paths are whole locations of this store's kind.
///
/// Every error is an [`Error::Io`] with the place, unless said otherwise.
#[allow(clippy::missing_errors_doc)] // said once, above
pub trait Store: Send + Sync + Debug {
    /// All regular files below `at`, sorted by the bytes of their paths. Names that begin with
    /// `_` or `.` are left out at every level below `at`; links are followed. A path that is no
    /// folder lists itself.
    ///
    /// [`Error::Data`] names a link that leads back to a folder above it, and a name that is
    /// not UTF-8.
    fn list(&self, at: &Location) -> Result<Vec<Entry>>;
    /// What a folder holds directly, hidden names too, sorted.
    fn children(&self, dir: &Location) -> Result<Vec<Child>>;
    /// What stands at `at`; none if nothing does.
    fn stat(&self, at: &Location) -> Result<Option<Stat>>;
    /// The one absolute form of `at`, links followed; its last part need not exist.
    fn resolve(&self, at: &Location) -> Result<Location>;
    /// Whether names can be made and removed in `dir`.
    fn is_writable(&self, dir: &Location) -> Result<bool>;
    /// Whether `dir` must keep its place: it is on another volume than its parent, or this
    /// process, and so perhaps the user's shell, works in it.
    fn is_fixed(&self, dir: &Location) -> Result<bool>;
    /// Opens a file to read.
    fn open(&self, at: &Location) -> Result<Box<dyn FileRead>>;
    /// Makes a file, or empties the one that is there.
    fn create(&self, at: &Location) -> Result<Box<dyn FileWrite>>;
    /// Writes a small file as a whole where nothing stands, and returns when it is on the disk;
    /// false if something does. Of several who try at once, one succeeds.
    fn put_new(&self, at: &Location, content: &[u8]) -> Result<bool>;
    /// Moves a file over another, or a folder to a free name. Of the kind
    /// [`io::ErrorKind::CrossesDevices`] where it must be moved file by file.
    fn rename(&self, from: &Location, to: &Location) -> Result<()>;
    /// Swaps the names of two folders in one step; of the kind [`io::ErrorKind::Unsupported`]
    /// where the filesystem cannot.
    fn exchange(&self, a: &Location, b: &Location) -> Result<()>;
    /// Gives a file a second name.
    fn link(&self, from: &Location, to: &Location) -> Result<()>;
    /// Removes a file, or a link itself.
    fn remove_file(&self, at: &Location) -> Result<()>;
    /// Removes an empty folder.
    fn remove_dir(&self, at: &Location) -> Result<()>;
    /// Makes a folder and those above it.
    fn make_dir_all(&self, at: &Location) -> Result<()>;
    /// Returns when the names in `dir` are on the disk.
    fn sync_dir(&self, dir: &Location) -> Result<()>;
    /// Takes the lock file at `at` without waiting and writes `holder` into it, for others to
    /// read; it is gone after a normal end. [`Error::Busy`] when another holds it.
    fn lock(&self, at: &Location, holder: &str) -> Result<Box<dyn Lock>>;

    /// The whole content of a small file; none if there is no such file.
    fn read_small(&self, at: &Location) -> Result<Option<Vec<u8>>> {
        if self.stat(at)?.is_none() {
            return Ok(None);
        }
        let mut content = Vec::new();
        match self.open(at)?.read_to_end(&mut content) {
            Ok(_) => Ok(Some(content)),
            Err(e) => Err(Error::io("read", at, e)),
        }
    }

    /// Writes a small file and returns when it is on the disk.
    fn write_small(&self, at: &Location, content: &[u8]) -> Result<()> {
        let mut file = self.create(at)?;
        file.write_all(content)
            .and_then(|()| file.sync())
            .map_err(|e| Error::io("write", at, e))
    }

    /// Replaces a small file as a whole, by way of `<name>.tmp`, and returns when it is on the
    /// disk.
    fn write_small_atomic(&self, at: &Location, content: &[u8]) -> Result<()> {
        let temporary = at.with_suffix(".tmp");
        self.write_small(&temporary, content)?;
        self.rename(&temporary, at)?;
        at.parent().map_or(Ok(()), |dir| self.sync_dir(&dir))
    }

    /// Replaces a small file as a whole; it need not outlive a power cut.
    fn write_passing(&self, at: &Location, content: &[u8]) -> Result<()> {
        self.write_small_atomic(at, content)
    }
}

/// The store that holds `at`, and every other place.
///
/// # Errors
/// [`Error::Usage`] for an address that cannot be meant.
pub fn open(at: &Location) -> Result<Arc<dyn Store>> {
    match at {
        Location::Local(_) => {}
        Location::Hdfs(_) => drop(hdfs::HdfsStore::of(at)?),
        Location::S3(_) => drop(s3::S3Store::of(at)?),
    }
    Ok(Arc::new(router::Router))
}

/// The one form of a place, which need not exist: links are followed as far as there are any.
///
/// # Errors
/// [`Error::Usage`] for an address that cannot be meant.
pub fn absolute(place: &Location) -> Result<Location> {
    let store = open(place)?;
    match (store.resolve(place), place.parent(), place.name()) {
        (Err(_), Some(parent), Some(name)) => Ok(absolute(&parent)?.join(name)),
        (resolved, ..) => resolved,
    }
}

#[cfg(test)]
mod tests;
