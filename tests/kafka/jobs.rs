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

const JOBS: &str = "sales,metrics,anomalies,sessions,cart_abandonment";
/// Jobs that are killed so often.
const KILLS: u64 = 8;
const WORLD: [&str; 8] = [
    "--world",
    "globalmart",
    "--rate",
    "60",
    "--duration",
    "3m",
    "--start",
    "2025-01-01T10:00:00",
];

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

#[test]
fn kills_change_nothing_that_jobs_say_of_several_topics() {
    let Some(broker) = kafka() else { return };
    let shop = Shop::new();
    let generated = [&["generate"][..], &WORLD, &["--output", "world"]].concat();
    done(&shop, &generated);
    done(
        &shop,
        &[
            "stream",
            "--job",
            JOBS,
            "--input",
            "world",
            "--rate",
            "0",
            "--output",
            "whole",
            "--checkpoint",
            "whole-state",
        ],
    );
    let wanted = tables(&shop.path("whole"));
    for table in [
        "sales ",
        "sales_metrics ",
        "anomalies ",
        "sessions ",
        "cart_abandonment ",
    ] {
        assert!(wanted.keys().any(|row| row.starts_with(table)), "{table}");
    }
    assert!(wanted.values().all(|times| *times == 1));

    let prefix = format!("{}-", topic());
    let sent = [
        "--brokers",
        &broker,
        "--topics",
        "create",
        "--speed",
        "0",
        "--topic-prefix",
    ];
    done(
        &shop,
        &[&["generate"][..], &WORLD, &sent, &[&prefix]].concat(),
    );
    let topics = ["transactions", "product_views", "cart_events"].map(|t| format!("{prefix}{t}"));
    let topics = topics.join(",");
    let stream = |more: &[&str]| {
        let own = [
            "stream",
            "--job",
            JOBS,
            "--brokers",
            &broker,
            "--topic",
            &topics,
            "--output",
            "live",
            "--checkpoint",
            "live-state",
            "--commit-interval",
            "20ms",
        ];
        [&own[..], more]
            .concat()
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let mut chance = Chance::new(7);
    let mut kills = 0;
    while kills < KILLS {
        let args = stream(&[]);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let mut victim = shop.start(&args);
        let state = || fs::metadata(shop.path("live-state")).is_ok();
        victim.until(state);
        sleep(Duration::from_millis(200 + chance.below(900)));
        victim.signal(if chance.below(4) == 0 { "INT" } else { "KILL" });
        let output = victim.end();
        assert_ne!(output.status.code(), Some(1), "{}", stderr(&output));
        kills += 1;
        let seen = match shop.path("live").exists() {
            true => tables(&shop.path("live")),
            false => BTreeMap::new(),
        };
        for (row, times) in seen {
            assert_eq!((times, wanted.get(&row)), (1, Some(&1)), "{row}");
        }
    }
    let args = stream(&["--until-end"]);
    done(&shop, &args.iter().map(String::as_str).collect::<Vec<_>>());
    let found = tables(&shop.path("live"));
    assert_eq!(found.len(), wanted.len());
    assert_eq!(found, wanted);
    // Run again, it adds nothing.
    done(&shop, &args.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(tables(&shop.path("live")), wanted);
}
