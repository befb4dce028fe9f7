//! Jobs that follow keys, against a walk through the sorted events.

use proptest::prelude::*;

use super::{MINUTE, Stage};
use crate::record::Event;
use crate::stream::jobs::operator::Operator;
use crate::stream::jobs::ordered::{ByKey, Ordered};
use crate::stream::jobs::out::Out;
use crate::stream::jobs::row::{Cell, Row};
use crate::stream::jobs::spec::{Keep, Spec, TableSpec, Type, column};

static SPEC: Spec = Spec {
    name: "spells",
    about: "What is bought without a pause of half an hour",
    events: "sales",
    patience: std::time::Duration::from_secs(600),
    tables: &[TableSpec {
        name: "spells",
        keep: Keep::Rows,
        columns: &[
            column("product", Type::Text),
            column("start", Type::Time),
            column("end", Type::Time),
            column("amounts", Type::Text),
        ],
    }],
    settings: &[],
    figures: &["spells"],
};

const GAP: i64 = 30 * MINUTE;
const PATIENCE: i64 = 10 * MINUTE;

/// Spells of a product, with every amount in its order.
struct Spells;

type State = Option<(i64, i64, Vec<i64>)>;

fn row(product: &str, (start, end, amounts): &(i64, i64, Vec<i64>)) -> Row {
    let amounts: Vec<_> = amounts.iter().map(i64::to_string).collect();
    vec![
        Cell::Text(product.into()),
        Cell::Time(*start),
        Cell::Time(*end),
        Cell::Text(amounts.join(" ").into()),
    ]
}

impl Ordered for Spells {
    type State = State;
    type Input = i64;

    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn keys(&self, event: &Event<'_>, give: &mut dyn FnMut(&[u8], i64)) {
        give(event.product, event.amount.units());
    }

    fn apply(&mut self, _key: &[u8], held: &mut State, at: i64, amount: &i64, _out: &mut Out) {
        let (_, end, amounts) = held.get_or_insert((at, at, Vec::new()));
        *end = at;
        amounts.push(*amount);
    }

    fn wake(&self, held: &State) -> Option<i64> {
        held.as_ref().map(|(_, end, _)| end + GAP)
    }

    fn woken(&mut self, key: &[u8], held: &mut State, _at: i64, out: &mut Out) {
        if let Some(spell) = held.take() {
            out.row(0, row(std::str::from_utf8(key).unwrap(), &spell));
            out.count("spells", 1);
        }
    }

    fn expires(&self, _held: &State) -> i64 {
        i64::MIN
    }

    fn is_early(&self) -> bool {
        true
    }
}

fn spells() -> Box<dyn Operator> {
    Box::new(ByKey::new(Spells, PATIENCE))
}

/// The rule without any cleverness.
fn naive(events: &[(usize, u8, i64, i64)]) -> Vec<Row> {
    let mut sorted: Vec<_> = events.iter().map(|(_, k, t, c)| (*k, *t, *c)).collect();
    sorted.sort_unstable();
    let mut rows = Vec::new();
    for same in sorted.chunk_by(|a, b| a.0 == b.0 && b.1 - a.1 < 30) {
        let amounts = same.iter().map(|(_, _, cents)| cents * 100).collect();
        let (first, last) = (same[0], same[same.len() - 1]);
        let spell = (first.1 * MINUTE, last.1 * MINUTE, amounts);
        rows.push(row(&format!("P{}", first.0), &spell));
    }
    rows
}

fn play(events: &[(usize, u8, i64, i64)], restart_each: usize) -> (Vec<Row>, u64) {
    let mut stage = Stage::new(spells(), 3);
    let mut rows = Vec::new();
    for (number, (partition, product, minutes, cents)) in events.iter().enumerate() {
        let json = format!(
            r#"{{"product":"P{product}","amount":"{}.{:02}","order_time":"1970-01-{:02}T{:02}:{:02}:00"}}"#,
            cents / 100,
            cents % 100,
            minutes / 1440 + 1,
            minutes / 60 % 24,
            minutes % 60,
        );
        stage.event(*partition, &json);
        stage.advance();
        if number % restart_each == 0 {
            stage.restart(spells());
        }
        rows.extend(stage.rows());
    }
    stage.finish();
    rows.extend(stage.rows());
    rows.sort_unstable_by(|a, b| format!("{a:?}").cmp(&format!("{b:?}")));
    assert!(stage.job.table().is_empty());
    (rows, stage.job.tally().late)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever the order within the patience, the partitions and the restarts.
    #[test]
    fn they_see_events_in_the_order_of_event_time(
        events in proptest::collection::vec((0usize..3, 0u8..3, 0i64..2_000, 1i64..900), 1..80),
        jitter in proptest::collection::vec(0i64..10, 80),
        restart_each in 1usize..20,
    ) {
        let mut order: Vec<_> = events.iter().zip(&jitter).map(|(e, j)| (e.2 + j, *e)).collect();
        order.sort_by_key(|(arrival, _)| *arrival);
        let arrived: Vec<_> = order.into_iter().map(|(_, event)| event).collect();
        let mut wanted = naive(&events);
        wanted.sort_unstable_by(|a, b| format!("{a:?}").cmp(&format!("{b:?}")));
        prop_assert_eq!(play(&arrived, restart_each), (wanted, 0));
    }
}

#[test]
fn what_comes_below_its_partitions_watermark_is_late() {
    let mut stage = Stage::new(spells(), 2);
    let sale = |clock: &str| {
        format!(r#"{{"product":"Tea","amount":"1","order_time":"1970-01-01T{clock}:00"}}"#)
    };
    assert!(!stage.event(0, &sale("10:00")));
    assert!(!stage.event(0, &sale("10:30")));
    // The watermark is 10:20: that minute itself is still open.
    assert!(!stage.event(0, &sale("10:20")));
    assert!(stage.event(0, &sale("10:19")));
    // Another partition has its own.
    assert!(!stage.event(1, &sale("09:00")));
    stage.advance();
    assert!(stage.rows().is_empty());
    assert_eq!(stage.job.tally().late, 1);
}
