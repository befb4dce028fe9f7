use proptest::prelude::*;
use serde_json::{Value, json};

use crate::stream::jobs::tests::bench::{Bench, SECOND, Said, clock, texts};

mod models;

/// Noon of some day, in seconds.
const NOON: i64 = 1_740_830_400;

fn anomalies(set: &[&str]) -> Bench {
    Bench::new("anomalies", set)
}

/// A sale of one product, `seconds` after noon.
fn sale(seconds: i64, id: &str, user: &str, product: &str, units: u32, price: &str) -> String {
    json!({
        "sale_id": id, "store_id": "S1", "product_id": product, "customer_id": user,
        "quantity": units, "unit_price": price, "sale_timestamp": clock((NOON + seconds) * SECOND),
    })
    .to_string()
}

/// Amounts of one product, a minute apart, each by another customer.
fn amounts(job: &mut Bench, prices: &[&str]) {
    for (n, price) in (0..).zip(prices) {
        job.say(&sale(
            n * 60,
            &format!("t{n}"),
            &format!("u{n}"),
            "p",
            1,
            price,
        ));
    }
    job.finish();
}

fn of_kind(job: &Bench, kind: &str) -> Vec<Said> {
    let mut rows = job.table("anomalies");
    rows.retain(|row| row["alert_type"] == kind);
    assert_eq!(job.figure(kind), rows.len() as i64, "{kind}");
    rows
}

#[test]
fn high_value_is_strictly_more_than_the_threshold() {
    let mut job = anomalies(&[]);
    job.say(&sale(0, "t0", "u0", "p", 1, "5000.00"));
    assert!(job.table("anomalies").is_empty());
    job.say(&sale(1, "t1", "u1", "p", 1, "5000.01"));
    job.say(&sale(2, "t2", "u2", "p", 4, "2500"));
    let rows = of_kind(&job, "high_value");
    assert_eq!(texts(&rows, "transaction_id"), ["t1", "t2"]);
    assert_eq!(texts(&rows, "severity"), ["HIGH", "CRITICAL"]);
    let row = &rows[0];
    let wanted = [
        ("detected_at", json!(clock((NOON + 1) * SECOND))),
        ("store_id", json!("S1")),
        ("product_id", json!("p")),
        ("user_id", json!("u1")),
        ("session_id", Value::Null),
        ("threshold", json!(5000)),
        ("score", json!(1.0)),
        ("reason", json!("High value transaction: $5000.01")),
    ];
    for (column, value) in wanted {
        assert_eq!(row[column], value, "{column}");
    }
    assert_eq!(row["value"].to_string(), "5000.01");
    assert_eq!(rows[1]["score"], 2.0);
}

#[test]
fn unusual_quantity_fires_once_for_the_largest_line() {
    let transaction = |id: &str, quantities: [u32; 3]| {
        let lines: Vec<_> = quantities
            .iter()
            .zip(["a", "b", "c"])
            .map(|(quantity, product)| json!({"product_id": product, "quantity": quantity, "price": 2}))
            .collect();
        let time = clock(NOON * SECOND);
        json!({"transaction_id": id, "user_id": id, "timestamp": time, "products": lines})
            .to_string()
    };
    let mut job = anomalies(&[]);
    job.say(&transaction("t1", [10, 10, 10]));
    assert!(job.table("anomalies").is_empty());
    job.say(&transaction("t2", [11, 25, 12]));
    job.say(&transaction("t3", [1, 1, 11]));
    let rows = of_kind(&job, "unusual_quantity");
    assert_eq!(texts(&rows, "transaction_id"), ["t2", "t3"]);
    assert_eq!(texts(&rows, "product_id"), ["b", "c"]);
    assert_eq!(texts(&rows, "severity"), ["HIGH", "MEDIUM"]);
    assert_eq!(texts(&rows, "score"), ["2.5", "1.1"]);
    assert_eq!(texts(&rows, "value"), ["25", "11"]);
    assert_eq!(
        texts(&rows, "reason"),
        ["Unusual quantity: 25 items", "Unusual quantity: 11 items"]
    );
}

/// Mistake 11 of the replaced systems: the second one of a transaction ended the query.
#[test]
fn a_sale_may_be_two_anomalies_with_numbers_of_their_own() {
    let mut job = anomalies(&[]);
    job.say(&sale(0, "t", "u", "p", 100, "99"));
    let rows = job.table("anomalies");
    assert_eq!(
        texts(&rows, "alert_type"),
        ["high_value", "unusual_quantity"]
    );
    assert_ne!(rows[0]["alert_id"], rows[1]["alert_id"]);
}

#[test]
fn returns_are_none() {
    let mut job = anomalies(&[]);
    let back = |text: String| text.replace("{", r#"{"transaction_type":"RETURN","#);
    for n in 0..12 {
        let id = format!("t{n}");
        job.say(&back(sale(
            n,
            &id,
            "u",
            "p",
            100,
            ["100", "9"][n as usize % 2],
        )));
    }
    job.say(&sale(20, "t20", "u", "p", 1, "4000"));
    job.finish();
    assert!(job.table("anomalies").is_empty());
}

#[test]
fn late_events_are_looked_at_by_themselves() {
    let mut job = anomalies(&[]);
    job.say(&sale(600, "t0", "u", "p", 1, "1"));
    assert!(job.say(&sale(0, "t1", "u", "p", 11, "1000")));
    assert_eq!(
        texts(&job.table("anomalies"), "transaction_id"),
        ["t1", "t1"]
    );
}

/// Mistake 22: declared by the replaced system, and never built.
#[test]
fn rapid_transactions_fire_once_per_burst() {
    let mut job = anomalies(&[]);
    let burst = |job: &mut Bench, from: i64, count: i64, step: i64| {
        for n in 0..count {
            job.say(&sale(
                from + n * step,
                &format!("t{from}-{n}"),
                "u",
                "p",
                1,
                "5",
            ));
        }
    };
    burst(&mut job, 0, 5, 1);
    burst(&mut job, 1_000, 9, 7);
    burst(&mut job, 2_000, 6, 11);
    burst(&mut job, 3_000, 6, 12);
    job.finish();
    let rows = of_kind(&job, "rapid_transactions");
    // The sixth of six that are 12 s apart comes when the first is 60 s old.
    assert_eq!(texts(&rows, "transaction_id"), ["t1000-5", "t2000-5"]);
    assert_eq!(texts(&rows, "score"), ["1.2", "1.2"]);
    assert_eq!(texts(&rows, "severity"), ["HIGH", "HIGH"]);
    assert_eq!(texts(&rows, "user_id"), ["u", "u"]);
    assert_eq!(rows[0]["reason"], "Rapid transactions: 6 within 60 s");
}

#[test]
fn a_burst_goes_on_while_there_are_too_many() {
    let mut job = anomalies(&[]);
    // Six a minute and more for an hour, then five a minute, then six again.
    let times = (0..360).map(|n| n * 10 - n % 2);
    let times = times.chain((0..20).map(|n| 3_612 + n * 13));
    let times = times.chain((0..6).map(|n| 4_000 + n));
    for (n, time) in times.enumerate() {
        job.say(&sale(time, &format!("t{n}"), "u", "p", 1, "5"));
    }
    job.finish();
    let rows = of_kind(&job, "rapid_transactions");
    assert_eq!(texts(&rows, "transaction_id"), ["t5", "t385"]);
}

#[test]
fn the_lines_of_a_sale_are_one_sale() {
    let mut job = anomalies(&[]);
    for n in 0..20 {
        job.say(&sale(0, "t", "u", &format!("p{n}"), 1, "5"));
    }
    job.finish();
    assert!(job.table("anomalies").is_empty());
}

#[test]
fn different_customers_are_no_burst() {
    let mut job = anomalies(&[]);
    for n in 0..50 {
        job.say(&sale(
            n,
            &format!("t{n}"),
            &format!("u{}", n % 10),
            "p",
            1,
            "5",
        ));
    }
    // Nobody knows who these were.
    for n in 0..50 {
        job.say(&sale(60 + n, &format!("x{n}"), "", "p", 1, "5"));
    }
    job.finish();
    assert!(job.table("anomalies").is_empty());
}

#[test]
fn a_burst_is_shown_before_it_is_final() {
    let mut job = anomalies(&[]);
    for n in 0..6 {
        assert!(job.early().is_empty());
        job.say(&sale(n, &format!("t{n}"), "u", "p", 1, "5"));
    }
    let early = job.early();
    assert_eq!(texts(&early, "alert_type"), ["rapid_transactions"]);
    assert!(job.table("anomalies").is_empty());
    assert_eq!(job.figure("rapid_transactions"), 0);
    job.finish();
    assert_eq!(job.table("anomalies"), early);
}

/// Mistake 21: with the value itself among eleven, the score cannot exceed 10/√11 = 3.015.
#[test]
fn mistake_21_the_z_score_exceeds_what_it_could_with_the_value_itself() {
    let ten = ["9", "11", "9", "11", "9", "11", "9", "11", "9", "11"];
    let prices: Vec<_> = ten.into_iter().chain(["1000"]).collect();
    let mut job = anomalies(&["high_value=100000"]);
    amounts(&mut job, &prices);
    let rows = of_kind(&job, "z_score");
    assert_eq!(texts(&rows, "transaction_id"), ["t10"]);
    let score = rows[0]["score"].as_f64().unwrap();
    // Mean 10, sample deviation √(10/9).
    assert!(
        (score - 990.0 / (10.0f64 / 9.0).sqrt()).abs() < 1e-3,
        "{score}"
    );
    assert!(score > 10.0 / 11.0f64.sqrt());
    let with_itself = models::with_itself(&[
        9.0, 11.0, 9.0, 11.0, 9.0, 11.0, 9.0, 11.0, 9.0, 11.0, 1000.0,
    ]);
    assert!(with_itself <= 3.015_2, "{with_itself}");
    assert_eq!(rows[0]["severity"], "MEDIUM");
    assert_eq!(rows[0]["product_id"], "p");
    assert_eq!(rows[0]["store_id"], "S1");
    assert_eq!(rows[0]["value"], 1000);
    let reason = rows[0]["reason"].as_str().unwrap();
    assert!(
        reason.contains("$10.00, the mean of the 10 before"),
        "{reason}"
    );
}

#[test]
fn the_z_score_needs_five_before() {
    for (before, count) in [(4, 0), (5, 1)] {
        let mut job = anomalies(&[]);
        let steady = ["10", "10.50", "10", "10.50", "10"];
        let prices: Vec<_> = steady[..before].iter().copied().chain(["90"]).collect();
        amounts(&mut job, &prices);
        assert_eq!(of_kind(&job, "z_score").len(), count, "{before} before");
    }
}

#[test]
fn only_the_ten_before_count() {
    // Among the first five a large one hides what comes then; after ten others it is gone.
    let wild = ["1", "100", "1", "100", "1"];
    let steady = ["10", "11"].into_iter().cycle().take(10);
    let mut job = anomalies(&[]);
    amounts(
        &mut job,
        &wild
            .into_iter()
            .chain(steady)
            .chain(["20"])
            .collect::<Vec<_>>(),
    );
    assert_eq!(texts(&of_kind(&job, "z_score"), "transaction_id"), ["t15"]);
}

#[test]
fn without_any_deviation_a_thousandth_is_one() {
    let mut job = anomalies(&[]);
    amounts(
        &mut job,
        &["5", "5", "5", "5", "5", "5.003", "5", "5", "5.01"],
    );
    // 0.003 is three of them and no more; 0.01 is more than three of what 5.003 makes of it.
    let rows = of_kind(&job, "z_score");
    assert_eq!(texts(&rows, "transaction_id"), ["t8"]);
}

#[test]
fn shops_and_products_have_series_of_their_own() {
    let mut job = anomalies(&[]);
    let line = |n: i64, store: &str, product: &str, price: &str| {
        sale(n, &format!("t{n}"), &format!("u{n}"), product, 1, price).replace("S1", store)
    };
    for n in 0..12 {
        let odd = n % 2 == 1;
        job.say(&line(n * 60, "S1", "p", if odd { "10" } else { "11" }));
        job.say(&line(
            n * 60 + 1,
            "S2",
            "p",
            if odd { "1000" } else { "1100" },
        ));
        job.say(&line(
            n * 60 + 2,
            "S1",
            "q",
            if odd { "500" } else { "550" },
        ));
    }
    assert!(job.table("anomalies").is_empty());
    job.say(&line(800, "S1", "p", "1000"));
    job.say(&line(801, "S2", "p", "1000"));
    job.finish();
    assert_eq!(texts(&job.table("anomalies"), "transaction_id"), ["t800"]);
}

#[test]
fn without_a_shop_the_country_is_it() {
    let mut job = anomalies(&[]);
    for n in 0..12 {
        for (country, scale) in [("UK", 1), ("France", 100)] {
            let text = sale(
                n * 60,
                &format!("{country}{n}"),
                &format!("{country}{n}"),
                "p",
                1,
                "PRICE",
            );
            let price = (10 + n % 2) * scale * if n == 11 && country == "UK" { 50 } else { 1 };
            let text = text.replace(r#""store_id":"S1""#, &format!(r#""country":"{country}""#));
            job.say(&text.replace("PRICE", &price.to_string()));
        }
    }
    job.finish();
    let rows = job.table("anomalies");
    assert_eq!(texts(&rows, "transaction_id"), ["UK11"]);
    assert_eq!(rows[0]["store_id"], Value::Null);
}

#[test]
fn customers_and_series_are_forgotten() {
    let mut job = anomalies(&["forget=1h"]);
    for n in 0..6 {
        job.say(&sale(
            n,
            &format!("t{n}"),
            "u",
            "p",
            1,
            ["10", "11"][n as usize % 2],
        ));
    }
    assert_eq!(job.stage.job.table().len(), 2);
    // Two minutes later nobody asks for the customer any more, an hour later for the product.
    job.say(&sale(200, "x", "", "q", 1, "1"));
    assert_eq!(job.stage.job.table().len(), 2);
    job.say(&sale(3_700, "y", "", "q", 1, "1"));
    assert_eq!(job.stage.job.table().len(), 1);
    job.say(&sale(3_701, "z", "v", "p", 1, "4000"));
    job.finish();
    assert_eq!(of_kind(&job, "z_score"), Vec::<Said>::new());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Whatever the order within the patience and the restarts: what a walk over the sorted sales
    /// finds.
    #[test]
    fn the_order_of_arrival_does_not_matter(
        sales in proptest::collection::vec(models::sale(), 1..150),
        restart_each in 1usize..40,
    ) {
        let Some(mut wanted) = models::anomalies(&sales) else { return Ok(()) };
        let mut arrived = sales.clone();
        arrived.sort_by_key(|sale| sale.time + sale.delay);
        let mut job = anomalies(&["high_value=100"]);
        for (number, sale) in arrived.iter().enumerate() {
            prop_assert!(!job.say(&sale.json()));
            if number % restart_each == 0 {
                job.restart();
            }
        }
        job.finish();
        let said = job.table("anomalies");
        let mut found: Vec<_> = said.iter().map(models::found).collect();
        found.sort_unstable();
        wanted.sort_unstable();
        prop_assert_eq!(found, wanted);
    }
}
