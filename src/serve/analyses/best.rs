//! The foremost of many, in bounded memory.

use std::cmp::Reverse;
use std::collections::BTreeMap;

/// So many values with the greatest keys; of equal ones, those that came first.
#[derive(Debug)]
pub struct Best<K, V> {
    most: usize,
    taken: u64,
    kept: BTreeMap<(K, Reverse<u64>), V>,
}

impl<K: Ord + Copy, V> Best<K, V> {
    /// At most so many.
    pub fn new(most: usize) -> Self {
        Self {
            most,
            taken: 0,
            kept: BTreeMap::new(),
        }
    }

    /// Takes up a value, which is made only if it is kept.
    pub fn take(&mut self, key: K, value: impl FnOnce() -> V) {
        let place = (key, Reverse(self.taken));
        self.taken += 1;
        if self.kept.len() == self.most {
            match self.kept.first_key_value() {
                Some((last, _)) if *last < place => self.kept.pop_first(),
                _ => return,
            };
        }
        self.kept.insert(place, value());
    }

    /// The greatest key first.
    pub fn into_vec(self) -> Vec<V> {
        self.kept.into_values().rev().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_are_kept_and_of_equal_ones_the_first() {
        let best = |most: usize, keys: &[i32]| {
            let mut best = Best::new(most);
            for (at, key) in keys.iter().enumerate() {
                best.take(*key, || at);
            }
            assert!(best.kept.len() <= most);
            best.into_vec()
        };
        assert_eq!(best(3, &[5, 1, 7, 5, 9, 0]), [4, 2, 0]);
        assert_eq!(best(2, &[3, 3, 3, 3]), [0, 1]);
        assert_eq!(best(10, &[1, 2]), [1, 0]);
        assert_eq!(best(0, &[1, 2]), Vec::<usize>::new());
    }
}
