//! The crash matrix of the jobs: an end between every two steps of every commit. Nothing may differ
//! from the undisturbed run.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use parquet::file::reader::{FileReader, SerializedFileReader};
use serde_json::{Map, Value};
use tempfile::TempDir;

use crate::error::{Error, Result};
use crate::record::Rules;
use crate::signal::Stop;
use crate::store::Location;
use crate::stream::engine::Tempo;
use crate::stream::jobs::engine::{Watch, run};
use crate::stream::jobs::feed::Listen;
use crate::stream::jobs::list::JOBS;
use crate::stream::jobs::live::View;
use crate::stream::jobs::outbox::{Outbox, ROOM};
use crate::stream::jobs::row::{Cell, Row};
use crate::stream::jobs::setup::Setup;
use crate::stream::jobs::spec::{Keep, Spec, TableSpec};
use crate::stream::jobs::state::{Plan, State};
use crate::stream::state::Step;
use crate::stream::tests::script::Script;

/// Events that are read between two commits.
const BATCH: usize = 40;

/// Events of every kind in disorder: some late, some twice, some that are none.
fn events() -> Vec<String> {
    let mut events = Vec::new();
    for n in 0..320_i64 {
        let minutes = n + [0, 1, -90, 2][n as usize % 4];
        let (hour, minute) = (minutes.div_euclid(60) + 3, minutes.rem_euclid(60));
        let time = format!("2025-03-01T{hour:02}:{minute:02}:00");
        let (id, who, what) = (if n == 60 { 59 } else { n }, n % 13, n % 7);
        let visit = format!(r#""user_id":"u{who}","session_id":"s{who}""#);
        let body = match n % 10 {
            0 | 1 => format!(r#"{visit},"product_id":"p{what}","duration_seconds":9"#),
            2 => format!(
                r#"{visit},"product_id":"p{what}","action":"add","quantity":{}"#,
                what + 1
            ),
            3 => format!(r#"{visit},"product_id":"p{what}","action":"remove","quantity":0"#),
            4 => format!(
                r#""user_id":"u{who}","country":"UK","products":[{{"product_id":"p{what}","quantity":{},"price":{}.50,"category":"Books"}}]"#,
                1 + n % 30,
                n * 2
            ),
            5 | 6 => format!(
                r#""store_id":"S1","product_id":"p{what}","current_stock":{},"reorder_point":20"#,
                (n * 37) % 90
            ),
            7 => format!(
                r#""customer_id":{},"source":"Takeaway","quantity":2,"total":600.0"#,
                n % 20
            ),
            8 => format!(
                r#""store_id":"S1","customer_id":"u{who}","product_id":"p{what}","quantity":1,"unit_price":3.25"#
            ),
            _ => format!(r#""product_id":"p{what}","amount":"none""#),
        };
        events.push(format!(
            r#"{{"event_id":"e{id}",{body},"timestamp":"{time}"}}"#
        ));
    }
    events
}

/// Takes alerts slowly; looks away from all else.
struct Taker<'a> {
    outbox: Arc<Outbox>,
    taken: &'a mut BTreeSet<String>,
}

impl Taker<'_> {
    fn take(&mut self) {
        if !self.outbox.is_empty() {
            self.taken.extend(self.outbox.oldest());
            self.outbox.done();
        }
    }
}

impl Listen for Taker<'_> {
    fn alert(&mut self, _: &'static TableSpec, alert: &Row) {
        let Some(Cell::Text(id)) = alert.first() else {
            panic!("{alert:?}");
        };
        if self.outbox.len() == ROOM {
            self.take();
        }
        assert!(self.outbox.put(id.to_string()));
    }
}

impl Watch for Taker<'_> {
    fn view(&mut self, _: &View) {}

    fn turn(&mut self, _: &State, _: Option<u64>) -> Result<()> {
        Ok(())
    }

    fn rows(&mut self, _: &'static Spec, _: &[(usize, Row)]) -> Result<()> {
        Ok(())
    }

    fn committed(&mut self, _: Duration) {
        self.take();
    }
}

/// Runs in `dir` until the end, or until `crash` steps have been passed. Alerts go to `told`; after
/// the end, so do those that wait.
fn attempt(
    dir: &Path,
    events: &[String],
    crash: Option<usize>,
    told: &mut BTreeSet<String>,
) -> (Result<Value>, Vec<Step>) {
    let place = |name: &str| Location::from_path(&dir.join(name)).unwrap();
    let jobs = JOBS.iter().map(|entry| {
        let setup = Setup::new(entry.spec, &[], None).unwrap();
        (entry.make)(&setup).unwrap()
    });
    let plan = Plan {
        rules: Arc::new(Rules {
            events: true,
            dedup: vec!["order_id".to_owned()],
            ..Rules::default()
        }),
        jobs: jobs.collect(),
        horizon: 86_400_000_000,
        output: place("live"),
        checkpoint: place("checkpoint"),
        identity: Map::new(),
        settings: Map::new(),
        fresh: None,
        anew_after_pipe: false,
        letters: None,
    };
    let mut state = match State::open(plan) {
        Ok(state) => state,
        Err(e) => return (Err(e), Vec::new()),
    };
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
    let mut source = Script::new(events, (BATCH, 2), state.position.as_ref());
    let tempo = Tempo {
        commit: Duration::ZERO,
        until_end: true,
    };
    let mut taker = Taker {
        outbox: Arc::clone(&state.untold),
        taken: told,
    };
    let summary = run(&mut state, &mut source, tempo, &Stop::never(), &mut taker);
    if summary.is_ok() {
        told.extend(state.untold.waiting());
    }
    drop(state);
    let summary = summary.map(|summary| serde_json::to_value(summary).unwrap());
    (summary, steps.iter().collect())
}

/// The rows that a reader of the folders sees now; a row twice is an error.
fn rows(dir: &Path, newest: bool) -> BTreeSet<String> {
    let mut rows = BTreeSet::new();
    let tables = JOBS.iter().flat_map(|job| job.spec.tables);
    for table in tables.filter(|table| newest || table.keep != Keep::Newest) {
        for entry in fs::read_dir(dir.join("live").join(table.name))
            .into_iter()
            .flatten()
        {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|end| end != "parquet") {
                continue;
            }
            let file = SerializedFileReader::new(File::open(&path).unwrap()).unwrap();
            for row in file.get_row_iter(None).unwrap() {
                let row = format!("{} {}", table.name, row.unwrap());
                assert!(rows.insert(row.clone()), "a row twice: {row}");
            }
        }
    }
    rows
}

/// What must be the same in the end: rows, lines beside them, figures.
fn outcome(dir: &Path, mut summary: Value) -> (BTreeSet<String>, Vec<String>, Value) {
    let lines = ["_rejects", "_late"].map(|name| {
        let path = dir.join("live").join(name).join("part-00000.jsonl");
        fs::read_to_string(path).unwrap()
    });
    for name in ["seconds", "rows_per_second", "mapping"] {
        summary.as_object_mut().unwrap().remove(name);
    }
    (rows(dir, true), lines.to_vec(), summary)
}

/// The numbers of the alerts in the tables.
fn alerts(rows: &BTreeSet<String>) -> BTreeSet<String> {
    let tables = JOBS.iter().flat_map(|job| job.spec.tables);
    let tables: Vec<_> = tables.filter(|table| table.keep == Keep::Alerts).collect();
    let rows = rows.iter().filter(|row| {
        let name = row.split(' ').next();
        tables.iter().any(|table| name == Some(table.name))
    });
    let ids = rows.map(|row| row.split('"').nth(1).unwrap().to_owned());
    ids.collect()
}

#[test]
fn an_end_between_any_two_steps_changes_nothing() {
    let events = events();
    let whole = TempDir::new().unwrap();
    let mut told = BTreeSet::new();
    let (summary, steps) = attempt(whole.path(), &events, None, &mut told);
    let expected = outcome(whole.path(), summary.unwrap());
    assert!(!expected.1.iter().any(String::is_empty), "{:?}", expected.2);
    for table in JOBS.iter().flat_map(|job| job.spec.tables) {
        let prefix = format!("{} ", table.name);
        assert!(
            expected.0.iter().any(|row| row.starts_with(&prefix)),
            "{prefix}"
        );
    }
    let alerts = alerts(&expected.0);
    assert!(alerts.len() > 2 * ROOM && alerts.is_subset(&told));
    assert!(Step::ALL.iter().all(|step| steps.contains(step)));
    // The state rolled on, and older segments went.
    assert!(!whole.path().join("checkpoint/state-1.log").exists());
    for first in 0..steps.len() {
        let dir = TempDir::new().unwrap();
        let mut told = BTreeSet::new();
        for crash in [first, 7] {
            let (ended, steps) = attempt(dir.path(), &events, Some(crash), &mut told);
            assert_eq!(ended.is_err(), steps.len() > crash, "{first}: {ended:?}");
            for row in rows(dir.path(), false) {
                assert!(expected.0.contains(&row), "{first}: {row}");
            }
        }
        let (summary, _) = attempt(dir.path(), &events, None, &mut told);
        assert_eq!(outcome(dir.path(), summary.unwrap()), expected, "{first}");
        let untold: Vec<_> = alerts.difference(&told).collect();
        assert!(untold.is_empty(), "{first}: {untold:?}");
    }
}
