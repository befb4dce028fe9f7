//! Values of several origins side by side, in the order of day and key.

use crate::batch::groups::Group;
use crate::batch::measures::Value;
use crate::batch::merge::Merge;
use crate::error::Result;
use crate::record::Day;

/// Where groups come from, in order, each day and key once; none at the end.
pub type Source<'a, V> = Box<dyn FnMut() -> Result<Option<Group<V>>> + 'a>;

/// The groups of a merge, each value as `of` gives it.
pub fn source<'a, W: Value + 'a, V: 'a>(mut merge: Merge<W>, of: fn(W) -> V) -> Source<'a, V> {
    Box::new(move || {
        let group = merge.next_group()?;
        Ok(group.map(|Group { day, key, value }| Group {
            day,
            key,
            value: of(value),
        }))
    })
}

/// Walks through `N` sources at once.
pub struct Walk<'a, V, const N: usize> {
    sources: [Source<'a, V>; N],
    heads: [Option<Group<V>>; N],
}

/// One day and key, with what each origin has of it.
#[derive(Debug, PartialEq, Eq)]
pub struct Beside<V, const N: usize> {
    /// UTC day.
    pub day: Day,
    /// The product, or what else there is a group of.
    pub key: Vec<u8>,
    /// The values; none where an origin has no such group.
    pub values: [Option<V>; N],
}

impl<'a, V, const N: usize> Walk<'a, V, N> {
    /// Starts with the first group of each.
    ///
    /// # Errors
    /// When a spilled run cannot be read.
    pub fn new(mut sources: [Source<'a, V>; N]) -> Result<Self> {
        let mut heads = [const { None }; N];
        for (head, source) in heads.iter_mut().zip(&mut sources) {
            *head = source()?;
        }
        Ok(Self { sources, heads })
    }

    /// The next group that any of them has.
    ///
    /// # Errors
    /// When a spilled run cannot be read.
    pub fn next_group(&mut self) -> Result<Option<Beside<V, N>>> {
        let heads = self.heads.iter().flatten().map(place);
        let Some((day, key)) = heads.min().map(|(day, key)| (day, key.to_vec())) else {
            return Ok(None);
        };
        let mut values = [const { None }; N];
        for (at, head) in self.heads.iter_mut().enumerate() {
            if let Some(group) = head.take_if(|head| place(head) == (day, key.as_slice())) {
                values[at] = Some(group.value);
                *head = self.sources[at]()?;
            }
        }
        Ok(Some(Beside { day, key, values }))
    }
}

fn place<V>(group: &Group<V>) -> (Day, &[u8]) {
    (group.day, &group.key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::groups::Groups;
    use crate::record::Total;

    fn merge(groups: &[(i32, &str, i128)]) -> Source<'static, i128> {
        let mut table = Groups::<Total>::default();
        for (day, product, units) in groups {
            let day = Day::from_number(*day).unwrap();
            *table.value(day, product.as_bytes()) = Total::from_units(*units);
        }
        source(Merge::new(vec![table.take_run()]).unwrap(), Total::units)
    }

    #[test]
    fn every_group_comes_once_in_order() {
        let sources = [
            merge(&[(1, "b", 1), (2, "a", 2)]),
            merge(&[]),
            merge(&[(1, "a", 3), (1, "b", 4), (3, "c", 5)]),
        ];
        let mut walk = Walk::new(sources).unwrap();
        let mut seen = Vec::new();
        while let Some(group) = walk.next_group().unwrap() {
            let product = String::from_utf8(group.key).unwrap();
            seen.push((group.day.number(), product, group.values));
        }
        let expected = [
            (1, "a", [None, None, Some(3)]),
            (1, "b", [Some(1), None, Some(4)]),
            (2, "a", [Some(2), None, None]),
            (3, "c", [None, None, Some(5)]),
        ];
        assert_eq!(seen, expected.map(|(d, p, t)| (d, p.to_owned(), t)));
    }
}
