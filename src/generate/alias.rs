//! Weighted picks in constant time (Vose's alias method), in integers.

use super::rng::{below, high, low};

/// A table from which index `i` comes with probability `weight[i] / sum`.
#[derive(Debug, Clone)]
pub struct Alias {
    cells: Vec<Cell>,
}

#[derive(Debug, Clone, Copy)]
struct Cell {
    /// A 32-bit draw below it keeps the cell's own index.
    keep: u32,
    other: u32,
}

impl Alias {
    /// The table of `weights`: at most 2^24 of them, each below 2^40, not all of them zero.
    pub fn new(weights: &[u64]) -> Self {
        let n = weights.len() as u64;
        let sum: u64 = weights.iter().sum::<u64>().max(1);
        // In units of 1/n of a weight, so that an average cell holds exactly `sum`.
        let mut left: Vec<u64> = weights.iter().map(|w| w * n).collect();
        let mut cells: Vec<Cell> = (0..weights.len())
            .map(|i| Cell {
                keep: u32::MAX,
                other: i as u32,
            })
            .collect();
        let mut small: Vec<usize> = Vec::new();
        let mut large: Vec<usize> = Vec::new();
        for (i, &weight) in left.iter().enumerate() {
            if weight < sum { &mut small } else { &mut large }.push(i);
        }
        while let (Some(i), Some(&j)) = (small.pop(), large.last()) {
            let keep = (u128::from(left[i]) << 32) / u128::from(sum);
            cells[i] = Cell {
                keep: keep as u32,
                other: j as u32,
            };
            left[j] -= sum - left[i];
            if left[j] < sum {
                large.pop();
                small.push(j);
            }
        }
        Self { cells }
    }

    /// The index that 64 random bits pick.
    #[inline]
    pub fn pick(&self, word: u64) -> u32 {
        let i = below(high(word), self.cells.len() as u32);
        let cell = self.cells[i as usize];
        if low(word) < cell.keep { i } else { cell.other }
    }
}

#[cfg(test)]
mod tests {
    use super::super::rng::Key;
    use super::*;

    #[test]
    fn picks_follow_the_weights() {
        let weights = [0u64, 1, 2, 5, 12];
        let alias = Alias::new(&weights);
        let key = Key::new(1, "alias");
        let mut seen = [0u64; 5];
        for i in 0..200_000 {
            seen[alias.pick(key.at(i)) as usize] += 1;
        }
        assert_eq!(seen[0], 0);
        for (count, weight) in seen.iter().zip(weights) {
            let expected = weight * 10_000;
            assert!(count.abs_diff(expected) < 600, "{seen:?}");
        }
    }

    #[test]
    fn one_weight_is_always_picked() {
        assert_eq!(Alias::new(&[7]).pick(u64::MAX), 0);
    }
}
