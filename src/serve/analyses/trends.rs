//! Revenue by day, week and month, of the analysis `trends`.

use std::collections::VecDeque;

use serde::Serialize;
use serde_json::{Value, json};

use super::source::{Digest, Tables};
use crate::error::Result;
use crate::record::{Day, Total};
use crate::source::held::Held;
use crate::source::rows::{Kind, Rows};

/// The newest days, weeks and months that are kept, of each so many: two years of days.
const KEPT: usize = 731;
/// Seasons that there can be: weekdays and months.
const SEASONS: usize = 19;

/// What is kept of the trends, each the oldest first.
#[derive(Debug)]
pub struct Trends {
    /// Days.
    pub daily: Vec<OfDay>,
    /// Weeks.
    pub weekly: Vec<OfWeek>,
    /// Months.
    pub monthly: Vec<OfMonth>,
    seasons: Vec<Season>,
}

/// What every period has.
#[derive(Debug, Clone, Serialize)]
pub struct Measured {
    /// Distinct orders.
    pub transaction_count: u64,
    /// Sales less returns.
    pub total_revenue: Total,
    /// Their quotient.
    pub avg_transaction_value: Option<Total>,
    /// Growth from the period before, in per cent.
    pub revenue_growth_pct: Option<Total>,
}

/// A day.
#[derive(Debug, Clone, Serialize)]
pub struct OfDay {
    /// The day.
    pub date: String,
    #[serde(flatten)]
    /// Its figures.
    pub measured: Measured,
    /// Mean of seven days.
    pub revenue_7day_ma: Option<Total>,
    /// Mean of seven days.
    pub transactions_7day_ma: Option<Total>,
    /// Of the day before.
    pub prev_day_revenue: Option<Total>,
}

/// A week.
#[derive(Debug, Clone, Serialize)]
pub struct OfWeek {
    /// As `2025-W01`.
    pub period: Box<str>,
    /// The year of the week.
    pub iso_year: u64,
    /// Its number.
    pub iso_week: u64,
    /// Its Monday.
    pub week_start: String,
    /// Its days that count.
    pub days: u64,
    #[serde(flatten)]
    /// Its figures.
    pub measured: Measured,
    /// Of the week before.
    pub prev_week_revenue: Option<Total>,
}

/// A month.
#[derive(Debug, Clone, Serialize)]
pub struct OfMonth {
    /// As `2025-01`.
    pub period: Box<str>,
    /// The year.
    pub year: u64,
    /// 1 to 12.
    pub month: u64,
    /// Its days that count.
    pub days: u64,
    #[serde(flatten)]
    /// Its figures.
    pub measured: Measured,
    /// Of the month before.
    pub prev_month_revenue: Option<Total>,
    /// Revenue by the days that count.
    pub revenue_per_day: Option<Total>,
}

/// A weekday, or a month of the year.
#[derive(Debug, Clone, Serialize)]
struct Season {
    season_type: Box<str>,
    season: u64,
    days: u64,
    total_revenue: Total,
    revenue_per_day: Option<Total>,
    seasonal_index: Option<Total>,
}

/// The first columns of every period.
macro_rules! measured {
    ($($more:expr),* $(,)?) => {
        [
            ("transaction_count", Kind::Count),
            ("total_revenue", Kind::Sum),
            ("avg_transaction_value", Kind::MaybeSum),
            ("revenue_growth_pct", Kind::MaybeSum),
            $($more),*
        ]
    };
}

const DAILY: [(&str, Kind); 8] = measured!(
    ("date", Kind::Date),
    ("revenue_7day_ma", Kind::MaybeSum),
    ("transactions_7day_ma", Kind::MaybeSum),
    ("prev_day_revenue", Kind::MaybeSum),
);

const WEEKLY: [(&str, Kind); 10] = measured!(
    ("period", Kind::Text),
    ("iso_year", Kind::Count),
    ("iso_week", Kind::Count),
    ("week_start", Kind::Date),
    ("days", Kind::Count),
    ("prev_week_revenue", Kind::MaybeSum),
);

const MONTHLY: [(&str, Kind); 10] = measured!(
    ("period", Kind::Text),
    ("year", Kind::Count),
    ("month", Kind::Count),
    ("days", Kind::Count),
    ("prev_month_revenue", Kind::MaybeSum),
    ("revenue_per_day", Kind::MaybeSum),
);

const SEASON: [(&str, Kind); 6] = [
    ("season_type", Kind::Text),
    ("season", Kind::Count),
    ("days", Kind::Count),
    ("total_revenue", Kind::Sum),
    ("revenue_per_day", Kind::MaybeSum),
    ("seasonal_index", Kind::MaybeSum),
];

impl Digest for Trends {
    const NAME: &'static str = "trends";

    fn read(tables: &Tables<'_>) -> Result<Self> {
        let daily = newest(&tables.open("daily")?, &DAILY, |rows, at| OfDay {
            date: date(rows, 4, at),
            measured: Measured::of(rows, at),
            revenue_7day_ma: rows.maybe_sum(5, at),
            transactions_7day_ma: rows.maybe_sum(6, at),
            prev_day_revenue: rows.maybe_sum(7, at),
        })?;
        let weekly = newest(&tables.open("weekly")?, &WEEKLY, |rows, at| OfWeek {
            period: rows.text(4, at).into(),
            iso_year: rows.number(5, at).unwrap_or_default(),
            iso_week: rows.number(6, at).unwrap_or_default(),
            week_start: date(rows, 7, at),
            days: rows.number(8, at).unwrap_or_default(),
            measured: Measured::of(rows, at),
            prev_week_revenue: rows.maybe_sum(9, at),
        })?;
        let monthly = newest(&tables.open("monthly")?, &MONTHLY, |rows, at| OfMonth {
            period: rows.text(4, at).into(),
            year: rows.number(5, at).unwrap_or_default(),
            month: rows.number(6, at).unwrap_or_default(),
            days: rows.number(7, at).unwrap_or_default(),
            measured: Measured::of(rows, at),
            prev_month_revenue: rows.maybe_sum(8, at),
            revenue_per_day: rows.maybe_sum(9, at),
        })?;
        let seasons = newest(&tables.open("seasonal_index")?, &SEASON, |rows, at| {
            Season {
                season_type: rows.text(0, at).into(),
                season: rows.number(1, at).unwrap_or_default(),
                days: rows.number(2, at).unwrap_or_default(),
                total_revenue: rows.sum(3, at),
                revenue_per_day: rows.maybe_sum(4, at),
                seasonal_index: rows.maybe_sum(5, at),
            }
        })?;
        Ok(Self {
            daily,
            weekly,
            monthly,
            seasons,
        })
    }

    fn page(&self) -> Value {
        json!({
            "daily": self.daily,
            "weekly": self.weekly,
            "monthly": self.monthly,
            "seasons": &self.seasons[..self.seasons.len().min(SEASONS)],
        })
    }
}

impl Measured {
    fn of(rows: &Rows, at: usize) -> Self {
        Self {
            transaction_count: rows.number(0, at).unwrap_or_default(),
            total_revenue: rows.sum(1, at),
            avg_transaction_value: rows.maybe_sum(2, at),
            revenue_growth_pct: rows.maybe_sum(3, at),
        }
    }
}

fn date(rows: &Rows, column: usize, at: usize) -> String {
    let day = rows.day(column, at);
    day.as_ref().map(Day::to_string).unwrap_or_default()
}

/// The last rows of a file, in its order.
fn newest<T>(
    file: &Held,
    columns: &[(&str, Kind)],
    row: impl Fn(&Rows, usize) -> T,
) -> Result<Vec<T>> {
    let first = file.rows().saturating_sub(KEPT);
    let numbers: Vec<usize> = (first..file.rows()).collect();
    let mut kept = VecDeque::new();
    file.select(&numbers, columns, |rows| {
        kept.extend((0..rows.count()).map(|at| row(rows, at)));
        Ok(())
    })?;
    Ok(kept.into())
}
