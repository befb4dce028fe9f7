//! Servers of a test's own, filled with a history, a live shop, stocks and orders.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::common::services::{act, free_port, services};
use crate::common::{Shop, skip};

/// What chooses the port of a server.
const PORTS: [&str; 4] = [
    "RETAIL_POSTGRES_PORT",
    "RETAIL_CLICKHOUSE_PORT",
    "RETAIL_CLICKHOUSE_TLS_PORT",
    "RETAIL_PROMETHEUS_PORT",
];

/// Servers with their run folder and ports. They and their data are gone when the test ends.
pub struct Servers {
    run: TempDir,
    ports: Vec<(&'static str, u16)>,
    started: Vec<(&'static str, String)>,
}

impl Servers {
    /// Starts them; none, with the reason printed, where one cannot be.
    pub fn start(names: &[&'static str]) -> Option<Self> {
        let ports = PORTS.map(|name| (name, free_port()));
        let mut servers = Self {
            run: TempDir::new().expect("a folder"),
            ports: ports.to_vec(),
            started: Vec::new(),
        };
        for name in names {
            match act(&mut servers.command("start", name)) {
                Ok(address) => servers.started.push((name, address)),
                Err(why) => {
                    skip(&format!("no {name}: {why}"));
                    return None;
                }
            }
        }
        Some(servers)
    }

    fn command(&self, what: &str, name: &str) -> Command {
        let mut command = services(&[what, name]);
        command.env("RETAIL_SERVICES_RUN", self.run.path());
        for (name, port) in &self.ports {
            command.env(name, port.to_string());
        }
        command
    }

    /// Where one of them serves.
    pub fn address(&self, name: &str) -> String {
        let found = self.started.iter().find(|(other, _)| *other == name);
        found.expect("started").1.clone()
    }

    /// A path of their run folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.run.path().join(name)
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        for (name, _) in &self.started {
            let _ = act(&mut self.command("crash", name));
            let _ = act(&mut self.command("reset", name));
        }
    }
}

/// What is in the databases.
pub struct Truth {
    /// The history, of batch.
    pub sales: Value,
    /// The live shop.
    pub globalmart: Value,
    /// The restaurant.
    pub orders: Value,
}

/// Writes all of it to every one of `outputs`.
pub fn fill(shop: &Shop, outputs: &[String]) -> Truth {
    let mut databases = Vec::new();
    for output in outputs {
        databases.extend(["--output", output.as_str()]);
    }
    shop.json(&[&["sinks", "init"], &databases[..]].concat());
    shop.json(&["generate", "--days", "60", "--start-date", "2024-11-02"]);
    let batch = ["batch", "--analysis", "all", "--output", "data/output"];
    shop.json(&[&batch, &databases[..]].concat());
    let worlds: [(&str, &[&str], &str); 3] = [
        (
            "globalmart",
            &[
                "--rate",
                "100",
                "--customers",
                "170000",
                "--products",
                "400",
            ],
            "metrics,anomalies,sessions,cart_abandonment",
        ),
        (
            "inventory",
            &["--stores", "5", "--products", "40"],
            "inventory,sales",
        ),
        ("orders", &[], "orders"),
    ];
    for (world, options, jobs) in worlds {
        let start = ["--start", "2025-01-01T10:00:00", "--duration", "10m"];
        shop.json(&[&["generate", "--world", world], &start[..], options].concat());
        let (input, output) = (
            format!("data/worlds/{world}"),
            format!("data/output/{world}"),
        );
        let checkpoint = format!("checkpoints/{world}");
        let stream = [
            "stream", "--job", jobs, "--input", &input, "--output", &output,
        ];
        let end = ["--checkpoint", &checkpoint, "--rate", "0"];
        let set: &[&str] = match world {
            "inventory" => &["--set", "inventory.sales=no"],
            _ => &[],
        };
        shop.json(&[&stream, &end[..], set, &databases[..]].concat());
    }
    let truth = |path: &str| serde_json::from_str(&shop.read(path)).expect("the truth");
    Truth {
        sales: truth("data/input/_truth.json"),
        globalmart: truth("data/worlds/globalmart/_truth.json"),
        orders: truth("data/worlds/orders/_truth.json"),
    }
}
