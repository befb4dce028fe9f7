//! An accepted record as it is added up, and as it waits until duplicates are known.

use crate::record::{Day, Details, Kind, Money, Sale};

/// An accepted record that is no restock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// UTC day.
    pub day: Day,
    /// UTC hour, where the record tells a clock time.
    pub hour: Option<u8>,
    /// Whether it is a return.
    pub is_return: bool,
    /// m(r).
    pub money: Money,
    /// Its part of the pieces sold, where it tells a quantity.
    pub units: Option<Money>,
    /// The cleaned product.
    pub product: &'a [u8],
    /// The shop; this and the following are empty where none is given.
    pub store: &'a [u8],
    /// Where the shop is.
    pub store_city: &'a [u8],
    /// The product's category.
    pub category: &'a [u8],
    /// The country of the sale.
    pub country: &'a [u8],
}

/// What stands before the texts: day, hour, whether a return, money, units, and the lengths of
/// the texts.
type Head = (i32, Option<u8>, bool, i64, Option<i64>, [u32; 5]);

impl<'a> Entry<'a> {
    /// A cleaned record with its details.
    #[inline]
    pub fn new(sale: &Sale<'a>, details: &Details<'a>) -> Self {
        Self {
            day: sale.time.day(),
            hour: sale.clock.then(|| sale.time.hour()),
            is_return: sale.kind == Kind::Return,
            money: sale.money,
            units: details.units,
            product: sale.product,
            store: details.store,
            store_city: details.store_city,
            category: details.category,
            country: details.country,
        }
    }

    fn texts(&self) -> [&'a [u8]; 5] {
        let Self {
            product,
            store,
            store_city,
            category,
            country,
            ..
        } = *self;
        [product, store, store_city, category, country]
    }

    /// Writes the record behind what is in `buffer`.
    pub fn encode(&self, buffer: &mut Vec<u8>) {
        // A text is part of a record, and records are shorter than 4 GiB.
        let head: Head = (
            self.day.number(),
            self.hour,
            self.is_return,
            self.money.units(),
            self.units.map(Money::units),
            self.texts().map(|text| text.len() as u32),
        );
        // Plain numbers into a growing buffer: there is nothing that can fail.
        if let Ok(whole) = postcard::to_extend(&head, std::mem::take(buffer)) {
            *buffer = whole;
        }
        for text in self.texts() {
            buffer.extend_from_slice(text);
        }
    }

    /// Reads what [`Entry::encode`] wrote; none if it is anything else.
    pub fn decode(bytes: &'a [u8]) -> Option<Self> {
        let (head, mut rest) = postcard::take_from_bytes::<Head>(bytes).ok()?;
        let (day, hour, is_return, money, units, lengths) = head;
        let mut text = |length: u32| {
            let (text, after) = rest.split_at_checked(length as usize)?;
            rest = after;
            Some(text)
        };
        let [product, store, store_city, category, country] = lengths;
        Some(Self {
            day: Day::from_number(day)?,
            hour,
            is_return,
            money: Money::from_units(money)?,
            units: match units {
                Some(units) => Some(Money::from_units(units)?),
                None => None,
            },
            product: text(product)?,
            store: text(store)?,
            store_city: text(store_city)?,
            category: text(category)?,
            country: text(country)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_comes_back_as_it_was() {
        let mut entry = Entry {
            day: Day::from_number(-719_162).unwrap(),
            hour: Some(23),
            is_return: true,
            money: Money::from_units(-999_999_999_999_999_999).unwrap(),
            units: Money::from_units(-7),
            product: "Thé".as_bytes(),
            store: b"",
            store_city: b"a\0b",
            category: b"c",
            country: &[b'x'; 1000],
        };
        for _ in 0..2 {
            let mut buffer = b"before".to_vec();
            entry.encode(&mut buffer);
            assert_eq!(Entry::decode(&buffer[6..]), Some(entry));
            assert_eq!(Entry::decode(&buffer[6..buffer.len() - 1]), None);
            entry.hour = None;
            entry.units = None;
        }
    }
}
