//! The online shop.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::{Value, json};

use crate::common::Shop;
use crate::lines::{
    START, cents, events, fields, lines, make, micros, stated, stated_by_name, text, truth, whole,
};
use crate::sessions::{Act, Kind, bought, cart, prices, sessions, total};

const MINUTE: i64 = 60_000_000;

/// Every figure of the truth, from the lines.
fn assert_true(shop: &Shop, truth: &Value, seconds: i64) {
    let prices = prices(shop);
    let end = micros(START) + seconds * 1_000_000;
    let sessions = sessions(shop);
    let mut found: BTreeMap<&str, i64> = BTreeMap::new();
    let mut add = |name, by: i64| *found.entry(name).or_insert(0) += by;
    let mut money: BTreeMap<&str, BTreeMap<String, i64>> = BTreeMap::new();
    for session in &sessions {
        let of = |kind| session.iter().filter(move |act: &&Act| act.kind == kind);
        let (carts, buys) = (of(Kind::Cart).count() as i64, of(Kind::Buy).count() as i64);
        let yes = i64::from;
        add("sessions", 1);
        add("with_cart", yes(carts > 0));
        add("purchased", yes(buys > 0));
        add("cart_purchased", yes(carts > 0 && buys > 0));
        add("views", of(Kind::View).count() as i64);
        add("cart_events", carts);
        add("direct_purchases", if carts == 0 { buys } else { 0 });
        let left = cart(session);
        let value: i64 = left.iter().map(|(id, pieces)| prices[id] * pieces).sum();
        let abandoned = buys == 0 && !left.is_empty();
        let idle = abandoned && session.last().unwrap().time <= end - 15 * MINUTE;
        add("abandoned", yes(abandoned));
        add("abandoned_15m", yes(idle));
        add("abandoned_value", if abandoned { value } else { 0 });
        add("abandoned_15m_value", if idle { value } else { 0 });
        let times: Vec<_> = of(Kind::Buy).map(|act| act.time).collect();
        let near = |i: usize, t: &i64| times[i] - t <= MINUTE;
        let before = |i: usize| times[..i].iter().filter(|t| near(i, t)).count();
        let rapid = (0..times.len()).filter(|i| before(*i) >= 5).count() as i64;
        add("rapid_transactions", rapid);
        add("rapid_bursts", yes(rapid > 0));
        for act in of(Kind::Buy) {
            let total = total(&act.event);
            add("revenue", total);
            add("high_value", yes(total > 500_000));
            let pieces = bought(&act.event);
            add("units", pieces.values().sum());
            add(
                "unusual_quantity",
                yes(pieces.values().any(|pieces| *pieces > 10)),
            );
            let mut sum = |table, name: &str, by: i64| {
                let table = money.entry(table).or_default();
                *table.entry(name.to_owned()).or_insert(0) += by;
            };
            sum("by_country", text(&act.event, "country"), total);
            sum("by_category", text(&act.event, "category"), total);
            for line in act.event["products"].as_array().unwrap() {
                let amount = cents(line, "price") * whole(line, "quantity");
                sum("by_line_category", text(line, "category"), amount);
            }
        }
    }
    for name in ["revenue", "abandoned_value", "abandoned_15m_value"] {
        let of = if name == "revenue" {
            truth
        } else {
            &truth["sessions"]
        };
        assert_eq!(found.remove(name).unwrap(), stated(&of[name]), "{name}");
    }
    assert_eq!(found.remove("units"), truth["units"].as_i64());
    for table in ["by_country", "by_category", "by_line_category"] {
        assert_eq!(money[table], stated_by_name(&truth[table]), "{table}");
    }
    for (name, count) in found {
        let stated = truth["sessions"].get(name);
        let stated = stated.or_else(|| truth["anomalies"].get(name));
        assert_eq!(stated, Some(&json!(count)), "{name}");
    }
}

#[test]
fn the_truth_can_be_computed_from_the_lines() {
    let shop = Shop::new();
    let size = ["--products", "1000", "--rate", "50", "--duration", "40m"];
    let more = ["--anomalies", "0.01"];
    let truth = make(&shop, "globalmart", &[&size[..], &more].concat());
    assert_true(&shop, &truth, 40 * 60);
    // 24,000 transactions, one in a hundred of an anomaly, nine of which are one of each kind.
    for kind in ["high_value", "unusual_quantity", "rapid_bursts"] {
        let count = truth["anomalies"][kind].as_i64().unwrap();
        assert!((24..=30).contains(&count), "{kind} {count}");
    }
    for kind in ["abandoned", "abandoned_15m", "cart_purchased"] {
        assert!(truth["sessions"][kind].as_i64().unwrap() > 500, "{kind}");
    }
}

#[test]
fn the_truth_is_the_same_with_faults_and_another_mix() {
    let shop = Shop::new();
    let size = ["--products", "100", "--rate", "40", "--duration", "10m"];
    let faults = [
        "--malformed",
        "0.05",
        "--duplicates",
        "0.05",
        "--late",
        "0.1",
    ];
    let mix = ["--mix", "transactions=1,product_views=20,cart_events=2"];
    let clean = make(&shop, "globalmart", &[&size[..], &mix].concat());
    assert_true(&shop, &clean, 600);
    let mut faulty = make(&shop, "globalmart", &[&size[..], &mix, &faults].concat());
    assert_true(&shop, &faulty, 600);
    for topic in ["transactions", "product_views", "cart_events"] {
        assert!(
            faulty["topics"][topic]["late"].as_i64() > Some(0),
            "{topic}"
        );
        faulty["topics"][topic] = clean["topics"][topic].clone();
    }
    assert_eq!(faulty, clean);
}

#[test]
fn rates_hold_from_the_first_second_on() {
    let shop = Shop::new();
    make(&shop, "globalmart", &["--products", "1000"]);
    let mut all = 0;
    for (topic, rate) in [
        ("transactions", 100),
        ("product_views", 300),
        ("cart_events", 100),
    ] {
        let mut tenths = [0i64; 60];
        for event in events(&shop, "globalmart", topic, "timestamp") {
            let time = micros(text(&event, "timestamp")) - micros(START);
            tenths[(time / 10_000_000) as usize] += 1;
        }
        let count: i64 = tenths.iter().sum();
        assert!(
            (count - rate * 600).abs() * 100 <= rate * 600,
            "{topic} {count}"
        );
        // In ten seconds chance moves a thousand by some thirty.
        let far = |found: &&i64| (**found - rate * 10).abs() > rate + 60;
        assert_eq!(tenths.iter().find(far), None, "{topic} {tenths:?}");
        all += count;
    }
    assert!((all - 300_000).abs() <= 3_000, "{all}");
}

#[test]
fn sessions_hang_together() {
    let shop = Shop::new();
    let size = ["--products", "500", "--rate", "10", "--duration", "3h"];
    make(
        &shop,
        "globalmart",
        &[&size[..], &["--anomalies", "0"]].concat(),
    );
    let half_an_hour = micros(START) + 30 * MINUTE;
    let mut ends = HashMap::new();
    let mut kinds = [0; 4];
    let sessions = sessions(&shop);
    for session in &sessions {
        let ids: HashSet<_> = session
            .iter()
            .filter(|act| act.kind != Kind::Buy)
            .map(|act| text(&act.event, "session_id"))
            .collect();
        assert!(ids.len() <= 1, "{ids:?}");
        for id in ids {
            let user = text(&session[0].event, "user_id").to_owned();
            assert_eq!(ends.insert(id.to_owned(), user), None, "{id} ends twice");
        }
        for pair in session.windows(2) {
            assert!(pair[1].time > pair[0].time);
            assert!(pair[1].time - pair[0].time < 15 * MINUTE);
        }
        // Sessions that began before the start show a part of themselves.
        if session[0].time < half_an_hour {
            continue;
        }
        let carts = session.iter().filter(|act| act.kind == Kind::Cart).count();
        let buys: Vec<_> = session.iter().filter(|act| act.kind == Kind::Buy).collect();
        if carts > 0 && !buys.is_empty() {
            assert_eq!(buys.len(), 1);
            assert_eq!(bought(&buys[0].event), cart(session));
            assert_eq!(session.last().unwrap().kind, Kind::Buy);
            kinds[0] += 1;
        } else if carts > 0 {
            kinds[1 + usize::from(cart(session).is_empty())] += 1;
        } else if !buys.is_empty() {
            // What is bought without a cart was looked at before.
            let seen: HashSet<_> = session
                .iter()
                .filter(|act| act.kind == Kind::View)
                .map(|act| text(&act.event, "product_id"))
                .collect();
            let first = |event: &Value| text(&event["products"][0], "product_id").to_owned();
            kinds[3] += usize::from(buys.iter().all(|act| seen.contains(&first(&act.event)[..])));
        }
    }
    assert!(kinds.iter().all(|count| *count > 100), "{kinds:?}");
}

#[test]
fn what_is_not_planted_stays_within_the_thresholds() {
    let shop = Shop::new();
    let size = ["--products", "100", "--rate", "200", "--duration", "10m"];
    let truth = make(
        &shop,
        "globalmart",
        &[&size[..], &["--anomalies", "0"]].concat(),
    );
    assert_eq!(
        truth["anomalies"],
        json!({"high_value": 0, "unusual_quantity": 0, "rapid_bursts": 0, "rapid_transactions": 0})
    );
    assert_true(&shop, &truth, 600);
}

#[test]
fn events_have_their_fields() {
    let shop = Shop::new();
    let size = ["--products", "100", "--rate", "50", "--duration", "60s"];
    make(&shop, "globalmart", &size);
    let prices = prices(&shop);
    let first = |topic: &str| lines(&shop, "globalmart", topic)[0].clone();
    assert_eq!(
        fields(&first("transactions")),
        [
            "transaction_id",
            "user_id",
            "timestamp",
            "products",
            "total_amount",
            "payment_method",
            "country",
            "category"
        ]
    );
    assert_eq!(
        fields(&first("product_views")),
        [
            "event_id",
            "user_id",
            "product_id",
            "timestamp",
            "session_id",
            "duration_seconds",
            "category"
        ]
    );
    assert_eq!(
        fields(&first("cart_events")),
        [
            "event_id",
            "user_id",
            "product_id",
            "timestamp",
            "action",
            "quantity",
            "session_id"
        ]
    );
    let uuid = |id: &str| {
        let parts: Vec<_> = id.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12], "{id}");
        assert!(id.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit()));
        assert_eq!(&id[14..15], "4", "{id}");
    };
    let (mut ids, mut count) = (HashSet::new(), 0);
    for (topic, id) in [
        ("transactions", "transaction_id"),
        ("product_views", "event_id"),
        ("cart_events", "event_id"),
    ] {
        for event in events(&shop, "globalmart", topic, "timestamp") {
            uuid(text(&event, id));
            uuid(text(&event, "user_id"));
            count += 1;
            ids.insert(text(&event, id).to_owned());
            // UTC with microseconds, and nothing that says so.
            let time = text(&event, "timestamp");
            assert!(
                time.len() == 26 && time.starts_with("2025-01-01T10:00:"),
                "{time}"
            );
            if topic == "product_views" {
                assert!((5..=300).contains(&whole(&event, "duration_seconds")));
            }
            for line in event["products"].as_array().into_iter().flatten() {
                assert_eq!(prices[text(line, "product_id")], cents(line, "price"));
            }
        }
    }
    assert_eq!(ids.len(), count);
}

#[test]
fn the_same_arguments_give_the_same_bytes() {
    let shop = Shop::new();
    let args = [
        "--products",
        "100",
        "--rate",
        "100",
        "--late",
        "0.1",
        "--duplicates",
        "0.1",
    ];
    let run = |threads: &str, duration: &str, start: &str| {
        let more = [
            "--threads",
            threads,
            "--duration",
            duration,
            "--start",
            start,
        ];
        let world = ["generate", "--world", "globalmart"];
        shop.json(&[&world[..], &args, &more].concat());
        shop.tree("data/worlds/globalmart")
    };
    let one = run("1", "120s", START);
    assert_eq!(run("3", "120s", START), one);
    assert_ne!(run("1", "120s", "2025-01-01T10:00:01"), one);
    shop.json(&[
        "generate",
        "--world",
        "globalmart",
        "--seed",
        "1",
        "--start",
        START,
    ]);
    assert_ne!(shop.tree("data/worlds/globalmart"), one);
}

#[test]
fn two_runs_that_follow_each_other_are_one() {
    let shop = Shop::new();
    let lines_of = |start: &str, duration: &str| {
        let args = [
            "generate",
            "--world",
            "globalmart",
            "--products",
            "100",
            "--rate",
            "100",
        ];
        shop.json(&[&args[..], &["--start", start, "--duration", duration]].concat());
        let topics = ["transactions", "product_views", "cart_events"];
        topics.map(|topic| lines(&shop, "globalmart", topic))
    };
    let whole = lines_of(START, "120s");
    let mut halves = lines_of(START, "60s");
    let second = lines_of("2025-01-01T10:01:00", "60s");
    for (half, second) in halves.iter_mut().zip(second) {
        half.extend(second);
    }
    assert_eq!(halves, whole);
}

#[test]
fn stdout_has_all_topics_in_the_order_of_time() {
    let shop = Shop::new();
    let args = ["--products", "100", "--rate", "100", "--duration", "60s"];
    make(&shop, "globalmart", &args);
    let from = [
        "generate",
        "--world",
        "globalmart",
        "--start",
        START,
        "--output",
        "-",
    ];
    let output = shop.run(&[&from[..], &args].concat());
    assert!(output.status.success());
    let text_of = String::from_utf8(output.stdout).unwrap();
    let times: Vec<_> = text_of
        .lines()
        .map(|line| {
            let event: Value = serde_json::from_str(line).unwrap();
            text(&event, "timestamp").to_owned()
        })
        .collect();
    assert!(times.is_sorted() && times.len() > 5_000);
    let mut found: Vec<_> = text_of.lines().map(str::to_owned).collect();
    let mut files: Vec<_> = ["transactions", "product_views", "cart_events"]
        .iter()
        .flat_map(|topic| lines(&shop, "globalmart", topic))
        .collect();
    found.sort();
    files.sort();
    assert_eq!(found, files);
    assert_eq!(truth(&shop, "globalmart")["events"], json!(found.len()));
}

#[test]
fn users_are_written_where_they_are_asked_for() {
    let shop = Shop::new();
    let size = ["--products", "100", "--rate", "1", "--duration", "60m"];
    make(
        &shop,
        "globalmart",
        &[&size[..], &["--customers", "3000", "--customers-csv"]].concat(),
    );
    let file = shop.read("data/master/globalmart/customers.csv");
    let mut rows = file.lines();
    let header = "user_id,email,age,country,registration_date,preferences";
    assert_eq!(rows.next(), Some(header));
    let users: HashMap<_, _> = rows
        .map(|row| {
            let columns: Vec<_> = row.split(',').collect();
            assert_eq!(columns.len(), 6, "{row}");
            (columns[0].to_owned(), columns[3].to_owned())
        })
        .collect();
    assert_eq!(users.len(), 3_000);
    for event in events(&shop, "globalmart", "transactions", "timestamp") {
        assert_eq!(users[text(&event, "user_id")], text(&event, "country"));
    }
}
