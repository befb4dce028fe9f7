//! `retail generate --world`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{NaiveDate, Utc};
use clap::{Args, ValueEnum};

mod files;
mod sink;
mod summary;
mod topics;

use super::{Format, GenerateArgs};
use crate::commands::{Outcome, drained};
use crate::config::values::{duration, moment, name, part, share, speed_or_zero};
use crate::error::{Error, Result};
use crate::generate::Shares;
use crate::generate::worlds::{Shape, WorldKind, WorldPlan, WorldSettings};
use crate::record::Time;
use crate::record::time::SECOND;
use crate::ui::Context;

/// What is said of a world.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Event worlds")]
pub struct WorldArgs {
    /// Make the events of a world instead of sales, to files of data/worlds/WORLD
    #[arg(long, value_enum)]
    pub world: Option<WorldArg>,
    /// How long it goes on, in event time
    #[arg(long, value_name = "DURATION", default_value = "10m", value_parser = duration)]
    pub duration: Duration,
    /// When it begins (UTC); at 10:00 of --start-date or today, to Kafka now
    #[arg(long, value_name = "TIME", value_parser = moment, conflicts_with = "start_date")]
    pub start: Option<Time>,
    /// Shares of topics or types, such as transactions=1,product_views=9
    #[arg(long, value_name = "NAME=SHARE,...", value_parser = part, value_delimiter = ',')]
    pub mix: Vec<(String, f64)>,
    /// Speed of event time to Kafka or stdout; 0 is as fast as possible, the
    /// default to stdout, 1 is real time, the default to Kafka
    #[arg(long, value_name = "X", value_parser = speed_or_zero)]
    pub speed: Option<f64>,
    /// Share of anomalies in transactions or sales (globalmart, inventory)
    #[arg(long, value_name = "SHARE", default_value = "0.002", value_parser = share)]
    pub anomalies: f64,
    /// Shape of the events of inventory
    #[arg(long, value_enum, default_value = "readme")]
    pub shape: ShapeArg,
    /// Make the missing topics of the world and say so
    #[arg(long, value_enum, value_name = "WHAT")]
    pub topics: Option<TopicsArg>,
    /// What the names of the topics begin with
    #[arg(long, value_name = "TEXT", value_parser = name)]
    pub topic_prefix: Option<String>,
}

/// The worlds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum WorldArg {
    /// An online shop: 100 transactions, 300 views, 100 cart events a second
    Globalmart,
    /// Sales, returns and restocks of ten stores, 2 a second
    RetailEvents,
    /// Sales and the stock after each, 10 events a second
    Inventory,
    /// Orders from tills, one in 5 seconds
    Orders,
}

impl WorldArg {
    /// The world that is meant.
    pub fn kind(self) -> WorldKind {
        match self {
            Self::Globalmart => WorldKind::Globalmart,
            Self::RetailEvents => WorldKind::RetailEvents,
            Self::Inventory => WorldKind::Inventory,
            Self::Orders => WorldKind::Orders,
        }
    }
}

/// The shapes of inventory events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ShapeArg {
    /// Topics sales_events and inventory_events
    Readme,
    /// Topics retail-sales-transactions and retail-inventory-updates
    Generator,
}

/// What is done about topics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TopicsArg {
    /// Make them, then send
    Create,
    /// Make them and end
    Only,
}

/// Options that make sales, which a world has not.
const OF_SALES: [(&str, &str); 5] = [
    ("days", "--days: a world goes on for --duration"),
    (
        "transactions_per_day",
        "--transactions-per-day: a world has --rate events a second",
    ),
    (
        "keep_existing",
        "--keep-existing: a world replaces all events of its folder",
    ),
    ("profile", "--profile is one of sales"),
    (
        "topic",
        "--topic: a world has topics of its own; --topic-prefix goes before their names",
    ),
];
/// Options of worlds that say nothing of sales.
const OF_WORLDS: [&str; 8] = [
    "duration",
    "start",
    "mix",
    "speed",
    "anomalies",
    "shape",
    "topics",
    "topic_prefix",
];
/// Options that say how events are sent.
const OF_KAFKA: [&str; 5] = ["topics", "topic_prefix", "partitions", "property", "wait"];

impl WorldArgs {
    /// Which world is asked for.
    pub fn kind(&self) -> Option<WorldKind> {
        self.world.map(WorldArg::kind)
    }

    /// Without a world, nothing may be said of one.
    ///
    /// # Errors
    /// [`Error::Usage`] that names the option.
    pub fn refuse_alone(&self, context: &Context) -> Result<()> {
        match OF_WORLDS.iter().find(|id| context.typed(id)) {
            Some(id) => Err(Error::Usage(format!(
                "--{} is one of worlds: add --world, such as --world globalmart",
                id.replace('_', "-")
            ))),
            None => Ok(()),
        }
    }
}

/// Where the events go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Aim {
    Files,
    Stdout,
    Kafka,
}

/// Makes the events of a world.
///
/// # Errors
/// When an argument is impossible, or the events cannot be written or sent.
pub fn run(kind: WorldKind, args: &GenerateArgs, context: &Context) -> anyhow::Result<Outcome> {
    // Configuration supplies an address, but never makes a command produce.
    let aim = match context.typed("brokers") {
        true => Aim::Kafka,
        false if args.output == Path::new("-") => Aim::Stdout,
        false => Aim::Files,
    };
    refuse(kind, aim, args, context)?;
    let plan = WorldPlan::new(settings(kind, aim, args, context)?)?;
    match aim {
        Aim::Files => {
            let summary = files::write(&plan, args, context)?;
            summary.say(context)?;
            context.summarize(&summary)?;
            Ok(Outcome::Done)
        }
        Aim::Stdout => {
            sink::to_stdout(&plan, args, context)?;
            Ok(drained(&context.stop))
        }
        Aim::Kafka => {
            topics::send(&plan, args, context)?;
            Ok(drained(&context.stop))
        }
    }
}

/// Refuses what was typed and would do nothing.
fn refuse(kind: WorldKind, aim: Aim, args: &GenerateArgs, context: &Context) -> Result<()> {
    let refused = |what: &str| Err(Error::Usage(what.to_owned()));
    let typed = |id: &str| context.typed(id);
    if let Some((_, what)) = OF_SALES.iter().find(|(id, _)| typed(id)) {
        return refused(what);
    }
    if aim != Aim::Kafka
        && let Some(id) = OF_KAFKA.iter().find(|id| typed(id))
    {
        let option = id.replace('_', "-");
        return Err(Error::Usage(format!(
            "--{option} is one of Kafka: add --brokers"
        )));
    }
    if aim == Aim::Kafka && typed("output") {
        return refused("--brokers sends events instead of writing files: leave --output out");
    }
    if aim == Aim::Files && typed("speed") {
        return refused(
            "--speed is that of events to Kafka or stdout: add --brokers or --output -",
        );
    }
    let has_master = matches!(kind, WorldKind::Globalmart | WorldKind::Orders);
    if typed("master") && (aim != Aim::Files || !has_master) {
        return refused("--master: only the files of globalmart and orders have master data");
    }
    if args.customers_csv && typed("customers_csv") && kind != WorldKind::Globalmart {
        return refused("--customers-csv: of worlds, only globalmart may have that file");
    }
    if typed("customers_csv") && aim != Aim::Files {
        return refused("--customers-csv: master data stands beside files only");
    }
    if typed("anomalies") && !matches!(kind, WorldKind::Globalmart | WorldKind::Inventory) {
        return refused("--anomalies: only globalmart and inventory have them");
    }
    if typed("shape") && kind != WorldKind::Inventory {
        return refused("--shape: only inventory has several");
    }
    let sizes = ["stores", "products", "customers"];
    let mut without = sizes.iter().zip(kind.has()).filter(|(_, has)| !has);
    if let Some((size, _)) = without.find(|(size, _)| typed(size)) {
        let world = kind.name();
        return Err(Error::Usage(format!(
            "--{size}: the world {world} has none; leave it out"
        )));
    }
    match args.format {
        Format::Parquet if typed("format") => {
            refused("--format parquet: events of worlds are JSON lines")
        }
        Format::Csv if typed("format") && aim == Aim::Kafka => {
            refused("--format csv: events are sent as JSON")
        }
        _ => Ok(()),
    }
}

fn settings(
    kind: WorldKind,
    aim: Aim,
    args: &GenerateArgs,
    context: &Context,
) -> Result<WorldSettings> {
    Ok(WorldSettings {
        shape: match args.world.shape {
            ShapeArg::Readme => Shape::Readme,
            ShapeArg::Generator => Shape::Generator,
        },
        rate: args.rate,
        mix: args.world.mix.clone(),
        seed: args.seed,
        stores: args.stores,
        products: args.products,
        customers: args.customers,
        anomalies: args.world.anomalies,
        faults: Shares {
            malformed: args.malformed,
            duplicates: args.duplicates,
            late: args.late,
        },
        // The default of --format is that of sales.
        csv: context.typed("format") && args.format == Format::Csv,
        ..WorldSettings::new(kind, start(aim, args)?, args.world.duration)
    })
}

/// When the world begins.
fn start(aim: Aim, args: &GenerateArgs) -> Result<Time> {
    let now = Utc::now();
    let at_ten = |date: NaiveDate| Time::parse_iso(format!("{date}T10:00:00").as_bytes());
    let found = match (args.world.start, args.start_date) {
        (Some(start), _) => Some(start),
        (None, Some(date)) => at_ten(date),
        (None, None) if aim == Aim::Kafka => Time::from_micros(now.timestamp() * SECOND),
        (None, None) => at_ten(now.date_naive()),
    };
    found.ok_or_else(|| Error::Usage("--start: not in the years 1 to 9999".to_owned()))
}

/// The folder of worlds beside the one of sales, so that no command takes them for sales.
pub const WORLDS: &str = "worlds";

/// The folder of a world's events: what was typed, or that of its name beside `sales`.
fn folder(typed: bool, sales: &Path, kind: WorldKind) -> PathBuf {
    match typed {
        true => sales.to_owned(),
        false => sales.with_file_name(WORLDS).join(kind.name()),
    }
}
