//! `retail upload-hdfs`.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;
use serde::Serialize;

use super::{Outcome, location};
use crate::config::values::{duration, jobs};
use crate::error::{Error, Result};
use crate::history::Place;
use crate::store::{self, Location};
use crate::ui::{Context, Summary, Unit};
use crate::upload::{self, Lake, Plan, Tally};

/// Copy the input files to HDFS, each whole or not at all
///
/// Waits until HDFS answers, makes /data/input, /data/output and /spark-events with the mode
/// 1777, and copies the files of a folder, with all below, to /data/input. Files that are there
/// unchanged are skipped, so an upload that was broken off goes on where it was. HDFS knows the
/// user by HADOOP_USER_NAME, and a name service by HADOOP_CONF_DIR.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct UploadHdfsArgs {
    /// Folder, or file, to copy
    #[arg(short, long, value_name = "PATH", default_value = "data/input")]
    pub input: PathBuf,
    /// HDFS, or a folder of it that stands for its root
    #[arg(long, value_name = "URL", default_value = "hdfs://namenode:8020")]
    pub hdfs: String,
    /// Wait so long for HDFS to answer and leave safe mode
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "60s")]
    pub wait: Duration,
    /// Copy what is there unchanged, too
    #[arg(long)]
    pub force: bool,
    /// Files that are copied at once
    #[arg(long, value_name = "N", value_parser = jobs, default_value = "16")]
    pub jobs: usize,
    /// Say what would be copied and touch nothing
    #[arg(short = 'n', long)]
    pub dry_run: bool,
}

const EXAMPLES: &str = "\
Examples:
  retail upload-hdfs
  retail upload-hdfs --hdfs hdfs://localhost:8020 --wait 2m
  retail upload-hdfs --input sales/ --hdfs hdfs://lake/tests/one --dry-run";

#[derive(Debug, Serialize)]
struct Uploaded {
    command: &'static str,
    dry_run: bool,
    #[serde(flatten)]
    tally: Tally,
    output: String,
    seconds: f64,
    bytes_per_second: u64,
}

impl Summary for Uploaded {
    fn lines(&self) -> Vec<(&'static str, String)> {
        let tally = &self.tally;
        let mut lines = vec![
            ("files", tally.files.to_string()),
            ("bytes", tally.bytes.to_string()),
            ("skipped", tally.skipped.to_string()),
        ];
        if tally.others > 0 {
            let others = format!("{}, which batch reads there, too", tally.others);
            lines.push(("other data files", others));
        }
        if tally.modes_kept > 0 {
            let kept = format!("{}, which are another user's", tally.modes_kept);
            lines.push(("modes kept", kept));
        }
        lines.push(("folder", self.output.clone()));
        let rate = format!(
            "{:.3} ({} bytes a second)",
            self.seconds, self.bytes_per_second
        );
        lines.push(("seconds", rate));
        lines
    }
}

/// Uploads, or says what would be.
///
/// # Errors
/// When there is no such input, or the upload fails.
pub fn run(args: &UploadHdfsArgs, context: &Context) -> anyhow::Result<Outcome> {
    let began = Instant::now();
    let plan = Plan {
        root: root(&args.hdfs)?,
        wait: args.wait,
        force: args.force,
        jobs: args.jobs,
    };
    let input = location(&args.input)?;
    if let Location::Hdfs(_) = input {
        return Err(Error::Usage(format!("--input {input}: is on HDFS already")).into());
    }
    if !args.dry_run {
        store::recover(&input)?;
    }
    let files = upload::sources(&input)?;
    let (tally, output) = match args.dry_run {
        true => {
            let lake = Lake::look(&plan, &context.stop)?;
            let tally = lake.rehearse(&files, &plan, &context.stop, |file, skipped| {
                let what = if skipped { "skip" } else { "upload" };
                context.say(&format!("[DRY RUN] Would {what} '{}'", file.path))
            })?;
            (tally, lake.input().clone())
        }
        false => {
            let lake = Lake::open(&plan, &context.stop)?;
            let output = lake.input().clone();
            let place = Place::beside_or_inside(&output);
            context.history.record("upload-hdfs", place, Vec::new());
            context.history.begin();
            let bytes = files.iter().map(|file| file.len).sum();
            let progress = context.progress(Unit::Bytes, Some(bytes));
            let tally = lake.upload(&files, &plan, &context.stop, &|bytes| progress.add(bytes))?;
            progress.clear();
            (tally, output)
        }
    };
    if tally.files == 0 {
        context.say(&match tally.skipped {
            0 => format!("Nothing to upload: there is no file in {input}"),
            skipped => format!("Nothing to upload: all {skipped} files are there unchanged"),
        })?;
    }
    let seconds = began.elapsed().as_secs_f64();
    context.summarize(&Uploaded {
        command: "upload-hdfs",
        dry_run: args.dry_run,
        bytes_per_second: (tally.bytes as f64 / seconds.max(0.001)) as u64,
        tally,
        output: output.to_string(),
        seconds,
    })?;
    Ok(Outcome::Done)
}

/// The place that `--hdfs` names.
fn root(text: &str) -> Result<Location> {
    match text.parse()? {
        Location::Hdfs(url) if !url.ends_with('/') => Ok(Location::Hdfs(url)),
        _ => Err(Error::Usage(format!(
            "--hdfs {text}: names no HDFS; write hdfs://host:8020"
        ))),
    }
}
