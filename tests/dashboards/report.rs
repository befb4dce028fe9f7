//! `/api/report` and the lists: what a shop manager asks, against the records themselves.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::common::Shop;
use crate::common::figures::units;
use crate::common::web::Servers;
use crate::model::{Record, amount, by, net, records};

fn shop() -> (Shop, Vec<Record>) {
    let shop = Shop::new();
    let days = ["--days", "75", "--start-date", "2026-08-20"];
    let args = ["generate", "--transactions-per-day", "90", "--seed", "7"];
    shop.json(&[&args[..], &days].concat());
    shop.json(&["batch"]);
    let records = records(&shop);
    (shop, records)
}

/// Name and revenue of every row of a list.
fn told(list: &Value, key: &str) -> BTreeMap<String, i128> {
    let rows = list.as_array().expect("a list").iter();
    rows.map(|row| {
        (
            row[key].as_str().expect("a name").to_owned(),
            amount(&row["revenue"]),
        )
    })
    .collect()
}

#[test]
fn every_figure_is_that_of_the_records() {
    let (shop, all) = shop();
    let servers = Servers::start(&shop, &["--currency", "inr", "--locale", "en-IN"]);
    for (query, from, to) in [
        ("", "2026-08-20", "2026-11-02"),
        ("?from=2026-09-10&to=2026-10-09", "2026-09-10", "2026-10-09"),
        ("?from=2026-11-01", "2026-11-01", "2026-11-02"),
        ("?to=2026-08-20", "2026-08-20", "2026-08-20"),
    ] {
        let report = servers.json("batch", &format!("/api/report{query}"));
        assert_eq!(report["currency"], "INR");
        assert_eq!(report["locale"], "en-IN");
        assert_eq!(report["range"]["from"], from);
        assert_eq!(report["range"]["to"], to);
        assert_eq!(report["range"]["first"], "2026-08-20");
        assert_eq!(report["range"]["last"], "2026-11-02");
        let within = |r: &&Record| from <= r.day.as_str() && r.day.as_str() <= to;
        let chosen: Vec<&Record> = all.iter().filter(within).collect();
        let chosen = || chosen.iter().copied();

        let kpis = &report["kpis"];
        let gross: i128 = chosen().filter(|r| !r.is_return).map(|r| r.amount).sum();
        let returned: i128 = chosen().filter(|r| r.is_return).map(|r| r.amount).sum();
        let sales = chosen().filter(|r| !r.is_return).count();
        let units: i128 = chosen()
            .map(|r| if r.is_return { -r.quantity } else { r.quantity })
            .sum();
        assert_eq!(amount(&kpis["revenue"]), net(chosen()), "{query}");
        assert_eq!(amount(&kpis["gross"]), gross);
        assert_eq!(amount(&kpis["returned"]), returned);
        assert_eq!(kpis["sales"], sales);
        assert_eq!(kpis["returns"], chosen().count() - sales);
        assert_eq!(amount(&kpis["units"]), units);
        assert_eq!(kpis["products"], by(chosen(), |r| r.product.clone()).len());
        // A mean is off by half a unit at most.
        let mean = amount(&kpis["average_sale"]) * sales as i128;
        assert!((mean - gross).abs() * 2 <= sales as i128, "{query}");
        let rate = (returned * 10_000 / gross) as f64 / 100.0;
        let rate_told: f64 = kpis["return_rate"].as_str().unwrap().parse().unwrap();
        assert!((rate - rate_told).abs() <= 0.051, "{rate} {rate_told}");

        assert_eq!(
            told(&report["by_day"], "date"),
            by(chosen(), |r| r.day.clone())
        );
        let months = by(chosen(), |r| r.day[..7].to_owned());
        assert_eq!(told(&report["by_month"], "month"), months);
        assert_eq!(
            told(&report["by_store"], "store"),
            by(chosen(), |r| r.store.clone())
        );
        let categories = by(chosen(), |r| r.category.clone());
        assert_eq!(told(&report["by_category"], "category"), categories);
        let countries = by(chosen(), |r| r.country.clone());
        assert_eq!(told(&report["by_country"], "country"), countries);

        let products = by(chosen(), |r| r.product.clone());
        let mut ranking: Vec<_> = products.into_iter().map(|(p, t)| (-t, p)).collect();
        ranking.sort();
        let top = report["top_products"].as_array().unwrap();
        assert_eq!(top.len(), ranking.len().min(10));
        for (row, (total, product)) in top.iter().zip(ranking) {
            assert_eq!(
                (amount(&row["revenue"]), &row["product"]),
                (-total, &product.into())
            );
        }
    }
}

#[test]
fn weekdays_hours_months_and_the_days_before_are_right() {
    let (shop, all) = shop();
    let servers = Servers::start(&shop, &[]);
    let report = servers.json("batch", "/api/report?from=2026-09-01&to=2026-10-31");
    let within = |r: &&Record| matches!(&r.day[..7], "2026-09" | "2026-10");
    let chosen: Vec<&Record> = all.iter().filter(within).collect();
    let mut cells: BTreeMap<(u64, u64), i128> = BTreeMap::new();
    for record in &chosen {
        let day: chrono::NaiveDate = record.day.parse().unwrap();
        let weekday = chrono::Datelike::weekday(&day).number_from_monday();
        *cells
            .entry((weekday.into(), record.hour as u64))
            .or_default() += record.net();
    }
    let hours = report["by_hour"].as_array().unwrap();
    assert_eq!(hours.len(), 7 * 24);
    for row in hours {
        let key = (
            row["weekday"].as_u64().unwrap(),
            row["hour"].as_u64().unwrap(),
        );
        assert_eq!(
            amount(&row["revenue"]),
            cells.get(&key).copied().unwrap_or(0),
            "{key:?}"
        );
    }

    // August is cut off by the filter, September has no month before it, October has.
    let months = report["by_month"].as_array().unwrap();
    assert_eq!(months.len(), 2);
    assert_eq!(
        (&months[0]["month"], &months[0]["complete"]),
        (&"2026-09".into(), &true.into())
    );
    assert_eq!(months[0]["change"], Value::Null);
    let of = |month: &str| net(chosen.iter().copied().filter(|r| r.day.starts_with(month)));
    let (september, october) = (of("2026-09"), of("2026-10"));
    let growth = (october - september) as f64 / september as f64 * 100.0;
    let told: f64 = months[1]["change"].as_str().unwrap().parse().unwrap();
    assert!((growth - told).abs() < 0.0501, "{growth} {told}");

    // 61 days before the first of September lie before all data.
    assert_eq!(report["previous"], Value::Null);
    let report = servers.json("batch", "/api/report?from=2026-09-08&to=2026-09-14");
    let week = |r: &&Record| ("2026-09-01"..="2026-09-07").contains(&r.day.as_str());
    assert_eq!(report["previous"]["from"], "2026-09-01");
    assert_eq!(report["previous"]["to"], "2026-09-07");
    assert_eq!(
        amount(&report["previous"]["revenue"]),
        net(all.iter().filter(week))
    );
    let months = report["by_month"].as_array().unwrap();
    assert_eq!(months[0]["complete"], false);
}

#[test]
fn lists_are_those_of_the_page() {
    let (shop, all) = shop();
    let servers = Servers::start(&shop, &[]);
    let path = shop.path("data/output/analysis_csv/part-00000.csv");
    let file = std::fs::read_to_string(path).unwrap();
    let whole = servers.get("batch", "/api/daily.csv");
    assert_eq!(whole.body, file);
    assert!(whole.head.contains("content-type: text/csv"));
    assert!(whole.head.contains("attachment; filename=\"daily.csv\""));
    let one = servers
        .get("batch", "/api/daily.csv?from=2026-09-01&to=2026-09-01")
        .body;
    let expected = file
        .lines()
        .filter(|line| line.starts_with("2026-09-01") || line.starts_with("order"));
    assert_eq!(
        one.lines().collect::<Vec<_>>(),
        expected.collect::<Vec<_>>()
    );

    for (name, key) in [
        ("day", (|r: &Record| r.day.clone()) as fn(&Record) -> String),
        ("month", |r| r.day[..7].to_owned()),
        ("product", |r| r.product.clone()),
        ("store", |r| r.store.clone()),
        ("category", |r| r.category.clone()),
        ("country", |r| r.country.clone()),
    ] {
        let body = servers
            .get("batch", &format!("/api/report.csv?by={name}"))
            .body;
        let mut reader = csv::Reader::from_reader(body.as_bytes());
        let header = reader.headers().unwrap().clone();
        let total = header
            .iter()
            .position(|column| column == "total_amount")
            .unwrap();
        let rows = reader.records().map(Result::unwrap);
        let told: BTreeMap<String, i128> = rows
            .map(|row| (row[0].to_owned(), units(&row[total])))
            .collect();
        assert_eq!(told, by(&all, key), "{name}");
    }
    let wrong = servers.get("batch", "/api/report.csv?by=colour");
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("month"), "{}", wrong.body);
}

#[test]
fn what_the_input_lacks_is_said_and_not_shown() {
    let shop = Shop::new();
    let text = "order_date,product,amount\n2026-01-01,Tea,1.00\n";
    shop.write("data/input/a.csv", text);
    shop.json(&["batch"]);
    let servers = Servers::start(&shop, &[]);
    let report = servers.json("batch", "/api/report");
    for list in ["by_store", "by_category", "by_country", "by_hour"] {
        assert_eq!(report[list], Value::Null, "{list}");
    }
    assert_eq!(report["notes"].as_array().unwrap().len(), 4);
    assert_eq!(servers.get("batch", "/api/report.csv?by=store").status, 404);
    let metrics = servers.json("api", "/api/v1/sales/metrics");
    assert_eq!(metrics[0]["category"], Value::Null);
    assert_eq!(amount(&metrics[0]["total_amount"]), units("1.00"));
}
