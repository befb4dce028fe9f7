//! The live shop: what jobs find is on the pages within a second, and adds up.

use std::collections::BTreeMap;
use std::io::{BufReader, Write};
use std::process::ChildStdin;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::common::figures::units;
use crate::common::web::{Servers, ask, pushed};
use crate::common::{Running, Shop};
use crate::model::{amount, by, net, records};

/// An alert is seen within a second of its event; a busy machine gets a little more.
const SEEN: Duration = Duration::from_millis(1_500);

/// A stream of these jobs that reads what the test writes.
fn fed(shop: &Shop, jobs: &str) -> (Running, ChildStdin) {
    shop.start_fed(&["stream", "--input", "-", "--job", jobs])
}

fn send(stdin: &mut ChildStdin, events: &[Value]) {
    for event in events {
        writeln!(stdin, "{event}").unwrap();
    }
    stdin.flush().unwrap();
}

fn transaction(id: &str, user: &str, time: &str, money: &str) -> Value {
    let price: f64 = money.parse().unwrap();
    json!({
        "transaction_id": id, "user_id": user, "timestamp": format!("2026-01-01T{time}.000000"),
        "products": [{"product_id": "p1", "quantity": 1, "price": price}], "total_amount": price,
        "payment_method": "paypal", "country": "UK",
    })
}

fn view(user: &str, session: &str, time: &str) -> Value {
    json!({
        "event_id": format!("{session} {time}"), "user_id": user, "product_id": "p1",
        "timestamp": format!("2026-01-01T{time}.000000"), "session_id": session,
        "duration_seconds": 30, "category": "Books",
    })
}

fn cart(user: &str, session: &str, time: &str, quantity: u32) -> Value {
    json!({
        "event_id": format!("{session} {time}"), "user_id": user, "product_id": "p1",
        "timestamp": format!("2026-01-01T{time}.000000"), "session_id": session,
        "action": "add", "quantity": quantity,
    })
}

/// The page of this name as soon as it is so.
fn page(servers: &Servers, name: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    servers.until("live", &format!("/api/shop/{name}"), wanted)
}

#[test]
fn sums_by_country_are_those_of_the_records() {
    let shop = Shop::new();
    shop.json(&["generate", "--days", "3", "--start-date", "2026-03-01"]);
    let all = records(&shop);
    let run = ["stream", "--job", "metrics", "--rate", "0", "--until-end"];
    shop.json(&run);
    let servers = Servers::start(&shop, &["--currency", "EUR"]);
    let page = servers.json("live", "/api/shop/countries");
    assert_eq!(page["status"], "ended");
    assert_eq!(page["currency"], "EUR");
    let sales = &page["sales"];
    let line = |group: &str, name: &str| {
        let lines = sales[group].as_array().unwrap();
        let line = lines.iter().find(|line| line["name"] == name);
        line.unwrap_or_else(|| panic!("no {name} in {group}"))
            .clone()
    };
    assert_eq!(amount(&sales["total"]["all"]["amount"]), net(&all));
    assert_eq!(sales["total"]["all"]["count"], all.len());
    for (country, sum) in by(&all, |r| r.country.clone()) {
        let told = line("countries", &country);
        assert_eq!(amount(&told["all"]["amount"]), sum, "{country}");
        let count = all.iter().filter(|r| r.country == country).count();
        assert_eq!(told["all"]["count"], count, "{country}");
    }
    for (category, sum) in by(&all, |r| r.category.clone()) {
        let told = line("categories", &category);
        assert_eq!(amount(&told["all"]["amount"]), sum, "{category}");
    }
    // The day of the latest sale, and the 24 hours that end with its hour.
    let latest = all.iter().map(|r| (r.day.clone(), r.hour)).max().unwrap();
    let day = all.iter().filter(|r| r.day == latest.0);
    assert_eq!(amount(&sales["total"]["day"]["amount"]), net(day.clone()));
    assert_eq!(sales["total"]["day"]["count"], day.count());
    let number = |day: &str, hour: usize| {
        let day: i64 = day[8..].parse().unwrap();
        day * 24 + i64::try_from(hour).unwrap()
    };
    let last = number(&latest.0, latest.1);
    let recent = all.iter().filter(|r| number(&r.day, r.hour) > last - 24);
    assert_eq!(amount(&sales["total"]["last_24h"]["amount"]), net(recent));
    let windows = sales["windows"].as_array().unwrap();
    assert!(windows.iter().all(|window| window["open"] == false));
}

#[test]
fn rows_that_wait_for_a_file_count_once() {
    let shop = Shop::new();
    let servers = Servers::start(&shop, &[]);
    page(&servers, "countries", |p| p["status"] == "no_data");
    let (stream, mut stdin) = fed(&shop, "metrics");
    let sales = [
        transaction("t1", "u1", "09:00:10", "10.00"),
        transaction("t2", "u2", "09:00:50", "2.50"),
        transaction("t3", "u3", "09:01:00", "0.30"),
    ];
    send(&mut stdin, &sales);
    let told = page(&servers, "countries", |p| p["stream"]["read"] == 3);
    assert_eq!(told["status"], "ok");
    assert_eq!(told["sales"]["total"]["all"]["amount"], "12.80");
    assert_eq!(told["sales"]["windows"][0]["open"], true);
    // The watermark stays a minute behind: now the first window is final, though in no file.
    send(&mut stdin, &[transaction("t4", "u4", "09:02:30", "4.00")]);
    let told = page(&servers, "countries", |p| p["stream"]["read"] == 4);
    assert!(
        !shop
            .path("data/output/live/sales_metrics/part-00000.parquet")
            .exists()
    );
    assert_eq!(told["sales"]["total"]["all"]["amount"], "16.80");
    assert_eq!(told["sales"]["total"]["all"]["count"], 4);
    let states: Vec<_> = told["sales"]["windows"]
        .as_array()
        .unwrap()
        .iter()
        .collect();
    let states: Vec<_> = states.iter().map(|w| (&w["amount"], &w["open"])).collect();
    let expected = [
        (json!("12.50"), json!(false)),
        (json!("0.30"), json!(true)),
        (json!("4.00"), json!(true)),
    ];
    assert_eq!(states, expected.each_ref().map(|(a, b)| (a, b)));
    drop(stdin);
    assert!(stream.end().status.success());
    let told = page(&servers, "countries", |p| p["status"] == "ended");
    assert!(
        shop.path("data/output/live/sales_metrics/part-00000.parquet")
            .exists()
    );
    assert_eq!(told["sales"]["total"]["all"]["amount"], "16.80");
    assert_eq!(told["sales"]["total"]["all"]["count"], 4);
}

/// A sale of these cents in a country and category.
fn sale(number: usize, time: &str, (country, category): (&str, &str), cents: i64) -> Value {
    let price = format!("{}.{:02}", cents / 100, cents % 100);
    let mut sale = transaction(&format!("n{number}"), &format!("u{number}"), time, &price);
    sale["country"] = country.into();
    sale["category"] = category.into();
    sale
}

/// While a stream catches up, many thousands of rows wait for a file, and many keys are open.
#[test]
fn however_many_rows_wait_every_sale_counts() {
    let shop = Shop::new();
    let servers = Servers::start(&shop, &[]);
    let (stream, mut stdin) = fed(&shop, "metrics");
    let mut sales = Vec::new();
    let mut sums: BTreeMap<(&str, String), (i64, u64)> = BTreeMap::new();
    let mut sell = |time: String, country: usize, category: usize| {
        let cents = 101 + i64::try_from(sales.len()).unwrap();
        let names = (format!("land {country}"), format!("kind {category}"));
        let event = sale(sales.len(), &time, (&names.0, &names.1), cents);
        sales.push(event);
        let groups = [("countries", names.0), ("categories", names.1)];
        for group in groups.into_iter().chain([("total", String::new())]) {
            let sum = sums.entry(group).or_default();
            *sum = (sum.0 + cents, sum.1 + 1);
        }
    };
    let time = |minute: usize| format!("{:02}:{:02}:00", 9 + minute / 60, minute % 60);
    for minute in 0..100 {
        for number in 0..112 {
            sell(time(minute), number % 14, number % 8 + 10 * (number / 56));
        }
    }
    // The watermark stays a minute behind: these are open.
    for number in 0..2_100 {
        sell(time(102), number / 7, number % 7);
    }
    let events = sales.len();
    send(&mut stdin, &sales);
    let told = page(&servers, "countries", |p| p["stream"]["read"] == events);
    let file = shop.path("data/output/live/sales_metrics/part-00000.parquet");
    let check = |told: &Value| {
        assert_eq!(told["truncated"], false);
        for ((group, name), (cents, count)) in &sums {
            let lines = match *group {
                "total" => vec![&told["sales"]["total"]],
                group => told["sales"][group].as_array().unwrap().iter().collect(),
            };
            let line = lines.iter().find(|line| line["name"] == **name).unwrap();
            assert_eq!(
                amount(&line["all"]["amount"]),
                i128::from(cents * 100),
                "{name}"
            );
            assert_eq!(line["all"]["count"], *count, "{name}");
            assert_eq!(line["last_24h"], line["all"], "{name}");
        }
        // Those of the last hour: from 09:43 on.
        assert_eq!(told["sales"]["windows"].as_array().unwrap().len(), 58);
        let latest = &told["sales"]["latest"];
        assert_eq!(latest["count"], 2_100);
    };
    check(&told);
    assert_eq!(told["sales"]["latest"]["open"], true);
    assert!(!file.exists(), "no row waits for its file any more");
    drop(stdin);
    assert!(stream.end().status.success());
    let told = page(&servers, "countries", |p| p["status"] == "ended");
    assert!(file.exists());
    check(&told);
    assert_eq!(told["sales"]["latest"]["open"], false);
}

#[test]
fn an_alert_is_pushed_within_a_second_of_its_event() {
    let shop = Shop::new();
    let servers = Servers::start(&shop, &[]);
    let (stream, mut stdin) = fed(&shop, "anomalies");
    let mut lines = BufReader::new(ask(&servers.address("live"), "/api/shop/alerts/events"));
    send(&mut stdin, &[transaction("t0", "u0", "09:00:00", "20.00")]);
    pushed(&mut lines, |page| page["stream"]["read"] == 1);
    for (number, minute) in (1..=5).zip(1..) {
        let time = format!("09:{minute:02}:00");
        let id = format!("dear {number}");
        let began = Instant::now();
        send(&mut stdin, &[transaction(&id, "u1", &time, "6123.45")]);
        let page = pushed(&mut lines, |page| {
            page["alerts"][0]["transaction_id"] == *id
        });
        let took = began.elapsed();
        assert!(took <= SEEN, "{took:?}");
        let alert = &page["alerts"][0];
        assert_eq!(alert["alert_type"], "high_value");
        assert_eq!(alert["value"], "6123.45");
        assert_eq!(alert["threshold"], "5000.00");
        assert_eq!(alert["detected_at"], format!("2026-01-01T{time}Z"));
        assert_eq!(alert["final"], true);
        assert_eq!(page["total"], number);
    }
    // Six sales of a customer within a minute: told at once, as a guess, for another sale
    // may come in between.
    let sales: Vec<Value> = (0..6)
        .map(|n| transaction(&format!("r{n}"), "u9", &format!("09:30:{n:02}"), "1.00"))
        .collect();
    send(&mut stdin, &sales);
    let early = pushed(&mut lines, |page| page["provisional"] == 1);
    let guess = &early["alerts"][0];
    assert_eq!(guess["alert_type"], "rapid_transactions");
    assert_eq!(
        (&guess["final"], &early["total"]),
        (&json!(false), &json!(5))
    );
    let anomalies = || servers.json("api", "/api/v1/monitoring/anomalies");
    assert_eq!(anomalies().as_array().unwrap().len(), 5);
    drop(stdin);
    assert!(stream.end().status.success());
    let last = pushed(&mut lines, |page| page["status"] == "ended");
    assert_eq!(
        (&last["total"], &last["provisional"]),
        (&json!(6), &json!(0))
    );
    assert_eq!(last["alerts"][0]["alert_id"], guess["alert_id"]);

    let told = anomalies();
    let told = told.as_array().unwrap();
    let types: Vec<_> = told
        .iter()
        .map(|a| a["anomaly_type"].as_str().unwrap())
        .collect();
    let mut expected = vec!["rapid_transactions"];
    expected.extend(["high_value"; 5]);
    assert_eq!(types, expected);
    // Six sales are no money.
    assert_eq!(told[0]["amount"], Value::Null);
    assert_eq!(amount(&told[0]["value"]), units("6"));
    assert_eq!(told[1]["transaction_id"], "dear 5");
    assert_eq!(told[1]["value"], told[1]["amount"]);
    assert_eq!(amount(&told[1]["amount"]), units("6123.45"));
    assert_eq!(told[1]["anomaly_score"], 1.2247);
    assert_eq!(told[1]["detected_at"], "2026-01-01T09:05:00Z");
    assert!(told[1]["description"].as_str().unwrap().contains("6123.45"));
    // Hours are reckoned back from the latest event, 09:30:05.
    let path = "/api/v1/anomalies?hours=1&severity=LOW";
    assert_eq!(servers.json("api", path), json!([]));
    assert_eq!(
        servers
            .get("api", "/api/v1/anomalies?limit=2")
            .head
            .matches("rel=\"next\"")
            .count(),
        1
    );
}

#[test]
fn visits_carts_stocks_and_orders_are_told() {
    let shop = Shop::new();
    let jobs = "sessions,cart_abandonment,inventory,orders,anomalies";
    let (stream, mut stdin) = fed(&shop, jobs);
    let servers = Servers::start(&shop, &[]);
    let stock = |product: &str, stock: u32, time: &str| {
        json!({
            "store_id": "S1", "product_id": product, "current_stock": stock, "reorder_point": 10,
            "event_type": "inventory_update", "timestamp": format!("2026-01-01T{time}"),
        })
    };
    let order = |source: &str, total: &str| {
        json!({"customer_id": 1, "source": source, "quantity": 2, "total": total,
            "created_at": "01/01/2026, 09:00:00"})
    };
    let events = [
        view("u1", "s1", "09:00:00"),
        view("u2", "s2", "09:00:00"),
        cart("u1", "s1", "09:01:00", 1),
        transaction("t1", "u1", "09:02:00", "25.00"),
        cart("u2", "s2", "09:03:00", 2),
        view("u3", "s3", "09:04:00"),
        stock("a", 50, "09:00:00"),
        stock("b", 0, "09:01:00"),
        stock("c", 5, "09:02:00"),
        order("Online", "30.50"),
        order("Online", "9.50"),
        order("Shop", "60.00"),
    ];
    send(&mut stdin, &events);
    let told = page(&servers, "sessions", |p| {
        p["stream"]["read"] == events.len()
    });
    assert_eq!(told["stream"]["rejected"], 0, "{told}");
    // An hour later all visits are over, and another goes on. The last one waits: something that
    // comes before it may yet be on its way.
    let later = [view("u4", "s4", "10:30:00"), view("u5", "s5", "10:40:00")];
    send(&mut stdin, &later);
    let told = page(&servers, "sessions", |p| p["funnel"][0]["count"] == 3);
    let steps = told["funnel"].as_array().unwrap();
    let steps: Vec<_> = steps
        .iter()
        .map(|s| (s["count"].as_u64().unwrap(), s["share"].as_str().unwrap()))
        .collect();
    // Visits, looked, put something into the cart, bought, left a cart.
    let expected = [
        (3, "100.0"),
        (3, "100.0"),
        (2, "66.7"),
        (1, "33.3"),
        (1, "33.3"),
    ];
    assert_eq!(steps, expected);
    assert_eq!(told["active"]["active"], 1);
    assert_eq!(told["abandoned"]["count"], 1);
    let left = &told["abandoned"]["newest"][0];
    assert_eq!(left["session_id"], "s2");
    // Nothing tells a price.
    assert_eq!(left["value"], Value::Null);
    let reason = left["reason"].as_str().unwrap();
    assert!(reason.contains("worth an unknown amount"), "{reason}");
    let latest: Vec<_> = told["latest"].as_array().unwrap().iter().collect();
    assert_eq!(latest.len(), 3);

    let told = page(&servers, "stock", |p| {
        p["stock"]["status"]["OUT_OF_STOCK"] == 1
    });
    assert_eq!(
        told["stock"]["status"],
        json!({"IN_STOCK": 1, "LOW_STOCK": 1, "OUT_OF_STOCK": 1})
    );
    assert_eq!(told["stock"]["lowest"][0]["product_id"], "b");
    let kinds: Vec<_> = told["alerts"].as_array().unwrap().iter().collect();
    let kinds: Vec<_> = kinds
        .iter()
        .map(|a| (&a["alert_type"], &a["product_id"]))
        .collect();
    let expected = [
        (json!("LOW_STOCK"), json!("c")),
        (json!("OUT_OF_STOCK"), json!("b")),
    ];
    assert_eq!(kinds, expected.each_ref().map(|(a, b)| (a, b)));

    let told = page(&servers, "orders", |p| p["total"]["orders"] == 3);
    assert_eq!(told["total"]["amount"], "100.00");
    assert_eq!(told["sources"][0]["name"], "Shop");
    assert_eq!(told["sources"][1]["amount"], "40.00");
    let state = told["rows"][0]["state"].clone();

    drop(stdin);
    assert!(stream.end().status.success());
    page(&servers, "sessions", |p| p["status"] == "ended");
    let v1 = |path: &str| servers.json("api", &format!("/api/v1/{path}"));
    let funnel = v1("sessions/funnel");
    let expected = json!({
        "sessions": 5, "with_view": 5, "with_cart": 2, "purchased": 1, "abandoned": 1,
        "view_rate": 100.0, "cart_rate": 40.0, "conversion_rate": 20.0, "abandonment_rate": 50.0,
    });
    assert_eq!(funnel, expected);
    let sessions = v1("sessions/metrics");
    let ids: Vec<_> = sessions
        .as_array()
        .unwrap()
        .iter()
        .map(|s| &s["session_id"])
        .collect();
    assert_eq!(ids, ["s5", "s4", "s3", "s2", "s1"]);
    let bought = &sessions[4];
    assert_eq!(bought["purchase_completed"], true);
    assert_eq!(amount(&bought["total_amount"]), units("25.00"));
    assert_eq!(bought["duration_seconds"], 120);
    assert_eq!(
        (&bought["page_views"], &bought["cart_adds"]),
        (&json!(1), &json!(1))
    );
    let carts = v1("sessions/abandoned-carts");
    assert_eq!(carts.as_array().unwrap().len(), 1);
    assert_eq!(carts[0]["session_id"], "s2");
    assert_eq!(carts[0]["detected_at"], "2026-01-01T09:18:00Z");
    assert_eq!(carts[0]["value"], Value::Null);
    let level = v1("inventory/status?product_id=c");
    assert_eq!(level.as_array().unwrap().len(), 1);
    assert_eq!(amount(&level[0]["latest_stock"]), units("5"));
    assert_eq!(level[0]["stock_status"], "LOW_STOCK");
    assert_eq!(v1("inventory/status").as_array().unwrap().len(), 3);
    assert_eq!(v1("inventory/status?status=IN_STOCK")[0]["product_id"], "a");
    assert_eq!(v1("inventory/status?store_id=S2"), json!([]));
    let found = v1("inventory/alerts?alert_type=OUT_OF_STOCK");
    assert_eq!(found[0]["product_id"], "b");
    assert_eq!(found.as_array().unwrap().len(), 1);
    let totals = v1("orders/totals?source=Online");
    assert_eq!(totals[0]["order_count"], 2);
    assert_eq!(amount(&totals[0]["total_sum_amount"]), units("40.00"));
    assert_eq!(totals[0]["state"], state);
    assert_eq!(v1("anomalies"), json!([]));
}

#[test]
fn jobs_that_do_not_run_are_missing_and_named() {
    let shop = Shop::new();
    let servers = Servers::start(&shop, &[]);
    let all = [
        ("monitoring/anomalies", "anomalies"),
        ("anomalies", "anomalies"),
        ("inventory/status", "inventory"),
        ("inventory/alerts", "inventory"),
        ("sessions/metrics", "sessions"),
        ("sessions/funnel", "sessions"),
        ("sessions/abandoned-carts", "cart_abandonment"),
        ("orders/totals", "orders"),
    ];
    let missing = |servers: &Servers| {
        for (path, job) in all {
            let answer = servers.get("api", &format!("/api/v1/{path}"));
            assert_eq!(answer.status, 404, "{path}");
            let start = format!("retail stream --job {job}\"");
            assert!(answer.body.contains(&start), "{path}: {}", answer.body);
        }
    };
    missing(&servers);
    let page = servers.json("live", "/api/shop/sessions");
    assert_eq!(page["status"], "no_data");
    assert!(
        page["message"]
            .as_str()
            .unwrap()
            .contains("--job sessions,cart_abandonment")
    );
    shop.json(&["generate", "--days", "2"]);
    shop.json(&["batch"]);
    shop.json(&["stream", "--job", "metrics", "--rate", "0", "--until-end"]);
    missing(&servers);
    let page = servers.json("live", "/api/shop/sessions");
    assert_eq!(page["status"], "ended");
    assert_eq!(
        page["jobs"],
        json!({"sessions": null, "cart_abandonment": null})
    );
    let today = servers.json("api", "/api/v1/dashboard");
    assert_eq!(today["active_users"], Value::Null);
    assert_eq!(today["anomalies_count"], Value::Null);
    for wrong in ["hours=0", "hours=169", "limit=0", "limit=1001", "day=1"] {
        let answer = servers.get("api", &format!("/api/v1/monitoring/anomalies?{wrong}"));
        assert_eq!(answer.status, 422, "{wrong}");
    }
}

#[test]
fn the_dashboard_of_today_is_that_of_the_jobs_without_batch() {
    let shop = Shop::new();
    let (stream, mut stdin) = fed(&shop, "metrics,anomalies");
    let sales = [
        ("09:00:00", ("UK", "Tea"), 10_000),
        ("09:01:00", ("UK", "Rice"), 20_000),
        ("09:02:00", ("USA", "Tea"), 600_001),
    ];
    let sales = sales.into_iter().enumerate();
    let mut sales: Vec<Value> = sales
        .map(|(number, (time, names, cents))| sale(number, time, names, cents))
        .collect();
    // Of the day before.
    let mut before = sale(9, "23:00:00", ("France", "Books"), 700_000);
    before["timestamp"] = "2025-12-31T23:00:00".into();
    sales.insert(0, before);
    send(&mut stdin, &sales);
    let today = "/api/v1/monitoring/dashboard";
    let told = |day: &str| {
        let servers = Servers::start(&shop, &["--as-of", day]);
        page(&servers, "countries", |p| p["stream"]["read"] == 4);
        servers.json("api", today)
    };
    let latest = told("latest");
    assert_eq!(amount(&latest["total_revenue_today"]), units("6300.01"));
    assert_eq!(latest["total_transactions_today"], 3);
    assert_eq!(amount(&latest["avg_transaction_value"]), units("2100.0033"));
    assert_eq!(latest["top_category"], "Tea");
    assert_eq!(latest["top_country"], "USA");
    assert_eq!(latest["anomalies_count"], 1);
    // That job does not run.
    assert_eq!(latest["active_users"], Value::Null);
    assert!(latest["timestamp"].is_string());
    let before = told("2025-12-31");
    assert_eq!(amount(&before["total_revenue_today"]), units("7000.00"));
    assert_eq!(before["top_country"], "France");
    let nothing = told("2026-01-05");
    assert_eq!(amount(&nothing["total_revenue_today"]), 0);
    assert_eq!(nothing["top_country"], "N/A");
    drop(stdin);
    assert!(stream.end().status.success());
    // Without the job that adds sales up, they are not known.
    let shop = Shop::new();
    let (stream, stdin) = fed(&shop, "sessions");
    drop(stdin);
    assert!(stream.end().status.success());
    let servers = Servers::start(&shop, &[]);
    page(&servers, "sessions", |p| p["status"] == "ended");
    let told = servers.json("api", today);
    assert_eq!(told["active_users"], 0);
    assert_eq!(told["total_revenue_today"], Value::Null);
    assert_eq!(told["top_category"], Value::Null);
}

#[test]
fn the_dashboard_of_today_counts_what_jobs_find() {
    let shop = Shop::new();
    let days = ["--days", "2", "--start-date", "2026-03-01"];
    shop.json(&[&["generate"], &days[..]].concat());
    shop.json(&["batch"]);
    let jobs = [
        "--job",
        "anomalies,sessions",
        "--set",
        "anomalies.high_value=30",
    ];
    shop.json(&[&["stream", "--rate", "0", "--until-end"], &jobs[..]].concat());
    let servers = Servers::start(&shop, &["--as-of", "latest"]);
    let today = servers.json("api", "/api/v1/monitoring/dashboard");
    assert_eq!(today["active_users"], 0);
    let path = "/api/v1/monitoring/anomalies?hours=168&limit=1000";
    let all = servers.json("api", path);
    let all = all.as_array().unwrap();
    let on = |day: &str| {
        let of_day = |a: &&Value| a["detected_at"].as_str().unwrap().starts_with(day);
        all.iter().filter(of_day).count()
    };
    assert!(on("2026-03-01") > 0 && on("2026-03-02") > 0);
    assert_eq!(today["anomalies_count"], on("2026-03-02"));
}
