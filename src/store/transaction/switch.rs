//! The steps of a committed run: switch, settle, remove the journals. All can be repeated.

use std::collections::BTreeSet;
use std::io::ErrorKind;

use super::home::ASIDE;
use super::journal::{Journal, Part};
use super::staged::copy;
use super::{folders_of, is_mark};
use crate::error::{Error, Result};
use crate::store::run_record::{RUN_RECORD, RunRecord, SUCCESS};
use crate::store::{Kind, Location, Store, many};

/// Stands in a staging folder whose files are being moved one by one.
const BY_FILE: &str = ".by-file";

/// Does what the journal says, from wherever an earlier attempt stopped.
pub(super) fn roll_forward(store: &dyn Store, journal: &Journal) -> Result<()> {
    for part in &journal.parts {
        switch(store, &journal.run_id, part)?;
    }
    for part in &journal.parts {
        settle(store, part)?;
    }
    journal.remove(store)
}

/// Puts the new content in the place of the old.
fn switch(store: &dyn Store, run_id: &str, part: &Part) -> Result<()> {
    let (target, staging) = (&part.target, &part.staging);
    if store.stat(staging)?.is_none() {
        // Switched and settled, or taken away by someone.
        return Ok(());
    }
    if is_by_file(store, part)? {
        return move_files(store, part);
    }
    if part.is_switched(store, run_id)? {
        return Ok(());
    }
    let switched = match store.stat(target)? {
        Some(_) => replace(store, target, staging),
        None => store.rename(staging, target),
    };
    match switched {
        Ok(()) => {}
        Err(Error::Io { source, .. }) if is_immovable(source.kind()) => {
            store.write_small(&staging.join(BY_FILE), b"")?;
            store.sync_dir(staging)?;
            return move_files(store, part);
        }
        Err(e) => return Err(e),
    }
    sync_parent(store, target)
}

/// Swaps the two folders, or moves the old one aside where the filesystem cannot swap.
fn replace(store: &dyn Store, target: &Location, staging: &Location) -> Result<()> {
    match store.exchange(target, staging) {
        Err(e) if e.is_io(ErrorKind::Unsupported) => {
            store.rename(target, &staging.with_suffix(ASIDE))?;
            store.rename(staging, target)
        }
        done => done,
    }
}

/// Errors by which a system says that this folder cannot get another name.
fn is_immovable(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::ResourceBusy | ErrorKind::CrossesDevices | ErrorKind::PermissionDenied
    )
}

fn is_by_file(store: &dyn Store, part: &Part) -> Result<bool> {
    Ok(part.by_file || store.stat(&part.staging.join(BY_FILE))?.is_some())
}

/// Moves the new content into the folder file by file. The run record goes last but `_SUCCESS`;
/// so while it is in the staging folder, files remain to be moved, and after it none.
fn move_files(store: &dyn Store, part: &Part) -> Result<()> {
    let (target, staging) = (&part.target, &part.staging);
    if let Some(record) = RunRecord::read_in(store, staging)? {
        store.make_dir_all(target)?;
        remove_if_there(store, &target.join(SUCCESS))?;
        store.sync_dir(target)?;
        let new: BTreeSet<&String> = record.files.iter().map(|file| &file.name).collect();
        let old = part
            .drop
            .iter()
            .filter(|&name| !new.contains(name) && !is_mark(name));
        drop_files(store, target, old)?;
        for folder in folders_of(new.iter().copied()) {
            store.make_dir_all(&target.join(folder))?;
        }
        let new: Vec<_> = new.into_iter().collect();
        many::for_each(&new, |name| move_file(store, staging, target, name))?;
        for folder in folders_of(new) {
            store.sync_dir(&target.join(folder))?;
        }
        store.sync_dir(target)?;
        move_file(store, staging, target, RUN_RECORD)?;
        store.sync_dir(target)?;
    }
    move_file(store, staging, target, SUCCESS)?;
    store.sync_dir(target)
}

/// Moves a file, if it has not been moved before.
fn move_file(store: &dyn Store, from: &Location, to: &Location, name: &str) -> Result<()> {
    let (from, to) = (from.join(name), to.join(name));
    if store.stat(&from)?.is_none() {
        return Ok(());
    }
    match store.rename(&from, &to) {
        Err(e) if e.is_io(ErrorKind::CrossesDevices) => {
            let temporary = to.with_suffix(".tmp");
            copy(store, &from, &temporary)?;
            store.rename(&temporary, &to)?;
            store.remove_file(&from)
        }
        done => done,
    }
}

/// Deletes of the old content what is ours, and moves the rest into the new.
fn settle(store: &dyn Store, part: &Part) -> Result<()> {
    let (target, staging) = (&part.target, &part.staging);
    let mut olds = vec![staging.with_suffix(ASIDE)];
    if is_by_file(store, part)? {
        // All that is left in it are second names of kept files, which are on the drop list, too:
        // should this stop half-way, without the marker, they go as old content.
        remove_tree(store, staging)?;
        sync_parent(store, staging)?;
    } else {
        olds.push(staging.clone());
    }
    for old in olds {
        if store.stat(&old)?.is_some() {
            drop_files(store, &old, part.drop.iter())?;
            carry(store, &old, target)?;
            sync_parent(store, target)?;
        }
    }
    Ok(())
}

/// Deletes those of `names` that are in `dir`, and the folders that became empty by it.
fn drop_files<'a>(
    store: &dyn Store,
    dir: &Location,
    names: impl Iterator<Item = &'a String> + Clone,
) -> Result<()> {
    for name in names.clone() {
        remove_if_there(store, &dir.join(name))?;
    }
    for folder in folders_of(names) {
        let folder = dir.join(folder);
        if store.stat(&folder)?.is_some() && store.children(&folder)?.is_empty() {
            store.remove_dir(&folder)?;
        }
    }
    Ok(())
}

/// Moves all that `from` holds into `to`, and removes `from`.
fn carry(store: &dyn Store, from: &Location, to: &Location) -> Result<()> {
    let children = store.children(from)?;
    for child in &children {
        let Some(name) = child.name.to_str() else {
            let place = from.join(&child.name.to_string_lossy());
            return Err(Error::data(place, "the name is not UTF-8; move it away"));
        };
        let (old, new) = (from.join(name), to.join(name));
        match store.stat(&new)?.map(|stat| stat.kind) {
            None => store.rename(&old, &new)?,
            Some(Kind::Dir) if child.kind == Kind::Dir => carry(store, &old, &new)?,
            Some(_) => {
                let what = format!("was in the way of {new}; move it away and run again");
                return Err(Error::data(old, what));
            }
        }
    }
    if !children.is_empty() {
        store.sync_dir(to)?;
    }
    store.remove_dir(from)
}

/// Removes a folder of ours with all that is in it; links in it are not followed.
///
/// # Errors
/// When the store refuses, or a name in it is none of ours.
pub(crate) fn remove_tree(store: &dyn Store, dir: &Location) -> Result<()> {
    if store.stat(dir)?.is_none() {
        return Ok(());
    }
    for child in store.children(dir)? {
        let Some(name) = child.name.to_str() else {
            return Err(Error::data(
                dir,
                "holds a file that is not ours; move it away",
            ));
        };
        match child.kind {
            Kind::Dir => remove_tree(store, &dir.join(name))?,
            _ => store.remove_file(&dir.join(name))?,
        }
    }
    store.remove_dir(dir)
}

fn remove_if_there(store: &dyn Store, at: &Location) -> Result<()> {
    match store.stat(at)? {
        Some(stat) if stat.kind != Kind::Dir => store.remove_file(at),
        _ => Ok(()),
    }
}

fn sync_parent(store: &dyn Store, at: &Location) -> Result<()> {
    at.parent().map_or(Ok(()), |dir| store.sync_dir(&dir))
}
