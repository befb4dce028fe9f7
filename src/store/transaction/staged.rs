//! The content to come of one folder.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::fmt;
use std::io::{self, BufWriter, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::home::Home;
use super::{folders_of, is_mark};
use crate::error::{Error, Result};
use crate::store::run_record::{RUN_RECORD, RunRecord, SUCCESS};
use crate::store::{FileEntry, FileWrite, Kind, Location, Store};

/// Until the commit every file carries this, so that no reader takes it for data.
const TEMPORARY: &str = ".tmp";
/// Large enough that a system call is rare.
const BUFFER: usize = 128 * 1024;

/// What a folder will hold after the commit. Many threads may make files at once.
#[derive(Debug)]
pub struct Staged {
    store: Arc<dyn Store>,
    target: Location,
    staging: Location,
    inside: bool,
    state: Arc<Mutex<State>>,
}

/// Files of a folder that may be closing: each may hold a part in memory.
const CLOSING: usize = 16;

#[derive(Default)]
struct State {
    /// Bytes by name; none while the file is being written.
    files: BTreeMap<String, Option<u64>>,
    /// Files that are written, but may not be on the disk yet: closing one on HDFS takes half a
    /// second, in which others are written.
    closing: VecDeque<(Location, Box<dyn FileWrite>)>,
    /// Folders that were made below the staging folder.
    folders: HashSet<String>,
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State")
            .field("files", &self.files)
            .finish_non_exhaustive()
    }
}

fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    // Every change of the state is one step, so a panic elsewhere leaves it sound.
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Staged {
    pub(super) fn begin(
        store: &Arc<dyn Store>,
        target: &Location,
        home: &Home,
        run_id: &str,
    ) -> Result<Self> {
        let staging = home.staging(run_id);
        store.make_dir_all(&staging)?;
        Ok(Self {
            store: Arc::clone(store),
            target: target.clone(),
            staging,
            inside: home.inside,
            state: Arc::default(),
        })
    }

    /// The folder that will be replaced.
    pub fn location(&self) -> &Location {
        &self.target
    }

    pub(super) fn staging(&self) -> &Location {
        &self.staging
    }

    pub(super) fn is_inside(&self) -> bool {
        self.inside
    }

    /// Makes a file, `order_date=2025-01-01/part-00000.parquet` for instance, that will be in
    /// the folder after the commit. It must be [finished](StagedFile::finish).
    ///
    /// # Errors
    /// [`Error::Io`] when the disk refuses; [`Error::Internal`] for a name that is not a plain
    /// relative path or was used before.
    pub fn create(&self, name: &str) -> Result<StagedFile> {
        let path = self.reserve(name)?;
        Ok(StagedFile {
            out: BufWriter::with_capacity(BUFFER, self.store.create(&path)?),
            bytes: 0,
            name: name.to_owned(),
            place: self.target.join(name),
            state: Arc::clone(&self.state),
        })
    }

    /// Carries the file `name` of the present folder over unchanged; false if there is none.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub fn keep(&self, name: &str) -> Result<bool> {
        let from = self.target.join(name);
        let Some(stat) = self.store.stat(&from)?.filter(|s| s.kind == Kind::File) else {
            return Ok(false);
        };
        let path = self.reserve(name)?;
        if self.store.link(&from, &path).is_err() {
            // Not every filesystem has links, and not every file may be linked.
            copy(&*self.store, &from, &path)?;
        }
        locked(&self.state)
            .files
            .insert(name.to_owned(), Some(stat.len));
        Ok(true)
    }

    /// Notes the new file and makes the folders above it; answers where it is staged.
    fn reserve(&self, name: &str) -> Result<Location> {
        let plain = |part: &str| !matches!(part, "" | "." | "..");
        if is_mark(name) || name.ends_with(TEMPORARY) || !name.split('/').all(plain) {
            return Err(Error::Internal(format!(
                "{name:?} is no name for an output"
            )));
        }
        let mut state = locked(&self.state);
        if state.files.insert(name.to_owned(), None).is_some() {
            return Err(Error::Internal(format!("{name:?} is written twice")));
        }
        if let Some((folder, _)) = name.rsplit_once('/')
            && !state.folders.contains(folder)
        {
            self.store.make_dir_all(&self.staging.join(folder))?;
            state.folders.insert(folder.to_owned());
        }
        Ok(self.staging.join(&format!("{name}{TEMPORARY}")))
    }

    /// Gives all files their names; answers them, sorted.
    pub(super) fn finish(&self) -> Result<Vec<FileEntry>> {
        let closing = std::mem::take(&mut locked(&self.state).closing);
        for (place, mut file) in closing {
            file.sync().map_err(|e| Error::io("write", &place, e))?;
        }
        let mut files = Vec::new();
        for (name, bytes) in &locked(&self.state).files {
            let bytes =
                bytes.ok_or_else(|| Error::Internal(format!("{name:?} was never finished")))?;
            let path = self.staging.join(name);
            self.store.rename(&path.with_suffix(TEMPORARY), &path)?;
            files.push(FileEntry {
                name: name.clone(),
                bytes,
            });
        }
        Ok(files)
    }

    /// Completes the content by its record and `_SUCCESS`, and brings all names to the disk.
    pub(super) fn seal(&self, record: &RunRecord) -> Result<()> {
        let mark = |name, content: &[u8]| self.store.write_small(&self.staging.join(name), content);
        mark(RUN_RECORD, &record.to_json()?)?;
        mark(SUCCESS, b"")?;
        for folder in folders_of(record.files.iter().map(|file| &file.name)) {
            self.store.sync_dir(&self.staging.join(folder))?;
        }
        self.store.sync_dir(&self.staging)
    }
}

/// Copies a file and returns when the copy is on the disk.
pub(super) fn copy(store: &dyn Store, from: &Location, to: &Location) -> Result<()> {
    let mut source = store.open(from)?;
    let mut target = store.create(to)?;
    io::copy(&mut source, &mut target)
        .and_then(|_| target.sync())
        .map_err(|e| Error::io("write", to, e))
}

/// A file of the content to come, buffered.
pub struct StagedFile {
    out: BufWriter<Box<dyn FileWrite>>,
    bytes: u64,
    name: String,
    place: Location,
    state: Arc<Mutex<State>>,
}

impl StagedFile {
    /// Where the file will be; errors of [`Write`] do not say it.
    pub fn place(&self) -> &Location {
        &self.place
    }

    /// Ends the file. The commit does not begin before it is on the disk.
    ///
    /// # Errors
    /// [`Error::Io`] when the disk refuses.
    pub fn finish(self) -> Result<FileEntry> {
        let wrong = |e| Error::io("write", &self.place, e);
        let mut file = self.out.into_inner().map_err(|e| wrong(e.into_error()))?;
        let done = file.begin_sync().map_err(wrong)?;
        let mut oldest = None;
        let mut state = locked(&self.state);
        if !done {
            state.closing.push_back((self.place.clone(), file));
            if state.closing.len() > CLOSING {
                oldest = state.closing.pop_front();
            }
        }
        state.files.insert(self.name.clone(), Some(self.bytes));
        drop(state);
        if let Some((place, mut file)) = oldest {
            file.sync().map_err(|e| Error::io("write", &place, e))?;
        }
        Ok(FileEntry {
            name: self.name,
            bytes: self.bytes,
        })
    }
}

impl Write for StagedFile {
    fn write(&mut self, content: &[u8]) -> io::Result<usize> {
        let written = self.out.write(content)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl std::fmt::Debug for StagedFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StagedFile")
            .field("place", &self.place)
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}
