//! The serving layer of ClickHouse: history on S3 and what is live, nothing twice.

use serde_json::Value;

use crate::common::Shop;
use crate::common::services::{act, services};
use crate::common::skip;
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
    // The form that the replaced system promised.
    let database = address.rsplit('/').next().expect("a name");
    let text = format!("SELECT * FROM {database}.retail_events_unified LIMIT 3 FORMAT JSON");
    let answer: Value = serde_json::from_str(&ask(&text)).expect("JSON");
    assert_eq!(answer["rows"], 3);
    assert!(answer["data"][0]["event_time"].is_string(), "{answer}");
}
