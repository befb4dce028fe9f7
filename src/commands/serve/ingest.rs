//! The options of `retail serve ingest`.

use std::time::Duration;

use clap::Args;

use super::ServeArgs;
use crate::commands::cleaning::Reading;
use crate::config::values::{duration, name, size};
use crate::error::{Error, Result};
use crate::events::kafka::{Topic, property};
use crate::ingest::{Settings, Target};
use crate::record::Rules;
use crate::serve::Which;
use crate::ui::Context;

/// Where records go.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Ingest")]
pub struct IngestArgs {
    /// Port of the server that takes records in
    #[arg(long, value_name = "PORT", default_value_t = 8081)]
    pub ingest_port: u16,
    /// Addresses of the brokers, for serve ingest; "env" for the configured ones
    #[arg(long, value_name = "HOST:PORT,...", value_parser = name)]
    pub brokers: Option<String>,
    /// Topic of sale lines that may be written by POST /ingest/TOPIC; may be repeated
    #[arg(long, value_name = "NAME", default_value = "sales", value_parser = name)]
    pub topic: Vec<String>,
    /// Topic of events of a live shop, as stream --job reads them; may be repeated
    #[arg(long, value_name = "NAME", value_parser = name)]
    pub event_topic: Vec<String>,
    /// Topic of orders
    #[arg(long, value_name = "NAME", default_value = "Order", value_parser = name)]
    pub order_topic: String,
    /// Partitions of a topic that is made because it is missing
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(i32).range(1..))]
    pub partitions: i32,
    /// Property of librdkafka, such as security.protocol=ssl; may be repeated
    #[arg(short = 'X', long = "property", value_name = "NAME=VALUE", value_parser = property)]
    pub property: Vec<(String, String)>,
    /// Wait so long for the brokers to answer
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub wait: Option<Duration>,
    /// Refuse events dated so far ahead of the clock
    #[arg(long, value_name = "DURATION", default_value = "7d", value_parser = duration)]
    pub max_event_jump: Duration,
    /// Name of this server to Kafka, its transactional id: of two with one name the first ends
    #[arg(long, value_name = "NAME", default_value = "retail-ingest", value_parser = name)]
    pub ingest_id: String,
    /// Idempotency keys are known for so long
    #[arg(long, value_name = "DURATION", default_value = "24h", value_parser = duration)]
    pub idempotency_horizon: Duration,
    /// Idempotency keys that are known at most; then new ones are refused
    #[arg(long, value_name = "N", default_value_t = 2_000_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub idempotency_keys: u32,
    /// Bytes of a request at most
    #[arg(long, value_name = "SIZE", default_value = "4MiB", value_parser = size)]
    pub max_body: u64,
    /// Records of a request at most
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub max_records: u32,
    /// Bytes of all requests that wait for Kafka at most
    #[arg(long, value_name = "SIZE", default_value = "64MiB", value_parser = size)]
    pub max_waiting: u64,
    /// Requests that wait for Kafka at most
    #[arg(long, value_name = "N", default_value_t = 512, value_parser = clap::value_parser!(u32).range(1..))]
    pub max_requests: u32,
    /// How records are read.
    #[command(flatten)]
    pub reading: Reading,
}

/// The longest that is held in memory for all that waits.
const MOST_WAITING: u64 = 2 << 30;

/// Where records go, if they are to be taken in.
///
/// # Errors
/// [`Error::Usage`] when that is asked for by half, or cannot be.
pub fn settings(args: &ServeArgs, context: &Context) -> Result<Option<Settings>> {
    let typed = context.typed("brokers");
    let given = &args.ingest;
    if !args.servers.contains(&Which::Ingest) {
        return match typed {
            true => Err(Error::Usage(
                "--brokers is where records that are taken in go; name that server: retail serve \
                 ingest --brokers HOST:PORT"
                    .to_owned(),
            )),
            false => Ok(None),
        };
    }
    // Configuration supplies an address, but never makes a command produce.
    let Some(brokers) = given.brokers.as_deref().filter(|_| typed) else {
        return Err(Error::Usage(
            "serve ingest writes to Kafka; type where it is: --brokers HOST:PORT, or --brokers \
             env for the configured ones"
                .to_owned(),
        ));
    };
    if given
        .property
        .iter()
        .any(|(name, _)| name == "transactional.id")
    {
        let what = "-X transactional.id: it is made from --ingest-id; set that";
        return Err(Error::Usage(what.to_owned()));
    }
    let size = |name: &str, bytes: u64| match usize::try_from(bytes) {
        Ok(size) if bytes <= MOST_WAITING => Ok(size),
        _ => Err(Error::Usage(format!("{name}: 2GiB at most"))),
    };
    let max_body = size("--max-body", given.max_body)?;
    let max_waiting = size("--max-waiting", given.max_waiting)?;
    if max_body > max_waiting {
        return Err(Error::Usage(
            "--max-waiting is less than --max-body: the longest request would never find room"
                .to_owned(),
        ));
    }
    let reading = |events| {
        let mut rules = Rules {
            events,
            ..Rules::default()
        };
        given.reading.add_to(&mut rules).map(|()| rules)
    };
    Ok(Some(Settings {
        kafka: Topic {
            brokers: context.brokers(brokers)?,
            name: String::new(),
            properties: given.property.clone(),
            wait: given.wait,
        },
        targets: targets(given)?,
        orders: given.order_topic.clone(),
        partitions: given.partitions,
        sales: reading(false)?,
        events: reading(true)?,
        max_jump: given.max_event_jump,
        id: given.ingest_id.clone(),
        horizon: given.idempotency_horizon,
        most_keys: given.idempotency_keys as usize,
        max_body,
        max_records: given.max_records as usize,
        max_waiting,
        max_requests: given.max_requests as usize,
    }))
}

/// The topics that may be written. Orders are events, by whichever option their topic is named.
fn targets(given: &IngestArgs) -> Result<Vec<Target>> {
    let mut targets: Vec<Target> = Vec::new();
    let sales = given
        .topic
        .iter()
        .map(|name| (name, *name == given.order_topic));
    let events = given.event_topic.iter().map(|name| (name, true));
    for (name, events) in sales.chain(events) {
        match targets.iter().find(|target| target.name == *name) {
            None => targets.push(Target {
                name: name.clone(),
                events,
            }),
            Some(known) if known.events != events => {
                return Err(Error::Usage(format!(
                    "--topic {name} and --event-topic {name}: a topic holds sale lines or events"
                )));
            }
            Some(_) => {}
        }
    }
    Ok(targets)
}
