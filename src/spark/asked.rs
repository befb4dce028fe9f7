//! Lines of which Spark cannot surely say what they are: read here, by the definition itself, and
//! brought back.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryBuilder, BooleanBuilder, Int32Builder, Int64Builder, RecordBatch, StringBuilder,
};

use super::clean::{DETAILS, Form};
use super::input::Group;
use crate::error::{Error, Result};
use crate::record::clean::{first, key};
use crate::record::{Field, Kind, Mapping, Money, Reason, Row, Rules, clean, details};
use crate::source::accept::{Accept, Position, Raw};
use crate::source::chunk::{Body, Chunk};
use crate::source::csv::Layout;
use crate::source::json::EventColumns;

/// Bytes of lines that are read here at most; more belong to an engine that reads all.
pub const MOST: usize = 64 << 20;

/// Reads lines of one group into columns as [`super::clean::Cleaning::sql`] names them.
pub struct Asked {
    rules: Rules,
    chunk: Chunk,
    body: Body,
    has_details: bool,
    keys: usize,
    rows: Columns,
    /// Where the line stands that is read now.
    place: (i64, i64),
    key: Vec<u8>,
}

#[derive(Default)]
struct Columns {
    numbers: [Int64Builder; 6],
    days: [Int32Builder; 2],
    value: BinaryBuilder,
    clock: BooleanBuilder,
    texts: Vec<StringBuilder>,
    details: Vec<StringBuilder>,
    keys: Vec<StringBuilder>,
}

/// The columns of numbers, in the order of their builders.
const NUMBERS: [&str; 6] = ["source", "line", "micros", "money", "units", "unit_price"];
/// The columns of small numbers.
const SMALL: [&str; 2] = ["day", "hour"];
/// The columns of texts.
const TEXTS: [&str; 7] = [
    "status",
    "kind",
    "product",
    "store",
    "store_city",
    "category",
    "country",
];

impl Asked {
    /// Reads lines as those of `group`.
    pub fn new(group: &Group, rules: &Rules, has_details: bool) -> Self {
        let body = match group.form {
            Form::Csv(delimiter) => Body::Csv(Arc::new(Layout {
                delimiter,
                mapping: group.mapping.clone(),
            })),
            Form::Json | Form::Columns => {
                let fields: Vec<Field> = Field::all().collect();
                Body::Json(Arc::new(EventColumns::of(rules, &fields)))
            }
        };
        let builders = |count| (0..count).map(|_| StringBuilder::new()).collect();
        let keys = group.mapping.key().len();
        let rows = Columns {
            texts: builders(TEXTS.len()),
            details: builders(if has_details { DETAILS.len() } else { 0 }),
            keys: builders(if keys > 0 { keys + 1 } else { 0 }),
            ..Columns::default()
        };
        Self {
            rules: rules.clone(),
            chunk: Chunk::default(),
            body,
            has_details,
            keys,
            rows,
            place: (0, 0),
            key: Vec::new(),
        }
    }

    /// Reads one line.
    ///
    /// # Errors
    /// None that the line could bring about.
    pub fn read(&mut self, source: i64, line: i64, value: &[u8]) -> Result<()> {
        let mut chunk = std::mem::take(&mut self.chunk);
        self.place = (source, line);
        chunk.text.clear();
        chunk.text.extend_from_slice(value);
        chunk.body = self.body.clone();
        let read = chunk.read(self);
        self.chunk = chunk;
        match read? {
            1 => Ok(()),
            _ => Err(Error::Internal(format!(
                "line {line} is not one record here"
            ))),
        }
    }

    /// The names of members that lines of JSON had.
    pub fn names(&self) -> Vec<String> {
        match &self.body {
            Body::Json(columns) => columns.seen(),
            _ => Vec::new(),
        }
    }

    /// What was read.
    ///
    /// # Errors
    /// None that could happen.
    pub fn finish(mut self) -> Result<RecordBatch> {
        let mut columns: Vec<(String, ArrayRef)> = Vec::new();
        let rows = &mut self.rows;
        for (name, builder) in NUMBERS.iter().zip(&mut rows.numbers) {
            if *name != "unit_price" || self.has_details {
                columns.push(((*name).to_owned(), Arc::new(builder.finish())));
            }
        }
        for (name, builder) in SMALL.iter().zip(&mut rows.days) {
            columns.push(((*name).to_owned(), Arc::new(builder.finish())));
        }
        columns.push(("value".to_owned(), Arc::new(rows.value.finish())));
        columns.push(("clock".to_owned(), Arc::new(rows.clock.finish())));
        for (name, builder) in TEXTS.iter().zip(&mut rows.texts) {
            columns.push(((*name).to_owned(), Arc::new(builder.finish())));
        }
        for ((name, _), builder) in DETAILS.iter().zip(&mut rows.details) {
            columns.push(((*name).to_owned(), Arc::new(builder.finish())));
        }
        for (at, builder) in rows.keys.iter_mut().enumerate() {
            let name = match at {
                at if at == self.keys => "lap".to_owned(),
                at => format!("k{at}"),
            };
            columns.push((name, Arc::new(builder.finish())));
        }
        let columns = columns
            .iter()
            .map(|(name, column)| (name, Arc::clone(column), true));
        RecordBatch::try_from_iter_with_nullable(columns)
            .map_err(|e| Error::Internal(format!("lines that were read here: {e}")))
    }

    /// The texts of the key and the lap, as the definition reads them.
    fn keys(&mut self, row: &impl Row, mapping: &Mapping) {
        if self.keys == 0 {
            return;
        }
        let has_key = key(row, mapping, &mut self.key);
        for (part, builder) in mapping.key().iter().zip(&mut self.rows.keys) {
            let mut columns = part
                .iter()
                .filter(|column| !first(row, &[**column]).is_empty());
            let value = columns.next().filter(|_| has_key);
            builder.append_option(value.map(|column| lossy(row.get(*column))));
        }
        if let Some(builder) = self.rows.keys.last_mut() {
            let laps = mapping.lap().iter().map(|&column| row.get(column));
            let laps: Vec<u8> = laps.filter(|lap| *lap != b"0").flatten().copied().collect();
            builder.append_value(lossy(&laps));
        }
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

impl Accept for Asked {
    fn accept(
        &mut self,
        row: &impl Row,
        mapping: &Mapping,
        _: Position,
        _: &[u8],
    ) -> Result<(), Reason> {
        let sale = clean(row, mapping, &self.rules)?;
        let more = details(row, mapping, &self.rules, sale.kind);
        let text = |field| first(row, mapping.columns(field));
        let price = Money::parse(text(Field::UnitPrice), self.rules.point()).ok();
        let numbers = [
            Some(self.place.0),
            Some(self.place.1),
            Some(sale.time.micros()),
            Some(sale.money.units()),
            more.units.map(Money::units),
            price.map(Money::units),
        ];
        for (builder, number) in self.rows.numbers.iter_mut().zip(numbers) {
            builder.append_option(number);
        }
        let hour = sale.clock.then(|| i32::from(sale.time.hour()));
        let [day, hours] = &mut self.rows.days;
        day.append_value(sale.time.day().number());
        hours.append_option(hour);
        self.rows.value.append_null();
        self.rows.clock.append_value(sale.clock);
        let kind: &[u8] = match sale.kind {
            Kind::Sale => b"SALE",
            Kind::Return => b"RETURN",
            Kind::Restock => b"RESTOCK",
        };
        let texts = [
            kind,
            sale.product,
            more.store,
            more.store_city,
            more.category,
            more.country,
        ];
        let mut builders = self.rows.texts.iter_mut();
        if let Some(status) = builders.next() {
            status.append_null();
        }
        for (builder, text) in builders.zip(texts) {
            builder.append_value(lossy(text));
        }
        for ((_, field), builder) in DETAILS.iter().zip(&mut self.rows.details) {
            builder.append_value(lossy(text(*field)));
        }
        self.keys(row, mapping);
        Ok(())
    }

    fn reject(&mut self, reason: Reason, _: Position, raw: Raw<'_>) -> Result<()> {
        for (at, builder) in self.rows.numbers.iter_mut().enumerate() {
            builder.append_option([self.place.0, self.place.1].get(at).copied());
        }
        self.rows
            .days
            .iter_mut()
            .for_each(Int32Builder::append_null);
        self.rows.value.append_value(raw.bytes);
        self.rows.clock.append_null();
        let mut builders = self.rows.texts.iter_mut();
        if let Some(status) = builders.next() {
            status.append_value(reason.name());
        }
        let rest = builders
            .chain(&mut self.rows.details)
            .chain(&mut self.rows.keys);
        rest.for_each(StringBuilder::append_null);
        Ok(())
    }
}
