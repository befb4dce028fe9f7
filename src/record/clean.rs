//! The one definition of cleaning: from a raw record to a sale or a reason.
//!
//! Rule: "Cleaning" in the contract's section on the record. Batch, stream and ingest call
//! [`clean`]; it borrows from the record and allocates nothing.

use crate::record::field::Field;
use crate::record::mapping::{Mapping, Rules};
use crate::record::money::{Money, NotMoney};
use crate::record::reject::Reason;
use crate::record::time::Time;

/// A raw record: bytes by column, UTF-8, as they are written (but for CSV's own quoting).
pub trait Row {
    /// The value of a column; empty where the record has none.
    fn get(&self, column: usize) -> &[u8];
}

/// What kind of record it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Something was sold.
    Sale,
    /// Something came back: its money is negative.
    Return,
    /// The shelf was filled: accepted, but it makes no group, window or figure.
    Restock,
}

/// A cleaned record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sale<'a> {
    /// Trimmed, case kept, `UNKNOWN` where it was blank; UTF-8.
    pub product: &'a [u8],
    /// Event time.
    pub time: Time,
    /// Whether the time was written with a clock time, not as a bare date.
    pub clock: bool,
    /// m(r): what the record adds to revenue; zero for a restock.
    pub money: Money,
    /// Sale, return or restock.
    pub kind: Kind,
}

/// The product of records that name none.
pub const UNKNOWN_PRODUCT: &[u8] = b"UNKNOWN";

/// Cleans one record.
///
/// # Errors
/// The [`Reason`] to reject it.
pub fn clean<'a>(row: &'a impl Row, mapping: &Mapping, rules: &Rules) -> Result<Sale<'a>, Reason> {
    let (time, clock) = time(row, mapping, rules)?;
    let declared = kind(first(row, mapping.columns(Field::TransactionType)))?;
    let product = product(row, mapping)?;
    if declared == Kind::Restock {
        return Ok(Sale {
            product,
            time,
            clock,
            money: Money::ZERO,
            kind: declared,
        });
    }
    let amount = amount(row, mapping, rules.point())?;
    let (money, kind) = if declared == Kind::Return || amount.is_negative() {
        (-amount.abs(), Kind::Return)
    } else {
        (amount, Kind::Sale)
    };
    Ok(Sale {
        product,
        time,
        clock,
        money,
        kind,
    })
}

/// The cleaned product, which needs no other field to be sound.
///
/// # Errors
/// The [`Reason`] to reject the record.
pub fn product<'a>(row: &'a impl Row, mapping: &Mapping) -> Result<&'a [u8], Reason> {
    match first(row, mapping.columns(Field::Product)) {
        b"" => Ok(UNKNOWN_PRODUCT),
        // Escaped in JSON it gets past whoever looks at bytes, and few stores can hold it.
        product if product.contains(&0) => Err(Reason::NulByte),
        product => Ok(product),
    }
}

/// Writes the record's key to `key` and says whether it has one: a record of which any part
/// of the key is blank is never a duplicate, lest unrelated records be taken for one.
pub fn key(row: &impl Row, mapping: &Mapping, key: &mut Vec<u8>) -> bool {
    key.clear();
    for columns in mapping.key() {
        let values = columns.iter().map(|&column| row.get(column));
        let Some(value) = values.into_iter().find(|v| !trim(v).is_empty()) else {
            return false;
        };
        // The length first, so that ("ab", "c") and ("a", "bc") differ.
        key.extend_from_slice(&(value.len() as u64).to_le_bytes());
        key.extend_from_slice(value);
    }
    if key.is_empty() {
        return false;
    }
    // The same sale in another lap of a replay is another sale. The first lap of a loop is as a
    // replay without one.
    let laps = mapping.lap().iter().map(|&column| row.get(column));
    for lap in laps.filter(|lap| *lap != b"0") {
        key.extend_from_slice(lap);
    }
    true
}

/// The event time, and whether it was written with a clock time.
pub(super) fn time(
    row: &impl Row,
    mapping: &Mapping,
    rules: &Rules,
) -> Result<(Time, bool), Reason> {
    let mut reason = Reason::MissingTime;
    for &column in mapping.columns(Field::Time) {
        let text = trim(row.get(column));
        if text.is_empty() {
            continue;
        }
        let by_format = rules.date_format.as_ref().and_then(|format| {
            let time = format.parse(std::str::from_utf8(text).ok()?)?;
            Some((time, format.has_clock()))
        });
        let iso = || Some((Time::parse_iso(text)?, Time::iso_has_clock(text)));
        let order = || rules.events.then(|| Some((order_time(text)?, true)))?;
        if let Some(found) = by_format.or_else(iso).or_else(order) {
            return Ok(found);
        }
        reason = Reason::BadTime;
    }
    Err(reason)
}

/// `12/31/2025, 23:05:09`, month first: the one form of an order's `created_at`, which nothing else
/// is taken for.
fn order_time(text: &[u8]) -> Option<Time> {
    let [
        m,
        mm,
        b'/',
        d,
        dd,
        b'/',
        y,
        yy,
        yyy,
        yyyy,
        b',',
        b' ',
        clock @ ..,
    ] = text
    else {
        return None;
    };
    let mut iso = [
        *y, *yy, *yyy, *yyyy, b'-', *m, *mm, b'-', *d, *dd, b'T', 0, 0, 0, 0, 0, 0, 0, 0,
    ];
    iso[11..].copy_from_slice(<&[u8; 8]>::try_from(clock).ok()?);
    Time::parse_iso(&iso)
}

/// `text`, if it is the time of an order, so many days later and written in the same way.
pub fn shift_order_time(text: &str, days: i32) -> Option<String> {
    let iso = order_time(text.as_bytes())?.plus_days(days)?.to_string();
    let (date, clock) = iso.trim_end_matches('Z').split_once('T')?;
    let [year, month, day]: [&str; 3] = date.split('-').collect::<Vec<_>>().try_into().ok()?;
    Some(format!("{month}/{day}/{year}, {clock}"))
}

fn kind(text: &[u8]) -> Result<Kind, Reason> {
    match text {
        b"" => Ok(Kind::Sale),
        t if t.eq_ignore_ascii_case(b"SALE") || t.eq_ignore_ascii_case(b"PURCHASE") => {
            Ok(Kind::Sale)
        }
        t if t.eq_ignore_ascii_case(b"RETURN") => Ok(Kind::Return),
        t if t.eq_ignore_ascii_case(b"RESTOCK") => Ok(Kind::Restock),
        _ => Err(Reason::UnknownType),
    }
}

pub(super) fn amount(row: &impl Row, mapping: &Mapping, point: u8) -> Result<Money, Reason> {
    let mut reason = Reason::MissingAmount;
    for &column in mapping.columns(Field::Amount) {
        let text = trim(row.get(column));
        if text.is_empty() {
            continue;
        }
        match Money::parse(text, point) {
            Ok(money) => return Ok(money),
            Err(NotMoney::Range) => return Err(Reason::AmountOutOfRange),
            Err(NotMoney::Syntax) => reason = Reason::BadAmount,
        }
    }
    let quantity = first(row, mapping.columns(Field::Quantity));
    let price = first(row, mapping.columns(Field::UnitPrice));
    if quantity.is_empty() || price.is_empty() {
        return Err(reason);
    }
    Money::product(quantity, price, point).map_err(|why| match why {
        NotMoney::Syntax => Reason::BadAmount,
        NotMoney::Range => Reason::AmountOutOfRange,
    })
}

/// The first value that is not blank, trimmed.
#[inline]
pub(crate) fn first<'a>(row: &'a impl Row, columns: &[usize]) -> &'a [u8] {
    for &column in columns {
        let value = trim(row.get(column));
        if !value.is_empty() {
            return value;
        }
    }
    b""
}

/// Without white space at either end, also beyond ASCII (no-break spaces are common).
#[inline]
fn trim(text: &[u8]) -> &[u8] {
    match (text.first(), text.last()) {
        (None, _) => text,
        (Some(a), Some(b)) if a.is_ascii_graphic() && b.is_ascii_graphic() => text,
        _ => trim_blanks(text),
    }
}

#[inline(never)]
fn trim_blanks(text: &[u8]) -> &[u8] {
    let text = text.trim_ascii();
    match (text.first(), text.last()) {
        (Some(a), Some(b)) if !(a.is_ascii() && b.is_ascii()) => {
            std::str::from_utf8(text).map_or(text, |text| text.trim().as_bytes())
        }
        _ => text,
    }
}

#[cfg(test)]
mod tests;
