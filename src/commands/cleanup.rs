//! `retail cleanup`.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use serde::Serialize;

use super::Outcome;
use crate::cleanup::{Root, TARGETS, WORLDS};
use crate::ui::{Context, Summary};

/// Empty the folders that runs fill
///
/// Clears data/input, data/output, hdfs/namenode, hdfs/datanode, checkpoints and spark-events
/// below the root, and data/worlds where it is there, and keeps the empty folders. Links are
/// removed, never followed. On a terminal it asks first; elsewhere, as in a script, it does not.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct CleanupArgs {
    /// Folder that holds the folders to clear
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    pub root: PathBuf,
    /// Say what would be cleared and touch nothing
    #[arg(short = 'n', long)]
    pub dry_run: bool,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
}

const EXAMPLES: &str = "\
Examples:
  retail cleanup --dry-run
  retail cleanup --yes
  retail cleanup --root /srv/retail --yes";

#[derive(Debug, Serialize)]
struct CleanupSummary {
    command: &'static str,
    dry_run: bool,
    targets: Vec<TargetSummary>,
}

#[derive(Debug, Serialize)]
struct TargetSummary {
    path: &'static str,
    label: &'static str,
    action: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl Summary for CleanupSummary {
    // Every target has said its line already.
    fn lines(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}

/// Clears the targets. One that fails does not keep the others from being cleared.
///
/// # Errors
/// When the root cannot be opened, the question was answered with no, or a target failed.
pub fn run(args: CleanupArgs, context: &Context) -> anyhow::Result<Outcome> {
    let root = Root::open(&args.root)?;
    // What keeps it from being looked for keeps the targets beside it from being cleared, which says so.
    let worlds = root.has(&WORLDS).unwrap_or_default();
    let all: Vec<_> = TARGETS.iter().chain(worlds.then_some(&WORLDS)).collect();
    if !args.dry_run && !args.yes {
        let question = format!(
            "Clear {} folders below '{}'?",
            all.len(),
            args.root.display()
        );
        if context.confirm(&question) == Some(false) {
            bail!("not confirmed, nothing was cleared; answer y or give --yes");
        }
    }
    let mut targets = Vec::with_capacity(all.len());
    let mut failures = Vec::new();
    for target in all {
        context.stop.check()?;
        let result = if args.dry_run {
            root.check(target)
        } else {
            root.clear(target)
        };
        let (action, error) = match result {
            Ok(action) => {
                context.say(&action.line(target))?;
                (action.name(), None)
            }
            Err(error) => {
                // Targets below one folder fail for one reason.
                if !failures.contains(&error.to_string()) {
                    failures.push(error.to_string());
                }
                ("failed", Some(error.to_string()))
            }
        };
        targets.push(TargetSummary {
            path: target.path,
            label: target.label,
            action,
            error,
        });
    }
    context.summarize(&CleanupSummary {
        command: "cleanup",
        dry_run: args.dry_run,
        targets,
    })?;
    if !failures.is_empty() {
        bail!("{}", failures.join("; "));
    }
    Ok(Outcome::Done)
}
