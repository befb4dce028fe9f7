//! The entries of a log.

use std::io::ErrorKind;
use std::sync::{Mutex, PoisonError};

use crate::error::Result;
use crate::history::Entry;
use crate::history::log::JSON;
use crate::store::{self, Location, many};

/// A file that is no entry, and why.
pub type Broken = (Location, String);

/// All entries of the log `log`, in no order; files that are none come with the reason.
///
/// # Errors
/// When the log cannot be listed, or a file of it cannot be read.
pub(super) fn entries(log: &Location) -> Result<(Vec<Entry>, Vec<Broken>)> {
    let store = store::open(log)?;
    let children = match store.children(log) {
        Err(e) if e.is_io(ErrorKind::NotFound) => return Ok((Vec::new(), Vec::new())),
        children => children?,
    };
    let names = children.iter().filter_map(|child| child.name.to_str());
    let names = names.filter(|name| name.ends_with(JSON) && !name.starts_with('.'));
    let names: Vec<&str> = names.collect();
    let (entries, broken) = (Mutex::new(Vec::new()), Mutex::new(Vec::new()));
    many::for_each(&names, |name| {
        let file = log.join(name);
        let text = match store.read_small(&file) {
            // An old one that has just gone.
            Ok(None) => return Ok(()),
            Err(e) if e.is_io(ErrorKind::NotFound) => return Ok(()),
            text => text?.unwrap_or_default(),
        };
        match serde_json::from_slice(&text) {
            Ok(entry) => push(&entries, entry),
            Err(e) => push(&broken, (file, format!("not an entry of a history ({e})"))),
        }
        Ok(())
    })?;
    let all = |list: Mutex<_>| list.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut broken: Vec<Broken> = broken.into_inner().unwrap_or_else(PoisonError::into_inner);
    broken.sort();
    Ok((all(entries), broken))
}

fn push<T>(list: &Mutex<Vec<T>>, item: T) {
    list.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(item);
}
