//! The windows that a stream wrote, read again.

use std::path::Path;

use crate::batch::merge::Merge;
use crate::batch::runs::Sums;
use crate::error::{Error, Result};
use crate::record::{Day, Money, Time, Total};
use crate::signal::Stop;
use crate::source::rows::{self, Kind};
use crate::store::Location;
use crate::verify::outputs::SUMS_IN_MEMORY;
use crate::verify::records::StreamSettings;
use crate::verify::report::{Difference, Report};

/// What the window rows of a folder add up to.
pub struct Windows {
    /// Rows.
    pub rows: u64,
    /// Rows whose window is as long as it should be, and begins where it should.
    pub well_placed: u64,
    /// Windows and products, each counted once.
    pub distinct: u64,
    /// Σ of the revenue.
    pub revenue: Total,
    /// Revenue by product, all windows together, until it is taken to be compared; the day is
    /// the epoch.
    pub products: Option<Sums>,
}

/// Reads every row; windows that are out of place or written twice are told to `report`.
///
/// # Errors
/// [`Error::Data`] when a file is not as a stream writes it.
pub fn read(
    folder: &Location,
    settings: &StreamSettings,
    temp_dir: &Path,
    report: &mut Report,
    stop: &Stop,
) -> Result<Windows> {
    let (window, slide) = (settings.window, settings.slide);
    let mut found = Windows {
        rows: 0,
        well_placed: 0,
        distinct: 0,
        revenue: Total::ZERO,
        products: None,
    };
    let mut products = Sums::new(SUMS_IN_MEMORY, temp_dir);
    // Of each window and product, how often it was written, one unit each time.
    let mut times = Sums::new(SUMS_IN_MEMORY, temp_dir);
    let once = Money::from_units(1).unwrap_or_default();
    let columns = [
        ("product", Kind::Text),
        ("revenue", Kind::Money),
        ("window_start", Kind::Time),
        ("window_end", Kind::Time),
    ];
    let mut key = Vec::new();
    rows::read(folder, &columns, stop, |entry, rows| {
        let too_large = || {
            let what = "holds a revenue that DECIMAL(18,4) has not";
            Error::data(&entry.location, what)
        };
        for row in 0..rows.count() {
            let (product, start) = (rows.text(0, row), rows.micros(2, row));
            let revenue = rows.money(1, row).ok_or_else(too_large)?;
            found.rows += 1;
            found.revenue += revenue;
            let length = rows.micros(3, row).checked_sub(start);
            if length == Some(window) && start.rem_euclid(slide) == 0 {
                found.well_placed += 1;
            } else {
                report.differ(|| Difference {
                    day: Some(at(start)),
                    product: product.to_owned(),
                    expected: None,
                    found: Some(Total::from(revenue).into()),
                    place: "stream: windows in place".into(),
                });
            }
            products.add(Day::EPOCH, product.as_bytes(), revenue);
            key.clear();
            key.extend_from_slice(product.as_bytes());
            key.extend_from_slice(&start.to_be_bytes());
            times.add(Day::EPOCH, &key, once);
        }
        products.fit()?;
        times.fit()
    })?;
    found.products = Some(products);
    let mut merge = Merge::new(times.into_runs())?;
    while let Some(window) = merge.next_group()? {
        found.distinct += 1;
        if window.value.units() > 1
            && let Some((product, start)) = window.key.split_last_chunk()
        {
            let times = u64::try_from(window.value.units()).unwrap_or(u64::MAX);
            report.differ(|| Difference {
                day: Some(at(i64::from_be_bytes(*start))),
                product: String::from_utf8_lossy(product).into_owned(),
                expected: Some(1.into()),
                found: Some(times.into()),
                place: "stream: distinct windows".into(),
            });
        }
    }
    Ok(found)
}

fn at(micros: i64) -> String {
    Time::from_micros(micros).map_or_else(|| format!("{micros} µs"), |time| time.to_string())
}
