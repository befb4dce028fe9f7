//! Plays files as events, lap after lap.

use std::thread::{self, JoinHandle};

use crate::error::{Error, Result};
use crate::events::batch::{Event, Order};
use crate::events::cursor::{Cursor, Opened, open, widen};
use crate::events::lap::Lap;
use crate::events::score::Score;
use crate::events::survey::groups;
use crate::record::Time;
use crate::signal::Stop;

/// How far the files have been played.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Place {
    /// Number of the lap, from 0.
    pub lap: u64,
    /// Days by which times of this lap are moved.
    pub days: i32,
    /// Events of this lap that have been played.
    pub done: u64,
}

/// Plays a [`Score`].
pub struct Player {
    score: Score,
    groups: Vec<Vec<usize>>,
    next_group: usize,
    cursor: Cursor,
    next: Option<Next>,
    place: Place,
    /// Whether the cursor stands on an event that has not been taken.
    ready: bool,
    span: Option<(Time, Time)>,
    lap: Lap,
    stop: Stop,
}

/// The group that comes next, opened while the present one is played: reading and sorting it
/// takes a while, in which the rate would not be held.
struct Next {
    lap: u64,
    group: usize,
    opened: JoinHandle<Result<Opened>>,
}

impl Player {
    /// Stands before the first event.
    pub fn new(score: Score, stop: &Stop) -> Self {
        let files = score.inputs.len();
        let groups = match (&score.survey, score.order) {
            (Some(found), order) => groups(found, order),
            (None, Order::File) => (0..files).map(|i| vec![i]).collect(),
            (None, _) => vec![(0..files).collect()],
        };
        let mut span = None;
        for found in score.survey.iter().flatten() {
            widen(&mut span, found.span);
        }
        Self {
            lap: Lap::new(&score.rules),
            groups,
            next_group: 0,
            cursor: Cursor::None,
            next: None,
            place: Place::default(),
            ready: false,
            span,
            score,
            stop: stop.clone(),
        }
    }

    /// How far it has played: the events that were taken.
    pub fn place(&self) -> Place {
        self.place
    }

    /// What it plays.
    pub fn score(&self) -> &Score {
        &self.score
    }

    /// Goes on at `place`, as if everything before had just been played. Needs the survey.
    ///
    /// # Errors
    /// When the files cannot be read, or hold less.
    pub fn seek(&mut self, place: Place) -> Result<()> {
        self.place = Place { done: 0, ..place };
        self.cursor = Cursor::None;
        self.ready = false;
        self.next_group = 0;
        while let (Some(group), Some(found)) =
            (self.groups.get(self.next_group), &self.score.survey)
        {
            let records: u64 = group.iter().map(|&file| found[file].records).sum();
            if self.place.done + records > place.done {
                break;
            }
            self.place.done += records;
            self.next_group += 1;
        }
        while self.place.done < place.done {
            if !self.advance()? {
                return Err(Error::Internal(
                    "a place beyond the end of the files".into(),
                ));
            }
            self.take();
        }
        Ok(())
    }

    /// Steps to the next event, if the last was taken; false at the end, which a loop never
    /// reaches.
    ///
    /// # Errors
    /// When a file cannot be read, no event of a lap has a time, or a signal came.
    pub fn step(&mut self) -> Result<bool> {
        Ok(self.advance()? || self.next_lap()? && self.advance()?)
    }

    /// The event stepped to.
    pub fn current(&mut self) -> Option<Event<'_>> {
        let Place { lap, days, .. } = self.place;
        let event = self.cursor.current()?;
        if !self.score.looped && lap == 0 || event.broken.is_some() {
            return Some(event);
        }
        Some(Event {
            json: self.lap.place(event.json, lap, days),
            time: event.time.and_then(|time| time.plus_days(days)),
            ..event
        })
    }

    /// The event has been played.
    pub fn take(&mut self) {
        self.ready = false;
        self.place.done += 1;
    }

    /// Begins the next lap, if there is one.
    fn next_lap(&mut self) -> Result<bool> {
        if !self.score.looped {
            return Ok(false);
        }
        if self.place.done == 0 {
            return Err(Error::data(
                self.score
                    .inputs
                    .first()
                    .map_or("input", |i| i.path.as_str()),
                "there is no record to play in a loop",
            ));
        }
        let days = self.span.map_or(1, |(first, last)| {
            last.day().number() - first.day().number() + 1
        });
        let fits = self.span.is_none_or(|(_, last)| {
            let moved = self.place.days.checked_add(days);
            moved.and_then(|moved| last.plus_days(moved)).is_some()
        });
        if !fits {
            return Err(Error::data(
                "--loop",
                "the next lap would lie beyond the year 9999; stop here",
            ));
        }
        self.place = Place {
            lap: self.place.lap + 1,
            days: self.place.days + days,
            done: 0,
        };
        self.next_group = 0;
        Ok(true)
    }

    /// Steps to the next event, if the last was taken; false at the end of the lap.
    fn advance(&mut self) -> Result<bool> {
        if self.ready {
            return Ok(true);
        }
        while !self.cursor.step(&mut self.span, &self.stop)? {
            if self.next_group == self.groups.len() {
                self.cursor = Cursor::None;
                return Ok(false);
            }
            self.open()?;
        }
        self.ready = true;
        Ok(true)
    }

    /// Opens the next group of the lap, and lets the one behind it be opened meanwhile.
    fn open(&mut self) -> Result<()> {
        let (lap, group) = (self.place.lap, self.next_group);
        let opened = match self.next.take() {
            Some(next) if (next.lap, next.group) == (lap, group) => {
                let panicked = |_| Error::Internal("the reader of files panicked".to_owned());
                next.opened.join().map_err(panicked)??
            }
            _ => open(&self.score, &self.groups[group], lap, &self.stop)?,
        };
        widen(&mut self.span, opened.span);
        self.cursor = opened.cursor;
        self.next_group += 1;
        let (lap, group) = match self.next_group < self.groups.len() {
            true => (lap, self.next_group),
            false => (lap + 1, 0),
        };
        if self.score.order != Order::File && (lap == self.place.lap || self.score.looped) {
            let (score, stop) = (self.score.clone(), self.stop.clone());
            let files = self.groups[group].clone();
            let opened = thread::spawn(move || open(&score, &files, lap, &stop));
            self.next = Some(Next { lap, group, opened });
        }
        Ok(())
    }
}
