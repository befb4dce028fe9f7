//! Databases that are away, refuse, or hold something else.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::common::{Shop, stderr};
use crate::servers::{Own, clickhouse, compare, psql, shared};

fn days(shop: &Shop) {
    let days = ["generate", "--days", "7", "--start-date", "2025-01-01"];
    shop.json(&[&days[..], &["--transactions-per-day", "100"]].concat());
}

const WINDOWS: &str = "streaming_product_revenue";
const FILES: &str = "data/output/streaming_product_revenue/*.parquet";

/// A database that is away at the start holds a stream up no more than one that comes late.
#[test]
fn a_stream_goes_on_without_its_database_and_brings_everything_later() {
    for service in ["postgres", "clickhouse", "mongo", "cassandra"] {
        let Some(own) = Own::prepare(service) else {
            return;
        };
        let shop = Shop::new();
        days(&shop);
        let address = own.address();
        if service == "cassandra" {
            // At its very first start it knows nobody for a while.
            own.act("start").expect("it starts");
            own.act("stop").expect("it stops");
        }
        let run = [
            "stream",
            "--rate",
            "400",
            "--output",
            &address,
            "--until-end",
        ];
        let mut stream = shop.start(&run);
        std::thread::sleep(Duration::from_millis(700));
        own.act("start").expect("it starts");
        assert!(stream.ends_within(Duration::from_secs(60)), "{service}");
        let output = stream.end();
        let text = stderr(&output);
        assert!(output.status.success(), "{text}");
        let lines = text.lines().filter(|line| line.contains("its rows follow"));
        // Some clients wait a while by themselves.
        let most = usize::from(lines.count() > 0 || service == "postgres");
        assert_eq!(text.matches("its rows follow").count(), most, "{text}");
        assert!(!text.contains("secret"), "{text}");
        compare(&shop, &address, &[(WINDOWS, FILES)]);
    }
}

#[test]
fn what_a_database_did_not_get_the_next_start_brings() {
    let Some(own) = Own::prepare("postgres") else {
        return;
    };
    let shop = Shop::new();
    days(&shop);
    let address = own.address();
    let run = ["stream", "--rate", "0", "--until-end", "--output", &address];
    let mut command = shop.retail(&run);
    let output = command
        .env("RETAIL_REMOTE_PATIENCE", "1")
        .output()
        .expect("it starts");
    let text = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("rows wait for it"), "{text}");
    assert!(!text.contains("secret"), "{text}");
    own.act("start").expect("it starts");
    shop.json(&run);
    compare(&shop, &address, &[(WINDOWS, FILES)]);
}

/// A stream that was begun anew without a database drops nothing of others when it is given one.
#[test]
fn fresh_counts_for_the_databases_that_it_was_given_with() {
    let Some(address) = shared("postgres") else {
        return;
    };
    let (shop, other) = (Shop::new(), Shop::new());
    days(&shop);
    days(&other);
    let run = ["stream", "--rate", "0", "--until-end"];
    let to = [&run[..], &["--output", &address]].concat();
    shop.json(&to);
    std::thread::sleep(Duration::from_secs(1));
    other.json(&[&run[..], &["--fresh"]].concat());
    let error = other.fail(&to, 1);
    assert!(error.contains("another run"), "{error}");
    compare(&shop, &address, &[(WINDOWS, FILES)]);
}

/// What `--fresh` was told while the database was away counts at the next start, too.
#[test]
fn a_stream_begun_anew_replaces_rows_of_before_when_its_database_is_back() {
    let Some((own, _)) = Own::start("postgres") else {
        return;
    };
    let shop = Shop::new();
    days(&shop);
    let address = own.address();
    let run = ["stream", "--rate", "0", "--until-end", "--output", &address];
    shop.json(&run);
    own.act("stop").expect("it stops");
    // Runs are told apart by the second in which they began.
    std::thread::sleep(Duration::from_secs(1));
    let fresh = [&run[..], &["--fresh"]].concat();
    let mut command = shop.retail(&fresh);
    let output = command
        .env("RETAIL_REMOTE_PATIENCE", "1")
        .output()
        .expect("it starts");
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stderr(&output).contains("without --fresh"));
    own.act("start").expect("it starts");
    shop.json(&run);
    compare(&shop, &address, &[(WINDOWS, FILES)]);
    // With nothing to bring, it still is not done while the rows of before are there.
    own.act("stop").expect("it stops");
    shop.write("data/empty/sales.csv", "product,order_time,amount\n");
    let empty = [
        "stream",
        "--rate",
        "0",
        "--until-end",
        "--input",
        "data/empty",
        "--fresh",
    ];
    let mut command = shop.retail(&[&empty[..], &["--output", &address]].concat());
    command.env("RETAIL_REMOTE_PATIENCE", "1");
    let output = command.output().expect("it starts");
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    own.act("start").expect("it starts");
    shop.json(&[&empty[..6], &["--output", &address]].concat());
    let left = psql(&address, "SELECT count(*) FROM streaming_product_revenue");
    assert_eq!(left, "0");
    shop.json(&[&run[..], &["--fresh"]].concat());
    let record = shop.read("data/output/streaming_product_revenue/_run.json");
    let record: Value = serde_json::from_str(&record).unwrap();
    let asked = "SELECT run FROM retail_outputs WHERE table_name = 'streaming_product_revenue'";
    assert_eq!(psql(&address, asked), record["run_id"].as_str().unwrap());
}

#[test]
fn a_batch_says_before_its_work_that_a_database_does_not_answer() {
    let shop = Shop::new();
    days(&shop);
    for kind in ["postgres", "clickhouse", "mongodb", "cassandra"] {
        let address = format!("{kind}://u:pass-word@127.0.0.1:1/retail");
        let began = Instant::now();
        let mut command = shop.retail(&["batch", "--output", &address]);
        let output = command
            .env("RETAIL_REMOTE_PATIENCE", "1")
            .output()
            .expect("it starts");
        let text = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert_eq!(
            text.lines()
                .filter(|line| line.starts_with("error"))
                .count(),
            1,
            "{text}"
        );
        assert!(
            text.contains("127.0.0.1:1") && !text.contains("word"),
            "{text}"
        );
        assert!(began.elapsed() < Duration::from_secs(30));
        assert!(
            !shop.path("data/output").exists() || !shop.path("data/output/analysis_csv").exists()
        );
    }
}

#[test]
fn a_wrong_password_is_refused_at_once_and_a_right_one_may_come_from_elsewhere() {
    for service in ["postgres", "clickhouse", "cassandra"] {
        let Some(address) = shared(service) else {
            return;
        };
        let shop = Shop::new();
        days(&shop);
        let upper = match service {
            "clickhouse" => "CLICKHOUSE",
            "postgres" => "POSTGRES",
            _ => "CASSANDRA",
        };
        let variable = format!("RETAIL_{upper}_PASSWORD");
        let bare = address.replace(":retailsecret@", "@");
        for run in [&["batch"][..], &["stream", "--rate", "0", "--until-end"]] {
            let mut command = shop.retail(&[run, &["--output", &bare]].concat());
            let began = Instant::now();
            let output = command
                .env(&variable, "not-the-word")
                .output()
                .expect("it starts");
            let text = stderr(&output);
            assert_eq!(output.status.code(), Some(1), "{text}");
            assert!(
                text.contains(&variable) && !text.contains("not-the-word"),
                "{text}"
            );
            assert!(began.elapsed() < Duration::from_secs(12), "{service}");
        }
        let mut command = shop.retail(&["batch", "--output", &bare]);
        let output = command
            .env(&variable, "retailsecret")
            .output()
            .expect("it starts");
        assert!(output.status.success(), "{}", stderr(&output));
        shop.write("secret.txt", "retailsecret\n");
        let mut command = shop.retail(&["batch", "--output", &bare]);
        let file = format!("{variable}_FILE");
        let output = command.env(file, "secret.txt").output().expect("it starts");
        assert!(output.status.success(), "{}", stderr(&output));
        let mark = if bare.contains('?') { '&' } else { '?' };
        let by_file = format!("{bare}{mark}password-file=secret.txt");
        shop.json(&["batch", "--output", &by_file]);
    }
}

#[test]
fn a_table_of_another_shape_is_refused_by_the_name_of_its_column() {
    let Some(address) = shared("postgres") else {
        return;
    };
    let shop = Shop::new();
    days(&shop);
    let (_, schema) = address.split_once("?schema=").expect("a schema");
    psql(&address, &format!("CREATE SCHEMA {schema}"));
    psql(
        &address,
        "CREATE TABLE daily_products (order_date date, product integer)",
    );
    let error = shop.fail(&["batch", "--output", &address], 1);
    assert!(
        error.contains("daily_products") && error.contains("product is integer"),
        "{error}"
    );
    assert!(
        !shop.path("data/output/analysis_csv").exists(),
        "refused before the work"
    );
    let Some(address) = shared("clickhouse") else {
        return;
    };
    shop.json(&["sinks", "init", "--output", &address]);
    let (server, _) = address.rsplit_once('/').expect("a database");
    let text = "DROP VIEW daily_products";
    let login = server
        .strip_prefix("clickhouse://retail:retailsecret@")
        .expect("ours");
    let post = |text: &str| {
        let database = address.rsplit('/').next().expect("a name");
        let url = format!("http://{login}/?database={database}");
        let mut command = std::process::Command::new("curl");
        command.args([
            "-sS",
            "-u",
            "retail:retailsecret",
            &url,
            "--data-binary",
            text,
        ]);
        assert!(command.output().expect("it starts").stdout.is_empty());
    };
    post(text);
    post("CREATE VIEW daily_products AS SELECT 1 AS order_date");
    let error = shop.fail(&["batch", "--output", &address], 1);
    assert!(error.contains("order_date is UInt8"), "{error}");
    assert_eq!(
        clickhouse(&address, "SELECT count() FROM daily_product_revenue"),
        "0"
    );
}

#[test]
fn a_value_that_a_database_cannot_hold_is_named_and_nothing_is_lost() {
    let Some(address) = shared("clickhouse") else {
        return;
    };
    let shop = Shop::new();
    shop.write(
        "in.csv",
        "order_date,product,amount\n1850-01-01,a,1.00\n2025-01-01,b,2.00\n",
    );
    let run = ["stream", "--input", "in.csv", "--rate", "0", "--until-end"];
    let error = shop.fail(&[&run[..], &["--output", &address]].concat(), 1);
    assert!(error.contains("window_start is before 1900"), "{error}");
    let error = shop.fail(&["batch", "--input", "in.csv", "--output", &address], 1);
    assert!(error.contains("order_date is before 1900"), "{error}");
    // The folder has it all, and so has a database that can hold it.
    for other in ["postgres", "mongo", "cassandra"] {
        let Some(other) = shared(other) else { return };
        shop.json(&[&run[..], &["--output", &other]].concat());
        compare(&shop, &other, &[(WINDOWS, FILES)]);
    }
}

#[test]
fn rows_of_another_run_are_neither_mixed_nor_dropped_unasked() {
    for service in ["postgres", "clickhouse", "mongo", "cassandra"] {
        let Some(address) = shared(service) else {
            return;
        };
        let (shop, other) = (Shop::new(), Shop::new());
        days(&shop);
        days(&other);
        let run = ["stream", "--rate", "0", "--until-end", "--output", &address];
        shop.json(&run);
        let error = other.fail(&run, 1);
        assert!(
            error.contains("another run") && error.contains("--fresh"),
            "{error}"
        );
        compare(&shop, &address, &[(WINDOWS, FILES)]);
        // Beside them, under a name of its own.
        let mark = if address.contains('?') { '&' } else { '?' };
        let named = format!("{address}{mark}as=north");
        other.json(&["stream", "--rate", "0", "--until-end", "--output", &named]);
        if service == "postgres" {
            let count =
                "SELECT count(DISTINCT _owner), count(*) / 2 FROM streaming_product_revenue";
            let counts = psql(&address, count);
            assert!(counts.starts_with("2|"), "{counts}");
            psql(
                &address,
                "DELETE FROM streaming_product_revenue WHERE _owner = 'north'",
            );
        }
        // And in their place, where that is asked for.
        let fresh = [&run[..], &["--fresh"]].concat();
        other.json(&fresh);
        if service == "postgres" {
            compare(&other, &address, &[(WINDOWS, FILES)]);
        }
    }
}

#[test]
fn two_batches_at_once_leave_the_rows_of_one() {
    for service in ["postgres", "clickhouse"] {
        let Some(address) = shared(service) else {
            return;
        };
        let shops = [Shop::new(), Shop::new()];
        shops.iter().for_each(days);
        shops[1].json(&[
            "generate",
            "--days",
            "3",
            "--start-date",
            "2025-02-01",
            "--seed",
            "5",
        ]);
        shops[0].json(&["sinks", "init", "--output", &address]);
        let run = ["batch", "--output", &address];
        let runs: Vec<_> = shops.iter().map(|shop| shop.start(&run)).collect();
        for run in runs {
            let output = run.end();
            assert!(output.status.success(), "{}", stderr(&output));
        }
        let text = "SELECT sum(net) FROM daily_products";
        let sum = match service {
            "postgres" => psql(&address, text),
            _ => clickhouse(&address, text),
        };
        let sums = shops
            .iter()
            .map(|shop| shop.json(&["batch"])["grand_total"].clone());
        let sums: Vec<_> = sums
            .map(|sum| sum.as_str().expect("text").to_owned())
            .collect();
        let same = |known: &String| sum.trim_end_matches('0') == known.trim_end_matches('0');
        assert!(sums.iter().any(same), "{service}: {sum} of {sums:?}");
    }
}
