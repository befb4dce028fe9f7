//! `retail stream`.

use std::sync::Arc;
use std::time::Duration;

mod archive;
mod args;
mod board;
mod demo;
mod follow;
mod identity;
mod jobs;
#[cfg(feature = "spark")]
mod spark;

pub use args::StreamArgs;
use args::{Choice, Work, micros};
use demo::Demo;
use follow::later;
use identity::{identity, settings};

use super::{Outcome, drained, locations, refuse_none, refuse_overlap};
use crate::batch::Engine;
use crate::error::{Error, Result};
use crate::events::kafka::Topic;
use crate::events::pace::Pace;
use crate::events::score::Score;
use crate::history::Place;
use crate::metrics::stream::StreamMetrics;
use crate::metrics::{self, Endpoint, Registry};
use crate::source::input::discover;
use crate::stream::checkpoint::Position;
use crate::stream::dead_letters::Letters;
use crate::stream::engine::{self, Tempo};
use crate::stream::live::View;
use crate::stream::output::Parts;
use crate::stream::source::Source;
use crate::stream::source::files::Files;
use crate::stream::source::kafka::{From, Kafka, Settings};
use crate::stream::source::pipe::Pipe;
use crate::stream::state::{Plan, State};
use crate::stream::watch::Watch;
use crate::stream::window::Closed;
use crate::ui::{Context, Progress};

/// A topic that a demo makes has so many partitions.
const DEMO_PARTITIONS: i32 = 4;

/// Runs the stream.
///
/// # Errors
/// When an argument is impossible, or the run fails.
pub fn run(args: &StreamArgs, context: &Context) -> anyhow::Result<Outcome> {
    args.refuse_others(context)?;
    match args.engine()? {
        Engine::Local => {}
        #[cfg(feature = "spark")]
        Engine::Spark(remote) => return spark::run(args, &remote, context),
    }
    match args.work()? {
        Work::Windows => windows(args, context),
        Work::Archive => archive::run(args, context),
        Work::Jobs(entries) => jobs::run(args, &entries, context),
        Work::List => jobs::list(context),
    }
}

fn windows(args: &StreamArgs, context: &Context) -> anyhow::Result<Outcome> {
    let shape = args.shape()?;
    let choice = args.choose(context)?;
    let until_end = args.ends(&choice)?;
    let pace = args.playing.pace(context)?;
    let rules = Arc::new(args.cleaning.rules()?);
    let databases = args.databases()?;
    let (output, checkpoint) = args.places(context)?;
    context
        .history
        .record("stream", Place::beside(&output), Vec::new());
    let letters = letters(args, &choice, context)?;
    let score = match &choice {
        Choice::Files | Choice::Demo(_) => Some(score(args, &rules, context)?),
        Choice::Stdin | Choice::Kafka(_) => None,
    };
    let endpoint = endpoint(args, &choice)?;
    let open = |was: Option<&Position>| {
        let check = was.is_none();
        open(args, &choice, (&score, check), &pace, was, context)
    };
    let identity = identity(args, &choice);
    // What is to be read is looked at before anything is set aside for it.
    let first = args.fresh.then(|| open(None)).transpose()?;
    let mut state = State::open(Plan {
        shape,
        rules: Arc::clone(&rules),
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
    let opened = match first {
        Some(opened) => opened,
        None => open(state.position.as_ref())?,
    };
    let mut producer = None;
    let mut source: Box<dyn Source> = match opened {
        Opened::Pipe => {
            let delimiter = args.cleaning.reading.delimiter;
            Box::new(Pipe::open(&rules, delimiter, state.intake.columns())?)
        }
        Opened::Files(files) => files,
        Opened::Kafka(mut kafka) => {
            producer = feed(&mut kafka, args, (&choice, score), pace, &endpoint, context)?;
            kafka
        }
    };
    let board = context.board();
    let tempo = Tempo {
        commit: args.commit_interval,
        until_end,
    };
    let stop = &context.stop;
    let mut watchers = Watchers {
        board: &board,
        context,
        metrics: endpoint.as_ref().map(|e| StreamMetrics::new(e.registry())),
        follow: follow::windows(databases, &state, (shape.size, later(args, &choice)), stop)?,
    };
    if let (Some(windows), Some(endpoint)) = (&watchers.follow, &endpoint) {
        windows.follow.show(endpoint.registry());
    }
    let summary = engine::run(&mut state, &mut *source, tempo, stop, &mut watchers);
    board.clear();
    let outputs = follow::end(watchers.follow.map(|tables| tables.follow), stop)?;
    let summary = summary?;
    context.summarize(&follow::Told { summary, outputs })?;
    if let Some(producer) = producer {
        producer.end()?;
    }
    Ok(drained(&context.stop))
}

/// Begins to replay files into the topic that is read, where that is asked for.
fn feed(
    kafka: &mut Kafka,
    args: &StreamArgs,
    (choice, score): (&Choice, Option<Score>),
    pace: Pace,
    endpoint: &Option<Endpoint>,
    context: &Context,
) -> Result<Option<Demo>> {
    let (Choice::Demo(topic), Some(score)) = (choice, score) else {
        return Ok(None);
    };
    let partitions = args.partitions.unwrap_or(DEMO_PARTITIONS);
    let rate = pace.rate();
    let demo = demo::start(topic.clone(), partitions, score, pace, &context.stop)?;
    if let Some(endpoint) = endpoint {
        metrics::replay::show(endpoint.registry(), demo.tally(), rate);
    }
    kafka.wait_for(demo.producing());
    Ok(Some(demo))
}

/// What serves metrics, where they are asked for.
fn endpoint(args: &StreamArgs, choice: &Choice) -> Result<Option<Endpoint>> {
    let Some(address) = args.metrics_addr else {
        return Ok(None);
    };
    let mut families = metrics::stream::FAMILIES.to_vec();
    families.extend(metrics::sinks::FAMILIES);
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
    follow: Option<follow::Windows>,
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

    fn rows(&mut self, fresh: &[Closed]) -> Result<()> {
        self.follow
            .as_mut()
            .map_or(Ok(()), |follow| follow.rows(fresh))
    }

    fn kept(&mut self, parts: &Parts) {
        if let Some(follow) = &mut self.follow {
            follow.kept(parts);
        }
    }
}

/// What is read.
enum Opened {
    Files(Box<Files>),
    Kafka(Box<Kafka>),
    /// It is opened when it is read.
    Pipe,
}

/// Opens what is read, behind `was`; with `check`, files whose first records are mostly rejected
/// are refused.
fn open(
    args: &StreamArgs,
    choice: &Choice,
    (score, check): (&Option<Score>, bool),
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
            let (score, pace) = (score.clone(), pace.clone());
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
fn score(args: &StreamArgs, rules: &Arc<crate::record::Rules>, context: &Context) -> Result<Score> {
    let places = locations(&args.input)?;
    let (output, checkpoint) = args.places(context)?;
    refuse_overlap(&places, &[output, checkpoint])?;
    let inputs = discover(&places, false)?;
    refuse_none(&inputs, &places, "")?;
    Ok(Score {
        inputs: inputs.into(),
        survey: None,
        rules: Arc::clone(rules),
        topics: None,
        delimiter: args.cleaning.reading.delimiter,
        order: args.order(),
        looped: args.playing.looped,
        timed: true,
        temp_dir: args.temp_dir.clone().unwrap_or_else(std::env::temp_dir),
    })
}

/// The topic of dead letters, where that is asked for.
fn letters(args: &StreamArgs, choice: &Choice, context: &Context) -> Result<Option<Topic>> {
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
        "" | "true" if topic.name.contains(',') => {
            return Err(Error::Usage(
                "--dlq: several topics are read; name the one of dead letters, such as --dlq \
                 rejects"
                    .to_owned(),
            ));
        }
        "" | "true" => format!("{}.dlq", topic.name),
        name => name.to_owned(),
    };
    if topic.name.split(',').any(|read| read == letters.name) {
        return Err(Error::Usage(format!(
            "--dlq {} is a topic that is read: its rejects would come back for ever; name another",
            letters.name
        )));
    }
    Ok(Some(letters))
}
