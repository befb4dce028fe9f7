//! Kafka: whether the brokers answer, and what we may see.

use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};

use super::{Check, How, State, check};
use crate::events::kafka::Topic;

/// An answer takes at most so long.
const PATIENCE: Duration = Duration::from_secs(5);

/// Looks at brokers.
pub(super) fn checks(brokers: &str, how: &How<'_>) -> Vec<Check> {
    let topic = Topic {
        brokers: brokers.to_owned(),
        name: String::new(),
        properties: how.properties.to_vec(),
        wait: None,
    };
    let wrong = |what: String| vec![check("answers", State::Wrong, what)];
    let client: BaseConsumer = match topic.config(&[]).create() {
        Ok(client) => client,
        Err(e) => return wrong(e.to_string()),
    };
    let metadata = match client.fetch_metadata(None, PATIENCE) {
        Ok(metadata) => metadata,
        Err(e) => return wrong(format!("no answer within {} s: {e}", PATIENCE.as_secs())),
    };
    let (count, topics) = (metadata.brokers().len(), metadata.topics());
    let found = format!("{count} brokers, {} topics", topics.len());
    let mut checks = vec![check("answers", State::Ok, found)];
    let refused = topics
        .iter()
        .filter(|topic| topic.error().is_some())
        .count();
    let headless = topics.iter().flat_map(|topic| topic.partitions());
    let headless = headless.filter(|partition| partition.leader() < 0).count();
    checks.push(match refused {
        0 => check("permission", State::Ok, "all topics can be read of"),
        some => check(
            "permission",
            State::Warning,
            format!("{some} topics refuse to be seen"),
        ),
    });
    if headless > 0 {
        let found = format!("{headless} partitions have no leader");
        checks.push(check("disk", State::Wrong, found));
    }
    checks
}
