//! Alerts about stocks, once per crossing.
//!
//! Of what holds after an event the first counts: out of stock, critical, low, rapid depletion,
//! overstocked. The first three are steps downwards, and a step is told when the stock comes
//! lower than what was told before. Above the reorder point being out or critical may be told
//! again, and being low above the reorder point and a fifth of it (`hysteresis`), so that a stock
//! which goes to and fro over a bound is told once.

use serde::{Deserialize, Serialize};

use super::shelf::Level;
use crate::error::Result;
use crate::record::Money;
use crate::stream::jobs::alert::{Alert, Severity, pieces};
use crate::stream::jobs::key;
use crate::stream::jobs::out::Out;
use crate::stream::jobs::setup::Setup;

/// The figures: alerts of each kind, and what none could be of.
pub const FIGURES: [&str; 6] = [
    "out_of_stock",
    "critical_stock",
    "low_stock",
    "rapid_depletion",
    "overstocked",
    UNKNOWN,
];

/// Events of stocks that no level was told of: the figure that is no alert.
pub const UNKNOWN: &str = "unknown_stock";

/// When something is told.
pub struct Limits {
    critical: Option<i64>,
    /// Percent.
    hysteresis: i64,
    /// Percent.
    rapid: i64,
    rapid_window: i64,
}

/// What has been told of a stock and may not be told again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// The lowest step.
    step: Step,
    overstocked: bool,
    /// Until when a rapid depletion has been told.
    rapid: Option<i64>,
}

/// How low a stock is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Step {
    #[default]
    Fine,
    Low,
    Critical,
    Out,
}

/// What an alert says beside where and when.
struct Found {
    kind: &'static str,
    figure: &'static str,
    severity: Severity,
    value: i64,
    threshold: i64,
    score: f64,
    reason: String,
}

impl Limits {
    /// As the user set them.
    pub fn new(setup: &Setup) -> Result<Self> {
        let percent = |name, most: i64| match setup.number(name)? {
            share if (0..=most).contains(&share) => Ok(share),
            _ => Err(setup.wrong(name, &format!("must be from 0 to {most} percent"))),
        };
        let critical = match setup.text("critical") {
            "" => None,
            _ => Some(setup.decimal("critical")?.units()),
        };
        Ok(Self {
            critical,
            hysteresis: percent("hysteresis", 1_000)?,
            rapid: percent("rapid", 100)?,
            rapid_window: setup.duration("rapid_window")?,
        })
    }

    /// The stock of a key is `level` now; `before` it was so much, if that was known.
    pub fn look(
        &self,
        key: &[u8],
        told: &mut Told,
        at: i64,
        (before, level): (Option<i64>, &Level),
        out: &mut Out,
    ) {
        self.arm(told, level);
        let step = self.step(level);
        let found = if step > Step::Fine {
            (step > told.step).then(|| {
                told.step = step;
                lower(step, level, self.critical.unwrap_or_default())
            })
        } else if let Some(before) = before.filter(|before| self.is_rapid(*before, level)) {
            told.rapid.is_none_or(|until| until <= at).then(|| {
                told.rapid = Some(at.saturating_add(self.rapid_window));
                self.depletion(before, level)
            })
        } else {
            (level.stock > level.maximum && !told.overstocked).then(|| {
                told.overstocked = true;
                overstocked(level)
            })
        };
        if let Some(found) = found {
            found.tell(key, at, out);
        }
    }

    /// Forgets what may be told again.
    fn arm(&self, told: &mut Told, level: &Level) {
        let [stock, reorder, maximum] = [level.stock, level.reorder, level.maximum].map(i128::from);
        let widened = i128::from(100 + self.hysteresis);
        if stock * 100 > reorder * widened {
            told.step = Step::Fine;
        } else if stock > reorder {
            told.step = told.step.min(Step::Low);
        }
        if stock * widened < maximum * 100 {
            told.overstocked = false;
        }
    }

    fn step(&self, level: &Level) -> Step {
        if level.stock <= 0 {
            Step::Out
        } else if level.stock > level.reorder {
            Step::Fine
        } else if self
            .critical
            .is_some_and(|critical| level.stock <= critical)
        {
            Step::Critical
        } else {
            Step::Low
        }
    }

    /// Whether one change took more than its share of what was there.
    fn is_rapid(&self, before: i64, level: &Level) -> bool {
        let (before, now) = (i128::from(before), i128::from(level.stock));
        before > 0 && (before - now) * 100 > before * i128::from(self.rapid)
    }

    fn depletion(&self, before: i64, level: &Level) -> Found {
        let left = i128::from(before) * i128::from(100 - self.rapid) / 100;
        Found {
            kind: "RAPID_DEPLETION",
            figure: FIGURES[3],
            severity: Severity::Medium,
            value: level.stock,
            threshold: i64::try_from(left).unwrap_or_default(),
            score: (before - level.stock) as f64 / before as f64,
            reason: format!(
                "Rapid depletion: from {} to {} at once",
                text(before),
                text(level.stock)
            ),
        }
    }
}

fn lower(step: Step, level: &Level, critical: i64) -> Found {
    let (kind, figure, severity, threshold, words) = match step {
        Step::Out => ("OUT_OF_STOCK", FIGURES[0], Severity::Critical, 0, "Out of"),
        Step::Critical => {
            let severity = Severity::Critical;
            ("CRITICAL_STOCK", FIGURES[1], severity, critical, "Critical")
        }
        _ => (
            "LOW_STOCK",
            FIGURES[2],
            Severity::High,
            level.reorder,
            "Low",
        ),
    };
    Found {
        kind,
        figure,
        severity,
        value: level.stock,
        threshold,
        score: beyond(level.reorder - level.stock, level.reorder),
        reason: format!(
            "{words} stock: {} left, reorder point {}",
            text(level.stock),
            text(level.reorder)
        ),
    }
}

fn overstocked(level: &Level) -> Found {
    Found {
        kind: "OVERSTOCKED",
        figure: FIGURES[4],
        severity: Severity::Low,
        value: level.stock,
        threshold: level.maximum,
        score: beyond(level.stock - level.maximum, level.maximum),
        reason: format!(
            "Overstocked: {}, maximum {}",
            text(level.stock),
            text(level.maximum)
        ),
    }
}

impl Found {
    fn tell(self, key: &[u8], at: i64, out: &mut Out) {
        let [store, product] = key::split(key);
        let alert = Alert {
            severity: self.severity,
            store,
            product,
            value: Money::from_units(self.value),
            threshold: Money::from_units(self.threshold).unwrap_or_default(),
            score: self.score,
            reason: self.reason,
            ..Alert::new(self.kind, at)
        };
        out.row(super::ALERTS, alert.row());
        out.count(self.figure, 1);
    }
}

/// How far beyond a bound, as a part of it; wholly beyond a bound that is nothing.
fn beyond(far: i64, bound: i64) -> f64 {
    match bound > 0 {
        true => far as f64 / bound as f64,
        false => 1.0,
    }
}

fn text(units: i64) -> String {
    pieces(Money::from_units(units).unwrap_or_default())
}
