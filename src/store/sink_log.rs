//! Which files of a folder count, where Spark's file sink has written them.
//!
//! A streaming query writes files into the folder first and then, batch by batch, names those that
//! count in `_spark_metadata`. What a killed batch left behind is not named, and written again by the
//! next: whoever read all files would count it twice.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::{Entry, Kind, Location, Store};
use crate::error::{Error, Result};

/// The folder of the log.
pub(super) const SINK_LOG: &str = "_spark_metadata";
/// What the names of files begin with that the sink writes.
const PART: &str = "part-";
/// What the name of a log ends with that repeats all before it.
const COMPACT: &str = ".compact";

/// One line of a log.
#[derive(Deserialize)]
struct Line {
    path: String,
    #[serde(default)]
    action: String,
}

/// Takes the files out of a listing of `folder` that its log, if it has one, does not name.
pub(super) fn only_named(
    store: &dyn Store,
    folder: &Location,
    entries: &mut Vec<Entry>,
) -> Result<()> {
    // Few folders hold such files, and the others need not be asked for a log.
    let is_part = |entry: &Entry| {
        let name = entry.path.rsplit('/').next();
        entry.location != *folder && name.is_some_and(|name| name.starts_with(PART))
    };
    if !entries
        .iter()
        .any(|entry| !entry.path.contains('/') && is_part(entry))
    {
        return Ok(());
    }
    let log = folder.join(SINK_LOG);
    let Some(stat) = store.stat(&log)? else {
        return Ok(());
    };
    if stat.kind != Kind::Dir {
        return Ok(());
    }
    let named = named(store, &log)?;
    entries.retain(|entry| !is_part(entry) || named.contains(name_of(&entry.path)));
    Ok(())
}

fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The names of the files that count. Every one has a number in its name that no other has.
fn named(store: &dyn Store, log: &Location) -> Result<BTreeSet<String>> {
    let (mut whole, mut batches) = (None, Vec::new());
    for child in store.children(log)? {
        let Some(name) = child.name.to_str() else {
            continue;
        };
        match name.strip_suffix(COMPACT) {
            Some(number) => whole = whole.max(number.parse::<u64>().ok()),
            None => batches.extend(name.parse::<u64>().ok()),
        }
    }
    batches.retain(|number| whole.is_none_or(|whole| *number > whole));
    batches.sort_unstable();
    let whole = whole.map(|number| format!("{number}{COMPACT}"));
    let logs = whole.into_iter().chain(batches.iter().map(u64::to_string));
    let mut named = BTreeSet::new();
    for name in logs {
        let file = log.join(&name);
        let text = store.read_small(&file)?.unwrap_or_default();
        let other = || {
            let what =
                "is not as Spark's file sink writes it; mend it with Spark, or name another folder";
            Error::data(&file, what)
        };
        let text = std::str::from_utf8(&text).map_err(|_| other())?;
        // The first line is the version.
        for line in text.lines().skip(1).filter(|line| !line.is_empty()) {
            let line: Line = serde_json::from_str(line).map_err(|_| other())?;
            let name = name_of(&line.path).to_owned();
            match line.action.as_str() {
                "delete" => named.remove(&name),
                _ => named.insert(name),
            };
        }
    }
    Ok(named)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store;

    #[test]
    fn files_that_the_log_does_not_name_are_none() {
        let temp = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = temp.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        let line = |name: &str| {
            format!("{{\"path\":\"file:///x/{name}\",\"size\":1,\"action\":\"add\"}}\n")
        };
        for name in [
            "part-0.parquet",
            "part-1.parquet",
            "part-2.parquet",
            "other.parquet",
            "b/part-9.parquet",
        ] {
            write(name, "");
        }
        let folder = Location::from_path(temp.path()).unwrap();
        let names = || -> Vec<String> {
            let entries = store::open(&folder).unwrap().list(&folder).unwrap();
            entries.into_iter().map(|entry| entry.path).collect()
        };
        assert_eq!(names().len(), 5);
        // The log of batch 0 stands in the one that repeats all.
        write("_spark_metadata/0", "v1\nbroken");
        write(
            "_spark_metadata/9.compact",
            &format!("v1\n{}", line("part-0.parquet")),
        );
        write(
            "_spark_metadata/10",
            &format!("v1\n{}", line("part-2.parquet")),
        );
        write("_spark_metadata/.10.crc", "");
        assert_eq!(
            names(),
            ["other.parquet", "part-0.parquet", "part-2.parquet"]
        );
        write("_spark_metadata/11", "v1\nbroken");
        assert!(store::open(&folder).unwrap().list(&folder).is_err());
    }
}
