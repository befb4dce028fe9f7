//! Data-quality rules of sales and stock, over plain values.
//!
//! A record that breaks a rule is no reject: it can be read, and is counted by rule.

use std::collections::BTreeMap;

use super::money::Money;

/// What |total - quantity x price| may come to, in units of 1/10^8: 0.01.
const TOLERANCE: u128 = 1_000_000;

/// A rule that a record may break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// The record has no id, or a blank one.
    MissingId,
    /// A quantity is zero or less.
    QuantityNotPositive,
    /// A unit price is zero or less.
    PriceNotPositive,
    /// The total is more than 0.01 away from the sum of quantity x price.
    TotalMismatch,
    /// A stock is below zero.
    NegativeStock,
}

impl Rule {
    /// All rules, in the order of summaries.
    pub const ALL: [Self; 5] = [
        Self::MissingId,
        Self::QuantityNotPositive,
        Self::PriceNotPositive,
        Self::TotalMismatch,
        Self::NegativeStock,
    ];

    /// Its name in summaries.
    pub fn name(self) -> &'static str {
        match self {
            Self::MissingId => "missing_id",
            Self::QuantityNotPositive => "quantity_not_positive",
            Self::PriceNotPositive => "price_not_positive",
            Self::TotalMismatch => "total_mismatch",
            Self::NegativeStock => "negative_stock",
        }
    }
}

/// Pieces of one product at one price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// Pieces, with four decimals as money has.
    pub quantity: Money,
    /// The price of a piece.
    pub price: Money,
}

/// What of a record is judged. A sale of one product has one line, a transaction several; what
/// a record of its kind does not have is not judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts<'a> {
    /// Its id as it is written.
    pub id: &'a [u8],
    /// What is sold.
    pub lines: &'a [Line],
    /// What is to be paid for all lines.
    pub total: Option<Money>,
    /// The level of a stock.
    pub stock: Option<Money>,
}

/// The rules that one record breaks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RuleSet(u8);

impl RuleSet {
    /// Whether none is broken.
    #[inline]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether this one is broken.
    pub fn contains(self, rule: Rule) -> bool {
        self.0 & (1 << rule as u8) != 0
    }

    /// The broken rules, in the order of [`Rule::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Rule> {
        Rule::ALL
            .into_iter()
            .filter(move |rule| self.contains(*rule))
    }

    fn set(&mut self, rule: Rule, broken: bool) {
        self.0 |= u8::from(broken) << rule as u8;
    }
}

/// The rules that a record with these facts breaks.
#[inline]
pub fn broken_rules(facts: &Facts<'_>) -> RuleSet {
    let mut set = RuleSet::default();
    set.set(Rule::MissingId, facts.id.trim_ascii().is_empty());
    let mut sum = 0i128;
    for line in facts.lines {
        set.set(Rule::QuantityNotPositive, line.quantity <= Money::ZERO);
        set.set(Rule::PriceNotPositive, line.price <= Money::ZERO);
        sum += i128::from(line.quantity.units()) * i128::from(line.price.units());
    }
    if let (Some(total), [_, ..]) = (facts.total, facts.lines) {
        let away = (i128::from(total.units()) * 10_000 - sum).unsigned_abs();
        set.set(Rule::TotalMismatch, away > TOLERANCE);
    }
    let below = |stock: Money| stock.is_negative();
    set.set(Rule::NegativeStock, facts.stock.is_some_and(below));
    set
}

/// How many records broke each rule.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Broken([u64; Rule::ALL.len()]);

impl Broken {
    /// Counts a record.
    #[inline]
    pub fn count(&mut self, set: RuleSet) {
        if set.is_empty() {
            return;
        }
        for rule in set.iter() {
            self.0[rule as usize] += 1;
        }
    }

    /// What [`Broken::by_name`] told; rules that are not known any more are left out.
    pub fn restored<'a>(told: impl IntoIterator<Item = (&'a str, u64)>) -> Self {
        let mut broken = Self::default();
        for (name, count) in told {
            if let Some(rule) = Rule::ALL.into_iter().find(|rule| rule.name() == name) {
                broken.0[rule as usize] = count;
            }
        }
        broken
    }

    /// All rules by name, those that nothing broke with 0.
    pub fn by_name(&self) -> BTreeMap<String, u64> {
        let counts = Rule::ALL.iter().zip(self.0);
        counts
            .map(|(rule, count)| (rule.name().to_owned(), count))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(text: &str) -> Money {
        Money::parse(text.as_bytes(), b'.').unwrap()
    }

    fn names(id: &str, lines: &[(&str, &str)], total: Option<&str>, stock: Option<&str>) -> String {
        let lines: Vec<_> = lines
            .iter()
            .map(|(quantity, price)| Line {
                quantity: money(quantity),
                price: money(price),
            })
            .collect();
        let facts = Facts {
            id: id.as_bytes(),
            lines: &lines,
            total: total.map(money),
            stock: stock.map(money),
        };
        let names: Vec<_> = broken_rules(&facts).iter().map(Rule::name).collect();
        names.join(" ")
    }

    #[test]
    fn each_rule_is_found_alone_and_together() {
        assert_eq!(names("a", &[("2", "1.50")], Some("3.00"), None), "");
        assert_eq!(
            names(" ", &[("2", "1.50")], Some("3.00"), None),
            "missing_id"
        );
        let nothing = names("a", &[("0", "1")], Some("0"), None);
        assert_eq!(nothing, "quantity_not_positive");
        let free = names("a", &[("1", "0")], Some("0"), None);
        assert_eq!(free, "price_not_positive");
        assert_eq!(names("a", &[], None, Some("-1")), "negative_stock");
        assert_eq!(names("a", &[], None, Some("0")), "");
        assert_eq!(
            names("", &[("-1", "-1")], Some("3"), Some("-0.0001")),
            "missing_id quantity_not_positive price_not_positive total_mismatch negative_stock"
        );
    }

    #[test]
    fn a_total_may_be_a_cent_away_and_no_more() {
        let lines = [("3", "0.3333"), ("1", "2")];
        for (total, broken) in [
            ("2.9999", ""),
            ("3.0099", ""),
            ("2.9899", ""),
            ("3.01", "total_mismatch"),
            ("2.9898", "total_mismatch"),
        ] {
            assert_eq!(names("a", &lines, Some(total), None), broken, "{total}");
        }
        // Without lines there is nothing to hold it against.
        assert_eq!(names("a", &[], Some("5"), None), "");
    }

    #[test]
    fn counts_are_told_by_name() {
        let mut broken = Broken::default();
        broken.count(RuleSet::default());
        for _ in 0..3 {
            broken.count(broken_rules(&Facts {
                id: b"",
                lines: &[],
                total: None,
                stock: Some(money("-1")),
            }));
        }
        let told = broken.by_name();
        assert_eq!(told.len(), 5);
        assert_eq!((told["missing_id"], told["negative_stock"]), (3, 3));
        assert_eq!(told["total_mismatch"], 0);
    }
}
