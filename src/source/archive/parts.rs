//! The names of an archive's files, and which of them count.

use std::collections::BTreeMap;
use std::fmt;

use crate::error::{Error, Result};
use crate::store::{Entry, Location, Store};

/// A folder is listed so often again, while files in it are being merged.
const LOOKS: usize = 5;

/// Which commits of its date a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PartName {
    /// The first of them, counted from 0 in each date.
    pub first: u32,
    /// The last.
    pub last: u32,
}

impl fmt::Display for PartName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "part-{:08}-{:08}.parquet", self.first, self.last)
    }
}

impl PartName {
    /// The commits that a file of this name holds; none if it is no name of an archive's file.
    pub fn parse(name: &str) -> Option<Self> {
        let numbers = name.strip_prefix("part-")?.strip_suffix(".parquet")?;
        let (first, last) = numbers.split_once('-')?;
        let part = Self {
            first: first.parse().ok()?,
            last: last.parse().ok()?,
        };
        (part.first <= part.last && part.to_string() == name).then_some(part)
    }

    /// Whether all of `other` is in this one, too.
    pub fn covers(self, other: Self) -> bool {
        self.first <= other.first && other.last <= self.last
    }
}

/// What counts of the files below `place`: those that were merged into another do not. A folder
/// without an archive is listed as it is.
///
/// # Errors
/// When it cannot be listed; [`Error::Data`] when a file of an archive is missing.
pub fn current(store: &dyn Store, place: &Location) -> Result<Vec<Entry>> {
    for look in 1.. {
        let mut found = store.list(place)?;
        match settle(place, &mut found) {
            // Files are made before those go that they replace, and a listing may take a while:
            // the next one is right.
            Err(_) if look < LOOKS => {}
            outcome => return outcome.map(|()| found),
        }
    }
    Ok(Vec::new())
}

/// Leaves only files that count; [`Error::Data`] names one that is missing.
fn settle(place: &Location, found: &mut Vec<Entry>) -> Result<()> {
    let mut dates: BTreeMap<String, Vec<PartName>> = BTreeMap::new();
    for entry in found.iter().filter(|entry| entry.location != *place) {
        if let Some((folder, part)) = part_of(entry) {
            dates.entry(folder).or_default().push(part);
        }
    }
    let mut count: BTreeMap<&str, Vec<PartName>> = BTreeMap::new();
    for (folder, parts) in &mut dates {
        // Of those that begin together, the longest comes first.
        parts.sort_by_key(|part| (part.first, std::cmp::Reverse(part.last)));
        let kept = count.entry(folder).or_default();
        let mut next = 0;
        for part in parts.iter() {
            if kept.last().is_some_and(|before| before.covers(*part)) {
                continue;
            }
            if part.first != next {
                let missing = PartName {
                    first: next,
                    last: part.first.wrapping_sub(1),
                };
                let what = format!(
                    "{folder}/{missing} is missing in this archive; put it back, or name single \
                     files with --input"
                );
                return Err(Error::data(place, what));
            }
            next = part.last + 1;
            kept.push(*part);
        }
    }
    found.retain(|entry| match part_of(entry) {
        Some((folder, part)) => count
            .get(folder.as_str())
            .is_none_or(|kept| kept.contains(&part)),
        None => true,
    });
    Ok(())
}

/// The folder of a date, and the commits of a file in it; none for files of no archive.
fn part_of(entry: &Entry) -> Option<(String, PartName)> {
    let folder = entry.location.parent()?;
    folder.name()?.strip_prefix("date=")?;
    let part = PartName::parse(entry.location.name()?)?;
    Some((folder.to_string(), part))
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    fn names(names: &[&str]) -> Result<Vec<String>> {
        let place: Location = "lake".parse().unwrap();
        let mut found: Vec<Entry> = names
            .iter()
            .map(|name| Entry {
                path: (*name).to_owned(),
                location: place.join(name),
                len: 1,
                modified: SystemTime::UNIX_EPOCH,
            })
            .collect();
        settle(&place, &mut found)?;
        Ok(found.into_iter().map(|entry| entry.path).collect())
    }

    #[test]
    fn a_merged_file_counts_and_those_in_it_do_not() {
        let one = "date=2025-01-01/part-00000000-00000000.parquet";
        let two = "date=2025-01-01/part-00000001-00000001.parquet";
        let both = "date=2025-01-01/part-00000000-00000001.parquet";
        let next = "date=2025-01-01/part-00000002-00000002.parquet";
        let other = "date=2025-01-02/part-00000000-00000000.parquet";
        let foreign = ["sales.csv", "date=2025-01-01/part-0.parquet"];
        assert_eq!(names(&[one, two, other]).unwrap(), [one, two, other]);
        for left in [&[one, two][..], &[two], &[one], &[]] {
            let all = [left, &[both, next, other][..], &foreign].concat();
            let kept = [both, next, other, foreign[0], foreign[1]];
            assert_eq!(names(&all).unwrap(), kept);
        }
        for hole in [&[two][..], &[one, next]] {
            let error = names(hole).unwrap_err().to_string();
            assert!(error.contains("is missing"), "{error}");
        }
    }

    #[test]
    fn only_names_as_they_are_written_are_read() {
        let name = "part-00000003-00000017.parquet";
        let part = PartName::parse(name).unwrap();
        assert_eq!((part.first, part.last), (3, 17));
        assert_eq!(part.to_string(), name);
        for wrong in [
            "part-00000.parquet",
            "part-00000017-00000003.parquet",
            "part-3-17.parquet",
            "part-00000003-00000017.csv",
            "part-+0000003-00000017.parquet",
        ] {
            assert_eq!(PartName::parse(wrong), None, "{wrong}");
        }
    }
}
