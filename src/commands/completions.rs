//! `retail completions`.

use clap::Args;
use clap_complete::Shell;

use super::{Outcome, command};
use crate::ui::Context;

/// Print the completions of a shell
///
/// The files also stand in the folder completions/ of the source.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct CompletionsArgs {
    /// The shell
    pub shell: Shell,
}

const EXAMPLES: &str = "\
Examples:
  retail completions bash > ~/.local/share/bash-completion/completions/retail
  retail completions zsh > ~/.zfunc/_retail
  retail completions fish > ~/.config/fish/completions/retail.fish";

/// Prints the script.
///
/// # Errors
/// When standard output cannot be written.
pub fn run(args: CompletionsArgs, context: &Context) -> anyhow::Result<Outcome> {
    // Generated into memory: clap's writer panics on a closed pipe.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command(), "retail", &mut script);
    let mut out = context.claim_stdout_for_data()?;
    out.text(&String::from_utf8_lossy(&script))?;
    out.finish()?;
    Ok(Outcome::Done)
}
