//! Writing several output folders as one.
//!
//! # The protocol
//! A run replaces *folders*. What it needs beside the content stands in the folder's *home*,
//! under hidden names without a data extension: beside the folder `analysis` as
//! `.analysis.retail-lock`, `.analysis.retail-journal` and the staging folder
//! `.analysis.retail-<run id>`; or, where the folder cannot be renamed or its parent is not
//! writable, inside the folder without the first part of the name.
//!
//! 1. *Begin*: lock every folder, finish or undo what dead runs left, refuse folders that hold
//!    data of others, make the staging folders.
//! 2. *Stage*: files are written as `<name>.tmp` and synced.
//! 3. *Prepare*: files get their names, `_run.json` and `_SUCCESS` are written, folders synced.
//! 4. *Decide*: the journal says which staging folder replaces which folder and which of its
//!    files were ours. Every home gets a copy, that of the first folder last: **once it is
//!    there, the run is committed**. Until then a failure removes the staging folders.
//! 5. *Switch*: every staging folder swaps its name with its folder in one step. A folder whose
//!    `_run.json` carries the run id has been switched.
//! 6. *Settle*: of the old content the journal's files are deleted, and everything else is moved
//!    into the new folder. Only files that this program wrote are ever deleted.
//! 7. The journals are removed, the first folder's first, then the locks.
//!
//! Steps 5 to 7 can be repeated: whoever next begins on, or reads, one of the folders repeats
//! them if the run died (see [`recover`]), or removes the staging folders if it was not
//! committed. A journal without the first one belongs to a run that is committed if one of its
//! folders is switched (then the first journal was removed last, or lost), else not.
//!
//! Where folders cannot swap names (a mount point; no such operation) step 5 falls back to two
//! renames or to moving file by file, with `_SUCCESS` removed first and written last.

mod contents;
mod guard;
mod home;
mod journal;
mod recovery;
mod staged;
mod switch;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

pub use recovery::recover;
pub use staged::{Staged, StagedFile};
#[cfg(feature = "spark")]
pub(crate) use switch::remove_tree;

use self::contents::Contents;
use self::home::Locks;
pub use self::home::new_run_id;
pub(crate) use self::home::run_id_parts;
use self::journal::{Journal, Part};
use super::run_record::{FileEntry, RUN_RECORD, RunRecord, SUCCESS, now};
use super::{Kind, Location, Store};
use crate::error::{Error, Result};
use guard::Guard;

/// Tells files that no run record lists by their paths in the folder.
type Which = Box<dyn Fn(&str) -> bool + Send + Sync>;

/// A folder that a command replaces.
pub struct Target {
    location: Location,
    /// Those that are ours to delete.
    ours: Which,
    /// Those that must not be there.
    refused: Which,
}

impl Target {
    /// A dataset: a folder whose data files are all of one run. Data files of others in it make
    /// [`Transaction::begin`] fail, because readers would mix them; other files stay.
    pub fn dataset(location: Location) -> Self {
        Self {
            location,
            ours: Box::new(|_| false),
            refused: Box::new(contents::is_data),
        }
    }

    /// A folder in which the user has files of the same kind; they stay. Files of earlier runs
    /// go, and so do those whose path in the folder `ours` accepts.
    pub fn shared(location: Location, ours: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        Self {
            location,
            ours: Box::new(ours),
            refused: Box::new(|_| false),
        }
    }

    /// Files of others whose path in the folder `refused` accepts make [`Transaction::begin`] fail:
    /// they stand where ours are to be, or would be taken for them.
    pub fn refusing(mut self, refused: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        self.refused = Box::new(refused);
        self
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target")
            .field("location", &self.location)
            .finish_non_exhaustive()
    }
}

/// A folder that is kept from every other run that would write it, but is not replaced.
#[derive(Debug)]
pub(crate) struct Hold(Locks);

impl Hold {
    /// Locks `folder`, which exists, for `command`, and recovers what dead runs left there.
    ///
    /// # Errors
    /// [`Error::Busy`] when another run is at it.
    pub(crate) fn of(folder: &Location, command: &str) -> Result<Self> {
        let store = super::open(folder)?;
        let folder = store.resolve(folder)?;
        let mut locks = Locks::take(&store, std::slice::from_ref(&folder), command)?;
        recovery::recover_locked(&folder, &mut locks)?;
        Ok(Self(locks))
    }

    /// Whether it is still held.
    ///
    /// # Errors
    /// [`Error::Busy`] when another process may have it by now.
    pub(crate) fn check(&self) -> Result<()> {
        self.0.check()
    }
}

/// A run that replaces folders: all of them, or none. Dropped without [`commit`](Self::commit),
/// it leaves them as they were.
#[derive(Debug)]
pub struct Transaction {
    store: Arc<dyn Store>,
    run_id: String,
    targets: Vec<Target>,
    folders: Vec<Staged>,
    /// Whether only a repetition of the commit may touch the staging folders.
    decided: bool,
    /// Held to the very end.
    locks: Locks,
}

impl Transaction {
    /// Begins the replacement of `targets` by `command`: locks them, recovers what dead runs
    /// left there and makes the staging folders.
    ///
    /// # Errors
    /// [`Error::Busy`] when another run is at one of the folders; [`Error::Data`] when a folder
    /// holds files of others that it must not; [`Error::Usage`] when one folder lies in another.
    pub fn begin(command: &str, targets: Vec<Target>) -> Result<Self> {
        let mut store = None;
        for target in &targets {
            store = Some(super::open(&target.location)?);
        }
        let store = store.ok_or_else(|| Error::Internal("no folder to write".to_owned()))?;
        Self::begin_in(store, command, targets)
    }

    /// [`begin`](Self::begin) on a given store.
    pub(crate) fn begin_in(
        store: Arc<dyn Store>,
        command: &str,
        mut targets: Vec<Target>,
    ) -> Result<Self> {
        for target in &mut targets {
            make_parent(&*store, &target.location)?;
            target.location = store.resolve(&target.location)?;
        }
        refuse_nested(&targets)?;
        let places: Vec<_> = targets.iter().map(|t| t.location.clone()).collect();
        let mut locks = Locks::take(&store, &places, command)?;
        for place in &places {
            recovery::recover_locked(place, &mut locks)?;
        }
        let mut run = Self {
            store,
            run_id: new_run_id(),
            targets,
            folders: Vec::new(),
            decided: false,
            locks,
        };
        for (target, place) in run.targets.iter().zip(&places) {
            run.old_contents(target)?;
            let home = run.locks.home(place)?;
            let staged = Staged::begin(&run.store, place, home, &run.run_id)?;
            run.folders.push(staged);
        }
        Ok(run)
    }

    /// The id of this run, `<UTC time>-<process>-<hash>`; later runs sort after earlier ones.
    pub fn run_id(&self) -> &str {
        &self.run_id
    }

    /// The content to come of folder `i`, in the order given to [`begin`](Self::begin).
    ///
    /// # Panics
    /// When there is no such folder.
    pub fn folder(&self, i: usize) -> &Staged {
        &self.folders[i]
    }

    /// Replaces all folders by what was staged. `record` gives the run record of each folder from
    /// its number and files; run id, end and files are filled in here.
    ///
    /// # Errors
    /// Before the decision any error leaves the previous content. After it the content is new,
    /// or becomes so with the next command or reader.
    pub fn commit(
        mut self,
        mut record: impl FnMut(usize, &[FileEntry]) -> RunRecord,
    ) -> Result<()> {
        let mut parts = Vec::with_capacity(self.folders.len());
        for (i, (target, folder)) in self.targets.iter().zip(&self.folders).enumerate() {
            let files = folder.finish()?;
            let mut record = record(i, &files);
            record.run_id.clone_from(&self.run_id);
            record.finished = now();
            record.files = files;
            folder.seal(&record)?;
            let old = self.old_contents(target)?;
            old.refuse_clashes(&target.location, &record.files)?;
            parts.push(Part {
                target: target.location.clone(),
                staging: folder.staging().clone(),
                inside: folder.is_inside(),
                by_file: folder.is_inside() || old.pinned,
                drop: old.ours,
            });
        }
        let journal = Journal {
            run_id: self.run_id.clone(),
            parts,
        };
        self.locks.check()?;
        if let Err(error) = journal.write(&*self.store) {
            // While a journal may be there, the staging folders must be, too.
            self.decided = journal.remove(&*self.store).is_err();
            return Err(error);
        }
        self.decided = true;
        switch::roll_forward(&Guard(&self.locks), &journal)
    }

    /// What the folder holds now, if it may be replaced.
    fn old_contents(&self, target: &Target) -> Result<Contents> {
        let place = &target.location;
        match self.store.stat(place)?.map(|stat| stat.kind) {
            None => return Ok(Contents::default()),
            Some(Kind::Dir) => {}
            Some(_) => return Err(Error::data(place, "not a folder; choose another output")),
        }
        let contents = Contents::scan(&*self.store, place, &target.ours)?;
        contents.refuse_others(place, &target.refused)?;
        Ok(contents)
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if self.decided {
            return;
        }
        for folder in &self.folders {
            if let Err(error) = switch::remove_tree(&*self.store, folder.staging()) {
                tracing::debug!(%error, "staging stays until the next run");
            }
        }
    }
}

/// Makes the folders above `location`, so that they survive a power cut.
///
/// # Errors
/// [`Error::Data`] when a file stands in their place.
pub(crate) fn make_parent(store: &dyn Store, location: &Location) -> Result<()> {
    let Some(parent) = location.parent() else {
        return Ok(());
    };
    let mut made = Vec::new();
    let mut above = Some(parent.clone());
    while let Some(dir) = above {
        match store.stat(&dir)?.map(|stat| stat.kind) {
            None => {}
            Some(Kind::File) => {
                return Err(Error::data(dir, "not a folder; choose another output"));
            }
            Some(_) => break,
        }
        above = dir.parent();
        made.extend(above.clone());
    }
    if made.is_empty() {
        return Ok(());
    }
    store.make_dir_all(&parent)?;
    made.iter().try_for_each(|dir| store.sync_dir(dir))
}

fn refuse_nested(targets: &[Target]) -> Result<()> {
    for (i, a) in targets.iter().enumerate() {
        for b in &targets[..i] {
            let (a, b) = (&a.location, &b.location);
            if a.is_within(b) || b.is_within(a) {
                return Err(Error::Usage(format!(
                    "{a} and {b}: one output folder lies in the other; choose separate folders"
                )));
            }
        }
    }
    Ok(())
}

/// The folders above the files `names`, deepest first.
fn folders_of<'a>(names: impl IntoIterator<Item = &'a String>) -> Vec<&'a str> {
    let mut folders = BTreeSet::new();
    for name in names {
        let mut rest = name.as_str();
        while let Some((folder, _)) = rest.rsplit_once('/') {
            folders.insert(folder);
            rest = folder;
        }
    }
    folders.into_iter().rev().collect()
}

/// Whether the transaction itself writes the file `name`.
fn is_mark(name: &str) -> bool {
    name == RUN_RECORD || name == SUCCESS
}

#[cfg(test)]
mod tests;
