//! The raw archive of a topic: every message once, as it came, and batch reads it back.
//!
//! `RETAIL_KILLS` says how often a run is killed (50).

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::process::ExitStatusExt;
use std::thread::sleep;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, Row};
use rdkafka::message::{Message, OwnedMessage};
use retail::source::archive::current;
use retail::store::{self, Location};
use serde_json::{Value, json};

use crate::broker::{kafka, topic};
use crate::common::chance::Chance;
use crate::common::{Shop, stderr};
use crate::figures::count;
use crate::poison::{cases, poisoned};
use crate::world::{
    Feed, PATIENCE, bounds, exists, live, make_topic, messages, replay, stream, until,
};

/// Where archives go in these tests.
const LAKE: [&str; 6] = [
    "--job",
    "archive",
    "--output",
    "lake",
    "--checkpoint",
    "lake-state",
];

fn archive<'a>(broker: &'a str, topic: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    stream(broker, topic, &[&LAKE, more].concat())
}

/// Time, key and value of a message.
type Content = (Option<i64>, Option<Vec<u8>>, Option<Vec<u8>>);
/// Messages by partition and offset.
type Held = BTreeMap<(i32, i64), Content>;

fn sent(broker: &str, topic: &str) -> Held {
    let content = |m: &OwnedMessage| {
        let bytes = |bytes: Option<&[u8]>| bytes.map(<[u8]>::to_vec);
        (
            m.timestamp().to_millis(),
            bytes(m.key()),
            bytes(m.payload()),
        )
    };
    let all = messages(broker, topic);
    all.iter()
        .map(|m| ((m.partition(), m.offset()), content(m)))
        .collect()
}

fn row(row: &Row) -> (String, (i32, i64), Content) {
    let column = |at: usize| row.get_column_iter().nth(at).expect("a column").1.clone();
    let bytes = |at| match column(at) {
        Field::Bytes(bytes) => Some(bytes.data().to_vec()),
        Field::Null => None,
        other => panic!("{other}"),
    };
    let (topic, partition, offset) = match (column(0), column(1), column(2)) {
        (Field::Str(topic), Field::Int(partition), Field::Long(offset)) => {
            (topic, partition, offset)
        }
        other => panic!("{other:?}"),
    };
    let stamp = match column(3) {
        Field::TimestampMillis(millis) => Some(millis),
        Field::Null => None,
        other => panic!("{other}"),
    };
    (topic, (partition, offset), (stamp, bytes(4), bytes(5)))
}

/// What the archive holds, each message once and in the folder of its date.
fn held(shop: &Shop, topic: &str) -> Held {
    let lake = Location::from_path(&shop.path("lake")).expect("a place");
    let store = store::open(&lake).expect("a store");
    let mut held = Held::new();
    for entry in current(&*store, &lake).expect("an archive") {
        let path = entry.location.local_path().expect("a path");
        let file = SerializedFileReader::new(File::open(path).expect("a file"));
        for found in file.expect("Parquet").get_row_iter(None).expect("rows") {
            let (from, place, content) = row(&found.expect("a row"));
            assert_eq!(from, topic);
            let day = chrono::DateTime::from_timestamp_millis(content.0.expect("a time"));
            let folder = format!("date={}/", day.expect("a date").format("%Y-%m-%d"));
            assert!(entry.path.starts_with(&folder), "{} {folder}", entry.path);
            assert!(held.insert(place, content).is_none(), "{place:?} twice");
        }
    }
    held
}

#[test]
fn batch_over_an_archive_is_batch_over_the_files_that_were_replayed() {
    let Some(broker) = kafka() else { return };
    let (shop, topic) = (Shop::new(), topic());
    let faults = [
        "--malformed",
        "0.02",
        "--duplicates",
        "0.02",
        "--late",
        "0.02",
    ];
    let days = ["generate", "--days", "5", "--start-date", "2025-01-01"];
    shop.json(&[&days[..], &faults].concat());
    shop.json(&replay(&broker, &topic, &["--rate", "0"]));
    let told = shop.json(&archive(&broker, &topic, &["--until-end"]));
    let sent = sent(&broker, &topic);
    assert_eq!(held(&shop, &topic), sent);
    assert_eq!(count(&told, "read"), sent.len() as u64);
    assert_eq!(count(&told, "written"), sent.len() as u64);
    assert_adds_up_alone(&told);
    let ends = bounds(&broker, &topic).into_iter().enumerate();
    let ends = ends.map(|(p, (_, next))| json!({"topic": topic, "partition": p, "next": next}));
    assert_eq!(told["offsets"], Value::Array(ends.collect()));

    let batch = |input: &str, output: &str, more: &[&str]| {
        shop.json(&[&["batch", "--input", input, "--output", output], more].concat())
    };
    for (files, lake, more) in [
        ("files", "archived", &[][..]),
        ("files-once", "archived-once", &["--dedup", "order_id"]),
    ] {
        let (expected, found) = (batch("data/input", files, more), batch("lake", lake, more));
        for name in [
            "read",
            "accepted",
            "duplicates",
            "non_sales",
            "grand_total",
            "days",
        ] {
            assert_eq!(found[name], expected[name], "{name}");
        }
        assert_eq!(found["rejected"], expected["rejected"]);
        for folder in ["analysis_csv", "analysis_csv_kpis"] {
            let content = |output: &str| -> Vec<Vec<u8>> {
                shop.tree(&format!("{output}/{folder}"))
                    .into_values()
                    .collect()
            };
            assert!(!content(files).concat().is_empty());
            assert_eq!(content(lake), content(files), "{folder}");
        }
        shop.json(&[
            "verify",
            "--input",
            "lake",
            "--output",
            lake,
            "--stream-output",
            "none",
        ]);
    }
    // Archived again, it is the same.
    let again = shop.json(&archive(&broker, &topic, &["--until-end"]));
    assert_eq!(
        (&again["read"], &again["files"]),
        (&told["read"], &told["files"])
    );
}

/// Nothing is judged, so all is accepted.
fn assert_adds_up_alone(told: &Value) {
    assert_eq!(told["read"], told["accepted"]);
    assert_eq!((count(told, "rejected"), count(told, "duplicates")), (0, 0));
}

#[test]
fn poison_keys_and_tombstones_are_kept_byte_for_byte() {
    let Some(broker) = kafka() else { return };
    let shop = Shop::new();
    let topic = poisoned(&broker);
    let feed = Feed::new(&broker, &topic);
    // Of other days, by the time that the producer gave.
    for (time, value) in [
        (1, Some(&b"[]"[..])),
        (-1 + 86_400_000, None),
        (951_782_400_000, None),
    ] {
        feed.put(0, Some(""), value, Some(time));
    }
    let told = shop.json(&archive(&broker, &topic, &["--until-end"]));
    let sent = sent(&broker, &topic);
    assert_eq!(held(&shop, &topic), sent);
    assert_eq!(count(&told, "read"), cases().len() as u64 + 3);
    assert_eq!(count(&told, "tombstones"), 4);
    let folders = shop.tree("lake");
    for day in ["1970-01-01", "2000-02-29"] {
        let file = format!("date={day}/part-00000000-00000000.parquet");
        assert!(folders.contains_key(&file), "{file}");
    }

    let args = [
        "batch",
        "--input",
        "lake",
        "--output",
        "out",
        "--max-rejects",
        "100%",
    ];
    let read = shop.json(&args);
    assert_eq!(
        count(&read, "read"),
        count(&read, "accepted") + count(&read, "rejected")
    );
    let windows = shop.json(&stream(&broker, &topic, &["--until-end"]));
    for name in ["read", "accepted", "rejected", "rejected_by_reason"] {
        assert_eq!(read[name], windows[name], "{name}");
    }
    // Rejects say which message they were.
    let rejects = shop.tree("out/analysis_parquet/_rejects").into_values();
    let rejects = String::from_utf8(rejects.flatten().collect()).expect("text");
    let mut kept = 0;
    for line in rejects.lines() {
        let line: Value = serde_json::from_str(line).expect("JSON");
        assert_eq!(line["source"], *topic);
        let place = (line["partition"].as_i64(), line["offset"].as_i64());
        let (Some(partition), Some(offset)) = place else {
            panic!("{line}")
        };
        let value = sent[&(partition as i32, offset)].2.clone();
        let value = value.unwrap_or_default();
        assert_eq!(line["raw"], String::from_utf8_lossy(&value).as_ref());
        kept += 1;
    }
    assert_eq!(Value::from(kept), read["rejected"]);

    // Played from the archive, each is one event again, and as good as before.
    let lines = shop.run(&["replay", "--input", "lake", "--rate", "0"]);
    assert!(lines.status.success(), "{}", stderr(&lines));
    let played = shop.feed(
        &[
            "--json",
            "stream",
            "--input",
            "-",
            "--output",
            "o",
            "--checkpoint",
            "c",
        ],
        &lines.stdout,
    );
    let played: Value = serde_json::from_slice(&played.stdout).expect("a summary");
    assert_eq!(played["read"], read["read"]);
    assert_eq!(played["accepted"], read["accepted"]);
}

/// Files are closed all the time, so that kills fall into commits and merges.
const BUSY: [&str; 4] = ["--roll-interval", "10ms", "--wait", "60s"];

#[test]
fn kills_at_any_moment_lose_and_repeat_nothing() {
    let Some(broker) = kafka() else { return };
    let kills = std::env::var("RETAIL_KILLS").map_or(50, |text| text.parse().expect("a number"));
    let seed = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("after 1970");
    let mut chance = Chance::new(seed.as_nanos() as u64);
    let (shop, topic) = (Shop::new(), topic());
    shop.json(&["generate", "--days", "2", "--transactions-per-day", "400"]);
    make_topic(&broker, &topic, 3);
    until(PATIENCE, || exists(&broker, &topic));
    let endless = ["--rate", "1000", "--loop"];
    let mut producer = shop.start(&replay(&broker, &topic, &endless));
    let feed = Feed::new(&broker, &topic);
    let (mut before, mut merged, mut done) = (Held::new(), 0, 0);
    while done < kills {
        let mut victim = live(&shop, &broker, &topic, &[&LAKE[..], &BUSY].concat());
        // A message of another day now and then: its files are merged, too.
        let time = 86_400_000 * (chance.below(3) as i64 + 1);
        feed.put(0, None, (done % 2 == 0).then_some(&b"{}"[..]), Some(time));
        sleep(Duration::from_millis(chance.below(700)));
        if chance.below(5) == 0 {
            victim.signal("INT");
            sleep(Duration::from_millis(chance.below(40)));
        }
        victim.signal("KILL");
        let output = victim.end();
        match output.status.signal() {
            Some(9) => done += 1,
            _ => assert_eq!(output.status.code(), Some(130), "{}", stderr(&output)),
        }
        // What a reader finds now: nothing twice, and nothing gone that was there.
        let now = held(&shop, &topic);
        assert!(before.keys().all(|place| now.contains_key(place)));
        before = now;
        let is_merged = |path: &String| {
            let numbers = path.rsplit("part-").next().unwrap_or_default();
            path.ends_with(".parquet") && numbers[..8] != numbers[9..17]
        };
        merged += shop
            .tree("lake")
            .keys()
            .filter(|path| is_merged(path))
            .count();
    }
    producer.signal("INT");
    producer.end();
    assert!(merged > 0, "no files were ever merged");
    let told = shop.json(&archive(&broker, &topic, &["--until-end"]));
    let sent = sent(&broker, &topic);
    assert_eq!(held(&shop, &topic), sent);
    assert_eq!(count(&told, "written"), sent.len() as u64);
    // Not even a reader that knows nothing of names finds a message twice now, nor many files.
    let files = shop.tree("lake");
    let files = files.keys().filter(|path| path.ends_with(".parquet"));
    assert_eq!(files.count() as u64, count(&told, "files"));
    assert!(count(&told, "files") < 120, "{told}");
    assert!(shop.tree("lake/_staged").is_empty());
}
