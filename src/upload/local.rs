//! What there is to upload.

use std::collections::BTreeSet;

use crate::error::{Error, Result};
use crate::generate::TRUTH;
use crate::store::run_record::RUN_RECORD;
use crate::store::{self, Entry, Kind, Location};

/// What `generate` says of its files. It goes with them, so that `verify` can read it there.
const RECORDS: [&str; 2] = [TRUTH, RUN_RECORD];

/// Every file below `input` whose name is not hidden, by path, and behind them the truth and the
/// run records of their folders.
///
/// # Errors
/// When there is no `input`, or it cannot be listed.
pub fn sources(input: &Location) -> Result<Vec<Entry>> {
    let store = store::open(input)?;
    let Some(stat) = store.stat(input)? else {
        return Err(Error::data(
            input,
            "there is no such file or folder; make one with retail generate, or name another \
             with --input",
        ));
    };
    let mut files = store.list(input)?;
    if stat.kind == Kind::File {
        return Ok(files);
    }
    let mut folders: BTreeSet<String> = files
        .iter()
        .flat_map(|file| super::above(&file.path).map(|folder| format!("{folder}/")))
        .collect();
    folders.insert(String::new());
    for folder in folders {
        for name in RECORDS {
            let path = format!("{folder}{name}");
            let place = input.join(&path);
            let stat = store.stat(&place)?;
            if stat.is_some_and(|stat| stat.kind == Kind::File) {
                let listed = store.list(&place)?.into_iter();
                files.extend(listed.map(|entry| Entry {
                    path: path.clone(),
                    ..entry
                }));
            }
        }
    }
    Ok(files)
}
