//! Files of several topics: which file belongs to which, and what keys its events.

/// The topics of a score.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topics {
    /// The number of the topic of each file.
    pub of_file: Vec<usize>,
    /// Of each topic the columns whose values, joined by `_`, are the key of an event.
    pub keys: Vec<&'static [&'static str]>,
}

impl Topics {
    /// The topic of file number `file`.
    pub fn of(&self, file: usize) -> usize {
        self.of_file.get(file).copied().unwrap_or(0)
    }
}
