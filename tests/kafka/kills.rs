//! Killed at any moment, a stream gives what it gives undisturbed.
//!
//! `RETAIL_KILLS` says how often (50), `RETAIL_SEED` repeats a run.

use std::collections::BTreeSet;
use std::os::unix::process::ExitStatusExt;
use std::thread::sleep;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rdkafka::message::Message;
use serde_json::Value;

use crate::broker::Own;
use crate::common::chance::Chance;
use crate::common::{Running, Shop, stderr};
use crate::figures::{
    OUTPUT, assert_adds_up, assert_rows, by_hand, count, open_windows, rows, summary,
};
use crate::world::{
    Feed, PATIENCE, exists, live, make_topic, messages, pass, replay, stream, until, values,
};

const TOPIC: &str = "sales";
const PARTITIONS: i32 = 3;
/// In a long run the loop leaves the present far behind.
const JUMP: [&str; 2] = ["--max-event-jump", "36500d"];
/// The broker is killed, too, so often.
const CRASH_EVERY: u64 = 10;

/// Waits a while, at most `most` milliseconds.
fn pause(chance: &mut Chance, most: u64) {
    sleep(Duration::from_millis(chance.below(most)));
}

fn variable(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|e| panic!("{name}: {e}")))
}

/// How far the commits of a checkpoint have come: the newest log and its length.
fn progress(shop: &Shop, checkpoint: &str) -> (u64, u64) {
    // A log may go while we look: the next one counts then.
    let entries = std::fs::read_dir(shop.path(checkpoint))
        .into_iter()
        .flatten();
    let logs = entries.flatten().filter_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        let number = name.strip_prefix("state-")?.strip_suffix(".log")?;
        Some((number.parse().ok()?, entry.metadata().ok()?.len()))
    });
    logs.max().unwrap_or_default()
}

/// Waits for a commit by `stream`, or for `enough`; says which.
fn commits(shop: &Shop, checkpoint: &str, stream: &mut Running, enough: impl Fn() -> bool) -> bool {
    let before = progress(shop, checkpoint);
    let advanced = || progress(shop, checkpoint) > before;
    if !stream.until(|| advanced() || enough()) {
        stream.signal("KILL");
        panic!("it ended by itself");
    }
    advanced()
}

/// Kills it; false if it had ended by then.
fn kill(mut stream: Running) -> bool {
    stream.signal("KILL");
    let output = stream.end();
    match output.status.signal() {
        Some(9) => true,
        other => {
            assert_eq!(other, None, "{}", stderr(&output));
            assert_eq!(output.status.code(), Some(130), "{}", stderr(&output));
            false
        }
    }
}

/// Kills a stream over and over while events come; gives how often the broker crashed.
fn kill_over_and_over(own: &Own, shop: &Shop, chance: &mut Chance, kills: u64) -> u64 {
    let (broker, checkpoint) = (own.address(), "checkpoints/streaming_sales");
    let more = [
        "--dlq",
        "--commit-interval",
        "20ms",
        "--idle",
        "1h",
        "--wait",
        "60s",
        JUMP[0],
        JUMP[1],
    ];
    let feed = Feed::new(&broker, TOPIC);
    let (mut done, mut crashes, mut round) = (0, 0, 0);
    while done < kills {
        round += 1;
        let mut victim = live(shop, &broker, TOPIC, &more);
        let partition = chance.below(PARTITIONS as u64) as i32;
        feed.event(partition, &format!("broken {round}"));
        commits(shop, checkpoint, &mut victim, || false);
        let crash = done % CRASH_EVERY == CRASH_EVERY - 1 && crashes <= done / CRASH_EVERY;
        if crash {
            own.crash();
            crashes += 1;
            pause(chance, 500);
        }
        let outlives = crash && chance.below(2) == 0;
        if outlives {
            own.begin();
            commits(shop, checkpoint, &mut victim, || false);
        }
        // Some die while they drain: that is when files are written.
        if chance.below(4) == 0 {
            victim.signal("INT");
            pause(chance, 60);
        } else {
            pause(chance, 150);
        }
        done += u64::from(kill(victim));
        if crash && !outlives {
            own.begin();
        }
    }
    crashes
}

/// The places of messages that are no JSON, as letters name them.
fn poison(events: &[rdkafka::message::OwnedMessage]) -> BTreeSet<String> {
    let is_poison = |value: &[u8]| value.starts_with(b"broken");
    let poison = events.iter().filter(|m| m.payload().is_some_and(is_poison));
    poison
        .map(|m| format!("{TOPIC}-{}-{}", m.partition(), m.offset()))
        .collect()
}

/// What is to be the same however often a stream is killed.
fn figures(summary: &Value) -> Vec<&Value> {
    let names = [
        "read",
        "accepted",
        "rejected",
        "duplicates",
        "non_sales",
        "late",
        "late_revenue",
        "windows",
        "written_revenue",
        "open_revenue",
        "accepted_revenue",
        "lost",
        "ended",
    ];
    names.iter().map(|name| &summary[*name]).collect()
}

/// Kills a stream over what is all there until it has read it; gives how often.
fn kill_in_the_backlog(broker: &str, shop: &Shop, chance: &mut Chance, held: u64) -> u64 {
    let place = ["--output", "backlog", "--checkpoint", "backlog-state"];
    let more = [
        &place[..],
        &JUMP,
        &["--commit-interval", "5ms", "--idle", "1h"],
    ]
    .concat();
    let mut kills = 0;
    loop {
        let read = || open_windows(shop, "backlog").map_or(0, |view| count(&view, "read"));
        let mut victim = live(shop, broker, TOPIC, &more);
        let advanced = commits(shop, "backlog-state", &mut victim, || read() == held);
        sleep(Duration::from_micros(chance.below(20_000)));
        kills += u64::from(kill(victim));
        if !advanced || read() == held {
            return kills;
        }
    }
}

#[test]
fn kills_change_nothing() {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let seed = now.expect("after 1970").as_nanos() as u64;
    let kills = variable("RETAIL_KILLS").unwrap_or(50);
    eprintln!("RETAIL_KILLS={kills}");
    let mut chance = Chance::new(seed);
    let Some(own) = Own::start() else { return };
    let (shop, broker) = (Shop::new(), own.address());
    let days = ["--days", "2", "--start-date", "2025-01-01"];
    shop.json(&[&["generate", "--transactions-per-day", "400"], &days[..]].concat());
    make_topic(&broker, TOPIC, PARTITIONS);

    let endless = ["--rate", "1500", "--loop"];
    let args = [&["--json"], &replay(&broker, TOPIC, &endless)[..]].concat();
    let mut producer = shop.start(&args);
    let crashes = kill_over_and_over(&own, &shop, &mut chance, kills);
    assert_eq!(crashes, kills / CRASH_EVERY);
    producer.signal("INT");
    let sent = summary(&producer.end());

    let events = messages(&broker, TOPIC);
    let poison = poison(&events);
    assert!(poison.len() as u64 >= kills);
    assert_eq!(count(&sent, "sent"), (events.len() - poison.len()) as u64);
    let expected = by_hand(values(&events));

    let to_the_end = [&["--dlq", "--until-end"][..], &JUMP].concat();
    let end = shop.json(&stream(&broker, TOPIC, &to_the_end));
    assert_rows(&rows(&shop, OUTPUT), &expected);
    assert_eq!(count(&end, "read"), events.len() as u64);
    assert_eq!(count(&end, "rejected"), poison.len() as u64);
    assert_eq!(count(&end, "late"), 0);
    assert_adds_up(&end);
    let undisturbed = shop.json(&pass(&broker, TOPIC, &JUMP));
    assert_rows(&rows(&shop, "pass"), &expected);
    assert_eq!(figures(&end), figures(&undisturbed));

    // Letters came at least once, and tell by their keys which they are.
    let dlq = format!("{TOPIC}.dlq");
    until(PATIENCE, || exists(&broker, &dlq));
    let letters = messages(&broker, &dlq);
    let key = |m: &rdkafka::message::OwnedMessage| m.key().expect("a key").to_vec();
    let keys = letters
        .iter()
        .map(|m| String::from_utf8(key(m)).expect("text"));
    assert_eq!(keys.collect::<BTreeSet<_>>(), poison);

    let more = kill_in_the_backlog(&broker, &shop, &mut chance, events.len() as u64);
    eprintln!("{more} kills in the backlog");
    assert!(more >= 3, "{more}");
    let place = [
        "--output",
        "backlog",
        "--checkpoint",
        "backlog-state",
        "--until-end",
        JUMP[0],
        JUMP[1],
    ];
    let end = shop.json(&stream(&broker, TOPIC, &place));
    assert_rows(&rows(&shop, "backlog"), &expected);
    assert_eq!(figures(&end), figures(&undisturbed));
    // In the folder each is once.
    let kept: Vec<Value> = shop
        .tree("backlog/_rejects")
        .values()
        .flat_map(|file| {
            let lines = file
                .split(|byte| *byte == b'\n')
                .filter(|line| !line.is_empty());
            lines
                .map(|line| serde_json::from_slice(line).expect("JSON"))
                .collect::<Vec<Value>>()
        })
        .collect();
    assert_eq!(kept.len(), poison.len());
    let place = |line: &Value| format!("{TOPIC}-{}-{}", line["partition"], line["offset"]);
    assert_eq!(kept.iter().map(place).collect::<BTreeSet<_>>(), poison);
}
