//! Databases that are slow, break off, or have no room left.

use std::fs::{self, File};
use std::io::Write;
use std::process::Command;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::common::proxy::{Way, trouble};
use crate::common::scrape::{self, Scrape, labelled, scrape_until};
use crate::common::{Shop, skip, stderr};
use crate::servers::{self, Own, compare, shared};

const JOBS: [&str; 6] = [
    "stream",
    "--job",
    "sales,metrics,events",
    "--rate",
    "0",
    "--until-end",
];
const TABLES: [(&str, &str); 3] = [
    ("sales", "data/output/live/sales/*.parquet"),
    ("sales_metrics", "data/output/live/sales_metrics/*.parquet"),
    ("events", "data/output/live/events/*.parquet"),
];

fn days(shop: &Shop) {
    let days = ["generate", "--days", "15", "--start-date", "2025-01-01"];
    shop.json(&[&days[..], &["--transactions-per-day", "300"]].concat());
}

fn gets_everything_along_a_bad_way(service: &str) {
    let Some(direct) = shared(service) else {
        return;
    };
    let shop = Shop::new();
    days(&shop);
    let (scheme, rest) = direct.split_once("://").expect("an address");
    let (login, rest) = match rest.split_once('@') {
        Some((login, rest)) => (format!("{login}@"), rest),
        None => (String::new(), rest),
    };
    let (server, database) = rest.split_once('/').expect("a database");
    let way = Way {
        busy: 0,
        cut: 6,
        after: 200_000,
        wait: Duration::from_millis(10),
    };
    let (proxy, done) = trouble(server.to_owned(), way, 21);
    let address = format!("{scheme}://{login}{proxy}/{database}");
    let run = [&JOBS[..], &["--output", &address]].concat();
    let mut command = shop.retail(&run);
    let output = command.env("RETAIL_REMOTE_PATIENCE", "120").output();
    let output = output.expect("it starts");
    assert!(output.status.success(), "{service}: {}", stderr(&output));
    let cut = done.cut.load(Ordering::Relaxed);
    assert!(cut > 0, "{service}: nothing was cut");
    compare(&shop, &direct, &TABLES);
}

#[test]
fn a_database_that_is_slow_and_breaks_off_gets_everything_once() {
    // Most of it is pauses.
    std::thread::scope(|scope| {
        for service in servers::ALL {
            scope.spawn(|| gets_everything_along_a_bad_way(service));
        }
    });
}

/// A disk so small that a test can fill it.
struct Disk<'a>(&'a Own);

impl<'a> Disk<'a> {
    /// Below the run folder of a server that does not run yet; none, with the reason printed,
    /// where nobody may make it.
    fn under(own: &'a Own, size: &str) -> Option<Self> {
        let output = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "none"])
            .arg(own.run())
            .output()
            .expect("it starts");
        if output.status.success() {
            return Some(Self(own));
        }
        skip(&format!("no small disk: {}", stderr(&output)));
        None
    }

    /// Leaves no room.
    fn fill(&self) {
        let mut file = File::create(self.ballast()).expect("made");
        for size in [1 << 20, 1 << 12] {
            while file.write_all(&vec![1; size]).is_ok() {}
        }
    }

    fn empty(&self) {
        fs::remove_file(self.ballast()).expect("removed");
    }

    fn ballast(&self) -> std::path::PathBuf {
        self.0.run().join("ballast")
    }
}

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        let _ = self.0.act("crash");
        let _ = Command::new("umount").arg("-l").arg(self.0.run()).status();
    }
}

#[test]
fn a_database_without_room_loses_nothing_and_gets_everything_when_there_is_some() {
    for (service, size) in [("postgres", "200m"), ("clickhouse", "200m")] {
        let Some(own) = Own::prepare(service) else {
            return;
        };
        let Some(disk) = Disk::under(&own, size) else {
            return;
        };
        let address = own.act("start").expect("it starts");
        let shop = Shop::new();
        days(&shop);
        shop.json(&["sinks", "init", "--output", &address]);
        disk.fill();
        let stream = [&JOBS[..], &["--output", &address]].concat();
        let batch = ["batch", "--output", "data/output", "--output", &address];
        for run in [&stream[..], &batch] {
            let mut command = shop.retail(run);
            let output = command.env("RETAIL_REMOTE_PATIENCE", "3").output();
            let output = output.expect("it starts");
            let text = stderr(&output);
            assert_eq!(output.status.code(), Some(1), "{service}: {text}");
            let errors = text.lines().filter(|line| line.starts_with("error"));
            assert_eq!(errors.count(), 1, "{service}: {text}");
            assert!(!text.contains("secret"), "{text}");
        }
        // The folder has everything.
        let proof = shop.run(&["verify"]);
        assert!(proof.status.success(), "{}", stderr(&proof));
        disk.empty();
        // What stopped without room is started again.
        let _ = own.act("crash");
        own.act("start").expect("it starts");
        shop.json(&stream);
        shop.json(&batch);
        compare(&shop, &address, &TABLES);
        let products = ("daily_products", "data/output/analysis_products/*.parquet");
        compare(&shop, &address, &[products]);
    }
}

#[test]
fn what_waits_for_a_database_is_told() {
    let Some(own) = Own::prepare("postgres") else {
        return;
    };
    let shop = Shop::new();
    days(&shop);
    let address = own.address();
    let run = [
        "stream", "--job", "events", "--rate", "2000", "--loop", "--output", &address,
    ];
    let mut run = shop.start(&[&run[..], &["--metrics-addr", "127.0.0.1:0"]].concat());
    let metrics = scrape::address(&mut run);
    let shown = address.replace(":retailsecret", "");
    let of = |seen: &Scrape, name: &str| labelled(seen, name, &[("sink", &shown)]);
    // It is away, and more and more waits.
    let seen = scrape_until(&metrics, |seen| {
        of(seen, "retail_sink_rows_waiting").is_some_and(|rows| rows > 1_000.0)
    });
    assert_eq!(of(&seen, "retail_sink_up"), Some(0.0));
    assert_eq!(of(&seen, "retail_sink_rows_total"), Some(0.0));
    own.act("start").expect("it starts");
    let all = scrape_until(&metrics, |seen| {
        let rows = of(seen, "retail_sink_rows_total");
        rows > Some(1_000.0) && of(seen, "retail_sink_rows_waiting") == Some(0.0)
    });
    assert_eq!(of(&all, "retail_sink_up"), Some(1.0));
    run.signal("INT");
    run.end();
    compare(&shop, &address, &TABLES[2..]);
}
