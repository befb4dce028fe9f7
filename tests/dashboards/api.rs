//! `/api/v1` against the records themselves.

use serde_json::Value;

use crate::common::Shop;
use crate::common::web::Servers;
use crate::model::{Record, amount, by, net, records};

/// 40 days, the last of them 2026-10-31.
fn shop() -> (Shop, Vec<Record>) {
    let shop = Shop::new();
    let days = ["--days", "40", "--start-date", "2026-09-22"];
    let args = ["generate", "--transactions-per-day", "120"];
    shop.json(&[&args[..], &days].concat());
    shop.json(&["batch"]);
    let records = records(&shop);
    (shop, records)
}

fn between<'a>(
    all: &'a [Record],
    from: &'a str,
    to: &'a str,
) -> impl Iterator<Item = &'a Record> + Clone {
    let within = move |r: &&Record| from <= r.day.as_str() && r.day.as_str() <= to;
    all.iter().filter(within)
}

#[test]
fn each_sale_is_in_one_metric() {
    let (shop, all) = shop();
    let servers = Servers::start(&shop, &[]);
    let mut rows = Vec::new();
    loop {
        let path = format!("/api/v1/sales/metrics?limit=1000&offset={}", rows.len());
        let answer = servers.get("api", &path);
        let page: Vec<Value> = serde_json::from_str(&answer.body).unwrap();
        let last = !answer.head.contains("rel=\"next\"");
        rows.extend(page);
        if last {
            break;
        }
    }
    assert!(rows.len() > 1000, "{}", rows.len());
    let groups = by(&all, |r| {
        (r.day.clone(), r.category.clone(), r.country.clone())
    });
    assert_eq!(rows.len(), groups.len());
    for row in &rows {
        let text = |name: &str| row[name].as_str().unwrap().to_owned();
        let day = text("window_start")[..10].to_owned();
        assert_eq!(text("window_start"), format!("{day}T00:00:00Z"));
        let next: chrono::NaiveDate = day.parse().unwrap();
        let next = next.succ_opt().unwrap();
        assert_eq!(text("window_end"), format!("{next}T00:00:00Z"));
        let key = (day, text("category"), text("country"));
        assert_eq!(amount(&row["total_amount"]), groups[&key], "{key:?}");
        let of_group = |r: &&Record| (&r.day, &r.category, &r.country) == (&key.0, &key.1, &key.2);
        let count = all.iter().filter(of_group).count() as i128;
        assert_eq!(row["transaction_count"], count as u64);
        let mean = amount(&row["avg_transaction_value"]) * count;
        assert!((mean - groups[&key]).abs() * 2 <= count);
    }
    let days: Vec<&str> = rows
        .iter()
        .map(|row| row["window_start"].as_str().unwrap())
        .collect();
    assert!(days.is_sorted_by(|a, b| a >= b));

    let category = rows[0]["category"].as_str().unwrap().to_owned();
    let country = rows[0]["country"].as_str().unwrap().to_owned();
    let query = format!(
        "category={}&country={country}",
        category.replace(' ', "%20").replace('&', "%26")
    );
    let path = format!(
        "/api/v1/sales/metrics?limit=1000&start_date=2026-10-01&end_date=2026-10-05&{query}"
    );
    let some = servers.json("api", &path);
    let sum: i128 = some
        .as_array()
        .unwrap()
        .iter()
        .map(|row| amount(&row["total_amount"]))
        .sum();
    let chosen = between(&all, "2026-10-01", "2026-10-05");
    let chosen = chosen.filter(|r| r.category == category && r.country == country);
    assert_eq!(sum, net(chosen));
    let none = servers.json("api", "/api/v1/sales/metrics?category=no%20such");
    assert_eq!(none, Value::Array(Vec::new()));
}

#[test]
fn periods_end_today_and_say_which_days_they_are() {
    let (shop, all) = shop();
    for (as_of, last) in [("latest", "2026-10-31"), ("2026-10-30", "2026-10-30")] {
        let servers = Servers::start(&shop, &["--as-of", as_of]);
        let day: chrono::NaiveDate = last.parse().unwrap();
        for (period, length) in [("today", 1), ("week", 7), ("month", 30)] {
            let first = (day - chrono::Duration::days(length - 1)).to_string();
            let path = format!("/api/v1/sales/summary?period={period}");
            let summary = servers.json("api", &path);
            assert_eq!(summary["period"], period);
            assert_eq!(summary["start_date"], *first);
            assert_eq!(summary["end_date"], last);
            let metrics = &summary["metrics"];
            let chosen = between(&all, &first, last);
            assert_eq!(amount(&metrics["total_revenue"]), net(chosen.clone()));
            assert_eq!(metrics["transaction_count"], chosen.clone().count());
            let sales = chosen.filter(|r| !r.is_return).map(|r| r.amount);
            assert_eq!(
                amount(&metrics["min_transaction"]),
                sales.clone().min().unwrap()
            );
            assert_eq!(amount(&metrics["max_transaction"]), sales.max().unwrap());
        }
        let default = servers.json("api", "/api/v1/sales/summary");
        assert_eq!(default["period"], "today");
        assert_eq!(
            servers
                .get("api", "/api/v1/sales/summary?period=year")
                .status,
            400
        );

        let today = servers.json("api", "/api/v1/monitoring/dashboard");
        let of_day = || between(&all, last, last);
        assert_eq!(amount(&today["total_revenue_today"]), net(of_day()));
        assert_eq!(today["total_transactions_today"], of_day().count());
        let top = |sums: std::collections::BTreeMap<String, i128>| {
            sums.into_iter().max_by_key(|(_, sum)| *sum).unwrap().0
        };
        assert_eq!(
            today["top_category"],
            top(by(of_day(), |r| r.category.clone()))
        );
        assert_eq!(
            today["top_country"],
            top(by(of_day(), |r| r.country.clone()))
        );
        // No job counts them, and they are not invented.
        assert_eq!(today["active_users"], Value::Null);
        assert_eq!(today["anomalies_count"], Value::Null);
        assert_eq!(servers.json("api", "/api/v1/dashboard"), today);
    }
    // Long after the last sale, today is empty and says so.
    let servers = Servers::start(&shop, &["--as-of", "2030-01-01"]);
    let empty = servers.json("api", "/api/v1/sales/summary?period=month");
    assert_eq!(empty["metrics"]["transaction_count"], 0);
    assert_eq!(empty["metrics"]["avg_transaction_value"], Value::Null);
}

#[test]
fn products_are_ranked_over_thirty_days() {
    let (shop, all) = shop();
    let servers = Servers::start(&shop, &["--as-of", "latest"]);
    let rows = servers.json("api", "/api/v1/products/performance?limit=1000");
    let rows = rows.as_array().unwrap();
    let chosen = || between(&all, "2026-10-02", "2026-10-31");
    let revenue = by(chosen(), |r| r.product.clone());
    assert_eq!(rows.len(), revenue.len());
    let mut ranks: std::collections::HashMap<&str, u64> = std::collections::HashMap::new();
    let mut before = i128::MAX;
    for row in rows {
        let name = row["product_id"].as_str().unwrap();
        assert_eq!(row["product_name"], name);
        let of_product = || chosen().filter(|r| r.product == name);
        let total = amount(&row["total_revenue"]);
        assert_eq!(total, revenue[name], "{name}");
        assert!(total <= before);
        before = total;
        let units: i128 = of_product()
            .map(|r| if r.is_return { -r.quantity } else { r.quantity })
            .sum();
        assert_eq!(amount(&row["units_sold"]), units, "{name}");
        let category = row["category"].as_str().unwrap();
        assert!(of_product().any(|r| r.category == category));
        let rank = ranks.entry(category).or_default();
        *rank += 1;
        assert_eq!(row["rank_in_category"], *rank);
        let score: f64 = row["performance_score"].to_string().parse().unwrap();
        let expected = total as f64 / 1e7 + units as f64 / 1e5;
        assert!((score - expected).abs() < 1e-9, "{score} {expected}");
        if units > 0 {
            let price = amount(&row["avg_price"]) * units;
            assert!((price - total * 10_000).abs() * 2 <= units, "{name}");
        }
    }
    let units = |row: &Value| amount(&row["units_sold"]);
    let sorted = servers.json(
        "api",
        "/api/v1/products/performance?sort_by=units_sold&limit=50",
    );
    assert!(
        sorted
            .as_array()
            .unwrap()
            .is_sorted_by(|a, b| units(a) >= units(b))
    );
    let unknown = servers.json(
        "api",
        "/api/v1/products/performance?sort_by=colour&limit=50",
    );
    assert_eq!(unknown.as_array().unwrap()[..], rows[..50]);
}

#[test]
fn what_was_not_computed_is_not_there() {
    let shop = Shop::new();
    shop.json(&["generate", "--days", "1"]);
    shop.json(&["batch"]);
    let servers = Servers::start(&shop, &[]);
    for path in [
        "customers/segments",
        "customers/segments/distribution",
        "products/top-performers",
        "trends/sales",
        "query",
    ] {
        let answer = servers.get("api", &format!("/api/v1/{path}"));
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.body.contains("\"detail\""), "{path}");
    }
}
