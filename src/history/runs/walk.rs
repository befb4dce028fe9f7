//! Logs and run records below a folder.

use std::collections::BTreeMap;
use std::io::ErrorKind;

use super::Root;
use super::read::Broken;
use crate::error::{Error, Result};
use crate::history::HISTORY;
use crate::history::log::is_denied;
use crate::store::run_record::RUN_RECORD;
use crate::store::{self, Child, Kind, Location, RunRecord, Store};

/// The folder in which streams set aside what they begin anew.
const PREVIOUS: &str = "_previous";

/// Which entries of a log count.
#[derive(Debug)]
pub(super) enum Scope {
    All,
    About(Vec<Location>),
}

impl Scope {
    pub(super) fn covers(&self, output: &Location) -> bool {
        match self {
            Self::All => true,
            Self::About(places) => places.iter().any(|place| output.is_within(place)),
        }
    }
}

/// What was found on the way through the folders.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// By the folder that holds the log.
    pub(super) logs: BTreeMap<Location, Scope>,
    /// By the run.
    pub(super) records: BTreeMap<String, (RunRecord, Vec<Location>)>,
    pub(super) broken: Vec<Broken>,
}

impl Found {
    pub(super) fn look(&mut self, root: &Root) -> Result<()> {
        let place = store::absolute(&root.place)?;
        if let Some(parent) = place.parent() {
            let scope = self.logs.entry(parent);
            let scope = scope.or_insert_with(|| Scope::About(Vec::new()));
            match scope {
                _ if root.with_neighbours => *scope = Scope::All,
                Scope::About(places) => places.push(place.clone()),
                Scope::All => {}
            }
        }
        let store = store::open(&place)?;
        match store.stat(&place)?.map(|stat| stat.kind) {
            Some(Kind::Dir) => self.walk(&*store, &place),
            _ => Ok(()),
        }
    }

    fn walk(&mut self, store: &dyn Store, folder: &Location) -> Result<()> {
        let children = match store.children(folder) {
            // What may not be looked into, or has just gone.
            Err(e) if is_denied(&e) || e.is_io(ErrorKind::NotFound) => return Ok(()),
            children => children?,
        };
        let has = |name: &str| children.iter().any(|child| child.name == name);
        if has(HISTORY) {
            self.logs.insert(folder.clone(), Scope::All);
        }
        let mut own = Vec::new();
        if has(RUN_RECORD) {
            match RunRecord::read(folder) {
                Ok(Some(record)) => {
                    let names = record
                        .files
                        .iter()
                        .filter_map(|file| file.name.split_once('/'));
                    own = names.map(|(first, _)| first.to_owned()).collect();
                    own.dedup();
                    let id = record.run_id.clone();
                    let run = self.records.entry(id);
                    run.or_insert_with(|| (record, Vec::new()))
                        .1
                        .push(folder.clone());
                }
                Ok(None) => {}
                Err(Error::Data { place, what }) => self.broken.push((place.parse()?, what)),
                Err(e) => return Err(e),
            }
        }
        for child in &children {
            if let Some(name) = below(child, &own) {
                self.walk(store, &folder.join(name))?;
            }
        }
        Ok(())
    }
}

/// The name of a folder that may hold those of runs: not one of a dataset's own, of its partitions,
/// or a hidden one.
fn below<'a>(child: &'a Child, own: &[String]) -> Option<&'a str> {
    let name = child.name.to_str().filter(|_| child.kind == Kind::Dir)?;
    let is_hidden = name.starts_with(['_', '.']) && name != PREVIOUS;
    let is_own = name.contains('=') || own.iter().any(|own| own == name);
    (!is_hidden && !is_own).then_some(name)
}
