//! Sorted runs into one.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;

use crate::batch::groups::Group;
use crate::batch::measures::Value;
use crate::batch::run::Run;
use crate::error::Result;
use crate::record::Day;

/// Merges sorted runs: every day and key once, in order.
pub struct Merge<V> {
    /// Boxed, since heads change their places all the time.
    heap: BinaryHeap<Reverse<Box<Head<V>>>>,
}

struct Head<V> {
    group: Group<V>,
    rest: Run<V>,
}

impl<V: Value> Merge<V> {
    /// Starts the merge.
    ///
    /// # Errors
    /// When a spilled run cannot be read.
    pub fn new(runs: Vec<Run<V>>) -> Result<Self> {
        let mut heap = BinaryHeap::with_capacity(runs.len());
        for mut rest in runs {
            if let Some(group) = rest.next_group()? {
                heap.push(Reverse(Box::new(Head { group, rest })));
            }
        }
        Ok(Self { heap })
    }

    /// Whether no group comes any more.
    pub fn is_at_end(&self) -> bool {
        self.heap.is_empty()
    }

    /// The next group.
    ///
    /// # Errors
    /// When a spilled run cannot be read.
    pub fn next_group(&mut self) -> Result<Option<Group<V>>> {
        let Some(mut merged) = self.pop()? else {
            return Ok(None);
        };
        while let Some(Reverse(head)) = self.heap.peek()
            && head.group.day == merged.day
            && head.group.key == merged.key
        {
            if let Some(same) = self.pop()? {
                merged.value.merge(&same.value);
            }
        }
        Ok(Some(merged))
    }

    fn pop(&mut self) -> Result<Option<Group<V>>> {
        let Some(mut head) = self.heap.peek_mut() else {
            return Ok(None);
        };
        Ok(Some(match head.0.rest.next_group()? {
            // In place: the next group mostly is the least again.
            Some(next) => std::mem::replace(&mut head.0.group, next),
            None => PeekMut::pop(head).0.group,
        }))
    }
}

impl<V> Head<V> {
    fn key(&self) -> (Day, &[u8]) {
        (self.group.day, &self.group.key)
    }
}

impl<V> Ord for Head<V> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl<V> PartialOrd for Head<V> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<V> PartialEq for Head<V> {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl<V> Eq for Head<V> {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::groups::Groups;
    use crate::record::Total;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        /// However the records are spread over tables and runs, the sums are those of one map.
        #[test]
        fn merging_equals_one_map(
            records in prop::collection::vec(
                (-2i32..2, "(prefix which is long )?[\0a-c\u{e9}]{0,2}", -1000i128..1000, 0usize..3,
                 any::<bool>()), 0..60)
        ) {
            let mut expected: BTreeMap<(Day, Vec<u8>), i128> = BTreeMap::new();
            let mut tables: Vec<Groups<Total>> = (0..3).map(|_| Groups::default()).collect();
            let mut runs = Vec::new();
            for (day, key, units, table, spill) in records {
                let day = Day::from_number(day).unwrap();
                *tables[table].value(day, key.as_bytes()) += Total::from_units(units);
                *expected.entry((day, key.into_bytes())).or_default() += units;
                if spill {
                    runs.push(tables[table].take_run().spill(&std::env::temp_dir()).unwrap());
                }
            }
            runs.extend(tables.iter_mut().map(Groups::take_run));
            let mut merge = Merge::new(runs).unwrap();
            let mut merged = Vec::new();
            while let Some(group) = merge.next_group().unwrap() {
                merged.push(((group.day, group.key), group.value.units()));
            }
            prop_assert!(merge.is_at_end());
            prop_assert_eq!(merged, expected.into_iter().collect::<Vec<_>>());
        }
    }
}
