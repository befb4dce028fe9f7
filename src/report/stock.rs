//! The stock, from the latest levels that batch was given.

use std::collections::BTreeMap;

use super::figure::Figure;
use super::found::StockRow;
use super::model::{Stock, StockOf};
use super::totals::Totals;
use crate::record::Total;
use crate::serve::figures::divided;

/// The stock of all stores and of each; none of no products.
pub fn stock(totals: &Totals, rows: &[StockRow]) -> Option<Stock> {
    let mut stores: BTreeMap<&str, StockOf> = BTreeMap::new();
    let mut total = StockOf::default();
    for row in rows {
        add(&mut total, row);
        let store = stores.entry(&row.store).or_insert_with(|| StockOf {
            store: row.store.clone(),
            ..StockOf::default()
        });
        add(store, row);
    }
    let mut by_store: Vec<_> = stores.into_values().collect();
    // The largest share first: a / b before c / d where a * d is more than c * b.
    by_store.sort_by_key(|of| of.store.clone());
    by_store.sort_by(|a, b| {
        let [a, b] = [(b, a), (a, b)]
            .map(|(of, other)| u128::from(of.out_of_stock) * u128::from(other.products));
        a.cmp(&b)
    });
    let as_of = totals.run.figures["as_of"].as_str().map(str::to_owned);
    (total.products > 0).then_some(Stock {
        as_of,
        total,
        by_store,
    })
}

fn add(to: &mut StockOf, row: &StockRow) {
    let before = to.pieces.map_or(0, Figure::units);
    to.pieces = Some(Figure::Pieces(Total::from_units(
        before + row.pieces.units(),
    )));
    to.products += row.products;
    to.out_of_stock += row.out;
    to.low_stock = match (to.low_stock, row.low) {
        (None, None) => None,
        (low, more) => Some(low.unwrap_or(0) + more.unwrap_or(0)),
    };
}

/// Products out of stock of all, and low ones of those in groups that tell when one is, in per
/// cent.
pub fn rates(rows: &[StockRow]) -> [Option<Total>; 2] {
    let rate = |part: u64, all: u64| {
        let rate = divided(i128::from(part) * 1_000_000, all.into());
        rate.map(Total::from_units)
    };
    let told = || rows.iter().filter(|row| row.low.is_some());
    [
        rate(
            rows.iter().map(|row| row.out).sum(),
            rows.iter().map(|row| row.products).sum(),
        ),
        rate(
            told().filter_map(|row| row.low).sum(),
            told().map(|row| row.products).sum(),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_of_the_products_that_tell() {
        let row = |out, low, products| StockRow {
            store: "N".to_owned(),
            pieces: Total::ZERO,
            out,
            low,
            products,
        };
        let text = |rates: [Option<Total>; 2]| {
            rates.map(|rate| rate.map_or("none".to_owned(), |rate| rate.to_string()))
        };
        let rows = [row(1, Some(2), 3), row(1, None, 3)];
        assert_eq!(text(rates(&rows)), ["33.3333", "66.6667"]);
        assert_eq!(text(rates(&rows[1..])), ["33.3333", "none"]);
        assert_eq!(text(rates(&[])), ["none", "none"]);
    }
}
