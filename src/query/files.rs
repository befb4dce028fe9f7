//! The files that a path in a query names.

use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use crate::error::{Error, Result};

/// Files of one kind, in the order of their paths' bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Files {
    Csv(Vec<PathBuf>),
    Parquet(Vec<PathBuf>),
}

/// Finds the files of a path: itself, all below a folder, or those that match a last part
/// with `*` and `?`. Names that begin with `_` or `.` are never among them.
///
/// `None` when there is no file of either kind.
///
/// # Errors
/// When the path does not exist, or holds what cannot be read together.
pub(super) fn find(path: &Path) -> Result<Option<Files>> {
    let mut files = if path.is_file() {
        vec![path.to_owned()]
    } else if path.is_dir() {
        below(path, usize::MAX, |_| true)?
    } else {
        matching(path)?
    };
    files.sort_by(|a, b| {
        a.as_os_str()
            .as_encoded_bytes()
            .cmp(b.as_os_str().as_encoded_bytes())
    });

    let (mut csv, mut parquet) = (Vec::new(), Vec::new());
    for file in files {
        let name = file.to_string_lossy().to_lowercase();
        if name.ends_with(".csv") {
            csv.push(file);
        } else if name.ends_with(".parquet") {
            parquet.push(file);
        } else if name.ends_with(".csv.gz") || name.ends_with(".jsonl") || file == path {
            let what = "query reads .csv and .parquet only";
            return Err(Error::data(file.display(), what));
        }
    }
    match (csv.is_empty(), parquet.is_empty()) {
        (false, true) => Ok(Some(Files::Csv(csv))),
        (true, false) => Ok(Some(Files::Parquet(parquet))),
        (true, true) => Ok(None),
        (false, false) => Err(Error::data(
            path.display(),
            "holds both .csv and .parquet; name one kind, as in 'folder/*.csv'",
        )),
    }
}

fn below(folder: &Path, depth: usize, wanted: impl Fn(&str) -> bool) -> Result<Vec<PathBuf>> {
    let visible = |entry: &DirEntry| {
        let name = entry.file_name().as_encoded_bytes();
        entry.depth() == 0 || !(name.starts_with(b"_") || name.starts_with(b"."))
    };
    let mut files = Vec::new();
    let walk = WalkDir::new(folder).follow_links(true).max_depth(depth);
    for entry in walk.into_iter().filter_entry(visible) {
        let entry = entry.map_err(|e| Error::io("list", folder.display(), e.into()))?;
        if entry.file_type().is_file() && wanted(&entry.file_name().to_string_lossy()) {
            files.push(entry.into_path());
        }
    }
    Ok(files)
}

fn matching(path: &Path) -> Result<Vec<PathBuf>> {
    let missing = || Error::data(path.display(), "no such file or folder");
    let pattern = path.file_name().map(|name| name.to_string_lossy());
    let pattern = pattern
        .filter(|name| name.contains(['*', '?']))
        .ok_or_else(missing)?;
    let folder = match path.parent() {
        Some(parent) if parent != Path::new("") => parent,
        _ => Path::new("."),
    };
    if !folder.is_dir() {
        return Err(Error::data(
            folder.display(),
            "no such folder; * and ? may stand in the last part of a path only",
        ));
    }
    below(folder, 1, |name| {
        matches(pattern.as_bytes(), name.as_bytes())
    })
}

/// Whether `name` matches `pattern`, in which `*` is any text and `?` any byte.
fn matches(pattern: &[u8], name: &[u8]) -> bool {
    match (pattern.split_first(), name.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), Some((_, shorter))) => {
            matches(rest, name) || matches(pattern, shorter)
        }
        (Some((b'*', rest)), None) => matches(rest, name),
        (Some((b'?', rest)), Some((_, shorter))) => matches(rest, shorter),
        (Some((p, rest)), Some((n, shorter))) => p == n && matches(rest, shorter),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_names() {
        let yes = [
            ("*.csv", "a.csv"),
            ("part-*", "part-"),
            ("r?t*", "rat.csv"),
            ("*-*-*", "1-2-3"),
        ];
        for (pattern, name) in yes {
            assert!(
                matches(pattern.as_bytes(), name.as_bytes()),
                "{pattern} {name}"
            );
        }
        for (pattern, name) in [("*.csv", "a.csv.gz"), ("a?", "a"), ("a", "ab"), ("", "a")] {
            assert!(
                !matches(pattern.as_bytes(), name.as_bytes()),
                "{pattern} {name}"
            );
        }
    }

    #[test]
    fn folders_are_read_with_all_below_but_hidden_names() {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path();
        std::fs::create_dir_all(root.join("b/_rejects")).unwrap();
        for name in [
            "z.csv",
            "b/a.csv",
            "b/_rejects/r.csv",
            ".hidden.csv",
            "_x.csv",
            "notes.txt",
        ] {
            std::fs::write(root.join(name), "a\n1\n").unwrap();
        }
        let csv = |names: &[&str]| {
            Some(Files::Csv(
                names.iter().map(|name| root.join(name)).collect(),
            ))
        };
        assert_eq!(find(root).unwrap(), csv(&["b/a.csv", "z.csv"]));
        assert_eq!(find(&root.join("?.csv")).unwrap(), csv(&["z.csv"]));
        for wrong in ["gone.csv", "notes.txt", "n*/a.csv"] {
            assert!(find(&root.join(wrong)).is_err(), "{wrong}");
        }
        assert_eq!(find(&root.join("*.parquet")).unwrap(), None);
        std::fs::write(root.join("more.csv.gz"), "").unwrap();
        assert!(find(root).unwrap_err().to_string().contains("more.csv.gz"));
    }
}
