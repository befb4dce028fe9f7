//! Exact duplicates over the whole input, in bounded memory.
//!
//! Records with a key are spread over partitions by the key's hash; a partition that grows
//! goes to disk. At the end each partition is resolved alone: of every key the record that
//! stands first, by source and then by position, is kept.

use std::fs::File;
use std::hash::BuildHasher;
use std::io::{BufReader, BufWriter, Read, Seek, Write};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use foldhash::fast::{FixedState, RandomState};
use hashbrown::HashTable;

use crate::error::{Error, Result};

/// How many partitions there are: each must fit in memory when it is resolved, also for
/// hundreds of millions of records.
const PARTITIONS: usize = 256;
/// What a worker collects for a partition before it hands it over.
const HANDOVER: usize = 8 << 10;
/// What a partition holds in memory before it goes to disk.
const IN_MEMORY: usize = 96 << 10;

/// Where a record stands in the whole input.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Number of the source, in the order of paths.
    pub source: u32,
    /// Grows along the source.
    pub order: u64,
}

/// Keyed records of the whole input.
pub struct Keyed {
    partitions: Vec<Mutex<Partition>>,
    hasher: FixedState,
    dir: PathBuf,
}

#[derive(Default)]
struct Partition {
    memory: Vec<u8>,
    file: Option<BufWriter<File>>,
}

/// One worker's records that are not handed over yet.
pub struct Outbox {
    buffers: Vec<Vec<u8>>,
}

impl Default for Outbox {
    fn default() -> Self {
        Self {
            buffers: vec![Vec::new(); PARTITIONS],
        }
    }
}

impl Keyed {
    /// Nothing yet; spill files go to `dir` and vanish with the process.
    pub fn new(dir: PathBuf) -> Self {
        Self {
            partitions: (0..PARTITIONS).map(|_| Mutex::default()).collect(),
            hasher: FixedState::default(),
            dir,
        }
    }

    /// How many partitions [`Keyed::resolve`] knows.
    pub fn partitions(&self) -> usize {
        PARTITIONS
    }

    /// Adds a record; `content` is what is given back if it is the first of its key.
    ///
    /// # Errors
    /// When a spill file cannot be written.
    pub fn add(&self, outbox: &mut Outbox, key: &[u8], place: Place, content: &[u8]) -> Result<()> {
        // The top bits, since tables use the low ones.
        let partition = (self.hasher.hash_one(key) >> 56) as usize % PARTITIONS;
        let buffer = &mut outbox.buffers[partition];
        encode(buffer, key, place, content);
        if buffer.len() >= HANDOVER {
            self.hand_over(partition, buffer)?;
        }
        Ok(())
    }

    /// Hands over what a worker still holds.
    ///
    /// # Errors
    /// When a spill file cannot be written.
    pub fn flush(&self, outbox: &mut Outbox) -> Result<()> {
        for (partition, buffer) in outbox.buffers.iter_mut().enumerate() {
            self.hand_over(partition, buffer)?;
        }
        Ok(())
    }

    fn hand_over(&self, partition: usize, buffer: &mut Vec<u8>) -> Result<()> {
        let failed = |e| Error::io("write a spill file in", self.dir.display(), e);
        let mut guard = self.partitions[partition]
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        guard.memory.append(buffer);
        if guard.memory.len() >= IN_MEMORY {
            let mut file = match guard.file.take() {
                Some(file) => file,
                None => BufWriter::new(tempfile::tempfile_in(&self.dir).map_err(failed)?),
            };
            file.write_all(&guard.memory).map_err(failed)?;
            guard.memory.clear();
            guard.file = Some(file);
        }
        Ok(())
    }

    /// Resolves one partition: `kept` takes the content of every key's first record. Returns the
    /// number of duplicates.
    ///
    /// # Errors
    /// When a spill file cannot be read, or `kept` fails.
    pub fn resolve(
        &self,
        partition: usize,
        mut kept: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<u64> {
        let failed = |e| Error::io("read a spill file in", self.dir.display(), e);
        let partition = std::mem::take(
            &mut *self.partitions[partition]
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        );
        let mut firsts = Firsts::default();
        let mut record = Record::default();
        if let Some(writer) = partition.file {
            let mut file = writer.into_inner().map_err(|e| failed(e.into_error()))?;
            file.rewind().map_err(failed)?;
            let mut reader = BufReader::with_capacity(1 << 16, file);
            while record.read(&mut reader).map_err(failed)? {
                firsts.add(&record);
            }
        }
        let mut memory = partition.memory.as_slice();
        while record.read(&mut memory).map_err(failed)? {
            firsts.add(&record);
        }
        for first in firsts.table.iter() {
            kept(&firsts.text[first.content()])?;
        }
        Ok(firsts.duplicates)
    }
}

/// The first record of every key seen so far.
#[derive(Default)]
struct Firsts {
    table: HashTable<First>,
    text: Vec<u8>,
    hasher: RandomState,
    duplicates: u64,
}

#[derive(Clone, Copy)]
struct First {
    place: Place,
    key_start: usize,
    content_start: usize,
    key_length: u32,
    content_length: u32,
}

impl First {
    fn key(&self) -> std::ops::Range<usize> {
        self.key_start..self.key_start + self.key_length as usize
    }

    fn content(&self) -> std::ops::Range<usize> {
        self.content_start..self.content_start + self.content_length as usize
    }
}

impl Firsts {
    fn add(&mut self, record: &Record) {
        let hash = self.hasher.hash_one(&record.key[..]);
        let text = &mut self.text;
        if let Some(first) = self.table.find_mut(hash, |f| text[f.key()] == record.key) {
            self.duplicates += 1;
            if record.place < first.place {
                first.place = record.place;
                if text[first.content()] != record.content {
                    first.content_start = text.len();
                    first.content_length = record.content.len() as u32;
                    text.extend_from_slice(&record.content);
                }
            }
            return;
        }
        let key_start = text.len();
        text.extend_from_slice(&record.key);
        let content_start = text.len();
        text.extend_from_slice(&record.content);
        let first = First {
            place: record.place,
            key_start,
            content_start,
            key_length: record.key.len() as u32,
            content_length: record.content.len() as u32,
        };
        let (hasher, text) = (&self.hasher, &self.text);
        self.table
            .insert_unique(hash, first, |f| hasher.hash_one(&text[f.key()]));
    }
}

/// One record as it is read back.
#[derive(Default)]
struct Record {
    key: Vec<u8>,
    content: Vec<u8>,
    place: Place,
}

/// Bytes of a record before its key and content.
const FIXED: usize = 4 + 4 + 4 + 8;

fn encode(buffer: &mut Vec<u8>, key: &[u8], place: Place, content: &[u8]) {
    buffer.extend_from_slice(&(key.len() as u32).to_le_bytes());
    buffer.extend_from_slice(&(content.len() as u32).to_le_bytes());
    buffer.extend_from_slice(&place.source.to_le_bytes());
    buffer.extend_from_slice(&place.order.to_le_bytes());
    buffer.extend_from_slice(key);
    buffer.extend_from_slice(content);
}

impl Record {
    /// Reads the next record; `false` at the end.
    fn read(&mut self, reader: &mut impl Read) -> std::io::Result<bool> {
        let mut fixed = [0u8; FIXED];
        let first = reader.read(&mut fixed[..1])?;
        if first == 0 {
            return Ok(false);
        }
        reader.read_exact(&mut fixed[1..])?;
        let word = |at: usize| {
            let mut bytes = [0; 4];
            bytes.copy_from_slice(&fixed[at..at + 4]);
            u32::from_le_bytes(bytes)
        };
        self.place = Place {
            source: word(8),
            order: u64::from(word(12)) | u64::from(word(16)) << 32,
        };
        self.key.resize(word(0) as usize, 0);
        reader.read_exact(&mut self.key)?;
        self.content.resize(word(4) as usize, 0);
        reader.read_exact(&mut self.content)?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        /// The first of every key by place is kept, whatever the order of arrival; some runs
        /// are long enough to spill.
        #[test]
        fn keeps_the_first_of_every_key(
            keys in prop::collection::vec((0u16..60, 0u32..3, 0u64..1000), 0..400),
            repeat in prop::sample::select(vec![1usize, 40]),
        ) {
            let keyed = Keyed::new(std::env::temp_dir());
            let mut outbox = Outbox::default();
            let mut expected: BTreeMap<String, (Place, String)> = BTreeMap::new();
            let mut added = 0u64;
            for round in 0..repeat as u64 {
                for (key, source, order) in &keys {
                    let key = format!("{key}-{}", "x".repeat(300));
                    let place = Place { source: *source, order: order * 100 + round };
                    let product = format!("p{source}-{order}-{round}");
                    keyed.add(&mut outbox, key.as_bytes(), place, product.as_bytes()).unwrap();
                    added += 1;
                    let first = expected.entry(key).or_insert((place, product.clone()));
                    if place < first.0 {
                        *first = (place, product);
                    }
                }
            }
            keyed.flush(&mut outbox).unwrap();
            let mut kept = Vec::new();
            let mut duplicates = 0;
            for partition in 0..keyed.partitions() {
                duplicates += keyed.resolve(partition, |content| {
                    kept.push(String::from_utf8(content.to_vec()).unwrap());
                    Ok(())
                }).unwrap();
            }
            prop_assert_eq!(duplicates + kept.len() as u64, added);
            kept.sort();
            let mut expected: Vec<_> = expected.into_values().map(|first| first.1).collect();
            expected.sort();
            prop_assert_eq!(kept, expected);
        }
    }
}
