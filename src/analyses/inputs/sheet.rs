//! CSV files of master data as tables.

use std::io::Read;

use csv::StringRecord;
use polars::prelude::{
    Column, DataFrame, DataType, Int128Chunked, IntoSeries, NamedFrom, NewChunkedArray, Series,
};

use crate::error::{Error, Result};
use crate::record::Money;
use crate::record::field::normalise;
use crate::source::csv::sniff_delimiter;
use crate::store::{self, Location};

/// What a column of a table holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// Text; blank is null.
    Text,
    /// A whole number.
    Number,
    /// Money, or anything else with up to four decimals.
    Money,
}

/// A column of a table, and what files call it, in order of precedence.
#[derive(Debug)]
pub struct Want {
    /// Its name in the table.
    pub name: &'static str,
    /// Its names in files; per row the first that is not blank counts.
    pub names: &'static [&'static str],
    /// What it holds.
    pub holds: Holds,
}

/// Rows of a file, as texts.
pub struct Sheet {
    place: String,
    header: Vec<String>,
    rows: Vec<(u64, StringRecord)>,
}

impl Sheet {
    /// Reads the CSV file at `place`; none if it is not there.
    ///
    /// # Errors
    /// [`Error::Data`] with the line that is broken; [`Error::Io`] when it cannot be read.
    pub fn read(place: &Location) -> Result<Option<Self>> {
        let store = store::open(place)?;
        if store.stat(place)?.is_none() {
            return Ok(None);
        }
        let mut content = Vec::new();
        let read = store.open(place)?.read_to_end(&mut content);
        read.map_err(|e| Error::io("read", place, e))?;
        let text = content.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&content);
        let first = text.split(|byte| *byte == b'\n').next();
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(sniff_delimiter(first.unwrap_or_default()))
            .from_reader(text);
        let wrong = |e: csv::Error| Error::data(place, e.to_string());
        let header = reader.headers().map_err(wrong)?.iter().map(normalise);
        let header = header.collect();
        let mut rows = Vec::new();
        for row in reader.records() {
            let row = row.map_err(wrong)?;
            rows.push((row.position().map_or(0, csv::Position::line), row));
        }
        Ok(Some(Self {
            place: place.to_string(),
            header,
            rows,
        }))
    }

    /// Whether it has a column of one of these names.
    pub fn has(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.position(name).is_some())
    }

    fn position(&self, name: &str) -> Option<usize> {
        let name = normalise(name);
        self.header.iter().position(|column| *column == name)
    }

    /// The rows as a table, whose first column is `key`: rows without one are left out, and of
    /// several with the same the first counts.
    ///
    /// # Errors
    /// [`Error::Data`] with the line of a number that is none.
    pub fn table(&self, keys: &[&[&str]], wants: &[Want]) -> Result<DataFrame> {
        let keys: Vec<Vec<usize>> = keys
            .iter()
            .map(|names| {
                names
                    .iter()
                    .filter_map(|name| self.position(name))
                    .collect()
            })
            .collect();
        let columns: Vec<Vec<usize>> = wants
            .iter()
            .map(|want| {
                want.names
                    .iter()
                    .filter_map(|name| self.position(name))
                    .collect()
            })
            .collect();
        let mut seen = std::collections::HashSet::new();
        let mut chosen: Vec<(String, usize)> = Vec::new();
        for columns in &keys {
            for (at, (_, row)) in self.rows.iter().enumerate() {
                let key = cell(row, columns);
                if !key.is_empty() && seen.insert(key.to_owned()) {
                    chosen.push((key.to_owned(), at));
                }
            }
        }
        let mut table = vec![Column::from(Series::new(
            "key".into(),
            chosen
                .iter()
                .map(|(key, _)| key.as_str())
                .collect::<Vec<_>>(),
        ))];
        for (want, columns) in wants.iter().zip(&columns) {
            let cells = chosen.iter().map(|(_, at)| &self.rows[*at]);
            let cells = cells.map(|(line, row)| (*line, cell(row, columns)));
            table.push(self.column(want, cells)?);
        }
        DataFrame::new(chosen.len(), table)
            .map_err(|e| Error::Internal(format!("{}: {e}", self.place)))
    }

    fn column<'a>(
        &self,
        want: &Want,
        cells: impl Iterator<Item = (u64, &'a str)>,
    ) -> Result<Column> {
        let wrong = |line: u64, text: &str| {
            let what = format!("{} {text:?} is no number", want.name);
            Error::data(format!("{}:{line}", self.place), what)
        };
        if want.holds == Holds::Text {
            let texts = cells.map(|(_, text)| (!text.is_empty()).then_some(text));
            let texts = texts.collect::<Vec<_>>();
            return Ok(Column::from(Series::new(want.name.into(), texts)));
        }
        let mut units = Vec::new();
        for (line, text) in cells {
            units.push(match text {
                "" => None,
                text => {
                    let money = Money::parse(text.as_bytes(), b'.');
                    let units = money.map_err(|_| wrong(line, text))?.units();
                    let is_count = units >= 0 && units % 10_000 == 0;
                    if want.holds == Holds::Number && !is_count {
                        let what = format!("{} {text:?} is no whole number", want.name);
                        return Err(Error::data(format!("{}:{line}", self.place), what));
                    }
                    Some(units)
                }
            });
        }
        if want.holds == Holds::Number {
            let numbers = units
                .into_iter()
                .map(|units| units.map(|units| units / 10_000));
            let numbers = numbers.collect::<Vec<_>>();
            return Ok(Column::from(Series::new(want.name.into(), numbers)));
        }
        let units = units.into_iter().map(|units| units.map(i128::from));
        Ok(decimals(want.name, units))
    }
}

/// A column of decimals from units of 1/10,000.
pub fn decimals(name: &str, units: impl Iterator<Item = Option<i128>>) -> Column {
    let units = units.collect::<Vec<_>>();
    let units = Int128Chunked::from_iter_options(name.into(), units.into_iter());
    Column::from(units.into_decimal_unchecked(18, 4).into_series())
}

/// A table without rows.
///
/// # Errors
/// None but a name that stands twice.
pub fn empty(key: &str, wants: &[Want]) -> Result<DataFrame> {
    let column = |name: &str, holds: Holds| {
        let kind = match holds {
            Holds::Text => DataType::String,
            Holds::Number => DataType::Int64,
            Holds::Money => DataType::Decimal(18, 4),
        };
        Column::full_null(name.into(), 0, &kind)
    };
    let mut columns = vec![column(key, Holds::Text)];
    columns.extend(wants.iter().map(|want| column(want.name, want.holds)));
    DataFrame::new(0, columns).map_err(|e| Error::Internal(e.to_string()))
}

fn cell<'a>(row: &'a StringRecord, columns: &[usize]) -> &'a str {
    let cells = columns.iter().filter_map(|column| row.get(*column));
    let mut cells = cells.map(str::trim).filter(|cell| !cell.is_empty());
    cells.next().unwrap_or_default()
}
