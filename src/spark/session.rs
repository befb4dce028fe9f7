//! A session on a Spark Connect server: SQL out, Arrow in, in bounded memory.

use std::collections::BTreeMap;
use std::future::Future;
use std::time::{Duration, Instant};

use arrow::array::RecordBatch;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use spark_connect_core::client::SparkConnectClient;
use spark_connect_core::error::SparkError;
use spark_connect_core::reattach::ExecutePlanResponseReattachableIterator;
use spark_connect_core::retries::{RetryPolicy, RetryPolicyState};
use spark_connect_proto as proto;
use spark_connect_proto::execute_plan_response::ResponseType;

use super::errors;
use super::remote::Remote;
use crate::error::{Error, Result};
use crate::signal::Stop;
use crate::store::remote;

/// What is asked of a server on the way out takes at most so long.
const FAREWELL: Duration = Duration::from_secs(3);
/// A server that does not answer at the beginning has so long to do so.
const HELLO: Duration = Duration::from_secs(10);
/// The first version with the functions that the texts use, and with exact JSON numbers.
const OLDEST: u32 = 4;

/// What a session is set to, so that the same text means the same on every cluster.
const SETTINGS: [(&str, &str); 9] = [
    ("spark.sql.session.timeZone", "UTC"),
    // A sum that does not fit is an error, not a null.
    ("spark.sql.ansi.enabled", "true"),
    ("spark.sql.caseSensitive", "true"),
    ("spark.sql.files.ignoreMissingFiles", "false"),
    ("spark.sql.files.ignoreCorruptFiles", "false"),
    // Of equal keys in JSON: those rows are looked at apart.
    ("spark.sql.mapKeyDedupPolicy", "LAST_WIN"),
    (
        "spark.sql.sources.partitionColumnTypeInference.enabled",
        "false",
    ),
    ("spark.sql.decimalOperations.allowPrecisionLoss", "false"),
    // Pandas writes such times; else Spark refuses the file.
    ("spark.sql.legacy.parquet.nanosAsLong", "true"),
];

/// A session, which ends with this value.
pub struct Session {
    client: SparkConnectClient,
    remote: Remote,
    stop: Stop,
    /// Marks what this process asks, among what others ask in the same session.
    tag: String,
    /// Whether the server forgets the session with this value.
    own: bool,
}

impl Session {
    /// Opens a session; `tag` names the run in the server's own lists.
    ///
    /// # Errors
    /// When nobody answers there, the token is refused, or the server is too old.
    pub fn open(remote: &Remote, tag: &str, stop: &Stop) -> Result<Self> {
        Self::begin(remote, tag, stop, true)
    }

    /// Joins the session that the address names, which lasts beyond this value.
    ///
    /// # Errors
    /// As [`Session::open`].
    pub fn join(remote: &Remote, tag: &str, stop: &Stop) -> Result<Self> {
        Self::begin(remote, tag, stop, false)
    }

    fn begin(remote: &Remote, tag: &str, stop: &Stop, own: bool) -> Result<Self> {
        let failed = |e: SparkError| errors::of(remote, &e);
        let _guard = remote::runtime()?.enter();
        let connected = SparkConnectClient::connect(remote.channel());
        let mut client = remote::wait_unless(stop, async { connected.await.map_err(failed) })?;
        client.set_retry_policy(RetryPolicy::no_retries());
        let mut session = Self {
            client,
            remote: remote.clone(),
            stop: stop.clone(),
            tag: tag.to_owned(),
            own: false,
        };
        session.check_version()?;
        session.own = own;
        // What passes by itself, such as a network that drops a connection, is tried again.
        session.client.set_retry_policy(patience());
        for (key, value) in SETTINGS {
            session.set(key, value)?;
        }
        Ok(session)
    }

    /// Where the server is.
    pub fn remote(&self) -> &Remote {
        &self.remote
    }

    fn check_version(&self) -> Result<()> {
        use proto::analyze_plan_request::{Analyze, SparkVersion};
        use proto::analyze_plan_response::Result as Answer;
        let request = proto::AnalyzePlanRequest {
            analyze: Some(Analyze::SparkVersion(SparkVersion {})),
            ..self.analysis()
        };
        let asked = async {
            match tokio::time::timeout(HELLO, self.client.analyze_plan(request)).await {
                Ok(answer) => answer.map_err(|e| self.failed(&e)),
                Err(_) => Err(errors::silent(&self.remote)),
            }
        };
        let version = match self.wait(asked)?.result {
            Some(Answer::SparkVersion(version)) => version.version,
            _ => String::new(),
        };
        let major: Option<u32> = version.split('.').next().and_then(|n| n.parse().ok());
        match major {
            Some(major) if major >= OLDEST => Ok(()),
            _ => Err(errors::too_old(&self.remote, &version, OLDEST)),
        }
    }

    /// Sets what the session does with every text.
    ///
    /// # Errors
    /// When the server refuses.
    pub fn set(&self, key: &str, value: &str) -> Result<()> {
        self.ask(self.client.set_config(key, value))
    }

    /// The number of the session, by which others join it.
    pub fn id(&self) -> &str {
        self.client.session_id()
    }

    /// What of the session's settings has a name that begins so.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn settings(&self, prefix: &str) -> Result<BTreeMap<String, String>> {
        use proto::config_request::{GetAll, Operation, operation::OpType};
        // With a prefix, the server answers names without it.
        let request = proto::ConfigRequest {
            session_id: self.client.session_id().to_owned(),
            user_context: Some(self.user()),
            operation: Some(Operation {
                op_type: Some(OpType::GetAll(GetAll { prefix: None })),
            }),
            ..Default::default()
        };
        let answer = self.ask(self.client.config(request))?;
        let pairs = answer.pairs.into_iter();
        let named = pairs.filter_map(|pair| {
            let name = pair.key.strip_prefix(prefix)?.to_owned();
            Some((name, pair.value?))
        });
        Ok(named.collect())
    }

    /// Forgets what was set.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn unset(&self, key: &str) -> Result<()> {
        self.ask(self.client.unset_config(key))
    }

    /// Ends what runs in this session under a tag; gives how much that was.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn interrupt(&self, tag: &str) -> Result<usize> {
        let ended = self.ask(self.client.interrupt_tag(tag))?;
        Ok(ended.len())
    }

    /// Runs a text and hands its rows to `take`, some at a time.
    ///
    /// # Errors
    /// When Spark refuses it, a signal came, or `take` fails.
    pub fn query(&self, sql: &str, take: impl FnMut(RecordBatch) -> Result<()>) -> Result<()> {
        self.query_watched(sql, &|_| (), take)
    }

    /// The same, and tells `watch` now and then how many bytes of its inputs have been read for it.
    ///
    /// # Errors
    /// As [`Session::query`].
    pub fn query_watched(
        &self,
        sql: &str,
        watch: &dyn Fn(u64),
        take: impl FnMut(RecordBatch) -> Result<()>,
    ) -> Result<()> {
        let began = Instant::now();
        let done = self.execute(
            proto::plan::OpType::Root(super::plan::sql(sql)),
            watch,
            take,
        );
        let begin: String = sql.chars().take(80).collect();
        tracing::debug!(took = ?began.elapsed(), begin, "asked Spark");
        done
    }

    /// Gives a relation a name in this session.
    ///
    /// # Errors
    /// When Spark refuses it: a path that is not there, or may not be read.
    pub fn name(&self, name: &str, relation: proto::Relation) -> Result<()> {
        let view = proto::CreateDataFrameViewCommand {
            input: Some(relation),
            name: name.to_owned(),
            is_global: false,
            replace: true,
        };
        let began = Instant::now();
        let command = proto::command::CommandType::CreateDataframeView(view);
        self.command(command, |_| Ok(()))?;
        tracing::debug!(took = ?began.elapsed(), name, "named on Spark");
        Ok(())
    }

    /// Takes a name back.
    ///
    /// # Errors
    /// When the server does not answer.
    pub fn unname(&self, name: &str) -> Result<()> {
        self.query(&format!("DROP VIEW IF EXISTS {name}"), |_| Ok(()))
    }

    /// Computes a text, once, and gives its rows a name in this session. They stay on the cluster's
    /// machines until the session ends; what is asked of them later does not know the text.
    ///
    /// # Errors
    /// When Spark refuses it, or a signal came.
    pub fn keep(&self, name: &str, sql: &str) -> Result<()> {
        self.keep_watched(name, sql, &|_| ()).map(drop)
    }

    /// The same, and tells `watch` how many bytes have been read; gives what is to be forgotten.
    ///
    /// # Errors
    /// As [`Session::keep`].
    pub fn keep_watched(
        &self,
        name: &str,
        sql: &str,
        watch: &dyn Fn(u64),
    ) -> Result<proto::CachedRemoteRelation> {
        let began = Instant::now();
        let command = proto::CheckpointCommand {
            relation: Some(super::plan::sql(sql)),
            local: true,
            eager: true,
            storage_level: Some(proto::StorageLevel {
                use_disk: true,
                use_memory: true,
                use_off_heap: false,
                deserialized: false,
                replication: 1,
            }),
        };
        let mut kept = None;
        let command = proto::command::CommandType::CheckpointCommand(command);
        self.command(command, |answer| {
            match answer {
                ResponseType::CheckpointCommandResult(result) => kept = result.relation,
                ResponseType::ExecutionProgress(progress) => watch(read(&progress)),
                _ => {}
            }
            Ok(())
        })?;
        let kept = kept.ok_or_else(|| Error::Internal("Spark kept nothing".to_owned()))?;
        tracing::debug!(took = ?began.elapsed(), name, "kept on Spark");
        self.name(name, super::plan::kept(kept.clone()))?;
        Ok(kept)
    }

    /// Lets the cluster forget rows that it keeps, though they still have a name.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn forget(&self, kept: proto::CachedRemoteRelation) -> Result<()> {
        let command = proto::RemoveCachedRemoteRelationCommand {
            relation: Some(kept),
        };
        let command = proto::command::CommandType::RemoveCachedRemoteRelationCommand(command);
        self.command(command, |_| Ok(()))
    }

    /// Gives rows of this process a name in this session.
    ///
    /// # Errors
    /// When there are more than a message holds, or Spark refuses them.
    pub fn bring(&self, name: &str, rows: &RecordBatch) -> Result<()> {
        let failed = |e: arrow::error::ArrowError| Error::Internal(format!("{name}: {e}"));
        let mut data = Vec::new();
        let mut writer = StreamWriter::try_new(&mut data, &rows.schema()).map_err(failed)?;
        writer.write(rows).map_err(failed)?;
        writer.finish().map_err(failed)?;
        drop(writer);
        self.name(name, super::plan::local(data))
    }

    /// Runs a command and hands what it answers to `take`.
    ///
    /// # Errors
    /// When Spark refuses it, or a signal came.
    pub fn command(
        &self,
        command: proto::command::CommandType,
        mut take: impl FnMut(ResponseType) -> Result<()>,
    ) -> Result<()> {
        let command = proto::Command {
            command_type: Some(command),
        };
        self.responses(proto::plan::OpType::Command(command), &mut take)
    }

    fn execute(
        &self,
        plan: proto::plan::OpType,
        watch: &dyn Fn(u64),
        mut take: impl FnMut(RecordBatch) -> Result<()>,
    ) -> Result<()> {
        self.responses(plan, &mut |response| {
            let batch = match response {
                ResponseType::ArrowBatch(batch) => batch,
                ResponseType::ExecutionProgress(progress) => {
                    watch(read(&progress));
                    return Ok(());
                }
                _ => return Ok(()),
            };
            let broken = |e| Error::Internal(format!("rows of Spark: {e}"));
            let rows = StreamReader::try_new(batch.data.as_ref(), None).map_err(broken)?;
            for rows in rows {
                take(rows.map_err(broken)?)?;
            }
            Ok(())
        })
    }

    fn responses(
        &self,
        plan: proto::plan::OpType,
        take: &mut dyn FnMut(ResponseType) -> Result<()>,
    ) -> Result<()> {
        let request = proto::ExecutePlanRequest {
            session_id: self.client.session_id().to_owned(),
            user_context: Some(self.user()),
            plan: Some(proto::Plan {
                op_type: Some(plan),
            }),
            tags: vec![self.tag.clone()],
            ..Default::default()
        };
        let iteration = ExecutePlanResponseReattachableIterator::new(request);
        let first = iteration.request().clone();
        let mut answers = self.ask(self.client.execute_plan(first))?;
        let mut tries = RetryPolicyState::new(patience());
        loop {
            let answer = self.wait(async {
                let answer = answers.message().await;
                if let Ok(Some(answer)) = &answer {
                    iteration.set_last_response_id(answer).await;
                }
                Ok(answer)
            })?;
            // A server ends an answer after two minutes and is asked for the rest then: only its own
            // word tells that this was all.
            let mut broken = match answer {
                Ok(Some(answer)) => {
                    tries = RetryPolicyState::new(patience());
                    if let Some(response) = answer.response_type {
                        take(response)?;
                    }
                    continue;
                }
                Ok(None) if self.wait(async { Ok(iteration.is_completed().await) })? => break,
                Ok(None) => None,
                Err(status) => Some(SparkError::from_grpc_status(status)),
            };
            answers = loop {
                if let Some(error) = &broken {
                    self.pause(&mut tries, error)?;
                }
                let again = async {
                    let request = iteration.create_reattach_request().await;
                    Ok(self.client.reattach_execute(request).await)
                };
                match self.wait(again)? {
                    Ok(more) => break more,
                    Err(error) => broken = Some(error),
                }
            };
        }
        // What it holds for another try is not wanted any more.
        self.wait(async {
            let done = iteration.create_release_request(true).await;
            let _ = self.client.release_execute(done).await;
            Ok(())
        })
    }

    /// Waits until an answer that broke off may be asked for again.
    fn pause(&self, tries: &mut RetryPolicyState, error: &SparkError) -> Result<()> {
        let pause = match errors::is_passing(error) {
            true => tries.next_attempt(None),
            false => None,
        };
        let pause = pause.ok_or_else(|| self.failed(error))?;
        self.wait(async {
            tokio::time::sleep(Duration::from_millis(pause)).await;
            Ok(())
        })
    }

    fn analysis(&self) -> proto::AnalyzePlanRequest {
        proto::AnalyzePlanRequest {
            session_id: self.client.session_id().to_owned(),
            user_context: Some(self.user()),
            ..Default::default()
        }
    }

    fn user(&self) -> proto::UserContext {
        proto::UserContext {
            user_id: self.remote.user().to_owned(),
            user_name: self.remote.user().to_owned(),
            ..Default::default()
        }
    }

    fn failed(&self, error: &SparkError) -> Error {
        errors::of(&self.remote, error)
    }

    fn ask<T>(&self, asked: impl Future<Output = Result<T, SparkError>>) -> Result<T> {
        self.wait(async { asked.await.map_err(|e| self.failed(&e)) })
    }

    fn wait<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        remote::wait_unless(&self.stop, work)
    }

    /// Tells the server what it need not do any more.
    fn farewell(&self) {
        let Ok(runtime) = remote::runtime() else {
            return;
        };
        let asked = async {
            // Without this it would go on for nobody.
            let _ = self.client.interrupt_tag(&self.tag).await;
            if self.own {
                let _ = self.client.release_session().await;
            }
        };
        // Whether it heard that or not, it forgets sessions by itself, only later.
        let _ = runtime.block_on(async { tokio::time::timeout(FAREWELL, asked).await });
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if self.own || self.stop.asked() {
            self.farewell();
        }
    }
}

/// How many bytes have been read for what is under way.
fn read(progress: &proto::execute_plan_response::ExecutionProgress) -> u64 {
    let read = progress.stages.iter().map(|stage| stage.input_bytes_read);
    read.sum::<i64>().unsigned_abs()
}

/// How often and how long what passes by itself is tried again.
fn patience() -> RetryPolicy {
    RetryPolicy {
        max_retries: Some(8),
        initial_backoff_ms: 200,
        max_backoff_ms: Some(4_000),
        max_retry_exception_elapsed_time_ms: Some(20_000),
        ..RetryPolicy::default()
    }
}
