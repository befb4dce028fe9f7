//! Messages fetched on a thread of their own, so that asking librdkafka for one costs no time of
//! the thread that takes them up.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Message as _};
use rdkafka::topic_partition_list::Offset;

use super::watch::Watch;
use crate::error::{Error, Result};

/// A piece of so many bytes is handed on; a smaller one when there is no more at the moment.
const FULL: usize = 256 << 10;
/// Pieces that wait to be taken up.
const WAITING: usize = 3;
/// Whether to end is looked at so often while nothing comes.
const PAUSE: Duration = Duration::from_millis(50);

/// Messages as they came, and what came after them.
#[derive(Default)]
pub struct Piece {
    bytes: Vec<u8>,
    entries: Vec<Entry>,
    /// Why no more were added, unless that has another reason than those here.
    pub end: Option<End>,
}

/// What comes between messages.
pub enum End {
    /// The partition of this number has been read to its end, up to before `next`.
    Partition {
        /// Which one.
        number: i32,
        /// The offset that comes next, if librdkafka says so.
        next: Option<i64>,
    },
    /// Anything else.
    Error(KafkaError),
}

struct Entry {
    partition: i32,
    offset: i64,
    stamp: Option<i64>,
    key: Option<usize>,
    value: Option<usize>,
    start: usize,
}

/// A message.
pub struct Message<'a> {
    /// Number of its partition.
    pub partition: usize,
    /// Its place there.
    pub offset: i64,
    /// The time that its producer or the broker gave it, in milliseconds.
    pub stamp: Option<i64>,
    /// Its key, if it has one.
    pub key: Option<&'a [u8]>,
    /// Its value; a tombstone has none.
    pub value: Option<&'a [u8]>,
}

impl Piece {
    fn push(&mut self, message: &BorrowedMessage<'_>) {
        let (key, value) = (message.key(), message.payload());
        self.entries.push(Entry {
            partition: message.partition(),
            offset: message.offset(),
            stamp: message.timestamp().to_millis(),
            key: key.map(<[u8]>::len),
            value: value.map(<[u8]>::len),
            start: self.bytes.len(),
        });
        self.bytes.extend_from_slice(key.unwrap_or_default());
        self.bytes.extend_from_slice(value.unwrap_or_default());
    }

    /// The messages in the order in which they came.
    pub fn messages(&self) -> impl Iterator<Item = Message<'_>> {
        self.entries.iter().map(|entry| {
            let (key, rest) = self.bytes[entry.start..].split_at(entry.key.unwrap_or(0));
            Message {
                partition: entry.partition as usize,
                offset: entry.offset,
                stamp: entry.stamp,
                key: entry.key.map(|_| key),
                value: entry.value.map(|length| &rest[..length]),
            }
        })
    }

    fn clear(&mut self) {
        self.bytes.clear();
        self.entries.clear();
        self.end = None;
    }
}

/// The thread that fetches.
pub struct Fetch {
    full: Option<Receiver<Piece>>,
    empty: SyncSender<Piece>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Fetch {
    /// Begins to fetch what `consumer` is assigned.
    pub fn start(consumer: Arc<BaseConsumer<Watch>>) -> Self {
        let (sender, full) = sync_channel(WAITING);
        let (empty, back) = sync_channel(WAITING + 2);
        let stop = Arc::new(AtomicBool::new(false));
        let asked = Arc::clone(&stop);
        let thread = thread::spawn(move || fetch(&consumer, &sender, &back, &asked));
        Self {
            full: Some(full),
            empty,
            stop,
            thread: Some(thread),
        }
    }

    /// The next messages, after waiting at most `wait`.
    ///
    /// # Errors
    /// None that can be helped: that the thread is gone.
    pub fn next(&self, wait: Duration) -> Result<Option<Piece>> {
        let gone = || Error::Internal("the thread that fetches from Kafka is gone".to_owned());
        match self.full.as_ref().ok_or_else(gone)?.recv_timeout(wait) {
            Ok(piece) => Ok(Some(piece)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(gone()),
        }
    }

    /// A piece has been taken up; its memory is used again.
    pub fn taken(&self, mut piece: Piece) {
        piece.clear();
        let _ = self.empty.try_send(piece);
    }
}

impl Drop for Fetch {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // Without a receiver, no sender waits.
        self.full = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn fetch(
    consumer: &BaseConsumer<Watch>,
    full: &SyncSender<Piece>,
    back: &Receiver<Piece>,
    stop: &AtomicBool,
) {
    while !stop.load(Ordering::Relaxed) {
        let mut piece = back.try_recv().unwrap_or_default();
        let mut wait = PAUSE;
        while piece.bytes.len() < FULL {
            match consumer.poll(wait) {
                None => break,
                Some(Ok(message)) => piece.push(&message),
                Some(Err(KafkaError::PartitionEOF(number))) => {
                    let next = position(consumer, number);
                    piece.end = Some(End::Partition { number, next });
                    break;
                }
                Some(Err(e)) => {
                    piece.end = Some(End::Error(e));
                    break;
                }
            }
            wait = Duration::ZERO;
        }
        let nothing = piece.entries.is_empty() && piece.end.is_none();
        if !nothing && full.send(piece).is_err() {
            return;
        }
    }
}

/// What comes next in a partition: behind its last message there may be the mark of a
/// transaction, which is an offset without a message.
fn position(consumer: &BaseConsumer<Watch>, number: i32) -> Option<i64> {
    let list = consumer.position().ok()?;
    let found = list.find_partition(&consumer.context().topic, number)?;
    match found.offset() {
        Offset::Offset(next) => Some(next),
        _ => None,
    }
}
