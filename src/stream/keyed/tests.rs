use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, Hasher};

use proptest::prelude::*;

use super::*;

type Model = BTreeMap<Vec<u8>, (Vec<u8>, Option<i64>)>;

/// Hashes by the length of the key alone: keys collide.
#[derive(Debug, Clone, Copy, Default)]
struct Weak;

struct WeakHasher(u64);

impl BuildHasher for Weak {
    type Hasher = WeakHasher;

    fn build_hasher(&self) -> WeakHasher {
        WeakHasher(0)
    }
}

impl Hasher for WeakHasher {
    fn finish(&self) -> u64 {
        self.0.wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 += bytes.len() as u64;
    }
}

#[derive(Debug, Clone)]
enum Step {
    /// The last: by [`Table::put_soon`].
    Put(u8, usize, Option<i64>, bool),
    Remove(u8),
    Settle,
    /// Pops what is due by then, and puts every second again, later.
    Pop(i64),
    /// Goes on with a walk.
    Walk(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let lengths = prop_oneof![6 => 0..40_usize, 2 => 200..400_usize, 1 => 3000..20_000_usize];
    let due = proptest::option::of(-3_000_000..9_000_000_i64);
    prop_oneof![
        12 => (any::<u8>(), lengths, due, any::<bool>())
            .prop_map(|(key, length, due, soon)| Step::Put(key, length, due, soon)),
        4 => any::<u8>().prop_map(Step::Remove),
        1 => Just(Step::Settle),
        2 => (-3_000_000..9_000_000_i64).prop_map(Step::Pop),
        3 => (0..3000_usize).prop_map(Step::Walk),
    ]
}

/// Keys of several lengths; with [`Weak`], 7 hashes for all.
fn key_of(number: u8) -> Vec<u8> {
    let number = number % 60;
    let mut key = vec![number; 1 + usize::from(number % 7)];
    if number == 59 {
        key.resize(300, number);
    }
    key
}

/// The table beside a naive one.
struct Pair<S> {
    table: Table<S>,
    model: Model,
    changed: BTreeSet<Vec<u8>>,
    count: u8,
}

impl<S: BuildHasher> Pair<S> {
    fn put(&mut self, key: &[u8], length: usize, due: Option<i64>, soon: bool) {
        self.count = self.count.wrapping_add(1);
        let value = vec![self.count; length];
        match due.filter(|_| soon) {
            Some(due) => self.table.put_soon(key, &value, due),
            None => self.table.put(key, &value, due),
        }
        self.model.insert(key.to_vec(), (value, due));
        self.changed.insert(key.to_vec());
    }

    fn pop(&mut self, until: i64) {
        let mut key = Vec::new();
        let mut again = Vec::new();
        let due_of = |due: &Option<i64>| due.filter(|due| *due <= until);
        loop {
            let dues = self.model.values().filter_map(|(_, due)| due_of(due));
            let Some(earliest) = dues.min() else { break };
            assert!(self.table.pop_due(until, &mut key), "{earliest}");
            let entry = self.model.get_mut(&key).unwrap();
            assert_eq!(entry.1.take(), Some(earliest));
            self.changed.insert(key.clone());
            if key.len() % 2 == 0 {
                again.push((key.clone(), earliest));
            }
        }
        assert!(!self.table.pop_due(until, &mut key));
        for (key, due) in again {
            self.put(
                &key,
                5,
                Some(due.max(until) + 1 + 700_000),
                key.len() % 4 == 0,
            );
        }
    }

    fn check(&self) {
        let Self { table, model, .. } = self;
        assert_eq!(table.len(), model.len());
        assert_eq!(table.is_empty(), model.is_empty());
        for number in 0..60 {
            let key = key_of(number);
            let wanted = model.get(&key).map(|(value, _)| &value[..]);
            assert_eq!(table.get(&key), wanted);
        }
        let mut all = Vec::new();
        for (key, value, due) in table.iter() {
            all.push((key.to_vec(), (value.to_vec(), due)));
        }
        all.sort_unstable();
        let wanted: Vec<_> = model.clone().into_iter().collect();
        assert_eq!(all, wanted);
        let mut seen = BTreeSet::new();
        for (key, entry) in table.changes() {
            assert!(seen.insert(key.to_vec()), "{key:?} twice");
            let wanted = model.get(key).map(|(value, due)| (&value[..], *due));
            assert_eq!(entry, wanted);
        }
        assert_eq!(seen, self.changed);
    }
}

fn compare<S: BuildHasher>(table: Table<S>, steps: Vec<Step>) {
    let mut pair = Pair {
        table,
        model: Model::new(),
        changed: BTreeSet::new(),
        count: 0,
    };
    let mut cursor = 0;
    // What was there when the walk began and was not touched since, and what it met.
    let mut quiet: Model = Model::new();
    let mut met = BTreeMap::new();
    for step in steps {
        match step {
            Step::Put(number, length, due, soon) => pair.put(&key_of(number), length, due, soon),
            Step::Remove(number) => {
                let key = key_of(number);
                pair.table.remove(&key);
                if pair.model.remove(&key).is_some() {
                    pair.changed.insert(key);
                }
            }
            Step::Settle => {
                pair.table.settle();
                pair.changed.clear();
            }
            Step::Pop(until) => pair.pop(until),
            Step::Walk(budget) => {
                let mut bytes = Vec::new();
                let next = pair.table.walk(cursor, budget, |key, value, due| {
                    bytes.push(key.len() + value.len());
                    assert_eq!(pair.model.get(key), Some(&(value.to_vec(), due)));
                    met.insert(key.to_vec(), (value.to_vec(), due));
                });
                assert!(next.is_none() || bytes.iter().sum::<usize>() >= budget);
                if next.is_none() {
                    for (key, entry) in &quiet {
                        assert_eq!(met.get(key), Some(entry), "missed by the walk");
                    }
                    met.clear();
                    quiet = pair.model.clone();
                }
                cursor = next.unwrap_or(0);
            }
        }
        quiet.retain(|key, entry| pair.model.get(key) == Some(entry));
        pair.check();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn a_table_is_as_a_naive_one(bits in 0..4_u32, steps in proptest::collection::vec(step(), 1..120)) {
        compare(Table::hashed_by(RandomState::default(), bits), steps);
    }

    #[test]
    fn keys_of_one_hash_are_kept_apart(steps in proptest::collection::vec(step(), 1..120)) {
        compare(Table::hashed_by(Weak, 1), steps);
    }
}

#[test]
fn dead_space_is_bounded() {
    let mut table = Table::new();
    let value = [7; 60];
    for round in 0..10_u32 {
        for number in 0..20_000_u32 {
            // Sessions come and go: half of the keys are new in every round.
            let key = (number + round * 10_000).to_le_bytes();
            table.put(&key, &value[..40 + (round % 20) as usize], None);
        }
        for number in 0..10_000_u32 {
            table.remove(&(number + round * 10_000).to_le_bytes());
        }
        table.settle();
    }
    assert_eq!(table.len(), 10_000);
    // Keys and values are 640,000 bytes; heads, the index and spare room come on top.
    assert!(table.bytes() < 2_000_000, "{}", table.bytes());
    for round in 0..10_u32 {
        for number in 0..20_000_u32 {
            table.remove(&(number + round * 10_000).to_le_bytes());
        }
    }
    table.settle();
    assert_eq!((table.len(), table.iter().count()), (0, 0));
    assert!(table.bytes() < 500_000, "{}", table.bytes());
}

#[test]
fn a_key_that_is_armed_again_and_again_stands_in_the_queue_about_once() {
    let mut table = Table::new();
    for micros in 0..100_000_i64 {
        let gap = [1_800_000_000, 900_000_000][(micros % 2) as usize];
        table.put(b"session", b"state", Some(micros * 1000 + gap));
        if micros % 3 == 0 {
            table.put(b"session", b"state", None);
        }
    }
    assert!(table.queue.bytes() <= 16, "{}", table.queue.bytes());
    let mut key = Vec::new();
    table.put(b"session", b"state", Some(2_000_000_000));
    assert!(!table.pop_due(1_999_999_999, &mut key));
    assert!(table.pop_due(2_000_000_000, &mut key));
    assert_eq!(key, b"session");
    assert!(!table.pop_due(i64::MAX, &mut key));
    assert_eq!(table.queue.bytes(), 0);
}

#[test]
fn a_key_that_is_woken_again_and_again_keeps_its_place_in_the_queue() {
    let mut table = Table::new();
    let mut key = Vec::new();
    // As a customer who does something every second, and whose visit ends half an hour later.
    for now in (0..1_000_000_000_i64).step_by(1_000_000) {
        table.put_soon(b"customer", b"waits", now + 1);
        table.put_soon(b"customer", b"waits, too", now + 1);
        assert!(!table.pop_due(now, &mut key));
        assert!(table.pop_due(now + 1, &mut key));
        table.put(b"customer", b"visit", Some(now + 1_800_000_000));
        assert!(table.queue.bytes() <= 8, "{}", table.queue.bytes());
    }
    let end = 999_000_000 + 1_800_000_000;
    assert!(!table.pop_due(end - 1, &mut key));
    assert!(table.pop_due(end, &mut key));
    assert!(!table.pop_due(i64::MAX, &mut key));
}

#[test]
fn far_and_early_times_keep_their_order() {
    let mut table = Table::new();
    let dues = [
        i64::MIN,
        -1_000_001,
        -1,
        0,
        999_999,
        1_000_000,
        i64::MAX - 1,
    ];
    for due in dues.iter().rev() {
        table.put(&due.to_le_bytes(), b"", Some(*due));
    }
    table.put(b"never", b"", Some(i64::MAX));
    let mut key = Vec::new();
    for due in dues {
        if let Some(before) = due.checked_sub(1) {
            assert!(!table.pop_due(before, &mut key), "{due}");
        }
        assert!(table.pop_due(due, &mut key));
        assert_eq!(key, due.to_le_bytes());
    }
    assert!(!table.pop_due(i64::MAX, &mut key));
    assert_eq!(table.len(), 8);
}

#[test]
fn changes_that_are_not_settled_do_not_grow_with_updates() {
    let mut table = Table::new();
    for number in 0..100_000_u32 {
        table.put(&(number % 10).to_le_bytes(), &number.to_le_bytes(), None);
    }
    assert_eq!(table.changed.len(), 10);
    table.settle();
    assert_eq!(table.changes().count(), 0);
    table.remove(b"not there");
    assert_eq!(table.changes().count(), 0);
}

#[test]
fn room_that_nobody_needs_is_given_back() {
    let keys = || (0..20_000_u32).map(u32::to_le_bytes);
    let mut table = Table::new();
    for length in [90, 50] {
        keys().for_each(|key| table.put(&key, &vec![1; length], None));
        table.settle();
    }
    // A head of four bytes, the key, and the room of the longer value.
    assert_eq!(table.data(), 20_000 * (4 + 4 + 90));
    keys().skip(10_000).for_each(|key| table.remove(&key));
    table.settle();
    // Where hardly any of a shard went, it stays as it is.
    let whole = 10_000 * (4 + 4 + 50);
    let held = table.data();
    assert!((whole..whole * 105 / 100).contains(&held), "{held}");
    assert!(
        keys()
            .take(10_000)
            .all(|key| table.get(&key) == Some(&[1; 50]))
    );
}
