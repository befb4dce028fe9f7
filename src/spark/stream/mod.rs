//! Jobs that add up in windows as Structured Streaming queries.
//!
//! Two queries read the topic: one writes closed windows as Parquet, the other what cleaning refuses as
//! JSON lines below `_rejects`. Both clean by the same texts as batch. What is written when is Spark's
//! doing, and not that of CONTRACT §1; `docs/spark-stream.md` says where they differ.

pub mod checkpoint;
pub mod figures;
mod job;
pub mod marker;
pub mod summary;
pub mod text;
pub mod watch;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::home::{self, Home};
use super::input::uri;
use super::queries::{self, Pace, Query, Sink};
use super::{Remote, Session};
use crate::error::{Error, Result};
use crate::record::{Mapping, Rules};
use crate::signal::Stop;
use crate::store::Location;
use crate::store::run_record::now;
use crate::stream::window::Shape;
pub use job::Job;
use marker::Marker;

/// The folder below the checkpoint with that of the rejects; that of the windows is called as the job.
pub const REJECTS: &str = "rejects";
/// What the name of the query of rejects ends with.
const OF_REJECTS: &str = "-rejects";

/// What is asked for.
#[derive(Debug)]
pub struct Plan {
    /// What is made of the messages.
    pub job: Job,
    /// Length and distance of windows, and how far the watermark stays behind.
    pub shape: Shape,
    /// How messages are cleaned.
    pub rules: Rules,
    /// An event time so many microseconds ahead of its message's is rejected.
    pub max_jump: i64,
    /// What is read.
    pub topic: Topic,
    /// Where windows go.
    pub output: Location,
    /// Where positions and state are.
    pub checkpoint: Location,
    /// What must be the same to go on.
    pub identity: Map<String, Value>,
    /// How long a query runs, and how often it looks for messages.
    pub pace: Pace,
}

impl Plan {
    /// The folder of the rows.
    pub fn table(&self) -> Location {
        self.job.table(&self.output)
    }

    /// The folder of Spark's own checkpoint of the windows.
    pub fn positions(&self) -> Location {
        self.checkpoint.join(self.job.name())
    }
}

/// The topic, as the cluster reaches it.
#[derive(Debug, Clone)]
pub struct Topic {
    /// Its name, or several with commas.
    pub name: String,
    /// `host:port,…`
    pub brokers: String,
    /// Where to begin, `earliest` or `latest`.
    pub from: &'static str,
    /// Properties of Kafka's client in Java.
    pub properties: Vec<(String, String)>,
}

/// The queries of a stream that was submitted.
#[derive(Debug, Clone)]
pub struct Submitted {
    /// That of the windows.
    pub windows: Query,
    /// That of the rejects.
    pub rejects: Query,
    /// What they read.
    pub source: String,
}

impl Topic {
    /// What Spark is told.
    fn options(&self) -> Vec<(String, String)> {
        let own = [
            ("kafka.bootstrap.servers", self.brokers.as_str()),
            ("subscribe", self.name.as_str()),
            // Messages that expired unread are an error, not a gap.
            ("failOnDataLoss", "true"),
            // As the local engine reads; Spark alone would read what a transaction has taken back.
            ("kafka.isolation.level", "read_committed"),
        ];
        let own = own.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let given = self.properties.iter();
        let given = given.map(|(name, value)| (format!("kafka.{name}"), value.clone()));
        own.into_iter().chain(given).collect()
    }
}

/// The name of the query of windows, which goes by job and checkpoint, on every machine the same.
///
/// # Errors
/// When the folder cannot be named.
pub fn name(plan: &Plan) -> Result<String> {
    let digest = Sha256::digest(uri(&plan.checkpoint)?.as_bytes());
    let hex: String = digest[..4]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    Ok(format!("retail-{}-{hex}", plan.job.name()))
}

/// The name of the query of rejects beside that of windows.
pub fn of_rejects(name: &str) -> String {
    format!("{name}{OF_REJECTS}")
}

/// Starts both queries.
///
/// # Errors
/// When one with this checkpoint runs already, the checkpoint or the output is of something else, or
/// Spark refuses.
pub fn submit(plan: &Plan, home: &Home) -> Result<Submitted> {
    let session = &home.session;
    let name = name(plan)?;
    let marker = Marker::of(plan, &name, session.remote())?;
    let running = queries::active(session)?;
    if let Some(running) = running
        .iter()
        .find(|running| running.name == name || running.name == of_rejects(&name))
    {
        let what = format!(
            "{} runs with this checkpoint; see retail jobs status {name}, or end it with retail jobs \
             stop {name}",
            running.name
        );
        return Err(Error::Busy {
            place: plan.checkpoint.to_string(),
            what,
        });
    }
    marker.place(plan)?;
    prepare(session)?;
    let views = Views::of(plan, session, &name)?;
    let sink = |format, output: &Location, folder: &str| -> Result<Sink<'_>> {
        Ok(Sink {
            format,
            path: uri(output)?,
            checkpoint: uri(&plan.checkpoint.join(folder))?,
        })
    };
    let windows = queries::start(
        session,
        &name,
        super::plan::sql(&text::windows(&views.marked, plan.job, plan.shape)),
        sink("parquet", &plan.table(), plan.job.name())?,
        plan.pace,
    )?;
    let rejects = queries::start(
        session,
        &of_rejects(&name),
        super::plan::sql(&text::rejects(&views.judged)),
        sink("json", &plan.output.join("_rejects"), REJECTS)?,
        plan.pace,
    );
    let rejects = match rejects {
        Ok(rejects) => rejects,
        Err(e) => {
            windows.stop(session)?;
            return Err(e);
        }
    };
    views.drop(session)?;
    let submitted = Submitted {
        windows,
        rejects,
        source: format!("kafka://{}/{}", plan.topic.brokers, plan.topic.name),
    };
    for query in submitted.all() {
        home.note_query(&query.name, &submitted.note(query, plan))?;
    }
    Ok(submitted)
}

/// What the session is told besides what every session is told.
fn prepare(session: &Session) -> Result<()> {
    for (key, value) in [
        // Spark would end the running one.
        ("spark.sql.streaming.stopActiveRunOnRestart", "false"),
        ("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS"),
        // Windows that a batch has closed are written when nothing more comes.
        ("spark.sql.streaming.noDataMicroBatches.enabled", "true"),
        ("spark.sql.streaming.statefulOperator.allowMultiple", "true"),
    ] {
        session.set(key, value)?;
    }
    Ok(())
}

impl Submitted {
    /// Both.
    pub fn all(&self) -> [&Query; 2] {
        [&self.windows, &self.rejects]
    }

    fn note(&self, query: &Query, plan: &Plan) -> home::Query {
        home::Query {
            id: query.id.clone(),
            run_id: query.run_id.clone(),
            checkpoint: plan.checkpoint.to_string(),
            output: plan.output.to_string(),
            source: self.source.clone(),
            submitted: now(),
        }
    }

    /// Ends both.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn stop(&self, session: &Session) -> Result<()> {
        let ended = self.all().map(|query| query.stop(session));
        ended.into_iter().collect()
    }
}

/// The steps of a stream, by the names that they have in the session.
struct Views {
    /// Every message.
    raw: String,
    /// Every message with what cleaning makes of it.
    judged: String,
    /// The accepted ones, with a watermark.
    marked: String,
}

impl Views {
    fn of(plan: &Plan, session: &Session, name: &str) -> Result<Self> {
        let view = |step: &str| format!("{}_{step}", name.replace('-', "_"));
        let (raw, judged, marked) = (view("raw"), view("judged"), view("marked"));
        let mut options = plan.topic.options();
        options.push(("startingOffsets".to_owned(), plan.topic.from.to_owned()));
        let options: Vec<_> = options
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .collect();
        session.name(&raw, super::plan::stream("kafka", &options, &text::MESSAGE))?;
        let judge = text::judged(
            &raw,
            plan.job,
            &Mapping::of_events(&plan.rules),
            &plan.rules,
            plan.max_jump,
        );
        session.name(&judged, super::plan::sql(&judge))?;
        let accepted = super::plan::sql(&text::accepted(&judged, plan.job));
        let delay = format!("{} microseconds", plan.shape.patience);
        session.name(
            &marked,
            super::plan::watermark(accepted, text::TIME, &delay),
        )?;
        Ok(Self {
            raw,
            judged,
            marked,
        })
    }

    /// Takes the names back: the queries know what they meant, and the session lasts, with all it holds.
    fn drop(self, session: &Session) -> Result<()> {
        let names = [self.marked, self.judged, self.raw];
        names.iter().try_for_each(|name| session.unname(name))
    }
}

/// Joins the session of the user and submits there.
///
/// # Errors
/// As [`submit`].
pub fn begin(plan: &Plan, remote: &Remote, stop: &Stop) -> Result<(Home, Submitted)> {
    let tag = format!("{}-submit", name(plan)?);
    let home = Home::join(remote, &tag, stop)?;
    let submitted = submit(plan, &home)?;
    Ok((home, submitted))
}
