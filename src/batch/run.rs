//! Groups in order of day and key, in memory or in a file that vanishes with the process.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};

use crate::batch::groups::{Group, Kept};
use crate::batch::measures::Value;
use crate::error::{Error, Result};
use crate::record::Day;

/// Groups in order of day and key.
pub struct Run<V>(Place<V>);

enum Place<V> {
    Memory {
        kept: Vec<Kept<V>>,
        keys: Vec<u8>,
        order: std::vec::IntoIter<Spot>,
    },
    Spilled {
        reader: BufReader<File>,
        record: Vec<u8>,
    },
}

/// Where a group comes in the order. The first bytes of the key mostly decide, without a look at
/// the key itself.
#[derive(Clone, Copy)]
struct Spot {
    begin: u128,
    day: Day,
    at: u32,
}

impl<V: Value> Run<V> {
    /// Sorts groups whose keys stand in `keys`.
    pub(super) fn of(kept: Vec<Kept<V>>, keys: Vec<u8>) -> Self {
        let spot = |(at, group): (usize, &Kept<V>)| {
            let mut begin = [0; 16];
            for (to, from) in begin.iter_mut().zip(group.key(&keys)) {
                *to = *from;
            }
            Spot {
                begin: u128::from_be_bytes(begin),
                day: group.day,
                at: at as u32,
            }
        };
        let mut order: Vec<Spot> = kept.iter().enumerate().map(spot).collect();
        let key = |spot: &Spot| kept[spot.at as usize].key(&keys);
        order.sort_unstable_by(|a, b| {
            let begins = (a.day, a.begin).cmp(&(b.day, b.begin));
            begins.then_with(|| key(a).cmp(key(b)))
        });
        let order = order.into_iter();
        Self(Place::Memory { kept, keys, order })
    }

    /// Moves the run to a file in `dir`.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn spill(mut self, dir: &Path) -> Result<Self> {
        let mut writer = RunWriter::create(dir)?;
        while let Some(group) = self.next_group()? {
            writer.push(group.day, &group.key, &group.value)?;
        }
        writer.finish()
    }

    /// The next group.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn next_group(&mut self) -> Result<Option<Group<V>>> {
        match &mut self.0 {
            Place::Memory { kept, keys, order } => Ok(order.next().map(|spot| {
                let group = &kept[spot.at as usize];
                Group {
                    day: group.day,
                    key: group.key(keys).to_vec(),
                    value: group.value,
                }
            })),
            Place::Spilled { reader, record } => {
                read(reader, record).map_err(|e| Error::io("read", "a spill file", e))
            }
        }
    }
}

/// Writes groups that come in order to a file.
pub struct RunWriter {
    dir: PathBuf,
    writer: BufWriter<File>,
    record: Vec<u8>,
}

impl RunWriter {
    /// A file in `dir`.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn create(dir: &Path) -> Result<Self> {
        let file = tempfile::tempfile_in(dir).map_err(|e| failed(dir, e))?;
        Ok(Self {
            dir: dir.to_owned(),
            writer: BufWriter::with_capacity(1 << 18, file),
            record: Vec::new(),
        })
    }

    /// Adds a group, which comes after all before it.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn push<V: Value>(&mut self, day: Day, key: &[u8], value: &V) -> Result<()> {
        let mut record = std::mem::take(&mut self.record);
        record.clear();
        record = postcard::to_extend(&(day.number(), value.pack()), record)
            .map_err(|e| Error::Internal(format!("a spilled group: {e}")))?;
        record.extend_from_slice(key);
        let length = record.len() as u64;
        let written = self.writer.write_all(&length.to_le_bytes());
        let written = written.and_then(|()| self.writer.write_all(&record));
        self.record = record;
        written.map_err(|e| failed(&self.dir, e))
    }

    /// The run that was written.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn finish<V>(self) -> Result<Run<V>> {
        let dir = self.dir;
        let file = self.writer.into_inner();
        let mut file = file.map_err(|e| failed(&dir, e.into_error()))?;
        file.rewind().map_err(|e| failed(&dir, e))?;
        Ok(Run(Place::Spilled {
            reader: BufReader::with_capacity(1 << 16, file),
            record: self.record,
        }))
    }
}

fn failed(dir: &Path, error: io::Error) -> Error {
    Error::io("write a spill file in", dir.display(), error)
}

fn read<V: Value>(
    reader: &mut BufReader<File>,
    record: &mut Vec<u8>,
) -> io::Result<Option<Group<V>>> {
    if reader.fill_buf()?.is_empty() {
        return Ok(None);
    }
    let broken = || io::Error::from(io::ErrorKind::InvalidData);
    let mut length = [0; 8];
    reader.read_exact(&mut length)?;
    let length = usize::try_from(u64::from_le_bytes(length)).map_err(|_| broken())?;
    record.resize(length, 0);
    reader.read_exact(record)?;
    let read = postcard::take_from_bytes::<(i32, V::Packed)>(record);
    let ((day, value), key) = read.map_err(|_| broken())?;
    Ok(Some(Group {
        day: Day::from_number(day).ok_or_else(broken)?,
        key: key.to_vec(),
        value: V::unpack(value),
    }))
}
