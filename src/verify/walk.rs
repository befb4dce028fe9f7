//! Sums of several origins side by side, in the order of day and product.

use crate::batch::groups::{Merge, Revenue};
use crate::error::Result;
use crate::record::{Day, Total};

/// Walks through `N` merges at once.
pub struct Walk<const N: usize> {
    merges: [Merge; N],
    heads: [Option<Revenue>; N],
}

/// One day and product, with what each origin has of it.
#[derive(Debug, PartialEq, Eq)]
pub struct Group<const N: usize> {
    /// UTC day.
    pub day: Day,
    /// The product.
    pub product: Vec<u8>,
    /// The sums; none where an origin has no such group.
    pub totals: [Option<Total>; N],
}

impl<const N: usize> Walk<N> {
    /// Starts with the first group of each.
    ///
    /// # Errors
    /// When a spilled run cannot be read.
    pub fn new(mut merges: [Merge; N]) -> Result<Self> {
        let mut heads = [const { None }; N];
        for (head, merge) in heads.iter_mut().zip(&mut merges) {
            *head = merge.next_group()?;
        }
        Ok(Self { merges, heads })
    }

    /// The next group that any of them has.
    ///
    /// # Errors
    /// When a spilled run cannot be read.
    pub fn next_group(&mut self) -> Result<Option<Group<N>>> {
        let least = self.heads.iter().flatten().min_by_key(|head| key(head));
        let Some(Revenue { day, product, .. }) = least.cloned() else {
            return Ok(None);
        };
        let mut totals = [None; N];
        for (at, head) in self.heads.iter_mut().enumerate() {
            if let Some(group) = head.take_if(|head| key(head) == (day, product.as_slice())) {
                totals[at] = Some(group.total);
                *head = self.merges[at].next_group()?;
            }
        }
        Ok(Some(Group {
            day,
            product,
            totals,
        }))
    }
}

fn key(group: &Revenue) -> (Day, &[u8]) {
    (group.day, &group.product)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::groups::Groups;
    use crate::record::Money;

    fn merge(groups: &[(i32, &str, i64)]) -> Merge {
        let mut table = Groups::default();
        for (day, product, cents) in groups {
            let day = Day::from_number(*day).unwrap();
            table.add(day, product.as_bytes(), Money::from_cents(*cents).unwrap());
        }
        Merge::new(vec![table.take_run()]).unwrap()
    }

    #[test]
    fn every_group_comes_once_in_order() {
        let merges = [
            merge(&[(1, "b", 1), (2, "a", 2)]),
            merge(&[]),
            merge(&[(1, "a", 3), (1, "b", 4), (3, "c", 5)]),
        ];
        let mut walk = Walk::new(merges).unwrap();
        let mut seen = Vec::new();
        while let Some(group) = walk.next_group().unwrap() {
            let product = String::from_utf8(group.product).unwrap();
            let cents = group.totals.map(|t| t.map(|t| t.units() / 100));
            seen.push((group.day.number(), product, cents));
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
