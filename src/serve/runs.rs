//! What one run wrote into a folder, which another may replace while it is read.

use std::path::Path;
use std::thread;
use std::time::Duration;

use serde::de::DeserializeOwned;

use crate::error::{Error, Result};
use crate::signal::Stop;
use crate::store::{Location, RunRecord};

/// Looks at folders that are just replaced: a switch of all takes far less.
const LOOKS: usize = 10;
/// Between two of them.
const REST: Duration = Duration::from_millis(50);

/// The run that wrote what is in `folder`; none where another program did.
///
/// # Errors
/// When its record cannot be read.
pub fn id(folder: &Path) -> Result<Option<String>> {
    let record = RunRecord::read(&Location::from_path(folder)?)?;
    Ok(record.map(|record| record.run_id))
}

/// Said of a folder in which two runs were met.
pub fn replaced(folder: &Path) -> Error {
    Error::Busy {
        place: folder.display().to_string(),
        what: "is being replaced by another run; ask again".to_owned(),
    }
}

/// What `read` gives, after a few looks where it fails for what `may_pass`.
///
/// # Errors
/// That of the last look; when a signal came.
pub fn patiently<T>(
    stop: &Stop,
    may_pass: impl Fn(&Error) -> bool,
    read: impl Fn() -> Result<T>,
) -> Result<T> {
    let mut outcome = read();
    for _ in 1..LOOKS {
        if !outcome.as_ref().is_err_and(&may_pass) {
            break;
        }
        stop.check()?;
        thread::sleep(REST);
        outcome = read();
    }
    outcome
}

/// The view that a process tells of itself in the file `path`, as one of `whom`; none if there is
/// none.
///
/// # Errors
/// When it cannot be read.
pub fn view<T: DeserializeOwned>(path: &Path, whom: &str) -> Result<Option<T>> {
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(Error::io("read", path.display(), e)),
    };
    let view = serde_json::from_slice(&text).map_err(|e| {
        let what = format!("is no view of {whom} of this version ({e})");
        Error::data(path.display(), what)
    })?;
    Ok(Some(view))
}
