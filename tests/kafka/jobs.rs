//! Jobs over several topics of a real Kafka: the rows are those of an undisturbed run over the same
//! events in files, whatever is killed.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use parquet::file::reader::{FileReader, SerializedFileReader};

use crate::broker::{kafka, topic};
use crate::common::chance::Chance;
use crate::common::{Shop, stderr};
use crate::world::{Feed, headers, make_topic, messages};

/// Jobs that are killed so often.
const KILLS: u64 = 6;

/// A world, and the jobs that watch it.
struct Case {
    world: &'static [&'static str],
    jobs: &'static str,
    settings: &'static [&'static str],
    topics: &'static [&'static str],
    /// The tables that it fills.
    tables: &'static [&'static str],
    /// Of these, those that hold the newest rows only.
    newest: &'static [&'static str],
}

/// The rows of every table, and how often each occurs.
fn tables(output: &Path) -> BTreeMap<String, usize> {
    let mut rows = BTreeMap::new();
    for folder in fs::read_dir(output).expect("the output").flatten() {
        let table = folder.file_name().to_string_lossy().into_owned();
        if table.starts_with('_') {
            continue;
        }
        for file in fs::read_dir(folder.path()).expect("a table").flatten() {
            if file.path().extension().is_none_or(|end| end != "parquet") {
                continue;
            }
            let file = File::open(file.path()).expect("a file");
            let file = SerializedFileReader::new(file).expect("Parquet");
            for row in file.get_row_iter(None).expect("rows") {
                let row = format!("{table} {}", row.expect("a row"));
                *rows.entry(row).or_default() += 1;
            }
        }
    }
    rows
}

/// Runs a command that ends well.
fn done(shop: &Shop, args: &[&str]) {
    let output = shop.run(args);
    assert!(output.status.success(), "{args:?}: {}", stderr(&output));
}

impl Case {
    fn kill(&self) {
        let Some(broker) = kafka() else { return };
        let shop = Shop::new();
        let generate = [
            &["generate", "--start", "2025-01-01T10:00:00", "--world"],
            self.world,
        ];
        let generate = generate.concat();
        done(&shop, &[&generate[..], &["--output", "world"]].concat());
        let jobs = [&["stream", "--job", self.jobs][..], self.settings].concat();
        let whole = ["--output", "whole", "--checkpoint", "whole-state"];
        let from_files = ["--input", "world", "--rate", "0"];
        done(&shop, &[&jobs[..], &from_files, &whole].concat());
        let wanted = tables(&shop.path("whole"));
        for table in self.tables {
            let table = format!("{table} ");
            assert!(wanted.keys().any(|row| row.starts_with(&table)), "{table}");
        }
        assert!(wanted.values().all(|times| *times == 1));

        let prefix = format!("{}-", topic());
        let sent = [&["--brokers", &broker, "--topic-prefix", &prefix][..]];
        let sent = [&sent.concat()[..], &["--topics", "create", "--speed", "0"]];
        done(&shop, &[&generate[..], &sent.concat()].concat());
        let topics = self.topics.iter().map(|topic| format!("{prefix}{topic}"));
        let topics = topics.collect::<Vec<_>>().join(",");
        let from_kafka = ["--brokers", &broker, "--topic", &topics];
        let live = ["--output", "live", "--checkpoint", "live-state"];
        let often = ["--commit-interval", "20ms"];
        let stream = [&jobs[..], &from_kafka, &live, &often].concat();
        let mut chance = Chance::new(7);
        for _ in 0..KILLS {
            let mut victim = shop.start(&stream);
            let state = || fs::metadata(shop.path("live-state")).is_ok();
            victim.until(state);
            sleep(Duration::from_millis(200 + chance.below(900)));
            victim.signal(if chance.below(4) == 0 { "INT" } else { "KILL" });
            let output = victim.end();
            assert_ne!(output.status.code(), Some(1), "{}", stderr(&output));
            let seen = match shop.path("live").exists() {
                true => tables(&shop.path("live")),
                false => BTreeMap::new(),
            };
            for (row, times) in seen {
                if !self.newest.iter().any(|table| row.starts_with(table)) {
                    assert_eq!((times, wanted.get(&row)), (1, Some(&1)), "{row}");
                }
            }
        }
        let to_the_end = [&stream[..], &["--until-end"]].concat();
        done(&shop, &to_the_end);
        let found = tables(&shop.path("live"));
        assert_eq!(found.len(), wanted.len());
        assert_eq!(found, wanted);
        // Run again, it adds nothing.
        done(&shop, &to_the_end);
        assert_eq!(tables(&shop.path("live")), wanted);
    }
}

#[test]
fn kills_change_nothing_that_jobs_say_of_several_topics() {
    let online_shop = Case {
        world: &["globalmart", "--rate", "60", "--duration", "3m"],
        jobs: "sales,metrics,anomalies,sessions,cart_abandonment",
        settings: &[],
        topics: &["transactions", "product_views", "cart_events"],
        tables: &[
            "sales",
            "sales_metrics",
            "anomalies",
            "sessions",
            "cart_abandonment",
        ],
        newest: &[],
    };
    online_shop.kill();
}

#[test]
fn kills_change_nothing_of_stocks() {
    let stores = Case {
        world: &[
            "inventory",
            "--rate",
            "20",
            "--duration",
            "10m",
            "--products",
            "50",
        ],
        jobs: "inventory,sales",
        settings: &[],
        topics: &["sales_events", "inventory_events"],
        tables: &[
            "inventory_alerts",
            "inventory_metrics",
            "inventory_turnover",
            "sales",
        ],
        newest: &[],
    };
    stores.kill();
}

#[test]
fn kills_change_nothing_of_totals() {
    let restaurant = Case {
        world: &["orders", "--rate", "10", "--duration", "5m"],
        jobs: "orders",
        settings: &[],
        topics: &["Order"],
        tables: &["orders"],
        newest: &["orders"],
    };
    restaurant.kill();
}

/// Seed mistake 14: what had been sent before the start was passed over in silence.
#[test]
fn mistake_14_what_was_sent_before_the_start_counts() {
    let Some(broker) = kafka() else { return };
    let shop = Shop::new();
    let prefix = format!("{}-", topic());
    let sent = shop.json(&[
        "generate",
        "--world",
        "orders",
        "--duration",
        "60s",
        "--rate",
        "5",
        "--brokers",
        &broker,
        "--topic-prefix",
        &prefix,
        "--speed",
        "0",
    ]);
    let topic = format!("{prefix}Order");
    let stream = ["stream", "--job", "orders", "--until-end"];
    let from = ["--brokers", &broker, "--topic", &topic];
    let summary = shop.json(&[&stream[..], &from].concat());
    assert!(sent["events"].as_u64() > Some(100), "{sent}");
    assert_eq!(summary["read"], sent["events"]);
    assert_eq!(summary["jobs"]["orders"]["taken"], sent["events"]);
    assert_eq!(summary["lost"], 0);
}

/// Letters of several topics say which one they come from, and where they stood in it.
#[test]
fn letters_of_several_topics_tell_their_places() {
    let Some(broker) = kafka() else { return };
    let shop = Shop::new();
    let topics = [topic(), topic()];
    for (number, name) in topics.iter().enumerate() {
        make_topic(&broker, name, 2);
        let feed = Feed::new(&broker, name);
        (0..=number).for_each(|_| feed.event(1, "no event"));
    }
    let letters = format!("{}-letters", topics[0]);
    let both = format!("{0},{1},{0}", topics[0], topics[1]);
    let stream = ["stream", "--job", "sales", "--until-end"];
    let from = ["--brokers", &broker, "--topic", &both];
    let told = shop.fail(&[&stream[..], &from, &["--dlq"]].concat(), 2);
    assert!(told.contains("name the one of dead letters"), "{told}");
    let summary = shop.json(&[&stream[..], &from, &["--dlq", &letters]].concat());
    assert_eq!(summary["rejected"], 3);
    let mut places: Vec<_> = messages(&broker, &letters)
        .iter()
        .map(|letter| {
            let headers = headers(letter);
            ["topic", "partition", "offset"].map(|name| {
                let name = format!("__connect.errors.{name}");
                headers[name.as_str()].to_string()
            })
        })
        .collect();
    places.sort();
    let place = |topic: usize, offset: &str| [&*topics[topic], "1", offset].map(str::to_owned);
    let mut wanted = [place(0, "0"), place(1, "0"), place(1, "1")];
    wanted.sort();
    assert_eq!(places, wanted);
}
