//! State by key with its checkpoint, at the size it is made for.
//!
//! Usage: cargo bench --bench keyed -- [keys in millions] [folder]
//! Puts keys of 16 bytes with values of 60 and a due time, updates random ones with a commit every
//! 5,000, walks the state over into a new segment, starts anew from the checkpoint, and pops
//! all keys as event time passes. Prints the table that goes into benches/RESULTS.md.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use retail::store::Location;
use retail::stream::checkpoint::{Checkpoint, Identity, VERSION};
use retail::stream::keyed::roll::Roll;
use retail::stream::keyed::{Held, Table};
use serde::{Deserialize, Serialize};

/// Updates between two commits.
const EVERY: usize = 5_000;
/// Keys are due so long after they were put, give or take 16 seconds of event time.
const GAP: i64 = 1_800_000_000;

#[derive(Serialize, Deserialize)]
struct Frame<'a> {
    #[serde(borrow)]
    entries: Vec<(&'a [u8], Option<Held<'a>>)>,
}

/// A number that looks like chance (SplitMix64).
fn mix(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

fn key(number: u64) -> [u8; 16] {
    let mut key = [0; 16];
    key[..8].copy_from_slice(&mix(number).to_le_bytes());
    key[8..].copy_from_slice(&mix(!number).to_le_bytes());
    key
}

struct State {
    table: Table,
    checkpoint: Checkpoint,
    roll: Roll,
    /// Event time: 50 microseconds an update.
    now: i64,
    commits: Vec<Duration>,
    /// Bytes of all frames, and of the largest.
    written: (usize, usize),
    rolls: u32,
}

impl State {
    fn start(folder: &Path) -> Result<Self> {
        let identity = Identity {
            version: VERSION,
            run_id: "bench".to_owned(),
            started: String::new(),
            anew: Vec::new(),
            settings: serde_json::Map::new(),
        };
        let mut checkpoint = Checkpoint::at(&Location::from_path(folder)?, identity)?;
        let mut table = Table::new();
        checkpoint.read(|payload| {
            let frame: Frame = postcard::from_bytes(payload)?;
            table.restore(frame.entries.into_iter());
            Ok(())
        })?;
        Ok(Self {
            roll: Roll::new(checkpoint.is_rolling()),
            checkpoint,
            table,
            now: 0,
            commits: Vec::new(),
            written: (0, 0),
            rolls: 0,
        })
    }

    fn put(&mut self, number: u64, version: u64) {
        let mut value = [0; 60];
        value[..8].copy_from_slice(&version.to_le_bytes());
        self.now += 50;
        let spread = (mix(version) & 0xFF_FFFF) as i64;
        let due = Some(self.now + GAP + spread);
        self.table.put(&key(number), &value, due);
    }

    fn commit(&mut self) -> Result<()> {
        let start = Instant::now();
        let state = self.table.bytes() as u64;
        let wants = self.checkpoint.wants_segment(state);
        let segment = self.roll.segment(wants);
        let mut entries: Vec<_> = self.table.changes().collect();
        let length = |(key, entry): &(&[u8], Option<Held>)| {
            key.len() + entry.map_or(0, |(value, _)| value.len())
        };
        let changed: usize = entries.iter().map(length).sum();
        let mut repeated = Vec::new();
        let see = |_, key: &[u8], value: &[u8], due| {
            repeated.push((key.to_vec(), value.to_vec(), due));
        };
        let least = self.checkpoint.portion(state);
        self.roll
            .portion(&[&self.table], changed as u64, least, see);
        for (key, value, due) in &repeated {
            entries.push((key, Some((value, *due))));
        }
        let bytes = entries.iter().map(length).sum();
        self.written = (self.written.0 + bytes, self.written.1.max(bytes));
        self.checkpoint.commit_in(&Frame { entries }, segment)?;
        self.table.settle();
        if self.roll.committed() {
            self.checkpoint.drop_older()?;
            self.rolls += 1;
        }
        self.commits.push(start.elapsed());
        Ok(())
    }

    /// A line of the table: what was done so many times since `start`.
    fn tell(&mut self, what: &str, times: u64, start: (Instant, f64)) -> Result<()> {
        let (wall, cpu) = (start.0.elapsed().as_secs_f64(), cpu()? - start.1);
        let mut commits = std::mem::take(&mut self.commits);
        commits.sort_unstable();
        let part = |percent: usize| {
            let at = (commits.len() * percent / 100).min(commits.len().saturating_sub(1));
            let commit = commits.get(at).map(|commit| commit.as_secs_f64() * 1e3);
            commit.map_or(String::new(), |millis| format!("{millis:.1}"))
        };
        let (p50, p99, max) = (part(50), part(99), part(100));
        let rate = times as f64 / wall;
        let (memory, mib) = (peak()?, self.table.bytes() >> 20);
        println!(
            "| {what} | {wall:.1} | {cpu:.1} | {rate:.0} | {p50} | {p99} | {max} | {mib} | {memory} |"
        );
        Ok(())
    }
}

fn now() -> Result<(Instant, f64)> {
    Ok((Instant::now(), cpu()?))
}

/// CPU seconds of this process so far.
fn cpu() -> Result<f64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = stat.rsplit_once(')').context("no stat of this process")?;
    let ticks = fields.split_whitespace().skip(11).take(2);
    let ticks: Vec<u64> = ticks.map(str::parse).collect::<Result<_, _>>()?;
    // Linux counts hundredths here on all its platforms.
    Ok(ticks.iter().sum::<u64>() as f64 / 100.0)
}

/// MiB of memory that this process took at most.
fn peak() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.split_whitespace().next());
    Ok(kib.context("no peak of this process")?.parse::<u64>()? >> 10)
}

fn disk(folder: &Path) -> Result<u64> {
    let lengths = fs::read_dir(folder)?.map(|entry| Ok(entry?.metadata()?.len()));
    Ok(lengths.sum::<std::io::Result<u64>>()? >> 20)
}

fn main() -> Result<()> {
    let args: Vec<String> = std::env::args().filter(|arg| arg != "--bench").collect();
    let millions: u64 = args.get(1).map_or(Ok(10), |arg| arg.parse())?;
    let temporary = tempfile::tempdir()?;
    let folder = args
        .get(2)
        .map_or(temporary.path(), Path::new)
        .join("keyed");
    // A start is measured in a process of its own, for its peak of memory.
    if args.get(3).is_some_and(|arg| arg == "start") {
        return start(&folder);
    }
    let keys = millions * 1_000_000;
    println!(
        "| work | wall s | CPU s | a second | commit p50 ms | p99 | max | table MiB | peak MiB |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    let mut state = State::start(&folder)?;
    let begun = now()?;
    for number in 0..keys {
        state.put(number, number);
        if number % (10 * EVERY as u64) == 0 {
            state.commit()?;
        }
    }
    state.commit()?;
    state.tell("put, a commit every 50,000", keys, begun)?;
    let begun = now()?;
    let mut updates = 0;
    // Long enough for a state to roll on once.
    while state.rolls == 0 && updates < 10 * keys {
        for _ in 0..EVERY {
            updates += 1;
            state.put(mix(updates) % keys, updates);
        }
        state.commit()?;
    }
    state.tell("random updates, a commit every 5,000", updates, begun)?;
    let (written, largest) = (state.written.0 >> 20, state.written.1 >> 10);
    let length = disk(&folder)?;
    println!(
        "\nFrames: {written} MiB written, the largest {largest} KiB; {length} MiB on the disk.\n"
    );
    drop(state);
    let again = [
        &millions.to_string(),
        folder.parent().and_then(Path::to_str).context("folder")?,
        "start",
    ];
    let status = std::process::Command::new(std::env::current_exe()?)
        .args(again)
        .status()?;
    anyhow::ensure!(status.success(), "the start ended with {status}");
    Ok(())
}

fn start(folder: &Path) -> Result<()> {
    let begun = now()?;
    let mut state = State::start(folder)?;
    let keys = state.table.len() as u64;
    state.tell("start", keys, begun)?;
    let begun = now()?;
    for number in 0..1_000_000 {
        let key = key(mix(number) % keys);
        state.table.get(&key).context("a key is missing")?;
    }
    state.tell("get", 1_000_000, begun)?;
    let (mut key, mut popped, mut until) = (Vec::new(), 0, 0);
    let begun = now()?;
    while !state.table.is_empty() {
        until += 1_000_000;
        while state.table.pop_due(until, &mut key) {
            state.table.remove(&key);
            popped += 1;
        }
        state.table.settle();
    }
    state.tell("pop and remove", popped, begun)
}
