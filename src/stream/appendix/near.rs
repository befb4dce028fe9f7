//! JSON lines on this machine: the newest file grows, and a restart cuts it back to the length
//! that was committed.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::Length;
use crate::error::{Error, Result};
use crate::stream::checkpoint::log::io_error;

/// A file longer than this is closed and the next one begun.
const LONG: u64 = 64 << 20;
/// What is held in memory between commits before it is written.
const HELD: usize = 1 << 20;

/// A folder of JSON lines.
#[derive(Debug)]
pub struct NearLines {
    folder: PathBuf,
    at: Length,
    file: Option<File>,
    pub(super) buffer: Vec<u8>,
    unsynced: bool,
}

impl NearLines {
    /// Goes on in `folder` behind what was committed.
    ///
    /// # Errors
    /// When a file cannot be cut back or removed, or is shorter than it should be.
    pub fn open(folder: &Path, committed: Length) -> Result<Self> {
        let this = Self {
            folder: folder.to_owned(),
            at: committed,
            file: None,
            buffer: Vec::new(),
            unsynced: false,
        };
        this.cut_back()?;
        Ok(this)
    }

    fn path(&self, number: u32) -> PathBuf {
        self.folder.join(format!("part-{number:05}.jsonl"))
    }

    fn cut_back(&self) -> Result<()> {
        let path = self.path(self.at.file);
        let wrong = |e| Error::io("cut back", path.display(), e);
        match OpenOptions::new().write(true).open(&path) {
            Ok(file) => {
                let length = file.metadata().map_err(wrong)?.len();
                if length < self.at.bytes {
                    let what = "is shorter than its checkpoint says; begin anew with --fresh";
                    return Err(Error::data(path.display(), what));
                }
                if length > self.at.bytes {
                    file.set_len(self.at.bytes).map_err(wrong)?;
                }
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound && self.at.bytes == 0 => {}
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                let what = "is missing, though its checkpoint names it; begin anew with --fresh";
                return Err(Error::data(path.display(), what));
            }
            Err(e) => return Err(wrong(e)),
        }
        // At most one more can have been begun.
        let next = self.path(self.at.file + 1);
        match fs::remove_file(&next) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => {
                Err(Error::io("remove", next.display(), e))
            }
            _ => Ok(()),
        }
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
        if self.buffer.is_empty() {
            return Ok(());
        }
        if self.at.bytes >= LONG && !self.unsynced {
            self.at = Length {
                file: self.at.file + 1,
                bytes: 0,
            };
            self.file = None;
        }
        let path = self.path(self.at.file);
        let wrong = |e| Error::io("write", path.display(), io_error(e));
        let file = match &mut self.file {
            Some(file) => file,
            None => {
                fs::create_dir_all(&self.folder).map_err(wrong)?;
                let options = OpenOptions::new()
                    .write(true)
                    .create(true)
                    .truncate(false)
                    .open(&path);
                let mut file = options.map_err(wrong)?;
                // The names must outlive a power cut as the content does.
                for folder in [Some(&*self.folder), self.folder.parent()] {
                    let folder = folder.filter(|folder| !folder.as_os_str().is_empty());
                    folder
                        .map_or(Ok(()), |folder| File::open(folder)?.sync_all())
                        .map_err(wrong)?;
                }
                file.seek(SeekFrom::Start(self.at.bytes)).map_err(wrong)?;
                self.file.insert(file)
            }
        };
        file.write_all(&self.buffer).map_err(wrong)?;
        self.at.bytes += self.buffer.len() as u64;
        self.buffer.clear();
        self.unsynced = true;
        Ok(())
    }

    /// Brings everything to the disk and says how far that is, for the commit.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn sync(&mut self) -> Result<Length> {
        self.write()?;
        if let (true, Some(file)) = (self.unsynced, &self.file) {
            let path = self.path(self.at.file);
            file.sync_data()
                .map_err(|e| Error::io("write", path.display(), io_error(e)))?;
            self.unsynced = false;
        }
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_committed_is_cut() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("_rejects");
        let mut lines = NearLines::open(&folder, Length::default()).unwrap();
        assert_eq!(lines.sync().unwrap(), Length::default());
        assert!(!folder.exists());
        lines.buffer.extend_from_slice(b"one\n");
        let committed = lines.sync().unwrap();
        lines.buffer.extend_from_slice(b"two\n");
        lines.write().unwrap();
        drop(lines);
        fs::write(folder.join("part-00001.jsonl"), "three\n").unwrap();
        let mut lines = NearLines::open(&folder, committed).unwrap();
        assert!(!folder.join("part-00001.jsonl").exists());
        lines.buffer.extend_from_slice(b"four\n");
        lines.sync().unwrap();
        let text = fs::read_to_string(folder.join("part-00000.jsonl")).unwrap();
        assert_eq!(text, "one\nfour\n");
    }

    #[test]
    fn what_was_committed_must_be_there() {
        let dir = tempfile::tempdir().unwrap();
        let committed = Length { file: 0, bytes: 9 };
        assert!(NearLines::open(dir.path(), committed).is_err());
        fs::write(dir.path().join("part-00000.jsonl"), "short").unwrap();
        let error = NearLines::open(dir.path(), committed)
            .unwrap_err()
            .to_string();
        assert!(error.contains("--fresh"), "{error}");
    }
}
