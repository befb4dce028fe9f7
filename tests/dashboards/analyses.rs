//! What the analyses found, on their pages and through the API, against the records themselves.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use chrono::{Datelike, NaiveDate};
use serde_json::Value;

use crate::common::Shop;
use crate::common::web::Servers;
use crate::model::{Record, amount, by, net, records};

/// The analyses that are shown.
const SHOWN: &str = "rfm,products,trends,store_performance,returns";
const LAST: &str = "2026-10-28";

/// 70 days, of which one has no file; every seventh record names no customer.
fn shop() -> (Shop, Vec<Record>) {
    let shop = Shop::new();
    let args = ["generate", "--days", "70", "--start-date", "2026-08-20"];
    let more = ["--transactions-per-day", "60", "--seed", "3"];
    shop.json(&[&args[..], &more].concat());
    fs::remove_file(shop.path("data/input/retail_2026-09-15.csv")).unwrap();
    for (name, content) in shop.tree("data/input") {
        if name.ends_with(".csv") {
            shop.write(&format!("data/input/{name}"), anonymous(&content));
        }
    }
    shop.json(&["batch", "--analysis", SHOWN]);
    let records = records(&shop);
    (shop, records)
}

fn anonymous(content: &[u8]) -> Vec<u8> {
    let mut reader = csv::Reader::from_reader(content);
    let header = reader.headers().unwrap().clone();
    let column = header.iter().position(|c| c == "customer_id").unwrap();
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&header).unwrap();
    for (at, row) in reader.records().enumerate() {
        let row = row.unwrap();
        let cells = row.iter().enumerate();
        let cells = cells.map(|(c, cell)| if c == column && at % 7 == 0 { "" } else { cell });
        writer.write_record(cells).unwrap();
    }
    writer.into_inner().unwrap()
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Whether a quotient of four decimals is that of these two, which are in the same unit.
fn is_ratio(told: &Value, numerator: i128, denominator: i128) -> bool {
    let off = amount(told) * denominator - numerator * 10_000;
    off.abs() * 2 <= denominator.abs()
}

/// A customer: days since, orders, money, digits and segment.
type Customer = (i128, usize, i128, String, &'static str);

/// Scores and segments, by comparing everybody with everybody.
fn customers(all: &[Record]) -> BTreeMap<String, Customer> {
    let last = date(LAST);
    let mut found: BTreeMap<&str, (i128, BTreeSet<&str>, i128)> = BTreeMap::new();
    for record in all.iter().filter(|record| !record.customer.is_empty()) {
        let entry = found
            .entry(&record.customer)
            .or_insert((i128::MAX, BTreeSet::new(), 0));
        entry.2 += record.net();
        if !record.is_return {
            let days = (last - date(&record.day)).num_days();
            entry.0 = entry.0.min(days.into());
            entry.1.insert(&record.order);
        }
    }
    found.retain(|_, (_, orders, _)| !orders.is_empty());
    let values: Vec<(i128, i128, i128)> = found
        .values()
        .map(|(days, orders, money)| (-days, orders.len() as i128, *money))
        .collect();
    let score = |of: fn(&(i128, i128, i128)) -> i128, own: i128| {
        let worse = values.iter().filter(|value| of(value) < own).count();
        1 + 5 * worse / values.len()
    };
    let scored = found.into_iter().map(|(name, (days, orders, money))| {
        let r = score(|v| v.0, -days);
        let f = score(|v| v.1, orders.len() as i128);
        let m = score(|v| v.2, money);
        let customer = (
            days,
            orders.len(),
            money,
            format!("{r}{f}{m}"),
            named(r, f, m),
        );
        (name.to_owned(), customer)
    });
    scored.collect()
}

fn named(r: usize, f: usize, m: usize) -> &'static str {
    let rules = [
        ("Champions", r >= 4 && f >= 4 && m >= 4),
        ("Loyal Customers", r >= 3 && f >= 3 && m >= 3),
        ("Potential Loyalists", r >= 3 && f <= 3 && m <= 3),
        ("New Customers", r >= 4 && f == 1),
        ("Cannot Lose Them", r <= 2 && f >= 4 && m >= 4),
        ("At Risk", r <= 2 && f >= 3 && m >= 3),
        ("Hibernating", r <= 2 && f <= 2),
        ("Lost", true),
    ];
    let mut fitting = rules.into_iter().filter(|(_, fits)| *fits);
    fitting.next().unwrap().0
}

/// All pages of a list.
fn whole(servers: &Servers, query: &str) -> Vec<Value> {
    let mut rows = Vec::new();
    loop {
        let path = format!(
            "/api/v1/customers/segments?limit=400&offset={}{query}",
            rows.len()
        );
        let answer = servers.get("api", &path);
        assert_eq!(answer.status, 200, "{}", answer.body);
        let page: Vec<Value> = serde_json::from_str(&answer.body).unwrap();
        rows.extend(page);
        if !answer.head.contains("rel=\"next\"") {
            let total = format!("x-total-count: {}", rows.len());
            assert!(answer.head.contains(&total), "{}", answer.head);
            return rows;
        }
    }
}

#[test]
fn segments_are_those_of_the_records() {
    let (shop, all) = shop();
    let servers = Servers::start(&shop, &[]);
    let expected = customers(&all);
    assert!(expected.len() > 450, "several pages: {}", expected.len());
    let rows = whole(&servers, "");
    let names: Vec<&str> = rows
        .iter()
        .map(|row| row["user_id"].as_str().unwrap())
        .collect();
    assert_eq!(names, expected.keys().collect::<Vec<_>>());
    for row in &rows {
        let name = row["user_id"].as_str().unwrap();
        let (recency, frequency, money, digits, segment) = &expected[name];
        assert_eq!(i128::from(row["recency"].as_u64().unwrap()), *recency);
        assert_eq!(row["frequency"], *frequency, "{name}");
        assert_eq!(amount(&row["monetary"]), *money, "{name}");
        assert_eq!(row["rfm_score"], **digits, "{name}");
        for (at, score) in ["r_score", "f_score", "m_score"].iter().enumerate() {
            assert_eq!(row[score].to_string(), digits[at..=at], "{name}");
        }
        assert_eq!(row["rfm_segment"], *segment, "{name}");
        assert_eq!(row["segment_name"], *segment);
        assert_eq!(row["analysis_date"], LAST);
        let bought = |record: &&Record| record.customer == name && !record.is_return;
        let countries = all.iter().filter(bought);
        let first = countries.map(|record| &record.country).min().unwrap();
        assert_eq!(row["country"], **first);
    }
    let is = |wanted: &str| {
        let of = |row: &&Value| row["rfm_segment"] == wanted || row["rfm_score"] == wanted;
        rows.iter().filter(of).cloned().collect::<Vec<_>>()
    };
    let digits = rows[0]["rfm_score"].as_str().unwrap();
    for wanted in ["Champions", "Hibernating", digits] {
        let encoded = wanted.replace(' ', "%20");
        assert!(!is(wanted).is_empty());
        assert_eq!(whole(&servers, &format!("&segment={encoded}")), is(wanted));
    }
    assert_eq!(whole(&servers, "&segment=champions"), Vec::<Value>::new());

    let told = servers.json("api", "/api/v1/customers/segments/distribution");
    let mut segments: BTreeMap<&str, (u64, i128)> = BTreeMap::new();
    for (_, _, money, _, segment) in expected.values() {
        let sum = segments.entry(segment).or_default();
        *sum = (sum.0 + 1, sum.1 + money);
    }
    let list = told["segments"].as_array().unwrap();
    assert_eq!(list.len(), segments.len());
    assert!(list.is_sorted_by_key(|row| std::cmp::Reverse(row["customer_count"].as_u64())));
    for row in list {
        let (count, sum) = segments[row["segment"].as_str().unwrap()];
        assert_eq!(row["customer_count"], count);
        assert_eq!(amount(&row["total_segment_value"]), sum);
        let mean = amount(&row["avg_customer_value"]) * i128::from(count);
        assert!((mean - sum).abs() * 2 <= count.into());
    }
    assert_eq!(told["customers"], expected.len());
    let nobody = net(all.iter().filter(|record| record.customer.is_empty()));
    assert!(nobody > 0);
    assert_eq!(amount(&told["anonymous_revenue"]), nobody);
    let share = &told["anonymous_revenue_share"];
    assert!(is_ratio(share, 100 * nobody, net(&all)), "{share}");

    // The page tells the same, and money as text.
    let page = servers.json("batch", "/api/analyses/customers");
    assert_eq!(page["status"], "ok");
    assert_eq!(page["as_of"], LAST);
    assert_eq!(page["champions"]["customers"], segments["Champions"].0);
    assert_eq!(page["coverage"]["customers"], expected.len());
    assert_eq!(amount(&page["coverage"]["anonymous_revenue"]), nobody);
    for row in page["segments"].as_array().unwrap() {
        let (count, sum) = segments[row["segment"].as_str().unwrap()];
        assert_eq!(row["customers"], count);
        assert!(row["revenue"].is_string());
        assert_eq!(amount(&row["revenue"]), sum);
    }
    let points = page["points"]["monetary"].as_array().unwrap();
    let drawn: i128 = points.iter().map(amount).sum();
    let each: i128 = expected.values().map(|customer| customer.2).sum();
    assert_eq!(drawn, each, "so few are drawn one by one");
}

#[test]
fn products_are_ranked_by_their_last_thirty_days() {
    let (shop, all) = shop();
    let servers = Servers::start(&shop, &[]);
    let recent = || {
        all.iter()
            .filter(|record| record.day.as_str() >= "2026-09-29")
    };
    let mut ranking: Vec<(i128, String)> = by(recent(), |record| record.product.clone())
        .into_iter()
        .map(|(product, sum)| (-sum, product))
        .collect();
    ranking.sort();
    let units = |product: &str| {
        let own = recent().filter(|record| record.product == product);
        own.map(|r| if r.is_return { -r.quantity } else { r.quantity })
            .sum::<i128>()
    };
    for (query, count) in [
        ("", 10),
        ("?top_n=1", 1),
        ("?top_n=100", ranking.len().min(100)),
    ] {
        let path = format!("/api/v1/products/top-performers{query}");
        let told = servers.json("api", &path);
        assert_eq!(told["count"], count);
        let rows = told["top_products"].as_array().unwrap();
        assert_eq!(rows.len(), count);
        for (row, (sum, product)) in rows.iter().zip(&ranking) {
            assert_eq!(row["product_id"], **product);
            assert_eq!(amount(&row["total_revenue"]), -sum, "{product}");
            assert_eq!(amount(&row["units_sold"]), units(product), "{product}");
        }
    }
    for wrong in ["0", "101", "x"] {
        let path = format!("/api/v1/products/top-performers?top_n={wrong}");
        assert_eq!(servers.get("api", &path).status, 422, "{wrong}");
    }
    let page = servers.json("batch", "/api/analyses/products");
    assert_eq!(page["products"], ranking.len());
    assert_eq!(amount(&page["revenue"]), net(recent()));
    let names = |list: &str| {
        let rows = page[list].as_array().unwrap().iter();
        rows.map(|row| row["product_id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let expected: Vec<String> = ranking.iter().map(|(_, product)| product.clone()).collect();
    assert_eq!(names("top"), expected[..10]);
    let mut least: Vec<_> = ranking.iter().map(|(sum, p)| (-sum, p.clone())).collect();
    least.sort();
    let least: Vec<String> = least.into_iter().map(|(_, product)| product).collect();
    assert_eq!(names("bottom"), least[..10]);
    let rated = page["ratings"].as_object().unwrap().values();
    let rated: u64 = rated.map(|sum| sum["products"].as_u64().unwrap()).sum();
    assert_eq!(rated, ranking.len() as u64);
    let categories = by(recent(), |record| record.category.clone());
    let rows = page["categories"].as_array().unwrap();
    assert_eq!(rows.len(), categories.len());
    for row in rows {
        let name = row["category"].as_str().unwrap();
        assert_eq!(amount(&row["total_revenue"]), categories[name], "{name}");
        let own = recent().filter(|record| record.category == name);
        let best = by(own, |record| record.product.clone());
        let best = best.into_iter().max_by_key(|(_, sum)| *sum).unwrap();
        assert_eq!(row["leader"], *best.0, "{name}");
    }
}

#[test]
fn trends_are_those_of_the_records() {
    let (shop, all) = shop();
    let servers = Servers::start(&shop, &[]);
    let sums = by(&all, |record| record.day.clone());
    let told = |query: &str| {
        let told = servers.json("api", &format!("/api/v1/trends/sales?{query}"));
        told["trends"].as_array().unwrap().clone()
    };
    let daily = told("limit=365");
    assert_eq!(daily.len(), 70, "a day without a sale is one too");
    let revenue = |day: NaiveDate| sums.get(&day.to_string()).copied().unwrap_or(0);
    for (at, row) in daily.iter().enumerate() {
        let day = date(LAST) - chrono::Duration::days(at as i64);
        assert_eq!(row["date"], day.to_string());
        assert_eq!(row["period"], row["date"]);
        assert_eq!(row["period_type"], "daily");
        assert_eq!(amount(&row["total_revenue"]), revenue(day), "{day}");
        let name = day.to_string();
        assert_eq!(row["transaction_count"], orders(&all, |r| r.day == name));
        let before = day - chrono::Duration::days(1);
        let first = at + 1 == daily.len();
        growth(row, revenue(day), (!first).then(|| revenue(before)));
        let days = (daily.len() - at).min(7) as i128;
        let sum: i128 = (0..days as i64)
            .map(|back| revenue(day - chrono::Duration::days(back)))
            .sum();
        let mean = amount(&row["revenue_7day_ma"]) * days;
        assert!((mean - sum).abs() * 2 <= days, "{day}");
    }
    let gap = date("2026-09-15");
    assert_eq!(revenue(gap), 0);
    assert_eq!(told("")[..], daily[..30], "the newest thirty, unless asked");
    assert_eq!(told("limit=1&trend_type=daily")[..], daily[..1]);

    let week = |day: &str| {
        let week = date(day).iso_week();
        format!("{}-W{:02}", week.year(), week.week())
    };
    periods(&told("trend_type=weekly&limit=365"), &all, &|r| {
        week(&r.day)
    });
    periods(&told("trend_type=monthly&limit=365"), &all, &|r| {
        r.day[..7].to_owned()
    });
    for wrong in ["limit=0", "limit=366", "trend_type=yearly", "offset=1"] {
        let path = format!("/api/v1/trends/sales?{wrong}");
        assert_eq!(servers.get("api", &path).status, 422, "{wrong}");
    }
    let page = servers.json("batch", "/api/analyses/trends");
    let days = page["daily"].as_array().unwrap();
    let listed: i128 = days.iter().map(|row| amount(&row["total_revenue"])).sum();
    assert_eq!((days.len(), listed), (70, net(&all)));
    assert_eq!(days[0]["date"], "2026-08-20");
    // The mean of a weekday beside that of all days.
    let mondays = (0..70)
        .map(|at| date(LAST) - chrono::Duration::days(at))
        .filter(|day| day.weekday() == chrono::Weekday::Mon);
    let (count, sum) = mondays.fold((0, 0), |(count, sum), day| (count + 1, sum + revenue(day)));
    let index = page["seasons"].as_array().unwrap().iter();
    let mut index = index.filter(|row| row["season_type"] == "weekday" && row["season"] == 1);
    let index = &index.next().unwrap()["seasonal_index"];
    assert!(is_ratio(index, sum * 70, net(&all) * count), "{index}");
}

/// How many orders there are.
fn orders(all: &[Record], within: impl Fn(&Record) -> bool) -> usize {
    let own = all.iter().filter(|record| within(record));
    own.map(|record| &record.order)
        .collect::<BTreeSet<_>>()
        .len()
}

/// Growth from what was before: none from nothing.
fn growth(row: &Value, now: i128, before: Option<i128>) {
    let told = &row["revenue_growth_pct"];
    match before.filter(|before| *before != 0) {
        None => assert_eq!(*told, Value::Null, "{row}"),
        Some(before) => assert!(is_ratio(told, 100 * (now - before), before.abs()), "{row}"),
    }
}

fn periods(rows: &[Value], all: &[Record], period: &dyn Fn(&Record) -> String) {
    let sums = by(all, period);
    let expected: Vec<&String> = sums.keys().rev().collect();
    let told: Vec<&str> = rows
        .iter()
        .map(|row| row["period"].as_str().unwrap())
        .collect();
    assert_eq!(told, expected);
    for (at, row) in rows.iter().enumerate() {
        let name = told[at];
        assert_eq!(amount(&row["total_revenue"]), sums[name], "{name}");
        assert_eq!(row["transaction_count"], orders(all, |r| period(r) == name));
        growth(
            row,
            sums[name],
            told.get(at + 1).map(|before| sums[*before]),
        );
    }
}

#[test]
fn stores_and_returns_are_those_of_the_records() {
    let (shop, all) = shop();
    let servers = Servers::start(&shop, &["--currency", "EUR"]);
    let page = servers.json("batch", "/api/analyses/stores");
    assert_eq!(page["currency"], "EUR");
    let sums = by(&all, |record| record.store.clone());
    let sizes = sizes(&shop);
    let rows = page["stores"].as_array().unwrap();
    assert_eq!(rows.len(), sums.len());
    assert_eq!(page["store_count"], sums.len());
    assert_eq!(amount(&page["total"]["revenue"]), net(&all));
    assert!(rows.is_sorted_by(|a, b| amount(&a["total_revenue"]) >= amount(&b["total_revenue"])));
    for row in rows {
        let store = row["store_id"].as_str().unwrap();
        assert_eq!(amount(&row["total_revenue"]), sums[store], "{store}");
        assert_eq!(row["store_size"], sizes[store], "{store}");
        let per_foot = &row["revenue_per_sqft"];
        let feet = i128::from(sizes[store]);
        assert!(is_ratio(per_foot, sums[store], feet * 10_000), "{store}");
        let buyers = all.iter().filter(|record| record.store == store);
        let buyers: BTreeSet<&str> = buyers.map(|record| record.customer.as_str()).collect();
        let buyers = buyers.iter().filter(|buyer| !buyer.is_empty()).count();
        assert_eq!(row["unique_customers"], buyers, "{store}");
    }

    let page = servers.json("batch", "/api/analyses/returns");
    let count =
        |list: &[&Record], is_return| list.iter().filter(|r| r.is_return == is_return).count();
    let sum = |list: &[&Record], is_return| {
        let some = list.iter().filter(|r| r.is_return == is_return);
        some.map(|r| r.amount).sum::<i128>()
    };
    let every: Vec<&Record> = all.iter().collect();
    let total = &page["total"];
    assert_eq!(total["sales_count"], count(&every, false));
    assert_eq!(total["return_count"], count(&every, true));
    assert_eq!(amount(&total["gross"]), sum(&every, false));
    assert_eq!(amount(&total["returned"]), sum(&every, true));
    assert_eq!(amount(&total["net"]), net(&all));
    let steps: Vec<i128> = page["funnel"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| amount(&step["amount"]))
        .collect();
    assert_eq!(steps, [sum(&every, false), net(&all), sum(&every, true)]);
    for (list, key, named) in [
        (
            "categories",
            "category",
            (|r: &Record| &r.category) as fn(&Record) -> &String,
        ),
        ("by_rate", "product", |r| &r.product),
        ("by_value", "product", |r| &r.product),
    ] {
        let rows = page[list].as_array().unwrap();
        assert!(rows.len() > 5, "{list}");
        for row in rows {
            let name = row[key].as_str().unwrap();
            let own: Vec<&Record> = all.iter().filter(|r| named(r) == name).collect();
            assert_eq!(row["sales_count"], count(&own, false), "{name}");
            assert_eq!(row["return_count"], count(&own, true), "{name}");
            assert_eq!(amount(&row["total_return_value"]), sum(&own, true));
            let (back, sold) = (count(&own, true) as i128, count(&own, false) as i128);
            assert!(is_ratio(&row["return_rate_pct"], 100 * back, sold));
            let (back, sold) = (sum(&own, true), sum(&own, false));
            assert!(is_ratio(&row["value_rate_pct"], 100 * back, sold));
        }
    }
    let rates = page["by_rate"].as_array().unwrap();
    assert!(
        rates.is_sorted_by(|a, b| {
            amount(&a["return_rate_pct"]) >= amount(&b["return_rate_pct"])
        })
    );
    assert!(
        rates
            .iter()
            .all(|row| row["sales_count"].as_u64() >= Some(6))
    );
}

/// Square feet by store, of the master data.
fn sizes(shop: &Shop) -> BTreeMap<String, u64> {
    let mut reader = csv::Reader::from_path(shop.path("data/master/stores.csv")).unwrap();
    let header = reader.headers().unwrap().clone();
    let column = |name: &str| header.iter().position(|column| column == name).unwrap();
    let (store, size) = (column("store_id"), column("square_footage"));
    let rows = reader.records().map(Result::unwrap);
    rows.map(|row| (row[store].to_owned(), row[size].parse().unwrap()))
        .collect()
}
