//! The environment supplies addresses; it never makes a command produce.

use crate::broker::{kafka, topic};
use crate::common::{Shop, stderr, stdout};
use crate::figures::{CLASSIC, classic, count, money, summary, units};
use crate::world::{bounds, exists, replay};

/// Every way to configure an address and a topic.
fn ways(shop: &Shop, broker: &str, topic: &str) -> Vec<Vec<(String, String)>> {
    let text = ["generate", "replay", "stream"]
        .map(|command| format!("[{command}]\nbrokers = \"{broker}\"\ntopic = \"{topic}\"\n"));
    shop.write("brokers.toml", text.concat());
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let own = ["GENERATE", "REPLAY", "STREAM"].iter().flat_map(|command| {
        let name = |option: &str| format!("RETAIL_{command}_{option}");
        [pair(&name("BROKERS"), broker), pair(&name("TOPIC"), topic)]
    });
    vec![
        own.collect(),
        vec![
            pair("KAFKA_BOOTSTRAP_SERVERS", broker),
            pair("KAFKA_TOPIC", topic),
        ],
        vec![pair("RETAIL_CONFIG", "brokers.toml")],
    ]
}

#[test]
fn configured_brokers_make_nothing_produce() {
    let Some(broker) = kafka() else { return };
    let (shop, topic) = (Shop::new(), topic());
    classic(&shop);
    for way in ways(&shop, &broker, &topic) {
        let run = |args: &[&str]| {
            let output = shop
                .retail(args)
                .envs(way.clone())
                .output()
                .expect("it starts");
            assert!(output.status.success(), "{way:?}: {}", stderr(&output));
            output
        };
        let lines = stdout(&run(&["replay", "--rate", "0"]));
        assert_eq!(lines.lines().count(), 14 * 72);
        run(&["generate", "--days", "1", "--output", "made"]);
        assert!(shop.path("made/_SUCCESS").exists() || shop.path("made").is_dir());
        // Typed input is in-process.
        let apart = [
            "--output",
            "in-process",
            "--checkpoint",
            "in-process-state",
            "--fresh",
        ];
        let args = ["--json", "stream", "--input", "data/input", "--rate", "0"];
        let files = summary(&run(&[&args[..], &apart].concat()));
        assert_eq!(files["source"], "files");
        assert_eq!(money(&files, "written_revenue"), 4 * units(CLASSIC));
        let typed = ["--json", "stream", "--rate", "0"];
        assert_eq!(
            summary(&run(&[&typed[..], &apart].concat()))["source"],
            "files"
        );
        assert!(!exists(&broker, &topic), "{way:?}");
    }
}

#[test]
fn typed_env_takes_the_configured_address() {
    let Some(broker) = kafka() else { return };
    let shop = Shop::new();
    classic(&shop);
    for number in 0..3 {
        let topic = topic();
        let way = ways(&shop, &broker, &topic).swap_remove(number);
        let run = |args: &[&str]| {
            let output = shop.retail(args).envs(way.clone()).output();
            summary(&output.expect("it starts"))
        };
        let args = ["--json", "replay", "--brokers", "env", "--rate", "0"];
        assert_eq!(count(&run(&args), "sent"), 14 * 72);
        let days = ["--profile", "classic", "--days", "1"];
        let args = ["--json", "generate", "--brokers", "env"];
        let made = count(&run(&[&args[..], &days].concat()), "sent");
        assert!(made > 0);
        let held: i64 = bounds(&broker, &topic)
            .iter()
            .map(|(low, high)| high - low)
            .sum();
        assert_eq!(held as u64, 14 * 72 + made);
        // With nothing typed that speaks of files, a configured address is read.
        let args = ["--json", "stream", "--until-end", "--fresh"];
        let read = run(&args);
        assert_eq!(read["source"], "kafka");
        assert_eq!(count(&read, "read"), 14 * 72 + made);
    }
}

#[test]
fn env_without_an_address_is_wrong_usage() {
    let shop = Shop::new();
    classic(&shop);
    for args in [
        &replay("env", "sales", &[])[..],
        &["generate", "--brokers", "env"],
        &["stream", "--brokers", "env"],
    ] {
        let output = shop
            .retail(args)
            .env_remove("KAFKA_BOOTSTRAP_SERVERS")
            .output();
        let output = output.expect("it starts");
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(
            stderr(&output).contains("KAFKA_BOOTSTRAP_SERVERS"),
            "{args:?}"
        );
    }
}
