//! Visits that are over: the newest of them, and how many came how far.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::newest::Newest;
use super::table::Digest;
use super::values::{Amount, Moment};
use super::view::Job;
use crate::source::rows::{Kind, Rows};

/// A visit that is over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Session {
    /// The visit.
    #[schema(value_type = Option<String>)]
    pub session_id: Option<Box<str>>,
    /// The customer; null where nothing tells.
    #[schema(value_type = Option<String>)]
    pub user_id: Option<Box<str>>,
    /// Its first event, UTC.
    #[schema(value_type = String, format = DateTime)]
    pub start_time: Moment,
    /// Its last event, UTC.
    #[schema(value_type = String, format = DateTime)]
    pub end_time: Moment,
    /// From the first to the last.
    pub duration_seconds: Option<u64>,
    /// Products that were looked at.
    pub page_views: Option<u64>,
    /// Products put into the cart.
    pub cart_adds: Option<u64>,
    /// Products taken out of it.
    pub cart_removes: Option<u64>,
    /// Changes of how many of a product there are to be.
    pub cart_updates: Option<u64>,
    /// Purchases.
    pub purchases: Option<u64>,
    /// Whether something was bought.
    pub purchase_completed: Option<bool>,
    /// Whether a cart was left behind.
    pub abandoned: Option<bool>,
    /// Money of what was bought.
    #[schema(value_type = Option<f64>)]
    pub total_amount: Option<Amount>,
    /// Money of what lay in the cart at the end.
    #[schema(value_type = Option<f64>)]
    pub cart_value: Option<Amount>,
    /// Products in it.
    pub products_in_cart: Option<u64>,
}

/// How many visits came how far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Funnel {
    /// Visits that are over.
    pub sessions: u64,
    /// Those in which something was looked at.
    pub with_view: u64,
    /// Those in which something was put into the cart.
    pub with_cart: u64,
    /// Those in which something was bought.
    pub purchased: u64,
    /// Those that left a cart behind.
    pub abandoned: u64,
}

/// The end, the session and the customer.
type Key = (Moment, Box<str>, Box<str>);

/// Visits.
#[derive(Debug, Clone, Default)]
pub struct Sessions {
    funnel: Funnel,
    newest: Newest<Key, Session>,
}

impl Session {
    /// Its place in the order of time: a session is of one customer, and may come again later.
    fn key(&self) -> Key {
        let name = |name: &Option<Box<str>>| name.clone().unwrap_or_default();
        (self.end_time, name(&self.session_id), name(&self.user_id))
    }
}

impl Digest for Sessions {
    const COLUMNS: &'static [(&'static str, Kind)] = &[
        ("session_id", Kind::MaybeText),
        ("user_id", Kind::MaybeText),
        ("start_time", Kind::Time),
        ("end_time", Kind::Time),
        ("duration_seconds", Kind::MaybeCount),
        ("page_views", Kind::MaybeCount),
        ("cart_adds", Kind::MaybeCount),
        ("cart_removes", Kind::MaybeCount),
        ("cart_updates", Kind::MaybeCount),
        ("purchases", Kind::MaybeCount),
        ("purchase_completed", Kind::MaybeBool),
        ("abandoned", Kind::MaybeBool),
        ("total_amount", Kind::MaybeSum),
        ("cart_value", Kind::MaybeSum),
        ("products_in_cart", Kind::MaybeCount),
    ];

    fn take(&mut self, rows: &Rows) {
        for row in 0..rows.count() {
            let text = |column| rows.maybe_text(column, row).map(Box::from);
            let number = |column| rows.maybe_number(column, row);
            let amount = |column| rows.maybe_sum(column, row).map(Amount);
            self.add(Session {
                session_id: text(0),
                user_id: text(1),
                start_time: Moment(rows.micros(2, row)),
                end_time: Moment(rows.micros(3, row)),
                duration_seconds: number(4),
                page_views: number(5),
                cart_adds: number(6),
                cart_removes: number(7),
                cart_updates: number(8),
                purchases: number(9),
                purchase_completed: rows.maybe_bool(10, row),
                abandoned: rows.maybe_bool(11, row),
                total_amount: amount(12),
                cart_value: amount(13),
                products_in_cart: number(14),
            });
        }
    }
}

impl Sessions {
    fn add(&mut self, session: Session) {
        let some = |count: Option<u64>| u64::from(count.is_some_and(|count| count > 0));
        let yes = |told: Option<bool>| u64::from(told == Some(true));
        self.funnel.sessions += 1;
        self.funnel.with_view += some(session.page_views);
        self.funnel.with_cart += some(session.cart_adds);
        self.funnel.purchased += yes(session.purchase_completed);
        self.funnel.abandoned += yes(session.abandoned);
        self.newest.add(session.key(), session);
    }

    /// Adds what the job tells and no file has yet.
    pub fn with(mut self, job: Option<&Job>) -> Self {
        let waiting = job.map(|job| job.waiting("sessions"));
        for session in waiting.into_iter().flatten() {
            let session: Session = session;
            if !self.newest.has(&session.key()) {
                self.add(session);
            }
        }
        self
    }

    /// How many came how far; the job counts them, too, and knows of all.
    pub fn funnel(&self, job: Option<&Job>) -> Funnel {
        let told = |name: &str, counted: u64| {
            let figure = job.and_then(|job| job.figure(name));
            figure.unwrap_or(counted)
        };
        Funnel {
            sessions: told("sessions", self.funnel.sessions),
            with_view: told("with_view", self.funnel.with_view),
            with_cart: told("with_cart", self.funnel.with_cart),
            purchased: told("purchased", self.funnel.purchased),
            abandoned: told("abandoned", self.funnel.abandoned),
        }
    }

    /// The newest first.
    pub fn newest(&self) -> impl Iterator<Item = &Arc<Session>> {
        self.newest.rows().map(|(_, session)| session)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::newest::KEPT;
    use super::*;

    fn session(name: &str, end: i64, bought: bool) -> Session {
        let moment = |at| crate::serve::live::windows::instant(at);
        serde_json::from_value(json!({
            "session_id": name, "user_id": "u", "start_time": moment(0), "end_time": moment(end),
            "duration_seconds": 1, "page_views": 2, "cart_adds": u64::from(bought),
            "cart_removes": 0, "cart_updates": 0, "purchases": u64::from(bought),
            "purchase_completed": bought, "abandoned": false, "total_amount": "10.50",
            "cart_value": "0.00", "products_in_cart": 0,
        }))
        .unwrap()
    }

    #[test]
    fn visits_are_counted_once_and_the_newest_kept() {
        let mut sessions = Sessions::default();
        for end in (0..3_000).rev() {
            sessions.add(session(&format!("s{end}"), end * 1_000_000, end % 3 == 0));
        }
        let again = session("s2999", 2_999_000_000, false);
        let later = session("s2999", 9_999_000_000, false);
        let job: Job = serde_json::from_value(json!({
            "taken": 1, "late": 0, "watermark": null, "keys": 1,
            "waiting": {"sessions": {"rows": 2, "newest": [later, again]}},
        }))
        .unwrap();
        let sessions = sessions.with(Some(&job));
        let funnel = sessions.funnel(Some(&job));
        let expected = Funnel {
            sessions: 3_001,
            with_view: 3_001,
            with_cart: 1_000,
            purchased: 1_000,
            abandoned: 0,
        };
        assert_eq!(funnel, expected);
        let ends: Vec<i64> = sessions
            .newest()
            .map(|s| s.end_time.0 / 1_000_000)
            .collect();
        assert_eq!(ends.len(), KEPT);
        assert_eq!(ends[..3], [9_999, 2_999, 2_998]);
    }
}
