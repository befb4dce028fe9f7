//! Folders, here, on HDFS and on S3: whether they can be read and written, clock and room.

use std::path::Path;
use std::time::UNIX_EPOCH;

use chrono::{DateTime, Utc};

use super::{Check, How, State, check, clock, failed};
use crate::error::Result;
use crate::store::s3::access;
use crate::store::{self, Location, new_run_id};

/// Less room than this is to be looked at, in bytes.
const ROOM: u64 = 1 << 30;
/// With less nothing works.
const ROOM_WRONG: u64 = 64 << 20;

/// Looks at a folder.
pub(super) fn checks(text: &str, how: &How<'_>) -> (&'static str, Vec<Check>) {
    let place = match text.parse::<Location>() {
        Ok(place) => place,
        Err(e) => return ("folder", vec![failed("address", &e)]),
    };
    let server = match &place {
        Location::Local(_) => "folder",
        Location::Hdfs(_) => "HDFS",
        Location::S3(_) => "S3",
    };
    let mut checks = match there(&place) {
        Ok(found) => vec![check("answers", State::Ok, found)],
        Err(e) => return (server, vec![failed("answers", &e)]),
    };
    if how.write {
        checks.push(match probe(&place) {
            Ok(()) => check("permission", State::Ok, "can be written"),
            Err(e) => failed("permission", &e),
        });
    }
    match &place {
        Location::Local(path) => checks.push(room(Path::new(path))),
        Location::S3(_) => checks.extend(s3_clock()),
        Location::Hdfs(_) => {}
    }
    (server, checks)
}

/// Whether there is anything, which is asked of the server.
fn there(place: &Location) -> Result<String> {
    let store = store::open(place)?;
    Ok(match store.stat(place)? {
        Some(_) => format!("{} names in it", store.children(place)?.len()),
        None => "is not there yet".to_owned(),
    })
}

/// Writes a file and removes it.
fn probe(place: &Location) -> Result<()> {
    let store = store::open(place)?;
    let fresh = store.stat(place)?.is_none();
    store.make_dir_all(place)?;
    let file = place.join(&format!(".doctor-{}.tmp", new_run_id()));
    store.write_small(&file, b"")?;
    store.remove_file(&file)?;
    if fresh {
        // What was not there is not there afterwards; on S3 it is gone with its file.
        let _ = store.remove_dir(place);
    }
    Ok(())
}

/// Free room where a folder is, or will be.
pub(super) fn room(path: &Path) -> Check {
    let mut there = path;
    while !there.exists() {
        there = match there.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
    }
    if !there.is_dir() {
        return check(
            "disk",
            State::Wrong,
            format!("{} is no folder", there.display()),
        );
    }
    let found = match rustix::fs::statvfs(there) {
        Ok(found) => found,
        Err(e) => return check("disk", State::Wrong, e.to_string()),
    };
    disk(found.f_bavail.saturating_mul(found.f_frsize))
}

/// So many bytes are free.
pub(super) fn disk(free: u64) -> Check {
    let state = match free {
        free if free < ROOM_WRONG => State::Wrong,
        free if free < ROOM => State::Warning,
        _ => State::Ok,
    };
    let gib = free as f64 / f64::from(1 << 30);
    check("disk", state, format!("{gib:.1} GiB free"))
}

/// What the clock of S3 says; keys are refused from a quarter of an hour on.
fn s3_clock() -> Option<Check> {
    let endpoint = access::said().ok()?.endpoint?;
    let answer = store::remote::runtime().ok()?.block_on(async {
        let client = reqwest::Client::builder().no_proxy().build().ok()?;
        client.head(endpoint).send().await.ok()
    })?;
    let date = answer.headers().get(reqwest::header::DATE)?.to_str().ok()?;
    let theirs = DateTime::parse_from_rfc2822(date).ok()?.timestamp_millis();
    Some(clock(theirs, Utc::now().timestamp_millis()))
}

/// The clock of this machine: one before this program was made is wrong.
pub(super) fn own_clock() -> Check {
    const MADE: u64 = 1_767_225_600;
    let now = UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs());
    match now > MADE {
        true => check(
            "clock",
            State::Ok,
            Utc::now().format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        ),
        false => check("clock", State::Wrong, "is before 2026"),
    }
}
