//! What the analyses ask of an accepted record beside its money.
//!
//! Nothing here rejects a record: what is missing or cannot be read is not there.

use crate::record::clean::{Kind, Row, first};
use crate::record::field::Field;
use crate::record::mapping::{Mapping, Rules};
use crate::record::money::Money;

/// The details of an accepted record; texts are trimmed, and empty where none is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Details<'a> {
    /// The shop.
    pub store: &'a [u8],
    /// Where the shop is.
    pub store_city: &'a [u8],
    /// The product's category.
    pub category: &'a [u8],
    /// The country of the sale.
    pub country: &'a [u8],
    /// Pieces, with four decimals as money has; negative for a return, whatever their sign in
    /// the record.
    pub units: Option<Money>,
}

/// The details of a record that [`super::clean()`] took for one of `kind`.
#[inline]
pub fn details<'a>(row: &'a impl Row, mapping: &Mapping, rules: &Rules, kind: Kind) -> Details<'a> {
    let text = |field| first(row, mapping.columns(field));
    let quantity = text(Field::Quantity);
    let units = Money::parse(quantity, rules.point()).ok();
    Details {
        store: text(Field::StoreId),
        store_city: text(Field::StoreCity),
        category: text(Field::Category),
        country: text(Field::Country),
        units: match kind {
            Kind::Return => units.map(|units| -units.abs()),
            _ => units,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Fields(Vec<&'static str>);

    impl Row for Fields {
        fn get(&self, column: usize) -> &[u8] {
            self.0.get(column).map_or(b"", |v| v.as_bytes())
        }
    }

    #[test]
    fn texts_are_trimmed_and_quantities_signed() {
        let rules = Rules::default();
        let header = ["store", "City", "category", "product_category", "qty"];
        let header = header.map(str::to_owned).to_vec();
        let mapping = Mapping::of_header(header, &rules, "test").expect("a mapping");
        let row = Fields(vec![" S1 ", "Pune\u{a0}", " ", "Food", "2.5"]);
        let found = details(&row, &mapping, &rules, Kind::Sale);
        let texts = [found.store, found.store_city, found.category, found.country];
        assert_eq!(texts, ["S1", "Pune", "Food", ""].map(str::as_bytes));
        let units = |quantity, kind| {
            let row = Fields(vec!["", "", "", "", quantity]);
            details(&row, &mapping, &rules, kind)
                .units
                .map(Money::units)
        };
        assert_eq!(units("2.5", Kind::Sale), Some(25_000));
        assert_eq!(units("-2", Kind::Sale), Some(-20_000));
        assert_eq!(units("2", Kind::Return), Some(-20_000));
        assert_eq!(units("-2", Kind::Return), Some(-20_000));
        for none in ["", " ", "two", "1,5", "1e14"] {
            assert_eq!(units(none, Kind::Sale), None, "{none}");
        }
    }
}
