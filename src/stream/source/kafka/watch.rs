//! What librdkafka tells beside messages.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use rdkafka::client::ClientContext;
use rdkafka::consumer::ConsumerContext;
use rdkafka::statistics::Statistics;

/// Hears it.
#[derive(Debug, Default)]
pub struct Watch {
    /// The end of each partition, of late.
    pub ends: Mutex<HashMap<i32, i64>>,
    /// The topic that is read.
    pub topic: String,
}

impl ClientContext for Watch {
    fn stats(&self, statistics: Statistics) {
        let Some(topic) = statistics.topics.get(&self.topic) else {
            return;
        };
        let mut ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        for (partition, told) in &topic.partitions {
            if *partition >= 0 && told.hi_offset >= 0 {
                ends.insert(*partition, told.hi_offset);
            }
        }
    }
}

impl ConsumerContext for Watch {}
