//! The checkpoint: a folder with the log of commits.
//!
//! `state-N.log` begins with the identity and a whole state; every commit appends what changed.
//! When the changes outgrow the state, the next log begins with a whole state of its own and
//! the old one goes. The newest log counts.

pub mod frame;
pub mod log;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::store::Location;

pub use frame::{FilesPosition, Frame, Identity, Offset, Position, VERSION};
use log::Log;

/// Changes are gathered up to so many bytes before a log is begun anew, or to the size of the
/// state if that is more.
const GATHER: u64 = if cfg!(test) { 8 << 10 } else { 4 << 20 };

/// A checkpoint folder; whoever opens it holds its lock.
#[derive(Debug)]
pub struct Checkpoint {
    folder: PathBuf,
    log: Option<Log>,
    number: u64,
    identity: Identity,
    /// Length of the log when it began.
    base: u64,
}

impl Checkpoint {
    /// The folder, which is made if it is missing; nothing is read yet.
    ///
    /// # Errors
    /// When it is no local folder or cannot be made.
    pub fn at(place: &Location, identity: Identity) -> Result<Self> {
        let Some(folder) = place.local_path().map(Path::to_owned) else {
            return Err(Error::Usage(format!("{place}: not a local folder")));
        };
        fs::create_dir_all(&folder).map_err(|e| Error::io("create", place, e))?;
        Ok(Self {
            folder,
            log: None,
            number: 0,
            identity,
            base: 0,
        })
    }

    /// Reads what is there; false if nothing is. The identity of what is there replaces ours.
    ///
    /// # Errors
    /// [`Error::Data`] when it is damaged or does not match; what `see` returns.
    pub fn read(&mut self, mut see: impl FnMut(&Frame<'_>) -> Result<()>) -> Result<bool> {
        let logs = self.logs()?;
        let Some((number, path)) = logs.last() else {
            return Ok(false);
        };
        let mut found: Option<Identity> = None;
        let wanted = self.identity.settings.clone();
        let unreadable = || {
            let what = "is of another version of this program; begin anew with --fresh";
            Error::data(path.display(), what)
        };
        let mut frames = 0;
        let mut base = 0;
        let log = Log::open(path, |payload| {
            frames += 1;
            // As long as the log was when it began: with the identity and a whole state.
            if frames <= 2 {
                base += log::frame_len(payload);
            }
            if frames == 1 {
                let identity: Identity =
                    serde_json::from_slice(payload).map_err(|_| unreadable())?;
                if identity.version != VERSION {
                    return Err(unreadable());
                }
                same_settings(&self.folder, &identity.settings, &wanted)?;
                found = Some(identity);
                return Ok(());
            }
            see(&postcard::from_bytes(payload).map_err(|_| unreadable())?)
        })?;
        // A log has its name only when it is whole.
        self.identity = found.ok_or_else(|| {
            let what = "the checkpoint is empty; begin anew with --fresh";
            Error::data(path.display(), what)
        })?;
        self.number = *number;
        self.base = base;
        self.log = Some(log);
        for (_, old) in &logs[..logs.len() - 1] {
            remove(old)?;
        }
        Ok(true)
    }

    /// The logs that are there, the newest last; unfinished ones go.
    fn logs(&self) -> Result<Vec<(u64, PathBuf)>> {
        let wrong = |e| Error::io("read", self.folder.display(), e);
        let mut logs = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(wrong)? {
            let path = entry.map_err(wrong)?.path();
            let name = path
                .file_name()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            let number = name
                .strip_prefix("state-")
                .and_then(|rest| rest.strip_suffix(".log"));
            match number.and_then(|number| number.parse().ok()) {
                Some(number) => logs.push((number, path)),
                None if name.starts_with("state-") && name.ends_with(".tmp") => remove(&path)?,
                None => {}
            }
        }
        logs.sort_unstable();
        Ok(logs)
    }

    /// The run that a folder's state belongs to, as far as that can be read.
    pub fn run_id(folder: &Path) -> Option<String> {
        newest(folder).map(|identity| identity.run_id)
    }

    /// What the state in a folder was made with, as far as that can be read.
    pub fn settings(folder: &Path) -> Option<Map<String, Value>> {
        newest(folder).map(|identity| identity.settings)
    }

    /// Whose state it is.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Whether the next commit should hold the whole state.
    pub fn wants_whole(&self) -> bool {
        self.log
            .as_ref()
            .is_none_or(|log| log.len() - self.base > GATHER.max(self.base))
    }

    /// Commits a frame; a `whole` one begins a new log.
    ///
    /// # Errors
    /// When it cannot be written: then the last commit still counts.
    pub fn commit(&mut self, frame: &Frame<'_>, whole: bool) -> Result<()> {
        let payload = postcard::to_stdvec(frame)
            .map_err(|e| Error::Internal(format!("a frame of the checkpoint: {e}")))?;
        if !whole && let Some(log) = &mut self.log {
            return log.append(&payload);
        }
        let identity = serde_json::to_vec(&self.identity)
            .map_err(|e| Error::Internal(format!("the checkpoint's identity: {e}")))?;
        let path = self.folder.join(format!("state-{}.log", self.number + 1));
        let log = Log::create(&path, &[&identity, &payload])?;
        self.number += 1;
        self.base = log.len();
        if let Some(old) = self.log.replace(log) {
            remove(old.path())?;
        }
        Ok(())
    }
}

/// The identity of any log in a folder: all are of one run.
fn newest(folder: &Path) -> Option<Identity> {
    let names = fs::read_dir(folder)
        .ok()?
        .flatten()
        .map(|entry| entry.path());
    let logs = names.filter(|path| path.extension().is_some_and(|end| end == "log"));
    let mut found = None;
    for path in logs {
        let _ = Log::peek(&path, |payload| {
            found = serde_json::from_slice(payload).ok().or(found.take());
        });
    }
    found
}

fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => {
            Err(Error::io("remove", path.display(), e))
        }
        _ => Ok(()),
    }
}

/// What decides the result must be as it was.
fn same_settings(folder: &Path, was: &Map<String, Value>, is: &Map<String, Value>) -> Result<()> {
    let none = Value::Null;
    let source = "source".to_owned();
    // Another source explains whatever else differs.
    let names = std::iter::once(&source).chain(was.keys());
    for name in names.chain(is.keys().filter(|name| !was.contains_key(*name))) {
        let (before, now) = (
            was.get(name).unwrap_or(&none),
            is.get(name).unwrap_or(&none),
        );
        if before != now {
            return Err(Error::data(
                folder.display(),
                format!(
                    "the checkpoint was made with {name} {before}, not {now}; go on as it was, \
                     choose another --checkpoint, or begin anew with --fresh"
                ),
            ));
        }
    }
    Ok(())
}
