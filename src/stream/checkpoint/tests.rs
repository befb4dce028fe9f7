use std::collections::BTreeMap;
use std::hash::BuildHasher;
use std::path::Path;

use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use super::*;
use crate::stream::keyed::Table;
use crate::stream::keyed::roll::Roll;

type Files = BTreeMap<String, Vec<u8>>;
/// A value and its due time.
type Held = (Vec<u8>, Option<i64>);
type Model = BTreeMap<Vec<u8>, Held>;

/// What a commit holds here: keys with value and due time, or none for removed ones.
#[derive(Serialize, Deserialize)]
struct Changes {
    number: u32,
    entries: Vec<(Vec<u8>, Option<Held>)>,
}

fn files(folder: &Path) -> Files {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    let name = |entry: &fs::DirEntry| entry.file_name().into_string().unwrap();
    let file = |entry: fs::DirEntry| (name(&entry), fs::read(entry.path()).unwrap());
    entries.map(file).collect()
}

fn identity() -> Identity {
    Identity {
        version: VERSION,
        run_id: "run".to_owned(),
        started: "now".to_owned(),
        anew: Vec::new(),
        settings: Map::new(),
    }
}

/// A checkpoint in a folder; `far` as on a store where files do not grow.
fn at(folder: &Path, far: bool) -> Checkpoint {
    let place = Location::from_path(folder).unwrap();
    let mut checkpoint = Checkpoint::at(&place, identity()).unwrap();
    if far {
        checkpoint.home = Home::Far {
            store: store::open(&place).unwrap(),
            folder: place,
            chain: None,
        };
    }
    checkpoint
}

/// A process: the table, the checkpoint and the pace.
struct Process {
    checkpoint: Checkpoint,
    table: Table,
    roll: Roll,
    number: u32,
}

impl Process {
    fn start(folder: &Path, far: bool) -> Result<Self> {
        let mut checkpoint = at(folder, far);
        let mut table = Table::new();
        let mut last = 0;
        checkpoint.read(|payload| {
            let Changes { number, entries } = postcard::from_bytes(payload)?;
            last = number;
            table.restore(entries.iter().map(|(key, entry)| {
                let held = entry.as_ref().map(|(value, due)| (&value[..], *due));
                (&key[..], held)
            }));
            Ok(())
        })?;
        assert_eq!(table.changes().count(), 0);
        Ok(Self {
            roll: Roll::new(checkpoint.is_rolling()),
            checkpoint,
            table,
            number: last,
        })
    }

    fn model(&self) -> (u32, Model) {
        let entries = self.table.iter();
        let owned = entries.map(|(key, value, due)| (key.to_vec(), (value.to_vec(), due)));
        (self.number, owned.collect())
    }

    /// Commits; `between` is called before older segments are dropped.
    fn commit(&mut self, least: u64, between: impl FnOnce()) -> Result<bool> {
        self.number += 1;
        let mut entries = Vec::new();
        let mut changed = 0;
        for (key, entry) in self.table.changes() {
            let entry = entry.map(|(value, due)| (value.to_vec(), due));
            changed += key.len() + entry.as_ref().map_or(0, |(value, _)| value.len());
            entries.push((key.to_vec(), entry));
        }
        let state: usize = self.table.iter().map(|(k, v, _)| k.len() + v.len()).sum();
        let wants = self.checkpoint.wants_segment(state as u64);
        let segment = self.roll.segment(wants);
        let see = |_, key: &[u8], value: &[u8], due| {
            entries.push((key.to_vec(), Some((value.to_vec(), due))));
        };
        self.roll
            .portion(&[&self.table], changed as u64, least, see);
        let number = self.number;
        self.checkpoint
            .commit_in(&Changes { number, entries }, segment)?;
        self.table.settle();
        between();
        let through = self.roll.committed();
        if through {
            self.checkpoint.drop_older()?;
            assert!(!self.checkpoint.is_rolling());
        }
        Ok(through)
    }
}

/// What a process that starts with these files has.
fn restarted(files: &Files, far: bool) -> Result<(u32, Model)> {
    let dir = TempDir::new().unwrap();
    for (name, bytes) in files {
        fs::write(dir.path().join(name), bytes).unwrap();
    }
    let process = Process::start(dir.path(), far)?;
    // What counts no more is gone, and a second start finds the same.
    let again = Process::start(dir.path(), far)?.model();
    assert_eq!(process.model(), again);
    Ok(again)
}

/// The states that a crash may leave while these files become those, but for torn ones: new files
/// appear before old ones go, a file gets its new name at one stroke.
fn between(before: &Files, after: &Files) -> Vec<Files> {
    let mut states = Vec::new();
    let mut now = before.clone();
    for (name, bytes) in after {
        let roll = name.replace(".log", ".roll");
        if before.contains_key(&roll) && roll != *name {
            now.remove(&roll);
        }
        now.insert(name.clone(), bytes.clone());
    }
    states.push(now.clone());
    let gone: Vec<String> = now
        .keys()
        .filter(|name| !after.contains_key(*name))
        .cloned()
        .collect();
    for name in gone {
        now.remove(&name);
        states.push(now.clone());
    }
    states
}

/// Numbers by a rule, so that a failure comes again.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 += 1;
        foldhash::quality::FixedState::with_seed(7).hash_one(self.0) % end
    }
}

fn crashes_at_every_step(far: bool, rounds: u32) {
    let dir = TempDir::new().unwrap();
    let folder = dir.path();
    let mut dice = Dice(0);
    let mut process = Process::start(folder, far).unwrap();
    let (mut rolls, mut rolling_starts) = (0, 0);
    for round in 0..rounds {
        let before = (files(folder), process.model());
        for _ in 0..dice.below(60) {
            let key = vec![dice.below(5) as u8, dice.below(40) as u8];
            match dice.below(5) {
                0 => process.table.remove(&key),
                _ => {
                    let value = vec![dice.below(256) as u8; dice.below(60) as usize];
                    let due = Some(dice.below(9) as i64).filter(|due| *due > 0);
                    process.table.put(&key, &value, due);
                }
            }
        }
        let mut committed = Files::new();
        let least = dice.below(1500);
        let through = process.commit(least, || committed = files(folder)).unwrap();
        rolls += u32::from(through);
        let after = (files(folder), process.model());
        assert_eq!(restarted(&committed, far).unwrap(), after.1, "{round}");
        assert_eq!(restarted(&after.0, far).unwrap(), after.1, "{round}");
        for state in between(&committed, &after.0) {
            assert_eq!(restarted(&state, far).unwrap(), after.1, "{round}");
        }
        for (name, bytes) in &committed {
            let old = before.0.get(name).map_or(0, Vec::len);
            if bytes.len() == old || before.0.is_empty() {
                continue;
            }
            let cut = old + dice.below((bytes.len() - old) as u64) as usize;
            let mut torn = before.0.clone();
            // A file is torn under its own name only where it grows.
            let name = match old {
                0 => format!("{}.tmp", name.rsplit_once('.').unwrap().0),
                _ => name.clone(),
            };
            torn.insert(name, bytes[..cut].to_vec());
            assert_eq!(restarted(&torn, far).unwrap(), before.1, "{round}");
        }
        if dice.below(8) == 0 {
            process = Process::start(folder, far).unwrap();
            assert_eq!(process.model(), after.1);
            rolling_starts += u32::from(process.checkpoint.is_rolling());
        }
        let bytes: usize = after.0.values().map(Vec::len).sum();
        assert!(bytes < 100_000, "{round}: {bytes} bytes");
    }
    assert!(rolls > rounds / 40, "{rolls}");
    assert!(far || rolling_starts > 2, "{rolling_starts}");
}

#[test]
fn a_rolling_checkpoint_reads_as_the_last_commit_wherever_it_was_cut() {
    crashes_at_every_step(false, 400);
}

#[test]
fn a_rolling_chain_reads_as_the_last_commit_wherever_it_was_cut() {
    crashes_at_every_step(true, 80);
}

fn commit(checkpoint: &mut Checkpoint, number: u32, segment: Segment) {
    let entries = Vec::new();
    checkpoint
        .commit_in(&Changes { number, entries }, segment)
        .unwrap();
}

fn numbers(folder: &Path) -> Result<Vec<u32>> {
    let mut numbers = Vec::new();
    at(folder, false).read(|payload| {
        numbers.push(postcard::from_bytes::<Changes>(payload)?.number);
        Ok(())
    })?;
    Ok(numbers)
}

/// Three segments: 1 and 2, 3, 4.
fn three() -> TempDir {
    let dir = TempDir::new().unwrap();
    let mut checkpoint = at(dir.path(), false);
    commit(&mut checkpoint, 1, Segment::New);
    commit(&mut checkpoint, 2, Segment::Same);
    commit(&mut checkpoint, 3, Segment::New);
    commit(&mut checkpoint, 4, Segment::New);
    dir
}

#[test]
fn only_the_newest_segment_may_end_in_a_torn_commit() {
    for (name, kept) in [
        ("state-1.log", None),
        ("state-2.roll", None),
        ("state-3.roll", Some(3)),
    ] {
        let dir = three();
        let names: Vec<String> = files(dir.path()).into_keys().collect();
        assert_eq!(names, ["state-1.log", "state-2.roll", "state-3.roll"]);
        assert_eq!(numbers(dir.path()).unwrap(), [1, 2, 3, 4]);
        let path = dir.path().join(name);
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
        match (kept, numbers(dir.path())) {
            (Some(last), Ok(numbers)) => assert_eq!(numbers.last(), Some(&last)),
            (None, Err(e)) => {
                let text = e.to_string();
                assert!(text.contains(name) && text.contains("--fresh"), "{text}");
            }
            (_, read) => panic!("{name}: {read:?}"),
        }
    }
}

#[test]
fn a_segment_that_is_missing_is_told() {
    for (name, told) in [("state-1.log", "state-1 "), ("state-2.roll", "state-2 ")] {
        let dir = three();
        fs::remove_file(dir.path().join(name)).unwrap();
        let error = numbers(dir.path()).unwrap_err().to_string();
        assert!(error.contains(told) && error.contains("--fresh"), "{error}");
    }
}

#[test]
fn segments_of_two_streams_are_not_mixed() {
    let (dir, other) = (three(), TempDir::new().unwrap());
    let mut checkpoint = at(other.path(), false);
    checkpoint.identity.run_id = "another".to_owned();
    commit(&mut checkpoint, 1, Segment::New);
    commit(&mut checkpoint, 2, Segment::New);
    let name = "state-2.roll";
    fs::copy(other.path().join(name), dir.path().join(name)).unwrap();
    let error = numbers(dir.path()).unwrap_err().to_string();
    assert!(error.contains("several streams"), "{error}");
}

#[test]
fn a_whole_state_ends_a_roll() {
    let dir = three();
    let mut checkpoint = at(dir.path(), false);
    checkpoint.read(|_| Ok(())).unwrap();
    assert!(checkpoint.is_rolling());
    let entries = Vec::new();
    checkpoint
        .commit(&Changes { number: 5, entries }, true)
        .unwrap();
    assert!(!checkpoint.is_rolling());
    assert_eq!(numbers(dir.path()).unwrap(), [5]);
    let names: Vec<String> = files(dir.path()).into_keys().collect();
    assert_eq!(names, ["state-4.log"]);
}
