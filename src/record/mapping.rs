//! Which columns of a source carry which field.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::record::field::{Field, TIME_COLUMNS, normalise};
use crate::record::time::DateFormat;

/// How records are read and cleaned, as the user asked.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// What [`Rules::map`] added.
    pub maps: Vec<Override>,
    /// Tried before ISO.
    pub date_format: Option<DateFormat>,
    /// Whether text numbers write their decimals after a comma.
    pub decimal_comma: bool,
    /// Fields or columns whose values together make a record's key; empty: no duplicates.
    pub dedup: Vec<String>,
    /// Whether the records are events of a live shop: views, carts, stock and orders as well as
    /// sales (see [`super::event`]).
    pub events: bool,
}

/// One `--map FIELD=COLUMN`.
#[derive(Debug, Clone)]
pub struct Override {
    target: Target,
    /// `None`: the field has no column.
    column: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Field(Field),
    /// The slot in [`TIME_COLUMNS`].
    TimeColumn(usize),
}

impl Rules {
    /// Adds `field=Column`; an empty column means that the field has none.
    ///
    /// # Errors
    /// [`Error::Usage`] when there is no such field.
    pub fn map(&mut self, text: &str) -> Result<()> {
        let Some((name, column)) = text.split_once('=') else {
            return Err(Error::Usage(format!(
                "--map {text:?}: write FIELD=COLUMN, such as --map product=Description"
            )));
        };
        let time = TIME_COLUMNS
            .iter()
            .position(|known| normalise(known) == normalise(name));
        let field = Field::by_name(name).filter(|field| self.events || !field.is_of_events());
        let target = match (field, time) {
            (Some(field), _) => Target::Field(field),
            (None, Some(slot)) => Target::TimeColumn(slot),
            (None, None) => {
                let fields = Field::all().filter(|field| self.events || !field.is_of_events());
                let fields: Vec<_> = fields.map(Field::name).collect();
                return Err(Error::Usage(format!(
                    "--map {text:?}: there is no field {name:?}; fields are {}, and the time \
                     columns {}",
                    fields.join(", "),
                    TIME_COLUMNS.join(", ")
                )));
            }
        };
        let column = (!normalise(column).is_empty()).then(|| column.to_owned());
        self.maps.push(Override { target, column });
        Ok(())
    }

    /// The decimal separator of text numbers.
    pub fn point(&self) -> u8 {
        if self.decimal_comma { b',' } else { b'.' }
    }

    /// Column names of `field` in order of precedence.
    fn columns_of(&self, field: Field) -> Vec<&str> {
        if field.is_of_events() && !self.events {
            return Vec::new();
        }
        let mut columns: Vec<&str> = Vec::from(field.aliases());
        if self.events {
            columns.extend(field.event_aliases().map(|name| -> &str { name }));
        }
        for map in &self.maps {
            match map.target {
                Target::Field(target) if target == field => {
                    columns = map.column.as_deref().into_iter().collect();
                }
                Target::TimeColumn(slot) if field == Field::Time => {
                    // An empty name is no column of any header.
                    if let Some(column) = columns.get_mut(slot) {
                        *column = map.column.as_deref().unwrap_or("");
                    }
                }
                _ => {}
            }
        }
        columns
    }
}

/// For one header: the columns of each field, in order of precedence.
#[derive(Debug, Clone)]
pub struct Mapping {
    header: Vec<String>,
    columns: Vec<Vec<usize>>,
    key: Vec<Vec<usize>>,
    lap: Vec<usize>,
}

/// The column that says in which lap of a loop an event was replayed; part of every key.
pub const LAP: &str = "lap";

impl Mapping {
    /// Maps the columns of a source at `place`.
    ///
    /// # Errors
    /// [`Error::Data`] when no column is known at all, or when one that the rules name is
    /// missing.
    pub fn of_header(header: Vec<String>, rules: &Rules, place: &str) -> Result<Self> {
        let names: Vec<String> = header.iter().map(|name| normalise(name)).collect();
        let mapping = Self::build(header, &names, rules);
        mapping.check(rules, place, |_| true)?;
        if mapping.columns.iter().all(Vec::is_empty) {
            return Err(Error::data(
                place,
                format!(
                    "no usable column among {}; name them with --map product=COLUMN, --map \
                     order_date=COLUMN and --map amount=COLUMN, or the separator with --delimiter",
                    mapping.list(|_| true)
                ),
            ));
        }
        Ok(mapping)
    }

    /// Maps events, which have no header: every known name is a column of its own.
    pub fn of_events(rules: &Rules) -> Self {
        let mut header: Vec<String> = Vec::new();
        let mut names: Vec<String> = Vec::new();
        let fields = Field::all().flat_map(|field| rules.columns_of(field));
        let key = rules.dedup.iter().map(String::as_str);
        let lap = (!rules.dedup.is_empty()).then_some(LAP);
        for name in fields.chain(key).chain(lap) {
            let normal = normalise(name);
            if !normal.is_empty() && !names.contains(&normal) {
                header.push(name.to_owned());
                names.push(normal);
            }
        }
        Self::build(header, &names, rules)
    }

    fn build(header: Vec<String>, names: &[String], rules: &Rules) -> Self {
        let positions = |wanted: &[&str]| -> Vec<usize> {
            wanted
                .iter()
                .map(|name| normalise(name))
                .filter(|name| !name.is_empty())
                .flat_map(|wanted| {
                    let same = names.iter().enumerate();
                    same.filter(move |(_, name)| **name == wanted)
                        .map(|(i, _)| i)
                })
                .collect()
        };
        let columns = Field::all()
            .map(|field| positions(&rules.columns_of(field)))
            .collect();
        let key = rules
            .dedup
            .iter()
            .map(|name| match Field::by_name(name) {
                Some(field) if rules.events || !field.is_of_events() => {
                    positions(&rules.columns_of(field))
                }
                _ => positions(&[name]),
            })
            .collect();
        let lap = positions(&[LAP]);
        Self {
            header,
            columns,
            key,
            lap,
        }
    }

    /// The header's names as they stand.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// Columns of `field` in order of precedence.
    pub fn columns(&self, field: Field) -> &[usize] {
        &self.columns[field as usize]
    }

    /// The columns of each part of the key.
    pub fn key(&self) -> &[Vec<usize>] {
        &self.key
    }

    /// The columns of the lap, which is part of every key.
    pub fn lap(&self) -> &[usize] {
        &self.lap
    }

    /// Whether any record can have a key.
    pub fn has_key(&self) -> bool {
        !self.key.is_empty()
    }

    /// Looks whether the columns that the rules name are there; `has` says which ones are.
    ///
    /// # Errors
    /// [`Error::Data`] at `place` for the first that is missing.
    pub fn check(&self, rules: &Rules, place: &str, has: impl Fn(usize) -> bool) -> Result<()> {
        let missing = |option: &str, column: &str| {
            Error::data(
                place,
                format!(
                    "there is no column {column:?} for {option}; its columns are {}",
                    self.list(&has)
                ),
            )
        };
        for column in rules.maps.iter().filter_map(|map| map.column.as_deref()) {
            let wanted = normalise(column);
            let mut columns = self.header.iter().enumerate();
            if !columns.any(|(i, name)| normalise(name) == wanted && has(i)) {
                return Err(missing("--map", column));
            }
        }
        for (columns, name) in self.key.iter().zip(&rules.dedup) {
            if !columns.iter().any(|column| has(*column)) {
                return Err(missing("--dedup", name));
            }
        }
        Ok(())
    }

    /// Field to column names, as the summary states it: `StockCode|Description` where the
    /// first that is not blank counts, `Quantity*UnitPrice` where the amount is computed; of the
    /// columns that `has` accepts.
    pub fn describe(&self, has: impl Fn(usize) -> bool) -> BTreeMap<String, String> {
        let names = |field: Field| -> Option<String> {
            let columns = self.columns(field).iter().filter(|column| has(**column));
            let names: Vec<_> = columns.map(|&column| self.header[column].trim()).collect();
            (!names.is_empty()).then(|| names.join("|"))
        };
        let mut all: BTreeMap<String, String> = Field::all()
            .filter_map(|field| Some((field.name().to_owned(), names(field)?)))
            .collect();
        if let (Some(quantity), Some(price)) = (names(Field::Quantity), names(Field::UnitPrice)) {
            all.entry("amount".to_owned())
                .or_insert_with(|| format!("{quantity}*{price}"));
        }
        all
    }

    fn list(&self, has: impl Fn(usize) -> bool) -> String {
        const MOST: usize = 30;
        let columns = self.header.iter().enumerate().filter(|(i, _)| has(*i));
        let names: Vec<String> = columns
            .map(|(_, name)| name.chars().take(40).collect())
            .collect();
        let mut text = names[..names.len().min(MOST)].join(", ");
        if names.len() > MOST {
            text.push_str(&format!(" and {} more", names.len() - MOST));
        }
        text.escape_debug().to_string()
    }
}
