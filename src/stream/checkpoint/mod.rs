//! The checkpoint: a folder with the log of commits.
//!
//! `state-N.log` begins with the identity and a whole state; every commit appends what changed.
//! When the changes outgrow the state, the next log begins with a whole state of its own and
//! the old one goes. The newest log counts. On HDFS and S3, where files do not grow, a commit is a
//! file of a [`chain`].

pub mod chain;
pub mod frame;
pub mod log;

use std::fmt::Display;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::store::{self, Location, Store};

use chain::Chain;
pub use frame::{FilesPosition, Frame, Identity, Offset, Position, VERSION};
use log::Log;

/// Changes are gathered up to so many bytes before a log is begun anew, or to the size of the
/// state if that is more.
const GATHER: u64 = if cfg!(test) { 8 << 10 } else { 4 << 20 };

/// A checkpoint folder; whoever opens it holds its lock.
#[derive(Debug)]
pub struct Checkpoint {
    home: Home,
    identity: Identity,
    /// Length of the log or chain when it began.
    base: u64,
}

/// Where the commits go.
#[derive(Debug)]
enum Home {
    /// A local folder, its newest log and the log's number.
    Near {
        folder: PathBuf,
        log: Option<Log>,
        number: u64,
    },
    /// A folder on HDFS or S3.
    Far {
        store: Arc<dyn Store>,
        folder: Location,
        chain: Option<Chain>,
    },
}

impl Checkpoint {
    /// The folder, which is made if it is missing; nothing is read yet.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn at(place: &Location, identity: Identity) -> Result<Self> {
        let store = store::open(place)?;
        store.make_dir_all(place)?;
        let home = match place.local_path() {
            Some(folder) => Home::Near {
                folder: folder.to_owned(),
                log: None,
                number: 0,
            },
            None => Home::Far {
                store,
                folder: place.clone(),
                chain: None,
            },
        };
        Ok(Self {
            home,
            identity,
            base: 0,
        })
    }

    /// Reads what is there, every commit's bytes; false if nothing is. The identity of what is
    /// there replaces ours.
    ///
    /// # Errors
    /// [`Error::Data`] when it is damaged or does not match, or `see` cannot read it.
    pub fn read(
        &mut self,
        mut see: impl FnMut(&[u8]) -> Result<(), postcard::Error>,
    ) -> Result<bool> {
        let wanted = &self.identity.settings;
        let mut found: Option<Identity> = None;
        let mut count = 0;
        let mut base = 0;
        let mut one = |place: &dyn Display, payload: &[u8]| {
            let unreadable = || {
                let what = "is of another version of this program; begin anew with --fresh";
                Error::data(place, what)
            };
            count += 1;
            // As long as the log was when it began: with the identity and a whole state.
            if count <= 2 {
                base += log::frame_len(payload);
            }
            if count == 1 {
                let identity: Identity =
                    serde_json::from_slice(payload).map_err(|_| unreadable())?;
                if identity.version != VERSION {
                    return Err(unreadable());
                }
                same_settings(place, &identity.settings, wanted)?;
                found = Some(identity);
                return Ok(());
            }
            see(payload).map_err(|_| unreadable())
        };
        let mut olds = Vec::new();
        let place = match &mut self.home {
            Home::Near {
                folder,
                log,
                number,
            } => {
                olds = logs(folder)?;
                let Some((newest, path)) = olds.pop() else {
                    return Ok(false);
                };
                *log = Some(Log::open(&path, |payload| one(&folder.display(), payload))?);
                *number = newest;
                path.display().to_string()
            }
            Home::Far {
                store,
                folder,
                chain,
            } => {
                *chain = Chain::open(store, folder, |payload| one(folder, payload))?;
                if chain.is_none() {
                    return Ok(false);
                }
                folder.to_string()
            }
        };
        // A log has its name only when it is whole.
        self.identity = found.ok_or_else(|| {
            let what = "the checkpoint is empty; begin anew with --fresh";
            Error::data(place, what)
        })?;
        olds.iter().try_for_each(|(_, old)| remove(old))?;
        self.base = base;
        Ok(true)
    }

    /// The run that a folder's state belongs to, as far as that can be read.
    pub fn run_id(folder: &Location) -> Option<String> {
        newest(folder).map(|identity| identity.run_id)
    }

    /// What the state in a folder was made with, as far as that can be read.
    pub fn settings(folder: &Location) -> Option<Map<String, Value>> {
        newest(folder).map(|identity| identity.settings)
    }

    /// A number that is larger after every start; of a local checkpoint, whose lock dies with its
    /// holder, always 0.
    pub fn epoch(&self) -> u64 {
        match &self.home {
            Home::Far {
                chain: Some(chain), ..
            } => chain.epoch(),
            _ => 0,
        }
    }

    /// Whose state it is.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Whether the next commit should hold the whole state.
    pub fn wants_whole(&self) -> bool {
        let grown = |length: u64| length - self.base > GATHER.max(self.base);
        match &self.home {
            Home::Near { log, .. } => log.as_ref().is_none_or(|log| grown(log.len())),
            Home::Far { chain, .. } => chain
                .as_ref()
                .is_none_or(|chain| chain.is_long() || grown(chain.bytes())),
        }
    }

    /// Commits a frame; a `whole` one begins a new log.
    ///
    /// # Errors
    /// When it cannot be written: then the last commit still counts. [`Error::Busy`] when another
    /// process goes on from this checkpoint by now.
    pub fn commit(&mut self, frame: &impl Serialize, whole: bool) -> Result<()> {
        let payload = postcard::to_stdvec(frame)
            .map_err(|e| Error::Internal(format!("a frame of the checkpoint: {e}")))?;
        let identity = serde_json::to_vec(&self.identity)
            .map_err(|e| Error::Internal(format!("the checkpoint's identity: {e}")))?;
        let state: [&[u8]; 2] = [&identity, &payload];
        match &mut self.home {
            Home::Near { log: Some(log), .. } if !whole => return log.append(&payload),
            Home::Near {
                folder,
                log,
                number,
            } => {
                let path = folder.join(format!("state-{}.log", *number + 1));
                let new = Log::create(&path, &state)?;
                *number += 1;
                self.base = new.len();
                if let Some(old) = log.replace(new) {
                    remove(old.path())?;
                }
            }
            Home::Far {
                chain: Some(chain), ..
            } if !whole => return chain.commit(&[&payload]),
            Home::Far {
                store,
                folder,
                chain,
            } => {
                match chain {
                    Some(chain) => chain.renew(&state)?,
                    None => *chain = Some(Chain::begin(store, folder, &state)?),
                }
                self.base = state.iter().map(|payload| log::frame_len(payload)).sum();
            }
        }
        Ok(())
    }
}

/// The logs that are there, the newest last; unfinished ones go.
fn logs(folder: &Path) -> Result<Vec<(u64, PathBuf)>> {
    let wrong = |e| Error::io("read", folder.display(), e);
    let mut logs = Vec::new();
    for entry in fs::read_dir(folder).map_err(wrong)? {
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

/// The identity of any log in a folder: all are of one run.
fn newest(folder: &Location) -> Option<Identity> {
    let Some(folder) = folder.local_path() else {
        let store = store::open(folder).ok()?;
        let payload = Chain::peek(&*store, folder).ok()??;
        return serde_json::from_slice(&payload).ok();
    };
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
fn same_settings(
    place: impl Display,
    was: &Map<String, Value>,
    is: &Map<String, Value>,
) -> Result<()> {
    // The job that there was before there were several.
    let (none, windows) = (Value::Null, Value::from("windows"));
    let first = ["job".to_owned(), "source".to_owned()];
    // Another job or source explains whatever else differs.
    let names = first.iter().chain(was.keys());
    for name in names.chain(is.keys().filter(|name| !was.contains_key(*name))) {
        let absent = if name == "job" { &windows } else { &none };
        let (before, now) = (
            was.get(name).unwrap_or(absent),
            is.get(name).unwrap_or(absent),
        );
        if before != now {
            return Err(Error::data(
                place,
                format!(
                    "the checkpoint was made with {name} {before}, not {now}; go on as it was, \
                     choose another --checkpoint, or begin anew with --fresh"
                ),
            ));
        }
    }
    Ok(())
}
