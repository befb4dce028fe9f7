//! Alerts of all jobs, in one form.

use twox_hash::XxHash3_128;

use super::row::{Cell, Row};
use super::spec::{Column, Type, column};
use crate::record::Money;

/// How bad it is; a higher one is worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// To know.
    Low,
    /// To look at.
    Medium,
    /// To act on soon.
    High,
    /// To act on now.
    Critical,
}

impl Severity {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "LOW",
            Self::Medium => "MEDIUM",
            Self::High => "HIGH",
            Self::Critical => "CRITICAL",
        }
    }
}

/// The columns of every table of alerts.
pub const COLUMNS: &[Column] = &[
    column("alert_id", Type::Text),
    column("alert_type", Type::Text),
    column("severity", Type::Text),
    column("detected_at", Type::Time),
    column("store_id", Type::Text),
    column("product_id", Type::Text),
    column("user_id", Type::Text),
    column("session_id", Type::Text),
    column("transaction_id", Type::Text),
    column("value", Type::Quantity),
    column("threshold", Type::Quantity),
    column("score", Type::Float),
    column("reason", Type::Text),
];

/// Something that somebody should know; texts are blank where they do not apply.
#[derive(Debug, Clone)]
pub struct Alert<'a> {
    /// What it is, such as `LOW_STOCK`.
    pub kind: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// The event time of what set it off, in microseconds.
    pub at: i64,
    /// The shop.
    pub store: &'a [u8],
    /// The product.
    pub product: &'a [u8],
    /// The customer.
    pub user: &'a [u8],
    /// The visit.
    pub session: &'a [u8],
    /// The sale.
    pub transaction: &'a [u8],
    /// What was measured: money or pieces; none where that is not known.
    pub value: Option<Money>,
    /// What it was measured against.
    pub threshold: Money,
    /// How far beyond it is; each kind says how that is reckoned.
    pub score: f64,
    /// The same in words.
    pub reason: String,
}

impl Alert<'_> {
    /// Of this kind at this time, and nothing else yet.
    pub fn new(kind: &'static str, at: i64) -> Self {
        Self {
            kind,
            severity: Severity::Low,
            at,
            store: b"",
            product: b"",
            user: b"",
            session: b"",
            transaction: b"",
            value: None,
            threshold: Money::ZERO,
            score: 0.0,
            reason: String::new(),
        }
    }

    /// Its row. Its number follows from all that it says, so that the same alert has the same number
    /// whenever it is found, whoever is told twice can tell, and two that differ in anything are two.
    pub fn row(self) -> Row {
        let score = (self.score * 10_000.0).round() / 10_000.0;
        let mut hasher = XxHash3_128::new();
        let texts = [
            self.kind.as_bytes(),
            self.severity.name().as_bytes(),
            self.store,
            self.product,
            self.user,
            self.session,
            self.transaction,
            self.reason.as_bytes(),
        ];
        for text in texts {
            // With their lengths, so that none runs into the next.
            hasher.write(&(text.len() as u64).to_le_bytes());
            hasher.write(text);
        }
        hasher.write(&self.at.to_le_bytes());
        // An unknown value is told from every amount.
        let value = self.value.map_or(i128::MAX, |value| value.units().into());
        hasher.write(&value.to_le_bytes());
        hasher.write(&self.threshold.units().to_le_bytes());
        hasher.write(&score.to_le_bytes());
        vec![
            Cell::Text(format!("{:032x}", hasher.finish_128()).into()),
            Cell::Text(self.kind.into()),
            Cell::Text(self.severity.name().into()),
            Cell::Time(self.at),
            Cell::some_text(self.store),
            Cell::some_text(self.product),
            Cell::some_text(self.user),
            Cell::some_text(self.session),
            Cell::some_text(self.transaction),
            self.value
                .map_or(Cell::Null, |value| Cell::decimal(value.units())),
            Cell::decimal(self.threshold.units()),
            Cell::Float(score),
            Cell::Text(self.reason.into()),
        ]
    }
}

/// Pieces in words: without needless decimals.
pub fn pieces(units: Money) -> String {
    Cell::decimal(units.units())
        .json(Type::Quantity)
        .to_string()
}

/// How many times `of` is in `value`; for scores.
pub fn ratio(value: Money, of: Money) -> f64 {
    value.units() as f64 / of.units() as f64
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn alert(change: impl FnOnce(&mut Alert<'_>)) -> Cell {
        let mut alert = Alert {
            store: b"S1",
            product: b"p1",
            value: Money::from_units(60_000_000),
            reason: "High value: 6000".to_owned(),
            ..Alert::new("high_value", 1_000_000)
        };
        change(&mut alert);
        alert.row().swap_remove(0)
    }

    #[test]
    fn those_that_say_the_same_have_one_number_and_others_have_others() {
        let all = [
            alert(|_| ()),
            alert(|a| a.kind = "z_score"),
            alert(|a| a.severity = Severity::High),
            alert(|a| a.at += 1),
            alert(|a| (a.store, a.product) = (b"S1p", b"1")),
            alert(|a| (a.product, a.user) = (b"", b"p1")),
            alert(|a| a.session = b"s"),
            alert(|a| a.transaction = b"t"),
            alert(|a| a.value = Money::from_units(70_000_000)),
            alert(|a| a.threshold = Money::ONE),
            alert(|a| a.score = 0.001),
            alert(|a| a.reason.push('!')),
        ];
        let numbers: HashSet<_> = all.iter().map(|id| format!("{id:?}")).collect();
        assert_eq!(numbers.len(), all.len());
        assert_eq!(alert(|_| ()), all[0]);
    }
}
