//! `retail stream`.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};

mod board;
mod demo;

use super::cleaning::Cleaning;
use super::replay::{Kafka as KafkaArgs, Playing};
use super::{Outcome, drained, is_stdin, location, refuse_none, refuse_overlap};
use crate::config::values::{duration, name};
use crate::error::{Error, Result};
use crate::events::batch::Order;
use crate::events::kafka::Topic;
use crate::events::player::Score;
use crate::source::input::discover;
use crate::stream::dead_letters::Letters;
use crate::stream::engine::{self, Tempo};
use crate::stream::source::Source;
use crate::stream::source::files::Files;
use crate::stream::source::kafka::{From, Kafka, OnGap, Settings};
use crate::stream::source::pipe::Pipe;
use crate::stream::state::{Plan, State};
use crate::stream::window::Shape;
use crate::ui::Context;

/// Add up revenue in windows of event time, live
///
/// Reads Kafka, stdin, or files that are played in-process, and writes every window and product
/// once, when the watermark has passed its end. Killed at any moment, it goes on where it was.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct StreamArgs {
    /// File, folder with all below, or - for stdin; may be repeated
    #[arg(short, long, value_name = "PATH", default_value = "data/input")]
    pub input: Vec<PathBuf>,
    /// How files are played.
    #[command(flatten)]
    pub playing: Playing,
    /// Play files shuffled
    #[arg(long, conflicts_with = "order")]
    pub shuffle: bool,
    /// End when everything present is read, and close all windows
    #[arg(long)]
    pub until_end: bool,
    /// Length of a window
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = duration, help_heading = "Windows")]
    pub window: Duration,
    /// Distance of windows; it divides their length
    #[arg(long, value_name = "DURATION", default_value = "15m", value_parser = duration, help_heading = "Windows")]
    pub slide: Duration,
    /// How far the watermark stays behind the latest event
    #[arg(long, value_name = "DURATION", default_value = "15m", value_parser = duration, help_heading = "Windows")]
    pub watermark: Duration,
    /// A partition that is fully read holds windows back so long
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = duration, help_heading = "Windows")]
    pub idle: Duration,
    /// Folder of closed windows
    #[arg(
        short,
        long,
        value_name = "FOLDER",
        default_value = "data/output/streaming_product_revenue"
    )]
    pub output: PathBuf,
    /// Folder of positions and state
    #[arg(
        long,
        value_name = "FOLDER",
        default_value = "checkpoints/streaming_sales"
    )]
    pub checkpoint: PathBuf,
    /// How often positions and state are committed
    #[arg(long, value_name = "DURATION", default_value = "1s", value_parser = duration)]
    pub commit_interval: Duration,
    /// Begin anew; what was there is set aside in _previous
    #[arg(long)]
    pub fresh: bool,
    /// How records are cleaned.
    #[command(flatten)]
    pub cleaning: Cleaning,
    /// How long keys are known, in event time
    #[arg(long, value_name = "DURATION", default_value = "24h", value_parser = duration, help_heading = "Cleaning")]
    pub dedup_horizon: Duration,
    /// Where Kafka is.
    #[command(flatten)]
    pub kafka: KafkaArgs,
    /// Where to begin in a topic that no checkpoint knows
    #[arg(long, value_enum, default_value = "earliest", help_heading = "Kafka")]
    pub from: FromArg,
    /// Consumer group that is told of positions
    #[arg(long, value_name = "NAME", default_value = "retail-sales", value_parser = name, help_heading = "Kafka")]
    pub group: String,
    /// What to do about messages that expired unread
    #[arg(long, value_enum, default_value = "error", help_heading = "Kafka")]
    pub on_gap: OnGapArg,
    /// Make a missing topic with so many partitions
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i32).range(1..), help_heading = "Kafka")]
    pub partitions: Option<i32>,
    /// Reject events dated so far ahead of the broker's clock
    #[arg(long, value_name = "DURATION", default_value = "7d", value_parser = duration, help_heading = "Kafka")]
    pub max_event_jump: Duration,
    /// Send rejects to this topic, without a name to TOPIC.dlq
    #[arg(long, value_name = "TOPIC", num_args = 0..=1, default_missing_value = "", help_heading = "Kafka")]
    pub dlq: Option<String>,
    /// Folder for events that are too many to sort in memory
    #[arg(long, value_name = "FOLDER")]
    pub temp_dir: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  retail stream --rate 20 --loop
  retail stream --input data/input --rate 0 --until-end
  retail replay --rate 0 | retail stream --input -
  retail stream --brokers localhost:9092 --topic sales
  retail stream --brokers localhost:9092 --rate 20 --loop";

/// Where to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FromArg {
    /// With the first message that is there
    Earliest,
    /// Behind the last message
    Latest,
}

/// What to do about messages that expired unread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OnGapArg {
    /// End with an error
    Error,
    /// Count them as lost and go on
    Continue,
}

/// Where records come from.
enum Choice {
    Files,
    Stdin,
    Kafka(Topic),
    /// Files are replayed into the topic that is read.
    Demo(Topic),
}

/// More windows than this are never meant.
const MOST_OVERLAP: u128 = 10_000;

impl StreamArgs {
    /// What was typed decides; the environment only supplies addresses.
    fn choose(&self, context: &Context) -> Result<Choice> {
        let typed = |id: &str| context.typed(id);
        let playing = ["rate", "looped", "speed", "order", "shuffle"]
            .into_iter()
            .any(typed);
        let stdin = self.input.iter().any(|path| is_stdin(path));
        if typed("brokers")
            && let Some(brokers) = &self.kafka.brokers
        {
            let topic = self.kafka.topic(brokers, context)?;
            if !playing && typed("input") || stdin && typed("input") {
                return Err(Error::Usage(
                    "--input with --brokers needs --rate or --loop, to be replayed into the \
                     topic; leave one out"
                        .to_owned(),
                ));
            }
            return Ok(if playing {
                Choice::Demo(topic)
            } else {
                Choice::Kafka(topic)
            });
        }
        if playing || typed("input") {
            return match stdin {
                true if self.input.len() > 1 || playing => Err(Error::Usage(
                    "--input - is read alone and as it comes; leave out other inputs, --rate, \
                     --loop and --order"
                        .to_owned(),
                )),
                true => Ok(Choice::Stdin),
                false => Ok(Choice::Files),
            };
        }
        match &self.kafka.brokers {
            Some(brokers) => Ok(Choice::Kafka(self.kafka.topic(brokers, context)?)),
            None if stdin => Ok(Choice::Stdin),
            None => Ok(Choice::Files),
        }
    }

    fn shape(&self) -> Result<Shape> {
        let (window, slide) = (self.window.as_micros(), self.slide.as_micros());
        if slide == 0 || window == 0 || window % slide != 0 {
            return Err(Error::Usage(format!(
                "--slide {:?} does not divide --window {:?}; choose one that does, such as 15m \
                 for 1h",
                self.slide, self.window
            )));
        }
        if window / slide > MOST_OVERLAP {
            return Err(Error::Usage(format!(
                "--slide {:?} puts every event into {} windows; choose one of at least a \
                 10,000th of --window",
                self.slide,
                window / slide
            )));
        }
        Ok(Shape {
            size: micros(self.window)?,
            slide: micros(self.slide)?,
            patience: micros(self.watermark)?,
        })
    }

    fn order(&self) -> Order {
        match self.shuffle {
            true => Order::Shuffle,
            false => self.playing.order.into(),
        }
    }
}

/// Durations beyond ten thousand years are mistakes, and would leave the numbers of times.
fn micros(duration: Duration) -> Result<i64> {
    const MOST: u128 = 10_000 * 366 * 86_400 * 1_000_000;
    let micros = Some(duration.as_micros()).filter(|micros| *micros <= MOST);
    let micros = micros.and_then(|micros| i64::try_from(micros).ok());
    micros.ok_or_else(|| Error::Usage(format!("{duration:?} is longer than ten thousand years")))
}

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
    // What cannot be reached is told before anything is locked or set aside.
    let score = match &choice {
        Choice::Files | Choice::Demo(_) => Some(score(args, &rules)?),
        Choice::Stdin | Choice::Kafka(_) => None,
    };
    match &choice {
        Choice::Kafka(topic) => topic.reach(args.partitions, &context.stop)?,
        Choice::Demo(topic) => {
            let partitions = args.partitions.unwrap_or(DEMO_PARTITIONS);
            topic.reach(Some(partitions), &context.stop)?;
        }
        Choice::Files | Choice::Stdin => {}
    }
    let mut state = State::open(Plan {
        shape,
        rules: Arc::clone(&rules),
        horizon: micros(args.dedup_horizon)?,
        output: location(&args.output)?,
        checkpoint: location(&args.checkpoint)?,
        identity: identity(args, &choice, &shape),
        settings: settings(args, &choice, &shape),
        fresh: args.fresh,
        anew_after_pipe: matches!(choice, Choice::Stdin),
        letters: letters
            .map(|(from, to)| Letters::open(to, from.name, &context.stop))
            .transpose()?,
    })?;
    let kafka = |topic: &Topic, from: From, partitions: Option<i32>| {
        Ok::<_, Error>(Settings {
            topic: topic.clone(),
            group: args.group.clone(),
            from,
            on_gap: match args.on_gap {
                OnGapArg::Error => OnGap::Error,
                OnGapArg::Continue => OnGap::Continue,
            },
            partitions,
            until_end,
            idle: args.idle,
            max_jump: micros(args.max_event_jump)?,
        })
    };
    let was = state.position.clone();
    let mut producer = None;
    let mut source: Box<dyn Source> = match (choice, score) {
        (Choice::Kafka(topic), _) => {
            let from = match args.from {
                FromArg::Earliest => From::Earliest,
                FromArg::Latest => From::Latest,
            };
            let settings = kafka(&topic, from, args.partitions)?;
            Box::new(Kafka::open(settings, was.as_ref(), &context.stop)?)
        }
        (Choice::Demo(topic), Some(score)) => {
            let partitions = args.partitions.unwrap_or(DEMO_PARTITIONS);
            let settings = kafka(&topic, From::Latest, Some(partitions))?;
            let mut kafka = Kafka::open(settings, was.as_ref(), &context.stop)?;
            let demo = demo::start(topic, partitions, score, pace, &context.stop)?;
            kafka.wait_for(demo.producing());
            producer = Some(demo);
            Box::new(kafka)
        }
        (Choice::Files, Some(score)) => {
            let first = was.is_none();
            Box::new(Files::open(
                score,
                pace,
                was.as_ref(),
                first,
                &context.stop,
            )?)
        }
        (_, _) => {
            let columns = state.intake.columns();
            Box::new(Pipe::open(
                &rules,
                args.cleaning.reading.delimiter,
                columns,
            )?)
        }
    };
    let board = context.board();
    let tempo = Tempo {
        commit: args.commit_interval,
        until_end,
    };
    let summary = engine::run(
        &mut state,
        &mut *source,
        tempo,
        &context.stop,
        &mut |view| {
            if board.is_visible() {
                board.doing(board::text(view, context.width()));
            }
        },
    );
    board.clear();
    context.summarize(&summary?)?;
    if let Some(producer) = producer {
        producer.end()?;
    }
    Ok(drained(&context.stop))
}

/// The files to play.
fn score(args: &StreamArgs, rules: &Arc<crate::record::Rules>) -> Result<Score> {
    let places = args
        .input
        .iter()
        .map(|path| location(path))
        .collect::<Result<Vec<_>>>()?;
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

fn source_name(choice: &Choice) -> &'static str {
    match choice {
        Choice::Files => "files",
        Choice::Stdin => "stdin",
        Choice::Kafka(_) | Choice::Demo(_) => "kafka",
    }
}

/// Seconds, whole where they are.
fn seconds(micros: i64) -> Value {
    match micros % 1_000_000 {
        0 => json!(micros / 1_000_000),
        _ => json!(micros as f64 / 1e6),
    }
}

/// What must be the same to go on: whatever changes figures.
fn identity(args: &StreamArgs, choice: &Choice, shape: &Shape) -> Map<String, Value> {
    let mut settings = args.cleaning.settings();
    let mut put = |name: &str, value: Value| settings.insert(name.to_owned(), value);
    put("source", json!(source_name(choice)));
    match choice {
        Choice::Kafka(topic) | Choice::Demo(topic) => {
            let jump = args.max_event_jump.as_secs_f64();
            put("max_event_jump_seconds", json!(jump));
            put("topic", json!(topic.name))
        }
        Choice::Files => put("order", json!(args.order().name())),
        Choice::Stdin => None,
    };
    put("window_seconds", seconds(shape.size));
    put("slide_seconds", seconds(shape.slide));
    put("watermark_seconds", seconds(shape.patience));
    if !args.cleaning.dedup.is_empty() {
        let horizon = i64::try_from(args.dedup_horizon.as_micros()).unwrap_or(i64::MAX);
        put("dedup_horizon_seconds", seconds(horizon));
    }
    settings
}

/// What decides the result, for whoever proves it later.
fn settings(args: &StreamArgs, choice: &Choice, shape: &Shape) -> Map<String, Value> {
    let mut settings = identity(args, choice, shape);
    // Paths of inputs are relative to it.
    settings.insert("working_folder".into(), json!(std::env::current_dir().ok()));
    if matches!(choice, Choice::Files | Choice::Demo(_)) {
        settings.insert("input".into(), json!(args.input));
    }
    settings
}
