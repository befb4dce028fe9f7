//! The stock of each product in each shop, by event time: from levels that are told, and from
//! what is sold, comes back and comes in. Alerts, and windows of stocks and turnover.

mod alerts;
mod board;
mod metrics;
mod panes;
mod shelf;
#[cfg(test)]
mod tests;
mod turnover;

use std::time::Duration;

use serde_json::Value;

use self::alerts::{Limits, UNKNOWN};
use self::board::{Board, Known};
use self::metrics::Observed;
use self::panes::Sum;
use self::shelf::{Change, Defaults, Shelf};
use self::turnover::Turned;
use super::Entry;
use crate::error::Result;
use crate::record::clean::UNKNOWN_PRODUCT;
use crate::record::event::Kind;
use crate::record::{Event, Money};
use crate::stream::jobs::operator::Operator;
use crate::stream::jobs::ordered::{ByKey, Ordered};
use crate::stream::jobs::out::Out;
use crate::stream::jobs::setup::Setup;
use crate::stream::jobs::spec::{Keep, SettingSpec, Spec, TableSpec};
use crate::stream::jobs::{alert, key};
use crate::stream::window::Shape;

/// The numbers of the tables.
const ALERTS: usize = 0;
const METRICS: usize = 1;
const TURNOVER: usize = 2;

static SPEC: Spec = Spec {
    name: "inventory",
    about: "Stock by shop and product, its alerts, and windows of stocks and turnover",
    events: "stock levels, sales, returns, restocks and transactions",
    patience: Duration::from_secs(5 * 60),
    tables: &[
        TableSpec {
            name: "inventory_alerts",
            keep: Keep::Alerts,
            columns: alert::COLUMNS,
        },
        TableSpec {
            name: "inventory_metrics",
            keep: Keep::Rows,
            columns: metrics::COLUMNS,
        },
        TableSpec {
            name: "inventory_turnover",
            keep: Keep::Rows,
            columns: turnover::COLUMNS,
        },
    ],
    settings: &[
        SettingSpec {
            name: "initial",
            default: "",
            about: "stock of every product before its first event; blank: unknown until a level \
                    is told",
        },
        SettingSpec {
            name: "sales",
            default: "yes",
            about: "whether sales are taken from the stock; no: levels alone tell it, which is right \
                    where each sale is followed by one",
        },
        SettingSpec {
            name: "reorder",
            default: "10",
            about: "stock that is LOW_STOCK, where no event tells the reorder point",
        },
        SettingSpec {
            name: "maximum",
            default: "200",
            about: "stock above which it is OVERSTOCKED, where no event tells the maximum",
        },
        SettingSpec {
            name: "critical",
            default: "",
            about: "low stock that is CRITICAL_STOCK besides, such as 5; blank: none is",
        },
        SettingSpec {
            name: "hysteresis",
            default: "20",
            about: "percent beyond its bound that a stock must come before it is told again",
        },
        SettingSpec {
            name: "rapid",
            default: "50",
            about: "percent of a stock that one event must exceed for RAPID_DEPLETION",
        },
        SettingSpec {
            name: "rapid_window",
            default: "10m",
            about: "how long a RAPID_DEPLETION of a stock is not told again",
        },
        SettingSpec {
            name: "window",
            default: "10m",
            about: "length of a window of inventory_metrics",
        },
        SettingSpec {
            name: "slide",
            default: "2m",
            about: "distance of windows of inventory_metrics",
        },
        SettingSpec {
            name: "turnover_window",
            default: "30m",
            about: "length of a window of inventory_turnover",
        },
        SettingSpec {
            name: "turnover_slide",
            default: "5m",
            about: "distance of windows of inventory_turnover",
        },
        SettingSpec {
            name: "forget",
            default: "7d",
            about: "how long a stock is remembered after its last event",
        },
    ],
    figures: &alerts::FIGURES,
};

/// Its line in the list.
pub const JOB: Entry = Entry { spec: &SPEC, make };

fn make(setup: &Setup) -> Result<Box<dyn Operator>> {
    let initial = match setup.text("initial") {
        "" => None,
        _ => Some(setup.decimal("initial")?),
    };
    let takes_sales = match setup.text("sales") {
        "yes" => true,
        "no" => false,
        _ => return Err(setup.wrong("sales", "is neither yes nor no")),
    };
    let job = Inventory {
        takes_sales,
        defaults: Defaults {
            initial,
            reorder: setup.decimal("reorder")?,
            maximum: setup.decimal("maximum")?,
        },
        limits: Limits::new(setup)?,
        metrics: setup.shape("window", "slide")?,
        turnover: setup.shape("turnover_window", "turnover_slide")?,
        forget: setup.duration("forget")?,
        board: Board::default(),
    };
    Ok(Box::new(ByKey::new(job, setup.patience)))
}

struct Inventory {
    /// Whether sales are taken from the stock.
    takes_sales: bool,
    defaults: Defaults,
    limits: Limits,
    metrics: Shape,
    turnover: Shape,
    forget: i64,
    board: Board,
}

impl Inventory {
    /// The stock for the board, if it is known.
    fn known(&self, held: &Shelf) -> Option<Known> {
        held.level(&self.defaults).map(|level| (level, held.last))
    }
}

impl Ordered for Inventory {
    type State = Shelf;
    type Input = Change;

    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn keys(&self, event: &Event<'_>, give: &mut dyn FnMut(&[u8], Change)) {
        // What nobody can name is on no shelf.
        let mut give = |product: &[u8], change| {
            if product != UNKNOWN_PRODUCT {
                give(&key::join(&[event.store, product]), change);
            }
        };
        let units = |pieces: Option<Money>| pieces.map(Money::units);
        match event.kind {
            Kind::Sale | Kind::Return => {
                for line in &event.lines {
                    give(line.product.as_bytes(), Change::Sold(line.units.units()));
                }
            }
            Kind::Restock => {
                if let Some(came) = units(event.units) {
                    give(event.product, Change::Came(came));
                }
            }
            Kind::Stock => {
                if let Some(stock) = units(event.stock) {
                    let (maximum, reorder) = (units(event.maximum), units(event.reorder));
                    give(event.product, Change::Level(stock, maximum, reorder));
                }
            }
            _ => {}
        }
    }

    fn apply(&mut self, key: &[u8], held: &mut Shelf, at: i64, change: &Change, out: &mut Out) {
        let was = self.known(held);
        held.last = at;
        if let (Change::Sold(sold), false) = (change, self.takes_sales) {
            match held.stock {
                Some(_) => {
                    let turnover = held.turnover.at(at, self.turnover);
                    turnover.then(&Turned::sold(*sold));
                }
                None => out.count(UNKNOWN, 1),
            }
            return;
        }
        let before = held.change(change, &self.defaults);
        let Some(level) = held.level(&self.defaults) else {
            out.count(UNKNOWN, 1);
            return;
        };
        held.metrics
            .at(at, self.metrics)
            .then(&Observed::one(level));
        held.turnover
            .at(at, self.turnover)
            .then(&Turned::of(change, &level));
        self.limits
            .look(key, &mut held.told, at, (before, &level), out);
        if !out.is_guessing() {
            self.board.replace(key, was, Some((level, at)));
        }
    }

    fn wake(&self, held: &Shelf) -> Option<i64> {
        let (metrics, turnover) = (
            held.metrics.due(self.metrics),
            held.turnover.due(self.turnover),
        );
        [metrics, turnover].into_iter().flatten().min()
    }

    fn woken(&mut self, key: &[u8], held: &mut Shelf, at: i64, out: &mut Out) {
        if let Some((sum, window)) = held.metrics.close(at, self.metrics) {
            out.row(METRICS, sum.row(key, window));
        }
        if let Some((sum, window)) = held.turnover.close(at, self.turnover) {
            out.row(TURNOVER, sum.row(key, window));
        }
    }

    fn expires(&self, held: &Shelf) -> i64 {
        // While the stock is not known there is nothing to be remembered.
        held.stock
            .map_or(i64::MIN, |_| held.last.saturating_add(self.forget))
    }

    fn is_early(&self) -> bool {
        true
    }

    fn restored(&mut self, key: &[u8], held: &Shelf) {
        let known = self.known(held);
        self.board.replace(key, None, known);
    }

    fn forgotten(&mut self, key: &[u8], held: &Shelf) {
        let known = self.known(held);
        self.board.replace(key, known, None);
    }

    fn view(&self) -> Value {
        self.board.view()
    }
}
