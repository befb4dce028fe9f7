//! Sessions: visits of the shop that end with a pause, and how far they came.
//!
//! Unlike the replaced system, which cut sessions at the borders of fixed windows and read carts
//! only: views are counted as views, a session is one row however long it is, and whether it bought
//! is known.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use serde_json::{Value, json};

use super::Entry;
use crate::error::Result;
use crate::record::Event;
use crate::stream::jobs::operator::Operator;
use crate::stream::jobs::ordered::{ByKey, Ordered};
use crate::stream::jobs::out::Out;
use crate::stream::jobs::row::{Cell, Row, object};
use crate::stream::jobs::setup::Setup;
use crate::stream::jobs::spec::{Keep, SettingSpec, Spec, TableSpec, Type, column};
use crate::stream::jobs::visits::cart::Worth;
use crate::stream::jobs::visits::prices::{self, Prices};
use crate::stream::jobs::visits::{Input, Visit, Visits, user};

static SPEC: Spec = Spec {
    name: "sessions",
    about: "Sessions over views, carts and purchases, and how far they came",
    events: "views, carts and sales",
    // As late as the replaced system let transactions be.
    patience: Duration::from_secs(60),
    tables: &[TableSpec {
        name: "sessions",
        keep: Keep::Rows,
        columns: &[
            column("session_id", Type::Text),
            column("user_id", Type::Text),
            column("start_time", Type::Time),
            column("end_time", Type::Time),
            column("duration_seconds", Type::Int),
            column("page_views", Type::Int),
            column("cart_adds", Type::Int),
            column("cart_removes", Type::Int),
            column("cart_updates", Type::Int),
            column("purchases", Type::Int),
            column("purchase_completed", Type::Bool),
            column("abandoned", Type::Bool),
            column("total_amount", Type::Money),
            column("cart_value", Type::Money),
            column("products_in_cart", Type::Int),
        ],
    }],
    settings: &[
        SettingSpec {
            name: "gap",
            default: "30m",
            about: "a session ends so long after its last event",
        },
        prices::SETTING,
    ],
    figures: &FIGURES,
};

/// The funnel: all, those that looked, filled a cart, bought, and left a full cart behind.
const FIGURES: [&str; 5] = [
    "sessions",
    "with_view",
    "with_cart",
    "purchased",
    "abandoned",
];
/// So many of the sessions that ended last are shown.
const SHOWN: usize = 20;

/// Its line in the list.
pub const JOB: Entry = Entry { spec: &SPEC, make };

fn make(setup: &Setup) -> Result<Box<dyn Operator>> {
    let job = Sessions {
        gap: setup.duration("gap")?,
        prices: Prices::of_setup(setup)?,
        active: 0,
        funnel: None,
        latest: VecDeque::new(),
    };
    Ok(Box::new(ByKey::new(job, setup.patience)))
}

struct Sessions {
    /// In microseconds.
    gap: i64,
    prices: Prices,
    /// Sessions that have not ended.
    active: usize,
    /// The figures so far, once any event came.
    funnel: Option<BTreeMap<&'static str, i64>>,
    /// The sessions that ended last, the newest first; of this run only.
    latest: VecDeque<Row>,
}

impl Sessions {
    fn ended(&mut self, key: &[u8], visit: &Visit, out: &mut Out) {
        let steps = [
            true,
            visit.views > 0,
            visit.has_cart(),
            visit.purchases > 0,
            visit.is_abandoned(),
        ];
        for (name, step) in FIGURES.iter().zip(steps) {
            out.count(name, i64::from(step));
        }
        self.funnel = Some(out.counts.clone());
        let row = self.row(key, visit);
        self.latest.push_front(row.clone());
        self.latest.truncate(SHOWN);
        self.active = self.active.saturating_sub(1);
        out.row(0, row);
    }

    fn row(&self, key: &[u8], visit: &Visit) -> Row {
        let Worth { value, unpriced } = visit.cart.worth(&self.prices);
        let count = |count: u32| Cell::Int(i64::from(count));
        vec![
            Cell::some_text(&visit.session()),
            Cell::some_text(&user(key)),
            Cell::Time(visit.first),
            Cell::Time(visit.last),
            Cell::Int((visit.last - visit.first) / 1_000_000),
            count(visit.views),
            count(visit.adds),
            count(visit.removes),
            count(visit.updates),
            count(visit.purchases),
            Cell::Bool(visit.purchases > 0),
            Cell::Bool(visit.is_abandoned()),
            Cell::Decimal(visit.amount),
            // A part of the value would be taken for all of it.
            match unpriced {
                0 => Cell::Decimal(value),
                _ => Cell::Null,
            },
            Cell::Int(i64::try_from(visit.cart.products()).unwrap_or(i64::MAX)),
        ]
    }
}

impl Ordered for Sessions {
    type State = Visits;
    type Input = Input;

    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn keys(&self, event: &Event<'_>, give: &mut dyn FnMut(&[u8], Input)) {
        if let Some((key, input)) = Input::of(event) {
            give(&key, input);
        }
    }

    fn apply(&mut self, _key: &[u8], visits: &mut Visits, at: i64, input: &Input, out: &mut Out) {
        let (_, is_new) = visits.take(at, input);
        self.active += usize::from(is_new);
        self.funnel.get_or_insert_with(|| out.counts.clone());
    }

    fn wake(&self, visits: &Visits) -> Option<i64> {
        visits.next_end(self.gap)
    }

    fn woken(&mut self, key: &[u8], visits: &mut Visits, at: i64, out: &mut Out) {
        for visit in visits.take_ended(at, self.gap) {
            self.ended(key, &visit, out);
        }
    }

    fn begins_anew(&self) -> bool {
        // A visit that goes on in a later source is another one.
        true
    }

    fn expires(&self, _visits: &Visits) -> i64 {
        // As long as a visit is open, its end is due.
        i64::MIN
    }

    fn restored(&mut self, _key: &[u8], visits: &Visits) {
        self.active += visits.open().len();
    }

    fn view(&self) -> Value {
        let figure = |name: &str| {
            let figures = self.funnel.as_ref();
            figures.and_then(|f| f.get(name).copied()).unwrap_or(0)
        };
        let all = figure(FIGURES[0]);
        let funnel = FIGURES.iter().map(|name| {
            let share = figure(name) as f64 / all.max(1) as f64;
            let share = (share * 10_000.0).round() / 10_000.0;
            json!({"step": name, "sessions": figure(name), "share": share})
        });
        let columns = SPEC.tables[0].columns;
        let latest = self.latest.iter().map(|row| object(columns, row));
        json!({
            "active": self.active,
            "funnel": funnel.collect::<Vec<_>>(),
            "latest": latest.collect::<Vec<_>>(),
        })
    }
}

#[cfg(test)]
mod tests;
