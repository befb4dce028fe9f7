//! Killed at any moment, a server has lost nothing that it acknowledged and sent nothing twice.
//!
//! `RETAIL_KILLS` says how often (15), `RETAIL_SEED` repeats a run.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::broker::Own;
use crate::common::Shop;
use crate::common::chance::Chance;
use crate::desk::{Names, committed, texts, try_post};

/// Those who post at the same time.
const CLIENTS: u64 = 4;
/// The broker is killed, too, so often.
const CRASH_EVERY: u64 = 7;
/// A request is answered with success within this time, whoever dies meanwhile.
const PATIENCE: Duration = Duration::from_secs(120);

fn kills() -> u64 {
    let text = std::env::var("RETAIL_KILLS").ok();
    text.map_or(15, |text| text.parse().expect("a number"))
}

fn record(client: u64, request: u64, number: u64) -> String {
    format!(r#"{{"product":"{client}-{request}-{number}","date":"2025-01-01","amount":1}}"#)
}

/// The world that the clients share.
struct Till {
    address: Mutex<String>,
    ended: AtomicBool,
    retries: AtomicU64,
}

impl Till {
    /// Posts until it is acknowledged.
    fn post(&self, path: &str, key: &str, body: &str, good: &[u16]) {
        let began = Instant::now();
        loop {
            let address = self.address.lock().unwrap().clone();
            let answer = try_post(&address, path, key, body);
            match answer.as_ref().map(|answer| answer.status) {
                Some(status) if good.contains(&status) => return,
                // Whatever may pass.
                None | Some(409 | 503) => {
                    assert!(began.elapsed() < PATIENCE, "{key}: {answer:?}");
                    self.retries.fetch_add(1, Ordering::Relaxed);
                    sleep(Duration::from_millis(20));
                }
                _ => panic!("{answer:?}"),
            }
        }
    }

    /// Posts until the end; gives what was acknowledged.
    fn client(&self, names: &Names, client: u64) -> Vec<String> {
        let mut chance = Chance::new(client);
        let mut sent = Vec::new();
        for request in 0.. {
            if self.ended.load(Ordering::Relaxed) {
                break;
            }
            let count = 1 + chance.below(40);
            let records = (0..count).map(|number| record(client, request, number));
            let records: Vec<_> = records.collect();
            let body = format!("[{}]", records.join(","));
            self.post(&names.path(), &format!("{client}-{request}"), &body, &[201]);
            sent.extend(records);
        }
        sent
    }

    /// Orders until the end; gives how many pieces each acknowledged run was of.
    fn orders(&self) -> u64 {
        let mut runs = 0;
        while !self.ended.load(Ordering::Relaxed) {
            runs += 1;
            let body = format!(
                r#"{{"dag_run_id":"run-{runs}","conf":{{"customer_id":{runs},"source":"Takeaway","quantity":1}}}}"#
            );
            let path = "/api/v1/dags/order_dag/dagRuns";
            // The header is none of this address.
            let began = Instant::now();
            loop {
                let address = self.address.lock().unwrap().clone();
                let answer = try_post(&address, path, "", &body);
                match answer.as_ref().map(|answer| answer.status) {
                    // That it is there already is an acknowledgement, too.
                    Some(200 | 409) => break,
                    None | Some(503) => sleep(Duration::from_millis(20)),
                    _ => panic!("{answer:?}"),
                }
                assert!(began.elapsed() < PATIENCE, "{answer:?}");
            }
        }
        runs
    }
}

#[test]
fn killed_over_and_over_every_acknowledged_record_is_there_once() {
    let Some(own) = Own::start() else { return };
    let broker = own.address();
    let (shop, names) = (Shop::new(), Names::new());
    let mut chance = Chance::new(9);
    let more = ["--wait", "60s"];
    let mut server = names.start(&shop, &broker, &more);
    let till = Till {
        address: Mutex::new(server.address.clone()),
        ended: AtomicBool::new(false),
        retries: AtomicU64::new(0),
    };
    let (sent, runs) = thread::scope(|scope| {
        let (till, names) = (&till, &names);
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| scope.spawn(move || till.client(names, client)))
            .collect();
        let orders = scope.spawn(|| till.orders());
        for kill in 1..=kills() {
            // Sometimes at once, in the middle of the start or of the first requests.
            sleep(Duration::from_millis(chance.below(1_500)));
            server.crash();
            if kill % CRASH_EVERY == 0 {
                own.crash();
                own.begin();
            }
            server = names.start(&shop, &broker, &more);
            till.address.lock().unwrap().clone_from(&server.address);
        }
        sleep(Duration::from_secs(1));
        till.ended.store(true, Ordering::Relaxed);
        let sent: Vec<_> = clients.into_iter().map(|client| client.join()).collect();
        let sent: Vec<String> = sent
            .into_iter()
            .flat_map(|all| all.expect("sent"))
            .collect();
        (sent, orders.join().expect("sent"))
    });
    assert!(till.retries.load(Ordering::Relaxed) > 0, "no kill was felt");
    assert!(sent.len() as u64 > 20 * kills(), "{}", sent.len());
    let mut counts: BTreeMap<String, i64> = BTreeMap::new();
    for text in texts(&committed(&broker, &names.sales)) {
        *counts.entry(text).or_default() += 1;
    }
    for text in &sent {
        *counts.entry(text.clone()).or_default() -= 1;
    }
    counts.retain(|_, count| *count != 0);
    assert_eq!(counts, BTreeMap::new(), "of {} records", sent.len());
    let customers = texts(&committed(&broker, &names.orders))
        .into_iter()
        .map(|text| {
            let order: Value = serde_json::from_str(&text).expect("JSON");
            order["customer_id"].as_u64().expect("a number")
        });
    let mut customers: Vec<u64> = customers.collect();
    customers.sort_unstable();
    assert_eq!(customers, (1..=runs).collect::<Vec<_>>());
    eprintln!(
        "{} records, {runs} orders, {:?} retries",
        sent.len(),
        till.retries
    );
}
