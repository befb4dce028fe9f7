//! Generated files in a folder, with their truth and the master data beside them.

use std::collections::BTreeSet;
use std::io::Write;
use std::time::Instant;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::GenerateArgs;
use crate::commands::{location, threads};
use crate::error::{Error, Result};
use crate::generate::{Figures, Format, Piece, Plan, TRUTH, Truth, World, header, master, run};
use crate::history::Place;
use crate::record::{Day, Total};
use crate::store::{self, Location, RunRecord, Staged, StagedFile, Target, Transaction};
use crate::ui::{Context, Summary, Unit};

/// The extensions of the four formats.
const EXTENSIONS: [&str; 4] = ["csv", "csv.gz", "jsonl", "parquet"];
/// The files of the master data.
const MASTER: [&str; 3] = ["products.csv", "stores.csv", "customers.csv"];

/// The figures of a run.
#[derive(Debug, Serialize)]
pub struct Generated {
    command: &'static str,
    /// Files of sales written.
    pub files: usize,
    /// Their names.
    #[serde(skip)]
    pub names: Vec<String>,
    output: String,
    rows: u64,
    valid_rows: u64,
    malformed: u64,
    duplicates: u64,
    late: u64,
    revenue: Total,
    days: usize,
    bytes: u64,
    seconds: f64,
    rows_per_second: u64,
}

impl Summary for Generated {
    fn lines(&self) -> Vec<(&'static str, String)> {
        let mut lines = vec![
            ("rows", self.rows.to_string()),
            ("revenue", self.revenue.to_string()),
        ];
        let faults = [
            ("malformed", self.malformed),
            ("duplicates", self.duplicates),
            ("late", self.late),
        ];
        let planted = faults.into_iter().filter(|(_, count)| *count > 0);
        lines.extend(planted.map(|(label, count)| (label, count.to_string())));
        lines.push((
            "seconds",
            format!(
                "{:.3} ({} rows a second)",
                self.seconds, self.rows_per_second
            ),
        ));
        lines
    }
}

/// Writes the files of all days, `_truth.json` and the master data.
///
/// # Errors
/// When a file cannot be written, or a signal came; the folders are then as they were.
pub fn write(plan: &Plan, args: &GenerateArgs, context: &Context) -> Result<Generated> {
    let began = Instant::now();
    let mut record = RunRecord::begin("generate");
    record.settings = settings(args, plan);
    let output = location(&args.output)?;
    let place = Place::beside_or_inside(&output);
    context.history.record("generate", place, Vec::new());
    let mut targets = vec![Target::shared(output.clone(), is_ours)];
    if plan.world().is_some() {
        let master = location(&args.master)?;
        // Days go by their name; of master data, only what a run record lists is ours.
        let master = Target::shared(master, |_| false);
        let written = masters(args.customers_csv);
        targets.push(master.refusing(move |name| written.contains(&name)));
    }
    let transaction = Transaction::begin("generate", targets)?;
    context.history.begin();
    let folder = transaction.folder(0);
    let progress = context.progress(Unit::Rows, Some(plan.total_rows()));
    let mut files = Files::new(plan, folder);
    run(plan, threads(args.threads), &context.stop, |piece| {
        if let Piece::Close(_, day) = &piece {
            progress.add(day.figures.rows);
        }
        files.take(piece)
    })?;
    progress.clear();
    let Files {
        names,
        bytes,
        mut truth,
        ..
    } = files;
    let new = truth.figures.clone();
    if args.keep_existing {
        keep_existing(&output, folder, &names, &mut truth)?;
    }
    write_truth(folder, &truth)?;
    if let Some(world) = plan.world() {
        write_master(world, transaction.folder(1), args.customers_csv)?;
    }
    context.stop.check()?;
    let seconds = began.elapsed().as_secs_f64();
    let summary = summary(args, names, &new, bytes, seconds);
    record.figures = json!(summary);
    transaction.commit(|_, _| record.clone())?;
    Ok(summary)
}

fn summary(
    args: &GenerateArgs,
    names: Vec<String>,
    figures: &Figures,
    bytes: u64,
    seconds: f64,
) -> Generated {
    Generated {
        command: "generate",
        files: names.len(),
        days: names.len(),
        names,
        output: args.output.display().to_string(),
        rows: figures.rows,
        valid_rows: figures.valid_rows,
        malformed: figures.malformed,
        duplicates: figures.duplicates,
        late: figures.late,
        revenue: figures.revenue,
        bytes,
        seconds: (seconds * 1000.0).round() / 1000.0,
        rows_per_second: (figures.rows as f64 / seconds.max(1e-9)) as u64,
    }
}

/// The day files in the making.
struct Files<'a> {
    plan: &'a Plan,
    folder: &'a Staged,
    open: Option<StagedFile>,
    names: Vec<String>,
    bytes: u64,
    truth: Truth,
}

impl<'a> Files<'a> {
    fn new(plan: &'a Plan, folder: &'a Staged) -> Self {
        Self {
            plan,
            folder,
            open: None,
            names: Vec::new(),
            bytes: 0,
            truth: Truth::default(),
        }
    }

    fn take(&mut self, piece: Piece<'_>) -> Result<()> {
        let settings = self.plan.settings();
        match piece {
            Piece::Open(date) => {
                let extension = match settings.format {
                    Format::Csv => "csv",
                    Format::Jsonl => "jsonl",
                    Format::Parquet => "parquet",
                };
                let name = format!("retail_{date}.{extension}");
                self.open = Some(self.folder.create(&name)?);
                self.names.push(name);
                self.bytes(&header(settings.profile, settings.format))
            }
            Piece::Bytes(bytes) => self.bytes(bytes),
            Piece::Close(date, day) => {
                self.truth.put(date, day);
                match self.open.take() {
                    Some(file) => file.finish().map(drop),
                    None => Ok(()),
                }
            }
        }
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.bytes += bytes.len() as u64;
        let Some(file) = &mut self.open else {
            return Err(Error::Internal("bytes of no day".to_owned()));
        };
        file.write_all(bytes)
            .map_err(|e| Error::io("write", file.place(), e))
    }
}

/// The day of a file called `retail_YYYY-MM-DD.` and one of the four extensions.
fn day_of(name: &str) -> Option<&str> {
    let (date, extension) = name.strip_prefix("retail_")?.split_once('.')?;
    (EXTENSIONS.contains(&extension) && Day::parse(date).is_some()).then_some(date)
}

/// Whether a file of the folder is one that this command replaces.
fn is_ours(name: &str) -> bool {
    name == TRUTH || day_of(name).is_some()
}

/// Carries the files of other days over, and what was stated of them.
fn keep_existing(
    output: &Location,
    folder: &Staged,
    written: &[String],
    truth: &mut Truth,
) -> Result<()> {
    let store = store::open(output)?;
    if store.stat(output)?.is_none() {
        return Ok(());
    }
    let new: BTreeSet<_> = written.iter().filter_map(|name| day_of(name)).collect();
    let mut kept = BTreeSet::new();
    for child in store.children(output)? {
        let Some(name) = child.name.to_str() else {
            continue;
        };
        if let Some(day) = day_of(name)
            && !new.contains(day)
            && folder.keep(name)?
        {
            kept.insert(day.to_owned());
        }
    }
    let place = output.join(TRUTH);
    if let Some(content) = store.read_small(&place)? {
        let earlier: Truth = serde_json::from_slice(&content).map_err(|e| {
            Error::data(
                &place,
                format!("is no truth of generated files ({e}); move it away"),
            )
        })?;
        truth.keep(earlier, |day| kept.contains(day));
    }
    for day in kept.iter().filter(|day| !truth.days.contains_key(*day)) {
        tracing::warn!("{output}: nothing is stated about {day}, so {TRUTH} leaves it out");
    }
    Ok(())
}

fn write_truth(folder: &Staged, truth: &Truth) -> Result<()> {
    let mut file = folder.create(TRUTH)?;
    let failed = |e: std::io::Error, file: &StagedFile| Error::io("write", file.place(), e);
    let mut text = serde_json::to_vec_pretty(truth)
        .map_err(|e| Error::Internal(format!("the truth as JSON: {e}")))?;
    text.push(b'\n');
    file.write_all(&text).map_err(|e| failed(e, &file))?;
    file.finish().map(drop)
}

/// The files of master data that are written.
fn masters(customers: bool) -> &'static [&'static str] {
    &MASTER[..if customers { 3 } else { 2 }]
}

fn write_master(world: &World, folder: &Staged, customers: bool) -> Result<()> {
    type Writer = fn(&World, &mut StagedFile) -> std::io::Result<()>;
    let writers: [Writer; 3] = [
        |world, out| master::products(world, out),
        |world, out| master::stores(world, out),
        |world, out| master::customers(world, out),
    ];
    for (name, write) in masters(customers).iter().zip(writers) {
        let mut file = folder.create(name)?;
        write(world, &mut file).map_err(|e| Error::io("write", file.place(), e))?;
        file.finish()?;
    }
    Ok(())
}

/// What decides the files, for whoever proves them later.
fn settings(args: &GenerateArgs, plan: &Plan) -> Map<String, Value> {
    let settings = plan.settings();
    let text = json!({
        "profile": format!("{:?}", args.profile).to_lowercase(),
        "format": format!("{:?}", args.format).to_lowercase(),
        "start_date": settings.start.to_string(),
        "days": settings.days,
        "transactions_per_day": settings.transactions_per_day,
        "seed": settings.seed,
        "products": settings.products,
        "stores": settings.stores,
        "customers": settings.customers,
        "malformed": args.malformed,
        "duplicates": args.duplicates,
        "late": args.late,
        "keep_existing": args.keep_existing,
    });
    match text {
        Value::Object(settings) => settings,
        _ => Map::new(),
    }
}
