//! The command line: exit statuses, one-line errors, stdout and stderr.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::io::Read;
use std::path::Path;
use std::process::{Command as Process, Stdio};

use assert_cmd::Command;
use tempfile::TempDir;

fn retail(folder: &Path) -> Command {
    let mut command = Command::cargo_bin("retail").unwrap();
    command.current_dir(folder).env_clear();
    command
}

/// The status and stderr of `retail` with `args` in an empty folder.
fn run(args: &[&str]) -> (i32, String) {
    let temp = TempDir::new().unwrap();
    let output = retail(temp.path()).args(args).output().unwrap();
    let status = output.status.code().unwrap();
    (status, String::from_utf8(output.stderr).unwrap())
}

#[test]
fn wrong_usage_is_one_helpful_line_and_status_2() {
    let cases: &[(&[&str], &[&str])] = &[
        (
            &[],
            &[
                "requires a subcommand",
                "generate",
                "batch",
                "'retail --help'",
            ],
        ),
        (&["genrate"], &["'genrate'", "'generate'"]),
        (
            &["generate", "--dys", "3"],
            &["'--dys'", "'--days'", "'retail generate --help'"],
        ),
        (
            &["generate", "--days", "0"],
            &["Invalid --days '0'", "1..=3652059"],
        ),
        (
            &["generate", "--days", "x"],
            &["Invalid --days 'x': not a whole number"],
        ),
        (
            &["batch", "--threads", "0"],
            &["Invalid --threads '0'", "give 1 or more"],
        ),
        (&["generate", "--days", "-1"], &["-1"]),
        (
            &["generate", "--start-date", "2025-02-30"],
            &["Invalid --start-date '2025-02-30'", "2025-01-31"],
        ),
        (
            &["generate", "--start-date", "9999-12-31", "--days", "2"],
            &["Invalid --start-date", "9999-12-31"],
        ),
        (
            &["generate", "--malformed", "1.5"],
            &["Invalid --malformed '1.5'"],
        ),
        (
            &["generate", "--profile", "clasic"],
            &["Invalid --profile 'clasic'", "classic"],
        ),
        (&["generate", "--days"], &["--days", "value"]),
        (
            &["batch", "--wait-for-input", "300"],
            &["Invalid --wait-for-input '300'", "300s"],
        ),
        (
            &["batch", "--max-rejects", "lots"],
            &["Invalid --max-rejects 'lots'", "2.5%"],
        ),
        (&["batch", "--delimiter", ":"], &["Invalid --delimiter ':'"]),
        (
            &["batch", "--date-format", "dd.mm.yyyy"],
            &["--date-format \"dd.mm.yyyy\": ", "%d-%b-%Y"],
        ),
        (
            &["batch", "--map", "product"],
            &["--map \"product\": write", "product=Description"],
        ),
        (&["batch", "--dedup", "a,,b"], &["Invalid --dedup", "blank"]),
        (&["batch", "--threads", "0"], &["--threads"]),
        (&["query"], &["<SQL>", "'retail query --help'"]),
        (&["cleanup", "surplus"], &["'surplus'"]),
        (
            &["completions", "tcsh"],
            &["Invalid <SHELL> 'tcsh'", "fish"],
        ),
        (&["man", "nothing"], &["'nothing'", "batch"]),
        (
            &["man", "batch", "--dir", "x"],
            &["--dir", "cannot be used with"],
        ),
        (&["streams"], &["'streams'"]),
    ];
    for (args, parts) in cases {
        let (status, text) = run(args);
        assert_eq!(status, 2, "{args:?}: {text}");
        assert_eq!(text.lines().count(), 1, "{args:?}: {text}");
        assert!(text.starts_with("error: "), "{args:?}: {text}");
        for part in *parts {
            assert!(text.contains(part), "{args:?}: no {part:?} in {text}");
        }
    }
}

#[test]
fn a_failure_is_one_line_and_status_1() {
    let (status, text) = run(&["cleanup", "--root", "gone"]);
    assert_eq!(status, 1);
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.starts_with("error: gone: cannot open: "), "{text}");
}

#[test]
fn verbose_adds_the_causes() {
    let (status, text) = run(&["-v", "cleanup", "--root", "gone"]);
    assert_eq!(status, 1);
    let lines: Vec<_> = text.lines().collect();
    let (first, causes) = lines.split_first().unwrap();
    assert!(!causes.is_empty(), "{text}");
    for cause in causes {
        let cause = cause.strip_prefix("  because: ").unwrap();
        // None is the line itself once more.
        assert!(
            first.len() > cause.len() && first.ends_with(cause),
            "{text}"
        );
    }
}

#[test]
fn errors_are_json_lines_when_asked() {
    for args in [
        &["--log-format", "json", "cleanup", "--root", "gone"][..],
        &["--log-format=json", "genrate"],
    ] {
        let (status, text) = run(args);
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["level"], "ERROR");
        assert_eq!(value["exit_status"], status);
        assert!(value["message"].as_str().unwrap().len() > 10);
        assert_eq!(text.lines().count(), 1);
    }
}

#[test]
fn colours_are_for_terminals_or_when_asked() {
    let coloured = |args: &[&str]| run(args).1.contains('\u{1b}');
    assert!(!coloured(&["genrate"]));
    assert!(coloured(&["--color", "always", "genrate"]));
    assert!(!coloured(&["--color=never", "genrate"]));
    assert!(!coloured(&["cleanup", "--root", "gone"]));
    assert!(coloured(&[
        "cleanup", "--root", "gone", "--color", "always"
    ]));
    let temp = TempDir::new().unwrap();
    let help = |env: &[(&str, &str)], args: &[&str]| {
        let mut command = retail(temp.path());
        command.envs(env.iter().copied()).args(args);
        command.output().unwrap().stdout.contains(&0x1b)
    };
    assert!(help(&[], &["--color", "always", "--help"]));
    assert!(help(&[("RETAIL_COLOR", "always")], &["--help"]));
    assert!(!help(
        &[("NO_COLOR", "1"), ("RETAIL_COLOR", "")],
        &["--help"]
    ));
}

#[test]
fn help_and_version_go_to_stdout() {
    let temp = TempDir::new().unwrap();
    let output = retail(temp.path()).arg("--version").output().unwrap();
    let version = format!("retail {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(String::from_utf8(output.stdout).unwrap(), version);
    let output = retail(temp.path())
        .arg("help")
        .arg("batch")
        .output()
        .unwrap();
    assert!(output.status.success() && output.stderr.is_empty());
    assert!(
        String::from_utf8(output.stdout)
            .unwrap()
            .contains("RETAIL_BATCH_INPUT")
    );
}

#[test]
fn json_is_one_object_and_excludes_data_on_stdout() {
    let temp = TempDir::new().unwrap();
    let output = retail(temp.path())
        .args(["cleanup", "--json"])
        .output()
        .unwrap();
    assert!(output.status.success());
    let value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(value["command"], "cleanup");
    assert_eq!(value["targets"].as_array().unwrap().len(), 6);
    for args in [
        &["--json", "completions", "bash"][..],
        &["--json", "query", "SELECT 1 AS a"],
        &["man", "--json"],
    ] {
        let (status, text) = run(args);
        assert_eq!(status, 2, "{args:?}");
        assert!(text.contains("--json"), "{text}");
    }
}

#[test]
fn a_closed_pipe_is_a_normal_end() {
    let temp = TempDir::new().unwrap();
    let cases: &[&[&str]] = &[
        &["--help"],
        &["batch", "--help"],
        &["--version"],
        &["completions", "zsh"],
        &["man", "generate"],
        &["query", "SELECT 1 AS a"],
        &["query", "--format", "csv", "SELECT 1 AS a"],
        &["query", "--format", "json", "SELECT 1 AS a"],
        &["cleanup", "--dry-run"],
        &["cleanup", "--dry-run", "--json"],
    ];
    for args in cases {
        let mut child = Process::new(assert_cmd::cargo::cargo_bin("retail"))
            .args(*args)
            .current_dir(temp.path())
            .env_clear()
            .stdin(Stdio::null())
            .stdout(closed_pipe())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut text = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        let status = child.wait().unwrap();
        assert_eq!((status.code(), text.as_str()), (Some(0), ""), "{args:?}");
    }
}

/// The writing end of a pipe whose reading end is closed.
fn closed_pipe() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}

#[test]
fn quiet_prints_errors_only() {
    let temp = TempDir::new().unwrap();
    let output = retail(temp.path())
        .args(["-q", "cleanup"])
        .output()
        .unwrap();
    assert!(output.status.success() && output.stdout.is_empty() && output.stderr.is_empty());
    assert!(temp.path().join("data/input").is_dir());
    let (status, text) = run(&["-q", "cleanup", "--root", "gone"]);
    assert_eq!((status, text.lines().count()), (1, 1));
}

#[test]
fn man_writes_a_page_for_every_command() {
    let temp = TempDir::new().unwrap();
    retail(temp.path())
        .args(["man", "--dir", "pages"])
        .assert()
        .success();
    for (file, text) in [
        ("retail.1", ".TH retail 1"),
        ("retail-batch.1", "RETAIL_BATCH_DEDUP"),
    ] {
        let page = std::fs::read_to_string(temp.path().join("pages").join(file)).unwrap();
        let page = page.replace("\\_", "_");
        assert!(page.contains(text), "{file}");
    }
    let output = retail(temp.path()).args(["man", "query"]).output().unwrap();
    let page = std::fs::read(temp.path().join("pages/retail-query.1")).unwrap();
    assert_eq!(output.stdout, page);
}

#[test]
fn log_lines_go_to_stderr_in_the_form_asked_for() {
    let temp = TempDir::new().unwrap();
    let log = |args: &[&str]| {
        let mut command = retail(temp.path());
        command.env("RETAIL_CLEANUP_DRY_RUN", "yes").args(args);
        let output = command.output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    assert_eq!(log(&["cleanup"]), "");
    let text = log(&["-v", "cleanup"]);
    // [2025-01-01 12:00:00] [DEBUG] ...
    let (time, rest) = text.split_at(22);
    let shape: String = time
        .chars()
        .map(|c| if c.is_ascii_digit() { '9' } else { c })
        .collect();
    assert_eq!(shape, "[9999-99-99 99:99:99] ");
    let message = "--dry-run is set by RETAIL_CLEANUP_DRY_RUN in the environment";
    assert_eq!(rest, format!("[DEBUG] {message}\n"));
    let json = log(&["-v", "--log-format", "json", "cleanup"]);
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(value["level"], "DEBUG");
    assert_eq!(value["message"], message);
    assert!(value["timestamp"].as_str().unwrap().ends_with('Z'));
}
