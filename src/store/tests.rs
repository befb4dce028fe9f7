use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::Path;

use tempfile::TempDir;

use super::*;

fn at(path: &Path) -> Location {
    Location::from_path(path).unwrap()
}

fn put(dir: &TempDir, name: &str) {
    let path = dir.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, name).unwrap();
}

fn list(dir: &Path) -> Result<Vec<String>> {
    let entries = open(&at(dir))?.list(&at(dir))?;
    Ok(entries.into_iter().map(|entry| entry.path).collect())
}

#[test]
fn lists_by_bytes_and_leaves_hidden_names_out() {
    let dir = TempDir::new().unwrap();
    for name in [
        "b.csv",
        "a/z.csv",
        "a-b.csv",
        "a.csv",
        "B.csv",
        "ä.csv",
        "_x/y.csv",
        ".x/y.csv",
        "a/_hidden.csv",
        "a/.hidden",
        "a/_/deep/y.csv",
    ] {
        put(&dir, name);
    }
    // '-' < '.' < '/' in ASCII, capitals before small letters, others last.
    let expected = ["B.csv", "a-b.csv", "a.csv", "a/z.csv", "b.csv", "ä.csv"];
    assert_eq!(list(dir.path()).unwrap(), expected);
}

#[test]
fn a_hidden_folder_named_by_the_user_is_listed() {
    let dir = TempDir::new().unwrap();
    put(&dir, "_x/y.csv");
    assert_eq!(list(&dir.path().join("_x")).unwrap(), ["y.csv"]);
}

#[test]
fn a_file_lists_itself() {
    let dir = TempDir::new().unwrap();
    put(&dir, "_x.csv");
    let file = at(&dir.path().join("_x.csv"));
    let entries = open(&file).unwrap().list(&file).unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!((entries[0].path.as_str(), entries[0].len), ("_x.csv", 6));
    assert_eq!(entries[0].location, file);
    assert!(list(&dir.path().join("none")).is_err());
}

#[test]
fn links_are_followed_and_loops_named() {
    let dir = TempDir::new().unwrap();
    put(&dir, "real/x.csv");
    put(&dir, "in/a.csv");
    symlink("../real", dir.path().join("in/link")).unwrap();
    symlink("..", dir.path().join("in/_hidden")).unwrap();
    assert_eq!(
        list(&dir.path().join("in")).unwrap(),
        ["a.csv", "link/x.csv"]
    );
    symlink("../in", dir.path().join("real/back")).unwrap();
    let error = list(&dir.path().join("in")).unwrap_err();
    assert!(matches!(error, Error::Data { .. }), "{error}");
    assert!(error.to_string().contains("link/back"), "{error}");
}

#[test]
fn a_name_that_is_not_utf8_is_an_error() {
    let dir = TempDir::new().unwrap();
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9.csv");
    fs::write(dir.path().join(name), "").unwrap();
    assert!(matches!(list(dir.path()), Err(Error::Data { .. })));
}

#[test]
fn small_files_are_replaced_whole() {
    let dir = TempDir::new().unwrap();
    let place = at(&dir.path().join("x.json"));
    let store = open(&place).unwrap();
    assert_eq!(store.read_small(&place).unwrap(), None);
    for text in ["a longer text", "short"] {
        store.write_small_atomic(&place, text.as_bytes()).unwrap();
        assert_eq!(store.read_small(&place).unwrap().unwrap(), text.as_bytes());
    }
    assert_eq!(store.children(&at(dir.path())).unwrap().len(), 1);
}

#[test]
fn folders_swap_names() {
    let dir = TempDir::new().unwrap();
    put(&dir, "a/x");
    put(&dir, "b/y");
    let (a, b) = (at(&dir.path().join("a")), at(&dir.path().join("b")));
    let store = open(&a).unwrap();
    match store.exchange(&a, &b) {
        Ok(()) => assert!(dir.path().join("a/y").exists() && dir.path().join("b/x").exists()),
        Err(Error::Io { source, .. }) => assert_eq!(source.kind(), io::ErrorKind::Unsupported),
        Err(e) => panic!("{e}"),
    }
}
