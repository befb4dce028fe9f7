//! The sums of a key as bytes: each behind its place and its length, in order. So one is added to
//! without reading the others.

use std::ops::Range;

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Bytes of the length of a sum.
const LENGTH: usize = size_of::<u32>();

/// Where a sum belongs, by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// A slice, which overlapping windows share.
    Slice(i64),
    /// One window alone.
    Window(i64),
}

/// A sum in the bytes of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Where it belongs.
    pub place: Place,
    /// The sum.
    pub sum: &'a [u8],
    /// Where all of it stands.
    pub range: Range<usize>,
}

/// The sums in the bytes of a key; what cannot be read ends them.
pub fn entries(bytes: &[u8]) -> impl Iterator<Item = Entry<'_>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let start = bytes.len() - rest.len();
        let ((alone, number), behind) = postcard::take_from_bytes::<(bool, i64)>(rest).ok()?;
        let (length, behind) = behind.split_first_chunk::<LENGTH>()?;
        let length = u32::from_le_bytes(*length) as usize;
        let (sum, behind) = behind.split_at_checked(length)?;
        rest = behind;
        Some(Entry {
            place: match alone {
                true => Place::Window(number),
                false => Place::Slice(number),
            },
            sum,
            range: start..bytes.len() - rest.len(),
        })
    })
}

/// Whether all of the bytes of a key are sums.
///
/// # Errors
/// When they are not.
pub fn check<S: DeserializeOwned>(bytes: &[u8]) -> postcard::Result<()> {
    let mut end = 0;
    for entry in entries(bytes) {
        postcard::from_bytes::<S>(entry.sum)?;
        end = entry.range.end;
    }
    match end == bytes.len() {
        true => Ok(()),
        false => Err(postcard::Error::DeserializeUnexpectedEnd),
    }
}

/// Merges `more` into the sum of `place` in `was`, or puts it there; the new bytes go to `into`.
pub fn add<S: Serialize + DeserializeOwned>(
    was: &[u8],
    place: Place,
    more: &S,
    merge: impl FnOnce(&mut S, &S),
    into: &mut Vec<u8>,
) {
    into.clear();
    let mut at = was.len()..was.len();
    let mut found = None;
    for entry in entries(was) {
        if entry.place >= place {
            at = entry.range.start..entry.range.start;
            if entry.place == place {
                at = entry.range;
                found = postcard::from_bytes(entry.sum).ok();
            }
            break;
        }
    }
    into.extend_from_slice(&was[..at.start]);
    match found {
        Some(mut sum) => {
            merge(&mut sum, more);
            push(place, &sum, into);
        }
        None => push(place, more, into),
    }
    into.extend_from_slice(&was[at.end..]);
}

/// Appends a sum.
fn push(place: Place, sum: &impl Serialize, into: &mut Vec<u8>) {
    let (alone, number) = match place {
        Place::Slice(number) => (false, number),
        Place::Window(number) => (true, number),
    };
    let write = |what: &mut Vec<u8>| -> postcard::Result<()> {
        *what = postcard::to_extend(&(alone, number), std::mem::take(what))?;
        // The length stands before the sum, and is known after it.
        let at = what.len();
        what.extend_from_slice(&[0; LENGTH]);
        *what = postcard::to_extend(sum, std::mem::take(what))?;
        let length = (what.len() - at - LENGTH) as u32;
        what[at..at + LENGTH].copy_from_slice(&length.to_le_bytes());
        Ok(())
    };
    // Writing plain data to memory cannot fail.
    let _ = write(into);
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn place() -> impl Strategy<Value = Place> {
        prop_oneof![
            (-3..3_i64).prop_map(Place::Slice),
            (-3..3_i64).prop_map(Place::Window),
            any::<i64>().prop_map(Place::Slice),
        ]
    }

    proptest! {
        #[test]
        fn they_are_those_of_a_map(added in proptest::collection::vec((place(), ".{0,9}"), 0..40)) {
            let (mut bytes, mut into) = (Vec::new(), Vec::new());
            let mut map: BTreeMap<Place, String> = BTreeMap::new();
            for (place, text) in added {
                add(&bytes, place, &text, |all: &mut String, more| all.push_str(more), &mut into);
                std::mem::swap(&mut bytes, &mut into);
                map.entry(place).or_default().push_str(&text);
            }
            let found = entries(&bytes).map(|entry| {
                (entry.place, postcard::from_bytes::<String>(entry.sum).unwrap())
            });
            prop_assert_eq!(found.collect::<Vec<_>>(), map.into_iter().collect::<Vec<_>>());
            // All bytes belong to one, and none to two.
            let mut at = 0;
            for entry in entries(&bytes) {
                prop_assert_eq!(entry.range.start, at);
                at = entry.range.end;
            }
            prop_assert_eq!(at, bytes.len());
            prop_assert_eq!(check::<String>(&bytes), Ok(()));
            if let Some((_, cut)) = bytes.split_last() {
                prop_assert!(check::<String>(cut).is_err());
            }
        }
    }
}
