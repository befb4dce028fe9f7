//! The column types of CSV files, decided by every row, so that no float is needed.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};

use csv::{ByteRecord, ReaderBuilder};
use polars::prelude::DataType;

use super::near::Near;
use crate::config::values::date;
use crate::error::{Error, Result};

/// Digits that a decimal can hold.
const DIGITS: usize = 38;
/// Decimals of money; a column with fewer still gets so many.
const MONEY_SCALE: usize = 4;

/// The columns of CSV files that belong together.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CsvTypes {
    /// Names and types in the order of the header.
    pub columns: Vec<(String, DataType)>,
    /// The delimiter of fields.
    pub delimiter: u8,
    /// Whether there are lines without any value, which are no records.
    pub blank: bool,
}

/// Reads `files`, which share a header, for the types of their columns.
///
/// # Errors
/// When a file cannot be read, has no header or another one, or a record has more fields.
pub(super) fn of(files: &[Near]) -> Result<CsvTypes> {
    let mut header: Option<(ByteRecord, u8)> = None;
    let mut seen: Vec<Seen> = Vec::new();
    let mut blank = false;
    for file in files {
        let delimiter = delimiter(file)?;
        let mut reader = ReaderBuilder::new()
            .delimiter(delimiter)
            .flexible(true)
            .from_reader(Lines::open(file)?);
        let names = reader.byte_headers().map_err(|e| failed(file, &e))?;
        match &header {
            None => {
                seen = vec![Seen::default(); names.len()];
                header = Some((names.clone(), delimiter));
            }
            Some(first) if *first == (names.clone(), delimiter) => {}
            Some(_) => {
                let what = "has another header than the files before it; query them one by one";
                return Err(Error::data(&file.place, what));
            }
        }
        let mut record = ByteRecord::new();
        while reader
            .read_byte_record(&mut record)
            .map_err(|e| failed(file, &e))?
        {
            if record.len() > seen.len() {
                let line = record.position().map_or(0, csv::Position::line);
                return Err(Error::data(
                    format!("{}:{line}", file.place),
                    format!(
                        "{} fields, but the header has {}; retail batch rejects such records",
                        record.len(),
                        seen.len()
                    ),
                ));
            }
            blank |= record.iter().all(<[u8]>::is_empty);
            for (seen, field) in seen.iter_mut().zip(&record) {
                seen.look(field);
            }
        }
        blank |= reader.get_ref().blank;
    }
    let (header, delimiter) = header.unwrap_or_default();
    let mut columns: Vec<(String, DataType)> = Vec::with_capacity(seen.len());
    for (at, (name, seen)) in header.iter().zip(&seen).enumerate() {
        let mut name = String::from_utf8_lossy(name).trim().to_owned();
        if name.is_empty() {
            name = format!("column_{}", at + 1);
        }
        if columns.iter().any(|(other, _)| *other == name) {
            let place = files
                .first()
                .map_or(String::new(), |file| file.place.to_string());
            return Err(Error::data(
                place,
                format!("two columns are named '{name}'"),
            ));
        }
        columns.push((name, seen.data_type()));
    }
    Ok(CsvTypes {
        columns,
        delimiter,
        blank,
    })
}

fn failed(file: &Near, error: &csv::Error) -> Error {
    Error::data(&file.place, format!("cannot read: {error}"))
}

/// The delimiter that stands most often in the first line.
fn delimiter(file: &Near) -> Result<u8> {
    let fail = |e| Error::io("read", &file.place, e);
    let mut line = Vec::new();
    let opened = File::open(&file.path).map_err(fail)?;
    let mut start = BufReader::new(opened).take(64 * 1024);
    start.read_until(b'\n', &mut line).map_err(fail)?;
    if line.trim_ascii().is_empty() {
        return Err(Error::data(&file.place, "has no header line"));
    }
    let count = |delimiter: u8| line.iter().filter(|byte| **byte == delimiter).count();
    let best = b",;\t|"
        .iter()
        .rev()
        .max_by_key(|delimiter| count(**delimiter));
    Ok(best.copied().unwrap_or(b','))
}

/// A file that notes whether it has blank lines: the CSV reader skips them silently, but
/// Polars takes them for records.
struct Lines {
    file: File,
    in_blank: bool,
    blank: bool,
}

impl Lines {
    fn open(file: &Near) -> Result<Self> {
        let opened = File::open(&file.path).map_err(|e| Error::io("read", &file.place, e))?;
        Ok(Self {
            file: opened,
            in_blank: false,
            blank: false,
        })
    }
}

impl Read for Lines {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.file.read(buffer)?;
        for byte in buffer.iter().take(read) {
            match byte {
                b'\n' => {
                    self.blank |= self.in_blank;
                    self.in_blank = true;
                }
                b'\r' => {}
                _ => self.in_blank = false,
            }
        }
        Ok(read)
    }
}

/// What the values of a column have in common.
#[derive(Debug, Clone, Default)]
struct Seen {
    values: bool,
    not_number: bool,
    not_date: bool,
    /// The most digits before and after the point.
    whole: usize,
    scale: usize,
    /// Whether any value was written with a point or an exponent.
    fraction: bool,
}

impl Seen {
    fn look(&mut self, field: &[u8]) {
        if field.is_empty() || (self.not_number && self.not_date) {
            return;
        }
        self.values = true;
        let text = std::str::from_utf8(field).unwrap_or_default();
        self.not_date = self.not_date || date(text).is_err();
        match number(text) {
            Some((whole, scale, fraction)) if !self.not_number => {
                self.whole = self.whole.max(whole);
                self.scale = self.scale.max(scale);
                self.fraction |= fraction;
            }
            _ => self.not_number = true,
        }
    }

    fn data_type(&self) -> DataType {
        let scale = self.scale.max(MONEY_SCALE);
        match self {
            Self { values: false, .. } => DataType::String,
            Self {
                not_date: false, ..
            } => DataType::Date,
            Self {
                not_number: true, ..
            } => DataType::String,
            Self {
                fraction: false,
                whole,
                ..
            } if *whole <= 18 => DataType::Int64,
            Self {
                fraction: false,
                whole,
                ..
            } if *whole <= DIGITS => DataType::Decimal(DIGITS, 0),
            Self {
                fraction: true,
                whole,
                ..
            } if whole + scale <= DIGITS => DataType::Decimal(DIGITS, scale),
            // Longer than any number type: exact as text.
            Self { .. } => DataType::String,
        }
    }
}

/// The digits before and after the point, and whether there was a point or an exponent.
/// `None` for all that is no number, and for digits that begin with 0, which are codes.
fn number(text: &str) -> Option<(usize, usize, bool)> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.parse::<i16>().ok()?)),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) {
        return None;
    }
    if whole.len() > 1 && whole.starts_with('0') {
        return None;
    }
    let shift = isize::from(exponent.unwrap_or(0));
    let whole = whole.len().saturating_add_signed(shift);
    let scale = fraction.len().saturating_add_signed(shift.saturating_neg());
    Some((whole, scale, mantissa.contains('.') || exponent.is_some()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn type_of(values: &[&str]) -> DataType {
        let mut seen = Seen::default();
        values.iter().for_each(|value| seen.look(value.as_bytes()));
        seen.data_type()
    }

    #[test]
    fn numbers_with_decimals_are_decimals() {
        assert_eq!(type_of(&["1", "2.5", ""]), DataType::Decimal(38, 4));
        assert_eq!(type_of(&["-0.12345"]), DataType::Decimal(38, 5));
        assert_eq!(type_of(&["1e3", "2.5E-2"]), DataType::Decimal(38, 4));
        assert_eq!(type_of(&["1e-7"]), DataType::Decimal(38, 7));
        assert_eq!(type_of(&["1", "-2"]), DataType::Int64);
        assert_eq!(type_of(&["12345678901234567890"]), DataType::Decimal(38, 0));
    }

    #[test]
    fn what_is_no_number_stays_text() {
        for value in [
            "007", "+4912345", "NaN", "1e400", "1.2.3", "-", ".5", " 1", "1,5", "0x1",
        ] {
            assert_eq!(type_of(&["1.5", value]), DataType::String, "{value}");
        }
        assert_eq!(type_of(&["", ""]), DataType::String);
        assert_eq!(type_of(&["536365", "C536379"]), DataType::String);
    }

    #[test]
    fn only_real_days_are_dates() {
        assert_eq!(type_of(&["2025-01-01", "2024-02-29"]), DataType::Date);
        assert_eq!(type_of(&["2025-01-01", "2025-02-29"]), DataType::String);
        assert_eq!(type_of(&["20250101"]), DataType::Int64);
    }
}
