//! Revenue per day and product: a table in memory, sorted runs on disk when it grows, and
//! their merge.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::fs::File;
use std::hash::BuildHasher;
use std::io::{BufReader, BufWriter, Read, Seek, Write};
use std::path::Path;

use foldhash::fast::RandomState;
use hashbrown::HashTable;

use crate::error::{Error, Result};
use crate::record::{Day, Money, Total};

/// One group, as it is kept.
#[derive(Debug, Clone, Copy)]
struct Group {
    day: Day,
    length: u32,
    start: usize,
    total: Total,
}

impl Group {
    fn name(self, names: &[u8]) -> &[u8] {
        &names[self.start..self.start + self.length as usize]
    }
}

/// Sums by day and product.
#[derive(Debug, Default)]
pub struct Groups {
    table: HashTable<Group>,
    names: Vec<u8>,
    hasher: RandomState,
}

/// One group, as it is merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revenue {
    /// UTC day.
    pub day: Day,
    /// The cleaned product, UTF-8.
    pub product: Vec<u8>,
    /// The sum.
    pub total: Total,
}

impl Groups {
    /// Adds to the sum of a day and product.
    #[inline]
    pub fn add(&mut self, day: Day, product: &[u8], money: Money) {
        // The day is mixed in by its own, odd multiple: neighbouring days are most common.
        let spread = (day.number() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let hash = self.hasher.hash_one(product) ^ spread;
        let names = &self.names;
        let same = |g: &Group| g.day == day && g.name(names) == product;
        if let Some(group) = self.table.find_mut(hash, same) {
            group.total += money;
            return;
        }
        let start = self.names.len();
        self.names.extend_from_slice(product);
        let group = Group {
            day,
            // A product is part of a record, and records are shorter than 4 GiB.
            length: product.len() as u32,
            start,
            total: money.into(),
        };
        let (hasher, names) = (&self.hasher, &self.names);
        self.table.insert_unique(hash, group, |g| {
            let spread = (g.day.number() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            hasher.hash_one(g.name(names)) ^ spread
        });
    }

    /// Bytes that the table takes.
    pub fn size(&self) -> usize {
        self.names.capacity() + self.table.allocation_size()
    }

    /// Empties the table into a run in memory.
    pub fn take_run(&mut self) -> Run {
        let mut groups: Vec<Group> = self.table.drain().collect();
        let names = std::mem::take(&mut self.names);
        groups.sort_unstable_by(|a, b| {
            let by_day = a.day.cmp(&b.day);
            by_day.then_with(|| a.name(&names).cmp(b.name(&names)))
        });
        self.table = HashTable::new();
        Run(Kept::Memory {
            groups: groups.into_iter(),
            names,
        })
    }
}

/// Groups in order of day and product.
pub struct Run(Kept);

enum Kept {
    Memory {
        groups: std::vec::IntoIter<Group>,
        names: Vec<u8>,
    },
    /// In a file that vanishes with the process.
    Spilled(BufReader<File>),
}

impl Run {
    /// Moves the run to a file in `dir`.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn spill(mut self, dir: &Path) -> Result<Self> {
        Self::write(dir, || self.next())
    }

    /// Writes groups that come in order to a file in `dir`.
    ///
    /// # Errors
    /// When the file cannot be written, or `next` fails.
    pub fn write(dir: &Path, mut next: impl FnMut() -> Result<Option<Revenue>>) -> Result<Self> {
        let failed = |e| Error::io("write a spill file in", dir.display(), e);
        let file = tempfile::tempfile_in(dir).map_err(failed)?;
        let mut writer = BufWriter::with_capacity(1 << 18, file);
        while let Some(group) = next()? {
            write_group(&mut writer, &group).map_err(failed)?;
        }
        let mut file = writer.into_inner().map_err(|e| failed(e.into_error()))?;
        file.rewind().map_err(failed)?;
        Ok(Self(Kept::Spilled(BufReader::with_capacity(1 << 16, file))))
    }

    fn next(&mut self) -> Result<Option<Revenue>> {
        match &mut self.0 {
            Kept::Memory { groups, names } => Ok(groups.next().map(|g| Revenue {
                day: g.day,
                product: g.name(names).to_vec(),
                total: g.total,
            })),
            Kept::Spilled(reader) => {
                read_group(reader).map_err(|e| Error::io("read", "a spill file", e))
            }
        }
    }
}

fn write_group(writer: &mut impl Write, group: &Revenue) -> std::io::Result<()> {
    writer.write_all(&group.day.number().to_le_bytes())?;
    writer.write_all(&group.total.units().to_le_bytes())?;
    writer.write_all(&(group.product.len() as u64).to_le_bytes())?;
    writer.write_all(&group.product)
}

fn read_group(reader: &mut BufReader<File>) -> std::io::Result<Option<Revenue>> {
    use std::io::{BufRead, Error as IoError, ErrorKind};
    if reader.fill_buf()?.is_empty() {
        return Ok(None);
    }
    let (mut day, mut total, mut length) = ([0; 4], [0; 16], [0; 8]);
    reader.read_exact(&mut day)?;
    reader.read_exact(&mut total)?;
    reader.read_exact(&mut length)?;
    let broken = || IoError::from(ErrorKind::InvalidData);
    let length = usize::try_from(u64::from_le_bytes(length)).map_err(|_| broken())?;
    let mut product = vec![0; length];
    reader.read_exact(&mut product)?;
    Ok(Some(Revenue {
        day: Day::from_number(i32::from_le_bytes(day)).ok_or_else(broken)?,
        product,
        total: Total::from_units(i128::from_le_bytes(total)),
    }))
}

/// Merges sorted runs: every day and product once, in order.
pub struct Merge {
    heap: BinaryHeap<Reverse<Head>>,
}

struct Head {
    group: Revenue,
    rest: Run,
}

impl Merge {
    /// Starts the merge.
    ///
    /// # Errors
    /// When a spilled run cannot be read.
    pub fn new(runs: Vec<Run>) -> Result<Self> {
        let mut heap = BinaryHeap::with_capacity(runs.len());
        for mut rest in runs {
            if let Some(group) = rest.next()? {
                heap.push(Reverse(Head { group, rest }));
            }
        }
        Ok(Self { heap })
    }

    /// The next group.
    ///
    /// # Errors
    /// When a spilled run cannot be read.
    pub fn next_group(&mut self) -> Result<Option<Revenue>> {
        let Some(mut merged) = self.pop()? else {
            return Ok(None);
        };
        while let Some(Reverse(head)) = self.heap.peek()
            && head.group.day == merged.day
            && head.group.product == merged.product
        {
            if let Some(same) = self.pop()? {
                merged.total += same.total;
            }
        }
        Ok(Some(merged))
    }

    fn pop(&mut self) -> Result<Option<Revenue>> {
        let Some(Reverse(Head { group, mut rest })) = self.heap.pop() else {
            return Ok(None);
        };
        if let Some(next) = rest.next()? {
            self.heap.push(Reverse(Head { group: next, rest }));
        }
        Ok(Some(group))
    }
}

impl Head {
    fn key(&self) -> (Day, &[u8]) {
        (self.group.day, &self.group.product)
    }
}

impl Ord for Head {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Head {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Head {}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        /// However the records are spread over tables and runs, the sums are those of one map.
        #[test]
        fn merging_equals_one_map(
            records in prop::collection::vec(
                (-2i32..2, "[a-c\u{e9}]{0,2}", -1000i64..1000, 0usize..3, any::<bool>()), 0..60)
        ) {
            let mut expected: BTreeMap<(Day, Vec<u8>), i128> = BTreeMap::new();
            let mut tables: Vec<Groups> = (0..3).map(|_| Groups::default()).collect();
            let mut runs = Vec::new();
            for (day, product, units, table, spill) in records {
                let day = Day::from_number(day).unwrap();
                let money = Money::from_units(units).unwrap();
                tables[table].add(day, product.as_bytes(), money);
                *expected.entry((day, product.into_bytes())).or_default() += i128::from(units);
                if spill {
                    runs.push(tables[table].take_run().spill(&std::env::temp_dir()).unwrap());
                }
            }
            runs.extend(tables.iter_mut().map(Groups::take_run));
            let mut merge = Merge::new(runs).unwrap();
            let mut merged = Vec::new();
            while let Some(group) = merge.next_group().unwrap() {
                merged.push(((group.day, group.product), group.total.units()));
            }
            prop_assert_eq!(merged, expected.into_iter().collect::<Vec<_>>());
        }
    }
}
