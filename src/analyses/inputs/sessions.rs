//! Visits, as the job `sessions` of a stream wrote them.

use polars::prelude::{Column, DataFrame, DataType, NamedFrom, Series, TimeUnit};

use super::sheet::decimals;
use super::stock::date_key;
use crate::error::{Error, Result};
use crate::record::Total;
use crate::signal::Stop;
use crate::source::rows::{Kind, read};
use crate::store::{self, Location};

/// The columns that are read, in their order.
const COLUMNS: [(&str, Kind); 11] = [
    ("session_id", Kind::MaybeText),
    ("user_id", Kind::MaybeText),
    ("start_time", Kind::Time),
    ("end_time", Kind::Time),
    ("duration_seconds", Kind::MaybeCount),
    ("page_views", Kind::MaybeCount),
    ("cart_adds", Kind::MaybeCount),
    ("cart_removes", Kind::MaybeCount),
    ("purchase_completed", Kind::MaybeBool),
    ("abandoned", Kind::MaybeBool),
    ("total_amount", Kind::MaybeSum),
];

/// All visits below `folder`, as `sessions`; without a folder a table without rows.
///
/// # Errors
/// [`Error::Data`] with the place that does not exist, or the file that is no such table.
pub fn visits(folder: Option<&Location>, stop: &Stop) -> Result<DataFrame> {
    let (mut ids, mut users) = (Vec::new(), Vec::new());
    let (mut starts, mut ends) = (Vec::new(), Vec::new());
    let mut counts = [const { Vec::new() }; 4];
    let (mut bought, mut left) = (Vec::new(), Vec::new());
    let mut amounts = Vec::new();
    if let Some(folder) = folder {
        if store::open(folder)?.stat(folder)?.is_none() {
            let what = "there is no such file or folder; retail stream --job sessions makes one";
            return Err(Error::data(folder, what));
        }
        read(folder, &COLUMNS, stop, |_, rows| {
            for row in 0..rows.count() {
                ids.push(rows.maybe_text(0, row).map(str::to_owned));
                users.push(rows.maybe_text(1, row).map(str::to_owned));
                starts.push(rows.micros(2, row));
                ends.push(rows.micros(3, row));
                for (at, count) in counts.iter_mut().enumerate() {
                    count.push(rows.maybe_number(4 + at, row).map(u64::cast_signed));
                }
                bought.push(rows.maybe_bool(8, row));
                left.push(rows.maybe_bool(9, row));
                amounts.push(rows.maybe_sum(10, row).map(Total::units));
            }
            Ok(())
        })?;
    }
    let failed = |e: polars::error::PolarsError| Error::Internal(format!("sessions: {e}"));
    let times = |name: &str, micros: &[i64]| {
        let times = Series::new(name.into(), micros);
        let times = times.cast(&DataType::Datetime(TimeUnit::Microseconds, None));
        times.map(Column::from).map_err(failed)
    };
    let days = starts
        .iter()
        .map(|micros| micros.div_euclid(86_400_000_000));
    let keys: Vec<i64> = days.map(date_key).collect();
    let [seconds, views, adds, removes] = counts;
    let count =
        |name: &str, counts: Vec<Option<i64>>| Column::from(Series::new(name.into(), counts));
    let columns = vec![
        Column::from(Series::new("session_id".into(), &ids)),
        Column::from(Series::new("user_id".into(), &users)),
        Column::from(Series::new("date_key".into(), keys)),
        times("start_time", &starts)?,
        times("end_time", &ends)?,
        count("duration_seconds", seconds),
        count("page_views", views),
        count("cart_adds", adds),
        count("cart_removes", removes),
        Column::from(Series::new("purchase_completed".into(), bought)),
        Column::from(Series::new("abandoned".into(), left)),
        decimals("total_amount", amounts.into_iter()),
    ];
    DataFrame::new(ids.len(), columns).map_err(failed)
}
