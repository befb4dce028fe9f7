//! Where the stream leaves rows, and databases find them.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use arrow::array::RecordBatch;

use super::{Brought, Followed, Keep};
use crate::error::{Error, Result};
use crate::metrics::sinks::Standing;
use crate::signal::Stop;
use crate::stream::output::Part;

/// Rows of a table that are kept in memory though they are in files.
const TAIL: u64 = if cfg!(test) { 8 } else { 100_000 };
/// Signals are looked at so often.
const LOOK: Duration = Duration::from_millis(50);

/// The desk between a stream and its databases.
pub(super) struct Desk {
    inside: Mutex<Inside>,
    news: Condvar,
}

struct Inside {
    tables: Vec<Stand>,
    /// By database and table, how many rows it has; of tables that are replaced, which version.
    taken: Vec<Vec<u64>>,
    /// By database, what became of it.
    places: Vec<Place>,
    /// Whether the stream goes on: whoever refuses then ends it.
    begun: bool,
    closed: bool,
    given_up: bool,
    refused: Option<Error>,
    /// Counts every row that was brought, so that progress is seen.
    moves: u64,
}

#[derive(Default)]
struct Place {
    address: String,
    met: bool,
    rows: u64,
    trouble: Option<String>,
}

/// A table.
struct Stand {
    about: Followed,
    /// Rows in files.
    filed: u64,
    /// Rows in all.
    total: u64,
    /// The newest rows, with the number of the first of each.
    tail: VecDeque<(u64, RecordBatch)>,
    /// Of a table that is replaced, its rows and how often they came.
    newest: Option<(u64, RecordBatch)>,
}

/// What is next for a database.
pub(super) enum Next {
    /// Rows, the first with this number.
    Rows(usize, u64, RecordBatch),
    /// They are in this file, from this row on.
    File(usize, Part, u64, u64),
    /// The table by now, as it came for the so many'th time.
    Newest(usize, u64, RecordBatch),
    /// Nothing more comes.
    Nothing,
}

impl Desk {
    pub fn new(tables: Vec<(Followed, Option<RecordBatch>)>, places: usize) -> Self {
        let stands = tables.into_iter().map(|(about, waiting)| {
            let filed = about.files.iter().map(|part| part.rows).sum();
            let mut stand = Stand {
                about,
                filed,
                total: filed,
                tail: VecDeque::new(),
                newest: None,
            };
            stand.add(waiting);
            stand
        });
        let tables: Vec<_> = stands.collect();
        let mut all = Vec::new();
        all.resize_with(places, Place::default);
        Self {
            inside: Mutex::new(Inside {
                taken: vec![vec![0; tables.len()]; places],
                tables,
                places: all,
                begun: false,
                closed: false,
                given_up: false,
                refused: None,
                moves: 0,
            }),
            news: Condvar::new(),
        }
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The tables, with how many rows of each are committed.
    pub fn tables(&self) -> Vec<(Followed, u64)> {
        let inside = self.inside();
        let tables = inside.tables.iter();
        tables
            .map(|stand| (stand.about.clone(), stand.total))
            .collect()
    }

    pub fn committed(&self, table: usize, rows: Option<RecordBatch>, files: &[Part]) {
        let mut inside = self.inside();
        let least = inside.taken.iter().filter_map(|taken| taken.get(table));
        let least = least.min().copied().unwrap_or(0);
        let Some(stand) = inside.tables.get_mut(table) else {
            return;
        };
        stand.add(rows);
        if stand.about.files != files {
            stand.about.files = files.to_vec();
            stand.filed = files.iter().map(|part| part.rows).sum();
        }
        stand.trim(least);
        drop(inside);
        self.news.notify_all();
    }

    pub fn newest(&self, table: usize, rows: RecordBatch) {
        let mut inside = self.inside();
        if let Some(stand) = inside.tables.get_mut(table) {
            match &mut stand.newest {
                Some((_, before)) if *before == rows => return,
                Some((version, before)) => (*version, *before) = (*version + 1, rows),
                none => *none = Some((1, rows)),
            }
        }
        drop(inside);
        self.news.notify_all();
    }

    /// Waits for what is next for database number `place`.
    pub fn next(&self, place: usize) -> Next {
        let mut inside = self.inside();
        loop {
            if inside.given_up {
                return Next::Nothing;
            }
            for (number, stand) in inside.tables.iter().enumerate() {
                let taken = inside.taken[place][number];
                if let Some(next) = stand.next(number, taken) {
                    return next;
                }
            }
            if inside.closed {
                return Next::Nothing;
            }
            let woken = self.news.wait(inside);
            inside = woken.unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// A database has so many rows of a table, or this version of it, `more` of them new.
    pub fn took(&self, place: usize, table: usize, taken: u64, more: u64) {
        let mut inside = self.inside();
        inside.taken[place][table] = taken;
        inside.moves += 1;
        inside.places[place].rows += more;
        inside.places[place].trouble = None;
        drop(inside);
        self.news.notify_all();
    }

    /// Who a database is, and what it has refused for now.
    pub fn tell(&self, place: usize, address: &str, trouble: Option<String>) {
        let mut inside = self.inside();
        inside.places[place].address = address.to_owned();
        inside.places[place].trouble = trouble;
    }

    /// What a database has is known.
    pub fn met(&self, place: usize) {
        self.inside().places[place].met = true;
        self.news.notify_all();
    }

    /// A database whose rows nobody knows yet.
    pub fn unmet(&self) -> Option<String> {
        let inside = self.inside();
        let mut places = inside.places.iter();
        places
            .find(|place| !place.met)
            .map(|place| place.address.clone())
    }

    /// The stream goes on.
    ///
    /// # Errors
    /// When a database has refused meanwhile.
    pub fn begin(&self) -> Result<()> {
        let mut inside = self.inside();
        inside.begun = true;
        inside.refused.take().map_or(Ok(()), Err)
    }

    /// A database has refused for good: whether that is to end the stream.
    pub fn refuse(&self, error: Error) -> bool {
        let mut inside = self.inside();
        inside.refused.get_or_insert(error);
        self.news.notify_all();
        inside.begun
    }

    pub fn refused(&self) -> Result<()> {
        self.inside().refused.take().map_or(Ok(()), Err)
    }

    pub fn has_refused(&self) -> bool {
        self.inside().refused.is_some()
    }

    pub fn close(&self) {
        self.inside().closed = true;
        self.news.notify_all();
    }

    /// What waits is left waiting.
    pub fn give_up(&self) {
        self.inside().given_up = true;
        self.news.notify_all();
    }

    pub fn has_given_up(&self) -> bool {
        self.inside().given_up
    }

    /// Waits until every database has everything: whether that came about within `most` without
    /// any progress.
    pub fn wait(&self, most: Duration, stop: &Stop) -> bool {
        let mut inside = self.inside();
        let (stopped, mut moves, mut since) = (stop.asked(), inside.moves, Instant::now());
        loop {
            let all = inside.places.iter().all(|place| place.met);
            if inside.refused.is_some() || all && inside.waits().all(|waits| waits == 0) {
                return true;
            }
            if moves != inside.moves && !stopped {
                (moves, since) = (inside.moves, Instant::now());
            }
            if since.elapsed() >= most || stop.asked() != stopped {
                return false;
            }
            let woken = self.news.wait_timeout(inside, LOOK);
            inside = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    pub fn brought(&self) -> Vec<Brought> {
        let standing = self.standing().into_iter();
        let brought = standing.map(|place| Brought {
            address: place.address,
            rows: place.rows,
            waiting: place.waiting,
        });
        brought.collect()
    }

    pub fn standing(&self) -> Vec<Standing> {
        let inside = self.inside();
        let places = inside.places.iter().zip(inside.waits());
        let standing = places.map(|(place, waiting)| Standing {
            address: place.address.clone(),
            rows: place.rows,
            waiting,
            up: place.trouble.is_none(),
        });
        standing.collect()
    }

    pub fn trouble(&self) -> Option<String> {
        let inside = self.inside();
        let mut places = inside.places.iter();
        let trouble = places.find_map(|place| place.trouble.clone());
        trouble.map(|trouble| format!(" ({trouble})"))
    }
}

impl Inside {
    /// By database, how many rows wait for it.
    fn waits(&self) -> impl Iterator<Item = u64> + '_ {
        self.taken.iter().map(|taken| {
            let tables = self.tables.iter().zip(taken);
            tables
                .map(|(stand, taken)| match &stand.newest {
                    _ if stand.about.keep == Keep::Rows => stand.total.saturating_sub(*taken),
                    Some((version, rows)) if version > taken => rows.num_rows().max(1) as u64,
                    _ => 0,
                })
                .sum()
        })
    }
}

impl Stand {
    fn add(&mut self, rows: Option<RecordBatch>) {
        if let Some(rows) = rows.filter(|rows| rows.num_rows() > 0) {
            let count = rows.num_rows() as u64;
            self.tail.push_back((self.total, rows));
            self.total += count;
        }
    }

    /// Lets go of rows that every database has, and, when they are many, of those in files.
    fn trim(&mut self, least: u64) {
        while let Some((first, rows)) = self.tail.front() {
            let end = first + rows.num_rows() as u64;
            let held = self.total - first;
            if end > least && (end > self.filed || held <= TAIL) {
                break;
            }
            self.tail.pop_front();
        }
    }

    fn next(&self, number: usize, taken: u64) -> Option<Next> {
        if self.about.keep == Keep::Newest {
            let (version, rows) = self
                .newest
                .as_ref()
                .filter(|(version, _)| *version > taken)?;
            return Some(Next::Newest(number, *version, rows.clone()));
        }
        if taken >= self.total {
            return None;
        }
        let held = self.tail.front().is_some_and(|(first, _)| *first <= taken);
        if held {
            let at = self.tail.partition_point(|(first, _)| *first <= taken) - 1;
            let (first, rows) = &self.tail[at];
            let skip = usize::try_from(taken - first).ok()?;
            let rows = rows.slice(skip, rows.num_rows() - skip);
            return Some(Next::Rows(number, taken, rows));
        }
        let mut first = 0;
        for part in &self.about.files {
            if taken < first + part.rows {
                return Some(Next::File(number, part.clone(), taken, taken - first));
            }
            first += part.rows;
        }
        // It was let go of as it is in a file, of which the stream tells at once.
        None
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::Int64Array;
    use arrow::datatypes::{DataType, Field, Schema};

    use super::*;
    use crate::sinks::Shape;
    use crate::store::Location;

    fn rows(from: i64, count: i64) -> RecordBatch {
        let schema = Schema::new(vec![Field::new("n", DataType::Int64, true)]);
        let values = Int64Array::from_iter_values(from..from + count);
        RecordBatch::try_new(Arc::new(schema), vec![Arc::new(values)]).unwrap()
    }

    fn desk(keep: Keep) -> Desk {
        let shape = Shape {
            table: "t".to_owned(),
            columns: Vec::new(),
        };
        let about = Followed {
            shape,
            keep,
            folder: Location::Local("x".to_owned()),
            files: Vec::new(),
        };
        Desk::new(vec![(about, None)], 2)
    }

    fn part(rows: u64) -> Vec<Part> {
        vec![Part {
            name: "part-00000.parquet".to_owned(),
            rows,
            bytes: 0,
        }]
    }

    #[test]
    fn a_database_that_lags_finds_its_rows_in_files_and_memory_stays_bounded() {
        let desk = desk(Keep::Rows);
        desk.committed(0, Some(rows(0, 5)), &[]);
        let Next::Rows(0, 0, first) = desk.next(0) else {
            panic!("the rows are in memory");
        };
        assert_eq!(first.num_rows(), 5);
        desk.took(0, 0, 3, 3);
        let Next::Rows(0, 3, rest) = desk.next(0) else {
            panic!("two are left");
        };
        assert_eq!(rest, rows(3, 2));
        desk.took(0, 0, 5, 2);
        // The second database has nothing yet; the rows go to files, and more come.
        for turn in 1..20 {
            desk.committed(0, Some(rows(5 * turn, 5)), &part(5 * turn.unsigned_abs()));
            let held: usize = desk.inside().tables[0]
                .tail
                .iter()
                .map(|(_, r)| r.num_rows())
                .sum();
            assert!(held as u64 <= TAIL + 10, "{held}");
        }
        let Next::File(0, found, 0, 0) = desk.next(1) else {
            panic!("the first rows are in a file");
        };
        assert_eq!(found.rows, 95);
        desk.took(1, 0, 96, 96);
        let Next::Rows(0, 96, rest) = desk.next(1) else {
            panic!("the last are in memory");
        };
        assert_eq!(rest, rows(96, 4));
        assert_eq!(desk.brought()[1].waiting, 4);
        assert!(!desk.wait(Duration::ZERO, &Stop::never()));
        desk.took(1, 0, 100, 4);
        desk.took(0, 0, 100, 95);
        // What one has of before is not known yet.
        desk.met(0);
        assert!(!desk.wait(Duration::ZERO, &Stop::never()));
        assert!(desk.unmet().is_some());
        desk.met(1);
        assert!(desk.wait(Duration::ZERO, &Stop::never()));
        desk.close();
        assert!(matches!(desk.next(0), Next::Nothing));
    }

    #[test]
    fn the_newest_rows_come_once_each_time_they_differ() {
        let desk = desk(Keep::Newest);
        desk.newest(0, rows(0, 2));
        desk.newest(0, rows(0, 2));
        let Next::Newest(0, 1, _) = desk.next(0) else {
            panic!("they came");
        };
        desk.newest(0, rows(0, 3));
        let Next::Newest(0, 2, newest) = desk.next(0) else {
            panic!("they changed");
        };
        assert_eq!(newest.num_rows(), 3);
        assert_eq!(desk.brought()[0].waiting, 3);
        desk.took(0, 0, 2, 3);
        desk.close();
        assert!(matches!(desk.next(0), Next::Nothing));
    }
}
