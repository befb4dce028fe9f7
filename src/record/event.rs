//! The events of a live shop: sales, views, carts, stock and orders, from a raw record.
//!
//! [`read`] is to the streaming jobs what [`clean()`](super::clean()) is to revenue: it borrows from the
//! record, and what it accepts of a sale is the same sale; only that an event which says that it is
//! a sale, and tells a price and no quantity, is of one piece. What kind of event a record is, its own words say (`event_type`,
//! `action`), else the columns that it has, so topics and files may be named as one likes.

use std::borrow::Cow;

mod lines;

use crate::record::clean::{self, Row, first};
use crate::record::field::{Field, normalise};
use crate::record::mapping::{Mapping, Rules};
use crate::record::money::Money;
use crate::record::reject::Reason;
use crate::record::time::Time;
pub use lines::FIELDS as LINE;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Something was sold: a line of a sale, or a transaction with several.
    Sale,
    /// Something came back: its money is negative.
    Return,
    /// The shelf was filled by so many pieces.
    Restock,
    /// A product was looked at.
    View,
    /// A product was put into a cart: so many more.
    CartAdd,
    /// A product of a cart is now there so many times.
    CartUpdate,
    /// A product was taken out of a cart.
    CartRemove,
    /// So many pieces are in stock.
    Stock,
    /// An order came in.
    Order,
}

/// One product of a sale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line<'a> {
    /// The product.
    pub product: Cow<'a, str>,
    /// Its category; empty where none is told.
    pub category: Cow<'a, str>,
    /// Pieces, with four decimals as money has; negative for a return.
    pub units: Money,
    /// Money of one piece; none where it is not told.
    pub price: Option<Money>,
    /// Money of the line; negative for a return.
    pub amount: Money,
}

/// An event; texts are trimmed, and empty where none is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event<'a> {
    /// What happened.
    pub kind: Kind,
    /// When.
    pub time: Time,
    /// The number of the event, sale or order.
    pub id: &'a [u8],
    /// The customer.
    pub user: &'a [u8],
    /// The visit.
    pub session: &'a [u8],
    /// The shop.
    pub store: &'a [u8],
    /// The product; `UNKNOWN` where none is given.
    pub product: &'a [u8],
    /// Its category; of a transaction that of the first line.
    pub category: Cow<'a, [u8]>,
    /// The country.
    pub country: &'a [u8],
    /// How an order came in; empty where that is not known.
    pub source: &'a [u8],
    /// How it was paid.
    pub payment: &'a [u8],
    /// Money of it all: m(r) of a sale or return, what an order costs; else zero.
    pub amount: Money,
    /// Money of one piece, if it is told.
    pub price: Option<Money>,
    /// Pieces, with four decimals as money has: of a sale, a cart or a restock.
    pub units: Option<Money>,
    /// Pieces in stock, of [`Kind::Stock`].
    pub stock: Option<Money>,
    /// The most that should be in stock, if it is told.
    pub maximum: Option<Money>,
    /// Where stock is ordered anew, if it is told.
    pub reorder: Option<Money>,
    /// What was sold, one line a product.
    pub lines: Vec<Line<'a>>,
}

/// Reads one event.
///
/// # Errors
/// The [`Reason`] to reject it.
pub fn read<'a>(row: &'a impl Row, mapping: &Mapping, rules: &Rules) -> Result<Event<'a>, Reason> {
    let (time, _) = clean::time(row, mapping, rules)?;
    let text = |field| first(row, mapping.columns(field));
    let kind = kind(row, mapping)?;
    let number = |field| number(text(field), rules.point());
    let product = clean::product(row, mapping)?;
    let mut event = Event {
        kind,
        time,
        id: text(Field::OrderId),
        user: text(Field::CustomerId),
        session: text(Field::Session),
        store: text(Field::StoreId),
        product,
        category: Cow::Borrowed(text(Field::Category)),
        country: text(Field::Country),
        source: text(Field::Source),
        payment: text(Field::PaymentMethod),
        amount: Money::ZERO,
        price: number(Field::UnitPrice).unwrap_or_default(),
        units: None,
        stock: None,
        maximum: None,
        reorder: None,
        lines: Vec::new(),
    };
    match kind {
        Kind::View | Kind::CartAdd | Kind::CartUpdate | Kind::CartRemove => {
            // Whoever looks is somebody; a record that does not say who was cut.
            if event.session.is_empty() {
                return Err(Reason::MissingSession);
            }
            event.units = number(Field::Quantity)?;
        }
        Kind::Restock => event.units = number(Field::Quantity)?,
        Kind::Stock => {
            event.stock = Some(number(Field::CurrentStock)?.ok_or(Reason::BadQuantity)?);
            event.maximum = number(Field::MaximumStock).unwrap_or_default();
            event.reorder = number(Field::ReorderPoint).unwrap_or_default();
        }
        Kind::Order => {
            event.units = number(Field::Quantity)?;
            event.amount = clean::amount(row, mapping, rules.point())?;
        }
        Kind::Sale | Kind::Return => sold(&mut event, row, mapping, rules)?,
    }
    Ok(event)
}

/// Money and lines of a sale or return.
fn sold<'a>(
    event: &mut Event<'a>,
    row: &'a impl Row,
    mapping: &Mapping,
    rules: &Rules,
) -> Result<(), Reason> {
    let text = |field| first(row, mapping.columns(field));
    let lines = text(Field::Lines);
    if !lines.is_empty() {
        event.lines = lines::read(lines)?;
    }
    let amount = match (clean::amount(row, mapping, rules.point()), event.price) {
        (Err(Reason::MissingAmount), _) if !event.lines.is_empty() => {
            event.lines.iter().try_fold(Money::ZERO, |sum, line| {
                let sum = sum.units().checked_add(line.amount.units());
                sum.and_then(Money::from_units)
                    .ok_or(Reason::AmountOutOfRange)
            })?
        }
        // A sale that tells a price and not how many is of one piece. Whatever does not say that
        // it is a sale may as well tell what the product costs now.
        (Err(Reason::MissingAmount), Some(price))
            if text(Field::Quantity).is_empty()
                && known(&KINDS, text(Field::TransactionType)) == Some(Kind::Sale) =>
        {
            price
        }
        (amount, _) => amount?,
    };
    if event.kind == Kind::Return || amount.is_negative() {
        event.kind = Kind::Return;
        event.amount = -amount.abs();
    } else {
        event.amount = amount;
    }
    let is_return = event.kind == Kind::Return;
    // A quantity that is told is never guessed.
    let units = number(text(Field::Quantity), rules.point())?;
    if event.lines.is_empty() {
        event.units = units;
        let Ok(product) = std::str::from_utf8(event.product) else {
            return Err(Reason::InvalidUtf8);
        };
        event.lines.push(Line {
            product: Cow::Borrowed(product),
            category: String::from_utf8_lossy(text(Field::Category)),
            // A line that does not say how many is of one piece.
            units: units.unwrap_or(Money::ONE),
            price: event.price,
            amount: event.amount,
        });
    } else if event.category.is_empty() {
        let category = event.lines[0].category.as_bytes().to_vec();
        event.category = Cow::Owned(category);
    }
    for line in event.lines.iter_mut().filter(|_| is_return) {
        line.units = -line.units.abs();
        line.amount = -line.amount.abs();
    }
    Ok(())
}

/// What kind a record says that it is, or looks like.
fn kind(row: &impl Row, mapping: &Mapping) -> Result<Kind, Reason> {
    let text = |field| first(row, mapping.columns(field));
    let declared = text(Field::TransactionType);
    if !declared.is_empty() {
        return known(&KINDS, declared).ok_or(Reason::UnknownType);
    }
    let action = text(Field::Action);
    if !action.is_empty() {
        return known(&ACTIONS, action).ok_or(Reason::UnknownType);
    }
    let has = |field| !text(field).is_empty();
    Ok(if has(Field::Lines) {
        Kind::Sale
    } else if has(Field::CurrentStock) {
        Kind::Stock
    } else if has(Field::Duration) {
        Kind::View
    } else if !has(Field::Product) && (has(Field::Source) || is_order(row, mapping)) {
        Kind::Order
    } else {
        Kind::Sale
    })
}

/// Whether a record of no product that does not say how it came in is an order all the same: it
/// has what orders have, and nothing that only sales have.
fn is_order(row: &impl Row, mapping: &Mapping) -> bool {
    let has = |field| !first(row, mapping.columns(field)).is_empty();
    let times = mapping.columns(Field::Time).iter();
    let mut created = times.filter(|&&column| {
        let name = mapping.header().get(column);
        name.is_some_and(|name| normalise(name) == "createdat")
    });
    has(Field::Quantity)
        && has(Field::Amount)
        && !has(Field::UnitPrice)
        && !has(Field::OrderId)
        && created.any(|&column| !row.get(column).trim_ascii().is_empty())
}

/// What events call themselves.
/// Source: the events of the replaced systems and of the REES46 shop.
pub(crate) const KINDS: [(&str, Kind); 13] = [
    ("sale", Kind::Sale),
    ("purchase", Kind::Sale),
    ("sales_transaction", Kind::Sale),
    ("return", Kind::Return),
    ("restock", Kind::Restock),
    ("view", Kind::View),
    ("product_view", Kind::View),
    ("cart", Kind::CartAdd),
    ("add_to_cart", Kind::CartAdd),
    ("remove_from_cart", Kind::CartRemove),
    ("inventory_update", Kind::Stock),
    ("inventory", Kind::Stock),
    ("order", Kind::Order),
];

/// What is done to a cart.
pub(crate) const ACTIONS: [(&str, Kind); 3] = [
    ("add", Kind::CartAdd),
    ("update", Kind::CartUpdate),
    ("remove", Kind::CartRemove),
];

fn known(table: &[(&str, Kind)], text: &[u8]) -> Option<Kind> {
    let mut all = table.iter();
    let found = all.find(|(name, _)| text.eq_ignore_ascii_case(name.as_bytes()));
    found.map(|(_, kind)| *kind)
}

/// A number, if there is one.
fn number(text: &[u8], point: u8) -> Result<Option<Money>, Reason> {
    if text.is_empty() {
        return Ok(None);
    }
    let parsed = Money::parse(text, point);
    parsed.map(Some).map_err(|_| Reason::BadQuantity)
}

/// The time of any record that `rules` read, event or sale line.
///
/// # Errors
/// The [`Reason`] to reject the record.
pub fn time_of(row: &impl Row, mapping: &Mapping, rules: &Rules) -> Result<Time, Reason> {
    match rules.events {
        true => read(row, mapping, rules).map(|event| event.time),
        false => clean::clean(row, mapping, rules).map(|sale| sale.time),
    }
}

#[cfg(test)]
mod tests;
