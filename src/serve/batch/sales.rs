//! Sales by day and by one more thing: store, category, country, hour.

use std::sync::Arc;

use indexmap::{IndexMap, IndexSet};

use crate::batch::breakdown::Grouping;
use crate::batch::measures::{Cell, Line, Value};
use crate::batch::stated;
use crate::error::Result;
use crate::record::Day;
use crate::serve::figures::weekday;
use crate::signal::Stop;
use crate::store::Location;

/// A group.
#[derive(Debug, Clone)]
pub struct Group {
    /// The day.
    pub day: Day,
    /// Store, city, category and country, as far as it is grouped by them.
    keys: [Option<u32>; 4],
    /// The hour, of [`Grouping::Hour`].
    hour: u8,
    /// What it amounts to.
    pub cell: Cell,
}

/// A key of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Key {
    /// The store.
    Store,
    /// The store's city.
    City,
    /// The category.
    Category,
    /// The country.
    Country,
}

/// All groups, each grouping in order of days.
#[derive(Debug, Default)]
pub struct Sales {
    names: IndexSet<Arc<str>>,
    groups: [Vec<Group>; Grouping::ALL.len()],
}

impl Sales {
    /// Reads the folder.
    ///
    /// # Errors
    /// When its files cannot be read, or are of another shape, or a signal came.
    pub fn read(folder: &Location, stop: &Stop) -> Result<Self> {
        let mut sales = Self::default();
        stated::sales(folder, stop, |_, row| {
            // One that a later version adds is passed over.
            if let Some(grouping) = row.grouping {
                let group = Group {
                    day: row.day,
                    keys: row.texts.map(|text| Some(sales.number(text?))),
                    hour: row.hour.unwrap_or_default(),
                    cell: row.cell,
                };
                sales.groups[grouping as usize].push(group);
            }
            Ok(())
        })?;
        for groups in &mut sales.groups {
            groups.sort_by_key(|group| group.day);
        }
        Ok(sales)
    }

    fn number(&mut self, name: &str) -> u32 {
        let number = match self.names.get_index_of(name) {
            Some(number) => number,
            None => self.names.insert_full(name.into()).0,
        };
        u32::try_from(number).unwrap_or(u32::MAX)
    }

    /// The first and the last day; none without sales.
    pub fn span(&self) -> Option<(Day, Day)> {
        let days = &self.groups[Grouping::Day as usize];
        Some((days.first()?.day, days.last()?.day))
    }

    /// Whether the input told what `grouping` is by.
    pub fn knows(&self, grouping: Grouping) -> bool {
        !self.groups[grouping as usize].is_empty()
    }

    /// The groups of `from` to `to`.
    pub fn groups(&self, grouping: Grouping, from: Day, to: Day) -> &[Group] {
        let groups = &self.groups[grouping as usize];
        let first = groups.partition_point(|group| group.day < from);
        let end = groups.partition_point(|group| group.day <= to);
        &groups[first.min(end)..end]
    }

    /// A key of a group; none if it is not grouped by it.
    pub fn key(&self, group: &Group, key: Key) -> Option<&str> {
        let number = group.keys[key as usize]? as usize;
        self.names.get_index(number).map(|name| &**name)
    }

    /// What `from` to `to` amounts to.
    pub fn total(&self, from: Day, to: Day) -> Cell {
        let mut total = Cell::default();
        for group in self.groups(Grouping::Day, from, to) {
            total.merge(&group.cell);
        }
        total
    }

    /// What `from` to `to` amounts to by weekday, Monday first, and hour; none where the input
    /// tells no time of day.
    pub fn week(&self, from: Day, to: Day) -> Option<[[Line; 24]; 7]> {
        let mut week = [[Line::default(); 24]; 7];
        for group in self.groups(Grouping::Hour, from, to) {
            let day = usize::from(weekday(group.day) - 1);
            if let Some(hour) = week[day].get_mut(usize::from(group.hour)) {
                hour.merge(&group.cell.line);
            }
        }
        self.knows(Grouping::Hour).then_some(week)
    }

    /// What `from` to `to` amounts to by a key, the largest revenue first, equal ones by name.
    pub fn by(&self, grouping: Grouping, key: Key, from: Day, to: Day) -> Vec<(&str, Cell)> {
        let mut groups: IndexMap<&str, Cell> = IndexMap::new();
        for group in self.groups(grouping, from, to) {
            let name = self.key(group, key).unwrap_or_default();
            groups.entry(name).or_default().merge(&group.cell);
        }
        let mut groups: Vec<_> = groups.into_iter().collect();
        groups.sort_by(|a, b| b.1.line.net().cmp(&a.1.line.net()).then(a.0.cmp(b.0)));
        groups
    }
}
