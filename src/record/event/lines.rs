//! The lines of a transaction, a JSON array of objects: fields are called as in a flat record, and
//! numbers may be text and texts numbers.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::Line;
use crate::record::clean::UNKNOWN_PRODUCT;
use crate::record::field::{Field, normalise};
use crate::record::money::{Money, NotMoney};
use crate::record::reject::Reason;

/// What a line tells.
pub const FIELDS: [Field; 4] = [
    Field::Product,
    Field::Quantity,
    Field::UnitPrice,
    Field::Category,
];

/// Reads all lines; there is at least one.
///
/// # Errors
/// [`Reason::BadLines`], or what is wrong with a product.
pub(super) fn read(json: &[u8]) -> Result<Vec<Line<'_>>, Reason> {
    let lines: Vec<Raw<'_>> = serde_json::from_slice(json).map_err(|_| Reason::BadLines)?;
    if lines.is_empty() {
        return Err(Reason::BadLines);
    }
    lines.into_iter().map(line).collect()
}

fn line(line: Raw<'_>) -> Result<Line<'_>, Reason> {
    let [product, quantity, price, category] = line.0.map(|value| value.text);
    let (Some(quantity), Some(price)) = (quantity, price) else {
        return Err(Reason::BadLines);
    };
    let (quantity, price) = (quantity.trim().as_bytes(), price.trim().as_bytes());
    let wrong = |_: NotMoney| Reason::BadLines;
    let product = product.map_or_else(|| String::from_utf8_lossy(UNKNOWN_PRODUCT), trimmed);
    if product.contains('\0') {
        return Err(Reason::NulByte);
    }
    Ok(Line {
        product,
        category: category.map_or(Cow::Borrowed(""), trimmed),
        units: Money::parse(quantity, b'.').map_err(wrong)?,
        price: Some(Money::parse(price, b'.').map_err(wrong)?),
        amount: Money::product(quantity, price, b'.').map_err(wrong)?,
    })
}

fn trimmed(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}

/// A value and where its name stands among those of the field; none if it is blank.
#[derive(Default)]
struct Value<'a> {
    text: Option<Cow<'a, str>>,
    rank: usize,
}

/// A line as it is written: the values of [`FIELDS`].
#[derive(Default)]
struct Raw<'a>([Value<'a>; 4]);

impl<'de: 'a, 'a> Deserialize<'de> for Raw<'a> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_map(Object)
    }
}

struct Object;

impl<'de> Visitor<'de> for Object {
    type Value = Raw<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a line of a transaction")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Raw<'de>, A::Error> {
        let mut line = Raw::default();
        while let Some(name) = object.next_key::<Name<'de>>()? {
            let raw: &'de RawValue = object.next_value()?;
            let Some((field, rank)) = place(&name.0) else {
                continue;
            };
            let value = &mut line.0[field];
            if value.text.is_some() && value.rank <= rank {
                continue;
            }
            let text = scalar(raw.get()).map_err(serde::de::Error::custom)?;
            if text.as_ref().is_some_and(|text| !text.trim().is_empty()) {
                *value = Value { text, rank };
            }
        }
        Ok(line)
    }
}

/// A name, borrowed where it is written without escapes.
#[derive(serde::Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// The number of the field that is called so, and where the name stands among its names.
fn place(name: &str) -> Option<(usize, usize)> {
    // The names that lines mostly have.
    match name {
        "product_id" => return rank(0, |alias| alias == "product_id"),
        "quantity" => return rank(1, |alias| alias == "quantity"),
        "price" => return rank(2, |alias| alias == "price"),
        "category" => return rank(3, |alias| alias == "category"),
        _ => {}
    }
    let name = normalise(name);
    let mut all = 0..FIELDS.len();
    all.find_map(|field| rank(field, |alias| normalise(alias) == name))
}

fn rank(field: usize, is: impl Fn(&str) -> bool) -> Option<(usize, usize)> {
    let aliases = FIELDS[field].aliases().iter().copied();
    let mut all = aliases.chain(FIELDS[field].event_aliases());
    all.position(is).map(|rank| (field, rank))
}

/// A string unescaped, a number as it is written, nothing for null and what is no scalar.
fn scalar(raw: &str) -> serde_json::Result<Option<Cow<'_, str>>> {
    Ok(match raw.as_bytes() {
        [b'"', inner @ .., b'"'] if !inner.contains(&b'\\') => {
            Some(Cow::Borrowed(&raw[1..raw.len() - 1]))
        }
        [b'"', ..] => Some(Cow::Owned(serde_json::from_str(raw)?)),
        [b'{' | b'[', ..] | b"null" => None,
        _ => Some(Cow::Borrowed(raw)),
    })
}
