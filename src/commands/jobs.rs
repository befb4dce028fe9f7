//! `retail jobs`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Outcome;
use crate::error::{Error, Result};
use crate::ui::Context;

/// Show, end and clear up after what runs on a Spark cluster
///
/// Streams that stream --engine spark has submitted, and batches that run: those of this user, at
/// one server. clean removes checkpoints of streams that no longer run, and touches nothing without
/// --yes.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct JobsArgs {
    /// What to do
    #[arg(value_enum)]
    pub action: Action,
    /// Which, by its name; of status and stop
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    /// Stop all
    #[arg(long)]
    pub all: bool,
    /// Do what clean otherwise only shows
    #[arg(short, long)]
    pub yes: bool,
    /// Checkpoint that clean looks at, or folder of them; may be repeated
    #[arg(long, value_name = "FOLDER", default_value = "checkpoints")]
    pub checkpoint: Vec<PathBuf>,
    /// Address of Spark Connect, as sc://host:15002 or sc://host/;use_ssl=true;token=…
    #[arg(long, value_name = "URL", hide_env_values = true)]
    pub remote: Option<String>,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Action {
    /// Show all
    List,
    /// Show one, with its last batch
    Status,
    /// End one, or all
    Stop,
    /// Remove the checkpoints of streams that no longer run
    Clean,
}

const EXAMPLES: &str = "\
Examples:
  retail jobs list --remote sc://host:15002
  retail jobs status retail-revenue-1a2b3c4d
  retail jobs stop --all
  retail jobs clean --checkpoint hdfs://namenode:8020/checkpoints --yes";

impl JobsArgs {
    /// What does not go together changes nothing, whatever was hoped.
    fn check(&self, context: &Context) -> Result<()> {
        let usage = |what: &str| Err(Error::Usage(what.to_owned()));
        match (self.action, &self.name, self.all) {
            (Action::Status, None, _) => usage("status of which? name it; see retail jobs list"),
            (Action::Stop, None, false) => usage("stop which? name it, or say --all"),
            (Action::Stop, Some(_), true) => usage("stop NAME and --all: leave one out"),
            (Action::List | Action::Clean, Some(_), _) => usage("list and clean take no NAME"),
            _ if self.action != Action::Stop && context.typed("all") => usage("--all is for stop"),
            _ if self.action != Action::Clean && context.typed("yes") => {
                usage("--yes is for clean")
            }
            _ if self.action != Action::Clean && context.typed("checkpoint") => {
                usage("--checkpoint is for clean")
            }
            _ => Ok(()),
        }
    }
}

/// Does what is asked.
///
/// # Errors
/// When an argument is impossible, or the server refuses.
pub fn run(args: &JobsArgs, context: &Context) -> anyhow::Result<Outcome> {
    args.check(context)?;
    let Some(remote) = &args.remote else {
        return Err(Error::Usage(
            "where is the cluster? name it with --remote sc://host:15002, or set SPARK_REMOTE"
                .to_owned(),
        )
        .into());
    };
    #[cfg(feature = "spark")]
    return with_spark::run(args, remote, context);
    #[cfg(not(feature = "spark"))]
    Err(Error::Usage(format!(
        "jobs --remote {}…: this build has no Spark; build it with --features spark",
        remote.split("://").next().unwrap_or_default()
    ))
    .into())
}

#[cfg(feature = "spark")]
mod with_spark {
    use serde_json::{Value, json};

    use super::{Action, JobsArgs};
    use crate::commands::{Outcome, locations};
    use crate::spark::Remote;
    use crate::spark::jobs::{Job, Jobs, Work};
    use crate::ui::{Context, table};

    pub fn run(args: &JobsArgs, remote: &str, context: &Context) -> anyhow::Result<Outcome> {
        let remote = Remote::new(remote)?;
        let places = locations(&args.checkpoint)?;
        let jobs = Jobs::open(&remote, &context.stop)?;
        let (text, told) = match (args.action, &args.name) {
            (Action::List, _) => list(&jobs.list()?, &remote, context.width()),
            (Action::Status, name) => {
                let (job, progress) = jobs.status(name.as_deref().unwrap_or_default())?;
                (
                    status(&job, progress.as_ref()),
                    json!({"job": job, "progress": progress}),
                )
            }
            (Action::Stop, name) => {
                let ended = jobs.stop(name.as_deref(), &remote, &context.stop)?;
                let lines: Vec<_> = ended.iter().map(|name| format!("Stopped {name}")).collect();
                let text = match lines.is_empty() {
                    true => "Nothing runs".to_owned(),
                    false => lines.join("\n"),
                };
                (text, json!({ "stopped": ended }))
            }
            (Action::Clean, _) => clean(&jobs, &places, args.yes)?,
        };
        context.say(text.trim_end())?;
        if context.json() {
            let action = format!("{:?}", args.action).to_lowercase();
            let mut all = json!({
                "command": "jobs",
                "action": action,
                "server": remote.server(),
                "user": remote.user(),
            });
            if let (Some(all), Value::Object(told)) = (all.as_object_mut(), told) {
                all.extend(told);
            }
            context.json_line(&all)?;
        }
        Ok(Outcome::Done)
    }

    fn list(jobs: &[Job], remote: &Remote, width: usize) -> (String, Value) {
        let told = json!({ "jobs": jobs });
        if jobs.is_empty() {
            return (
                format!("Nothing of {} runs at {remote}", remote.user()),
                told,
            );
        }
        let none = || "-".to_owned();
        let rows: Vec<Vec<String>> = jobs
            .iter()
            .map(|job| {
                let done = job.percent.map(|percent| format!("{percent} %"));
                let done = done.or_else(|| Some(format!("batch {}", job.last_batch?)));
                let rate = job.rows_per_second.map(|rate| format!("{rate:.0}"));
                vec![
                    job.name.clone(),
                    job.state.name().to_owned(),
                    done.unwrap_or_else(none),
                    rate.unwrap_or_else(none),
                    minute(job).unwrap_or_else(none),
                    job.output
                        .clone()
                        .or_else(|| job.doing.clone())
                        .unwrap_or_else(none),
                ]
            })
            .collect();
        // A name or a time that is cut helps nobody.
        let right = [true, false, true, true, true, false];
        let header = ["name", "state", "done", "rows/s", "began (UTC)", "what"];
        let mut text = table(&header, &right, &rows, width);
        for job in jobs {
            if let Some(error) = &job.error {
                text.push_str(&format!("{}: {error}\n", job.name));
            }
        }
        (text, told)
    }

    fn minute(job: &Job) -> Option<String> {
        let minute: String = job.started.as_ref()?.chars().take(16).collect();
        Some(minute.replace('T', " "))
    }

    fn status(job: &Job, progress: Option<&Value>) -> String {
        let mut lines = vec![
            ("name", Some(job.name.clone())),
            ("state", Some(job.state.name().to_owned())),
            ("doing", job.doing.clone()),
            ("done", job.percent.map(|percent| format!("{percent} %"))),
            ("error", job.error.clone()),
            ("began", job.started.clone()),
            ("id", job.id.clone()),
            ("run id", job.run_id.clone()),
            ("source", job.source.clone()),
            ("output", job.output.clone()),
            ("checkpoint", job.checkpoint.clone()),
        ];
        if job.work == Work::Stream {
            let told = |path: &str| progress.and_then(|progress| progress.pointer(path));
            let shown = |path: &str| {
                told(path).map(|value| {
                    value
                        .as_str()
                        .map_or_else(|| value.to_string(), str::to_owned)
                })
            };
            lines.extend([
                ("last batch", job.last_batch.map(|batch| batch.to_string())),
                ("at", job.last_batch_at.clone()),
                ("messages", job.last_batch_rows.map(|rows| rows.to_string())),
                (
                    "rows/s",
                    job.rows_per_second.map(|rate| format!("{rate:.1}")),
                ),
                ("watermark", shown("/eventTime/watermark")),
                ("open rows", shown("/stateOperators/0/numRowsTotal")),
                (
                    "late rows",
                    shown("/stateOperators/0/numRowsDroppedByWatermark"),
                ),
                (
                    "behind by",
                    shown("/sources/0/metrics/maxOffsetsBehindLatest"),
                ),
            ]);
        }
        let lines = lines
            .iter()
            .filter_map(|(name, value)| Some((name, value.as_ref()?)));
        lines
            .map(|(name, value)| format!("{name:10}  {value}\n"))
            .collect()
    }

    fn clean(
        jobs: &Jobs,
        places: &[crate::store::Location],
        act: bool,
    ) -> crate::Result<(String, Value)> {
        let cleaned = jobs.clean(places, act)?;
        let mut lines: Vec<_> = cleaned
            .iter()
            .map(|one| match (&one.kept, act) {
                (Some(why), _) => format!("Keeps {}: {why}", one.checkpoint),
                (None, false) => format!("Would remove {} of {}", one.checkpoint, one.query),
                (None, true) => format!("Removed {} of {}", one.checkpoint, one.query),
            })
            .collect();
        if cleaned.is_empty() {
            lines.push("No checkpoints".to_owned());
        } else if !act && cleaned.iter().any(|one| one.kept.is_none()) {
            lines.push("Nothing was touched; say --yes to do it".to_owned());
        }
        Ok((
            lines.join("\n"),
            json!({"dry_run": !act, "checkpoints": cleaned}),
        ))
    }
}
