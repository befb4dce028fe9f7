//! The events of a group of files, one after the other.

use std::sync::Arc;

use crate::error::Result;
use crate::events::batch::{Event, Order};
use crate::events::encode::Encoder;
use crate::events::score::Score;
use crate::events::sort::{Merge, Sorter};
use crate::record::{Field, Time};
use crate::signal::Stop;
use crate::source::chunk::Chunk;
use crate::source::feed::Feed;
use crate::source::input::{Input, unchanged};

/// Stands on an event.
pub(super) enum Cursor {
    /// On none.
    None,
    /// Piece by piece, as the files hold them.
    Stream(Box<Pieces>),
    /// In another order.
    Sorted(Merge),
}

/// Files that are read as they are played.
pub(super) struct Pieces {
    feed: Feed,
    inputs: Arc<[Input]>,
    /// The numbers of the files among all.
    files: Vec<usize>,
    chunk: Chunk,
    encoder: Encoder,
    next: usize,
}

/// A group that stands before its first event.
pub(super) struct Opened {
    /// Where it stands.
    pub cursor: Cursor,
    /// The first and the last time, as far as they are known.
    pub span: Option<(Time, Time)>,
}

/// Opens the group of these files for lap `lap`; what is to be sorted is read here.
///
/// # Errors
/// When a file cannot be read or has changed, the temporary folder not be written, or a signal came.
pub(super) fn open(score: &Score, files: &[usize], lap: u64, stop: &Stop) -> Result<Opened> {
    let inputs: Arc<[Input]> = files.iter().map(|&i| score.inputs[i].clone()).collect();
    let rules = Arc::clone(&score.rules);
    let mut feed = Feed::new(Arc::clone(&inputs), rules, score.delimiter);
    if score.live() {
        feed = feed.live();
    }
    let timed = score.timed || score.looped || matches!(score.order, Order::Time | Order::Standing);
    if !timed {
        feed = feed.asking(&[Field::Product]);
    }
    let rules = Arc::clone(&score.rules);
    let mut encoder = Encoder::new(rules, score.order, timed, lap);
    if let Some(topics) = &score.topics {
        encoder = encoder.of_topics(Arc::clone(topics));
    }
    let mut chunk = Chunk::default();
    if score.order == Order::File {
        // Before anything of it is played, and once more at its end.
        unchanged(&inputs)?;
        let cursor = Cursor::Stream(Box::new(Pieces {
            feed,
            inputs,
            files: files.to_vec(),
            chunk,
            encoder,
            next: 0,
        }));
        return Ok(Opened { cursor, span: None });
    }
    let mut sorter = Sorter::new(&score.temp_dir);
    while feed.next(&mut chunk)? {
        stop.check()?;
        let file = files[chunk.source];
        encoder.read(&mut chunk, file)?;
        sorter.fit(encoder.batch())?;
    }
    unchanged(&inputs)?;
    let batch = std::mem::take(encoder.batch());
    Ok(Opened {
        cursor: Cursor::Sorted(sorter.merge(batch)?),
        span: encoder.span(),
    })
}

/// Widens `span` by `more`.
pub(super) fn widen(span: &mut Option<(Time, Time)>, more: Option<(Time, Time)>) {
    *span = match (*span, more) {
        (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
        (a, b) => a.or(b),
    };
}

impl Cursor {
    /// Steps to the next event; false at the end. Times that are met widen `span`.
    ///
    /// # Errors
    /// As [`open`].
    pub fn step(&mut self, span: &mut Option<(Time, Time)>, stop: &Stop) -> Result<bool> {
        match self {
            Self::None => Ok(false),
            Self::Sorted(merge) => merge.step(),
            Self::Stream(pieces) => pieces.step(span, stop),
        }
    }

    /// The event stepped to.
    pub fn current(&self) -> Option<Event<'_>> {
        match self {
            Self::None => None,
            Self::Sorted(merge) => merge.current(),
            Self::Stream(pieces) => pieces.encoder.events().get(pieces.next - 1),
        }
    }
}

impl Pieces {
    fn step(&mut self, span: &mut Option<(Time, Time)>, stop: &Stop) -> Result<bool> {
        self.next += 1;
        while self.next > self.encoder.batch().len() {
            stop.check()?;
            self.encoder.batch().clear();
            self.next = 1;
            if !self.feed.next(&mut self.chunk)? {
                unchanged(&self.inputs)?;
                return Ok(false);
            }
            let file = self.files[self.chunk.source];
            self.encoder.read(&mut self.chunk, file)?;
            widen(span, self.encoder.span());
        }
        Ok(true)
    }
}
