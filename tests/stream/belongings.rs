//! Folders that are not of this stream: nobody's data is moved, written over or read back.

use std::fs;

use serde_json::Value;

use crate::again::ended;
use crate::common::figures::{CHECKPOINT, OUTPUT, count};
use crate::common::{Shop, stderr};
use crate::{in_file_order, pipe, play, told};

const SALE: &str = r#"{"product":"Tea","amount":"1.00","order_time":"2025-01-01T09:00:00"}"#;
const NO_SALE: &str = r#"{"product":"Tea"}"#;

#[test]
fn folders_of_others_are_not_set_aside() {
    let shop = Shop::new();
    shop.write("docs/thesis.txt", "mine");
    pipe(&shop, SALE.as_bytes(), &[]);
    for more in [&["--output", "docs"][..], &["--output", "docs", "--fresh"]] {
        let args = [&["stream", "--input", "-"], more].concat();
        let run = shop.feed(&args, SALE.as_bytes());
        assert_eq!(run.status.code(), Some(1), "{}", stderr(&run));
        assert!(stderr(&run).contains("thesis.txt"), "{}", stderr(&run));
        assert_eq!(shop.read("docs/thesis.txt"), "mine");
    }
    let args = ["stream", "--input", "-", "--checkpoint", "docs", "--fresh"];
    let run = shop.feed(&args, SALE.as_bytes());
    assert_eq!(run.status.code(), Some(1), "{}", stderr(&run));
    assert_eq!(shop.read("docs/thesis.txt"), "mine");
}

#[test]
fn a_pipe_takes_no_other_streams_output_for_its_own() {
    let shop = Shop::new();
    pipe(&shop, SALE.as_bytes(), &[]);
    let other = ["--output", "other", "--checkpoint", "other-state"];
    pipe(&shop, SALE.as_bytes(), &other);
    let before = shop.tree("other");
    let args = ["stream", "--input", "-", "--output", "other"];
    let run = shop.feed(&args, SALE.as_bytes());
    assert_eq!(run.status.code(), Some(1), "{}", stderr(&run));
    assert!(stderr(&run).contains("--output"), "{}", stderr(&run));
    assert!(shop.tree("other") == before);
    // Its own is begun anew.
    pipe(&shop, SALE.as_bytes(), &[]);
}

#[test]
fn rejects_without_their_checkpoint_are_not_written_over() {
    let shop = Shop::new();
    shop.write("data/input/a.jsonl", [NO_SALE; 3].join("\n"));
    shop.json(&["stream", "--rate", "0"]);
    assert_eq!(told(&shop, "_rejects").len(), 3);
    fs::remove_dir_all(shop.path(CHECKPOINT)).unwrap();
    let error = shop.fail(&["stream", "--rate", "0"], 1);
    assert!(
        error.contains("_rejects") && error.contains("--fresh"),
        "{error}"
    );
    assert_eq!(told(&shop, "_rejects").len(), 3);
}

#[test]
fn what_cannot_be_reached_sets_nothing_aside() {
    let (shop, _) = ended();
    let (output, state) = (shop.tree(OUTPUT), shop.tree(CHECKPOINT));
    shop.fail(&["stream", "--brokers", "127.0.0.1:1", "--fresh"], 1);
    shop.fail(
        &["stream", "--input", "nowhere", "--rate", "0", "--fresh"],
        1,
    );
    assert!(shop.tree(OUTPUT) == output && shop.tree(CHECKPOINT) == state);
}

#[test]
fn what_cannot_be_read_as_asked_sets_nothing_aside() {
    let (shop, _) = ended();
    let (output, state) = (shop.tree(OUTPUT), shop.tree(CHECKPOINT));
    let args = ["stream", "--rate", "0", "--fresh", "--dedup", "ordr_id"];
    assert!(shop.fail(&args, 1).contains("ordr_id"));
    assert!(shop.tree(OUTPUT) == output && shop.tree(CHECKPOINT) == state);
}

#[test]
fn files_of_others_in_our_output_are_not_carried_off() {
    let shop = Shop::new();
    pipe(&shop, SALE.as_bytes(), &[]);
    let notes = format!("{OUTPUT}/notes.txt");
    shop.write(&notes, "mine");
    for more in [&[][..], &["--fresh"]] {
        let args = [&["stream", "--input", "-"], more].concat();
        let run = shop.feed(&args, SALE.as_bytes());
        assert_eq!(run.status.code(), Some(1), "{}", stderr(&run));
        assert!(stderr(&run).contains("notes.txt"), "{}", stderr(&run));
        assert_eq!(shop.read(&notes), "mine");
    }
    fs::remove_file(shop.path(&notes)).unwrap();
    pipe(&shop, SALE.as_bytes(), &[]);
}

#[test]
fn the_output_may_not_lie_in_the_input() {
    let (shop, _) = ended();
    for option in ["--output", "--checkpoint"] {
        let args = ["stream", "--rate", "0", option, "data/input/out"];
        let error = shop.fail(&args, 2);
        assert!(error.contains("lie in each other"), "{error}");
    }
    assert!(!shop.path("data/input/out").exists());
}

#[test]
fn a_topic_is_not_its_own_dead_letters() {
    let shop = Shop::new();
    let args = [
        "stream",
        "--brokers",
        "127.0.0.1:1",
        "--topic",
        "t",
        "--dlq",
        "t",
    ];
    assert!(shop.fail(&args, 2).contains("--dlq"));
}

#[test]
fn the_spelling_of_a_path_makes_no_difference() {
    let (shop, all) = ended();
    let whole = shop.path("data/input").to_str().unwrap().to_owned();
    for spelt in ["./data/input", "data/../data/input/", &whole] {
        let summary = in_file_order(&shop, &["--input", spelt]);
        assert_eq!(count(&summary, "read"), all.len() as u64);
    }
}

#[test]
fn a_record_stands_from_the_first_commit_on_and_names_the_input() {
    let (shop, _) = ended();
    let record = |shop: &Shop| -> Value {
        serde_json::from_str(&shop.read(&format!("{OUTPUT}/_run.json"))).unwrap()
    };
    let inputs = record(&shop)["inputs"].clone();
    let files: Vec<_> = inputs.as_array().unwrap().iter().collect();
    assert!(!files.is_empty());
    for file in files {
        let length = fs::metadata(shop.path(file["path"].as_str().unwrap()))
            .unwrap()
            .len();
        assert_eq!(file["bytes"], length);
    }
    // A run that is killed before it wrote any window.
    let slow = Shop::new();
    let sales = [SALE; 3].join("\n");
    slow.write("data/input/a.jsonl", sales);
    let mut run = slow.start(&["stream", "--rate", "0.01"]);
    assert!(run.until(|| slow.path(OUTPUT).join("_run.json").exists()));
    run.kill();
    assert_eq!(record(&slow)["command"], "stream");
    assert_eq!(record(&slow)["figures"]["ended"], false);
}

#[test]
fn a_loop_may_end_as_a_single_pass() {
    let shop = Shop::new();
    // The third and the fourth are the first and the second again.
    let event = |id: u32, minute: u32| {
        format!(
            r#"{{"order_id":"{id}","product":"Tea","amount":"1","order_time":"2025-01-01T09:{minute:02}:00"}}"#
        )
    };
    let lines = [event(1, 0), event(2, 1), event(1, 2), event(2, 3)].join("\n");
    shop.write("data/input/a.jsonl", lines);
    let dedup = ["--dedup", "order_id"];
    let args = [&["stream", "--loop", "--rate", "3"], &dedup[..]].concat();
    let mut run = shop.start(&args);
    let open = shop.path(OUTPUT);
    assert!(run.until(|| {
        crate::common::figures::open_windows(&open).is_some_and(|view| count(&view, "read") == 2)
    }));
    run.kill();
    let summary = play(&shop, &dedup);
    assert_eq!(count(&summary, "accepted"), 2, "{summary}");
    assert_eq!(count(&summary, "duplicates"), 2, "{summary}");
}
