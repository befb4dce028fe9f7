//! Results do not depend on how the work is cut.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::analyses::Plan;
use crate::analyses::leave_out::LeaveOut;
use crate::analyses::list;
use crate::batch::{self, Reading};
use crate::record::Rules;
use crate::signal::Stop;
use crate::source::collect::FirstRecords;
use crate::source::input::discover;
use crate::store::Location;

/// A random number generator that is good enough for shuffling.
struct Draws(u64);

impl Draws {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) % n
    }
}

fn sales(dir: &Path, rows: u64) {
    let mut draws = Draws(7);
    for file in 0..3 {
        let mut text =
            "order_id,order_time,store_id,store_city,product,quantity,unit_price,amount,\
                        customer_id,category,transaction_type,country,promotion_id\n"
                .to_owned();
        for row in 0..rows / 3 {
            let (day, hour) = (1 + draws.below(28), draws.below(24));
            let quantity = 1 + draws.below(4);
            let price = 100 + draws.below(3) * 50;
            let amount = quantity * price;
            let customer = match draws.below(5) {
                0 => String::new(),
                _ => format!("c{}", draws.below(40)),
            };
            let kind = match draws.below(9) {
                0 => "RETURN",
                1 => "RESTOCK",
                _ => "SALE",
            };
            text += &format!(
                "o{},2025-01-{day:02}T{hour:02}:00:00,s{},City,p{:02},{quantity},{}.{:02},{}.{:02},\
                 {customer},k{},{kind},L{},{}\n",
                file * 1000 + row / 2,
                draws.below(4),
                draws.below(30),
                price / 100,
                price % 100,
                amount / 100,
                amount % 100,
                draws.below(3),
                draws.below(2),
                if draws.below(4) == 0 { "promo" } else { "" },
            );
        }
        fs::write(dir.join(format!("sales-{file}.csv")), text).expect("written");
    }
}

/// All tables as text, by their places.
fn tables(dir: &Path, threads: usize, slice: u64, rules: &[&str]) -> BTreeMap<String, String> {
    let at = |path: &Path| Location::from_path(path).expect("a place");
    let output = dir.join(format!("out-{threads}-{slice}"));
    let input = at(&dir.join("in"));
    let rules: Vec<String> = rules.iter().map(|rule| (*rule).to_owned()).collect();
    let plan = batch::Plan {
        reading: Reading {
            inputs: discover(std::slice::from_ref(&input), false).expect("inputs"),
            rules: Rules::default(),
            delimiter: None,
            check: FirstRecords::Off,
            threads,
            temp_dir: dir.to_owned(),
        },
        output: at(&output),
        csv_output: at(&output),
        allow_empty: false,
        settings: serde_json::Map::new(),
        analyses: Some(Plan {
            wanted: list::of(&["all".to_owned()]).expect("analyses"),
            as_of: None,
            master: None,
            leave_out: LeaveOut::new(&rules, &[]).expect("rules"),
            inventory: Vec::new(),
            sessions: None,
            live: Vec::new(),
            watermark: None,
            slice,
        }),
    };
    batch::run(&plan, &Stop::default(), &|_| ()).expect("a run");
    let mut found = BTreeMap::new();
    for folder in fs::read_dir(output.join("analyses")).expect("folders") {
        let folder = folder.expect("a folder").path();
        for file in fs::read_dir(&folder).expect("files") {
            let path = file.expect("a file").path();
            if path.extension().is_some_and(|kind| kind == "csv") {
                let name = path
                    .strip_prefix(&output)
                    .expect("below")
                    .display()
                    .to_string();
                found.insert(name, fs::read_to_string(&path).expect("text"));
            }
        }
    }
    found
}

#[test]
fn slices_threads_and_parts_make_no_difference() {
    let dir = tempfile::tempdir().expect("a folder");
    fs::create_dir(dir.path().join("in")).expect("made");
    sales(&dir.path().join("in"), 900);
    let whole = tables(dir.path(), 1, 1 << 18, &[]);
    assert_eq!(whole.len(), 30, "{:?}", whole.keys());
    for (threads, slice) in [(1, 110), (3, 300)] {
        let cut = tables(dir.path(), threads, slice, &[]);
        for (name, text) in &whole {
            assert!(
                cut.get(name) == Some(text),
                "{name} with {threads} threads, {slice} records"
            );
        }
        assert_eq!(cut.len(), whole.len());
    }
    // Working folders are gone.
    let left = fs::read_dir(dir.path()).expect("a folder").flatten();
    let left = left.filter(|entry| entry.file_name().to_string_lossy().starts_with('.'));
    assert_eq!(left.count(), 0);
}
