//! Metrics by name: what they count, and what they are called.

/// Labels of one value: names and values, which are words of ours and few; what others write is no
/// label.
pub type Labels<'a> = &'a [(&'static str, &'a str)];

/// What Prometheus calls a type.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Counter,
    Gauge,
    /// With the upper bounds of its buckets.
    Histogram(&'static [f64]),
}

/// All values of one name.
#[derive(Debug, Clone, Copy)]
pub struct Family {
    pub(super) kind: Kind,
    /// The name, with its unit.
    pub name: &'static str,
    /// What it is, in a sentence.
    pub help: &'static str,
}

impl Family {
    /// A count that only grows; its name ends in `_total`.
    pub const fn counter(name: &'static str, help: &'static str) -> Self {
        let kind = Kind::Counter;
        Self { kind, name, help }
    }

    /// A value that goes up and down. One that is not known is NaN, and is not shown.
    pub const fn gauge(name: &'static str, help: &'static str) -> Self {
        let kind = Kind::Gauge;
        Self { kind, name, help }
    }

    /// How many values were at most each of `bounds`, which ascend.
    pub const fn histogram(name: &'static str, help: &'static str, bounds: &'static [f64]) -> Self {
        let kind = Kind::Histogram(bounds);
        Self { kind, name, help }
    }
}
