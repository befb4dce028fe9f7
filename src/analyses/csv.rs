//! The tables of an analysis as CSV.

use std::io::{self, Read, Write};

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::datatypes::{Date32Type, Decimal128Type, Int64Type, TimestampMicrosecondType};

use super::spec::{Kind, Table};
use crate::error::{Error, Result};
use crate::record::{Day, Time, Total};
use crate::store::{Staged, StagedFile};

/// Bytes that are written at a time.
const BUFFER: usize = 1 << 17;

/// A CSV file that is being written.
pub struct Lines {
    file: StagedFile,
    text: Vec<u8>,
    /// Bytes that are in the file.
    written: u64,
}

impl Lines {
    /// The file of `table` in `folder`, with its header.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn create(table: &Table, folder: &Staged) -> Result<Self> {
        let mut this = Self {
            file: folder.create(&format!("{}.csv", table.file))?,
            text: Vec::with_capacity(2 * BUFFER),
            written: 0,
        };
        for (at, column) in table.columns.iter().enumerate() {
            if at > 0 {
                this.text.push(b',');
            }
            this.text.extend_from_slice(column.name.as_bytes());
        }
        this.text.push(b'\n');
        Ok(this)
    }

    /// Adds rows.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&mut self, table: &Table, columns: &[ArrayRef]) -> Result<()> {
        let count = columns.first().map_or(0, |column| column.len());
        for row in 0..count {
            for (at, (column, array)) in table.columns.iter().zip(columns).enumerate() {
                if at > 0 {
                    self.text.push(b',');
                }
                if array.is_valid(row) {
                    cell(&mut self.text, array, column.kind, row);
                }
            }
            self.text.push(b'\n');
            if self.text.len() >= BUFFER {
                self.flush()?;
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        let written = self.file.write_all(&self.text);
        written.map_err(|e| Error::io("write", self.file.place(), e))?;
        self.written += self.text.len() as u64;
        self.text.clear();
        Ok(())
    }

    /// How many bytes there are.
    pub fn bytes(&self) -> u64 {
        self.written + self.text.len() as u64
    }

    /// Takes `bytes` of another file with the same columns over.
    ///
    /// # Errors
    /// When a file cannot be read or written, or ends before.
    pub fn copy(&mut self, from: &mut impl Read, bytes: u64) -> Result<()> {
        self.flush()?;
        let copied = io::copy(&mut from.take(bytes), &mut self.file)
            .map_err(|e| Error::io("write", self.file.place(), e))?;
        self.written += copied;
        match copied == bytes {
            true => Ok(()),
            false => {
                let short = io::Error::from(io::ErrorKind::UnexpectedEof);
                Err(Error::io("copy to", self.file.place(), short))
            }
        }
    }

    /// Ends the file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self) -> Result<()> {
        self.flush()?;
        self.file.finish().map(drop)
    }
}

/// Writes a value that is there.
pub fn cell(text: &mut Vec<u8>, array: &ArrayRef, kind: Kind, row: usize) {
    // Writing to memory does not fail.
    let _ = match kind {
        Kind::Text => {
            quoted(text, array.as_string::<i32>().value(row).as_bytes());
            Ok(())
        }
        Kind::Count => {
            let number = array.as_primitive::<Int64Type>().value(row);
            text.extend_from_slice(itoa::Buffer::new().format(number).as_bytes());
            Ok(())
        }
        Kind::Flag => {
            let value = array.as_boolean().value(row);
            text.extend_from_slice(if value { b"true" } else { b"false" });
            Ok(())
        }
        Kind::Date => {
            let day = Day::from_number(array.as_primitive::<Date32Type>().value(row));
            day.map_or(Ok(()), |day| write!(text, "{day}"))
        }
        Kind::Time => {
            let micros = array.as_primitive::<TimestampMicrosecondType>().value(row);
            Time::from_micros(micros).map_or(Ok(()), |time| write!(text, "{time}"))
        }
        Kind::Money => {
            money(text, array.as_primitive::<Decimal128Type>().value(row));
            Ok(())
        }
    };
}

/// Writes `text` as a field, in quotes where it needs them.
fn quoted(out: &mut Vec<u8>, text: &[u8]) {
    let needs = text.is_empty()
        || text
            .iter()
            .any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r'));
    if !needs {
        out.extend_from_slice(text);
        return;
    }
    out.push(b'"');
    for &byte in text {
        if byte == b'"' {
            out.push(b'"');
        }
        out.push(byte);
    }
    out.push(b'"');
}

/// Writes money as [`Total`] prints it, in less time where it is short.
fn money(out: &mut Vec<u8>, units: i128) {
    let Ok(short) = i64::try_from(units) else {
        let _ = write!(out, "{}", Total::from_units(units));
        return;
    };
    if short < 0 {
        out.push(b'-');
    }
    let size = short.unsigned_abs();
    out.extend_from_slice(itoa::Buffer::new().format(size / 10_000).as_bytes());
    let mut rest = size % 10_000;
    let mut digits = *b".0000";
    for digit in digits[1..].iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    let kept = match digits {
        [_, _, _, b'0', b'0'] => 3,
        [_, _, _, _, b'0'] => 4,
        _ => 5,
    };
    out.extend_from_slice(&digits[..kept]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn money_is_written_as_everywhere(units in any::<i64>(), small in -100_000i64..100_000) {
            for units in [i128::from(units), i128::from(small), i128::from(units) * 7] {
                let mut out = Vec::new();
                money(&mut out, units);
                prop_assert_eq!(String::from_utf8(out).unwrap(), Total::from_units(units).to_string());
            }
        }

        #[test]
        fn fields_are_quoted_so_that_readers_find_them(texts in prop::collection::vec("[a,\"\n\r é]{0,4}", 2..4)) {
            let mut out = Vec::new();
            for (at, text) in texts.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                quoted(&mut out, text.as_bytes());
            }
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(&out[..]);
            let row = reader.records().next().unwrap().unwrap();
            let found: Vec<_> = row.iter().collect();
            prop_assert_eq!(found, texts);
        }
    }
}
