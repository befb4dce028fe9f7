//! The checkpoint: a folder with the log of commits.
//!
//! `state-N.log` begins with the identity and a whole state; every commit appends what changed.
//! When the changes outgrow the state, the next log begins with a whole state of its own and
//! the old one goes. The newest log counts. On HDFS and S3, where files do not grow, a commit is a
//! file of a [`chain`].
//!
//! A state that is too large to be written at once rolls on instead: the next of the
//! [`segments`] begins with a mere commit, the commits after it repeat the rest of the state in
//! portions, and only then what was before goes ([`keyed::roll`](crate::stream::keyed::roll) keeps
//! the pace).

pub mod chain;
pub mod frame;
pub mod log;
pub mod segments;

#[cfg(test)]
mod tests;

use std::fmt::Display;
use std::fs;
use std::sync::Arc;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::store::{self, Location, Store};

use chain::Chain;
pub use frame::{FilesPosition, Frame, Identity, Offset, Position, VERSION};
use log::Log;
use segments::Segments;

/// Changes are gathered up to so many bytes before a log is begun anew, or to the size of the
/// state if that is more.
const GATHER: u64 = if cfg!(test) { 8 << 10 } else { 4 << 20 };

/// The least of a portion of the state that rolls on: a write of less takes no less time.
const PORTION: u64 = 256 << 10;

/// On HDFS and S3 a state rolls on in so many portions, so that a start reads few files.
const PORTIONS: u64 = 128;

/// Which segment takes a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Segment {
    /// The newest.
    Same,
    /// A new one; those before it count until they are dropped.
    New,
}

/// How a commit is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Append,
    Roll,
    Whole,
}

/// A checkpoint folder; whoever opens it holds its lock.
#[derive(Debug)]
pub struct Checkpoint {
    home: Home,
    identity: Identity,
    /// Length of the log or chain when it began.
    base: u64,
    /// Bytes that the next frame may take.
    usual: usize,
}

/// Where the commits go.
#[derive(Debug)]
enum Home {
    /// A local folder.
    Near(Segments),
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
            Some(folder) => Home::Near(Segments::at(folder)),
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
            usual: 0,
        })
    }

    /// Reads what is there, every commit's bytes, oldest first; false if nothing is. The identity
    /// of what is there replaces ours.
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
        let mut one = |place: &dyn Display, opens: bool, payload: &[u8]| {
            let unreadable = || {
                let what = "is of another version of this program; begin anew with --fresh";
                Error::data(place, what)
            };
            count += 1;
            // As long as the log was when it began: with the identity and a whole state.
            if count <= 2 {
                base += log::frame_len(payload);
            }
            if !opens {
                return see(payload).map_err(|_| unreadable());
            }
            let identity: Identity = serde_json::from_slice(payload).map_err(|_| unreadable())?;
            if identity.version != VERSION {
                return Err(unreadable());
            }
            same_settings(place, &identity.settings, wanted)?;
            let known = found.get_or_insert(identity.clone());
            match known.run_id == identity.run_id {
                true => Ok(()),
                false => Err(Error::data(
                    place,
                    "holds logs of several streams; begin anew with --fresh",
                )),
            }
        };
        let is_there = match &mut self.home {
            Home::Near(segments) => {
                let folder = segments.folder().to_owned();
                segments.open(|opens, payload| one(&folder.display(), opens, payload))?
            }
            Home::Far {
                store,
                folder,
                chain,
            } => {
                let mut opens = true;
                *chain = Chain::open(store, folder, |payload| {
                    one(folder, std::mem::replace(&mut opens, false), payload)
                })?;
                chain.is_some()
            }
        };
        if !is_there {
            return Ok(false);
        }
        // A log has its name only when it is whole.
        self.identity = found.ok_or_else(|| {
            let what = "the checkpoint is empty; begin anew with --fresh";
            Error::data(self.home.place(), what)
        })?;
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
            Home::Near(segments) => segments.length().is_none_or(grown),
            Home::Far { chain, .. } => chain
                .as_ref()
                .is_none_or(|chain| chain.is_long() || grown(chain.bytes())),
        }
    }

    /// Whether older segments count beside the newest.
    pub fn is_rolling(&self) -> bool {
        match &self.home {
            Home::Near(segments) => segments.has_older(),
            Home::Far { chain, .. } => chain.as_ref().is_some_and(Chain::is_rolling),
        }
    }

    /// Whether a new segment should be begun, for a state of about so many bytes: the newest is the
    /// only one, and holds more than the state and as much in changes.
    pub fn wants_segment(&self, state: u64) -> bool {
        let grown = |length: u64| length > GATHER.max(state).saturating_mul(2);
        let wants = match &self.home {
            Home::Near(segments) => segments.length().is_some_and(grown),
            Home::Far { chain, .. } => chain
                .as_ref()
                .is_some_and(|chain| chain.is_long() || grown(chain.bytes())),
        };
        wants && !self.is_rolling()
    }

    /// How much of a state of so many bytes a commit repeats while it rolls on, at least.
    pub fn portion(&self, state: u64) -> u64 {
        match &self.home {
            Home::Near(_) => PORTION,
            Home::Far { .. } => PORTION.max(state / PORTIONS),
        }
    }

    /// Commits a frame; a `whole` one begins a new log, and what was before it goes.
    ///
    /// # Errors
    /// When it cannot be written: then the last commit still counts. [`Error::Busy`] when another
    /// process goes on from this checkpoint by now.
    pub fn commit(&mut self, frame: &impl Serialize, whole: bool) -> Result<()> {
        self.write(frame, if whole { Way::Whole } else { Way::Append })
    }

    /// Commits a frame of a state that rolls on: what changed, and perhaps more. The first commit
    /// of all begins a segment in any case.
    ///
    /// # Errors
    /// As [`commit`](Self::commit).
    pub fn commit_in(&mut self, frame: &impl Serialize, segment: Segment) -> Result<()> {
        match segment {
            Segment::Same => self.write(frame, Way::Append),
            Segment::New => self.write(frame, Way::Roll),
        }
    }

    /// Drops the segments before the newest, which by now holds the whole state.
    ///
    /// # Errors
    /// When that fails: then they may still count, which changes nothing. [`Error::Busy`] as at
    /// [`commit`](Self::commit).
    pub fn drop_older(&mut self) -> Result<()> {
        let identity = self.identity_bytes()?;
        match &mut self.home {
            Home::Near(segments) => segments.drop_older(),
            Home::Far { chain, .. } => match chain {
                Some(chain) => chain.drop_older(&identity),
                None => Ok(()),
            },
        }
    }

    fn write(&mut self, frame: &impl Serialize, way: Way) -> Result<()> {
        let payload = postcard::to_extend(frame, Vec::with_capacity(self.usual))
            .map_err(|e| Error::Internal(format!("a frame of the checkpoint: {e}")))?;
        // With an eighth to spare.
        self.usual = payload.len() + payload.len() / 8;
        let identity = self.identity_bytes()?;
        let state: [&[u8]; 2] = [&identity, &payload];
        match &mut self.home {
            Home::Near(segments) => match way {
                Way::Append if segments.append(&payload)? => return Ok(()),
                Way::Roll => segments.roll(&state)?,
                Way::Append | Way::Whole => segments.renew(&state)?,
            },
            Home::Far {
                store,
                folder,
                chain,
            } => match (chain, way) {
                (Some(chain), Way::Append) => return chain.commit(&[&payload]),
                (Some(chain), Way::Roll) => return chain.roll(&[&payload]),
                (Some(chain), Way::Whole) => chain.renew(&state)?,
                (chain, _) => *chain = Some(Chain::begin(store, folder, &state)?),
            },
        }
        self.base = state.iter().map(|payload| log::frame_len(payload)).sum();
        Ok(())
    }

    fn identity_bytes(&self) -> Result<Vec<u8>> {
        serde_json::to_vec(&self.identity)
            .map_err(|e| Error::Internal(format!("the checkpoint's identity: {e}")))
    }
}

impl Home {
    /// Where the newest commit is, for messages.
    fn place(&self) -> String {
        match self {
            Self::Near(segments) => segments.newest().display().to_string(),
            Self::Far { folder, .. } => folder.to_string(),
        }
    }
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
