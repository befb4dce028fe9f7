//! `retail jobs` over real queries and a real batch.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::broker::{kafka, topic};
use crate::common::{Shop, stderr, stdout};
use crate::figures::classic;
use crate::live::on;
use crate::servers::spark;
use crate::world::{replay, stream};

/// A user of a test's own sees nothing of others.
fn alone(remote: &str, topic: &str) -> String {
    format!("{remote}/;user_id={topic}")
}

fn find<'a>(told: &'a Value, name: &str) -> Option<&'a Value> {
    let jobs = told["jobs"].as_array().expect("jobs");
    jobs.iter().find(|job| job["name"] == name)
}

#[test]
fn a_stream_is_shown_ended_and_cleared_up_after() {
    let (Some(remote), Some(broker)) = (spark(), kafka()) else {
        return;
    };
    let (shop, topic) = (Shop::new(), topic());
    let remote = alone(remote, &topic);
    classic(&shop);
    shop.json(&replay(&broker, &topic, &["--rate", "0"]));
    let jobs = |args: &[&str]| shop.json(&[&["jobs"], args, &["--remote", &remote]].concat());
    assert_eq!(jobs(&["list"])["jobs"], json!([]));
    let apart = [
        "--output",
        "far",
        "--checkpoint",
        "checkpoints/far",
        "--commit-interval",
        "1s",
    ];
    let submit = on(&remote, &stream(&broker, &topic, &apart));
    let begun = shop.json(&submit);
    let name = begun["name"].as_str().expect("a name").to_owned();
    let rejects = format!("{name}-rejects");
    let deadline = Instant::now() + Duration::from_secs(120);
    let told = loop {
        let told = jobs(&["list"]);
        if find(&told, &name).is_some_and(|job| job["last_batch_rows"] == 1008) {
            break told;
        }
        assert!(Instant::now() < deadline, "{told}");
        std::thread::sleep(Duration::from_millis(200));
    };
    let job = find(&told, &name).expect("it runs");
    assert_eq!(
        (&job["state"], &job["work"]),
        (&json!("running"), &json!("stream"))
    );
    assert_eq!(job["id"], begun["id"]);
    assert!(
        job["rows_per_second"]
            .as_f64()
            .is_some_and(|rate| rate > 0.0),
        "{job}"
    );
    assert_eq!(find(&told, &rejects).expect("it runs")["state"], "running");
    let status = jobs(&["status", &name]);
    assert_eq!(status["progress"]["name"], json!(name));
    // Another on the same checkpoint would write twice.
    let text = shop.fail(&submit, 1);
    assert!(text.contains(&format!("retail jobs stop {name}")), "{text}");
    // Nothing that runs is cleared, and nothing at all without --yes.
    let marker = shop.path("checkpoints/far/_retail.json");
    std::fs::create_dir_all(shop.path("checkpoints/other/revenue")).expect("a folder");
    let kept = jobs(&["clean", "--yes"]);
    assert_eq!(kept["checkpoints"][0]["removed"], false, "{kept}");
    let ended = jobs(&["stop", &name]);
    assert_eq!(ended["stopped"], json!([name, rejects]));
    assert_eq!(jobs(&["status", &name])["job"]["state"], "stopped");
    let text = shop.fail(&["jobs", "stop", &name, "--remote", &remote], 1);
    assert!(text.contains("does not run"), "{text}");
    let shown = jobs(&["clean"]);
    assert_eq!(
        (&shown["dry_run"], &shown["checkpoints"][0]["kept"]),
        (&json!(true), &Value::Null)
    );
    assert!(marker.exists());
    let text = shop.run(&["jobs", "clean", "--remote", &remote]);
    assert!(
        String::from_utf8_lossy(&text.stdout).contains("Would remove"),
        "{}",
        stderr(&text)
    );
    let done = jobs(&["clean", "--yes"]);
    assert_eq!(
        done["checkpoints"].as_array().map(Vec::len),
        Some(1),
        "{done}"
    );
    assert_eq!(done["checkpoints"][0]["removed"], true);
    assert!(!shop.path("checkpoints/far").exists());
    assert!(
        shop.path("checkpoints/other/revenue").exists(),
        "it is of somebody else"
    );
    assert!(shop.path("far/_spark_metadata").exists(), "outputs stay");
    assert_eq!(jobs(&["list"])["jobs"], json!([]));
    // Without its checkpoint the output is nobody's.
    let text = shop.fail(&submit, 1);
    assert!(text.contains("is not empty"), "{text}");
}

#[test]
fn all_are_ended_at_once_and_a_failed_one_says_why() {
    let (Some(remote), Some(broker)) = (spark(), kafka()) else {
        return;
    };
    let (shop, topic) = (Shop::new(), topic());
    let remote = alone(remote, &topic);
    classic(&shop);
    shop.json(&replay(&broker, &topic, &["--rate", "0"]));
    for number in ["1", "2"] {
        let (output, checkpoint) = (format!("far{number}"), format!("checkpoints/{number}"));
        let apart = ["--output", &output, "--checkpoint", &checkpoint];
        shop.json(&on(&remote, &stream(&broker, &topic, &apart)));
    }
    let jobs = |args: &[&str]| shop.json(&[&["jobs"], args, &["--remote", &remote]].concat());
    let ended = jobs(&["stop", "--all"]);
    assert_eq!(
        ended["stopped"].as_array().map(Vec::len),
        Some(4),
        "{ended}"
    );
    assert_eq!(jobs(&["stop", "--all"])["stopped"], json!([]));
    let cleaned = jobs(&["clean", "--yes"]);
    assert_eq!(
        cleaned["checkpoints"].as_array().map(Vec::len),
        Some(2),
        "{cleaned}"
    );
}

#[test]
fn a_batch_is_shown_and_ended() {
    let Some(remote) = spark() else { return };
    let shop = Shop::new();
    let remote = alone(remote, &crate::broker::topic());
    let size = ["--days", "60", "--transactions-per-day", "20000"];
    shop.json(&[&["generate"], &size[..]].concat());
    let mut batch = shop.start(&["batch", "--engine", "spark", "--remote", &remote]);
    let jobs = |args: &[&str]| shop.json(&[&["jobs"], args, &["--remote", &remote]].concat());
    let deadline = Instant::now() + Duration::from_secs(60);
    let name = loop {
        let told = jobs(&["list"]);
        if let Some(job) = told["jobs"].as_array().expect("jobs").first() {
            assert_eq!(
                (&job["work"], &job["state"]),
                (&json!("batch"), &json!("running"))
            );
            assert!(job["percent"].as_u64() <= Some(100), "{job}");
            assert!(job["percent"].is_u64(), "{job}");
            break job["name"].as_str().expect("a name").to_owned();
        }
        assert!(Instant::now() < deadline, "{told}");
    };
    // Between two questions nothing can be ended.
    while !batch.ends_within(Duration::from_millis(300)) {
        let ended = shop.run(&["--json", "jobs", "stop", &name, "--remote", &remote]);
        let gone = stderr(&ended).contains("nothing of this name");
        assert!(ended.status.success() || gone, "{}", stderr(&ended));
        assert!(Instant::now() < deadline + Duration::from_secs(60));
    }
    let output = batch.end();
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(
        stderr(&output).contains("retail jobs stop"),
        "{}",
        stderr(&output)
    );
    assert!(!shop.path("data/output/analysis_csv").exists());
    assert_eq!(jobs(&["list"])["jobs"], json!([]));
    // A rerun is as if nothing had been.
    shop.json(&["batch", "--engine", "spark", "--remote", &remote]);
}

#[test]
fn doctor_tells_what_a_server_can_and_for_how_long() {
    let Some(remote) = spark() else { return };
    let shop = Shop::new();
    let report = shop.json(&["doctor", &format!("{remote}/;user_id=someone")]);
    let findings = report["findings"].as_array().expect("findings");
    let found = findings.iter().find(|one| one["server"] == "Spark");
    let checks = found.expect("Spark")["checks"].as_array().expect("checks");
    let check = |what: &str| {
        let found = checks.iter().find(|check| check["what"] == what);
        let found = found.unwrap_or_else(|| panic!("{what}: {report}"));
        let text = |name: &str| found[name].as_str().expect("text").to_owned();
        (text("state"), text("found"))
    };
    let answers = ("ok".to_owned(), "version 4.2.0, as user someone".to_owned());
    assert_eq!(check("answers"), answers);
    assert_eq!(check("clock").0, "ok");
    assert_eq!(check("kafka").0, "ok");
    // An hour is what Spark 4.2 has where nobody has set it.
    let (state, found) = check("sessions");
    assert!(state == "warning" && found.contains("60m"), "{found}");
    let nobody = shop.run(&["doctor", "sc://127.0.0.1:1/;token=s3cret"]);
    assert_eq!(nobody.status.code(), Some(3));
    let text = stdout(&nobody);
    assert!(text.contains("no Spark Connect server answers"), "{text}");
    assert!(!text.contains("s3cret"), "{text}");
}
