//! `retail man`.

use std::path::{Path, PathBuf};

use clap::{Args, Command};
use clap_mangen::Man;

use super::{Outcome, command};
use crate::config::annotate;
use crate::error::{Error, Result};
use crate::ui::Context;

/// Print a manual page, or write all of them
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ManArgs {
    /// The command whose page is printed; without it, that of retail itself
    #[arg(conflicts_with = "dir")]
    pub command: Option<String>,
    /// Write all pages into this folder instead
    #[arg(long, value_name = "FOLDER")]
    pub dir: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  retail man batch | man -l -
  retail man --dir ~/.local/share/man/man1";

/// Prints one page or writes all.
///
/// # Errors
/// When the command is unknown, or the pages cannot be written.
pub fn run(args: ManArgs, context: &Context) -> anyhow::Result<Outcome> {
    let mut root = annotate(command()).disable_help_subcommand(true);
    root.build();
    if let (None, Some(dir)) = (&args.command, &args.dir) {
        write_all(&root, dir)?;
        return Ok(Outcome::Done);
    }
    let page = match &args.command {
        None => &root,
        Some(name) => root.find_subcommand(name).ok_or_else(|| {
            let known: Vec<_> = root.get_subcommands().map(Command::get_name).collect();
            let known = known.join(", ");
            Error::Usage(format!("there is no command '{name}'; known are {known}"))
        })?,
    };
    let mut out = context.claim_stdout_for_data()?;
    out.text(&render(page)?)?;
    out.finish()?;
    Ok(Outcome::Done)
}

fn render(command: &Command) -> Result<String> {
    let mut roff = Vec::new();
    let page = Man::new(command.clone()).manual("Retail manual");
    page.render(&mut roff)
        .map_err(|e| Error::Internal(format!("cannot render a manual page: {e}")))?;
    Ok(String::from_utf8_lossy(&roff).into_owned())
}

fn write_all(root: &Command, dir: &Path) -> Result<()> {
    std::fs::create_dir_all(dir).map_err(|e| Error::io("create", dir.display(), e))?;
    for command in std::iter::once(root).chain(root.get_subcommands()) {
        let path = dir.join(Man::new(command.clone()).get_filename());
        std::fs::write(&path, render(command)?)
            .map_err(|e| Error::io("write", path.display(), e))?;
    }
    Ok(())
}
