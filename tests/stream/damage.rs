//! A checkpoint or an output that is not as it was left: refused, never guessed.

use std::fs;

use crate::common::Shop;
use crate::common::chance::Chance;
use crate::common::figures::{CHECKPOINT, OUTPUT};
use crate::model::{HOUR, Line, Model, csv, lines};
use crate::{assert_as_model, in_file_order};

const START: [&str; 6] = ["stream", "--rate", "0", "--until-end", "--order", "file"];
const LOG: &str = "checkpoints/streaming_sales/state-1.log";
const PART: &str = "data/output/streaming_product_revenue/part-00000.parquet";
/// Bytes before the payload of a frame.
const HEAD: usize = 16;

/// A shop whose stream has ended, with rejects and late records; and its sales.
fn ended() -> (Shop, Vec<Line>) {
    let shop = Shop::new();
    let sales = lines(&mut Chance::new(4), 200, 1_735_689_600, 120, 3000);
    let text = csv(&sales, 0) + "x,soon,Tea,SALE,1.00\n";
    shop.write("data/input/a.csv", text);
    in_file_order(&shop, &[]);
    (shop, sales)
}

/// A start must be refused by one line with these parts, and change nothing.
fn refused(shop: &Shop, parts: &[&str]) {
    let state = || (shop.tree(OUTPUT), shop.tree(CHECKPOINT));
    let before = state();
    let error = shop.fail(&START, 1);
    for part in parts {
        assert!(error.contains(part), "{error}");
    }
    assert!(state() == before, "{error}");
}

/// The starts of all frames.
fn frames(log: &[u8]) -> Vec<usize> {
    let mut starts = vec![0];
    loop {
        let at = starts[starts.len() - 1];
        let length = u32::from_le_bytes(log[at + 4..at + 8].try_into().unwrap());
        let next = at + HEAD + length as usize;
        if next == log.len() {
            return starts;
        }
        starts.push(next);
    }
}

#[test]
fn a_flipped_byte_anywhere_in_the_checkpoint_is_refused() {
    let (shop, sales) = ended();
    let whole = fs::read(shop.path(LOG)).unwrap();
    let starts = frames(&whole);
    assert!(starts.len() >= 3, "{starts:?}");
    let mut places: Vec<usize> = (0..whole.len()).step_by(whole.len() / 40).collect();
    // Every byte of the first head, all parts of the others, ends of payloads.
    places.extend(0..HEAD);
    for start in &starts {
        places.extend([*start, start + 5, start + 9, start + 13, start + HEAD]);
        places.extend(start.checked_sub(1));
    }
    places.push(whole.len() - 1);
    for place in places {
        let mut flipped = whole.clone();
        flipped[place] ^= 0x10;
        fs::write(shop.path(LOG), flipped).unwrap();
        refused(&shop, &[LOG, "--fresh"]);
    }
    fs::write(shop.path(LOG), &whole).unwrap();
    let summary = in_file_order(&shop, &[]);
    assert_as_model(&shop, &summary, &Model::of(HOUR, &sales), 4);
}

#[test]
fn a_commit_that_was_cut_short_does_not_count() {
    let (shop, sales) = ended();
    let whole = fs::read(shop.path(LOG)).unwrap();
    for tail in [1, HEAD - 1, HEAD, HEAD + 1, HEAD + 60] {
        // The beginning of a frame that is longer than that.
        fs::write(shop.path(LOG), [&whole, &whole[..tail]].concat()).unwrap();
        let summary = in_file_order(&shop, &[]);
        assert_as_model(&shop, &summary, &Model::of(HOUR, &sales), 4);
    }
}

#[test]
fn an_empty_checkpoint_is_refused() {
    let (shop, _) = ended();
    for log in [&b""[..], &[0; 64], b"something else altogether"] {
        fs::write(shop.path(LOG), log).unwrap();
        refused(&shop, &[LOG, "--fresh"]);
    }
}

#[test]
fn an_output_that_is_not_what_the_checkpoint_names_is_refused() {
    let (shop, sales) = ended();
    let part = fs::read(shop.path(PART)).unwrap();
    fs::remove_file(shop.path(PART)).unwrap();
    refused(&shop, &[PART, "missing", "--fresh"]);
    fs::write(shop.path(PART), &part[..part.len() - 1]).unwrap();
    refused(&shop, &[PART, "--fresh"]);
    fs::write(shop.path(PART), &part).unwrap();
    let other = PART.replace("00000", "00007");
    fs::write(shop.path(&other), &part).unwrap();
    refused(&shop, &[&other, "--fresh"]);
    fs::remove_file(shop.path(&other)).unwrap();
    for folder in ["_rejects", "_late"] {
        let name = format!("{OUTPUT}/{folder}/part-00000.jsonl");
        let told = shop.read(&name);
        fs::remove_file(shop.path(&name)).unwrap();
        refused(&shop, &[&name, "--fresh"]);
        fs::write(shop.path(&name), &told[..told.len() - 1]).unwrap();
        refused(&shop, &[&name, "--fresh"]);
        // More than was committed is what a crash left.
        fs::write(shop.path(&name), told.clone() + "{\"half\":").unwrap();
        in_file_order(&shop, &[]);
        assert_eq!(shop.read(&name), told);
    }
    let summary = in_file_order(&shop, &[]);
    assert_as_model(&shop, &summary, &Model::of(HOUR, &sales), 4);
    fs::remove_dir_all(shop.path(OUTPUT)).unwrap();
    let error = shop.fail(&START, 1);
    assert!(error.contains(PART) && error.contains("--fresh"), "{error}");
    let summary = in_file_order(&shop, &["--fresh"]);
    assert_as_model(&shop, &summary, &Model::of(HOUR, &sales), 4);
}

#[test]
fn a_damaged_checkpoint_can_be_set_aside() {
    let (shop, sales) = ended();
    let mut log = fs::read(shop.path(LOG)).unwrap();
    let last = log.len() - 1;
    for place in [last, HEAD + 4, 2] {
        log[place] ^= 1;
        fs::write(shop.path(LOG), &log).unwrap();
        let summary = in_file_order(&shop, &["--fresh"]);
        assert_as_model(&shop, &summary, &Model::of(HOUR, &sales), 4);
    }
    for above in ["checkpoints", "data/output"] {
        let aside = shop.path(above).join("_previous");
        assert_eq!(fs::read_dir(aside).unwrap().count(), 3, "{above}");
    }
}
