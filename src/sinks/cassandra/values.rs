//! Cells as values of CQL.

use scylla::value::{CqlDate, CqlDecimal, CqlTimestamp, CqlValue};

use crate::sinks::cell::Cell;

/// A value of CQL; null is none.
pub(super) fn cql(cell: &Cell<'_>) -> Option<CqlValue> {
    Some(match cell {
        Cell::Null => return None,
        Cell::Text(text) => CqlValue::Text((*text).to_owned()),
        Cell::Int(number) => CqlValue::BigInt(*number),
        Cell::Float(number) => CqlValue::Double(*number),
        Cell::Flag(yes) => CqlValue::Boolean(*yes),
        Cell::Decimal(units) => CqlValue::Decimal(CqlDecimal::from_signed_be_bytes_and_exponent(
            shortest(*units),
            4,
        )),
        // Its times are of milliseconds.
        Cell::Time(micros) => CqlValue::Timestamp(CqlTimestamp(micros.div_euclid(1_000))),
        Cell::Date(day) => {
            // Day 0 is in the middle of its numbers.
            let day = i64::from(*day) + (1 << 31);
            CqlValue::Date(CqlDate(u32::try_from(day).unwrap_or(u32::MAX)))
        }
    })
}

/// The two's complement of a number, without leading bytes that say nothing.
fn shortest(number: i128) -> Vec<u8> {
    let bytes = number.to_be_bytes();
    let sign = if number < 0 { 0xff } else { 0 };
    let says = |at: &usize| bytes[*at] != sign || (bytes[*at + 1] ^ sign) & 0x80 != 0;
    let first = (0..15).find(says).unwrap_or(15);
    bytes[first..].to_vec()
}

#[cfg(test)]
mod tests {
    use super::shortest;

    #[test]
    fn numbers_are_as_short_as_their_sign_allows() {
        let cases: [(i128, &[u8]); 7] = [
            (0, &[0]),
            (127, &[0x7f]),
            (128, &[0, 0x80]),
            (-1, &[0xff]),
            (-128, &[0x80]),
            (-129, &[0xff, 0x7f]),
            (3_337_347_300, &[0, 0xc6, 0xeb, 0xe0, 0xe4]),
        ];
        for (number, bytes) in cases {
            assert_eq!(shortest(number), bytes, "{number}");
        }
    }
}
