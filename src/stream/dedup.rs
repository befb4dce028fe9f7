//! Keys that were seen, until event time has passed them by.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use foldhash::fast::RandomState;

use crate::record::Time;

/// Keys are let go in bundles of so much event time, in microseconds.
const BUNDLE: i64 = 3_600_000_000;

/// The keys of one partition.
#[derive(Debug, Default)]
pub struct Seen {
    /// Event time of the record that is kept.
    keys: HashMap<Arc<[u8]>, i64, RandomState>,
    /// The same keys by event time.
    bundles: BTreeMap<i64, Vec<Arc<[u8]>>>,
    /// Those that came since the last commit.
    fresh: Vec<(Arc<[u8]>, i64)>,
}

impl Seen {
    /// Whether the key is new; it is known from now on. A key is forgotten when the watermark
    /// has passed its event time by more than `horizon`, both in microseconds.
    pub fn is_new(&mut self, key: &[u8], time: Time, watermark: Option<i64>, horizon: i64) -> bool {
        let forgotten =
            |seen: i64| watermark.is_some_and(|mark| mark > seen.saturating_add(horizon));
        if let Some(seen) = self.keys.get(key)
            && !forgotten(*seen)
        {
            return false;
        }
        let key: Arc<[u8]> = key.into();
        self.fresh.push((Arc::clone(&key), time.micros()));
        self.put(key, time.micros());
        true
    }

    fn put(&mut self, key: Arc<[u8]>, time: i64) {
        let bundle = self.bundles.entry(time.div_euclid(BUNDLE)).or_default();
        bundle.push(Arc::clone(&key));
        self.keys.insert(key, time);
    }

    /// Lets go of what no record can meet any more.
    pub fn forget(&mut self, watermark: Option<i64>, horizon: i64) {
        let Some(limit) = watermark.map(|mark| mark.saturating_sub(horizon)) else {
            return;
        };
        while let Some((&bundle, _)) = self.bundles.first_key_value()
            && (bundle + 1).saturating_mul(BUNDLE) < limit
        {
            for key in self.bundles.remove(&bundle).unwrap_or_default() {
                // A key that came again stands in a later bundle, too.
                if self
                    .keys
                    .get(&key)
                    .is_some_and(|time| time.div_euclid(BUNDLE) == bundle)
                {
                    self.keys.remove(&key);
                }
            }
        }
    }

    /// How many keys are held.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether none is held.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The keys that came since the last [`Seen::settle`].
    pub fn fresh(&self) -> impl Iterator<Item = (&[u8], i64)> {
        self.fresh.iter().map(|(key, time)| (&**key, *time))
    }

    /// All keys.
    pub fn all(&self) -> impl Iterator<Item = (&[u8], i64)> {
        self.keys.iter().map(|(key, time)| (&**key, *time))
    }

    /// From now on no key counts as fresh.
    pub fn settle(&mut self) {
        self.fresh.clear();
    }

    /// Puts a saved key in place.
    pub fn restore(&mut self, key: &[u8], time: i64) {
        self.put(key.into(), time);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: i64) -> Time {
        Time::from_micros(hours * BUNDLE).unwrap()
    }

    #[test]
    fn a_key_lives_until_the_watermark_passes_its_horizon() {
        let mut seen = Seen::default();
        let day = 24 * BUNDLE;
        assert!(seen.is_new(b"7", at(0), None, day));
        assert!(!seen.is_new(b"7", at(1), Some(0), day));
        // Reached, but not passed.
        assert!(!seen.is_new(b"7", at(24), Some(day), day));
        seen.forget(Some(day), day);
        assert!(!seen.is_new(b"7", at(24), Some(day), day));
        assert!(seen.is_new(b"7", at(30), Some(day + 1), day));
        assert!(!seen.is_new(b"7", at(31), Some(day + 2), day));
        // Letting go of the first bundle leaves the second coming.
        seen.forget(Some(day + 2 * BUNDLE), day);
        assert!(!seen.is_new(b"7", at(31), Some(day + 2 * BUNDLE), day));
    }

    #[test]
    fn memory_follows_the_horizon() {
        let mut seen = Seen::default();
        for hour in 0..10_000 {
            let mark = Some((hour - 1) * BUNDLE);
            assert!(seen.is_new(&i64::to_le_bytes(hour), at(hour), mark, 24 * BUNDLE));
            seen.forget(mark, 24 * BUNDLE);
            seen.settle();
            assert!(seen.len() < 30);
        }
    }
}
