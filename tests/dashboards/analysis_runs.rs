//! Analyses that were not run, were skipped, or are of another run than the totals beside them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::Value;

use crate::common::Shop;
use crate::common::web::Servers;
use crate::model::amount;

/// The analyses that are shown.
const SHOWN: &str = "rfm,products,trends,store_performance,returns";
const PAGES: [(&str, &str); 5] = [
    ("customers", "rfm"),
    ("products", "products"),
    ("trends", "trends"),
    ("stores", "store_performance"),
    ("returns", "returns"),
];
const ADDRESSES: [(&str, &str); 4] = [
    ("customers/segments", "rfm"),
    ("customers/segments/distribution", "rfm"),
    ("products/top-performers", "products"),
    ("trends/sales", "trends"),
];

#[test]
fn what_was_not_run_or_skipped_says_what_to_run() {
    let shop = Shop::new();
    let servers = Servers::start(&shop, &[]);
    let text = "order_date,product,amount\n2026-01-01,Tea,1.00\n2026-01-02,Tea,3.00\n";
    shop.write("data/input/a.csv", text);
    let run = |name: &str| format!("run retail batch --analysis {name}");
    for batch in [None, Some(&["batch"][..])] {
        if let Some(batch) = batch {
            shop.json(batch);
        }
        for (page, name) in PAGES {
            let told = servers.json("batch", &format!("/api/analyses/{page}"));
            assert_eq!(told["status"], "no_data", "{page}");
            let message = told["message"].as_str().unwrap();
            assert!(message.contains(&run(name)), "{message}");
        }
        for (path, name) in ADDRESSES {
            let answer = servers.get("api", &format!("/api/v1/{path}"));
            assert_eq!(answer.status, 404, "{path}");
            assert!(answer.body.contains(&run(name)), "{}", answer.body);
        }
    }
    shop.json(&["batch", "--analysis", SHOWN]);
    for (page, lacks) in [("customers", "customer_id"), ("stores", "store_id")] {
        let told = servers.json("batch", &format!("/api/analyses/{page}"));
        assert_eq!(told["status"], "skipped", "{page}");
        let message = told["message"].as_str().unwrap();
        assert!(message.contains("skipped"), "{message}");
        assert!(message.contains(lacks), "{message}");
    }
    for path in ["customers/segments", "customers/segments/distribution"] {
        let answer = servers.get("api", &format!("/api/v1/{path}"));
        assert_eq!(answer.status, 404, "{path}");
        assert!(answer.body.contains("was skipped"), "{}", answer.body);
        assert!(answer.body.contains("customer_id"), "{}", answer.body);
    }
    // What needs neither is there, and does not invent what the input lacks.
    let told = servers.json("api", "/api/v1/products/top-performers");
    assert_eq!(told["count"], 1);
    assert_eq!(told["top_products"][0]["category"], Value::Null);
    assert_eq!(told["top_products"][0]["units_sold"], Value::Null);
    let told = servers.json("batch", "/api/analyses/returns");
    assert_eq!(told["status"], "ok");
    assert_eq!(told["total"]["return_count"], 0);
    assert!(servers.json("batch", "/api/analyses/trends")["daily"][0]["date"] == "2026-01-01");
}

/// Two inputs of other sales, and what they come to.
fn two() -> (Shop, [i128; 2]) {
    let shop = Shop::new();
    for (seed, folder) in [("1", "one"), ("2", "two")] {
        let days = ["--days", "12", "--start-date", "2026-01-01", "--seed", seed];
        let to = ["--transactions-per-day", "60", "--output", folder];
        shop.json(&[&["generate", "--master", "master"], &days[..], &to].concat());
    }
    let totals = ["one", "two"]
        .map(|folder| amount(&shop.json(&["batch", "--input", folder])["grand_total"]));
    assert_ne!(totals[0], totals[1]);
    (shop, totals)
}

fn header(head: &str, name: &str) -> Option<String> {
    let lines = head.lines().map(|line| line.split_once(": "));
    let mut found = lines.flatten().filter(|(known, _)| *known == name);
    found.next().map(|(_, value)| value.to_owned())
}

fn run_of(shop: &Shop, folder: &str) -> String {
    let text = shop.read(&format!("data/output/{folder}/_run.json"));
    let record: Value = serde_json::from_str(&text).unwrap();
    record["run_id"].as_str().unwrap().to_owned()
}

#[test]
fn figures_of_an_earlier_run_say_whose_they_are() {
    let (shop, totals) = two();
    shop.json(&["batch", "--input", "one", "--analysis", "rfm,products"]);
    let servers = Servers::start(&shop, &[]);
    let paths = ["customers/segments", "products/top-performers"];
    let heads = || paths.map(|path| servers.get("api", &format!("/api/v1/{path}")).head);
    let first = run_of(&shop, "analyses/rfm");
    for head in heads() {
        assert_eq!(header(&head, "x-analysis-run").as_ref(), Some(&first));
        assert_eq!(header(&head, "x-newer-run"), None);
    }
    let page = || servers.json("batch", "/api/analyses/customers");
    assert_eq!(page()["newer"], Value::Null);
    let revenue = |page: &Value| amount(&page["coverage"]["revenue"]);
    assert_eq!(revenue(&page()), totals[0]);

    // The totals are of other sales now; the segments stay, and say so.
    shop.json(&["batch", "--input", "two"]);
    let second = run_of(&shop, "analysis_csv");
    for head in heads() {
        assert_eq!(header(&head, "x-analysis-run").as_ref(), Some(&first));
        assert_eq!(header(&head, "x-newer-run").as_ref(), Some(&second));
    }
    let told = page();
    assert_eq!(revenue(&told), totals[0]);
    assert_eq!(told["run"]["run_id"], *first);
    assert_eq!(told["newer"]["run_id"], *second);
    let summary = servers.json("batch", "/api/report");
    assert_eq!(amount(&summary["kpis"]["revenue"]), totals[1]);

    // Of the two, one is computed anew.
    shop.json(&["batch", "--input", "two", "--analysis", "rfm"]);
    let third = run_of(&shop, "analyses/rfm");
    let [customers, products] = heads();
    assert_eq!(header(&customers, "x-analysis-run").as_ref(), Some(&third));
    assert_eq!(header(&customers, "x-newer-run"), None);
    assert_eq!(header(&products, "x-analysis-run").as_ref(), Some(&first));
    assert_eq!(header(&products, "x-newer-run").as_ref(), Some(&third));
    assert_eq!(revenue(&page()), totals[1]);
    assert_eq!(page()["newer"], Value::Null);
}

#[test]
fn every_answer_is_of_the_run_it_names() {
    let (shop, totals) = two();
    let batch = |folder: &str| shop.json(&["batch", "--input", folder, "--analysis", "rfm"]);
    batch("one");
    let servers = Servers::start(&shop, &[]);
    let done = AtomicBool::new(false);
    let seen = thread::scope(|scope| {
        let asking: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    let mut seen: BTreeMap<String, i128> = BTreeMap::new();
                    while !done.load(Ordering::Relaxed) {
                        let path = "/api/v1/customers/segments?limit=1000";
                        let answer = servers.get("api", path);
                        assert_eq!(answer.status, 200, "{}", answer.body);
                        let rows: Vec<Value> = serde_json::from_str(&answer.body).unwrap();
                        let sum: i128 = rows.iter().map(|row| amount(&row["monetary"])).sum();
                        let run = header(&answer.head, "x-analysis-run").unwrap();
                        assert_eq!(*seen.entry(run).or_insert(sum), sum);
                        let page = servers.json("batch", "/api/analyses/customers");
                        let all = amount(&page["coverage"]["revenue"]);
                        assert!(totals.contains(&all), "{all} is of no run: {totals:?}");
                        let sum = |list: &Value, of: &dyn Fn(&Value) -> i128| {
                            list.as_array().unwrap().iter().map(of).sum::<i128>()
                        };
                        let drawn = sum(&page["points"]["monetary"], &amount);
                        assert_eq!(sum(&page["segments"], &|s| amount(&s["revenue"])), drawn);
                    }
                    seen
                })
            })
            .collect();
        for round in 0..8 {
            batch(["one", "two"][round % 2]);
        }
        done.store(true, Ordering::Relaxed);
        asking
            .into_iter()
            .flat_map(|asker| asker.join().unwrap())
            .collect::<Vec<_>>()
    });
    let sums: BTreeSet<i128> = seen.iter().map(|(_, sum)| *sum).collect();
    assert_eq!(sums.len(), 2, "{seen:?}");
}
