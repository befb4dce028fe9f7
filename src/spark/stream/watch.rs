//! Waits for queries: until they have begun, or until they have ended.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::Submitted;
use crate::error::{Error, Result};
use crate::signal::Stop;
use crate::spark::Session;
use crate::spark::queries::Query;

/// One question waits so long, in milliseconds.
const STEP: i64 = 300;
/// A query that has not failed after this time is taken to have begun.
const BEGINS: Duration = Duration::from_secs(20);
/// What Spark says before a query has found its topic.
const EARLY: [&str; 2] = ["Initializing", "Getting offsets"];

/// Waits until both queries read, so that one that cannot is told here.
///
/// # Errors
/// When one has failed, or a signal came.
pub fn begun(submitted: &Submitted, session: &Session, stop: &Stop) -> Result<()> {
    let begin = || {
        let deadline = Instant::now() + BEGINS;
        for query in submitted.all() {
            loop {
                let status = query.status(session)?.unwrap_or_default();
                if !status.is_active {
                    check(query, submitted, session)?;
                    break;
                }
                let is_early = EARLY.iter().any(|early| status.message.starts_with(early));
                if !is_early || query.last_progress(session)?.is_some() || Instant::now() > deadline
                {
                    break;
                }
                stop.check()?;
                thread::sleep(Duration::from_millis(100));
            }
        }
        Ok(())
    };
    or_stop(begin(), submitted, session)
}

/// Waits until both queries have ended. A signal ends them: what is not committed is read again by the
/// next start.
///
/// # Errors
/// When one has failed; the other is ended then.
pub fn ended(submitted: &Submitted, session: &Session, stop: &Stop) -> Result<()> {
    let wait = || {
        for query in submitted.all() {
            while !query
                .await_end(session, STEP)
                .map_err(|e| told(query, submitted, session, e))?
            {
                stop.check()?;
            }
            check(query, submitted, session)?;
        }
        Ok(())
    };
    or_stop(wait(), submitted, session)
}

/// Ends both queries where one of them cannot go on.
fn or_stop(result: Result<()>, submitted: &Submitted, session: &Session) -> Result<()> {
    result.inspect_err(|_| {
        if let Err(e) = submitted.stop(session) {
            tracing::debug!("a query may still run: {e}");
        }
    })
}

/// The error of waiting: where the query itself failed, its own.
fn told(query: &Query, submitted: &Submitted, session: &Session, error: Error) -> Error {
    if matches!(error, Error::Interrupted(_)) {
        return error;
    }
    check(query, submitted, session).err().unwrap_or(error)
}

fn check(query: &Query, submitted: &Submitted, session: &Session) -> Result<()> {
    match query.failure(session)? {
        None => Ok(()),
        Some(why) => {
            let what = format!(
                "Spark: {}, which reads {}, failed: {why}; mend that and submit it again",
                query.name, submitted.source
            );
            Err(Error::server(session.remote(), what, false))
        }
    }
}

/// Rows that came too late in the batches of this start: a row is what one message adds to a window
/// and a product, or several messages of one batch together.
pub fn dropped(progress: &[Value]) -> u64 {
    let operators = progress
        .iter()
        .filter_map(|batch| batch.get("stateOperators")?.as_array());
    let counts = operators
        .flatten()
        .filter_map(|operator| operator.get("numRowsDroppedByWatermark")?.as_u64());
    counts.sum()
}
