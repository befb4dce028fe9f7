//! What a key that is followed through event time has, as bytes.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// What a key has: what it remembers, and events that wait, in order.
///
/// Its bytes are the length of the state, the state, and the events as they came, so that one is
/// added without reading the others: a busy key has many.
pub struct Held<S, I> {
    /// What it remembers.
    pub state: S,
    /// Events that wait: their times, and what is needed of them.
    pub waiting: Vec<(i64, I)>,
}

/// Bytes of the length of a state.
const LENGTH: usize = size_of::<u32>();

impl<S, I> Held<S, I>
where
    S: Default + Serialize + DeserializeOwned,
    I: Ord + Serialize + DeserializeOwned,
{
    /// From its bytes.
    ///
    /// # Errors
    /// When they are of something else.
    pub fn read(bytes: &[u8]) -> postcard::Result<Self> {
        const CUT: postcard::Error = postcard::Error::DeserializeUnexpectedEnd;
        let (length, rest) = bytes.split_first_chunk::<LENGTH>().ok_or(CUT)?;
        let length = u32::from_le_bytes(*length) as usize;
        let (state, mut rest) = rest.split_at_checked(length).ok_or(CUT)?;
        let mut waiting: Vec<(i64, I)> = Vec::new();
        while !rest.is_empty() {
            let (entry, behind) = postcard::take_from_bytes(rest)?;
            waiting.push(entry);
            rest = behind;
        }
        waiting.sort_unstable();
        let state = postcard::from_bytes(state)?;
        Ok(Self { state, waiting })
    }

    /// To bytes, in place of what is in `into`.
    pub fn write(&self, into: &mut Vec<u8>) {
        write_state(&self.state, into);
        self.waiting.iter().for_each(|entry| append(entry, into));
    }
}

/// Begins the bytes of a key.
pub fn write_state(state: &impl Serialize, into: &mut Vec<u8>) {
    into.clear();
    into.extend_from_slice(&[0; LENGTH]);
    append(state, into);
    let length = (into.len() - LENGTH) as u32;
    into[..LENGTH].copy_from_slice(&length.to_le_bytes());
}

/// Adds an event to the bytes of a key.
pub fn append(what: &impl Serialize, into: &mut Vec<u8>) {
    // Writing plain data to memory cannot fail.
    *into = postcard::to_extend(what, std::mem::take(into)).unwrap_or_default();
}
