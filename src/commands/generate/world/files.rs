//! The events of a world in a folder: one folder a topic, and the truth beside them.

use std::io::Write;
use std::time::Instant;

use serde_json::{Map, Value, json};

use super::folder;
use super::summary::Made;
use crate::commands::generate::GenerateArgs;
use crate::commands::{location, threads};
use crate::error::{Error, Result};
use crate::generate::TRUTH;
use crate::generate::worlds::master::Master;
use crate::generate::worlds::{Batch, Shape, WorldKind, WorldPlan, run, topics};
use crate::history::Place;
use crate::store::{RunRecord, Staged, StagedFile, Target, Transaction};
use crate::ui::{Context, Unit};

/// Bytes at which the next file of a topic begins.
const PART: u64 = 128 << 20;

/// Writes the files of all topics, `_truth.json` and the master data.
///
/// # Errors
/// When a file cannot be written, or a signal came; the folders are then as they were.
pub(super) fn write(plan: &WorldPlan, args: &GenerateArgs, context: &Context) -> Result<Made> {
    let began = Instant::now();
    let world = plan.settings().world;
    let mut record = RunRecord::begin("generate");
    record.settings = settings(plan);
    let output = folder(context.typed("output"), &args.output, world);
    let master = match context.typed("master") {
        true => args.master.clone(),
        false => args.master.join(world.name()),
    };
    let place = Place::beside_or_inside(&location(&output)?);
    let what = vec![world.name().to_owned()];
    context.history.record("generate", place, what);
    let masters = Master::of(world, args.customers_csv);
    // Ours are the files that a run record lists: a name alone says nothing about who wrote it.
    let shared = |place| Target::shared(place, |_| false);
    let mut targets = vec![shared(location(&output)?).refusing(move |name| is_of(world, name))];
    if !masters.is_empty() {
        let names: Vec<_> = masters.iter().map(|master| master.file()).collect();
        targets.push(shared(location(&master)?).refusing(move |name| names.contains(&name)));
    }
    let transaction = Transaction::begin("generate", targets)?;
    context.history.begin();
    let staged = transaction.folder(0);
    let progress = context.progress(Unit::Events, Some(plan.expected()));
    let mut parts = Parts::new(plan, staged)?;
    let truth = run(plan, threads(args.threads), &context.stop, |batch| {
        progress.add(batch.len() as u64);
        parts.take(batch)
    })?;
    progress.clear();
    let (names, bytes) = parts.finish()?;
    write_file(staged, TRUTH, |file| {
        serde_json::to_writer_pretty(&mut *file, &truth)?;
        file.write_all(b"\n")
    })?;
    for master in masters {
        context.stop.check()?;
        write_file(transaction.folder(1), master.file(), |file| {
            master.write(plan, file)
        })?;
    }
    context.stop.check()?;
    let rows = truth.topics.values().map(|topic| topic.rows).sum();
    let mut made = Made::new(Some(truth), rows, began.elapsed().as_secs_f64());
    made.bytes = Some(bytes);
    made.files = Some(names.len());
    made.names = names;
    made.output = Some(output.display().to_string());
    record.figures = json!(made);
    transaction.commit(|_, _| record.clone())?;
    Ok(made)
}

fn write_file(
    folder: &Staged,
    name: &str,
    write: impl FnOnce(&mut StagedFile) -> std::io::Result<()>,
) -> Result<()> {
    let mut file = folder.create(name)?;
    write(&mut file).map_err(|e| Error::io("write", file.place(), e))?;
    file.finish().map(drop)
}

/// The open file of a topic.
struct Part {
    topic: &'static str,
    number: u32,
    bytes: u64,
    file: StagedFile,
}

/// The files in the making.
struct Parts<'a> {
    folder: &'a Staged,
    header: &'static str,
    extension: &'static str,
    open: Vec<Part>,
    names: Vec<String>,
    bytes: u64,
}

impl<'a> Parts<'a> {
    fn new(plan: &WorldPlan, folder: &'a Staged) -> Result<Self> {
        let mut parts = Self {
            folder,
            header: plan.header(),
            extension: if plan.csv() { "csv" } else { "jsonl" },
            open: Vec::new(),
            names: Vec::new(),
            bytes: 0,
        };
        for topic in plan.topics() {
            let part = parts.begin(topic.name, 0)?;
            parts.open.push(part);
        }
        Ok(parts)
    }

    fn begin(&mut self, topic: &'static str, number: u32) -> Result<Part> {
        let name = format!("{topic}/part-{number:05}.{}", self.extension);
        let mut file = self.folder.create(&name)?;
        file.write_all(self.header.as_bytes())
            .map_err(|e| Error::io("write", file.place(), e))?;
        self.names.push(name);
        Ok(Part {
            topic,
            number,
            bytes: self.header.len() as u64,
            file,
        })
    }

    fn take(&mut self, batch: &Batch) -> Result<()> {
        for line in batch.lines() {
            let Some(part) = self.open.get_mut(line.topic) else {
                return Err(Error::Internal("an event of no topic".to_owned()));
            };
            let written = part.file.write_all(line.text);
            written
                .and_then(|()| part.file.write_all(b"\n"))
                .map_err(|e| Error::io("write", part.file.place(), e))?;
            part.bytes += line.text.len() as u64 + 1;
            if part.bytes >= PART {
                let (topic, number) = (part.topic, part.number + 1);
                let next = self.begin(topic, number)?;
                let full = std::mem::replace(&mut self.open[line.topic], next);
                self.bytes += full.file.finish()?.bytes;
            }
        }
        Ok(())
    }

    /// Ends all files; gives their names and bytes.
    fn finish(mut self) -> Result<(Vec<String>, u64)> {
        for part in self.open {
            self.bytes += part.file.finish()?.bytes;
        }
        self.names.sort();
        Ok((self.names, self.bytes))
    }
}

/// Whether a file of the folder is called as one of the world is: it would be read as one.
fn is_of(world: WorldKind, name: &str) -> bool {
    let is_part = |file: &str| {
        let number = file.strip_prefix("part-");
        let number = number.and_then(|rest| {
            rest.strip_suffix(".jsonl")
                .or_else(|| rest.strip_suffix(".csv"))
        });
        number.is_some_and(|n| n.len() >= 5 && n.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let shapes = [Shape::Readme, Shape::Generator].map(|shape| topics(world, shape));
    let is_topic = |name: &str| shapes.iter().flat_map(|all| *all).any(|t| t.name == name);
    let file = name.split_once('/');
    name == TRUTH || file.is_some_and(|(folder, file)| is_topic(folder) && is_part(file))
}

/// What decides the files, for whoever proves them later.
fn settings(plan: &WorldPlan) -> Map<String, Value> {
    let settings = plan.settings();
    let text = json!({
        "world": settings.world.name(),
        "shape": format!("{:?}", settings.shape).to_lowercase(),
        "start": settings.start.to_string(),
        "duration": format!("{}s", settings.duration.as_secs_f64()),
        "rate": plan.rate(),
        "mix": settings.mix.iter().map(|(n, s)| (n.clone(), json!(s))).collect::<Map<_, _>>(),
        "seed": settings.seed,
        "stores": plan.stores(),
        "products": plan.products(),
        "customers": plan.customers(),
        "anomalies": settings.anomalies,
        "malformed": settings.faults.malformed,
        "duplicates": settings.faults.duplicates,
        "late": settings.faults.late,
    });
    match text {
        Value::Object(settings) => settings,
        _ => Map::new(),
    }
}
