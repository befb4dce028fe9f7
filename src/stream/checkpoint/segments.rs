//! The logs of a checkpoint in a local folder: what must be read, in order.
//!
//! `state-N.log` needs nothing before it; each `state-N.roll` after it goes on from the one before.
//! When a roll holds the whole state by itself, it takes the name of a log, at one stroke, and
//! those before it go.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::stream::checkpoint::log::{self, Log};

/// The logs of a folder.
#[derive(Debug)]
pub struct Segments {
    folder: PathBuf,
    /// The newest, which grows.
    present: Option<Log>,
    number: u64,
    /// Those before it that still count.
    older: Vec<PathBuf>,
}

/// What a file of the folder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Log,
    Roll,
}

impl Segments {
    /// Those of a folder; nothing is read yet.
    pub fn at(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            present: None,
            number: 0,
            older: Vec::new(),
        }
    }

    /// Where they are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn path(&self, number: u64, kind: Kind) -> PathBuf {
        let end = match kind {
            Kind::Log => "log",
            Kind::Roll => "roll",
        };
        self.folder.join(format!("state-{number}.{end}"))
    }

    /// Reads what counts, oldest first: `see` gets every frame, and whether it is the first of its
    /// file. What counts no more goes. False if there is nothing.
    ///
    /// # Errors
    /// When it cannot be read, is damaged or a part is missing; what `see` returns.
    pub fn open(&mut self, mut see: impl FnMut(bool, &[u8]) -> Result<()>) -> Result<bool> {
        let mut files = files(&self.folder)?;
        let Some(&(newest, ..)) = files.last() else {
            return Ok(false);
        };
        let whole = files.iter().rposition(|(_, kind, _)| *kind == Kind::Log);
        let kept = files.split_off(whole.unwrap_or(0));
        for ((number, ..), expected) in kept.iter().rev().zip((0..=newest).rev()) {
            if *number != expected {
                return Err(self.missing(expected));
            }
        }
        if whole.is_none() {
            return Err(self.missing(newest - kept.len() as u64));
        }
        for (number, _, path) in kept {
            let mut first = true;
            let see = |payload: &[u8]| see(std::mem::replace(&mut first, false), payload);
            // Only the newest may have been written to when the process died.
            if number == newest {
                self.present = Some(Log::open(&path, see)?);
            } else {
                log::read(&path, see)?;
                self.older.push(path);
            }
        }
        self.number = newest;
        for (_, _, path) in files {
            remove(&path)?;
        }
        Ok(true)
    }

    fn missing(&self, number: u64) -> Error {
        let what = format!("state-{number} of the checkpoint is missing; begin anew with --fresh");
        Error::data(self.folder.display(), what)
    }

    /// The newest log, or the folder if there is none.
    pub fn newest(&self) -> &Path {
        self.present.as_ref().map_or(&self.folder, Log::path)
    }

    /// Bytes of the newest log, if there is one.
    pub fn length(&self) -> Option<u64> {
        self.present.as_ref().map(Log::len)
    }

    /// Whether older logs count beside the newest.
    pub fn has_older(&self) -> bool {
        !self.older.is_empty()
    }

    /// Adds a commit to the newest log; false if there is none.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn append(&mut self, payload: &[u8]) -> Result<bool> {
        let log = self.present.as_mut();
        log.map_or(Ok(false), |log| log.append(payload).map(|()| true))
    }

    /// Begins a log with the identity and the whole state; those before it go.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn renew(&mut self, frames: &[&[u8]]) -> Result<()> {
        self.begin(Kind::Log, frames)?;
        self.remove_older()
    }

    /// Begins a log with the identity and a commit; those before it still count.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn roll(&mut self, frames: &[&[u8]]) -> Result<()> {
        match &self.present {
            Some(log) => log.seal()?,
            None => return self.begin(Kind::Log, frames),
        }
        self.begin(Kind::Roll, frames)
    }

    fn begin(&mut self, kind: Kind, frames: &[&[u8]]) -> Result<()> {
        let log = Log::create(&self.path(self.number + 1, kind), frames)?;
        self.number += 1;
        if let Some(old) = self.present.replace(log) {
            self.older.push(old.path().to_owned());
        }
        Ok(())
    }

    /// Makes the newest log the only one that counts.
    ///
    /// # Errors
    /// When its name cannot be changed, or the others cannot be removed.
    pub fn drop_older(&mut self) -> Result<()> {
        let name = self.path(self.number, Kind::Log);
        if let Some(log) = &mut self.present
            && !self.older.is_empty()
        {
            log.rename(name)?;
        }
        self.remove_older()
    }

    fn remove_older(&mut self) -> Result<()> {
        for path in self.older.drain(..) {
            remove(&path)?;
        }
        Ok(())
    }
}

/// The logs that are there, the newest last; unfinished ones go.
fn files(folder: &Path) -> Result<Vec<(u64, Kind, PathBuf)>> {
    let wrong = |e| Error::io("read", folder.display(), e);
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(wrong)? {
        let path = entry.map_err(wrong)?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let Some(rest) = name.and_then(|name| name.strip_prefix("state-")) else {
            continue;
        };
        let (number, kind) = match rest.rsplit_once('.') {
            Some((number, "log")) => (number, Kind::Log),
            Some((number, "roll")) => (number, Kind::Roll),
            Some((_, "tmp")) => {
                remove(&path)?;
                continue;
            }
            _ => continue,
        };
        if let Ok(number) = number.parse() {
            files.push((number, kind, path));
        }
    }
    files.sort_unstable();
    Ok(files)
}

fn remove(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => {
            Err(Error::io("remove", path.display(), e))
        }
        _ => Ok(()),
    }
}
