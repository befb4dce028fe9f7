//! The events of the inventory world as JSON lines, in both shapes.

use super::super::super::rng::{Key, below, high, low};
use super::super::desk::Desk;
use super::super::plan::Shape;
use super::super::text::{Stamps, integer, money, text, uuid};
use super::Sale;
use super::stock::{MAXIMUM, MINIMUM, Shelf};

/// The topics, by their place in the plan.
const SALES: usize = 0;
const STOCKS: usize = 1;
static PAYMENTS: [&str; 4] = ["credit_card", "debit_card", "cash", "mobile_payment"];
static REGIONS: [&str; 4] = ["North", "South", "East", "West"];
static CATEGORIES: [&str; 10] = [
    "Electronics",
    "Clothing",
    "Home & Garden",
    "Books",
    "Sports",
    "Toys",
    "Food & Beverages",
    "Beauty",
    "Automotive",
    "Health",
];

/// Why a stock changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// A sale.
    Sale,
    /// A restock.
    Receipt,
    /// It was counted.
    Count,
}

/// Writes events.
pub struct Writer {
    shape: Shape,
    reorder: u32,
    stamps: Stamps,
    sales: Key,
    stocks: Key,
    /// The id that was last asked for.
    id: Vec<u8>,
    key: Vec<u8>,
}

impl Writer {
    /// Ids that belong to a seed and a start.
    pub fn new(seed: u64, start: i64, shape: Shape, reorder: u32) -> Self {
        let key = |purpose| Key::new(seed, purpose).of(start as u64);
        Self {
            shape,
            reorder,
            stamps: Stamps::new(),
            sales: key("inventory sales"),
            stocks: key("inventory stocks"),
            id: Vec::new(),
            key: Vec::new(),
        }
    }

    /// The id of sale number `n`.
    pub fn sale_id(&mut self, n: u64) -> &[u8] {
        self.id.clear();
        uuid(self.sales, n, &mut self.id);
        &self.id
    }

    /// The id of stock event number `n`.
    pub fn stock_id(&mut self, n: u64) -> &[u8] {
        self.id.clear();
        uuid(self.stocks, n, &mut self.id);
        &self.id
    }

    /// Appends a name and a number: `store_1`, or `STORE100` in the generator's shape.
    fn code(shape: Shape, plain: &str, code: &str, first: u64, number: u32, out: &mut Vec<u8>) {
        match shape {
            Shape::Readme => {
                text(&[plain], out);
                integer(u64::from(number) + 1, out);
            }
            Shape::Generator => {
                text(&[code], out);
                integer(u64::from(number) + first, out);
            }
        }
    }

    fn store(shape: Shape, number: u32, out: &mut Vec<u8>) {
        Self::code(shape, "store_", "STORE", 100, number, out);
    }

    fn product(shape: Shape, number: u32, out: &mut Vec<u8>) {
        Self::code(shape, "product_", "SKU", 10_000, number, out);
    }

    fn place(shape: Shape, store: u32, product: u32, out: &mut Vec<u8>) {
        text(&["\"store_id\":\""], out);
        Self::store(shape, store, out);
        text(&["\",\"product_id\":\""], out);
        Self::product(shape, product, out);
        text(&["\","], out);
    }

    fn keyed(&mut self, store: u32, product: u32) {
        self.key.clear();
        Self::store(self.shape, store, &mut self.key);
        self.key.push(b'_');
        Self::product(self.shape, product, &mut self.key);
    }

    /// Puts a sale.
    #[inline]
    pub fn sale(&mut self, sale: &Sale, time: i64, desk: &mut Desk) {
        self.keyed(sale.store, sale.product);
        let (shape, sales) = (self.shape, self.sales);
        let (stamps, key) = (&mut self.stamps, &self.key);
        let key = |out: &mut Vec<u8>| out.extend_from_slice(key);
        desk.put(SALES, time, key, |out| {
            let id = match shape {
                Shape::Readme => "{\"sale_id\":\"",
                Shape::Generator => "{\"transaction_id\":\"",
            };
            text(&[id], out);
            uuid(sales, sale.number, out);
            text(&["\","], out);
            Self::place(shape, sale.store, sale.product, out);
            let customer = |out: &mut Vec<u8>| {
                text(&["\"customer_id\":\""], out);
                Self::code(shape, "customer_", "CUST", 1_000, sale.customer, out);
                text(&["\","], out);
            };
            if shape == Shape::Readme {
                customer(out);
            }
            text(&["\"quantity\":"], out);
            integer(u64::from(sale.quantity), out);
            text(&[",\"unit_price\":"], out);
            money(u64::from(sale.price), out);
            text(&[",\"total_amount\":"], out);
            money(u64::from(sale.price) * u64::from(sale.quantity), out);
            let payment = PAYMENTS[below(low(sale.word), 4) as usize];
            match shape {
                Shape::Readme => {
                    text(&[",\"sale_timestamp\":\""], out);
                    stamps.iso(time, out);
                    let payment = PAYMENTS[below(low(sale.word), 3) as usize];
                    text(&["\",\"payment_method\":\"", payment], out);
                    text(&["\",\"promotion_id\":"], out);
                    if sale.number % 4 == 3 {
                        text(&["\"promo_"], out);
                        integer(1 + u64::from(below(high(sale.word), 10)), out);
                        text(&["\"}"], out);
                    } else {
                        text(&["null}"], out);
                    }
                }
                Shape::Generator => {
                    text(&[",\"timestamp\":\""], out);
                    stamps.iso(time, out);
                    text(&["\","], out);
                    customer(out);
                    let region = REGIONS[(sale.store % 4) as usize];
                    let category = CATEGORIES[(sale.product % 10) as usize];
                    text(&["\"payment_method\":\"", payment], out);
                    text(&["\",\"store_region\":\"", region], out);
                    text(&["\",\"product_category\":\"", category], out);
                    text(
                        &["\",\"event_type\":\"sales_transaction\",\"event_version\":\"1.0\"}"],
                        out,
                    );
                }
            }
        });
    }

    /// Puts stock event number `n`: a stock after it changed by `change` pieces.
    #[inline]
    pub fn stock(
        &mut self,
        n: u64,
        (store, product): (u32, u32),
        shelf: &Shelf,
        (cause, change): (Cause, i64),
        time: i64,
        desk: &mut Desk,
    ) {
        self.keyed(store, product);
        let (shape, stocks, reorder) = (self.shape, self.stocks, self.reorder);
        let (stamps, key) = (&mut self.stamps, &self.key);
        let key = |out: &mut Vec<u8>| out.extend_from_slice(key);
        desk.put(STOCKS, time, key, |out| {
            text(&["{\"inventory_id\":\""], out);
            uuid(stocks, n, out);
            text(&["\","], out);
            Self::place(shape, store, product, out);
            let level = u64::from(shelf.level);
            match shape {
                Shape::Readme => {
                    text(&["\"current_stock\":"], out);
                    integer(level, out);
                    text(&[",\"minimum_stock\":"], out);
                    integer(u64::from(MINIMUM), out);
                    text(&[",\"maximum_stock\":"], out);
                    integer(u64::from(MAXIMUM), out);
                    text(&[",\"reorder_point\":"], out);
                    integer(u64::from(reorder), out);
                    text(&[",\"last_restock_date\":\""], out);
                    stamps.iso(shelf.last, out);
                    text(&["\",\"next_restock_date\":\""], out);
                    stamps.iso(shelf.next, out);
                    text(&["\",\"update_timestamp\":\""], out);
                    stamps.iso(time, out);
                    text(&["\"}"], out);
                }
                Shape::Generator => {
                    text(&["\"quantity_change\":"], out);
                    text(&[if change < 0 { "-" } else { "" }], out);
                    integer(change.unsigned_abs(), out);
                    text(&[",\"new_quantity\":"], out);
                    integer(level, out);
                    text(&[",\"previous_quantity\":"], out);
                    integer(level.saturating_add_signed(-change), out);
                    let reason = match cause {
                        Cause::Sale => "sale",
                        Cause::Receipt => "receipt",
                        Cause::Count => "adjustment",
                    };
                    text(&[",\"reason\":\"", reason, "\",\"timestamp\":\""], out);
                    stamps.iso(time, out);
                    text(&["\",\"event_type\":\"inventory_update\"}"], out);
                }
            }
        });
    }
}
