//! JSON lines into records.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use foldhash::fast::FixedState;
use memchr::memchr;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::error::Result as Outcome;
use crate::record::field::normalise;
use crate::record::{Field, Mapping, Reason, Row, Rules};

/// Key spellings that are remembered; beyond them a name is normalised each time.
const MAX_SPELLINGS: usize = 4_096;
/// A message longer than this is rejected unread.
const LONGEST: usize = 16 << 20;
/// Names of an event whose order is remembered.
const MAX_EXPECTED: usize = 128;
/// What cleaning asks for.
const CLEANING: [Field; 6] = [
    Field::Product,
    Field::Time,
    Field::Amount,
    Field::Quantity,
    Field::UnitPrice,
    Field::TransactionType,
];

/// The columns that events may have, and those that some event had.
#[derive(Debug)]
pub struct EventColumns {
    mapping: Mapping,
    seen: Vec<AtomicBool>,
    /// Columns whose values are asked for; of the others only that they occur is of interest.
    needed: Vec<bool>,
    /// The column whose value is kept as JSON: the lines of a transaction.
    lines: Option<usize>,
}

impl EventColumns {
    /// Every known name and those that the rules name; for cleaning and for keys.
    pub fn new(rules: &Rules) -> Self {
        match rules.events {
            true => Self::of(rules, &Field::all().collect::<Vec<_>>()),
            false => Self::of(rules, &CLEANING),
        }
    }

    /// The same, when only `fields` and keys are asked for.
    pub fn of(rules: &Rules, fields: &[Field]) -> Self {
        let mapping = Mapping::of_events(rules);
        let columns = mapping.header().len();
        let mut needed = vec![false; columns];
        let asked = fields.iter().flat_map(|field| mapping.columns(*field));
        for &column in asked
            .chain(mapping.key().iter().flatten())
            .chain(mapping.lap())
        {
            needed[column] = true;
        }
        Self {
            seen: (0..columns).map(|_| AtomicBool::new(false)).collect(),
            needed,
            lines: mapping.columns(Field::Lines).first().copied(),
            mapping,
        }
    }

    /// Which column carries which field.
    pub fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    fn has(&self, column: usize) -> bool {
        self.seen[column].load(Ordering::Relaxed)
    }

    /// The mapping in use over the events read so far, as a summary states it.
    pub fn describe(&self) -> BTreeMap<String, String> {
        self.mapping.describe(|column| self.has(column))
    }

    /// The names of the columns that occurred.
    pub fn seen(&self) -> Vec<String> {
        let names = self.mapping.header().iter().enumerate();
        let seen = names.filter(|(column, _)| self.has(*column));
        seen.map(|(_, name)| name.clone()).collect()
    }

    /// Notes that columns of these names occurred earlier.
    pub fn recall(&self, names: &[String]) {
        for (name, seen) in self.mapping.header().iter().zip(&self.seen) {
            if names.contains(name) {
                seen.store(true, Ordering::Relaxed);
            }
        }
    }

    /// Looks whether a name that the rules name occurred in any event: a misspelt one would
    /// change the figures in silence.
    ///
    /// # Errors
    /// [`crate::Error::Data`] for the first that did not.
    pub fn check(&self, rules: &Rules) -> Outcome<()> {
        if !self.seen.iter().any(|seen| seen.load(Ordering::Relaxed)) {
            return Ok(());
        }
        self.mapping
            .check(rules, "JSON lines", |column| self.has(column))
    }
}

/// Reads events into the columns of [`EventColumns`]; buffers are reused.
#[derive(Debug)]
pub struct Events {
    known: Arc<EventColumns>,
    columns: HashMap<String, usize>,
    spellings: HashMap<String, Option<usize>, FixedState>,
    /// The names of the last event in their order: the next event mostly has the same.
    expected: Vec<(Box<str>, Option<usize>)>,
    /// Number of the name that comes next.
    next: usize,
    values: Vec<Bounds>,
    text: Vec<u8>,
}

/// Where a value stands in the text buffer; empty where there is none.
#[derive(Debug, Clone, Copy, Default)]
struct Bounds {
    start: usize,
    end: usize,
}

impl Row for Events {
    fn get(&self, column: usize) -> &[u8] {
        let bounds = self.values.get(column).copied().unwrap_or_default();
        &self.text[bounds.start..bounds.end]
    }
}

impl Events {
    /// Prepares for these columns.
    pub fn new(known: &Arc<EventColumns>) -> Self {
        let columns: HashMap<_, _> = known
            .mapping
            .header()
            .iter()
            .enumerate()
            .map(|(i, name)| (normalise(name), i))
            .collect();
        Self {
            known: Arc::clone(known),
            values: vec![Bounds::default(); columns.len()],
            columns,
            spellings: HashMap::default(),
            expected: Vec::new(),
            next: 0,
            text: Vec::new(),
        }
    }

    /// The columns it was prepared for.
    pub fn known(&self) -> &Arc<EventColumns> {
        &self.known
    }

    /// Reads one line; afterwards the values can be asked for.
    ///
    /// # Errors
    /// When the line is no JSON object.
    pub fn read(&mut self, line: &str) -> Result<(), serde_json::Error> {
        self.text.clear();
        self.values.fill(Bounds::default());
        self.next = 0;
        let mut json = serde_json::Deserializer::from_str(line);
        Object(self).deserialize(&mut json)?;
        json.end()
    }

    /// Reads the value of a message, `None` being one without; afterwards the values can be asked
    /// for.
    ///
    /// # Errors
    /// Why it is no JSON object.
    pub fn read_message(&mut self, value: Option<&[u8]>) -> Result<(), Reason> {
        let value = value.ok_or(Reason::NullValue)?;
        if value.len() > LONGEST {
            return Err(Reason::TooLong);
        }
        let text = simdutf8::basic::from_utf8(value).map_err(|_| Reason::InvalidUtf8)?;
        if memchr(0, value).is_some() {
            return Err(Reason::NulByte);
        }
        self.read(text).map_err(|_| Reason::InvalidJson)
    }

    #[inline]
    fn column(&mut self, key: &str) -> Option<usize> {
        let at = self.next;
        self.next += 1;
        if let Some((name, column)) = self.expected.get(at)
            && **name == *key
        {
            return *column;
        }
        let column = self.look_up(key);
        let found = (key.into(), column);
        match self.expected.get_mut(at) {
            Some(expected) => *expected = found,
            None if at < MAX_EXPECTED => self.expected.push(found),
            None => {}
        }
        column
    }

    fn look_up(&mut self, key: &str) -> Option<usize> {
        if let Some(known) = self.spellings.get(key) {
            return *known;
        }
        let column = self.columns.get(&normalise(key)).copied();
        if self.spellings.len() < MAX_SPELLINGS {
            self.spellings.insert(key.to_owned(), column);
        }
        column
    }

    /// Keeps a value: numbers as they are written, strings unescaped, nothing for null and
    /// for what is no scalar. Where two keys mean one column, the first that is not blank
    /// stays.
    fn set(&mut self, column: usize, raw: &str) -> Result<(), serde_json::Error> {
        let bounds = self.values[column];
        if bounds.start < bounds.end {
            return Ok(());
        }
        let text: Cow<'_, str> = match raw.as_bytes() {
            [b'"', inner @ .., b'"'] if !inner.contains(&b'\\') => {
                Cow::Borrowed(&raw[1..raw.len() - 1])
            }
            [b'"', ..] => Cow::Owned(serde_json::from_str(raw)?),
            [b'[', ..] if self.known.lines == Some(column) => Cow::Borrowed(raw),
            [b'{' | b'[', ..] | b"null" => return Ok(()),
            _ => Cow::Borrowed(raw),
        };
        if text.trim().is_empty() {
            return Ok(());
        }
        if !self.known.has(column) {
            self.known.seen[column].store(true, Ordering::Relaxed);
        }
        let start = self.text.len();
        self.text.extend_from_slice(text.as_bytes());
        self.values[column] = Bounds {
            start,
            end: self.text.len(),
        };
        Ok(())
    }
}

/// Visits one object.
struct Object<'a>(&'a mut Events);

impl<'de> DeserializeSeed<'de> for Object<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Object<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(column) = map.next_key_seed(Key(self.0))? {
            match column {
                Some(column) if !self.0.known.needed[column] && self.0.known.has(column) => {
                    map.next_value::<IgnoredAny>()?;
                }
                Some(column) => {
                    let raw: &RawValue = map.next_value()?;
                    self.0
                        .set(column, raw.get())
                        .map_err(serde::de::Error::custom)?;
                }
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// Visits one key.
struct Key<'a>(&'a mut Events);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self.0.column(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Field;

    fn value(line: &str, field: Field) -> Option<String> {
        let known = Arc::new(EventColumns::new(&Rules::default()));
        let mut events = Events::new(&known);
        events.read(line).ok()?;
        let columns = known.mapping().columns(field).iter();
        let text = columns.map(|&c| events.get(c)).find(|v| !v.is_empty());
        Some(String::from_utf8(text.unwrap_or(b"").to_vec()).expect("UTF-8"))
    }

    #[test]
    fn values_keep_their_text() {
        for (line, amount) in [
            (r#"{"amount": 1.50}"#, "1.50"),
            (r#"{"amount": "1.50"}"#, "1.50"),
            (
                r#"{"Total Price": 12345678901234.56785}"#,
                "12345678901234.56785",
            ),
            (r#"{"amount": 1e2, "other": {"amount": 5}}"#, "1e2"),
            (r#"{"amount": null, "total": 3}"#, "3"),
            (r#"{"amount": {"x": 1}}"#, ""),
            (r#"{"amount": " ", "AMOUNT": "4"}"#, "4"),
            (r#"{"\u0061mount": "5"}"#, "5"),
            ("{}", ""),
        ] {
            assert_eq!(
                value(line, Field::Amount).as_deref(),
                Some(amount),
                "{line}"
            );
        }
        let product = value(r#"{"product": "Th\u00e9 \"vert\""}"#, Field::Product);
        assert_eq!(product.as_deref(), Some("Thé \"vert\""));
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for line in [
            "",
            "1",
            "[]",
            "\"x\"",
            "{",
            "{\"a\":}",
            "{} {}",
            "{\"product\":\"\\ud800\"}",
            "null",
        ] {
            assert_eq!(value(line, Field::Product), None, "{line}");
        }
    }

    #[test]
    fn rows_do_not_see_earlier_rows() {
        let known = Arc::new(EventColumns::new(&Rules::default()));
        let mut events = Events::new(&known);
        events.read(r#"{"product": "Tea"}"#).expect("an object");
        events.read(r#"{"amount": 1}"#).expect("an object");
        assert_eq!(events.get(known.mapping().columns(Field::Product)[0]), b"");
    }
}
