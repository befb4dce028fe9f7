//! JSON lines beside the output, rejects and late records, that grow with the commits.
//!
//! What a commit does not name did not happen: a restart takes it away.

mod far;
mod near;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::Result;
use crate::store::{Location, Store};

use far::FarLines;
use near::NearLines;

/// How far an appendix was committed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Length {
    /// Number of the file that grows; where files do not grow, how many there are.
    pub file: u32,
    /// Its length in bytes.
    pub bytes: u64,
}

/// A folder of JSON lines.
#[derive(Debug)]
pub enum Appendix {
    /// On this machine: the newest file grows.
    Near(NearLines),
    /// On HDFS or S3: each commit has a file.
    Far(FarLines),
}

impl Appendix {
    /// Goes on in `folder` behind what was committed; `epoch` is the checkpoint's.
    ///
    /// # Errors
    /// When what was committed is missing, or the rest cannot be taken away.
    pub fn open(
        store: &Arc<dyn Store>,
        folder: &Location,
        committed: Length,
        epoch: u64,
    ) -> Result<Self> {
        Ok(match folder.local_path() {
            Some(path) => Self::Near(NearLines::open(path, committed)?),
            None => {
                let store = Arc::clone(store);
                Self::Far(FarLines::open(store, folder, committed, epoch)?)
            }
        })
    }

    /// Where the next line is to be written.
    pub fn buffer(&mut self) -> &mut Vec<u8> {
        match self {
            Self::Near(lines) => &mut lines.buffer,
            Self::Far(lines) => &mut lines.buffer,
        }
    }

    /// Writes what has gathered, if it is much.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn fit(&mut self) -> Result<()> {
        match self {
            Self::Near(lines) => lines.fit(),
            Self::Far(lines) => lines.fit(),
        }
    }

    /// Brings everything to the disk and says how far that is, for the commit.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn sync(&mut self) -> Result<Length> {
        match self {
            Self::Near(lines) => lines.sync(),
            Self::Far(lines) => lines.sync(),
        }
    }
}
