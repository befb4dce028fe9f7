//! A real HDFS and a real S3, by `scripts/services`: those that all tests share, or some of a
//! test's own that it may crash.

use std::path::Path;
use std::process::{self, Command, Output};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::common::services::{Own, act, script, services};
use crate::common::{skip, stderr, stdout};

/// The address `hdfs://host:port` of the HDFS that all tests share; none, with the reason
/// printed, where it cannot be started. Each test keeps to a [`root`] of its own.
pub fn hdfs() -> Option<String> {
    static SHARED: OnceLock<Result<String, String>> = OnceLock::new();
    shared(&SHARED, "hdfs")
}

/// The S3 server that all tests share; none, with the reason printed, where it cannot be
/// started. Each test keeps to a [`root`] of its own.
pub fn s3() -> Option<S3> {
    static SHARED: OnceLock<Result<String, String>> = OnceLock::new();
    shared(&SHARED, "s3").map(|endpoint| S3 { endpoint })
}

fn shared(started: &OnceLock<Result<String, String>>, service: &str) -> Option<String> {
    match started.get_or_init(|| act(&mut services(&["start", service]))) {
        Ok(address) => Some(address.clone()),
        Err(why) => {
            skip(&format!("no {service}: {why}"));
            None
        }
    }
}

/// A name that no other folder has, in this run or another; without slashes.
pub fn root() -> String {
    static NUMBER: AtomicU16 = AtomicU16::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let time = SystemTime::now().duration_since(UNIX_EPOCH);
    let time = time.expect("after 1970").as_millis();
    format!("test-{time}-{}-{number}", process::id())
}

/// Where an S3 server serves, and with which keys.
#[derive(Debug, Clone)]
pub struct S3 {
    /// Its `AWS_ENDPOINT_URL`.
    pub endpoint: String,
}

impl S3 {
    /// The variables with which a client finds it and may do everything.
    pub fn env(&self) -> [(&'static str, String); 4] {
        [
            ("AWS_ENDPOINT_URL", self.endpoint.clone()),
            ("AWS_ACCESS_KEY_ID", "retail".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "retailsecret".to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
        ]
    }
}

/// Hadoop's own `hdfs dfs` with these arguments on the shared HDFS, as its superuser.
pub fn fs_shell(args: &[&str]) -> Output {
    hadoop(None, "dfs", args)
}

/// What `hdfs dfs` prints, which must succeed.
pub fn fs_text(args: &[&str]) -> String {
    text(&fs_shell(args), args)
}

fn hadoop(run: Option<&Path>, tool: &str, args: &[&str]) -> Output {
    let mut command = Command::new(script("hdfs"));
    command.arg(tool).args(args).env_remove("HADOOP_USER_NAME");
    if let Some(run) = run {
        command.env("RETAIL_SERVICES_RUN", run);
    }
    command.output().expect("it starts")
}

fn text(output: &Output, args: &[&str]) -> String {
    assert!(output.status.success(), "{args:?}: {}", stderr(output));
    stdout(output)
}

/// An HDFS of a test's own. A `part` is `""` for all of it, `"/namenode"` or `"/datanode"`.
pub struct OwnHdfs(Own);

impl OwnHdfs {
    /// A place for one that does not run yet; none, with the reason printed, where it cannot.
    pub fn prepare() -> Option<Self> {
        let ports = [
            "PORT",
            "HTTP_PORT",
            "DATA_PORT",
            "DATA_HTTP_PORT",
            "DATA_IPC_PORT",
        ];
        Own::prepare("hdfs", &ports).map(Self)
    }

    /// One that runs.
    pub fn start() -> Option<Self> {
        let own = Self::prepare()?;
        own.begin("");
        Some(own)
    }

    /// Its address, `hdfs://host:port`.
    pub fn address(&self) -> String {
        format!("hdfs://127.0.0.1:{}", self.0.port(0))
    }

    /// Starts a part, with the data it had, and returns when it serves.
    pub fn begin(&self, part: &str) {
        self.0.act("start", part).expect("it starts");
    }

    /// Kills a part where it stands.
    pub fn crash(&self, part: &str) {
        self.0.act("crash", part).expect("it is killed");
    }

    /// Hadoop's own `hdfs dfs` on it, as its superuser.
    pub fn fs_shell(&self, args: &[&str]) -> Output {
        hadoop(Some(self.0.run()), "dfs", args)
    }

    /// What `hdfs dfs` prints, which must succeed.
    pub fn fs_text(&self, args: &[&str]) -> String {
        text(&self.fs_shell(args), args)
    }

    /// What `hdfs dfsadmin` prints, which must succeed.
    pub fn admin(&self, args: &[&str]) -> String {
        text(&hadoop(Some(self.0.run()), "dfsadmin", args), args)
    }
}
