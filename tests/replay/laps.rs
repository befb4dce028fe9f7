//! `--loop`: the same rows again, whole laps of days later.

use std::io::{BufRead, BufReader};

use serde_json::Value;

use crate::common::Shop;
use crate::field;

/// The first `count` events of a loop.
fn looped(shop: &Shop, count: usize, options: &[&str]) -> Vec<Value> {
    let mut run = shop.start(&[&["replay", "--rate", "0", "--loop"], options].concat());
    let lines = BufReader::new(run.stdout()).lines().take(count);
    let parse = |line: Result<String, _>| serde_json::from_str(&line.unwrap()).unwrap();
    let events: Vec<Value> = lines.map(parse).collect();
    assert_eq!(events.len(), count);
    let ended = run.end();
    assert_eq!(ended.status.code(), Some(0), "{}", crate::stderr(&ended));
    events
}

#[test]
fn every_lap_moves_all_times_by_the_days_of_the_input() {
    let shop = Shop::new();
    // From the 27th to the 1st are four days; times of the day and other fields stay.
    shop.write(
        "data/input/a.csv",
        "order_id,order_date,order_time,created_at,note,product,amount\n\
         1,2024-02-27,2024-02-27T23:59:59.25Z,2024-02-26 10:00,2024-02-27,Tea,1.00\n\
         2,2024-03-01,2024-03-01T00:00:00+00:00,soon,,Tea,2.00\n",
    );
    let events = looped(&shop, 7, &[]);
    assert_eq!(field(&events, "lap"), ["0", "0", "1", "1", "2", "2", "3"]);
    assert_eq!(
        field(&events, "order_id"),
        ["1", "2", "1", "2", "1", "2", "1"]
    );
    assert_eq!(
        field(&events, "order_date"),
        [
            "2024-02-27",
            "2024-03-01",
            "2024-03-02",
            "2024-03-05",
            "2024-03-06",
            "2024-03-09",
            "2024-03-10"
        ]
    );
    assert_eq!(events[2]["order_time"], "2024-03-02T23:59:59.25Z");
    assert_eq!(events[3]["order_time"], "2024-03-05T00:00:00+00:00");
    assert_eq!(events[2]["created_at"], "2024-03-01 10:00");
    assert_eq!(events[3]["created_at"], "soon");
    assert_eq!(events[6]["created_at"], "2024-03-09 10:00");
    let moved = |event: &Value| event["event_time"].as_str().unwrap()[..10].to_owned();
    assert_eq!(
        events.iter().map(moved).collect::<Vec<_>>(),
        field(&events, "order_date")
    );
    // What is no time is not touched, even where it looks like one.
    assert_eq!(events[6]["note"], "2024-02-27");
    assert_eq!(events[6]["amount"], "1.00");
}

#[test]
fn a_lap_is_as_long_in_every_order() {
    let shop = Shop::new();
    shop.write(
        "data/input/a.csv",
        "order_id,order_date,product,amount\n1,2025-01-03,Tea,1\n2,2025-01-01,Tea,2\n",
    );
    shop.write(
        "data/input/b.jsonl",
        r#"{"date":"2025-01-05","product":"Tea","amount":3}"#,
    );
    for options in [
        &["--order", "file"][..],
        &["--order", "time"],
        &["--shuffle"],
    ] {
        let events = looped(&shop, 9, options);
        for lap in 0..3 {
            let mut days: Vec<_> = events[lap * 3..lap * 3 + 3]
                .iter()
                .map(|event| {
                    assert_eq!(event["lap"], lap.to_string(), "{options:?}");
                    let day = event["order_date"].as_str().or(event["date"].as_str());
                    day.unwrap().to_owned()
                })
                .collect();
            days.sort();
            let day = |day: usize| format!("2025-01-{:02}", day + lap * 5);
            assert_eq!(days, [day(1), day(3), day(5)], "{options:?}");
        }
    }
}

#[test]
fn shuffled_laps_differ() {
    let shop = Shop::new();
    let rows: String = (0..50).map(|i| format!("{i},2025-01-01,Tea,1\n")).collect();
    shop.write(
        "data/input/a.csv",
        format!("order_id,order_date,product,amount\n{rows}"),
    );
    let ids = field(&looped(&shop, 150, &["--shuffle"]), "order_id");
    let laps: Vec<_> = ids.chunks(50).collect();
    assert!(laps[0] != laps[1] && laps[1] != laps[2]);
    for lap in laps {
        let mut numbers: Vec<u32> = lap.iter().map(|id| id.parse().unwrap()).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (0..50).collect::<Vec<_>>());
    }
}

#[test]
fn without_a_loop_there_is_no_lap() {
    let shop = Shop::new();
    shop.write(
        "data/input/a.csv",
        "order_date,product,amount\n2025-01-01,Tea,1\n",
    );
    assert_eq!(crate::events(&shop, &[])[0].get("lap"), None);
}
