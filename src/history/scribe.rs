//! Where an entry stands, and writing it.

use std::io::ErrorKind;

use super::Entry;
use super::log::{HISTORY, JSON, is_denied, prune};
use crate::error::{Error, Result};
use crate::store::transaction::make_parent;
use crate::store::{self, Kind, Location, Store};

/// The folder that a run writes, and where its log stands.
#[derive(Debug, Clone)]
pub struct Place {
    output: Location,
    at: At,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Inside,
    Beside,
    BesideOrInside,
}

impl Place {
    /// The log in `output`, which only holds the folders that the run replaces.
    pub fn inside(output: &Location) -> Self {
        Self::of(output, At::Inside)
    }

    /// The log beside `output`, which is a dataset of its own.
    pub fn beside(output: &Location) -> Self {
        Self::of(output, At::Beside)
    }

    /// The log beside `output`, or, where that may not be written, in it: there a transaction
    /// replaces its files one by one, and the log can stay.
    pub fn beside_or_inside(output: &Location) -> Self {
        Self::of(output, At::BesideOrInside)
    }

    fn of(output: &Location, at: At) -> Self {
        Self {
            output: output.clone(),
            at,
        }
    }

    pub(super) fn is_here(&self) -> bool {
        self.output.local_path().is_some()
    }

    /// The folders that may hold the log, and what the output is called there.
    fn homes(&self) -> Result<Vec<(Location, String)>> {
        let output = store::absolute(&self.output)?;
        let beside = match (output.parent(), output.name()) {
            (Some(parent), Some(name)) if self.at != At::Inside => Some((parent, name.to_owned())),
            _ => None,
        };
        let inside = (beside.is_none() || self.at == At::BesideOrInside)
            .then(|| (output.clone(), ".".to_owned()));
        Ok(beside.into_iter().chain(inside).collect())
    }
}

/// What a run tells its log.
#[derive(Debug)]
pub(super) enum Word {
    /// It begins; with `make`, where there is no folder for the log yet, that is made.
    Begin { entry: Entry, make: bool },
    /// It has ended.
    End(Entry),
    /// It was none.
    Forget,
}

/// Writes the entry of one run.
#[derive(Debug)]
pub(super) struct Scribe {
    place: Place,
    /// The file, and what the output is called from there.
    written: Option<(Location, String)>,
    /// Nothing is tried after it.
    pub(super) failed: Option<Error>,
}

impl Scribe {
    pub(super) fn new(place: Place) -> Self {
        Self {
            place,
            written: None,
            failed: None,
        }
    }

    pub(super) fn take(&mut self, word: Word) {
        if self.failed.is_some() {
            return;
        }
        let done = match word {
            Word::Begin { entry, make } if self.written.is_none() => self.put(entry, make),
            Word::Begin { .. } => Ok(()),
            Word::End(entry) => self.end(entry),
            Word::Forget => self.forget(),
        };
        self.failed = done.err();
    }

    /// Writes the entry where the log is to stand.
    fn put(&mut self, entry: Entry, make: bool) -> Result<()> {
        let mut homes = self.place.homes()?.into_iter().peekable();
        while let Some((home, folder)) = homes.next() {
            match self.put_in(&home, folder, entry.clone(), make) {
                Err(e) if is_denied(&e) && homes.peek().is_some() => {}
                done => return done,
            }
        }
        Ok(())
    }

    fn put_in(
        &mut self,
        home: &Location,
        folder: String,
        mut entry: Entry,
        make: bool,
    ) -> Result<()> {
        let store = store::open(home)?;
        let log = home.join(HISTORY);
        let is_there = store.stat(home)?.is_some_and(|stat| stat.kind == Kind::Dir);
        match (is_there, make) {
            (true, _) => {}
            (false, true) => make_parent(&*store, &log)?,
            (false, false) => return Ok(()),
        }
        store.make_dir_all(&log)?;
        let file = log.join(&format!("{}{JSON}", entry.run_id));
        entry.folder.clone_from(&folder);
        write(&*store, &file, &entry)?;
        self.written = Some((file, folder));
        if let Err(error) = prune(&*store, &log) {
            tracing::debug!(%error, "old entries stay");
        }
        Ok(())
    }

    fn end(&mut self, mut entry: Entry) -> Result<()> {
        let Some((file, folder)) = &self.written else {
            return self.put(entry, false);
        };
        entry.folder.clone_from(folder);
        match write(&*store::open(file)?, file, &entry) {
            // Somebody has cleared the folder meanwhile.
            Err(e) if e.is_io(ErrorKind::NotFound) => self.put(entry, false),
            done => done,
        }
    }

    fn forget(&mut self) -> Result<()> {
        let Some((file, _)) = self.written.take() else {
            return Ok(());
        };
        let store = store::open(&file)?;
        store.remove_file(&file)?;
        if let Some(log) = file.parent()
            && store.children(&log)?.is_empty()
        {
            store.remove_dir(&log)?;
        }
        Ok(())
    }
}

/// Replaces the file as a whole. It need not outlive a power cut, and a run does not wait for that.
fn write(store: &dyn Store, file: &Location, entry: &Entry) -> Result<()> {
    let mut text = serde_json::to_vec_pretty(entry)
        .map_err(|e| Error::Internal(format!("an entry of the history: {e}")))?;
    text.push(b'\n');
    match store.write_passing(file, &text) {
        // There may be no room for two of them.
        Err(e) if e.is_io(ErrorKind::StorageFull) && store.stat(file)?.is_some() => {
            store.write_small(file, &text)
        }
        done => done,
    }
}
