//! Counts and sums of the cleaned lines: one query, and what its rows come to here.

use std::collections::HashMap;
use std::path::Path;

use arrow::array::RecordBatch;

use super::Session;
use super::batch::{lines, place, reason};
use super::clean::BLANK;
use super::input::Inputs;
use super::rows::Rows;
use super::slices::is_too_much;
use crate::batch::Reading;
use crate::batch::key;
use crate::batch::measures::{Cell, Line, Value};
use crate::batch::products::product_key;
use crate::batch::runs::Sums;
use crate::batch::tables::TableRuns;
use crate::error::{Error, Result};
use crate::record::{Counts, Day, Money, Total};

/// What the tables of sums may take in memory.
const IN_MEMORY: usize = 32 << 20;
/// What the records come to.
pub struct Totals {
    /// How many lines have each status.
    pub statuses: HashMap<String, u64>,
    products: Sums<Line>,
    categories: Sums<Cell>,
    stores: Sums<Cell>,
    hours: Sums<Cell>,
}

/// What one row of sums is of, as the query numbers it.
mod set {
    pub const STATUS: i64 = 0;
    pub const PRODUCT: i64 = 1;
    pub const STORE: i64 = 2;
    pub const CATEGORY: i64 = 3;
    pub const HOUR: i64 = 4;
    pub const SOURCE: i64 = 5;
}

/// Counts and sums in one pass, of which `watch` is told how many bytes are read.
///
/// # Errors
/// When the cluster is gone, or a file was changed since its lines were counted.
pub fn add_up(
    session: &Session,
    reading: &Reading,
    inputs: &Inputs,
    watch: &dyn Fn(u64),
) -> Result<Totals> {
    let dir: &Path = &reading.temp_dir;
    let mut totals = Totals::new(dir);
    if inputs.groups.is_empty() {
        return Ok(totals);
    }
    let mut found: HashMap<i64, (i64, i128)> = HashMap::new();
    let text = sums(&lines(inputs.prefix), reading.rules.dedup.len());
    let mut done = session.query_watched(&text, watch, |batch| totals.take(&batch, &mut found));
    // Keeping what is no more than an answer would take half as long again.
    if done.as_ref().is_err_and(is_too_much) {
        totals = Totals::new(dir);
        found.clear();
        let kept = format!("{}_sums", inputs.prefix);
        done = session.query_sized((&kept, true), &text, watch, |batch| {
            totals.take(&batch, &mut found)
        });
    }
    done?;
    // Files are cut anew by every query; were they cut in another way, lines would have other
    // numbers.
    for (source, expected) in &inputs.lines {
        let seen = found.get(source).copied().unwrap_or_default();
        if seen != *expected {
            let what = format!(
                "Spark read {} lines where it had counted {}; was the file changed? run again",
                seen.0, expected.0
            );
            return Err(Error::data(place(reading, *source, 1), what));
        }
    }
    Ok(totals)
}

/// The lines with their `place` among those of their key, which has so many parts; 1 where there is
/// none, and for what is rejected.
pub fn placed(lines: &str, parts: usize) -> String {
    let parts: Vec<String> = (0..parts).map(|part| format!("k{part}")).collect();
    if parts.is_empty() {
        return format!("(SELECT *, 1 AS place FROM {lines})");
    }
    let has = parts.iter().map(|part| format!("{part} IS NOT NULL"));
    let keyed = format!(
        "status IS NULL AND {}",
        has.collect::<Vec<_>>().join(" AND ")
    );
    // Apart, as otherwise all records without a key would meet in one task.
    format!(
        "(SELECT *, ROW_NUMBER() OVER (PARTITION BY {}, lap ORDER BY source, line) AS place \
         FROM {lines} WHERE {keyed} \
         UNION ALL SELECT *, 1 AS place FROM {lines} WHERE NOT ({keyed}))",
        parts.join(", ")
    )
}

/// The query of [`add_up`]; a key has so many parts.
fn sums(lines: &str, parts: usize) -> String {
    let lines = placed(lines, parts);
    let sale = "status = 'sale'";
    let sum = |value: &str| format!("SUM(CASE WHEN {value} END)");
    let wide = |value: &str| format!("CAST({value} AS DECIMAL(20, 0))");
    let is_return = "kind = 'RETURN'";
    let gross = sum(&format!(
        "{is_return} THEN {} ELSE {}",
        wide("0"),
        wide("money")
    ));
    let returned = sum(&format!(
        "{is_return} THEN {} ELSE {}",
        wide("-money"),
        wide("0")
    ));
    let returns = sum(&format!("{is_return} THEN 1L ELSE 0L"));
    format!(
        "SELECT CASE WHEN GROUPING(source) = 0 THEN {} WHEN GROUPING(product) = 0 THEN {} \
         WHEN GROUPING(store) = 0 THEN {} WHEN GROUPING(country) = 0 THEN {} \
         WHEN GROUPING(hour) = 0 THEN {} ELSE {} END AS of, \
         status, source, day, hour, product, store, store_city, category, country, \
         COUNT(*) AS records, SUM(CAST(line AS DECIMAL(20, 0))) AS lines, \
         CAST({gross} AS DECIMAL(38, 0)) AS gross, CAST({returned} AS DECIMAL(38, 0)) AS returned, \
         {returns} AS returns, CAST(SUM({}) AS DECIMAL(38, 0)) AS units, \
         CAST(SUM({}) AS DECIMAL(38, 0)) AS moved, \
         MIN(CASE WHEN kind = 'SALE' THEN money END) AS least, \
         MAX(CASE WHEN kind = 'SALE' THEN money END) AS most \
         FROM (SELECT CASE WHEN place > 1 THEN 'duplicate' WHEN status IS NOT NULL THEN status \
         WHEN kind = 'RESTOCK' THEN 'restock' ELSE 'sale' END AS status, \
         source, line, kind, day, hour, money, units, product, store, store_city, category, country \
         FROM {lines}) \
         GROUP BY GROUPING SETS ((status), (source), (status, day, product, category), \
         (status, day, store, store_city), (status, day, category, country), (status, day, hour)) \
         HAVING (GROUPING(source) = 0 OR (GROUPING(day) = 1 OR {sale}))",
        set::SOURCE,
        set::PRODUCT,
        set::STORE,
        set::CATEGORY,
        set::HOUR,
        set::STATUS,
        wide("units"),
        wide("abs(units)"),
    )
}

impl Totals {
    fn new(dir: &Path) -> Self {
        Self {
            statuses: HashMap::new(),
            products: Sums::new(IN_MEMORY, dir),
            categories: Sums::new(IN_MEMORY, dir),
            stores: Sums::new(IN_MEMORY, dir),
            hours: Sums::new(IN_MEMORY, dir),
        }
    }

    fn take(&mut self, batch: &RecordBatch, found: &mut HashMap<i64, (i64, i128)>) -> Result<()> {
        let rows = Rows::of(batch);
        let mut key = Vec::new();
        for row in 0..batch.num_rows() {
            let number = |name| Ok::<_, Error>(rows.number(name, row)?.unwrap_or_default());
            let text = |name| Ok::<_, Error>(rows.text(name, row)?.unwrap_or_default().as_bytes());
            let records = number("records")?;
            let of = number("of")?;
            if of == set::STATUS {
                let status = rows.text("status", row)?.unwrap_or_default().to_owned();
                *self.statuses.entry(status).or_default() += records.unsigned_abs();
                continue;
            }
            if of == set::SOURCE {
                let lines = rows.large("lines", row)?.unwrap_or_default();
                found.insert(number("source")?, (records, lines));
                continue;
            }
            let day = i32::try_from(number("day")?)
                .ok()
                .and_then(Day::from_number);
            let day = day.ok_or_else(|| Error::Internal("Spark sent no day".into()))?;
            let cell = cell(&rows, row, records)?;
            match of {
                set::PRODUCT => {
                    match text("category")? {
                        b"" => {
                            key.clear();
                            key.extend_from_slice(text("product")?);
                        }
                        category => product_key(&mut key, text("product")?, category),
                    }
                    self.products.value(day, &key).merge(&cell.line);
                }
                set::STORE => {
                    key::join(&mut key, text("store")?, text("store_city")?);
                    self.stores.value(day, &key).merge(&cell);
                }
                set::CATEGORY => {
                    key::join(&mut key, text("category")?, text("country")?);
                    self.categories.value(day, &key).merge(&cell);
                }
                _ => {
                    if let Some(hour) = rows.number("hour", row)? {
                        let hour = u8::try_from(hour).unwrap_or_default();
                        key::join(&mut key, &[hour], b"");
                        self.hours.value(day, &key).merge(&cell);
                    }
                }
            }
        }
        self.products.fit()?;
        self.stores.fit()?;
        self.categories.fit()?;
        self.hours.fit()
    }

    /// The tables.
    pub fn into_runs(self) -> TableRuns {
        TableRuns {
            products: self.products.into_runs(),
            categories: self.categories.into_runs(),
            stores: self.stores.into_runs(),
            plain: Vec::new(),
            hours: self.hours.into_runs(),
        }
    }
}

fn cell(rows: &Rows<'_>, row: usize, records: i64) -> Result<Cell> {
    let total = |name| {
        let units = rows.large(name, row)?;
        Ok::<_, Error>(units.map(Total::from_units))
    };
    let returns = rows.number("returns", row)?.unwrap_or_default();
    let line = Line::stated(
        total("gross")?.unwrap_or_default(),
        total("returned")?.unwrap_or_default(),
        (records - returns).unsigned_abs(),
        returns.unsigned_abs(),
        total("units")?,
    );
    let money = |name| Ok::<_, Error>(rows.number(name, row)?.and_then(Money::from_units));
    Ok(Cell {
        line,
        moved: total("moved")?.unwrap_or_default(),
        span: money("least")?.zip(money("most")?),
    })
}

/// What the statuses of the lines count for.
///
/// # Errors
/// When Spark tells a status that nobody knows.
pub fn counts(statuses: &HashMap<String, u64>) -> Result<Counts> {
    let mut counts = Counts::default();
    for (status, &count) in statuses {
        match status.as_str() {
            BLANK => continue,
            "sale" => counts.sales += count,
            "restock" => counts.non_sales += count,
            "duplicate" => counts.duplicates += count,
            name => counts.rejected[reason(name)? as usize] += count,
        }
        counts.read += count;
    }
    Ok(counts)
}
