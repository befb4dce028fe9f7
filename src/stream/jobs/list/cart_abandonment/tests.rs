use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::stream::jobs::list::find;
use crate::stream::jobs::setup::Setup;
use crate::stream::jobs::tests::bench::{Bench, at, bought, cart, some, view, with};
use crate::stream::jobs::visits::model::{self, What, money};

const MINUTE: i64 = 60;

fn add(user: &str, seconds: i64, price: &str) -> Value {
    with(cart("add", user, "s", seconds, ("a", 1)), "price", price)
}

/// Seed mistake 22: 15 minutes within a window of 2 could never be reached, active sessions were
/// told of, purchases not looked at, and the value was always 0.
#[test]
fn mistake_22_an_abandoned_cart_is_told_of_after_its_time_and_only_then() {
    let mut bench = Bench::new("cart_abandonment", &[]);
    bench.events(&[
        add("left", 0, "20.50"),
        add("buys", 1, "20.50"),
        add("looks", 2, "20.50"),
        bought("buys", 5 * MINUTE, &[("a", 1, "20.50")]),
        view("looks", "s", 14 * MINUTE, "b"),
        // The watermark is a minute behind.
        view("x", "x", 16 * MINUTE - 1, "a"),
    ]);
    assert_eq!(bench.rows(), []);
    bench.events(&[view("x", "x", 16 * MINUTE, "a")]);
    let found = bench.rows();
    let columns = [
        "alert_type",
        "severity",
        "detected_at",
        "user_id",
        "session_id",
        "value",
        "threshold",
        "score",
        "reason",
    ];
    let wanted = json!([
        "CART_ABANDONED",
        "LOW",
        "2025-03-01T00:15:00Z",
        "left",
        "s",
        20.5,
        15,
        1.0,
        "1 product worth 20.50 in the cart, nothing done for 15m"
    ]);
    assert_eq!(
        found
            .iter()
            .map(|row| some(row, &columns))
            .collect::<Vec<_>>(),
        [wanted]
    );
    bench.events(&[view("x", "x", 40 * MINUTE, "a")]);
    assert_eq!(
        bench.rows().len(),
        2,
        "who looked last after 14 minutes is gone after 29"
    );
    assert_eq!(bench.figure("abandoned"), 2);
    bench.finish();
    assert_eq!(bench.rows().len(), 2);
}

#[test]
fn a_session_is_told_of_once_and_may_come_back() {
    let mut bench = Bench::new("cart_abandonment", &[]);
    bench.events(&[
        add("u", 0, "500"),
        add("u", 20 * MINUTE, "1"),
        view("u", "s", 36 * MINUTE, "b"),
    ]);
    assert_eq!((bench.rows().len(), bench.figure("recovered")), (1, 0));
    assert_eq!(bench.rows()[0]["severity"], "HIGH");
    bench.restart();
    bench.events(&[
        bought("u", 40 * MINUTE, &[("a", 2, "501")]),
        bought("u", 41 * MINUTE, &[("a", 2, "501")]),
        view("v", "v", 50 * MINUTE, "a"),
    ]);
    bench.finish();
    assert_eq!((bench.rows().len(), bench.figure("recovered")), (1, 1));
    assert!(
        bench.stage.job.table().is_empty(),
        "sessions that have ended are forgotten"
    );
}

#[test]
fn severity_and_reason_tell_what_is_known_of_the_value() {
    for (price, severity) in [
        ("99.99", "LOW"),
        ("100", "MEDIUM"),
        ("499.99", "MEDIUM"),
        ("500", "HIGH"),
    ] {
        let mut bench = Bench::new("cart_abandonment", &["idle=1m", "gap=1m"]);
        bench.events(&[add("u", 0, price)]);
        bench.finish();
        assert_eq!(bench.rows()[0]["severity"], severity, "{price}");
    }
    let mut bench = Bench::new("cart_abandonment", &[]);
    bench.events(&[add("u", 0, "1"), cart("add", "u", "s", 1, ("b", 3))]);
    bench.finish();
    let reason = "2 products worth at least 1.00 in the cart, nothing done for 15m; \
        1 of them without a known price";
    assert_eq!(
        some(&bench.rows()[0], &["value", "reason"]),
        json!([null, reason])
    );
    let mut bench = Bench::new("cart_abandonment", &[]);
    let unpriced = |n, product| cart("add", "u", "s", n, (product, 3));
    bench.events(&[unpriced(0, "a"), unpriced(1, "b")]);
    bench.finish();
    let reason = "2 products worth an unknown amount in the cart, nothing done for 15m";
    assert_eq!(
        some(&bench.rows()[0], &["value", "severity", "reason"]),
        json!([null, "LOW", reason])
    );
    // A price of nothing is one.
    let mut bench = Bench::new("cart_abandonment", &[]);
    bench.events(&[add("u", 0, "0")]);
    bench.finish();
    let reason = "1 product worth 0.00 in the cart, nothing done for 15m";
    assert_eq!(
        some(&bench.rows()[0], &["value", "reason"]),
        json!([0, reason])
    );
}

#[test]
fn a_pause_that_no_session_has_is_refused() {
    let spec = find("cart_abandonment").expect("a job");
    let set = ["cart_abandonment.idle=31m".to_owned()];
    let setup = Setup::new(spec.spec, &set, None).expect("a setup");
    let error = (spec.make)(&setup).err().expect("an error").to_string();
    assert!(error.contains("longer than the gap of 30m"), "{error}");
}

proptest! {
    #[test]
    fn it_does_what_a_sorted_model_does(deeds in model::deeds()) {
        let (gap, idle) = (600, 300);
        let bench = model::run("cart_abandonment", &["gap=10m", "idle=5m"], &deeds);
        let mut wanted = Vec::new();
        let mut recovered = 0;
        for user in model::gathered(&deeds, gap) {
            // By session: the deeds that count for its cart, when the last one was, and whether it
            // was told of.
            let mut sessions: BTreeMap<usize, (Vec<model::Deed>, i64, bool)> = BTreeMap::new();
            let mut told = Vec::new();
            let mut look = |sessions: &mut BTreeMap<usize, (Vec<model::Deed>, i64, bool)>, now: i64| {
                for (deeds, last, was_told) in sessions.values_mut() {
                    let left = model::left(&*deeds);
                    let has_bought = deeds.iter().any(|deed| deed.what == What::Buy);
                    if !*was_told && !has_bought && !left.is_empty() && *last + idle <= now {
                        *was_told = true;
                        // Nothing, unless every product has a price.
                        let priced = left.values().map(|(n, price)| Some(n * (*price)?));
                        let value: Option<i64> = priced.sum();
                        told.push(json!([
                            format!("{}Z", at(*last + idle)),
                            deeds[0].user(),
                            deeds.iter().map(model::Deed::session).max(),
                            value.map(|value| money(value).parse::<f64>().expect("a number")),
                        ]));
                    }
                }
            };
            for (number, deed) in user {
                look(&mut sessions, deed.time);
                if deed.what == What::Buy {
                    // All that was done to any cart is undone.
                    for (deeds, ..) in sessions.values_mut() {
                        deeds.retain(|deed| matches!(deed.what, What::View | What::Buy));
                    }
                }
                let session = sessions.entry(number).or_insert((Vec::new(), 0, false));
                let bought = session.0.iter().any(|deed| deed.what == What::Buy);
                recovered += i64::from(session.2 && deed.what == What::Buy && !bought);
                session.1 = deed.time;
                session.0.push(deed);
            }
            look(&mut sessions, i64::MAX);
            wanted.append(&mut told);
        }
        let number = |value: &Value| json!(value.as_f64());
        let found = bench.rows();
        let found = found.iter().map(|row| {
            let mut cells = some(row, &["detected_at", "user_id", "session_id", "value"]);
            cells[3] = number(&cells[3]);
            cells
        });
        let mut found: Vec<_> = found.collect();
        found.sort_by_key(Value::to_string);
        wanted.sort_by_key(Value::to_string);
        prop_assert_eq!(found, wanted);
        prop_assert_eq!(bench.figure("recovered"), recovered);
    }
}
