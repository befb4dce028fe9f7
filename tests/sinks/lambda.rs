//! The serving layer of ClickHouse: history on S3 and what is live, nothing twice.

use serde_json::Value;

use crate::common::services::{act, services};
use crate::common::skip;
use crate::common::{Shop, stderr};
use crate::servers::{clickhouse, name, shared};

#[test]
fn history_and_live_events_add_up_to_the_truth_at_every_moment() {
    let Some(address) = shared("clickhouse") else {
        return;
    };
    let endpoint = match act(&mut services(&["start", "s3"])) {
        Ok(endpoint) => endpoint,
        Err(why) => return skip(&format!("no S3: {why}")),
    };
    let shop = Shop::new();
    let days = ["generate", "--days", "7", "--start-date", "2025-01-01"];
    let truth = [&days[..], &["--transactions-per-day", "300"]].concat();
    shop.json(&truth);
    let truth: Value = serde_json::from_str(&shop.read("data/input/_truth.json")).expect("JSON");
    let keys = [
        ("AWS_ENDPOINT_URL", endpoint.as_str()),
        ("AWS_ACCESS_KEY_ID", "retail"),
        ("AWS_SECRET_ACCESS_KEY", "retailsecret"),
        ("AWS_REGION", "us-east-1"),
    ];
    let lake = format!("s3://retail/{}", name());
    let mut init = shop.retail(&["sinks", "init", "--output", &address, "--lake", &lake]);
    assert!(init.envs(keys).status().expect("it starts").success());
    let ask = |text: &str| clickhouse(&address, text);
    let counted = || -> (u64, u64) {
        let text = "SELECT countIf(source = 'historical'), countIf(source = 'realtime') \
                    FROM retail_events_unified FORMAT TSV";
        let answer = ask(text);
        let (history, live) = answer.split_once('\t').expect("two");
        (
            history.parse().expect("a number"),
            live.parse().expect("a number"),
        )
    };
    assert_eq!(counted(), (0, 0));
    let checkpoint = format!("s3://retail/{}", name());
    let run = [
        "stream", "--job", "events", "--output", &lake, "--output", &address,
    ];
    let run = [
        &run[..],
        &["--checkpoint", &checkpoint, "--commit-interval", "50ms"],
    ]
    .concat();
    // Live alone: rows are not in files yet when the stream is killed.
    let mut command = shop.retail(&[&run[..], &["--rate", "600"]].concat());
    command.envs(keys);
    let mut stream = crate::common::Running::of(command);
    assert!(stream.until(|| counted().1 > 200));
    stream.signal("KILL");
    stream.end();
    let (history, live) = counted();
    assert!(history == 0 && live > 200, "{history} and {live}");
    // A drain puts them into files: then they are history, and count once.
    let mut command = shop.retail(&[&run[..], &["--rate", "600"]].concat());
    command.envs(keys);
    let mut stream = crate::common::Running::of(command);
    assert!(stream.until(|| counted().1 > live + 200));
    stream.signal("TERM");
    stream.end();
    let (history, live) = counted();
    assert!(history > 400 && live == 0, "{history} and {live}");
    // And on top of history what came since.
    let mut command = shop.retail(&[&run[..], &["--rate", "600"]].concat());
    command.envs(keys);
    let mut stream = crate::common::Running::of(command);
    assert!(stream.until(|| counted().1 > 100));
    let (now, fresh) = counted();
    assert!(
        now == history && fresh > 100,
        "{now} of {history}, and {fresh}"
    );
    stream.signal("KILL");
    stream.end();
    let mut command = shop.retail(&[&run[..], &["--rate", "0", "--until-end"]].concat());
    assert!(command.envs(keys).status().expect("it starts").success());
    let (history, live) = counted();
    assert_eq!(
        (history + live, live),
        (truth["valid_rows"].as_u64().expect("rows"), 0)
    );
    let revenue = ask("SELECT sum(amount) FROM retail_events_unified");
    let expected = truth["revenue"].as_str().expect("text");
    assert_eq!(
        revenue.trim_end_matches('0'),
        expected.trim_end_matches('0')
    );
    // The four views tell of sales alone, each the same ones.
    let sales =
        ask("SELECT sum(amount) FROM retail_events_unified WHERE transaction_type = 'SALE'");
    for view in [
        "sales_by_category",
        "sales_by_store",
        "hourly_sales_trend",
        "product_performance",
    ] {
        assert_eq!(
            ask(&format!("SELECT sum(total_revenue) FROM {view}")),
            sales,
            "{view}"
        );
    }
    let stores =
        "SELECT sum(daily_revenue), sum(total_items_moved) FROM store_performance_comparison";
    let moved = ask("SELECT sum(quantity) FROM retail_events_unified");
    assert_eq!(ask(stores), format!("{sales}\t{moved}"));
    anomalies(&ask);
    // Whoever makes everything again without naming the lake loses nothing.
    let again = shop.run(&["sinks", "init", "--output", &address]);
    assert!(again.status.success(), "{}", stderr(&again));
    assert_eq!(counted(), (history, live));
    // Both of its views are of one lake: the other one alone would hide what is archived.
    ask("DROP VIEW retail_events_historical");
    let error = shop.fail(&["sinks", "init", "--output", &address], 1);
    assert!(error.contains("--lake"), "{error}");
    let mut init = shop.retail(&["sinks", "init", "--output", &address, "--lake", &lake]);
    assert!(init.envs(keys).status().expect("it starts").success());
    assert_eq!(counted(), (history, live));
    // The form that the replaced system promised.
    let database = address.rsplit('/').next().expect("a name");
    let text = format!("SELECT * FROM {database}.retail_events_unified LIMIT 3 FORMAT JSON");
    let answer: Value = serde_json::from_str(&ask(&text)).expect("JSON");
    assert_eq!(answer["rows"], 3);
    assert!(answer["data"][0]["event_time"].is_string(), "{answer}");
}

/// An hour's score is that of its revenue among those of the 24 rows before it and its own.
fn anomalies(ask: &impl Fn(&str) -> String) {
    let rows = |text: &str| -> Vec<Vec<String>> {
        let text = ask(text);
        let words = |line: &str| line.split('\t').map(str::to_owned).collect();
        text.lines().map(words).collect()
    };
    let hours = "SELECT category, toStartOfHour(event_time) AS hour, sum(amount) \
                 FROM retail_events_unified WHERE transaction_type = 'SALE' \
                 GROUP BY category, hour ORDER BY category, hour";
    let hours = rows(hours);
    let told = rows(
        "SELECT category, hour, hourly_revenue, z_score FROM sales_anomaly_detection \
         ORDER BY category, hour",
    );
    let mut before: Vec<f64> = Vec::new();
    let mut expected = Vec::new();
    for (at, hour) in hours.iter().enumerate() {
        if at > 0 && hours[at - 1][0] != hour[0] {
            before.clear();
        }
        before.push(hour[2].parse().expect("money"));
        let recent = &before[before.len().saturating_sub(25)..];
        let mean = recent.iter().sum::<f64>() / recent.len() as f64;
        let squares: f64 = recent.iter().map(|one| (one - mean).powi(2)).sum();
        let deviation = (squares / recent.len() as f64).sqrt();
        let score = (deviation > 0.0).then(|| (before[before.len() - 1] - mean) / deviation);
        expected.push((hour[..3].to_vec(), score));
    }
    // Seven days are all there are.
    assert_eq!(told.len(), expected.len());
    for (told, (hour, score)) in told.iter().zip(expected) {
        assert_eq!(told[..3], hour);
        match score {
            None => assert_eq!(told[3], "\\N", "{told:?}"),
            Some(score) => {
                let told: f64 = told[3].parse().expect("a score");
                assert!((told - score).abs() < 1e-6, "{hour:?}: {told}, not {score}");
            }
        }
    }
}
