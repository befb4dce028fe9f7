//! JSON lines on a store where files cannot grow: a file for each commit that has any.
//!
//! `part-<number>-<epoch>.jsonl`: the number counts the files, the epoch is that of the
//! [chain](crate::stream::checkpoint::chain) at the start of the process. A process that was
//! replaced by another may still write a file, but only one whose number the other's commits do
//! not name, or name with a later epoch; such files are no part of the output, and the next start
//! removes them.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Length;
use crate::error::{Error, Result};
use crate::store::{Location, Store};

/// What is held in memory between commits before it is written.
const HELD: usize = 8 << 20;

/// A folder of JSON lines.
#[derive(Debug)]
pub struct FarLines {
    store: Arc<dyn Store>,
    folder: Location,
    epoch: u64,
    files: u32,
    pub(super) buffer: Vec<u8>,
}

impl FarLines {
    /// Goes on in `folder` behind the files that were committed.
    ///
    /// # Errors
    /// When one is missing, or others cannot be removed.
    pub fn open(
        store: Arc<dyn Store>,
        folder: &Location,
        committed: Length,
        epoch: u64,
    ) -> Result<Self> {
        let mut known: BTreeMap<u32, u64> = BTreeMap::new();
        let found = match store.stat(folder)? {
            Some(_) => store.children(folder)?,
            None => Vec::new(),
        };
        let mut stray = Vec::new();
        for child in &found {
            let Some((number, epoch)) = child.name.to_str().and_then(parse) else {
                continue;
            };
            if number >= committed.file {
                stray.push((number, epoch));
            } else if let Some(older) = known.get(&number).copied() {
                stray.push((number, older.min(epoch)));
                known.insert(number, older.max(epoch));
            } else {
                known.insert(number, epoch);
            }
        }
        if let Some(missing) = (0..committed.file).find(|number| !known.contains_key(number)) {
            let what = format!(
                "file {missing} is missing, though its checkpoint names it; begin anew with --fresh"
            );
            return Err(Error::data(folder, what));
        }
        for (number, epoch) in stray {
            store.remove_file(&folder.join(&name(number, epoch)))?;
        }
        Ok(Self {
            store,
            folder: folder.clone(),
            epoch,
            files: committed.file,
            buffer: Vec::new(),
        })
    }

    /// Writes what has gathered, if it is much.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn fit(&mut self) -> Result<()> {
        if self.buffer.len() < HELD {
            return Ok(());
        }
        self.write()
    }

    fn write(&mut self) -> Result<()> {
        if self.files == 0 {
            self.store.make_dir_all(&self.folder)?;
        }
        let place = self.folder.join(&name(self.files, self.epoch));
        self.store.write_small_atomic(&place, &self.buffer)?;
        self.files += 1;
        self.buffer.clear();
        Ok(())
    }

    /// Writes all that has gathered and says how many files there are, for the commit.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn sync(&mut self) -> Result<Length> {
        if !self.buffer.is_empty() {
            self.write()?;
        }
        Ok(Length {
            file: self.files,
            bytes: 0,
        })
    }
}

fn name(number: u32, epoch: u64) -> String {
    format!("part-{number:05}-{epoch:010}.jsonl")
}

fn parse(name: &str) -> Option<(u32, u64)> {
    let (number, epoch) = name
        .strip_prefix("part-")?
        .strip_suffix(".jsonl")?
        .split_once('-')?;
    Some((number.parse().ok()?, epoch.parse().ok()?))
}
