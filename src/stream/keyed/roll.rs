//! The pace of a state that rolls on from one segment of the checkpoint to the next.
//!
//! A commit holds what changed. When the newest segment holds far more than the state, the next
//! one is begun, and its commits repeat the state in portions: a walk over all tables. When the
//! walk is through, the new segment needs nothing before it. So no commit writes the whole state,
//! and all commits together write little more than twice what changed.
//!
//! In every commit: [`Roll::segment`], the changes, [`Roll::portion`], the commit itself, then
//! [`Roll::committed`], which says whether the older segments are to be dropped. A commit that
//! fails leaves the walk where it was.

use std::hash::BuildHasher;

use crate::stream::checkpoint::Segment;
use crate::stream::keyed::Table;

/// Where a walk stands: the table, and the cursor in it.
type Place = (usize, u64);

/// A walk over all tables, in commits.
#[derive(Debug)]
pub struct Roll {
    /// None while no state rolls on.
    at: Option<Place>,
    /// Where the walk will stand after this commit.
    next: Option<Place>,
}

impl Roll {
    /// After a start. A state that was rolling on does so from its beginning; its segments are
    /// there already.
    pub fn new(is_rolling: bool) -> Self {
        let at = is_rolling.then_some((0, 0));
        Self { at, next: at }
    }

    /// Which segment takes the next commit, given whether the checkpoint wants a new one.
    pub fn segment(&mut self, wants_segment: bool) -> Segment {
        if self.at.is_none() && wants_segment {
            self.at = Some((0, 0));
            return Segment::New;
        }
        Segment::Same
    }

    /// Shows what this commit repeats of the state, with the number of its table: twice the bytes
    /// that changed, so that the walk ends before they are half of the state, and `least` at least.
    pub fn portion<'a, S: BuildHasher>(
        &mut self,
        tables: &[&'a Table<S>],
        changed: u64,
        least: u64,
        mut see: impl FnMut(usize, &'a [u8], &'a [u8], Option<i64>),
    ) {
        let budget = changed.saturating_mul(2).max(least);
        let mut seen = 0;
        self.next = self.at;
        while let Some((number, cursor)) = self.next {
            let Some(table) = tables.get(number) else {
                self.next = None;
                break;
            };
            if seen >= budget {
                break;
            }
            let rest = usize::try_from(budget - seen).unwrap_or(usize::MAX);
            let next = table.walk(cursor, rest, |key, value, due| {
                seen += (key.len() + value.len()) as u64;
                see(number, key, value, due);
            });
            self.next = Some(next.map_or((number + 1, 0), |cursor| (number, cursor)));
        }
    }

    /// After the commit: whether the walk is through by it, so that the older segments are to be
    /// dropped.
    pub fn committed(&mut self) -> bool {
        let was_on = self.at.is_some();
        self.at = self.next;
        was_on && self.at.is_none()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn table(first: u32, keys: u32) -> Table {
        let mut table = Table::new();
        for number in first..first + keys {
            table.put(&number.to_le_bytes(), &[1; 96], None);
        }
        table
    }

    /// One commit of `changed` bytes: what it repeats.
    fn portion(roll: &mut Roll, tables: &[&Table], changed: u64) -> Vec<(usize, Vec<u8>)> {
        let mut seen = Vec::new();
        roll.portion(tables, changed, 2000, |table, key, value, _| {
            assert_eq!(value, [1; 96]);
            seen.push((table, key.to_vec()));
        });
        seen
    }

    #[test]
    fn a_walk_over_all_tables_is_spread_over_commits() {
        let tables = [table(0, 5000), Table::new(), table(5000, 300)];
        let tables: Vec<&Table> = tables.iter().collect();
        let mut roll = Roll::new(false);
        assert_eq!(roll.segment(false), Segment::Same);
        assert!(portion(&mut roll, &tables, 1000).is_empty());
        assert!(!roll.committed());
        assert_eq!(roll.segment(true), Segment::New);
        let (mut seen, mut commits) = (BTreeMap::new(), 0);
        loop {
            let changed = [0, 5000][commits % 2];
            let part = portion(&mut roll, &tables, changed);
            commits += 1;
            // What is due, and a shard of some 3 keys more at most; the last one is the rest.
            let (least, bytes) = (2000.max(2 * changed), part.len() as u64 * 100);
            assert!(bytes < least + 2000, "{bytes}");
            for (table, key) in part {
                *seen.entry((table, key)).or_insert(0) += 1;
            }
            if roll.committed() {
                break;
            }
            assert!(bytes >= least, "{bytes}");
            // Meanwhile no other is begun.
            assert_eq!(roll.segment(true), Segment::Same);
        }
        assert_eq!(seen.len(), 5300);
        assert!(seen.values().all(|times| *times == 1));
        assert!((70..=90).contains(&commits), "{commits}");
        assert_eq!(roll.segment(true), Segment::New);
    }

    #[test]
    fn a_commit_that_failed_is_made_again() {
        let table = table(0, 1000);
        let mut roll = Roll::new(false);
        roll.segment(true);
        portion(&mut roll, &[&table], 0);
        assert!(!roll.committed());
        let lost = portion(&mut roll, &[&table], 0);
        assert_eq!(portion(&mut roll, &[&table], 0), lost);
    }

    #[test]
    fn a_start_goes_on_from_the_beginning() {
        let table = table(0, 100);
        let mut roll = Roll::new(true);
        assert_eq!(roll.segment(true), Segment::Same);
        assert_eq!(portion(&mut roll, &[&table], 1 << 20).len(), 100);
        assert!(roll.committed());
        assert!(!roll.committed());
    }
}
