//! Databases: version, permission, clock, tables.

use chrono::Utc;

use super::place::disk;
use super::{Check, How, State, check, clock, failed};
use crate::sinks::address::Server;
use crate::sinks::redis::about;
use crate::sinks::schema::Report;
use crate::sinks::{Address, Sink, catalog, open, schema};

/// Looks at a database.
pub(super) fn checks(address: &Address, how: &How<'_>) -> Vec<Check> {
    if address.server == Server::Redis {
        return redis(address, how);
    }
    let mut sink = match open(address) {
        Ok(sink) => sink,
        Err(e) => return vec![failed("address", &e)],
    };
    let version = match sink.version(how.stop) {
        Ok(version) => version,
        Err(e) => return vec![failed("answers", &e)],
    };
    let mut checks = vec![check("answers", State::Ok, format!("version {version}"))];
    let before = Utc::now().timestamp_millis();
    if let Ok(Some(theirs)) = sink.clock(how.stop) {
        let ours = (before + Utc::now().timestamp_millis()) / 2;
        checks.push(clock(theirs, ours));
    }
    // A reader may be kept from asking.
    if let Ok(Some(free)) = sink.free(how.stop) {
        checks.push(disk(free));
    }
    match schema::look(&mut *sink, address, version, how.stop) {
        Err(e) => checks.push(failed("tables", &e)),
        Ok(report) => {
            checks.extend(permission(&mut *sink, &report, how));
            let count = |state: &str| {
                let tables = report.tables.iter();
                tables.filter(|finding| finding.state == state).count()
            };
            let differ = report
                .tables
                .iter()
                .find(|finding| finding.state == "differs");
            checks.push(match (differ, count("missing")) {
                (Some(finding), _) => {
                    let what = finding.differences.first().cloned().unwrap_or_default();
                    check("tables", State::Wrong, format!("{}: {what}", finding.name))
                }
                (None, 0) => check("tables", State::Ok, "all there"),
                // They are made when they are needed, by who may.
                (None, missing) => check(
                    "tables",
                    State::Warning,
                    format!("{missing} are missing; retail sinks init makes them"),
                ),
            });
        }
    }
    checks
}

/// Whether tables that are there may be written.
fn permission(sink: &mut dyn Sink, report: &Report, how: &How<'_>) -> Option<Check> {
    let all = catalog::all().ok()?;
    let there = |name: &str| {
        let mut tables = report.tables.iter();
        tables.any(|finding| finding.name == name && finding.state == "ok")
    };
    let shape = all.iter().find(|shape| there(&shape.table))?;
    Some(match sink.may_write(shape, how.stop) {
        Ok(()) => check("permission", State::Ok, "reads and writes"),
        // It may be meant so, as for dashboards.
        Err(e) => Check {
            state: State::Warning,
            ..failed("permission", &e)
        },
    })
}

/// It holds nothing of ours that would be missed: what counts is that it takes answers.
fn redis(address: &Address, how: &How<'_>) -> Vec<Check> {
    let before = Utc::now().timestamp_millis();
    let about = match about(address, how.stop) {
        Ok(about) => about,
        Err(e) => return vec![failed("answers", &e)],
    };
    let ours = (before + Utc::now().timestamp_millis()) / 2;
    let full = match about.refuses_when_full {
        false => check("memory", State::Ok, "forgets, or has no limit"),
        true => check(
            "memory",
            State::Warning,
            "refuses when full; set maxmemory-policy to allkeys-lru",
        ),
    };
    let version = match about.version.as_str() {
        "" => "keeps its version from this user".to_owned(),
        version => format!("version {version}"),
    };
    let mut checks = vec![check("answers", State::Ok, version)];
    checks.extend(about.clock.map(|theirs| clock(theirs, ours)));
    checks.push(full);
    checks
}
