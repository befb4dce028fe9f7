//! What Grafana, Superset and Prometheus make of what retail writes to databases and tells on
//! `/metrics`: `examples/grafana`, `examples/superset`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;
mod filled;

use std::collections::BTreeMap;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use common::scrape::address;
use common::services::{act, free_port, script};
use common::{Shop, skip};
use filled::{Servers, fill};

/// What a script prints as JSON; none, with the reason printed, where its tool can neither be found
/// nor be installed.
fn ask(command: &mut Command) -> Option<Value> {
    match act(command) {
        Ok(text) => Some(serde_json::from_str(&text).unwrap()),
        Err(why) => {
            let missing = why.lines().find(|line| line.starts_with("no "));
            skip(missing.unwrap_or_else(|| panic!("{why}")));
            None
        }
    }
}

/// Cents of a number of JSON or of its text, as databases tell decimals differently.
fn cents(value: &Value) -> i64 {
    let number = match value {
        Value::String(text) => text.parse::<f64>().unwrap(),
        other => other.as_f64().unwrap_or_else(|| panic!("{other}")),
    };
    (number * 100.0).round() as i64
}

/// The number of a stat.
fn figure(answers: &[Value], server: &str, dashboard: &str, panel: &str) -> i64 {
    let is_it = |answer: &&Value| {
        answer["server"] == server && answer["dashboard"] == dashboard && answer["panel"] == panel
    };
    let answer = answers.iter().find(is_it);
    cents(&answer.unwrap_or_else(|| panic!("{server}: {dashboard}: {panel}"))["first"][0])
}

#[test]
fn every_panel_of_grafana_asks_what_is_there_and_the_figures_are_true() {
    let shop = Shop::new();
    let Some(servers) = Servers::start(&["postgres", "clickhouse"]) else {
        return;
    };
    let outputs = [servers.address("postgres"), servers.address("clickhouse")];
    let truth = fill(&shop, &outputs);
    let mut check = Command::new(script("grafana-check"));
    check.args(["--postgres", &outputs[0], "--clickhouse", &outputs[1]]);
    check.args([
        "--from",
        "2024-10-01T00:00:00Z",
        "--to",
        "2025-01-02T00:00:00Z",
    ]);
    let Some(answers) = ask(&mut check) else {
        return;
    };
    let answers = answers.as_array().unwrap();
    assert!(answers.len() > 100);
    for answer in answers {
        assert!(answer["rows"].as_u64() > Some(0), "{answer}");
    }
    for server in ["postgres", "clickhouse"] {
        let figure = |dashboard, panel| figure(answers, server, dashboard, panel);
        let count = |value: &Value| value.as_i64().unwrap() * 100;
        let shop = &truth.globalmart;
        assert_eq!(figure("executive", "Revenue"), cents(&shop["revenue"]));
        let transactions = &shop["topics"]["transactions"]["valid_rows"];
        assert_eq!(figure("executive", "Transactions"), count(transactions));
        let sessions = figure("realtime", "Sessions that ended");
        assert_eq!(sessions, count(&shop["sessions"]["sessions"]));
        let carts = figure("realtime", "Abandoned carts");
        assert_eq!(carts, count(&shop["sessions"]["abandoned"]));
        assert_eq!(
            figure("sales", "Net revenue"),
            cents(&truth.sales["revenue"])
        );
    }
}

#[test]
fn superset_shows_the_orders() {
    let shop = Shop::new();
    let Some(servers) = Servers::start(&["postgres"]) else {
        return;
    };
    let output = servers.address("postgres");
    let truth = fill(&shop, std::slice::from_ref(&output));
    let url = output.replace("postgres://", "postgresql+psycopg2://");
    let mut check = Command::new(script("superset-check"));
    check
        .arg(url)
        .env("RETAIL_SUPERSET_PORT", free_port().to_string());
    let Some(answer) = ask(&mut check) else {
        return;
    };
    let charts = &answer["charts"];
    let expected = &truth.orders["orders"]["by_source_state"];
    let expected = expected
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(source, states)| {
            let states = states.as_object().unwrap().iter();
            states.map(move |(state, amount)| ((source.clone(), state.clone()), cents(amount)))
        });
    let expected: BTreeMap<_, _> = expected.collect();
    assert!(expected.len() > 10);
    let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    for chart in [
        "Top Source, State by Amount",
        "Source, State by Amount",
        "State by Amount with Source breakdown",
    ] {
        let rows = charts[chart].as_array().unwrap().iter();
        let found = rows.map(|row| {
            let key = (text(row, "source"), text(row, "state"));
            (key, cents(&row["amount"]))
        });
        assert_eq!(found.collect::<BTreeMap<_, _>>(), expected, "{chart}");
    }
    let total = cents(&truth.orders["revenue"]);
    assert_eq!(cents(&charts["Total Sales"][0]["amount"]), total);
    let sources = charts["Source by Amount"].as_array().unwrap();
    assert_eq!(
        sources.iter().map(|row| cents(&row["amount"])).sum::<i64>(),
        total
    );
}

#[test]
fn prometheus_answers_every_expression_of_grafana() {
    let shop = Shop::new();
    let Some(servers) = Servers::start(&["prometheus"]) else {
        return;
    };
    shop.json(&["generate", "--days", "2"]);
    let any = ["--loop", "--rate", "50", "--metrics-addr", "127.0.0.1:0"];
    let mut runs = ["stream", "replay"].map(|command| shop.start(&[&[command], &any[..]].concat()));
    let targets = runs.each_mut().map(address);
    let file = servers.path("prometheus/targets/retail.json");
    std::fs::write(file, json!([{ "targets": targets }]).to_string()).unwrap();
    // Rates are of fifteen seconds.
    let (began, mut missing) = (Instant::now(), vec![String::new()]);
    while !missing.is_empty() {
        assert!(began.elapsed() < Duration::from_secs(90), "{missing:?}");
        thread::sleep(Duration::from_secs(3));
        let mut check = Command::new(script("grafana-check"));
        check.args(["--prometheus", &servers.address("prometheus")]);
        let Some(answers) = ask(&mut check) else {
            return;
        };
        let answers = answers.as_array().unwrap();
        assert!(answers.len() > 40);
        // What only Kafka tells, or a server, and what nobody has refused.
        let others = [
            "lag_records",
            "retail_ingest",
            "retail_http",
            "retail_cache",
            "retail_live",
            "retail_result",
            "retail_alerts",
            "rejected",
        ];
        let silent = answers.iter().filter(|answer| answer["rows"] == 0);
        let silent = silent.map(|answer| answer["expr"].as_str().unwrap().to_owned());
        missing = silent
            .filter(|expr| !others.iter().any(|name| expr.contains(*name)))
            .collect();
    }
}
