//! `retail stream --job NAME,…`: jobs of the list over one read of the events.

mod watch;

use std::io::Write;
use std::sync::Arc;

use tempfile::TempDir;

use super::args::{Choice, StreamArgs, micros};
use super::follow::later;
use super::identity::{of_jobs, settings};
use super::{Opened, endpoint, feed, follow, letters, open, score};
use crate::commands::{Outcome, drained, location};
use crate::error::{Error, Result};
use crate::events::kafka::Topic;
use crate::history::Place;
use crate::metrics::stream::StreamMetrics;
use crate::record::Rules;
use crate::stream::checkpoint::Position;
use crate::stream::dead_letters::Letters;
use crate::stream::engine::Tempo;
use crate::stream::intake::Intake;
use crate::stream::jobs::engine;
use crate::stream::jobs::list::{Entry, JOBS, find};
use crate::stream::jobs::running::Jobs;
use crate::stream::jobs::setup::{self, Setup};
use crate::stream::jobs::state::{Plan, State};
use crate::stream::jobs::summary::Summary;
use crate::stream::jobs::webhook::{self, Webhook};
use crate::stream::source::Source;
use crate::stream::source::pipe::Pipe;
use crate::stream::source::several::Several;
use crate::ui::{self, Context};
use watch::{Lines, Watchers};

/// Runs the jobs.
///
/// # Errors
/// When an argument is impossible, or the run fails.
pub(super) fn run(
    args: &StreamArgs,
    entries: &[&'static Entry],
    context: &Context,
) -> anyhow::Result<Outcome> {
    let setups = setups(args, entries, context)?;
    let to_stdout = args.to_stdout();
    let databases = args.databases()?;
    let lines = to_stdout
        .then(|| context.claim_stdout_for_data())
        .transpose()?;
    let lines = lines.map(Lines::new);
    let address = args.webhook.as_deref().map(webhook::address).transpose()?;
    let (choice, topics) = topics(args.choose(context)?)?;
    let until_end = args.ends(&choice)?;
    let pace = args.playing.pace(context)?;
    let rules = Arc::new(rules(args)?);
    if !to_stdout {
        let names = entries.iter().map(|entry| entry.spec.name.to_owned());
        let place = Place::beside(&args.places(context)?.0);
        context.history.record("stream", place, names.collect());
    }
    let letters = letters(args, &choice, context)?;
    let score = match &choice {
        Choice::Files | Choice::Demo(_) => Some(score(args, &rules, context)?),
        Choice::Stdin | Choice::Kafka(_) => None,
    };
    let endpoint = endpoint(args, &choice)?;
    let one = |choice: &Choice, was: Option<&Position>| {
        let check = was.is_none();
        open(args, choice, (&score, check), &pace, was, context)
    };
    let open = |was: Option<&Position>| -> Result<Vec<Opened>> {
        match &topics[..] {
            [] | [_] => Ok(vec![one(&choice, was)?]),
            several => {
                let topics = several.iter().enumerate();
                let topics = topics.map(|(number, topic)| {
                    let part = Several::part(was, number);
                    one(&Choice::Kafka(topic.clone()), part.as_ref())
                });
                topics.collect()
            }
        }
    };
    // What goes to a pipe is kept nowhere.
    let passing = to_stdout.then(|| passing(args)).transpose()?;
    let (output, checkpoint) = match &passing {
        Some(folder) => {
            let place = |name| location(&folder.path().join(name));
            (place("output")?, place("checkpoint")?)
        }
        None => args.places(context)?,
    };
    let jobs = entries.iter().zip(&setups);
    let jobs = jobs.map(|(entry, (_, setup))| (entry.make)(setup));
    let jobs = jobs.collect::<Result<_>>()?;
    let identity = of_jobs(args, &choice, &setups);
    // What is to be read is looked at before anything is set aside for it.
    let first = args.fresh.then(|| open(None)).transpose()?;
    let mut state = State::open(Plan {
        rules: Arc::clone(&rules),
        jobs,
        horizon: micros(args.dedup_horizon)?,
        output,
        checkpoint,
        settings: settings(args, &choice, &identity),
        identity,
        fresh: follow::fresh(args, &databases),
        anew_after_pipe: matches!(choice, Choice::Stdin),
        letters: letters
            .map(|to| Letters::open(to, &context.stop))
            .transpose()?,
    })?;
    context.history.begin();
    let mut opened = match first {
        Some(opened) => opened,
        None => open(state.position.as_ref())?,
    };
    let mut producer = None;
    let mut source: Box<dyn Source<Intake<Jobs>>> = match (opened.pop(), opened.is_empty()) {
        (Some(Opened::Pipe), _) => {
            let delimiter = args.cleaning.reading.delimiter;
            Box::new(Pipe::open(&rules, delimiter, state.intake.columns())?)
        }
        (Some(Opened::Files(files)), _) => files,
        (Some(Opened::Kafka(mut kafka)), true) => {
            producer = feed(&mut kafka, args, (&choice, score), pace, &endpoint, context)?;
            kafka
        }
        (last, _) => {
            let all = opened.into_iter().chain(last);
            let all = all.filter_map(|opened| match opened {
                Opened::Kafka(kafka) => Some(*kafka),
                _ => None,
            });
            Box::new(Several::new(all.collect()))
        }
    };
    let board = context.board();
    let tempo = Tempo {
        commit: args.commit_interval,
        until_end,
    };
    let stop = &context.stop;
    let follow = follow::tables(databases, &state, later(args, &choice), stop)?;
    if let (Some(tables), Some(endpoint)) = (&follow, &endpoint) {
        tables.follow.show(endpoint.registry());
    }
    let webhook = address.map(|url| Webhook::open(url, args.webhook_quiet, &state.untold));
    let mut watchers = Watchers {
        board: &board,
        metrics: endpoint.as_ref().map(|e| StreamMetrics::new(e.registry())),
        lines,
        webhook: webhook.transpose()?,
        follow,
    };
    let summary = engine::run(&mut state, &mut *source, tempo, stop, &mut watchers);
    board.clear();
    let sent = watchers.end();
    let outputs = follow::end(watchers.follow.map(|tables| tables.follow), stop);
    let mut summary = summary?;
    state.commit_told()?;
    summary.webhook = sent;
    let outputs = outputs?;
    context.summarize(&follow::Told { summary, outputs })?;
    if let Some(producer) = producer {
        producer.end()?;
    }
    Ok(drained(&context.stop))
}

/// A folder that goes with the process.
fn passing(args: &StreamArgs) -> Result<TempDir> {
    let parent = args.temp_dir.clone().unwrap_or_else(std::env::temp_dir);
    let folder = tempfile::Builder::new()
        .prefix("retail-stream-")
        .tempdir_in(&parent);
    folder.map_err(|e| Error::io("write to", parent.display(), e))
}

/// What each job was told.
pub(super) fn setups(
    args: &StreamArgs,
    entries: &[&'static Entry],
    context: &Context,
) -> Result<Vec<(&'static str, Setup)>> {
    for text in &args.set {
        let (job, _, _) = setup::parts(text)?;
        if !entries.iter().any(|entry| entry.spec.name == job) {
            let what = match find(job) {
                Some(_) => "does not run; add it to --job",
                None => "is no job; retail stream --job list shows them",
            };
            return Err(Error::Usage(format!("--set {text}: {job} {what}")));
        }
    }
    let patience = context.typed("watermark").then_some(args.watermark);
    let setups = entries.iter().map(|entry| {
        let mut setup = Setup::new(entry.spec, &args.set, patience)?;
        if entry.spec.name == "revenue" {
            for (name, value) in [("window", args.window), ("slide", args.slide)] {
                if context.typed(name) {
                    setup.set(name, format!("{}ms", value.as_millis()));
                }
            }
        }
        Ok((entry.spec.name, setup))
    });
    setups.collect()
}

/// How events are read.
pub(super) fn rules(args: &StreamArgs) -> Result<Rules> {
    let mut rules = Rules {
        events: true,
        ..Rules::default()
    };
    args.cleaning.reading.add_to(&mut rules)?;
    rules.dedup.clone_from(&args.cleaning.dedup);
    Ok(rules)
}

/// The topics that are read, in the order of their names, and the choice with just these.
fn topics(mut choice: Choice) -> Result<(Choice, Vec<Topic>)> {
    let is_demo = matches!(choice, Choice::Demo(_));
    let (Choice::Kafka(all) | Choice::Demo(all)) = &mut choice else {
        return Ok((choice, Vec::new()));
    };
    let mut names: Vec<&str> = all.name.split(',').map(str::trim).collect();
    names.sort_unstable();
    names.dedup();
    if names.contains(&"") {
        return Err(Error::Usage(format!(
            "--topic {}: a name is blank",
            all.name
        )));
    }
    if names.len() > 1 && is_demo {
        return Err(Error::Usage(
            "--brokers with --rate or --loop replays into one topic; name one".to_owned(),
        ));
    }
    let topics = names.iter().map(|name| Topic {
        name: (*name).to_owned(),
        ..all.clone()
    });
    let topics = topics.collect();
    all.name = names.join(",");
    Ok((choice, topics))
}

impl ui::Summary for Summary {
    fn lines(&self) -> Vec<(&'static str, String)> {
        let mut lines = vec![
            ("read", self.read.to_string()),
            ("accepted", self.accepted.to_string()),
            ("rejected", self.rejected.to_string()),
            ("duplicates", self.duplicates.to_string()),
            ("late", self.late.to_string()),
            ("revenue", self.accepted_revenue.to_string()),
        ];
        let broken = self.quality.iter().filter(|(_, count)| **count > 0);
        let broken = broken.map(|(rule, count)| format!("{count} {}", rule.replace('_', " ")));
        let broken = broken.collect::<Vec<_>>().join(", ");
        if !broken.is_empty() {
            lines.push(("quality", broken));
        }
        for (name, job) in &self.jobs {
            let rows = job.rows.iter();
            let rows = rows.map(|(table, rows)| format!("{rows} rows of {table}"));
            let figures = job.figures.iter();
            let figures =
                figures.map(|(name, figure)| format!("{figure} {}", name.replace('_', " ")));
            let all: Vec<_> = rows.chain(figures).collect();
            lines.push((name, all.join(", ")));
        }
        if let Some(sent) = self.webhook {
            let all = [
                (sent.sent, "sent"),
                (sent.repeated, "repeated"),
                (sent.failed, "failed"),
                (sent.unsent, "unsent"),
            ];
            let all = all.map(|(count, what)| format!("{count} {what}"));
            lines.push(("webhook", all.join(", ")));
        }
        let ended = match self.ended {
            true => "at the end of the input",
            false => "early; the next start goes on here",
        };
        lines.push(("ended", ended.to_owned()));
        let rate = format!(
            "{:.3} ({} events a second)",
            self.seconds, self.rows_per_second
        );
        lines.push(("seconds", rate));
        lines
    }
}

/// Shows the jobs.
pub(super) fn list(context: &Context) -> anyhow::Result<Outcome> {
    let mut text = Vec::new();
    for entry in JOBS {
        let spec = entry.spec;
        writeln!(text, "{}: {}", spec.name, spec.about)?;
        let watermark = match spec.patience.is_zero() {
            true => String::new(),
            false => format!("; watermark {:?}", spec.patience),
        };
        writeln!(text, "  reads {}{watermark}", spec.events)?;
        for table in spec.tables {
            let columns: Vec<_> = table.columns.iter().map(|column| column.name).collect();
            writeln!(text, "  writes {}: {}", table.name, columns.join(", "))?;
        }
        for setting in spec.settings {
            let (name, default) = (setting.name, setting.default);
            writeln!(
                text,
                "  --set {}.{name}={default}  {}",
                spec.name, setting.about
            )?;
        }
    }
    context.say(String::from_utf8_lossy(&text).trim_end())?;
    Ok(Outcome::Done)
}
