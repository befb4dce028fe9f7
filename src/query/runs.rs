//! Which runs made the outputs that a query reads: figures of two runs must never be mixed.

use crate::error::{Error, Result};
use crate::store::{Location, RunRecord};

/// The tables of the outputs and the folders below `--output` that hold them.
pub(super) const OUTPUTS: [(&str, &str); 4] = [
    ("daily", "analysis_parquet"),
    ("kpis", "analysis_csv_kpis"),
    ("sales", "analysis_sales"),
    ("products", "analysis_products"),
];

/// The outputs that a query reads and the runs that made them.
#[derive(Debug, Default)]
pub(super) struct Runs(Vec<(&'static str, Location, Option<String>)>);

impl Runs {
    /// Adds the output `name` in `folder`.
    ///
    /// # Errors
    /// [`Error::Data`] when another run made it than the others.
    pub(super) fn add(&mut self, name: &'static str, folder: Location) -> Result<()> {
        let run = run_of(&folder)?;
        if let (Some((first, _, Some(earlier))), Some(run)) = (self.0.first(), &run)
            && earlier != run
        {
            return Err(Error::data(
                &folder,
                format!(
                    "{first} and {name} are of different runs, {earlier} and {run}; run retail \
                     batch again, or ask for one of them"
                ),
            ));
        }
        self.0.push((name, folder, run));
        Ok(())
    }

    /// Looks whether the outputs are still those that were added.
    ///
    /// # Errors
    /// [`Error::Busy`] when one has been replaced.
    pub(super) fn still(&self) -> Result<()> {
        for (name, folder, run) in &self.0 {
            if run_of(folder)? != *run {
                return Err(Error::Busy {
                    place: folder.to_string(),
                    what: format!("{name} was replaced while it was read; ask again"),
                });
            }
        }
        Ok(())
    }
}

fn run_of(folder: &Location) -> Result<Option<String>> {
    Ok(RunRecord::read(folder)?.map(|record| record.run_id))
}
