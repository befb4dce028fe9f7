//! `retail stream`.

use std::sync::Arc;

mod args;
mod board;
mod demo;
mod identity;

pub use args::StreamArgs;
use args::{Choice, FromArg, OnGapArg, micros};
use identity::{identity, settings};

use super::{Outcome, drained, location, refuse_none, refuse_overlap};
use crate::error::{Error, Result};
use crate::events::kafka::Topic;
use crate::events::score::Score;
use crate::source::input::discover;
use crate::stream::dead_letters::Letters;
use crate::stream::engine::{self, Tempo};
use crate::stream::source::Source;
use crate::stream::source::files::Files;
use crate::stream::source::kafka::{From, Kafka, OnGap, Settings};
use crate::stream::source::pipe::Pipe;
use crate::stream::state::{Plan, State};
use crate::ui::Context;

/// A topic that a demo makes has so many partitions.
const DEMO_PARTITIONS: i32 = 4;

/// Runs the stream.
///
/// # Errors
/// When an argument is impossible, or the run fails.
pub fn run(args: &StreamArgs, context: &Context) -> anyhow::Result<Outcome> {
    let shape = args.shape()?;
    let choice = args.choose(context)?;
    let looped = args.playing.looped && matches!(choice, Choice::Files | Choice::Demo(_));
    if args.until_end && looped {
        return Err(Error::Usage(
            "--until-end and --loop contradict each other: a loop has no end".to_owned(),
        )
        .into());
    }
    let until_end = match &choice {
        Choice::Stdin => true,
        Choice::Files => !looped,
        Choice::Kafka(_) | Choice::Demo(_) => args.until_end,
    };
    let pace = args.playing.pace(context)?;
    let rules = Arc::new(args.cleaning.rules()?);
    let letters = letters(args, &choice, context)?;
    // What cannot be reached is told before anything is locked or set aside.
    let score = match &choice {
        Choice::Files | Choice::Demo(_) => Some(score(args, &rules)?),
        Choice::Stdin | Choice::Kafka(_) => None,
    };
    match &choice {
        Choice::Kafka(topic) => topic.reach(args.partitions, &context.stop)?,
        Choice::Demo(topic) => {
            let partitions = args.partitions.unwrap_or(DEMO_PARTITIONS);
            topic.reach(Some(partitions), &context.stop)?;
        }
        Choice::Files | Choice::Stdin => {}
    }
    // Nor is anything set aside for input that cannot be read as it is asked.
    let mut ready = match &score {
        Some(score) if args.fresh && matches!(choice, Choice::Files) => Some(Files::open(
            score.clone(),
            pace.clone(),
            None,
            true,
            &context.stop,
        )?),
        _ => None,
    };
    let mut state = State::open(Plan {
        shape,
        rules: Arc::clone(&rules),
        horizon: micros(args.dedup_horizon)?,
        output: location(&args.output)?,
        checkpoint: location(&args.checkpoint)?,
        identity: identity(args, &choice, &shape),
        settings: settings(args, &choice, &shape),
        fresh: args.fresh,
        anew_after_pipe: matches!(choice, Choice::Stdin),
        letters: letters
            .map(|(from, to)| Letters::open(to, from.name, &context.stop))
            .transpose()?,
    })?;
    let kafka = |topic: &Topic, from: From, partitions: Option<i32>| {
        Ok::<_, Error>(Settings {
            topic: topic.clone(),
            group: args.group.clone(),
            from,
            on_gap: match args.on_gap {
                OnGapArg::Error => OnGap::Error,
                OnGapArg::Continue => OnGap::Continue,
            },
            partitions,
            until_end,
            idle: args.idle,
            max_jump: micros(args.max_event_jump)?,
        })
    };
    let was = state.position.clone();
    let mut producer = None;
    let mut source: Box<dyn Source> = match (choice, score) {
        (Choice::Kafka(topic), _) => {
            let from = match args.from {
                FromArg::Earliest => From::Earliest,
                FromArg::Latest => From::Latest,
            };
            let settings = kafka(&topic, from, args.partitions)?;
            Box::new(Kafka::open(settings, was.as_ref(), &context.stop)?)
        }
        (Choice::Demo(topic), Some(score)) => {
            let partitions = args.partitions.unwrap_or(DEMO_PARTITIONS);
            let settings = kafka(&topic, From::Latest, Some(partitions))?;
            let mut kafka = Kafka::open(settings, was.as_ref(), &context.stop)?;
            let demo = demo::start(topic, partitions, score, pace, &context.stop)?;
            kafka.wait_for(demo.producing());
            producer = Some(demo);
            Box::new(kafka)
        }
        (Choice::Files, Some(score)) => match ready.take() {
            Some(files) => Box::new(files),
            None => Box::new(Files::open(
                score,
                pace,
                was.as_ref(),
                was.is_none(),
                &context.stop,
            )?),
        },
        (_, _) => {
            let columns = state.intake.columns();
            Box::new(Pipe::open(
                &rules,
                args.cleaning.reading.delimiter,
                columns,
            )?)
        }
    };
    let board = context.board();
    let tempo = Tempo {
        commit: args.commit_interval,
        until_end,
    };
    let summary = engine::run(
        &mut state,
        &mut *source,
        tempo,
        &context.stop,
        &mut |view| {
            if board.is_visible() {
                board.doing(board::text(view, context.width()));
            }
        },
    );
    board.clear();
    context.summarize(&summary?)?;
    if let Some(producer) = producer {
        producer.end()?;
    }
    Ok(drained(&context.stop))
}

/// The files to play.
fn score(args: &StreamArgs, rules: &Arc<crate::record::Rules>) -> Result<Score> {
    let places = args
        .input
        .iter()
        .map(|path| location(path))
        .collect::<Result<Vec<_>>>()?;
    refuse_overlap(
        &places,
        &[location(&args.output)?, location(&args.checkpoint)?],
    )?;
    let inputs = discover(&places, false)?;
    refuse_none(&inputs, &places, "")?;
    Ok(Score {
        inputs: inputs.into(),
        survey: None,
        rules: Arc::clone(rules),
        delimiter: args.cleaning.reading.delimiter,
        order: args.order(),
        looped: args.playing.looped,
        timed: true,
        temp_dir: args.temp_dir.clone().unwrap_or_else(std::env::temp_dir),
    })
}

/// The topic that is read and the one of its dead letters, where that is asked for.
fn letters(
    args: &StreamArgs,
    choice: &Choice,
    context: &Context,
) -> Result<Option<(Topic, Topic)>> {
    let Some(name) = &args.dlq else {
        return Ok(None);
    };
    let (Choice::Kafka(topic) | Choice::Demo(topic)) = choice else {
        return match context.typed("dlq") {
            true => Err(Error::Usage(
                "--dlq names a topic, and nothing is read from Kafka; rejects go to the output's \
                 _rejects"
                    .to_owned(),
            )),
            false => Ok(None),
        };
    };
    let mut letters = topic.clone();
    letters.name = match name.as_str() {
        "" | "true" => format!("{}.dlq", topic.name),
        name => name.to_owned(),
    };
    if letters.name == topic.name {
        return Err(Error::Usage(format!(
            "--dlq {} is the topic that is read: its rejects would come back for ever; name \
             another",
            topic.name
        )));
    }
    Ok(Some((topic.clone(), letters)))
}
