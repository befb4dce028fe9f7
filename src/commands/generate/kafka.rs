//! Generated sales as events in a topic: no files, no truth, no master data.

use std::sync::Arc;
use std::time::Instant;

use memchr::memchr;
use serde::Serialize;

use super::GenerateArgs;
use crate::commands::threads;
use crate::error::{Error, Result};
use crate::events::kafka::{Producer, Topic};
use crate::events::pace::{Pace, Speed};
use crate::events::play::wait;
use crate::generate::{Piece, Plan, run};
use crate::record::Rules;
use crate::record::clean::product;
use crate::source::json::{EventColumns, Events};
use crate::ui::{Context, Summary, Unit};

/// Sends every row of the plan, keyed by its product.
///
/// # Errors
/// When the brokers do not answer or an event cannot be delivered.
pub fn send(plan: &Plan, args: &GenerateArgs, topic: Topic, context: &Context) -> Result<()> {
    let began = Instant::now();
    let stop = &context.stop;
    let mut producer = Producer::open(topic, args.partitions, stop)?;
    let mut pace = Pace::new(match args.rate {
        None | Some(0.0) => Speed::Unbounded,
        Some(rate) => Speed::Rate(rate),
    });
    let columns = Arc::new(EventColumns::new(&Rules::default()));
    let mut events = Events::new(&columns);
    let progress = context.progress(Unit::Events, Some(plan.total_rows()));
    let outcome = run(plan, threads(args.threads), stop, |piece| {
        let Piece::Bytes(mut bytes) = piece else {
            return Ok(());
        };
        while let Some(end) = memchr(b'\n', bytes) {
            let (line, rest) = bytes.split_at(end);
            bytes = &rest[1..];
            if !wait(&mut pace, None, &mut producer, stop)? {
                return stop.check();
            }
            // A row with a planted fault may be no JSON: it has no key.
            let text = std::str::from_utf8(line).unwrap_or_default();
            let key = match events.read(text) {
                Ok(()) => product(&events, columns.mapping()).unwrap_or_default(),
                Err(_) => b"",
            };
            if !producer.send(key, Some(line), None)? {
                return stop.check();
            }
            pace.played();
            progress.add(1);
        }
        Ok(())
    });
    progress.clear();
    match outcome {
        // What was taken up is delivered, and told.
        Ok(()) | Err(Error::Interrupted(_)) => {}
        Err(e) => return Err(e),
    }
    producer.flush()?;
    let seconds = began.elapsed().as_secs_f64();
    context.summarize(&Sent {
        command: "generate",
        sent: producer.delivered(),
        target: producer.topic().to_string(),
        seconds: (seconds * 1000.0).round() / 1000.0,
        rows_per_second: (producer.delivered() as f64 / seconds.max(1e-9)) as u64,
    })
}

/// What was sent.
#[derive(Debug, Serialize)]
struct Sent {
    command: &'static str,
    /// Events that the brokers acknowledged.
    sent: u64,
    target: String,
    seconds: f64,
    rows_per_second: u64,
}

impl Summary for Sent {
    fn lines(&self) -> Vec<(&'static str, String)> {
        let rate = format!(
            "{:.3} ({} events a second)",
            self.seconds, self.rows_per_second
        );
        vec![
            ("sent", format!("{} to {}", self.sent, self.target)),
            ("seconds", rate),
        ]
    }
}
