//! The stream: what its record says, what its folder holds, and how both stand to batch.

use std::path::Path;

use serde_json::Value;

use crate::error::{Error, Result};
use crate::record::Total;
use crate::record::counts::Counts;
use crate::signal::Stop;
use crate::store::run_record::RUN_RECORD;
use crate::store::{Location, RunRecord};
use crate::verify::batch::Batch;
use crate::verify::groups::Tally;
use crate::verify::readable;
use crate::verify::records::{self, StreamFigures, StreamSettings};
use crate::verify::report::Report;
use crate::verify::windows::{self, Windows};

/// The reason of records that were dated too far ahead of their message: only a stream knows it.
const IN_FUTURE: &str = "event_in_future";
/// What the lines about both are called.
const BOTH: &str = "stream and batch";

/// A stream whose output is there.
pub struct Stream {
    /// Its folder.
    pub folder: Location,
    /// Its record.
    pub record: RunRecord,
    figures: StreamFigures,
    /// What decided its result.
    pub settings: StreamSettings,
}

impl Stream {
    /// The stream that wrote to `folder`; none without its record.
    ///
    /// # Errors
    /// When the record cannot be read, or is of another command.
    pub fn find(folder: &Location) -> Result<Option<Self>> {
        let Some(record) = records::of(folder, "stream")? else {
            return Ok(None);
        };
        let settings = Value::Object(record.settings.clone());
        let settings: StreamSettings = records::part(folder, "settings", settings)?;
        let (window, slide) = (settings.window, settings.slide);
        if slide <= 0 || window <= 0 || window % slide != 0 {
            let seconds = |micros: i64| micros as f64 / 1e6;
            let what = format!(
                "a slide of {} s does not divide a window of {} s",
                seconds(slide),
                seconds(window)
            );
            return Err(Error::data(folder.join(RUN_RECORD), what));
        }
        Ok(Some(Self {
            folder: folder.clone(),
            figures: records::part(folder, "figures", record.figures.clone())?,
            settings,
            record,
        }))
    }

    /// Windows that a record belongs to: W/S.
    fn overlap(&self) -> i128 {
        i128::from(self.settings.window / self.settings.slide)
    }

    /// What a sum over all windows should be for records worth `total`.
    fn in_all_windows(&self, total: Total) -> Total {
        Total::from_units(total.units() * self.overlap())
    }

    /// Σ written + Σ open + late.
    fn accounted(&self) -> Total {
        let told = &self.figures;
        let parts = [told.written_revenue, told.open_revenue, told.late_revenue];
        parts.into_iter().sum()
    }

    /// Reads the folder; what cannot be read is told by [`Stream::check`].
    ///
    /// # Errors
    /// When the store fails, or a signal came.
    pub fn windows(
        &self,
        temp_dir: &Path,
        report: &mut Report,
        stop: &Stop,
    ) -> Result<Result<Windows, String>> {
        readable(windows::read(
            &self.folder,
            &self.settings,
            temp_dir,
            report,
            stop,
        ))
    }

    /// Checks the record in itself and the folder against it.
    pub fn check(&self, windows: &Result<Windows, String>, report: &mut Report) {
        let told = &self.figures;
        let counts = &told.counts;
        let parts = counts.accepted + counts.rejected + counts.duplicates;
        report.compare("stream: read in three parts", counts.read, parts);
        let reasons = counts.rejected_by_reason.values().sum();
        report.compare("stream: rejected by reason", counts.rejected, reasons);
        let expected = self.in_all_windows(told.accepted_revenue);
        report.compare("stream: written+open+late", expected, self.accounted());

        let found = match windows {
            Ok(found) => found,
            Err(why) => return report.broken("stream: rows", why),
        };
        report.compare("stream: rows", told.windows, found.rows);
        report.compare(
            "stream: written revenue",
            told.written_revenue,
            found.revenue,
        );
        report.compare("stream: distinct windows", found.rows, found.distinct);
        report.compare("stream: windows in place", found.rows, found.well_placed);
    }

    /// Why the stream cannot be compared with `batch`, which read the input that `counts` are of.
    ///
    /// # Errors
    /// The reason.
    pub fn comparable(&self, batch: Option<&Batch>, counts: &Counts) -> Result<(), String> {
        let batch = batch.ok_or("no batch output")?;
        let (told, read) = (&self.figures, self.figures.counts.read);
        if read != counts.read {
            return Err(format!("{read} of {} read", counts.read));
        }
        if !told.ended && !told.passes_complete {
            return Err(format!(
                "{read} of {} read, but not to the end",
                counts.read
            ));
        }
        let (ours, theirs) = (
            files(&self.record),
            batch.records[0].as_ref().map(files).unwrap_or_default(),
        );
        if !ours.is_empty() && !theirs.is_empty() && ours != theirs {
            return Err("read other files".to_owned());
        }
        let from_files = told.source == "files";
        let cleaning = &self.settings.cleaning;
        let others = batch.cleaning.differing(cleaning, from_files);
        if !others.is_empty() {
            let others = others.join(", ");
            return Err(format!("cleaned with other settings ({others})"));
        }
        Ok(())
    }

    /// Records that only a stream rejects.
    fn in_future(&self) -> u64 {
        let reasons = &self.figures.counts.rejected_by_reason;
        reasons.get(IN_FUTURE).copied().unwrap_or_default()
    }

    /// How much is in windows that are not closed.
    fn open(&self) -> String {
        let sum = self.figures.open_revenue;
        match self.figures.open_windows {
            Some(count) => format!("{count} windows are still open, with {sum} in them"),
            None => format!("windows are still open, with {sum} in them"),
        }
    }

    /// Why the sums by product cannot be compared, for a stream that can be compared as a whole.
    ///
    /// # Errors
    /// The reason.
    pub fn products_comparable(&self) -> Result<i128, String> {
        if self.figures.beyond_horizon > 0 {
            let forgotten = self.figures.beyond_horizon;
            return Err(format!("{forgotten} came when their keys were forgotten"));
        }
        match (self.in_future(), self.figures.late, self.figures.ended) {
            (0, 0, true) => Ok(self.overlap()),
            (0, 0, false) => Err(self.open()),
            (0, late, _) => Err(format!("{late} late")),
            (future, ..) => Err(format!("{future} rejected as {IN_FUTURE}")),
        }
    }

    /// Compares the figures with those of batch.
    pub fn against_batch(&self, counts: &Counts, grand_total: Total, report: &mut Report) {
        let told = &self.figures.counts;
        let future = self.in_future();
        let mut compare = |name: &str, expected: u64, found: u64| {
            report.compare(format!("{BOTH}: {name}"), expected, found);
        };
        compare("read", counts.read, told.read);
        let rejected = told.rejected.saturating_sub(future);
        compare("rejected", counts.all_rejected(), rejected);
        if future > 0 {
            // Whether batch accepted them or knew them for duplicates, nobody can tell.
            let found = told.accepted + told.duplicates + future;
            let expected = counts.accepted() + counts.duplicates;
            compare("accepted + duplicates", expected, found);
            let why = format!("{future} rejected as {IN_FUTURE}");
            report.not_comparable(format!("{BOTH}: revenue"), why);
            return;
        }
        let forgotten = self.figures.beyond_horizon;
        if forgotten > 0 && counts.duplicates != told.duplicates {
            // The longer memory of batch may know more of them.
            let found = told.accepted + told.duplicates;
            compare(
                "accepted + duplicates",
                counts.accepted() + counts.duplicates,
                found,
            );
            let why = format!("{forgotten} came when their keys were forgotten");
            report.not_comparable(format!("{BOTH}: revenue"), why);
            return;
        }
        compare("accepted", counts.accepted(), told.accepted);
        compare("duplicates", counts.duplicates, told.duplicates);
        compare("not sales", counts.non_sales, told.non_sales);
        let expected = self.in_all_windows(grand_total);
        report.compare(format!("{BOTH}: revenue"), expected, self.accounted());
    }

    /// Tells how the sums by product compare with those of batch.
    pub fn products_against_batch(&self, tally: Option<Tally>, report: &mut Report) {
        let name = format!("{BOTH}: products");
        match (tally, self.products_comparable()) {
            (Some(tally), _) => tally.tell(name, report),
            (None, Err(why)) => report.not_comparable(name, why),
            // The windows could not be read, which has been told.
            (None, Ok(_)) => {}
        }
    }
}

/// The files that a run read, however their folders are spelt.
fn files(record: &RunRecord) -> Vec<(&str, u64, &str)> {
    let name = |path: &str| path.rfind('/').map_or(0, |slash| slash + 1);
    let files = record.inputs.iter();
    let mut files: Vec<_> = files
        .map(|f| (&f.path[name(&f.path)..], f.bytes, &*f.modified))
        .collect();
    files.sort_unstable();
    files
}
