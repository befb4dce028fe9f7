//! Finishing or undoing the runs that died.

use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::guard::Guard;
use super::home::{Home, Locks, Own};
use super::journal::Journal;
use super::switch::{remove_tree, roll_forward};
use crate::error::{Error, Result};
use crate::store::{Kind, Location, Store};

/// How long a reader waits for a commit that is under way in another process.
const PATIENCE: Duration = Duration::from_secs(10);

/// Brings a folder to one whole state before it, or the file `place` in it, is read: a run that
/// died while it switched its folders is finished, one that died before is undone. Without
/// leftovers nothing is locked or written.
///
/// # Errors
/// [`Error::Busy`] when another process has been finishing a commit for more than ten seconds;
/// any other error when a commit is half done and cannot be finished.
pub fn recover(place: &Location) -> Result<()> {
    let store = crate::store::open(place)?;
    let Ok(place) = store.resolve(place) else {
        // Whoever reads a place that leads nowhere says so better.
        return Ok(());
    };
    recover_in(&store, &place, PATIENCE)?;
    match (store.stat(&place)?.map(|stat| stat.kind), place.parent()) {
        (Some(Kind::Dir), _) | (_, None) => Ok(()),
        (_, Some(folder)) => recover_in(&store, &folder, PATIENCE),
    }
}

pub(crate) fn recover_in(
    store: &Arc<dyn Store>,
    folder: &Location,
    patience: Duration,
) -> Result<()> {
    if let Some(parent) = folder.parent()
        && store.stat(&parent)?.is_none()
    {
        return Ok(());
    }
    let folder = store.resolve(folder)?;
    let began = Instant::now();
    loop {
        let found = leftovers(&**store, &folder)?;
        // A lock file alone may be that of a run that just begins: it must not meet ours.
        if found.iter().all(|(own, _)| *own == Own::Lock) {
            return Ok(());
        }
        let half_done = found.iter().any(|(own, _)| *own == Own::Journal);
        let done = Locks::take(store, std::slice::from_ref(&folder), "recovery")
            .and_then(|mut locks| recover_locked(&folder, &mut locks));
        match done {
            // A run at work, or staging that is not ours to remove: the content is whole.
            Err(_) if !half_done => return Ok(()),
            Err(Error::Busy { .. }) if began.elapsed() < patience => {
                sleep(Duration::from_millis(20));
            }
            done => return done,
        }
    }
}

fn leftovers(store: &dyn Store, folder: &Location) -> Result<Vec<(Own, Location)>> {
    let mut found = Vec::new();
    for home in Home::both(folder) {
        found.extend(home.present(store)?);
    }
    Ok(found)
}

/// Recovers `folder`, which is locked: no run at it is alive. The other folders of a run to be
/// finished are locked, too.
pub(super) fn recover_locked(folder: &Location, locks: &mut Locks) -> Result<()> {
    let store = Arc::clone(&locks.store);
    let store = &*store;
    for home in Home::both(folder) {
        let Some(journal) = Journal::read(store, &home.journal())? else {
            continue;
        };
        if journal.is_committed(store)? {
            for part in &journal.parts {
                // A folder whose surroundings are gone has nothing to be finished.
                if store.stat(&home_dir(&part.target))?.is_some() {
                    locks.add(&part.target)?;
                }
            }
            roll_forward(&Guard(locks), &journal)?;
        } else {
            store.remove_file(&home.journal())?;
        }
    }
    for (own, place) in leftovers(store, folder)? {
        match own {
            Own::Staging => remove_tree(&Guard(locks), &place)?,
            Own::Torn => Guard(locks).remove_file(&place)?,
            Own::Lock | Own::Journal | Own::Aside => {}
        }
    }
    Ok(())
}

fn home_dir(target: &Location) -> Location {
    target.parent().unwrap_or_else(|| target.clone())
}
