use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{Days, NaiveDate};
use sha2::{Digest, Sha256};

use super::*;
use crate::Error;
use crate::record::money::Total;
use crate::signal::Stop;

mod classic;
mod cleaning;
mod faults;
mod market;
mod parquet;
mod plan;
mod shop;

/// The bytes of every day's file, header included, and the truth.
#[derive(Debug, PartialEq)]
struct Made {
    files: BTreeMap<NaiveDate, Vec<u8>>,
    truth: Truth,
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn settings(days: u32, per_day: u32) -> Settings {
    Settings {
        transactions_per_day: per_day,
        ..Settings::new(date("2025-01-01"), days)
    }
}

fn make(settings: &Settings, threads: usize) -> Made {
    let plan = Plan::new(settings.clone()).unwrap();
    let mut made = Made {
        files: BTreeMap::new(),
        truth: Truth::default(),
    };
    let mut open = None;
    run(&plan, threads, &Stop::never(), |piece| {
        match piece {
            Piece::Open(date) => {
                assert!(open.is_none());
                open = Some((date, header(settings.profile, settings.format)));
            }
            Piece::Bytes(bytes) => open.as_mut().unwrap().1.extend_from_slice(bytes),
            Piece::Close(date, truth) => {
                let (opened, bytes) = open.take().unwrap();
                assert_eq!(opened, date);
                made.files.insert(date, bytes);
                made.truth.put(date, truth);
            }
        }
        Ok(())
    })
    .unwrap();
    assert!(open.is_none());
    assert_eq!(made.files.len(), settings.days as usize);
    made
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect()
}

/// A row by column name.
type Fields = HashMap<String, String>;

/// The rows of a CSV file, read by a crate that shares nothing with the writer; a row with
/// too many fields has the further ones under `surplus`.
fn read(file: &[u8]) -> Vec<Fields> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(file);
    let names: Vec<String> = reader
        .headers()
        .unwrap()
        .iter()
        .map(str::to_owned)
        .collect();
    let rows = reader.records().map(|record| {
        let record = record.unwrap();
        assert!(record.len() >= names.len());
        (0..record.len())
            .map(|i| {
                let name = names.get(i).map_or("surplus", String::as_str);
                (name.to_owned(), record[i].to_owned())
            })
            .collect()
    });
    rows.collect()
}

/// Cents of a text with two decimals.
fn cents(text: &str) -> i64 {
    let (whole, fraction) = text.split_once('.').unwrap();
    assert_eq!(fraction.len(), 2, "{text}");
    whole.parse::<i64>().unwrap() * 100 + fraction.parse::<i64>().unwrap()
}

fn total(cents: i64) -> Total {
    Total::from_units(i128::from(cents) * 100)
}

/// Whether the row says a sale or a return that can be read; checks what every such row keeps.
fn valid(row: &Fields) -> bool {
    let number = |name: &str| row[name].chars().all(|c| c.is_ascii_digit() || c == '.');
    let times = ["order_date", "order_time"];
    let time = times
        .iter()
        .filter_map(|c| row.get(*c))
        .any(|t| t.starts_with(|c: char| c.is_ascii_digit()));
    let kind = row
        .get("transaction_type")
        .is_none_or(|t| t == "SALE" || t == "RETURN");
    let readable = number("amount") && time && kind && !row.contains_key("surplus");
    if readable {
        let quantity: i64 = row["quantity"].parse().unwrap();
        assert!(quantity > 0);
        assert_eq!(cents(&row["amount"]), quantity * cents(&row["unit_price"]));
    }
    readable
}

/// The truth of files, counted anew from their text.
fn recount(files: &BTreeMap<NaiveDate, Vec<u8>>) -> Truth {
    let mut truth = Truth::default();
    for (&date, file) in files {
        let mut day = DayTruth::default();
        let mut orders = HashSet::new();
        let mut latest = String::new();
        let mut by_product: BTreeMap<String, i64> = BTreeMap::new();
        for row in read(file) {
            day.figures.rows += 1;
            if !valid(&row) {
                day.figures.malformed += 1;
                continue;
            }
            if !orders.insert(row["order_id"].clone()) {
                day.figures.duplicates += 1;
                continue;
            }
            day.figures.valid_rows += 1;
            if let Some(time) = row.get("order_time") {
                if *time < latest {
                    day.figures.late += 1;
                }
                latest = latest.max(time.clone());
            }
            let returned = row.get("transaction_type").is_some_and(|t| t == "RETURN");
            let sign = if returned { -1 } else { 1 };
            *by_product.entry(row["product"].clone()).or_default() += sign * cents(&row["amount"]);
        }
        day.figures.revenue = total(by_product.values().sum());
        let named = by_product.into_iter().map(|(name, sum)| (name, total(sum)));
        day.by_product = named.collect();
        truth.put(date, day);
    }
    truth
}

fn usage(settings: Settings) -> String {
    match Plan::new(settings) {
        Err(Error::Usage(text)) => text,
        other => panic!("{other:?}"),
    }
}
