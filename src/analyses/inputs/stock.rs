//! Levels of stock, from the events of a shop.

use std::sync::Arc;

use polars::prelude::{Column, DataFrame, DataType, NamedFrom, Series};
use serde::Serialize;

use super::sheet::decimals;
use crate::error::{Error, Result};
use crate::record::event::Kind;
use crate::record::{Day, Event, Mapping, Money, Reason, Row, Rules, read};
use crate::signal::Stop;
use crate::source::accept::{Accept, Position, Raw};
use crate::source::chunk::Chunk;
use crate::source::feed::Feed;
use crate::source::input::Input;

/// How many records there were: `read = levels + others + rejected`.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub struct Counts {
    /// All records.
    pub read: u64,
    /// Those that tell a level.
    pub levels: u64,
    /// Those that tell something else.
    pub others: u64,
    /// Those that are no event.
    pub rejected: u64,
}

/// The levels of all records of `inputs`, as `stock`.
///
/// # Errors
/// When an input cannot be read, or a signal came.
pub fn levels(inputs: &[Input], stop: &Stop) -> Result<(DataFrame, Counts)> {
    let rules = Rules {
        events: true,
        ..Rules::default()
    };
    let inputs: Arc<[Input]> = inputs.to_vec().into();
    let mut feed = Feed::new(inputs, Arc::new(rules.clone()), None);
    let mut levels = Levels {
        rules,
        ..Levels::default()
    };
    let mut chunk = Chunk::default();
    while feed.next(&mut chunk)? {
        stop.check()?;
        levels.counts.read += chunk.read(&mut levels)?;
    }
    let counts = levels.counts;
    Ok((levels.table()?, counts))
}

#[derive(Default)]
struct Levels {
    rules: Rules,
    counts: Counts,
    ids: Vec<Option<String>>,
    stores: Vec<Option<String>>,
    products: Vec<String>,
    categories: Vec<Option<String>>,
    times: Vec<i64>,
    levels: Vec<Option<i128>>,
    safety: Vec<Option<i128>>,
    reorder: Vec<Option<i128>>,
}

impl Levels {
    fn add(&mut self, event: &Event<'_>, minimum: Option<Money>) {
        let text =
            |bytes: &[u8]| (!bytes.is_empty()).then(|| String::from_utf8_lossy(bytes).into_owned());
        let units = |money: Option<Money>| money.map(|money| i128::from(money.units()));
        self.ids.push(text(event.id));
        self.stores.push(text(event.store));
        self.products
            .push(String::from_utf8_lossy(event.product).into_owned());
        self.categories.push(text(&event.category));
        self.times.push(event.time.micros());
        self.levels.push(units(event.stock));
        self.safety.push(units(minimum));
        self.reorder.push(units(event.reorder));
    }

    fn table(self) -> Result<DataFrame> {
        let failed = |e: polars::error::PolarsError| Error::Internal(format!("stock: {e}"));
        let days = self
            .times
            .iter()
            .map(|micros| micros.div_euclid(86_400_000_000));
        let days: Vec<i64> = days.collect();
        let keys = days.iter().map(|number| date_key(*number));
        let keys: Vec<i64> = keys.collect();
        let rows = self.times.len();
        let positions: Vec<i64> = (0..rows as i64).collect();
        let times = Series::new("event_time".into(), self.times);
        let unit = polars::prelude::TimeUnit::Microseconds;
        let times = times
            .cast(&DataType::Datetime(unit, None))
            .map_err(failed)?;
        let columns = vec![
            Column::from(Series::new("inventory_id".into(), self.ids)),
            Column::from(Series::new("store_id".into(), self.stores)),
            Column::from(Series::new("product".into(), self.products)),
            Column::from(Series::new("category".into(), self.categories)),
            Column::from(times),
            Column::from(Series::new("day_number".into(), days)),
            Column::from(Series::new("date_key".into(), keys)),
            decimals("level", self.levels.into_iter()),
            decimals("safety_stock", self.safety.into_iter()),
            decimals("reorder_point", self.reorder.into_iter()),
            Column::from(Series::new("position".into(), positions)),
        ];
        DataFrame::new(rows, columns).map_err(failed)
    }
}

/// The day as YYYYMMDD.
pub fn date_key(number: i64) -> i64 {
    let day = i32::try_from(number).ok().and_then(Day::from_number);
    let text = day.map(|day| day.to_string().replace('-', ""));
    text.and_then(|text| text.parse().ok()).unwrap_or_default()
}

impl Accept for Levels {
    fn accept(
        &mut self,
        row: &impl Row,
        mapping: &Mapping,
        _at: Position,
        _text: &[u8],
    ) -> Result<(), Reason> {
        let event = read(row, mapping, &self.rules)?;
        if event.kind != Kind::Stock {
            self.counts.others += 1;
            return Ok(());
        }
        let minimum = mapping.columns(crate::record::Field::MinimumStock);
        let minimum = crate::record::clean::first(row, minimum);
        let minimum = Money::parse(minimum, self.rules.point()).ok();
        self.add(&event, minimum);
        self.counts.levels += 1;
        Ok(())
    }

    fn reject(&mut self, _reason: Reason, _at: Position, _raw: Raw<'_>) -> Result<()> {
        self.counts.rejected += 1;
        Ok(())
    }
}
