//! Standard input: JSON lines or CSV, as they come.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::record::{Mapping, Reason, Row, Rules};
use crate::source::accept::{Accept, Position as At, Raw};
use crate::source::chunk::{Body, Chunk};
use crate::source::feed::Feed;
use crate::source::input::{Input, STDIN};
use crate::source::json::EventColumns;
use crate::source::reject::Spot;
use crate::stream::checkpoint::Position;
use crate::stream::origin::Origin;
use crate::stream::source::{Polled, Rows, Source};

/// Pieces that wait to be taken up.
const WAITING: usize = 4;
/// Pieces are taken up for so long before the stream looks around.
const SPELL: Duration = Duration::from_millis(20);

/// Reads standard input on a thread of its own, because a read cannot be interrupted.
pub struct Pipe {
    /// None is the end.
    pieces: Receiver<Result<Option<Chunk>>>,
    ended: bool,
}

impl Pipe {
    /// Begins to read; the columns of events are noted in `columns`.
    ///
    /// # Errors
    /// None that can be helped.
    pub fn open(
        rules: &Arc<Rules>,
        delimiter: Option<u8>,
        columns: &Arc<EventColumns>,
    ) -> Result<Self> {
        let inputs: Arc<[Input]> = vec![Input::stdin()?].into();
        let feed = Feed::new(inputs, Arc::clone(rules), delimiter);
        let mut feed = feed.noting(columns).live();
        let (sender, pieces) = sync_channel(WAITING);
        thread::spawn(move || read(&mut feed, &sender));
        Ok(Self {
            pieces,
            ended: false,
        })
    }
}

fn read(feed: &mut Feed, sender: &SyncSender<Result<Option<Chunk>>>) {
    loop {
        let mut chunk = Chunk::default();
        let piece = match feed.next(&mut chunk) {
            Ok(true) => Ok(Some(chunk)),
            Ok(false) => Ok(None),
            Err(e) => Err(e),
        };
        let last = !matches!(piece, Ok(Some(_)));
        // Nobody takes it once the stream has ended.
        if sender.send(piece).is_err() || last {
            return;
        }
    }
}

impl<T: Rows> Source<T> for Pipe {
    fn poll(&mut self, wait: Duration, intake: &mut T) -> Result<Polled> {
        if self.ended {
            return Ok(Polled::End);
        }
        intake.partitions(1);
        let began = Instant::now();
        let mut wait = wait;
        while began.elapsed() < SPELL.max(wait) {
            match self.pieces.recv_timeout(wait) {
                Ok(piece) => {
                    let Some(mut chunk) = piece? else {
                        self.ended = true;
                        return Ok(Polled::End);
                    };
                    if let (true, Body::Csv(layout)) = (chunk.first, &chunk.body) {
                        intake.header(layout.mapping.describe(|_| true));
                    }
                    let records = chunk.read(&mut Taker(intake))?;
                    intake.were_read(records)?;
                    wait = Duration::ZERO;
                }
                Err(RecvTimeoutError::Timeout) => return Ok(Polled::More),
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(Error::Internal("the reader of the pipe panicked".into()));
                }
            }
        }
        Ok(Polled::More)
    }

    fn position(&self) -> Position {
        Position::Pipe
    }
}

struct Taker<'a, T>(&'a mut T);

fn origin(at: At) -> Origin<'static> {
    Origin {
        partition: 0,
        spot: Spot::line(STDIN, at.line),
        believed: None,
        key: None,
        stamp: None,
    }
}

impl<T: Rows> Accept for Taker<'_, T> {
    fn accept(
        &mut self,
        row: &impl Row,
        mapping: &Mapping,
        at: At,
        text: &[u8],
    ) -> Result<(), Reason> {
        self.0.row(row, mapping, origin(at), text)
    }

    fn reject(&mut self, reason: Reason, at: At, raw: Raw<'_>) -> Result<()> {
        self.0.rejected(reason, origin(at), raw)
    }
}
