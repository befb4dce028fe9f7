//! `kill -9` at any moment: every folder is old or new, and the next command clears up.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use common::{Running, Shop};
use serde_json::Value;

const FOLDERS: [&str; 3] = ["analysis_parquet", "analysis_csv", "analysis_csv_kpis"];

type Tree = BTreeMap<String, Vec<u8>>;

/// When to kill a run.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// So long after its start.
    After(Duration),
    /// As soon as a hidden name with this part is there.
    Seen(&'static str),
    /// So long after it was decided that the new content is to come.
    Decided(Duration),
}

/// Moments all over a run of that length, and many while it switches its folders.
fn moments(length: Duration) -> Vec<Moment> {
    let spread = (1..=4).map(|i| Moment::After(length * i / 4));
    let seen = ["retail-lock", "retail-2", "_run.json", "retail-journal"];
    let switch = (0..8).map(|i| Moment::Decided(Duration::from_micros(250 * i)));
    let all = spread.chain(seen.map(Moment::Seen));
    all.chain(switch).collect()
}

/// Kills the run; `journal` is that of its first folder, which is written last.
fn kill_at(shop: &Shop, mut run: Running, moment: Moment, journal: &str) {
    let journal = shop.path(journal);
    let there = match moment {
        Moment::After(time) => !run.ends_within(time),
        Moment::Seen(part) => run.until(|| shop.litter_with(part)),
        Moment::Decided(delay) => run.until(|| journal.exists()) && !run.ends_within(delay),
    };
    if there {
        run.kill();
    }
}

/// How long the run takes.
fn timed(shop: &Shop, args: &[&str]) -> Duration {
    let began = Instant::now();
    shop.json(args);
    began.elapsed()
}

/// A CSV of as many products on as many days.
fn sales(days: u32, products: u32) -> String {
    let mut text = String::from("order_id,order_date,product,amount\n");
    for i in 0..days * products {
        let (day, product) = (1 + i % days, i / days);
        text.push_str(&format!("{i},2025-01-{day:02},Tea {product},{i}.25\n"));
    }
    text
}

/// The visible content of every output folder, each of which must be whole.
fn outputs(shop: &Shop) -> [Tree; 3] {
    FOLDERS.map(|folder| {
        let tree = shop.tree(&format!("data/output/{folder}"));
        assert!(tree.contains_key("_SUCCESS"), "{folder}: {:?}", tree.keys());
        tree
    })
}

/// The runs that made the output folders.
fn run_ids(shop: &Shop) -> BTreeSet<String> {
    let records = FOLDERS.map(|folder| shop.read(&format!("data/output/{folder}/_run.json")));
    let record = |text: &String| serde_json::from_str::<Value>(text).expect("JSON");
    records
        .iter()
        .map(|text| record(text)["run_id"].to_string())
        .collect()
}

#[test]
fn a_killed_batch_leaves_old_or_new() {
    let shop = Shop::new();
    let (first, second) = (sales(3, 40), sales(9, 60));
    shop.write("data/input/a.csv", &second);
    let length = timed(&shop, &["batch"]);
    let new = outputs(&shop);
    shop.write("data/input/a.csv", &first);
    shop.json(&["batch"]);
    let old = outputs(&shop);
    for moment in moments(length) {
        shop.write("data/input/a.csv", &second);
        kill_at(
            &shop,
            shop.start(&["batch", "--dedup", "order_id"]),
            moment,
            "data/output/.analysis_parquet.retail-journal",
        );
        for (i, tree) in outputs(&shop).iter().enumerate() {
            assert!(*tree == old[i] || *tree == new[i], "{moment:?} {i}");
        }
        // Whoever reads next finishes what was decided: all folders are of one run.
        let count = shop.run(&["query", "SELECT count(*) FROM daily"]);
        assert!(count.status.success(), "{moment:?}");
        let now = outputs(&shop);
        assert!(now == old || now == new, "{moment:?}");
        assert_eq!(run_ids(&shop).len(), 1, "{moment:?}");
        shop.write("data/input/a.csv", &first);
        shop.json(&["batch"]);
        assert!(outputs(&shop) == old, "{moment:?}");
        assert_eq!(shop.litter(), Vec::<String>::new(), "{moment:?}");
    }
}

#[test]
fn a_killed_generate_leaves_old_or_new() {
    let shop = Shop::new();
    let make = |days| ["generate", "--start-date", "2025-01-01", "--days", days];
    let of_user = "order_date,product,amount\n2025-01-01,Tea,1\n";
    shop.write("data/input/mine.csv", of_user);
    let state = || (shop.tree("data/input"), shop.tree("data/master"));
    let length = timed(&shop, &make("20"));
    let new = state();
    shop.json(&make("2"));
    let old = state();
    for (i, moment) in moments(length).into_iter().enumerate() {
        kill_at(
            &shop,
            shop.start(&make("20")),
            moment,
            "data/.input.retail-journal",
        );
        // Reading the folder, or a file in it, finishes what was decided; the user's file is there in any case.
        if i % 2 == 0 {
            shop.json(&["batch", "--input", "data/input/mine.csv"]);
        }
        let read = &shop.json(&["batch"])["files"];
        assert!(*read == 3 || *read == 21, "{moment:?}: {read}");
        let now = state();
        assert!(now == old || now == new, "{moment:?}: {:?}", now.0.keys());
        shop.json(&make("2"));
        assert!(state() == old, "{moment:?}");
        assert_eq!(shop.read("data/input/mine.csv"), of_user);
        assert_eq!(shop.litter(), Vec::<String>::new(), "{moment:?}");
    }
}
