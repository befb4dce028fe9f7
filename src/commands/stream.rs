//! `retail stream`.

use std::sync::Arc;
use std::time::Duration;

mod args;
mod board;
mod demo;
mod identity;

pub use args::StreamArgs;
use args::{Choice, micros};
use identity::{identity, settings};

use super::{Outcome, drained, location, locations, refuse_none, refuse_overlap};
use crate::error::{Error, Result};
use crate::events::kafka::Topic;
use crate::events::pace::Pace;
use crate::events::score::Score;
use crate::metrics::stream::StreamMetrics;
use crate::metrics::{self, Endpoint, Registry};
use crate::source::input::discover;
use crate::stream::checkpoint::Position;
use crate::stream::dead_letters::Letters;
use crate::stream::engine::{self, Tempo};
use crate::stream::live::View;
use crate::stream::source::Source;
use crate::stream::source::files::Files;
use crate::stream::source::kafka::{From, Kafka, Settings};
use crate::stream::source::pipe::Pipe;
use crate::stream::state::{Plan, State};
use crate::stream::watch::Watch;
use crate::ui::{Context, Progress};

/// A topic that a demo makes has so many partitions.
const DEMO_PARTITIONS: i32 = 4;

/// Runs the stream.
///
/// # Errors
/// When an argument is impossible, or the run fails.
pub fn run(args: &StreamArgs, context: &Context) -> anyhow::Result<Outcome> {
    let shape = args.shape()?;
    let choice = args.choose(context)?;
    let looped = args.playing.looped && matches!(choice, Choice::Files | Choice::Demo(_));
    if args.until_end && looped {
        return Err(Error::Usage(
            "--until-end and --loop contradict each other: a loop has no end".to_owned(),
        )
        .into());
    }
    let until_end = match &choice {
        Choice::Stdin => true,
        Choice::Files => !looped,
        Choice::Kafka(_) | Choice::Demo(_) => args.until_end,
    };
    let pace = args.playing.pace(context)?;
    let rules = Arc::new(args.cleaning.rules()?);
    let letters = letters(args, &choice, context)?;
    let score = match &choice {
        Choice::Files | Choice::Demo(_) => Some(score(args, &rules)?),
        Choice::Stdin | Choice::Kafka(_) => None,
    };
    let endpoint = endpoint(args, &choice)?;
    let open = |was: Option<&Position>| open(args, &choice, &score, &pace, was, context);
    // What is to be read is looked at before anything is set aside for it.
    let first = args.fresh.then(|| open(None)).transpose()?;
    let mut state = State::open(Plan {
        shape,
        rules: Arc::clone(&rules),
        horizon: micros(args.dedup_horizon)?,
        output: location(&args.output)?,
        checkpoint: location(&args.checkpoint)?,
        identity: identity(args, &choice),
        settings: settings(args, &choice),
        fresh: args.fresh,
        anew_after_pipe: matches!(choice, Choice::Stdin),
        letters: letters
            .map(|(from, to)| Letters::open(to, from.name, &context.stop))
            .transpose()?,
    })?;
    let opened = match first {
        Some(opened) => opened,
        None => open(state.position.as_ref())?,
    };
    let mut producer = None;
    let mut source: Box<dyn Source> = match (opened, &choice, score) {
        (Opened::Kafka(mut kafka), Choice::Demo(topic), Some(score)) => {
            let partitions = args.partitions.unwrap_or(DEMO_PARTITIONS);
            let rate = pace.rate();
            let demo = demo::start(topic.clone(), partitions, score, pace, &context.stop)?;
            if let Some(endpoint) = &endpoint {
                metrics::replay::show(endpoint.registry(), demo.tally(), rate);
            }
            kafka.wait_for(demo.producing());
            producer = Some(demo);
            kafka
        }
        (Opened::Kafka(kafka), ..) => kafka,
        (Opened::Files(files), ..) => files,
        (Opened::Pipe, ..) => {
            let delimiter = args.cleaning.reading.delimiter;
            Box::new(Pipe::open(&rules, delimiter, state.intake.columns())?)
        }
    };
    let board = context.board();
    let tempo = Tempo {
        commit: args.commit_interval,
        until_end,
    };
    let mut watchers = Watchers {
        board: &board,
        context,
        metrics: endpoint.as_ref().map(|e| StreamMetrics::new(e.registry())),
    };
    let stop = &context.stop;
    let summary = engine::run(&mut state, &mut *source, tempo, stop, &mut watchers);
    board.clear();
    context.summarize(&summary?)?;
    if let Some(producer) = producer {
        producer.end()?;
    }
    Ok(drained(&context.stop))
}

/// What serves metrics, where they are asked for.
fn endpoint(args: &StreamArgs, choice: &Choice) -> Result<Option<Endpoint>> {
    let Some(address) = args.metrics_addr else {
        return Ok(None);
    };
    let mut families = metrics::stream::FAMILIES.to_vec();
    if matches!(choice, Choice::Demo(_)) {
        families.extend(metrics::replay::FAMILIES);
    }
    let registry = Registry::new("stream", &families)?;
    Endpoint::start(address, registry).map(Some)
}

/// A terminal and a scraper.
struct Watchers<'a> {
    board: &'a Progress,
    context: &'a Context,
    metrics: Option<StreamMetrics>,
}

impl Watch for Watchers<'_> {
    fn turn(&mut self, state: &State, lag: Option<u64>) {
        self.metrics.turn(state, lag);
    }

    fn view(&mut self, view: &View<'_>) {
        self.metrics.view(view);
        if self.board.is_visible() {
            self.board.doing(board::text(view, self.context.width()));
        }
    }

    fn committed(&mut self, took: Duration) {
        self.metrics.committed(took);
    }
}

/// What is read.
enum Opened {
    Files(Box<Files>),
    Kafka(Box<Kafka>),
    /// It is opened when it is read.
    Pipe,
}

/// Opens what is read, behind `was`.
fn open(
    args: &StreamArgs,
    choice: &Choice,
    score: &Option<Score>,
    pace: &Pace,
    was: Option<&Position>,
    context: &Context,
) -> Result<Opened> {
    let (topic, from, partitions) = match (choice, score) {
        (Choice::Kafka(topic), _) => (topic, args.from.into(), args.partitions),
        (Choice::Demo(topic), _) => {
            let partitions = args.partitions.unwrap_or(DEMO_PARTITIONS);
            (topic, From::Latest, Some(partitions))
        }
        (_, Some(score)) => {
            let (score, pace, check) = (score.clone(), pace.clone(), was.is_none());
            let files = Files::open(score, pace, was, check, &context.stop)?;
            return Ok(Opened::Files(Box::new(files)));
        }
        (_, None) => return Ok(Opened::Pipe),
    };
    let settings = Settings {
        topic: topic.clone(),
        group: args.group.clone(),
        from,
        on_gap: args.on_gap.into(),
        partitions,
        until_end: args.until_end,
        idle: args.idle,
        max_jump: micros(args.max_event_jump)?,
    };
    let kafka = Kafka::open(settings, was, &context.stop)?;
    Ok(Opened::Kafka(Box::new(kafka)))
}

/// The files to play.
fn score(args: &StreamArgs, rules: &Arc<crate::record::Rules>) -> Result<Score> {
    let places = locations(&args.input)?;
    refuse_overlap(
        &places,
        &[location(&args.output)?, location(&args.checkpoint)?],
    )?;
    let inputs = discover(&places, false)?;
    refuse_none(&inputs, &places, "")?;
    Ok(Score {
        inputs: inputs.into(),
        survey: None,
        rules: Arc::clone(rules),
        delimiter: args.cleaning.reading.delimiter,
        order: args.order(),
        looped: args.playing.looped,
        timed: true,
        temp_dir: args.temp_dir.clone().unwrap_or_else(std::env::temp_dir),
    })
}

/// The topic that is read and the one of its dead letters, where that is asked for.
fn letters(
    args: &StreamArgs,
    choice: &Choice,
    context: &Context,
) -> Result<Option<(Topic, Topic)>> {
    let Some(name) = &args.dlq else {
        return Ok(None);
    };
    let (Choice::Kafka(topic) | Choice::Demo(topic)) = choice else {
        return match context.typed("dlq") {
            true => Err(Error::Usage(
                "--dlq names a topic, and nothing is read from Kafka; rejects go to the output's \
                 _rejects"
                    .to_owned(),
            )),
            false => Ok(None),
        };
    };
    let mut letters = topic.clone();
    letters.name = match name.as_str() {
        "" | "true" => format!("{}.dlq", topic.name),
        name => name.to_owned(),
    };
    if letters.name == topic.name {
        return Err(Error::Usage(format!(
            "--dlq {} is the topic that is read: its rejects would come back for ever; name \
             another",
            topic.name
        )));
    }
    Ok(Some((topic.clone(), letters)))
}
