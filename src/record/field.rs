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
    /// The visit that a view or a cart belongs to; of events only, as are those that follow.
    Session,
    /// What became of a cart: add, update, remove.
    Action,
    /// What a transaction holds, as JSON.
    Lines,
    /// Pieces in stock after it.
    CurrentStock,
    /// The least that should be in stock.
    MinimumStock,
    /// The most that should be in stock.
    MaximumStock,
    /// Where stock is ordered anew.
    ReorderPoint,
    /// How long a product was looked at, in seconds.
    Duration,
    /// How an order came in.
    Source,
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
const TABLE: [(Field, &[&str]); 24] = [
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
    (Field::Session, &["session_id", "user_session"]),
    (Field::Action, &["action"]),
    (Field::Lines, &["products"]),
    (Field::CurrentStock, &["current_stock", "new_quantity"]),
    (Field::MinimumStock, &["minimum_stock"]),
    (Field::MaximumStock, &["maximum_stock"]),
    (Field::ReorderPoint, &["reorder_point"]),
    (Field::Duration, &["duration_seconds"]),
    (Field::Source, &["source"]),
];

/// Names that fields have in events only, after those of [`TABLE`].
/// Source: the events of the replaced systems and of the REES46 shop.
const OF_EVENTS: [(Field, &str); 3] = [
    (Field::Time, "update_timestamp"),
    (Field::OrderId, "inventory_id"),
    (Field::Category, "category_code"),
];

impl Field {
    /// Every field.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|(field, _)| *field)
    }

    /// Whether only the events of a live shop have it, and no sale line.
    pub fn is_of_events(self) -> bool {
        self as usize > Self::OriginalOrderId as usize
    }

    /// Its column names in order of precedence.
    pub fn aliases(self) -> &'static [&'static str] {
        TABLE[self as usize].1
    }

    /// The names that it has in events besides.
    pub fn event_aliases(self) -> impl Iterator<Item = &'static str> {
        let all = OF_EVENTS.iter().filter(move |(field, _)| *field == self);
        all.map(|(_, name)| *name)
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
            let aliases = field.aliases().iter().copied();
            for alias in aliases.chain(field.event_aliases()) {
                let before = seen.insert(normalise(alias), field);
                assert!(before.is_none_or(|f| f == field), "{alias}");
            }
        }
    }
}
