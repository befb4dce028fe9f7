//! What commits told, put in place at a start.

use std::hash::BuildHasher;
use std::thread;

use super::shard::{Hash, Shard};
use super::{Held, NEVER, Placed, Table, hash_by, is_there, place, record, wake};

/// Fewer entries are not worth a thread.
const WORTH: usize = if cfg!(test) { 20 } else { 10_000 };

/// What a commit tells of a key: what it has, or that it is gone.
type Told<'a> = (Hash, &'a [u8], Option<Held<'a>>);

/// What became of entries beside the shards.
#[derive(Default)]
struct Outcome {
    /// Keys that are there now and were not.
    came: usize,
    /// Keys that are gone.
    went: usize,
    /// For the queue.
    due: Vec<(i64, Hash)>,
}

impl<S: BuildHasher + Sync> Table<S> {
    /// Puts or removes keys as a commit tells it: that is no change.
    pub fn restore<'a>(&mut self, entries: impl Iterator<Item = (&'a [u8], Option<Held<'a>>)>) {
        let told = entries.map(|(key, held)| (self.hash(key), key, held));
        let mut told: Vec<_> = told.collect();
        // Shard by shard, each of which then stays in the processor's cache.
        told.sort_by_key(|(hash, ..)| *hash);
        let threads = match told.len() < WORTH {
            true => 1,
            false => thread::available_parallelism().map_or(1, usize::from),
        };
        let each = self.shards.len().div_ceil(threads);
        let (hasher, bits) = (&self.hasher, self.shard_bits);
        let mut rest = &told[..];
        let parts = self
            .shards
            .chunks_mut(each)
            .enumerate()
            .map(|(part, shards)| {
                let end = (part + 1) * each;
                let (own, others) =
                    rest.split_at(rest.partition_point(|(hash, ..)| hash.shard(bits) < end));
                rest = others;
                (shards, part * each, own)
            });
        let parts: Vec<_> = parts.collect();
        let outcomes = thread::scope(|scope| {
            let run = |(shards, first, told)| put(hasher, bits, shards, first, told);
            let mut parts = parts.into_iter();
            let own = parts.next();
            let others: Vec<_> = parts.map(|part| scope.spawn(move || run(part))).collect();
            let own = own.map(run).unwrap_or_default();
            let others = others.into_iter().map(|thread| thread.join());
            // One that panicked goes on to do so here.
            let others =
                others.map(|done| done.unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            others.chain([own]).collect::<Vec<_>>()
        });
        for outcome in outcomes {
            self.len = self.len + outcome.came - outcome.went;
            outcome
                .due
                .into_iter()
                .for_each(|(due, hash)| self.queue.push(due, hash));
        }
    }
}

/// Puts what was told into shards, the first of which has number `first`.
fn put(
    hasher: &impl BuildHasher,
    bits: u32,
    shards: &mut [Shard],
    first: usize,
    told: &[Told<'_>],
) -> Outcome {
    let mut outcome = Outcome::default();
    for (hash, key, held) in told {
        let shard = &mut shards[hash.shard(bits) - first];
        if let Some((value, due)) = held {
            let Placed {
                address,
                moved,
                is_new,
            } = place(hasher, shard, *hash, (key, value), due.is_some());
            outcome.came += usize::from(is_new);
            let due = due.unwrap_or(NEVER);
            if wake(shard.record_mut(address), due) {
                outcome.due.push((due, *hash));
            }
            if !moved {
                continue;
            }
        } else if let Some(address) = shard.find(*hash, |record| record::key(record) == *key) {
            outcome.went += usize::from(is_there(&shard.record(address)));
            shard.unlink(*hash, address);
        }
        shard.tidy(|key| hash_by(hasher, key));
    }
    outcome
}
