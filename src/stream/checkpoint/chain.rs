//! The log of a checkpoint where files cannot grow: one file a commit, in one order.
//!
//! `state-<number>.frame` is made by [`Store::put_new`], so of two processes that commit the same
//! number only one succeeds: the other knows that the checkpoint is no longer its own. Whoever
//! opens a checkpoint takes the next number for an empty file first, and an older process can
//! commit no more. A file holds frames as [`log`] writes them; one that begins a state
//! anew holds the identity and the state, and the files before it go. Each begins with a random id,
//! so that no two are equal and a process knows its own.
//!
//! A state that rolls on is repeated in the commits from some file on. When it is through, a file
//! of three frames says so: the identity, the number of that file, and nothing.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::store::{Location, Store};
use crate::stream::checkpoint::log;

/// After so many commits the state is written as a whole, so that a start reads few files.
const LONG: usize = 256;

/// An open chain; whoever opens it holds the checkpoint's lock.
#[derive(Debug)]
pub struct Chain {
    store: Arc<dyn Store>,
    folder: Location,
    /// The number of the next commit.
    next: u64,
    /// The numbers that are there, and the bytes of their frames.
    links: Vec<(u64, u64)>,
    /// Bytes of all frames.
    length: u64,
    /// Where the state began to roll on.
    rolls_from: Option<u64>,
}

fn name(number: u64) -> String {
    format!("state-{number:010}.frame")
}

/// The numbers in a folder, sorted.
fn numbers(store: &dyn Store, folder: &Location) -> Result<Vec<u64>> {
    let children = store.children(folder)?;
    let names = children.iter().filter_map(|child| child.name.to_str());
    let mut numbers: Vec<u64> = names
        .filter_map(|name| name.strip_prefix("state-")?.strip_suffix(".frame"))
        .filter_map(|number| number.parse().ok())
        .collect();
    numbers.sort_unstable();
    Ok(numbers)
}

/// Bytes of the id.
const ID: usize = 8;

fn read(store: &dyn Store, place: &Location) -> Result<Vec<u8>> {
    let vanished = || Error::data(place, "vanished while it was read; run the command again");
    let mut content = store.read_small(place)?.ok_or_else(vanished)?;
    if content.len() < ID {
        return Err(Error::data(place, "is damaged; begin anew with --fresh"));
    }
    Ok(content.split_off(ID))
}

/// What a file is.
enum Head {
    /// A commit, or the empty file of a start.
    Commit,
    /// A whole state, and whose.
    Whole(Vec<u8>),
    /// Whose state is whole from a number on.
    Rolled(Vec<u8>, u64),
}

impl Head {
    fn of(place: &Location, content: &[u8]) -> Result<Self> {
        let (mut count, mut identity, mut from) = (0, Vec::new(), 0);
        log::frames(place, content, |payload| {
            count += 1;
            match count {
                1 => identity = payload.to_vec(),
                2 => {
                    from = payload
                        .first_chunk()
                        .map_or(0, |from| u64::from_le_bytes(*from))
                }
                _ => {}
            }
            Ok(())
        })?;
        Ok(match count {
            2 => Self::Whole(identity),
            3 => Self::Rolled(identity, from),
            _ => Self::Commit,
        })
    }
}

impl Chain {
    /// Opens the chain in a folder and hands the frames of its newest state to `see`, the identity
    /// first; none if there is none.
    ///
    /// # Errors
    /// When it cannot be read, is damaged or another process takes it; what `see` returns.
    pub fn open(
        store: &Arc<dyn Store>,
        folder: &Location,
        mut see: impl FnMut(&[u8]) -> Result<()>,
    ) -> Result<Option<Self>> {
        let mut links = numbers(&**store, folder)?;
        let Some(&last) = links.last() else {
            return Ok(None);
        };
        let mut chain = Self {
            store: Arc::clone(store),
            folder: folder.clone(),
            next: last + 1,
            links: Vec::new(),
            length: 0,
            rolls_from: None,
        };
        // Backwards to where the newest whole state begins.
        let mut contents = Vec::new();
        let mut from = None;
        loop {
            let expected = last.saturating_sub(contents.len() as u64);
            let Some(number) = links.pop().filter(|number| *number == expected) else {
                let what = format!(
                    "{} of the checkpoint is missing; begin anew with --fresh",
                    name(expected)
                );
                return Err(Error::data(folder, what));
            };
            let place = folder.join(&name(number));
            let content = read(&**store, &place)?;
            chain.links.insert(0, (number, content.len() as u64));
            chain.length += content.len() as u64;
            let head = Head::of(&place, &content)?;
            let begins = matches!(head, Head::Whole(_));
            if let (Head::Rolled(identity, start), None) = (&head, &from) {
                from = Some((identity.clone(), *start));
            }
            contents.push((place, content, head));
            if begins || from.as_ref().is_some_and(|(_, start)| *start >= number) {
                break;
            }
        }
        if let Some((identity, _)) = &from {
            see(identity)?;
        }
        for (place, content, head) in contents.iter().rev() {
            if !matches!(head, Head::Rolled(..)) {
                log::frames(place, content, &mut see)?;
            }
        }
        for number in links {
            store.remove_file(&folder.join(&name(number)))?;
        }
        chain.commit(&[])?;
        // From now on nobody else can commit, so what others have begun goes.
        for child in store.children(folder)? {
            match child.name.to_str() {
                Some(name) if name.starts_with("state-") && name.ends_with(".tmp") => {
                    store.remove_file(&folder.join(name))?;
                }
                _ => {}
            }
        }
        Ok(Some(chain))
    }

    /// Begins a chain, or goes on in `self` with a state that needs nothing before it.
    ///
    /// # Errors
    /// When it cannot be written, or another process has the checkpoint.
    pub fn begin(store: &Arc<dyn Store>, folder: &Location, frames: &[&[u8]]) -> Result<Self> {
        let mut chain = Self {
            store: Arc::clone(store),
            folder: folder.clone(),
            next: 1,
            links: Vec::new(),
            length: 0,
            rolls_from: None,
        };
        chain.commit(frames)?;
        Ok(chain)
    }

    /// Commits frames, all or none.
    ///
    /// # Errors
    /// [`Error::Busy`] when another process has the checkpoint by now.
    pub fn commit(&mut self, frames: &[&[u8]]) -> Result<()> {
        let id = RandomState::new().hash_one(self.next);
        let mut content = id.to_le_bytes().to_vec();
        for payload in frames {
            log::write(&mut content, payload)?;
        }
        let place = self.folder.join(&name(self.next));
        if !self.store.put_new(&place, &content)? {
            return Err(Error::Busy {
                place: self.folder.to_string(),
                what: "another process goes on from this checkpoint; this one ends, nothing that \
                       it did after its last commit counts"
                    .to_owned(),
            });
        }
        let length = (content.len() - ID) as u64;
        self.links.push((self.next, length));
        self.next += 1;
        self.length += length;
        Ok(())
    }

    /// Commits a state that needs nothing before it, and removes what was before.
    ///
    /// # Errors
    /// As [`commit`](Self::commit).
    pub fn renew(&mut self, frames: &[&[u8]]) -> Result<()> {
        let whole = self.next;
        self.commit(frames)?;
        self.rolls_from = None;
        self.remove_before(whole)
    }

    /// Commits frames from which on the state is repeated.
    ///
    /// # Errors
    /// As [`commit`](Self::commit).
    pub fn roll(&mut self, frames: &[&[u8]]) -> Result<()> {
        let from = self.next;
        self.commit(frames)?;
        self.rolls_from.get_or_insert(from);
        Ok(())
    }

    /// Says that the state is whole from where it began to roll on, and removes what was before.
    ///
    /// # Errors
    /// As [`commit`](Self::commit).
    pub fn drop_older(&mut self, identity: &[u8]) -> Result<()> {
        let Some(from) = self.rolls_from else {
            return Ok(());
        };
        self.commit(&[identity, &from.to_le_bytes(), &[]])?;
        self.rolls_from = None;
        self.remove_before(from)
    }

    fn remove_before(&mut self, number: u64) -> Result<()> {
        let kept = self.links.partition_point(|(link, _)| *link < number);
        let old: Vec<(u64, u64)> = self.links.drain(..kept).collect();
        self.length = self.links.iter().map(|(_, length)| length).sum();
        // Should this stop half-way, the oldest are gone and a start removes the rest.
        for (number, _) in old {
            self.store.remove_file(&self.folder.join(&name(number)))?;
        }
        Ok(())
    }

    /// Whether a state rolls on that is not through yet.
    pub fn is_rolling(&self) -> bool {
        self.rolls_from.is_some()
    }

    /// The first frame of a chain, the identity, if there is one; changes nothing.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn peek(store: &dyn Store, folder: &Location) -> Result<Option<Vec<u8>>> {
        for number in numbers(store, folder)? {
            let place = folder.join(&name(number));
            match Head::of(&place, &read(store, &place)?)? {
                Head::Whole(identity) | Head::Rolled(identity, _) => return Ok(Some(identity)),
                Head::Commit => {}
            }
        }
        Ok(None)
    }

    /// The number of the newest commit: at a start that of the file that keeps others away.
    pub fn epoch(&self) -> u64 {
        self.next - 1
    }

    /// Bytes of all frames.
    pub fn bytes(&self) -> u64 {
        self.length
    }

    /// Whether a start would have to read many files.
    pub fn is_long(&self) -> bool {
        self.links.len() > LONG
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;
    use crate::store;

    fn open(dir: &TempDir) -> Result<(Option<Chain>, Vec<String>)> {
        let folder = Location::from_path(dir.path())?;
        let mut seen = Vec::new();
        let chain = Chain::open(&store::open(&folder)?, &folder, |payload| {
            seen.push(String::from_utf8_lossy(payload).into_owned());
            Ok(())
        })?;
        Ok((chain, seen))
    }

    fn begin(dir: &TempDir) -> Chain {
        let folder = Location::from_path(dir.path()).unwrap();
        let store = store::open(&folder).unwrap();
        Chain::begin(&store, &folder, &[b"who", b"whole"]).unwrap()
    }

    #[test]
    fn commits_come_back_in_their_order() {
        let dir = TempDir::new().unwrap();
        assert!(open(&dir).unwrap().0.is_none());
        let mut chain = begin(&dir);
        for frame in ["a", "b", "c"] {
            chain.commit(&[frame.as_bytes()]).unwrap();
        }
        let torn = dir.path().join(format!("{}.x.tmp", name(5)));
        std::fs::write(&torn, "begun").unwrap();
        let (again, seen) = open(&dir).unwrap();
        assert_eq!(seen, ["who", "whole", "a", "b", "c"]);
        assert!(!torn.exists());
        assert!(again.unwrap().epoch() > chain.epoch());
        let folder = Location::from_path(dir.path()).unwrap();
        let store = store::open(&folder).unwrap();
        assert_eq!(Chain::peek(&*store, &folder).unwrap().unwrap(), b"who");
    }

    #[test]
    fn who_was_replaced_commits_no_more() {
        let dir = TempDir::new().unwrap();
        let mut old = begin(&dir);
        old.commit(&[b"a"]).unwrap();
        let (new, _) = open(&dir).unwrap();
        let error = old.commit(&[b"b"]).unwrap_err();
        assert!(matches!(error, Error::Busy { .. }), "{error}");
        new.unwrap().commit(&[b"c"]).unwrap();
        assert_eq!(open(&dir).unwrap().1, ["who", "whole", "a", "c"]);
    }

    #[test]
    fn a_whole_state_replaces_all_before_it_even_when_their_removal_was_cut_short() {
        let dir = TempDir::new().unwrap();
        let mut chain = begin(&dir);
        chain.commit(&[b"a"]).unwrap();
        let old = dir.path().join(name(2));
        let kept = std::fs::read(&old).unwrap();
        chain.renew(&[b"who", b"more"]).unwrap();
        chain.commit(&[b"b"]).unwrap();
        assert!(!old.exists());
        std::fs::write(&old, kept).unwrap();
        assert_eq!(open(&dir).unwrap().1, ["who", "more", "b"]);
        assert!(!old.exists());
    }

    #[test]
    fn a_gap_and_damage_are_told() {
        let dir = TempDir::new().unwrap();
        let mut chain = begin(&dir);
        for frame in ["a", "b", "c"] {
            chain.commit(&[frame.as_bytes()]).unwrap();
        }
        let place = dir.path().join(name(3));
        let mut bytes = std::fs::read(&place).unwrap();
        std::fs::remove_file(&place).unwrap();
        let error = open(&dir).unwrap_err().to_string();
        assert!(
            error.contains(&name(3)) && error.contains("--fresh"),
            "{error}"
        );
        *bytes.last_mut().unwrap() ^= 1;
        std::fs::write(&place, &bytes).unwrap();
        let error = open(&dir).unwrap_err().to_string();
        assert!(error.contains(&name(3)), "{error}");
        // Cut short it cannot be: files appear as a whole.
        std::fs::write(&place, &bytes[..bytes.len() - 1]).unwrap();
        assert!(open(&dir).is_err());
    }
}
