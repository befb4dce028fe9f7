//! Sales by shop and product in overlapping windows, with the customers who bought.
//!
//! The windows overlap, for curves that are up to date: whoever adds them up counts a sale five
//! times. For totals there are `metrics` and `revenue`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Entry;
use crate::error::Result;
use crate::record::Event;
use crate::record::event::Kind;
use crate::stream::jobs::distinct::Distinct;
use crate::stream::jobs::key;
use crate::stream::jobs::operator::Operator;
use crate::stream::jobs::row::{Cell, Row};
use crate::stream::jobs::setup::Setup;
use crate::stream::jobs::spec::{Keep, SettingSpec, Spec, TableSpec, Type, column};
use crate::stream::jobs::windowed::{InWindows, Windowed};
use crate::stream::window::Shape;

static SPEC: Spec = Spec {
    name: "sales",
    about: "Sales by shop and product, with the customers who bought",
    events: "sales, returns and transactions",
    patience: Duration::from_secs(60),
    tables: &[TableSpec {
        name: "sales",
        keep: Keep::Rows,
        columns: &[
            column("store_id", Type::Text),
            column("product_id", Type::Text),
            column("total_quantity", Type::Quantity),
            column("total_revenue", Type::Money),
            column("avg_unit_price", Type::Money),
            column("transaction_count", Type::Int),
            column("unique_customers", Type::Int),
            column("customers_exact", Type::Bool),
            column("window_start", Type::Time),
            column("window_end", Type::Time),
        ],
    }],
    settings: &[
        SettingSpec {
            name: "window",
            default: "5m",
            about: "length of a window",
        },
        SettingSpec {
            name: "slide",
            default: "1m",
            about: "distance of windows",
        },
        SettingSpec {
            name: "exact",
            default: "64",
            about: "so many customers are counted one by one, more are estimated within 1.6 % or so",
        },
    ],
    figures: &[],
};

/// Its line in the list.
pub const JOB: Entry = Entry { spec: &SPEC, make };

/// Beyond it an estimate takes less room.
const MOST_EXACT: usize = 10_000;

fn make(setup: &Setup) -> Result<Box<dyn Operator>> {
    let exact = setup.number("exact")?;
    if exact > MOST_EXACT {
        return Err(setup.wrong("exact", &format!("is more than {MOST_EXACT}")));
    }
    let shape = setup.shape("window", "slide")?;
    Ok(Box::new(InWindows::new(Sales { shape, exact })))
}

struct Sales {
    shape: Shape,
    /// So many customers are counted one by one.
    exact: usize,
}

/// Pieces and money in units of 1/10,000.
#[derive(Default, Clone, Serialize, Deserialize)]
struct Sum {
    units: i128,
    amount: i128,
    count: u64,
    customers: Distinct,
}

impl Windowed for Sales {
    type Sum = Sum;

    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn shape(&self) -> Shape {
        self.shape
    }

    fn keys(&self, event: &Event<'_>, give: &mut dyn FnMut(&[u8], Sum)) {
        if !matches!(event.kind, Kind::Sale | Kind::Return) {
            return;
        }
        let mut customers = Distinct::default();
        if !event.user.is_empty() {
            customers.see(event.user, self.exact);
        }
        for line in &event.lines {
            let sum = Sum {
                units: i128::from(line.units.units()),
                amount: i128::from(line.amount.units()),
                count: 1,
                customers: customers.clone(),
            };
            give(&key::join(&[event.store, line.product.as_bytes()]), sum);
        }
    }

    fn merge(&self, sum: &mut Sum, more: &Sum) {
        sum.units += more.units;
        sum.amount += more.amount;
        sum.count += more.count;
        sum.customers.merge(&more.customers, self.exact);
    }

    fn money(&self, sum: &Sum) -> i128 {
        sum.amount
    }

    fn row(&self, key: &[u8], sum: &Sum, (start, end): (i64, i64)) -> Row {
        const ONE: i128 = 10_000;
        let [store, product] = key::split(key);
        vec![
            Cell::some_text(store),
            Cell::text(product),
            Cell::Decimal(sum.units),
            Cell::Decimal(sum.amount),
            Cell::mean(sum.amount * ONE, sum.units),
            Cell::Int(sum.count.cast_signed()),
            Cell::Int(sum.customers.count().cast_signed()),
            Cell::Bool(sum.customers.is_exact()),
            Cell::Time(start),
            Cell::Time(end),
        ]
    }
}

#[cfg(test)]
mod tests;
