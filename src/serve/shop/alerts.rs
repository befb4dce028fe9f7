//! Alerts of all jobs: the newest of each kind, and how many there are.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::newest::Newest;
use super::table::Digest;
use super::values::{Amount, Moment};
use super::view::{View, parsed};
use crate::record::{Day, Time};
use crate::source::rows::{Kind, Rows};
use crate::stream::jobs::alert::Severity;

/// So many of the newest days are counted by themselves.
const DAYS: usize = 400;

/// The severities, the worst first.
const SEVERITIES: [Severity; 4] = [
    Severity::Critical,
    Severity::High,
    Severity::Medium,
    Severity::Low,
];

/// Something that somebody should know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Alert {
    /// The same for the same alert, whenever it is found.
    #[schema(value_type = String)]
    pub alert_id: Box<str>,
    /// What it is, such as `LOW_STOCK`.
    #[schema(value_type = String)]
    pub alert_type: Box<str>,
    /// `LOW`, `MEDIUM`, `HIGH` or `CRITICAL`.
    #[schema(value_type = String)]
    pub severity: Box<str>,
    /// The event time of what set it off, UTC.
    #[schema(value_type = String, format = DateTime)]
    pub detected_at: Moment,
    /// The shop; null where it does not apply, as with what follows.
    #[schema(value_type = Option<String>)]
    pub store_id: Option<Box<str>>,
    /// The product.
    #[schema(value_type = Option<String>)]
    pub product_id: Option<Box<str>>,
    /// The customer.
    #[schema(value_type = Option<String>)]
    pub user_id: Option<Box<str>>,
    /// The visit.
    #[schema(value_type = Option<String>)]
    pub session_id: Option<Box<str>>,
    /// The sale.
    #[schema(value_type = Option<String>)]
    pub transaction_id: Option<Box<str>>,
    /// What was measured: money or pieces.
    #[schema(value_type = Option<f64>)]
    pub value: Option<Amount>,
    /// What it was measured against.
    #[schema(value_type = Option<f64>)]
    pub threshold: Option<Amount>,
    /// How far beyond it is.
    pub score: Option<f64>,
    /// The same in words.
    #[schema(value_type = Option<String>)]
    pub reason: Option<Box<str>>,
}

/// Its place in the order of time.
type Key = (Moment, Box<str>);

/// Alerts of one kind and severity.
#[derive(Debug, Clone, Default)]
struct Group {
    count: u64,
    /// How many there are of each day, by its number.
    days: BTreeMap<i32, u64>,
    newest: Newest<Key, Alert>,
}

/// Alerts.
#[derive(Debug, Clone, Default)]
pub struct Alerts {
    /// By kind and severity.
    groups: BTreeMap<(Box<str>, Box<str>), Group>,
}

/// How many alerts of one kind and severity there are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Count<'a> {
    /// What they are.
    pub alert_type: &'a str,
    /// How bad they are.
    pub severity: &'a str,
    /// How many there are.
    pub count: u64,
}

impl Alert {
    fn key(&self) -> Key {
        (self.detected_at, self.alert_id.clone())
    }
}

/// The place of a severity, the worst first.
fn rank(severity: &str) -> usize {
    let place = SEVERITIES.iter().position(|known| known.name() == severity);
    place.unwrap_or(SEVERITIES.len())
}

impl Digest for Alerts {
    const COLUMNS: &'static [(&'static str, Kind)] = &[
        ("alert_id", Kind::Text),
        ("alert_type", Kind::Text),
        ("severity", Kind::Text),
        ("detected_at", Kind::Time),
        ("store_id", Kind::MaybeText),
        ("product_id", Kind::MaybeText),
        ("user_id", Kind::MaybeText),
        ("session_id", Kind::MaybeText),
        ("transaction_id", Kind::MaybeText),
        ("value", Kind::MaybeSum),
        ("threshold", Kind::MaybeSum),
        ("score", Kind::MaybeFloat),
        ("reason", Kind::MaybeText),
    ];

    fn take(&mut self, rows: &Rows) {
        for row in 0..rows.count() {
            let text = |column| rows.maybe_text(column, row).map(Box::from);
            let sum = |column| rows.maybe_sum(column, row).map(Amount);
            self.add(Alert {
                alert_id: rows.text(0, row).into(),
                alert_type: rows.text(1, row).into(),
                severity: rows.text(2, row).into(),
                detected_at: Moment(rows.micros(3, row)),
                store_id: text(4),
                product_id: text(5),
                user_id: text(6),
                session_id: text(7),
                transaction_id: text(8),
                value: sum(9),
                threshold: sum(10),
                score: rows.maybe_float(11, row),
                reason: text(12),
            });
        }
    }
}

impl Alerts {
    fn add(&mut self, alert: Alert) {
        let kind = (alert.alert_type.clone(), alert.severity.clone());
        let group = self.groups.entry(kind).or_default();
        group.count += 1;
        if let Some(time) = Time::from_micros(alert.detected_at.0) {
            *group.days.entry(time.day().number()).or_default() += 1;
            if group.days.len() > DAYS {
                group.days.pop_first();
            }
        }
        group.newest.add(alert.key(), alert);
    }

    fn has(&self, alert: &Alert) -> bool {
        let kind = (alert.alert_type.clone(), alert.severity.clone());
        let group = self.groups.get(&kind);
        group.is_some_and(|group| group.newest.has(&alert.key()))
    }

    /// Adds what `view` tells of a table and no file has yet.
    pub fn with(mut self, view: &View, table: &str) -> Self {
        let jobs = view.jobs.values();
        for alert in jobs.flat_map(|job| job.waiting::<Alert>(table)) {
            // A file may have been written since the view was.
            if !self.has(&alert) {
                self.add(alert);
            }
        }
        self
    }

    /// Adds other alerts.
    pub fn and(mut self, others: Self) -> Self {
        for (kind, others) in others.groups {
            let group = self.groups.entry(kind).or_default();
            group.count += others.count;
            for (day, count) in others.days {
                *group.days.entry(day).or_default() += count;
            }
            group.newest.join(others.newest);
        }
        self
    }

    /// Those in `view` that may yet be taken back, the newest first.
    pub fn early(&self, view: &View) -> Vec<Arc<Alert>> {
        let early = view.alerts.iter().filter(|alert| alert["final"] == false);
        let early: Vec<_> = early.cloned().collect();
        let early = parsed::<Alert>(&early).filter(|alert| !self.has(alert));
        let mut early: Vec<_> = early.map(Arc::new).collect();
        early.sort_by_key(|alert| std::cmp::Reverse(alert.key()));
        early
    }

    /// How many there are.
    pub fn len(&self) -> u64 {
        self.groups.values().map(|group| group.count).sum()
    }

    /// How many there are of a day.
    pub fn on(&self, day: Day) -> u64 {
        let groups = self.groups.values();
        groups
            .filter_map(|group| group.days.get(&day.number()))
            .sum()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The same by kind and severity, the worst first, then those that are many.
    pub fn counts(&self) -> Vec<Count<'_>> {
        let groups = self.groups.iter();
        let mut counts: Vec<Count<'_>> = groups
            .map(|((alert_type, severity), group)| Count {
                alert_type,
                severity,
                count: group.count,
            })
            .collect();
        counts.sort_by(|a, b| {
            let by_rank = rank(a.severity).cmp(&rank(b.severity));
            by_rank
                .then(b.count.cmp(&a.count))
                .then(a.alert_type.cmp(b.alert_type))
        });
        counts
    }

    /// The newest first: all of those that `wanted` accepts by kind and severity, up to
    /// a thousand of each.
    pub fn newest(&self, wanted: impl Fn(&str, &str) -> bool) -> Vec<&Arc<Alert>> {
        let groups = self.groups.iter();
        let groups = groups.filter(|((kind, severity), _)| wanted(kind, severity));
        let mut alerts: Vec<(&Key, &Arc<Alert>)> =
            groups.flat_map(|(_, group)| group.newest.rows()).collect();
        alerts.sort_unstable_by(|a, b| b.0.cmp(a.0));
        alerts.into_iter().map(|(_, alert)| alert).collect()
    }

    /// The newest `each` of every kind, and the newest `all` of all; the newest first.
    pub fn mixed(&self, all: usize, each: usize) -> Vec<&Arc<Alert>> {
        let mut found: BTreeMap<&Key, &Arc<Alert>> = BTreeMap::new();
        for group in self.groups.values() {
            found.extend(group.newest.rows().take(each));
        }
        let newest = self.newest(|_, _| true);
        let mut shown: Vec<&Arc<Alert>> = newest.iter().take(all).copied().collect();
        let last = shown.last().map(|alert| alert.key());
        let older = found.into_iter().rev();
        let older = older.filter(|(key, _)| last.as_ref().is_some_and(|last| *key < last));
        shown.extend(older.map(|(_, alert)| alert));
        shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alert(kind: &str, severity: Severity, at: i64) -> Alert {
        Alert {
            alert_id: format!("{kind}{at}").into(),
            alert_type: kind.into(),
            severity: severity.name().into(),
            detected_at: Moment(at),
            store_id: None,
            product_id: None,
            user_id: None,
            session_id: None,
            transaction_id: None,
            value: None,
            threshold: None,
            score: Some(1.5),
            reason: None,
        }
    }

    #[test]
    fn the_newest_of_each_kind_are_kept_and_all_are_counted() {
        let mut alerts = Alerts::default();
        // Not in order of time, as jobs tell them.
        for at in (0..5_000).rev().step_by(2).chain((0..5_000).step_by(2)) {
            alerts.add(alert("LOW_STOCK", Severity::High, at));
        }
        alerts.add(alert("high_value", Severity::Critical, 7));
        assert_eq!(alerts.len(), 5_001);
        let counts = alerts.counts();
        assert_eq!(counts[0].alert_type, "high_value");
        assert_eq!(counts[1].count, 5_000);
        assert_eq!(alerts.on(Day::EPOCH), 5_001);
        let newest = alerts.newest(|kind, _| kind == "LOW_STOCK");
        let times: Vec<i64> = newest.iter().map(|alert| alert.detected_at.0).collect();
        assert_eq!(times, (4_000..5_000).rev().collect::<Vec<_>>());
        // The rare one is shown though it is old.
        let mixed = alerts.mixed(10, 3);
        assert_eq!(mixed.len(), 11);
        assert_eq!(&*mixed[10].alert_type, "high_value");
    }

    #[test]
    fn what_is_in_a_file_already_is_not_told_twice() {
        let known = alert("LOW_STOCK", Severity::High, 1);
        let fresh = alert("LOW_STOCK", Severity::High, 2);
        let guess = alert("rapid_transactions", Severity::Medium, 3);
        let told = |alert: &Alert, is_final: bool| {
            let mut told = serde_json::to_value(alert).unwrap();
            told["final"] = is_final.into();
            told
        };
        let view: View = serde_json::from_value(serde_json::json!({
            "run_id": "a", "updated": "", "ended": false, "read": 1, "rejected": 0,
            "duplicates": 0, "late": 0, "rate": 0.0, "lag": null, "latest": null,
            "jobs": {"inventory": {
                "taken": 2, "late": 0, "watermark": null, "keys": 1,
                "waiting": {"inventory_alerts": {"rows": 2, "newest": [fresh, known]}},
            }},
            "alerts": [told(&guess, false), told(&fresh, true), told(&known, false)],
        }))
        .unwrap();
        let mut alerts = Alerts::default();
        alerts.add(known.clone());
        let alerts = alerts.with(&view, "inventory_alerts");
        assert_eq!(alerts.len(), 2);
        assert_eq!(**alerts.newest(|_, _| true)[0], fresh);
        // What has become final is no guess any more.
        let early = alerts.early(&view);
        assert_eq!(early.len(), 1);
        assert_eq!(*early[0], guess);
    }
}
