//! Generated sales with faults, stock and visits.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::common::Shop;
use crate::play;

/// What batch is given.
const GIVEN: [&str; 6] = [
    "--dedup",
    "order_id",
    "--inventory",
    "stock",
    "--sessions",
    "live/sessions",
];

/// Seventy days over a turn of the year with every fault, and stock and visits of the same shop.
fn shop() -> Shop {
    let shop = Shop::new();
    let sales = "generate --days 70 --transactions-per-day 120 --start-date 2024-11-25 --seed 7 \
                 --malformed 0.01 --duplicates 0.02 --late 0.05 --customers-csv";
    let sales: Vec<_> = sales.split_whitespace().collect();
    let made = shop.json(&sales);
    for fault in ["malformed", "duplicates", "late"] {
        assert!(made[fault].as_u64().expect("a count") > 50, "{fault}");
    }
    // It begins before the sales do, and ends long before they end.
    let rate = ["--rate", "0.02", "--duration", "20d"];
    let start = ["--start", "2024-11-20T20:00:00"];
    play::events(&shop, "inventory", &[&rate[..], &start].concat(), "stock");
    // Some visits go on past midnight.
    let visits = ["--rate", "2", "--duration", "30m"];
    let start = ["--start", "2025-01-10T23:45:00"];
    let visits = [&visits[..], &start].concat();
    play::events(&shop, "globalmart", &visits, "visits");
    let stream = "stream --job sessions --input visits --rate 0 --until-end --output live";
    let stream: Vec<_> = stream.split_whitespace().collect();
    shop.json(&stream);
    shop
}

/// What days were is kept from run to run, and what is made of them is right.
#[test]
fn day_by_day_every_table_is_that_of_the_oracle() {
    let shop = shop();
    let inputs = fs::read_dir(shop.path("data/input")).expect("a folder");
    let mut inputs: Vec<_> = inputs.map(|entry| entry.expect("a file").path()).collect();
    inputs.retain(|path| path.extension().is_some_and(|kind| kind == "csv"));
    inputs.sort();
    let later = inputs.split_off(inputs.len() - 3);
    let aside = shop.path("aside");
    fs::create_dir(&aside).expect("made");
    let aside = |path: &PathBuf| aside.join(path.file_name().expect("a name"));
    for path in &later {
        fs::rename(path, aside(path)).expect("moved");
    }
    play::batch(&shop, &[&GIVEN[..], &["--analysis", "all"]].concat());
    for path in &later {
        fs::rename(aside(path), path).expect("moved");
        let summary = play::assert_right(&shop, &GIVEN);
        let days = &summary["analysis_days"];
        let (computed, kept) = (days["computed"].as_u64(), days["kept"].as_u64());
        // Records that came late are of the two days before.
        assert!((1..=3).contains(&computed.expect("a count")), "{days}");
        assert!(kept.expect("a count") > 60, "{days}");
    }
}

#[test]
fn every_table_is_that_of_the_oracle() {
    let shop = shop();
    let summary = play::assert_right(&shop, &GIVEN);
    // Nothing was compared with nothing.
    let tables = summary["analyses"].as_object().expect("analyses").values();
    let tables = tables.flat_map(|outcome| outcome["tables"].as_object().expect("tables"));
    let counts: Vec<(&String, &Value)> = tables.collect();
    assert!(counts.len() >= 27, "{counts:?}");
    assert!(
        counts.iter().all(|(_, rows)| rows.as_u64() > Some(0)),
        "{counts:?}"
    );
}

#[test]
fn looking_back_from_any_day_every_table_is_that_of_the_oracle() {
    let shop = shop();
    // In the middle, on the first day, after the last, before all.
    for as_of in ["2024-12-31", "2024-11-25", "2025-03-20", "2024-11-01"] {
        let given = [&GIVEN[..], &["--as-of", as_of]].concat();
        let summary = play::assert_right(&shop, &given);
        assert_eq!(summary["as_of"], as_of);
    }
}

#[test]
fn the_oracle_finds_a_figure_that_is_changed() {
    let shop = shop();
    play::batch(&shop, &GIVEN);
    let path = play::table(&shop, "daily_kpis/daily_kpis.csv");
    let text = fs::read_to_string(&path).expect("read");
    let (header, rows) = text.split_once('\n').expect("rows");
    let swapped: Vec<_> = rows.lines().rev().collect();
    fs::write(&path, format!("{header}\n{}\n", swapped.join("\n"))).expect("written");
    let told = play::oracle(&shop, &GIVEN);
    let wrong = &told["wrong"]["daily_kpis/daily_kpis"];
    assert_eq!(wrong.as_array().map(Vec::len), Some(1), "{told:#}");
    // A day looked back from that is another than the run's changes what must be found.
    let told = play::oracle(&shop, &[&GIVEN[..], &["--as-of", "2025-01-01"]].concat());
    for table in ["rfm/rfm", "products/products", "daily_report/daily_report"] {
        assert!(told["wrong"][table].is_array(), "{table}: {told:#}");
    }
}
