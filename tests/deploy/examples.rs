//! The examples for cron, systemd and Airflow, and the targets of make.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::common::{Shop, skip, stderr, stdout};
use crate::{read, refused_in, repository, script};

#[test]
fn cron_runs_the_daily_batch() {
    let table = read("examples/cron/retail");
    let runs = table.lines().filter_map(|line| {
        let line = line.trim_start_matches('#');
        let line = line.starts_with("15 2 ").then_some(line)?;
        // In a crontab % ends the command.
        assert!(!line.contains('%'), "{line}");
        let (head, command) = line.split_once("  cd /srv/retail && ")?;
        let fields: Vec<_> = head.split_whitespace().collect();
        assert_eq!(fields, ["15", "2", "*", "*", "*", "retail"]);
        Some(command.to_owned())
    });
    let runs: Vec<_> = runs.collect();
    assert_eq!(runs.len(), 2, "{table}");
    let wrong: Vec<_> = runs.iter().flat_map(|run| refused_in(run)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn systemd_runs_the_daily_batch() {
    let unit = read("examples/systemd/retail-batch.service");
    let runs = unit
        .lines()
        .filter_map(|line| line.strip_prefix("ExecStart=/usr/local/bin/"));
    let runs: Vec<_> = runs.collect();
    assert_eq!(runs.len(), 2, "{unit}");
    for run in runs {
        let wrong = refused_in(run);
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

/// systemd itself reads the units; the program stands elsewhere here.
#[test]
fn systemd_knows_every_line_of_its_units() {
    let shop = Shop::new();
    let unit = read("examples/systemd/retail-batch.service");
    let program = env!("CARGO_BIN_EXE_retail");
    shop.write(
        "retail-batch.service",
        unit.replace("/usr/local/bin/retail", program),
    );
    shop.write(
        "retail-batch.timer",
        read("examples/systemd/retail-batch.timer"),
    );
    let verify = |name: &str| {
        let mut command = Command::new("systemd-analyze");
        command
            .args(["verify", "--man=no"])
            .arg(shop.path(name))
            .output()
    };
    for name in ["retail-batch.service", "retail-batch.timer"] {
        let Ok(output) = verify(name) else {
            return skip("no systemd-analyze");
        };
        assert!(output.status.success(), "{name}: {}", stderr(&output));
        assert!(
            !stderr(&output).contains("retail-batch"),
            "{}",
            stderr(&output)
        );
    }
    shop.write("retail-batch.timer", "[Timer]\nOnCalender=daily\n");
    let output = verify("retail-batch.timer").unwrap();
    assert!(
        stderr(&output).contains("OnCalender"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn airflow_runs_the_daily_batch() {
    let Some(text) = script(Command::new(repository("scripts/airflow-check"))) else {
        return;
    };
    let mut found = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let (local, hdfs) = (found.next().unwrap(), found.next().unwrap());
    let order = |dags: &Value| {
        let dag = &dags["retail_batch_processing"];
        assert_eq!(dag["schedule"], "@daily");
        assert_eq!(dag["catchup"], false);
        let mut after = json!({});
        for (name, task) in dag["tasks"].as_object().unwrap() {
            after[name] = task["after"].clone();
        }
        after
    };
    let daily = json!({"process_retail_events": [], "verify": ["process_retail_events"]});
    assert_eq!(order(&local), daily);
    let mut uploaded = daily.clone();
    uploaded["upload"] = json!([]);
    uploaded["process_retail_events"] = json!(["upload"]);
    assert_eq!(order(&hdfs), uploaded);
    let tasks = [&local, &hdfs].map(|dags| &dags["retail_batch_processing"]["tasks"]);
    let tasks = tasks
        .into_iter()
        .flat_map(|tasks| tasks.as_object().unwrap().values());
    let wrong: Vec<_> = tasks
        .flat_map(|task| refused_in(task["command"].as_str().unwrap()))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn make_starts_and_ends_the_stacks() {
    let plan = |target: &str| {
        let mut make = Command::new("make");
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let output = make
            .args(["--dry-run", target])
            .current_dir(folder)
            .output();
        let output = output.expect("make runs");
        assert!(output.status.success(), "{}", stderr(&output));
        stdout(&output)
    };
    let up = plan("up-batch");
    assert!(
        up.contains("docker compose -f docker-compose.batch.yml up"),
        "{up}"
    );
    let up = plan("up-streaming");
    assert!(
        up.contains("docker compose -f docker-compose.streaming.yml up"),
        "{up}"
    );
    let down = plan("down");
    for file in ["docker-compose.batch.yml", "docker-compose.streaming.yml"] {
        assert!(down.contains(file), "{down}");
    }
    let daily = plan("daily").replace("$(scripts/binary)", "retail");
    let runs = daily.lines().filter(|line| line.starts_with("retail "));
    assert_eq!(
        runs.flat_map(refused_in).collect::<Vec<_>>(),
        Vec::<String>::new()
    );
    assert!(daily.contains("retail batch\nretail verify"), "{daily}");
}
