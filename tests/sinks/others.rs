//! What others have in a database, and others who write there at the same time.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::common::{Running, Shop, signal, stderr};
use crate::servers::{self, Own, clickhouse, compare, cql, psql, pymongo, shared};

fn days(shop: &Shop, name: &str, seed: &str) {
    let days = ["generate", "--days", "4", "--start-date", "2025-01-01"];
    let how = [
        "--transactions-per-day",
        "300",
        "--seed",
        seed,
        "--output",
        name,
    ];
    shop.json(&[&days[..], &how].concat());
}

fn init(shop: &Shop, address: &str) -> (Option<i32>, String) {
    let output = shop.run(&["sinks", "init", "--output", address]);
    (output.status.code(), stderr(&output))
}

fn check(shop: &Shop, address: &str) -> Option<i32> {
    shop.run(&["sinks", "check", "--output", address])
        .status
        .code()
}

#[test]
fn what_is_of_others_is_neither_dropped_nor_changed() {
    let shop = Shop::new();
    if let Some(address) = shared("clickhouse") {
        let (server, name) = address.rsplit_once('/').unwrap();
        clickhouse(
            &format!("{server}/default"),
            &format!("CREATE DATABASE {name}"),
        );
        for table in ["low_stock_alerts", "retail_events_realtime"] {
            let made = format!("CREATE TABLE {table} (a Int32) ENGINE = MergeTree ORDER BY a");
            clickhouse(&address, &made);
            clickhouse(&address, &format!("INSERT INTO {table} VALUES (7)"));
            let (status, text) = init(&shop, &address);
            assert_eq!(status, Some(1), "{text}");
            assert!(text.contains(table), "{text}");
            assert_eq!(clickhouse(&address, &format!("SELECT a FROM {table}")), "7");
            clickhouse(&address, &format!("DROP TABLE {table}"));
        }
        // Views of others are as much theirs.
        for view in ["orders", "return_rate_analysis"] {
            clickhouse(&address, &format!("CREATE VIEW {view} AS SELECT 7 AS x"));
            let (status, text) = init(&shop, &address);
            assert_eq!(status, Some(1), "{text}");
            assert!(text.contains(view), "{text}");
            assert_eq!(clickhouse(&address, &format!("SELECT x FROM {view}")), "7");
            clickhouse(&address, &format!("DROP VIEW {view}"));
        }
        assert_eq!(init(&shop, &address).0, Some(0));
    }
    if let Some(address) = shared("mongo") {
        pymongo(
            &address,
            "db.customer_segments.insert_many([{'a': n} for n in range(100)])",
        );
        let (status, text) = init(&shop, &address);
        assert_eq!(status, Some(1), "{text}");
        assert!(text.contains("customer_segments"), "{text}");
        let left = pymongo(&address, "print(db.customer_segments.count_documents({}))");
        assert_eq!(left, "100");
        pymongo(&address, "db.customer_segments.drop()");
        assert_eq!(init(&shop, &address).0, Some(0));
        assert_eq!(init(&shop, &address).0, Some(0), "a second time");
    }
    if let Some(address) = shared("postgres") {
        let (server, schema) = address.split_once("?schema=").unwrap();
        psql(
            server,
            &format!("CREATE SCHEMA {schema}; CREATE TABLE {schema}.rfm (a int)"),
        );
        let (status, text) = init(&shop, &address);
        assert_eq!(status, Some(1), "{text}");
        assert!(text.contains("rfm"), "{text}");
        assert_eq!(check(&shop, &address), Some(3));
        psql(&address, "INSERT INTO rfm VALUES (7)");
        assert_eq!(psql(&address, "SELECT * FROM rfm"), "7");
        psql(&address, "DROP TABLE rfm");
        for made in [
            "TABLE transactions (a int)",
            "VIEW transactions AS SELECT 7 AS a",
        ] {
            psql(&address, &format!("CREATE {made}"));
            let (status, text) = init(&shop, &address);
            assert_eq!(status, Some(1), "{text}");
            assert!(text.contains("transactions"), "{text}");
            let count = "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() \
                         AND tablename = 'rfm_segment_summary'";
            assert_eq!(
                psql(&address, count),
                "0",
                "it is seen before anything is made"
            );
            psql(&address, &format!("DROP {} transactions", &made[..5]));
        }
        assert_eq!(init(&shop, &address).0, Some(0));
    }
    if let Some(address) = shared("cassandra") {
        let name = address.rsplit('/').next().expect("a name");
        let server = address.replace(name, "system");
        let keyspace = format!(
            "CREATE KEYSPACE {name} WITH replication = \
             {{'class': 'SimpleStrategy', 'replication_factor': 1}}"
        );
        let table = format!("CREATE TABLE {name}.order_table (uuid uuid PRIMARY KEY, a int)");
        assert!(cql(&server, &keyspace) && cql(&server, &table));
        let stream = [
            "stream",
            "--job",
            "events",
            "--until-end",
            "--rate",
            "0",
            "--input",
            "data/days",
        ];
        days(&shop, "data/days", "1");
        let stream = [&stream[..], &["--output", &address]].concat();
        for run in [&["sinks", "init", "--output", &address][..], &stream] {
            let error = shop.fail(run, 1);
            assert!(error.contains("order_table"), "{error}");
        }
    }
}

/// A client may pause for longer than it may switch collections; then another has its turn, and what
/// that wrote stands.
#[test]
fn a_batch_that_pauses_in_its_turn_takes_nothing_back() {
    let Some(address) = shared("mongo") else {
        return;
    };
    let shop = Shop::new();
    for (name, seed) in [("a", "1"), ("b", "2"), ("more", "3")] {
        days(&shop, &format!("data/{name}"), seed);
    }
    let batch = |input: &str, name: &str| {
        let to = format!("{address}?as={name}");
        let (input, output) = (format!("data/{input}"), format!("data/out-{name}"));
        let run = [
            "batch", "--input", &input, "--output", &output, "--output", &to,
        ];
        shop.retail(&run)
    };
    for name in ["a", "b"] {
        assert!(batch(name, name).status().expect("it starts").success());
    }
    let mut paused = Running::of(batch("b", "b"));
    let pause = format!(
        "import os, signal\n\
         while not db.retail_tables.find_one({{'_id': 'switch'}}): pass\n\
         os.kill({}, signal.SIGSTOP)\n\
         print(db.retail_tables.count_documents({{'_id': 'switch'}}))",
        paused.pid()
    );
    assert_eq!(pymongo(&address, &pause), "1", "it paused in its turn");
    assert!(batch("more", "a").status().expect("it starts").success());
    signal(paused.pid(), "CONT");
    let ended = paused.end();
    assert!(ended.status.success(), "{}", stderr(&ended));
    let both = "data/out-*/analysis_products/*.parquet";
    compare(&shop, &address, &[("daily_products", both)]);
    let left = "print([n for n in db.list_collection_names() if '_loading_' in n])";
    assert_eq!(pymongo(&address, left), "[]");
}

#[test]
fn two_may_make_everything_at_once() {
    for service in servers::ALL {
        let Some(address) = shared(service) else {
            return;
        };
        let shop = Shop::new();
        let join = if address.contains('?') { '&' } else { '?' };
        let made: Vec<_> = std::thread::scope(|scope| {
            let both = ["eu", "us"].map(|name| {
                let named = format!("{address}{join}as={name}");
                let shop = &shop;
                scope.spawn(move || init(shop, &named))
            });
            both.map(|one| one.join().expect("it ends")).into()
        });
        assert!(
            made.iter().all(|made| made.0 == Some(0)),
            "{service}: {made:?}"
        );
        assert_eq!(check(&shop, &address), Some(0), "{service}");
    }
}

#[test]
fn what_is_broken_is_seen_and_mended() {
    let shop = Shop::new();
    if let Some(address) = shared("clickhouse") {
        let (server, name) = address.rsplit_once('/').unwrap();
        // Whoever looks makes nothing.
        assert_eq!(check(&shop, &address), Some(3));
        shop.run(&["doctor", &address]);
        let asked = format!("SELECT count() FROM system.databases WHERE name LIKE '{name}%'");
        assert_eq!(clickhouse(&format!("{server}/default"), &asked), "0");
        assert_eq!(init(&shop, &address).0, Some(0));
        assert_eq!(check(&shop, &address), Some(0));
        clickhouse(&address, "DROP TABLE orders_rows");
        assert_eq!(check(&shop, &address), Some(3));
        assert_eq!(init(&shop, &address).0, Some(0));
        assert_eq!(clickhouse(&address, "SELECT count() FROM orders"), "0");
        assert_eq!(check(&shop, &address), Some(0));
        // Its orders are its own, whatever other shops there are.
        let own = format!("SELECT count(updated_at) FROM {name}_order_db.sales");
        assert_eq!(clickhouse(&address, &own), "0");
        clickhouse(&address, &format!("DROP DATABASE {name}_order_db"));
    }
    if let Some(address) = shared("postgres") {
        assert_eq!(init(&shop, &address).0, Some(0));
        psql(&address, "DROP INDEX events_event_time");
        assert_eq!(init(&shop, &address).0, Some(0));
        let there = "SELECT count(*) FROM pg_indexes WHERE indexname = 'events_event_time' \
                     AND schemaname = current_schema()";
        assert_eq!(psql(&address, there), "1");
    }
    if let Some(address) = shared("cassandra") {
        // Names without quotes are small there.
        let (server, name) = address.rsplit_once('/').unwrap();
        let capital = format!("{server}/{}", name.to_uppercase());
        assert_eq!(init(&shop, &capital).0, Some(0));
        assert_eq!(check(&shop, &capital), Some(0));
        assert_eq!(check(&shop, &address), Some(0));
    }
}

#[test]
fn owners_who_write_at_once_keep_their_rows() {
    for service in servers::ALL {
        let Some(address) = shared(service) else {
            return;
        };
        let shop = Shop::new();
        for name in ["eu", "us"] {
            days(
                &shop,
                &format!("data/{name}"),
                if name == "eu" { "1" } else { "2" },
            );
        }
        let join = if address.contains('?') { '&' } else { '?' };
        let batch = |name: &str| {
            let to = format!("{address}{join}as={name}");
            let (input, output) = (format!("data/{name}"), format!("data/out-{name}"));
            let run = [
                "batch", "--input", &input, "--output", &output, "--output", &to,
            ];
            let output = shop.run(&run);
            assert!(output.status.success(), "{}", stderr(&output));
        };
        for _ in 0..3 {
            std::thread::scope(|scope| {
                for name in ["eu", "us"] {
                    scope.spawn(|| batch(name));
                }
            });
            let both = "data/out-*/analysis_products/*.parquet";
            compare(&shop, &address, &[("daily_products", both)]);
        }
    }
}

#[test]
fn of_two_streams_under_one_name_one_ends() {
    for service in servers::ALL {
        let Some(address) = shared(service) else {
            return;
        };
        let shop = Shop::new();
        days(&shop, "data/a", "1");
        days(&shop, "data/b", "2");
        let start = |name: &str| {
            let (input, output) = (format!("data/{name}"), format!("data/out-{name}"));
            let check = format!("checkpoints/{name}");
            let run = ["stream", "--rate", "400", "--until-end", "--input", &input];
            let to = [
                "--output",
                &output,
                "--checkpoint",
                &check,
                "--output",
                &address,
            ];
            shop.start(&[&run[..], &to].concat())
        };
        let ended = ["a", "b"].map(start).map(|run| run.end());
        let good: Vec<_> = ended.iter().map(|output| output.status.success()).collect();
        let told: Vec<_> = ended.iter().map(stderr).collect();
        assert!(good[0] != good[1], "{service}: {good:?} {told:?}");
        let (winner, loser) = if good[0] { ("a", 1) } else { ("b", 0) };
        assert!(
            told[loser].contains("another run") && !told[loser].contains("secret"),
            "{told:?}"
        );
        let files = format!("data/out-{winner}/*.parquet");
        compare(&shop, &address, &[("streaming_product_revenue", &files)]);
    }
}

#[test]
fn a_pipe_does_not_drop_the_rows_of_others_unasked() {
    let Some(address) = shared("postgres") else {
        return;
    };
    let shop = Shop::new();
    days(&shop, "data/a", "1");
    shop.json(&[
        "stream", "--rate", "0", "--input", "data/a", "--output", &address,
    ]);
    let before = psql(&address, "SELECT count(*) FROM streaming_product_revenue");
    let pipe = [
        "stream",
        "--input",
        "-",
        "--output",
        "data/piped",
        "--checkpoint",
        "ck",
    ];
    let line = r#"{"product":"P","order_time":"2025-01-01T10:00:00","amount":1.25}"#;
    let output = shop.feed(
        &[&pipe[..], &["--output", &address]].concat(),
        line.as_bytes(),
    );
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stderr(&output).contains("--fresh"), "{}", stderr(&output));
    let after = psql(&address, "SELECT count(*) FROM streaming_product_revenue");
    assert_eq!(after, before);
}

#[test]
fn a_database_that_does_not_answer_holds_no_end_up() {
    for service in ["clickhouse", "mongo", "cassandra"] {
        let Some((own, address)) = Own::start(service) else {
            return;
        };
        let shop = Shop::new();
        days(&shop, "data/a", "1");
        let run = [
            "stream", "--rate", "400", "--loop", "--input", "data/a", "--output", &address,
        ];
        let mut stream = shop.start(&run);
        std::thread::sleep(Duration::from_secs(3));
        let text = std::fs::read_to_string(own.file(&format!("{service}.pid"))).expect("it runs");
        let pid = text
            .split_whitespace()
            .next()
            .expect("a number")
            .parse()
            .expect("one");
        signal(pid, "STOP");
        std::thread::sleep(Duration::from_secs(2));
        stream.signal("TERM");
        let ended = stream.ends_within(Duration::from_secs(20));
        signal(pid, "CONT");
        assert!(ended, "{service}");
        assert_eq!(stream.end().status.code(), Some(143), "{service}");
    }
    // A lock of somebody else.
    let Some(address) = shared("postgres") else {
        return;
    };
    let shop = Shop::new();
    days(&shop, "data/a", "1");
    shop.json(&["sinks", "init", "--output", &address]);
    let (server, schema) = address.split_once("?schema=").unwrap();
    let hold = format!(
        "BEGIN; LOCK TABLE {schema}.streaming_product_revenue IN ACCESS EXCLUSIVE MODE; \
         SELECT pg_sleep(60)"
    );
    let mut holder = Command::new("psql")
        .args([server, "-qAtc", &hold])
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_secs(1));
    let run = [
        "stream",
        "--rate",
        "0",
        "--until-end",
        "--input",
        "data/a",
        "--output",
        &address,
    ];
    let began = Instant::now();
    let mut command = shop.retail(&run);
    let output = command.env("RETAIL_REMOTE_PATIENCE", "3").output().unwrap();
    let took = began.elapsed();
    psql(
        server,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'BEGIN; LOCK TABLE%'",
    );
    let _ = holder.wait();
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("rows wait for it"),
        "{}",
        stderr(&output)
    );
    assert!(took < Duration::from_secs(30), "{took:?}");
    shop.json(&run);
    let files = "data/output/streaming_product_revenue/*.parquet";
    compare(&shop, &address, &[("streaming_product_revenue", files)]);
}

#[test]
fn no_message_tells_a_password() {
    let shop = Shop::new();
    days(&shop, "data/input", "1");
    let good = "postgres://u:SEKRET99@127.0.0.1:1/d";
    for args in [
        &["verify", "--output", good][..],
        &["generate", "--output", good],
        &["serve", "--output", good],
        &["batch", "--input", good],
        &["stream", "--checkpoint", good],
        &["query", "SELECT * FROM 'postgres://u:SEKRET99@h/d'"],
        &[
            "sinks",
            "check",
            "--output",
            "POSTGRES://u:SEKRET99@127.0.0.1:1/d",
        ],
        &["sinks", "check", "--output", "postgres://u:12/SEKRET99@h/d"],
        &["sinks", "check", "--output", "postgres://u:12?SEKRET99@h/d"],
        &["batch", "--output", "postgres:/u:SEKRET99@h/d"],
        &["batch", "--output", " postgres://u:SEKRET99@h/d"],
        &["sinks", "check", "--output", "postgres:/u:SEKRET99@h/d"],
        &["batch", "--input", "postgres://u:p\"SEKRET99@h/d"],
        &["doctor", "postgres:/u:SEKRET99@h/d"],
        &["doctor", " postgres://u:SEKRET99@h/d"],
        &["doctor", "mysql://u:SEKRET99@h/d"],
        &["doctor", "kafka://u:SEKRET99@127.0.0.1:1"],
        &["doctor", "s3://u:SEKRET99@h/d"],
        &["doctor", "http://u:SEKRET99@h/d"],
        &["serve", "--cache", "postgres://u:SEKRET99@h/d"],
        &["serve", "--listen", "a://u:SEKRET99@h/d"],
    ] {
        let mut command = shop.retail(args);
        let output = command.env("RETAIL_REMOTE_PATIENCE", "1").output().unwrap();
        let text = format!("{}{}", crate::common::stdout(&output), stderr(&output));
        assert!(!text.contains("SEKRET99"), "{args:?}: {text}");
        let quiet = args[0] == "doctor" || !output.status.success();
        assert!(quiet && !text.is_empty(), "{args:?}: {text}");
    }
    assert!(!shop.path("postgres:").exists() && !shop.path(" postgres:").exists());
}

#[test]
fn who_may_not_write_is_refused_before_the_work() {
    let shop = Shop::new();
    days(&shop, "data/input", "1");
    let refused = |address: &str| {
        let began = Instant::now();
        for run in [&["batch"][..], &["stream", "--rate", "0", "--until-end"]] {
            let output = shop.run(&[run, &["--output", "data/out", "--output", address]].concat());
            let text = stderr(&output);
            assert_eq!(output.status.code(), Some(1), "{text}");
            assert_eq!(text.lines().count(), 1, "{text}");
            assert!(!text.contains("secret"), "{text}");
            let parts = shop.tree("data/out");
            assert!(
                !parts.keys().any(|name| name.contains("part-")),
                "{parts:?}"
            );
        }
        assert!(
            began.elapsed() < Duration::from_secs(15),
            "{:?}",
            began.elapsed()
        );
        let output = shop.run(&["doctor", address]);
        let text = crate::common::stdout(&output);
        assert!(text.contains("permission"), "{text}");
    };
    if let Some((_own, address)) = Own::start("postgres") {
        assert_eq!(init(&shop, &address).0, Some(0));
        psql(
            &address,
            "GRANT SELECT ON ALL TABLES IN SCHEMA public TO guest",
        );
        refused(&address.replace("retail:retailsecret", "guest:guestsecret"));
    }
    if let Some(address) = shared("clickhouse") {
        assert_eq!(init(&shop, &address).0, Some(0));
        refused(&address.replace("retail:retailsecret", "guest:guestsecret"));
        let (_, name) = address.rsplit_once('/').unwrap();
        clickhouse(&address, &format!("DROP DATABASE {name}_order_db"));
    }
}
