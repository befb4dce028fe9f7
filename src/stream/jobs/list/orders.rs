//! Orders by the way they came in and the state of the customer.
//!
//! An order of a customer whom the customers' file does not have counts, as of state `UNKNOWN`: in
//! the replaced system it vanished. Its table is replaced as a whole, so adding it up is right at
//! any time; the replaced system appended it anew every 15 seconds.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Entry;
use crate::error::Result;
use crate::record::Event;
use crate::record::event::Kind;
use crate::stream::jobs::key;
use crate::stream::jobs::lookup::{Lookup, lookup};
use crate::stream::jobs::operator::Operator;
use crate::stream::jobs::row::{Cell, Row};
use crate::stream::jobs::setup::Setup;
use crate::stream::jobs::spec::{Keep, SettingSpec, Spec, TableSpec, Type, column};
use crate::stream::jobs::totals::{ForGood, Totals};

static SPEC: Spec = Spec {
    name: "orders",
    about: "Orders by the way they came in and the customer's state",
    events: "orders",
    // Totals have no time.
    patience: Duration::ZERO,
    tables: &[TableSpec {
        name: "orders",
        keep: Keep::Newest,
        columns: &[
            column("source", Type::Text),
            column("state", Type::Text),
            column("order_count", Type::Int),
            column("total_quantity", Type::Quantity),
            column("total_sum_amount", Type::Money),
        ],
    }],
    settings: &[SettingSpec {
        name: "customers",
        default: "",
        about: "CSV or JSON lines with customer_id and state, instead of the 17 customers known",
    }],
    figures: &[],
};

/// Its line in the list.
pub const JOB: Entry = Entry { spec: &SPEC, make };

/// The state of customers of whom none is known.
const UNKNOWN: &str = "UNKNOWN";
/// The customers where no file is named, by number.
/// Source: `customers.csv` of the replaced order system.
const CUSTOMERS: [(std::ops::RangeInclusive<u32>, &str); 5] = [
    (1..=3, "CA"),
    (4..=5, "TX"),
    (6..=8, "NY"),
    (9..=12, "KS"),
    (13..=17, "KY"),
];

fn make(setup: &Setup) -> Result<Box<dyn Operator>> {
    let told = lookup(setup, "customers", "customer_id", "state")?;
    let states = told.unwrap_or_else(|| {
        let all = CUSTOMERS.iter().flat_map(|(customers, state)| {
            let customers = customers.clone();
            customers.map(|customer| (customer.to_string().into_bytes().into(), (*state).into()))
        });
        all.collect()
    });
    Ok(Box::new(ForGood::new(Orders { states })))
}

struct Orders {
    /// By customer.
    states: Lookup,
}

/// Pieces and money in units of 1/10,000.
#[derive(Default, Serialize, Deserialize)]
struct Sum {
    count: u64,
    units: i128,
    amount: i128,
}

impl Totals for Orders {
    type Sum = Sum;

    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn keys(&self, event: &Event<'_>, give: &mut dyn FnMut(&[u8], Sum)) {
        if event.kind != Kind::Order {
            return;
        }
        let state = self.states.get(event.user).map_or(UNKNOWN, |state| state);
        let sum = Sum {
            count: 1,
            units: event.units.map_or(0, |units| i128::from(units.units())),
            amount: i128::from(event.amount.units()),
        };
        give(&key::join(&[event.source, state.as_bytes()]), sum);
    }

    fn merge(&self, sum: &mut Sum, more: &Sum) {
        sum.count += more.count;
        sum.units += more.units;
        sum.amount += more.amount;
    }

    fn row(&self, key: &[u8], sum: &Sum) -> Row {
        let [source, state] = key::split(key);
        vec![
            Cell::some_text(source),
            Cell::text(state),
            Cell::Int(sum.count.cast_signed()),
            Cell::Decimal(sum.units),
            Cell::Decimal(sum.amount),
        ]
    }
}

#[cfg(test)]
mod tests;
