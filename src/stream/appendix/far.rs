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

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::store;

    fn open(dir: &TempDir, files: u32, epoch: u64) -> Result<FarLines> {
        let folder = Location::from_path(&dir.path().join("_late"))?;
        let committed = Length {
            file: files,
            bytes: 0,
        };
        FarLines::open(store::open(&folder)?, &folder, committed, epoch)
    }

    fn add(lines: &mut FarLines, text: &str) -> u32 {
        lines.buffer.extend_from_slice(text.as_bytes());
        lines.sync().unwrap().file
    }

    fn all(dir: &TempDir) -> String {
        let folder = std::fs::read_dir(dir.path().join("_late")).unwrap();
        let mut files: Vec<_> = folder.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        let texts = files
            .iter()
            .map(|file| std::fs::read_to_string(file).unwrap());
        texts.collect()
    }

    #[test]
    fn what_no_commit_names_goes() {
        let dir = TempDir::new().unwrap();
        let mut lines = open(&dir, 0, 1).unwrap();
        assert_eq!(lines.sync().unwrap().file, 0);
        assert_eq!(add(&mut lines, "one\n"), 1);
        assert_eq!(add(&mut lines, "two\n"), 2);
        let mut next = open(&dir, 1, 4).unwrap();
        assert_eq!(all(&dir), "one\n");
        add(&mut next, "again\n");
        assert_eq!(all(&dir), "one\nagain\n");
        assert!(
            open(&dir, 3, 6).is_err(),
            "one that was committed is missing"
        );
    }

    #[test]
    fn a_process_that_was_replaced_leaves_nothing() {
        let dir = TempDir::new().unwrap();
        let mut old = open(&dir, 0, 1).unwrap();
        let mut new = open(&dir, 0, 2).unwrap();
        assert_eq!(add(&mut new, "new\n"), 1);
        add(&mut old, "old\n");
        add(&mut old, "older\n");
        open(&dir, 1, 7).unwrap();
        assert_eq!(all(&dir), "new\n");
    }
}
