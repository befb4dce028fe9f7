//! Files played in-process, from where the last run left them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::events::pace::Pace;
use crate::events::player::{Place, Player};
use crate::events::score::Score;
use crate::events::survey::{Mark, mark, survey};
use crate::record::Reason;
use crate::signal::Stop;
use crate::source::input::{Format, Input};
use crate::source::reject::Spot;
use crate::store::run_record::InputFile;
use crate::stream::checkpoint::{FilesPosition, Position};
use crate::stream::origin::Origin;
use crate::stream::source::{Polled, Source, Take};

/// Events are taken up for so long before the stream looks around.
const SPELL: Duration = Duration::from_millis(20);
/// The clock is looked at after so many.
const TURN: usize = 256;

/// Plays files as one partition.
///
/// Files that are new since an earlier run are played after those known then, as a pass of
/// their own, so that what was read never changes its order.
pub struct Files {
    player: Player,
    pace: Pace,
    position: FilesPosition,
    /// Files that are played when the present ones are through.
    later: Vec<Input>,
    stop: Stop,
}

impl Files {
    /// Goes on behind `was`, the last commit; `score` names all files that are there now.
    ///
    /// # Errors
    /// [`Error::Data`] when a file that was read is another now, or most of its first records
    /// are rejected (with `check`); when one cannot be read.
    pub fn open(
        score: Score,
        pace: Pace,
        was: Option<&Position>,
        check: bool,
        stop: &Stop,
    ) -> Result<Self> {
        let mut position = match was {
            None => FilesPosition::default(),
            Some(Position::Files(files)) => files.clone(),
            Some(_) => return Err(Error::Internal("a position of another source".into())),
        };
        let marks = score.inputs.iter().map(|input| mark(input, stop));
        let marks = marks.collect::<Result<Vec<Mark>>>()?;
        same_files(&position.files, &marks)?;
        let known = position.files.len();
        let mut later = score.inputs[known..].to_vec();
        if score.looped && known > 0 && !later.is_empty() {
            tracing::warn!(
                "{} new file(s) are not played: a loop goes on with the files it began with",
                later.len()
            );
            later.clear();
        }
        if known == 0 {
            position.files = marks;
            later.clear();
        }
        let inputs: Arc<[Input]> = score.inputs[position.first..position.files.len()].into();
        // These are the same files: what they hold is known.
        if position.surveyed.len() != inputs.len() {
            position.surveyed = survey(&inputs, &score.rules, score.delimiter, check, stop)?;
        }
        let score = Score {
            survey: Some(position.surveyed.clone()),
            inputs,
            ..score
        };
        let mut player = Player::new(score, stop);
        player.seek(position.place)?;
        Ok(Self {
            player,
            pace,
            position,
            later,
            stop: stop.clone(),
        })
    }

    /// Turns to files that were not known before; false if there are none.
    fn next_pass(&mut self) -> Result<bool> {
        if self.later.is_empty() {
            return Ok(false);
        }
        let later = std::mem::take(&mut self.later);
        let marks = later.iter().map(|input| mark(input, &self.stop));
        let marks = marks.collect::<Result<Vec<Mark>>>()?;
        let score = self.player.score().clone();
        let inputs: Arc<[Input]> = later.into();
        let found = survey(&inputs, &score.rules, score.delimiter, false, &self.stop)?;
        self.position.first = self.position.files.len();
        self.position.files.extend(marks);
        self.position.surveyed.clone_from(&found);
        let score = Score {
            survey: Some(found),
            inputs,
            ..score
        };
        self.player = Player::new(score, &self.stop);
        self.player.seek(Place::default())?;
        Ok(true)
    }
}

/// The files that were read must be there as they were, and before all new ones.
fn same_files(known: &[Mark], now: &[Mark]) -> Result<()> {
    for (number, mark) in known.iter().enumerate() {
        let here = now.get(number);
        if here.is_some_and(|here| here.is(mark)) {
            continue;
        }
        let what = match here {
            Some(here) if here.name == mark.name => "has changed",
            Some(new) if now.iter().any(|other| other.is(mark)) => {
                return Err(Error::data(
                    &new.path,
                    format!(
                        "is new and stands before {}, which was read; give it a name that sorts \
                         after it, or begin anew with --fresh",
                        mark.path
                    ),
                ));
            }
            _ => "is gone",
        };
        let what = format!("{what} since it was read; put it back, or begin anew with --fresh");
        return Err(Error::data(&mark.path, what));
    }
    Ok(())
}

impl<T: Take> Source<T> for Files {
    fn poll(&mut self, wait: Duration, take: &mut T) -> Result<Polled> {
        take.partitions(1);
        let began = Instant::now();
        loop {
            for _ in 0..TURN {
                match self.player.step() {
                    Ok(true) => {}
                    Ok(false) if self.next_pass()? => continue,
                    Ok(false) => return Ok(Polled::End),
                    // What was taken up is committed; the event that was looked for is not.
                    Err(Error::Interrupted(_)) => return Ok(Polled::More),
                    Err(e) => return Err(e),
                }
                let inputs = Arc::clone(&self.player.score().inputs);
                let Some(event) = self.player.current() else {
                    return Ok(Polled::End);
                };
                let due = self.pace.wait(event.time, Instant::now);
                if !due.is_zero() {
                    std::thread::sleep(due.min(wait.saturating_sub(began.elapsed())));
                    return Ok(Polled::More);
                }
                let from = Origin {
                    partition: 0,
                    spot: Spot::line(&inputs[event.source].path, event.line),
                    believed: None,
                    key: Some(event.product).filter(|product| !product.is_empty()),
                    stamp: event.time.map(|time| time.micros().div_euclid(1_000)),
                };
                match event.broken {
                    Some(reason) => {
                        let is_json = inputs[event.source].format == Format::JsonLines
                            && reason != Reason::InvalidUtf8;
                        take.broken(event.json, !is_json, reason, from)?;
                    }
                    None => take.message(Some(event.json), from)?,
                }
                self.player.take();
                self.pace.played();
            }
            if began.elapsed() >= SPELL {
                return Ok(Polled::More);
            }
        }
    }

    fn inputs(&self) -> Vec<InputFile> {
        self.position.files.iter().map(InputFile::from).collect()
    }

    fn position(&self) -> Position {
        Position::Files(FilesPosition {
            place: self.player.place(),
            ..self.position.clone()
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;
    use crate::events::batch::Order;
    use crate::events::pace::Speed;
    use crate::record::Rules;
    use crate::source::input::discover;
    use crate::store::Location;

    fn open(folder: &Path, was: Option<FilesPosition>) -> FilesPosition {
        let place = [Location::from_path(folder).unwrap()];
        let score = Score {
            inputs: discover(&place, false).unwrap().into(),
            survey: None,
            rules: Arc::new(Rules::default()),
            topics: None,
            delimiter: None,
            order: Order::Time,
            looped: false,
            timed: true,
            temp_dir: folder.to_owned(),
        };
        let was = was.map(Position::Files);
        let pace = Pace::new(Speed::Unbounded);
        let files = Files::open(score, pace, was.as_ref(), true, &Stop::never());
        files.unwrap().position
    }

    #[test]
    fn a_start_that_goes_on_looks_through_nothing_again() {
        let folder = tempfile::tempdir().unwrap();
        for (name, orders) in [("a.csv", 3), ("b.csv", 5)] {
            let rows = (0..orders).map(|id| format!("{id},P,1.5,2025-01-01T10:00:0{id}\n"));
            let rows: String = rows.collect();
            let text = format!("order_id,product,amount,order_time\n{rows}");
            fs::write(folder.path().join(name), text).unwrap();
        }
        let mut was = open(folder.path(), None);
        let records: Vec<_> = was.surveyed.iter().map(|found| found.records).collect();
        assert_eq!(records, [3, 5]);
        // What nobody could find by looking is believed.
        was.surveyed[1].records = 70;
        assert_eq!(open(folder.path(), Some(was.clone())), was);
    }
}
