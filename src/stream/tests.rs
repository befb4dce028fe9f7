//! The crash matrix: an end between every two steps of every commit, and again between every two
//! steps of the first commits after the restart. Nothing may differ from the undisturbed run.

pub mod script;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::RowAccessor;
use serde_json::{Map, Value};
use tempfile::TempDir;

use self::script::Script;
use super::checkpoint::Position;
use super::engine::{Tempo, run};
use super::state::{Plan, State, Step};
use super::window::Shape;
use crate::error::{Error, Result};
use crate::record::Rules;
use crate::signal::Stop;
use crate::store::Location;

const MINUTE: i64 = 60_000_000;

/// Events that are read between two commits.
const BATCH: usize = 16;

/// Sales in disorder: some late, some sold twice, some no sales at all. First a few windows close
/// at a time, then so many that every commit writes a file.
fn events() -> Vec<String> {
    let mut events = Vec::new();
    for n in 0..110_i64 {
        let leap = (n / BATCH as i64 - 2).max(0) * 300;
        let minutes = n * 3 + leap + [0, 7, -95, 3][n as usize % 4];
        let (hour, minute) = (minutes.div_euclid(60) + 3, minutes.rem_euclid(60));
        let order = if n == 20 { 18 } else { n };
        events.push(match n % 9 {
            5 => format!("no sale {n}"),
            _ => format!(
                r#"{{"order_id":"{order}","product":"P{}","amount":"{}.{n:02}","order_time":"2025-03-{:02}T{:02}:{minute:02}:00"}}"#,
                n % 16,
                n * 3,
                hour / 24 + 1,
                hour % 24,
            ),
        });
    }
    events
}

fn rules() -> Rules {
    Rules {
        dedup: vec!["order_id".to_owned()],
        ..Rules::default()
    }
}

/// What a run showed of its course.
#[derive(Default)]
struct Course {
    /// Steps that were passed.
    steps: Vec<Step>,
    /// Where the run began.
    began: i64,
}

/// Runs in `dir` until the end, or until `crash` steps have been passed.
fn attempt(dir: &Path, events: &[String], crash: Option<usize>) -> (Result<Value>, Course) {
    let place = |name: &str| Location::from_path(&dir.join(name)).unwrap();
    let plan = Plan {
        shape: Shape {
            size: 60 * MINUTE,
            slide: 15 * MINUTE,
            patience: 30 * MINUTE,
        },
        rules: Arc::new(rules()),
        horizon: 1_440 * MINUTE,
        output: place("windows"),
        checkpoint: place("checkpoint"),
        identity: Map::new(),
        settings: Map::new(),
        fresh: None,
        anew_after_pipe: false,
        letters: None,
    };
    let mut course = Course::default();
    let mut state = match State::open(plan) {
        Ok(state) => state,
        Err(e) => return (Err(e), course),
    };
    if let Some(Position::Kafka(offsets)) = &state.position {
        course.began = offsets[0].next;
    }
    let (sender, steps) = std::sync::mpsc::channel();
    let mut passed = 0;
    state.set_hook(Box::new(move |step| {
        sender.send(step).unwrap();
        passed += 1;
        match crash {
            Some(limit) if passed > limit => Err(Error::Internal("crash".to_owned())),
            _ => Ok(()),
        }
    }));
    let mut source = Script::new(events, (BATCH, 1), state.position.as_ref());
    let tempo = Tempo {
        commit: Duration::ZERO,
        until_end: true,
    };
    let summary = run(&mut state, &mut source, tempo, &Stop::never(), &mut ());
    drop(state);
    course.steps = steps.iter().collect();
    (
        summary.map(|summary| serde_json::to_value(summary).unwrap()),
        course,
    )
}

type Rows = BTreeMap<(String, i64), Vec<u8>>;

/// The rows that a reader of the folder sees now; a row twice is an error.
fn rows(dir: &Path) -> Rows {
    let mut rows = Rows::new();
    for entry in fs::read_dir(dir.join("windows")).into_iter().flatten() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with(['.', '_']) {
            continue;
        }
        let file = SerializedFileReader::new(File::open(&path).unwrap()).unwrap();
        for row in file.get_row_iter(None).unwrap() {
            let row = row.unwrap();
            let key = (
                row.get_string(0).unwrap().clone(),
                row.get_timestamp_micros(2).unwrap(),
            );
            let revenue = row.get_decimal(1).unwrap().data().to_vec();
            assert_eq!(rows.insert(key, revenue), None, "a row twice");
        }
    }
    rows
}

/// What must be the same in the end: rows, lines beside them, figures.
fn outcome(dir: &Path, mut summary: Value) -> (Rows, Vec<String>, Value) {
    let lines = ["_rejects", "_late"].map(|name| {
        let path = dir.join("windows").join(name).join("part-00000.jsonl");
        fs::read_to_string(path).unwrap()
    });
    for name in ["seconds", "rows_per_second", "mapping"] {
        summary.as_object_mut().unwrap().remove(name);
    }
    (rows(dir), lines.to_vec(), summary)
}

/// Ends a run after each step, and the next after each of its first `again` steps.
fn matrix(again: usize) {
    let events = events();
    let whole = TempDir::new().unwrap();
    let (summary, course) = attempt(whole.path(), &events, None);
    let expected = outcome(whole.path(), summary.unwrap());
    assert!(!expected.0.is_empty() && !expected.1.iter().any(String::is_empty));
    assert!(Step::ALL.iter().all(|step| course.steps.contains(step)));
    let rolls = course.steps.split(|step| *step == Step::Recorded);
    // A roll right after a roll: their temporary files must not be mistaken.
    assert!(rolls.filter(|steps| steps.len() == 5).count() > 1);
    for first in 0..course.steps.len() {
        for second in 0..=again {
            let dir = TempDir::new().unwrap();
            let mut crashes = vec![first];
            crashes.extend((second < again).then_some(second));
            let mut position = 0;
            for crash in crashes {
                let (ended, course) = attempt(dir.path(), &events, Some(crash));
                // Few steps are left where the first end was close to the last.
                let crashed = course.steps.len() > crash;
                assert_eq!(ended.is_err(), crashed, "{first} {second}: {ended:?}");
                assert!(course.began >= position, "{first} {second}");
                position = course.began;
                for (key, revenue) in rows(dir.path()) {
                    assert_eq!(expected.0.get(&key), Some(&revenue), "{first} {second}");
                }
            }
            let (summary, course) = attempt(dir.path(), &events, None);
            assert!(course.began >= position, "{first} {second}");
            let got = outcome(dir.path(), summary.unwrap());
            assert_eq!(got, expected, "{first} {second}");
        }
    }
}

#[test]
fn an_end_between_any_two_steps_changes_nothing() {
    matrix(0);
}

#[test]
fn nor_do_two_ends() {
    matrix(12);
}
