//! Randomness that can be sought: every draw is a function of a key and a counter.
//!
//! No generator state is carried from row to row, so that row k needs nothing from the rows
//! before it and threads can begin anywhere. Integers only: the same on every machine.

use std::convert::Infallible;

use fake::rand::TryRng;

/// The odd constant of the golden ratio, which spreads counters over 64 bits.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// Scrambles 64 bits (the finalizer of SplitMix64).
#[inline]
pub fn mix(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// A point in the space of draws; [`Key::at`] gives the draw of a counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key(u64);

impl Key {
    /// The key of a purpose under a seed; different purposes give unrelated draws.
    pub fn new(seed: u64, purpose: &str) -> Self {
        let key = purpose
            .bytes()
            .fold(mix(seed ^ GOLDEN), |k, b| mix(k ^ u64::from(b)));
        Self(key)
    }

    /// The key of one of many things of this purpose.
    #[must_use]
    pub fn of(self, id: u64) -> Self {
        Self(self.at(id))
    }

    /// 64 random bits for `counter`.
    #[inline]
    pub fn at(self, counter: u64) -> u64 {
        mix(self.0 ^ mix(counter.wrapping_mul(GOLDEN).wrapping_add(GOLDEN)))
    }

    /// The key of a row; cheaper than [`Key::of`], for keys that are themselves scrambled.
    #[inline]
    #[must_use]
    pub fn row(self, seq: u32) -> Self {
        Self(self.word(u64::from(seq)))
    }

    /// 64 random bits for `counter`; cheaper than [`Key::at`], for keys that are themselves
    /// scrambled.
    #[inline]
    pub fn word(self, counter: u64) -> u64 {
        mix(self.0.wrapping_add(counter.wrapping_mul(GOLDEN)))
    }

    /// The draws of this key one after another, for the fakers.
    pub fn draws(self) -> Draws {
        Draws { key: self, next: 0 }
    }
}

/// Maps 32 random bits to `0..n`, nearly evenly.
#[inline]
pub fn below(bits: u32, n: u32) -> u32 {
    // The product of two 32-bit numbers has its top half below `n`.
    ((u64::from(bits) * u64::from(n)) >> 32) as u32
}

/// The upper half of a draw.
#[inline]
pub fn high(word: u64) -> u32 {
    (word >> 32) as u32
}

/// The lower half of a draw.
#[inline]
pub fn low(word: u64) -> u32 {
    word as u32
}

/// The draws of a key in order, as a random number generator.
#[derive(Debug, Clone)]
pub struct Draws {
    key: Key,
    next: u64,
}

impl Draws {
    /// The next draw below `n`.
    pub fn below(&mut self, n: u32) -> u32 {
        below(high(self.next()), n)
    }

    fn next(&mut self) -> u64 {
        self.next += 1;
        self.key.at(self.next)
    }
}

impl TryRng for Draws {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(high(self.next()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.next())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(8) {
            let word = self.next().to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
        Ok(())
    }
}
