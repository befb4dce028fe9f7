//! What lies in a cart, and what it is worth.

use serde::{Deserialize, Serialize};

use super::prices::Prices;
use crate::stream::jobs::row::Cell;

/// Units of 1/10,000 in one.
const ONE: i128 = 10_000;

/// A cart.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cart {
    lines: Vec<Line>,
}

/// Pieces of a product in a cart; always more than none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Line {
    product: Box<[u8]>,
    /// Pieces, in units of 1/10,000.
    units: i64,
    /// Money of one, in units of 1/10,000, as the events told it last.
    price: Option<i64>,
}

/// What a cart is worth.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Worth {
    /// Money, in units of 1/10,000, as far as prices are known.
    pub value: i128,
    /// Products without a known price.
    pub unpriced: usize,
}

impl Cart {
    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// How many products are in it, whatever the pieces of each.
    pub fn products(&self) -> usize {
        self.lines.len()
    }

    /// So many pieces more.
    pub fn add(&mut self, product: &[u8], units: i64, price: Option<i64>) {
        let held = self.line(product).map_or(0, |line| line.units);
        self.set(product, held.saturating_add(units), price);
    }

    /// So many pieces now; none or fewer take the product out.
    pub fn set(&mut self, product: &[u8], units: i64, price: Option<i64>) {
        match self.line(product) {
            _ if units <= 0 => self.remove(product),
            Some(line) => {
                line.units = units;
                line.price = price.or(line.price);
            }
            None => self.lines.push(Line {
                product: product.into(),
                units,
                price,
            }),
        }
    }

    /// The price of a product, if it is in the cart, is this.
    pub fn price(&mut self, product: &[u8], price: i64) {
        if let Some(line) = self.line(product) {
            line.price = Some(price);
        }
    }

    /// The product is out.
    pub fn remove(&mut self, product: &[u8]) {
        self.lines.retain(|line| *line.product != *product);
    }

    /// Everything is out.
    pub fn clear(&mut self) {
        self.lines.clear();
    }

    /// What it is worth, by the prices that events told, else by `prices`.
    pub fn worth(&self, prices: &Prices) -> Worth {
        let mut worth = Worth::default();
        for line in &self.lines {
            match line.price.or_else(|| prices.of(&line.product)) {
                Some(price) => worth.value += amount(line.units, price),
                None => worth.unpriced += 1,
            }
        }
        worth
    }

    fn line(&mut self, product: &[u8]) -> Option<&mut Line> {
        self.lines.iter_mut().find(|line| *line.product == *product)
    }
}

/// Pieces times price, rounded half to even as amounts are.
fn amount(units: i64, price: i64) -> i128 {
    match Cell::mean(i128::from(units) * i128::from(price), ONE) {
        Cell::Decimal(amount) => amount,
        _ => 0,
    }
}
