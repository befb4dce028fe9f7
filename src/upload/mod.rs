//! The files of a folder into `/data/input` of an HDFS, each whole or not at all.
//!
//! Beside the files stands a ledger (`ledger`) of what was uploaded, by which the next upload
//! passes over what is there unchanged. A folder is not replaced as a whole here: what only
//! stands on HDFS stays.

mod folders;
mod ledger;
mod local;
mod reach;
mod send;

use std::collections::{BTreeMap, HashSet};
use std::io::ErrorKind;
use std::time::Duration;

use serde::Serialize;

use self::ledger::Ledger;
use crate::error::{Error, Result};
use crate::signal::Stop;
use crate::source::input::Format;
use crate::store::{Entry, FOLDER_MODE, HdfsStore, Hold, Location, Node, Store};

pub use local::sources;

/// Where the files go.
pub const INPUT: &str = "data/input";
/// The folders that are made, below the root.
pub const FOLDERS: [&str; 3] = [INPUT, "data/output", "spark-events"];

/// Everybody may write, and remove what is their own.
const MODE: u32 = 0o1777;
/// Ends the hidden name of a file that is being sent.
const DRAFT: &str = ".retail-upload";

/// Where to, and how.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The HDFS, or a folder of it that stands for its root.
    pub root: Location,
    /// How long to wait until it answers and can be written.
    pub wait: Duration,
    /// Send what is there unchanged, too.
    pub force: bool,
    /// Files that are sent at once.
    pub jobs: usize,
}

/// What an upload did, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Files sent.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Files that were there unchanged.
    pub skipped: u64,
    /// Their bytes.
    pub skipped_bytes: u64,
    /// Data files that stand there beside those of the input; `batch` would read them, too.
    pub others: u64,
    /// Files and folders below the three that kept their modes, because they are another user's.
    pub modes_kept: u64,
}

/// An HDFS that answers, and what stands in the folder that files go to.
#[derive(Debug)]
pub struct Lake {
    store: HdfsStore,
    /// The folder that files go to.
    input: Location,
    /// All that is in it, hidden names too, by the path below it.
    there: BTreeMap<String, Node>,
    ledger: Ledger,
    modes_kept: u64,
    /// None when nothing may be touched.
    hold: Option<Hold>,
}

impl Lake {
    /// Waits for the HDFS, makes the three folders with their modes, and locks the one that files
    /// go to.
    ///
    /// # Errors
    /// When the HDFS cannot be reached or written in the time given, the folders cannot be made,
    /// another upload is under way, or a signal came.
    pub fn open(plan: &Plan, stop: &Stop) -> Result<Self> {
        let (store, root) = home(plan)?;
        let patience = reach::Patience::of(plan.wait, stop);
        // What lies above is not ours to open to everybody.
        patience.until(|go_on| store.make_dir_once(&root, FOLDER_MODE, go_on))?;
        for folder in FOLDERS {
            let place = root.join(folder);
            patience.until(|go_on| store.make_dir_once(&place, MODE, go_on))?;
        }
        let input = root.join(INPUT);
        // The lock is the first file that is written: there may be no data node yet.
        let hold = patience.until(|_| Hold::of(&input, "upload-hdfs"))?;
        let found = folders::open_up(&store, &root, stop)?;
        folders::open_log(&store, &root);
        let ledger = Ledger::read(&store, &input, &found.input)?;
        Ok(Self {
            store,
            input,
            there: found.input,
            ledger,
            modes_kept: found.modes_kept,
            hold: Some(hold),
        })
    }

    /// Waits for the HDFS and looks what is there, without touching anything.
    ///
    /// # Errors
    /// When the HDFS cannot be reached in the time given, or a signal came.
    pub fn look(plan: &Plan, stop: &Stop) -> Result<Self> {
        let (store, root) = home(plan)?;
        let input = root.join(INPUT);
        reach::Patience::of(plan.wait, stop).until(|go_on| store.answers(&input, go_on))?;
        let there = folders::look(&store, &input, stop)?;
        let ledger = Ledger::read(&store, &input, &there)?;
        Ok(Self {
            store,
            input,
            there,
            ledger,
            modes_kept: 0,
            hold: None,
        })
    }

    /// The folder that files go to.
    pub fn input(&self) -> &Location {
        &self.input
    }

    /// Sends `files`, several at once, and tells `progress` of the bytes that are done. After a
    /// failure, what was sent until then is there, each file whole, and is known to the next
    /// upload.
    ///
    /// # Errors
    /// When a file cannot be read or changes meanwhile, HDFS refuses, or a signal came.
    pub fn upload(
        mut self,
        files: &[Entry],
        plan: &Plan,
        stop: &Stop,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<Tally> {
        self.refuse_clashes(files)?;
        self.remove_drafts()?;
        self.make_folders(files)?;
        let mut tally = self.tally(files);
        send::all(&mut self, files, plan, stop, progress, &mut tally)?;
        Ok(tally)
    }

    /// Finds out what [`upload`](Self::upload) would do, and tells `see` of each file whether it
    /// would be skipped.
    ///
    /// # Errors
    /// When a file cannot be read, or a signal came.
    pub fn rehearse(
        &self,
        files: &[Entry],
        plan: &Plan,
        stop: &Stop,
        mut see: impl FnMut(&Entry, bool) -> Result<()>,
    ) -> Result<Tally> {
        self.refuse_clashes(files)?;
        let mut tally = self.tally(files);
        for file in files {
            let skipped = self.is_there(file, plan.force, &|| stop.check(), &|_| {})?;
            tally.add(file.len, skipped);
            see(file, skipped)?;
        }
        Ok(tally)
    }

    /// What is known before any file is looked at.
    fn tally(&self, files: &[Entry]) -> Tally {
        let ours: HashSet<&str> = files.iter().map(|file| file.path.as_str()).collect();
        let hidden = |path: &str| path.split('/').any(|part| part.starts_with(['_', '.']));
        let others = self.there.iter().filter(|(path, node)| {
            !node.is_dir
                && !hidden(path)
                && Format::of(&node.name).is_some()
                && !ours.contains(path.as_str())
        });
        Tally {
            others: others.count() as u64,
            modes_kept: self.modes_kept,
            ..Tally::default()
        }
    }

    /// A file cannot take the name of a folder, nor the other way round.
    fn refuse_clashes(&self, files: &[Entry]) -> Result<()> {
        for file in files {
            let clash = match self.there.get(&file.path) {
                Some(node) if node.is_dir => Some((file.path.as_str(), "a folder", "a file")),
                _ => above(&file.path).find_map(|folder| {
                    let node = self.there.get(folder)?;
                    (!node.is_dir).then_some((folder, "a file", "a folder"))
                }),
            };
            if let Some((path, there, here)) = clash {
                return Err(Error::data(
                    self.input.join(path),
                    format!("is {there}, where --input has {here} of this name; remove one"),
                ));
            }
        }
        Ok(())
    }

    /// Nobody else is at work here, so a file that was being sent is a dead upload's. That of
    /// another user stays for that user.
    fn remove_drafts(&self) -> Result<()> {
        let is_draft = |node: &Node| node.name.starts_with('.') && node.name.ends_with(DRAFT);
        for (path, node) in &self.there {
            if !node.is_dir && is_draft(node) {
                match self.store.remove_file(&self.input.join(path)) {
                    Err(e) if e.is_io(ErrorKind::PermissionDenied) => {}
                    done => done?,
                }
            }
        }
        Ok(())
    }

    fn make_folders(&self, files: &[Entry]) -> Result<()> {
        let mut folders: Vec<_> = files.iter().flat_map(|file| above(&file.path)).collect();
        folders.sort_unstable();
        folders.dedup();
        for folder in folders {
            if !self.there.contains_key(folder) {
                let place = self.input.join(folder);
                self.store.make_dir_all(&place)?;
                self.store.set_mode(&place, MODE)?;
            }
        }
        Ok(())
    }
}

impl Tally {
    fn add(&mut self, bytes: u64, skipped: bool) {
        let (files, sum) = match skipped {
            true => (&mut self.skipped, &mut self.skipped_bytes),
            false => (&mut self.files, &mut self.bytes),
        };
        *files += 1;
        *sum += bytes;
    }
}

/// The folders above a path, the highest first: of `a/b/c` these are `a` and `a/b`.
fn above(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(slash, _)| &path[..slash])
}

fn home(plan: &Plan) -> Result<(HdfsStore, Location)> {
    let store = HdfsStore::of(&plan.root)?;
    let root = store.resolve(&plan.root)?;
    Ok((store, root))
}
