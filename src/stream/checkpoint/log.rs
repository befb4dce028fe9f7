//! An append-only file of frames, each proved by checksums.
//!
//! A frame is a head of 16 bytes (a mark, the length of what follows, the CRC-32 of the payload,
//! the CRC-32 of the head) and its payload. Appending and syncing a frame is one atomic commit:
//! a frame cut short at the end of the file was never committed, while a whole one whose
//! checksum is wrong means that the file was damaged, which is an error and never a guess.

use std::fmt::Display;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::store::Location;

const MARK: [u8; 4] = *b"RTL1";
const HEAD: usize = 16;

/// An open log.
#[derive(Debug)]
pub struct Log {
    path: PathBuf,
    file: File,
    /// Bytes of whole frames.
    length: u64,
}

fn damaged(place: impl Display, at: u64) -> Error {
    Error::data(
        place,
        format!("the checkpoint is damaged at byte {at}; begin anew with --fresh"),
    )
}

fn head(payload: &[u8]) -> Result<[u8; HEAD]> {
    let length =
        u32::try_from(payload.len()).map_err(|_| Error::Internal("a frame of 4 GiB".to_owned()))?;
    let mut head = [0; HEAD];
    head[..4].copy_from_slice(&MARK);
    head[4..8].copy_from_slice(&length.to_le_bytes());
    head[8..12].copy_from_slice(&crc32fast::hash(payload).to_le_bytes());
    let sum = crc32fast::hash(&head[..12]);
    head[12..].copy_from_slice(&sum.to_le_bytes());
    Ok(head)
}

/// Bytes that a frame of this payload takes.
pub(super) fn frame_len(payload: &[u8]) -> u64 {
    (HEAD + payload.len()) as u64
}

fn number(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .rev()
        .fold(0, |sum, byte| sum << 8 | u32::from(*byte))
}

/// Adds a frame to `out`.
pub(super) fn write(out: &mut Vec<u8>, payload: &[u8]) -> Result<()> {
    out.extend_from_slice(&head(payload)?);
    out.extend_from_slice(payload);
    Ok(())
}

/// Hands the frames of a file that was written as a whole to `see`.
pub(super) fn frames(
    place: &Location,
    bytes: &[u8],
    see: impl FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    let end = whole_frames(place, bytes, see)?;
    match end == bytes.len() as u64 {
        true => Ok(()),
        false => Err(damaged(place, end)),
    }
}

/// Hands all whole frames to `see`; answers where they end.
fn whole_frames(
    place: impl Display,
    mut bytes: impl Read,
    mut see: impl FnMut(&[u8]) -> Result<()>,
) -> Result<u64> {
    let mut at = 0;
    let (mut head, mut payload) = (Vec::new(), Vec::new());
    // A frame at a time: a log may be larger than memory.
    let mut next = |length: usize, into: &mut Vec<u8>| {
        into.clear();
        let read = bytes.by_ref().take(length as u64).read_to_end(into);
        let read = read.map_err(|e| Error::io("read", &place, e))?;
        Ok(read == length)
    };
    while next(HEAD, &mut head)? {
        let sound = head[..4] == MARK && crc32fast::hash(&head[..12]) == number(&head[12..]);
        if !sound {
            return Err(damaged(&place, at));
        }
        if !next(number(&head[4..8]) as usize, &mut payload)? {
            break;
        }
        if crc32fast::hash(&payload) != number(&head[8..12]) {
            return Err(damaged(&place, at));
        }
        see(&payload)?;
        at += frame_len(&payload);
    }
    Ok(at)
}

/// What is read of a file at once.
const BUFFER: usize = 256 << 10;

/// Hands the frames of a log that is written no more to `see`.
///
/// # Errors
/// When it cannot be read, or is damaged, a frame cut short included, or `see` fails.
pub(super) fn read(path: &Path, see: impl FnMut(&[u8]) -> Result<()>) -> Result<()> {
    let wrong = |e| Error::io("read", path.display(), e);
    let file = File::open(path).map_err(wrong)?;
    let length = file.metadata().map_err(wrong)?.len();
    let end = whole_frames(path.display(), BufReader::with_capacity(BUFFER, file), see)?;
    match end == length {
        true => Ok(()),
        false => Err(damaged(path.display(), end)),
    }
}

fn sync_folder_of(path: &Path) -> Result<()> {
    let Some(folder) = path.parent() else {
        return Ok(());
    };
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|e| Error::io("write", folder.display(), e))
}

impl Log {
    /// Makes a log of these frames, on the disk as a whole before it has its name.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn create(path: &Path, frames: &[&[u8]]) -> Result<Self> {
        let temporary = path.with_extension("tmp");
        let wrong = |e| Error::io("write", temporary.display(), e);
        let mut file = File::create(&temporary).map_err(wrong)?;
        let mut length = 0;
        for payload in frames {
            file.write_all(&head(payload)?).map_err(wrong)?;
            file.write_all(payload).map_err(wrong)?;
            length += (HEAD + payload.len()) as u64;
        }
        file.sync_all().map_err(wrong)?;
        fs::rename(&temporary, path).map_err(|e| Error::io("rename", path.display(), e))?;
        sync_folder_of(path)?;
        Ok(Self {
            path: path.to_owned(),
            file,
            length,
        })
    }

    /// Opens a log and hands every frame to `see`. A frame cut short at the end goes.
    ///
    /// # Errors
    /// When it cannot be read, or is damaged, or `see` fails.
    pub fn open(path: &Path, see: impl FnMut(&[u8]) -> Result<()>) -> Result<Self> {
        let wrong = |e| Error::io("read", path.display(), e);
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(path)
            .map_err(wrong)?;
        let buffered = BufReader::with_capacity(BUFFER, &file);
        let length = whole_frames(path.display(), buffered, see)?;
        if length < file.metadata().map_err(wrong)?.len() {
            tracing::debug!(
                "{}: a commit was cut short and does not count",
                path.display()
            );
            file.set_len(length).map_err(wrong)?;
        }
        file.seek(SeekFrom::Start(length)).map_err(wrong)?;
        Ok(Self {
            path: path.to_owned(),
            file,
            length,
        })
    }

    /// Shows the first frame of a log to `see`, and changes nothing.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn peek(path: &Path, see: impl FnOnce(&[u8])) -> Result<()> {
        let wrong = |e| Error::io("read", path.display(), e);
        let file = File::open(path).map_err(wrong)?;
        let mut bytes = Vec::new();
        let head = (&file).take(HEAD as u64).read_to_end(&mut bytes);
        head.map_err(wrong)?;
        if bytes.len() == HEAD {
            let length = number(&bytes[4..8]);
            bytes.clear();
            let read = file.take(length.into()).read_to_end(&mut bytes);
            if read.map_err(wrong)? == length as usize {
                see(&bytes);
            }
        }
        Ok(())
    }

    /// Makes sure that nothing stands behind the last commit: this log is written no more.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn seal(&self) -> Result<()> {
        let sealed = self
            .file
            .set_len(self.length)
            .and_then(|()| self.file.sync_all());
        sealed.map_err(|e| Error::io("write", self.path.display(), io_error(e)))
    }

    /// Gives the log another name in its folder, on the disk when this returns.
    ///
    /// # Errors
    /// When that fails.
    pub(super) fn rename(&mut self, path: PathBuf) -> Result<()> {
        fs::rename(&self.path, &path).map_err(|e| Error::io("rename", path.display(), e))?;
        self.path = path;
        sync_folder_of(&self.path)
    }

    /// Commits a frame: when this returns, it is on the disk.
    ///
    /// # Errors
    /// When it cannot be written; then it is as if it had never been tried.
    pub fn append(&mut self, payload: &[u8]) -> Result<()> {
        let mut frame = Vec::new();
        write(&mut frame, payload)?;
        let written = self
            .file
            .write_all(&frame)
            .and_then(|()| self.file.sync_data());
        match written {
            Ok(()) => {
                self.length += frame.len() as u64;
                Ok(())
            }
            Err(e) => {
                // Best effort: a rest would be cut at the next start, too.
                let _ = self.file.set_len(self.length);
                let _ = self.file.seek(SeekFrom::Start(self.length));
                Err(Error::io("write", self.path.display(), io_error(e)))
            }
        }
    }

    /// Bytes of all frames.
    pub fn len(&self) -> u64 {
        self.length
    }

    /// Whether there is no frame.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Where it stands.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// The error, with what to do about a full disk.
pub(in crate::stream) fn io_error(e: io::Error) -> io::Error {
    match e.kind() {
        io::ErrorKind::StorageFull => io::Error::new(
            io::ErrorKind::StorageFull,
            "no space left on the device; make room and start again, nothing is lost",
        ),
        _ => e,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(path: &Path) -> Result<Vec<Vec<u8>>> {
        let mut frames = Vec::new();
        Log::open(path, |frame| {
            frames.push(frame.to_vec());
            Ok(())
        })?;
        Ok(frames)
    }

    #[test]
    fn a_commit_is_whole_or_not_there() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state-1.log");
        let mut log = Log::create(&path, &[b"identity", b"snapshot"]).unwrap();
        log.append(b"first change").unwrap();
        log.append(b"second").unwrap();
        drop(log);
        let whole = fs::read(&path).unwrap();
        assert_eq!(frames(&path).unwrap().len(), 4);
        let ends: Vec<usize> = frames(&path)
            .unwrap()
            .iter()
            .scan(0, |end, frame| {
                *end += HEAD + frame.len();
                Some(*end)
            })
            .collect();
        for cut in 0..whole.len() {
            fs::write(&path, &whole[..cut]).unwrap();
            let kept = ends.iter().filter(|end| **end <= cut).count();
            assert_eq!(frames(&path).unwrap().len(), kept, "cut at {cut}");
        }
        // After a cut, the next commit stands where the lost one did.
        fs::write(&path, &whole[..whole.len() - 1]).unwrap();
        let mut log = Log::open(&path, |_| Ok(())).unwrap();
        log.append(b"again").unwrap();
        assert_eq!(frames(&path).unwrap()[3], b"again");
    }

    #[test]
    fn every_flipped_bit_is_found() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state-1.log");
        let mut log = Log::create(&path, &[b"identity"]).unwrap();
        log.append(b"change").unwrap();
        let whole = fs::read(&path).unwrap();
        for at in 0..whole.len() {
            for bit in 0..8 {
                let mut flipped = whole.clone();
                flipped[at] ^= 1 << bit;
                fs::write(&path, &flipped).unwrap();
                let error = frames(&path).unwrap_err().to_string();
                assert!(
                    error.contains("state-1.log") && error.contains("--fresh"),
                    "{error}"
                );
            }
        }
    }
}
