//! The fields of a sale and the names under which other systems know them.

use std::fmt;

/// What cleaning and the analyses may ask of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Field {
    /// What was sold.
    Product,
    /// When: see [`TIME_COLUMNS`].
    Time,
    /// Money of the whole line.
    Amount,
    /// Pieces.
    Quantity,
    /// Money of one piece.
    UnitPrice,
    /// SALE, RETURN or RESTOCK.
    TransactionType,
    /// The order, invoice or event.
    OrderId,
    /// The buyer.
    CustomerId,
    /// The shop.
    StoreId,
    /// Where the shop is.
    StoreCity,
    /// The product's category.
    Category,
    /// How it was paid.
    PaymentMethod,
    /// The country of the sale.
    Country,
    /// The promotion that gave the price.
    PromotionId,
    /// The sale that a return reverses.
    OriginalOrderId,
}

/// Columns that cleaning reads as a time, in this order and per row.
/// Source: cleaning, step 2 of the contract's record.
pub const TIME_COLUMNS: [&str; 9] = [
    "order_time",
    "order_ts",
    "event_time",
    "timestamp",
    "sale_timestamp",
    "created_at",
    "InvoiceDate",
    "order_date",
    "date",
];

/// Every field with its aliases in order of precedence; the first is its own name.
/// Source: the five replaced systems, the UCI Online Retail file and the supermarket file.
const TABLE: [(Field, &[&str]); 15] = [
    (
        Field::Product,
        &[
            "product",
            "item",
            "product_id",
            "product_name",
            "StockCode",
            "Description",
            "Product line",
        ],
    ),
    (Field::Time, &TIME_COLUMNS),
    (
        Field::Amount,
        &["amount", "total_price", "total_amount", "total", "sales"],
    ),
    (Field::Quantity, &["quantity", "qty"]),
    (Field::UnitPrice, &["unit_price", "price"]),
    (Field::TransactionType, &["transaction_type", "event_type"]),
    (
        Field::OrderId,
        &[
            "order_id",
            "transaction_id",
            "sale_id",
            "event_id",
            "InvoiceNo",
            "Invoice",
            "Invoice ID",
        ],
    ),
    (Field::CustomerId, &["customer_id", "user_id"]),
    (Field::StoreId, &["store_id", "store", "branch"]),
    (Field::StoreCity, &["store_city", "city"]),
    (Field::Category, &["category", "product_category"]),
    (Field::PaymentMethod, &["payment_method", "payment"]),
    (Field::Country, &["country"]),
    (Field::PromotionId, &["promotion_id"]),
    (Field::OriginalOrderId, &["original_order_id"]),
];

impl Field {
    /// Every field.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|(field, _)| *field)
    }

    /// Its column names in order of precedence.
    pub fn aliases(self) -> &'static [&'static str] {
        TABLE[self as usize].1
    }

    /// Its name in summaries and in `--map`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            field => field.aliases()[0],
        }
    }

    /// The field called `name`, however it is written.
    pub fn by_name(name: &str) -> Option<Self> {
        let wanted = normalise(name);
        Self::all().find(|field| normalise(field.name()) == wanted)
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A header's name for comparison: letters and digits only, lower-cased.
pub fn normalise(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_stands_in_the_order_of_the_fields() {
        for (i, field) in Field::all().enumerate() {
            assert_eq!(field as usize, i);
            assert_eq!(Field::by_name(field.name()), Some(field));
        }
    }

    #[test]
    fn headers_are_compared_by_letters_and_digits() {
        for name in ["Unit price", "unit_price", "UnitPrice", " UNIT-PRICE "] {
            assert_eq!(normalise(name), "unitprice");
        }
        assert_ne!(normalise("Tax 5%"), normalise("Tax"));
    }

    #[test]
    fn no_column_means_two_fields() {
        let mut seen = std::collections::HashMap::new();
        for field in Field::all() {
            for alias in field.aliases() {
                let before = seen.insert(normalise(alias), field);
                assert!(before.is_none_or(|f| f == field), "{alias}");
            }
        }
    }
}
