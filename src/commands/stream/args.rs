//! The arguments of `retail stream`, and where they say that events come from.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Args, ValueEnum};

use crate::batch::Engine;
use crate::commands::cleaning::Cleaning;
use crate::commands::engine::{EngineArgs, Which};
use crate::commands::replay::{Kafka as KafkaArgs, Playing};
use crate::commands::{is_stdin, location, outputs};
use crate::config::values::{duration, listen, name, size};
use crate::error::{Error, Result};
use crate::events::batch::Order;
use crate::events::kafka::Topic;
use crate::sinks::Address;
use crate::store::Location;
use crate::stream::jobs::list::{Entry, JOBS};
use crate::stream::source::kafka::{From as Begin, OnGap};
use crate::stream::window::Shape;
use crate::ui::Context;

/// Add up revenue in windows of event time, live, or archive a topic
///
/// Reads Kafka, stdin, or files that are played in-process, and writes every window and product
/// once, when the watermark has passed its end. Killed at any moment, it goes on where it was.
///
/// With --job archive it keeps every message as it came, once, in Parquet files by date, which
/// batch and verify read like any other input.
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
    /// What to make of the messages: jobs that share one read of them; list shows all
    #[arg(long, value_name = "NAME,...", value_delimiter = ',', default_value = "revenue", value_parser = jobs(), hide_possible_values = true)]
    pub job: Vec<String>,
    /// Set what a job can be told, as anomalies.high_value=5000; may be repeated
    #[arg(long, value_name = "JOB.NAME=VALUE")]
    pub set: Vec<String>,
    /// Send the alerts of jobs there, as JSON: each at least once, kept in the checkpoint until it is
    /// taken, 10,000 at most; 10 s are waited at the end. The table has every alert
    #[arg(long, value_name = "URL")]
    pub webhook: Option<String>,
    /// Do not send the same trouble again for so long
    #[arg(long, value_name = "DURATION", default_value = "1h", value_parser = duration)]
    pub webhook_quiet: Duration,
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
    /// Folder of closed windows; of an archive data/archive, of jobs data/output/live, - for stdout;
    /// and databases beside it, as postgres://…, clickhouse://…; may be repeated
    #[arg(short, long, value_name = "FOLDER|URL", default_value = WINDOWS.0)]
    pub output: Vec<PathBuf>,
    /// Folder of positions and state; of an archive checkpoints/archive, of jobs checkpoints/live
    #[arg(long, value_name = "FOLDER", default_value = WINDOWS.1)]
    pub checkpoint: PathBuf,
    /// How often positions and state are committed
    #[arg(long, value_name = "DURATION", default_value = "1s", value_parser = duration)]
    pub commit_interval: Duration,
    /// An archive's files are closed when one is so long
    #[arg(long, value_name = "SIZE", default_value = "128MB", value_parser = size, help_heading = "Archive")]
    pub roll_size: u64,
    /// They are closed, and positions committed, after so long
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = duration, help_heading = "Archive")]
    pub roll_interval: Duration,
    /// Begin anew; what was there is set aside in _previous
    #[arg(long)]
    pub fresh: bool,
    /// Who does the work.
    #[command(flatten)]
    pub engine: EngineArgs,
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
    /// Serve /metrics and /health there; a port alone is of 127.0.0.1
    #[arg(long, value_name = "ADDR", value_parser = listen)]
    pub metrics_addr: Option<SocketAddr>,
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
  retail stream --brokers localhost:9092 --rate 20 --loop
  retail stream --engine spark --remote sc://host:15002 --brokers kafka:9092
  retail stream --job archive --brokers localhost:9092 --output s3://lake/sales
  retail stream --job sessions,anomalies --input data/worlds/globalmart
  retail stream --job list";

/// Where the tables of jobs and their checkpoint go by default.
const LIVE: (&str, &str) = ("data/output/live", "checkpoints/live");
/// Where windows and their checkpoint go by default.
const WINDOWS: (&str, &str) = (
    "data/output/streaming_product_revenue",
    "checkpoints/streaming_sales",
);
/// Where an archive and its checkpoint go by default.
const ARCHIVE: (&str, &str) = ("data/archive", "checkpoints/archive");

/// What is made of the messages.
#[derive(Clone)]
pub enum Work {
    /// Revenue by window and product.
    Windows,
    /// Every message as it came, in Parquet files by date.
    Archive,
    /// Jobs of the list, in its order.
    Jobs(Vec<&'static Entry>),
    /// The jobs are shown.
    List,
}

/// The names that `--job` takes.
fn jobs() -> PossibleValuesParser {
    // Revenue by itself was called windows before there were others.
    let own = [
        PossibleValue::new("archive"),
        PossibleValue::new("list"),
        PossibleValue::new("windows").hide(true),
    ];
    let jobs = JOBS.iter().map(|entry| PossibleValue::new(entry.spec.name));
    PossibleValuesParser::new(jobs.chain(own))
}

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

impl From<FromArg> for Begin {
    fn from(arg: FromArg) -> Self {
        match arg {
            FromArg::Earliest => Self::Earliest,
            FromArg::Latest => Self::Latest,
        }
    }
}

impl From<OnGapArg> for OnGap {
    fn from(arg: OnGapArg) -> Self {
        match arg {
            OnGapArg::Error => Self::Error,
            OnGapArg::Continue => Self::Continue,
        }
    }
}

/// Where records come from.
pub(super) enum Choice {
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
    pub(super) fn choose(&self, context: &Context) -> Result<Choice> {
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

    /// Who does the work.
    ///
    /// # Errors
    /// [`Error::Usage`] when Spark has no address, or its size is to decide, which a stream has not.
    pub(super) fn engine(&self) -> Result<Engine> {
        match self.engine.engine {
            Which::Auto => Err(Error::Usage(
                "--engine auto goes by the size of the input, and a stream has none; say local or \
                 spark"
                    .to_owned(),
            )),
            Which::Local | Which::Spark => self.engine.choose(0),
        }
    }

    /// Output and checkpoint.
    pub(super) fn places(&self, context: &Context) -> Result<(Location, Location)> {
        let own = match self.work()? {
            Work::Windows => WINDOWS,
            Work::Archive => ARCHIVE,
            Work::Jobs(_) | Work::List => LIVE,
        };
        let place = |id: &str, path: Option<&Path>, windows: &str, own: &str| {
            let (windows, own) = (Path::new(windows), Path::new(own));
            let Some(path) = path else {
                return location(own);
            };
            let is_default = path == windows && !context.typed(id);
            location(if is_default { own } else { path })
        };
        Ok((
            place("output", self.folder(), WINDOWS.0, own.0)?,
            place("checkpoint", Some(&self.checkpoint), WINDOWS.1, own.1)?,
        ))
    }

    /// The folder of the output, if one is named.
    fn folder(&self) -> Option<&Path> {
        outputs::folder(&self.output).map(PathBuf::as_path)
    }

    /// The databases of the output.
    ///
    /// # Errors
    /// [`Error::Usage`] for two folders, and addresses that are none; and where rows go to standard
    /// output, of which nobody could bring them again.
    pub(super) fn databases(&self) -> Result<Vec<Address>> {
        let databases = outputs::outputs(&self.output)?.databases;
        match databases.first() {
            Some(first) if self.to_stdout() => Err(Error::Usage(format!(
                "--output {first} with --output -: what goes to a pipe is kept nowhere, so a \
                 database could not be brought it again; name a folder"
            ))),
            _ => Ok(databases),
        }
    }

    /// Whether rows go to standard output, as JSON lines.
    pub(super) fn to_stdout(&self) -> bool {
        self.folder().is_some_and(is_stdin)
    }

    /// What is to be made of the messages.
    ///
    /// # Errors
    /// [`Error::Usage`] where an archive is asked for together with others.
    pub fn work(&self) -> Result<Work> {
        let names: Vec<&str> = self.job.iter().map(String::as_str).collect();
        if let (["revenue" | "windows"], false) = (&names[..], self.to_stdout()) {
            return Ok(Work::Windows);
        }
        if let ["archive"] = names[..] {
            return Ok(Work::Archive);
        }
        if names.contains(&"list") {
            return Ok(Work::List);
        }
        if names.contains(&"archive") {
            return Err(Error::Usage(
                "--job archive goes alone: it keeps messages as they come, and commits when its \
                 files are full; start it beside the others"
                    .to_owned(),
            ));
        }
        let is_asked = |entry: &&Entry| {
            let name = entry.spec.name;
            names.contains(&name) || name == "revenue" && names.contains(&"windows")
        };
        Ok(Work::Jobs(JOBS.iter().filter(is_asked).collect()))
    }

    /// Options of other jobs change nothing, whatever was hoped.
    pub(super) fn refuse_others(&self, context: &Context) -> Result<()> {
        const OF_WINDOWS: [(&str, &str); 2] = [("window", "--window"), ("slide", "--slide")];
        const OF_EVENTS: [(&str, &str); 7] = [
            ("watermark", "--watermark"),
            ("idle", "--idle"),
            ("commit_interval", "--commit-interval"),
            ("dedup", "--dedup"),
            ("dedup_horizon", "--dedup-horizon"),
            ("max_event_jump", "--max-event-jump"),
            ("dlq", "--dlq"),
        ];
        const OF_ARCHIVE: [(&str, &str); 2] = [
            ("roll_size", "--roll-size"),
            ("roll_interval", "--roll-interval"),
        ];
        const OF_JOBS: [(&str, &str); 3] = [
            ("set", "--set"),
            ("webhook", "--webhook"),
            ("webhook_quiet", "--webhook-quiet"),
        ];
        let work = self.work()?;
        let (others, job): (Vec<_>, _) = match &work {
            Work::Windows => ([&OF_ARCHIVE[..], &OF_JOBS].concat(), "revenue"),
            Work::Archive => ([&OF_WINDOWS[..], &OF_EVENTS, &OF_JOBS].concat(), "archive"),
            Work::List => return Ok(()),
            Work::Jobs(jobs) => {
                let revenue = jobs.iter().any(|job| job.spec.name == "revenue");
                let windows = &OF_WINDOWS[..if revenue { 0 } else { OF_WINDOWS.len() }];
                ([&OF_ARCHIVE[..], windows].concat(), jobs[0].spec.name)
            }
        };
        if self.to_stdout() {
            if matches!(work, Work::Archive) {
                let what = "--job archive writes Parquet files; name a folder with --output";
                return Err(Error::Usage(what.to_owned()));
            }
            if let Some(option) = ["checkpoint", "fresh"]
                .into_iter()
                .find(|id| context.typed(id))
            {
                return Err(Error::Usage(format!(
                    "--{option} does nothing with --output -: what goes to a pipe cannot be gone \
                     on with; leave one out"
                )));
            }
        }
        match others.iter().find(|(id, _)| context.typed(id)) {
            Some((id @ ("window" | "slide"), option)) if matches!(work, Work::Jobs(_)) => {
                Err(Error::Usage(format!(
                    "{option} is that of revenue; of another job, say --set {job}.{id}=VALUE"
                )))
            }
            Some((_, option)) => Err(Error::Usage(format!(
                "{option} does nothing with --job {job}; leave it out"
            ))),
            None => Ok(()),
        }
    }

    /// Whether the end of what is present ends the run.
    pub(super) fn ends(&self, choice: &Choice) -> Result<bool> {
        let looped = self.playing.looped && matches!(choice, Choice::Files | Choice::Demo(_));
        if self.until_end && looped {
            return Err(Error::Usage(
                "--until-end and --loop contradict each other: a loop has no end".to_owned(),
            ));
        }
        Ok(match choice {
            Choice::Stdin => true,
            Choice::Files => !looped,
            Choice::Kafka(_) | Choice::Demo(_) => self.until_end,
        })
    }

    pub(super) fn shape(&self) -> Result<Shape> {
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

    pub(super) fn order(&self) -> Order {
        match self.shuffle {
            true => Order::Shuffle,
            false => self.playing.order.into(),
        }
    }
}

/// Durations beyond ten thousand years are mistakes, and would leave the numbers of times.
pub(super) fn micros(duration: Duration) -> Result<i64> {
    const MOST: u128 = 10_000 * 366 * 86_400 * 1_000_000;
    let micros = Some(duration.as_micros()).filter(|micros| *micros <= MOST);
    let micros = micros.and_then(|micros| i64::try_from(micros).ok());
    micros.ok_or_else(|| Error::Usage(format!("{duration:?} is longer than ten thousand years")))
}
