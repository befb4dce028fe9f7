//! A figure, and how far it is from another one.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::record::Total;
use crate::serve::figures::{divided, percent};

/// A figure as the report prints it. All are exact, or rounded once, half to even.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure {
    /// Money, with two to four decimals.
    Money(Total),
    /// Pieces, which are mostly whole.
    Pieces(Total),
    /// A number of things.
    Count(u64),
    /// A mean of counts or of pieces, in tenths.
    Mean(i128),
}

/// Units of [`Total`] in one.
const ONE: i128 = 10_000;

impl Figure {
    /// The mean of `count` figures of the kind of this one that add up to `sum`, in units of
    /// 1/10,000; none of no figures.
    pub fn mean_like(self, sum: i128, count: usize) -> Option<Self> {
        let count = i128::try_from(count).ok()?;
        match self {
            Self::Money(_) => {
                divided(sum, count).map(|units| Self::Money(Total::from_units(units)))
            }
            _ => divided(sum, count.checked_mul(ONE / 10)?).map(Self::Mean),
        }
    }

    /// The figure in units of 1/10,000.
    pub fn units(self) -> i128 {
        match self {
            Self::Money(total) | Self::Pieces(total) => total.units(),
            Self::Count(count) => i128::from(count) * ONE,
            Self::Mean(tenths) => tenths * (ONE / 10),
        }
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Money(total) => total.fmt(f),
            Self::Pieces(total) if total.units() % ONE == 0 => (total.units() / ONE).fmt(f),
            Self::Pieces(total) => total.fmt(f),
            Self::Count(count) => count.fmt(f),
            Self::Mean(tenths) => {
                let sign = if *tenths < 0 { "-" } else { "" };
                let tenths = tenths.unsigned_abs();
                write!(f, "{sign}{}.{}", tenths / 10, tenths % 10)
            }
        }
    }
}

/// Counts are numbers, everything else is text, as in every summary.
impl Serialize for Figure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Count(count) => serializer.serialize_u64(*count),
            other => serializer.collect_str(other),
        }
    }
}

/// A figure that another one is held against.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Compared {
    /// What it was; none where the data does not tell.
    pub value: Option<Figure>,
    /// How far `now` is from it, in per cent of its magnitude, to one decimal; none from zero.
    pub change_pct: Option<String>,
}

impl Compared {
    /// What `now` is against what it was.
    pub fn of(now: Option<Figure>, then: Option<Figure>) -> Self {
        let change = now.zip(then).and_then(|(now, then)| {
            let (now, then) = (now.units(), then.units());
            percent(now - then, then.abs())
        });
        Self {
            value: then,
            change_pct: change,
        }
    }

    /// What `now` is against the mean of `count` figures that add up to `sum`, which is taken
    /// before it is rounded.
    pub fn of_mean(now: Option<Figure>, sum: i128, count: usize) -> Self {
        let Some(now) = now else {
            return Self::default();
        };
        let change = i128::try_from(count)
            .ok()
            .and_then(|count| now.units().checked_mul(count));
        Self {
            value: now.mean_like(sum, count),
            change_pct: change.and_then(|times| percent(times - sum, sum.abs())),
        }
    }
}

/// Per cent of a column in which an analysis tells them with four decimals, to one.
pub fn tenths(percent: Total) -> Option<String> {
    divided(percent.units(), ONE / 10).map(|tenths| Figure::Mean(tenths).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(text: &str) -> Figure {
        Figure::Money(Total::parse(text).unwrap())
    }

    #[test]
    fn figures_are_printed_as_what_they_are() {
        let pieces = |text| Figure::Pieces(Total::parse(text).unwrap());
        for (figure, text, json) in [
            (money("1234.50"), "1234.50", "\"1234.50\""),
            (pieces("-12.00"), "-12", "\"-12\""),
            (pieces("0.5"), "0.50", "\"0.50\""),
            (Figure::Count(7), "7", "7"),
            (Figure::Mean(-5), "-0.5", "\"-0.5\""),
        ] {
            assert_eq!(figure.to_string(), text);
            assert_eq!(serde_json::to_string(&figure).unwrap(), json);
        }
        assert_eq!(tenths(Total::parse("-33.3333").unwrap()).unwrap(), "-33.3");
    }

    #[test]
    fn there_is_no_change_from_nothing() {
        let compared = |now, then| Compared::of(Some(now), Some(then)).change_pct;
        assert_eq!(compared(money("30.00"), money("40.00")).unwrap(), "-25.0");
        assert_eq!(
            compared(Figure::Count(3), Figure::Count(2)).unwrap(),
            "50.0"
        );
        assert_eq!(compared(money("30.00"), money("0.00")), None);
        assert_eq!(Compared::of(None, Some(money("1.00"))).change_pct, None);
        assert_eq!(Compared::of(Some(money("1.00")), None), Compared::default());
        assert_eq!(
            Compared::of_mean(Some(money("1.00")), 0, 0),
            Compared::default()
        );
    }

    #[test]
    fn a_mean_is_rounded_once_and_its_change_not_at_all() {
        // 10, 10 and 11 are 10.3333…; 31 / 3 of them is 0 % away.
        let mean = Compared::of_mean(Some(Figure::Count(31)), 310_000, 3);
        assert_eq!(mean.value, Some(Figure::Mean(103)));
        assert_eq!(mean.change_pct.unwrap(), "200.0");
        let mean = Compared::of_mean(Some(money("2.00")), 10_000, 3);
        assert_eq!(mean.value, Some(money("0.3333")));
        assert_eq!(mean.change_pct.unwrap(), "500.0");
    }
}
