//! Files replayed into the topic that the stream reads.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use signal_hook::consts::SIGTERM;

use crate::error::{Error, Result};
use crate::events::batch::Order;
use crate::events::kafka::{Producer, Topic};
use crate::events::pace::Pace;
use crate::events::play::play;
use crate::events::player::Player;
use crate::events::score::Score;
use crate::events::survey::survey;
use crate::events::tally::Tally;
use crate::signal::Stop;

/// A replay beside the stream.
pub struct Demo {
    thread: JoinHandle<Result<()>>,
    producing: Arc<AtomicBool>,
    tally: Arc<Tally>,
}

/// Begins to replay.
///
/// # Errors
/// When the brokers do not answer, or the files cannot be read.
pub fn start(
    topic: Topic,
    partitions: i32,
    mut score: Score,
    mut pace: Pace,
    stop: &Stop,
) -> Result<Demo> {
    if score.order == Order::Time {
        let found = survey(&score.inputs, &score.rules, score.delimiter, true, stop)?;
        score.survey = Some(found);
    }
    let producer = Producer::open(topic, partitions, stop)?;
    let tally = producer.tally();
    let producing = Arc::new(AtomicBool::new(true));
    let done = Arc::clone(&producing);
    let stop = stop.clone();
    let thread = thread::spawn(move || {
        let mut producer = producer;
        let player = Player::new(score, &stop);
        let played = play(player, &mut pace, &mut producer, &stop, |_| {});
        let outcome = played.and_then(|_| producer.flush());
        if let Err(e) = &outcome {
            tracing::error!("the replay has ended, and so does the stream: {e}");
            stop.ask(SIGTERM);
        }
        done.store(false, Ordering::Release);
        outcome
    });
    Ok(Demo {
        thread,
        producing,
        tally,
    })
}

impl Demo {
    /// Whether it still produces.
    pub fn producing(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.producing)
    }

    /// What has become of the events so far.
    pub fn tally(&self) -> Arc<Tally> {
        Arc::clone(&self.tally)
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// When an event could not be delivered.
    pub fn end(self) -> Result<()> {
        let panicked = |_| Err(Error::Internal("the replay panicked".into()));
        self.thread.join().unwrap_or_else(panicked)
    }
}
