//! What a stream says to the databases of its output.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use arrow::array::RecordBatch;
use serde::Serialize;

use super::args::{Choice, StreamArgs};
use crate::error::Result;
use crate::signal::Stop;
use crate::sinks::follow::{Brought, Follow, Followed, Keep, Later, Plan};
use crate::sinks::{Address, Shape, catalog};
use crate::stream::jobs::layout::Columns;
use crate::stream::jobs::row::Row;
use crate::stream::jobs::spec::{self, Spec};
use crate::stream::jobs::state::State as JobState;
use crate::stream::output::{Layout, Part, Parts, Products};
use crate::stream::state::State;
use crate::stream::window::Closed;
use crate::ui;

/// Tables that are replaced are told so often at most.
const NEWEST: Duration = Duration::from_secs(2);

/// The databases that begin anew with a stream that does.
pub(super) fn fresh(args: &StreamArgs, databases: &[Address]) -> Option<Vec<String>> {
    args.fresh
        .then(|| databases.iter().map(Address::to_string).collect())
}

/// How what a database lacks gets there.
pub(super) fn later(args: &StreamArgs, choice: &Choice) -> Later {
    match choice {
        Choice::Stdin => Later::Never,
        _ if args.fresh => Later::WithoutFresh,
        _ => Later::Again,
    }
}

/// Windows on their way to databases.
pub(super) struct Windows {
    pub follow: Follow,
    layout: Products,
    fresh: Option<RecordBatch>,
}

/// Begins to follow windows of this size, where there are databases.
pub(super) fn windows(
    addresses: Vec<Address>,
    state: &State,
    (size, later): (i64, Later),
    stop: &Stop,
) -> Result<Option<Windows>> {
    if addresses.is_empty() {
        return Ok(None);
    }
    let layout = Products { size };
    let waiting = batch(&layout, &state.intake.core.rows)?;
    let table = Followed {
        shape: catalog::windows()?,
        keep: Keep::Rows,
        folder: state.output().clone(),
        files: state.parts().files.clone(),
    };
    let plan = Plan {
        addresses,
        run: state.run_id().to_owned(),
        anew: state.anew().to_vec(),
        later,
        store: state.store(),
    };
    let follow = Follow::begin(plan, vec![(table, waiting)], stop)?;
    Ok(Some(Windows {
        follow,
        layout,
        fresh: None,
    }))
}

/// Rows as columns; nothing of nothing.
fn batch<L: Layout>(layout: &L, rows: &[L::Row]) -> Result<Option<RecordBatch>> {
    match rows.is_empty() {
        true => Ok(None),
        false => layout.batch(rows).map(Some),
    }
}

impl Windows {
    /// The next commit holds these.
    pub fn rows(&mut self, fresh: &[Closed]) -> Result<()> {
        self.fresh = batch(&self.layout, fresh)?;
        Ok(())
    }

    /// It has been made.
    pub fn kept(&mut self, parts: &Parts) {
        self.follow.committed(0, self.fresh.take(), &parts.files);
    }
}

/// Tables of jobs on their way to databases.
pub(super) struct Tables {
    pub follow: Follow,
    /// By job and number of its table, the rows of the next commit.
    fresh: HashMap<(&'static str, usize), RecordBatch>,
    /// When the tables that are replaced were told last.
    told: Option<Instant>,
    /// All files by then.
    files: Vec<Part>,
}

/// Begins to follow the tables of jobs, where there are databases.
pub(super) fn tables(
    addresses: Vec<Address>,
    state: &JobState,
    later: Later,
    stop: &Stop,
) -> Result<Option<Tables>> {
    if addresses.is_empty() {
        return Ok(None);
    }
    let mut all = Vec::new();
    for (job, outputs) in state.outputs() {
        let specs = job.operator.spec().tables.iter().enumerate();
        for ((number, spec), output) in specs.zip(outputs) {
            let layout = Columns(spec);
            let rows = job.out.rows.iter().filter(|(of, _)| *of == number);
            let rows: Vec<Row> = rows.map(|(_, row)| row.clone()).collect();
            let table = Followed {
                shape: Shape::new(spec.name, &layout.schema())?,
                keep: match spec.keep {
                    spec::Keep::Newest => Keep::Newest,
                    spec::Keep::Rows | spec::Keep::Alerts => Keep::Rows,
                },
                folder: output.folder().clone(),
                files: output.parts().files.clone(),
            };
            all.push((table, batch(&layout, &rows)?));
        }
    }
    let plan = Plan {
        addresses,
        run: state.run_id().to_owned(),
        anew: state.anew().to_vec(),
        later,
        store: state.store(),
    };
    Ok(Some(Tables {
        follow: Follow::begin(plan, all, stop)?,
        fresh: HashMap::new(),
        told: None,
        files: Vec::new(),
    }))
}

impl Tables {
    /// The next commit holds these rows of a job, or its newest tables.
    pub fn rows(&mut self, spec: &'static Spec, fresh: &[(usize, Row)]) -> Result<()> {
        for (number, table) in spec.tables.iter().enumerate() {
            if table.keep == spec::Keep::Newest {
                continue;
            }
            let rows = fresh.iter().filter(|(of, _)| *of == number);
            let rows: Vec<Row> = rows.map(|(_, row)| row.clone()).collect();
            if let Some(batch) = batch(&Columns(table), &rows)? {
                self.fresh.insert((spec.name, number), batch);
            }
        }
        Ok(())
    }

    /// It has been made.
    pub fn kept(&mut self, state: &JobState) {
        // A file of a table that is replaced tells what is to be there at the end, too.
        let files: Vec<Part> = state
            .outputs()
            .flat_map(|(_, outputs)| outputs)
            .flat_map(|output| output.parts().files.clone())
            .collect();
        let rolled = self.files != files;
        self.files = files;
        let due = rolled || self.told.is_none_or(|told| told.elapsed() >= NEWEST);
        let mut table = 0;
        for (job, outputs) in state.outputs() {
            let spec = job.operator.spec();
            for (number, (about, output)) in spec.tables.iter().zip(outputs).enumerate() {
                if about.keep != spec::Keep::Newest {
                    let fresh = self.fresh.remove(&(spec.name, number));
                    self.follow.committed(table, fresh, &output.parts().files);
                } else if due {
                    // What does not fit a column has failed the commit already.
                    if let Ok(rows) = Columns(about).batch(&job.operator.newest(number)) {
                        self.follow.newest(table, rows);
                    }
                }
                table += 1;
            }
        }
        if due {
            self.told = Some(Instant::now());
        }
    }
}

/// Waits until all is brought: what came of it.
pub(super) fn end(follow: Option<Follow>, stop: &Stop) -> Result<Vec<Brought>> {
    follow.map_or(Ok(Vec::new()), |follow| follow.end(stop))
}

/// What a stream says of itself, and what databases took of it.
#[derive(Serialize)]
pub(super) struct Told<S> {
    #[serde(flatten)]
    pub summary: S,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<Brought>,
}

impl<S: ui::Summary> ui::Summary for Told<S> {
    fn lines(&self) -> Vec<(&'static str, String)> {
        let mut lines = self.summary.lines();
        let at = lines.len().saturating_sub(1);
        let outputs = self.outputs.iter().map(|brought| {
            let Brought {
                address,
                rows,
                waiting,
            } = brought;
            let waiting = match waiting {
                0 => String::new(),
                waiting => format!(", {waiting} wait for the next start"),
            };
            ("output", format!("{address}: {rows} rows{waiting}"))
        });
        lines.splice(at..at, outputs);
        lines
    }
}
