//! How a key and its value stand in memory: a head, the key, the value and room behind it.
//!
//! The head is a byte of flags, the lengths of key, value and room (a byte each, or four in a
//! wide record) and, in a timed record, the due time and the time it is queued for.

/// Superseded: takes space and means nothing.
pub const DEAD: u8 = 1;
/// Removed, which the next commit must still tell.
pub const GONE: u8 = 2;
/// Changed since the last commit.
pub const CHANGED: u8 = 4;
/// Has room for times.
const TIMED: u8 = 8;
/// Lengths have four bytes.
const WIDE: u8 = 16;
/// The due time stands in the queue beside the time it is queued for, and is earlier.
pub const SOON: u8 = 32;

/// No time: never due, or in no queue.
pub const NEVER: i64 = i64::MAX;

/// The lengths of a record.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    flags: u8,
    key: u32,
    value: u32,
    room: u32,
}

impl Shape {
    /// The shape for a key and a value with `room` bytes, at least those of the value.
    pub fn new(key: usize, value: usize, room: usize, timed: bool) -> Self {
        let wide = key.max(room) > usize::from(u8::MAX);
        Self {
            flags: if timed { TIMED } else { 0 } | if wide { WIDE } else { 0 },
            key: key as u32,
            value: value as u32,
            room: room as u32,
        }
    }

    /// The shape of the record at the start of `bytes`.
    #[inline]
    pub fn of(bytes: &[u8]) -> Self {
        let flags = bytes[0];
        let (key, value, room) = match flags & WIDE {
            0 => (bytes[1].into(), bytes[2].into(), bytes[3].into()),
            _ => (number(bytes, 1), number(bytes, 5), number(bytes, 9)),
        };
        Self {
            flags,
            key,
            value,
            room,
        }
    }

    #[inline]
    fn times_at(self) -> usize {
        if self.flags & WIDE == 0 { 4 } else { 13 }
    }

    #[inline]
    fn key_at(self) -> usize {
        self.times_at() + if self.flags & TIMED == 0 { 0 } else { 16 }
    }

    #[inline]
    fn value_at(self) -> usize {
        self.key_at() + self.key as usize
    }

    /// Bytes of the record.
    #[inline]
    pub fn len(self) -> usize {
        self.value_at() + self.room as usize
    }

    /// Whether the record can take a value of so many bytes without wasting half of its room.
    #[inline]
    pub fn fits(self, value: usize, timed: bool) -> bool {
        let room = self.room as usize;
        (room / 2..=room).contains(&value) && (!timed || self.flags & TIMED != 0)
    }

    /// The same without room behind the value.
    pub fn trimmed(self) -> Self {
        let Self { key, value, .. } = self;
        let timed = self.flags & TIMED != 0;
        Self::new(key as usize, value as usize, value as usize, timed)
    }

    /// Writes a record of this shape: what `from` says, with its flags and times.
    pub fn copy(self, from: &[u8], record: &mut [u8]) {
        self.write(record, key(from), value(from));
        set(record, CHANGED, has(from, CHANGED));
        set(record, GONE, has(from, GONE));
        set(record, SOON, has(from, SOON));
        set_due(record, due(from));
        set_queued(record, queued(from));
    }

    /// Writes a record of this shape, neither due nor queued.
    #[inline]
    pub fn write(self, record: &mut [u8], key: &[u8], value: &[u8]) {
        record[0] = self.flags;
        record[self.key_at()..self.value_at()].copy_from_slice(key);
        if self.flags & WIDE == 0 {
            record[1] = self.key as u8;
            record[3] = self.room as u8;
        } else {
            record[1..5].copy_from_slice(&self.key.to_le_bytes());
            record[9..13].copy_from_slice(&self.room.to_le_bytes());
        }
        set_value(record, value);
        set_due(record, NEVER);
        set_queued(record, NEVER);
    }
}

#[inline]
fn array<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut array = [0; N];
    array.copy_from_slice(&bytes[at..at + N]);
    array
}

#[inline]
fn number(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(array(bytes, at))
}

/// A record's flags.
#[inline]
pub fn has(record: &[u8], flag: u8) -> bool {
    record[0] & flag != 0
}

/// Sets or clears a flag.
#[inline]
pub fn set(record: &mut [u8], flag: u8, on: bool) {
    record[0] = record[0] & !flag | if on { flag } else { 0 };
}

/// A record's key.
#[inline]
pub fn key(record: &[u8]) -> &[u8] {
    let shape = Shape::of(record);
    &record[shape.key_at()..shape.value_at()]
}

/// A record's value.
#[inline]
pub fn value(record: &[u8]) -> &[u8] {
    let shape = Shape::of(record);
    &record[shape.value_at()..][..shape.value as usize]
}

/// Replaces the value by one that [`Shape::fits`].
#[inline]
pub fn set_value(record: &mut [u8], value: &[u8]) {
    let shape = Shape::of(record);
    record[shape.value_at()..][..value.len()].copy_from_slice(value);
    match shape.flags & WIDE {
        0 => record[2] = value.len() as u8,
        _ => record[5..9].copy_from_slice(&(value.len() as u32).to_le_bytes()),
    }
}

#[inline]
fn time(record: &[u8], place: usize) -> i64 {
    match has(record, TIMED) {
        true => i64::from_le_bytes(array(record, Shape::of(record).times_at() + place)),
        false => NEVER,
    }
}

#[inline]
fn set_time(record: &mut [u8], place: usize, time: i64) {
    if has(record, TIMED) {
        let at = Shape::of(record).times_at() + place;
        record[at..at + 8].copy_from_slice(&time.to_le_bytes());
    }
}

/// When the key wants to be woken, or [`NEVER`].
#[inline]
pub fn due(record: &[u8]) -> i64 {
    time(record, 0)
}

/// Sets the due time of a timed record.
#[inline]
pub fn set_due(record: &mut [u8], due: i64) {
    set_time(record, 0, due);
}

/// The time that the queue holds for the key, or [`NEVER`].
#[inline]
pub fn queued(record: &[u8]) -> i64 {
    time(record, 8)
}

/// Sets the time that the queue holds for a timed record.
#[inline]
pub fn set_queued(record: &mut [u8], queued: i64) {
    set_time(record, 8, queued);
}
