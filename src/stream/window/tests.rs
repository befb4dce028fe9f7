use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

const MINUTE: i64 = 60_000_000;

fn shape(size: i64, slide: i64, patience: i64) -> Shape {
    Shape {
        size: size * MINUTE,
        slide: slide * MINUTE,
        patience: patience * MINUTE,
    }
}

fn at(minutes: i64) -> Time {
    Time::from_micros(minutes * MINUTE).unwrap()
}

fn cents(cents: i64) -> Money {
    Money::from_cents(cents).unwrap()
}

fn total(rows: &[Closed]) -> String {
    rows.iter()
        .map(|row| row.revenue)
        .sum::<Total>()
        .to_string()
}

/// §1 of the contract, word for word.
#[test]
fn the_worked_example() {
    let mut windows = Windows::new(shape(60, 15, 15));
    windows.partitions(1);
    let mut rows = Vec::new();
    assert_eq!(windows.add(0, b"tea", at(545), cents(1000)).missed, 0);
    windows.close(|row| rows.push(row));
    assert!(rows.is_empty());
    assert_eq!(windows.add(0, b"tea", at(620), cents(300)).missed, 0);
    windows.close(|row| rows.push(row));
    let starts: Vec<_> = rows.iter().map(|row| row.start / MINUTE).collect();
    assert_eq!(starts, [495, 510, 525, 540]);
    assert_eq!(total(&rows), "40.00");
    assert_eq!(windows.add(0, b"tea", at(580), cents(700)).missed, 2);
    assert_eq!(windows.open_revenue().to_string(), "26.00");
    windows.finish(|row| rows.push(row));
    assert_eq!(total(&rows), "66.00");
    // A watermark is then at least the last closed end, 11:15.
    assert_eq!(windows.watermark_of(0), Some(675 * MINUTE));
}

#[test]
fn a_sum_of_zero_is_a_row_and_no_record_is_none() {
    let mut windows = Windows::new(shape(15, 15, 0));
    windows.partitions(1);
    windows.add(0, b"tea", at(1), cents(500));
    windows.add(0, b"tea", at(2), cents(-500));
    windows.observe(0, at(40));
    let mut rows = Vec::new();
    windows.finish(|row| rows.push(row));
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].revenue, Total::ZERO);
}

/// Years without any event cost nothing: a walk through every minute since 1970 would not end.
#[test]
fn the_order_in_which_partitions_fall_idle_makes_no_difference() {
    for order in [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ] {
        for at_once in [true, false] {
            let mut windows = Windows::new(shape(60, 15, 15));
            windows.partitions(3);
            windows.add(0, b"Tea", at(600), cents(100));
            windows.add(1, b"Tea", at(840), cents(100));
            let mut closed = Vec::new();
            for partition in order {
                windows.set_idle(partition, true);
                if !at_once {
                    windows.close(|row| closed.push(row));
                }
            }
            windows.close(|row| closed.push(row));
            // The four windows of 10:00 end by 11:00; those of 14:00 wait.
            assert_eq!(closed.len(), 4, "{order:?} {at_once}");
        }
    }
}

#[test]
fn gaps_are_jumped_over() {
    let mut windows = Windows::new(shape(60, 1, 0));
    windows.partitions(1);
    let mut rows = 0;
    for minutes in [-700_000_000, 0, 4_000_000_000i64] {
        windows.add(0, b"tea", at(minutes), cents(100));
        windows.close(|_| rows += 1);
    }
    windows.finish(|_| rows += 1);
    assert_eq!(rows, 180);
}

/// What happens to a stream.
#[derive(Debug, Clone)]
enum Step {
    Add {
        partition: usize,
        product: u8,
        minutes: i64,
        cents: i64,
    },
    Restock {
        partition: usize,
        minutes: i64,
    },
    Idle {
        partition: usize,
        idle: bool,
    },
    Close,
    Restore,
}

/// The rules written down without any cleverness: every window's sum by itself.
#[derive(Default)]
struct Naive {
    latest: BTreeMap<usize, i64>,
    idle: BTreeSet<usize>,
    /// The highest watermark that closed windows.
    reached: Option<i64>,
    open: BTreeMap<(i64, u8), i64>,
    late: i64,
    accepted: i64,
}

impl Naive {
    fn add(&mut self, shape: &Shape, partition: usize, product: u8, time: i64, cents: i64) -> i64 {
        let own = self.latest.get(&partition).map(|t| t - shape.patience);
        let mark = own.max(self.reached);
        let mut missed = 0;
        let mut start = time.div_euclid(shape.slide) * shape.slide;
        while start > time - shape.size {
            if mark.is_some_and(|mark| start + shape.size <= mark) {
                missed += 1;
                self.late += cents;
            } else {
                *self.open.entry((start, product)).or_default() += cents;
            }
            start -= shape.slide;
        }
        self.accepted += cents;
        self.observe(partition, time);
        missed
    }

    fn observe(&mut self, partition: usize, time: i64) {
        let latest = self.latest.entry(partition).or_insert(time);
        *latest = time.max(*latest);
    }

    fn close(&mut self, shape: &Shape, partitions: usize) -> Vec<(i64, u8, i64)> {
        let busy: Vec<_> = (0..partitions).filter(|p| !self.idle.contains(p)).collect();
        let marks: Option<Vec<i64>> = busy.iter().map(|p| self.latest.get(p).copied()).collect();
        let mark = match busy.is_empty() {
            true => self.latest.values().max().copied(),
            false => marks.and_then(|marks| marks.into_iter().min()),
        };
        let Some(mark) = mark else {
            return Vec::new();
        };
        let mark = mark - shape.patience;
        self.reached = self.reached.max(Some(mark));
        let size = shape.size;
        let (closed, open) = std::mem::take(&mut self.open)
            .into_iter()
            .partition(|((start, _), _)| start + size <= mark);
        self.open = open;
        let closed: BTreeMap<(i64, u8), i64> = closed;
        closed
            .into_iter()
            .map(|((s, p), sum)| (s, p, sum))
            .collect()
    }
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let time = prop_oneof![4 => -200i64..200, 1 => -3_000i64..3_000];
    let step = prop_oneof![
        8 => (0usize..3, 0u8..3, time.clone(), -500i64..5_000).prop_map(|(partition, product, minutes, cents)| {
            Step::Add { partition, product, minutes, cents }
        }),
        1 => (0usize..3, time).prop_map(|(partition, minutes)| Step::Restock { partition, minutes }),
        1 => (0usize..3, any::<bool>()).prop_map(|(partition, idle)| Step::Idle { partition, idle }),
        3 => Just(Step::Close),
        1 => Just(Step::Restore),
    ];
    proptest::collection::vec(step, 1..120)
}

fn shapes() -> impl Strategy<Value = Shape> {
    let slide = prop_oneof![Just(1i64), Just(5), Just(15), Just(60)];
    let overlap = prop_oneof![Just(1i64), Just(2), Just(4), Just(60)];
    (slide, overlap, 0i64..90)
        .prop_map(|(slide, overlap, wait)| shape(slide * overlap, slide, wait))
}

/// The windows written out and read back, by way of the changes since the last time.
fn restored(windows: &mut Windows, saved: &mut Windows) -> Windows {
    let bytes = postcard::to_stdvec(&windows.changes()).unwrap();
    windows.settle();
    saved.apply(&postcard::from_bytes(&bytes).unwrap());
    let bytes = postcard::to_stdvec(&saved.whole()).unwrap();
    let mut again = Windows::new(*windows.shape());
    again.apply(&postcard::from_bytes(&bytes).unwrap());
    for (partition, progress) in windows.progress().iter().enumerate() {
        again.set_idle(partition, progress.idle);
    }
    again
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// The same rows, in the same closings, as the naive model; and always
    /// written + open + late = overlap x accepted.
    #[test]
    fn windows_are_those_of_the_naive_model(shape in shapes(), steps in steps()) {
        let mut windows = Windows::new(shape);
        windows.partitions(3);
        let mut saved = Windows::new(shape);
        let mut naive = Naive::default();
        let (mut written, mut late, mut mark) = (Total::ZERO, Total::ZERO, None);
        for step in steps {
            match step {
                Step::Add { partition, product, minutes, cents } => {
                    let money = self::cents(cents);
                    let placed = windows.add(partition, &[product], at(minutes), money);
                    for _ in 0..placed.missed {
                        late += money;
                    }
                    let time = minutes * MINUTE;
                    prop_assert_eq!(placed.missed, naive.add(&shape, partition, product, time, cents));
                }
                Step::Restock { partition, minutes } => {
                    windows.observe(partition, at(minutes));
                    naive.observe(partition, minutes * MINUTE);
                }
                Step::Idle { partition, idle } => {
                    windows.set_idle(partition, idle);
                    if idle { naive.idle.insert(partition); } else { naive.idle.remove(&partition); }
                }
                Step::Close => {
                    let mut rows = Vec::new();
                    windows.close(|row| {
                        written += row.revenue;
                        rows.push((row.start, row.product[0], row.revenue.units() as i64 / 100));
                    });
                    rows.sort_unstable();
                    prop_assert_eq!(rows, naive.close(&shape, 3));
                }
                Step::Restore => {
                    windows = restored(&mut windows, &mut saved);
                }
            }
            // Which windows are closed never goes back.
            prop_assert!(windows.next() >= mark);
            mark = windows.next();
            let open: i64 = naive.open.values().sum();
            prop_assert_eq!(windows.open_revenue().units(), i128::from(open) * 100);
            let all = written.units() + windows.open_revenue().units() + late.units();
            prop_assert_eq!(all, i128::from(naive.accepted) * 100 * i128::from(shape.overlap()));
        }
        let mut sums = BTreeMap::new();
        let open: Vec<_> = windows.open().collect();
        for window in open {
            windows.sums(window, |row| {
                sums.insert((row.start, row.product[0]), row.revenue.units() as i64 / 100);
            });
        }
        prop_assert_eq!(&sums, &naive.open);
        let mut rest = BTreeMap::new();
        windows.finish(|row| {
            rest.insert((row.start, row.product[0]), row.revenue.units() as i64 / 100);
        });
        prop_assert_eq!(rest, naive.open);
    }

    /// Without idleness the outcome depends on each partition's own order only.
    #[test]
    fn interleaving_does_not_matter(
        shape in shapes(),
        events in proptest::collection::vec((0usize..3, 0u8..3, -300i64..300, 1i64..900), 1..80),
        picks in proptest::collection::vec(0usize..3, 300),
    ) {
        let run = |order: &[(usize, u8, i64, i64)]| {
            let mut windows = Windows::new(shape);
            windows.partitions(3);
            let mut rows = BTreeMap::new();
            let mut missed = 0;
            for &(partition, product, minutes, cents) in order {
                missed += windows.add(partition, &[product], at(minutes), self::cents(cents)).missed;
                windows.close(|row| { rows.insert((row.start, row.product), row.revenue); });
            }
            windows.finish(|row| { rows.insert((row.start, row.product), row.revenue); });
            (rows, missed)
        };
        let mut queues = vec![Vec::new(); 3];
        for event in events.iter().rev() {
            queues[event.0].push(*event);
        }
        let mut mixed = Vec::new();
        for pick in picks.into_iter().chain((0..240).map(|i| i % 3)) {
            mixed.extend(queues[pick].pop());
        }
        prop_assert_eq!(mixed.len(), events.len());
        prop_assert_eq!(run(&events), run(&mixed));
    }
}
