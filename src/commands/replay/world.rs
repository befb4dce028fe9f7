//! The files of a world: which they are, and the topics that they are played into.

use std::sync::Arc;

use super::{Kafka, ReplayArgs};
use crate::commands::generate::{WORLDS, WorldArg};
use crate::commands::{location, refuse_none};
use crate::error::{Error, Result};
use crate::events::kafka::{Producer, Topic};
use crate::events::tally::Tally;
use crate::events::topics::Topics;
use crate::generate::worlds::{Shape, TopicSpec, WorldKind, topics};
use crate::source::input::{Input, discover};
use crate::store;
use crate::ui::Context;

/// The topics of a world of which there are files.
pub(super) struct Found {
    /// The files, topic by topic.
    pub inputs: Vec<Input>,
    /// Which file belongs to which topic.
    pub topics: Arc<Topics>,
    specs: Vec<TopicSpec>,
}

/// Looks for the topics of a world in the folders of the input, in that of its name beside
/// the sales where no input was typed.
///
/// # Errors
/// When a folder cannot be read, or none of them holds a topic of the world.
pub(super) fn find(world: WorldArg, args: &ReplayArgs, context: &Context) -> Result<Found> {
    let kind = world.kind();
    let all = [Shape::Readme, Shape::Generator].map(|shape| topics(kind, shape));
    let known = match kind {
        WorldKind::Inventory => &all[..],
        _ => &all[..1],
    };
    let mut found = Found {
        inputs: Vec::new(),
        topics: Arc::new(Topics {
            of_file: Vec::new(),
            keys: Vec::new(),
        }),
        specs: Vec::new(),
    };
    let (mut of_file, mut keys) = (Vec::new(), Vec::new());
    let mut looked = Vec::new();
    for folder in &args.input {
        let folder = location(folder)?;
        let folder = match (context.typed("input"), folder.parent()) {
            (false, Some(beside)) => beside.join(WORLDS).join(kind.name()),
            _ => folder,
        };
        for spec in known.iter().copied().flatten() {
            let place = folder.join(spec.name);
            if store::open(&place)?.stat(&place)?.is_none() {
                continue;
            }
            let files = discover(std::slice::from_ref(&place), false)?;
            let topic = found.specs.iter().position(|known| known.name == spec.name);
            let topic = topic.unwrap_or_else(|| {
                found.specs.push(*spec);
                keys.push(spec.key);
                found.specs.len() - 1
            });
            of_file.extend(files.iter().map(|_| topic));
            found.inputs.extend(files);
        }
        looked.push(folder);
    }
    let more = format!(
        "; a world has a folder for each of its topics: {}",
        names(known)
    );
    refuse_none(&found.inputs, &looked, &more)?;
    found.topics = Arc::new(Topics { of_file, keys });
    Ok(found)
}

fn names(known: &[&[TopicSpec]]) -> String {
    let names = known.iter().copied().flatten().map(|spec| spec.name);
    names.collect::<Vec<_>>().join(", ")
}

impl Found {
    /// A producer for each topic; topics that are missing are made.
    ///
    /// # Errors
    /// When the brokers do not answer or refuse to make a topic.
    pub fn producers(
        &self,
        brokers: &str,
        args: &ReplayArgs,
        tally: &Arc<Tally>,
        context: &Context,
    ) -> Result<Vec<Producer>> {
        let partitions = context.typed("partitions").then_some(args.partitions);
        let prefix = args.topic_prefix.as_deref();
        let producers = self.specs.iter().map(|spec| {
            let (topic, ..) = make(spec, &args.kafka, brokers, prefix, partitions, context)?;
            Producer::counting(topic, spec.partitions, Arc::clone(tally), &context.stop)
        });
        producers.collect()
    }
}

/// Refuses what was typed and would do nothing.
///
/// # Errors
/// [`Error::Usage`] that names the option.
pub(super) fn refuse(args: &ReplayArgs, context: &Context) -> Result<()> {
    let refused = |what: &str| Err(Error::Usage(what.to_owned()));
    match args.world {
        Some(_) if context.typed("topic") => refused(
            "--topic: a world has topics of its own; --topic-prefix goes before their names",
        ),
        None if context.typed("topic_prefix") => {
            refused("--topic-prefix is that of the topics of a world: add --world, or give --topic")
        }
        Some(_) if context.typed("topic_prefix") && !context.typed("brokers") => {
            refused("--topic-prefix is one of Kafka: add --brokers")
        }
        _ => Ok(()),
    }
}

/// The topic of a world at these brokers, made if it is missing; the number of its partitions,
/// and whether it was made.
///
/// # Errors
/// When the brokers do not answer or refuse to make it.
pub(in crate::commands) fn make(
    spec: &TopicSpec,
    kafka: &Kafka,
    brokers: &str,
    prefix: Option<&str>,
    partitions: Option<i32>,
    context: &Context,
) -> Result<(Topic, usize, bool)> {
    let mut topic = kafka.topic(brokers, context)?;
    topic.name = format!("{}{}", prefix.unwrap_or_default(), spec.name);
    let partitions = partitions.unwrap_or(spec.partitions);
    let (partitions, made) = topic.make(partitions, spec.retention, &context.stop)?;
    Ok((topic, partitions, made))
}
