//! `upload-hdfs` to a real HDFS, looked at by Hadoop's own shell.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::common::{Running, Shop, stderr, stdout};
use crate::servers::{OwnHdfs, fs_shell, fs_text, hdfs, root};

/// An upload of `data/input` to `hdfs` as this user.
pub fn upload(shop: &Shop, user: &str, hdfs: &str, more: &[&str]) -> Command {
    let args = ["--json", "upload-hdfs", "--hdfs", hdfs];
    let mut command = shop.retail(&[&args[..], more].concat());
    command.env("HADOOP_USER_NAME", user);
    command
}

pub fn summary(output: &Output) -> Value {
    assert!(output.status.success(), "{}", stderr(output));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// It runs to its end as the superuser and succeeds.
pub fn uploaded(shop: &Shop, hdfs: &str, more: &[&str]) -> Value {
    summary(&upload(shop, "root", hdfs, more).output().unwrap())
}

/// Files sent, files skipped, other data files.
pub fn counts(summary: &Value) -> [u64; 3] {
    ["files", "skipped", "others"].map(|name| summary[name].as_u64().unwrap())
}

/// It fails with this status; the one line of the error.
pub fn failed(output: &Output, status: i32) -> String {
    let text = stderr(output);
    assert_eq!(output.status.code(), Some(status), "{text}");
    let errors: Vec<_> = text.lines().filter(|l| l.starts_with("error")).collect();
    assert_eq!(errors.len(), 1, "{text}");
    errors[0].to_owned()
}

/// All that is in `data/input` below a root, hidden names too, as Hadoop fetches it.
pub fn fetched(root: &str) -> BTreeMap<String, Vec<u8>> {
    let shop = Shop::new();
    let to = shop.path("fetched");
    let output = fs_shell(&[
        "-get",
        &format!("/{root}/data/input"),
        &to.to_string_lossy(),
    ]);
    assert!(output.status.success(), "{}", stderr(&output));
    let mut files = shop.tree("fetched");
    // `tree` leaves run records out.
    if let Ok(record) = fs::read(to.join("_run.json")) {
        files.insert("_run.json".to_owned(), record);
    }
    files
}

pub fn is_hidden(path: &str) -> bool {
    path.split('/').any(|part| part.starts_with(['.', '_']))
}

/// What `hdfs dfs` lists of all below a folder, but the history of runs.
fn lines(folder: &str) -> Vec<String> {
    let text = fs_text(&["-ls", "-R", folder]);
    let lines = text.lines().filter(|line| !line.contains("/_history"));
    lines.map(str::to_owned).collect()
}

/// Mode, owner and path of all below `/<root>`, but the history of runs.
pub fn listed(root: &str) -> Vec<(String, String, String)> {
    let lines = lines(&format!("/{root}")).into_iter();
    let mut rows: Vec<_> = lines
        .map(|line| {
            let (about, path) = line.split_once(&format!(" /{root}/")).unwrap();
            let words: Vec<_> = about.split_whitespace().collect();
            (words[0].to_owned(), words[2].to_owned(), path.to_owned())
        })
        .collect();
    rows.sort_by(|a, b| a.2.cmp(&b.2));
    rows
}

/// Bytes of which no two seeds have the same, and no two places.
pub fn bytes(count: usize, seed: u64) -> Vec<u8> {
    let words = (0..count.div_ceil(8) as u64).map(|at| {
        let word = (seed << 32 | at).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (word ^ word >> 29).to_le_bytes()
    });
    words.flatten().take(count).collect()
}

#[test]
fn hadoop_sees_the_files_with_their_modes_and_owner() {
    let Some(hdfs) = hdfs() else { return };
    let (shop, root) = (Shop::new(), root());
    fs_text(&["-mkdir", &format!("/{root}")]);
    fs_text(&["-chown", "keeper", &format!("/{root}")]);
    let kept = [
        ("a.csv", bytes(10, 1)),
        ("empty.csv", Vec::new()),
        ("sub/ünder.jsonl", bytes(70_000, 2)),
        ("sub/deep/a b.parquet", bytes(300_000, 3)),
        // More than one block of 16 MiB, and no whole number of pieces.
        ("large.csv.gz", bytes(17_000_001, 4)),
        ("notes.txt", b"for people".to_vec()),
        ("_truth.json", b"{}".to_vec()),
        ("sub/_truth.json", b"{ }".to_vec()),
        ("_run.json", b"{\"run_id\":\"1\"}".to_vec()),
    ];
    for (name, content) in &kept {
        shop.write(&format!("data/input/{name}"), content);
    }
    for name in ["_SUCCESS", ".retail-lock", "sub/_x/a.csv", ".hidden.csv"] {
        shop.write(&format!("data/input/{name}"), "x");
    }
    let hdfs = format!("{hdfs}/{root}");
    let told = summary(&upload(&shop, "keeper", &hdfs, &[]).output().unwrap());
    assert_eq!(counts(&told), [9, 0, 0]);
    let sum: usize = kept.iter().map(|(_, content)| content.len()).sum();
    assert_eq!(told["bytes"], json!(sum));
    assert_eq!(told["output"], json!(format!("{hdfs}/data/input")));

    let mut there = fetched(&root);
    let ledger = there.remove("_retail_uploads.jsonl").unwrap();
    assert_eq!(ledger.iter().filter(|byte| **byte == b'\n').count(), 9);
    let kept: BTreeMap<_, _> = kept
        .map(|(name, content)| (name.to_owned(), content))
        .into();
    assert!(there == kept, "{:?}", there.keys());

    let rows = listed(&root);
    assert!(rows.iter().all(|(_, owner, _)| owner == "keeper"));
    for (mode, _, path) in &rows {
        let folder = matches!(
            path.rsplit('/').next().unwrap(),
            "data" | "input" | "output"
        ) || ["spark-events", "data/input/sub", "data/input/sub/deep"]
            .contains(&path.as_str());
        let expected = match folder {
            true => "drwxrwxrwt",
            false if path.ends_with("_retail_uploads.jsonl") => "-rw-r--r--",
            false => "-rwxrwxrwt",
        };
        assert_eq!(mode, expected, "{path}");
    }
    let folders = rows.iter().filter(|row| row.0.starts_with('d'));
    assert_eq!(folders.count(), 6);
    assert_eq!(rows.len(), 6 + 9 + 1, "{rows:?}");
}

#[test]
fn what_is_there_unchanged_is_skipped_and_nothing_else() {
    let Some(server) = hdfs() else { return };
    let (shop, root) = (Shop::new(), root());
    let hdfs = format!("{server}/{root}");
    let input = format!("/{root}/data/input");
    for name in ["a", "b", "c", "sub/d"] {
        shop.write(&format!("data/input/{name}.csv"), format!("of {name}\n"));
    }
    // Nothing is there, and nothing is made.
    let plain = ["upload-hdfs", "--dry-run", "--hdfs", &hdfs];
    let rehearsed = shop.retail(&plain).output().unwrap();
    let text = stdout(&rehearsed);
    assert!(
        text.starts_with("[DRY RUN] Would upload 'a.csv'\n"),
        "{text}"
    );
    assert_eq!(text.matches("Would upload").count(), 4);
    assert!(!fs_shell(&["-ls", &format!("/{root}")]).status.success());

    assert_eq!(counts(&uploaded(&shop, &hdfs, &[])), [4, 0, 0]);
    // The time of `data` is that of the newest run in its history.
    let there = || {
        let mut lines = lines(&format!("/{root}"));
        lines.retain(|line| !line.ends_with("/data"));
        lines
    };
    let before = there();
    assert_eq!(counts(&uploaded(&shop, &hdfs, &[])), [0, 4, 0]);
    let mut again = shop.retail(&plain[..1]);
    again
        .args(["--hdfs", &hdfs])
        .env("HADOOP_USER_NAME", "root");
    let said = stdout(&again.output().unwrap());
    assert!(
        said.starts_with("Nothing to upload: all 4 files are there unchanged\n"),
        "{said}"
    );
    assert_eq!(before, there());

    // As long as before, here and there.
    shop.write("data/input/a.csv", "OF a\n");
    shop.write("other", "OF b\n");
    let other = shop.path("other");
    let other = other.to_string_lossy();
    fs_text(&["-put", "-f", &other, &format!("{input}/b.csv")]);
    fs_text(&["-rm", &format!("{input}/c.csv")]);
    fs_text(&["-put", &other, &format!("{input}/sub/strange.csv")]);
    let rehearsed = shop.retail(&plain).output().unwrap();
    for line in [
        "upload 'a.csv'",
        "upload 'b.csv'",
        "upload 'c.csv'",
        "skip 'sub/d.csv'",
    ] {
        let line = format!("[DRY RUN] Would {line}\n");
        assert!(stdout(&rehearsed).contains(&line), "{line}");
    }
    assert_eq!(counts(&uploaded(&shop, &hdfs, &[])), [3, 1, 1]);
    let there = fetched(&root);
    assert_eq!(there["a.csv"], b"OF a\n");
    assert_eq!(there["b.csv"], b"of b\n");
    assert_eq!(there["c.csv"], b"of c\n");
    assert_eq!(there["sub/strange.csv"], b"OF b\n");

    assert_eq!(counts(&uploaded(&shop, &hdfs, &["--force"])), [4, 0, 1]);
    // A ledger that was torn: the file of the broken line is sent again.
    let ledger = format!("{input}/_retail_uploads.jsonl");
    let text = fs_text(&["-cat", &ledger]);
    shop.write("torn", &text[..text.len() - 20]);
    fs_text(&["-put", "-f", &shop.path("torn").to_string_lossy(), &ledger]);
    let output = upload(&shop, "root", &hdfs, &[]).output().unwrap();
    assert_eq!(counts(&summary(&output)), [1, 3, 1]);
    let warned = stderr(&output);
    assert!(
        warned.contains("_retail_uploads.jsonl:4: not a line"),
        "{warned}"
    );
    assert_eq!(counts(&uploaded(&shop, &hdfs, &[])), [0, 4, 1]);
}

#[test]
fn a_file_that_changes_meanwhile_is_named() {
    let Some(hdfs) = hdfs() else { return };
    let (shop, root) = (Shop::new(), root());
    shop.write("data/input/grows.csv", bytes(20_000_000, 1));
    let done = AtomicBool::new(false);
    let output = thread::scope(|scope| {
        scope.spawn(|| {
            let path = shop.path("data/input/grows.csv");
            let mut file = OpenOptions::new().append(true).open(path).unwrap();
            while !done.load(Ordering::Relaxed) {
                file.write_all(b"x").unwrap();
                sleep(Duration::from_millis(2));
            }
        });
        let output = upload(&shop, "root", &format!("{hdfs}/{root}"), &[]).output();
        done.store(true, Ordering::Relaxed);
        output.unwrap()
    });
    let line = failed(&output, 1);
    assert!(
        line.contains("data/input/grows.csv: changed while it was read"),
        "{line}"
    );
    assert_eq!(fetched(&root), BTreeMap::new());
}

#[test]
fn nothing_to_upload_is_said() {
    let Some(hdfs) = hdfs() else { return };
    let (shop, root) = (Shop::new(), root());
    let target = format!("{hdfs}/{root}");
    let missing = upload(&shop, "root", &target, &[]).output().unwrap();
    let line = failed(&missing, 1);
    assert!(
        line.contains("data/input: there is no such file or folder"),
        "{line}"
    );
    assert!(!fs_shell(&["-ls", &format!("/{root}")]).status.success());

    fs::create_dir_all(shop.path("data/input/empty")).unwrap();
    let mut plain = shop.retail(&["upload-hdfs", "--hdfs", &target]);
    let output = plain.env("HADOOP_USER_NAME", "root").output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let text = stdout(&output);
    assert!(
        text.starts_with("Nothing to upload: there is no file in data/input\n"),
        "{text}"
    );
    // The folders are there all the same.
    let paths: Vec<_> = listed(&root).into_iter().map(|row| row.2).collect();
    assert_eq!(paths, ["data", "data/input", "data/output", "spark-events"]);
}

#[test]
fn rights_that_are_missing_are_told_in_one_line() {
    let Some(hdfs) = hdfs() else { return };
    let (shop, root) = (Shop::new(), root());
    let target = format!("{hdfs}/{root}");
    shop.write("data/input/a.csv", "one");
    fs_text(&["-mkdir", &format!("/{root}")]);
    let began = Instant::now();
    let output = upload(&shop, "nobody", &target, &[]).output().unwrap();
    let line = failed(&output, 1);
    assert!(
        line.contains("cannot create: Permission denied: user=nobody, access=WRITE"),
        "{line}"
    );
    assert!(line.contains(&format!("{root}/data/input")), "{line}");
    // Nobody waits for rights.
    assert!(began.elapsed() < Duration::from_secs(30));

    // In folders that another user made, one's own files find their place.
    uploaded(&shop, &target, &[]);
    let log = fs_text(&["-ls", "-d", &format!("/{root}/data/_history")]);
    assert!(log.starts_with("drwxrwxrwt"), "{log}");
    let of_root = format!("/{root}/data/input/a.csv");
    fs_text(&["-chmod", "600", &of_root]);
    let closed = format!("/{root}/data/output/closed");
    fs_text(&["-mkdir", "-p", &format!("{closed}/inside")]);
    fs_text(&["-chmod", "700", &closed]);
    fs::remove_file(shop.path("data/input/a.csv")).unwrap();
    shop.write("data/input/b.csv", "two");
    let output = upload(&shop, "guest", &target, &[]).output().unwrap();
    let told = summary(&output);
    assert_eq!(counts(&told), [1, 0, 1]);
    assert_eq!(told["modes_kept"], json!(2));
    let log = fs_text(&["-ls", &format!("/{root}/data/_history")]);
    let owners: Vec<_> = ["root", "guest"]
        .map(|user| log.matches(&format!(" {user} ")).count())
        .into();
    assert_eq!(owners, [1, 1], "{log}");
    let there = listed(&root);
    let mode_of = |path: &str| {
        let row = there.iter().find(|row| row.2 == path);
        row.map(|(mode, owner, _)| format!("{mode} {owner}"))
            .unwrap()
    };
    assert_eq!(mode_of("data/input/a.csv"), "-rw------- root");
    assert_eq!(mode_of("data/input/b.csv"), "-rwxrwxrwt guest");
    assert_eq!(mode_of("data/output/closed"), "drwx------ root");
    assert_eq!(mode_of("data/output/closed/inside"), "drwxr-xr-x root");
    // The superuser may change them all.
    let told = uploaded(&shop, &target, &[]);
    assert_eq!((counts(&told), &told["modes_kept"]), ([0, 1, 1], &json!(0)));
    let modes = listed(&root).into_iter().map(|row| row.0);
    let others = modes.filter(|mode| !mode.ends_with("rwxrwxrwt"));
    assert_eq!(
        others.collect::<Vec<_>>(),
        ["-rw-r--r--"],
        "the ledger alone"
    );
}

#[test]
fn a_folder_in_the_way_of_a_file_is_told_before_anything_is_sent() {
    let Some(hdfs) = hdfs() else { return };
    let (shop, root) = (Shop::new(), root());
    let target = format!("{hdfs}/{root}");
    shop.write("data/input/a.csv", "one");
    shop.write("data/input/z.csv", "two");
    fs_text(&["-mkdir", "-p", &format!("/{root}/data/input/z.csv")]);
    let output = upload(&shop, "root", &target, &[]).output().unwrap();
    let line = failed(&output, 1);
    assert!(line.contains("/data/input/z.csv: is a folder"), "{line}");
    assert_eq!(fetched(&root), BTreeMap::new());
    // The other way round.
    let (shop, target) = (Shop::new(), format!("{hdfs}/{root}-2"));
    shop.write("data/input/a.csv", "one");
    uploaded(&shop, &target, &[]);
    fs::remove_file(shop.path("data/input/a.csv")).unwrap();
    shop.write("data/input/a.csv/b.csv", "two");
    let output = upload(&shop, "root", &target, &[]).output().unwrap();
    let line = failed(&output, 1);
    assert!(line.contains("/data/input/a.csv: is a file"), "{line}");
    // A file where one of the three folders is to be.
    fs_text(&["-rmdir", &format!("/{root}/data/output")]);
    fs_text(&["-touchz", &format!("/{root}/data/output")]);
    let target = format!("{hdfs}/{root}");
    let output = upload(&shop, "root", &target, &[]).output().unwrap();
    let line = failed(&output, 1);
    assert!(line.contains("/data/output: cannot create"), "{line}");
}

#[test]
fn an_address_that_leads_nowhere_is_one_line() {
    let shop = Shop::new();
    shop.write("data/input/a.csv", "one");
    let cases = [
        ("hdfs://no-such-host.invalid:8020", 1, "no such host"),
        ("hdfs://127.0.0.1:1", 1, "refused"),
        ("hdfs://unknown-service", 2, "no name node is known"),
        ("s3://bucket", 2, "names no HDFS"),
        ("/somewhere", 2, "names no HDFS"),
        ("hdfs://", 2, "names no HDFS"),
    ];
    for (hdfs, status, expected) in cases {
        let output = upload(&shop, "root", hdfs, &["--wait", "0s"]).output();
        let line = failed(&output.unwrap(), status);
        assert!(line.contains(hdfs) && line.contains(expected), "{line}");
    }
    let began = Instant::now();
    let wait = ["--wait", "1s"];
    let output = upload(&shop, "root", "hdfs://127.0.0.1:1", &wait)
        .output()
        .unwrap();
    let line = failed(&output, 1);
    assert!(line.ends_with("after 1s of --wait"), "{line}");
    assert!(
        stderr(&output).contains("waiting 1s at most"),
        "{}",
        stderr(&output)
    );
    let waited = began.elapsed();
    assert!(waited > Duration::from_secs(1) && waited < Duration::from_secs(20));
    // A signal ends the wait.
    let mut run = Running::of(upload(&shop, "root", "hdfs://127.0.0.1:1", &[]));
    assert!(!run.ends_within(Duration::from_secs(1)));
    run.signal("TERM");
    assert!(run.ends_within(Duration::from_secs(2)));
    assert_eq!(run.end().status.code(), Some(143));
}

/// A server of its own: it is not there at the start, and goes into safe mode. The plain root.
#[test]
fn a_server_that_is_not_ready_is_waited_for() {
    let Some(own) = OwnHdfs::prepare() else {
        return;
    };
    let shop = Shop::new();
    shop.write("data/input/a.csv", "one");
    let hdfs = own.address();
    let run = Running::of(upload(&shop, "root", &hdfs, &["--wait", "120s"]));
    sleep(Duration::from_secs(1));
    // The name node first, and for a while no data node.
    own.begin("/namenode");
    sleep(Duration::from_secs(4));
    own.begin("");
    let told = summary(&run.end());
    assert_eq!(counts(&told), [1, 0, 0]);
    assert_eq!(told["output"], json!(format!("{hdfs}/data/input")));
    assert_eq!(own.fs_text(&["-cat", "/data/input/a.csv"]), "one");
    let rows = own.fs_text(&["-ls", "/"]);
    for folder in ["/data", "/spark-events"] {
        let row = rows.lines().find(|line| line.ends_with(folder)).unwrap();
        assert!(row.starts_with("drwxrwxrwt"), "{row}");
    }

    own.admin(&["-safemode", "enter"]);
    let began = Instant::now();
    let wait = ["--force", "--wait", "4s"];
    let output = upload(&shop, "root", &hdfs, &wait).output().unwrap();
    let line = failed(&output, 1);
    assert!(line.contains("is in safe mode"), "{line}");
    assert!(line.ends_with("after 4s of --wait"), "{line}");
    let waited = began.elapsed();
    assert!(waited >= Duration::from_secs(4) && waited < Duration::from_secs(12));
    let mut run = Running::of(upload(&shop, "root", &hdfs, &["--force"]));
    assert!(!run.ends_within(Duration::from_secs(2)));
    own.admin(&["-safemode", "leave"]);
    assert_eq!(counts(&summary(&run.end())), [1, 0, 0]);
}
