//! The compose files, as Docker Compose reads them.

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::sync::OnceLock;

use serde_json::{Map, Value};

use crate::common::{Shop, stderr};
use crate::{read, refused, repository, script};

const BATCH: &str = "docker-compose.batch.yml";
const STREAMING: &str = "docker-compose.streaming.yml";

/// The check of these files, with nothing of ours in the environment.
fn check(files: &[&str]) -> Command {
    let mut command = Command::new(repository("scripts/compose-check"));
    command.args(files).env_remove("RETAIL_API_KEY");
    for name in ["EVENTS_PER_SECOND", "CONTAINER_UID", "CONTAINER_GID"] {
        command.env_remove(name);
    }
    command
}

/// The services of both files; none where there is no Docker Compose.
fn stacks() -> Option<&'static [Map<String, Value>; 2]> {
    static STACKS: OnceLock<Option<[Map<String, Value>; 2]>> = OnceLock::new();
    let stacks = STACKS.get_or_init(|| {
        let text = script(check(&[BATCH, STREAMING]))?;
        let models = serde_json::Deserializer::from_str(&text).into_iter::<Value>();
        let services = models.map(|model| {
            let model = model.expect("JSON");
            assert_eq!(model["name"], "retail");
            model["services"].as_object().expect("services").clone()
        });
        let both: Vec<_> = services.collect();
        Some(both.try_into().expect("two models"))
    });
    stacks.as_ref()
}

/// All services of both files.
fn services() -> impl Iterator<Item = (&'static String, &'static Value)> {
    stacks().into_iter().flatten().flatten()
}

fn is_ours(service: &Value) -> bool {
    service["image"] == "retail:local"
}

fn texts(value: &Value) -> Vec<String> {
    let texts = value.as_array().into_iter().flatten();
    texts
        .map(|text| text.as_str().unwrap().to_owned())
        .collect()
}

/// The services of retail in a file, with the command that each runs.
fn commands(stack: &Map<String, Value>) -> BTreeMap<&str, String> {
    let ours = stack.iter().filter(|(_, service)| is_ours(service));
    ours.map(|(name, service)| (name.as_str(), texts(&service["command"])[0].clone()))
        .collect()
}

#[test]
fn both_stacks_are_complete() {
    let Some([batch, streaming]) = stacks() else {
        return;
    };
    let expected = |pairs: &[(&'static str, &str)]| -> BTreeMap<&str, String> {
        let pairs = pairs.iter();
        pairs
            .map(|(name, run)| (*name, (*run).to_owned()))
            .collect()
    };
    let files = [("data-generator", "generate"), ("hdfs-init", "upload-hdfs")];
    let sums = [("batch", "batch"), ("dashboard", "serve")];
    let windows = [
        ("event-generator", "replay"),
        ("stream", "stream"),
        ("streaming-dashboard", "serve"),
    ];
    assert_eq!(commands(batch), expected(&[&files[..], &sums].concat()));
    let both = [&files[..], &windows].concat();
    assert_eq!(commands(streaming), expected(&both));
    for name in ["namenode", "datanode"] {
        assert!(batch.contains_key(name), "{name}");
    }
    assert_eq!(
        streaming["kafka"]["environment"]["KAFKA_PROCESS_ROLES"],
        "broker,controller"
    );
    // They are one project: what both name, Compose would make anew for each.
    let shared = batch.keys().filter(|name| streaming.contains_key(*name));
    let shared: Vec<_> = shared.collect();
    assert!(shared.len() >= 4, "{shared:?}");
    for name in shared {
        assert_eq!(batch[name], streaming[name], "{name}");
    }
}

#[test]
fn every_command_is_one_of_retail() {
    let ours = services().filter(|(_, service)| is_ours(service));
    let wrong: Vec<_> = ours
        .filter_map(|(name, service)| {
            assert_eq!(service["entrypoint"], Value::Null, "{name}");
            let words = ["retail".to_owned()].into_iter();
            let words: Vec<_> = words.chain(texts(&service["command"])).collect();
            refused(&words)
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn containers_may_do_little_and_are_reached_from_this_machine_only() {
    for (name, service) in services() {
        let version = service["image"]
            .as_str()
            .unwrap()
            .rsplit_once(':')
            .unwrap()
            .1;
        assert!(
            version == "local" || version.starts_with(|c: char| c.is_ascii_digit()),
            "{name}"
        );
        assert_eq!(texts(&service["cap_drop"]), ["ALL"], "{name}");
        assert_eq!(
            texts(&service["security_opt"]),
            ["no-new-privileges:true"],
            "{name}"
        );
        let limits = &service["deploy"]["resources"]["limits"];
        for limit in ["cpus", "memory", "pids"] {
            assert!(!limits[limit].is_null(), "{name}: {limit}");
        }
        for port in service["ports"].as_array().into_iter().flatten() {
            assert_eq!(port["host_ip"], "127.0.0.1", "{name}");
        }
        if is_ours(service) {
            assert_eq!(service["read_only"], true, "{name}");
            assert_eq!(service["user"], "1000:1000", "{name}");
        }
        // What goes on is watched; what ends is waited for.
        let watched = service["healthcheck"]["test"].is_array();
        assert_eq!(watched, service["restart"] == "unless-stopped", "{name}");
    }
}

#[test]
fn what_starts_waits_for_what_it_needs() {
    for stack in stacks().into_iter().flatten() {
        for (name, service) in stack {
            for (needed, how) in service["depends_on"].as_object().into_iter().flatten() {
                let condition = how["condition"].as_str().unwrap();
                let ends = stack[needed]["restart"] == "no";
                let right = match ends {
                    true => condition == "service_completed_successfully",
                    // A page shows nothing yet, and an empty topic is no fault.
                    false => condition == "service_healthy" || needed == "event-generator",
                };
                assert!(right, "{name} on {needed}: {condition}");
            }
        }
    }
}

#[test]
fn dashboards_have_no_key_but_the_given_one() {
    for (name, service) in services() {
        let serves = is_ours(service) && texts(&service["command"])[0] == "serve";
        let keys = service["environment"].get("RETAIL_API_KEY");
        assert_eq!(
            keys.and_then(Value::as_str),
            serves.then_some("none"),
            "{name}"
        );
    }
    if stacks().is_some() {
        for file in [BATCH, STREAMING] {
            let output = check(&[file]).env("RETAIL_API_KEY", "").output().unwrap();
            assert!(!output.status.success());
            let errors = stderr(&output);
            assert!(
                errors.contains("RETAIL_API_KEY is missing a value: export one"),
                "{errors}"
            );
        }
    }
}

#[test]
fn the_check_finds_what_compose_does_not_know() {
    if stacks().is_none() {
        return;
    }
    let shop = Shop::new();
    shop.write(".env", read(".env"));
    let wrong = read(BATCH).replacen("read_only: true", "read_onyl: true", 1);
    let path = shop.path("compose.yml");
    fs::write(&path, wrong).unwrap();
    let output = check(&[path.to_str().unwrap()]).output().unwrap();
    assert!(!output.status.success());
    assert!(stderr(&output).contains("read_onyl"), "{}", stderr(&output));
}
