//! Every figure, by adding up the records plainly.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use chrono::{Datelike, Days, NaiveDate};
use serde_json::Value;

use crate::common::Shop;
use crate::common::figures::units;
use crate::model::{Record, amount, by, net, records};
use crate::{headline, report};

/// The day whose file is taken away.
const GAP: &str = "2025-01-07";
const FIRST: &str = "2024-12-01";
const LAST: &str = "2025-01-19";

/// 50 days, of which one has no sales.
fn shop() -> (Shop, Vec<Record>) {
    let shop = Shop::new();
    let made = "generate --days 50 --start-date 2024-12-01 --transactions-per-day 40 --seed 8";
    shop.json(&made.split_whitespace().collect::<Vec<_>>());
    fs::remove_file(shop.path(&format!("data/input/retail_{GAP}.csv"))).unwrap();
    shop.json(&["batch", "--analysis", "daily_kpis,trends"]);
    let records = records(&shop);
    (shop, records)
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn back(day: &str, days: u64) -> String {
    date(day)
        .checked_sub_days(Days::new(days))
        .unwrap()
        .to_string()
}

/// What a day came to, in ten-thousandths.
#[derive(Debug, Default, Clone)]
struct Day {
    gross: i128,
    returned: i128,
    sales: i128,
    returns: i128,
    units: i128,
    orders: BTreeSet<(String, String)>,
    customers: BTreeSet<String>,
}

fn days(records: &[Record]) -> BTreeMap<String, Day> {
    let mut days: BTreeMap<String, Day> = BTreeMap::new();
    for record in records {
        let day = days.entry(record.day.clone()).or_default();
        match record.is_return {
            true => {
                day.returned += record.amount;
                day.returns += 1;
                day.units -= record.quantity;
            }
            false => {
                day.gross += record.amount;
                day.sales += 1;
                day.units += record.quantity;
            }
        }
        day.orders
            .insert((record.store.clone(), record.order.clone()));
        day.customers.insert(record.customer.clone());
    }
    days
}

/// A figure of a day as `numerator / denominator` of ten-thousandths.
fn figure(name: &str, day: &Day) -> (i128, i128) {
    let net = day.gross - day.returned;
    let count = |set: usize| set as i128;
    match name {
        "net_revenue" => (net, 1),
        "gross_revenue" => (day.gross, 1),
        "returned_value" => (day.returned, 1),
        "transactions" => (count(day.orders.len()) * 10_000, 1),
        "customers" => (count(day.customers.len()) * 10_000, 1),
        "units" => (day.units, 1),
        "sales_lines" => (day.sales * 10_000, 1),
        "return_lines" => (day.returns * 10_000, 1),
        "average_transaction" => (net, count(day.orders.len())),
        "revenue_per_customer" => (net, count(day.customers.len())),
        other => panic!("{other}"),
    }
}

/// Whether `told` ten-thousandths are `numerator / denominator`, rounded to `step` of them.
fn is_ratio(told: i128, (numerator, denominator): (i128, i128), step: i128) -> bool {
    ((told * denominator - numerator) * 2).abs() <= (step * denominator).abs()
}

/// Whether a change in per cent is that from one figure to another.
fn is_change(told: &Value, from: (i128, i128), to: (i128, i128)) -> bool {
    // (to - from) / |from|, of which a tenth of a per cent is a thousandth.
    let (a, b) = (from.0 * to.1, to.0 * from.1);
    match told.as_str() {
        None => a == 0,
        Some(told) => a != 0 && is_ratio(units(told), ((b - a) * 1_000_000, a.abs()), 1_000),
    }
}

/// Holds a figure against that of another day, or of several.
fn assert_compared(told: &Value, now: (i128, i128), then: Option<(i128, i128)>, step: i128) {
    match then.filter(|(_, denominator)| *denominator != 0) {
        None => assert!(
            told["value"].is_null() && told["change_pct"].is_null(),
            "{told}"
        ),
        Some(then) => {
            assert!(
                is_ratio(amount(&told["value"]), then, step),
                "{told}: {then:?}"
            );
            // Quotients are rounded before they are compared: a tenth more or less.
            let exact = now.1 == 1;
            let change = is_change(&told["change_pct"], then, now);
            assert!(change || !exact, "{told}: {then:?} to {now:?}");
        }
    }
}

#[test]
fn the_day_is_held_against_others() {
    let (shop, records) = shop();
    let days = days(&records);
    let empty = Day::default();
    let of = |day: &str| match (FIRST..=LAST).contains(&day) {
        true => Some(days.get(day).unwrap_or(&empty)),
        false => None,
    };
    // The last day, that after the one without sales, that a week after it, the first ones.
    let asked = [
        LAST,
        "2025-01-08",
        "2025-01-14",
        FIRST,
        "2024-12-02",
        "2024-12-09",
    ];
    for day in asked {
        let told = report(&shop, &["--date", day]);
        assert_eq!(told["report_date"], day);
        assert_eq!(
            (&told["first_day"], &told["last_day"]),
            (&FIRST.into(), &LAST.into())
        );
        let before: Vec<&Day> = (1..=28).filter_map(|at| of(&back(day, at))).collect();
        assert_eq!(told["average_days"], before.len());
        let lines = told["headline"].as_array().unwrap();
        assert_eq!(lines.len(), 10, "{day}");
        for line in lines {
            let name = line["name"].as_str().unwrap();
            let now = figure(name, of(day).unwrap());
            assert!(is_ratio(amount(&line["value"]), now, 1), "{day} {line}");
            let then = |at| of(&back(day, at)).map(|of| figure(name, of));
            assert_compared(&line["day_before"], now, then(1), 1);
            assert_compared(&line["week_before"], now, then(7), 1);
            let all = before.iter().map(|of| figure(name, of));
            let (is_quotient, mut mean) = (now.1 != 1, (0, 0));
            for (numerator, denominator) in all {
                mean = (mean.0 + numerator, mean.1 + denominator);
            }
            let is_money = is_quotient || name.contains("revenue") || name.contains("value");
            let mean = (!before.is_empty()).then_some(mean);
            assert_compared(
                &line["average"],
                now,
                mean,
                if is_money { 1 } else { 1_000 },
            );
        }
        let metrics = &told["business_metrics"];
        let value = |name: &str| &headline(&told, name)["value"];
        for (name, of) in [
            ("total_revenue", "net_revenue"),
            ("total_transactions", "transactions"),
            ("total_customers", "customers"),
            ("avg_transaction_value", "average_transaction"),
            ("revenue_per_customer", "revenue_per_customer"),
        ] {
            assert!(metrics[name].is_number(), "{metrics}");
            assert_eq!(amount(&metrics[name]), amount(value(of)), "{day} {name}");
        }
    }
}

#[test]
fn the_day_is_broken_down() {
    let (shop, records) = shop();
    let told = report(&shop, &[]);
    let day: Vec<_> = records.iter().filter(|of| of.day == LAST).collect();
    let week: Vec<_> = records
        .iter()
        .filter(|of| of.day == back(LAST, 7))
        .collect();
    let all = net(day.iter().copied());
    assert!(day.iter().any(|of| of.is_return), "something came back");

    let hours = told["by_hour"].as_array().unwrap();
    let by_hour = by(day.iter().copied(), |of| of.hour);
    assert_eq!(hours.len(), 24);
    for (hour, of) in hours.iter().enumerate() {
        let expected = by_hour.get(&hour).copied().unwrap_or(0);
        assert_eq!(
            (&of["hour"], amount(&of["net_revenue"])),
            (&hour.into(), expected)
        );
    }

    type Key = fn(&Record) -> &str;
    let keys: [(&str, Key); 3] = [
        ("by_store", |of| &of.store),
        ("by_category", |of| &of.category),
        ("by_country", |of| &of.country),
    ];
    for (field, key) in keys {
        let now = by(day.iter().copied(), |of| key(of).to_owned());
        let then = by(week.iter().copied(), |of| key(of).to_owned());
        let groups = told[field].as_array().unwrap();
        assert_eq!(groups.len(), now.len(), "{field}");
        let mut last = i128::MAX;
        for group in groups {
            let name = group["name"].as_str().unwrap();
            let net = amount(&group["net_revenue"]);
            assert_eq!(net, now[name], "{group}");
            assert!(net <= last, "{field} is in order");
            last = net;
            assert!(is_ratio(
                amount(&group["share_pct"]),
                (net * 1_000_000, all),
                1_000
            ));
            let then = (then.get(name).copied().unwrap_or(0), 1);
            assert_compared(&group["week_before"], (net, 1), Some(then), 1);
            let of = |back| {
                day.iter()
                    .filter(move |of| key(of) == name && of.is_return == back)
            };
            assert_eq!(group["sales"], of(false).count());
            assert_eq!(group["returns"], of(true).count());
            let returned: i128 = of(true).map(|of| of.amount).sum();
            assert_eq!(amount(&group["returned_value"]), returned);
        }
    }
    let stores = by(day.iter().copied(), |of| of.store.clone());
    let mut revenues: Vec<_> = stores.into_values().collect();
    revenues.sort();
    revenues.dedup();
    let fifth = revenues.iter().rev().nth(4).copied().unwrap_or(i128::MIN);
    let top = by(day.iter().copied(), |of| of.store.clone());
    let top = top.into_values().filter(|net| *net >= fifth).count();
    assert_eq!(told["top_stores_count"], top);
}

#[test]
fn the_best_products_and_what_came_back() {
    let (shop, records) = shop();
    let told = report(&shop, &["--date", LAST]);
    let day: Vec<_> = records.iter().filter(|of| of.day == LAST).collect();
    let products = by(day.iter().copied(), |of| of.product.clone());
    assert_eq!(told["products"], products.len());
    let mut best: Vec<_> = products.iter().collect();
    best.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    let top = told["top_products"].as_array().unwrap();
    assert_eq!(top.len(), 10);
    for (line, (name, net)) in top.iter().zip(&best) {
        assert_eq!(
            (&line["product"], amount(&line["net_revenue"])),
            (&name.as_str().into(), **net)
        );
        let better: BTreeSet<_> = products.values().filter(|other| other > net).collect();
        assert_eq!(line["rank"], better.len() + 1);
        let sold = day.iter().filter(|of| of.product == **name);
        let units: i128 = sold
            .map(|of| {
                if of.is_return {
                    -of.quantity
                } else {
                    of.quantity
                }
            })
            .sum();
        assert_eq!(amount(&line["units"]), units, "{line}");
    }
    let tenth: BTreeSet<_> = products.values().collect();
    let tenth = **tenth.iter().rev().nth(9).unwrap();
    let count = products.values().filter(|net| **net >= tenth).count();
    assert_eq!(told["top_products_count"], count);

    let back = || day.iter().filter(|of| of.is_return);
    let value: i128 = back().map(|of| of.amount).sum();
    assert_eq!(told["returns"]["lines"], back().count());
    assert_eq!(amount(&told["returns"]["value"]), value);
    let mut returned: BTreeMap<&str, i128> = BTreeMap::new();
    for of in back() {
        *returned.entry(&of.product).or_default() += of.amount;
    }
    let mut most: Vec<_> = returned.into_iter().collect();
    most.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    most.truncate(5);
    let lines = told["returns"]["products"].as_array().unwrap().iter();
    let lines = lines.map(|of| {
        (
            of["product"].as_str().unwrap(),
            amount(&of["returned_value"]),
        )
    });
    assert_eq!(lines.collect::<Vec<_>>(), most);
}

#[test]
fn days_weeks_and_months_are_those_of_the_records() {
    let (shop, records) = shop();
    let revenue = by(&records, |of| of.day.clone());
    let of = |day: &str| revenue.get(day).copied().unwrap_or(0);
    for day in [LAST, "2025-01-10", "2024-12-05"] {
        let told = report(&shop, &["--date", day]);
        let drawn = told["last_28_days"].as_array().unwrap();
        let expected = (0..28)
            .map(|at| back(day, at))
            .filter(|day| day.as_str() >= FIRST);
        let mut expected: Vec<_> = expected.collect();
        expected.reverse();
        let days: Vec<_> = drawn
            .iter()
            .map(|of| of["date"].as_str().unwrap())
            .collect();
        assert_eq!(days, expected);
        for line in drawn {
            let day = line["date"].as_str().unwrap();
            assert_eq!(amount(&line["net_revenue"]), of(day), "{line}");
            let week = (0..7)
                .map(|at| back(day, at))
                .filter(|day| day.as_str() >= FIRST);
            let week: Vec<i128> = week.map(|day| of(&day)).collect();
            let mean = (week.iter().sum(), week.len() as i128);
            assert!(is_ratio(amount(&line["mean_7_days"]), mean, 1), "{line}");
        }
        let iso = |text: &str| (date(text).iso_week().year(), date(text).iso_week().week());
        let sum = |same: &dyn Fn(&str) -> bool| -> i128 {
            revenue
                .iter()
                .filter(|(day, _)| same(day))
                .map(|(_, net)| net)
                .sum()
        };
        let week = &told["trend"]["periods"][0];
        let (year, number) = iso(day);
        assert_eq!(week["period"], format!("{year}-W{number:02}"));
        assert_eq!(
            amount(&week["net_revenue"]),
            sum(&|other| iso(other) == iso(day))
        );
        // The week of the 5th of December is whole, but not the one before it; January is cut.
        let before = match day {
            LAST | "2025-01-10" => Some(sum(&|other| iso(other) == iso(&back(day, 7)))),
            _ => None,
        };
        let change = before.map(|before| (before, 1));
        match change {
            Some(before) => {
                let now = (sum(&|other| iso(other) == iso(day)), 1);
                assert!(is_change(&week["change_pct"], before, now), "{week}");
            }
            None => assert!(week["change_pct"].is_null(), "{week}"),
        }
        let month = &told["trend"]["periods"][1];
        assert!(month["change_pct"].is_null(), "{month}");
        assert_eq!(month["period"], day[..7]);
        assert_eq!(
            amount(&month["net_revenue"]),
            sum(&|other| other[..7] == day[..7])
        );
    }
}

/// The revenue that `generate` declares, and the counts of records, with faults in the input.
#[test]
fn declared_truth_is_told_and_what_it_rests_on() {
    let shop = Shop::new();
    let made = "generate --days 9 --start-date 2025-01-06 --transactions-per-day 200 \
                --malformed 0.05 --duplicates 0.04";
    shop.json(&made.split_whitespace().collect::<Vec<_>>());
    let run = shop.json(&["batch", "--dedup", "order_id"]);
    let truth: Value = serde_json::from_str(&shop.read("data/input/_truth.json")).unwrap();
    for (day, revenue) in truth["by_day"].as_object().unwrap() {
        let told = report(&shop, &["--date", day]);
        assert_eq!(
            amount(&told["business_metrics"]["total_revenue"]),
            amount(revenue),
            "{day}"
        );
        let counts = &told["basis"]["counts"];
        assert_eq!(counts["read"], truth["rows"]);
        assert_eq!(counts["accepted"], truth["valid_rows"]);
        assert_eq!(counts["rejected"], truth["malformed"]);
        assert_eq!(counts["duplicates"], truth["duplicates"]);
        assert_eq!(amount(&counts["grand_total"]), amount(&truth["revenue"]));
        assert_eq!(amount(&counts["grand_total"]), amount(&run["grand_total"]));
    }
    let told = report(&shop, &[]);
    let record: Value =
        serde_json::from_str(&shop.read("data/output/analysis_sales/_run.json")).unwrap();
    for name in ["run_id", "started", "finished"] {
        assert_eq!(told["basis"][name], record[name]);
    }
    assert_eq!(told["basis"]["inputs"]["files"], 9);
    assert_eq!(told["basis"]["inputs"]["places"][0], "data/input");
    assert!(truth["malformed"].as_u64() > Some(0) && truth["duplicates"].as_u64() > Some(0));
}
