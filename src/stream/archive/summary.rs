//! What an archive says of itself.

use serde::Serialize;

use super::state::Archive;
use crate::stream::checkpoint::Position;

/// The figures since the state began.
#[derive(Debug, Clone, Serialize)]
pub struct Summary {
    /// `stream`.
    pub command: &'static str,
    /// `archive`.
    pub job: &'static str,
    /// `files` or `kafka`.
    pub source: &'static str,
    /// Messages read. None is judged: all are accepted.
    pub read: u64,
    /// The same.
    pub accepted: u64,
    /// None.
    pub rejected: u64,
    /// None.
    pub duplicates: u64,
    /// Messages that are in a file.
    pub written: u64,
    /// Those of them without a value.
    pub tombstones: u64,
    /// Messages that had expired before they could be read, where that was allowed.
    pub lost: u64,
    /// Dates that have files.
    pub dates: u64,
    /// Files.
    pub files: u64,
    /// Their length together.
    pub bytes: u64,
    /// Bytes of all keys and values.
    pub message_bytes: u64,
    /// How far each partition is archived.
    pub offsets: Vec<Reached>,
    /// Passes over the files that are complete; of a loop or not.
    pub laps: u64,
    /// Whether the source was read to its end.
    pub ended: bool,
    /// Wall clock time of this run.
    pub seconds: f64,
    /// Messages read a second in this run.
    pub rows_per_second: u64,
}

/// How far a partition is archived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reached {
    /// The topic; empty for files.
    pub topic: String,
    /// The partition's number.
    pub partition: usize,
    /// The offset that comes next.
    pub next: i64,
}

impl Summary {
    /// The figures of `archive`, whose topic is `topic`, after `seconds` in which `read` messages
    /// came.
    pub fn of(archive: &Archive, topic: &str, seconds: f64, read: u64) -> Self {
        let tally = archive.tally();
        let reached = |partition, next| Reached {
            topic: topic.to_owned(),
            partition,
            next,
        };
        let (source, laps, offsets) = match &archive.position {
            Some(Position::Kafka(offsets)) => {
                let offsets = offsets.iter().enumerate();
                let offsets = offsets.map(|(number, offset)| reached(number, offset.next));
                ("kafka", 0, offsets.collect())
            }
            Some(Position::Files(files)) => {
                let laps = files.place.lap + u64::from(archive.ended);
                let offsets = vec![reached(0, tally.read.cast_signed())];
                ("files", laps, offsets)
            }
            None | Some(Position::Pipe | Position::Topics(_)) => ("none", 0, Vec::new()),
        };
        let parts = || archive.parts().iter().map(|(_, part)| part);
        Self {
            command: "stream",
            job: "archive",
            source,
            read: tally.read,
            accepted: tally.read,
            rejected: 0,
            duplicates: 0,
            written: parts().map(|part| part.rows).sum(),
            tombstones: tally.tombstones,
            lost: tally.lost,
            dates: archive.parts().dates().count() as u64,
            files: parts().count() as u64,
            bytes: parts().map(|part| part.bytes).sum(),
            message_bytes: tally.bytes,
            offsets,
            laps,
            ended: archive.ended,
            seconds: (seconds * 1000.0).round() / 1000.0,
            rows_per_second: (read as f64 / seconds.max(1e-9)) as u64,
        }
    }
}
