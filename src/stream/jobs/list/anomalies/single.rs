//! What a sale tells by itself: `high_value` and `unusual_quantity`.

use super::{HIGH_VALUE, UNUSUAL_QUANTITY};
use crate::error::Result;
use crate::record::event::Line;
use crate::record::{Event, Money};
use crate::stream::jobs::alert::{Alert, Severity, pieces, ratio};
use crate::stream::jobs::out::Out;
use crate::stream::jobs::setup::Setup;

/// What is still usual.
pub struct Limits {
    amount: Money,
    units: Money,
}

impl Limits {
    /// As the user set them.
    pub fn new(setup: &Setup) -> Result<Self> {
        let positive = |name| match setup.decimal(name)? {
            limit if limit > Money::ZERO => Ok(limit),
            _ => Err(setup.wrong(name, "must be more than 0")),
        };
        Ok(Self {
            amount: positive(HIGH_VALUE)?,
            units: positive(UNUSUAL_QUANTITY)?,
        })
    }

    /// Looks at a sale. From twice the limit on it is one step worse.
    pub fn look(&self, event: &Event<'_>, out: &mut Out) {
        if event.amount > self.amount {
            let product = match event.lines.as_slice() {
                [only] => only.product.as_bytes(),
                _ => b"",
            };
            let score = ratio(event.amount, self.amount);
            let severity = match score >= 2.0 {
                true => Severity::Critical,
                false => Severity::High,
            };
            let alert = Alert {
                severity,
                product,
                value: Some(event.amount),
                threshold: self.amount,
                score,
                reason: format!("High value transaction: ${}", event.amount),
                ..blank(HIGH_VALUE, event)
            };
            out.row(0, alert.row());
            out.count(HIGH_VALUE, 1);
        }
        // Of equal lines the first, so that it is the same one whenever the sale is read.
        let most = |most: &'_ Line<'_>, line: &Line<'_>| line.units > most.units;
        let mut lines = event.lines.iter();
        let Some(first) = lines.next() else { return };
        let largest = lines.fold(first, |top, line| if most(top, line) { line } else { top });
        if largest.units > self.units {
            let score = ratio(largest.units, self.units);
            let severity = match score >= 2.0 {
                true => Severity::High,
                false => Severity::Medium,
            };
            let alert = Alert {
                severity,
                product: largest.product.as_bytes(),
                value: Some(largest.units),
                threshold: self.units,
                score,
                reason: format!("Unusual quantity: {} items", pieces(largest.units)),
                ..blank(UNUSUAL_QUANTITY, event)
            };
            out.row(0, alert.row());
            out.count(UNUSUAL_QUANTITY, 1);
        }
    }
}

/// An alert about a sale, without what is wrong with it.
fn blank<'a>(kind: &'static str, event: &Event<'a>) -> Alert<'a> {
    Alert {
        store: event.store,
        user: event.user,
        session: event.session,
        transaction: event.id,
        ..Alert::new(kind, event.time.micros())
    }
}
