//! Every record goes through the one cleaning before it is sent.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use super::cut::is_deep;
use crate::record::clean::UNKNOWN_PRODUCT;
use crate::record::event::{self, Kind};
use crate::record::time::Time;
use crate::record::{Reason, Rules, clean};
use crate::source::json::{EventColumns, Events};

/// Values may stand in each other so deep: deeper than anything that is meant, and less than what
/// other readers can take.
pub const DEEPEST: usize = 64;
/// So many readers are kept for the next request.
const SPARE: usize = 16;

/// A record that may be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its number in the request, from 0.
    pub index: usize,
    /// Where it stands in the body.
    pub at: Range<usize>,
    /// The key of its message; empty for none.
    pub key: Box<[u8]>,
}

/// A record that is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// Its number in the request, from 0.
    pub index: usize,
    /// The reason, as in summaries and reject files.
    pub reason: &'static str,
    /// The same in a few words.
    pub what: &'static str,
}

impl Refusal {
    /// As the API tells of what is wrong with a request, with number and reason once more.
    pub fn told(&self) -> Value {
        json!({
            "loc": ["body", self.index],
            "msg": self.what,
            "type": self.reason,
            "index": self.index,
            "reason": self.reason,
        })
    }
}

/// What became of the records of a request.
#[derive(Debug, Default)]
pub struct Checked {
    /// Those that may be sent.
    pub good: Vec<Record>,
    /// Those that are refused.
    pub refused: Vec<Refusal>,
}

/// Checks records against one set of rules.
#[derive(Debug)]
pub struct Checker {
    rules: Rules,
    columns: Arc<EventColumns>,
    /// How far ahead of the clock an event may be dated, in microseconds.
    max_jump: i64,
    /// Readers that nobody uses now.
    spare: Mutex<Vec<Events>>,
}

/// Why a record is refused: a reason of cleaning, or that it is nested too deeply.
type Why = (&'static str, &'static str);

fn why(reason: Reason) -> Why {
    (reason.name(), reason.what())
}

impl Checker {
    /// Checks by `rules`; an event may be dated `max_jump` microseconds ahead of the clock.
    pub fn new(rules: Rules, max_jump: i64) -> Self {
        Self {
            columns: Arc::new(EventColumns::new(&rules)),
            rules,
            max_jump,
            spare: Mutex::default(),
        }
    }

    /// Checks the records that stand in `body` at `places`. `now` is the clock, in microseconds
    /// since 1970; no record may be longer than `longest`.
    pub fn check(
        &self,
        body: &[u8],
        places: Vec<Range<usize>>,
        now: i64,
        longest: usize,
    ) -> Checked {
        let spare = || self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        let mut events = spare().pop();
        let events_in_use = events.get_or_insert_with(|| Events::new(&self.columns));
        let mut checked = Checked::default();
        let latest = now.saturating_add(self.max_jump);
        for (index, at) in places.into_iter().enumerate() {
            let text = &body[at.clone()];
            let key = match text.len() > longest {
                true => Err(why(Reason::TooLong)),
                false => self.key(events_in_use, text, latest),
            };
            match key {
                Ok(key) => checked.good.push(Record { index, at, key }),
                Err((reason, what)) => checked.refused.push(Refusal {
                    index,
                    reason,
                    what,
                }),
            }
        }
        let mut spare = spare();
        if let (Some(events), true) = (events, spare.len() < SPARE) {
            spare.push(events);
        }
        checked
    }

    /// The key of the message of a record that is good.
    fn key(&self, events: &mut Events, text: &[u8], latest: i64) -> Result<Box<[u8]>, Why> {
        events.read_message(Some(text)).map_err(why)?;
        if is_deep(text, DEEPEST) {
            return Err(("too_deep", "values that stand in each other too deep"));
        }
        let mapping = self.columns.mapping();
        let (time, key): (Time, &[u8]) = if self.rules.events {
            let event = event::read(events, mapping, &self.rules).map_err(why)?;
            let of_customer = matches!(
                event.kind,
                Kind::Order | Kind::View | Kind::CartAdd | Kind::CartUpdate | Kind::CartRemove
            );
            // What has no product of its own goes by who it is of, as orders do.
            let key = match of_customer || event.product == UNKNOWN_PRODUCT {
                true => event.user,
                false => event.product,
            };
            (event.time, key)
        } else {
            let sale = clean(events, mapping, &self.rules).map_err(why)?;
            (sale.time, sale.product)
        };
        match time.micros() > latest {
            true => Err(why(Reason::EventInFuture)),
            false => Ok(key.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::time::DAY;

    const NOW: &str = "2026-03-01T00:00:00Z";

    fn checked(events: bool, lines: &[&str]) -> Checked {
        let rules = Rules {
            events,
            ..Rules::default()
        };
        let body = lines.join("\n");
        let mut start = 0;
        let places = lines.iter().map(|line| {
            let at = start..start + line.len();
            start = at.end + 1;
            at
        });
        let now = Time::parse_iso(NOW.as_bytes()).unwrap().micros();
        let checker = Checker::new(rules, 7 * DAY);
        checker.check(body.as_bytes(), places.collect(), now, 200)
    }

    fn reasons(checked: &Checked) -> Vec<(usize, &str)> {
        let refused = checked.refused.iter();
        refused.map(|r| (r.index, r.reason)).collect()
    }

    fn keys(checked: &Checked) -> Vec<(usize, &[u8])> {
        checked.good.iter().map(|r| (r.index, &*r.key)).collect()
    }

    #[test]
    fn sales_are_keyed_by_their_product() {
        let long = format!(r#"{{"product":"{}"}}"#, "x".repeat(200));
        let deep = format!(
            r#"{{"date":"2026-01-01","amount":1,"x":{}{}}}"#,
            "[".repeat(DEEPEST),
            "]".repeat(DEEPEST)
        );
        let checked = checked(
            false,
            &[
                r#"{"product":" Tea ","date":"2026-01-01","amount":1}"#,
                r#"{"product":"Tea","date":"tomorrow","amount":1}"#,
                r#"{"date":"2026-03-08","amount":"1e2"}"#,
                r#"{"date":"2026-03-08T00:00:01","amount":1}"#,
                r#"{"date":"2026-03-08","amount":"1,5"}"#,
                r#"{"date":"2026-03-08","amount":1,"type":"#,
                r#"{"date":"2026-03-08","amount":1,"transaction_type":"loan"}"#,
                &long,
                &deep,
            ],
        );
        assert_eq!(keys(&checked), [(0, &b"Tea"[..]), (2, b"UNKNOWN")]);
        let wanted = [
            (1, "bad_time"),
            (3, "event_in_future"),
            (4, "bad_amount"),
            (5, "invalid_json"),
            (6, "unknown_type"),
            (7, "too_long"),
            (8, "too_deep"),
        ];
        assert_eq!(reasons(&checked), wanted);
    }

    #[test]
    fn events_are_those_of_a_live_shop() {
        let checked = checked(
            true,
            &[
                r#"{"customer_id":5,"source":"Dine In","quantity":2,"total":600.00,"created_at":"02/28/2026, 23:05:09"}"#,
                r#"{"user_id":"u","product_id":"p","session_id":"s","timestamp":"2026-01-01T00:00:00","duration_seconds":5}"#,
                r#"{"product":"Tea","date":"2026-01-01","amount":1,"user_id":"u"}"#,
                r#"{"user_id":"u","timestamp":"2026-01-01","total_amount":1}"#,
                r#"{"user_id":"u","timestamp":"2026-01-01","duration_seconds":5}"#,
            ],
        );
        let wanted: [(usize, &[u8]); 4] = [(0, b"5"), (1, b"u"), (2, b"Tea"), (3, b"u")];
        assert_eq!(keys(&checked), wanted);
        assert_eq!(reasons(&checked), [(4, "missing_session")]);
    }
}
