//! Killed processes and servers: the output is the old one or the new, and a rerun succeeds.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::Ordering;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::common::chance::Chance;
use crate::common::figures::{CLASSIC, classic};
use crate::common::proxy::{Way, trouble};
use crate::common::{Running, Shop, skip, stderr};
use crate::place::{Place, on_both};
use crate::servers::{OwnHdfs, s3};

on_both! {
    a_batch_killed_at_any_moment_leaves_the_old_output_or_the_new
    of_two_at_once_one_is_told_of_the_other
}

type Tree = BTreeMap<String, Vec<u8>>;

const FOLDERS: [&str; 5] = [
    "analysis_csv",
    "analysis_csv_kpis",
    "analysis_parquet",
    "analysis_products",
    "analysis_sales",
];

/// A shop with two inputs, `data/input` and `other`, and what batch makes of each of them, by
/// folder: `data/output` and `expected`.
fn two_inputs() -> Shop {
    let shop = Shop::new();
    classic(&shop);
    let other = [
        "generate",
        "--days",
        "9",
        "--start-date",
        "2024-12-28",
        "--output",
        "other",
    ];
    shop.json(&other);
    shop.json(&["batch"]);
    shop.json(&["batch", "--input", "other", "--output", "expected"]);
    shop
}

fn outputs(tree: &Tree) -> Tree {
    let ours = |name: &String| {
        FOLDERS
            .iter()
            .any(|folder| name.starts_with(&format!("{folder}/")))
    };
    let own = tree.iter().filter(|(name, _)| ours(name));
    own.map(|(name, bytes)| (name.clone(), bytes.clone()))
        .collect()
}

fn a_batch_killed_at_any_moment_leaves_the_old_output_or_the_new(place: &Place) {
    let mut chance = Chance::new(11);
    let shop = two_inputs();
    let expected = [shop.tree("data/output"), shop.tree("expected")].map(|tree| outputs(&tree));
    let output = place.at("output");
    let args = |which: usize| {
        let input = ["data/input", "other"][which];
        ["batch", "--input", input, "--output", &output].map(str::to_owned)
    };
    let run = |which: usize| {
        let args = args(which);
        place.start(&shop, &args.each_ref().map(String::as_str))
    };
    let began = Instant::now();
    assert!(run(0).end().status.success());
    let length = began.elapsed();
    let kills = std::env::var("RETAIL_KILLS").map_or(8, |kills| kills.parse().unwrap());
    let (mut old, mut seen) = (0, [0, 0]);
    for _ in 0..kills {
        let new = 1 - old;
        let mut victim = run(new);
        let micros = u64::try_from(length.as_micros()).unwrap();
        // Most of them late, when folders are switched.
        let moment = micros / 3 + chance.below(micros * 4 / 5);
        if victim.ends_within(Duration::from_micros(moment)) {
            assert!(victim.end().status.success());
        } else {
            victim.kill();
        }
        // Whoever asks next clears up first; each folder is then one or the other as a whole, and
        // all are of one run.
        let total = "SELECT SUM(net) AS net FROM sales WHERE grouping = 'day'";
        let query = ["query", "--format", "csv", "--output", &output];
        place.done(&shop, &[&query[..], &[total]].concat());
        let units = "SELECT SUM(units) AS units FROM products";
        place.done(&shop, &[&query[..], &[units]].concat());
        place.done(
            &shop,
            &[&query[..], &["SELECT SUM(total_amount) FROM daily"]].concat(),
        );
        let found = outputs(&place.tree(&shop, "output"));
        let now = expected.iter().position(|tree| {
            let of = |tree: &Tree| -> Tree {
                let parquet = tree
                    .iter()
                    .filter(|(name, _)| !name.starts_with("analysis_csv"));
                parquet
                    .map(|(name, bytes)| (name.clone(), bytes.clone()))
                    .collect()
            };
            of(tree) == of(&found)
        });
        old = now.unwrap_or_else(|| panic!("neither old nor new: {:?}", found.keys()));
        seen[usize::from(old == new)] += 1;
    }
    eprintln!("old {} new {}", seen[0], seen[1]);
    let new = 1 - old;
    let done = run(new).end();
    assert!(done.status.success(), "{}", stderr(&done));
    let tree = place.tree(&shop, "output");
    assert!(outputs(&tree) == expected[new]);
    // Nothing else is left.
    assert_eq!(outputs(&tree).len(), tree.len(), "{:?}", tree.keys());
}

fn of_two_at_once_one_is_told_of_the_other(place: &Place) {
    let shop = two_inputs();
    let (output, checkpoint) = (place.at("stream"), place.at("check"));
    let mut stream = vec!["stream", "--rate", "50", "--loop", "--output", &output];
    stream.extend(["--checkpoint", &checkpoint]);
    let first = place.start(&shop, &stream);
    let record = format!("SELECT 1 FROM '{output}'");
    let began = Instant::now();
    // It holds its folders as soon as it has written anything.
    while stderr(&place.run(&shop, &["query", &record])).contains("no such") {
        assert!(
            began.elapsed() < Duration::from_secs(30),
            "it does not begin"
        );
        sleep(Duration::from_millis(100));
    }
    for more in [&["--fresh"][..], &[]] {
        let error = place.fail(&shop, &[&stream[..], more].concat(), 1);
        assert!(
            error.contains("in use by retail stream, process"),
            "{error}"
        );
    }
    // And as soon as that is dead, the place is free.
    first.kill();
    let mut next = place.start(&shop, &stream);
    assert!(!next.ends_within(Duration::from_secs(2)));
    next.signal("INT");
    assert_eq!(next.end().status.code(), Some(130));
}

#[test]
fn a_name_node_that_is_restarted_in_the_middle() {
    let Some(own) = OwnHdfs::start() else { return };
    let mut chance = Chance::new(12);
    let place = Place::on(&own).with("RETAIL_REMOTE_PATIENCE", "60");
    let shop = two_inputs();
    let expected = [shop.tree("data/output"), shop.tree("expected")].map(|tree| outputs(&tree));
    let output = place.at("output");
    let mut through = 0;
    for round in 0..4 {
        let which = round % 2;
        let args = [
            "batch",
            "--input",
            ["data/input", "other"][which],
            "--output",
            &output,
        ];
        let mut run = place.start(&shop, &args);
        // A first start finds out about the server; then files are written; then switched.
        run.ends_within(Duration::from_millis(200 + chance.below(2500)));
        own.crash("/namenode");
        own.begin("/namenode");
        let done = run.end();
        match done.status.success() {
            true => through += 1,
            // What was being written to its data node may be lost with the name node.
            false => {
                let text = stderr(&done);
                assert_eq!(text.lines().count(), 1, "{text}");
                assert!(text.contains(&place.at("")), "{text}");
                place.done(&shop, &args);
            }
        }
        assert!(outputs(&place.tree_by(&own, &shop, "output")) == expected[which]);
    }
    assert!(through > 0, "none outlived it");
}

#[test]
fn a_name_node_that_is_restarted_while_files_are_uploaded() {
    let Some(own) = OwnHdfs::start() else { return };
    let mut chance = Chance::new(16);
    let place = Place::on(&own).with("RETAIL_REMOTE_PATIENCE", "60");
    let shop = Shop::new();
    let days = ["generate", "--days", "60", "--start-date", "2025-01-01"];
    shop.json(&[&days[..], &["--transactions-per-day", "200"]].concat());
    let (root, mut expected) = (place.at(""), shop.tree("data/input"));
    expected.retain(|name, _| name != "_SUCCESS");
    let upload = [
        "upload-hdfs",
        "--hdfs",
        &root,
        "--wait",
        "60s",
        "--jobs",
        "4",
        "--force",
    ];
    for _ in 0..3 {
        let mut run = place.start(&shop, &upload);
        run.ends_within(Duration::from_millis(300 + chance.below(4000)));
        own.crash("/namenode");
        own.begin("/namenode");
        let done = run.end();
        if !done.status.success() {
            let text = stderr(&done);
            assert_eq!(text.lines().count(), 1, "{text}");
        }
        // What is there under its name is whole.
        let found = place.tree_by(&own, &shop, "data/input");
        for (name, bytes) in &expected {
            assert!(found.get(name).is_none_or(|found| found == bytes), "{name}");
        }
        place.done(&shop, &upload[..upload.len() - 1]);
        let found = place.tree_by(&own, &shop, "data/input");
        for (name, bytes) in &expected {
            assert!(found.get(name) == Some(bytes), "{name}");
        }
    }
}

#[test]
fn a_data_node_that_is_gone() {
    let Some(own) = OwnHdfs::start() else { return };
    let place = Place::on(&own).with("RETAIL_REMOTE_PATIENCE", "2");
    let shop = two_inputs();
    let (input, output) = (place.at("input"), place.at("output"));
    let generate = [
        "generate",
        "--days",
        "3",
        "--start-date",
        "2025-01-01",
        "--output",
        &input,
    ];
    place.done(&shop, &generate);
    let batch = ["batch", "--input", &input, "--output", &output];
    place.done(&shop, &batch);
    let before = place.tree_by(&own, &shop, "output");
    own.crash("/datanode");
    for args in [&batch[..], &["batch", "--output", &output]] {
        let error = place.fail(&shop, args, 1);
        assert!(error.contains(&place.at("")), "{error}");
        assert!(error.contains("data node"), "{error}");
    }
    own.begin("/datanode");
    let after = place.tree_by(&own, &shop, "output");
    assert_eq!(
        after.keys().collect::<Vec<_>>(),
        before.keys().collect::<Vec<_>>()
    );
    assert!(after == before);
    place.done(&shop, &batch);
    assert!(outputs(&place.tree_by(&own, &shop, "output")) == outputs(&before));
}

/// A process on what looks like another machine: the kernel there knows other processes.
fn elsewhere(place: &Place, shop: &Shop, args: &[&str]) -> Option<Command> {
    let apart = ["-rpf", "--mount-proc", "--kill-child"];
    let works = Command::new("unshare").args(apart).arg("true").output();
    if !works.is_ok_and(|output| output.status.success()) {
        skip("no namespaces of processes: unshare does not work here");
        return None;
    }
    let known = place.retail(shop, args);
    let mut command = Command::new("unshare");
    command
        .args(apart)
        .arg(known.get_program())
        .args(known.get_args());
    command.current_dir(known.get_current_dir().unwrap());
    command.envs(
        known
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    Some(command)
}

/// The processes that `parent` has started.
fn child_of(parent: u32) -> Option<String> {
    let told = std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children"));
    Some(told.ok()?.split_whitespace().next()?.to_owned())
}

#[test]
fn a_run_that_was_stopped_for_long_leaves_the_next_ones_output_alone() {
    let Some(server) = s3() else { return };
    let place = Place::by(&server);
    let shop = Shop::new();
    let year = [
        "generate",
        "--days",
        "150",
        "--start-date",
        "2025-01-01",
        "--output",
        "long",
    ];
    shop.json(&year);
    let month = ["generate", "--days", "30", "--start-date", "2026-07-01"];
    shop.json(&month);
    shop.json(&["batch", "--input", "long"]);
    let output = place.at("output");
    let [long, short] = ["long", "data/input"]
        .map(|input| ["batch", "--input", input, "--output", &output].map(str::to_owned));
    let [long, short] = [&long, &short].map(|args| args.each_ref().map(String::as_str));
    place.done(&shop, &long);
    let Some(mut command) = elsewhere(&place, &shop, &short) else {
        return;
    };
    // S3 as far away as it mostly is: what the process is stopped in is waiting for an answer, not
    // the moment between its look at the lock and the request, which nothing closes.
    let far = Way {
        busy: 0,
        cut: 0,
        after: u64::MAX,
        wait: Duration::from_millis(30),
    };
    let address = server.endpoint.trim_start_matches("http://").to_owned();
    let (proxy, _) = trouble(address, far, 1);
    command.env("AWS_ENDPOINT_URL", format!("http://{proxy}"));
    // Some days of the old output are gone: it is switching, file by file.
    let mut stopped = Running::of(command);
    let name = output.strip_prefix("s3://").unwrap();
    let server = std::env::var_os("RETAIL_SERVICES_RUN").map(PathBuf::from);
    let server = server.unwrap_or_else(|| std::env::temp_dir().join("retail-services"));
    let folder = server.join("s3/data").join(name).join("analysis_parquet");
    let days = |of: &str| {
        let names = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        let names = names.map(|entry| entry.file_name().into_string().unwrap());
        names
            .filter(|name| name.starts_with(&format!("order_date={of}")))
            .count()
    };
    let parent = stopped.pid();
    assert!(stopped.until(|| days("2025") < 150));
    let signal = |name: &str| {
        let pid = child_of(parent).expect("it runs");
        let sent = Command::new("kill").args(["-s", name, &pid]).status();
        assert!(sent.unwrap().success());
    };
    signal("STOP");
    assert!(days("2025") > 0, "it was too late");
    let began = Instant::now();
    place.done(&shop, &long);
    assert!(
        began.elapsed() > Duration::from_secs(30),
        "the other was not waited for"
    );
    signal("CONT");
    let told = stopped.end();
    assert_eq!(told.status.code(), Some(1), "{}", stderr(&told));
    assert!(
        stderr(&told).contains("the lock was lost"),
        "{}",
        stderr(&told)
    );
    let (found, expected) = (
        outputs(&place.tree(&shop, "output")),
        outputs(&shop.tree("data/output")),
    );
    let missing = expected.keys().filter(|name| !found.contains_key(*name));
    assert!(found == expected, "{:?}", missing.collect::<Vec<_>>());
}

#[test]
fn an_s3_that_is_slow_busy_and_breaks_off() {
    let Some(server) = s3() else { return };
    let shop = two_inputs();
    let expected = outputs(&shop.tree("data/output"));
    let endpoint = server.endpoint.strip_prefix("http://").unwrap().to_owned();
    let way = Way {
        busy: 3,
        cut: 4,
        after: 60_000,
        wait: Duration::from_millis(3),
    };
    let (proxy, done) = trouble(endpoint, way, 13);
    let direct = Place::by(&server);
    let (input, output) = (direct.at("input"), direct.at("output"));
    let troubled = direct.with("AWS_ENDPOINT_URL", &format!("http://{proxy}"));
    let generate = ["generate", "--days", "14", "--transactions-per-day", "72"];
    let how = [
        "--start-date",
        "2025-01-01",
        "--profile",
        "classic",
        "--output",
        &input,
    ];
    troubled.done(&shop, &[&generate[..], &how].concat());
    let batch = ["batch", "--input", &input, "--output", &output];
    let summary = troubled.json(&shop, &batch);
    assert_eq!(summary["grand_total"], CLASSIC);
    let stream = ["stream", "--rate", "0", "--output", &troubled.at("stream")].map(str::to_owned);
    let check = ["--checkpoint".to_owned(), troubled.at("check")];
    let stream: Vec<_> = stream.iter().chain(&check).map(String::as_str).collect();
    troubled.done(&shop, &stream);
    let verify = ["verify", "--input", &input, "--output", &output];
    troubled.done(&shop, &verify);
    // How often depends on how connections are shared; what counts is that both came.
    let counts = [&done.busy, &done.cut].map(|count| count.load(Ordering::Relaxed));
    assert!(counts.iter().all(|&count| count > 0), "{counts:?}");
    let direct = troubled.with("AWS_ENDPOINT_URL", &server.endpoint);
    assert!(outputs(&direct.tree(&shop, "output")) == expected);
}
