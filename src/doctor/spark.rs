//! Spark Connect: version, clock, whether it reads Kafka, and how long what is submitted there lives.

use chrono::Utc;

use super::{Check, How, State, check, clock, failed};
use crate::error::{Error, Result};
use crate::spark::rows::Rows;
use crate::spark::{Remote, Session, home, plan};

/// What the session's work is tagged with.
const TAG: &str = "retail-doctor";

/// Looks at a server.
pub(super) fn checks(remote: &Remote, how: &How<'_>) -> Vec<Check> {
    let before = Utc::now().timestamp_millis();
    let session = match Session::open(remote, TAG, how.stop) {
        Ok(session) => session,
        Err(e) => return vec![failed("answers", &e)],
    };
    let (version, theirs) = match about(&session) {
        Ok(about) => about,
        Err(e) => return vec![failed("answers", &e)],
    };
    let ours = (before + Utc::now().timestamp_millis()) / 2;
    let found = format!("version {version}, as user {}", remote.user());
    let lives = home::timeout(&session).map(|timeout| match timeout.as_str() {
        "-1" => check("sessions", State::Ok, "last, and streams in them"),
        some => {
            let what =
                format!("streams end {some} after the last question; see docs/spark-stream.md");
            check("sessions", State::Warning, what)
        }
    });
    vec![
        check("answers", State::Ok, found),
        clock(theirs, ours),
        kafka(&session),
        lives.unwrap_or_else(|e| failed("sessions", &e)),
    ]
}

/// Its version, and its clock in milliseconds since 1970.
fn about(session: &Session) -> Result<(String, i64)> {
    let text = "SELECT version() AS version, unix_millis(now()) AS now";
    let mut told = None;
    session.query(text, |batch| {
        let rows = Rows::of(&batch);
        if batch.num_rows() > 0 {
            let version = rows.text("version", 0)?.unwrap_or_default();
            let version = version.split(' ').next().unwrap_or_default().to_owned();
            told = rows.number("now", 0)?.map(|now| (version, now));
        }
        Ok(())
    })?;
    told.ok_or_else(|| Error::Internal("Spark tells no version".to_owned()))
}

/// Whether it can read topics, for which no broker is asked.
fn kafka(session: &Session) -> Check {
    let options = [("kafka.bootstrap.servers", "none:1"), ("subscribe", "none")];
    let topic = plan::files("kafka", &options, Vec::new(), &["value"]);
    match session.name("retail_doctor", topic) {
        Ok(()) => check("kafka", State::Ok, "can be read there"),
        Err(e) => Check {
            state: State::Warning,
            ..failed("kafka", &e)
        },
    }
}
