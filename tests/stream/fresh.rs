//! `--fresh`, and what needs it.

use std::fs;

use serde_json::Value;

use crate::again::{END, ended, refused};
use crate::common::Shop;
use crate::common::figures::{CHECKPOINT, OUTPUT};
use crate::model::{HOUR, Model, Shape, csv};
use crate::{assert_as_model, assert_same, in_file_order, output, pipe, written};

#[test]
fn stdin_and_files_do_not_take_each_other_for_their_own() {
    let (shop, all) = ended();
    let input = csv(&all[..10], 0);
    let run = shop.feed(&["stream", "--input", "-"], input.as_bytes());
    assert_eq!(run.status.code(), Some(1));
    let error = crate::stderr(&run);
    assert!(
        error.contains("source") && error.contains("--fresh"),
        "{error}"
    );
    pipe(&shop, input.as_bytes(), &["--fresh"]);
    refused(&shop, &["--order", "file"], &["source", "--fresh"]);
}

#[test]
fn fresh_sets_aside() {
    let (shop, all) = ended();
    let id = run_id(&shop);
    let (output_before, state_before) = (shop.tree(OUTPUT), shop.tree(CHECKPOINT));
    let summary = in_file_order(&shop, &["--window", "30m", "--fresh"]);
    let shape = Shape { size: 1800, ..HOUR };
    assert_as_model(&shop, &summary, &Model::of(shape, &all), 2);
    let aside = format!("data/output/_previous/{id}/streaming_product_revenue");
    assert!(shop.tree(&aside) == output_before);
    let aside = format!("checkpoints/_previous/{id}/streaming_sales");
    assert!(shop.tree(&aside) == state_before);
    assert_ne!(run_id(&shop), id);
    // Nothing there is nothing to set aside.
    let other = Shop::new();
    other.write("data/input/a.csv", csv(&all, 0));
    in_file_order(&other, &["--fresh"]);
    assert!(!other.path("data/output/_previous").exists());
}

/// The run that began the state.
fn run_id(shop: &Shop) -> String {
    let record: Value = serde_json::from_str(&shop.read(&format!("{OUTPUT}/_run.json"))).unwrap();
    record["run_id"].as_str().unwrap().to_owned()
}

#[test]
fn an_output_without_its_checkpoint_is_refused() {
    let (shop, _) = ended();
    let rows = written(&shop);
    fs::remove_dir_all(shop.path(CHECKPOINT)).unwrap();
    let error = shop.fail(&[&END[..], &["--order", "file"]].concat(), 1);
    assert!(
        error.contains("--fresh") && error.contains("part-00000.parquet"),
        "{error}"
    );
    assert_same(&written(&shop), &rows);
    in_file_order(&shop, &["--fresh"]);
    assert_same(&written(&shop), &rows);
    assert!(output(&shop).join("_SUCCESS").exists());
}
