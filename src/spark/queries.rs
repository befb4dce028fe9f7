//! Streaming queries as Spark Connect starts, shows and stops them.

use serde::Serialize;
use serde_json::Value;
use spark_connect_proto as proto;
use spark_connect_proto::command::CommandType;
use spark_connect_proto::execute_plan_response::ResponseType;
use spark_connect_proto::streaming_query_command::{AwaitTerminationCommand, Command};
use spark_connect_proto::streaming_query_command_result::ResultType;
use spark_connect_proto::streaming_query_manager_command::Command as Managing;
use spark_connect_proto::streaming_query_manager_command_result::ResultType as Managed;
use spark_connect_proto::write_stream_operation_start::{SinkDestination, Trigger};

use super::{Session, errors};
use crate::error::{Error, Result};

/// A query of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Query {
    /// Its name.
    pub name: String,
    /// Its number, which its checkpoint keeps.
    pub id: String,
    /// The number of this start.
    pub run_id: String,
}

/// When a query looks for messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Every so many milliseconds, for ever.
    Every(u128),
    /// Until everything is read that is there at the beginning.
    Present,
}

/// What is written, and where.
pub struct Sink<'a> {
    /// `parquet` or `json`.
    pub format: &'a str,
    /// The folder, as the cluster calls it.
    pub path: String,
    /// The folder of the positions and the state.
    pub checkpoint: String,
}

/// Where a query stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Status {
    /// Whether it runs.
    pub is_active: bool,
    /// What it does, in Spark's words.
    pub message: String,
}

/// Starts a query.
///
/// # Errors
/// When Spark refuses it.
pub fn start(
    session: &Session,
    name: &str,
    rows: proto::Relation,
    sink: Sink<'_>,
    pace: Pace,
) -> Result<Query> {
    let start = proto::WriteStreamOperationStart {
        input: Some(rows),
        format: sink.format.to_owned(),
        options: [("checkpointLocation".to_owned(), sink.checkpoint)].into(),
        trigger: Some(match pace {
            Pace::Every(millis) => {
                Trigger::ProcessingTimeInterval(format!("{millis} milliseconds"))
            }
            Pace::Present => Trigger::AvailableNow(true),
        }),
        output_mode: "append".to_owned(),
        query_name: name.to_owned(),
        sink_destination: Some(SinkDestination::Path(sink.path)),
        ..Default::default()
    };
    let mut started = None;
    session.command(CommandType::WriteStreamOperationStart(start), |answer| {
        if let ResponseType::WriteStreamOperationStartResult(result) = answer {
            started = result.query_id;
        }
        Ok(())
    })?;
    let started =
        started.ok_or_else(|| Error::Internal(format!("Spark did not say that {name} began")))?;
    Ok(Query {
        name: name.to_owned(),
        id: started.id,
        run_id: started.run_id,
    })
}

/// The queries of a session that run.
///
/// # Errors
/// When the server does not answer.
pub fn active(session: &Session) -> Result<Vec<Query>> {
    let command = proto::StreamingQueryManagerCommand {
        command: Some(Managing::Active(true)),
    };
    let mut found = Vec::new();
    session.command(
        CommandType::StreamingQueryManagerCommand(command),
        |answer| {
            if let ResponseType::StreamingQueryManagerCommandResult(result) = answer
                && let Some(Managed::Active(active)) = result.result_type
            {
                found.extend(active.active_queries);
            }
            Ok(())
        },
    )?;
    let query = |query: proto::streaming_query_manager_command_result::StreamingQueryInstance| {
        let id = query.id.unwrap_or_default();
        Query {
            name: query.name.unwrap_or_default(),
            id: id.id,
            run_id: id.run_id,
        }
    };
    Ok(found.into_iter().map(query).collect())
}

impl Query {
    /// Where it stands; none if the server does not know it any more.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn status(&self, session: &Session) -> Result<Option<Status>> {
        Ok(match self.ask(session, Command::Status(true))? {
            Some(ResultType::Status(status)) => Some(Status {
                is_active: status.is_active,
                message: status.status_message,
            }),
            _ => None,
        })
    }

    /// What its last batches say of themselves, the newest last. Spark keeps 100 of them.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn progress(&self, session: &Session) -> Result<Vec<Value>> {
        let texts = match self.ask(session, Command::RecentProgress(true))? {
            Some(ResultType::RecentProgress(progress)) => progress.recent_progress_json,
            _ => Vec::new(),
        };
        let read = |text: &String| serde_json::from_str(text).ok();
        Ok(texts.iter().filter_map(read).collect())
    }

    /// What the last batch with messages says of itself, of those that Spark keeps; else the last.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn last_progress(&self, session: &Session) -> Result<Option<Value>> {
        let mut all = self.progress(session)?;
        let full = all.iter().rposition(|progress| rows(progress) > 0);
        Ok(match full {
            Some(at) => Some(all.swap_remove(at)),
            None => all.pop(),
        })
    }

    /// Why it failed, in a line; none if it did not.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn failure(&self, session: &Session) -> Result<Option<String>> {
        let Some(ResultType::Exception(failure)) = self.ask(session, Command::Exception(true))?
        else {
            return Ok(None);
        };
        Ok(failure.exception_message.map(|message| reason(&message)))
    }

    /// Waits until it has ended, at most so many milliseconds; tells whether it has.
    ///
    /// # Errors
    /// When the server does not answer, or the query failed.
    pub fn await_end(&self, session: &Session, millis: i64) -> Result<bool> {
        let command = Command::AwaitTermination(AwaitTerminationCommand {
            timeout_ms: Some(millis),
        });
        Ok(match self.ask(session, command)? {
            Some(ResultType::AwaitTermination(awaited)) => awaited.terminated,
            // The server has forgotten it.
            _ => true,
        })
    }

    /// Ends it. What its running batch did is done again by the next start.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn stop(&self, session: &Session) -> Result<()> {
        self.ask(session, Command::Stop(true)).map(drop)
    }

    fn ask(&self, session: &Session, command: Command) -> Result<Option<ResultType>> {
        let command = proto::StreamingQueryCommand {
            query_id: Some(proto::StreamingQueryInstanceId {
                id: self.id.clone(),
                run_id: self.run_id.clone(),
            }),
            command: Some(command),
        };
        let mut found = None;
        let asked = session.command(CommandType::StreamingQueryCommand(command), |answer| {
            if let ResponseType::StreamingQueryCommandResult(result) = answer {
                found = result.result_type;
            }
            Ok(())
        });
        match asked {
            // It ended an hour ago or longer, or in another life of the server.
            Err(Error::Server { what, .. }) if what.contains(UNKNOWN) => Ok(None),
            asked => asked.map(|()| found),
        }
    }
}

/// How many messages a batch has read.
pub fn rows(progress: &Value) -> u64 {
    let sources = progress.get("sources").and_then(Value::as_array);
    let counts = sources.into_iter().flatten();
    let counts = counts.filter_map(|source| source.get("numInputRows")?.as_u64());
    counts.sum()
}

/// What Spark says of a query that it has forgotten.
const UNKNOWN: &str = "STREAMING_QUERY_NOT_FOUND";

/// The cause out of what Spark says of a query that failed: the deepest one, in a line, without the
/// names of classes.
fn reason(message: &str) -> String {
    let mut causes = message
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("Caused by: "));
    let line = causes.next_back().unwrap_or(message);
    let inner = line.split_once("terminated with exception: ");
    let mut line = inner.map_or(line, |(_, said)| said);
    while let Some((class, rest)) = line.split_once(": ") {
        let is_class = class.contains('.') && !class.contains(' ');
        if !is_class {
            break;
        }
        line = rest;
    }
    errors::first_line(line).trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_is_told_without_the_names_of_classes() {
        for (message, told) in [
            (
                "[STREAM_FAILED] Query [id = 1, runId = 2] terminated with exception: \
                 org.apache.spark.sql.Bad: java.io.Bad: no such thing. SQLSTATE: XXKST",
                "no such thing. SQLSTATE: XXKST",
            ),
            (
                "org.apache.spark.Failed: Job aborted\n\tat x\nCaused by: a.b.C: first\n\tat y\n\
                 Caused by: a.b.D: Permission denied: user=me",
                "Permission denied: user=me",
            ),
            ("plain words", "plain words"),
        ] {
            assert_eq!(reason(message), told);
        }
    }
}
