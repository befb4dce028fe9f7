//! Databases: version, permission, clock, tables.

use chrono::Utc;

use super::{Check, How, State, check, clock, failed};
use crate::sinks::address::Server;
use crate::sinks::{Address, open, schema};

/// Looks at a database.
pub(super) fn checks(address: &Address, how: &How<'_>) -> Vec<Check> {
    if address.server == Server::Redis {
        let (host, port) = address.host();
        return super::reach::checks(&format!("{host}:{port}"), port);
    }
    let mut sink = match open(address) {
        Ok(sink) => sink,
        Err(e) => return vec![failed("address", &e)],
    };
    let mut checks = match sink.version(how.stop) {
        Ok(version) => vec![check("answers", State::Ok, format!("version {version}"))],
        Err(e) => return vec![failed("answers", &e)],
    };
    let before = Utc::now().timestamp_millis();
    if let Ok(Some(theirs)) = sink.clock(how.stop) {
        let ours = (before + Utc::now().timestamp_millis()) / 2;
        checks.push(clock(theirs, ours));
    }
    match schema::check(address, how.stop) {
        Err(e) => checks.push(failed("tables", &e)),
        Ok(report) => {
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
