//! Random choices that a seed repeats.

/// SplitMix64: Steele, Lea and Flood, "Fast splittable pseudorandom number generators".
pub struct Chance(u64);

impl Chance {
    /// From `RETAIL_SEED` if it is set, else from `seed`; a failing test prints which.
    pub fn new(seed: u64) -> Self {
        let given = std::env::var("RETAIL_SEED").ok();
        let seed = given.map_or(seed, |seed| seed.parse().expect("RETAIL_SEED is a number"));
        eprintln!("RETAIL_SEED={seed}");
        Self(seed)
    }

    /// From 0 to below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end
    }

    /// From `start` to below `end`.
    pub fn between(&mut self, start: i64, end: i64) -> i64 {
        start + self.below((end - start) as u64) as i64
    }
}
