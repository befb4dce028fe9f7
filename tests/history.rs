//! `retail history`: every run leaves an entry, however it ends, and no log fails a run.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::fs;

use common::{Shop, SmallDisk, stderr, stdout};
use serde_json::{Value, json};

const HEADER: &str = "order_id,order_date,product,amount\n";

/// A shop with three rows of input, one of which is no sale.
fn shop() -> Shop {
    let shop = Shop::new();
    let rows = "1,2025-01-01,Tea,1.50\n2,2025-01-02,Tea,2.50\n3,2025-01-02,Tea,much\n";
    shop.write("data/input/a.csv", format!("{HEADER}{rows}"));
    shop
}

/// What `history` shows, the newest first.
fn runs(shop: &Shop, args: &[&str]) -> Vec<Value> {
    let told = shop.json(&[&["history", "--limit", "0"], args].concat());
    assert_eq!(told["command"], "history");
    let runs = told["runs"].as_array().unwrap().clone();
    assert_eq!(told["in_all"], runs.len());
    runs
}

/// One part of each of some runs.
fn all(runs: &[Value], part: &str) -> Vec<Value> {
    runs.iter().map(|run| run[part].clone()).collect()
}

/// The names of the files in a log, but of one that is just written.
fn entries(shop: &Shop, log: &str) -> Vec<String> {
    let files = fs::read_dir(shop.path(log)).into_iter().flatten();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let names = names.filter(|name| !name.ends_with(".tmp"));
    let mut names: Vec<_> = names.collect();
    names.sort();
    names
}

fn read(shop: &Shop, file: &str) -> Value {
    serde_json::from_str(&shop.read(file)).unwrap()
}

#[test]
fn every_command_leaves_an_entry_beside_its_output() {
    let shop = Shop::new();
    let sizes = ["--days", "3", "--start-date", "2025-01-01"];
    shop.json(&[&["generate"][..], &sizes].concat());
    shop.json(&["batch"]);
    shop.json(&["stream", "--rate", "0"]);
    shop.json(&["verify"]);
    shop.json(&["generate", "--world", "orders", "--duration", "1m"]);
    let job = ["stream", "--job", "orders", "--rate", "0", "--input"];
    shop.json(&[&job[..], &["data/worlds/orders"]].concat());

    let lines = |name: &str| shop.read(name).lines().count();
    let days = ["01", "02", "03"].map(|day| format!("data/input/retail_2025-01-{day}.csv"));
    let sales: usize = days.iter().map(|day| lines(day) - 1).sum();
    let orders: usize = fs::read_dir(shop.path("data/worlds/orders"))
        .unwrap()
        .map(|topic| topic.unwrap().path().join("part-00000.jsonl"))
        .filter(|part| part.exists())
        .map(|part| fs::read_to_string(part).unwrap().lines().count())
        .sum();
    assert!(sales > 0 && orders > 0);

    let runs = runs(&shop, &[]);
    let told = runs.iter().map(|run| {
        let output = run["output"].as_str().unwrap();
        let output = output.rsplit_once("/data/").unwrap().1.to_owned();
        let what = run["what"].to_string();
        let command = run["command"].as_str().unwrap().to_owned();
        (
            command,
            output,
            what,
            run["rows"].as_u64().unwrap() as usize,
        )
    });
    let expected = [
        ("stream", "output/live", r#"["orders"]"#, orders),
        ("generate", "worlds/orders", r#"["orders"]"#, orders),
        ("verify", "output", "[]", sales),
        ("stream", "output/streaming_product_revenue", "[]", sales),
        ("batch", "output", "[]", sales),
        ("generate", "input", "[]", sales),
    ];
    let expected = expected.map(|(command, output, what, rows)| {
        (command.to_owned(), output.to_owned(), what.to_owned(), rows)
    });
    assert_eq!(told.collect::<Vec<_>>(), expected);
    for run in &runs {
        assert_eq!(run["outcome"], "done", "{run}");
        assert_eq!(run["exit_status"], 0, "{run}");
        assert_eq!(run["error"], Value::Null, "{run}");
        assert_eq!(run["source"], "log", "{run}");
        let seconds = run["seconds"].as_f64().unwrap();
        assert!(seconds > 0.0 && seconds < 600.0, "{run}");
        assert!(run["started"].as_str() <= run["finished"].as_str(), "{run}");
    }
    for run in &runs[2..5] {
        assert_eq!(run["rejected"], 0, "{run}");
    }
    assert_eq!(entries(&shop, "data/_history").len(), 1);
    assert_eq!(entries(&shop, "data/worlds/_history").len(), 1);
    assert_eq!(entries(&shop, "data/output/_history").len(), 4);
    assert_eq!(shop.litter(), Vec::<String>::new());

    let table = stdout(&shop.run(&["history"]));
    assert_eq!(table.lines().count(), 8, "{table}");
    assert!(
        table.lines().all(|line| line.chars().count() <= 80),
        "{table}"
    );
    assert!(table.lines().nth(6).unwrap().contains("batch"), "{table}");
}

#[test]
fn what_reads_only_leaves_none() {
    let shop = shop();
    shop.json(&["batch"]);
    let before = entries(&shop, "data/output/_history");
    shop.run(&["generate", "--days", "1", "--output", "-"]);
    shop.run(&["replay", "--rate", "0"]);
    shop.run(&["query", "SELECT * FROM kpis"]);
    shop.run(&["history"]);
    shop.run(&["cleanup", "--dry-run"]);
    shop.run(&["stream", "--job", "list"]);
    shop.run(&["stream", "--job", "sales", "--output", "-", "--rate", "0"]);
    assert_eq!(entries(&shop, "data/output/_history"), before);
    assert_eq!(before.len(), 1);
    assert!(!shop.path("data/_history").exists() && !shop.path("_history").exists());
}

#[test]
fn too_many_rejects_and_figures_that_differ_are_checks_that_failed() {
    let shop = shop();
    let output = shop.run(&["batch", "--max-rejects", "0"]);
    assert_eq!(output.status.code(), Some(3));
    shop.write("data/input/b.csv", format!("{HEADER}9,2025-01-03,Tea,1\n"));
    assert_eq!(shop.run(&["verify"]).status.code(), Some(3));
    let runs = runs(&shop, &["--failed"]);
    assert_eq!(all(&runs, "command"), ["verify", "batch"]);
    assert_eq!(all(&runs, "outcome"), ["check_failed", "check_failed"]);
    assert_eq!(all(&runs, "exit_status"), [3, 3]);
    assert_eq!(all(&runs, "rows"), [4, 3]);
    assert_eq!(all(&runs, "rejected"), [1, 1]);
    let table = stdout(&shop.run(&["history"]));
    assert!(
        table.contains("differs") && table.contains("rejects"),
        "{table}"
    );
}

#[test]
fn a_failed_run_says_why_and_wrong_usage_was_none() {
    let shop = shop();
    // Nothing is made for a run that fails before it makes something, or for wrong usage.
    shop.fail(&["batch", "--input", "nothing"], 1);
    shop.fail(&["verify"], 1);
    assert!(!shop.path("data/output").exists());
    shop.fail(&["stream", "--slide", "7m"], 2);
    shop.fail(&["generate", "--output", "x", "--master", "x"], 2);
    assert!(!shop.path("data/_history").exists() && !shop.path("_history").exists());

    shop.json(&["batch"]);
    let line = shop.fail(&["batch", "--input", "nothing"], 1);
    shop.fail(
        &["batch", "--input", "data/output", "--output", "data/output"],
        2,
    );
    shop.fail(&["batch", "--delimiter", "ab"], 2);
    let told = runs(&shop, &[]);
    assert_eq!(all(&told, "outcome"), ["failed", "done"]);
    let error = told[0]["error"].as_str().unwrap();
    assert_eq!(format!("error: {error}"), line);
    assert_eq!(
        (&told[0]["exit_status"], &told[0]["rows"]),
        (&json!(1), &Value::Null)
    );
    let text = stdout(&shop.run(&["history"]));
    assert!(text.trim_end().ends_with(error), "{text}");
    assert_eq!(runs(&shop, &["--failed"]).len(), 1);
}

#[test]
fn a_signal_aborts_a_batch_and_stops_a_stream() {
    let shop = shop();
    // It waits for input that does not come; the folder of outputs is there.
    fs::create_dir_all(shop.path("data/output")).unwrap();
    let wait = ["batch", "--input", "later", "--wait-for-input", "300s"];
    let mut run = shop.start(&wait);
    assert!(run.until(|| !entries(&shop, "data/output/_history").is_empty()));
    run.signal("TERM");
    assert_eq!(run.end().status.code(), Some(143));
    let mut run = shop.start(&["stream", "--loop", "--rate", "50"]);
    let output = shop.path("data/output/streaming_product_revenue");
    assert!(run.until(|| output.join("_run.json").exists()));
    run.signal("INT");
    assert_eq!(run.end().status.code(), Some(130));
    let runs = runs(&shop, &[]);
    assert_eq!(all(&runs, "command"), ["stream", "batch"]);
    assert_eq!(all(&runs, "outcome"), ["stopped", "interrupted"]);
    assert_eq!(all(&runs, "exit_status"), [130, 143]);
    assert_eq!(
        all(&runs, "error"),
        [Value::Null, json!("interrupted by SIGTERM")]
    );
    assert_eq!(runs[0]["rows"], runs[0]["figures"]["read"]);
}

#[test]
fn a_killed_run_is_shown_as_killed() {
    let shop = shop();
    // Its stdin is open and says nothing, so it goes on; the folder of outputs is new.
    let (mut run, stdin) = shop.start_fed(&["batch", "--input", "-"]);
    assert!(run.until(|| !entries(&shop, "data/output/_history").is_empty()));
    let told = runs(&shop, &[]);
    assert_eq!(all(&told, "outcome"), ["running"]);
    assert_eq!(told[0]["finished"], Value::Null);
    assert!(told[0]["seconds"].as_f64().unwrap() < 60.0);
    run.kill();
    drop(stdin);
    let told = runs(&shop, &["--failed"]);
    assert_eq!(all(&told, "outcome"), ["killed"]);
    assert_eq!(told[0]["seconds"], Value::Null);
    // The next run is not kept from anything by it.
    shop.json(&["batch"]);
    assert_eq!(all(&runs(&shop, &[]), "outcome"), ["done", "killed"]);
}

#[test]
fn of_a_run_elsewhere_the_next_one_tells_that_it_died() {
    let shop = shop();
    shop.json(&["batch"]);
    let name = entries(&shop, "data/output/_history").remove(0);
    let file = format!("data/output/_history/{name}");
    let mut entry = read(&shop, &file);
    entry["outcome"] = json!("running");
    entry["finished"] = Value::Null;
    entry["host"] = json!("another");
    entry["process"]["table"] = json!("another boot");
    shop.write(&file, entry.to_string());
    assert_eq!(all(&runs(&shop, &[]), "outcome"), ["running"]);
    // Whoever proves the folder does not replace it.
    shop.json(&["verify"]);
    assert_eq!(all(&runs(&shop, &[]), "outcome"), ["done", "running"]);
    shop.json(&["batch"]);
    assert_eq!(
        all(&runs(&shop, &[]), "outcome"),
        ["done", "done", "killed"]
    );
    // This machine was started anew since; no later entry tells of it.
    entry["host"] = json!(host());
    shop.write(&file, entry.to_string());
    for other in entries(&shop, "data/output/_history") {
        if other != name {
            fs::remove_file(shop.path(&format!("data/output/_history/{other}"))).unwrap();
        }
    }
    let told = runs(&shop, &[]);
    assert_eq!(all(&told, "outcome"), ["done", "killed"]);
    assert_eq!(all(&told, "source"), ["run_record", "log"]);
}

fn host() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    name.trim().to_owned()
}

#[test]
fn runs_at_once_leave_an_entry_each() {
    let shop = shop();
    let (mut run, stdin) = shop.start_fed(&["batch", "--input", "-"]);
    assert!(run.until(|| shop.litter_with("analysis_parquet.retail-lock")));
    let line = shop.fail(&["batch"], 1);
    assert!(line.contains("in use by"), "{line}");
    drop(stdin);
    // Without any input it fails; that is its own affair.
    assert_eq!(run.end().status.code(), Some(1));
    let told = runs(&shop, &[]);
    assert_eq!(all(&told, "outcome"), ["failed", "failed"]);
    assert!(told[0]["error"].as_str().unwrap().contains("in use by"));

    shop.json(&["batch"]);
    let proofs: Vec<_> = (0..6).map(|_| shop.start(&["verify"])).collect();
    for proof in proofs {
        let output = proof.end();
        assert!(output.status.success(), "{}", stderr(&output));
    }
    let proofs = runs(&shop, &["--command", "verify"]);
    assert_eq!(all(&proofs, "outcome"), vec![json!("done"); 6]);
    assert_eq!(all(&proofs, "rows"), vec![json!(3); 6]);
}

#[test]
fn run_records_tell_of_what_no_log_knows() {
    let shop = shop();
    shop.json(&["batch"]);
    shop.json(&["stream", "--rate", "0"]);
    assert_eq!(runs(&shop, &[]).len(), 2);
    fs::rename(shop.path("data/output/_history"), shop.path("log")).unwrap();
    let told = runs(&shop, &[]);
    assert_eq!(all(&told, "command"), ["stream", "batch"]);
    assert_eq!(all(&told, "source"), ["run_record", "run_record"]);
    assert_eq!(all(&told, "outcome"), ["done", "done"]);
    assert_eq!(all(&told, "rows"), [3, 3]);
    assert_eq!(all(&told, "rejected"), [1, 1]);
    let output = told[1]["output"].as_str().unwrap();
    assert!(output.ends_with("/data/output"), "{output}");
    // A log that knows one of the two leaves the other to its record.
    let is_stream = |name: &String| read(&shop, &format!("log/{name}"))["command"] == "stream";
    let stream = entries(&shop, "log").into_iter().find(is_stream).unwrap();
    shop.write(
        &format!("data/output/_history/{stream}"),
        shop.read(&format!("log/{stream}")),
    );
    let told = runs(&shop, &[]);
    assert_eq!(all(&told, "command"), ["stream", "batch"]);
    assert_eq!(all(&told, "source"), ["log", "run_record"]);
    // The same process at another time is another run.
    let mut record = read(&shop, "data/output/analysis_csv/_run.json");
    let (_, rest) = record["run_id"].as_str().unwrap().split_once('-').unwrap();
    let earlier = format!("20250101T000000Z-{rest}");
    record["run_id"] = json!(earlier);
    shop.write("data/output/copied/_run.json", record.to_string());
    assert_eq!(runs(&shop, &[]).len(), 3);
    fs::remove_dir_all(shop.path("data/output/copied")).unwrap();
    // Set aside, it is still a run; it is not shown twice where the log knows it.
    shop.json(&["stream", "--rate", "0", "--fresh"]);
    let told = runs(&shop, &["--command", "stream"]);
    assert_eq!(all(&told, "source"), ["log", "log"]);
    fs::remove_dir_all(shop.path("data/output/_history")).unwrap();
    assert_eq!(runs(&shop, &["--command", "stream"]).len(), 2);
}

#[test]
fn a_moved_folder_takes_its_runs_with_it() {
    let shop = shop();
    shop.json(&["generate", "--days", "1", "--output", "sales/in"]);
    shop.json(&["batch", "--input", "sales/in", "--output", "sales/out"]);
    fs::rename(shop.path("sales"), shop.path("archive")).unwrap();
    let told = runs(&shop, &["archive"]);
    assert_eq!(all(&told, "command"), ["batch", "generate"]);
    for (run, folder) in told.iter().zip(["out", "in"]) {
        let output = run["output"].as_str().unwrap();
        let expected = shop.path("archive").canonicalize().unwrap().join(folder);
        assert_eq!(output, expected.to_str().unwrap());
    }
    // Of the log beside it, what is about a folder.
    shop.json(&["generate", "--days", "1", "--output", "archive/other"]);
    assert_eq!(all(&runs(&shop, &["archive/in"]), "command"), ["generate"]);
    assert_eq!(runs(&shop, &["archive"]).len(), 3);
    let line = shop.fail(&["history", "sales"], 1);
    assert!(line.contains("sales: no such folder"), "{line}");
}

#[test]
fn what_is_no_entry_is_said_and_passed_over() {
    let shop = shop();
    shop.json(&["batch"]);
    let name = entries(&shop, "data/output/_history").remove(0);
    let text = shop.read(&format!("data/output/_history/{name}"));
    shop.write("data/output/_history/torn.json", &text[..text.len() / 2]);
    shop.write("data/output/_history/notes.txt", "mine");
    shop.write("data/output/old/_run.json", "{");
    let output = shop.run(&["--json", "history"]);
    assert!(output.status.success());
    let said = stderr(&output);
    assert_eq!(said.lines().count(), 2, "{said}");
    assert!(said.contains("_history/torn.json: not an entry"), "{said}");
    assert!(said.contains("old/_run.json: not a run record"), "{said}");
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(all(told["runs"].as_array().unwrap(), "command"), ["batch"]);
    assert_eq!(told["unreadable"].as_array().unwrap().len(), 2);
    // The next run minds neither.
    shop.json(&["batch"]);
    assert_eq!(shop.read("data/output/_history/notes.txt"), "mine");
}

#[test]
fn the_newest_thousand_are_kept() {
    let shop = shop();
    shop.json(&["batch"]);
    let log = "data/output/_history";
    let name = entries(&shop, log).remove(0);
    let entry = read(&shop, &format!("{log}/{name}"));
    for number in 0..1003 {
        let run_id = format!("20200101T{:06}Z-1-{number:08x}", number);
        let mut entry = entry.clone();
        entry["run_id"] = json!(run_id);
        entry["started"] = json!("2020-01-01T00:00:00.000Z");
        shop.write(&format!("{log}/{run_id}.json"), entry.to_string());
    }
    // One of the oldest goes on: this process did not end.
    let file = format!("{log}/20200101T000002Z-1-00000002.json");
    let mut going_on = read(&shop, &file);
    let (mut run, stdin) = shop.start_fed(&["batch", "--input", "-", "--output", "other"]);
    assert!(run.until(|| !entries(&shop, "other/_history").is_empty()));
    let other = entries(&shop, "other/_history").remove(0);
    going_on["process"] = read(&shop, &format!("other/_history/{other}"))["process"].clone();
    going_on["outcome"] = json!("running");
    shop.write(&file, going_on.to_string());
    shop.write(&format!("{log}/20190101T000000Z-1-00000000.txt"), "mine");
    shop.json(&["batch"]);
    let left = entries(&shop, log);
    // A text of somebody, the old run that goes on, and of 1,005 the newest thousand.
    assert_eq!(left.len(), 1 + 1 + 1000);
    assert_eq!(left[0], "20190101T000000Z-1-00000000.txt");
    assert_eq!(left[1], "20200101T000002Z-1-00000002.json");
    assert_eq!(left[2], "20200101T000005Z-1-00000005.json");
    assert_eq!(left[1001].len(), name.len());
    assert!(left.contains(&name));
    drop(stdin);
    run.kill();
    let output = shop.run(&["--json", "history"]);
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["runs"].as_array().unwrap().len(), 20);
    assert_eq!(told["in_all"], 1001);
    let table = stdout(&shop.run(&["history", "--limit", "3"]));
    assert!(
        table.contains("(998 more runs; --limit 0 shows all)"),
        "{table}"
    );
}

#[test]
fn a_log_that_cannot_be_written_is_said_and_fails_nothing() {
    let shop = shop();
    shop.write("data/output/_history", "a file in its way");
    let output = shop.run(&["batch"]);
    assert!(output.status.success());
    let said = stderr(&output);
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("[WARN] no entry in the history: "), "{said}");
    assert_eq!(shop.read("data/output/_history"), "a file in its way");
    // Where the run fails, only that is said; and the runs are known by their records.
    let output = shop.run(&["batch", "--input", "nothing"]);
    assert_eq!(stderr(&output).lines().count(), 1);
}

#[test]
fn an_end_is_told_on_a_full_disk() {
    let Some(disk) = SmallDisk::mount(64) else {
        return;
    };
    let shop = shop();
    let output = disk.path().join("out");
    fs::create_dir_all(&output).unwrap();
    let (output, log) = (output.to_str().unwrap(), output.join("_history"));
    let wait = ["batch", "--wait-for-input", "300s", "--input", "later"];
    let mut run = shop.start(&[&wait[..], &["--output", output]].concat());
    let log = log.to_str().unwrap();
    assert!(run.until(|| !entries(&shop, log).is_empty()));
    assert!(fs::write(disk.path().join("filler"), vec![0; 1 << 20]).is_err());
    run.signal("TERM");
    assert_eq!(run.end().status.code(), Some(143));
    assert_eq!(all(&runs(&shop, &[output]), "outcome"), ["interrupted"]);
    assert_eq!(entries(&shop, log).len(), 1);
}

#[test]
fn a_log_is_no_input_and_in_nobody_s_way() {
    let shop = Shop::new();
    let made = [
        "generate", "--days", "2", "--output", "sales/in", "--master", "m",
    ];
    let rows = shop.json(&made)["rows"].clone();
    assert_eq!(entries(&shop, "sales/_history").len(), 1);
    let summed = ["batch", "--input", "sales", "--output", "data/output"];
    assert_eq!(shop.json(&summed)["read"], rows);
    shop.json(&["stream", "--rate", "0", "--input", "sales"]);
    // A folder that is replaced keeps a log that stands in it.
    shop.write("sales/in/_history/notes.txt", "mine");
    shop.json(&made);
    assert_eq!(shop.read("sales/in/_history/notes.txt"), "mine");
    shop.json(&summed);
    assert_eq!(shop.json(&["verify", "--input", "sales"])["equal"], true);
    shop.json(&["stream", "--rate", "0", "--input", "sales", "--fresh"]);
    assert_eq!(shop.json(&["verify", "--input", "sales"])["equal"], true);
    let query = "SELECT COUNT(*) AS n FROM 'data/output/analysis_csv'";
    assert!(shop.run(&["query", query]).status.success());
    shop.json(&["cleanup", "--yes"]);
    assert_eq!(entries(&shop, "data/output/_history").len(), 0);
    assert_eq!(runs(&shop, &[]).len(), 0);
    let text = stdout(&shop.run(&["history"]));
    assert_eq!(
        text,
        "No such runs in data/input, data/output, data/worlds\n"
    );
}

#[test]
fn options_come_from_the_environment_too() {
    let shop = shop();
    for _ in 0..3 {
        shop.json(&["batch"]);
    }
    shop.json(&["batch", "--output", "elsewhere"]);
    let told = |name: &str, value: &str| -> Value {
        let mut command = shop.retail(&["--json", "history"]);
        let output = command.env(name, value).output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let shown = |told: Value| told["runs"].as_array().unwrap().len();
    assert_eq!(shown(told("RETAIL_HISTORY_LIMIT", "2")), 2);
    assert_eq!(shown(told("RETAIL_HISTORY_OUTPUT", "elsewhere")), 1);
    assert_eq!(shown(told("RETAIL_HISTORY_COMMAND", "stream")), 0);
    assert_eq!(shown(told("RETAIL_HISTORY_FAILED", "true")), 0);
    let line = shop.fail(&["history", "--command", "serve"], 2);
    assert!(line.contains("upload-hdfs"), "{line}");
}
