//! Generated rows on standard output: one header, no truth, no master data.

use std::io::Write;

use crate::error::{Error, Result};
use crate::generate::{Format, Piece, Plan, header, run};
use crate::ui::{Context, stdout_error};

/// Writes all days one after the other.
///
/// # Errors
/// [`Error::Usage`] for Parquet, whose files cannot follow each other; and when standard
/// output cannot be written.
pub fn to_stdout(plan: &Plan, threads: usize, context: &Context) -> Result<()> {
    let settings = plan.settings();
    if settings.format == Format::Parquet {
        return Err(Error::Usage(
            "--format parquet makes a file a day; for --output - choose csv or jsonl".to_owned(),
        ));
    }
    let mut out = context.claim_stdout_for_data()?;
    out.write_all(&header(settings.profile, settings.format))
        .map_err(stdout_error)?;
    run(plan, threads, &context.stop, |piece| match piece {
        Piece::Bytes(bytes) => out.write_all(bytes).map_err(stdout_error),
        Piece::Open(_) | Piece::Close(..) => Ok(()),
    })?;
    out.finish()
}
