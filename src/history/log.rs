//! The files of a log, and which of them are kept.

use std::io::ErrorKind;

use super::{Entry, Outcome};
use crate::error::{Error, Result};
use crate::store::{Location, Store, run_id_parts};

/// The folder of a log.
pub const HISTORY: &str = "_history";
/// So many runs are kept.
pub const KEPT: usize = 1000;

/// Ends the name of an entry's file.
pub(super) const JSON: &str = ".json";
/// Ends the name of a file that is being written.
const DRAFT: &str = ".json.tmp";

pub(super) fn is_denied(error: &Error) -> bool {
    error.is_io(ErrorKind::PermissionDenied) || error.is_io(ErrorKind::ReadOnlyFilesystem)
}

/// The run of a file of ours; none of any other file.
fn run_of(name: &str) -> Option<&str> {
    let run_id = name
        .strip_suffix(DRAFT)
        .or_else(|| name.strip_suffix(JSON))?;
    run_id_parts(run_id).map(|_| run_id)
}

/// Removes the oldest entries beyond [`KEPT`], but none of a run that is known to go on; and drafts
/// of the dead.
pub(super) fn prune(store: &dyn Store, log: &Location) -> Result<()> {
    let mut ours = Vec::new();
    for child in store.children(log)? {
        if let Some(name) = child.name.to_str()
            && let Some(run_id) = run_of(name)
        {
            ours.push((run_id.to_owned(), name.to_owned()));
        }
    }
    ours.sort_unstable();
    let old = ours.len().saturating_sub(KEPT);
    for (at, (run_id, name)) in ours.iter().enumerate() {
        let file = log.join(name);
        let goes = match name.ends_with(DRAFT) {
            true => at < old || log.local_path().is_some() && !is_at_work(run_id),
            false => at < old && !is_running(store, &file),
        };
        if goes {
            match store.remove_file(&file) {
                Err(e) if !e.is_io(ErrorKind::NotFound) => return Err(e),
                _ => {}
            }
        }
    }
    Ok(())
}

/// Whether the process of a run is there, or another of its number.
fn is_at_work(run_id: &str) -> bool {
    let pid = run_id_parts(run_id).map_or(0, |(_, pid)| pid);
    std::path::Path::new(&format!("/proc/{pid}")).exists()
}

/// Whether the run of an old entry goes on for certain.
fn is_running(store: &dyn Store, file: &Location) -> bool {
    let entry = store.read_small(file).ok().flatten();
    let entry = entry.and_then(|text| serde_json::from_slice::<Entry>(&text).ok());
    entry.is_some_and(|entry| {
        let process = &entry.process;
        entry.outcome == Outcome::Running && process.is_here() && !process.is_gone()
    })
}
