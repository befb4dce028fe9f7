//! `retail sinks`: everything that a database has to have.

use crate::common::{Shop, stderr, stdout};
use crate::servers::{self, Own, psql, shared};

#[test]
fn init_makes_everything_once_and_check_finds_it() {
    for service in servers::ALL {
        let Some(address) = shared(service) else {
            return;
        };
        let shop = Shop::new();
        let check = ["--json", "sinks", "check", "--output", &address];
        let output = shop.run(&check);
        assert_eq!(
            output.status.code(),
            Some(3),
            "{service}: {}",
            stderr(&output)
        );
        let made = shop.json(&["sinks", "init", "--output", &address]);
        let again = shop.json(&["sinks", "init", "--output", &address]);
        let states = |report: &serde_json::Value| {
            let tables = report["outputs"][0]["tables"]
                .as_array()
                .expect("tables")
                .clone();
            let state = |one: &serde_json::Value| one["state"].as_str().expect("text").to_owned();
            tables
                .iter()
                .map(state)
                .collect::<std::collections::BTreeSet<_>>()
        };
        assert!(states(&made).contains("made"), "{made}");
        assert_eq!(
            states(&again).into_iter().collect::<Vec<_>>(),
            ["ok"],
            "{again}"
        );
        let output = shop.run(&check);
        assert_eq!(
            output.status.code(),
            Some(0),
            "{service}: {}",
            stdout(&output)
        );
    }
}

#[test]
fn a_dry_run_prints_what_it_would_do_and_no_secret() {
    let shop = Shop::new();
    let address = "clickhouse://u:pass-word@127.0.0.1:1/retail";
    let mut command = shop.retail(&[
        "sinks",
        "init",
        "--dry-run",
        "--output",
        address,
        "--lake",
        "s3://lake/events",
    ]);
    command
        .env("AWS_ACCESS_KEY_ID", "key")
        .env("AWS_SECRET_ACCESS_KEY", "hidden-word");
    let output = command.output().expect("it starts");
    let text = stdout(&output);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(
        text.contains("CREATE OR REPLACE VIEW retail_events_unified"),
        "{text}"
    );
    assert!(text.contains("lake.s3.us-east-1.amazonaws.com/events/events/part-*.parquet"));
    assert!(!text.contains("word"), "{text}");
    // What is printed for Postgres, psql takes.
    let Some((_own, address)) = Own::start("postgres") else {
        return;
    };
    let output = shop.run(&["sinks", "init", "--dry-run", "--output", &address]);
    psql(&address, &stdout(&output));
    assert_eq!(
        psql(&address, "SELECT count(*) FROM dashboard_metrics"),
        "6"
    );
}

#[test]
fn an_older_database_is_brought_up_to_date_and_a_newer_one_left_alone() {
    let Some((_own, address)) = Own::start("postgres") else {
        return;
    };
    let shop = Shop::new();
    shop.json(&["sinks", "init", "--output", &address]);
    psql(
        &address,
        "DROP VIEW customer_segments; ALTER TABLE rfm DROP COLUMN segment_name",
    );
    let output = shop.run(&["sinks", "check", "--output", &address]);
    assert_eq!(output.status.code(), Some(3));
    assert!(
        stdout(&output).contains("segment_name"),
        "{}",
        stdout(&output)
    );
    let report = shop.json(&["sinks", "init", "--output", &address]);
    assert!(report.to_string().contains("changed"), "{report}");
    let output = shop.run(&["sinks", "check", "--output", &address]);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    let of_version = |version: u32| {
        let text = format!(
            "UPDATE retail_outputs SET run = 'version-{version}' WHERE table_name = 'retail_schema'"
        );
        psql(&address, &text)
    };
    of_version(1);
    let check = ["sinks", "check", "--output", &address];
    assert_eq!(shop.run(&check).status.code(), Some(3));
    shop.json(&["sinks", "init", "--output", &address]);
    shop.json(&check);
    // It is the database's, under whatever name rows are written.
    let named = format!("{address}?as=eu");
    shop.json(&["sinks", "check", "--output", &named]);
    of_version(99);
    for address in [&address, &named] {
        let error = shop.fail(&["sinks", "init", "--output", address], 1);
        assert!(error.contains("version 99"), "{error}");
    }
}

/// Who may write and not make finds tables that somebody else has made.
#[test]
fn a_user_who_may_only_write_can_write() {
    let Some((_own, address)) = Own::start("postgres") else {
        return;
    };
    let shop = Shop::new();
    shop.json(&["generate", "--days", "3", "--start-date", "2025-01-01"]);
    let guest = address.replace("retail:retailsecret@", "guest:guestsecret@");
    let error = shop.fail(&["batch", "--output", &guest], 1);
    assert!(
        error.contains("permission denied") && error.contains("sinks init"),
        "{error}"
    );
    shop.json(&["sinks", "init", "--output", &address]);
    let grant = "GRANT USAGE ON SCHEMA public TO guest; \
                 GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO guest";
    psql(&address, grant);
    shop.json(&["batch", "--output", &guest]);
}
