//! The folders of a stream: locked, told from those of others, set aside.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::error::{Error, Result};
use crate::store::run_record::{RUN_RECORD, SUCCESS, now};
use crate::store::transaction::make_parent;
use crate::store::{self, Kind, Location, Lock, RunRecord, Store, many, new_run_id};
use crate::stream::checkpoint::{Checkpoint, Identity, VERSION};
use crate::stream::jobs::list::JOBS;
use crate::stream::jobs::live::LIVE;
use crate::stream::live::OPEN;

/// The folder of rejects in the output.
pub const REJECTS: &str = "_rejects";
/// The folder of late records in the output.
pub const LATE: &str = "_late";
/// The folder of an archive's files that no commit names yet.
pub const STAGED: &str = "_staged";

/// The folders of a stream, locked.
pub(super) struct Home {
    /// Where the output is.
    pub output: Location,
    /// The store of both.
    pub store: Arc<dyn Store>,
    /// They keep other processes out.
    pub locks: Vec<Box<dyn Lock>>,
    /// Nothing of it is read yet.
    pub checkpoint: Checkpoint,
}

impl Home {
    /// Locks output and checkpoint. What is there is set aside with `fresh`, which names the
    /// databases that are begun anew with it, or where it is of a pipe and `anew_after_pipe` says
    /// that such a one begins anew.
    ///
    /// # Errors
    /// [`Error::Busy`] when another process has them, [`Error::Data`] when what is to be set aside
    /// is not of a stream.
    pub fn enter(
        output: &Location,
        checkpoint: &Location,
        settings: Map<String, Value>,
        fresh: Option<Vec<String>>,
        anew_after_pipe: bool,
    ) -> Result<Self> {
        let (output, place) = (resolve(output)?, resolve(checkpoint)?);
        refuse_nested(&output, &place)?;
        let locks = vec![lock(&output)?, lock(&place)?];
        let store = store::open(&output)?;
        if fresh.is_some() || anew_after_pipe && was_pipe(&place) {
            refuse_others(&*store, &output, &place, fresh.is_none())?;
            set_aside(&*store, &output, &place)?;
        }
        let identity = Identity {
            version: VERSION,
            run_id: new_run_id(),
            started: now(),
            anew: fresh.unwrap_or_default(),
            settings,
        };
        Ok(Self {
            checkpoint: Checkpoint::at(&place, identity)?,
            output,
            store,
            locks,
        })
    }
}

/// The one absolute form of a folder, below one that exists from now on.
fn resolve(place: &Location) -> Result<Location> {
    let store = store::open(place)?;
    make_parent(&*store, place)?;
    let place = store.resolve(place)?;
    match store.stat(&place)?.map(|found| found.kind) {
        None | Some(Kind::Dir) => Ok(place),
        Some(_) => Err(Error::data(place, "not a folder; choose another")),
    }
}

/// Locks a folder by a file beside it, so that it can be set aside meanwhile.
fn lock(place: &Location) -> Result<Box<dyn Lock>> {
    let (Some(parent), Some(name)) = (place.parent(), place.name()) else {
        return Err(Error::Usage(format!("{place}: choose a folder below it")));
    };
    let holder = format!("retail stream, process {}", std::process::id());
    let lock = parent.join(&format!(".{name}.retail-lock"));
    store::open(place)?.lock(&lock, &holder)
}

fn refuse_nested(output: &Location, checkpoint: &Location) -> Result<()> {
    if output.is_within(checkpoint) || checkpoint.is_within(output) {
        return Err(Error::Usage(format!(
            "--output {output} and --checkpoint {checkpoint} lie in each other; choose others"
        )));
    }
    Ok(())
}

/// Whether the state there is that of a pipe, which can only be begun anew.
fn was_pipe(checkpoint: &Location) -> bool {
    let source = Checkpoint::settings(checkpoint);
    source.is_some_and(|settings| settings.get("source") == Some(&json!("stdin")))
}

/// What a stream writes into its output.
fn is_output(name: &str) -> bool {
    let known = [RUN_RECORD, "_run.json.tmp", SUCCESS, OPEN, "_open.json.tmp"];
    let live = [LIVE, "_live.json.tmp"];
    known.contains(&name)
        || live.contains(&name)
        || [REJECTS, LATE, STAGED].contains(&name)
        || name.starts_with(".part-") && name.ends_with(".tmp")
}

/// Whether a job writes a table of this name.
fn is_table(name: &str) -> bool {
    let tables = JOBS.iter().flat_map(|job| job.spec.tables);
    tables.into_iter().any(|table| table.name == name)
}

/// What a stream writes into its checkpoint.
fn is_state(name: &str) -> bool {
    let ends = [".log", ".roll", ".frame", ".tmp"];
    name.starts_with("state-") && ends.iter().any(|end| name.ends_with(end))
}

/// Looks whether checkpoint and output are those of a stream, so that they may be set aside;
/// with `of_one_run`, whether they are of the same.
///
/// # Errors
/// [`Error::Data`] when one of them holds what no stream wrote.
fn refuse_others(
    store: &dyn Store,
    output: &Location,
    checkpoint: &Location,
    of_one_run: bool,
) -> Result<()> {
    let only = |place: &Location, ours: &dyn Fn(&str) -> bool, option: &str| {
        if store.stat(place)?.is_none() {
            return Ok(());
        }
        for child in store.children(place)? {
            if !ours(&child.name.to_string_lossy()) {
                let name = child.name.to_string_lossy();
                let what = format!(
                    "holds {name}, which no stream wrote; move it away, or choose another {option}"
                );
                return Err(Error::data(place, what));
            }
        }
        Ok(())
    };
    only(checkpoint, &is_state, "--checkpoint")?;
    let record = match store.stat(output)? {
        Some(_) => RunRecord::read(output).ok().flatten(),
        None => None,
    };
    let record = record.filter(|record| record.command.starts_with("stream"));
    // Windows, dates or tables, too, where a stream says that it wrote them.
    let is_part = |name: &str| {
        name.starts_with("part-") && name.ends_with(".parquet")
            || name.starts_with("date=")
            || is_table(name)
    };
    let ours = |name: &str| is_output(name) || record.is_some() && is_part(name);
    only(output, &ours, "--output")?;
    let Some(record) = &record else { return Ok(()) };
    let run_id = Checkpoint::run_id(checkpoint);
    if of_one_run && run_id.is_some_and(|id| id != record.run_id) {
        let what = "is of another stream than the checkpoint; choose another --output, or begin \
                    anew with --fresh";
        return Err(Error::data(output, what));
    }
    Ok(())
}

/// An output that has rejects, late records or archived dates, but no checkpoint: they would be
/// written over, or mixed with others.
///
/// # Errors
/// [`Error::Data`] when there are any.
pub(super) fn refuse_orphans(store: &dyn Store, output: &Location) -> Result<()> {
    if store.stat(output)?.is_none() {
        return Ok(());
    }
    for child in store.children(output)? {
        let name = child.name.to_string_lossy();
        let folder = output.join(&name);
        let kept =
            [REJECTS, LATE].contains(&&*name) || name.starts_with("date=") || is_table(&name);
        if kept && child.kind == Kind::Dir && !store.children(&folder)?.is_empty() {
            return Err(Error::data(
                folder,
                "is not of this checkpoint; begin anew with --fresh, or choose another --output",
            ));
        }
    }
    Ok(())
}

/// Moves checkpoint and output to `_previous/<run id>/` beside each.
fn set_aside(store: &dyn Store, output: &Location, checkpoint: &Location) -> Result<()> {
    let by_state = Checkpoint::run_id(checkpoint);
    let by_output = || {
        RunRecord::read(output)
            .ok()
            .flatten()
            .map(|record| record.run_id)
    };
    let id = by_state.or_else(by_output).filter(|id| !id.is_empty());
    let id = id.unwrap_or_else(|| format!("unknown-{}", new_run_id()));
    for place in [output, checkpoint] {
        let (Some(parent), Some(name)) = (place.parent(), place.name()) else {
            continue;
        };
        if store.stat(place)?.is_none() {
            continue;
        }
        let aside = parent.join("_previous").join(&id);
        store.make_dir_all(&aside)?;
        let mut target = aside.join(name);
        let mut more = 1;
        while store.stat(&target)?.is_some() {
            more += 1;
            target = aside.join(&format!("{name}.{more}"));
        }
        many::move_folder(store, place, &target)?;
        tracing::info!("{place} is set aside as {target}");
    }
    Ok(())
}
