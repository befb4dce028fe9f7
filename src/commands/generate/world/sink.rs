//! The lines of a world to stdout or topics, each when it is due.

use std::io::Write;
use std::time::{Duration, Instant};

use chrono::Utc;

use crate::commands::generate::GenerateArgs;
use crate::commands::threads;
use crate::error::{Error, Result};
use crate::events::batch::Event;
use crate::events::kafka::Producer;
use crate::events::pace::{Pace, Speed};
use crate::events::play::{Sink, wait};
use crate::generate::worlds::{Batch, WorldPlan, WorldTruth, run};
use crate::record::Time;
use crate::record::time::SECOND;
use crate::ui::{Context, Stdout, Unit, stdout_error};

/// Where lines go that are not kept in files.
pub(super) enum Target {
    /// All of them, one after the other.
    Stdout(Stdout),
    /// Each to its topic; the topics are in the order of the plan.
    Topics(Vec<Producer>),
}

impl Sink for Target {
    fn send(&mut self, event: &Event<'_>) -> Result<bool> {
        match self {
            Self::Stdout(out) => out
                .write_all(event.json)
                .and_then(|()| out.write_all(b"\n"))
                .map(|()| true)
                .map_err(stdout_error),
            Self::Topics(producers) => match producers.get_mut(event.source) {
                Some(producer) => producer.send(event.product, Some(event.json), None),
                None => Err(Error::Internal("an event of no topic".to_owned())),
            },
        }
    }

    fn pause(&mut self) -> Result<()> {
        match self {
            Self::Stdout(out) => out.flush().map_err(stdout_error),
            Self::Topics(producers) => producers.iter_mut().try_for_each(Sink::pause),
        }
    }
}

/// When lines are due.
pub(super) fn pace(speed: f64) -> Pace {
    Pace::new(match speed {
        0.0 => Speed::Unbounded,
        speed => Speed::EventTime(speed),
    })
}

/// What the first lines take to be made, at least.
const HEAD_START: Duration = Duration::from_millis(300);

/// A whole second that is about to come, as event time and on the clock of this process: a world
/// that begins then is not behind its own times, for its first lines are ready.
pub(super) fn next_second() -> Option<(Time, Instant)> {
    let (now, clock) = (Utc::now().timestamp_micros(), Instant::now());
    let ready = now + HEAD_START.as_micros() as i64;
    let start = ready + (-ready).rem_euclid(SECOND);
    let pause = Duration::from_micros(u64::try_from(start - now).ok()?);
    Some((Time::from_micros(start)?, clock + pause))
}

/// Lets the world run into `target`, where `begins` is told with its start at that moment, else
/// with its first line at once; none when a signal ended it early.
///
/// # Errors
/// When a line cannot be written or sent.
pub(super) fn play(
    plan: &WorldPlan,
    args: &GenerateArgs,
    target: &mut Target,
    (speed, begins): (f64, Option<Instant>),
    context: &Context,
) -> Result<Option<WorldTruth>> {
    let mut pace = pace(speed);
    let stop = &context.stop;
    if let Some(moment) = begins {
        pace.begin_at(plan.settings().start, moment);
    }
    let progress = context.progress(Unit::Events, Some(plan.expected()));
    let mut sink = |batch: &Batch| {
        for line in batch.lines() {
            let event = Event {
                json: line.text,
                product: line.key,
                time: Time::from_micros(line.stands),
                source: line.topic,
                line: 0,
                broken: None,
            };
            if !wait(&mut pace, event.time, target, stop)? || !target.send(&event)? {
                return stop.check();
            }
            progress.add(1);
        }
        Ok(())
    };
    let outcome = run(plan, threads(args.threads), stop, &mut sink);
    progress.clear();
    match outcome {
        Ok(truth) => Ok(Some(truth)),
        // What was taken up is written or delivered, and told.
        Err(Error::Interrupted(_)) => Ok(None),
        Err(e) => Err(e),
    }
}

/// Writes the lines of all topics to stdout, in the order in which they stand.
///
/// # Errors
/// When standard output cannot be written.
pub(super) fn to_stdout(plan: &WorldPlan, args: &GenerateArgs, context: &Context) -> Result<()> {
    let mut out = context.claim_stdout_for_data()?;
    out.text(plan.header())?;
    let mut target = Target::Stdout(out);
    play(
        plan,
        args,
        &mut target,
        (args.world.speed.unwrap_or(0.0), None),
        context,
    )?;
    match target {
        Target::Stdout(out) => out.finish(),
        Target::Topics(_) => Ok(()),
    }
}
