//! Where the value of an option comes from.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use tempfile::TempDir;

/// `retail` in a folder of its own, with no variable of the caller's.
fn retail(folder: &Path) -> Command {
    let mut command = Command::cargo_bin("retail").unwrap();
    command.current_dir(folder).env_clear();
    command
}

/// Runs `cleanup` and tells which root it was given, by what it says about it.
fn root_of(command: &mut Command) -> String {
    let output = command.arg("cleanup").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).unwrap();
    let text = text.strip_prefix("error: ").unwrap();
    text.split(':').next().unwrap().to_owned()
}

fn fails(command: &mut Command, parts: &[&str]) {
    let output = command.output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(output.stdout.is_empty());
    for part in parts {
        assert!(text.contains(part), "no {part:?} in {text}");
    }
}

#[test]
fn flag_then_environment_then_dotenv_then_file_then_default() {
    let temp = TempDir::new().unwrap();
    let folder = temp.path();
    fs::write(
        folder.join("retail.toml"),
        "[cleanup]\nroot = 'from-file'\n",
    )
    .unwrap();
    assert_eq!(root_of(&mut retail(folder)), "from-file");
    fs::write(folder.join(".env"), "RETAIL_CLEANUP_ROOT=from-dotenv\n").unwrap();
    assert_eq!(root_of(&mut retail(folder)), "from-dotenv");
    let mut with_env = retail(folder);
    with_env.env("RETAIL_CLEANUP_ROOT", "from-env");
    assert_eq!(root_of(&mut with_env), "from-env");
    let mut typed = retail(folder);
    typed.env("RETAIL_CLEANUP_ROOT", "from-env");
    typed.args(["cleanup", "--root", "typed"]);
    let text = String::from_utf8(typed.output().unwrap().stderr).unwrap();
    assert!(text.starts_with("error: typed: "), "{text}");

    let bare = TempDir::new().unwrap();
    retail(bare.path())
        .args(["cleanup", "--dry-run"])
        .assert()
        .success();
}

#[test]
fn empty_values_are_no_values() {
    let temp = TempDir::new().unwrap();
    fs::write(
        temp.path().join("retail.toml"),
        "[cleanup]\nroot = 'from-file'\n",
    )
    .unwrap();
    fs::write(temp.path().join(".env"), "RETAIL_CLEANUP_ROOT=\n").unwrap();
    let mut command = retail(temp.path());
    command
        .env("RETAIL_CLEANUP_ROOT", "")
        .env("RETAIL_JSON", "");
    assert_eq!(root_of(&mut command), "from-file");
}

#[test]
fn flags_read_true_false_1_0_yes_no() {
    let temp = TempDir::new().unwrap();
    let dry = |value: &str| {
        let mut command = retail(temp.path());
        command.env("RETAIL_CLEANUP_DRY_RUN", value).arg("cleanup");
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    for value in ["true", "1", "yes", "TRUE"] {
        assert!(dry(value).starts_with("[DRY RUN]"), "{value}");
    }
    assert!(!temp.path().join("data").exists());
    for value in ["false", "0", "no"] {
        assert!(!dry(value).contains("[DRY RUN]"), "{value}");
    }
    let mut command = retail(temp.path());
    command
        .env("RETAIL_CLEANUP_DRY_RUN", "maybe")
        .arg("cleanup");
    fails(
        &mut command,
        &["RETAIL_CLEANUP_DRY_RUN in the environment", "'maybe'"],
    );
}

#[test]
fn keys_are_long_names_with_dashes_or_underscores_before_and_in_tables() {
    let temp = TempDir::new().unwrap();
    let folder = temp.path();
    for file in [
        "json = true\n[cleanup]\ndry_run = true\n",
        "json = true\n[cleanup]\ndry-run = true",
    ] {
        fs::write(folder.join("retail.toml"), file).unwrap();
        let output = retail(folder).arg("cleanup").output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(
            text.starts_with("{\"command\":\"cleanup\",\"dry_run\":true"),
            "{text}"
        );
    }
    fs::write(
        folder.join("retail.toml"),
        "[cleanup]\ndry-run = true\ndry_run = false\n",
    )
    .unwrap();
    fails(retail(folder).arg("cleanup"), &["retail.toml", "twice"]);
}

#[test]
fn another_file_is_named_by_flag_or_variable_and_must_exist() {
    let temp = TempDir::new().unwrap();
    let folder = temp.path();
    fs::write(
        folder.join("other.toml"),
        "[cleanup]\nroot = 'from-other'\n",
    )
    .unwrap();
    let mut command = retail(folder);
    command.args(["--config", "other.toml"]);
    assert_eq!(root_of(&mut command), "from-other");
    let mut command = retail(folder);
    command.env("RETAIL_CONFIG", "other.toml");
    assert_eq!(root_of(&mut command), "from-other");
    fs::write(folder.join(".env"), "RETAIL_CONFIG=other.toml\n").unwrap();
    assert_eq!(root_of(&mut retail(folder)), "from-other");
    fails(
        retail(folder).args(["cleanup", "--config", "gone.toml"]),
        &["gone.toml", "cannot read"],
    );
}

#[test]
fn what_is_unknown_is_named_with_the_nearest() {
    let temp = TempDir::new().unwrap();
    let folder = temp.path();
    let cases = [
        (
            "[generat]\ndays = 3\n",
            vec!["retail.toml", "[generat]", "'generate'"],
        ),
        (
            "[generate]\ndayz = 3\n",
            vec!["retail.toml", "'dayz' of [generate]", "'days'"],
        ),
        ("jsno = true\n", vec!["retail.toml", "'jsno'", "'json'"]),
        (
            "[cleanup]\nxxxxxx = 1\n",
            vec!["'xxxxxx'", "known are: root, dry-run, yes"],
        ),
        ("json = \n", vec!["retail.toml:1:"]),
        ("json = true\n\n[cleanup\n", vec!["retail.toml:3:"]),
        ("config = 'x'\n", vec!["unknown key 'config'"]),
    ];
    for (text, parts) in cases {
        fs::write(folder.join("retail.toml"), text).unwrap();
        fails(retail(folder).args(["cleanup", "--dry-run"]), &parts);
    }
}

#[test]
fn a_bad_value_says_where_it_came_from() {
    let temp = TempDir::new().unwrap();
    let folder = temp.path();
    let mut command = retail(folder);
    command.env("RETAIL_GENERATE_DAYS", "many").arg("generate");
    fails(
        &mut command,
        &[
            "RETAIL_GENERATE_DAYS in the environment",
            "Invalid --days 'many'",
        ],
    );
    fs::write(folder.join(".env"), "RETAIL_BATCH_WAIT_FOR_INPUT=300\n").unwrap();
    let text = ["RETAIL_BATCH_WAIT_FOR_INPUT in .env", "no unit", "300s"];
    fails(retail(folder).arg("batch"), &text);
    fs::remove_file(folder.join(".env")).unwrap();
    fs::write(
        folder.join("retail.toml"),
        "color = 'red'\n[generate]\nlate = 2\n",
    )
    .unwrap();
    fails(
        retail(folder).arg("cleanup"),
        &["'color' in retail.toml", "always"],
    );
    let mut command = retail(folder);
    command.args(["generate", "--color", "never"]);
    fails(
        &mut command,
        &["'late' of [generate] in retail.toml", "Invalid --late '2'"],
    );
    fs::write(folder.join("retail.toml"), "[generate]\nseed = [1, 2]\n").unwrap();
    fails(
        retail(folder).arg("generate"),
        &["'seed' of [generate]", "one value"],
    );
}

#[test]
fn a_broken_dotenv_is_named_with_its_line() {
    let temp = TempDir::new().unwrap();
    fs::write(
        temp.path().join(".env"),
        "# fine\nA=1\nthis is no assignment\n",
    )
    .unwrap();
    fails(
        retail(temp.path()).arg("cleanup"),
        &[".env:3:", "NAME=value"],
    );
}

#[test]
fn the_line_of_a_broken_dotenv_is_counted_past_comments_and_quotes() {
    let temp = TempDir::new().unwrap();
    let long = "x".repeat(20_000);
    for (text, line) in [
        ("# a\n\nOTHER='two\nlines'\n\nRETAIL_QUIET=a b\n", ".env:6:"),
        ("RETAIL_QUIET=no wait", ".env:1:"),
        (
            &format!("A={long}\n# {long}\nexport RETAIL_X=\"a\" b\n"),
            ".env:3:",
        ),
        ("A=1\n\nLOG_LEVEL=a b\n", ".env:3:"),
        ("A=1\nB='never\nclosed\nRETAIL_QUIET=true\n", ".env:2:"),
    ] {
        fs::write(temp.path().join(".env"), text).unwrap();
        fails(retail(temp.path()).arg("cleanup"), &[line, "NAME=value"]);
    }
}

#[test]
fn lines_of_other_programs_in_dotenv_are_passed_over() {
    let temp = TempDir::new().unwrap();
    let foreign = "GREETING=good morning\nexport JAVA_OPTS = -Xmx1g -Xms1g\nA.b=c\"d\"e f\n";
    let ours = "RETAIL_CLEANUP_ROOT='from $HOME'\nPASSWORD=x$y z\n";
    fs::write(temp.path().join(".env"), format!("{foreign}{ours}")).unwrap();
    assert_eq!(root_of(&mut retail(temp.path())), "from $HOME");
}

#[test]
fn help_and_version_read_no_configuration() {
    let temp = TempDir::new().unwrap();
    fs::write(temp.path().join(".env"), "broken line\n").unwrap();
    fs::write(temp.path().join("retail.toml"), "= broken").unwrap();
    retail(temp.path()).arg("--help").assert().success();
    retail(temp.path())
        .args(["batch", "--help"])
        .assert()
        .success();
    retail(temp.path()).arg("--version").assert().success();
}

#[test]
fn older_names_work() {
    let temp = TempDir::new().unwrap();
    let verbose = |level: &str| {
        let mut command = retail(temp.path());
        command
            .env("LOG_LEVEL", level)
            .args(["cleanup", "--root", "gone"]);
        let text = String::from_utf8(command.output().unwrap().stderr).unwrap();
        text.contains("because:")
    };
    assert!(verbose("DEBUG") && verbose("debug"));
    assert!(!verbose("INFO") && !verbose("ERROR"));
    let mut quiet = retail(temp.path());
    quiet
        .env("LOG_LEVEL", "WARNING")
        .args(["cleanup", "--dry-run"]);
    assert!(quiet.output().unwrap().stdout.is_empty());
    // What is typed wins over it.
    let mut both = retail(temp.path());
    both.env("LOG_LEVEL", "WARNING")
        .args(["-v", "cleanup", "--dry-run"]);
    assert!(!both.output().unwrap().stdout.is_empty());
}

#[test]
fn the_example_files_load_as_they_are_and_with_every_line_in_force() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR"));
    let toml = fs::read_to_string(source.join("examples/retail.toml")).unwrap();
    let dotenv = fs::read_to_string(source.join(".env.example")).unwrap();
    let in_force = |text: &str| {
        let lines = text.lines().map(|line| match line.strip_prefix('#') {
            Some(rest) if !rest.starts_with(' ') => rest,
            _ => line,
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    let full = in_force(&dotenv).replace("RETAIL_CONFIG=", "#");
    for (toml, dotenv) in [
        (toml.clone(), dotenv.clone()),
        (in_force(&toml), String::new()),
        (String::new(), full),
    ] {
        let temp = TempDir::new().unwrap();
        fs::write(temp.path().join("retail.toml"), toml).unwrap();
        fs::write(temp.path().join(".env"), dotenv).unwrap();
        for command in [
            &["cleanup"][..],
            &["query", "SELECT 1 AS one"],
            &["man", "--dir", "man"],
        ] {
            retail(temp.path()).args(command).assert().success();
        }
        // Refused values would end these with status 2. A world is no input of batch, which would wait
        // for one as long as the examples say.
        for command in [&["generate"][..], &["batch", "--wait-for-input", "0s"]] {
            let status = retail(temp.path()).args(command).output().unwrap().status;
            assert_ne!(status.code(), Some(2), "{command:?}");
        }
    }
}

/// Nobody listens where `hdfs://127.0.0.1:1` points: a run that went there would fail.
#[test]
fn hdfs_can_be_left_out() {
    let temp = TempDir::new().unwrap();
    let make = ["generate", "--days", "1", "--profile", "classic"];
    retail(temp.path()).args(make).assert().success();
    let far = "hdfs://127.0.0.1:1/data";
    let configured = |args: &[&str]| {
        let mut command = retail(temp.path());
        command
            .env("RETAIL_BATCH_INPUT", format!("{far}/input"))
            .env("RETAIL_BATCH_OUTPUT", format!("{far}/output"))
            .env("RETAIL_BATCH_CSV_OUTPUT", format!("{far}/csv"))
            .env("RETAIL_REMOTE_PATIENCE", "0")
            .arg("batch")
            .args(args);
        command
    };
    let gone = temp.path().join("data/output");
    configured(&[]).assert().failure().code(1);
    assert!(!gone.exists());
    configured(&["--no-hdfs"]).assert().success();
    assert!(gone.join("analysis_csv/_SUCCESS").exists());
    fs::remove_dir_all(&gone).unwrap();
    for off in ["false", "False", "0", "no"] {
        configured(&[]).env("USE_HDFS", off).assert().success();
    }
    configured(&[])
        .env("USE_HDFS", "True")
        .assert()
        .failure()
        .code(1);
    let odd = configured(&[]).env("USE_HDFS", "perhaps").output().unwrap();
    let line = String::from_utf8(odd.stderr).unwrap();
    assert_eq!(odd.status.code(), Some(2));
    assert!(
        line.contains("USE_HDFS in the environment: 'perhaps' is neither true nor false"),
        "{line}"
    );

    // What was typed wins over what was configured, and contradicts what was typed.
    let typed = ["--output", far];
    configured(&typed)
        .env("USE_HDFS", "false")
        .assert()
        .failure()
        .code(1);
    for typed in [["--output", far], ["--input", far], ["--csv-output", far]] {
        let refused = configured(&typed).arg("--no-hdfs").output().unwrap();
        let line = String::from_utf8(refused.stderr).unwrap();
        assert_eq!(refused.status.code(), Some(2), "{line}");
        let expected = format!("{} {far}: is on HDFS, which --no-hdfs leaves out", typed[0]);
        assert!(line.contains(&expected), "{line}");
    }
    // Local folders stay as they are configured.
    fs::remove_dir_all(&gone).unwrap();
    let mut local = configured(&["--no-hdfs"]);
    local.env("RETAIL_BATCH_OUTPUT", "mine").assert().success();
    assert!(temp.path().join("mine/analysis_csv/_SUCCESS").exists() && !gone.exists());
}
