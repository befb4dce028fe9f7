//! What a folder holds before it is replaced: files of ours, and everything else.

use std::collections::HashSet;
use std::io::ErrorKind;

use super::home::Home;
use super::is_mark;
use crate::error::{Error, Result};
use crate::store::{FileEntry, Kind, Location, RunRecord, Store};

/// Extensions by which readers find data.
const DATA: [&str; 4] = [".csv", ".gz", ".jsonl", ".parquet"];

/// The old content of a folder.
#[derive(Debug, Default)]
pub(super) struct Contents {
    /// Paths of the files that are ours to delete.
    pub(super) ours: Vec<String>,
    /// Paths of all other files and links, which stay.
    foreign: Vec<String>,
    /// Paths of all folders.
    folders: HashSet<String>,
    /// Whether a folder of the user in it cannot be moved to the new content.
    pub(super) pinned: bool,
}

impl Contents {
    /// Looks through `target`. Ours are the files that its run record lists, and those whose path
    /// `ours` accepts.
    pub(super) fn scan(
        store: &dyn Store,
        target: &Location,
        ours: &dyn Fn(&str) -> bool,
    ) -> Result<Self> {
        let record = RunRecord::read_in(store, target)?.unwrap_or_default();
        let listed: HashSet<String> = record.files.into_iter().map(|file| file.name).collect();
        let scan = Scan {
            store,
            target,
            home: Home::inside(target),
            ours: &|name| is_mark(name) || listed.contains(name) || ours(name),
        };
        let mut contents = Self::default();
        scan.walk("", &mut contents)?;
        Ok(contents)
    }

    /// Refuses files of others that `refused` accepts: readers would take them for ours.
    pub(super) fn refuse_others(
        &self,
        target: &Location,
        refused: &dyn Fn(&str) -> bool,
    ) -> Result<()> {
        match self.foreign.iter().find(|name| refused(name)) {
            None => Ok(()),
            Some(name) => Err(Error::data(
                target.join(name),
                "not written by retail, and readers of this folder would mix it with the \
                 results; move it away or choose another output folder",
            )),
        }
    }

    /// Refuses files of others that stand where one of `files` is to be.
    pub(super) fn refuse_clashes(&self, target: &Location, files: &[FileEntry]) -> Result<()> {
        let clash = |name: &str| {
            Err(Error::data(
                target.join(name),
                "not written by retail, and in the way of an output file; move it away",
            ))
        };
        let foreign: HashSet<&str> = self.foreign.iter().map(String::as_str).collect();
        for file in files {
            let mut path = file.name.as_str();
            if self.folders.contains(path) {
                return clash(path);
            }
            loop {
                if foreign.contains(path) {
                    return clash(path);
                }
                match path.rsplit_once('/') {
                    Some((above, _)) => path = above,
                    None => break,
                }
            }
        }
        Ok(())
    }
}

/// Whether a reader of the folder would find the file.
pub(super) fn is_data(name: &str) -> bool {
    let hidden = name.split('/').any(|part| part.starts_with(['_', '.']));
    let name = name.to_ascii_lowercase();
    !hidden && DATA.iter().any(|extension| name.ends_with(extension))
}

struct Scan<'a> {
    store: &'a dyn Store,
    target: &'a Location,
    home: Home,
    ours: &'a dyn Fn(&str) -> bool,
}

impl Scan<'_> {
    /// Looks through the folder `path`; true if a file of ours is in it.
    fn walk(&self, path: &str, contents: &mut Contents) -> Result<bool> {
        let below = |name: &str| match path {
            "" => name.to_owned(),
            path => format!("{path}/{name}"),
        };
        let dir = match path {
            "" => self.target.clone(),
            path => self.target.join(path),
        };
        let mut any_ours = false;
        for child in self.store.children(&dir)? {
            let Some(name) = child.name.to_str() else {
                let place = dir.join(&child.name.to_string_lossy());
                return Err(Error::data(place, "the name is not UTF-8; rename the file"));
            };
            if path.is_empty() && self.home.own(name).is_some() {
                continue;
            }
            let name = below(name);
            if child.kind == Kind::Dir {
                any_ours |= self.walk(&name, contents)?;
                contents.folders.insert(name);
            } else if (self.ours)(&name) {
                any_ours = true;
                contents.ours.push(name);
            } else {
                contents.foreign.push(name);
            }
        }
        let writable = self.store.is_writable(&dir)?;
        if !writable && (any_ours || path.is_empty()) {
            let denied = ErrorKind::PermissionDenied.into();
            return Err(Error::io("replace the files in it", dir, denied));
        }
        contents.pinned |= !writable || (!path.is_empty() && self.store.is_fixed(&dir)?);
        Ok(any_ours)
    }
}
