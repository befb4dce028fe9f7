//! When events come: at a rate, or as event time goes.

use std::io::{BufRead, BufReader};
use std::time::{Duration, Instant};

use crate::common::Shop;

/// When each of the first `count` lines arrived, since the first.
fn arrivals(shop: &Shop, count: usize, options: &[&str]) -> Vec<Duration> {
    let mut run = shop.start(&[&["replay"], options].concat());
    let lines = BufReader::new(run.stdout()).lines().take(count);
    let times: Vec<Instant> = lines
        .map(|line| {
            assert!(!line.unwrap().is_empty());
            Instant::now()
        })
        .collect();
    assert_eq!(times.len(), count);
    times.iter().map(|time| *time - times[0]).collect()
}

/// Whether one of a few tries holds: a machine that is busy with other tests may stall any.
fn holds(what: impl Fn() -> Result<(), String>) {
    let mut said = Vec::new();
    for _ in 0..3 {
        match what() {
            Ok(()) => return,
            Err(why) => said.push(why),
        }
    }
    panic!("{said:?}");
}

#[test]
fn twenty_a_second_within_a_hundredth() {
    let shop = Shop::new();
    shop.write(
        "data/input/a.csv",
        "order_date,product,amount\n2025-01-01,Tea,1\n",
    );
    holds(|| {
        let times = arrivals(&shop, 231, &["--rate", "20", "--loop"]);
        // Any ten seconds that begin within the first second and a half.
        for from in (0..30).map(|i| Duration::from_millis(50 * i)) {
            let to = from + Duration::from_secs(10);
            let count = times
                .iter()
                .filter(|time| (from..to).contains(time))
                .count();
            if !(198..=202).contains(&count) {
                return Err(format!("{count} from {from:?} on"));
            }
        }
        // And not in bursts: no second has more than two above its share.
        let most = times.iter().map(|from| {
            let to = *from + Duration::from_secs(1);
            times
                .iter()
                .filter(|time| (*from..to).contains(*time))
                .count()
        });
        match most.max() {
            Some(..=22) => Ok(()),
            most => Err(format!("{most:?} in a second")),
        }
    });
}

#[test]
fn event_time_is_followed_so_many_times_as_fast() {
    let shop = Shop::new();
    let clock = [
        "09:00:00", "09:30:00", "09:30:00", "10:00:00", "11:00:00", "11:06:00",
    ];
    let rows = clock
        .map(|time| format!("2025-01-01 {time},Tea,1\n"))
        .concat();
    shop.write(
        "data/input/a.csv",
        format!("order_time,product,amount\n{rows}"),
    );
    // An hour in a second.
    holds(|| {
        let times = arrivals(&shop, 6, &["--speed", "3600"]);
        for (time, due) in times.iter().zip([0, 500, 500, 1000, 2000, 2100]) {
            let off = time.abs_diff(Duration::from_millis(due));
            if off > Duration::from_millis(60) {
                return Err(format!("{time:?} for {due} ms"));
            }
        }
        Ok(())
    });
}

#[test]
fn five_a_second_unless_asked_otherwise() {
    let shop = Shop::new();
    shop.write(
        "data/input/a.csv",
        "order_date,product,amount\n2025-01-01,Tea,1\n",
    );
    holds(|| {
        let last = arrivals(&shop, 11, &["--loop"])[10];
        match last.abs_diff(Duration::from_secs(2)) < Duration::from_millis(100) {
            true => Ok(()),
            false => Err(format!("{last:?}")),
        }
    });
}
