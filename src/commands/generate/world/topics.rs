//! The events of a world in topics of Kafka.

use std::time::Instant;

use serde_json::json;

use super::TopicsArg;
use super::sink::{Target, play};
use super::summary::Made;
use crate::commands::generate::GenerateArgs;
use crate::error::{Error, Result};
use crate::events::kafka::{Producer, Topic};
use crate::generate::worlds::{TopicSpec, WorldPlan, further_topics};
use crate::ui::Context;

/// Makes the topics that are missing and sends the events, as asked.
///
/// # Errors
/// When the brokers do not answer or an event cannot be delivered.
pub(super) fn send(plan: &WorldPlan, args: &GenerateArgs, context: &Context) -> Result<()> {
    let began = Instant::now();
    let told = args.world.topics.is_some();
    let further = further_topics(plan.settings().world).iter();
    let mut found = Vec::new();
    for spec in plan.topics().iter().chain(further.filter(|_| told)) {
        let topic = topic(spec, args, context)?;
        let partitions = match context.typed("partitions") {
            true => args.partitions,
            false => spec.partitions,
        };
        let (partitions, made) = topic.make(partitions, spec.retention, &context.stop)?;
        if told {
            let what = if made { "made" } else { "found" };
            let (name, brokers) = (&topic.name, &topic.brokers);
            context.say(&format!(
                "{what} topic {name} at {brokers}: {partitions} partition(s)"
            ))?;
            found.push(json!({"topic": name, "partitions": partitions, "made": made}));
        }
    }
    if args.world.topics == Some(TopicsArg::Only) {
        return match context.json() {
            true => context.json_line(&json!({"command": "generate", "made_topics": found})),
            false => Ok(()),
        };
    }
    let producers = plan.topics().iter().map(|spec| {
        let topic = topic(spec, args, context)?;
        Producer::open(topic, spec.partitions, &context.stop)
    });
    let mut target = Target::Topics(producers.collect::<Result<_>>()?);
    let speed = args.world.speed.unwrap_or(1.0);
    let truth = play(plan, args, &mut target, speed, context)?;
    let Target::Topics(mut producers) = target else {
        return Err(Error::Internal("topics became stdout".to_owned()));
    };
    let mut sent = 0;
    for producer in &mut producers {
        producer.flush()?;
        sent += producer.delivered();
    }
    let mut made = Made::new(truth, 0, sent, began.elapsed().as_secs_f64());
    made.sent = Some(sent);
    made.target = producers.first().map(|producer| {
        let brokers = &producer.topic().brokers;
        format!("kafka://{brokers}")
    });
    context.summarize(&made)
}

fn topic(spec: &TopicSpec, args: &GenerateArgs, context: &Context) -> Result<Topic> {
    let Some(brokers) = &args.kafka.brokers else {
        return Err(Error::Internal("topics without brokers".to_owned()));
    };
    let mut topic = args.kafka.topic(brokers, context)?;
    let prefix = args.world.topic_prefix.as_deref().unwrap_or_default();
    topic.name = format!("{prefix}{}", spec.name);
    Ok(topic)
}
