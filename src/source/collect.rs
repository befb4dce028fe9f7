//! What the pieces report, put back in the order of the input: rejects and the check of the
//! first records of every source.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::error::{Error, Result};
use crate::record::Reason;

/// Records of a source that the check looks at.
pub const SAMPLE: u64 = 1_000;
/// A source with fewer records is not checked.
const LEAST: u64 = 20;

/// What one piece of the input yielded, or a part of it.
#[derive(Debug, Default)]
pub struct Report {
    /// Number of the source.
    pub source: usize,
    /// Whole records in it.
    pub records: u64,
    /// Rejects as JSON lines.
    pub rejects: Vec<u8>,
    /// Rejects among the piece's first records, for the check.
    pub early: Vec<Early>,
}

/// A reject that the check may count.
#[derive(Debug, Clone)]
pub struct Early {
    /// Number of the record within the piece.
    pub record: u64,
    /// Why.
    pub reason: Reason,
    /// Its line and the start of its text, kept for the first of its reason in the piece.
    pub example: Option<(u64, String)>,
}

impl Report {
    /// Whether a reject at `record` of a piece may be among the first of its source.
    pub fn is_early(record: u64) -> bool {
        record < SAMPLE
    }
}

/// What becomes of a run when most first records of a source are rejected for one reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstRecords {
    /// It goes on.
    Off,
    /// It ends with an error that names the option that would read them.
    On,
    /// The same, and the option by which the rejects are accepted.
    OnUnlessAccepted,
}

/// Puts reports in order.
pub struct Collector<W> {
    state: Mutex<State<W>>,
    moved: Condvar,
    paths: Vec<String>,
    check: FirstRecords,
}

struct State<W> {
    /// The piece whose report comes next.
    next: u64,
    waiting: BTreeMap<u64, Report>,
    rejects: W,
    sample: Sample,
    failed: bool,
}

#[derive(Default)]
struct Sample {
    source: usize,
    seen: u64,
    rejects: BTreeMap<Reason, (u64, Option<(u64, String)>)>,
}

impl<W: Write> Collector<W> {
    /// Collects for the sources at `paths`; rejects go to `rejects` as they come in order.
    pub fn new(paths: Vec<String>, rejects: W, check: FirstRecords) -> Self {
        Self {
            state: Mutex::new(State {
                next: 0,
                waiting: BTreeMap::new(),
                rejects,
                sample: Sample::default(),
                failed: false,
            }),
            moved: Condvar::new(),
            paths,
            check,
        }
    }

    /// Waits until at most `most` reports wait for earlier ones.
    ///
    /// # Errors
    /// When another worker failed.
    pub fn wait_for_room(&self, most: usize) -> Result<()> {
        self.wait(|state| state.waiting.len() <= most).map(drop)
    }

    /// Takes a part of the report of piece `sequence` when its turn has come.
    ///
    /// # Errors
    /// When rejects cannot be written, a source fails the check, or another worker failed.
    pub fn part(&self, sequence: u64, report: &mut Report) -> Result<()> {
        let mut state = self.wait(|state| state.next == sequence)?;
        let outcome = self.take(&mut state, report);
        report.rejects.clear();
        report.early.clear();
        self.settle(state, outcome)
    }

    /// Takes the report of piece `sequence`, or its last part.
    ///
    /// # Errors
    /// When rejects cannot be written, or a source fails the check.
    pub fn last(&self, sequence: u64, report: Report) -> Result<()> {
        let mut state = self.lock();
        state.waiting.insert(sequence, report);
        let mut outcome = Ok(());
        while outcome.is_ok()
            && let next = state.next
            && let Some(report) = state.waiting.remove(&next)
        {
            outcome = self.take(&mut state, &report);
            state.next += 1;
        }
        self.settle(state, outcome)
    }

    /// Ends: checks the last source and gives the writer of the rejects back.
    ///
    /// # Errors
    /// When the last source fails the check.
    pub fn finish(self) -> Result<W> {
        let state = self
            .state
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        if self.check != FirstRecords::Off {
            state.sample.verdict(&self.paths, self.check)?;
        }
        Ok(state.rejects)
    }

    /// Lets waiting workers end.
    pub fn fail(&self) {
        self.lock().failed = true;
        self.moved.notify_all();
    }

    fn take(&self, state: &mut State<W>, report: &Report) -> Result<()> {
        if self.check != FirstRecords::Off {
            if report.source != state.sample.source {
                state.sample.verdict(&self.paths, self.check)?;
                state.sample = Sample {
                    source: report.source,
                    ..Sample::default()
                };
            }
            state.sample.add(report, &self.paths, self.check)?;
        }
        if report.rejects.is_empty() {
            return Ok(());
        }
        state
            .rejects
            .write_all(&report.rejects)
            .map_err(|e| Error::io("write", "the file of rejects", e))
    }

    fn settle(&self, mut state: MutexGuard<'_, State<W>>, outcome: Result<()>) -> Result<()> {
        state.failed |= outcome.is_err();
        drop(state);
        self.moved.notify_all();
        outcome
    }

    fn lock(&self) -> MutexGuard<'_, State<W>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait(&self, ready: impl Fn(&State<W>) -> bool) -> Result<MutexGuard<'_, State<W>>> {
        let mut state = self.lock();
        while !state.failed && !ready(&state) {
            state = self
                .moved
                .wait_timeout(state, Duration::from_millis(100))
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
        if state.failed {
            // The worker that failed carries the reason; this one only has to end.
            return Err(Error::Internal("another worker failed".into()));
        }
        Ok(state)
    }
}

impl Sample {
    fn add(&mut self, report: &Report, paths: &[String], check: FirstRecords) -> Result<()> {
        if self.seen >= SAMPLE {
            return Ok(());
        }
        for early in &report.early {
            if self.seen + early.record < SAMPLE {
                let count = self.rejects.entry(early.reason).or_default();
                count.0 += 1;
                if count.1.is_none() {
                    count.1.clone_from(&early.example);
                }
            }
        }
        self.seen += report.records;
        if self.seen >= SAMPLE {
            self.verdict(paths, check)?;
        }
        Ok(())
    }

    /// An error when most of the first records fell for one reason.
    fn verdict(&self, paths: &[String], check: FirstRecords) -> Result<()> {
        let looked_at = self.seen.min(SAMPLE);
        let worst = self.rejects.iter().max_by_key(|(_, (count, _))| *count);
        let Some((reason, (count, example))) = worst else {
            return Ok(());
        };
        if looked_at < LEAST || count * 2 <= looked_at {
            return Ok(());
        }
        let (line, text) = example.clone().unwrap_or_default();
        let accept = match check {
            FirstRecords::OnUnlessAccepted => ", or accept the rejects with --max-rejects 100%",
            FirstRecords::On | FirstRecords::Off => "",
        };
        Err(Error::data(
            format!("{}:{line}", paths[self.source]),
            format!(
                "{count} of the first {looked_at} records are rejected as {reason} ({text}); \
                 {}{accept}",
                reason.remedy()
            ),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(source: usize, records: u64, bad: std::ops::Range<u64>) -> Report {
        Report {
            source,
            records,
            rejects: format!("{source}:{records}\n").into_bytes(),
            early: bad
                .map(|record| Early {
                    record,
                    reason: Reason::BadTime,
                    example: Some((record + 2, "1/5/2019".into())),
                })
                .collect(),
        }
    }

    fn collector() -> Collector<Vec<u8>> {
        Collector::new(
            vec!["a.csv".into(), "b.csv".into()],
            Vec::new(),
            FirstRecords::On,
        )
    }

    #[test]
    fn reports_come_in_order() {
        let collector = collector();
        collector.last(1, report(0, 2, 0..0)).expect("fine");
        collector.last(2, report(1, 3, 0..0)).expect("fine");
        collector.last(0, report(0, 1, 0..0)).expect("fine");
        assert_eq!(collector.finish().expect("fine"), b"0:1\n0:2\n1:3\n");
    }

    #[test]
    fn more_than_half_of_at_least_twenty_ends_the_run() {
        let verdict = |records, bad| {
            let collector = collector();
            let taken = collector.last(0, report(0, records, 0..bad));
            taken.and_then(|()| collector.finish().map(drop))
        };
        assert!(verdict(19, 19).is_ok());
        assert!(verdict(20, 10).is_ok());
        let error = verdict(20, 11).expect_err("most").to_string();
        assert!(
            error.starts_with("a.csv:2: 11 of the first 20 records"),
            "{error}"
        );
        assert!(error.contains("--date-format"), "{error}");
        assert!(verdict(5_000, 500).is_ok());
        assert!(verdict(5_000, 501).is_err());
    }

    #[test]
    fn only_the_first_thousand_of_a_source_count_however_they_are_cut() {
        let collector = collector();
        collector.last(0, report(0, 600, 0..300)).expect("fine");
        // Of these, only the first 400 are among the first 1,000.
        let outcome = collector.last(1, report(0, 600, 200..600));
        assert!(outcome.is_ok(), "{outcome:?}");
        let collector = self::collector();
        collector.last(0, report(0, 600, 0..301)).expect("fine");
        assert!(collector.last(1, report(0, 600, 200..600)).is_err());
    }

    #[test]
    fn a_source_that_ends_is_checked_when_the_next_begins() {
        let collector = collector();
        collector.last(0, report(0, 30, 0..20)).expect("not yet");
        assert!(collector.last(1, report(1, 1, 0..0)).is_err());
    }
}
