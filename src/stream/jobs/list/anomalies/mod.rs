//! Sales that stand out: very dear ones, very many pieces, many by one customer at once, and what
//! is far from what was usual for its shop and product.
//!
//! Dear sales and many pieces show in the sale itself and are told at once. The other two follow
//! a customer ([`rapid`]) or a product of a shop ([`series`]) through event time; the first byte of
//! a key says which.

mod rapid;
mod series;
mod single;
#[cfg(test)]
mod tests;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Entry;
use crate::error::Result;
use crate::record::Event;
use crate::record::event::Kind;
use crate::stream::jobs::operator::Operator;
use crate::stream::jobs::ordered::{ByKey, Ordered};
use crate::stream::jobs::out::Out;
use crate::stream::jobs::setup::Setup;
use crate::stream::jobs::spec::{Keep, SettingSpec, Spec, TableSpec};
use crate::stream::jobs::{alert, key};

const HIGH_VALUE: &str = "high_value";
const UNUSUAL_QUANTITY: &str = "unusual_quantity";
const RAPID_TRANSACTIONS: &str = "rapid_transactions";
const Z_SCORE: &str = "z_score";

static SPEC: Spec = Spec {
    name: "anomalies",
    about: "Sales that stand out, by money, pieces, customer and what was usual",
    events: "sales and transactions",
    patience: Duration::from_secs(60),
    tables: &[TableSpec {
        name: "anomalies",
        keep: Keep::Alerts,
        columns: alert::COLUMNS,
    }],
    settings: &[
        SettingSpec {
            name: HIGH_VALUE,
            default: "5000",
            about: "money of a sale above which it is high_value",
        },
        SettingSpec {
            name: UNUSUAL_QUANTITY,
            default: "10",
            about: "pieces of one product in a sale above which it is unusual_quantity",
        },
        SettingSpec {
            name: RAPID_TRANSACTIONS,
            default: "5",
            about: "sales of one customer within rapid_window above which they are \
                    rapid_transactions",
        },
        SettingSpec {
            name: "rapid_window",
            default: "60s",
            about: "how long sales of a customer count for rapid_transactions",
        },
        SettingSpec {
            name: "z_threshold",
            default: "3",
            about: "standard deviations from the mean above which a line is z_score",
        },
        SettingSpec {
            name: "z_previous",
            default: "10",
            about: "lines of the same shop and product before it that say what is usual, at most",
        },
        SettingSpec {
            name: "z_least",
            default: "5",
            about: "so many of them there must be at least",
        },
        SettingSpec {
            name: "forget",
            default: "7d",
            about: "how long a product of a shop is remembered after its last sale",
        },
    ],
    figures: &[HIGH_VALUE, UNUSUAL_QUANTITY, RAPID_TRANSACTIONS, Z_SCORE],
};

/// Its line in the list.
pub const JOB: Entry = Entry { spec: &SPEC, make };

fn make(setup: &Setup) -> Result<Box<dyn Operator>> {
    let job = Anomalies {
        single: single::Limits::new(setup)?,
        rapid: rapid::Limits::new(setup)?,
        series: series::Limits::new(setup)?,
    };
    Ok(Box::new(ByKey::new(job, setup.patience)))
}

struct Anomalies {
    single: single::Limits,
    rapid: rapid::Limits,
    series: series::Limits,
}

/// What is remembered of a key.
#[derive(Default, Clone, Serialize, Deserialize)]
enum State {
    #[default]
    Nothing,
    Customer(rapid::Customer),
    Series(series::Series),
}

/// What is needed of a sale, or of a line of it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Input {
    /// The number of a sale.
    Sale(Box<str>),
    Line(series::Line),
}

impl Ordered for Anomalies {
    type State = State;
    type Input = Input;

    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn keys(&self, event: &Event<'_>, give: &mut dyn FnMut(&[u8], Input)) {
        if event.kind != Kind::Sale {
            return;
        }
        if !event.user.is_empty() {
            give(
                &key::join(&[rapid::TAG, &key::pack(event.user)]),
                Input::Sale(String::from_utf8_lossy(event.id).into()),
            );
        }
        for line in &event.lines {
            if let Some((key, line)) = series::input(event, line) {
                give(&key, Input::Line(line));
            }
        }
    }

    fn apply(&mut self, key: &[u8], held: &mut State, at: i64, input: &Input, out: &mut Out) {
        match input {
            Input::Sale(id) => {
                if !matches!(held, State::Customer(_)) {
                    *held = State::Customer(rapid::Customer::default());
                }
                if let State::Customer(customer) = held {
                    self.rapid.sale(key, customer, at, id, out);
                }
            }
            Input::Line(line) => {
                if !matches!(held, State::Series(_)) {
                    *held = State::Series(series::Series::default());
                }
                if let State::Series(series) = held {
                    self.series.line(key, series, at, line, out);
                }
            }
        }
    }

    fn expires(&self, held: &State) -> i64 {
        match held {
            State::Nothing => i64::MIN,
            State::Customer(customer) => self.rapid.expires(customer),
            State::Series(series) => self.series.expires(series),
        }
    }

    fn at_once(&mut self, event: &Event<'_>, out: &mut Out) {
        if event.kind == Kind::Sale {
            self.single.look(event, out);
        }
    }

    fn is_early(&self) -> bool {
        true
    }
}
