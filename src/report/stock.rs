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

/// Products out of stock of all, in per cent. Of how many it is told when they are low does not
/// stand in these rows.
pub fn out_rate(rows: &[StockRow]) -> Option<Total> {
    let out: u64 = rows.iter().map(|row| row.out).sum();
    let all: u64 = rows.iter().map(|row| row.products).sum();
    let rate = divided(i128::from(out) * 1_000_000, all.into());
    rate.map(Total::from_units)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_of_all_products() {
        let row = |out, low, products| StockRow {
            store: "N".to_owned(),
            pieces: Total::ZERO,
            out,
            low,
            products,
        };
        let rows = [row(1, Some(2), 3), row(1, None, 4)];
        assert_eq!(
            out_rate(&rows).map(|rate| rate.to_string()),
            Some("28.5714".to_owned())
        );
        assert_eq!(out_rate(&[]), None);
    }
}
