//! The files that a place in a query names.

use crate::error::{Error, Result};
use crate::store::{self, Entry, Kind, Location};

/// Files of one kind, in the order of their paths' bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Files {
    Csv(Vec<Entry>),
    Parquet(Vec<Entry>),
}

/// Finds the files of a place: itself, all below a folder, or those that match a last part
/// with `*` and `?`. Names that begin with `_` or `.` are never among them.
///
/// `None` when there is no file of either kind.
///
/// # Errors
/// When the place does not exist, or holds what cannot be read together.
pub(super) fn find(place: &Location) -> Result<Option<Files>> {
    let store = store::open(place)?;
    let files = match is_there(place)? {
        true => store.list(place)?,
        false => matching(place)?,
    };
    let (mut csv, mut parquet) = (Vec::new(), Vec::new());
    for file in files {
        let name = file.path.to_lowercase();
        if name.ends_with(".csv") {
            csv.push(file);
        } else if name.ends_with(".parquet") {
            parquet.push(file);
        } else if name.ends_with(".csv.gz") || name.ends_with(".jsonl") || file.location == *place {
            let what = "query reads .csv and .parquet only";
            return Err(Error::data(&file.location, what));
        }
    }
    match (csv.is_empty(), parquet.is_empty()) {
        (false, true) => Ok(Some(Files::Csv(csv))),
        (true, false) => Ok(Some(Files::Parquet(parquet))),
        (true, true) => Ok(None),
        (false, false) => Err(Error::data(
            place,
            "holds both .csv and .parquet; name one kind, as in 'folder/*.csv'",
        )),
    }
}

/// Whether anything stands at a place, be it by a link.
pub(super) fn is_there(place: &Location) -> Result<bool> {
    match place.local_path() {
        Some(path) => Ok(path.exists()),
        None => Ok(store::open(place)?.stat(place)?.is_some()),
    }
}

fn matching(place: &Location) -> Result<Vec<Entry>> {
    let missing = || Error::data(place, "no such file or folder");
    let pattern = place.name().filter(|name| name.contains(['*', '?']));
    let pattern = pattern.ok_or_else(missing)?;
    let folder = place.parent().ok_or_else(missing)?;
    let store = store::open(&folder)?;
    let is_folder = is_there(&folder)?
        && store
            .resolve(&folder)
            .and_then(|folder| store.stat(&folder))?
            .is_some_and(|found| found.kind == Kind::Dir);
    if !is_folder {
        return Err(Error::data(
            &folder,
            "no such folder; * and ? may stand in the last part of a path only",
        ));
    }
    let mut files = store.list(&folder)?;
    files.retain(|file| {
        !file.path.contains('/') && matches(pattern.as_bytes(), file.path.as_bytes())
    });
    Ok(files)
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
        let at = |name: &str| Location::from_path(root).unwrap().join(name);
        let csv = |place: &Location| match find(place).unwrap() {
            Some(Files::Csv(files)) => files.into_iter().map(|file| file.location).collect(),
            other => panic!("{other:?}"),
        };
        let root = Location::from_path(root).unwrap();
        let found: Vec<Location> = csv(&root);
        assert_eq!(found, [at("b/a.csv"), at("z.csv")]);
        assert_eq!(csv(&at("?.csv")), [at("z.csv")]);
        for wrong in ["gone.csv", "notes.txt", "n*/a.csv"] {
            assert!(find(&at(wrong)).is_err(), "{wrong}");
        }
        assert_eq!(find(&at("*.parquet")).unwrap(), None);
        std::fs::write(temp.path().join("more.csv.gz"), "").unwrap();
        assert!(find(&root).unwrap_err().to_string().contains("more.csv.gz"));
    }
}
