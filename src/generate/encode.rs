//! Rows as CSV and JSON lines, written into reused buffers without allocation.

use super::calendar::Day;
use super::row::{More, Promotion, Row};
use super::{Format, Profile};

/// What is wrong with a malformed row. Each kind is rejected by every reading of the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Damage {
    /// Neither the amount nor the quantity is a number.
    Amount,
    /// No time column holds a time.
    Time,
    /// CSV: more fields than the header. JSON: cut in the middle.
    Shape,
    /// The transaction type is none. Standard profile only.
    Type,
}

/// A text where a time should stand.
const NO_TIME: &[u8] = b"unknown";
/// Columns of the classic profile.
pub(crate) const CLASSIC: [&str; 8] = [
    "order_id",
    "order_date",
    "store_id",
    "store_city",
    "product",
    "quantity",
    "unit_price",
    "amount",
];
/// Further columns of the standard profile.
pub(crate) const FURTHER: [&str; 8] = [
    "order_time",
    "customer_id",
    "category",
    "transaction_type",
    "payment_method",
    "country",
    "promotion_id",
    "original_order_id",
];

/// What a file begins with, or a stream of all days: the header of CSV, nothing otherwise.
pub fn header(profile: Profile, format: Format) -> Vec<u8> {
    match (format, profile) {
        (Format::Csv, Profile::Classic) => format!("{}\r\n", CLASSIC.join(",")),
        (Format::Csv, Profile::Standard) => {
            format!("{},{}\n", CLASSIC.join(","), FURTHER.join(","))
        }
        (Format::Jsonl | Format::Parquet, _) => String::new(),
    }
    .into_bytes()
}

/// Appends the row as a line of CSV. The classic profile ends its lines with CR LF.
#[inline]
pub fn csv(row: &Row<'_>, damage: Option<Damage>, out: &mut Vec<u8>) {
    order_id(row.day, row.seq, out);
    out.push(b',');
    date(row.day, damage, out);
    for text in [row.store_id, row.store_city, row.product] {
        field(text, out);
    }
    out.push(b',');
    if damage == Some(Damage::Amount) {
        out.push(b'?');
    } else {
        integer(u64::from(row.quantity), out);
    }
    out.push(b',');
    cents(u64::from(row.unit_price), out);
    out.push(b',');
    if damage == Some(Damage::Amount) {
        out.extend_from_slice(b"N/A");
    } else {
        cents(row.amount(), out);
    }
    if let Some(more) = &row.more {
        out.push(b',');
        time(row.day, more, damage, out);
        out.push(b',');
        customer_id(more.customer, out);
        field(more.category, out);
        field(transaction_type(more, damage), out);
        field(more.payment, out);
        field(more.country, out);
        out.push(b',');
        if let Some(promotion) = &more.promotion {
            promotion_id(promotion, out);
        }
        out.push(b',');
        if let Some((day, seq)) = more.reverses {
            order_id(day, seq, out);
        }
    }
    if damage == Some(Damage::Shape) {
        out.extend_from_slice(b",surplus,surplus");
    }
    if row.more.is_none() {
        out.push(b'\r');
    }
    out.push(b'\n');
}

/// Appends the row as a line of JSON: the names of the CSV, numbers as numbers, and nothing
/// for what is not there.
pub fn json(row: &Row<'_>, damage: Option<Damage>, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"order_id\":\"");
    order_id(row.day, row.seq, out);
    out.extend_from_slice(b"\",\"order_date\":\"");
    date(row.day, damage, out);
    if damage == Some(Damage::Shape) {
        out.extend_from_slice(b"\",\"store_id\n");
        return;
    }
    text("\",\"store_id\":\"", row.store_id, out);
    text("\",\"store_city\":\"", row.store_city, out);
    text("\",\"product\":\"", row.product, out);
    out.extend_from_slice(b"\",\"quantity\":");
    if damage == Some(Damage::Amount) {
        out.extend_from_slice(b"\"?\"");
    } else {
        integer(u64::from(row.quantity), out);
    }
    out.extend_from_slice(b",\"unit_price\":");
    cents(u64::from(row.unit_price), out);
    out.extend_from_slice(b",\"amount\":");
    if damage == Some(Damage::Amount) {
        out.extend_from_slice(b"\"N/A\"");
    } else {
        cents(row.amount(), out);
    }
    if let Some(more) = &row.more {
        out.extend_from_slice(b",\"order_time\":\"");
        time(row.day, more, damage, out);
        out.extend_from_slice(b"\",\"customer_id\":\"");
        customer_id(more.customer, out);
        text("\",\"category\":\"", more.category, out);
        let kind = transaction_type(more, damage);
        text("\",\"transaction_type\":\"", kind, out);
        text("\",\"payment_method\":\"", more.payment, out);
        text("\",\"country\":\"", more.country, out);
        if let Some(promotion) = &more.promotion {
            out.extend_from_slice(b"\",\"promotion_id\":\"");
            promotion_id(promotion, out);
        }
        if let Some((day, seq)) = more.reverses {
            out.extend_from_slice(b"\",\"original_order_id\":\"");
            order_id(day, seq, out);
        }
        out.push(b'"');
    }
    out.extend_from_slice(b"}\n");
}

/// The type as the row says it.
pub(crate) fn transaction_type(more: &More<'_>, damage: Option<Damage>) -> &'static str {
    match (damage, more.reverses) {
        (Some(Damage::Type), _) => "VOID",
        (_, Some(_)) => "RETURN",
        (_, None) => "SALE",
    }
}

/// `20250101-0001`, wider from the 10,000th row of a day.
#[inline]
pub(crate) fn order_id(day: &Day, seq: u32, out: &mut Vec<u8>) {
    out.extend_from_slice(&day.prefix);
    let number = u64::from(seq) + 1;
    if number < 10_000 {
        out.extend_from_slice(&pair(number / 100));
        out.extend_from_slice(&pair(number % 100));
    } else {
        integer(number, out);
    }
}

/// `C00000001`
#[inline]
pub(crate) fn customer_id(number: u32, out: &mut Vec<u8>) {
    let n = u64::from(number);
    let (a, b) = (pair(n / 1_000_000), pair(n / 10_000 % 100));
    let (c, d) = (pair(n / 100 % 100), pair(n % 100));
    out.extend_from_slice(&[b'C', a[0], a[1], b[0], b[1], c[0], c[1], d[0], d[1]]);
}

/// `P202503-017`: year, week and category.
pub(crate) fn promotion_id(promotion: &Promotion, out: &mut Vec<u8>) {
    let year = promotion.week.0.rem_euclid(10_000) as u64;
    let category = u64::from(promotion.category) + 1;
    out.push(b'P');
    out.extend_from_slice(&pair(year / 100));
    out.extend_from_slice(&pair(year % 100));
    out.extend_from_slice(&pair(u64::from(promotion.week.1)));
    out.push(b'-');
    out.push(b'0' + (category / 100) as u8);
    out.extend_from_slice(&pair(category % 100));
}

fn field(value: &str, out: &mut Vec<u8>) {
    out.push(b',');
    out.extend_from_slice(value.as_bytes());
}

fn text(name: &str, value: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(value.as_bytes());
}

#[inline]
fn date(day: &Day, damage: Option<Damage>, out: &mut Vec<u8>) {
    out.extend_from_slice(match damage {
        Some(Damage::Time) => NO_TIME,
        _ => &day.iso,
    });
}

#[inline]
fn time(day: &Day, more: &More<'_>, damage: Option<Damage>, out: &mut Vec<u8>) {
    if damage == Some(Damage::Time) {
        out.extend_from_slice(NO_TIME);
        return;
    }
    let (h, m, s) = (more.second / 3600, more.second / 60 % 60, more.second % 60);
    let [h, m, s] = [h, m, s].map(|n| pair(u64::from(n)));
    out.extend_from_slice(&day.iso);
    out.extend_from_slice(&[b'T', h[0], h[1], b':', m[0], m[1], b':', s[0], s[1]]);
}

#[inline]
pub(crate) fn cents(value: u64, out: &mut Vec<u8>) {
    integer(value / 100, out);
    let [tens, ones] = pair(value % 100);
    out.extend_from_slice(&[b'.', tens, ones]);
}

#[inline]
fn integer(value: u64, out: &mut Vec<u8>) {
    if value < 10 {
        out.push(b'0' + value as u8);
    } else {
        out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
    }
}

/// The two digits of a number below 100.
#[inline]
fn pair(value: u64) -> [u8; 2] {
    [b'0' + (value / 10) as u8, b'0' + (value % 10) as u8]
}
