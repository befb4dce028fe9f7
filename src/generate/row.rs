//! One row of a file, in terms of what it says rather than how it is written.

use super::calendar::Day;

/// A sale or a return. Amounts are in cents; names need no quoting and no escapes.
#[derive(Debug, Clone)]
pub struct Row<'a> {
    /// The day of the row.
    pub day: &'a Day,
    /// Its number within the day, from 0; printed from 1.
    pub seq: u32,
    /// The code of the store.
    pub store_id: &'a str,
    /// "City - Locality".
    pub store_city: &'a str,
    /// The name of the product.
    pub product: &'a str,
    /// The product's place in the catalogue.
    pub product_index: u32,
    /// Pieces; positive in a return too.
    pub quantity: u32,
    /// The price of a piece, after promotions.
    pub unit_price: u32,
    /// What the standard profile says beyond the eight columns of the classic one.
    pub more: Option<More<'a>>,
}

/// The further columns of the standard profile.
#[derive(Debug, Clone)]
pub struct More<'a> {
    /// The time of the row, in seconds of its day.
    pub second: u32,
    /// The number of the customer, from 1.
    pub customer: u32,
    /// The name of the product's category.
    pub category: &'a str,
    /// How it was paid.
    pub payment: &'a str,
    /// The country of the store.
    pub country: &'a str,
    /// The promotion in force at the sale.
    pub promotion: Option<Promotion>,
    /// Of a return: the day and the number of the sale it reverses.
    pub reverses: Option<(&'a Day, u32)>,
}

/// A week in which a category is cheaper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Promotion {
    /// Year and number of the ISO week.
    pub week: (i32, u32),
    /// The category's index.
    pub category: u32,
    /// Off the price.
    pub percent: u32,
}

impl Row<'_> {
    /// Quantity x unit price, in cents.
    pub fn amount(&self) -> u64 {
        u64::from(self.quantity) * u64::from(self.unit_price)
    }

    /// What the row adds to the revenue, in cents: less than nothing for a return.
    pub fn revenue(&self) -> i64 {
        let amount = self.amount() as i64;
        match &self.more {
            Some(more) if more.reverses.is_some() => -amount,
            _ => amount,
        }
    }
}

/// The rows of a day, in any order.
pub trait Rows {
    /// Row `seq` of the day.
    fn row(&self, seq: u32) -> Row<'_>;
    /// Its time in seconds of the day; never falls with `seq`.
    fn second(&self, seq: u32) -> u32;
}
