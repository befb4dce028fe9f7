//! Carts that are left behind: something in it, nothing bought, and nothing done for a while.
//!
//! Each visit is told of once, as soon as it has been idle for so long. Idle means that the visit
//! has no event at all, so who still looks at products is not taken for gone.

use std::time::Duration;

use super::Entry;
use crate::error::Result;
use crate::record::{Event, Money, Total};
use crate::stream::jobs::alert::{Alert, COLUMNS, Severity};
use crate::stream::jobs::operator::Operator;
use crate::stream::jobs::ordered::{ByKey, Ordered};
use crate::stream::jobs::out::Out;
use crate::stream::jobs::row::Row;
use crate::stream::jobs::setup::Setup;
use crate::stream::jobs::spec::{Keep, SettingSpec, Spec, TableSpec};
use crate::stream::jobs::visits::cart::Worth;
use crate::stream::jobs::visits::prices::{self, Prices};
use crate::stream::jobs::visits::{Input, Visit, Visits, user};

static SPEC: Spec = Spec {
    name: "cart_abandonment",
    about: "Carts that are left behind, with what they are worth",
    events: "views, carts and sales",
    patience: Duration::from_secs(60),
    tables: &[TableSpec {
        name: "cart_abandonment",
        keep: Keep::Alerts,
        columns: COLUMNS,
    }],
    settings: &[
        SettingSpec {
            name: "idle",
            default: "15m",
            about: "a cart is abandoned when nothing is done for so long",
        },
        SettingSpec {
            name: "gap",
            default: "30m",
            about: "a session ends so long after its last event",
        },
        prices::SETTING,
    ],
    figures: &["abandoned", "recovered"],
};

/// Its line in the list.
pub const JOB: Entry = Entry { spec: &SPEC, make };

/// What an alert is called.
const KIND: &str = "CART_ABANDONED";
/// From this value on, as far as it is known, the severity is high, in units of 1/10,000.
const HIGH: i128 = 500 * 10_000;
/// From this value on it is medium.
const MEDIUM: i128 = 100 * 10_000;
/// What an alert can tell at most.
const MOST: i128 = 1_000_000_000_000_000_000 - 1;

const SECOND: i64 = 1_000_000;

fn make(setup: &Setup) -> Result<Box<dyn Operator>> {
    let (idle, gap) = (setup.duration("idle")?, setup.duration("gap")?);
    if idle > gap {
        let what = format!("is longer than the gap of {}", setup.text("gap"));
        return Err(setup.wrong("idle", &what));
    }
    let prices = Prices::of_setup(setup)?;
    let idle_text = setup.text("idle").to_owned();
    let job = Abandonment {
        idle,
        idle_text,
        gap,
        prices,
    };
    Ok(Box::new(ByKey::new(job, setup.patience)))
}

struct Abandonment {
    /// In microseconds, at most the gap.
    idle: i64,
    /// The same as it was set.
    idle_text: String,
    gap: i64,
    prices: Prices,
}

impl Abandonment {
    /// When a visit is to be told of, if it is left as it is.
    fn due(&self, visit: &Visit) -> Option<i64> {
        let due = visit.last.saturating_add(self.idle);
        (visit.is_abandoned() && !visit.told).then_some(due)
    }

    fn alert(&self, key: &[u8], visit: &Visit, at: i64) -> Row {
        let Worth { value, unpriced } = visit.cart.worth(&self.prices);
        let count = visit.cart.products();
        let severity = match value {
            HIGH.. => Severity::High,
            MEDIUM.. => Severity::Medium,
            _ => Severity::Low,
        };
        // Minutes, with four decimals as money has.
        let minutes = Money::from_units(self.idle / SECOND * 10_000 / 60);
        let products = match count {
            1 => "1 product".to_owned(),
            several => format!("{several} products"),
        };
        let total = Total::from_units(value);
        let worth = match unpriced {
            0 => total.to_string(),
            all if all == count => "an unknown amount".to_owned(),
            _ => format!("at least {total}"),
        };
        let idle = &self.idle_text;
        let mut reason = format!("{products} worth {worth} in the cart, nothing done for {idle}");
        if (1..count).contains(&unpriced) {
            reason.push_str(&format!("; {unpriced} of them without a known price"));
        }
        // A part of the value would be taken for all of it.
        let known = Some(value).filter(|_| unpriced == 0);
        let value = known.and_then(|value| i64::try_from(value.min(MOST)).ok());
        Alert {
            severity,
            user: &user(key),
            session: &visit.session(),
            value: value.and_then(Money::from_units),
            threshold: minutes.unwrap_or_default(),
            // It is told when it is idle for just so long.
            score: 1.0,
            reason,
            ..Alert::new(KIND, at)
        }
        .row()
    }
}

impl Ordered for Abandonment {
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
        let (number, _) = visits.take(at, input);
        if !input.is_purchase() {
            return;
        }
        let visit = &visits.open()[number];
        let is_recovered = visit.told && visit.purchases == 1;
        out.count("recovered", i64::from(is_recovered));
        // Whoever has bought has left no cart behind, whichever visit it was in.
        let carts = visits.open_mut().iter_mut();
        carts.for_each(|visit| visit.cart.clear());
    }

    fn wake(&self, visits: &Visits) -> Option<i64> {
        let due = visits.open().iter().filter_map(|visit| self.due(visit));
        due.chain(visits.next_end(self.gap)).min()
    }

    fn woken(&mut self, key: &[u8], visits: &mut Visits, at: i64, out: &mut Out) {
        for number in 0..visits.open().len() {
            let visit = &visits.open()[number];
            if let Some(due) = self.due(visit).filter(|due| *due <= at) {
                out.row(0, self.alert(key, visit, due));
                out.count("abandoned", 1);
                visits.open_mut()[number].told = true;
            }
        }
        visits.take_ended(at, self.gap);
    }

    fn begins_anew(&self) -> bool {
        // A visit that goes on in a later source is another one.
        true
    }

    fn expires(&self, _visits: &Visits) -> i64 {
        // As long as a visit is open, its end is due.
        i64::MIN
    }
}

#[cfg(test)]
mod tests;
