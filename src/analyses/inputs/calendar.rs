//! Every day of the run, so that no text computes with dates.

use chrono::{Datelike, NaiveDate, TimeDelta};
use polars::prelude::{Column, DataFrame, DataType, NamedFrom, Series};

use crate::error::{Error, Result};
use crate::record::Day;

/// The days of 100 years: sales that lie further apart are an error in a date far more likely than
/// a history, and days without any would be most of every table by day.
const LONGEST: i32 = 36_525;

/// Whether these days and all between are so few that a table may have a row for each.
pub fn can_hold(first: Day, last: Day) -> bool {
    last.number() - first.number() < LONGEST
}

/// The calendar from `first` to `last`. Weeks are those of ISO 8601, which begin on Monday and have
/// a year of their own; `weekday` is 1 on Monday.
///
/// # Errors
/// None that can be helped.
pub fn days(first: Day, last: Day) -> Result<DataFrame> {
    let mut numbers = Vec::new();
    let (mut years, mut quarters, mut months, mut month_names) = (vec![], vec![], vec![], vec![]);
    let (mut iso_years, mut iso_weeks, mut weeks) = (vec![], vec![], vec![]);
    let (mut days, mut weekdays, mut names) = (vec![], vec![], vec![]);
    let mut week_starts = Vec::new();
    for number in first.number()..=last.number() {
        let epoch = NaiveDate::default();
        let Some(date) = epoch.checked_add_signed(TimeDelta::days(number.into())) else {
            break;
        };
        let week = date.iso_week();
        let from_monday = date.weekday().num_days_from_monday() as i32;
        numbers.push(number);
        years.push(i64::from(date.year()));
        quarters.push(i64::from(date.quarter()));
        months.push(i64::from(date.month()));
        month_names.push(date.format("%B").to_string());
        days.push(i64::from(date.day()));
        iso_years.push(i64::from(week.year()));
        iso_weeks.push(i64::from(week.week()));
        weeks.push(format!("{:04}-W{:02}", week.year(), week.week()));
        week_starts.push(number - from_monday);
        weekdays.push(i64::from(from_monday) + 1);
        names.push(date.format("%A").to_string());
    }
    let failed = |e: polars::error::PolarsError| Error::Internal(e.to_string());
    let date = |name: &str, numbers: &[i32]| -> Result<Column> {
        let column = Column::from(Series::new(name.into(), numbers));
        column.cast(&DataType::Date).map_err(failed)
    };
    let number = |name: &str, numbers: Vec<i64>| Column::from(Series::new(name.into(), numbers));
    let text = |name: &str, texts: Vec<String>| Column::from(Series::new(name.into(), texts));
    let months_padded = years.iter().zip(&months);
    let month_keys = months_padded.map(|(year, month)| format!("{year:04}-{month:02}"));
    let month_keys = month_keys.collect();
    let day_numbers: Vec<i64> = numbers.iter().map(|number| i64::from(*number)).collect();
    DataFrame::new(
        numbers.len(),
        vec![
            date("order_date", &numbers)?,
            number("day_number", day_numbers),
            number("year", years),
            number("quarter", quarters),
            number("month", months),
            text("month_name", month_names),
            text("month_key", month_keys),
            number("day", days),
            number("iso_year", iso_years),
            number("iso_week", iso_weeks),
            text("week_key", weeks),
            date("week_start", &week_starts)?,
            number("weekday", weekdays),
            text("day_name", names),
        ],
    )
    .map_err(failed)
}
