//! The folders on HDFS, their modes and what is in them.

use std::collections::BTreeMap;
use std::io::ErrorKind;

use super::{INPUT, MODE, ledger};
use crate::error::Result;
use crate::history::HISTORY;
use crate::signal::Stop;
use crate::store::{HdfsStore, Location, Node, Store};

/// The folders whose modes are changed with all that they hold.
const OPENED: [&str; 2] = ["data", "spark-events"];
/// The bits of a mode; above them HDFS tells of other things.
const MODE_BITS: u32 = 0o7777;

/// What was found while the modes were changed.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// All that is in the folder that files go to, by the path below it.
    pub(super) input: BTreeMap<String, Node>,
    /// How many are another user's.
    pub(super) modes_kept: u64,
}

/// Gives the folders and all that they hold the mode 1777, as `chmod -R` of the replaced system.
/// What is not ours to change keeps its mode.
pub(super) fn open_up(store: &HdfsStore, root: &Location, stop: &Stop) -> Result<Found> {
    let mut found = Found::default();
    for folder in OPENED {
        let top = root.join(folder);
        if let Some(node) = store.node(&top)? {
            found.modes_kept += u64::from(!open_one(store, &top, &node)?);
        }
        walk(store, &top, stop, &mut |path, node| {
            let opened = is_of_a_run(path) || open_one(store, &top.join(path), &node)?;
            found.modes_kept += u64::from(!opened);
            let path = format!("{folder}/{path}");
            if let Some(path) = path.strip_prefix(INPUT).and_then(|p| p.strip_prefix('/')) {
                found.input.insert(path.to_owned(), node);
            }
            Ok(())
        })?;
    }
    Ok(found)
}

/// All that is in `folder`, by the path below it; nothing if there is no such folder.
pub(super) fn look(
    store: &HdfsStore,
    folder: &Location,
    stop: &Stop,
) -> Result<BTreeMap<String, Node>> {
    let mut found = BTreeMap::new();
    walk(store, folder, stop, &mut |path, node| {
        found.insert(path.to_owned(), node);
        Ok(())
    })?;
    Ok(found)
}

/// Our own hidden files come and go while this looks at them.
fn is_of_a_run(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let is_logged = path.split('/').any(|part| part == HISTORY);
    is_logged || name == ledger::NAME || name.starts_with('.') && name.contains("retail-")
}

/// Makes the folder of the log beside that of the files, where every user's uploads leave their
/// entries. An upload does without it where that is refused.
pub(super) fn open_log(store: &HdfsStore, root: &Location) {
    let Some(log) = root.join(INPUT).parent().map(|home| home.join(HISTORY)) else {
        return;
    };
    let made = match store.node(&log) {
        Ok(None) => store
            .make_dir_all(&log)
            .and_then(|()| store.set_mode(&log, MODE)),
        known => known.map(drop),
    };
    if let Err(error) = made {
        tracing::debug!(%error, "no folder for the history");
    }
}

/// Whether the mode is now what it has to be.
fn open_one(store: &HdfsStore, at: &Location, node: &Node) -> Result<bool> {
    if node.mode & MODE_BITS == MODE {
        return Ok(true);
    }
    match store.set_mode(at, MODE) {
        Err(e) if e.is_io(ErrorKind::PermissionDenied) => Ok(false),
        Err(e) if e.is_io(ErrorKind::NotFound) => Ok(true),
        done => done.map(|()| true),
    }
}

/// Shows `see` all that is below `top`, by the path below it, each folder before what it holds,
/// but nothing of what may not be looked into.
fn walk(
    store: &HdfsStore,
    top: &Location,
    stop: &Stop,
    see: &mut dyn FnMut(&str, Node) -> Result<()>,
) -> Result<()> {
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        let (place, before) = match folder.as_str() {
            "" => (top.clone(), String::new()),
            folder => (top.join(folder), format!("{folder}/")),
        };
        let nodes = match store.nodes(&place) {
            // It is closed to us, went away, or was never there.
            Err(e) if e.is_io(ErrorKind::PermissionDenied) => continue,
            Err(e) if e.is_io(ErrorKind::NotFound) => continue,
            nodes => nodes?,
        };
        for node in nodes {
            stop.check()?;
            let path = format!("{before}{}", node.name);
            if node.is_dir {
                folders.push(path.clone());
            }
            see(&path, node)?;
        }
    }
    Ok(())
}
