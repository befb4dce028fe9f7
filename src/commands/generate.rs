//! `retail generate`.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use chrono::{Datelike, Days, NaiveDate};
use clap::{Args, ValueEnum};

mod folder;
mod kafka;
mod stream;
mod world;

use super::replay::Kafka;
use super::{Outcome, drained, threads};
use crate::config::values::{date, rate, share, threads as threads_value};
use crate::error::{Error, Result};
use crate::generate::{self, Plan, Settings, Shares};
use crate::ui::Context;
pub use world::{WORLDS, WorldArg, WorldArgs};

/// Write believable sales, one file a day
///
/// The same arguments give the same bytes, whatever the machine or the number of threads.
/// Earlier files retail_YYYY-MM-DD.* in the folder go, and nothing else does.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct GenerateArgs {
    /// Folder to write to, or - for stdout
    #[arg(short, long, value_name = "FOLDER", default_value = "data/input")]
    pub output: PathBuf,
    /// Number of days
    #[arg(short, long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3_652_059))]
    pub days: u32,
    /// Sales a day on average: any 7 days in a row hold 7 times N
    #[arg(short, long, value_name = "N", default_value_t = 48, value_parser = clap::value_parser!(u32).range(0..=1_000_000_000))]
    pub transactions_per_day: u32,
    /// First day; without it, the last day is today (UTC)
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub start_date: Option<NaiveDate>,
    /// Start of all randomness
    #[arg(short, long, value_name = "N", default_value_t = 2024)]
    pub seed: u64,
    /// Keep the files of other days that are in the folder
    #[arg(long)]
    pub keep_existing: bool,
    /// Format of the files
    #[arg(short, long, value_enum, default_value = "csv")]
    pub format: Format,
    /// What the sales look like
    #[arg(long, value_enum, default_value = "standard")]
    pub profile: Profile,
    /// Number of stores; 20 in the standard profile
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=20_000))]
    pub stores: Option<u32>,
    /// Number of products; 200 in the standard profile
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=250_000))]
    pub products: Option<u32>,
    /// Number of customers; 5000 in the standard profile
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=4_000_000_000))]
    pub customers: Option<u32>,
    /// Threads; without it, one a core
    #[arg(long, value_name = "N", value_parser = threads_value)]
    pub threads: Option<NonZeroUsize>,
    /// Share of rows that cannot be read, from 0 to 1
    #[arg(long, value_name = "SHARE", default_value = "0", value_parser = share)]
    pub malformed: f64,
    /// Share of the readable rows that stand twice, from 0 to 1
    #[arg(long, value_name = "SHARE", default_value = "0", value_parser = share)]
    pub duplicates: f64,
    /// Share of the rows without other fault that stand late, from 0 to 1
    #[arg(long, value_name = "SHARE", default_value = "0", value_parser = share)]
    pub late: f64,
    /// Folder of products.csv and stores.csv (standard profile)
    #[arg(long, value_name = "FOLDER", default_value = "data/master")]
    pub master: PathBuf,
    /// Write customers.csv too
    #[arg(long)]
    pub customers_csv: bool,
    /// Events a second: of a world, or of sales to Kafka, where 0 and none are as
    /// fast as possible
    #[arg(long, value_name = "N", value_parser = rate)]
    pub rate: Option<f64>,
    /// Event worlds.
    #[command(flatten)]
    pub world: WorldArgs,
    /// Partitions of a topic that is made because it is missing; those of a world
    /// have 1 or 3
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(i32).range(1..), help_heading = "Kafka")]
    pub partitions: i32,
    /// Send events there instead of writing files.
    #[command(flatten)]
    pub kafka: Kafka,
}

const EXAMPLES: &str = "\
Examples:
  retail generate --days 14
  retail generate --days 7 --malformed 0.05 --duplicates 0.02
  retail generate --profile classic --days 14 --start-date 2025-01-01
  retail generate --days 1 --output - | head
  retail generate --days 1 --brokers localhost:9092 --rate 50
  retail generate --world globalmart --duration 10m
  retail generate --world inventory --brokers localhost:9092 --speed 60";

/// What the sales look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Profile {
    /// A believable shop: hours, seasons, regulars, promotions, returns
    Standard,
    /// Byte for byte what the replaced generator wrote
    Classic,
}

/// The format of the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Comma-separated values with a header
    Csv,
    /// One JSON object a line
    Jsonl,
    /// Parquet, money as DECIMAL(18,4)
    Parquet,
}

impl GenerateArgs {
    /// The first day to generate when today is `today`. All days are of the years 1 to 9999.
    ///
    /// # Errors
    /// [`Error::Usage`] when the days leave these years.
    pub fn first_day(&self, today: NaiveDate) -> Result<NaiveDate> {
        let more = Days::new(u64::from(self.days.saturating_sub(1)));
        let year = |day: &NaiveDate| (1..=9999).contains(&day.year());
        match self.start_date {
            Some(first) => {
                let last = first.checked_add_days(more).filter(year);
                last.map(|_| first).ok_or_else(|| {
                    let days = self.days;
                    let end = "the last day would be after 9999-12-31";
                    Error::Usage(format!(
                        "Invalid --start-date '{first}' with --days {days}: {end}"
                    ))
                })
            }
            None => today.checked_sub_days(more).filter(year).ok_or_else(|| {
                let end = "the first day would be before 0001-01-01; give --start-date";
                Error::Usage(format!("Invalid --days '{}': {end}", self.days))
            }),
        }
    }
}

/// Generates the files.
///
/// # Errors
/// When an argument is impossible or the files cannot be written.
pub fn run(args: GenerateArgs, context: &Context) -> anyhow::Result<Outcome> {
    if let Some(kind) = args.world.kind() {
        return world::run(kind, &args, context);
    }
    args.world.refuse_alone(context)?;
    // Configuration supplies an address, but never makes a command produce.
    let to_kafka = context.typed("brokers");
    if !to_kafka && context.typed("rate") {
        return Err(Error::Usage(
            "--rate is that of events to Kafka: add --brokers, or play files with retail replay \
             --rate"
                .to_owned(),
        )
        .into());
    }
    let start = args.first_day(chrono::Utc::now().date_naive())?;
    let usual = Settings::new(start, args.days);
    let settings = Settings {
        profile: match args.profile {
            Profile::Standard => generate::Profile::Standard,
            Profile::Classic => generate::Profile::Classic,
        },
        format: match args.format {
            _ if to_kafka => generate::Format::Jsonl,
            Format::Csv => generate::Format::Csv,
            Format::Jsonl => generate::Format::Jsonl,
            Format::Parquet => generate::Format::Parquet,
        },
        start,
        days: args.days,
        transactions_per_day: args.transactions_per_day,
        seed: args.seed,
        products: args.products.unwrap_or(usual.products),
        stores: args.stores.unwrap_or(usual.stores),
        customers: args.customers.unwrap_or(usual.customers),
        faults: Shares {
            malformed: args.malformed,
            duplicates: args.duplicates,
            late: args.late,
        },
    };
    let plan = Plan::new(settings)?;
    if to_kafka && let Some(brokers) = &args.kafka.brokers {
        if context.typed("output") {
            return Err(Error::Usage(
                "--brokers sends events instead of writing files: leave --output out".to_owned(),
            )
            .into());
        }
        let topic = args.kafka.topic(brokers, context)?;
        kafka::send(&plan, &args, topic, context)?;
        return Ok(drained(&context.stop));
    }
    if args.output == Path::new("-") {
        stream::to_stdout(&plan, threads(args.threads), context)?;
        return Ok(Outcome::Done);
    }
    let summary = folder::write(&plan, &args, context)?;
    context.say(&format!(
        "Generated {} file(s) under {}",
        summary.files,
        args.output.display()
    ))?;
    for name in &summary.names {
        context.say(&format!(" - {name}"))?;
    }
    context.summarize(&summary)?;
    Ok(Outcome::Done)
}
