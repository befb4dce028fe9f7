//! Folders with an old content, the run that replaces them, and the judgement of the outcome.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;
use walkdir::WalkDir;

use super::faulty::{Fault, Faulty, Quirk};
use crate::error::Result;
use crate::store::{Location, RunRecord, Store, Target, Transaction};

/// Path in the folder and content.
pub type Content = BTreeMap<String, String>;

/// Which content a folder has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Absent,
    Old,
    New,
}

pub struct World {
    pub dir: TempDir,
    pub folders: Vec<Location>,
    old: Content,
    new: Content,
}

const FOREIGN: [&str; 4] = ["notes.txt", "sub/deep/read.me", "day=1/mine.txt", ".hidden"];

fn content(pairs: &[(&str, &str)], foreign: bool) -> Content {
    let mut content: Content = pairs
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
        .collect();
    if foreign {
        content.extend(FOREIGN.map(|name| (name.to_owned(), format!("user's {name}"))));
    }
    content.insert("_SUCCESS".to_owned(), String::new());
    content
}

impl World {
    /// Folders `names` with an old content and files of the user; absent on a first run.
    pub fn new(names: &[&str], first_run: bool) -> Self {
        // In memory where there is such a folder: thousands of worlds are made.
        let dir = TempDir::new_in("/dev/shm")
            .or_else(|_| TempDir::new())
            .unwrap();
        let root = dir.path().canonicalize().unwrap();
        let folders = names
            .iter()
            .map(|name| Location::from_path(&root.join(name)).unwrap())
            .collect();
        let kept = if first_run {
            &[][..]
        } else {
            &[("kept.csv", "kept")][..]
        };
        let old = [
            &[("all.csv", "old all"), ("day=1/p.parquet", "old 1")],
            kept,
        ]
        .concat();
        let new = [
            &[("all.csv", "new all"), ("day=2/p.parquet", "new 2")],
            kept,
        ]
        .concat();
        let world = Self {
            dir,
            folders,
            old: content(&old, true),
            new: content(&new, !first_run),
        };
        if !first_run {
            let store = Faulty::new(Fault::Never, Quirk::None, &[], Box::new(|| {}));
            let run = world.begin(store).unwrap();
            write(&run, &old);
            run.commit(|_, _| RunRecord::begin("old")).unwrap();
            for folder in &world.folders {
                for name in FOREIGN {
                    let path = folder.join(name);
                    fs::create_dir_all(path.parent().unwrap().local_path().unwrap()).unwrap();
                    fs::write(path.local_path().unwrap(), format!("user's {name}")).unwrap();
                }
            }
        }
        world
    }

    pub fn begin(&self, store: Arc<dyn Store>) -> Result<Transaction> {
        let targets = self.folders.iter().cloned().map(Target::dataset);
        Transaction::begin_in(store, "test", targets.collect())
    }

    /// The run that replaces the old content by the new.
    pub fn run(&self, store: Arc<dyn Store>) -> Result<()> {
        let run = self.begin(store)?;
        for i in 0..self.folders.len() {
            for name in ["all.csv", "day=2/p.parquet"] {
                let mut file = run.folder(i).create(name)?;
                file.write_all(self.new[name].as_bytes())
                    .map_err(|e| crate::Error::io("write", file.place(), e))?;
                file.finish()?;
            }
            run.folder(i).keep("kept.csv")?;
        }
        run.commit(|_, _| RunRecord::begin("new"))
    }

    /// Whose content the folder has; fails if it is a mixture.
    pub fn state(&self, folder: &Location) -> Result<State, String> {
        let path = folder.local_path().unwrap();
        if !path.exists() {
            return Ok(State::Absent);
        }
        let mut found = Content::new();
        let inside = WalkDir::new(path)
            .min_depth(1)
            .into_iter()
            .filter_entry(|e| !e.file_name().to_string_lossy().contains(".retail-"));
        for item in inside.map(|item| item.unwrap()) {
            let name = item.path().strip_prefix(path).unwrap().to_str().unwrap();
            if item.file_type().is_dir() {
                let empty = fs::read_dir(item.path()).unwrap().next().is_none();
                if empty {
                    return Err(format!("{folder}: empty folder {name} is left"));
                }
            } else {
                found.insert(name.to_owned(), fs::read_to_string(item.path()).unwrap());
            }
        }
        let record = found
            .remove("_run.json")
            .ok_or(format!("{folder}: no record"))?;
        let record: RunRecord = serde_json::from_str(&record).unwrap();
        let (state, expected) = match record.command.as_str() {
            "old" => (State::Old, &self.old),
            _ => (State::New, &self.new),
        };
        if found == *expected {
            return Ok(state);
        }
        Err(format!("{folder}: {state:?} but holds {found:?}"))
    }

    /// The one state of all folders.
    pub fn settled(&self) -> Result<State, String> {
        let mut states = Vec::new();
        for folder in &self.folders {
            states.push(self.state(folder)?);
        }
        if states.iter().any(|state| *state != states[0]) {
            return Err(format!("a mixture: {states:?}"));
        }
        match self.litter() {
            litter if litter.is_empty() => Ok(states[0]),
            litter => Err(format!("litter: {litter:?}")),
        }
    }

    /// Locks, journals, staging folders and temporary files.
    pub fn litter(&self) -> Vec<PathBuf> {
        files(self.dir.path())
            .into_iter()
            .filter(|path| {
                let text = path.to_str().unwrap();
                text.contains(".retail-") || text.ends_with(".tmp")
            })
            .collect()
    }

    /// Whether a run is committed and not finished.
    pub fn has_journal(&self) -> bool {
        let ends = |path: &PathBuf| path.to_str().unwrap().ends_with(".retail-journal");
        self.litter().iter().any(ends)
    }
}

fn write(run: &Transaction, files: &[(&str, &str)]) {
    for i in 0..run.folders.len() {
        for (name, text) in files {
            let mut file = run.folder(i).create(name).unwrap();
            file.write_all(text.as_bytes()).unwrap();
            let entry = file.finish().unwrap();
            assert_eq!(entry.bytes, text.len() as u64);
        }
    }
}

/// Everything below `root`, folders too.
pub fn files(root: &Path) -> Vec<PathBuf> {
    WalkDir::new(root)
        .into_iter()
        .map(|item| item.unwrap().into_path())
        .collect()
}
