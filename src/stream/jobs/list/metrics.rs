//! Sales by country and category, minute by minute, each sale once in every total.
//!
//! The windows do not overlap, and a transaction is of one category, that of its first line: so the
//! rows of any stretch of time add up to the truth. (The replaced system let windows overlap, and
//! told twice the revenue.)

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Entry;
use crate::error::Result;
use crate::record::Event;
use crate::record::event::Kind;
use crate::stream::jobs::key;
use crate::stream::jobs::operator::Operator;
use crate::stream::jobs::row::{Cell, Row};
use crate::stream::jobs::setup::Setup;
use crate::stream::jobs::spec::{Keep, SettingSpec, Spec, TableSpec, Type, column};
use crate::stream::jobs::windowed::{InWindows, Windowed};
use crate::stream::window::Shape;

static SPEC: Spec = Spec {
    name: "metrics",
    about: "Sales by country and category, minute by minute",
    events: "sales, returns and transactions",
    patience: Duration::from_secs(60),
    tables: &[TableSpec {
        name: "sales_metrics",
        keep: Keep::Rows,
        columns: &[
            column("window_start", Type::Time),
            column("window_end", Type::Time),
            column("country", Type::Text),
            column("category", Type::Text),
            column("total_amount", Type::Money),
            column("transaction_count", Type::Int),
            column("avg_transaction_value", Type::Money),
        ],
    }],
    settings: &[SettingSpec {
        name: "window",
        default: "1m",
        about: "length of a window",
    }],
    figures: &[],
};

/// Its line in the list.
pub const JOB: Entry = Entry { spec: &SPEC, make };

fn make(setup: &Setup) -> Result<Box<dyn Operator>> {
    let shape = setup.shape("window", "window")?;
    Ok(Box::new(InWindows::new(Metrics { shape })))
}

/// The category of sales that tell none; so called by the replaced system.
pub const GENERAL: &str = "General";

struct Metrics {
    shape: Shape,
}

#[derive(Default, Clone, Serialize, Deserialize)]
struct Sum {
    amount: i128,
    count: u64,
}

impl Windowed for Metrics {
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
        let category = match &*event.category {
            b"" => GENERAL.as_bytes(),
            category => category,
        };
        let sum = Sum {
            amount: i128::from(event.amount.units()),
            count: 1,
        };
        give(&key::join(&[event.country, category]), sum);
    }

    fn merge(&self, sum: &mut Sum, more: &Sum) {
        sum.amount += more.amount;
        sum.count += more.count;
    }

    fn money(&self, sum: &Sum) -> i128 {
        sum.amount
    }

    fn row(&self, key: &[u8], sum: &Sum, (start, end): (i64, i64)) -> Row {
        let [country, category] = key::split(key);
        vec![
            Cell::Time(start),
            Cell::Time(end),
            Cell::text(country),
            Cell::text(category),
            Cell::Decimal(sum.amount),
            Cell::Int(sum.count.cast_signed()),
            Cell::mean(sum.amount, i128::from(sum.count)),
        ]
    }
}
