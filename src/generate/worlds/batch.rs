//! Events on their way from a world to files, a pipe or topics.

/// One line of a topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// Number of the topic in the plan's topics.
    pub topic: usize,
    /// When it stands there, in microseconds since 1970: its event time, or later for a line
    /// that is late or stands twice. Never falls from line to line.
    pub stands: i64,
    /// What keeps its events in order.
    pub key: &'a [u8],
    /// The text without a line end.
    pub text: &'a [u8],
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    topic: u8,
    stands: i64,
    start: usize,
    key: u32,
    text: u32,
}

/// Lines one after the other: the texts in one buffer, each after its key.
#[derive(Debug, Default)]
pub struct Batch {
    bytes: Vec<u8>,
    entries: Vec<Entry>,
}

/// Bytes at which a batch is handed on.
const FULL: usize = 256 << 10;

impl Batch {
    /// The lines in order.
    pub fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        self.entries.iter().map(|entry| {
            let (key, rest) = self.bytes[entry.start..].split_at(entry.key as usize);
            Line {
                topic: usize::from(entry.topic),
                stands: entry.stands,
                key,
                text: &rest[..entry.text as usize],
            }
        })
    }

    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Forgets all lines and keeps the buffers.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.entries.clear();
    }

    /// Whether it is time to hand it on.
    pub(super) fn is_full(&self) -> bool {
        self.bytes.len() >= FULL
    }

    /// Adds a line whose key and text the closures append.
    #[inline]
    pub(super) fn put(
        &mut self,
        topic: usize,
        stands: i64,
        key: impl FnOnce(&mut Vec<u8>),
        text: impl FnOnce(&mut Vec<u8>),
    ) {
        let start = self.bytes.len();
        key(&mut self.bytes);
        let middle = self.bytes.len();
        text(&mut self.bytes);
        self.entries.push(Entry {
            topic: topic as u8,
            stands,
            start,
            key: (middle - start) as u32,
            text: (self.bytes.len() - middle) as u32,
        });
    }

    /// The last line.
    pub(super) fn last(&self) -> Option<(&[u8], &[u8])> {
        let entry = self.entries.last()?;
        let (key, text) = self.bytes[entry.start..].split_at(entry.key as usize);
        Some((key, text))
    }

    /// Takes the last line back.
    pub(super) fn pop(&mut self) {
        if let Some(entry) = self.entries.pop() {
            self.bytes.truncate(entry.start);
        }
    }
}
