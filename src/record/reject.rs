//! Why a record is rejected, and what would read it.

use std::fmt;

/// Why cleaning rejects a record. Every rejected record has exactly one reason: the first
/// that is found in the order structure, time, type, amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Reason {
    /// Longer than a record may be.
    TooLong,
    /// A message without a value: a tombstone.
    NullValue,
    /// Holds a NUL byte, as files do after a crash.
    NulByte,
    /// Not UTF-8.
    InvalidUtf8,
    /// A quoted field that is never closed, or text after its closing quote.
    BrokenQuoting,
    /// More fields than the header.
    TooManyFields,
    /// Not a JSON object.
    InvalidJson,
    /// No time column holds anything.
    MissingTime,
    /// Something stands in a time column, but no time.
    BadTime,
    /// A type other than SALE, PURCHASE, RETURN and RESTOCK.
    UnknownType,
    /// Neither an amount nor quantity and unit price.
    MissingAmount,
    /// Amount, quantity or unit price is no number.
    BadAmount,
    /// 10^14 or more.
    AmountOutOfRange,
    /// Dated too far ahead of the broker's time of its message: it would make everything after
    /// it late.
    EventInFuture,
    /// A view or a cart that belongs to no session.
    MissingSession,
    /// A quantity or a stock that is no number, or missing where it is needed.
    BadQuantity,
    /// The lines of a transaction are no list of products with quantity and price.
    BadLines,
}

impl Reason {
    /// How many reasons there are.
    pub const COUNT: usize = 17;

    /// Every reason, in the order of their numbers.
    pub const ALL: [Self; Self::COUNT] = [
        Self::TooLong,
        Self::NullValue,
        Self::NulByte,
        Self::InvalidUtf8,
        Self::BrokenQuoting,
        Self::TooManyFields,
        Self::InvalidJson,
        Self::MissingTime,
        Self::BadTime,
        Self::UnknownType,
        Self::MissingAmount,
        Self::BadAmount,
        Self::AmountOutOfRange,
        Self::EventInFuture,
        Self::MissingSession,
        Self::BadQuantity,
        Self::BadLines,
    ];

    /// Its name in summaries and reject files.
    pub fn name(self) -> &'static str {
        match self {
            Self::TooLong => "too_long",
            Self::NullValue => "null_value",
            Self::NulByte => "nul_byte",
            Self::InvalidUtf8 => "invalid_utf8",
            Self::BrokenQuoting => "broken_quoting",
            Self::TooManyFields => "too_many_fields",
            Self::InvalidJson => "invalid_json",
            Self::MissingTime => "missing_time",
            Self::BadTime => "bad_time",
            Self::UnknownType => "unknown_type",
            Self::MissingAmount => "missing_amount",
            Self::BadAmount => "bad_amount",
            Self::AmountOutOfRange => "amount_out_of_range",
            Self::EventInFuture => "event_in_future",
            Self::MissingSession => "missing_session",
            Self::BadQuantity => "bad_quantity",
            Self::BadLines => "bad_lines",
        }
    }

    /// What is wrong, in a few words.
    pub fn what(self) -> &'static str {
        match self {
            Self::TooLong => "longer than a record may be",
            Self::NullValue => "no value",
            Self::NulByte => "a zero byte in it",
            Self::InvalidUtf8 => "not UTF-8",
            Self::BrokenQuoting => "its quoting is broken",
            Self::TooManyFields => "more fields than the header",
            Self::InvalidJson => "no JSON object",
            Self::MissingTime => "no time in any known column",
            Self::BadTime => "a time that cannot be read",
            Self::UnknownType => "a transaction type that is not known",
            Self::MissingAmount => "neither an amount nor quantity and price",
            Self::BadAmount => "an amount that is no number",
            Self::AmountOutOfRange => "an amount of 10^14 or more",
            Self::EventInFuture => "dated too far ahead of its message",
            Self::MissingSession => "a view or a cart without a session",
            Self::BadQuantity => "a quantity that is no number",
            Self::BadLines => "lines that are no products with quantity and price",
        }
    }

    /// The option, or the other remedy, that would read records rejected for this reason.
    pub fn remedy(self) -> &'static str {
        match self {
            Self::MissingTime => "name the column with --map order_date=COLUMN",
            Self::BadTime => "name its format with --date-format, such as --date-format %m/%d/%Y",
            Self::UnknownType => "read every row as a sale with --map transaction_type=",
            Self::MissingAmount => {
                "name the columns with --map amount=COLUMN, or --map quantity=COLUMN and \
                 --map unit_price=COLUMN"
            }
            Self::BadAmount | Self::AmountOutOfRange => {
                "name the column with --map amount=COLUMN, or give --decimal-comma if decimals \
                 stand after a comma"
            }
            Self::TooManyFields | Self::BrokenQuoting => {
                "name the separator with --delimiter, or mend the file"
            }
            Self::InvalidUtf8 => "convert the file first, such as with iconv -f WINDOWS-1252",
            Self::EventInFuture => "accept later event times with --max-event-jump",
            Self::MissingSession => "name the column with --map session_id=COLUMN",
            Self::BadQuantity => {
                "name the column with --map quantity=COLUMN, or --map current_stock=COLUMN"
            }
            Self::BadLines => "name the column with --map products=COLUMN",
            Self::TooLong | Self::NullValue | Self::NulByte | Self::InvalidJson => {
                "look whether the file is what its extension says"
            }
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_in_the_order_of_the_numbers() {
        for (i, reason) in Reason::ALL.into_iter().enumerate() {
            assert_eq!(reason as usize, i);
        }
    }
}
