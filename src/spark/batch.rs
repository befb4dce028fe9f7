//! The reading half of batch on a cluster: Spark reads, cleans and adds up; the sums come here.

use std::cell::Cell;
use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, Int64Array, RecordBatch, StringArray};

use super::asked::{self, Asked};
use super::clean::{ASK, BLANK, COLUMNS, DETAILS};
use super::input::{DATES, Inputs};
use super::rows::Rows;
use super::slices::is_large;
use super::sums::{add_up, counts};
use super::{Session, plan};
use crate::analyses::lines::Told;
use crate::batch::Reading;
use crate::batch::read::Read;
use crate::error::{Error, Result};
use crate::record::field::normalise;
use crate::record::{Field, Reason};
use crate::source::accept::Raw;
use crate::source::collect::{Collector, Early, Report, SAMPLE};
use crate::source::reject::{self, Spot};

/// How often the input is read: once to number its lines, once for what they hold.
const PASSES: u64 = 2;
/// Characters of a rejected record that a message shows.
const EXAMPLE: usize = 80;
/// What is kept of a record that is too long.
const HEAD: usize = 64 << 10;
/// What the views of the input begin with.
pub const INPUT: &str = "retail";
/// The same of live events.
pub const LIVE: &str = "retail_live";

/// The view of all cleaned lines.
pub fn lines(prefix: &str) -> String {
    format!("{prefix}_lines")
}

/// Reads all inputs into views that begin with `prefix`, with `details` where the analyses ask for
/// them; rejects go, as JSON lines, to `rejects`, which is given back.
///
/// # Errors
/// When the cluster cannot read an input or is gone, rejects cannot be written, or a signal came.
pub fn read<W: Write + Send>(
    session: &Session,
    reading: &Reading,
    (prefix, details): (&'static str, bool),
    rejects: W,
    progress: &(dyn Fn(u64) + Sync),
) -> Result<(Read, W)> {
    let bytes = reading.inputs.iter().map(|input| input.entry.len).sum();
    let gauge = Gauge::new(bytes, progress);
    let mut inputs = Inputs::open(session, reading, prefix, &|read| gauge.pass(0, read))?;
    bring_dates(session, reading, &inputs)?;
    name_lines(session, reading, &inputs, details, false)?;
    let second = |read| gauge.pass(1, read);
    let mut sums = add_up(session, reading, &inputs, &second)?;
    let mut asked = Vec::new();
    if sums.statuses.get(ASK).is_some_and(|count| *count > 0) {
        asked = bring_asked(session, reading, &inputs, details)?;
        name_lines(session, reading, &inputs, details, true)?;
        sums = add_up(session, reading, &inputs, &second)?;
    }
    note_json(reading, &mut inputs, &asked)?;
    let counts = counts(&sums.statuses)?;
    let paths = reading
        .inputs
        .iter()
        .map(|input| input.path.clone())
        .collect();
    let collector = Collector::new(paths, rejects, reading.check);
    if counts.all_rejected() > 0 {
        report(session, reading, &inputs, &collector)?;
    }
    let read = Read {
        counts,
        runs: sums.into_runs(),
        mapping: inputs.mapping,
        told: Told::default(),
        lines: Vec::new(),
    };
    gauge.pass(PASSES, 0);
    Ok((read, collector.finish()?))
}

/// Tells how far the passes over the input are, in bytes of it that have been taken up.
struct Gauge<'a> {
    bytes: u64,
    told: Cell<u64>,
    progress: &'a (dyn Fn(u64) + Sync),
}

impl<'a> Gauge<'a> {
    fn new(bytes: u64, progress: &'a (dyn Fn(u64) + Sync)) -> Self {
        Self {
            bytes,
            told: Cell::new(0),
            progress,
        }
    }

    /// So much has been read in a pass, after so many whole ones.
    fn pass(&self, whole: u64, read: u64) {
        let all = whole.saturating_mul(self.bytes) + read.min(self.bytes);
        let more = (all / PASSES).saturating_sub(self.told.get());
        if more > 0 {
            self.told.set(self.told.get() + more);
            (self.progress)(more);
        }
    }
}

/// Reads what the `--date-format` is to read: here, every text once, as no format of Spark's is
/// the same as one of strftime.
fn bring_dates(session: &Session, reading: &Reading, inputs: &Inputs) -> Result<()> {
    let Some(format) = &reading.rules.date_format else {
        return Ok(());
    };
    let (mut texts, mut micros, mut bytes) = (Vec::new(), Vec::new(), 0);
    for group in &inputs.groups {
        if group.mapping.columns(Field::Time).is_empty() {
            continue;
        }
        let text = group.cleaning(reading, false).times(&group.view);
        session.query(&text, |batch| {
            let rows = Rows::of(&batch);
            for row in 0..batch.num_rows() {
                let text = rows.text("text", row)?.unwrap_or_default();
                let Some(time) = format.parse(text) else {
                    continue;
                };
                bytes += text.len() + size_of::<i64>();
                if bytes > asked::MOST {
                    let what = format!(
                        "the input has more different times in --date-format {} than Spark can be \
                         told; take --engine local",
                        format.as_str()
                    );
                    return Err(Error::data("--engine spark", what));
                }
                texts.push(text.to_owned());
                micros.push(time.micros());
            }
            Ok(())
        })?;
    }
    let clock = vec![format.has_clock(); texts.len()];
    let columns: [(&str, ArrayRef); 3] = [
        ("text", Arc::new(StringArray::from(texts))),
        ("micros", Arc::new(Int64Array::from(micros))),
        ("clock", Arc::new(BooleanArray::from(clock))),
    ];
    let rows = RecordBatch::try_from_iter(columns).map_err(|e| Error::Internal(e.to_string()))?;
    session.bring(&format!("{DATES}_all"), &rows)?;
    // Several groups of files may tell the same.
    let once = format!("SELECT DISTINCT text, micros, clock FROM {DATES}_all");
    session.name(DATES, plan::sql(&once))
}

/// Names the view of all cleaned lines; with those that were read here in place of their own.
fn name_lines(
    session: &Session,
    reading: &Reading,
    inputs: &Inputs,
    details: bool,
    is_asked: bool,
) -> Result<()> {
    let mut names: Vec<String> = COLUMNS.iter().map(|name| (*name).to_owned()).collect();
    if details {
        names.push("unit_price".to_owned());
        names.extend(DETAILS.iter().map(|(name, _)| (*name).to_owned()));
    }
    let parts = reading.rules.dedup.len();
    names.extend((0..parts).map(|part| format!("k{part}")));
    if parts > 0 {
        names.push("lap".to_owned());
    }
    let (all, names) = (names.join(", "), names);
    let mut texts = Vec::new();
    for (at, group) in inputs.groups.iter().enumerate() {
        let view = format!("{}_cleaned_{at}", inputs.prefix);
        let text = group.cleaning(reading, details).sql(&group.view);
        session.name(&view, plan::sql(&text))?;
        match is_asked {
            false => texts.push(format!("SELECT {all} FROM {view}")),
            true => {
                let own = format!("SELECT {all} FROM {view} WHERE NOT status <=> '{ASK}'");
                texts.push(own);
                texts.push(format!("SELECT {all} FROM {}_asked_{at}", inputs.prefix));
            }
        }
    }
    if texts.is_empty() {
        texts.push(format!("SELECT {} WHERE FALSE", nothing(&names)));
    }
    session.name(&lines(inputs.prefix), plan::sql(&texts.join(" UNION ALL ")))
}

/// Columns of these names that hold nothing.
fn nothing(names: &[String]) -> String {
    let kind = |name: &str| match name {
        "source" | "line" | "micros" | "money" | "units" | "unit_price" => "BIGINT",
        "day" | "hour" => "INT",
        "value" => "BINARY",
        "clock" => "BOOLEAN",
        _ => "STRING",
    };
    let columns = names
        .iter()
        .map(|name| format!("CAST(NULL AS {}) AS {name}", kind(name)));
    columns.collect::<Vec<_>>().join(", ")
}

/// Reads here what Spark is not sure of; gives the names of members that it found, by group.
fn bring_asked(
    session: &Session,
    reading: &Reading,
    inputs: &Inputs,
    details: bool,
) -> Result<Vec<Vec<String>>> {
    let mut names = Vec::new();
    for (at, group) in inputs.groups.iter().enumerate() {
        let mut asked = Asked::new(group, &reading.rules, details);
        let text = format!(
            "SELECT source, line, value FROM {}_cleaned_{at} WHERE status = '{ASK}'",
            inputs.prefix
        );
        let mut bytes = 0;
        session.query(&text, |batch| {
            let rows = Rows::of(&batch);
            for row in 0..batch.num_rows() {
                let source = rows.number("source", row)?.unwrap_or_default();
                let line = rows.number("line", row)?.unwrap_or_default();
                let value = rows.bytes("value", row)?;
                bytes += value.len();
                if bytes > asked::MOST {
                    let what = "and many other records are written in a way that Spark is not sure \
                                to read as retail does; take --engine local";
                    return Err(Error::data(place(reading, source, line), what));
                }
                asked.read(source, line, value)?;
            }
            Ok(())
        })?;
        names.push(asked.names());
        session.bring(&format!("{}_asked_{at}", inputs.prefix), &asked.finish()?)?;
    }
    Ok(names)
}

pub(super) fn place(reading: &Reading, source: i64, line: i64) -> String {
    let input = usize::try_from(source)
        .ok()
        .and_then(|at| reading.inputs.get(at));
    let path = input.map_or("input", |input| input.path.as_str());
    format!("{path}:{line}")
}

pub(super) fn reason(name: &str) -> Result<Reason> {
    let mut all = Reason::ALL.into_iter();
    let found = all.find(|reason| reason.name() == name);
    found.ok_or_else(|| Error::Internal(format!("Spark rejects for {name}, which is no reason")))
}

/// Keeps the rejects, in the order of the input, and looks at the first records of every source.
fn report<W: Write>(
    session: &Session,
    reading: &Reading,
    inputs: &Inputs,
    collector: &Collector<W>,
) -> Result<()> {
    let lines = lines(inputs.prefix);
    let records = records_of(session, &lines)?;
    let mut sequence = 0;
    let mut report = Report::default();
    let mut blanks = 0;
    let mut current = None;
    let begins: HashMap<i64, i64> = inputs.begins();
    let whole = inputs.whole();
    let firsts = firsts(session, &lines, &whole)?;
    // Blank lines come along near the beginning, as they are not counted among the first records.
    let text = format!(
        "SELECT source, line, status, value FROM {lines} \
         WHERE status <> '{BLANK}' OR (status = '{BLANK}' AND line < 100000) ORDER BY source, line"
    );
    let name = format!("{}_rejects", inputs.prefix);
    let size = (name.as_str(), is_large(&reading.inputs));
    session.query_sized(size, &text, &|_| (), |batch| {
        let rows = Rows::of(&batch);
        for row in 0..batch.num_rows() {
            let source = rows.number("source", row)?.unwrap_or_default();
            let line = rows.number("line", row)?.unwrap_or_default();
            let status = rows.text("status", row)?.unwrap_or_default();
            if current.replace(source) != Some(source) {
                if report.records > 0 {
                    collector.last(sequence, std::mem::take(&mut report))?;
                    sequence += 1;
                }
                blanks = 0;
                report.source = usize::try_from(source).unwrap_or_default();
                report.records = records.get(&source).copied().unwrap_or_default();
            }
            if status == BLANK {
                blanks += 1;
                continue;
            }
            let reason = reason(status)?;
            let value = rows.bytes("value", row)?;
            let value = value.strip_suffix(b"\r").unwrap_or(value);
            let head = match reason {
                Reason::TooLong => value.get(..HEAD).unwrap_or(value),
                _ => value,
            };
            let raw = Raw {
                length: value.len() as u64,
                ..Raw::whole(head)
            };
            let path = reading
                .inputs
                .get(report.source)
                .map_or("input", |i| i.path.as_str());
            let line = line.unsigned_abs();
            reject::write_line(&mut report.rejects, Spot::line(path, line), reason, raw);
            let first = begins.get(&source).copied().unwrap_or(1).unsigned_abs();
            let record = match whole.contains(&source) {
                true => firsts.get(&(source, line)).copied().unwrap_or(u64::MAX),
                false => line.saturating_sub(first + blanks),
            };
            if Report::is_early(record) {
                let known = report.early.iter().any(|e| e.reason == reason);
                report.early.push(Early {
                    record,
                    reason,
                    example: (!known).then(|| (line, reject::excerpt(raw, EXAMPLE))),
                });
            }
            if report.rejects.len() >= HEAD << 4 {
                collector.part(sequence, &mut report)?;
            }
        }
        Ok(())
    })?;
    match current {
        Some(_) => collector.last(sequence, report),
        None => Ok(()),
    }
}

/// Of sources in which records have several lines, the numbers of the first records by source and
/// line: elsewhere the line tells it.
fn firsts(session: &Session, lines: &str, whole: &[i64]) -> Result<HashMap<(i64, u64), u64>> {
    let mut firsts = HashMap::new();
    if whole.is_empty() {
        return Ok(firsts);
    }
    let sources: Vec<String> = whole.iter().map(ToString::to_string).collect();
    let text = format!(
        "SELECT source, line, CAST(at AS BIGINT) AS at FROM (SELECT source, line, \
         row_number() OVER (PARTITION BY source ORDER BY line) AS at FROM {lines} \
         WHERE source IN ({}) AND NOT status <=> '{BLANK}') WHERE at <= {SAMPLE}",
        sources.join(", "),
    );
    session.query(&text, |batch| {
        let rows = Rows::of(&batch);
        for row in 0..batch.num_rows() {
            let source = rows.number("source", row)?.unwrap_or_default();
            let line = rows.number("line", row)?.unwrap_or_default().unsigned_abs();
            let at = rows.number("at", row)?.unwrap_or(1).unsigned_abs();
            firsts.insert((source, line), at - 1);
        }
        Ok(())
    })?;
    Ok(firsts)
}

/// How many records every source has.
fn records_of(session: &Session, lines: &str) -> Result<HashMap<i64, u64>> {
    let text = format!(
        "SELECT source, COUNT(*) AS records FROM {lines} \
         WHERE status IS NULL OR status <> '{BLANK}' GROUP BY source"
    );
    let mut records = HashMap::new();
    session.query(&text, |batch| {
        let rows = Rows::of(&batch);
        for row in 0..batch.num_rows() {
            let source = rows.number("source", row)?.unwrap_or_default();
            let count = rows.number("records", row)?.unwrap_or_default();
            records.insert(source, count.unsigned_abs());
        }
        Ok(())
    })?;
    Ok(records)
}

/// Notes which columns JSON lines had; `asked` had these besides.
fn note_json(reading: &Reading, inputs: &mut Inputs, asked: &[Vec<String>]) -> Result<()> {
    for (at, group) in inputs.groups.iter().enumerate() {
        let Some(names) = group.names() else {
            continue;
        };
        let more = asked.get(at).into_iter().flatten();
        let names = names
            .iter()
            .cloned()
            .chain(more.map(|name| normalise(name)));
        let described = group.described(reading, &names.collect())?;
        for (field, columns) in described {
            let known = inputs
                .mapping
                .entry(field)
                .or_insert_with(|| columns.clone());
            if !known.split(" or ").any(|one| one == columns) {
                *known = format!("{known} or {columns}");
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[test]
    fn progress_never_goes_back_and_comes_to_every_byte_once() {
        let told = AtomicU64::new(0);
        let progress = |more| {
            told.fetch_add(more, Ordering::Relaxed);
        };
        let gauge = Gauge::new(1_001, &progress);
        // A second group of files begins with nothing; with compressed ones Spark reads more.
        for (whole, read, expected) in [
            (0, 400, 200),
            (0, 10, 200),
            (0, 9_999, 500),
            (1, 1, 501),
            (PASSES, 0, 1_001),
            (PASSES, 0, 1_001),
        ] {
            gauge.pass(whole, read);
            assert_eq!(told.load(Ordering::Relaxed), expected, "{whole} {read}");
        }
    }
}
