//! The events of a live shop through both engines: `--job metrics` here and on Spark over the same
//! topic, in order and in one partition, so that nothing is late for either.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::broker::{kafka, topic};
use crate::common::Shop;
use crate::common::chance::Chance;
use crate::figures::{count, money, units};
use crate::live::spark_pass;
use crate::servers::spark;
use crate::world::{Feed, make_topic, pass};

/// So far back an event may lie.
const JOB: [&str; 4] = ["--job", "metrics", "--watermark", "10m"];

/// All rows of the table, as JSON, in one order.
fn rows(shop: &Shop, folder: &str) -> Vec<Value> {
    let text =
        format!("SELECT * FROM '{folder}/sales_metrics' ORDER BY window_start, country, category");
    let output = shop.run(&["query", "--format", "json", "--limit", "0", &text]);
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// The reasons of rejects by offset.
fn reasons(shop: &Shop, folder: &str) -> BTreeMap<i64, String> {
    let mut all = BTreeMap::new();
    crate::common::walk(&shop.path(&format!("{folder}/_rejects")), &mut |path| {
        let name = path.to_string_lossy();
        let is_one = name.ends_with(".json") || name.ends_with(".jsonl");
        if !is_one || name.contains("_spark_metadata") {
            return;
        }
        for line in std::fs::read_to_string(path).expect("text").lines() {
            let one: Value = serde_json::from_str(line).expect("JSON");
            let reason = one["reason"].as_str().expect("a reason").to_owned();
            all.insert(one["offset"].as_i64().expect("an offset"), reason);
        }
    });
    all
}

/// A shop whose topic holds these events, and then one that is long after them.
fn with_events(broker: &str, topic: &str, events: &[String]) -> Shop {
    make_topic(broker, topic, 1);
    let feed = Feed::new(broker, topic);
    feed.events(0, events);
    feed.event(0, r#"{"product_id":"p","session_id":"s","event_type":"view","timestamp":"2025-01-03T00:00:00"}"#);
    Shop::new()
}

/// Both engines say the same of them; gives what Spark said.
fn alike(shop: &Shop, (remote, broker, topic): (&str, &str, &str)) -> Value {
    let far = shop.json(&spark_pass(remote, broker, topic, &JOB));
    let near = shop.json(&pass(broker, topic, &JOB));
    assert_eq!((&near["late"], &far["late"]), (&0.into(), &0.into()));
    for name in ["read", "accepted", "rejected", "accepted_revenue"] {
        assert_eq!(far[name], near[name], "{name}");
    }
    assert_eq!(reasons(shop, "far"), reasons(shop, "pass"));
    assert_eq!(far["rejected_by_reason"], near["rejected_by_reason"]);
    assert_eq!(
        (count(&far, "open_windows"), &far["ended"]),
        (0, &true.into())
    );
    assert_eq!(far["written_revenue"], far["accepted_revenue"]);
    let told = rows(shop, "far");
    assert_eq!(told, rows(shop, "pass"));
    assert_eq!(told.len() as u64, count(&far, "windows"));
    far
}

/// An event at this minute of 1 January.
fn at(minute: usize, rest: &str) -> String {
    let (hour, minute) = (minute / 60, minute % 60);
    format!(r#"{{"timestamp":"2025-01-01T{hour:02}:{minute:02}:00",{rest}}}"#)
}

#[test]
fn sales_by_country_and_category_are_those_worked_out_by_hand() {
    let (Some(remote), Some(broker)) = (spark(), kafka()) else {
        return;
    };
    let topic = topic();
    let line = r#"{"product_id":"a","category":"Toys","quantity":2,"price":1.005},{"product_id":"b","quantity":"1","price":"3"}"#;
    let events = [
        // The lines say what it costs, and what it is.
        at(
            0,
            &format!(r#""transaction_id":"1","country":"FR","products":[{line}]"#),
        ),
        // What is told counts, whatever the lines come to.
        at(
            0,
            &format!(
                r#""transaction_id":"2","country":"FR","total_amount":10,"products":[{line}]"#
            ),
        ),
        at(
            0,
            r#""event_type":"sale","product":"c","price":0.0001,"country":"FR","category":"Toys""#,
        ),
        at(
            1,
            r#""product":"c","quantity":3,"unit_price":"2.50","country":"FR""#,
        ),
        at(
            1,
            r#""product":"c","amount":-1.25,"country":"FR","category":" General ""#,
        ),
        at(1, r#""event_type":"RETURN","product":"c","amount":4"#),
        // These sell nothing.
        at(
            2,
            r#""event_type":"product_view","session_id":"s","product_id":"a""#,
        ),
        at(
            2,
            r#""action":"add","session_id":"s","product_id":"a","quantity":2"#,
        ),
        at(2, r#""current_stock":7,"product_id":"a""#),
        at(
            2,
            r#""event_type":"restock","product_id":"a","quantity":50"#,
        ),
        r#"{"created_at":"01/01/2025, 00:02:30","source":"web","quantity":1,"amount":5}"#
            .to_owned(),
        // And these say nothing that can be understood.
        at(3, r#""event_type":"gift","product":"c","amount":1"#),
        at(3, r#""event_type":"view","product_id":"a""#),
        at(3, r#""event_type":"inventory","product_id":"a""#),
        at(3, r#""transaction_id":"3","products":[]"#),
        at(
            3,
            r#""transaction_id":"3","products":[{"product_id":"a","quantity":1}]"#,
        ),
        at(
            3,
            r#""transaction_id":"3","products":[{"product_id":"a","quantity":1,"price":1},7]"#,
        ),
        at(3, r#""transaction_id":"3","products":"none""#),
        at(3, r#""product":"c","amount":1,"quantity":"some""#),
        at(3, r#""product":"c""#),
        at(3, r#""product":"c","amount":"1e14""#),
    ];
    let shop = with_events(&broker, &topic, &events);
    let told = alike(&shop, (remote, &broker, &topic));
    assert_eq!(
        told["name"]
            .as_str()
            .map(|name| name.starts_with("retail-metrics-")),
        Some(true)
    );
    assert_eq!(
        (count(&told, "accepted"), count(&told, "non_sales")),
        (12, 6)
    );
    let reasons = serde_json::json!({
        "unknown_type": 1, "missing_session": 1, "bad_quantity": 2, "bad_lines": 4,
        "missing_amount": 1, "amount_out_of_range": 1,
    });
    assert_eq!(told["rejected_by_reason"], reasons);
    // 2.01 + 3 + 10 + 0.0001; 7.50 - 1.25; -4.
    assert_eq!(money(&told, "written_revenue"), units("17.2601"));
    let rows = rows(&shop, "far");
    let told: Vec<_> = rows
        .iter()
        .map(|row| {
            let text = |name: &str| row[name].as_str().unwrap_or_default();
            let number = |name: &str| units(text(name));
            (
                text("country"),
                text("category"),
                number("total_amount"),
                row["transaction_count"].as_i64(),
                number("avg_transaction_value"),
            )
        })
        .collect();
    // 15.0101 by three is 5.00336…; 6.25 by two is 3.125.
    let expected = [
        ("FR", "Toys", 150_101, Some(3), 50_034),
        ("", "General", -40_000, Some(1), -40_000),
        ("FR", "General", 62_500, Some(2), 31_250),
    ];
    assert_eq!(told, expected);
    what_is_unsure(&shop, (remote, &broker, &topic));
}

/// Of these, Spark may make something else.
fn what_is_unsure(shop: &Shop, (remote, broker, topic): (&str, &str, &str)) {
    let digits = "1".repeat(19);
    let line = |rest: &str| at(0, &format!(r#""country":"FR","products":[{rest}]"#));
    let events = [
        line(r#"{"product_id":"a","quantity":1,"price":2,"price":3}"#),
        line(r#"{"product_id":"a","quantity":1,"Pri ce":2,"price":3}"#),
        line(r#"{"product_id":"a","quantity":1,"pri:ce":2}"#),
        line(&format!(
            r#"{{"product_id":"a","quantity":1,"price":0.{digits}}}"#
        )),
        at(0, r#""country":"FR","products":"[]""#),
    ];
    let before = reasons(shop, "far").len();
    Feed::new(broker, topic).events(0, &events);
    let told = shop.json(&spark_pass(remote, broker, topic, &JOB));
    assert_eq!(told["rejected_by_reason"]["unsure"], 5);
    assert_eq!(reasons(shop, "far").len(), before + 5);
    let wider = [&JOB[..], &["--set", "metrics.window=2m"]].concat();
    let failed = shop.fail(&spark_pass(remote, broker, topic, &wider), 1);
    assert!(
        failed.contains("metrics") && failed.contains("2m"),
        "{failed}"
    );
}

/// Texts that an event may have anywhere.
const TEXTS: [&str; 22] = [
    "\"\"",
    "null",
    "\" \"",
    "1",
    "\"2\"",
    "3.25",
    "-4",
    "\" 5.5 \"",
    "1e2",
    "0.00005",
    "\"1e-3\"",
    "99999999999",
    "1e15",
    "\"abc\"",
    "\"1,5\"",
    "true",
    "{}",
    "[]",
    "{\"a\":1}",
    "\"\\u00a07\"",
    "\"\\u0000\"",
    "\"\u{663}\"",
];
/// Kinds, and what is none.
const KINDS: [&str; 12] = [
    "\"sale\"",
    "\"Purchase\"",
    "\"sales_transaction\"",
    "\"RETURN\"",
    "\"restock\"",
    "\"view\"",
    "\"cart\"",
    "\"remove_from_cart\"",
    "\"inventory_update\"",
    "\"order\"",
    "\"gift\"",
    "\"\"",
];
/// Times that tell none, and a form that only orders have.
const TIMES: [&str; 6] = [
    "\"never\"",
    "\"\"",
    "null",
    "\"13/01/2025, 10:00:00\"",
    "\"01/01/2025 10:00:00\"",
    "1735689600",
];
/// Names that hold texts.
const NAMES: [&str; 18] = [
    "product",
    "product_id",
    "amount",
    "total_amount",
    "quantity",
    "qty",
    "unit_price",
    "price",
    "session_id",
    "current_stock",
    "duration_seconds",
    "source",
    "order_id",
    "category",
    "category_code",
    "country",
    "products",
    "action",
];

/// Any event, at a time not before `second`.
fn any(chance: &mut Chance, second: usize) -> String {
    let pick =
        |chance: &mut Chance, all: &[&str]| all[chance.below(all.len() as u64) as usize].to_owned();
    let (hour, minute, rest) = (second / 3600, second / 60 % 60, second % 60);
    let time = match chance.below(12) {
        0 => pick(chance, &TIMES),
        1 | 2 => format!("\"01/01/2025, {hour:02}:{minute:02}:{rest:02}\""),
        _ => format!("\"2025-01-01T{hour:02}:{minute:02}:{rest:02}Z\""),
    };
    let clock = pick(chance, &["timestamp", "created_at", "event_time"]);
    let mut members = vec![format!("\"{clock}\":{time}")];
    if chance.below(2) == 0 {
        let kind = pick(chance, &KINDS);
        members.push(format!(
            "\"{}\":{kind}",
            pick(chance, &["event_type", "transaction_type"])
        ));
    }
    if chance.below(8) == 0 {
        members.push(format!(
            "\"action\":{}",
            pick(
                chance,
                &["\"add\"", "\"Update\"", "\"remove\"", "\"steal\""]
            )
        ));
    }
    let mut names: Vec<&str> = NAMES.to_vec();
    for _ in 0..chance.below(6) {
        let name = names.swap_remove(chance.below(names.len() as u64) as usize);
        if name == "action"
            && members
                .iter()
                .any(|member| member.starts_with("\"action\""))
        {
            continue;
        }
        let value = match name {
            "products" if chance.below(4) > 0 => lines(chance),
            "country" | "category" => pick(
                chance,
                &["\"FR\"", "\"Toys\"", "\"a\\tb\"", "\"\\u00e9 \"", "null"],
            ),
            _ => pick(chance, &TEXTS),
        };
        members.push(format!("\"{name}\":{value}"));
    }
    format!("{{{}}}", members.join(","))
}

/// The lines of a transaction, mostly.
fn lines(chance: &mut Chance) -> String {
    let pick =
        |chance: &mut Chance, all: &[&str]| all[chance.below(all.len() as u64) as usize].to_owned();
    let lines = (0..chance.below(4)).map(|_| {
        if chance.below(12) == 0 {
            return pick(chance, &["7", "null", "\"text\"", "[]", "true"]);
        }
        let mut members = Vec::new();
        for (names, good) in [
            (["quantity", "qty"], ["1", "\"2\""]),
            (["price", "unit_price"], ["2.5", "\"0.335\""]),
            (["product_id", "product"], ["\"a\"", "\"b\""]),
            (["category", "category_code"], ["\"Toys\"", "\" Books \""]),
        ] {
            for name in names.iter().take(1 + chance.below(2) as usize) {
                let value = match chance.below(8) {
                    0 => pick(chance, &TEXTS),
                    _ => pick(chance, &good),
                };
                members.push(format!("\"{name}\":{value}"));
            }
        }
        if chance.below(3) == 0 {
            members.remove(chance.below(members.len() as u64) as usize);
        }
        format!("{{{}}}", members.join(" , "))
    });
    format!("[{}]", lines.collect::<Vec<_>>().join(","))
}

#[test]
fn thousands_of_random_events_are_read_alike() {
    let (Some(remote), Some(broker)) = (spark(), kafka()) else {
        return;
    };
    let (topic, mut chance) = (topic(), Chance::new(11));
    let events: Vec<_> = (0..4_000).map(|n| any(&mut chance, n * 10)).collect();
    let shop = with_events(&broker, &topic, &events);
    let told = alike(&shop, (remote, &broker, &topic));
    // Of each there is enough to tell.
    assert!(count(&told, "windows") > 200, "{told}");
    assert!(
        told["rejected_by_reason"]
            .as_object()
            .map(serde_json::Map::len)
            > Some(7),
        "{told}"
    );
}
