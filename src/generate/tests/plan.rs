//! What may be asked for, and how a run ends.

use super::*;

#[test]
fn wrong_sizes_say_what_is_right() {
    let plain = settings(1, 1);
    let products = Settings {
        products: MAX_PRODUCTS + 1,
        ..plain.clone()
    };
    assert!(usage(products).contains("--products 250001: give a number from 1 to 250000"));
    assert!(
        usage(Settings {
            days: 0,
            ..plain.clone()
        })
        .contains("--days 0")
    );
    let end = Settings {
        start: date("9999-12-31"),
        days: 2,
        ..plain.clone()
    };
    assert!(usage(end).contains("--start-date"));
    let share = Shares {
        malformed: 1.5,
        ..Shares::default()
    };
    assert!(
        usage(Settings {
            faults: share,
            ..plain.clone()
        })
        .contains("--malformed 1.5")
    );
    let share = Shares {
        late: f64::NAN,
        ..Shares::default()
    };
    assert!(
        usage(Settings {
            faults: share,
            ..plain.clone()
        })
        .contains("--late NaN")
    );
    let first = Settings {
        start: date("0001-01-01"),
        days: 40,
        transactions_per_day: 50,
        ..plain
    };
    assert_eq!(make(&first, 1).files.len(), 40);
}

#[test]
fn errors_and_signals_end_the_run() {
    for threads in [1, 4] {
        let plan = Plan::new(settings(50, 2_000)).unwrap();
        let mut pieces = 0;
        let failed = run(&plan, threads, &Stop::never(), |_| {
            pieces += 1;
            if pieces < 5 {
                Ok(())
            } else {
                Err(Error::BrokenPipe)
            }
        });
        assert!(matches!(failed, Err(Error::BrokenPipe)));
        let stop = Stop::never();
        stop.ask(2);
        let stopped = run(&plan, threads, &stop, |_| Ok(()));
        assert!(matches!(stopped, Err(Error::Interrupted(2))));
    }
}

#[test]
fn the_plan_counts_its_rows() {
    let plan = Plan::new(settings(14, 48)).unwrap();
    assert_eq!(plan.total_rows(), 672);
    let last = date("2025-01-01") + Days::new(13);
    assert_eq!(plan.dates().last(), Some(last));
}
