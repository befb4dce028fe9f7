//! Layers that no released command can show yet.

use std::collections::HashMap;

use clap::{Arg, ArgAction};

use super::layers::Layers;
use super::legacy::{Legacy, NAMES};

const TABLE: &[Legacy] = &[Legacy {
    name: "RETAIL_TEST_OLD_NAME",
    command: Some("batch"),
    option: "input",
    read: |value| value.strip_prefix("file:"),
}];

fn dotenv(name: &str, value: &str) -> HashMap<String, String> {
    HashMap::from([(name.to_owned(), value.to_owned())])
}

#[test]
fn an_older_name_sets_its_option_and_its_own_name_wins() {
    let old = dotenv("RETAIL_TEST_OLD_NAME", "file:a,b");
    let layers = Layers::new(&old, TABLE);
    let found = layers.find(Some("batch"), "input").unwrap().unwrap();
    assert_eq!(found.origin, "RETAIL_TEST_OLD_NAME in .env");
    let list = Arg::new("input").action(ArgAction::Append);
    assert_eq!(found.for_option(&list).unwrap(), ["a", "b"]);
    assert!(layers.find(Some("batch"), "output").unwrap().is_none());
    assert!(layers.find(None, "input").unwrap().is_none());

    let mut both = old.clone();
    both.extend(dotenv("RETAIL_BATCH_INPUT", "c"));
    let layers = Layers::new(&both, TABLE);
    let found = layers.find(Some("batch"), "input").unwrap().unwrap();
    assert_eq!(found.origin, "RETAIL_BATCH_INPUT in .env");

    let silent = dotenv("RETAIL_TEST_OLD_NAME", "something else");
    let layers = Layers::new(&silent, TABLE);
    assert!(layers.find(Some("batch"), "input").unwrap().is_none());
}

#[test]
fn every_older_name_sets_an_option_that_exists() {
    let root = crate::commands::command();
    for row in NAMES {
        let command = row
            .command
            .map_or(Some(&root), |name| root.find_subcommand(name));
        let mut args = command.unwrap().get_arguments();
        assert!(
            args.any(|arg| arg.get_long() == Some(row.option)),
            "{}",
            row.name
        );
    }
}
