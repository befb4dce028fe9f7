//! Jobs in windows against the core of revenue, which is held against a naive model of its own.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{MINUTE, Stage};
use crate::record::{Money, Time};
use crate::stream::jobs::list::find;
use crate::stream::jobs::operator::Operator;
use crate::stream::jobs::row::{Cell, Row};
use crate::stream::jobs::setup::Setup;
use crate::stream::window::{Closed, Shape, Windows};

type Rows = BTreeMap<(i64, String), i128>;

fn revenue(shape: Shape) -> Box<dyn Operator> {
    let entry = find("revenue").unwrap();
    let mut setup = Setup::new(entry.spec, &[], None).unwrap();
    setup.patience = shape.patience;
    setup.set("window", format!("{}m", shape.size / MINUTE));
    setup.set("slide", format!("{}m", shape.slide / MINUTE));
    (entry.make)(&setup).unwrap()
}

fn sorted(rows: Vec<Row>) -> Rows {
    let mut sorted = Rows::new();
    for row in rows {
        let [
            Cell::Text(product),
            Cell::Decimal(sum),
            Cell::Time(start),
            Cell::Time(_),
        ] = &row[..]
        else {
            panic!("{row:?}")
        };
        let twice = sorted.insert((*start, product.to_string()), *sum);
        assert_eq!(twice, None, "{row:?}");
    }
    sorted
}

fn closed(rows: &mut Rows, row: Closed) {
    let product = String::from_utf8(row.product.to_vec()).unwrap();
    rows.insert((row.start, product), row.revenue.units());
}

#[derive(Debug, Clone)]
enum Step {
    Sale(usize, u8, i64, i64),
    Idle(usize, bool),
    Close,
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let time = prop_oneof![4 => 10_000i64..10_400, 1 => 5_000i64..13_000];
    let step = prop_oneof![
        8 => (0usize..3, 0u8..3, time, -500i64..5_000).prop_map(|(p, k, t, c)| Step::Sale(p, k, t, c)),
        1 => (0usize..3, any::<bool>()).prop_map(|(p, idle)| Step::Idle(p, idle)),
        3 => Just(Step::Close),
        1 => Just(Step::Restart),
    ];
    proptest::collection::vec(step, 1..100)
}

fn shapes() -> impl Strategy<Value = Shape> {
    let slide = prop_oneof![Just(1i64), Just(5), Just(15)];
    let overlap = prop_oneof![Just(1i64), Just(2), Just(4), Just(12)];
    (slide, overlap, 0i64..60).prop_map(|(slide, overlap, wait)| Shape {
        size: slide * overlap * MINUTE,
        slide: slide * MINUTE,
        patience: wait * MINUTE,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// The same rows in the same closings, the same late events, and always
    /// placed = written + open + missed.
    #[test]
    fn they_are_those_of_revenue_by_itself(shape in shapes(), steps in steps()) {
        let mut stage = Stage::new(revenue(shape), 3);
        let mut windows = Windows::new(shape);
        windows.partitions(3);
        let mut late = 0;
        for step in steps {
            match step {
                Step::Sale(partition, product, minutes, cents) => {
                    let time = Time::from_micros(minutes * MINUTE).unwrap();
                    let sign = if cents < 0 { "-" } else { "" };
                    let json = format!(
                        r#"{{"product":"P{product}","amount":"{sign}{}.{:02}","order_time":"{time}"}}"#,
                        cents.abs() / 100, cents.abs() % 100,
                    );
                    let money = Money::from_cents(cents).unwrap();
                    let product = format!("P{product}");
                    let placed = windows.add(partition, product.as_bytes(), time, money);
                    prop_assert_eq!(stage.event(partition, &json), placed.missed > 0);
                    late += u64::from(placed.missed > 0);
                }
                Step::Idle(partition, idle) => {
                    windows.set_idle(partition, idle);
                    stage.marks.set_idle(partition, idle);
                }
                Step::Close => {
                    let mut rows = Rows::new();
                    windows.close(|row| closed(&mut rows, row));
                    stage.advance();
                    prop_assert_eq!(sorted(stage.rows()), rows);
                }
                Step::Restart => stage.restart(revenue(shape)),
            }
            let tally = stage.job.tally();
            let open = stage.job.open_money().unwrap();
            prop_assert_eq!(open, windows.open_revenue().units());
            prop_assert_eq!(tally.placed, tally.written + open + tally.missed);
            prop_assert_eq!(tally.late, late);
        }
        let mut rows = Rows::new();
        windows.finish(|row| closed(&mut rows, row));
        stage.finish();
        prop_assert_eq!(sorted(stage.rows()), rows);
        prop_assert!(stage.job.table().is_empty());
    }
}
