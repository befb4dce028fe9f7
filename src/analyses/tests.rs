//! Results do not depend on how the work is cut.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use crate::analyses::days::DAYS;
use crate::analyses::leave_out::LeaveOut;
use crate::analyses::list;
use crate::analyses::{Plan, Report};
use crate::batch::{self, Reading};
use crate::record::{Day, Rules};
use crate::signal::Stop;
use crate::source::collect::FirstRecords;
use crate::source::input::discover;
use crate::store::Location;

/// A random number generator that is good enough for shuffling.
pub(super) struct Draws(pub(super) u64);

impl Draws {
    pub(super) fn below(&mut self, n: u64) -> u64 {
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

/// How a run of all analyses differs from the plain one.
#[derive(Debug, Clone, Default)]
pub(super) struct Asked {
    pub(super) threads: usize,
    pub(super) slice: u64,
    pub(super) rules: Vec<String>,
    pub(super) as_of: Option<Day>,
    pub(super) live: bool,
    pub(super) full: bool,
    /// Of all, if none is named.
    pub(super) names: Vec<String>,
}

/// Runs all analyses of the files in `in` and `live` below `dir`; the report.
pub(super) fn run(dir: &Path, output: &Path, asked: &Asked) -> Report {
    let at = |path: &Path| Location::from_path(path).expect("a place");
    let files = |name: &str| {
        let place = at(&dir.join(name));
        discover(std::slice::from_ref(&place), true).expect("inputs")
    };
    let names = match asked.names.is_empty() {
        true => vec!["all".to_owned()],
        false => asked.names.clone(),
    };
    let plan = batch::Plan {
        engine: batch::Engine::Local,
        reading: Reading {
            inputs: files("in"),
            rules: Rules::default(),
            delimiter: None,
            check: FirstRecords::Off,
            threads: asked.threads,
            temp_dir: dir.to_owned(),
        },
        output: at(output),
        csv_output: at(output),
        allow_empty: false,
        settings: serde_json::Map::new(),
        analyses: Some(Plan {
            wanted: list::of(&names).expect("analyses"),
            as_of: asked.as_of,
            master: None,
            leave_out: LeaveOut::new(&asked.rules, &[]).expect("rules"),
            inventory: Vec::new(),
            sessions: None,
            live: if asked.live {
                files("live")
            } else {
                Vec::new()
            },
            watermark: None,
            slice: asked.slice,
            full: asked.full,
        }),
    };
    let summary = batch::run(&plan, &Stop::default(), &|_| ()).expect("a run");
    summary.analyses.expect("a report")
}

/// The bytes of all tables of an output, by their places.
pub(super) fn tables(output: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for folder in fs::read_dir(output.join("analyses")).expect("folders") {
        let folder = folder.expect("a folder").path();
        if folder.ends_with(DAYS) {
            continue;
        }
        for file in fs::read_dir(&folder).expect("files") {
            let path = file.expect("a file").path();
            let is_table = |kind: &OsStr| kind == "csv" || kind == "parquet";
            if !path.extension().is_some_and(is_table) {
                continue;
            }
            let name = path.strip_prefix(output).expect("below");
            found.insert(name.display().to_string(), fs::read(&path).expect("a file"));
        }
    }
    found
}

/// Asserts that an output has the tables that another one has, to the byte.
pub(super) fn assert_same(found: &Path, expected: &Path, what: &str) {
    let (found, expected) = (tables(found), tables(expected));
    for (name, text) in &expected {
        assert!(found.get(name) == Some(text), "{name}: {what}");
    }
    assert!(!expected.is_empty(), "{what}");
}

#[test]
fn slices_threads_and_parts_make_no_difference() {
    let dir = tempfile::tempdir().expect("a folder");
    fs::create_dir(dir.path().join("in")).expect("made");
    sales(&dir.path().join("in"), 900);
    let whole = dir.path().join("whole");
    let plain = Asked {
        threads: 1,
        slice: 1 << 18,
        ..Asked::default()
    };
    run(dir.path(), &whole, &plain);
    assert_eq!(tables(&whole).len(), 60);
    for (threads, slice) in [(1, 110), (3, 300)] {
        let cut = dir.path().join(format!("cut-{slice}"));
        let asked = Asked {
            threads,
            slice,
            ..Asked::default()
        };
        run(dir.path(), &cut, &asked);
        assert_same(&cut, &whole, &format!("{asked:?}"));
        assert_eq!(tables(&cut).len(), 60);
    }
    // Working folders are gone.
    let left = fs::read_dir(dir.path()).expect("a folder").flatten();
    let left = left.filter(|entry| entry.file_name().to_string_lossy().starts_with('.'));
    assert_eq!(left.count(), 0);
}
