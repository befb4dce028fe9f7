//! The events of a world in topics of Kafka.

use std::sync::Arc;
use std::time::Instant;

use serde_json::json;

use super::TopicsArg;
use super::sink::{Target, next_second, play};
use super::summary::Made;
use crate::commands::generate::GenerateArgs;
use crate::commands::replay::world::make;
use crate::error::{Error, Result};
use crate::events::kafka::Producer;
use crate::events::tally::Tally;
use crate::generate::worlds::{WorldPlan, WorldSettings, further_topics};
use crate::ui::Context;

/// Makes the topics that are missing and sends the events, as asked.
///
/// # Errors
/// When the brokers do not answer or an event cannot be delivered.
pub(super) fn send(plan: &WorldPlan, args: &GenerateArgs, context: &Context) -> Result<()> {
    let began = Instant::now();
    let Some(brokers) = args.kafka.brokers.as_deref() else {
        return Err(Error::Internal("topics without brokers".to_owned()));
    };
    let told = args.world.topics.is_some();
    let further = further_topics(plan.settings().world).iter();
    let prefix = args.world.topic_prefix.as_deref();
    let partitions = context.typed("partitions").then_some(args.partitions);
    let (mut topics, mut found) = (Vec::new(), Vec::new());
    for spec in plan.topics().iter().chain(further.filter(|_| told)) {
        let made = make(spec, &args.kafka, brokers, prefix, partitions, context)?;
        let (topic, partitions, made) = made;
        if told {
            let what = if made { "made" } else { "found" };
            context.say(&format!("{what} {topic}: {partitions} partition(s)"))?;
            found.push(json!({"topic": topic.name, "partitions": partitions, "made": made}));
        }
        topics.push(topic);
    }
    if args.world.topics == Some(TopicsArg::Only) {
        return match context.json() {
            true => context.json_line(&json!({"command": "generate", "made_topics": found})),
            false => Ok(()),
        };
    }
    let tally = Arc::new(Tally::default());
    let fed = topics.into_iter().zip(plan.topics());
    let producers = fed.map(|(topic, spec)| {
        Producer::counting(topic, spec.partitions, Arc::clone(&tally), &context.stop)
    });
    let mut target = Target::Topics(producers.collect::<Result<_>>()?);
    let speed = args.world.speed.unwrap_or(1.0);
    // A world of now begins when it can be sent, not when its brokers were asked for.
    let now = args.world.start.is_none() && args.start_date.is_none() && speed > 0.0;
    let mut begins = None;
    let mut begun = plan.clone();
    if let Some((start, moment)) = now.then(next_second).flatten() {
        let settings = plan.settings().clone();
        begun = WorldPlan::new(WorldSettings { start, ..settings })?;
        begins = Some(moment);
    }
    let truth = play(&begun, args, &mut target, (speed, begins), context)?;
    if let Target::Topics(producers) = &mut target {
        producers.iter_mut().try_for_each(Producer::flush)?;
    }
    let sent = tally.sent();
    let mut made = Made::new(truth, sent, began.elapsed().as_secs_f64());
    made.sent = Some(sent);
    made.target = Some(format!("kafka://{}", context.brokers(brokers)?));
    context.summarize(&made)
}
