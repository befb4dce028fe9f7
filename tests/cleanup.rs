//! `retail cleanup`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use tempfile::TempDir;

const TARGETS: [(&str, &str); 6] = [
    ("data/input", "Batch input CSVs"),
    ("data/output", "Batch & streaming outputs"),
    ("hdfs/namenode", "HDFS NameNode volume"),
    ("hdfs/datanode", "HDFS DataNode volume"),
    ("checkpoints", "Structured Streaming checkpoints"),
    ("spark-events", "Spark event logs"),
];

fn cleanup(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::cargo_bin("retail").unwrap();
    let command = command.current_dir(folder).env_clear();
    command.arg("cleanup").args(args).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn lines(what: &str) -> String {
    let line = |(path, label)| format!("{what} '{path}' ({label})\n");
    TARGETS.map(line).concat()
}

/// A root whose targets all hold files, folders, hidden files and links.
fn filled() -> TempDir {
    let root = TempDir::new().unwrap();
    for (path, _) in TARGETS {
        let target = root.path().join(path);
        fs::create_dir_all(target.join("a/b/c")).unwrap();
        for file in ["x.csv", ".gitkeep", "a/b/c/deep.csv", "_SUCCESS"] {
            fs::write(target.join(file), "x").unwrap();
        }
    }
    fs::write(root.path().join("data/keep.txt"), "kept").unwrap();
    fs::write(root.path().join("README.md"), "kept").unwrap();
    root
}

#[test]
fn worlds_are_cleared_where_there_are_any() {
    let root = filled();
    let world = root.path().join("data/worlds/globalmart/transactions");
    fs::create_dir_all(&world).unwrap();
    fs::write(world.join("part-00000.jsonl"), "{}").unwrap();
    let told = stdout(&cleanup(root.path(), &["--yes"]));
    let more = "Cleared 'data/worlds' (Event worlds)\n";
    assert_eq!(told, lines("Cleared") + more);
    assert_eq!(names(&root.path().join("data/worlds")), [""; 0]);
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let mut names: Vec<_> = entries
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn contents_go_and_the_empty_folders_stay() {
    let root = filled();
    let inode = |path: &str| fs::metadata(root.path().join(path)).unwrap().ino();
    let before = TARGETS.map(|(path, _)| inode(path));
    let output = cleanup(root.path(), &["--yes"]);
    assert!(output.status.success());
    assert_eq!(stdout(&output), lines("Cleared"));
    for (path, _) in TARGETS {
        assert_eq!(
            names(&root.path().join(path)),
            Vec::<String>::new(),
            "{path}"
        );
    }
    // The same folders: whoever has one mounted keeps it.
    assert_eq!(TARGETS.map(|(path, _)| inode(path)), before);
    assert_eq!(
        names(root.path()),
        ["README.md", "checkpoints", "data", "hdfs", "spark-events"]
    );
    assert_eq!(
        names(&root.path().join("data")),
        ["input", "keep.txt", "output"]
    );
}

#[test]
fn missing_folders_are_created() {
    let root = TempDir::new().unwrap();
    let output = cleanup(root.path(), &[]);
    assert!(output.status.success());
    assert_eq!(stdout(&output), lines("Created missing directory"));
    assert_eq!(stdout(&cleanup(root.path(), &[])), lines("Cleared"));
}

#[test]
fn a_dry_run_touches_nothing() {
    let root = filled();
    let output = cleanup(root.path(), &["--dry-run"]);
    assert!(output.status.success());
    assert_eq!(stdout(&output), lines("[DRY RUN] Would clear"));
    assert!(root.path().join("data/input/a/b/c/deep.csv").exists());
    let empty = TempDir::new().unwrap();
    let output = cleanup(empty.path(), &["--dry-run", "--yes"]);
    assert_eq!(stdout(&output), lines("[DRY RUN] Would clear"));
    assert_eq!(names(empty.path()), Vec::<String>::new());
}

#[test]
fn links_inside_a_target_go_and_their_aims_stay() {
    let root = filled();
    let aim = TempDir::new().unwrap();
    fs::write(aim.path().join("precious"), "kept").unwrap();
    let input = root.path().join("data/input");
    symlink(aim.path(), input.join("folder-link")).unwrap();
    symlink(aim.path().join("precious"), input.join("a/file-link")).unwrap();
    symlink("/nowhere/at/all", input.join("dangling")).unwrap();
    symlink(".", input.join("loop")).unwrap();
    assert!(cleanup(root.path(), &["--yes"]).status.success());
    assert_eq!(names(&input), Vec::<String>::new());
    assert_eq!(fs::read(aim.path().join("precious")).unwrap(), b"kept");
}

#[test]
fn a_target_that_is_a_link_becomes_a_folder_and_its_aim_stays() {
    let root = TempDir::new().unwrap();
    let aim = TempDir::new().unwrap();
    fs::write(aim.path().join("precious"), "kept").unwrap();
    fs::create_dir(root.path().join("data")).unwrap();
    symlink(aim.path(), root.path().join("data/input")).unwrap();
    symlink("/nowhere/at/all", root.path().join("checkpoints")).unwrap();
    let output = cleanup(root.path(), &["--dry-run"]);
    assert!(output.status.success());
    assert!(
        fs::symlink_metadata(root.path().join("data/input"))
            .unwrap()
            .is_symlink()
    );
    let output = cleanup(root.path(), &["--yes"]);
    assert!(output.status.success());
    let text = stdout(&output);
    assert!(
        text.contains("Cleared 'data/input' (Batch input CSVs)\n"),
        "{text}"
    );
    assert!(text.contains("Cleared 'checkpoints' "), "{text}");
    for path in ["data/input", "checkpoints"] {
        let kind = fs::symlink_metadata(root.path().join(path)).unwrap();
        assert!(kind.is_dir(), "{path}");
        assert_eq!(names(&root.path().join(path)), Vec::<String>::new());
    }
    assert_eq!(fs::read(aim.path().join("precious")).unwrap(), b"kept");
}

#[test]
fn a_file_in_the_place_of_a_target_is_replaced() {
    let root = TempDir::new().unwrap();
    fs::write(root.path().join("checkpoints"), "a file").unwrap();
    let output = cleanup(root.path(), &["--yes"]);
    assert!(output.status.success());
    assert!(stdout(&output).contains("Cleared 'checkpoints' "));
    assert!(root.path().join("checkpoints").is_dir());
}

#[test]
fn a_link_above_a_target_is_refused_and_the_other_targets_are_cleared() {
    let root = filled();
    let aim = TempDir::new().unwrap();
    fs::create_dir_all(aim.path().join("namenode")).unwrap();
    fs::write(aim.path().join("namenode/precious"), "kept").unwrap();
    fs::remove_dir_all(root.path().join("hdfs")).unwrap();
    symlink(aim.path(), root.path().join("hdfs")).unwrap();
    for args in [&["--dry-run"][..], &["--yes"]] {
        let output = cleanup(root.path(), args);
        assert_eq!(output.status.code(), Some(1));
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(text.lines().count(), 1, "{text}");
        // Once for both targets below it, and no longer than needed.
        assert!(text.starts_with("error: hdfs: is a link"), "{text}");
        assert_eq!(text.matches("is a link").count(), 1, "{text}");
    }
    assert_eq!(
        fs::read(aim.path().join("namenode/precious")).unwrap(),
        b"kept"
    );
    assert_eq!(names(aim.path()), ["namenode"]);
    assert_eq!(
        names(&root.path().join("spark-events")),
        Vec::<String>::new()
    );
    assert_eq!(names(&root.path().join("data/input")), Vec::<String>::new());
}

#[test]
fn the_root_may_be_elsewhere_and_is_never_left() {
    let outer = filled();
    let inner = outer.path().join("checkpoints/inner");
    fs::create_dir_all(inner.join("data/input/x")).unwrap();
    let work = TempDir::new().unwrap();
    let root = inner.to_str().unwrap();
    assert!(
        cleanup(work.path(), &["--root", root, "-y"])
            .status
            .success()
    );
    assert_eq!(names(&inner.join("data/input")), Vec::<String>::new());
    assert_eq!(names(work.path()), Vec::<String>::new());
    assert!(outer.path().join("data/input/x.csv").exists());
    assert!(outer.path().join("checkpoints/x.csv").exists());
}

#[test]
fn names_of_any_bytes_and_deep_trees_go() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let root = TempDir::new().unwrap();
    let mut deep = root.path().join("spark-events");
    for _ in 0..200 {
        deep.push("d");
    }
    fs::create_dir_all(&deep).unwrap();
    fs::write(
        root.path()
            .join("spark-events")
            .join(OsStr::from_bytes(b"\xff\n*")),
        "x",
    )
    .unwrap();
    for at in 0..3000 {
        fs::write(root.path().join(format!("spark-events/{at}")), "").unwrap();
    }
    assert!(cleanup(root.path(), &["--yes"]).status.success());
    assert_eq!(
        names(&root.path().join("spark-events")),
        Vec::<String>::new()
    );
}

#[test]
fn what_cannot_be_removed_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let root = filled();
    let locked = root.path().join("data/input/a");
    let mode = |mode| fs::set_permissions(&locked, fs::Permissions::from_mode(mode)).unwrap();
    mode(0o555);
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_retail"));
    command.current_dir(root.path()).args(["cleanup", "--yes"]);
    let output = common::bound_by_permissions(&command).output().unwrap();
    mode(0o755);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(
        text.contains("data/input/a/b: cannot remove: Permission denied"),
        "{text}"
    );
    assert_eq!(
        names(&root.path().join("spark-events")),
        Vec::<String>::new()
    );
}

#[test]
fn json_tells_what_was_done() {
    let root = filled();
    fs::remove_dir_all(root.path().join("checkpoints")).unwrap();
    let output = cleanup(root.path(), &["--yes", "--json"]);
    let value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(value["dry_run"], false);
    let actions: Vec<_> = value["targets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| t["action"].as_str().unwrap())
        .collect();
    assert_eq!(
        actions,
        [
            "cleared", "cleared", "cleared", "cleared", "created", "cleared"
        ]
    );
}
