//! The intent of a commit, on disk.

use serde::{Deserialize, Serialize};

use super::home::Home;
use crate::error::{Error, Result};
use crate::store::{Location, RunRecord, Store};

/// What a committed run still has to do. Every part's home holds a copy of the whole.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Journal {
    pub(super) run_id: String,
    /// The folders; the home of the first holds the copy that decides.
    pub(super) parts: Vec<Part>,
}

/// One folder of a commit.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Part {
    /// The folder to replace.
    pub(super) target: Location,
    /// The folder that replaces it.
    pub(super) staging: Location,
    /// Whether the home is the folder itself.
    pub(super) inside: bool,
    /// Whether files are moved one by one, because the folder, or something of the user in it,
    /// cannot be moved.
    pub(super) by_file: bool,
    /// The files of the old content that are ours to delete.
    pub(super) drop: Vec<String>,
}

impl Part {
    fn home(&self) -> Result<Home> {
        if self.inside {
            return Ok(Home::inside(&self.target));
        }
        Home::beside(&self.target)
            .ok_or_else(|| Error::Internal(format!("nothing is beside {}", self.target)))
    }

    /// Whether the folder has the content of the run.
    pub(super) fn is_switched(&self, store: &dyn Store, run_id: &str) -> Result<bool> {
        let record = RunRecord::read_in(store, &self.target)?;
        Ok(record.is_some_and(|record| record.run_id == run_id))
    }
}

impl Journal {
    /// The journal at `place`; none if there is none.
    pub(super) fn read(store: &dyn Store, place: &Location) -> Result<Option<Self>> {
        let Some(content) = store.read_small(place)? else {
            return Ok(None);
        };
        let journal: Self = serde_json::from_slice(&content).map_err(|e| {
            let what = format!("damaged journal ({e}); remove it and run the command again");
            Error::data(place, what)
        })?;
        Ok(Some(journal))
    }

    /// Writes all copies, that of the first folder last: then the run is committed.
    pub(super) fn write(&self, store: &dyn Store) -> Result<()> {
        let text =
            serde_json::to_vec(self).map_err(|e| Error::Internal(format!("journal: {e}")))?;
        for part in self.parts.iter().rev() {
            store.write_small_atomic(&part.home()?.journal(), &text)?;
        }
        Ok(())
    }

    /// Whether the run of this journal is committed: the first copy is there, or one of the
    /// folders shows the run.
    pub(super) fn is_committed(&self, store: &dyn Store) -> Result<bool> {
        if let Some(first) = self.parts.first()
            && let Some(journal) = Self::read(store, &first.home()?.journal())?
            && journal.run_id == self.run_id
        {
            return Ok(true);
        }
        for part in &self.parts {
            if part.is_switched(store, &self.run_id)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Removes all copies, the first folder's first. Copies of other runs stay.
    pub(super) fn remove(&self, store: &dyn Store) -> Result<()> {
        for part in &self.parts {
            let home = part.home()?;
            let place = home.journal();
            let torn = place.with_suffix(".tmp");
            if store.stat(&torn)?.is_some() {
                store.remove_file(&torn)?;
            }
            if Self::read(store, &place)?.is_some_and(|other| other.run_id == self.run_id) {
                store.remove_file(&place)?;
                store.sync_dir(&home.dir)?;
            }
        }
        Ok(())
    }
}
