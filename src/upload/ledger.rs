//! What was uploaded, beside the files: `_retail_uploads.jsonl`.
//!
//! A file on HDFS is known to be what was uploaded as long as its time is the one that it had
//! then: whoever writes it gives it another. A lost or damaged line costs an upload, nothing else.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::store::{Entry, HdfsStore, Location, Node, Store};

/// Its name in the folder that files go to.
pub(super) const NAME: &str = "_retail_uploads.jsonl";
/// What is uploaded longer ago than this is in it.
const EVERY: Duration = Duration::from_millis(700);

/// One file that was uploaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    /// Its path below the folder.
    pub(super) path: String,
    /// Its length in bytes.
    pub(super) size: u64,
    /// The digest of its bytes.
    pub(super) sha256: String,
    /// When HDFS wrote it, in milliseconds since 1970.
    pub(super) modified: u64,
}

impl Record {
    /// Whether `node` is what was uploaded.
    fn is_of(&self, node: &Node) -> bool {
        !node.is_dir && (node.len, node.modified) == (self.size, self.modified)
    }
}

/// The records of the files that are still as they were uploaded.
#[derive(Debug, Clone)]
pub(super) struct Ledger {
    place: Location,
    records: BTreeMap<String, Record>,
    /// Since when it holds what the file does not.
    behind: Option<Instant>,
}

impl Ledger {
    /// The ledger of `folder`, in which `there` is.
    pub(super) fn read(
        store: &HdfsStore,
        folder: &Location,
        there: &BTreeMap<String, Node>,
    ) -> Result<Self> {
        let place = folder.join(NAME);
        let content = match there.contains_key(NAME) {
            true => store.read_small(&place)?.unwrap_or_default(),
            false => Vec::new(),
        };
        let (records, broken) = parse(&content);
        if let Some(line) = broken {
            tracing::warn!(
                "{place}:{line}: not a line of a ledger; what is not known from it is uploaded again"
            );
        }
        let mut ledger = Self {
            place,
            records,
            behind: None,
        };
        let still = |record: &Record| there.get(&record.path).is_some_and(|n| record.is_of(n));
        ledger.records.retain(|_, record| still(record));
        Ok(ledger)
    }

    /// The record of what is there under the path of `file`, if that has its length.
    pub(super) fn get(&self, file: &Entry) -> Option<&Record> {
        let record = self.records.get(&file.path);
        record.filter(|record| record.size == file.len)
    }

    pub(super) fn add(&mut self, record: Record) {
        self.records.insert(record.path.clone(), record);
        self.behind.get_or_insert_with(Instant::now);
    }

    /// How long the file may stay behind.
    pub(super) fn due_in(&self) -> Duration {
        let waited = self.behind.map_or(Duration::ZERO, |since| since.elapsed());
        EVERY.saturating_sub(waited)
    }

    /// Replaces the file if it holds less than this.
    pub(super) fn write(&mut self, store: &HdfsStore) -> Result<()> {
        if self.behind.take().is_none() {
            return Ok(());
        }
        let mut text = Vec::new();
        for record in self.records.values() {
            serde_json::to_writer(&mut text, record)
                .map_err(|e| Error::Internal(format!("a ledger: {e}")))?;
            text.push(b'\n');
        }
        store.write_small_atomic(&self.place, &text)
    }
}

/// The records by path, and the number of the first line that is none.
fn parse(content: &[u8]) -> (BTreeMap<String, Record>, Option<usize>) {
    let (mut records, mut broken) = (BTreeMap::new(), None);
    let lines = content.split(|byte| *byte == b'\n').enumerate();
    for (at, line) in lines.filter(|(_, line)| !line.is_empty()) {
        match serde_json::from_slice::<Record>(line) {
            Ok(record) => {
                records.insert(record.path.clone(), record);
            }
            Err(_) => {
                broken.get_or_insert(at + 1);
            }
        }
    }
    (records, broken)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"path":"a/b.csv","size":3,"sha256":"00","modified":5}"#;

    #[test]
    fn a_broken_line_loses_only_itself() {
        let text = format!("{LINE}\n{{\"path\":\"c.csv\",\"si\n\n\u{0}\n");
        let (records, broken) = parse(text.as_bytes());
        assert_eq!(records.len(), 1);
        assert_eq!(records["a/b.csv"].modified, 5);
        assert_eq!(broken, Some(2));
        assert_eq!(parse(&[0xff, b'\n']).1, Some(1));
        assert_eq!(parse(b""), (BTreeMap::new(), None));
    }

    #[test]
    fn length_and_time_tell_what_was_uploaded() {
        let record: Record = serde_json::from_str(LINE).unwrap();
        let node = Node {
            name: "b.csv".to_owned(),
            is_dir: false,
            len: 3,
            modified: 5,
            mode: 0o644,
        };
        assert!(record.is_of(&node));
        for other in [
            Node {
                len: 4,
                ..node.clone()
            },
            Node {
                modified: 6,
                ..node.clone()
            },
            Node {
                is_dir: true,
                ..node
            },
        ] {
            assert!(!record.is_of(&other), "{other:?}");
        }
    }
}
