//! What became of a run, and whose a run record is.

use std::collections::BTreeMap;

use super::command;
use crate::history::{Entry, Outcome};
use crate::store::{Location, RunRecord, host, run_id_parts};

/// Finds out who of those that go on was killed.
pub(super) fn bury(entries: &mut [(Location, Entry)]) {
    let here = host();
    let mut last: BTreeMap<(String, Location), String> = BTreeMap::new();
    for (output, entry) in entries.iter() {
        if entry.outcome.has_written() && entry.command != "verify" {
            let last = last.entry((entry.command.clone(), output.clone()));
            let last = last.or_default();
            if *last < entry.started {
                last.clone_from(&entry.started);
            }
        }
    }
    for (output, entry) in entries.iter_mut() {
        if entry.outcome != Outcome::Running {
            continue;
        }
        let process = &entry.process;
        let rebooted = entry.host == here && process.is_of_another_boot();
        let replaced = || {
            let written = last.get(&(entry.command.clone(), output.clone()));
            !process.is_here() && written.is_some_and(|last| *last > entry.started)
        };
        if process.is_gone() || rebooted || replaced() {
            entry.outcome = Outcome::Killed;
        }
    }
}

/// Whether `record`, of a transaction with the id `id`, is that of the run of `entry`: the same
/// process wrote it while the run went on.
pub(super) fn is_of(entry: &Entry, id: &str, record: &RunRecord) -> bool {
    let (Some((begun, pid)), Some((at, of))) = (run_id_parts(&entry.run_id), run_id_parts(id))
    else {
        return false;
    };
    let ended = entry.finished.as_deref().map(compact);
    let before_end = ended.is_none_or(|ended| at <= ended.as_str());
    entry.command == command(record) && pid == of && begun <= at && before_end
}

/// `2026-11-20T23:59:00.123Z` as run ids have it, `20261120T235900Z`.
fn compact(time: &str) -> String {
    let seconds = time.split(['.', 'Z']).next().unwrap_or_default();
    let digits = seconds.chars().filter(|c| !matches!(c, '-' | ':'));
    digits.chain(['Z']).collect()
}
