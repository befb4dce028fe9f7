//! Alerts of stocks: when, once, and when again.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::alerts::FIGURES;
use super::{alerts, bare_level, inventory, level, moved, time};
use crate::stream::jobs::tests::bench::{Bench, texts};

/// Levels a minute apart: which of them make which alert.
fn told(set: &[&str], levels: &[i64]) -> Vec<(usize, String)> {
    let mut job = inventory(set);
    for (n, stock) in levels.iter().enumerate() {
        job.say(&level(n as i64 * 60, "p", *stock));
    }
    job.finish();
    let rows = job.table("inventory_alerts");
    let numbers: std::collections::BTreeMap<_, _> = (0..levels.len())
        .map(|n| (time(n as i64 * 60), n))
        .collect();
    let found = rows.iter().map(|row| {
        let number = numbers[row["detected_at"].as_str().unwrap()];
        (number, row["alert_type"].as_str().unwrap().to_owned())
    });
    let total: i64 = FIGURES[..5].iter().map(|figure| job.figure(figure)).sum();
    assert_eq!(total, rows.len() as i64);
    found.collect()
}

fn check(levels: &[i64], wanted: &[(usize, &str)]) {
    let wanted: Vec<_> = wanted
        .iter()
        .map(|(n, kind)| (*n, (*kind).to_owned()))
        .collect();
    assert_eq!(told(&[], levels), wanted, "{levels:?}");
}

#[test]
fn each_kind_fires_at_its_bound_and_not_before() {
    check(&[21], &[]);
    check(&[20], &[(0, "LOW_STOCK")]);
    check(&[1], &[(0, "LOW_STOCK")]);
    check(&[0], &[(0, "OUT_OF_STOCK")]);
    check(&[-3], &[(0, "OUT_OF_STOCK")]);
    check(&[200], &[]);
    check(&[201], &[(0, "OVERSTOCKED")]);
    check(&[100, 50], &[]);
    check(&[100, 49], &[(1, "RAPID_DEPLETION")]);
}

#[test]
fn of_several_the_first_counts() {
    check(&[100, 20], &[(1, "LOW_STOCK")]);
    check(&[100, 0], &[(1, "OUT_OF_STOCK")]);
    check(
        &[199, 201, 90],
        &[(1, "OVERSTOCKED"), (2, "RAPID_DEPLETION")],
    );
    // It took more than half and is still too much: the next event tells of that.
    check(
        &[1_000, 300, 290],
        &[(0, "OVERSTOCKED"), (1, "RAPID_DEPLETION")],
    );
    check(
        &[500, 160, 79, 78],
        &[(0, "OVERSTOCKED"), (1, "RAPID_DEPLETION")],
    );
}

#[test]
fn a_step_downwards_is_told_once() {
    let falling: Vec<_> = (0..=60).rev().collect();
    check(&falling, &[(40, "LOW_STOCK"), (60, "OUT_OF_STOCK")]);
    check(
        &[30, 20, 19, 20, 18, 0, 0, -1],
        &[(1, "LOW_STOCK"), (5, "OUT_OF_STOCK")],
    );
    // Having been out, it was low as well.
    check(&[30, 0, 5, 0, 20], &[(1, "OUT_OF_STOCK")]);
}

#[test]
fn to_and_fro_over_the_bound_is_told_once() {
    check(&[30, 20, 21, 20, 24, 19], &[(1, "LOW_STOCK")]);
    // 24 is a fifth more than 20; it must be above.
    check(&[30, 20, 25, 20], &[(1, "LOW_STOCK"), (3, "LOW_STOCK")]);
    check(&[190, 201, 199, 202, 167, 201], &[(1, "OVERSTOCKED")]);
    check(
        &[190, 201, 166, 201],
        &[(1, "OVERSTOCKED"), (3, "OVERSTOCKED")],
    );
}

#[test]
fn out_of_stock_is_told_again_after_the_reorder_point() {
    check(&[30, 0, 20, 0], &[(1, "OUT_OF_STOCK")]);
    check(&[30, 0, 21, 0], &[(1, "OUT_OF_STOCK"), (3, "OUT_OF_STOCK")]);
    // Low is not, before a fifth more.
    check(&[30, 0, 21, 19], &[(1, "OUT_OF_STOCK")]);
}

/// Mistake 22: the replaced system named a critical stock and never looked at it.
#[test]
fn a_critical_stock_fires_where_it_is_asked_for() {
    let found = told(&["critical=5"], &[30, 18, 6, 5, 4, 0, 3, 30, 4]);
    let wanted = [
        (1, "LOW_STOCK"),
        (3, "CRITICAL_STOCK"),
        (5, "OUT_OF_STOCK"),
        (8, "CRITICAL_STOCK"),
    ];
    assert_eq!(found, wanted.map(|(n, kind)| (n, kind.to_owned())));
}

#[test]
fn rapid_depletion_waits_for_its_window() {
    let levels = |gap: i64| {
        let mut job = inventory(&[]);
        job.say(&level(0, "p", 190));
        job.say(&level(60, "p", 90));
        job.say(&level(120, "p", 190));
        job.say(&level(60 + gap, "p", 90));
        job.finish();
        alerts(&job)
    };
    assert_eq!(levels(599), ["RAPID_DEPLETION"]);
    assert_eq!(levels(600), ["RAPID_DEPLETION", "RAPID_DEPLETION"]);
}

#[test]
fn a_level_after_its_sale_is_no_second_drop() {
    let mut job = inventory(&[]);
    job.say(&level(0, "p", 100));
    job.say(&moved(60, "p", "SALE", 60));
    job.say(&level(61, "p", 40));
    job.finish();
    assert_eq!(alerts(&job), ["RAPID_DEPLETION"]);
}

#[test]
fn bounds_are_those_last_told_or_set() {
    let bare = |set: &[&str], stock: i64| {
        let mut job = inventory(set);
        job.say(&bare_level(0, "p", stock));
        job.finish();
        alerts(&job)
    };
    assert_eq!(bare(&[], 11), Vec::<String>::new());
    assert_eq!(bare(&[], 10), ["LOW_STOCK"]);
    assert_eq!(bare(&["reorder=65"], 65), ["LOW_STOCK"]);
    assert_eq!(bare(&["maximum=50"], 51), ["OVERSTOCKED"]);
    let mut job = inventory(&[]);
    job.say(&level(0, "p", 50));
    job.say(&bare_level(60, "p", 20));
    job.finish();
    assert_eq!(alerts(&job), ["LOW_STOCK"]);
}

#[test]
fn an_alert_says_what_and_how_bad() {
    let mut job = inventory(&[]);
    for (product, levels) in [
        ("a", vec![15]),
        ("b", vec![0]),
        ("c", vec![100, 40]),
        ("d", vec![250]),
    ] {
        for (n, stock) in levels.into_iter().enumerate() {
            job.say(&level(n as i64 * 60, product, stock));
        }
    }
    job.finish();
    let mut rows = job.table("inventory_alerts");
    rows.sort_by_key(|row| row["product_id"].to_string());
    assert_eq!(
        texts(&rows, "alert_type"),
        [
            "LOW_STOCK",
            "OUT_OF_STOCK",
            "RAPID_DEPLETION",
            "OVERSTOCKED"
        ]
    );
    assert_eq!(
        texts(&rows, "severity"),
        ["HIGH", "CRITICAL", "MEDIUM", "LOW"]
    );
    assert_eq!(texts(&rows, "value"), ["15", "0", "40", "250"]);
    assert_eq!(texts(&rows, "threshold"), ["20", "0", "50", "200"]);
    assert_eq!(texts(&rows, "score"), ["0.25", "1.0", "0.6", "0.25"]);
    assert_eq!(
        texts(&rows, "reason"),
        [
            "Low stock: 15 left, reorder point 20",
            "Out of stock: 0 left, reorder point 20",
            "Rapid depletion: from 100 to 40 at once",
            "Overstocked: 250, maximum 200",
        ]
    );
    assert_eq!(texts(&rows, "store_id"), ["S1"; 4]);
}

#[test]
fn an_alert_is_shown_before_it_is_final() {
    let mut job = inventory(&[]);
    job.say(&level(0, "p", 50));
    job.say(&moved(1, "p", "SALE", 45));
    let early = job.early();
    assert_eq!(texts(&early, "alert_type"), ["LOW_STOCK"]);
    assert!(job.table("inventory_alerts").is_empty());
    // What is guessed is neither counted nor on the board.
    assert_eq!(job.figure("low_stock"), 0);
    assert_eq!(job.stage.job.view()["status"]["LOW_STOCK"], json!(0));
    job.finish();
    assert_eq!(job.table("inventory_alerts"), early);
}

/// The bounds once more: what is told of levels with reorder point 20 and maximum 200.
fn fold(levels: &[i64]) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let (mut may_low, mut may_out, mut may_over) = (true, true, true);
    let (mut before, mut quiet_until) = (None, 0);
    for (n, stock) in levels.iter().copied().enumerate() {
        if stock > 24 {
            may_low = true;
        }
        if stock > 20 {
            may_out = true;
        }
        if (stock as f64) < 200.0 / 1.2 {
            may_over = true;
        }
        let drop = before
            .filter(|b| *b > 0)
            .map_or(0.0, |b| (b - stock) as f64 / b as f64);
        let mut say = |kind: &str| found.push((n, kind.to_owned()));
        if stock <= 0 {
            if may_out {
                say("OUT_OF_STOCK");
            }
            (may_out, may_low) = (false, false);
        } else if stock <= 20 {
            if may_low {
                say("LOW_STOCK");
            }
            may_low = false;
        } else if drop > 0.5 {
            if n >= quiet_until {
                say("RAPID_DEPLETION");
                quiet_until = n + 10;
            }
        } else if stock > 200 && may_over {
            say("OVERSTOCKED");
            may_over = false;
        }
        before = Some(stock);
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn alerts_are_those_of_a_simple_fold(
        levels in proptest::collection::vec(
            prop_oneof![-2i64..40, 0i64..120, 150i64..230, 0i64..1_000],
            1..60,
        ),
    ) {
        prop_assert_eq!(told(&[], &levels), fold(&levels));
    }

    /// Many events of a key wait, and some of them become final meanwhile.
    #[test]
    fn what_comes_in_order_is_shown_at_once_as_it_will_be(
        levels in proptest::collection::vec((1i64..90, any::<bool>(), 0i64..60), 1..80),
        restart in 0usize..80,
    ) {
        let mut job = inventory(&[]);
        let (mut clock, mut early) = (0, Vec::new());
        for (number, (pause, is_p, stock)) in levels.into_iter().enumerate() {
            clock += pause;
            if number == restart {
                job.restart();
            }
            job.say(&level(clock, if is_p { "p" } else { "q" }, stock));
            early.extend(job.early());
        }
        job.finish();
        let text = |rows: Vec<_>| {
            let rows = rows.into_iter().map(|row| Value::Object(row).to_string());
            let mut rows: Vec<_> = rows.collect();
            rows.sort_unstable();
            rows
        };
        prop_assert_eq!(text(early), text(job.table("inventory_alerts")));
    }

    /// A start remembers no guess, and looks at all that waits.
    #[test]
    fn what_comes_a_little_late_is_shown_as_if_nothing_had_been_guessed_before(
        events in proptest::collection::vec((0i64..30, 0i64..100, any::<bool>(), 0i64..60), 1..80),
    ) {
        let (mut job, mut forgetful) = (inventory(&[]), inventory(&[]));
        let mut clock = 0;
        for (pause, late, is_level, pieces) in events {
            clock += pause;
            let at = (clock - late).max(0);
            let event = match is_level {
                true => level(at, "p", pieces),
                false => moved(at, "p", "SALE", pieces),
            };
            forgetful.restart();
            prop_assert_eq!(job.say(&event), forgetful.say(&event));
            prop_assert_eq!(job.early(), forgetful.early());
        }
        job.finish();
        forgetful.finish();
        prop_assert_eq!(job.table("inventory_alerts"), forgetful.table("inventory_alerts"));
    }
}

/// Clocks of tills and of the stock differ: a sale that stands just behind the level that counts it.
#[test]
fn levels_alone_tell_the_stock_where_they_are_said_to() {
    for (sales, left) in [("yes", -5), ("no", 4)] {
        let mut job = Bench::new("inventory", &[&format!("sales={sales}")]);
        for (n, stock) in [31, 22, 13, 4].into_iter().enumerate() {
            let second = n as i64 * 60;
            job.say(&level(second, "p", stock));
            job.say(&moved(second + 1, "p", "SALE", 9));
        }
        job.finish();
        let rows = job.table("inventory_metrics");
        let last = rows.last().expect("a window");
        assert_eq!(last["latest_stock"], json!(left), "{sales}");
        let sold = job.table("inventory_turnover");
        assert_eq!(sold.last().expect("a window")["units_sold"], 36);
    }
}
