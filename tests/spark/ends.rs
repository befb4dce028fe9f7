//! How runs end that cannot go on: one line, nothing half written, and the next one succeeds.

use std::fs;
use std::io::{BufRead, BufReader};
use std::time::Duration;

use crate::common::services::Own;
use crate::common::{Running, Shop};
use crate::lake::{fs_text, hdfs};
use crate::servers::{both, spark};

/// Starts a batch on Spark, and returns when Spark works for it.
fn at_work(shop: &Shop, remote: &str) -> Running {
    let mut command = shop.retail(&["-v", "batch", "--engine", "spark", "--remote", remote]);
    command.stderr(std::process::Stdio::piped());
    let mut running = Running::of(command);
    let mut lines = BufReader::new(running.stderr()).lines();
    let is_at_work = lines.any(|line| line.expect("text").contains("named on Spark"));
    assert!(is_at_work, "it ended before it had begun");
    // What comes is to be read, or it would wait for that.
    std::thread::spawn(move || lines.for_each(drop));
    running
}

/// A Spark of a test's own with this variable of `scripts/services-spark`, as long as it is held, and
/// its address; none, with the reason printed, where it cannot run.
fn own_spark(variable: &'static str, value: &str) -> Option<(Own, String)> {
    let own = Own::prepare("spark", &["PORT"])?.with(variable, value);
    own.act("start", "").expect("it starts");
    let remote = format!("sc://127.0.0.1:{}", own.port(0));
    Some((own, remote))
}

fn shop() -> Shop {
    let shop = Shop::new();
    shop.json(&["generate", "--days", "3", "--profile", "classic"]);
    shop.json(&["batch"]);
    shop
}

fn kpis(shop: &Shop) -> String {
    shop.read("data/output/analysis_csv_kpis/part-00000.csv")
}

#[test]
fn who_cannot_be_reached_or_understood_is_named() {
    let shop = shop();
    let before = kpis(&shop);
    let asked = |remote: &str, status| {
        shop.fail(&["batch", "--engine", "spark", "--remote", remote], status)
    };
    let nobody = asked("sc://127.0.0.1:1", 1);
    assert!(
        nobody.contains("no Spark Connect server answers there"),
        "{nobody}"
    );
    let wrong = asked("spark://127.0.0.1:7077", 2);
    assert!(wrong.contains("sc://"), "{wrong}");
    let none = shop.fail(&["batch", "--engine", "spark"], 2);
    assert!(none.contains("SPARK_REMOTE"), "{none}");
    let mut from_variable = shop.retail(&["batch", "--engine", "spark"]);
    from_variable.env("SPARK_REMOTE", "sc://127.0.0.1:1/;token=s3cret");
    let said = crate::common::stderr(&from_variable.output().expect("it starts"));
    assert!(said.contains("sc://127.0.0.1:1"), "{said}");
    assert!(!said.contains("s3cret"), "{said}");
    let stdin = shop.fail(
        &[
            "batch",
            "--input",
            "-",
            "--engine",
            "spark",
            "--remote",
            "sc://127.0.0.1:1",
        ],
        2,
    );
    assert!(stdin.contains("standard input"), "{stdin}");
    assert_eq!(kpis(&shop), before);
    assert_eq!(shop.litter(), Vec::<String>::new());
}

#[test]
fn an_older_spark_is_refused_by_its_version() {
    let Some((_own, remote)) = own_spark("RETAIL_SPARK_VERSION", "3.5.7") else {
        return;
    };
    let shop = shop();
    for run in [
        &["batch", "--engine", "spark", "--remote", &remote][..],
        &["jobs", "list", "--remote", &remote],
    ] {
        let before = kpis(&shop);
        let refused = shop.fail(run, 1);
        let named = "is Spark 3.5.7; Spark 4.0 or later is needed";
        assert!(refused.contains(named), "{refused}");
        assert_eq!(refused.lines().count(), 1, "{refused}");
        assert_eq!(kpis(&shop), before);
    }
}

#[test]
fn a_server_behind_a_token_wants_it() {
    let Some((_own, address)) = own_spark("RETAIL_SPARK_TOKEN", "s3cret") else {
        return;
    };
    let shop = shop();
    for token in ["", "/;token=wrong"] {
        let remote = format!("{address}{token}");
        let refused = shop.fail(&["batch", "--engine", "spark", "--remote", &remote], 1);
        assert!(refused.contains("token"), "{refused}");
        assert!(!refused.contains("wrong"), "{refused}");
    }
    let remote = format!("{address}/;token=s3cret");
    let summary = shop.json(&["batch", "--engine", "spark", "--remote", &remote]);
    assert_eq!(summary["read"], 144);
}

#[test]
fn spark_that_goes_in_the_middle_leaves_what_was_there() {
    let Some(own) = Own::prepare("spark", &["PORT"]) else {
        return;
    };
    own.act("start", "").expect("it starts");
    let shop = shop();
    let before = kpis(&shop);
    shop.json(&["generate", "--days", "4", "--profile", "classic"]);
    let remote = format!("sc://127.0.0.1:{}", own.port(0));
    let mut running = at_work(&shop, &remote);
    own.act("crash", "").expect("it is killed");
    assert!(running.ends_within(Duration::from_secs(90)));
    assert_eq!(running.end().status.code(), Some(1));
    assert_eq!(kpis(&shop), before);
    own.act("start", "").expect("it starts again");
    let summary = shop.json(&["batch", "--engine", "spark", "--remote", &remote]);
    assert_eq!(summary["read"], 192);
    assert_eq!(shop.litter(), Vec::<String>::new());
}

#[test]
fn sums_that_a_driver_refuses_for_their_size_come_in_slices() {
    let Some((_own, remote)) = own_spark("RETAIL_SPARK_CONF", "spark.driver.maxResultSize=64k")
    else {
        return;
    };
    let shop = Shop::new();
    shop.json(&[
        "generate",
        "--days",
        "14",
        "--transactions-per-day",
        "400",
        "--products",
        "2000",
    ]);
    let summary = both(&shop, &remote, &[]);
    // Each of them has more than a dozen numbers.
    assert!(
        summary["groups"].as_u64() > Some((64 << 10) / 100),
        "{summary}"
    );
    // Of what is refused otherwise, a line is said.
    let asked = ["batch", "--engine", "spark", "--remote", &remote];
    let refused = shop.fail(&[&asked[..], &["--analysis", "warehouse"]].concat(), 1);
    assert!(refused.contains("spark.driver.maxResultSize"), "{refused}");
    assert_eq!(refused.lines().count(), 1, "{refused}");
}

/// A server ends every answer after two minutes; this one after a moment.
#[test]
fn an_answer_that_the_server_ends_early_is_asked_for_to_its_end() {
    let setting = "spark.connect.execute.reattachable.senderMaxStreamDuration=200ms";
    let Some((_own, remote)) = own_spark("RETAIL_SPARK_CONF", setting) else {
        return;
    };
    let shop = shop();
    let asked = ["--analysis", "daily_kpis"];
    let summary = both(&shop, &remote, &asked);
    assert_eq!(summary["read"], 144);
}

#[test]
fn a_signal_ends_a_run_on_spark() {
    let Some(remote) = spark() else { return };
    let shop = shop();
    let before = kpis(&shop);
    shop.json(&["generate", "--days", "4", "--profile", "classic"]);
    let mut running = at_work(&shop, remote);
    running.signal("INT");
    assert!(running.ends_within(Duration::from_secs(30)));
    assert_eq!(running.end().status.code(), Some(130));
    assert_eq!(kpis(&shop), before);
    assert_eq!(shop.litter(), Vec::<String>::new());
}

#[test]
fn an_executor_that_is_killed_costs_no_record() {
    let ports = [
        "CLUSTER_PORT",
        "MASTER_PORT",
        "MASTER_UI_PORT",
        "WORKER_PORT",
        "WORKER_UI_PORT",
    ];
    let Some(own) = Own::prepare("spark-cluster", &ports) else {
        return;
    };
    own.act("start", "").expect("it starts");
    let shop = shop();
    let remote = format!("sc://127.0.0.1:{}", own.port(0));
    let mut running = at_work(&shop, &remote);
    own.act("crash", "/worker").expect("it is killed");
    own.act("start", "/worker").expect("it starts again");
    // Spark does again what was lost.
    assert!(running.ends_within(Duration::from_secs(300)));
    assert_eq!(running.end().status.code(), Some(0));
    assert_eq!(
        kpis(&shop).lines().nth(1).map(|row| row.ends_with(",144")),
        Some(true)
    );
}

#[test]
fn what_spark_may_not_read_is_named() {
    let Some(hdfs) = hdfs() else { return };
    let Some((_own, remote)) = own_spark("RETAIL_SPARK_USER", "stranger") else {
        return;
    };
    let shop = shop();
    let root = format!("{hdfs}/closed-{}", std::process::id());
    fs_text(&["-mkdir", "-p", &root]);
    fs_text(&[
        "-put",
        shop.path("data/input").to_str().expect("text"),
        &format!("{root}/input"),
    ]);
    fs_text(&["-chmod", "-R", "go-rwx", &root]);
    let input = format!("{root}/input");
    let engine = ["--engine", "spark", "--remote", &remote];
    let refused = shop.fail(
        &[
            &["batch", "--input", &input, "--output", "out"],
            &engine[..],
        ]
        .concat(),
        1,
    );
    assert!(refused.contains("Permission denied"), "{refused}");
    assert!(refused.contains("stranger"), "{refused}");
    assert!(!shop.path("out/analysis_csv").exists());
    fs_text(&["-rm", "-r", "-skipTrash", &root]);
    let _ = fs::remove_dir_all(shop.path("out"));
}
