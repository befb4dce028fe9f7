//! An accepted record as the analyses see it.

use crate::batch::dedup::Place;
use crate::batch::entry::Entry;
use crate::record::clean::first;
use crate::record::{Field, Kind, Mapping, Money, Row, Rules, Sale};

/// An accepted record, restocks included; texts are trimmed, and empty where none is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// What batch adds up; of a restock its money is zero.
    pub entry: Entry<'a>,
    /// Event time in microseconds since 1970, UTC.
    pub micros: i64,
    /// Whether it is a restock, which is no sale.
    pub is_restock: bool,
    /// Money of one piece, where it is told.
    pub unit_price: Option<Money>,
    /// The order, buyer, payment, promotion and reversed order.
    pub texts: [&'a [u8]; TEXTS.len()],
    /// Where it stands in the input.
    pub place: Place,
}

/// The fields of [`Line::texts`].
pub const TEXTS: [Field; 5] = [
    Field::OrderId,
    Field::CustomerId,
    Field::PaymentMethod,
    Field::PromotionId,
    Field::OriginalOrderId,
];

/// What stands before the texts: micros, whether a restock, price, place, and the lengths.
type Head = (i64, bool, Option<i64>, u32, u64, [u32; TEXTS.len()]);

impl<'a> Line<'a> {
    /// A cleaned record with what else it tells.
    pub fn new(
        row: &'a impl Row,
        (mapping, rules): (&Mapping, &Rules),
        sale: &Sale<'a>,
        entry: Entry<'a>,
        place: Place,
    ) -> Self {
        let text = |field| first(row, mapping.columns(field));
        Self {
            entry,
            micros: sale.time.micros(),
            is_restock: sale.kind == Kind::Restock,
            unit_price: Money::parse(text(Field::UnitPrice), rules.point()).ok(),
            texts: TEXTS.map(text),
            place,
        }
    }

    /// Writes the record behind what is in `buffer`.
    pub fn encode(&self, buffer: &mut Vec<u8>) {
        let head: Head = (
            self.micros,
            self.is_restock,
            self.unit_price.map(Money::units),
            self.place.source,
            self.place.order,
            // A text is part of a record, and records are shorter than 4 GiB.
            self.texts.map(|text| text.len() as u32),
        );
        // Plain numbers into a growing buffer: there is nothing that can fail.
        if let Ok(whole) = postcard::to_extend(&head, std::mem::take(buffer)) {
            *buffer = whole;
        }
        for text in self.texts {
            buffer.extend_from_slice(text);
        }
        self.entry.encode(buffer);
    }

    /// Reads what [`Line::encode`] wrote; none if it is anything else.
    pub fn decode(bytes: &'a [u8]) -> Option<Self> {
        let (head, mut rest) = postcard::take_from_bytes::<Head>(bytes).ok()?;
        let (micros, is_restock, price, source, order, lengths) = head;
        let mut texts = [&[] as &[u8]; TEXTS.len()];
        for (text, length) in texts.iter_mut().zip(lengths) {
            (*text, rest) = rest.split_at_checked(length as usize)?;
        }
        Some(Self {
            entry: Entry::decode(rest)?,
            micros,
            is_restock,
            unit_price: match price {
                Some(units) => Some(Money::from_units(units)?),
                None => None,
            },
            texts,
            place: Place { source, order },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Day;

    #[test]
    fn a_record_comes_back_as_it_was() {
        let line = Line {
            entry: Entry {
                day: Day::from_number(20_089).unwrap(),
                hour: None,
                is_return: true,
                money: Money::from_units(-15_000).unwrap(),
                units: None,
                product: "Thé".as_bytes(),
                store: b"S",
                store_city: b"",
                category: b"c",
                country: b"FR",
            },
            micros: -5,
            is_restock: true,
            unit_price: Money::from_units(7),
            texts: [b"o-1", b"", b"cash", b"\0", b"o-0"],
            place: Place {
                source: 3,
                order: u64::MAX,
            },
        };
        let mut buffer = b"before".to_vec();
        line.encode(&mut buffer);
        assert_eq!(Line::decode(&buffer[6..]), Some(line));
        assert_eq!(Line::decode(&buffer[6..buffer.len() - 1]), None);
    }
}
