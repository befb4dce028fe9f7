//! `retail replay`.

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use serde::Serialize;

use super::cleaning::Reading;
use super::generate::WorldArg;
use super::{Outcome, drained, is_stdin, locations, refuse_none};
use crate::config::values::{duration, listen, name, rate, speed};
use crate::error::{Error, Result};
use crate::events::batch::{Event, Order};
use crate::events::kafka::{Producer, Topic, property};
use crate::events::pace::{Pace, Speed};
use crate::events::play::{Sink, play};
use crate::events::player::Player;
use crate::events::score::Score;
use crate::events::survey::survey;
use crate::events::tally::Tally;
use crate::events::topics::Topics;
use crate::metrics::{self, Endpoint, Registry};
use crate::record::Rules;
use crate::source::input::{Input, discover};
use crate::ui::{Context, Stdout, Summary, Unit, stdout_error};

pub(super) mod world;

/// Play files as events, to Kafka or as JSON lines
///
/// Every row becomes one JSON event, in the order of event time. Without --brokers events go
/// to stdout. A broken row is sent too, so that whoever reads counts it.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct ReplayArgs {
    /// File, folder with all below, or - for stdin; may be repeated
    #[arg(short, long, value_name = "PATH", default_value = "data/input")]
    pub input: Vec<PathBuf>,
    /// Play the files of a world, each into the topic of its folder; without --input
    /// those of data/worlds/WORLD
    #[arg(long, value_enum)]
    pub world: Option<WorldArg>,
    /// How fast, in what order, how often.
    #[command(flatten)]
    pub playing: Playing,
    /// Shuffle the events, in every lap anew
    #[arg(long, conflicts_with = "order")]
    pub shuffle: bool,
    /// Where Kafka is.
    #[command(flatten)]
    pub kafka: Kafka,
    /// Partitions of a topic that is made because it is missing; those of a world
    /// have 1 or 3
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(i32).range(1..), help_heading = "Kafka")]
    pub partitions: i32,
    /// What the names of the topics of a world begin with
    #[arg(long, value_name = "TEXT", value_parser = name, help_heading = "Kafka")]
    pub topic_prefix: Option<String>,
    /// How records are read.
    #[command(flatten)]
    pub reading: Reading,
    /// Serve /metrics and /health there; a port alone is of 127.0.0.1
    #[arg(long, value_name = "ADDR", value_parser = listen)]
    pub metrics_addr: Option<SocketAddr>,
    /// Folder for events that are too many to sort in memory
    #[arg(long, value_name = "FOLDER")]
    pub temp_dir: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  retail replay --rate 20 | head
  retail replay --brokers localhost:9092 --topic sales --rate 0
  retail replay --speed 60 --loop --brokers env
  retail replay --shuffle --rate 0 | retail stream --input -
  retail replay --world globalmart --speed 60 --brokers localhost:9092";

/// How files are played.
#[derive(Debug, Clone, Args)]
pub struct Playing {
    /// Events a second; 0 for as fast as possible
    #[arg(long, value_name = "N", default_value = "5", value_parser = rate)]
    pub rate: f64,
    /// Follow event time, so many times as fast: 60 plays an hour in a minute
    #[arg(long, value_name = "X", value_parser = speed)]
    pub speed: Option<f64>,
    /// Begin again at the end, with all dates moved on
    #[arg(long = "loop")]
    pub looped: bool,
    /// Order of the events
    #[arg(long, value_enum, default_value = "time")]
    pub order: OrderArg,
}

/// The order of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OrderArg {
    /// By event time
    Time,
    /// As they stand in the files
    File,
}

impl From<OrderArg> for Order {
    fn from(order: OrderArg) -> Self {
        match order {
            OrderArg::Time => Self::Time,
            OrderArg::File => Self::File,
        }
    }
}

impl Playing {
    /// When each event is due.
    ///
    /// # Errors
    /// [`Error::Usage`] when both a rate and a speed are typed.
    pub fn pace(&self, context: &Context) -> Result<Pace> {
        if self.speed.is_some() && context.typed("rate") {
            return Err(Error::Usage(
                "--rate and --speed are two ways to say when events are due; give one".to_owned(),
            ));
        }
        Ok(Pace::new(match self.speed {
            Some(speed) => Speed::EventTime(speed),
            None if self.rate == 0.0 => Speed::Unbounded,
            None => Speed::Rate(self.rate),
        }))
    }
}

/// Where Kafka is.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Kafka")]
pub struct Kafka {
    /// Addresses of the brokers; "env" for the configured ones
    #[arg(long, value_name = "HOST:PORT,...", value_parser = name)]
    pub brokers: Option<String>,
    /// The topic
    #[arg(long, value_name = "NAME", default_value = "sales", value_parser = name)]
    pub topic: String,
    /// Property of librdkafka, such as security.protocol=ssl; may be repeated
    #[arg(short = 'X', long = "property", value_name = "NAME=VALUE", value_parser = property)]
    pub property: Vec<(String, String)>,
    /// Wait so long for the brokers to answer
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub wait: Option<Duration>,
}

impl Kafka {
    /// The topic at these brokers.
    ///
    /// # Errors
    /// [`Error::Usage`] when `env` is given and nothing is configured.
    pub fn topic(&self, brokers: &str, context: &Context) -> Result<Topic> {
        Ok(Topic {
            brokers: context.brokers(brokers)?,
            name: self.topic.clone(),
            properties: self.property.clone(),
            wait: self.wait,
        })
    }
}

/// The files to play, looked through where the order asks for it.
fn score(args: &ReplayArgs, world: Option<&world::Found>, context: &Context) -> Result<Score> {
    let inputs: Arc<[Input]> = if let Some(world) = world {
        world.inputs.clone().into()
    } else if args.input.iter().any(|path| is_stdin(path)) {
        if args.input.len() > 1 || args.playing.looped {
            return Err(Error::Usage(
                "--input - is read once and alone: leave out other inputs and --loop".to_owned(),
            ));
        }
        vec![Input::stdin()?].into()
    } else {
        let places = locations(&args.input)?;
        let inputs = discover(&places, false)?;
        refuse_none(&inputs, &places, "")?;
        inputs.into()
    };
    let mut rules = Rules {
        events: world.is_some(),
        ..Rules::default()
    };
    args.reading.add_to(&mut rules)?;
    let rules = Arc::new(rules);
    let order = match (args.shuffle, args.playing.order) {
        (true, _) => Order::Shuffle,
        (false, OrderArg::File) if world.is_some() => Order::Standing,
        (false, order) => order.into(),
    };
    let delimiter = args.reading.delimiter;
    // One file is one group, whatever it holds.
    let by_time = matches!(order, Order::Time | Order::Standing);
    let survey = (by_time && inputs.len() > 1)
        .then(|| survey(&inputs, &rules, delimiter, false, &context.stop))
        .transpose()?;
    Ok(Score {
        inputs,
        survey,
        rules,
        topics: world.map(|world| Arc::clone(&world.topics)),
        delimiter,
        order,
        looped: args.playing.looped,
        timed: args.playing.speed.is_some(),
        temp_dir: args.temp_dir.clone().unwrap_or_else(std::env::temp_dir),
    })
}

/// Plays the files.
///
/// # Errors
/// When an argument is impossible, a file cannot be read, or an event not be sent.
pub fn run(args: &ReplayArgs, context: &Context) -> anyhow::Result<Outcome> {
    let mut pace = args.playing.pace(context)?;
    // Configuration supplies an address, but never makes a command produce.
    let brokers = args
        .kafka
        .brokers
        .as_deref()
        .filter(|_| context.typed("brokers"));
    let endpoint = match args.metrics_addr {
        Some(address) => {
            let registry = Registry::new("replay", metrics::replay::FAMILIES)?;
            Some(Endpoint::start(address, registry)?)
        }
        None => None,
    };
    world::refuse(args, context)?;
    let began = Instant::now();
    let found = args.world.map(|world| world::find(world, args, context));
    let found = found.transpose()?;
    let mut target = match (brokers, &found) {
        (Some(brokers), Some(found)) => {
            let tally = Arc::new(Tally::default());
            Target::Topics {
                producers: found.producers(brokers, args, &tally, context)?,
                topics: Arc::clone(&found.topics),
                tally,
            }
        }
        (Some(brokers), None) => {
            let topic = args.kafka.topic(brokers, context)?;
            Target::Kafka(Producer::open(topic, args.partitions, &context.stop)?)
        }
        (None, _) => Target::Stdout(context.claim_stdout_for_data()?),
    };
    let tally = target.tally();
    let player = Player::new(score(args, found.as_ref(), context)?, &context.stop);
    let files = player.score().inputs.len();
    let progress = context.progress(Unit::Events, None);
    let written = matches!(target, Target::Stdout(_));
    if let Some(endpoint) = &endpoint {
        metrics::replay::show(endpoint.registry(), Arc::clone(&tally), pace.rate());
        endpoint.registry().set_ready();
    }
    let outcome = play(player, &mut pace, &mut target, &context.stop, |more| {
        progress.add(more);
        if written {
            tally.write(more);
        }
    });
    progress.clear();
    let played = outcome?;
    let sent = match &mut target {
        Target::Stdout(out) => {
            out.flush().map_err(stdout_error)?;
            played.sent
        }
        Target::Kafka(producer) => {
            producer.flush()?;
            producer.delivered()
        }
        Target::Topics {
            producers, tally, ..
        } => {
            producers.iter_mut().try_for_each(Producer::flush)?;
            tally.sent()
        }
    };
    let seconds = began.elapsed().as_secs_f64();
    context.summarize(&Replayed {
        command: "replay",
        files,
        sent,
        laps: played.laps,
        target: match &target {
            Target::Stdout(_) => "stdout".to_owned(),
            Target::Kafka(producer) => producer.topic().to_string(),
            Target::Topics { producers, .. } => {
                let all = producers
                    .iter()
                    .map(|producer| producer.topic().to_string());
                all.collect::<Vec<_>>().join(", ")
            }
        },
        seconds: (seconds * 1000.0).round() / 1000.0,
        rows_per_second: (sent as f64 / seconds.max(1e-9)) as u64,
    })?;
    Ok(drained(&context.stop))
}

/// Where events go.
enum Target {
    Stdout(Stdout),
    Kafka(Producer),
    /// Each event to the topic of its file.
    Topics {
        producers: Vec<Producer>,
        topics: Arc<Topics>,
        tally: Arc<Tally>,
    },
}

impl Target {
    /// What becomes of the events; lines are counted by whoever writes them.
    fn tally(&self) -> Arc<Tally> {
        match self {
            Self::Stdout(_) => Arc::default(),
            Self::Kafka(producer) => producer.tally(),
            Self::Topics { tally, .. } => Arc::clone(tally),
        }
    }
}

impl Sink for Target {
    fn send(&mut self, event: &Event<'_>) -> Result<bool> {
        match self {
            Self::Stdout(out) => {
                out.write_all(event.json)
                    .and_then(|()| out.write_all(b"\n"))
                    .map_err(stdout_error)?;
                Ok(true)
            }
            Self::Kafka(producer) => Sink::send(producer, event),
            Self::Topics {
                producers, topics, ..
            } => match producers.get_mut(topics.of(event.source)) {
                Some(producer) => Sink::send(producer, event),
                None => Err(Error::Internal("an event of no topic".to_owned())),
            },
        }
    }

    fn pause(&mut self) -> Result<()> {
        match self {
            Self::Stdout(out) => out.flush().map_err(stdout_error),
            Self::Kafka(producer) => producer.pause(),
            Self::Topics { producers, .. } => producers.iter_mut().try_for_each(Sink::pause),
        }
    }
}

/// What a replay says of itself.
#[derive(Debug, Serialize)]
struct Replayed {
    command: &'static str,
    files: usize,
    /// Events that the brokers acknowledged, or lines written.
    sent: u64,
    /// Laps begun.
    laps: u64,
    target: String,
    seconds: f64,
    rows_per_second: u64,
}

impl Summary for Replayed {
    fn lines(&self) -> Vec<(&'static str, String)> {
        let mut lines = vec![
            ("files", self.files.to_string()),
            ("sent", format!("{} to {}", self.sent, self.target)),
        ];
        if self.laps > 1 {
            lines.push(("laps", self.laps.to_string()));
        }
        let rate = format!(
            "{:.3} ({} events a second)",
            self.seconds, self.rows_per_second
        );
        lines.push(("seconds", rate));
        lines
    }
}
