//! The options that say where the work is done.

use clap::{Args, ValueEnum};

use crate::batch::Engine;
use crate::error::{Error, Result};

/// Input from this size on is Spark's by `--engine auto`: of so much, two cores make the totals in two
/// minutes, but all analyses in more than an hour. Measured: `benches/RESULTS.md`.
pub const LARGE: u64 = 64 << 30;

/// Where the work is done.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Engine")]
pub struct EngineArgs {
    /// Who does the work: this process, a Spark cluster, or by the size of the input (from 64 GiB on)
    #[arg(long, value_name = "WHICH", value_enum, default_value = "local")]
    pub engine: Which,
    /// Address of Spark Connect, as sc://host:15002 or sc://host/;use_ssl=true;token=…
    #[arg(long, value_name = "URL", hide_env_values = true)]
    pub remote: Option<String>,
}

/// Names of engines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Which {
    /// This process
    Local,
    /// A Spark cluster
    Spark,
    /// Spark where one is configured and the input is large
    Auto,
}

impl EngineArgs {
    /// The engine for so many bytes of input, with the word `input` for what they are.
    ///
    /// # Errors
    /// [`Error::Usage`] when Spark has no address, or this build has no Spark.
    pub fn choose(&self, bytes: u64) -> Result<Engine> {
        match (self.engine, &self.remote) {
            (Which::Local, _) => Ok(Engine::Local),
            (Which::Spark, None) => Err(Error::Usage(
                "--engine spark: where is the cluster? name it with --remote sc://host:15002, or \
                 set SPARK_REMOTE"
                    .to_owned(),
            )),
            (Which::Spark, Some(remote)) => spark(remote),
            (Which::Auto, None) => {
                tracing::info!("--engine auto: local, as no --remote is configured");
                Ok(Engine::Local)
            }
            (Which::Auto, Some(_)) if bytes < LARGE => {
                let gib = LARGE >> 30;
                tracing::info!("--engine auto: local, as {bytes} bytes are less than {gib} GiB");
                Ok(Engine::Local)
            }
            (Which::Auto, Some(remote)) => {
                let engine = spark(remote)?;
                let gib = LARGE >> 30;
                tracing::info!("--engine auto: Spark, as {bytes} bytes are {gib} GiB or more");
                Ok(engine)
            }
        }
    }
}

#[cfg(feature = "spark")]
fn spark(remote: &str) -> Result<Engine> {
    crate::spark::Remote::new(remote).map(Engine::Spark)
}

#[cfg(not(feature = "spark"))]
fn spark(_: &str) -> Result<Engine> {
    Err(Error::Usage(
        "this build has no Spark; build it with --features spark, or take --engine local"
            .to_owned(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(engine: Which, remote: Option<&str>) -> EngineArgs {
        EngineArgs {
            engine,
            remote: remote.map(str::to_owned),
        }
    }

    #[test]
    fn auto_goes_by_the_size_and_only_where_a_cluster_is_configured() {
        let is_local = |args: EngineArgs, bytes| matches!(args.choose(bytes), Ok(Engine::Local));
        let remote = Some("sc://far");
        assert!(is_local(args(Which::Auto, None), u64::MAX));
        assert!(is_local(args(Which::Auto, remote), LARGE - 1));
        assert!(is_local(args(Which::Local, remote), u64::MAX));
        assert!(!is_local(args(Which::Auto, remote), LARGE));
        assert!(!is_local(args(Which::Spark, remote), 0));
        let nowhere = args(Which::Spark, None).choose(0).unwrap_err();
        assert!(nowhere.to_string().contains("SPARK_REMOTE"), "{nowhere}");
    }
}
