//! What is told of a world that was made.

use serde::Serialize;

use crate::error::Result;
use crate::generate::worlds::WorldTruth;
use crate::ui::{Context, Summary};

/// The figures of a run.
#[derive(Debug, Serialize)]
pub(super) struct Made {
    pub command: &'static str,
    /// Files written, or none to Kafka.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub files: Option<usize>,
    /// Their names.
    #[serde(skip)]
    pub names: Vec<String>,
    /// The folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// Lines that the brokers acknowledged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent: Option<u64>,
    /// The brokers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Lines of all topics.
    pub rows: u64,
    /// What is in them; not known of a run that a signal ended.
    #[serde(flatten)]
    pub counts: Option<Counts>,
    #[serde(flatten)]
    pub truth: Option<WorldTruth>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
    pub seconds: f64,
    pub rows_per_second: u64,
}

/// Lines of all topics together, by kind.
#[derive(Debug, Default, Serialize)]
pub(super) struct Counts {
    pub valid_rows: u64,
    pub malformed: u64,
    pub duplicates: u64,
    pub late: u64,
}

impl Counts {
    fn of(truth: &WorldTruth) -> Self {
        truth
            .topics
            .values()
            .fold(Self::default(), |sum, topic| Self {
                valid_rows: sum.valid_rows + topic.valid_rows,
                malformed: sum.malformed + topic.malformed,
                duplicates: sum.duplicates + topic.duplicates,
                late: sum.late + topic.late,
            })
    }
}

impl Made {
    /// The figures of a run that took `seconds` for so many lines.
    pub fn new(truth: Option<WorldTruth>, rows: u64, seconds: f64) -> Self {
        Self {
            command: "generate",
            files: None,
            names: Vec::new(),
            output: None,
            sent: None,
            target: None,
            rows,
            counts: truth.as_ref().map(Counts::of),
            truth,
            bytes: None,
            seconds: (seconds * 1000.0).round() / 1000.0,
            rows_per_second: (rows as f64 / seconds.max(1e-9)) as u64,
        }
    }

    /// Says which files there are.
    ///
    /// # Errors
    /// When standard output cannot be written.
    pub fn say(&self, context: &Context) -> Result<()> {
        let output = self.output.as_deref().unwrap_or_default();
        let files = self.names.len();
        context.say(&format!("Generated {files} file(s) under {output}"))?;
        self.names
            .iter()
            .try_for_each(|name| context.say(&format!(" - {name}")))
    }
}

impl Summary for Made {
    fn lines(&self) -> Vec<(&'static str, String)> {
        let mut lines = Vec::new();
        if let (Some(sent), Some(target)) = (self.sent, &self.target) {
            lines.push(("sent", format!("{sent} to {target}")));
        }
        if let Some(truth) = &self.truth {
            lines.extend(told(truth));
        }
        let faults = self.counts.iter().flat_map(|counts| {
            [
                ("malformed", counts.malformed),
                ("duplicates", counts.duplicates),
                ("late", counts.late),
            ]
        });
        let planted = faults.filter(|(_, count)| *count > 0);
        lines.extend(planted.map(|(label, count)| (label, count.to_string())));
        let rate = format!(
            "{:.3} ({} rows a second)",
            self.seconds, self.rows_per_second
        );
        lines.push(("seconds", rate));
        lines
    }
}

/// The figures of a world that its users ask for first.
fn told(truth: &WorldTruth) -> Vec<(&'static str, String)> {
    let topics = truth.topics.iter();
    let topics: Vec<_> = topics
        .map(|(name, topic)| format!("{} {name}", topic.valid_rows))
        .collect();
    let mut lines = vec![
        ("world", truth.world.clone()),
        ("from", truth.start.clone()),
        ("to", truth.end.clone()),
        ("events", format!("{}: {}", truth.events, topics.join(", "))),
        ("revenue", truth.revenue.to_string()),
    ];
    if let Some(found) = &truth.sessions {
        let text = format!(
            "{}: {} with a cart, {} with a purchase, {} abandoned",
            found.sessions, found.with_cart, found.purchased, found.abandoned
        );
        lines.push(("sessions", text));
    }
    if let Some(found) = &truth.anomalies {
        let counts = [
            ("high value", found.high_value),
            ("unusual quantity", found.unusual_quantity),
            ("rapid transactions", found.rapid_transactions),
            ("rapid depletion", found.rapid_depletion),
        ];
        let counts = counts
            .into_iter()
            .filter_map(|(name, count)| Some(format!("{} {name}", count?)));
        lines.push(("anomalies", counts.collect::<Vec<_>>().join(", ")));
    }
    if let Some(found) = &truth.stock {
        let mut text = format!("{} at the end, {} restocks", found.last, found.restocks);
        if let (Some(low), Some(out)) = (found.low_stock, found.stock_outs) {
            text += &format!(", {low} times low, {out} times out");
        }
        lines.push(("stock", text));
    }
    let broken = truth.quality.iter().filter(|(_, count)| **count > 0);
    let broken: Vec<_> = broken
        .map(|(rule, count)| format!("{count} {rule}"))
        .collect();
    let quality = match broken.is_empty() {
        true => "no rule broken".to_owned(),
        false => broken.join(", "),
    };
    lines.push(("quality", quality));
    lines
}
