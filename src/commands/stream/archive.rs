//! `retail stream --job archive`.

use std::sync::Arc;
use std::time::Duration;

use super::args::{Choice, StreamArgs};
use super::identity::{of_archive, settings};
use super::{Opened, endpoint, feed, open, score};
use crate::commands::{Outcome, drained};
use crate::error::Error;
use crate::history::Place;
use crate::metrics::stream::StreamMetrics;
use crate::stream::archive::run::{self, Watch};
use crate::stream::archive::summary::Summary;
use crate::stream::archive::{Archive, Limits, Plan, Shelf};
use crate::stream::checkpoint::Position;
use crate::stream::source::Source;
use crate::ui::{self, Context, Progress};

/// Archives what is read.
pub(super) fn run(args: &StreamArgs, context: &Context) -> anyhow::Result<Outcome> {
    let choice = args.choose(context)?;
    if matches!(choice, Choice::Stdin) {
        return Err(Error::Usage(
            "--job archive keeps places, and a pipe has none; name files with --input, or a topic \
             with --brokers"
                .to_owned(),
        )
        .into());
    }
    let until_end = args.ends(&choice)?;
    let pace = args.playing.pace(context)?;
    let rules = Arc::new(args.cleaning.rules()?);
    let (output, checkpoint) = args.places(context)?;
    context
        .history
        .record("stream", Place::beside(&output), vec!["archive".to_owned()]);
    let score = match &choice {
        Choice::Files | Choice::Demo(_) => Some(score(args, &rules, context)?),
        Choice::Stdin | Choice::Kafka(_) => None,
    };
    let endpoint = endpoint(args, &choice)?;
    // Nothing is judged here: a file of rejects is archived like any other.
    let open = |was: Option<&Position>| open(args, &choice, (&score, false), &pace, was, context);
    // What is to be read is looked at before anything is set aside for it.
    let first = args.fresh.then(|| open(None)).transpose()?;
    let identity = of_archive(args, &choice);
    let mut archive = Archive::open(Plan {
        output,
        checkpoint,
        settings: settings(args, &choice, &identity),
        identity,
        fresh: args.fresh.then(Vec::new),
        limits: Limits {
            bytes: args.roll_size,
            age: args.roll_interval,
        },
    })?;
    context.history.begin();
    let opened = match first {
        Some(opened) => opened,
        None => open(archive.position.as_ref())?,
    };
    let mut producer = None;
    let mut source: Box<dyn Source<Shelf>> = match opened {
        Opened::Files(files) => files,
        Opened::Kafka(mut kafka) => {
            producer = feed(&mut kafka, args, (&choice, score), pace, &endpoint, context)?;
            kafka
        }
        Opened::Pipe => return Err(Error::Internal("a pipe was refused".to_owned()).into()),
    };
    let topic = match &choice {
        Choice::Kafka(topic) | Choice::Demo(topic) => topic.name.as_str(),
        Choice::Files | Choice::Stdin => "",
    };
    let board = context.board();
    let mut watchers = Watchers {
        board: &board,
        metrics: endpoint.as_ref().map(|e| StreamMetrics::new(e.registry())),
    };
    let ends = (topic, until_end);
    let stop = &context.stop;
    let summary = run::run(&mut archive, &mut *source, ends, stop, &mut watchers);
    board.clear();
    context.summarize(&summary?)?;
    if let Some(producer) = producer {
        producer.end()?;
    }
    Ok(drained(&context.stop))
}

/// A terminal and a scraper.
struct Watchers<'a> {
    board: &'a Progress,
    metrics: Option<StreamMetrics>,
}

impl Watch for Watchers<'_> {
    fn turn(&mut self, archive: &Archive, lag: Option<u64>) {
        if let Some(metrics) = &mut self.metrics {
            Watch::turn(metrics, archive, lag);
        }
        if self.board.is_visible() {
            let lag = lag.map(|lag| format!(" · lag {lag}")).unwrap_or_default();
            let (read, written) = (archive.shelf.tally.read, archive.tally().read);
            let line = format!("{read} read · {written} in files{lag}");
            self.board.doing(line);
        }
    }

    fn committed(&mut self, took: Duration) {
        if let Some(metrics) = &mut self.metrics {
            Watch::committed(metrics, took);
        }
    }
}

impl ui::Summary for Summary {
    fn lines(&self) -> Vec<(&'static str, String)> {
        let mut lines = vec![
            ("read", self.read.to_string()),
            ("written", self.written.to_string()),
            ("without a value", self.tombstones.to_string()),
        ];
        if self.lost > 0 {
            lines.push(("lost", self.lost.to_string()));
        }
        lines.extend([
            ("dates", self.dates.to_string()),
            ("files", self.files.to_string()),
            ("bytes", self.bytes.to_string()),
            ("of messages", self.message_bytes.to_string()),
        ]);
        let reached = self.offsets.iter().map(|reached| match &*reached.topic {
            "" => reached.next.to_string(),
            topic => format!("{topic}/{} {}", reached.partition, reached.next),
        });
        lines.push(("next", reached.collect::<Vec<_>>().join(", ")));
        let ended = match self.ended {
            true => "at the end of the input",
            false => "early; the next start goes on here",
        };
        lines.push(("ended", ended.to_owned()));
        lines.push((
            "seconds",
            format!(
                "{:.3} ({} messages a second)",
                self.seconds, self.rows_per_second
            ),
        ));
        lines
    }
}
