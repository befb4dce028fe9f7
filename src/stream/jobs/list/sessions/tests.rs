use proptest::prelude::*;
use serde_json::{Value, json};

use crate::stream::jobs::tests::bench::{Bench, at, bought, cart, some, view, with};
use crate::stream::jobs::visits::model;

const MINUTE: i64 = 60;

fn rows(set: &[&str], events: &[Value]) -> Vec<serde_json::Map<String, Value>> {
    let mut bench = Bench::new("sessions", set);
    bench.events(events);
    bench.finish();
    bench.rows()
}

#[test]
fn a_session_ends_with_a_pause() {
    let found = rows(
        &[],
        &[
            view("u", "s", 0, "a"),
            view("u", "s", 30 * MINUTE - 1, "a"),
            view("u", "s", 60 * MINUTE - 1, "a"),
        ],
    );
    let shown: Vec<_> = found
        .iter()
        .map(|row| some(row, &["duration_seconds", "page_views"]))
        .collect();
    assert_eq!(shown, [json!([0, 1]), json!([1_799, 2])]);
}

/// Seed mistake 20: `page_views` counted cart events, and views were never read.
#[test]
fn mistake_20_page_views_are_views() {
    let found = rows(
        &[],
        &[
            view("u", "s", 0, "a"),
            view("u", "s", 1, "b"),
            cart("add", "u", "s", 2, ("a", 1)),
            cart("update", "u", "s", 3, ("a", 3)),
            cart("add", "u", "s", 4, ("b", 1)),
            cart("remove", "u", "s", 5, ("b", 0)),
        ],
    );
    let columns = [
        "page_views",
        "cart_adds",
        "cart_removes",
        "cart_updates",
        "products_in_cart",
    ];
    assert_eq!(some(&found[0], &columns), json!([2, 2, 1, 1, 1]));
}

/// Seed mistake 22: `purchase_completed` and `abandoned` were never set, and the value was 0.
#[test]
fn mistake_22_purchases_and_abandoned_carts_are_known() {
    let columns = [
        "session_id",
        "purchase_completed",
        "abandoned",
        "total_amount",
        "cart_value",
    ];
    let found = rows(
        &[],
        &[
            cart("add", "u", "bought", 0, ("a", 2)),
            bought("u", 60, &[("a", 2, "10.50")]),
            with(cart("add", "v", "left", 61, ("a", 2)), "price", "10.50"),
            cart("add", "w", "emptied", 62, ("a", 2)),
            cart("remove", "w", "emptied", 63, ("a", 0)),
        ],
    );
    let shown: Vec<_> = found.iter().map(|row| some(row, &columns)).collect();
    let wanted = [
        json!(["left", false, true, "0.00", "21.00"]),
        json!(["emptied", false, false, "0.00", "0.00"]),
        json!(["bought", true, false, "21.00", "0.00"]),
    ];
    wanted
        .iter()
        .for_each(|row| assert!(shown.contains(row), "{row} in {shown:?}"));
}

/// Seed mistake 11: a session that spanned two windows was two rows with one key.
#[test]
fn mistake_11_a_long_session_is_one_row() {
    let events: Vec<_> = (0..50)
        .map(|n| view("u", "s", n * 20 * MINUTE, "a"))
        .collect();
    let found = rows(&[], &events);
    assert_eq!(found.len(), 1);
    assert_eq!(
        some(&found[0], &["duration_seconds", "page_views"]),
        json!([49 * 1_200, 50])
    );
    // A name that comes again after a pause is another row: its start tells it apart.
    let found = rows(
        &[],
        &[view("u", "s", 0, "a"), view("u", "s", 30 * MINUTE, "a")],
    );
    let starts: Vec<_> = found
        .iter()
        .map(|row| some(row, &["session_id", "start_time"]))
        .collect();
    let wanted = [
        json!(["s", "2025-03-01T00:00:00Z"]),
        json!(["s", "2025-03-01T00:30:00Z"]),
    ];
    assert_eq!(starts, wanted);
}

#[test]
fn a_purchase_without_a_session_belongs_to_the_latest_one() {
    let columns = ["session_id", "purchases", "page_views"];
    let found = rows(
        &[],
        &[
            view("u", "one", 0, "a"),
            view("u", "two", 60, "a"),
            view("u", "one", 120, "a"),
            bought("u", 180, &[("a", 1, "1")]),
            bought("u", 180 + 40 * MINUTE, &[("a", 1, "1")]),
            bought("w", 180 + 40 * MINUTE, &[("a", 1, "1")]),
            view("w", "after", 181 + 40 * MINUTE, "a"),
            view("v", "other", 181 + 40 * MINUTE, "a"),
        ],
    );
    let shown: Vec<_> = found.iter().map(|row| some(row, &columns)).collect();
    let wanted = [
        json!(["one", 1, 2]),
        json!(["two", 0, 1]),
        json!([null, 1, 0]),
        json!(["after", 1, 1]),
        json!(["other", 0, 1]),
    ];
    assert_eq!(shown.len(), wanted.len());
    wanted
        .iter()
        .for_each(|row| assert!(shown.contains(row), "{row} in {shown:?}"));
}

#[test]
fn a_session_without_a_customer_stands_by_itself() {
    let mut events = [
        view("u", "s", 0, "a"),
        view("v", "s", 1, "a"),
        view("w", "t", 2, "a"),
    ];
    events[0]["user_id"] = Value::Null;
    let found = rows(&[], &events);
    let mut shown: Vec<_> = found
        .iter()
        .map(|row| some(row, &["session_id", "user_id"]))
        .collect();
    shown.sort_by_key(Value::to_string);
    assert_eq!(
        shown,
        [json!(["s", "v"]), json!(["s", null]), json!(["t", "w"])]
    );
}

#[test]
fn a_value_that_is_not_known_is_not_told() {
    let two = [
        with(cart("add", "u", "s", 0, ("a", 1)), "price", "5"),
        cart("add", "u", "s", 1, ("b", 1)),
    ];
    let found = rows(&[], &two);
    assert_eq!(
        some(&found[0], &["abandoned", "cart_value"]),
        json!([true, null])
    );
    // The price of the view just before, and one that a later view tells.
    let found = rows(
        &[],
        &[
            with(view("u", "s", 0, "a"), "price", "5"),
            cart("add", "u", "s", 1, ("a", 2)),
            cart("add", "u", "s", 2, ("b", 1)),
            with(view("u", "s", 3, "b"), "price", "0.25"),
        ],
    );
    assert_eq!(found[0]["cart_value"], "10.25");
}

#[test]
fn it_shows_who_is_there_and_how_far_sessions_came() {
    let mut bench = Bench::new("sessions", &[]);
    bench.events(&[
        view("u", "s", 0, "a"),
        cart("add", "u", "s", 10, ("a", 1)),
        view("v", "t", 20, "a"),
        view("w", "w", 25 * MINUTE, "a"),
        view("w", "w", 32 * MINUTE, "a"),
    ]);
    let figures = [
        "sessions",
        "with_view",
        "with_cart",
        "purchased",
        "abandoned",
    ];
    assert_eq!(figures.map(|name| bench.figure(name)), [2, 2, 1, 0, 1]);
    bench.restart();
    let view_of = |bench: &Bench| {
        let view = bench.stage.job.view();
        (view["active"].clone(), view["funnel"][2].clone())
    };
    assert_eq!(bench.stage.job.view()["active"], 1);
    bench.events(&[view("w", "w", 34 * MINUTE, "a")]);
    let step = json!({"step": "with_cart", "sessions": 1, "share": 0.5});
    assert_eq!(view_of(&bench), (json!(1), step));
    bench.finish();
    let step = json!({"step": "with_cart", "sessions": 1, "share": 0.3333});
    assert_eq!(view_of(&bench), (json!(0), step));
    assert_eq!(bench.stage.job.view()["latest"][0]["session_id"], "w");
    assert!(
        bench.stage.job.table().is_empty(),
        "sessions that have ended are forgotten"
    );
}

proptest! {
    #[test]
    fn it_does_what_a_sorted_model_does(deeds in model::deeds()) {
        const GAP: i64 = 600;
        let bench = model::run("sessions", &["gap=10m"], &deeds);
        let mut wanted = Vec::new();
        for user in model::gathered(&deeds, GAP) {
            let sessions = user.iter().map(|(number, _)| number + 1).max().unwrap_or(0);
            for session in 0..sessions {
                let own = user.iter().filter(|(number, _)| *number == session);
                let own: Vec<_> = own.map(|(_, deed)| deed.clone()).collect();
                wanted.push(model::row(&own));
            }
        }
        wanted.sort_by_key(Value::to_string);
        let found: Vec<_> = bench.rows().into_iter().map(Value::Object).collect();
        prop_assert_eq!(bench.figure("sessions"), wanted.len() as i64);
        prop_assert_eq!(found, wanted);
    }
}

/// Files that come hour by hour lose no visit of their first half hour.
#[test]
fn what_comes_after_the_end_of_a_source_is_taken() {
    let mut bench = Bench::new("sessions", &[]);
    bench.event(0, &view("u1", "s1", 0, "p"));
    bench.finish();
    bench.restart();
    bench.event(0, &view("u2", "s2", 1_200, "p"));
    bench.event(0, &view("u1", "s1", 1_260, "p"));
    assert_eq!(bench.late, 0);
    bench.finish();
    let rows = bench.rows();
    let names = ["session_id", "start_time", "page_views"];
    let rows: Vec<_> = rows.iter().map(|row| some(row, &names)).collect();
    assert_eq!(
        rows,
        [
            json!(["s1", at(0) + "Z", 1]),
            json!(["s2", at(1_200) + "Z", 1]),
            json!(["s1", at(1_260) + "Z", 1])
        ]
    );
    // What is older than the last event is late.
    bench.event(0, &view("u3", "s3", 1_200, "p"));
    assert_eq!(bench.late, 1);
}
