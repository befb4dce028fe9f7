//! Sending files, several at once.

use std::io::{Read, Write};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, Builder};

use sha2::{Digest, Sha256};

use super::ledger::Record;
use super::{DRAFT, Lake, MODE, Plan, Tally};
use crate::error::{Error, Result};
use crate::signal::Stop;
use crate::store::{self, Entry, Location, Store};

/// Bytes that are read at once.
const PIECE: usize = 256 << 10;

/// Whether to go on: fails when not.
type GoOn<'a> = &'a (dyn Fn() -> Result<()> + Sync);
/// Is told of bytes that are done.
type Progress<'a> = &'a (dyn Fn(u64) + Sync);

/// What became of a file: its length, and its record if it was sent.
type Done = (u64, Option<Record>);

/// Sends `files`, adds them to `tally` and keeps the ledger.
pub(super) fn all(
    lake: &mut Lake,
    files: &[Entry],
    plan: &Plan,
    stop: &Stop,
    progress: Progress<'_>,
    tally: &mut Tally,
) -> Result<()> {
    // Workers see the ledger as it was: each file is looked at once.
    let mut ledger = lake.ledger.clone();
    let lake = &*lake;
    let (next, halt) = (AtomicUsize::new(0), AtomicBool::new(false));
    let go_on = || match halt.load(Ordering::Relaxed) {
        true => Err(Error::Internal("another file failed".to_owned())),
        false => stop.check(),
    };
    let work = |tell: Sender<Result<Done>>| {
        while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            let done = go_on().and_then(|()| lake.one(file, plan.force, &go_on, progress));
            let failed = done.is_err();
            if tell.send(done).is_err() || failed {
                break;
            }
        }
    };
    let mut failure: Option<Error> = None;
    let mut note = |done: Result<()>| {
        if let Err(error) = done {
            halt.store(true, Ordering::Relaxed);
            failure.get_or_insert(error);
        }
    };
    thread::scope(|scope| {
        let (tell, told) = channel();
        for number in 0..plan.jobs.min(files.len()) {
            let (work, tell) = (&work, tell.clone());
            let worker = Builder::new().name(format!("upload-{number}"));
            let begun = worker.spawn_scoped(scope, move || work(tell));
            note(
                begun
                    .map(drop)
                    .map_err(|e| Error::io("start", "a thread", e)),
            );
        }
        drop(tell);
        loop {
            match told.recv_timeout(ledger.due_in()) {
                Ok(Ok((bytes, record))) => {
                    tally.add(bytes, record.is_none());
                    record.into_iter().for_each(|record| ledger.add(record));
                }
                Ok(Err(error)) => note(Err(error)),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            if ledger.due_in().is_zero() {
                note(lake.held().and_then(|()| ledger.write(&lake.store)));
            }
        }
    });
    // What is there is to be known, also after a failure.
    note(lake.held().and_then(|()| ledger.write(&lake.store)));
    failure.map_or(Ok(()), Err)
}

impl Lake {
    fn held(&self) -> Result<()> {
        self.hold.as_ref().map_or(Ok(()), |hold| hold.check())
    }

    fn one(
        &self,
        file: &Entry,
        force: bool,
        go_on: GoOn<'_>,
        progress: Progress<'_>,
    ) -> Result<Done> {
        let known = !force && self.ledger.get(file).is_some();
        if self.is_there(file, force, go_on, progress)? {
            return Ok((file.len, None));
        }
        // Of a file that was read in vain the bytes count once.
        let progress: Progress<'_> = if known { &|_| {} } else { progress };
        let target = self.input.join(&file.path);
        let draft = draft_of(&target)?;
        let sent = self.send(file, &target, &draft, go_on, progress);
        if let Err(error) = &sent
            && !error.retry()
            && let Err(error) = self.store.remove_file(&draft)
        {
            tracing::debug!(%draft, %error, "the next upload removes it");
        }
        Ok((file.len, Some(sent?)))
    }

    /// Whether what is on HDFS is this file, by the ledger and the file's digest.
    pub(super) fn is_there(
        &self,
        file: &Entry,
        force: bool,
        go_on: GoOn<'_>,
        progress: Progress<'_>,
    ) -> Result<bool> {
        match self.ledger.get(file) {
            Some(record) if !force => {
                let mut reading = Reading::of(file, progress)?;
                while !reading.next()?.is_empty() {
                    go_on()?;
                }
                Ok(reading.end()? == record.sha256)
            }
            _ => Ok(false),
        }
    }

    fn send(
        &self,
        file: &Entry,
        target: &Location,
        draft: &Location,
        go_on: GoOn<'_>,
        progress: Progress<'_>,
    ) -> Result<Record> {
        let refused = |e| Error::io("write", target, e);
        let mut reading = Reading::of(file, progress)?;
        let mut out = self.store.create_as(draft, MODE)?;
        loop {
            go_on()?;
            let piece = reading.next()?;
            if piece.is_empty() {
                break;
            }
            out.write_all(piece).map_err(refused)?;
        }
        out.sync().map_err(refused)?;
        let sha256 = reading.end()?;
        let there = self.store.node(draft)?;
        let there = there.filter(|node| node.len == file.len).ok_or_else(|| {
            let what = "does not have all the bytes that were sent; run it again";
            Error::data(draft, what)
        })?;
        self.held()?;
        self.store.rename(draft, target)?;
        Ok(Record {
            path: file.path.clone(),
            size: file.len,
            sha256,
            modified: there.modified,
        })
    }
}

/// The hidden name beside `target` under which it is written.
fn draft_of(target: &Location) -> Result<Location> {
    match (target.parent(), target.name()) {
        (Some(folder), Some(name)) => Ok(folder.join(&format!(".{name}{DRAFT}"))),
        _ => Err(Error::Internal(format!("{target} is no place of a file"))),
    }
}

/// A file that is read once, from its beginning to its end.
struct Reading<'a> {
    file: &'a Entry,
    bytes: Box<dyn store::FileRead>,
    buffer: Vec<u8>,
    count: u64,
    digest: Sha256,
    progress: Progress<'a>,
}

impl<'a> Reading<'a> {
    fn of(file: &'a Entry, progress: Progress<'a>) -> Result<Self> {
        Ok(Self {
            file,
            bytes: store::open(&file.location)?.open(&file.location)?,
            buffer: vec![0; PIECE],
            count: 0,
            digest: Sha256::new(),
            progress,
        })
    }

    /// The next bytes; none at the end.
    fn next(&mut self) -> Result<&[u8]> {
        let count = loop {
            match self.bytes.read(&mut self.buffer) {
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                read => break read.map_err(|e| Error::io("read", &self.file.location, e))?,
            }
        };
        let piece = &self.buffer[..count];
        self.digest.update(piece);
        self.count += count as u64;
        (self.progress)(count as u64);
        Ok(piece)
    }

    /// The digest of the whole file, which must be as it was listed.
    fn end(self) -> Result<String> {
        let place = &self.file.location;
        let now = store::open(place)?.list(place)?;
        let same = |e: &Entry| e.len == self.file.len && e.modified == self.file.modified;
        if self.count != self.file.len || !now.iter().any(same) {
            return Err(Error::data(
                place,
                "changed while it was read; run again when nothing writes to it",
            ));
        }
        let digest = self.digest.finalize();
        Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}
