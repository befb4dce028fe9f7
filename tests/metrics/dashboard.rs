//! The dashboard in `examples/grafana`: it shows what there is, all of it, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::ANY;
use crate::common::Shop;
use crate::common::scrape::{Scrape, address, scrape_until};

/// What only a stream from Kafka tells; `tests/kafka` looks for it.
const FROM_KAFKA: [(&str, &[&str]); 1] = [("retail_source_lag_records", &[])];

/// What `retail serve` tells, with its labels.
const OF_SERVE: [(&str, &[&str]); 6] = [
    ("retail_http_requests_total", &["server", "route", "status"]),
    ("retail_http_request_duration_seconds", &["server", "route"]),
    ("retail_cache_total", &["server", "result"]),
    ("retail_live_viewers", &[]),
    ("retail_result_age_seconds", &["result"]),
    ("retail_alerts", &["type", "severity"]),
];

/// What `retail serve ingest` tells, which writes to Kafka; `tests/ingest` looks for it.
const OF_INGEST: [(&str, &[&str]); 9] = [
    ("retail_ingest_records_accepted_total", &["topic"]),
    ("retail_ingest_records_rejected_total", &["reason"]),
    ("retail_ingest_requests_repeated_total", &[]),
    ("retail_ingest_requests_failed_total", &["reason"]),
    ("retail_ingest_waiting_requests", &[]),
    ("retail_ingest_waiting_bytes", &[]),
    ("retail_ingest_idempotency_keys", &[]),
    ("retail_ingest_kafka_up", &[]),
    ("retail_ingest_delivery_duration_seconds", &[]),
];

/// What Prometheus adds to every series, and to the buckets of histograms.
const ADDED: [&str; 3] = ["job", "instance", "le"];

fn dashboard() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/grafana/retail.json");
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// All panels, those within rows too.
fn panels(dashboard: &Value) -> Vec<&Value> {
    let mut found = Vec::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        found.push(panel);
        found.extend(panel["panels"].as_array().into_iter().flatten());
    }
    found
}

fn expressions(dashboard: &Value) -> Vec<&str> {
    let panels = panels(dashboard).into_iter();
    let targets = panels.flat_map(|panel| panel["targets"].as_array().into_iter().flatten());
    let expressions = targets.map(|target| target["expr"].as_str().unwrap());
    let variables = dashboard["templating"]["list"].as_array().unwrap().iter();
    let definitions = variables.filter_map(|variable| variable["definition"].as_str());
    expressions.chain(definitions).collect()
}

/// The metrics of an expression, each with the labels by which it is chosen.
fn metrics(expression: &str) -> Vec<(&str, Vec<&str>)> {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut found = Vec::new();
    let mut rest = expression;
    while let Some(at) = ["retail_", "process_"]
        .iter()
        .filter_map(|p| rest.find(p))
        .min()
    {
        rest = &rest[at..];
        let (name, after) = rest.split_at(rest.find(|c| !word(c)).unwrap_or(rest.len()));
        let chosen = after
            .strip_prefix('{')
            .map(|labels| labels.split('}').next().unwrap());
        let labels = chosen.into_iter().flat_map(|labels| labels.split(','));
        found.push((
            name,
            labels
                .map(|l| l.split(['=', '!']).next().unwrap())
                .collect(),
        ));
        rest = after;
    }
    found
}

/// Names of families, and the labels of each.
fn told(scrape: &Scrape) -> BTreeMap<String, BTreeSet<String>> {
    let families = scrape.iter().map(|(name, family)| {
        let labels = family
            .values
            .keys()
            .flat_map(|(_, labels)| labels.keys().cloned());
        (name.clone(), labels.collect())
    });
    families.collect()
}

/// What a stream, a replay and a server tell.
fn emitted() -> BTreeMap<String, BTreeSet<String>> {
    let shop = Shop::new();
    shop.write(
        "data/input/a.csv",
        "order_date,product,amount\n2025-01-01,Tea,1\n",
    );
    let mut all = BTreeMap::new();
    for command in ["stream", "replay"] {
        let mut run = shop.start(&[&[command, "--loop", "--rate", "100"], &ANY[..]].concat());
        let address = address(&mut run);
        let whole = |scrape: &Scrape| {
            let last = [
                "retail_watermark_lag_seconds",
                "retail_target_events_per_second",
            ];
            last.into_iter().any(|name| scrape.contains_key(name))
        };
        all.extend(told(&scrape_until(&address, whole)));
        run.kill();
    }
    let others = FROM_KAFKA.iter().chain(&OF_SERVE).chain(&OF_INGEST);
    all.extend(others.map(|(name, labels)| {
        let labels = labels.iter().map(|label| (*label).to_owned());
        ((*name).to_owned(), labels.collect())
    }));
    all
}

#[test]
fn it_shows_every_metric_that_there_is_and_no_other() {
    let (dashboard, emitted) = (dashboard(), emitted());
    let mut shown = BTreeSet::new();
    for expression in expressions(&dashboard) {
        let found = metrics(expression);
        assert!(!found.is_empty(), "{expression}");
        for (name, labels) in found {
            let parts = ["_bucket", "_sum", "_count"];
            let whole = parts.iter().find_map(|part| name.strip_suffix(part));
            let family = whole
                .filter(|whole| emitted.contains_key(*whole))
                .unwrap_or(name);
            let known = emitted.get(family);
            let known = known.unwrap_or_else(|| panic!("nobody tells {name}: {expression}"));
            for label in labels {
                let is_known = known.contains(label) || ADDED.contains(&label);
                assert!(is_known, "{name} has no label {label}: {expression}");
            }
            shown.insert(family.to_owned());
        }
    }
    let missing: Vec<_> = emitted
        .keys()
        .filter(|name| !shown.contains(*name))
        .collect();
    assert!(missing.is_empty(), "not shown: {missing:?}");
}

#[test]
fn names_in_an_expression_are_found() {
    let found = metrics("sum(rate(retail_a_total{job=~\"$job\",status!~\"5..\"}[5m])) / process_b");
    let expected = [
        ("retail_a_total", vec!["job", "status"]),
        ("process_b", vec![]),
    ];
    assert_eq!(found, expected);
}

#[test]
fn its_panels_have_their_own_ids_and_places() {
    let dashboard = dashboard();
    let panels = panels(&dashboard);
    assert!(panels.len() > 20);
    let ids: BTreeSet<_> = panels
        .iter()
        .map(|panel| panel["id"].as_u64().unwrap())
        .collect();
    assert_eq!(ids.len(), panels.len());
    let mut taken = BTreeMap::new();
    for panel in &panels {
        let title = panel["title"].as_str().unwrap();
        let place = |name: &str| panel["gridPos"][name].as_u64().unwrap();
        assert!(place("x") + place("w") <= 24 && place("h") > 0, "{title}");
        for x in place("x")..place("x") + place("w") {
            for y in place("y")..place("y") + place("h") {
                let other = taken.insert((x, y), title);
                assert_eq!(other, None, "{title} at {x}, {y}");
            }
        }
    }
    let rows = panels.iter().filter(|panel| panel["type"] == "row");
    let rows: Vec<_> = rows.map(|panel| panel["title"].as_str().unwrap()).collect();
    assert_eq!(rows, ["Stream", "Replay", "Serve", "Ingest", "Processes"]);
}

#[test]
fn it_asks_for_data_source_and_job() {
    let dashboard = dashboard();
    assert!(dashboard["schemaVersion"].as_u64() >= Some(39));
    let variables = dashboard["templating"]["list"].as_array().unwrap();
    let variables: Vec<_> = variables.iter().map(|v| (&v["name"], &v["type"])).collect();
    let expected = [("datasource", "datasource"), ("job", "query")];
    let expected = expected.map(|(name, kind)| (Value::from(name), Value::from(kind)));
    assert_eq!(
        variables,
        expected.iter().map(|(n, k)| (n, k)).collect::<Vec<_>>()
    );
    for panel in panels(&dashboard) {
        for target in panel["targets"].as_array().into_iter().flatten() {
            assert_eq!(target["datasource"]["uid"], "${datasource}");
            assert!(target["expr"].as_str().unwrap().contains("{job=~\"$job\""));
        }
    }
}
